/* Routing as the hub runs it: what time alone brings, a store that fails in between, and that much to do is
 * done in portions (C4, C6, C8). */
#include "heard.h"

static int set_up(void **state)
{
	struct rig *rig = rig_create(NULL);

	rig_sign_in(rig, 1, "sue");
	*state = rig;
	return 0;
}

static int tear_down(void **state)
{
	rig_destroy(*state);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void hand_out(struct rig *rig, const char *settings)
{
	char params[160];

	snprintf(params, sizeof(params),
		 "{\"team\":\"support\",\"strategy\":\"round_robin\",\"settings\":{%s}}", settings);
	rig_call(rig, 0, "team.update", params);
}

static void tell_of(struct rig *rig, const char *id)
{
	char params[80];

	snprintf(params, sizeof(params), "{\"id\":\"%s\",\"team\":\"support\"}", id);
	rig_call(rig, 0, "conversation.put", params);
}

static const char *look_at(struct rig *rig, const char *id)
{
	char params[64];

	snprintf(params, sizeof(params), "{\"id\":\"%s\"}", id);
	return rig_call(rig, 0, "conversation.get", params);
}

/* ---- time ---- */

#define MINUTE_MS 60000
#define HOUR_MS (60 * MINUTE_MS)

static void business_hours_give_out_what_waits_when_they_begin(void **state)
{
	struct rig *rig = *state;

	hand_out(rig, "");
	/* The rig's clock begins on a Tuesday, a quarter past ten in the evening. */
	rig_call(rig, 0, "team.update",
		 "{\"team\":\"support\",\"schedule\":{\"zone\":\"UTC\",\"open\":[{\"day\":3,\"from\":\"09:"
		 "00\","
		 "\"to\":\"17:00\"}]}}");
	rig_sign_in(rig, 2, "ann");
	tell_of(rig, "c1");
	rig_pass(rig, 10 * HOUR_MS);
	assert_contains(look_at(rig, "c1"), "\"assignee\":null");
	rig_pass(rig, HOUR_MS);
	rig_frame(rig, 1, "\"conversation.assigned\"");
	assert_contains(look_at(rig, "c1"), "\"assignee\":\"ann\"");
}

static void a_snooze_ends_by_the_clock(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 2, "ann");
	rig_quiet(rig);
	tell_of(rig, "c1");
	rig_call(rig, 0, "conversation.assign", "{\"id\":\"c1\",\"user\":\"ann\"}");
	rig_call(rig, 0, "conversation.snooze", "{\"id\":\"c1\",\"until\":\"2023-11-14T23:00:00Z\"}");
	rig_pass(rig, 30 * MINUTE_MS);
	assert_contains(look_at(rig, "c1"), "\"status\":\"snoozed\"");
	rig_pass(rig, 30 * MINUTE_MS);
	rig_frame(rig, 1, "\"conversation.reopened\"");
	assert_contains(look_at(rig, "c1"), "\"assignee\":\"ann\"");
	assert_contains(look_at(rig, "c1"), "\"version\":4");
}

/* ---- a store that fails ---- */

static void begin_offer(struct rig *rig)
{
	hand_out(rig, "\"offer_ms\":60000");
	rig_sign_in(rig, 2, "ann");
	rig_quiet(rig);
	tell_of(rig, "c1");
	rig_frame(rig, 1, "\"conversation.offered\"");
	rig_sign_in(rig, 3, "bob");
	rig_quiet(rig);
}

/* A minute passes, and what is due by then fails: whoever asks meanwhile may hear of that. */
static void fail_what_is_due(struct rig *rig, unsigned n, enum mu_memory_failure failure)
{
	mu_memory_fail_appends(rig->store, n, failure);
	atomic_fetch_add(&rig->passed_ms, MINUTE_MS);
	for (int i = 0; i < 4; i++)
		rig_answer(rig, 0, rig_ask(rig, 0, "workspace.get", NULL));
}

static void what_the_store_did_not_take_is_done_a_moment_later(void **state)
{
	struct rig *rig = *state;

	begin_offer(rig);
	fail_what_is_due(rig, 1, MU_MEMORY_FAIL_BEFORE);
	assert_contains(look_at(rig, "c1"), "\"offered_to\":\"ann\"");
	assert_int_equal(rig_count(rig, 1, "\"conversation.expired\""), 0);
	rig_pass(rig, 1000);
	rig_frame(rig, 1, "\"conversation.expired\"");
	rig_find(rig, 1, rig_frame(rig, 1, "\"conversation.expired\""), HEARD_FRAME, 0,
		 "\"conversation.offered\"");
	assert_contains(look_at(rig, "c1"), "\"offered_to\":\"bob\"");
	assert_contains(look_at(rig, "c1"), "\"version\":4");
	assert_int_equal(rig_count(rig, 1, "\"conversation.expired\""), 1);
	assert_int_equal(rig_count(rig, 1, "\"conversation.offered\""), 2);
}

static void a_store_that_takes_nothing_is_not_asked_without_end(void **state)
{
	struct rig *rig = *state;

	begin_offer(rig);
	const int64_t before = mu_metrics_get(&rig->metrics, MU_METRIC_COMMIT_FAILURES_TOTAL);
	fail_what_is_due(rig, 1000, MU_MEMORY_FAIL_BEFORE);
	for (int i = 0; i < 20; i++)
		rig_settle(rig);
	assert_int_equal(mu_metrics_get(&rig->metrics, MU_METRIC_COMMIT_FAILURES_TOTAL) - before, 1);
	mu_memory_fail_appends(rig->store, 0, MU_MEMORY_FAIL_BEFORE);
	rig_pass(rig, 1000);
	rig_frame(rig, 1, "\"conversation.expired\"");
}

static void what_the_store_took_without_a_word_is_not_done_twice(void **state)
{
	struct rig *rig = *state;

	begin_offer(rig);
	fail_what_is_due(rig, 1, MU_MEMORY_FAIL_AFTER);
	rig_frame(rig, 1, "\"conversation.expired\"");
	rig_pass(rig, 1000);
	assert_contains(look_at(rig, "c1"), "\"offered_to\":\"bob\"");
	assert_contains(look_at(rig, "c1"), "\"version\":4");
}

/* ---- much to do ---- */

#define MANY 2000

static void much_is_done_in_portions(void **state)
{
	struct rig *rig = *state;
	char params[64];

	rig_call(rig, 0, "user.update", "{\"user\":\"ann\",\"capacity\":1000}");
	rig_call(rig, 0, "user.update", "{\"user\":\"bob\",\"capacity\":1000}");
	rig_sign_in(rig, 2, "ann");
	rig_sign_in(rig, 3, "bob");
	rig_quiet(rig);
	rig_hold(rig);
	for (int i = 0; i < MANY; i++) {
		snprintf(params, sizeof(params), "{\"id\":\"c%04d\",\"team\":\"support\"}", i);
		rig_ask(rig, 0, "conversation.put", params);
	}
	rig_release(rig);
	rig_settle(rig);
	const int64_t commits = mu_metrics_get(&rig->metrics, MU_METRIC_COMMITS_TOTAL);
	hand_out(rig, "");
	rig_frame(rig, 1, "\"capacity.reached\"");
	rig_settle(rig);
	while (rig_count(rig, 1, "\"conversation.assigned\"") < MANY)
		rig_settle(rig);
	assert_true(mu_metrics_get(&rig->metrics, MU_METRIC_COMMITS_TOTAL) - commits >= MANY / 520);
	assert_true(mu_metrics_get(&rig->metrics, MU_METRIC_COMMITS_TOTAL) - commits < MANY / 10);
	assert_contains(rig_call(rig, 0, "queue.list", NULL), "\"items\":[]");
	assert_contains(look_at(rig, "c0000"), "\"version\":2");
	assert_contains(look_at(rig, "c1999"), "\"version\":2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(business_hours_give_out_what_waits_when_they_begin),
		CASE(a_snooze_ends_by_the_clock),
		CASE(what_the_store_did_not_take_is_done_a_moment_later),
		CASE(a_store_that_takes_nothing_is_not_asked_without_end),
		CASE(what_the_store_took_without_a_word_is_not_done_twice),
		CASE(much_is_done_in_portions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
