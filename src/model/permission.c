/* Keys that a platform registers for modules of its own.
 * Invariant: sets of roles, API keys and people are made anew whenever a bit may mean something else.
 * Thread: hub. */
#include "concept.h"
#include "muster/model/permission.h"
#include "muster/model/role.h"
#include "state.h"

static const struct mu_field permission_fields[] = {
	MU_FIELD(struct mu_permission_data, key, MU_STRING, MU_REQUIRED, .max = 64, .help = "The key"),
	MU_FIELD(struct mu_permission_data, help, MU_STRING, 0, .max = 200, .help = "What it allows"),
	MU_FIELD(struct mu_permission_data, api_key, MU_ID, 0,
		 .help = "The API key that registered and holds it"),
};
static const struct mu_shape permission_shape =
	MU_SHAPE(struct mu_permission_data, "PERMISSION", permission_fields);

const struct mu_perm_info *mu_permission_info(const struct mu_workspace *ws, int i)
{
	const int own = i - mu_perm_count();

	if (own < 0)
		return mu_perm_info(i);
	return (size_t)own < ws->n_own_perms ? &ws->own_perms[own] : NULL;
}

enum mu_perm mu_permission_find(const struct mu_workspace *ws, const char *key)
{
	for (size_t i = 0; key && i < ws->n_own_perms; i++)
		if (!strcmp(ws->own_perms[i].key, key))
			return (enum mu_perm)(mu_perm_count() + (int)i);
	return mu_perm_find(key);
}

void mu_permission_add(const struct mu_workspace *ws, const char *key, struct mu_perms *perms)
{
	const enum mu_perm perm = mu_permission_find(ws, key);

	if ((int)perm < mu_perm_count()) {
		mu_perms_add(perms, perm);
		return;
	}
	mu_perms_set(perms, (int)perm);
	for (const enum mu_perm *narrower = mu_permission_info(ws, (int)perm)->includes;
	     *narrower != MU_PERM_NONE; narrower++)
		mu_perms_set(perms, (int)*narrower);
}

enum mu_err mu_permission_keys(const struct mu_workspace *ws, const struct mu_perms *perms,
			       struct mu_arena *arena, struct mu_strs *keys)
{
	const struct mu_perm_info *info;
	enum mu_err err = MU_OK;

	for (int i = 0; !err && (info = mu_permission_info(ws, i)); i++)
		if (mu_perms_has(perms, (enum mu_perm)i))
			err = mu_strs_add(arena, keys, info->key);
	return err;
}

/* ---- changes ---- */

void state_permission_free(struct mu_perm_info *info)
{
	free((char *)info->key);
	free((char *)info->help);
}

/* A module's write includes its read, wherever in the table both stand. */
static void own_includes(struct mu_workspace *ws)
{
	for (size_t i = 0; i < ws->n_own_perms; i++) {
		struct mu_perm_info *info = &ws->own_perms[i];
		const char *dot = strchr(info->key, '.');
		char read[80];
		info->includes[0] = info->includes[1] = MU_PERM_NONE;
		if (strcmp(dot, ".write"))
			continue;
		snprintf(read, sizeof(read), "%.*s.read", (int)(dot - info->key), info->key);
		info->includes[0] = mu_permission_find(ws, read);
	}
}

static void sets_again(struct mu_workspace *ws)
{
	own_includes(ws);
	for (struct mu_role *role = ws->roles; role; role = role->hh.next)
		state_role_perms(ws, role);
	for (struct mu_key *key = ws->keys; key; key = key->hh.next)
		state_key_perms(ws, key);
	for (struct mu_user *user = ws->users; user; user = user->hh.next)
		state_user_perms(ws, user);
}

static enum mu_err give_to(struct mu_workspace *ws, const struct mu_permission_data *data)
{
	struct mu_key *key = mu_workspace_key(ws, data->api_key);

	return key ? state_strs_append(&key->scopes, data->key) : MU_OK;
}

static enum mu_err apply_registered(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_permission_data *data = event->data;
	struct mu_perm_info *grown;

	if (ws->n_own_perms == MU_OWN_PERMS_MAX || !strchr(data->key, '.') ||
	    mu_permission_find(ws, data->key) != MU_PERM_NONE)
		return MU_CONFLICT;
	grown = realloc(ws->own_perms, (ws->n_own_perms + 1) * sizeof(*grown));
	if (!grown)
		return MU_NO_MEMORY;
	ws->own_perms = grown;
	struct mu_perm_info info = { .key = strdup(data->key),
				     .help = strdup(data->help ? data->help : ""),
				     .module = true };
	if (!info.key || !info.help || give_to(ws, data)) {
		state_permission_free(&info);
		return MU_NO_MEMORY;
	}
	grown[ws->n_own_perms++] = info;
	sets_again(ws);
	return MU_OK;
}

static enum mu_err apply_removed(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_permission_data *data = event->data;
	const int own = (int)mu_permission_find(ws, data->key) - mu_perm_count();

	if (own < 0)
		return MU_CONFLICT;
	for (struct mu_key *key = ws->keys; key; key = key->hh.next)
		state_strs_remove(&key->scopes, data->key);
	state_permission_free(&ws->own_perms[own]);
	ws->n_own_perms--;
	memmove(&ws->own_perms[own], &ws->own_perms[own + 1],
		(ws->n_own_perms - (size_t)own) * sizeof(*ws->own_perms));
	sets_again(ws);
	return MU_OK;
}

/* ---- rules ---- */

static bool key_valid(const char *key)
{
	static const char *const verbs[] = { ".read", ".write", ".delete" };
	const size_t module = strspn(key, "abcdefghijklmnopqrstuvwxyz_");

	for (size_t i = 0; module && i < MU_COUNT(verbs); i++)
		if (!strcmp(key + module, verbs[i]))
			return true;
	return false;
}

/* Words such as users or presence: a key of theirs would look like one that Muster asks for. */
static bool is_word_of_muster(const char *key)
{
	const size_t n = strcspn(key, ".") + 1;
	const struct mu_perm_info *info;

	for (int i = 0; (info = mu_perm_info(i)); i++)
		if (!info->module && !strncmp(info->key, key, n))
			return true;
	return false;
}

enum mu_err mu_rule_permission_register(const struct mu_workspace *ws, const char *key,
					struct mu_fault *ret_fault)
{
	if (!key_valid(key))
		return mu_fail_field(ret_fault, "key",
				     "must be a module of a-z and _, then .read, .write or .delete");
	if (is_word_of_muster(key))
		return mu_fail_field(ret_fault, "key", "begins with a word of Muster's own permissions");
	if (mu_permission_find(ws, key) != MU_PERM_NONE) {
		mu_fail_field(ret_fault, "key", "taken");
		return mu_fail(ret_fault, MU_CONFLICT, "The permission %s is there already", key);
	}
	if (ws->n_own_perms >= MU_OWN_PERMS_MAX)
		return mu_fail(ret_fault, MU_CONFLICT, "A workspace registers at most %d permissions",
			       MU_OWN_PERMS_MAX);
	return MU_OK;
}

enum mu_err mu_rule_permission_remove(const struct mu_workspace *ws, const struct mu_perms *granter,
				      const char *key, struct mu_fault *ret_fault)
{
	const enum mu_perm perm = mu_permission_find(ws, key);
	size_t holders = 0;

	if ((int)perm < mu_perm_count())
		return mu_fail(ret_fault, MU_NOT_FOUND, "There is no such registered permission");
	if (granter && !mu_perms_has(granter, perm))
		return mu_fail(ret_fault, MU_FORBIDDEN, "You don't hold %s, so you can't remove it", key);
	for (const struct mu_role *role = ws->roles; role; role = role->hh.next)
		holders += strcmp(role->id, MU_ROLE_OWNER) && mu_strs_has(&role->permissions, key);
	if (!holders)
		return MU_OK;
	return mu_fail(ret_fault, MU_CONFLICT, "%zu role%s %s: take it from them first", holders,
		       holders == 1 ? "" : "s", holders == 1 ? "holds it" : "hold it");
}

enum mu_err dump_permission(const struct mu_workspace *ws, const struct mu_perm_info *info, dump_each *each,
			    void *arg)
{
	const struct mu_permission_data data = { .key = (char *)info->key, .help = (char *)info->help };

	return each(arg, &mu_permission_registered, &data, ws->created_at_ms);
}

EVENT(mu_permission_registered, "permission.registered", permission_shape, apply_registered, tell_everyone,
      ABOUT_NOBODY, .effects = MU_EFFECT_EVERYBODY,
      .help = "The platform registered a permission of its own");
EVENT(mu_permission_removed, "permission.removed", permission_shape, apply_removed, tell_everyone,
      ABOUT_NOBODY, .effects = MU_EFFECT_EVERYBODY, .help = "A registered permission is gone");
