/* The history of presence without a hub: random rows of the log about people, read a few at a time as a store
 * would give them; what is answered is held against looking at every moment. */
#include "api/archive.h"

/* ---- what it must be ---- */

struct moment {
	const char *status;
	bool present;
	int64_t load;
};

static struct moment moment_of(const struct archive *archive, const char *user, int64_t wall_ms)
{
	struct moment moment = { .status = "offline" };

	for (size_t i = 0; i < archive->n && archive->rows[i].at_ms <= wall_ms; i++) {
		if (strcmp(archive->rows[i].about, user))
			continue;
		if (archive->said[i].status)
			moment.status = archive->said[i].status;
		else
			moment.load = archive->said[i].load;
	}
	moment.present = strcmp(moment.status, "offline") != 0;
	return moment;
}

static void check_intervals(struct archive *archive, const json_t *items, int64_t from_ms, int64_t to_ms)
{
	const char *user = "", *status = NULL;
	int64_t edge_ms = to_ms;
	size_t i, n_users = 0;
	json_t *item;

	json_array_foreach(items, i, item)
	{
		if (strcmp(user, mu_json_text(item, "user"))) {
			assert_true(edge_ms == to_ms);
			assert_true(strcmp(user, mu_json_text(item, "user")) < 0);
			user = mu_json_text(item, "user");
			edge_ms = from_ms;
			status = NULL;
			n_users++;
		}
		assert_true(!status || strcmp(status, mu_json_text(item, "status")));
		status = mu_json_text(item, "status");
		assert_int_equal(time_of(item, "from"), edge_ms);
		assert_string_equal(moment_of(archive, user, edge_ms).status, status);
		edge_ms = time_of(item, "to");
		assert_string_equal(moment_of(archive, user, edge_ms - 1).status, status);
		assert_int_equal(number(item, "duration_ms"), edge_ms - time_of(item, "from"));
		assert_int_equal(json_is_true(json_object_get(item, "open")), edge_ms == to_ms);
	}
	assert_true(edge_ms == to_ms);
	assert_int_equal(n_users, 7);
}

/* What the intervals of a user, or of a team's members, say of a time. */
static int64_t spent(const json_t *intervals, const char *who, const struct mu_strs *members,
		     const char *status, int64_t from_ms, int64_t to_ms)
{
	int64_t sum_ms = 0;
	size_t i;
	json_t *item;

	json_array_foreach(intervals, i, item)
	{
		const char *user = mu_json_text(item, "user");
		int64_t a_ms = time_of(item, "from"), b_ms = time_of(item, "to");

		if ((members ? !mu_strs_has(members, user) : strcmp(user, who) != 0) ||
		    (status && strcmp(status, mu_json_text(item, "status"))))
			continue;
		a_ms = a_ms < from_ms ? from_ms : a_ms;
		b_ms = b_ms > to_ms ? to_ms : b_ms;
		sum_ms += a_ms < b_ms ? b_ms - a_ms : 0;
	}
	return sum_ms;
}

static void check_sums(struct archive *archive, const json_t *items, const json_t *intervals)
{
	size_t i, k;
	json_t *item, *status;

	json_array_foreach(items, i, item)
	{
		const char *user = mu_json_text(item, "user"), *id = mu_json_text(item, "team");
		const struct mu_team *team = mu_workspace_team(archive->world->ws, id);
		const struct mu_strs *members = team ? &team->members : NULL;
		int64_t from_ms = time_of(item, "from"), to_ms = time_of(item, "to"), total_ms = 0;

		json_array_foreach(json_object_get(item, "statuses"), k, status)
		{
			assert_int_equal(number(status, "duration_ms"),
					 spent(intervals, user, members, mu_json_text(status, "status"),
					       from_ms, to_ms));
			total_ms += number(status, "duration_ms");
		}
		assert_int_equal(number(item, "total_ms"), total_ms);
		assert_int_equal(total_ms, spent(intervals, user, members, NULL, from_ms, to_ms));
		assert_int_equal(number(item, "present_ms"),
				 total_ms - spent(intervals, user, members, "offline", from_ms, to_ms));
	}
}

/* Rows fall on whole hours, so looking at each hour misses none. */
static void check_load(struct archive *archive, const json_t *items)
{
	size_t i;
	json_t *item;

	json_array_foreach(items, i, item)
	{
		int64_t hours = 0, sum = 0, largest = 0;
		double average = json_number_value(json_object_get(item, "load_average"));

		for (int64_t t = time_of(item, "from"); t < time_of(item, "to"); t += HOUR_MS) {
			struct moment moment = moment_of(archive, mu_json_text(item, "user"), t);

			hours += moment.present;
			sum += moment.present ? moment.load : 0;
			largest = moment.load > largest ? moment.load : largest;
		}
		assert_int_equal(number(item, "load_largest"), largest);
		average -= hours ? (double)sum / (double)hours : 0;
		assert_true(average > -0.006 && average < 0.006);
	}
}

/* ---- tests ---- */

/* Over the day on which the clocks are set. */
static void what_is_answered_is_what_was_in_however_many_pieces(void **state)
{
	const int64_t from_ms = at("2027-03-20T09:00:00Z"), to_ms = at("2027-04-03T17:00:00Z");
	struct archive *archive = archive_create(state, 400, from_ms - 90 * HOUR_MS, 3);

	for (int64_t limit = 1; limit <= 64; limit *= 4) {
		archive->limit = 1 + limit;
		AUTO_JSON json_t *intervals = ask_all(archive, from_ms, to_ms, "", 1000);
		AUTO_JSON json_t *some = ask_all(archive, from_ms, to_ms, ",\"by\":\"interval\"", (int)limit);
		AUTO_JSON json_t *days = ask_all(archive, from_ms, to_ms, ",\"by\":\"day\"", 1000);
		AUTO_JSON json_t *few = ask_all(archive, from_ms, to_ms, ",\"by\":\"day\"", (int)limit);
		AUTO_JSON json_t *total = ask_all(archive, from_ms, to_ms, ",\"by\":\"total\"", (int)limit);
		AUTO_JSON json_t *teams =
			ask_all(archive, from_ms, to_ms, ",\"by\":\"day\",\"of\":\"team\"", (int)limit);
		AUTO_JSON json_t *both =
			ask_all(archive, from_ms, to_ms, ",\"by\":\"total\",\"of\":\"team\"", (int)limit);

		check_intervals(archive, intervals, from_ms, to_ms);
		assert_true(json_equal(intervals, some));
		assert_true(json_equal(days, few));
		assert_int_equal(json_array_size(days), 7 * 15);
		assert_int_equal(json_array_size(total), 7);
		assert_int_equal(json_array_size(teams), 2 * 15);
		assert_int_equal(json_array_size(both), 2);
		check_sums(archive, days, intervals);
		check_sums(archive, total, intervals);
		check_sums(archive, teams, intervals);
		check_sums(archive, both, intervals);
		check_load(archive, total);
		check_load(archive, days);
	}
	assert_true(archive->pieces > 400);
	archive_destroy(archive);
}

/* Nobody waits forever for a page, and nothing is lost between two. */
static void a_page_ends_where_much_was_to_be_read(void **state)
{
	static const char *const questions[] = { ",\"by\":\"total\"", ",\"by\":\"day\"",
						 ",\"by\":\"day\",\"of\":\"team\"" };
	struct archive *archive = archive_create(state, 0, NOW_MS, 1);
	const int64_t from_ms = NOW_MS + HOUR_MS, to_ms = from_ms + 72 * HOUR_MS;

	for (size_t i = 0; i < MU_COUNT(questions); i++) {
		AUTO_JSON json_t *right = ask_all(archive, from_ms, to_ms, questions[i], 100);
		archive->flood = 240;
		archive->pages = 0;
		AUTO_JSON json_t *all = ask_all(archive, from_ms, to_ms, questions[i], 100);
		assert_true(json_equal(all, right));
		assert_true(archive->pages > 1 && archive->pages < 7);
		archive->flood = 0;
	}
	archive_destroy(archive);
}

static void days_are_those_of_the_workspace(void **state)
{
	struct archive *archive = archive_create(state, 0, NOW_MS, 1);
	AUTO_JSON json_t *days = ask_all(archive, at("2027-03-26T23:30:00Z"), at("2027-03-29T12:00:00Z"),
					 ",\"by\":\"day\",\"user\":\"ann\"", 10);
	static const char *const right[][3] = {
		{ "2027-03-27", "2027-03-26T23:30:00.000Z", "2027-03-27T23:00:00.000Z" },
		{ "2027-03-28", "2027-03-27T23:00:00.000Z", "2027-03-28T22:00:00.000Z" },
		{ "2027-03-29", "2027-03-28T22:00:00.000Z", "2027-03-29T12:00:00.000Z" },
	};

	assert_int_equal(json_array_size(days), MU_COUNT(right));
	for (size_t i = 0; i < MU_COUNT(right); i++) {
		const json_t *item = json_array_get(days, i);

		assert_string_equal(mu_json_text(item, "day"), right[i][0]);
		assert_string_equal(mu_json_text(item, "from"), right[i][1]);
		assert_string_equal(mu_json_text(item, "to"), right[i][2]);
	}
	assert_int_equal(number(json_array_get(days, 1), "total_ms"), 23 * HOUR_MS);
	archive_destroy(archive);
}

/* Nobody has a past before they were added, whatever the log knows of a predecessor. */
static void a_history_begins_with_its_person_and_ends_now(void **state)
{
	struct archive *archive = archive_create(state, 300, NOW_MS - 20 * 24 * HOUR_MS, 3);
	const struct mu_user *ann = mu_workspace_user(archive->world->ws, "ann");

	archive->now_ms = NOW_MS + 5 * HOUR_MS;
	AUTO_JSON json_t *all = ask_all(archive, NOW_MS - 20 * 24 * HOUR_MS, NOW_MS + 24 * HOUR_MS,
					",\"user\":\"ann\"", 1000);
	assert_int_equal(time_of(json_array_get(all, 0), "from"), ann->created_at_ms);
	assert_int_equal(time_of(json_array_get(all, json_array_size(all) - 1), "to"), archive->now_ms);

	AUTO_JSON json_t *before = ask_all(archive, NOW_MS - 20 * 24 * HOUR_MS, NOW_MS, "", 10);
	assert_int_equal(json_array_size(before), 0);
	AUTO_JSON json_t *ahead = ask_all(archive, NOW_MS + 24 * HOUR_MS, NOW_MS + 48 * HOUR_MS, "", 10);
	assert_int_equal(json_array_size(ahead), 0);
	archive_destroy(archive);
}

/* A row of an older program doesn't say what its status meant; what is unknown by now may have been hiding.
 */
static void what_an_old_row_meant_is_what_it_means_today(void **state)
{
	struct archive *archive = archive_create(state, 0, NOW_MS, 1);
	const int64_t from_ms = NOW_MS + HOUR_MS;

	say(archive, from_ms, "busy", NULL, from_ms);
	say(archive, from_ms + HOUR_MS, "no_more", NULL, from_ms + HOUR_MS);
	AUTO_JSON json_t *all = ask_all(archive, from_ms, from_ms + 2 * HOUR_MS, ",\"user\":\"ann\"", 10);
	assert_int_equal(json_array_size(all), 2);
	assert_string_equal(mu_json_text(json_array_get(all, 0), "status"), "busy");
	assert_string_equal(mu_json_text(json_array_get(all, 1), "status"), "offline");
	archive_destroy(archive);
}

static void what_is_noted_late_counts_from_when_it_was_so(void **state)
{
	struct archive *archive = archive_create(state, 0, NOW_MS, 1);
	const int64_t from_ms = NOW_MS + HOUR_MS, to_ms = from_ms + HOUR_MS;

	say(archive, from_ms + 3000, "available", "available", from_ms - 2000);
	say(archive, to_ms + 500, "away", "away", to_ms - 1000);
	say(archive, to_ms + 900, "busy", "busy", to_ms);
	AUTO_JSON json_t *all = ask_all(archive, from_ms, to_ms, ",\"user\":\"ann\"", 10);
	assert_int_equal(json_array_size(all), 2);
	assert_string_equal(mu_json_text(json_array_get(all, 0), "status"), "available");
	assert_int_equal(time_of(json_array_get(all, 0), "from"), from_ms);
	assert_int_equal(time_of(json_array_get(all, 1), "from"), to_ms - 1000);
	assert_int_equal(time_of(json_array_get(all, 1), "to"), to_ms);
	archive_destroy(archive);
}

static void what_was_erased_says_nothing(void **state)
{
	struct archive *archive = archive_create(state, 0, NOW_MS, 1);
	const int64_t from_ms = NOW_MS + HOUR_MS;

	say(archive, from_ms + 1, "busy", "busy", from_ms + 1);
	say(archive, from_ms + 2, "away", "away", from_ms + 2);
	archive->rows[1].payload = NULL;
	AUTO_JSON json_t *all = ask_all(archive, from_ms, from_ms + 9, ",\"user\":\"ann\"", 10);
	assert_int_equal(json_array_size(all), 2);
	assert_string_equal(mu_json_text(json_array_get(all, 1), "status"), "busy");
	archive_destroy(archive);
}

static void tell_assigned(struct archive *archive, const char *type, int64_t at_ms, const char *from)
{
	archive->rows[archive->n] = (struct mu_row){
		.seq = (int64_t)archive->n + 1,
		.at_ms = at_ms,
		.type = type,
		.about = "ann",
		.payload = mu_arena_printf(&archive->arena,
					   "{\"conversation\":\"c\",%s%s%s\"to\":\"ann\",\"version\":2}",
					   from ? "\"from\":\"" : "", from ? from : "", from ? "\"," : "")
	};
	archive->n++;
}

static void what_became_somebodys_is_counted_where_it_did(void **state)
{
	struct archive *archive = archive_create(state, 0, NOW_MS, 1);
	const int64_t from_ms = at("2027-02-01T23:00:00Z"), day_ms = 24 * HOUR_MS;
	static const int64_t right[] = { 2, 1 };

	tell_assigned(archive, "conversation.assigned", from_ms - 1, NULL);
	tell_assigned(archive, "conversation.assigned", from_ms, NULL);
	tell_assigned(archive, "conversation.reassigned", from_ms + 1, "bob");
	tell_assigned(archive, "conversation.reassigned", from_ms + 2, "ann"); /* in another team */
	tell_assigned(archive, "conversation.assigned", from_ms + day_ms, NULL);
	tell_assigned(archive, "conversation.assigned", from_ms + 2 * day_ms, NULL);
	AUTO_JSON json_t *days =
		ask_all(archive, from_ms, from_ms + 2 * day_ms, ",\"user\":\"ann\",\"by\":\"day\"", 10);
	assert_int_equal(json_array_size(days), MU_COUNT(right));
	for (size_t i = 0; i < MU_COUNT(right); i++)
		assert_int_equal(number(json_array_get(days, i), "assigned"), right[i]);
	archive_destroy(archive);
}

static void bad_questions_say_what_is_wrong(void **state)
{
	static const struct {
		const char *params, *field;
	} cases[] = {
		{ "{\"from\":\"2027-03-01T00:00:00Z\"}", "to" },
		{ "{\"from\":\"2027-03-01T00:00:00Z\",\"to\":\"2027-03-01T00:00:00Z\"}", "to" },
		{ "{\"from\":\"2027-03-01T00:00:00Z\",\"to\":\"2027-06-01T00:00:01Z\"}", "to" },
		{ "{\"from\":\"2027-03-01T00:00:00Z\",\"to\":\"2027-03-02T00:00:00Z\",\"of\":\"team\"}",
		  "of" },
		{ "{\"from\":\"2027-03-01T00:00:00Z\",\"to\":\"2027-03-02T00:00:00Z\",\"of\":\"team\","
		  "\"by\":\"day\",\"user\":\"ann\"}",
		  "user" },
		{ "{\"from\":\"2027-03-01T00:00:00Z\",\"to\":\"2027-03-02T00:00:00Z\",\"after\":\"ann\"}",
		  "after" },
		{ "{\"from\":\"2027-03-01T00:00:00Z\",\"to\":\"2027-03-02T00:00:00Z\",\"after\":\"-1.ann\"}",
		  "after" },
		{ "{\"from\":\"2027-03-01T00:00:00Z\",\"to\":\"2027-03-02T00:00:00Z\",\"by\":\"week\"}",
		  "by" },
	};
	struct archive *archive = archive_create(state, 0, NOW_MS, 1);

	for (size_t i = 0; i < MU_COUNT(cases); i++) {
		struct mu_fault fault = { 0 };

		assert_null(try_ask(archive, cases[i].params, &fault));
		assert_int_equal(fault.err, MU_INVALID_PARAMS);
		assert_string_equal(fault.fields[0].name, cases[i].field);
	}
	/* A place that no page has given leads nowhere. */
	static const char *const places[] = { "9223372036854775807.ann", "0.zzz" };
	for (size_t i = 0; i < MU_COUNT(places) * 3; i++) {
		static const char *const by[] = { "interval", "day", "total" };
		AUTO_BUF struct mu_buf params = { 0 };
		mu_buf_printf(&params,
			      "{\"from\":\"2027-03-01T00:00:00Z\",\"to\":\"2027-03-02T00:00:00Z\","
			      "\"after\":\"%s\",\"by\":\"%s\",\"user\":\"ann\"}",
			      places[i % 2], by[i / 2]);
		AUTO_JSON json_t *page = ask(archive, mu_buf_text(&params));
		assert_true(json_array_size(json_object_get(page, "items")) <= 1);
	}
	archive_destroy(archive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_answered_is_what_was_in_however_many_pieces),
		CASE(a_page_ends_where_much_was_to_be_read),
		CASE(days_are_those_of_the_workspace),
		CASE(a_history_begins_with_its_person_and_ends_now),
		CASE(what_an_old_row_meant_is_what_it_means_today),
		CASE(what_is_noted_late_counts_from_when_it_was_so),
		CASE(what_was_erased_says_nothing),
		CASE(what_became_somebodys_is_counted_where_it_did),
		CASE(bad_questions_say_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
