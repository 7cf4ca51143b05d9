/* Two hubs on one log ask for what only one of them can have. The log's compare-and-set says which; the other
 * reads what it missed and gives the true answer, as if it had been asked later (A11, A13, C9). */
#include "heard.h"
#include "rig.h"
#include "shared_store.h"

#include "muster/base/log.h"

#define ROUNDS 1000

struct race {
	struct common *common;
	struct rig *hubs[2];
	struct random random;
	unsigned wins[2];
};

/* Snapshots come often, for whoever loses reads the workspace anew. */
static const char *const options[][2] = { { "snapshot_every", "50" },
					  { "replay_limit", "100" },
					  { NULL, NULL } };

static int set_up(void **state)
{
	struct race *race = calloc(1, sizeof(*race));

	mu_log_setup(MU_LOG_ERROR, MU_LOG_TEXT); /* each loser warns that it reads anew */
	race->common = common_create(memory_store());
	for (size_t i = 0; i < 2; i++)
		race->hubs[i] = rig_on(share_of(race->common), options);
	race->random = random_start();
	rig_people(race->hubs[0]);
	for (size_t i = 0; i < 2; i++) {
		rig_call(race->hubs[i], 0, "workspace.get", NULL);
		rig_platform(race->hubs[i], 0);
	}
	*state = race;
	return 0;
}

static int tear_down(void **state)
{
	struct race *race = *state;

	for (size_t i = 0; i < 2; i++)
		rig_destroy(race->hubs[i]);
	free(race);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* ---- a race ---- */

struct ask {
	const char *method;
	char params[160];
};

/* Both ask at once, either of them first; the hub that was granted what it asked for. The other one heard
 * `refusal`. */
static size_t run_race(struct race *race, const struct ask asks[static 2], enum mu_err refusal)
{
	const size_t first = random_below(&race->random, 2);
	const unsigned conflicts = atomic_load(&race->common->conflicts);
	enum mu_err got[2];
	uint32_t tags[2];

	for (size_t i = 0; i < 2; i++) {
		const size_t hub = i ^ first;
		tags[hub] = rig_ask(race->hubs[hub], 0, asks[hub].method, asks[hub].params);
	}
	for (size_t i = 0; i < 2; i++)
		got[i] = rig_answer(race->hubs[i], 0, tags[i])->fault.err;
	if ((got[0] == MU_OK) == (got[1] == MU_OK))
		fail_msg("%s and %s", mu_err_info(got[0])->kind, mu_err_info(got[1])->kind);
	const size_t winner = got[0] == MU_OK ? 0 : 1;
	if (got[!winner] != refusal)
		fail_msg("the loser hears %s", mu_err_info(got[!winner])->kind);
	assert_int_equal(atomic_load(&race->common->conflicts), conflicts + 1);
	race->wins[winner]++;
	return winner;
}

/* Everything that was said so far is of no more use. */
static void forget(struct race *race)
{
	for (size_t i = 0; i < 2; i++)
		rig_platform(race->hubs[i], 0);
}

static void assert_both_win_sometimes(const struct race *race)
{
	assert_true(race->wins[0] > 0);
	assert_true(race->wins[1] > 0);
	assert_int_equal(race->wins[0] + race->wins[1], ROUNDS);
}

/* ---- ownership ---- */

static void ask_as(struct rig *rig, const char *user)
{
	rig_connect(rig, 0, user);
	rig->slots[0].transport = MU_TRANSPORT_HTTP;
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

static void assert_owner(struct race *race, const char *owner)
{
	char shown[64];

	forget(race);
	snprintf(shown, sizeof(shown), "\"owner\":\"%s\"", owner);
	for (size_t i = 0; i < 2; i++) {
		const char *people = rig_call(race->hubs[i], 0, "user.list", NULL);
		assert_int_equal(count(people, "\"owner\":true"), 1);
		assert_int_equal(count(people, "[\"owner\""), 1);
		assert_contains(rig_call(race->hubs[i], 0, "workspace.get", NULL), shown);
	}
}

static void the_workspace_is_handed_over_once(void **state)
{
	static const char *const people[] = { "owner", "adm", "sue" };
	struct race *race = *state;
	size_t owner = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct ask asks[2];
		for (size_t i = 0; i < 2; i++) {
			asks[i].method = "owner.transfer";
			snprintf(asks[i].params, sizeof(asks[i].params), "{\"user\":\"%s\",\"confirm\":true}",
				 people[(owner + 1 + i) % 3]);
			ask_as(race->hubs[i], people[owner]);
		}
		owner = (owner + 1 + run_race(race, asks, MU_FORBIDDEN)) % 3;
		assert_owner(race, people[owner]);
	}
	assert_both_win_sometimes(race);
}

/* ---- seats ---- */

#define SEATS 5

/* The second hub is asked for what the first one did already: it learns of it by coming too late. */
static void both_operate(struct race *race, const char *method, const char *params)
{
	for (size_t i = 0; i < 2; i++)
		rig_operate(race->hubs[i], "acme", method, params);
}

/* One seat is left: Bob is out. */
static void leave_one_seat(struct race *race)
{
	both_operate(race, "user.deactivate", "{\"user\":\"bob\"}");
	both_operate(race, "seats.set", "{\"limit\":5}");
}

static void assert_seats(struct race *race, int used)
{
	char shown[64];

	snprintf(shown, sizeof(shown), "\"used\":%d,\"limit\":%d", used, SEATS);
	for (size_t i = 0; i < 2; i++)
		assert_contains(rig_call(race->hubs[i], 0, "seats.get", NULL), shown);
}

static void new_person(struct ask *ask, const char *id)
{
	ask->method = "user.create";
	snprintf(ask->params, sizeof(ask->params),
		 "{\"id\":\"%s\",\"name\":\"%s\",\"email\":\"%s@acme.test\",\"roles\":[\"agent\"]}", id, id,
		 id);
}

static void one_user(struct ask *ask, const char *method, const char *id)
{
	ask->method = method;
	snprintf(ask->params, sizeof(ask->params), "{\"user\":\"%s\"}", id);
}

/* The seat is given back, which the loser learns likewise. */
static void give_back(struct race *race, size_t winner, const struct ask *ask, enum mu_err then)
{
	rig_call(race->hubs[winner], 0, ask->method, ask->params);
	const uint32_t tag = rig_ask(race->hubs[!winner], 0, ask->method, ask->params);
	assert_int_equal(rig_answer(race->hubs[!winner], 0, tag)->fault.err, then);
}

static void the_last_seat_goes_to_one_of_two_new_people(void **state)
{
	struct race *race = *state;

	leave_one_seat(race);
	for (int round = 0; round < ROUNDS; round++) {
		struct ask asks[2], back;
		new_person(&asks[0], "ida");
		new_person(&asks[1], "jon");
		const size_t winner = run_race(race, asks, MU_SEAT_LIMIT);
		assert_seats(race, SEATS);
		one_user(&back, "user.remove", winner ? "jon" : "ida");
		give_back(race, winner, &back, MU_NOT_FOUND);
		assert_seats(race, SEATS - 1);
		forget(race);
	}
	assert_both_win_sometimes(race);
}

static void the_last_seat_goes_to_who_is_new_or_to_who_comes_back(void **state)
{
	struct race *race = *state;

	leave_one_seat(race);
	for (int round = 0; round < ROUNDS; round++) {
		struct ask asks[2], back;
		new_person(&asks[0], "ida");
		one_user(&asks[1], "user.reactivate", "bob");
		const size_t winner = run_race(race, asks, MU_SEAT_LIMIT);
		assert_seats(race, SEATS);
		one_user(&back, winner ? "user.deactivate" : "user.remove", winner ? "bob" : "ida");
		give_back(race, winner, &back, winner ? MU_OK : MU_NOT_FOUND);
		assert_seats(race, SEATS - 1);
		forget(race);
	}
	assert_both_win_sometimes(race);
}

/* ---- whose a conversation is ---- */

/* `holder` as JSON. */
static void assert_holder(struct race *race, const char *holder, int version)
{
	char shown[64], is[64];

	forget(race);
	snprintf(shown, sizeof(shown), "\"assignee\":%s", holder);
	snprintf(is, sizeof(is), "\"version\":%d", version);
	for (size_t i = 0; i < 2; i++) {
		const char *conversation = rig_call(race->hubs[i], 0, "conversation.get", "{\"id\":\"c\"}");
		assert_contains(conversation, shown);
		assert_contains(conversation, is);
	}
}

static void a_conversation_goes_to_one_of_two(void **state)
{
	static const char *const people[] = { "\"ann\"", "\"bob\"" };
	struct race *race = *state;

	both_operate(race, "conversation.put", "{\"id\":\"c\",\"team\":\"support\"}");
	for (int version = 1; version < 2 * ROUNDS; version += 2) {
		struct ask asks[2];
		for (size_t i = 0; i < 2; i++) {
			asks[i].method = "conversation.assign";
			snprintf(asks[i].params, sizeof(asks[i].params),
				 "{\"id\":\"c\",\"user\":%s,\"if_version\":%d}", people[i], version);
		}
		const size_t winner = run_race(race, asks, MU_CONFLICT);
		assert_holder(race, people[winner], version + 1);
		rig_operate(race->hubs[winner], "acme", "conversation.unassign", "{\"id\":\"c\"}");
		/* The other hub learns of it by coming too late. */
		rig_operate(race->hubs[!winner], "acme", "conversation.unassign", "{\"id\":\"c\"}");
		assert_holder(race, "null", version + 2);
	}
	assert_both_win_sometimes(race);
}

/* Whoever has the people gives it out, once it has learnt of it by coming too late. */
static void what_another_hub_took_in_is_given_out(void **state)
{
	struct race *race = *state;
	struct rig *rig = race->hubs[0];

	both_operate(race, "team.update", "{\"team\":\"support\",\"strategy\":\"round_robin\"}");
	rig_call(race->hubs[1], 0, "conversation.put", "{\"id\":\"c\",\"team\":\"support\"}");
	rig_sign_in(rig, 1, "ann");
	rig_quiet(rig);
	rig_frame(rig, 1, "\"conversation.assigned\"");
	assert_contains(rig_call(rig, 0, "conversation.get", "{\"id\":\"c\"}"), "\"version\":2");
	assert_contains(rig_call(rig, 0, "conversation.get", "{\"id\":\"c\"}"), "\"assignee\":\"ann\"");
}

/* ---- what is heard of it ---- */

/* The one heard n events, and the other the same in the same order, if not more. */
static void assert_same_events(struct rig *one, struct rig *other, int n)
{
	const struct heard *a = NULL, *b = NULL;

	for (int i = 0; i < n; i++) {
		a = rig_find(one, 1, a, HEARD_FRAME, 0, "\"x.count\"");
		b = rig_find(other, 1, b, HEARD_FRAME, 0, "\"x.count\"");
		assert_string_equal(a->text, b->text);
	}
	assert_int_equal(rig_count(one, 1, "\"x.count\""), n);
}

/* The platform has a session of its own, so that nobody's presence is in the log. */
static void watch(struct rig *rig)
{
	rig_platform(rig, 1);
	rig->slots[1].transport = MU_TRANSPORT_WS;
	rig_call(rig, 1, "session.open", NULL);
}

static void everybody_hears_all_of_it_once_and_in_order(void **state)
{
	struct race *race = *state;
	uint32_t tags[2];
	int n = 0;

	for (size_t i = 0; i < 2; i++)
		watch(race->hubs[i]);
	for (int round = 0; round < 100; round++) {
		for (size_t i = 0; i < 2; i++)
			tags[i] = rig_publish(race->hubs[i], 0, n++);
		for (size_t i = 0; i < 2; i++)
			rig_result(race->hubs[i], 0, tags[i]);
	}
	/* The hub that didn't write last learns of it by coming too late. */
	for (size_t i = 0; i < 4; i++)
		rig_result(race->hubs[i % 2], 0, rig_publish(race->hubs[i % 2], 0, n++));
	rig_frame(race->hubs[0], 1, "\"n\":202"); /* 203 is known to the other hub only */
	assert_same_events(race->hubs[0], race->hubs[1], n - 1);
}

static void who_has_missed_too_much_comes_back(void **state)
{
	struct race *race = *state;

	rig_sign_in(race->hubs[0], 1, "ann");
	for (int n = 0; n < 120; n++)
		rig_result(race->hubs[1], 0, rig_publish(race->hubs[1], 0, n));
	rig_result(race->hubs[0], 0, rig_publish(race->hubs[0], 0, 120));
	assert_int_equal(rig_goodbye(race->hubs[0], 1)->code, MU_CLOSE_RESYNC);
	assert_int_equal(rig_count(race->hubs[0], 1, "\"x.count\""), 0);
}

/* Rights are lost with the first of what was missed: the rest isn't told any more. */
static void who_was_shut_out_meanwhile_hears_nothing(void **state)
{
	struct race *race = *state;

	rig_sign_in(race->hubs[0], 1, "ann");
	rig_sign_in(race->hubs[0], 2, "bob");
	rig_result(race->hubs[1], 0, rig_publish(race->hubs[1], 0, 1));
	rig_operate(race->hubs[1], "acme", "user.deactivate", "{\"user\":\"ann\"}");
	rig_result(race->hubs[1], 0, rig_publish(race->hubs[1], 0, 2));
	rig_result(race->hubs[0], 0, rig_publish(race->hubs[0], 0, 3));
	assert_int_equal(rig_goodbye(race->hubs[0], 1)->code, MU_CLOSE_DEACTIVATED);
	rig_frame(race->hubs[0], 2, "\"n\":3");
	assert_int_equal(rig_count(race->hubs[0], 1, "\"x.count\""), 0);
	assert_int_equal(rig_count(race->hubs[0], 2, "\"x.count\""), 3);
}

/* Two of one hub want it in one turn, and both come too late: the second one is not told of what the first
 * one never got. */
static void who_is_refused_is_told_of_what_became_true(void **state)
{
	struct race *race = *state;
	struct rig *late = race->hubs[0];
	uint32_t tags[2];

	both_operate(race, "conversation.put", "{\"id\":\"c\",\"team\":\"support\"}");
	rig_call(race->hubs[1], 0, "conversation.assign", "{\"id\":\"c\",\"user\":\"bob\"}");
	rig_hold(late);
	for (size_t i = 0; i < 2; i++)
		tags[i] = rig_ask(late, 0, "conversation.assign",
				  "{\"id\":\"c\",\"user\":\"ann\",\"if_version\":1}");
	rig_release(late);
	for (size_t i = 0; i < 2; i++) {
		const struct heard *answer = rig_answer(late, 0, tags[i]);
		assert_int_equal(answer->fault.err, MU_CONFLICT);
		assert_contains(answer->text, "\"assignee\":\"bob\"");
	}
}

/* What was found out the first time is no part of the second answer. */
static void who_is_removed_already_is_shown_to_nobody(void **state)
{
	static const char *const remove = "{\"user\":\"bob\"}";
	struct race *race = *state;
	const struct heard *answer;

	rig_call(race->hubs[1], 0, "user.remove", remove);
	answer = rig_answer(race->hubs[0], 0, rig_ask(race->hubs[0], 0, "user.remove", remove));
	assert_int_equal(answer->fault.err, MU_NOT_FOUND);
	assert_string_equal(answer->text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_workspace_is_handed_over_once),
		CASE(the_last_seat_goes_to_one_of_two_new_people),
		CASE(the_last_seat_goes_to_who_is_new_or_to_who_comes_back),
		CASE(a_conversation_goes_to_one_of_two),
		CASE(what_another_hub_took_in_is_given_out),
		CASE(everybody_hears_all_of_it_once_and_in_order),
		CASE(who_has_missed_too_much_comes_back),
		CASE(who_was_shut_out_meanwhile_hears_nothing),
		CASE(who_is_refused_is_told_of_what_became_true),
		CASE(who_is_removed_already_is_shown_to_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
