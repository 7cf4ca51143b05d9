/* Devices in the presence engine: which sessions are one. */
#include "model/presence_scene.h"

static void test_b4_tabs_of_one_browser_are_one_device(void **state)
{
	struct scene *s = *state;

	join_on(s, 1, "d-laptop", MU_DEVICE_WEB);
	assert_told_from(s, "offline");
	join_on(s, 2, "d-laptop", MU_DEVICE_WEB);
	assert_devices(s, "web:active");
	assert_nothing_told(s);
	join_on(s, 3, "d-phone", MU_DEVICE_WEB);
	assert_devices(s, "web:active web:active");
	assert_told_from(s, "available");
	leave(s, 1, MU_LEAVE_NOW);
	assert_devices(s, "web:active web:active");
	assert_nothing_told(s);
	leave(s, 2, MU_LEAVE_NOW);
	assert_devices(s, "web:active");
	assert_told_from(s, "available");
}

static void test_b4_device_is_as_active_as_its_most_active_session(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	join(s, 2, MU_DEVICE_WEB);
	assert_told_from(s, "offline");
	say(s, 1, MU_BACKGROUND);
	assert_devices(s, "web:active");
	assert_nothing_told(s);
	say(s, 2, MU_IDLE);
	assert_devices(s, "web:idle");
	assert_told_from(s, "available");
	leave(s, 2, MU_LEAVE_NOW);
	assert_devices(s, "web:background");
	say(s, 1, MU_ACTIVE);
	assert_devices(s, "web:active");
}

static void test_b4_one_id_of_two_kinds_is_two_devices(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	join(s, 2, MU_DEVICE_MOBILE);
	join(s, 3, MU_DEVICE_API);
	assert_devices(s, "web:active mobile:active");
}

static void test_b4_same_id_of_two_people_is_two_devices(void **state)
{
	struct scene *s = *state;
	struct mu_person *bob = NULL;

	assert_int_equal(mu_presence_add(s->p, "bob", &available, s->now.wall_ms, s->now, &bob), MU_OK);
	join(s, 1, MU_DEVICE_WEB);
	assert_int_equal(mu_presence_connect(s->p, bob, 2, "d", MU_DEVICE_WEB, s->now), MU_OK);
	mu_presence_disconnect(s->p, 2, MU_LEAVE_NOW, s->now);
	assert_null(bob->devices);
	assert_devices(s, "web:active");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(test_b4_tabs_of_one_browser_are_one_device),
		SCENE(test_b4_device_is_as_active_as_its_most_active_session),
		SCENE(test_b4_one_id_of_two_kinds_is_two_devices),
		SCENE(test_b4_same_id_of_two_people_is_two_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
