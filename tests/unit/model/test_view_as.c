/* Viewing as somebody else: as whom one may, what ends it, and what is heard through it. */
#include "world.h"

#include "muster/model/audience.h"

#define HOUR_MS 3600000

static const struct mu_user *person(struct world *world, const char *id)
{
	return mu_workspace_user(world->ws, id);
}

static enum mu_err may(struct world *world, const char *viewer, const char *user, const char *role)
{
	struct mu_fault fault = { 0 };

	return mu_rule_view_as(world->ws, person(world, viewer), user, role, &fault);
}

static struct mu_viewing *start(struct world *world, const char *by, const char *user, const char *role,
				bool by_password)
{
	const struct mu_view_as_started data = { .view = (char *)"v-1",
						 .by = (char *)by,
						 .user = (char *)user,
						 .role = (char *)role,
						 .expires_at = NOW_MS + HOUR_MS,
						 .token = (char *)"t-1",
						 .issued_at = NOW_MS,
						 .by_password = by_password };

	world_emit(world, &mu_view_as_started_type, &data);
	return mu_workspace_viewing(world->ws, "v-1");
}

/* Why the view is over, or -1. */
static int over(struct world *world, int64_t after_ms)
{
	enum mu_view_end reason = MU_VIEW_STOPPED;

	return mu_viewing_over(world->ws, mu_workspace_viewing(world->ws, "v-1"), NOW_MS + after_ms, &reason)
		       ? (int)reason
		       : -1;
}

static void assign(struct world *world, const char *user, const char *roles)
{
	const struct mu_role_assigned data = { .user = (char *)user, .roles = words(world, roles) };

	world_emit(world, &mu_role_assigned_type, &data);
}

static void one_views_as_who_may_no_more(void **state)
{
	struct world *world = *state;

	assert_int_equal(may(world, "adm", "ann", NULL), MU_OK);
	assert_int_equal(may(world, "adm", NULL, "agent"), MU_OK);
	assert_int_equal(may(world, "adm", NULL, "admin"), MU_OK);
	assert_int_equal(may(world, "adm", "olga", NULL), MU_FORBIDDEN);
	assert_int_equal(may(world, "adm", NULL, "owner"), MU_FORBIDDEN);
	assert_int_equal(may(world, "olga", NULL, "owner"), MU_FORBIDDEN);
	assert_int_equal(may(world, "olga", "olga", NULL), MU_FORBIDDEN);
	assert_int_equal(may(world, "ann", "sue", NULL), MU_FORBIDDEN);
	assert_int_equal(may(world, "adm", "adm", NULL), MU_FORBIDDEN);
	assert_int_equal(may(world, "adm", "nobody", NULL), MU_NOT_FOUND);
	assert_int_equal(may(world, "adm", NULL, "nothing"), MU_NOT_FOUND);
	assert_int_equal(may(world, "adm", NULL, NULL), MU_INVALID_PARAMS);
	assert_int_equal(may(world, "adm", "ann", "agent"), MU_INVALID_PARAMS);
}

static void a_view_ends_with_its_time(void **state)
{
	struct world *world = *state;

	start(world, "adm", "ann", NULL, true);
	assert_int_equal(over(world, HOUR_MS - 1), -1);
	assert_int_equal(over(world, HOUR_MS), MU_VIEW_EXPIRED);
}

static void a_view_ends_when_who_looks_signs_out(void **state)
{
	struct world *world = *state;
	const struct mu_session_revoked other = { .user = (char *)"adm", .token = (char *)"t-2" };
	const struct mu_session_revoked own = { .user = (char *)"adm",
						.token = (char *)"t-1",
						.expires_at = NOW_MS + HOUR_MS };

	start(world, "adm", "ann", NULL, true);
	world_emit(world, &mu_session_revoked_type, &other);
	assert_int_equal(over(world, 0), -1);
	world_emit(world, &mu_session_revoked_type, &own);
	assert_int_equal(over(world, 0), MU_VIEW_SIGNED_OUT);
}

static void a_view_ends_when_all_of_ones_tokens_do(void **state)
{
	struct world *world = *state;
	const struct mu_session_revoked all = { .user = (char *)"adm", .before = NOW_MS + 1 };

	start(world, "adm", NULL, "agent", false);
	world_emit(world, &mu_session_revoked_type, &all);
	assert_int_equal(over(world, 0), MU_VIEW_SIGNED_OUT);
}

static void a_view_ends_when_who_looks_may_no_longer(void **state)
{
	struct world *world = *state;

	start(world, "adm", "ann", NULL, false);
	assign(world, "adm", "supervisor");
	assert_int_equal(over(world, 0), MU_VIEW_PERMISSION);
}

static void a_view_ends_when_the_other_may_more_than_who_looks(void **state)
{
	struct world *world = *state;

	start(world, "adm", "ann", NULL, false);
	assign(world, "ann", "owner");
	assert_int_equal(over(world, 0), MU_VIEW_PERMISSION);
}

static void a_view_ends_when_who_looks_has_to_enroll(void **state)
{
	struct world *world = *state;
	const struct mu_security_data security = { .given = 1 << MU_SECURITY_REQUIRE_2FA,
						   .require_2fa = true };

	start(world, "adm", "ann", NULL, true);
	world_emit(world, &mu_security_updated, &security);
	assert_int_equal(over(world, 0), MU_VIEW_PERMISSION);
}

static void a_platforms_token_is_not_asked_to_enroll(void **state)
{
	struct world *world = *state;
	const struct mu_security_data security = { .given = 1 << MU_SECURITY_REQUIRE_2FA,
						   .require_2fa = true };

	start(world, "adm", "ann", NULL, false);
	world_emit(world, &mu_security_updated, &security);
	assert_int_equal(over(world, 0), -1);
}

static void a_view_of_what_is_not_there_is_over(void **state)
{
	struct world *world = *state;

	start(world, "adm", NULL, "vanished", false);
	assert_null(mu_viewing_person(world->ws, mu_workspace_viewing(world->ws, "v-1")));
	assert_int_equal(over(world, 0), MU_VIEW_GONE);
}

static void a_role_is_seen_by_somebody_who_holds_it_alone(void **state)
{
	struct world *world = *state;
	struct mu_viewing *viewing = start(world, "adm", NULL, "supervisor", false);
	const struct mu_user *made_up = mu_viewing_person(world->ws, viewing);

	assert_string_equal(made_up->id, "v-1");
	assert_string_equal(made_up->name, "Supervisor");
	assert_string_equal(spell(world, &made_up->roles), "supervisor");
	assert_int_equal(made_up->teams.n, 0);
	assert_true(mu_perms_equal(&made_up->perms, &mu_workspace_role(world->ws, "supervisor")->perms));
}

static void a_view_hears_what_the_person_does_but_not_what_is_personal(void **state)
{
	struct world *world = *state;
	struct mu_viewing *viewing = start(world, "adm", "ann", NULL, false);
	struct mu_strs own = { 0 }, seen = { 0 };

	assert_int_equal(mu_user_topics(world->ws, person(world, "ann"), &world->arena, &own), MU_OK);
	assert_int_equal(mu_viewing_topics(world->ws, viewing, &world->arena, &seen), MU_OK);
	assert_int_equal(own.n, seen.n);
	for (size_t i = 0; i < own.n; i++)
		assert_string_equal(seen.v[i], strcmp(own.v[i], "user/ann") ? own.v[i] : "as/ann");
	assert_true(mu_strs_has(&seen, "as/ann"));
	assert_true(mu_strs_has(&seen, "own/ann"));
}

static void who_views_as_a_role_hears_of_nobodys_own(void **state)
{
	struct world *world = *state;
	struct mu_viewing *viewing = start(world, "adm", NULL, "agent", false);
	struct mu_strs seen = { 0 };

	assert_int_equal(mu_viewing_topics(world->ws, viewing, &world->arena, &seen), MU_OK);
	assert_true(mu_strs_has(&seen, "may/conversations.view:own"));
	for (size_t i = 0; i < seen.n; i++)
		assert_int_not_equal(strncmp(seen.v[i], "own/", 4), 0);
}

static void a_view_is_in_the_snapshot_until_it_ends(void **state)
{
	struct world *world = *state;
	const struct mu_viewing *viewing = start(world, "adm", NULL, "agent", true);
	struct mu_workspace *copy = world_copy(world->ws);
	const struct mu_viewing *same = mu_workspace_viewing(copy, "v-1");

	assert_string_equal(same->by, "adm");
	assert_string_equal(same->role, "agent");
	assert_null(same->user);
	assert_string_equal(same->token, "t-1");
	assert_int_equal(same->issued_at_ms, NOW_MS);
	assert_int_equal(same->expires_at_ms, NOW_MS + HOUR_MS);
	assert_int_equal(same->started_at_ms, viewing->started_at_ms);
	assert_true(same->by_password);
	mu_workspace_destroy(copy);
	const struct mu_view_as_stopped stopped = mu_viewing_stopped(viewing, MU_VIEW_STOPPED);
	const struct mu_view_as_stopped again = { .view = (char *)"v-1" };
	world_emit(world, &mu_view_as_stopped_type, &stopped);
	assert_null(mu_workspace_viewing(world->ws, "v-1"));
	assert_int_equal(world_try(world, &mu_view_as_stopped_type, &again), MU_CONFLICT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(one_views_as_who_may_no_more),
		CASE(a_view_ends_with_its_time),
		CASE(a_view_ends_when_who_looks_signs_out),
		CASE(a_view_ends_when_all_of_ones_tokens_do),
		CASE(a_view_ends_when_who_looks_may_no_longer),
		CASE(a_view_ends_when_the_other_may_more_than_who_looks),
		CASE(a_view_ends_when_who_looks_has_to_enroll),
		CASE(a_platforms_token_is_not_asked_to_enroll),
		CASE(a_view_of_what_is_not_there_is_over),
		CASE(a_role_is_seen_by_somebody_who_holds_it_alone),
		CASE(a_view_hears_what_the_person_does_but_not_what_is_personal),
		CASE(who_views_as_a_role_hears_of_nobodys_own),
		CASE(a_view_is_in_the_snapshot_until_it_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
