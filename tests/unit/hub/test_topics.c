/* Topics: who may not hear any more hears nothing, even when memory is out. */
#include "rig.h"

static atomic_bool memory_is_out; /* for messages about topics */

static struct mu_down *scarce_down_create(enum mu_down_kind kind)
{
	return atomic_load(&memory_is_out) && kind == MU_DOWN_TOPICS ? NULL : mu_down_create(kind);
}

#define mu_down_create(kind) scarce_down_create(kind)
#include "../../../src/hub/topics.c"
#undef mu_down_create

static int set_up(void **state)
{
	*state = rig_create(NULL);
	return 0;
}

static int tear_down(void **state)
{
	atomic_store(&memory_is_out, false);
	rig_destroy(*state);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#define PUBLISH_TO_SUPPORT "{\"type\":\"x.secret\",\"audience\":{\"teams\":[\"support\"]},\"durable\":true}"

static void who_cannot_leave_is_cut_off(void **state)
{
	struct rig *rig = *state;
	uint32_t removed, published;

	rig_sign_in(rig, 1, "ann");
	rig_sign_in(rig, 2, "bob");
	rig_hold(rig); /* one commit, one turn: nothing of it reaches the edge before all of it does */
	removed = rig_ask(rig, 0, "team.remove", "{\"team\":\"support\",\"user\":\"ann\"}");
	published = rig_ask(rig, 0, "event.publish", PUBLISH_TO_SUPPORT);
	atomic_store(&memory_is_out, true);
	rig_release(rig);
	rig_result(rig, 0, removed);
	rig_result(rig, 0, published);
	assert_int_equal(rig_goodbye(rig, 1)->code, MU_CLOSE_OVERLOADED);
	atomic_store(&memory_is_out, false);
	rig_call(rig, 0, "event.publish", PUBLISH_TO_SUPPORT);
	assert_int_equal(rig_count(rig, 1, "x.secret"), 0);
	assert_int_equal(rig_count(rig, 2, "x.secret"), 2);
	rig_disconnect(rig, 1, 0); /* as its edge tells it then */
	rig_sign_in(rig, 1, "ann");
}

/* Numbers run out, and begin again among those that are in use. */
static void a_number_means_one_topic(void **state)
{
	struct rig *rig = *state;
	char user[16], params[160];

	rig_sign_in(rig, 1, "ann");
	rig_sign_in(rig, 2, "bob");
	rig->hub->numbers.last = UINT32_MAX - 3; /* the hub sleeps until it is asked again */
	for (unsigned i = 3; i < RIG_SLOTS; i++) {
		snprintf(user, sizeof(user), "late%u", i);
		snprintf(params, sizeof(params),
			 "{\"id\":\"%s\",\"name\":\"%s\",\"email\":\"%s@acme.test\",\"roles\":[\"agent\"]}",
			 user, user, user);
		rig_call(rig, 0, "user.create", params);
		rig_sign_in(rig, i, user);
	}
	for (unsigned i = 1; i < RIG_SLOTS; i++) {
		snprintf(user, sizeof(user), "late%u", i);
		snprintf(params, sizeof(params),
			 "{\"type\":\"x.to%u\",\"audience\":{\"users\":[\"%s\"]},\"durable\":true}", i,
			 i == 1   ? "ann"
			 : i == 2 ? "bob"
				  : user);
		rig_call(rig, 0, "event.publish", params);
	}
	for (unsigned i = 1; i < RIG_SLOTS; i++) {
		snprintf(params, sizeof(params), "\"x.to%u\"", i);
		rig_frame(rig, i, params);
		assert_int_equal(rig_count(rig, i, "\"x.to"), 1);
	}
}

/* Ann and Bob may the same and are in the same team: they share a group, whatever is their own. */
static void what_is_ones_own_is_in_no_group(void **state)
{
	struct rig *rig = *state;
	static const char *const own[] = { "user/ann", "own/ann", "user/bob", "own/bob" };

	rig_sign_in(rig, 1, "ann");
	rig_sign_in(rig, 2, "bob");
	rig_settle(rig); /* the hub sleeps until it is asked again */
	const struct room *room = rig->hub->rooms;
	assert_int_equal(HASH_COUNT(room->groups), 1);
	for (size_t i = 0; i < MU_COUNT(own); i++) {
		const struct topic *topic = NULL;
		HASH_FIND_STR(room->topics, own[i], topic);
		assert_non_null(topic);
		assert_int_equal(topic->refs, 1);
		assert_int_equal(topic->n_groups, 0);
	}
}

static bool is_held(struct rig *rig, const char *name)
{
	rig_settle(rig);
	return topics_heard(rig->hub->rooms, name);
}

static void own_conversations_are_held_with_the_permission(void **state)
{
	struct rig *rig = *state;

	rig_call(rig, 0, "role.create",
		 "{\"id\":\"plain\",\"name\":\"Plain\",\"permissions\":[\"presence.self\"]}");
	rig_sign_in(rig, 1, "ann");
	assert_true(is_held(rig, "own/ann"));
	rig_call(rig, 0, "role.assign", "{\"user\":\"ann\",\"roles\":[\"plain\"]}");
	assert_false(is_held(rig, "own/ann"));
	rig_call(rig, 0, "event.publish",
		 "{\"type\":\"x.word\",\"audience\":{\"users\":[\"ann\"]},\"durable\":true}");
	rig_frame(rig, 1, "x.word"); /* what is hers by name she still hears */
	rig_call(rig, 0, "role.update",
		 "{\"role\":\"plain\",\"permissions\":[\"presence.self\",\"conversations.view:own\"]}");
	assert_true(is_held(rig, "own/ann"));
	rig_disconnect(rig, 1, MU_CLOSE_NORMAL);
	assert_false(is_held(rig, "own/ann"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_cannot_leave_is_cut_off),
		CASE(a_number_means_one_topic),
		CASE(what_is_ones_own_is_in_no_group),
		CASE(own_conversations_are_held_with_the_permission),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
