/* Presence as watchers hear it: what is sent and what isn't, versions, and business hours that come and go
 * with teams. */
#include "heard.h"

static int set_up(void **state)
{
	*state = rig_create(NULL);
	return 0;
}

#define LONG_NAME "a-node-with-the-longest-name-that-the-configuration-lets-it-have"

static int set_up_long(void **state)
{
	static const char *const options[][2] = { { "node", LONG_NAME }, { NULL, NULL } };

	*state = rig_create(options);
	return 0;
}

static int tear_down(void **state)
{
	rig_destroy(*state);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define CASE_LONG(test) cmocka_unit_test_setup_teardown(test, set_up_long, tear_down)

static const char *watch(struct rig *rig, unsigned slot, const char *user, const char *scope)
{
	char params[128];

	snprintf(params, sizeof(params), "{\"watch\":{\"presence\":\"%s\"}}", scope);
	rig_connect(rig, slot, user);
	return rig_call(rig, slot, "session.open", params);
}

/* ---- counts ---- */

static void counts_are_sent_when_a_number_changes(void **state)
{
	struct rig *rig = *state;

	watch(rig, 1, "sue", "counts");
	rig_sign_in(rig, 2, "ann");
	rig_quiet(rig);
	size_t before = rig_count(rig, 1, "\"presence.counts\"");
	rig_call(rig, 2, "presence.set", "{\"status\":\"available\",\"note\":\"at the desk\"}");
	rig_quiet(rig);
	rig_call(rig, 0, "user.update", "{\"user\":\"ann\",\"name\":\"Ann Other\"}");
	rig_quiet(rig);
	assert_int_equal(rig_count(rig, 1, "\"presence.counts\""), before);
	rig_call(rig, 2, "presence.set", "{\"status\":\"busy\"}");
	rig_quiet(rig);
	assert_int_equal(rig_count(rig, 1, "\"presence.counts\""), before + 1);
	rig_frame(rig, 1, "\"busy\":1");
}

/* Two who follow the same numbers, the second from the middle of a tick: each is told of every change since
 * what they saw first. */
static void who_joins_between_ticks_takes_no_news_from_others(void **state)
{
	struct rig *rig = *state;

	watch(rig, 1, "sue", "counts");
	rig_sign_in(rig, 2, "ann");
	rig_quiet(rig);
	rig_call(rig, 2, "presence.set", "{\"status\":\"busy\"}"); /* goes out at once … */
	rig_call(rig, 2, "presence.set", "{\"status\":\"away\"}"); /* … so this waits for the tick */
	watch(rig, 3, "adm", "counts");
	rig_quiet(rig);
	rig_frame(rig, 1, "\"away\":1");
	rig_frame(rig, 3, "\"away\":1");
}

/* ---- lists ---- */

static void who_is_on_a_list_is_seen_once_they_are_added(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "sue");
	rig_call(rig, 1, "presence.watch", "{\"scope\":{\"users\":[\"zoe\"]}}");
	rig_call(rig, 0, "user.create",
		 "{\"id\":\"zoe\",\"name\":\"Zoe\",\"email\":\"zoe@acme.test\",\"roles\":[\"agent\"]}");
	rig_sign_in(rig, 2, "zoe");
	rig_quiet(rig);
	assert_contains(rig_call(rig, 1, "presence.get", NULL), "\"Zoe\"");
	rig_frame(rig, 1, "\"from\":\"\""); /* look again */
	rig_frame(rig, 1, "\"Zoe\"");
}

/* ---- versions ---- */

static void versions_differ_whatever_the_node_is_called(void **state)
{
	struct rig *rig = *state;
	char before[256], after[256];

	watch(rig, 1, "sue", "all");
	rig_sign_in(rig, 2, "ann");
	rig_quiet(rig);
	text_member(rig_call(rig, 1, "presence.get", NULL), "version", before, sizeof(before));
	rig_call(rig, 2, "presence.set", "{\"status\":\"busy\"}");
	rig_quiet(rig);
	text_member(rig_call(rig, 1, "presence.get", NULL), "version", after, sizeof(after));
	assert_string_not_equal(before, after);
}

/* ---- who goes ---- */

#define DOWN_ANN "\"down\":[\"ann\"]"

/* An agent sees their own teams: cat and bob each one of two. */
static void only_who_saw_them_hears_that_they_are_gone(void **state)
{
	struct rig *rig = *state;

	rig_call(rig, 0, "user.create",
		 "{\"id\":\"cat\",\"name\":\"Cat\",\"email\":\"cat@acme.test\",\"roles\":[\"agent\"]}");
	rig_call(rig, 0, "team.create",
		 "{\"id\":\"night\",\"name\":\"Night\",\"members\":[\"ann\",\"cat\"]}");
	rig_call(rig, 0, "team.delete", "{\"team\":\"night\"}");
	rig_call(rig, 0, "team.create", "{\"id\":\"night\",\"name\":\"Night\",\"members\":[\"cat\"]}");
	watch(rig, 1, "bob", "all");
	watch(rig, 2, "cat", "all");
	watch(rig, 3, "sue", "all");
	rig_quiet(rig);
	rig_call(rig, 0, "user.deactivate", "{\"user\":\"ann\"}");
	rig_quiet(rig);
	rig_frame(rig, 1, DOWN_ANN);
	rig_frame(rig, 3, DOWN_ANN);
	assert_int_equal(rig_count(rig, 2, "\"ann\""), 0);
}

static void who_joined_later_is_seen_to_go(void **state)
{
	struct rig *rig = *state;

	rig_call(rig, 0, "user.create",
		 "{\"id\":\"cat\",\"name\":\"Cat\",\"email\":\"cat@acme.test\",\"roles\":[\"agent\"]}");
	rig_call(rig, 0, "team.create", "{\"id\":\"night\",\"name\":\"Night\",\"members\":[\"cat\"]}");
	watch(rig, 2, "cat", "all");
	rig_call(rig, 0, "team.add", "{\"team\":\"night\",\"user\":\"ann\"}");
	rig_quiet(rig);
	rig_frame(rig, 2, "\"user\":\"ann\"");
	rig_call(rig, 0, "user.deactivate", "{\"user\":\"ann\"}");
	rig_quiet(rig);
	rig_frame(rig, 2, DOWN_ANN);
}

/* ---- business hours of teams ---- */

/* The rig's clock begins on a Tuesday at 22:13:22. */
#define UNTIL_2214 "{\"zone\":\"UTC\",\"open\":[{\"day\":2,\"from\":\"00:00\",\"to\":\"22:14\"}]}"
#define MINUTE_MS 60000

static void a_team_made_with_hours_closes_in_time(void **state)
{
	struct rig *rig = *state;

	watch(rig, 1, "sue", "all");
	rig_sign_in(rig, 2, "ann");
	rig_call(rig, 0, "team.delete", "{\"team\":\"support\"}");
	rig_call(rig, 0, "team.create",
		 "{\"id\":\"day\",\"name\":\"Day\",\"members\":[\"ann\"],\"schedule\":" UNTIL_2214 "}");
	rig_quiet(rig);
	assert_int_equal(rig_count(rig, 1, "\"cause\":\"schedule\""), 0);
	rig_pass(rig, MINUTE_MS);
	rig_frame(rig, 1, "\"cause\":\"schedule\"");
}

static void a_deleted_team_takes_its_hours_along(void **state)
{
	struct rig *rig = *state;

	rig_call(rig, 0, "team.delete", "{\"team\":\"support\"}");
	rig_pass(rig, MINUTE_MS);
	rig_call(rig, 0, "team.create",
		 "{\"id\":\"day\",\"name\":\"Day\",\"members\":[\"ann\"],\"schedule\":" UNTIL_2214 "}");
	rig_sign_in(rig, 2, "ann");
	watch(rig, 1, "sue", "all");
	rig_quiet(rig);
	assert_contains(rig_call(rig, 1, "presence.get", "{\"scope\":{\"users\":[\"ann\"]}}"),
			"\"status\":\"away\"");
	rig_call(rig, 0, "team.delete", "{\"team\":\"day\"}");
	rig_quiet(rig);
	assert_contains(rig_call(rig, 1, "presence.get", "{\"scope\":{\"users\":[\"ann\"]}}"),
			"\"status\":\"available\"");
}

/* ---- a store that fails ---- */

/* What is to be noted stays so; reading the workspace anew each time would leave no time for anything else.
 */
static void a_store_that_takes_no_notes_is_not_asked_without_end(void **state)
{
	struct rig *rig = *state;
	const int64_t before = mu_metrics_get(&rig->metrics, MU_METRIC_COMMIT_FAILURES_TOTAL);

	watch(rig, 1, "sue", "none");
	rig_quiet(rig);
	mu_memory_fail_appends(rig->store, 1000, MU_MEMORY_FAIL_BEFORE);
	rig_sign_in(rig, 2, "ann");
	atomic_fetch_add(&rig->passed_ms, 2 * rig->config.presence_tick_ms);
	for (int i = 0; i < 20; i++)
		rig_answer(rig, 0, rig_ask(rig, 0, "workspace.get", NULL));
	assert_in_range(mu_metrics_get(&rig->metrics, MU_METRIC_COMMIT_FAILURES_TOTAL) - before, 1, 2);
	mu_memory_fail_appends(rig->store, 0, MU_MEMORY_FAIL_BEFORE);
	rig_pass(rig, 1000);
	rig_quiet(rig);
	rig_operate(rig, "acme", "user.deactivate", "{\"user\":\"ann\"}");
	assert_int_equal(rig_goodbye(rig, 2)->code, MU_CLOSE_DEACTIVATED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_store_that_takes_no_notes_is_not_asked_without_end),
		CASE(counts_are_sent_when_a_number_changes),
		CASE(who_joins_between_ticks_takes_no_news_from_others),
		CASE(who_is_on_a_list_is_seen_once_they_are_added),
		CASE_LONG(versions_differ_whatever_the_node_is_called),
		CASE(only_who_saw_them_hears_that_they_are_gone),
		CASE(who_joined_later_is_seen_to_go),
		CASE(a_team_made_with_hours_closes_in_time),
		CASE(a_deleted_team_takes_its_hours_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
