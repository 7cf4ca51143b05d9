/* How each event changes the state. The rules have allowed it already; what doesn't fit all the same (a log
 * from elsewhere) is a conflict.
 * Invariant: after a failed apply the state is thrown away, so nothing is undone here.
 * Thread: hub. */
#include "event_data.h"
#include "state.h"

#include "muster/auth/identity.h"

#define ADD_STR(table, item, key)                                                                            \
	do {                                                                                                 \
		HASH_ADD_KEYPTR(hh, table, (item)->key, strlen((item)->key), item);                          \
		added = (item)->hh.tbl != NULL;                                                              \
	} while (0)

enum mu_err apply_workspace(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_workspace_data *data = event->data;
	enum mu_err err = MU_OK;

	if (!ws->created_at_ms)
		ws->created_at_ms = event->at_ms;
	if (mu_given(data->given, MU_WS_NAME))
		err = state_text(&ws->name, data->name);
	if (!err && mu_given(data->given, MU_WS_OWNER))
		err = state_text(&ws->owner, data->owner);
	if (mu_given(data->given, MU_WS_IDLE))
		ws->idle_after_ms = data->idle_after_ms;
	if (!err && mu_given(data->given, MU_WS_STATUSES))
		err = state_statuses(ws, &data->statuses);
	if (!err && mu_given(data->given, MU_WS_SCHEDULE))
		err = state_hours(&ws->hours, data->schedule);
	return err;
}

static enum mu_err role_fill(struct mu_role *role, const struct mu_role_data *data)
{
	enum mu_err err = state_text(&role->id, data->id);

	if (!err)
		err = state_text(&role->name, data->name);
	if (!err)
		err = state_text(&role->description, data->description);
	if (!err)
		err = state_strs(&role->permissions, &data->permissions);
	for (size_t i = 0; !err && i < data->permissions.n; i++)
		mu_perms_add(&role->perms, mu_perm_find(data->permissions.v[i]));
	return err;
}

enum mu_err apply_role_created(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_role_data *data = event->data;
	bool added = false;

	if (mu_workspace_role(ws, data->id))
		return MU_CONFLICT;
	struct mu_role *role = calloc(1, sizeof(*role));
	if (!role)
		return MU_NO_MEMORY;
	if (!role_fill(role, data))
		ADD_STR(ws->roles, role, id);
	if (added)
		return MU_OK;
	state_role_free(role);
	return MU_NO_MEMORY;
}

static enum mu_err user_fill(struct mu_user *user, const struct mu_user_data *data)
{
	enum mu_err err = MU_OK;

	if (mu_given(data->given, MU_USER_NAME))
		err = state_text(&user->name, data->name);
	if (!err && mu_given(data->given, MU_USER_PHONE))
		err = state_text(&user->phone, data->phone);
	if (!err && mu_given(data->given, MU_USER_ROLES))
		err = state_strs(&user->roles, &data->roles);
	if (mu_given(data->given, MU_USER_CAPACITY))
		user->capacity = data->capacity;
	return err;
}

enum mu_err apply_user_created(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_user_data *data = event->data;
	bool added = false;

	if (mu_workspace_user(ws, data->user) || !data->email || mu_workspace_user_by_email(ws, data->email))
		return MU_CONFLICT;
	struct mu_user *user = calloc(1, sizeof(*user));
	if (!user)
		return MU_NO_MEMORY;
	user->active = true;
	user->created_at_ms = event->at_ms;
	user->choice.at_ms = event->at_ms;
	if (!user_fill(user, data) && !state_text(&user->id, data->user) &&
	    !state_text(&user->email, data->email) && !state_text(&user->choice.status, "available") &&
	    (user->email_key = mu_email_key(data->email)))
		ADD_STR(ws->users, user, id);
	if (!added) {
		state_user_free(user);
		return MU_NO_MEMORY;
	}
	state_user_perms(ws, user);
	HASH_ADD_KEYPTR(hh_email, ws->users_by_email, user->email_key, strlen(user->email_key), user);
	return user->hh_email.tbl ? MU_OK : MU_NO_MEMORY;
}

enum mu_err apply_user_updated(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_user_data *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);

	return user ? user_fill(user, data) : MU_CONFLICT;
}

enum mu_err apply_password_set(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_password_set *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);

	if (!user)
		return MU_CONFLICT;
	if (data->sign_out)
		user->tokens_after_ms = event->at_ms;
	return state_text(&user->password, data->hash);
}

enum mu_err apply_role_assigned(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_role_assigned *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);

	if (!user)
		return MU_CONFLICT;
	enum mu_err err = state_strs(&user->roles, &data->roles);
	state_user_perms(ws, user);
	return err;
}

static enum mu_err team_fill(struct mu_team *team, const struct mu_team_data *data)
{
	enum mu_err err = MU_OK;

	if (mu_given(data->given, MU_TEAM_NAME))
		err = state_text(&team->name, data->name);
	if (!err && mu_given(data->given, MU_TEAM_LEAD))
		err = state_text(&team->lead, data->lead);
	if (!err && mu_given(data->given, MU_TEAM_SCHEDULE))
		err = state_hours(&team->hours, data->schedule);
	return err;
}

enum mu_err apply_team_created(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_team_data *data = event->data;
	bool added = false;

	if (mu_workspace_team(ws, data->id))
		return MU_CONFLICT;
	struct mu_team *team = calloc(1, sizeof(*team));
	if (!team)
		return MU_NO_MEMORY;
	if (!state_text(&team->id, data->id) && !team_fill(team, data))
		ADD_STR(ws->teams, team, id);
	if (added)
		return MU_OK;
	state_team_free(team);
	return MU_NO_MEMORY;
}

enum mu_err apply_team_updated(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_team_data *data = event->data;
	struct mu_team *team = mu_workspace_team(ws, data->id);

	return team ? team_fill(team, data) : MU_CONFLICT;
}

enum mu_err apply_team_deleted(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_id_data *data = event->data;
	struct mu_team *team = mu_workspace_team(ws, data->id);

	if (!team)
		return MU_CONFLICT;
	for (size_t i = 0; i < team->members.n; i++) {
		struct mu_user *user = mu_workspace_user(ws, team->members.v[i]);
		if (user)
			state_strs_remove(&user->teams, team->id);
	}
	HASH_DEL(ws->teams, team);
	state_team_free(team);
	return MU_OK;
}

enum mu_err apply_member_added(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_team_member *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);
	struct mu_team *team = mu_workspace_team(ws, data->team);

	if (!user || !team)
		return MU_CONFLICT;
	enum mu_err err = state_strs_add(&team->members, user->id);
	return err ? err : state_strs_add(&user->teams, team->id);
}

enum mu_err apply_member_removed(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_team_member *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);
	struct mu_team *team = mu_workspace_team(ws, data->team);

	if (!user || !team)
		return MU_CONFLICT;
	state_strs_remove(&team->members, user->id);
	state_strs_remove(&user->teams, team->id);
	return team->lead && !strcmp(team->lead, user->id) ? state_text(&team->lead, NULL) : MU_OK;
}

static enum mu_err key_fill(struct mu_key *key, const struct mu_key_data *data)
{
	enum mu_err err = state_text(&key->id, data->id);

	key->alg = data->alg;
	if (!err)
		err = state_text(&key->secret, data->secret);
	if (!err)
		err = state_text(&key->public_key, data->public_key);
	if (!err)
		err = state_strs(&key->scopes, &data->scopes);
	for (size_t i = 0; !err && i < data->scopes.n; i++)
		mu_perms_add(&key->perms, mu_perm_find(data->scopes.v[i]));
	return err;
}

enum mu_err apply_key_created(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_key_data *data = event->data;
	bool added = false;

	if (mu_workspace_key(ws, data->id))
		return MU_CONFLICT;
	struct mu_key *key = calloc(1, sizeof(*key));
	if (!key)
		return MU_NO_MEMORY;
	key->created_at_ms = event->at_ms;
	if (!key_fill(key, data))
		ADD_STR(ws->keys, key, id);
	if (added)
		return MU_OK;
	state_key_free(key);
	return MU_NO_MEMORY;
}

enum mu_err apply_key_revoked(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_id_data *data = event->data;
	struct mu_key *key = mu_workspace_key(ws, data->id);

	if (!key)
		return MU_CONFLICT;
	HASH_DEL(ws->keys, key);
	state_key_free(key);
	return MU_OK;
}

/* Forget revocations of tokens that nobody would take any more anyway. */
static void prune_revocations(struct mu_workspace *ws, int64_t now_ms)
{
	struct mu_revocation *each, *next;

	HASH_ITER (hh, ws->revocations, each, next) {
		if (each->expires_at_ms + MU_TOKEN_LEEWAY_MS > now_ms)
			continue;
		HASH_DEL(ws->revocations, each);
		state_revocation_free(each);
	}
}

static enum mu_err revoke_token(struct mu_workspace *ws, const char *user, const char *token,
				int64_t expires_at_ms)
{
	struct mu_revocation *revocation = NULL;
	bool added = false;

	HASH_FIND_STR(ws->revocations, token, revocation);
	if (revocation)
		return MU_OK;
	revocation = calloc(1, sizeof(*revocation));
	if (!revocation)
		return MU_NO_MEMORY;
	revocation->expires_at_ms = expires_at_ms;
	if (!state_text(&revocation->token, token) && !state_text(&revocation->user, user))
		ADD_STR(ws->revocations, revocation, token);
	if (added)
		return MU_OK;
	state_revocation_free(revocation);
	return MU_NO_MEMORY;
}

enum mu_err apply_session_revoked(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_session_revoked *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);

	if (!user)
		return MU_CONFLICT;
	prune_revocations(ws, event->at_ms);
	if (data->before > user->tokens_after_ms)
		user->tokens_after_ms = data->before;
	return data->token ? revoke_token(ws, data->user, data->token, data->expires_at) : MU_OK;
}

enum mu_err apply_presence_chosen(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_presence_chosen *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);

	if (!user)
		return MU_CONFLICT;
	user->choice.until_ms = data->until;
	user->choice.cause = data->cause;
	user->choice.at_ms = event->at_ms;
	enum mu_err err = state_text(&user->choice.status, data->status);
	return err ? err : state_text(&user->choice.note, data->note);
}

enum mu_err apply_presence_changed(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_presence_changed *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);

	if (!user)
		return MU_CONFLICT;
	user->shown_since_ms = data->since;
	return state_text(&user->shown, data->to);
}
