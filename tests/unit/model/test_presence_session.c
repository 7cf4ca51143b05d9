/* Sessions in the presence engine: how several are one person, how they fall idle, leave, linger and go to
 * the background. */
#include "model/presence_scene.h"

/* ---- B4 ---- */

static void test_b4_one_tab_closing_changes_nothing_while_another_is_open(void **state)
{
	static const enum mu_leave ways[] = { MU_LEAVE_NOW, MU_LEAVE_CLEAN, MU_LEAVE_LOST, MU_LEAVE_NODE };
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	assert_told_from(s, "offline");
	for (uint64_t i = 0; i < MU_COUNT(ways); i++) {
		int64_t since_ms = s->ada->since_wall_ms;

		join(s, 10 + i, MU_DEVICE_DESKTOP);
		assert_devices(s, "web:active desktop:active");
		assert_told_from(s, "available");
		leave(s, 10 + i, ways[i]);
		assert_devices(s, "web:active");
		assert_told_from(s, "available");
		pass(s, MINUTE);
		assert_nothing_told(s);
		assert_shown(s, "available", "connect");
		assert_int_equal(s->ada->since_wall_ms, since_ms);
	}
}

static void test_b4_devices_show_what_they_said(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	join(s, 2, MU_DEVICE_MOBILE);
	join(s, 3, MU_DEVICE_DESKTOP);
	say(s, 1, MU_BACKGROUND);
	say(s, 2, MU_IDLE);
	assert_devices(s, "web:background mobile:idle desktop:active");
	assert_told_from(s, "offline");
	say(s, 2, MU_BACKGROUND);
	assert_told_from(s, "available");
	say(s, 2, MU_IDLE);
	say(s, 2, MU_BACKGROUND);
	assert_nothing_told(s);
}

static void test_b4_programs_never_count_nor_show(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_API);
	say(s, 1, MU_ACTIVE);
	assert_shown(s, "offline", "disconnect");
	assert_devices(s, "");
	assert_int_equal(s->ada->last_seen_wall_ms, 0);
	assert_nothing_told(s);
	join(s, 2, MU_DEVICE_WEB);
	assert_devices(s, "web:active");
	leave(s, 2, MU_LEAVE_LOST);
	pass(s, LINGER - 1);
	assert_shown(s, "available", "connect");
	pass(s, 1);
	assert_shown(s, "offline", "disconnect");
	leave(s, 1, MU_LEAVE_LOST);
	assert_null(s->ada->devices);
}

/* ---- B5, B6 ---- */

static void test_b5_hidden_tab_is_idle_and_never_flaps(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	choose(s, &busy);
	say(s, 1, MU_BACKGROUND);
	assert_told_from(s, "offline");
	for (int i = 0; i < 48; i++)
		pass(s, 30 * MINUTE);
	assert_nothing_told(s);
	assert_shown(s, "busy", "self");
	assert_false(s->ada->shown.reachable_mobile);
	assert_int_equal(mu_presence_next_ms(s->p, s->now.mono_ms), -1);

	choose(s, &available);
	assert_shown(s, "away", "idle");
	assert_false(s->ada->shown.reachable_mobile);
	say(s, 1, MU_ACTIVE);
	assert_shown(s, "available", "self");
}

static void test_b6_idle_becomes_away_and_activity_undoes_it(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	pass(s, 10 * IDLE_AFTER);
	assert_shown(s, "available", "connect");
	say(s, 1, MU_IDLE);
	pass(s, IDLE_AFTER - 1);
	assert_shown(s, "available", "connect");
	pass(s, 1);
	assert_shown(s, "away", "idle");
	assert_false(s->ada->shown.accepting);
	assert_int_equal(s->ada->since_wall_ms, s->now.wall_ms);
	say(s, 1, MU_ACTIVE);
	assert_shown(s, "available", "connect");
}

static void test_b6_activity_on_any_device_counts(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	join(s, 2, MU_DEVICE_MOBILE);
	say(s, 1, MU_IDLE);
	pass(s, 2 * IDLE_AFTER);
	assert_shown(s, "available", "connect");
	leave(s, 2, MU_LEAVE_LOST);
	pass(s, IDLE_AFTER - 1);
	assert_shown(s, "available", "connect");
	pass(s, 1);
	assert_shown(s, "away", "idle");
}

static void test_b6_manual_choices_are_never_undone(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	choose(s, &away);
	say(s, 1, MU_IDLE);
	pass(s, 2 * IDLE_AFTER);
	say(s, 1, MU_ACTIVE);
	assert_shown(s, "away", "self");
	leave(s, 1, MU_LEAVE_NOW);
	pass(s, MINUTE);
	join(s, 2, MU_DEVICE_WEB);
	assert_shown(s, "away", "self");
	assert_string_equal(s->ada->chosen.status, "away");
}

static void test_b6_idle_time_can_be_changed_and_switched_off(void **state)
{
	struct scene *s = *state;
	struct mu_presence_times other = times;

	join(s, 1, MU_DEVICE_WEB);
	say(s, 1, MU_IDLE);
	pass(s, MINUTE);
	other.idle_after_ms = MINUTE;
	mu_presence_set_times(s->p, &other, s->now);
	assert_shown(s, "away", "idle");
	other.idle_after_ms = 0;
	mu_presence_set_times(s->p, &other, s->now);
	assert_shown(s, "available", "connect");
	pass(s, 100 * IDLE_AFTER);
	assert_shown(s, "available", "connect");
}

static void test_b6_lingering_session_counts_as_activity_until_it_went(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	join(s, 2, MU_DEVICE_MOBILE);
	say(s, 2, MU_BACKGROUND);
	leave(s, 1, MU_LEAVE_LOST);
	pass(s, LINGER + MINUTE);
	assert_true(s->ada->shown.reachable_mobile);
	say(s, 2, MU_IDLE);
	assert_shown(s, "available", "connect");
	pass(s, IDLE_AFTER - MINUTE - 1);
	assert_shown(s, "available", "connect");
	pass(s, 1);
	assert_shown(s, "away", "idle");
}

/* ---- B7 ---- */

static void test_b7_reload_is_not_seen(void **state)
{
	struct scene *s = *state;
	int64_t since_ms;

	join(s, 1, MU_DEVICE_WEB);
	assert_told_from(s, "offline");
	since_ms = s->ada->since_wall_ms;
	for (uint64_t key = 1; key < 10; key++) {
		leave(s, key, MU_LEAVE_CLEAN);
		pass(s, GRACE - 1);
		assert_nothing_told(s);
		join(s, key + 1, MU_DEVICE_WEB);
		assert_nothing_told(s);
		assert_devices(s, "web:active");
		assert_shown(s, "available", "connect");
	}
	assert_int_equal(s->ada->since_wall_ms, since_ms);
}

static void test_b7_clean_leave_shows_after_the_grace(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	leave(s, 1, MU_LEAVE_CLEAN);
	pass(s, GRACE - 1);
	assert_shown(s, "available", "connect");
	assert_devices(s, "web:active");
	pass(s, 1);
	assert_shown(s, "offline", "disconnect");
	assert_null(s->ada->devices);
}

static void test_b7_lost_connection_lingers(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	assert_told_from(s, "offline");
	leave(s, 1, MU_LEAVE_LOST);
	pass(s, LINGER - 1);
	assert_nothing_told(s);
	leave(s, 1, MU_LEAVE_LOST);
	say(s, 1, MU_ACTIVE);
	pass(s, 1);
	assert_shown(s, "offline", "disconnect");
	assert_told_from(s, "available");
}

/* What their own node knew of them is gone; what another one saw of them isn't. */
static void test_b7_a_node_that_is_gone_takes_its_people_along(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	leave(s, 1, MU_LEAVE_NODE);
	assert_shown(s, "offline", "disconnect");

	join(s, 2, MU_DEVICE_WEB);
	join(s, 3, MU_DEVICE_WEB);
	leave(s, 3, MU_LEAVE_LOST); /* on a node that lives, while 2 seemed to be there */
	pass(s, LINGER - 5);
	leave(s, 2, MU_LEAVE_NODE);
	pass(s, 4);
	assert_shown(s, "available", "connect");
	pass(s, 1);
	assert_shown(s, "offline", "disconnect");

	join(s, 4, MU_DEVICE_WEB);
	join(s, 5, MU_DEVICE_WEB);
	leave(s, 5, MU_LEAVE_LOST);
	join(s, 6, MU_DEVICE_WEB);
	leave(s, 6, MU_LEAVE_NOW); /* they have signed out since then */
	leave(s, 4, MU_LEAVE_NODE);
	assert_shown(s, "offline", "disconnect");
}

static void test_b7_signing_out_shows_at_once(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	leave(s, 1, MU_LEAVE_NOW);
	assert_shown(s, "offline", "disconnect");
	join(s, 2, MU_DEVICE_WEB);
	leave(s, 2, MU_LEAVE_LOST);
	assert_shown(s, "available", "connect");
	leave(s, 2, MU_LEAVE_NOW);
	assert_shown(s, "offline", "disconnect");
	assert_null(s->ada->devices);
}

static void test_b7_network_loss_of_all_tabs_is_one_linger(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	join(s, 2, MU_DEVICE_DESKTOP);
	say(s, 2, MU_IDLE);
	leave(s, 1, MU_LEAVE_LOST);
	assert_devices(s, "desktop:idle");
	leave(s, 2, MU_LEAVE_LOST);
	assert_devices(s, "desktop:idle");
	pass(s, LINGER - 1);
	assert_shown(s, "available", "connect");
	join(s, 3, MU_DEVICE_WEB);
	assert_devices(s, "web:active");
	pass(s, LINGER);
	assert_shown(s, "available", "connect");
}

static void test_b7_reload_beside_a_phone_in_the_background_is_not_seen(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	join(s, 2, MU_DEVICE_MOBILE);
	say(s, 2, MU_BACKGROUND);
	assert_told_from(s, "offline");
	leave(s, 1, MU_LEAVE_CLEAN);
	pass(s, GRACE - 1);
	assert_true(s->ada->shown.accepting);
	join(s, 3, MU_DEVICE_WEB);
	assert_nothing_told(s);
	leave(s, 2, MU_LEAVE_LOST);
	assert_devices(s, "web:active");
}

static void test_b7_running_graces_keep_their_end(void **state)
{
	struct scene *s = *state;
	struct mu_presence_times none = { 0, 0, 0, 0 };

	join(s, 1, MU_DEVICE_WEB);
	leave(s, 1, MU_LEAVE_CLEAN);
	mu_presence_set_times(s->p, &none, s->now);
	pass(s, GRACE - 1);
	assert_shown(s, "available", "connect");
	pass(s, 1);
	assert_shown(s, "offline", "disconnect");
	join(s, 2, MU_DEVICE_WEB);
	leave(s, 2, MU_LEAVE_CLEAN);
	assert_shown(s, "offline", "disconnect");
}

/* ---- B8 ---- */

static void test_b8_phone_in_the_background_is_reachable_for_a_time(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_MOBILE);
	say(s, 1, MU_BACKGROUND);
	assert_shown(s, "available", "connect");
	assert_true(s->ada->shown.reachable_mobile);
	assert_false(s->ada->shown.accepting);
	assert_devices(s, "mobile:background");
	pass(s, BACKGROUND / 2);
	say(s, 1, MU_BACKGROUND);
	pass(s, BACKGROUND / 2 - 1);
	assert_true(s->ada->shown.reachable_mobile);
	pass(s, 1);
	assert_shown(s, "offline", "disconnect");
	assert_false(s->ada->shown.reachable_mobile);
	assert_devices(s, "");
	say(s, 1, MU_ACTIVE);
	assert_shown(s, "available", "connect");
	assert_true(s->ada->shown.accepting);
	assert_int_equal(s->ada->came_wall_ms, s->now.wall_ms);
}

static void test_b8_phone_in_the_background_under_other_choices(void **state)
{
	struct scene *s = *state;
	const struct mu_chosen focus = { .status = "focus", .base = MU_BUSY, .accepting = true };

	join(s, 1, MU_DEVICE_MOBILE);
	say(s, 1, MU_BACKGROUND);
	choose(s, &focus);
	assert_shown(s, "focus", "self");
	assert_true(s->ada->shown.reachable_mobile);
	assert_false(s->ada->shown.accepting);
	choose(s, &hidden);
	assert_shown(s, "offline", "self");
	assert_false(s->ada->shown.reachable_mobile);
}

static void test_b8_longer_time_brings_a_phone_back_as_one_who_was_gone(void **state)
{
	struct scene *s = *state;
	struct mu_presence_times longer = times;

	join(s, 1, MU_DEVICE_MOBILE);
	say(s, 1, MU_BACKGROUND);
	s->now.mono_ms += BACKGROUND;
	s->now.wall_ms += BACKGROUND;
	longer.background_ms = 2 * BACKGROUND;
	mu_presence_set_times(s->p, &longer, s->now);
	assert_shown(s, "available", "connect");
	assert_int_equal(s->ada->came_wall_ms, s->now.wall_ms);
}

static void test_b8_phone_in_the_background_may_lose_its_connection(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_MOBILE);
	say(s, 1, MU_BACKGROUND);
	pass(s, MINUTE);
	leave(s, 1, MU_LEAVE_LOST);
	pass(s, BACKGROUND - MINUTE - 1);
	assert_true(s->ada->shown.reachable_mobile);
	assert_devices(s, "mobile:background");
	pass(s, 1);
	assert_shown(s, "offline", "disconnect");
	assert_null(s->ada->devices);
}

static void test_b8_phone_in_the_background_that_says_goodbye_leaves_after_the_grace(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_MOBILE);
	say(s, 1, MU_BACKGROUND);
	pass(s, MINUTE);
	leave(s, 1, MU_LEAVE_CLEAN);
	pass(s, GRACE - 1);
	assert_true(s->ada->shown.reachable_mobile);
	pass(s, 1);
	assert_shown(s, "offline", "disconnect");
	assert_null(s->ada->devices);

	join(s, 2, MU_DEVICE_MOBILE);
	say(s, 2, MU_BACKGROUND);
	pass(s, BACKGROUND - 1);
	leave(s, 2, MU_LEAVE_CLEAN);
	assert_true(s->ada->shown.reachable_mobile);
	pass(s, 1);
	assert_shown(s, "offline", "disconnect");
}

static void test_b8_phone_in_the_background_that_signs_out_is_gone(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_MOBILE);
	say(s, 1, MU_BACKGROUND);
	leave(s, 1, MU_LEAVE_NOW);
	assert_shown(s, "offline", "disconnect");

	join(s, 2, MU_DEVICE_MOBILE);
	say(s, 2, MU_BACKGROUND);
	leave(s, 2, MU_LEAVE_LOST);
	leave(s, 2, MU_LEAVE_NOW);
	assert_shown(s, "offline", "disconnect");
}

static void test_b8_open_tab_goes_before_a_phone_in_the_background(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_MOBILE);
	say(s, 1, MU_BACKGROUND);
	join(s, 2, MU_DEVICE_WEB);
	assert_false(s->ada->shown.reachable_mobile);
	assert_true(s->ada->shown.accepting);
	leave(s, 2, MU_LEAVE_NOW);
	assert_shown(s, "available", "connect");
	assert_true(s->ada->shown.reachable_mobile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(test_b4_one_tab_closing_changes_nothing_while_another_is_open),
		SCENE(test_b4_devices_show_what_they_said),
		SCENE(test_b4_programs_never_count_nor_show),
		SCENE(test_b5_hidden_tab_is_idle_and_never_flaps),
		SCENE(test_b6_idle_becomes_away_and_activity_undoes_it),
		SCENE(test_b6_activity_on_any_device_counts),
		SCENE(test_b6_manual_choices_are_never_undone),
		SCENE(test_b6_idle_time_can_be_changed_and_switched_off),
		SCENE(test_b6_lingering_session_counts_as_activity_until_it_went),
		SCENE(test_b7_reload_is_not_seen),
		SCENE(test_b7_clean_leave_shows_after_the_grace),
		SCENE(test_b7_lost_connection_lingers),
		SCENE(test_b7_a_node_that_is_gone_takes_its_people_along),
		SCENE(test_b7_signing_out_shows_at_once),
		SCENE(test_b7_network_loss_of_all_tabs_is_one_linger),
		SCENE(test_b7_reload_beside_a_phone_in_the_background_is_not_seen),
		SCENE(test_b7_running_graces_keep_their_end),
		SCENE(test_b8_phone_in_the_background_is_reachable_for_a_time),
		SCENE(test_b8_phone_in_the_background_under_other_choices),
		SCENE(test_b8_longer_time_brings_a_phone_back_as_one_who_was_gone),
		SCENE(test_b8_phone_in_the_background_may_lose_its_connection),
		SCENE(test_b8_phone_in_the_background_that_says_goodbye_leaves_after_the_grace),
		SCENE(test_b8_phone_in_the_background_that_signs_out_is_gone),
		SCENE(test_b8_open_tab_goes_before_a_phone_in_the_background),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
