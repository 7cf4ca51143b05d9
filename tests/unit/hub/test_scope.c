/* Scopes: what somebody sees of what they ask for. Ann and Bob are of the team support, Sue of sales. */
#include "testing.h"

#include "scope.h"

#include "muster/base/hash.h"
#include "muster/model/event.h"
#include "muster/model/team.h"
#include "muster/model/user.h"

struct world {
	struct mu_arena arena;
	struct mu_workspace *ws;
	struct mu_fault fault;
};

static void apply(struct world *w, const struct mu_event_type *type, void *data)
{
	const struct mu_event event = {
		.type = type, .name = type->name, .seq = w->ws->seq + 1, .data = data
	};

	assert_int_equal(mu_event_apply(w->ws, &event), MU_OK);
}

static void add_team(struct world *w, const char *team, const char *const *members)
{
	struct mu_team_data data = { .given = UINT64_MAX, .id = (char *)team, .name = (char *)team };

	apply(w, &mu_team_created, &data);
	for (; *members; members++) {
		struct mu_team_member member = { .user = (char *)*members, .team = (char *)team };
		apply(w, &mu_team_member_added, &member);
	}
}

static int set_up(void **state)
{
	static const char *const people[] = { "ann", "bob", "sue", "zoe" };
	struct world *w = calloc(1, sizeof(*w));

	assert_int_equal(mu_hash_start(), MU_OK);
	w->ws = mu_workspace_create("acme");
	assert_non_null(w->ws);
	for (size_t i = 0; i < MU_COUNT(people); i++) {
		struct mu_user_data data = { .given = UINT64_MAX,
					     .user = (char *)people[i],
					     .name = (char *)people[i],
					     .email = mu_arena_printf(&w->arena, "%s@acme.test", people[i]) };
		apply(w, &mu_user_created, &data);
	}
	add_team(w, "support", (const char *const[]){ "bob", "ann", NULL });
	add_team(w, "night", (const char *const[]){ "ann", "zoe", NULL });
	add_team(w, "sales", (const char *const[]){ "sue", NULL });
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	mu_workspace_destroy(w->ws);
	mu_arena_finish(&w->arena);
	free(w);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* The key of what a person with one permission sees: "nobody", or the kind of the error. */
static const char *seen(struct world *w, const char *user, enum mu_perm perm, const char *asked)
{
	AUTO_JSON json_t *json = asked ? json_loads(asked, JSON_DECODE_ANY, NULL) : NULL;
	struct mu_perms perms = { 0 };
	struct mu_actor actor = { .kind = user ? MU_IDENTITY_USER : MU_IDENTITY_KEY,
				  .user = mu_workspace_user(w->ws, user),
				  .perms = &perms };
	struct scope scope;

	assert_true(!asked || json);
	if (perm != MU_PERM_NONE)
		mu_perms_add(&perms, perm);
	enum mu_err err = scope_parse(w->ws, &actor, json, &w->arena, &scope, &w->fault);
	if (err)
		return mu_err_info(err)->kind;
	if (scope.nobody)
		return "nobody";
	AUTO_FREE char *key = scope_key(&scope);
	return mu_arena_strdup(&w->arena, key);
}

#define ALL MU_PERM_PRESENCE_VIEW_ALL
#define TEAM MU_PERM_PRESENCE_VIEW_TEAM
#define NONE MU_PERM_NONE

static void everything_is_all_that_one_may_see(void **state)
{
	assert_string_equal(seen(*state, "sue", ALL, NULL), "presence/all");
	assert_string_equal(seen(*state, NULL, ALL, "\"all\""), "presence/all");
	assert_string_equal(seen(*state, "ann", TEAM, "\"all\""), "presence/teams/night/support");
	assert_string_equal(seen(*state, "ann", NONE, NULL), "presence/users/ann");
	assert_string_equal(seen(*state, NULL, TEAM, NULL), "nobody");
	assert_string_equal(seen(*state, "ann", TEAM, "\"counts\""), "presence/counts/teams/night/support");
	assert_string_equal(seen(*state, "ann", ALL, "\"none\""), "nobody");
}

static void a_team_that_one_may_not_see_is_not_there(void **state)
{
	assert_string_equal(seen(*state, "ann", TEAM, "\"team:support\""), "presence/teams/support");
	assert_string_equal(seen(*state, "sue", ALL, "{\"team\":\"support\"}"), "presence/teams/support");
	assert_string_equal(seen(*state, "ann", TEAM, "{\"team\":\"sales\"}"), "not_found");
	assert_string_equal(seen(*state, "ann", NONE, "{\"team\":\"support\"}"), "not_found");
	assert_string_equal(seen(*state, "sue", ALL, "{\"team\":\"nowhere\"}"), "not_found");
	assert_string_equal(seen(*state, NULL, NONE, "{\"team\":\"support\"}"), "not_found");
}

static void who_may_not_be_seen_is_passed_over(void **state)
{
	const char *asked = "{\"users\":[\"zoe\",\"sue\",\"nobody\",\"bob\",\"ann\",\"zoe\"]}";

	assert_string_equal(seen(*state, "sue", ALL, asked), "presence/users/ann/bob/sue/zoe");
	assert_string_equal(seen(*state, "bob", TEAM, asked), "presence/users/ann/bob");
	assert_string_equal(seen(*state, "ann", TEAM, asked), "presence/users/ann/bob/zoe");
	assert_string_equal(seen(*state, "bob", NONE, asked), "presence/users/bob");
	assert_string_equal(seen(*state, NULL, NONE, asked), "presence/users");
}

static void what_is_no_scope_is_refused(void **state)
{
	static const char *const asked[] = { "\"some\"",
					     "7",
					     "[]",
					     "{}",
					     "{\"users\":\"ann\"}",
					     "{\"users\":[1]}",
					     "{\"team\":\"support\",\"users\":[]}" };

	for (size_t i = 0; i < MU_COUNT(asked); i++)
		assert_string_equal(seen(*state, "sue", ALL, asked[i]), "invalid_params");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(everything_is_all_that_one_may_see),
		CASE(a_team_that_one_may_not_see_is_not_there),
		CASE(who_may_not_be_seen_is_passed_over),
		CASE(what_is_no_scope_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
