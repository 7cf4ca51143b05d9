/* The workspace's state: making, freeing and looking things up. Changing it is the events' job.
 * Thread: hub. */
#include "muster/model/workspace.h"
#include "muster/model/user.h"

#include "muster/model/settings.h"
#include "state.h"

#include <ctype.h>

#define IDLE_AFTER_DEFAULT_MS INT64_C(600000)
#define RESOLVED_KEEP_DEFAULT_MS (INT64_C(30) * 24 * 3600 * 1000)

struct mu_workspace *mu_workspace_create(const char *id)
{
	struct mu_workspace *ws = calloc(1, sizeof(*ws));
	const struct mu_records none = { 0 };

	if (!ws)
		return NULL;
	ws->idle_after_ms = IDLE_AFTER_DEFAULT_MS;
	ws->resolved_keep_ms = RESOLVED_KEEP_DEFAULT_MS;
	if (state_text(&ws->id, id) || state_text(&ws->name, id) || state_statuses(ws, &none)) {
		mu_workspace_destroy(ws);
		return NULL;
	}
	return ws;
}

#define FREE_TABLE(table, type, free_one)                                                                    \
	do {                                                                                                 \
		struct type *each, *next_;                                                                   \
		HASH_ITER (hh, table, each, next_) {                                                         \
			HASH_DEL(table, each);                                                               \
			free_one(each);                                                                      \
		}                                                                                            \
	} while (0)

void mu_workspace_destroy(struct mu_workspace *ws)
{
	if (!ws)
		return;
	FREE_TABLE(ws->conversations, mu_conversation, state_conversation_free);
	free(ws->due);
	HASH_CLEAR(hh_email, ws->users_by_email);
	FREE_TABLE(ws->users, mu_user, state_user_free);
	FREE_TABLE(ws->tombstones, mu_tombstone, state_tombstone_free);
	FREE_TABLE(ws->roles, mu_role, state_role_free);
	FREE_TABLE(ws->teams, mu_team, state_team_free);
	FREE_TABLE(ws->keys, mu_key, state_key_free);
	FREE_TABLE(ws->revocations, mu_revocation, state_revocation_free);
	for (size_t i = 0; i < ws->n_own_perms; i++)
		state_permission_free(&ws->own_perms[i]);
	free(ws->own_perms);
	FREE_TABLE(ws->viewings, mu_viewing, state_viewing_free);
	FREE_TABLE(ws->invites, mu_invite, state_invite_free);
	state_statuses_free(ws);
	state_channels_free(ws);
	free(ws->inbox.settings.overflow_team);
	state_hours_free(ws->hours);
	free(ws->id);
	free(ws->name);
	free(ws->owner);
	free(ws->plan);
	free(ws);
}

#define FIND(table, id)                                                                                      \
	do {                                                                                                 \
		if (!(id))                                                                                   \
			return NULL;                                                                         \
		HASH_FIND_STR(table, id, found);                                                             \
		return found;                                                                                \
	} while (0)

struct mu_user *mu_workspace_user(const struct mu_workspace *ws, const char *id)
{
	struct mu_user *found = NULL;
	FIND(ws->users, id);
}

const struct mu_tombstone *mu_workspace_tombstone(const struct mu_workspace *ws, const char *user)
{
	struct mu_tombstone *found = NULL;
	FIND(ws->tombstones, user);
}

struct mu_role *mu_workspace_role(const struct mu_workspace *ws, const char *id)
{
	struct mu_role *found = NULL;
	FIND(ws->roles, id);
}

struct mu_team *mu_workspace_team(const struct mu_workspace *ws, const char *id)
{
	struct mu_team *found = NULL;
	FIND(ws->teams, id);
}

struct mu_key *mu_workspace_key(const struct mu_workspace *ws, const char *id)
{
	struct mu_key *found = NULL;
	FIND(ws->keys, id);
}

struct mu_viewing *mu_workspace_viewing(const struct mu_workspace *ws, const char *id)
{
	struct mu_viewing *found = NULL;
	FIND(ws->viewings, id);
}

struct mu_invite *mu_workspace_invite(const struct mu_workspace *ws, const char *id)
{
	struct mu_invite *found = NULL;
	FIND(ws->invites, id);
}

struct mu_conversation *mu_workspace_conversation(const struct mu_workspace *ws, const char *id)
{
	struct mu_conversation *found = NULL;
	FIND(ws->conversations, id);
}

const struct mu_inbox *mu_workspace_inbox(const struct mu_workspace *ws, const char *team)
{
	const struct mu_team *found = mu_workspace_team(ws, team);

	if (!team)
		return &ws->inbox;
	return found ? &found->inbox : NULL;
}

struct mu_user *mu_workspace_user_by_email(const struct mu_workspace *ws, const char *email)
{
	const size_t n = email ? strlen(email) : 0;
	struct mu_user *user = NULL;
	char key[MU_EMAIL_MAX];

	if (n > sizeof(key))
		return NULL;
	for (size_t i = 0; i < n; i++)
		key[i] = (char)tolower((unsigned char)email[i]);
	HASH_FIND(hh_email, ws->users_by_email, key, n, user);
	return user;
}

const struct mu_status *mu_workspace_status(const struct mu_workspace *ws, const char *id)
{
	for (size_t i = 0; id && i < ws->n_statuses; i++)
		if (!strcmp(ws->statuses[i].id, id))
			return &ws->statuses[i];
	return NULL;
}

void mu_user_chosen(const struct mu_workspace *ws, const struct mu_user *user, struct mu_chosen *ret_chosen)
{
	const struct mu_status *status = mu_workspace_status(ws, user->choice.status);

	if (!status)
		status = &ws->statuses[0];
	*ret_chosen = (struct mu_chosen){ .status = status->id,
					  .base = (enum mu_base_status)status->base,
					  .accepting = status->accepting && status->base != MU_OFFLINE,
					  .note = user->choice.note,
					  .until_ms = user->choice.until_ms,
					  .cause = (enum mu_cause)user->choice.cause };
}

bool mu_user_open(const struct mu_workspace *ws, const struct mu_user *user, int64_t wall_ms)
{
	bool own = false;

	for (size_t i = 0; i < user->teams.n; i++) {
		const struct mu_team *team = mu_workspace_team(ws, user->teams.v[i]);
		if (!team || !team->hours)
			continue;
		if (mu_schedule_open(team->hours->schedule, wall_ms))
			return true;
		own = true;
	}
	return own ? false : !ws->hours || mu_schedule_open(ws->hours->schedule, wall_ms);
}

bool mu_user_token_valid(const struct mu_workspace *ws, const struct mu_user *user, const char *token_id,
			 int64_t issued_at_ms)
{
	struct mu_revocation *revocation = NULL;

	/* Where iat has whole seconds, a token of the very second in which tokens were voided counts as
	 * older. */
	if (!user->active || (user->tokens_after_ms && issued_at_ms <= user->tokens_after_ms))
		return false;
	if (token_id && *token_id)
		HASH_FIND_STR(ws->revocations, token_id, revocation);
	return !revocation;
}

char *mu_email_key(const char *email)
{
	char *key = strdup(email);

	for (char *c = key; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return key;
}
