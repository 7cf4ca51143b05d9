/* People in the presence engine: what they choose, what others see of them and are told, and what a
 * restart keeps. */
#include "model/presence_scene.h"

static void assert_only_expired(const struct scene *s, const struct mu_person *person)
{
	assert_ptr_equal(mu_presence_expired(s->p), person);
	assert_null(person->next_expired);
}

/* ---- B1 ---- */

static void test_b1_toggle_is_one_for_all_devices(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	join(s, 2, MU_DEVICE_MOBILE);
	assert_told_from(s, "offline");
	choose(s, &busy);
	assert_shown(s, "busy", "self");
	assert_false(s->ada->shown.accepting);
	assert_told_from(s, "available");
	leave(s, 1, MU_LEAVE_NOW);
	assert_shown(s, "busy", "self");
	choose(s, &available);
	assert_shown(s, "available", "self");
	assert_true(s->ada->shown.accepting);
}

static void test_b1_appear_offline_hides_the_devices(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	assert_devices(s, "web:active");
	assert_told_from(s, "offline");
	choose(s, &hidden);
	assert_shown(s, "offline", "self");
	assert_devices(s, "");
	assert_told_from(s, "available");
	say(s, 1, MU_IDLE);
	join(s, 2, MU_DEVICE_MOBILE);
	assert_nothing_told(s);
	choose(s, &available);
	assert_devices(s, "web:idle mobile:active");
}

static void test_b1_note_and_expiry(void **state)
{
	struct scene *s = *state;
	struct mu_chosen lunch = away, back = available;

	join(s, 1, MU_DEVICE_WEB);
	lunch.note = "back at 14:00";
	lunch.until_ms = s->now.wall_ms + 30 * MINUTE;
	choose(s, &lunch);
	assert_told_from(s, "offline");
	assert_string_equal(s->ada->chosen.note, "back at 14:00");
	pass(s, 30 * MINUTE - 1);
	assert_null(mu_presence_expired(s->p));
	pass(s, 1);
	assert_true(s->ada->expired);
	assert_only_expired(s, s->ada);
	pass(s, MINUTE);
	assert_only_expired(s, s->ada);
	assert_shown(s, "away", "self");

	back.cause = MU_CAUSE_EXPIRY;
	choose(s, &back);
	assert_shown(s, "available", "expiry");
	assert_false(s->ada->expired);
	assert_null(mu_presence_expired(s->p));
	assert_null(s->ada->chosen.note);
	assert_told_from(s, "away");
}

static void test_b1_new_choice_calls_an_expiry_off(void **state)
{
	struct scene *s = *state;
	struct mu_chosen lunch = away;

	lunch.until_ms = s->now.wall_ms + MINUTE;
	choose(s, &lunch);
	pass(s, MINUTE);
	choose(s, &busy);
	assert_null(mu_presence_expired(s->p));
	lunch.until_ms = s->now.wall_ms + MINUTE;
	choose(s, &lunch);
	choose(s, &busy);
	pass(s, 2 * MINUTE);
	assert_null(mu_presence_expired(s->p));
	lunch.until_ms = s->now.wall_ms - MINUTE;
	choose(s, &lunch);
	assert_only_expired(s, s->ada);
}

static void test_b1_expiry_follows_a_clock_that_is_set(void **state)
{
	struct scene *s = *state;
	struct mu_chosen lunch = away;

	lunch.until_ms = s->now.wall_ms + 60 * MINUTE;
	choose(s, &lunch);
	s->now.wall_ms -= 30 * MINUTE;
	pass(s, 0);
	pass(s, 60 * MINUTE);
	assert_null(mu_presence_expired(s->p));
	s->now.wall_ms += 30 * MINUTE;
	pass(s, 0);
	assert_only_expired(s, s->ada);
}

static void test_b1_expiry_may_be_far_away(void **state)
{
	struct scene *s = *state;
	struct mu_chosen sabbatical = away;
	const int64_t day_ms = 24 * 60 * MINUTE;

	sabbatical.until_ms = s->now.wall_ms + 60 * day_ms;
	choose(s, &sabbatical);
	pass(s, 60 * day_ms - 1);
	assert_null(mu_presence_expired(s->p));
	pass(s, 1);
	assert_only_expired(s, s->ada);
	sabbatical.until_ms = INT64_MAX;
	choose(s, &sabbatical);
	pass(s, 60 * day_ms);
	assert_null(mu_presence_expired(s->p));
}

static void test_b1_change_of_note_or_end_alone_is_told(void **state)
{
	struct scene *s = *state;
	struct mu_chosen with_note = busy, other_end = busy;

	join(s, 1, MU_DEVICE_WEB);
	choose(s, &busy);
	assert_told_from(s, "offline");
	with_note.note = "on the phone";
	choose(s, &with_note);
	assert_told_from(s, "busy");
	choose(s, &busy);
	choose(s, &with_note);
	assert_nothing_told(s);
	other_end.note = "on the phone";
	other_end.until_ms = s->now.wall_ms + MINUTE;
	choose(s, &other_end);
	assert_told_from(s, "busy");
	choose(s, &s->ada->chosen);
	assert_nothing_told(s);
	assert_string_equal(s->ada->chosen.note, "on the phone");
}

/* ---- B2, B3 ---- */

static void test_b2_custom_status_behaves_as_its_base(void **state)
{
	struct scene *s = *state;
	const struct mu_chosen training = { .status = "training", .base = MU_AVAILABLE, .accepting = false };
	const struct mu_chosen focus = { .status = "focus", .base = MU_BUSY, .accepting = true };

	join(s, 1, MU_DEVICE_WEB);
	choose(s, &training);
	assert_shown(s, "training", "self");
	assert_int_equal(s->ada->shown.base, MU_AVAILABLE);
	assert_false(s->ada->shown.accepting);
	say(s, 1, MU_IDLE);
	pass(s, IDLE_AFTER);
	assert_shown(s, "away", "idle");
	choose(s, &focus);
	assert_shown(s, "focus", "self");
	assert_true(s->ada->shown.accepting);
}

static void test_b3_shown_follows_every_input_and_the_choice_stays(void **state)
{
	struct scene *s = *state;

	assert_shown(s, "offline", "disconnect");
	join(s, 1, MU_DEVICE_WEB);
	assert_shown(s, "available", "connect");
	say(s, 1, MU_IDLE);
	pass(s, IDLE_AFTER);
	assert_shown(s, "away", "idle");
	mu_presence_set_open(s->p, s->ada, false, s->now);
	assert_shown(s, "away", "schedule");
	choose(s, &busy);
	assert_shown(s, "busy", "self");
	leave(s, 1, MU_LEAVE_NOW);
	assert_shown(s, "offline", "disconnect");
	assert_string_equal(s->ada->chosen.status, "busy");
	mu_presence_set_open(s->p, s->ada, true, s->now);
	join(s, 2, MU_DEVICE_DESKTOP);
	assert_shown(s, "busy", "self");
}

/* ---- B9 ---- */

static void test_b9_last_seen_and_since(void **state)
{
	struct scene *s = *state;
	int64_t came_ms, left_ms;

	assert_int_equal(s->ada->last_seen_wall_ms, 0);
	pass(s, MINUTE);
	came_ms = s->now.wall_ms;
	join(s, 1, MU_DEVICE_WEB);
	assert_int_equal(s->ada->since_wall_ms, came_ms);
	assert_int_equal(s->ada->came_wall_ms, came_ms);
	assert_told_from(s, "offline");
	pass(s, MINUTE);
	say(s, 1, MU_IDLE);
	assert_int_equal(s->ada->last_seen_wall_ms, came_ms + MINUTE);
	assert_int_equal(s->ada->since_wall_ms, came_ms);
	pass(s, MINUTE);
	leave(s, 1, MU_LEAVE_LOST);
	left_ms = s->now.wall_ms;
	pass(s, LINGER);
	assert_int_equal(s->ada->last_seen_wall_ms, left_ms);
	assert_int_equal(s->ada->since_wall_ms, left_ms + LINGER);
}

static void test_b9_since_follows_the_status_and_not_its_cause(void **state)
{
	struct scene *s = *state;
	const struct mu_chosen other_away = { .status = "away", .base = MU_BUSY };
	int64_t idle_ms;

	join(s, 1, MU_DEVICE_WEB);
	say(s, 1, MU_IDLE);
	pass(s, IDLE_AFTER);
	idle_ms = s->now.wall_ms;
	assert_told_from(s, "offline");
	pass(s, MINUTE);
	mu_presence_set_open(s->p, s->ada, false, s->now);
	assert_shown(s, "away", "schedule");
	assert_int_equal(s->ada->since_wall_ms, idle_ms);
	assert_told_from(s, "away");
	choose(s, &away);
	assert_shown(s, "away", "self");
	assert_int_equal(s->ada->since_wall_ms, idle_ms);
	assert_told_from(s, "away");
	choose(s, &other_away);
	assert_int_equal(s->ada->since_wall_ms, idle_ms + MINUTE);
}

static void test_b9_change_undone_before_it_was_told_never_was(void **state)
{
	struct scene *s = *state;
	int64_t since_ms;

	join(s, 1, MU_DEVICE_WEB);
	choose(s, &available);
	assert_told_from(s, "offline");
	since_ms = s->ada->since_wall_ms;
	pass(s, MINUTE);
	choose(s, &busy);
	assert_int_equal(s->ada->since_wall_ms, s->now.wall_ms);
	choose(s, &available);
	assert_nothing_told(s);
	assert_int_equal(s->ada->since_wall_ms, since_ms);
}

static void test_b9_touched_person_is_told_once(void **state)
{
	struct scene *s = *state;

	mu_presence_touch(s->p, s->ada);
	mu_presence_touch(s->p, s->ada);
	assert_told_from(s, "offline");
	assert_nothing_told(s);
}

static void test_b9_before_names_the_whole_transition(void **state)
{
	struct scene *s = *state;
	const struct mu_chosen training = { .status = "training", .base = MU_AVAILABLE, .accepting = true };
	struct mu_effective was;

	join(s, 1, MU_DEVICE_WEB);
	choose(s, &training);
	assert_told_from(s, "offline");
	choose(s, &busy);
	assert_ptr_equal(mu_presence_take_changed(s->p, &was), s->ada);
	assert_string_equal(was.status, "training");
	assert_int_equal(was.base, MU_AVAILABLE);
	assert_int_equal(was.cause, MU_CAUSE_SELF);
	assert_true(was.accepting);
	assert_false(was.reachable_mobile);
}

/* ---- B13 ---- */

static void test_b13_outside_business_hours_nobody_available_is_offered_work(void **state)
{
	struct scene *s = *state;

	join(s, 1, MU_DEVICE_WEB);
	mu_presence_set_open(s->p, s->ada, false, s->now);
	assert_shown(s, "away", "schedule");
	assert_false(s->ada->shown.accepting);
	say(s, 1, MU_ACTIVE);
	assert_shown(s, "away", "schedule");
	say(s, 1, MU_IDLE);
	pass(s, 2 * IDLE_AFTER);
	assert_shown(s, "away", "schedule");
	say(s, 1, MU_ACTIVE);
	mu_presence_set_open(s->p, s->ada, true, s->now);
	assert_shown(s, "available", "connect");
	choose(s, &busy);
	mu_presence_set_open(s->p, s->ada, false, s->now);
	assert_shown(s, "busy", "self");
}

/* ---- a restart of the hub ---- */

static void test_restart_keeps_those_who_come_back(void **state)
{
	struct scene *s = *state;
	int64_t since_ms = s->now.wall_ms - MINUTE / 2;

	assert_int_equal(mu_presence_restore(s->p, s->ada, "available", since_ms, s->now), MU_OK);
	assert_shown(s, "available", "connect");
	assert_devices(s, "");
	pass(s, LINGER - 1);
	join(s, 1, MU_DEVICE_WEB);
	assert_told_from(s, "available");
	pass(s, LINGER);
	assert_nothing_told(s);
	assert_shown(s, "available", "connect");
	assert_int_equal(s->ada->since_wall_ms, since_ms);
	assert_int_equal(s->ada->came_wall_ms, since_ms);
}

static void test_restart_lets_the_others_go(void **state)
{
	struct scene *s = *state;
	int64_t restart_ms = s->now.wall_ms;

	choose(s, &busy);
	assert_int_equal(mu_presence_restore(s->p, s->ada, "busy", restart_ms - MINUTE, s->now), MU_OK);
	assert_nothing_told(s);
	pass(s, LINGER - 1);
	assert_shown(s, "busy", "self");
	pass(s, 1);
	assert_shown(s, "offline", "disconnect");
	assert_told_from(s, "busy");
	assert_int_equal(s->ada->last_seen_wall_ms, restart_ms);
	assert_int_equal(s->ada->since_wall_ms, restart_ms + LINGER);
}

static void test_restart_keeps_nobody_of_whom_others_know_better(void **state)
{
	struct scene *s = *state;
	struct mu_person *bob;

	assert_int_equal(mu_presence_restore(s->p, s->ada, "available", s->now.wall_ms, s->now), MU_OK);
	pass(s, LINGER / 2);
	mu_presence_forget_restored(s->p, s->ada, s->now);
	assert_shown(s, "offline", "disconnect");
	assert_told_from(s, "available");
	assert_int_equal(mu_presence_add(s->p, "bob", &available, 1, s->now, &bob), MU_OK);
	assert_int_equal(mu_presence_connect(s->p, bob, 7, "d", MU_DEVICE_WEB, s->now), MU_OK);
	mu_presence_forget_restored(s->p, bob, s->now);
	assert_string_equal(bob->shown.status, "available");
}

static void test_restart_remembers_automatic_away_and_offline(void **state)
{
	struct scene *s = *state;
	int64_t since_ms = s->now.wall_ms - MINUTE / 2;
	struct mu_person *bob;

	assert_int_equal(mu_presence_restore(s->p, s->ada, "away", since_ms, s->now), MU_OK);
	assert_shown(s, "away", "idle");
	assert_int_equal(s->ada->since_wall_ms, since_ms);
	assert_int_equal(mu_presence_add(s->p, "bob", &available, since_ms, s->now, &bob), MU_OK);
	assert_int_equal(mu_presence_restore(s->p, bob, "offline", since_ms, s->now), MU_OK);
	assert_string_equal(bob->shown.status, "offline");
	assert_int_equal(bob->since_wall_ms, since_ms);
	assert_int_equal(bob->last_seen_wall_ms, since_ms);
	assert_nothing_told(s);
	join(s, 1, MU_DEVICE_WEB);
	assert_shown(s, "available", "connect");
	assert_int_equal(mu_presence_restore(s->p, s->ada, "away", since_ms, s->now), MU_CONFLICT);
}

static void test_restart_tells_what_cannot_be_shown_any_more(void **state)
{
	struct scene *s = *state;
	struct mu_effective was;

	mu_presence_set_open(s->p, s->ada, false, s->now);
	assert_int_equal(mu_presence_restore(s->p, s->ada, "available", 1, s->now), MU_OK);
	assert_shown(s, "away", "schedule");
	assert_int_equal(s->ada->since_wall_ms, s->now.wall_ms);
	assert_ptr_equal(mu_presence_take_changed(s->p, &was), s->ada);
	assert_string_equal(was.status, "available");
	assert_int_equal(was.base, MU_AVAILABLE);
}

/* The hub stopped between the choice and the note of what others saw of it. */
static void test_restart_tells_of_a_choice_that_was_not_shown_yet(void **state)
{
	struct scene *s = *state;
	struct mu_effective was;

	choose(s, &hidden);
	assert_int_equal(mu_presence_restore(s->p, s->ada, "available", 1, s->now), MU_OK);
	assert_shown(s, "offline", "self");
	assert_int_equal(s->ada->since_wall_ms, s->now.wall_ms);
	assert_ptr_equal(mu_presence_take_changed(s->p, &was), s->ada);
	assert_string_equal(was.status, "available");
}

/* ---- the engine ---- */

static void test_errors_change_nothing(void **state)
{
	struct scene *s = *state;
	struct mu_person *person = NULL;

	assert_int_equal(mu_presence_add(s->p, "ada", &busy, 0, s->now, &person), MU_CONFLICT);
	assert_null(person);
	assert_string_equal(s->ada->chosen.status, "available");
	join(s, 1, MU_DEVICE_WEB);
	assert_told_from(s, "offline");
	assert_int_equal(mu_presence_connect(s->p, s->ada, 1, "d", MU_DEVICE_WEB, s->now), MU_CONFLICT);
	assert_devices(s, "web:active");
	say(s, 99, MU_IDLE);
	leave(s, 99, MU_LEAVE_NOW);
	mu_presence_remove(s->p, "nobody");
	assert_nothing_told(s);
	mu_presence_destroy(NULL);
}

static void test_removed_people_leave_every_list(void **state)
{
	struct scene *s = *state;
	struct mu_chosen lunch = away;
	struct mu_person *bob, *eve;
	struct mu_effective was;

	lunch.until_ms = s->now.wall_ms;
	assert_int_equal(mu_presence_add(s->p, "bob", &lunch, 0, s->now, &bob), MU_OK);
	assert_int_equal(mu_presence_add(s->p, "eve", &lunch, 0, s->now, &eve), MU_OK);
	assert_int_equal(mu_presence_count(s->p), 3);
	assert_int_equal(mu_presence_connect(s->p, bob, 1, "d", MU_DEVICE_WEB, s->now), MU_OK);
	assert_int_equal(mu_presence_connect(s->p, eve, 2, "d", MU_DEVICE_WEB, s->now), MU_OK);
	mu_presence_remove(s->p, "bob");
	assert_null(mu_presence_find(s->p, "bob"));
	assert_int_equal(mu_presence_count(s->p), 2);
	assert_only_expired(s, eve);
	assert_ptr_equal(mu_presence_take_changed(s->p, &was), eve);
	assert_null(mu_presence_take_changed(s->p, &was));
	mu_presence_activity(s->p, 1, MU_IDLE, s->now);
	join(s, 1, MU_DEVICE_WEB);
	assert_told_from(s, "offline");
}

static void test_changes_are_taken_oldest_first(void **state)
{
	struct scene *s = *state;
	struct mu_person *bob;
	struct mu_effective was;
	size_t n = 0;

	assert_int_equal(mu_presence_add(s->p, "bob", &available, 0, s->now, &bob), MU_OK);
	assert_int_equal(mu_presence_connect(s->p, bob, 7, "d", MU_DEVICE_WEB, s->now), MU_OK);
	join(s, 1, MU_DEVICE_WEB);
	mu_presence_activity(s->p, 7, MU_IDLE, s->now);
	assert_ptr_equal(mu_presence_take_changed(s->p, &was), bob);
	assert_ptr_equal(mu_presence_take_changed(s->p, &was), s->ada);
	assert_null(mu_presence_take_changed(s->p, &was));
	for (struct mu_person *p = mu_presence_first(s->p); p; p = p->hh.next)
		n++;
	assert_int_equal(n, mu_presence_count(s->p));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(test_b1_toggle_is_one_for_all_devices),
		SCENE(test_b1_appear_offline_hides_the_devices),
		SCENE(test_b1_note_and_expiry),
		SCENE(test_b1_new_choice_calls_an_expiry_off),
		SCENE(test_b1_expiry_follows_a_clock_that_is_set),
		SCENE(test_b1_expiry_may_be_far_away),
		SCENE(test_b1_change_of_note_or_end_alone_is_told),
		SCENE(test_b2_custom_status_behaves_as_its_base),
		SCENE(test_b3_shown_follows_every_input_and_the_choice_stays),
		SCENE(test_b9_last_seen_and_since),
		SCENE(test_b9_since_follows_the_status_and_not_its_cause),
		SCENE(test_b9_change_undone_before_it_was_told_never_was),
		SCENE(test_b9_touched_person_is_told_once),
		SCENE(test_b9_before_names_the_whole_transition),
		SCENE(test_b13_outside_business_hours_nobody_available_is_offered_work),
		SCENE(test_restart_keeps_those_who_come_back),
		SCENE(test_restart_lets_the_others_go),
		SCENE(test_restart_keeps_nobody_of_whom_others_know_better),
		SCENE(test_restart_remembers_automatic_away_and_offline),
		SCENE(test_restart_tells_what_cannot_be_shown_any_more),
		SCENE(test_restart_tells_of_a_choice_that_was_not_shown_yet),
		SCENE(test_errors_change_nothing),
		SCENE(test_removed_people_leave_every_list),
		SCENE(test_changes_are_taken_oldest_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
