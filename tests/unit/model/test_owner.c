/* Ownership: one owner at any time, and who hands over what. */
#include "world.h"

static enum mu_err hand_over(struct world *world, const char *from, const char *to)
{
	const struct mu_owner_transferred data = { .from = (char *)from, .to = (char *)to };

	return world_try(world, &mu_owner_transferred_type, &data);
}

static void assert_owner(struct world *world, const char *owner)
{
	assert_string_equal(world->ws->owner, owner);
	for (const struct mu_user *user = world->ws->users; user; user = user->hh.next)
		assert_int_equal(mu_strs_has(&user->roles, "owner"), !strcmp(user->id, owner));
}

static void the_old_owner_becomes_an_admin(void **state)
{
	struct world *world = *state;

	assert_owner(world, "olga");
	assert_int_equal(hand_over(world, "olga", "dan"), MU_OK);
	assert_owner(world, "dan");
	assert_string_equal(spell(world, &mu_workspace_user(world->ws, "olga")->roles), "admin");
	assert_string_equal(spell(world, &mu_workspace_user(world->ws, "dan")->roles),
			    "owner agent supervisor");
	assert_false(mu_perms_has(&mu_workspace_user(world->ws, "olga")->perms, MU_PERM_OWNER_TRANSFER));
	assert_true(mu_perms_has(&mu_workspace_user(world->ws, "dan")->perms, MU_PERM_OWNER_TRANSFER));
	assert_int_equal(hand_over(world, "dan", "olga"), MU_OK);
	assert_owner(world, "olga");
	assert_string_equal(spell(world, &mu_workspace_user(world->ws, "olga")->roles), "owner admin");
	assert_string_equal(spell(world, &mu_workspace_user(world->ws, "dan")->roles),
			    "admin agent supervisor");
}

static void what_does_not_fit_changes_nothing(void **state)
{
	struct world *world = *state;
	const struct mu_user_ref ann = { .user = (char *)"ann" };

	world_emit(world, &mu_user_deactivated, &ann);
	assert_int_equal(hand_over(world, "adm", "sue"), MU_CONFLICT);
	assert_int_equal(hand_over(world, "olga", "olga"), MU_CONFLICT);
	assert_int_equal(hand_over(world, "olga", "zoe"), MU_CONFLICT);
	assert_int_equal(hand_over(world, "zoe", "sue"), MU_CONFLICT);
	assert_int_equal(hand_over(world, "olga", "ann"), MU_CONFLICT);
	assert_owner(world, "olga");
}

static void only_the_owner_or_the_operator_may(void **state)
{
	struct world *world = *state;
	const struct mu_user_ref ann = { .user = (char *)"ann" };
	static const struct {
		const char *asker, *to;
		enum mu_err err;
	} rows[] = {
		{ "olga", "adm", MU_OK },        { NULL, "adm", MU_OK },
		{ "adm", "adm", MU_FORBIDDEN },  { "adm", "sue", MU_FORBIDDEN },
		{ "olga", "olga", MU_CONFLICT }, { "olga", "ann", MU_CONFLICT },
	};

	world_emit(world, &mu_user_deactivated, &ann);
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_fault fault = { 0 };
		enum mu_err err = mu_rule_owner_transfer(world->ws, rows[i].asker,
							 mu_workspace_user(world->ws, rows[i].to), &fault);
		if (err != rows[i].err)
			fail_msg("%s to %s: %s", rows[i].asker, rows[i].to, mu_err_info(err)->kind);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_old_owner_becomes_an_admin),
		CASE(what_does_not_fit_changes_nothing),
		CASE(only_the_owner_or_the_operator_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
