/* Scopes: from what somebody asks to see to the people that they may see of it.
 * Invariant: what an actor may not see is left out or not found, whether it exists or not.
 * Thread: hub. */
#include "scope.h"

#include <string.h>

#define USERS_MAX 1000

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In order, each once. */
static void sort(struct mu_strs *names)
{
	size_t n = 0;

	if (names->n)
		qsort(names->v, names->n, sizeof(*names->v), by_text);
	for (size_t i = 0; i < names->n; i++)
		if (!n || strcmp(names->v[n - 1], names->v[i]) != 0)
			names->v[n++] = names->v[i];
	names->n = n;
}

bool scope_has(const struct mu_strs *names, const char *text)
{
	return names->n && bsearch(&text, names->v, names->n, sizeof(*names->v), by_text);
}

struct question {
	const struct mu_workspace *ws;
	const struct mu_actor *actor;
	struct mu_arena *arena;
	struct mu_fault *fault;
};

/* All that the actor may see. */
static enum mu_err scope_all(const struct question *q, struct scope *scope)
{
	const struct mu_actor *actor = q->actor;

	if (actor->kind == MU_IDENTITY_OPERATOR || mu_perms_has(actor->perms, MU_PERM_PRESENCE_VIEW_ALL)) {
		scope->kind = VIEW_ALL;
		return MU_OK;
	}
	if (!actor->user) {
		scope->nobody = true;
		return MU_OK;
	}
	if (mu_perms_has(actor->perms, MU_PERM_PRESENCE_VIEW_TEAM) && actor->user->teams.n) {
		scope->kind = VIEW_TEAMS;
		enum mu_err err = mu_strs_copy(q->arena, &actor->user->teams, &scope->names);
		sort(&scope->names);
		return err;
	}
	scope->kind = VIEW_USERS;
	return mu_strs_add(q->arena, &scope->names, actor->user->id);
}

static enum mu_err scope_team(const struct question *q, const char *team, struct scope *scope)
{
	struct scope all = { 0 };
	enum mu_err err = scope_all(q, &all);

	if (err)
		return err;
	bool sees = all.kind == VIEW_ALL || (all.kind == VIEW_TEAMS && scope_has(&all.names, team));
	if (all.nobody || !sees || !mu_workspace_team(q->ws, team))
		return mu_fail(q->fault, MU_NOT_FOUND, "There is no such team");
	scope->kind = VIEW_TEAMS;
	return mu_strs_add(q->arena, &scope->names, team);
}

bool scope_shares_team(const struct mu_strs *theirs, const struct mu_strs *teams)
{
	for (size_t i = 0; i < theirs->n; i++)
		if (scope_has(teams, theirs->v[i]))
			return true;
	return false;
}

/* Whether the actor may see a user, by all that they may see. */
static bool may_see(const struct mu_actor *actor, const struct scope *all, const struct mu_user *user)
{
	return all->kind == VIEW_ALL || actor->user == user ||
	       (all->kind == VIEW_TEAMS && scope_shares_team(&user->teams, &all->names));
}

/* Those of a list that the actor may see; the others are passed over in silence. */
static enum mu_err scope_users(const struct question *q, const json_t *list, struct scope *scope)
{
	struct scope all = { 0 };
	enum mu_err err = scope_all(q, &all);

	if (!json_is_array(list) || json_array_size(list) > USERS_MAX)
		return mu_fail_field(q->fault, "scope.users", "must be a list of at most %d user ids",
				     USERS_MAX);
	scope->kind = VIEW_USERS;
	for (size_t i = 0; !err && i < json_array_size(list); i++) {
		const char *id = json_string_value(json_array_get(list, i));
		const struct mu_user *user = mu_workspace_user(q->ws, id);
		if (!id)
			return mu_fail_field(q->fault, "scope.users", "must be a list of user ids");
		if (user && !all.nobody && may_see(q->actor, &all, user))
			err = mu_strs_add(q->arena, &scope->names, id);
	}
	sort(&scope->names);
	return err;
}

static enum mu_err parse(const struct question *q, const json_t *asked, struct scope *scope)
{
	const char *word = json_string_value(asked), *team = mu_json_text(asked, "team");
	const json_t *users = json_object_get(asked, "users");

	if (!asked || (word && (!strcmp(word, "all") || !strcmp(word, "counts")))) {
		scope->counts = word && !strcmp(word, "counts");
		return scope_all(q, scope);
	}
	if (word && !strcmp(word, "none")) {
		scope->nobody = true;
		return MU_OK;
	}
	if (word && !strncmp(word, "team:", 5))
		team = word + 5;
	if (team && (word || json_object_size(asked) == 1))
		return scope_team(q, team, scope);
	if (users && json_object_size(asked) == 1)
		return scope_users(q, users, scope);
	return mu_fail_field(q->fault, "scope",
			     "must be \"all\", \"none\", \"counts\", {\"team\":…} or {\"users\":[…]}");
}

enum mu_err scope_parse(const struct mu_workspace *ws, const struct mu_actor *actor, const json_t *asked,
			struct mu_arena *arena, struct scope *ret_scope, struct mu_fault *ret_fault)
{
	const struct question q = { .ws = ws, .actor = actor, .arena = arena, .fault = ret_fault };
	struct scope scope = { 0 };
	enum mu_err err = parse(&q, asked, &scope);

	if (!err)
		*ret_scope = scope;
	return err;
}

char *scope_key(const struct scope *scope)
{
	static const char *const kinds[] = {
		[VIEW_ALL] = "all", [VIEW_TEAMS] = "teams", [VIEW_USERS] = "users"
	};
	struct mu_buf out = { 0 };

	mu_buf_printf(&out, "presence/%s%s", scope->counts ? "counts/" : "", kinds[scope->kind]);
	for (size_t i = 0; i < scope->names.n; i++)
		mu_buf_printf(&out, "/%s", scope->names.v[i]);
	return mu_buf_take(&out);
}
