/* The state of a workspace as it is asked: look-ups, choices, business hours and which tokens still count. */
#include "world.h"

static void look_ups_find_what_is_there_and_nothing_else(void **state)
{
	struct world *world = *state;
	const struct mu_workspace *ws = world->ws;

	assert_string_equal(mu_workspace_user(ws, "ann")->name, "ann");
	assert_string_equal(mu_workspace_role(ws, "agent")->name, "Agent");
	assert_string_equal(mu_workspace_team(ws, "sales")->name, "Team sales");
	assert_int_equal(mu_workspace_status(ws, "busy")->base, MU_BUSY);
	assert_null(mu_workspace_user(ws, "ANN"));
	assert_null(mu_workspace_user(ws, NULL));
	assert_null(mu_workspace_role(ws, NULL));
	assert_null(mu_workspace_team(ws, ""));
	assert_null(mu_workspace_key(ws, NULL));
	assert_null(mu_workspace_key(ws, "ann"));
	assert_null(mu_workspace_status(ws, NULL));
	assert_null(mu_workspace_status(ws, "lunch"));
}

static void emails_are_the_same_in_any_case(void **state)
{
	struct world *world = *state;
	const struct mu_user *ann = mu_workspace_user(world->ws, "ann");

	assert_ptr_equal(mu_workspace_user_by_email(world->ws, "ann@acme.test"), ann);
	assert_ptr_equal(mu_workspace_user_by_email(world->ws, "ANN@aCME.TEST"), ann);
	assert_string_equal(ann->email, "ann@Acme.test"); /* shown as it was given */
	assert_null(mu_workspace_user_by_email(world->ws, "ann@acme.tes"));
	assert_null(mu_workspace_user_by_email(world->ws, NULL));
}

static void lists_are_sorted_whoever_came_first(void **state)
{
	struct world *world = *state;

	assert_string_equal(spell(world, &mu_workspace_team(world->ws, "support")->members), "ann bob dan");
	assert_string_equal(spell(world, &mu_workspace_user(world->ws, "dan")->teams), "sales support");
	world_team(world, "another", "dan");
	assert_string_equal(spell(world, &mu_workspace_user(world->ws, "dan")->teams),
			    "another sales support");
}

static void permissions_are_the_union_of_the_roles(void **state)
{
	struct world *world = *state;
	const struct mu_user *dan = mu_workspace_user(world->ws, "dan");
	const struct mu_role_assigned fewer = { .user = (char *)"dan", .roles = words(world, "agent") };

	assert_true(mu_perms_has(&dan->perms, MU_PERM_PRESENCE_FORCE));
	world_emit(world, &mu_role_assigned_type, &fewer);
	assert_false(mu_perms_has(&dan->perms, MU_PERM_PRESENCE_FORCE));
	assert_true(mu_perms_has(&dan->perms, MU_PERM_PRESENCE_SELF));
}

/* ---- choices ---- */

static struct mu_chosen chosen_of(struct world *world, const char *user)
{
	struct mu_chosen chosen;

	mu_user_chosen(world->ws, mu_workspace_user(world->ws, user), &chosen);
	return chosen;
}

static void a_choice_speaks_the_words_of_presence(void **state)
{
	struct world *world = *state;
	const struct mu_presence_chosen data = { .user = (char *)"ann",
						 .status = (char *)"busy",
						 .note = (char *)"on the phone",
						 .until = NOW_MS + 1000,
						 .cause = MU_CAUSE_SUPERVISOR };

	assert_string_equal(chosen_of(world, "ann").status, "available");
	assert_true(chosen_of(world, "ann").accepting);
	world_emit(world, &mu_presence_chosen_type, &data);
	const struct mu_chosen chosen = chosen_of(world, "ann");
	assert_string_equal(chosen.status, "busy");
	assert_string_equal(chosen.note, "on the phone");
	assert_int_equal(chosen.base, MU_BUSY);
	assert_int_equal(chosen.cause, MU_CAUSE_SUPERVISOR);
	assert_int_equal(chosen.until_ms, NOW_MS + 1000);
	assert_false(chosen.accepting);
}

static void a_status_that_is_gone_counts_as_available(void **state)
{
	struct world *world = *state;
	struct mu_status_record focus = { (char *)"focus", (char *)"Focus", MU_BUSY, true };
	struct mu_workspace_data settings = { .given = 1 << MU_WS_STATUSES, .statuses = { &focus, 1 } };
	const struct mu_presence_chosen data = { .user = (char *)"ann", .status = (char *)"focus" };

	world_emit(world, &mu_workspace_updated, &settings);
	world_emit(world, &mu_presence_chosen_type, &data);
	assert_int_equal(chosen_of(world, "ann").base, MU_BUSY);
	assert_true(chosen_of(world, "ann").accepting);
	settings.statuses.n = 0;
	world_emit(world, &mu_workspace_updated, &settings);
	assert_string_equal(chosen_of(world, "ann").status, "available");
	assert_int_equal(chosen_of(world, "ann").base, MU_AVAILABLE);
}

/* ---- business hours ---- */

/* Hours that are open or closed at NOW_MS, a Friday morning. */
static struct mu_schedule_spec *hours(struct world *world, bool open)
{
	struct mu_schedule_spec *spec = mu_arena_alloc(&world->arena, sizeof(*spec));
	struct mu_opening *opening = mu_arena_alloc(&world->arena, sizeof(*opening));

	*opening = (struct mu_opening){ .day = open ? 5 : 1, .from = (char *)"00:00", .to = (char *)"24:00" };
	*spec = (struct mu_schedule_spec){ .zone = (char *)"UTC", .open = { opening, 1 } };
	return spec;
}

static void set_workspace_hours(struct world *world, struct mu_schedule_spec *spec)
{
	const struct mu_workspace_data data = { .given = 1 << MU_WS_SCHEDULE, .schedule = spec };

	world_emit(world, &mu_workspace_updated, &data);
}

static void set_team_hours(struct world *world, const char *team, struct mu_schedule_spec *spec)
{
	const struct mu_team_data data = { .given = 1 << MU_TEAM_SCHEDULE,
					   .id = (char *)team,
					   .schedule = spec };

	world_emit(world, &mu_team_updated, &data);
}

static bool is_open(struct world *world, const char *user)
{
	return mu_user_open(world->ws, mu_workspace_user(world->ws, user), NOW_MS);
}

static void a_teams_own_hours_go_before_the_workspaces(void **state)
{
	struct world *world = *state;

	assert_true(is_open(world, "ann"));
	set_workspace_hours(world, hours(world, false));
	assert_false(is_open(world, "ann"));
	assert_false(is_open(world, "sue"));
	set_team_hours(world, "support", hours(world, true));
	assert_true(is_open(world, "ann"));
	assert_false(is_open(world, "cat"));
	assert_false(is_open(world, "sue")); /* of no team */
	set_workspace_hours(world, NULL);
	set_team_hours(world, "support", hours(world, false));
	assert_false(is_open(world, "ann"));
	assert_true(is_open(world, "cat"));
}

static void one_open_team_is_enough(void **state)
{
	struct world *world = *state;

	set_team_hours(world, "support", hours(world, false));
	assert_false(is_open(world, "dan")); /* whose other team has no hours of its own */
	set_team_hours(world, "sales", hours(world, true));
	assert_true(is_open(world, "dan"));
	assert_false(is_open(world, "ann"));
}

/* ---- tokens ---- */

static bool counts(struct world *world, const char *token, int64_t issued_at_ms)
{
	return mu_user_token_valid(world->ws, mu_workspace_user(world->ws, "ann"), token, issued_at_ms);
}

static void revoke(struct world *world, const char *user, const char *token, int64_t expires_at,
		   int64_t before)
{
	const struct mu_session_revoked data = {
		.user = (char *)user, .token = (char *)token, .expires_at = expires_at, .before = before
	};

	world_emit(world, &mu_session_revoked_type, &data);
}

static void a_revoked_token_does_not_count(void **state)
{
	struct world *world = *state;

	assert_true(counts(world, "t-1", NOW_MS));
	revoke(world, "ann", "t-1", NOW_MS + 3600000, 0);
	assert_false(counts(world, "t-1", NOW_MS));
	assert_true(counts(world, "t-2", NOW_MS));
	assert_true(counts(world, "", NOW_MS));
	assert_true(counts(world, NULL, NOW_MS));
}

static void all_tokens_from_before_end_together(void **state)
{
	struct world *world = *state;

	revoke(world, "ann", NULL, 0, NOW_MS);
	assert_false(counts(world, "t-1", NOW_MS - 1000));
	assert_false(counts(world, "t-1", NOW_MS)); /* iat has whole seconds: this one may be older */
	assert_true(counts(world, "t-1", NOW_MS + 1000));
	assert_false(counts(world, "t-1", 0)); /* nobody knows when it was issued */
	assert_true(
		mu_user_token_valid(world->ws, mu_workspace_user(world->ws, "bob"), "t-1", NOW_MS - 1000));
	revoke(world, "ann", NULL, 0, NOW_MS - 5000); /* an earlier moment takes nothing back */
	assert_false(counts(world, "t-1", NOW_MS - 1000));
}

/* A token is taken for a while after its expiry, so its revocation is kept as long. */
static void a_revocation_is_kept_while_the_token_could_come(void **state)
{
	struct world *world = *state;

	revoke(world, "ann", "t-1", NOW_MS, 0);
	world->now_ms = NOW_MS + MU_TOKEN_LEEWAY_MS - 2;
	revoke(world, "bob", "t-2", NOW_MS + 3600000, 0);
	assert_false(counts(world, "t-1", NOW_MS - 1000));
	revoke(world, "bob", "t-3", NOW_MS + 3600000, 0);
	assert_true(counts(world, "t-1", NOW_MS - 1000)); /* forgotten; nobody takes that token any more */
	assert_int_equal(HASH_COUNT(world->ws->revocations), 2);
}

static void a_new_password_may_end_all_tokens(void **state)
{
	struct world *world = *state;
	struct mu_password_set data = { .user = (char *)"ann", .hash = (char *)"hash" };

	world_emit(world, &mu_user_password_set, &data);
	assert_true(counts(world, "t-1", NOW_MS - 1000));
	data.sign_out = true;
	world_emit(world, &mu_user_password_set, &data);
	assert_false(counts(world, "t-1", NOW_MS - 1000));
	assert_string_equal(mu_workspace_user(world->ws, "ann")->password, "hash");
}

/* ---- teams ---- */

static void who_leaves_a_team_leads_it_no_longer(void **state)
{
	struct world *world = *state;
	const struct mu_team_data lead = { .given = 1 << MU_TEAM_LEAD,
					   .id = (char *)"support",
					   .lead = (char *)"ann" };
	const struct mu_team_member bob = { .user = (char *)"bob", .team = (char *)"support" },
				    ann = { .user = (char *)"ann", .team = (char *)"support" };

	world_emit(world, &mu_team_updated, &lead);
	world_emit(world, &mu_team_member_removed, &bob);
	assert_string_equal(mu_workspace_team(world->ws, "support")->lead, "ann");
	world_emit(world, &mu_team_member_removed, &ann);
	assert_null(mu_workspace_team(world->ws, "support")->lead);
}

static void a_deleted_team_leaves_its_members_behind(void **state)
{
	struct world *world = *state;
	const struct mu_id_data team = { .id = (char *)"support" };

	world_emit(world, &mu_team_deleted, &team);
	assert_null(mu_workspace_team(world->ws, "support"));
	assert_string_equal(spell(world, &mu_workspace_user(world->ws, "dan")->teams), "sales");
	assert_int_equal(mu_workspace_user(world->ws, "ann")->teams.n, 0);
}

static void only_what_is_given_changes(void **state)
{
	struct world *world = *state;
	const struct mu_user_data phone = { .given = 1 << MU_USER_PHONE,
					    .user = (char *)"ann",
					    .phone = (char *)"+1" };
	const struct mu_user_data none = { .given = 1 << MU_USER_PHONE, .user = (char *)"ann" };
	const struct mu_user *ann = mu_workspace_user(world->ws, "ann");

	world_emit(world, &mu_user_updated, &phone);
	assert_string_equal(ann->phone, "+1");
	assert_string_equal(ann->name, "ann");
	assert_int_equal(ann->capacity, 5);
	world_emit(world, &mu_user_updated, &none);
	assert_null(ann->phone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(look_ups_find_what_is_there_and_nothing_else),
		CASE(emails_are_the_same_in_any_case),
		CASE(lists_are_sorted_whoever_came_first),
		CASE(permissions_are_the_union_of_the_roles),
		CASE(a_choice_speaks_the_words_of_presence),
		CASE(a_status_that_is_gone_counts_as_available),
		CASE(a_teams_own_hours_go_before_the_workspaces),
		CASE(one_open_team_is_enough),
		CASE(a_revoked_token_does_not_count),
		CASE(all_tokens_from_before_end_together),
		CASE(a_revocation_is_kept_while_the_token_could_come),
		CASE(a_new_password_may_end_all_tokens),
		CASE(who_leaves_a_team_leads_it_no_longer),
		CASE(a_deleted_team_leaves_its_members_behind),
		CASE(only_what_is_given_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
