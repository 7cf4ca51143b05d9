/* What one presence engine learns of sessions from another one. */
#include "model/presence_scene.h"

/* Another engine, which learns of the first one's session later. */
struct other {
	struct mu_presence *p;
	struct mu_person *ada;
};

static struct other other_create(const struct scene *s)
{
	struct other other = { .p = mu_presence_create(&times, s->now) };

	assert_int_equal(
		mu_presence_add(other.p, "ada", &available, s->ada->chosen_wall_ms, s->now, &other.ada),
		MU_OK);
	return other;
}

static void adopt(struct scene *s, struct other *other, uint64_t key, enum mu_device_kind kind)
{
	struct mu_elsewhere elsewhere;

	assert_true(mu_presence_describe(s->p, key, s->now, &elsewhere));
	assert_int_equal(mu_presence_adopt(other->p, other->ada, key + 100, "d", kind, &elsewhere, s->now),
			 MU_OK);
}

static void assert_same(const struct scene *s, const struct other *other)
{
	assert_string_equal(other->ada->shown.status, s->ada->shown.status);
	assert_int_equal(other->ada->shown.cause, s->ada->shown.cause);
	assert_int_equal(other->ada->shown.reachable_mobile, s->ada->shown.reachable_mobile);
	assert_int_equal(other->ada->told_seen_wall_ms, s->ada->told_seen_wall_ms);
}

static void both_pass(struct scene *s, struct other *other, int64_t ms)
{
	pass(s, ms);
	mu_presence_advance(other->p, s->now);
}

static void test_an_active_session_is_active(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	pass(s, MINUTE);
	struct other other = other_create(s);
	adopt(s, &other, 1, MU_DEVICE_WEB);
	assert_same(s, &other);
	assert_int_equal(other.ada->came_wall_ms, s->ada->came_wall_ms);
	mu_presence_destroy(other.p);
}

static void test_idleness_goes_on(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	say(s, 1, MU_IDLE);
	pass(s, IDLE_AFTER - 2);
	struct other other = other_create(s);
	adopt(s, &other, 1, MU_DEVICE_WEB);
	both_pass(s, &other, 1);
	assert_shown(s, "available", "connect");
	assert_same(s, &other);
	both_pass(s, &other, 1);
	assert_shown(s, "away", "idle");
	assert_same(s, &other);
	mu_presence_destroy(other.p);
}

static void test_who_is_away_already_was_never_back(void **state)
{
	struct scene *s = *state;
	struct mu_effective was;

	join(s, 1, MU_DEVICE_WEB);
	say(s, 1, MU_IDLE);
	pass(s, IDLE_AFTER + MINUTE);
	struct other other = other_create(s);
	adopt(s, &other, 1, MU_DEVICE_WEB);
	assert_same(s, &other);
	assert_ptr_equal(mu_presence_take_changed(other.p, &was), other.ada);
	assert_string_equal(was.status, "offline");
	mu_presence_destroy(other.p);
}

static void test_a_phone_in_the_background_is_reachable_as_long(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_MOBILE);
	say(s, 1, MU_BACKGROUND);
	pass(s, BACKGROUND - 2);
	struct other other = other_create(s);
	adopt(s, &other, 1, MU_DEVICE_MOBILE);
	both_pass(s, &other, 1);
	assert_true(other.ada->shown.reachable_mobile);
	both_pass(s, &other, 1);
	assert_shown(s, "offline", "disconnect");
	assert_same(s, &other);
	mu_presence_destroy(other.p);
}

static void test_only_open_sessions_are_described(void **state)
{
	struct scene *s = *state;
	struct mu_elsewhere elsewhere;

	assert_false(mu_presence_attended(s->ada));
	join(s, 1, MU_DEVICE_WEB);
	assert_true(mu_presence_attended(s->ada));
	leave(s, 1, MU_LEAVE_LOST);
	assert_shown(s, "available", "connect");
	assert_false(mu_presence_attended(s->ada));
	assert_false(mu_presence_describe(s->p, 1, s->now, &elsewhere));
	assert_false(mu_presence_describe(s->p, 2, s->now, &elsewhere));
}

static void test_a_program_is_nobodys_presence_elsewhere_either(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_API);
	pass(s, MINUTE);
	struct other other = other_create(s);
	adopt(s, &other, 1, MU_DEVICE_API);
	assert_string_equal(other.ada->shown.status, "offline");
	assert_int_equal(other.ada->last_seen_wall_ms, 0);
	assert_true(mu_presence_attended(other.ada));
	mu_presence_destroy(other.p);
}

static void test_somebody_else_saw_it_first(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	assert_told_from(s, "offline");
	mu_presence_date(s->p, s->ada, s->ada->since_wall_ms);
	assert_nothing_told(s);
	mu_presence_date(s->p, s->ada, s->now.wall_ms - 7);
	assert_int_equal(s->ada->since_wall_ms, s->now.wall_ms - 7);
	assert_told_from(s, "available");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(test_an_active_session_is_active),
		SCENE(test_idleness_goes_on),
		SCENE(test_who_is_away_already_was_never_back),
		SCENE(test_a_phone_in_the_background_is_reachable_as_long),
		SCENE(test_only_open_sessions_are_described),
		SCENE(test_a_program_is_nobodys_presence_elsewhere_either),
		SCENE(test_somebody_else_saw_it_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
