/* The hub as its edges see it: what is committed together, what is told to whom and in which order, and what
 * becomes of it all when the store fails. Names in brackets are the invariants (I1 …). */
#include "heard.h"

static int set_up(void **state)
{
	*state = rig_create(NULL);
	return 0;
}

static int set_up_forgetful(void **state)
{
	static const char *const options[][2] = { { "recent_events", "4" },
						  { "snapshot_every", "16" },
						  { NULL, NULL } };

	*state = rig_create(options);
	return 0;
}

static int tear_down(void **state)
{
	rig_destroy(*state);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define CASE_FORGETFUL(test) cmocka_unit_test_setup_teardown(test, set_up_forgetful, tear_down)

/* Everything that the platform published by now has come to the slot: a fence for tests of what did not come.
 */
static void fence(struct rig *rig, unsigned slot)
{
	rig_result(rig, 0,
		   rig_ask(rig, 0, "event.publish",
			   "{\"type\":\"x.fence\",\"audience\":{\"everyone\":true},\"durable\":true}"));
	rig_frame(rig, slot, "\"x.fence\"");
}

/* ---- group commit ---- */

static void what_comes_together_is_committed_together(void **state)
{
	struct rig *rig = *state;
	const int64_t commits = mu_metrics_get(&rig->metrics, MU_METRIC_COMMITS_TOTAL),
		      events = mu_metrics_get(&rig->metrics, MU_METRIC_EVENTS_TOTAL);
	uint32_t tags[200];

	rig_hold(rig);
	for (int i = 0; i < 200; i++)
		tags[i] = rig_publish(rig, 0, i);
	rig_release(rig);
	for (int i = 0; i < 200; i++)
		rig_result(rig, 0, tags[i]);
	assert_int_equal(mu_metrics_get(&rig->metrics, MU_METRIC_COMMITS_TOTAL) - commits, 1);
	assert_int_equal(mu_metrics_get(&rig->metrics, MU_METRIC_EVENTS_TOTAL) - events, 200);
	assert_int_equal(rig_heard(rig, 0, 199)->tag,
			 tags[199]); /* answered in the order in which they were asked */
}

static void a_read_waits_for_the_writes_that_it_saw(void **state)
{
	struct rig *rig = *state;
	uint32_t write, read;

	rig_hold(rig);
	write = rig_ask(rig, 0, "user.update", "{\"user\":\"ann\",\"name\":\"Ann Other\"}");
	read = rig_ask(rig, 0, "user.get", "{\"user\":\"ann\"}");
	rig_release(rig);
	assert_contains(rig_result(rig, 0, read), "Ann Other");
	assert_int_equal(rig_heard(rig, 0, 0)->tag, write);
	mu_memory_fail_appends(rig->store, 1, MU_MEMORY_FAIL_BEFORE);
	rig_hold(rig);
	write = rig_ask(rig, 0, "user.update", "{\"user\":\"ann\",\"name\":\"Ann Nobody\"}");
	read = rig_ask(rig, 0, "user.get", "{\"user\":\"ann\"}");
	rig_release(rig);
	assert_int_equal(rig_refused(rig, 0, write), MU_UNAVAILABLE);
	assert_int_equal(rig_refused(rig, 0, read), MU_UNAVAILABLE); /* it saw what never was */
	assert_contains(rig_call(rig, 0, "user.get", "{\"user\":\"ann\"}"), "Ann Other");
}

/* ---- a store that fails ---- */

static void what_is_not_durable_is_not_told(void **state)
{
	struct rig *rig = *state;
	long long seq;

	rig_sign_in(rig, 1, "ann");
	fence(rig, 1);
	seq = frame_seq(rig_frame(rig, 1, "\"x.fence\""));
	mu_memory_fail_appends(rig->store, 1, MU_MEMORY_FAIL_BEFORE);
	rig_hold(rig);
	uint32_t lost = rig_publish(rig, 0, 1),
		 set = rig_ask(rig, 1, "presence.set", "{\"status\":\"busy\"}");
	rig_release(rig);
	assert_int_equal(rig_refused(rig, 0, lost), MU_UNAVAILABLE);
	assert_int_equal(rig_refused(rig, 1, set), MU_UNAVAILABLE);
	rig_result(rig, 0, rig_publish(rig, 0, 2));
	const struct heard *later = rig_frame(rig, 1, "\"n\":2");
	assert_int_equal(frame_seq(later), seq + 1); /* as if the lost ones had never been */
	assert_int_equal(rig_count(rig, 1, "\"n\":1"), 0);
	assert_contains(rig_call(rig, 1, "presence.get", "{\"scope\":{\"users\":[\"ann\"]}}"),
			"\"status\":\"available\"");
	assert_false(rig->slots[1].closed);
	rig_call(rig, 1, "presence.set", "{\"status\":\"busy\"}");
}

/* A disk that fails in the act of confirming: the events are in the log, though who asked was told otherwise.
 */
static void what_the_log_has_after_all_is_told(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "ann");
	fence(rig, 1);
	mu_memory_fail_appends(rig->store, 1, MU_MEMORY_FAIL_AFTER);
	assert_int_equal(rig_refused(rig, 0, rig_publish(rig, 0, 1)), MU_UNAVAILABLE);
	rig_result(rig, 0, rig_publish(rig, 0, 2));
	assert_int_equal(frame_n(rig_find(rig, 1, rig_frame(rig, 1, "\"n\":1"), HEARD_FRAME, 0, "x.count")),
			 2);
}

static void a_transition_that_was_shown_is_noted_later(void **state)
{
	struct rig *rig = *state;
	const int64_t events = mu_metrics_get(&rig->metrics, MU_METRIC_EVENTS_TOTAL);

	mu_memory_fail_appends(rig->store, 1, MU_MEMORY_FAIL_BEFORE);
	rig_sign_in(rig, 1, "ann"); /* from offline to available, which can't be noted */
	enum mu_err err = rig_answer(rig, 0, rig_publish(rig, 0, 1))
				  ->fault.err; /* perhaps it shares the transition's fate */
	fence(rig, 1);
	/* The fence, the transition, and what was published if it was. */
	assert_int_equal(mu_metrics_get(&rig->metrics, MU_METRIC_EVENTS_TOTAL) - events, err ? 2 : 3);
	assert_int_equal(mu_metrics_get(&rig->metrics, MU_METRIC_COMMIT_FAILURES_TOTAL), 1);
}

/* Whatever the store does, and whenever: acknowledged is received, once and in order (I1, I2, I3). */
static void acknowledged_is_received_whatever_the_store_does(void **state)
{
	struct rig *rig = *state;
	struct random random = random_start();
	char cursor[128], open[256];
	bool acknowledged[300] = { false };
	uint32_t tags[300];
	int last = -1, received = 0;
	size_t n = 0;

	text_member(rig_sign_in(rig, 1, "ann"), "cursor", cursor, sizeof(cursor));
	for (int i = 0; i < 300; i++) {
		tags[i] = rig_publish(rig, 0, i);
		if (random_below(&random, 10) == 0)
			mu_memory_fail_appends(rig->store, 1,
					       random_below(&random, 2) ? MU_MEMORY_FAIL_BEFORE
									: MU_MEMORY_FAIL_AFTER);
		if (random_below(&random, 8) == 0)
			rig_answer(rig, 0, tags[i]);
	}
	for (int i = 0; i < 300; i++)
		acknowledged[i] = rig_answer(rig, 0, tags[i])->fault.err == MU_OK;
	mu_memory_fail_appends(rig->store, 0, MU_MEMORY_FAIL_BEFORE);
	rig_connect(rig, 2, "ann");
	snprintf(open, sizeof(open), "{\"watch\":{\"presence\":\"none\"},\"resume\":{\"cursor\":\"%s\"}}",
		 cursor);
	assert_contains(rig_call(rig, 2, "session.open", open), "\"resumed\":true");
	fence(rig, 2);
	for (const struct heard *heard = rig_heard(rig, 2, 0);
	     !(heard->kind == HEARD_FRAME && strstr(heard->text, "x.fence"));
	     heard = rig_heard(rig, 2, ++n)) {
		if (frame_n(heard) < 0)
			continue;
		CHECK_RANDOM(&random, frame_n(heard) > last);
		for (int i = last + 1; i < frame_n(heard); i++)
			CHECK_RANDOM(&random, !acknowledged[i]);
		last = frame_n(heard);
		received++;
	}
	for (int i = last + 1; i < 300; i++)
		CHECK_RANDOM(&random, !acknowledged[i]);
	CHECK_RANDOM(&random, received > 0);
}

/* I6: what was read anew, from a snapshot and the events after it, is what was there before. */
static void a_workspace_read_anew_is_the_same(void **state)
{
	static const char *const reads[] = { "workspace.get", "user.list", "team.list", "role.list",
					     "key.list" };
	struct rig *rig = *state;
	char *before[MU_COUNT(reads)], params[128];

	rig_call(rig, 0, "workspace.update",
		 "{\"idle_after_ms\":60000,\"statuses\":[{\"id\":\"lunch\",\"label\":\"Lunch\",\"base\":"
		 "\"away\"}]}");
	rig_call(rig, 0, "workspace.update",
		 "{\"schedule\":{\"zone\":\"UTC\",\"open\":[{\"day\":1,\"from\":\"09:00\",\"to\":\"17:00\"}]}"
		 "}");
	rig_call(rig, 0, "user.update",
		 "{\"user\":\"ann\",\"phone\":\"+49 30 1\",\"name\":\"Änn \\\"A\\\"\"}");
	rig_call(rig, 0, "key.create", "{\"id\":\"k\",\"alg\":\"EdDSA\"}");
	for (int i = 0; i < 40; i++) { /* enough for snapshots in between */
		snprintf(params, sizeof(params),
			 "{\"id\":\"t%d\",\"name\":\"Team %d\",\"members\":[\"sue\"]}", 97 * i % 40, i);
		rig_call(rig, 0, "team.create", params);
	}
	rig_call(rig, 0, "team.remove", "{\"team\":\"t7\",\"user\":\"sue\"}");
	rig_call(rig, 0, "team.delete", "{\"team\":\"t8\"}");
	for (size_t i = 0; i < MU_COUNT(reads); i++)
		before[i] = strdup(rig_call(rig, 0, reads[i], NULL));
	mu_memory_fail_appends(rig->store, 1, MU_MEMORY_FAIL_BEFORE);
	assert_int_equal(rig_refused(rig, 0, rig_publish(rig, 0, 1)), MU_UNAVAILABLE);
	for (size_t i = 0; i < MU_COUNT(reads); i++) {
		assert_string_equal(rig_call(rig, 0, reads[i], NULL), before[i]);
		free(before[i]);
	}
}

/* ---- who is told, and when ---- */

/* I9: a change of role in the same turn counts for what comes after it, and for nothing before. */
static void rights_are_those_at_the_time_of_sending(void **state)
{
	static const char to_supervisors[] = "{\"type\":\"x.count\",\"audience\":{\"roles\":[\"supervisor\"]}"
					     ",\"data\":{\"n\":%d},\"durable\":true}";
	struct rig *rig = *state;
	char params[256];

	rig_sign_in(rig, 1, "sue");
	rig_sign_in(rig, 2, "ann");
	rig_hold(rig);
	snprintf(params, sizeof(params), to_supervisors, 1);
	rig_ask(rig, 0, "event.publish", params);
	rig_ask(rig, 0, "role.assign", "{\"user\":\"sue\",\"roles\":[\"agent\"]}");
	rig_ask(rig, 0, "role.assign", "{\"user\":\"ann\",\"roles\":[\"supervisor\"]}");
	snprintf(params, sizeof(params), to_supervisors, 2);
	rig_ask(rig, 0, "event.publish", params);
	rig_release(rig);
	fence(rig, 1);
	fence(rig, 2);
	assert_int_equal(rig_count(rig, 1, "\"n\":1"), 1);
	assert_int_equal(rig_count(rig, 1, "\"n\":2"), 0);
	assert_int_equal(rig_count(rig, 2, "\"n\":1"), 0);
	assert_int_equal(rig_count(rig, 2, "\"n\":2"), 1);
	rig_frame(rig, 1, "permissions.changed");
}

/* I9 again: a replay goes by the rights of now, not by those of then. */
static void a_replay_goes_by_the_rights_of_now(void **state)
{
	struct rig *rig = *state;
	char cursor[128], open[256];

	text_member(rig_sign_in(rig, 1, "sue"), "cursor", cursor, sizeof(cursor));
	rig_disconnect(rig, 1, 0);
	rig_call(rig, 0, "event.publish",
		 "{\"type\":\"x.secret\",\"audience\":{\"roles\":[\"supervisor\"]},\"durable\":true}");
	rig_call(rig, 0, "event.publish",
		 "{\"type\":\"x.mine\",\"audience\":{\"users\":[\"sue\"]},\"durable\":true}");
	rig_call(rig, 0, "role.assign", "{\"user\":\"sue\",\"roles\":[\"agent\"]}");
	rig_connect(rig, 1, "sue");
	snprintf(open, sizeof(open), "{\"watch\":{\"presence\":\"none\"},\"resume\":{\"cursor\":\"%s\"}}",
		 cursor);
	assert_contains(rig_call(rig, 1, "session.open", open), "\"resumed\":true");
	fence(rig, 1);
	assert_int_equal(rig_count(rig, 1, "x.mine"), 1);
	assert_int_equal(rig_count(rig, 1, "x.secret"), 0);
}

static void an_answer_comes_before_a_goodbye(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "ann");
	rig_sign_in(rig, 2, "ann"); /* with the same token */
	uint32_t tag = rig_ask(rig, 1, "auth.logout", NULL);
	assert_string_equal(rig_result(rig, 1, tag), "{}");
	assert_int_equal(rig_find(rig, 1, rig_answer(rig, 1, tag), HEARD_CLOSE, 0, NULL)->code,
			 MU_CLOSE_REVOKED);
	assert_int_equal(rig_goodbye(rig, 2)->code, MU_CLOSE_REVOKED);
	rig_connect(rig, 1, "ann");
	assert_int_equal(rig_refused(rig, 1, rig_ask(rig, 1, "session.open", NULL)), MU_UNAUTHENTICATED);
	assert_int_equal(rig_goodbye(rig, 1)->code, MU_CLOSE_TOKEN_INVALID);
}

static void nothing_is_cast_after_a_revocation(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "ann");
	rig_sign_in(rig, 2, "bob"); /* who may hear the same as ann, and goes on hearing it */
	rig_hold(rig);
	rig_publish(rig, 0, 1);
	rig_ask(rig, 0, "session.revoke", "{\"user\":\"ann\"}");
	uint32_t last = rig_publish(rig, 0, 2);
	rig_release(rig);
	rig_result(rig, 0, last);
	assert_int_equal(rig_goodbye(rig, 1)->code, MU_CLOSE_REVOKED);
	assert_int_equal(rig_count(rig, 1, "\"n\":1"), 1);
	assert_int_equal(rig_count(rig, 1, "\"n\":2"), 0);
	assert_int_equal(rig_count(rig, 2, "\"n\":2"), 1);
}

/* The answer to session.open, then what was missed, then what is new; at random moments, from memory and from
 * the log. */
static void replay_and_live_make_one_sequence(void **state)
{
	struct rig *rig = *state;
	struct random random = random_start();
	char cursor[128], open[256];
	uint32_t opened[RIG_SLOTS] = { 0 };
	int published = 0;

	text_member(rig_sign_in(rig, 1, "ann"), "cursor", cursor, sizeof(cursor));
	snprintf(open, sizeof(open), "{\"watch\":{\"presence\":\"none\"},\"resume\":{\"cursor\":\"%s\"}}",
		 cursor);
	for (unsigned slot = 2; slot < RIG_SLOTS; slot++) {
		for (uint64_t n = random_below(&random, 30); n; n--)
			rig_publish(rig, 0, published++);
		rig_connect(rig, slot, slot % 2 ? "ann" : "bob");
		opened[slot] = rig_ask(rig, slot, "session.open", open);
		for (uint64_t n = random_below(&random, 5); n; n--)
			rig_publish(rig, 0, published++);
	}
	rig_result(rig, 0, rig_publish(rig, 0, published));
	for (unsigned slot = 2; slot < RIG_SLOTS; slot++) {
		int next = 0;
		assert_contains(rig_result(rig, slot, opened[slot]), "\"resumed\":true");
		assert_int_equal(rig_heard(rig, slot, 0)->kind, HEARD_ANSWER);
		for (size_t i = 1; next <= published; i++) {
			const struct heard *heard = rig_heard(rig, slot, i);
			if (frame_n(heard) >= 0)
				CHECK_RANDOM(&random, frame_n(heard) == next++);
		}
	}
}

static void too_much_to_replay_is_a_fresh_start(void **state)
{
	struct rig *rig = *state;
	char cursor[128], open[256];

	text_member(rig_sign_in(rig, 1, "ann"), "cursor", cursor, sizeof(cursor));
	cursor[strlen(cursor) - 1] = '\0'; /* of another sequence, or of none */
	snprintf(open, sizeof(open), "{\"watch\":{\"presence\":\"none\"},\"resume\":{\"cursor\":\"%s0000\"}}",
		 cursor);
	rig_connect(rig, 2, "ann");
	assert_contains(rig_call(rig, 2, "session.open", open), "\"resumed\":false");
	fence(rig, 2);
	assert_int_equal(rig_heard(rig, 2, 0)->kind, HEARD_ANSWER);
}

/* ---- presence on the tick ---- */

static void changes_of_one_tick_travel_together(void **state)
{
	struct rig *rig = *state;

	rig_connect(rig, 1, "sue");
	rig_call(rig, 1, "session.open", NULL);
	rig_quiet(rig);
	rig_sign_in(rig, 2, "ann"); /* the first change after a quiet time goes out at once */
	const struct heard *first = rig_frame(rig, 1, "\"user\":\"ann\"");
	rig_sign_in(rig, 3, "bob");
	rig_call(rig, 2, "presence.set", "{\"status\":\"busy\"}");
	rig_call(rig, 2, "presence.set", "{\"status\":\"away\"}");
	fence(rig, 1);
	assert_null(strstr(rig_find(rig, 1, first, HEARD_FRAME, 0, NULL)->text, "presence.diff"));
	rig_pass(rig, rig->config.presence_tick_ms);
	const struct heard *second = rig_find(rig, 1, first, HEARD_FRAME, 0, "presence.diff");
	assert_contains(second->text, "\"user\":\"bob\"");
	assert_contains(second->text, "\"status\":\"away\"");
	assert_null(strstr(second->text, "\"status\":\"busy\""));
}

static void who_comes_back_within_the_linger_was_never_gone(void **state)
{
	struct rig *rig = *state;

	rig_connect(rig, 1, "sue");
	rig_call(rig, 1, "session.open", NULL);
	rig_quiet(rig);
	rig_sign_in(rig, 2, "ann");
	rig_frame(rig, 1, "\"user\":\"ann\"");
	rig_disconnect(rig, 2, 0);
	rig_pass(rig, rig->config.linger_ms - 1);
	rig_sign_in(rig, 2, "ann");
	rig_pass(rig, rig->config.linger_ms);
	fence(rig, 1);
	assert_int_equal(rig_count(rig, 1, "\"user\":\"ann\""), 1);
	rig_disconnect(rig, 2, 0);
	rig_pass(rig, rig->config.linger_ms);
	assert_contains(
		rig_find(rig, 1, rig_frame(rig, 1, "\"user\":\"ann\""), HEARD_FRAME, 0, "\"user\":\"ann\"")
			->text,
		"\"status\":\"offline\"");
}

/* ---- the operator ---- */

#define NAME_64 "a234567890123456789012345678901234567890123456789012345678901234"

/* The name of a workspace is taken whole or not at all. */
static void a_longer_name_is_of_another_workspace(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(strlen(NAME_64), MU_ID_MAX);
	rig_operate(rig, NULL, "workspace.create",
		    "{\"id\":\"" NAME_64
		    "\",\"name\":\"Long\",\"owner_email\":\"o@long.test\",\"owner_name\":\"O\"}");
	rig_operate(rig, NAME_64, "workspace.get", "{}");
	assert_int_equal(mu_hub_call(rig->hub, NAME_64 "6", "workspace.get", NULL, rig_done, rig),
			 MU_NOT_FOUND);
}

/* ---- the end ---- */

static void who_asks_a_stopped_hub_is_answered(void **state)
{
	struct rig *rig = *state;

	mu_hub_stop(rig->hub);
	assert_int_equal(mu_hub_call(rig->hub, "acme", "workspace.get", NULL, rig_done, rig), MU_OK);
	mu_hub_destroy(rig->hub);
	rig->hub = NULL;
	assert_true(rig->operated.done);
	assert_int_equal(rig->operated.fault.err, MU_UNAVAILABLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_comes_together_is_committed_together),
		CASE(a_read_waits_for_the_writes_that_it_saw),
		CASE(what_is_not_durable_is_not_told),
		CASE(what_the_log_has_after_all_is_told),
		CASE(a_transition_that_was_shown_is_noted_later),
		CASE(acknowledged_is_received_whatever_the_store_does),
		CASE_FORGETFUL(acknowledged_is_received_whatever_the_store_does),
		CASE(a_workspace_read_anew_is_the_same),
		CASE_FORGETFUL(a_workspace_read_anew_is_the_same),
		CASE(rights_are_those_at_the_time_of_sending),
		CASE(a_replay_goes_by_the_rights_of_now),
		CASE(an_answer_comes_before_a_goodbye),
		CASE(nothing_is_cast_after_a_revocation),
		CASE(replay_and_live_make_one_sequence),
		CASE_FORGETFUL(replay_and_live_make_one_sequence),
		CASE(too_much_to_replay_is_a_fresh_start),
		CASE(changes_of_one_tick_travel_together),
		CASE(who_comes_back_within_the_linger_was_never_gone),
		CASE(a_longer_name_is_of_another_workspace),
		CASE(who_asks_a_stopped_hub_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
