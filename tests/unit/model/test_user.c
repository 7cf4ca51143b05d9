/* People who leave: what goes with them, what stays, and who may send them away. */
#include "world.h"

#include "muster/model/audience.h"

static enum mu_err try_ref(struct world *world, const struct mu_event_type *type, const char *user)
{
	const struct mu_user_ref data = { .user = (char *)user };

	return world_try(world, type, &data);
}

static void emit_ref(struct world *world, const struct mu_event_type *type, const char *user)
{
	if (try_ref(world, type, user))
		fail_msg("%s of %s does not apply", type->name, user);
}

static bool token_counts(struct world *world, const char *user, int64_t issued_at_ms)
{
	return mu_user_token_valid(world->ws, mu_workspace_user(world->ws, user), "t", issued_at_ms);
}

/* ---- for a time ---- */

static void who_is_deactivated_keeps_teams_and_roles_only(void **state)
{
	struct world *world = *state;
	const struct mu_presence_changed shown = { .user = (char *)"ann",
						   .from = (char *)"offline",
						   .to = (char *)"available" };
	const struct mu_user *ann = mu_workspace_user(world->ws, "ann");
	struct mu_strs topics = { 0 };

	world_emit(world, &mu_presence_changed_type, &shown);
	emit_ref(world, &mu_user_deactivated, "ann");
	assert_string_equal(spell(world, &ann->teams), "support");
	assert_string_equal(spell(world, &ann->roles), "agent");
	assert_true(mu_strs_has(&mu_workspace_team(world->ws, "support")->members, "ann"));
	assert_null(ann->shown);
	assert_int_equal(mu_user_topics(world->ws, ann, &world->arena, &topics), MU_OK);
	assert_int_equal(topics.n, 0);
	assert_false(token_counts(world, "ann", world->now_ms + 60000));
	assert_int_equal(world->ws->n_active, 6);
}

static void who_comes_back_needs_a_new_token(void **state)
{
	struct world *world = *state;
	const int64_t before_ms = world->now_ms;

	emit_ref(world, &mu_user_deactivated, "ann");
	emit_ref(world, &mu_user_reactivated, "ann");
	assert_int_equal(world->ws->n_active, 7);
	assert_false(token_counts(world, "ann", before_ms));
	assert_true(token_counts(world, "ann", world->now_ms + 1));
}

static void nothing_is_done_twice(void **state)
{
	struct world *world = *state;

	assert_int_equal(try_ref(world, &mu_user_reactivated, "ann"), MU_CONFLICT);
	emit_ref(world, &mu_user_deactivated, "ann");
	assert_int_equal(try_ref(world, &mu_user_deactivated, "ann"), MU_CONFLICT);
	assert_int_equal(try_ref(world, &mu_user_deactivated, "zoe"), MU_CONFLICT);
	assert_int_equal(try_ref(world, &mu_user_reactivated, "zoe"), MU_CONFLICT);
	emit_ref(world, &mu_user_removed, "ann");
	assert_int_equal(try_ref(world, &mu_user_removed, "ann"), MU_CONFLICT);
	assert_int_equal(try_ref(world, &mu_user_reactivated, "ann"), MU_CONFLICT);
	assert_int_equal(try_ref(world, &mu_user_removed, "olga"), MU_CONFLICT);
	assert_int_equal(world->ws->n_active, 6);
}

/* ---- for good ---- */

static void lead(struct world *world, const char *team, const char *user)
{
	const struct mu_team_data data = { .given = 1 << MU_TEAM_ID | 1 << MU_TEAM_LEAD,
					   .id = (char *)team,
					   .lead = (char *)user };

	world_emit(world, &mu_team_updated, &data);
}

static void revoke(struct world *world, const char *user, const char *token)
{
	const struct mu_session_revoked data = { .user = (char *)user,
						 .token = (char *)token,
						 .expires_at = world->now_ms + 3600000 };

	world_emit(world, &mu_session_revoked_type, &data);
}

static void nothing_names_who_was_removed(void **state)
{
	struct world *world = *state;

	lead(world, "sales", "dan");
	lead(world, "support", "ann");
	revoke(world, "dan", "t-1");
	revoke(world, "ann", "t-2");
	emit_ref(world, &mu_user_removed, "dan");
	assert_null(mu_workspace_user(world->ws, "dan"));
	assert_null(mu_workspace_user_by_email(world->ws, "dan@acme.test"));
	assert_string_equal(spell(world, &mu_workspace_team(world->ws, "support")->members), "ann bob");
	assert_string_equal(spell(world, &mu_workspace_team(world->ws, "sales")->members), "cat");
	assert_null(mu_workspace_team(world->ws, "sales")->lead);
	assert_string_equal(mu_workspace_team(world->ws, "support")->lead, "ann");
	assert_int_equal(HASH_COUNT(world->ws->revocations), 1);
	assert_int_equal(world->ws->n_active, 6);
}

static void an_old_token_is_of_no_use_to_a_namesake(void **state)
{
	struct world *world = *state;

	emit_ref(world, &mu_user_removed, "ann");
	const int64_t removed_ms = world->now_ms;
	assert_non_null(mu_workspace_tombstone(world->ws, "ann"));
	world_user(world, "ann", "agent");
	assert_null(mu_workspace_tombstone(world->ws, "ann"));
	assert_false(token_counts(world, "ann", removed_ms));
	assert_false(token_counts(world, "ann", removed_ms - 3600000));
	assert_true(token_counts(world, "ann", removed_ms + 1));
	emit_ref(world, &mu_user_removed, "ann");
	world_user(world, "ann", "agent");
	assert_false(token_counts(world, "ann", removed_ms + 1));
}

static void a_seat_is_free_once_not_twice(void **state)
{
	struct world *world = *state;

	emit_ref(world, &mu_user_deactivated, "ann");
	emit_ref(world, &mu_user_removed, "ann");
	assert_int_equal(world->ws->n_active, 6);
}

static void a_snapshot_knows_who_is_out(void **state)
{
	struct world *world = *state;

	emit_ref(world, &mu_user_deactivated, "ann");
	emit_ref(world, &mu_user_removed, "bob");
	emit_ref(world, &mu_user_deactivated, "cat");
	emit_ref(world, &mu_user_reactivated, "cat");
	struct mu_workspace *copy = world_copy(world->ws);
	assert_false(mu_workspace_user(copy, "ann")->active);
	assert_true(mu_workspace_user(copy, "cat")->active);
	assert_int_equal(mu_workspace_user(copy, "cat")->tokens_after_ms,
			 mu_workspace_user(world->ws, "cat")->tokens_after_ms);
	assert_int_equal(mu_workspace_user(copy, "ann")->tokens_after_ms,
			 mu_workspace_user(world->ws, "ann")->tokens_after_ms);
	assert_int_equal(mu_workspace_tombstone(copy, "bob")->tokens_after_ms,
			 mu_workspace_tombstone(world->ws, "bob")->tokens_after_ms);
	assert_int_equal(copy->n_active, 5);
	mu_workspace_destroy(copy);
}

static const char *told(struct world *world, const struct mu_event_type *type, const char *user)
{
	const struct mu_user_ref data = { .user = (char *)user };
	const struct mu_event event = { .type = type, .name = type->name, .data = (void *)&data };
	struct mu_strs topics = { 0 };

	assert_int_equal(type->audience(world->ws, &event, &world->arena, &topics), MU_OK);
	return spell(world, &topics);
}

static void who_sees_people_hears_of_it_but_not_who_is_shut_out(void **state)
{
	struct world *world = *state;

	lead(world, "sales", "ann");
	assert_string_equal(told(world, &mu_user_deactivated, "ann"), "may/users.view");
	assert_string_equal(told(world, &mu_user_reactivated, "ann"), "user/ann may/users.view");
	assert_string_equal(told(world, &mu_user_removed, "ann"),
			    "may/users.view may/teams.manage team/support team/sales");
	assert_string_equal(told(world, &mu_user_removed, "sue"), "may/users.view may/teams.manage");
}

/* ---- who may ---- */

static void nobody_ends_the_owner_themself_or_who_may_more(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *granter, *user;
		enum mu_err err;
	} rows[] = {
		{ NULL, "ann", MU_OK },           { NULL, "adm", MU_OK },
		{ NULL, "olga", MU_FORBIDDEN },   { "olga", "adm", MU_OK },
		{ "olga", "olga", MU_FORBIDDEN }, { "adm", "olga", MU_FORBIDDEN },
		{ "adm", "adm", MU_FORBIDDEN },   { "adm", "sue", MU_OK },
		{ "sue", "adm", MU_FORBIDDEN },   { "sue", "ann", MU_OK },
		{ "ann", "bob", MU_OK },          { "ann", "dan", MU_FORBIDDEN },
	};

	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_fault fault = { 0 };
		const struct mu_user *granter = mu_workspace_user(world->ws, rows[i].granter);
		enum mu_err err =
			mu_rule_user_end(world->ws, granter ? &granter->perms : NULL, rows[i].granter,
					 mu_workspace_user(world->ws, rows[i].user), &fault);
		if (err != rows[i].err)
			fail_msg("%s ends %s: %s", rows[i].granter, rows[i].user, mu_err_info(err)->kind);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_is_deactivated_keeps_teams_and_roles_only),
		CASE(who_comes_back_needs_a_new_token),
		CASE(nothing_is_done_twice),
		CASE(nothing_names_who_was_removed),
		CASE(an_old_token_is_of_no_use_to_a_namesake),
		CASE(a_seat_is_free_once_not_twice),
		CASE(a_snapshot_knows_who_is_out),
		CASE(who_sees_people_hears_of_it_but_not_who_is_shut_out),
		CASE(nobody_ends_the_owner_themself_or_who_may_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
