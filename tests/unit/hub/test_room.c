/* Rooms as those who ask for them see it: workspaces that are made while somebody asks for them, that were
 * nearly made, and people who come before the record of them is durable. */
#include "rig.h"

static int set_up(void **state)
{
	*state = rig_create(NULL);
	return 0;
}

static int tear_down(void **state)
{
	rig_destroy(*state);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* A slot that asks as the operator of a workspace. */
static void operate(struct rig *rig, unsigned slot, const char *workspace)
{
	rig_connect(rig, slot, "");
	rig->slots[slot].transport = MU_TRANSPORT_HTTP;
	rig->slots[slot].identity.kind = MU_IDENTITY_OPERATOR;
	snprintf(rig->slots[slot].identity.workspace, sizeof(rig->slots[slot].identity.workspace), "%s",
		 workspace);
}

#define NEW_WORKSPACE(email)                                                                                 \
	"{\"id\":\"beta\",\"name\":\"Beta\",\"owner_email\":\"" email "\",\"owner_name\":\"O\"}"

static void a_workspace_can_be_made_while_somebody_asks_for_it(void **state)
{
	struct rig *rig = *state;
	uint32_t early, made;

	operate(rig, 1, "beta");
	rig_hold(rig);
	early = rig_ask(rig, 1, "workspace.get", NULL);
	made = rig_ask(rig, 1, "workspace.create", NEW_WORKSPACE("o@beta.test"));
	rig_release(rig);
	rig_result(rig, 1, made);
	rig_answer(rig, 1, early); /* whether it came too early or not */
	assert_contains(rig_call(rig, 1, "workspace.get", NULL), "\"Beta\"");
}

static void a_workspace_that_was_not_made_is_not_there(void **state)
{
	struct rig *rig = *state;

	operate(rig, 1, "beta");
	assert_int_equal(rig_refused(rig, 1, rig_ask(rig, 1, "workspace.create", NEW_WORKSPACE("nobody"))),
			 MU_INVALID_PARAMS);
	assert_int_equal(rig_refused(rig, 1, rig_ask(rig, 1, "workspace.get", NULL)), MU_NOT_FOUND);
	mu_memory_fail_appends(rig->store, 1, MU_MEMORY_FAIL_BEFORE);
	assert_int_equal(
		rig_refused(rig, 1, rig_ask(rig, 1, "workspace.create", NEW_WORKSPACE("o@beta.test"))),
		MU_UNAVAILABLE);
	assert_int_equal(rig_refused(rig, 1, rig_ask(rig, 1, "workspace.get", NULL)), MU_NOT_FOUND);
	rig_call(rig, 1, "workspace.create", NEW_WORKSPACE("o@beta.test"));
	assert_int_equal(
		rig_refused(rig, 1, rig_ask(rig, 1, "workspace.create", NEW_WORKSPACE("o@beta.test"))),
		MU_CONFLICT);
}

#define ZOE "{\"id\":\"zoe\",\"name\":\"Zoe\",\"email\":\"zoe@acme.test\",\"roles\":[\"agent\"]}"

static void who_comes_before_their_record_is_durable_waits_for_it(void **state)
{
	struct rig *rig = *state;
	uint32_t made, opened;

	rig_connect(rig, 1, "zoe");
	rig_hold(rig);
	made = rig_ask(rig, 0, "user.create", ZOE);
	opened = rig_ask(rig, 1, "session.open", NULL);
	rig_release(rig);
	rig_result(rig, 0, made);
	assert_contains(rig_result(rig, 1, opened), "\"status\":\"available\"");
	rig_call(rig, 1, "presence.set", "{\"status\":\"busy\"}");
}

static void who_comes_before_a_record_that_is_lost_may_try_again(void **state)
{
	struct rig *rig = *state;
	uint32_t made, opened;

	mu_memory_fail_appends(rig->store, 1, MU_MEMORY_FAIL_BEFORE);
	rig_connect(rig, 1, "zoe");
	rig_hold(rig);
	made = rig_ask(rig, 0, "user.create", ZOE);
	opened = rig_ask(rig, 1, "session.open", NULL);
	rig_release(rig);
	assert_int_equal(rig_refused(rig, 0, made), MU_UNAVAILABLE);
	assert_int_equal(rig_refused(rig, 1, opened), MU_UNAVAILABLE);
	assert_int_equal(rig_goodbye(rig, 1)->code, MU_CLOSE_STORE_DOWN);
}

static void who_left_while_waiting_has_no_session(void **state)
{
	struct rig *rig = *state;
	uint32_t made;

	rig_connect(rig, 1, "zoe");
	rig_hold(rig);
	made = rig_ask(rig, 0, "user.create", ZOE);
	rig_ask(rig, 1, "session.open", NULL);
	struct mu_up *up = mu_up_create(MU_UP_CLOSED);
	up->conn = slot_conn(rig, 1);
	rig_push(rig, up);
	rig_release(rig);
	rig_result(rig, 0, made);
	assert_contains(rig_call(rig, 0, "session.list", "{\"user\":\"zoe\"}"), "\"items\":[]");
	assert_int_equal(mu_metrics_get(&rig->metrics, MU_METRIC_SESSIONS), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_workspace_can_be_made_while_somebody_asks_for_it),
		CASE(a_workspace_that_was_not_made_is_not_there),
		CASE(who_comes_before_their_record_is_durable_waits_for_it),
		CASE(who_comes_before_a_record_that_is_lost_may_try_again),
		CASE(who_left_while_waiting_has_no_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
