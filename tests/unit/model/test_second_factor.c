/* Second factors: a code and a recovery code count once, who must enrol, and who may end whose. */
#include "world.h"

static void enroll(struct world *world, const char *user)
{
	const struct mu_second_factor_enrolled data = { .user = (char *)user,
							.secret = (char *)"SECRET",
							.step = 100,
							.recovery = words(world, "one two three") };

	world_emit(world, &mu_second_factor_enrolled_type, &data);
}

static const struct mu_second_factor *factor(struct world *world, const char *user)
{
	return &mu_workspace_user(world->ws, user)->factor;
}

static enum mu_err use_step(struct world *world, int64_t step)
{
	const struct mu_second_factor_used data = { .user = (char *)"ann", .step = step };

	return world_try(world, &mu_second_factor_used_type, &data);
}

static enum mu_err use_recovery(struct world *world, const char *digest)
{
	const struct mu_recovery_used data = { .user = (char *)"ann", .digest = (char *)digest };

	return world_try(world, &mu_recovery_used_type, &data);
}

static void require_2fa(struct world *world, bool on)
{
	const struct mu_security_data data = { .given = 1 << MU_SECURITY_REQUIRE_2FA, .require_2fa = on };

	world_emit(world, &mu_security_updated, &data);
}

static void a_step_is_used_up_once(void **state)
{
	struct world *world = *state;

	enroll(world, "ann");
	assert_int_equal(use_step(world, 100), MU_CONFLICT); /* the one that proved it */
	assert_int_equal(use_step(world, 101), MU_OK);
	assert_int_equal(use_step(world, 101), MU_CONFLICT);
	assert_int_equal(use_step(world, 99), MU_CONFLICT);
	assert_int_equal(use_step(world, 103), MU_OK);
	assert_int_equal(use_step(world, 102), MU_CONFLICT);
	assert_int_equal(factor(world, "ann")->last_step, 103);
}

static void a_recovery_code_is_used_up_once(void **state)
{
	struct world *world = *state;
	const struct mu_recovery_made fresh = { .user = (char *)"ann",
						.recovery = words(world, "four five") };

	enroll(world, "ann");
	assert_int_equal(use_recovery(world, "two"), MU_OK);
	assert_int_equal(use_recovery(world, "two"), MU_CONFLICT);
	assert_int_equal(use_recovery(world, "six"), MU_CONFLICT);
	assert_int_equal(use_recovery(world, NULL), MU_CONFLICT);
	assert_string_equal(spell(world, &factor(world, "ann")->recovery), "one three");
	world_emit(world, &mu_recovery_made_type, &fresh);
	assert_int_equal(use_recovery(world, "one"), MU_CONFLICT);
	assert_string_equal(spell(world, &factor(world, "ann")->recovery), "four five");
}

static void a_secret_that_waits_changes_nothing_until_it_is_proved(void **state)
{
	struct world *world = *state;
	const struct mu_second_factor_pending first = { .user = (char *)"ann", .secret = (char *)"FIRST" };
	const struct mu_second_factor_pending second = { .user = (char *)"ann", .secret = (char *)"SECOND" };

	enroll(world, "ann");
	world_emit(world, &mu_second_factor_pending_type, &first);
	world_emit(world, &mu_second_factor_pending_type, &second);
	assert_string_equal(factor(world, "ann")->secret, "SECRET");
	assert_string_equal(factor(world, "ann")->pending, "SECOND");
	assert_int_equal(factor(world, "ann")->pending_at_ms, world->now_ms);
	enroll(world, "ann");
	assert_null(factor(world, "ann")->pending);
}

static void what_is_left_of_it_is_in_the_snapshot(void **state)
{
	struct world *world = *state;
	const struct mu_second_factor_pending pending = { .user = (char *)"ann", .secret = (char *)"NEXT" };

	enroll(world, "ann");
	world_emit(world, &mu_second_factor_pending_type, &pending);
	assert_int_equal(use_step(world, 105), MU_OK);
	assert_int_equal(use_recovery(world, "one"), MU_OK);
	require_2fa(world, true);
	struct mu_workspace *copy = world_copy(world->ws);
	const struct mu_second_factor *same = &mu_workspace_user(copy, "ann")->factor;
	assert_string_equal(same->secret, "SECRET");
	assert_string_equal(same->pending, "NEXT");
	assert_int_equal(same->last_step, 105);
	assert_int_equal(same->since_ms, factor(world, "ann")->since_ms);
	assert_int_equal(same->pending_at_ms, factor(world, "ann")->pending_at_ms);
	assert_string_equal(spell(world, &same->recovery), "two three");
	assert_true(copy->require_2fa);
	mu_workspace_destroy(copy);
}

static void who_signs_in_with_a_password_and_has_none_must_enroll(void **state)
{
	struct world *world = *state;
	const struct mu_user *ann = mu_workspace_user(world->ws, "ann");

	assert_false(mu_must_enroll(world->ws, ann, true));
	require_2fa(world, true);
	assert_true(mu_must_enroll(world->ws, ann, true));
	assert_false(mu_must_enroll(world->ws, ann, false));
	enroll(world, "ann");
	assert_false(mu_must_enroll(world->ws, ann, true));
	const struct mu_second_factor_ended reset = { .user = (char *)"ann" };
	world_emit(world, &mu_second_factor_reset, &reset);
	assert_true(mu_must_enroll(world->ws, ann, true));
	require_2fa(world, false);
	assert_false(mu_must_enroll(world->ws, ann, true));
}

static void it_can_be_given_up_unless_everybody_needs_one(void **state)
{
	struct world *world = *state;
	const struct mu_user *ann = mu_workspace_user(world->ws, "ann");
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_rule_second_factor_disable(world->ws, ann, &fault), MU_CONFLICT);
	enroll(world, "ann");
	assert_int_equal(mu_rule_second_factor_disable(world->ws, ann, &fault), MU_OK);
	require_2fa(world, true);
	assert_int_equal(mu_rule_second_factor_disable(world->ws, ann, &fault), MU_FORBIDDEN);
}

static void it_is_reset_by_who_may_as_much(void **state)
{
	struct world *world = *state;
	const struct mu_user *olga = mu_workspace_user(world->ws, "olga"),
			     *adm = mu_workspace_user(world->ws, "adm"),
			     *ann = mu_workspace_user(world->ws, "ann");
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_rule_second_factor_reset(&adm->perms, "adm", ann, &fault), MU_CONFLICT);
	enroll(world, "ann");
	enroll(world, "adm");
	enroll(world, "olga");
	assert_int_equal(mu_rule_second_factor_reset(&adm->perms, "adm", ann, &fault), MU_OK);
	assert_int_equal(mu_rule_second_factor_reset(&adm->perms, "adm", olga, &fault), MU_FORBIDDEN);
	assert_int_equal(mu_rule_second_factor_reset(&adm->perms, "adm", adm, &fault), MU_FORBIDDEN);
	assert_int_equal(mu_rule_second_factor_reset(&ann->perms, "ann", adm, &fault), MU_FORBIDDEN);
	assert_int_equal(mu_rule_second_factor_reset(&olga->perms, "olga", adm, &fault), MU_OK);
	assert_int_equal(mu_rule_second_factor_reset(NULL, NULL, olga, &fault), MU_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_step_is_used_up_once),
		CASE(a_recovery_code_is_used_up_once),
		CASE(a_secret_that_waits_changes_nothing_until_it_is_proved),
		CASE(what_is_left_of_it_is_in_the_snapshot),
		CASE(who_signs_in_with_a_password_and_has_none_must_enroll),
		CASE(it_can_be_given_up_unless_everybody_needs_one),
		CASE(it_is_reset_by_who_may_as_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
