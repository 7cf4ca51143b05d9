/* Seats: who holds one, and when there is none left. */
#include "world.h"

static void set_seats(struct world *world, int64_t limit, const char *plan)
{
	const struct mu_seats_changed data = { .limit = limit, .plan = (char *)plan };

	world_emit(world, &mu_seats_changed_type, &data);
}

static void who_is_made_takes_a_seat(void **state)
{
	struct world *world = *state;

	assert_int_equal(world->ws->n_active, 7);
	world_user(world, "eve", "agent");
	assert_int_equal(world->ws->n_active, 8);
}

static void without_a_limit_there_is_always_a_seat(void **state)
{
	struct world *world = *state;
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_rule_seat(world->ws, 1000000, &fault), MU_OK);
	set_seats(world, 0, "scale");
	assert_int_equal(mu_rule_seat(world->ws, 1000000, &fault), MU_OK);
	assert_string_equal(world->ws->plan, "scale");
}

static void a_full_plan_says_how_full_it_is(void **state)
{
	struct world *world = *state;
	struct mu_fault fault = { 0 };

	set_seats(world, 9, NULL);
	assert_int_equal(mu_rule_seat(world->ws, 2, &fault), MU_OK);
	assert_int_equal(mu_rule_seat(world->ws, 3, &fault), MU_SEAT_LIMIT);
	assert_contains(mu_fault_text(&fault), "7 of 9 seats");
	set_seats(world, 7, NULL);
	assert_int_equal(mu_rule_seat(world->ws, 0, &fault), MU_OK);
	assert_int_equal(mu_rule_seat(world->ws, 1, &fault), MU_SEAT_LIMIT);
}

static void a_limit_shuts_nobody_out(void **state)
{
	struct world *world = *state;
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_rule_seats_set(world->ws, 7, &fault), MU_OK);
	assert_int_equal(mu_rule_seats_set(world->ws, 0, &fault), MU_OK);
	assert_int_equal(mu_rule_seats_set(world->ws, 5, &fault), MU_CONFLICT);
	assert_contains(mu_fault_text(&fault), "deactivate 2 of them");
}

static void a_snapshot_keeps_the_plan(void **state)
{
	struct world *world = *state;

	set_seats(world, 12, "growth");
	struct mu_workspace *copy = world_copy(world->ws);
	assert_int_equal(copy->seat_limit, 12);
	assert_int_equal(copy->n_active, 7);
	assert_string_equal(copy->plan, "growth");
	mu_workspace_destroy(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_is_made_takes_a_seat),        CASE(without_a_limit_there_is_always_a_seat),
		CASE(a_full_plan_says_how_full_it_is), CASE(a_limit_shuts_nobody_out),
		CASE(a_snapshot_keeps_the_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
