/* The workspace's state: making, freeing and looking things up. Changing it is event.c's job.
 * Thread: hub. */
#include "muster/model/workspace.h"

#include "muster/model/event.h"
#include "state.h"

#include <ctype.h>

#define IDLE_AFTER_DEFAULT_MS INT64_C(600000)

enum mu_err state_strs_add(struct mu_strs *set, const char *text)
{
	size_t at = 0;

	while (at < set->n && strcmp(set->v[at], text) < 0)
		at++;
	if (at < set->n && !strcmp(set->v[at], text))
		return MU_OK;
	char **grown = realloc(set->v, (set->n + 1) * sizeof(*grown));
	if (!grown)
		return MU_NO_MEMORY;
	set->v = grown;
	char *copy = strdup(text);
	if (!copy)
		return MU_NO_MEMORY;
	memmove(&grown[at + 1], &grown[at], (set->n - at) * sizeof(*grown));
	grown[at] = copy;
	set->n++;
	return MU_OK;
}

void state_strs_remove(struct mu_strs *set, const char *text)
{
	for (size_t i = 0; i < set->n; i++) {
		if (strcmp(set->v[i], text))
			continue;
		free(set->v[i]);
		memmove(&set->v[i], &set->v[i + 1], (set->n - i - 1) * sizeof(*set->v));
		set->n--;
		return;
	}
}

static void hours_free(struct mu_hours *hours)
{
	if (!hours)
		return;
	mu_schedule_destroy(hours->schedule);
	mu_arena_finish(&hours->arena);
	free(hours);
}

static enum mu_err spec_copy(struct mu_arena *arena, const struct mu_schedule_spec *from,
			     struct mu_schedule_spec *to)
{
	const struct mu_opening *open = from->open.v;
	struct mu_opening *copy = mu_arena_alloc(arena, (from->open.n + 1) * sizeof(*copy));

	if (!copy)
		return MU_NO_MEMORY;
	for (size_t i = 0; i < from->open.n; i++)
		copy[i] = (struct mu_opening){ .day = open[i].day,
					       .from = mu_arena_strdup(arena, open[i].from),
					       .to = mu_arena_strdup(arena, open[i].to) };
	to->zone = mu_arena_strdup(arena, from->zone);
	to->open = (struct mu_records){ .v = copy, .n = from->open.n };
	return mu_strs_copy(arena, &from->closed, &to->closed);
}

enum mu_err state_hours(struct mu_hours **slot, const struct mu_schedule_spec *spec)
{
	struct mu_hours *hours = NULL;

	if (spec) {
		struct mu_fault fault = { 0 };
		enum mu_err err = MU_NO_MEMORY;
		if (!(hours = calloc(1, sizeof(*hours))))
			return err;
		err = spec_copy(&hours->arena, spec, &hours->spec);
		if (!err)
			err = mu_schedule_create(&hours->spec, &hours->schedule, &fault);
		if (err) {
			hours_free(hours);
			return err;
		}
	}
	hours_free(*slot);
	*slot = hours;
	return MU_OK;
}

void state_user_perms(const struct mu_workspace *ws, struct mu_user *user)
{
	user->perms = (struct mu_perms){ 0 };
	for (size_t i = 0; i < user->roles.n; i++) {
		const struct mu_role *role = mu_workspace_role(ws, user->roles.v[i]);
		if (role)
			mu_perms_union(&user->perms, &role->perms);
	}
}

void state_statuses_free(struct mu_workspace *ws)
{
	for (size_t i = 0; i < ws->n_statuses; i++) {
		free(ws->statuses[i].id);
		free(ws->statuses[i].label);
	}
	free(ws->statuses);
	ws->statuses = NULL;
	ws->n_statuses = 0;
}

static enum mu_err status_append(struct mu_status *table, size_t *n, const struct mu_status_record *record)
{
	struct mu_status *status = &table[(*n)++];

	*status = (struct mu_status){ .base = record->base, .accepting = record->accepting };
	enum mu_err err = state_text(&status->id, record->id);
	return err ? err : state_text(&status->label, record->label);
}

enum mu_err state_statuses(struct mu_workspace *ws, const struct mu_records *custom)
{
	static const struct mu_status_record base[] = {
		{ "available", "Available", MU_AVAILABLE, true },
		{ "away", "Away", MU_AWAY, false },
		{ "busy", "Busy", MU_BUSY, false },
		{ "offline", "Appear offline", MU_OFFLINE, false },
	};
	struct mu_workspace fresh = { 0 };
	enum mu_err err = MU_OK;

	fresh.statuses = calloc(MU_COUNT(base) + custom->n, sizeof(*fresh.statuses));
	if (!fresh.statuses)
		return MU_NO_MEMORY;
	for (size_t i = 0; !err && i < MU_COUNT(base); i++)
		err = status_append(fresh.statuses, &fresh.n_statuses, &base[i]);
	for (size_t i = 0; !err && i < custom->n; i++)
		err = status_append(fresh.statuses, &fresh.n_statuses,
				    (const struct mu_status_record *)custom->v + i);
	if (err) {
		state_statuses_free(&fresh);
		return err;
	}
	state_statuses_free(ws);
	ws->statuses = fresh.statuses;
	ws->n_statuses = fresh.n_statuses;
	return MU_OK;
}

struct mu_workspace *mu_workspace_create(const char *id)
{
	struct mu_workspace *ws = calloc(1, sizeof(*ws));
	const struct mu_records none = { 0 };

	if (!ws)
		return NULL;
	ws->idle_after_ms = IDLE_AFTER_DEFAULT_MS;
	if (state_text(&ws->id, id) || state_text(&ws->name, id) || state_statuses(ws, &none)) {
		mu_workspace_destroy(ws);
		return NULL;
	}
	return ws;
}

void state_role_free(struct mu_role *role)
{
	free(role->id);
	free(role->name);
	free(role->description);
	mu_strs_clear(&role->permissions);
	free(role);
}

void state_team_free(struct mu_team *team)
{
	free(team->id);
	free(team->name);
	free(team->lead);
	mu_strs_clear(&team->members);
	hours_free(team->hours);
	free(team);
}

void state_user_free(struct mu_user *user)
{
	free(user->id);
	free(user->name);
	free(user->email);
	free(user->phone);
	free(user->email_key);
	mu_strs_clear(&user->roles);
	mu_strs_clear(&user->teams);
	free(user->password);
	free(user->choice.status);
	free(user->choice.note);
	free(user->shown);
	free(user);
}

void state_key_free(struct mu_key *key)
{
	free(key->id);
	free(key->secret);
	free(key->public_key);
	mu_strs_clear(&key->scopes);
	free(key);
}

#define FREE_TABLE(table, type, free_one)                                                                    \
	do {                                                                                                 \
		struct type *each, *next_;                                                                   \
		HASH_ITER (hh, table, each, next_) {                                                         \
			HASH_DEL(table, each);                                                               \
			free_one(each);                                                                      \
		}                                                                                            \
	} while (0)

void state_revocation_free(struct mu_revocation *revocation)
{
	free(revocation->user);
	free(revocation->token);
	free(revocation);
}

void mu_workspace_destroy(struct mu_workspace *ws)
{
	if (!ws)
		return;
	HASH_CLEAR(hh_email, ws->users_by_email);
	FREE_TABLE(ws->users, mu_user, state_user_free);
	FREE_TABLE(ws->roles, mu_role, state_role_free);
	FREE_TABLE(ws->teams, mu_team, state_team_free);
	FREE_TABLE(ws->keys, mu_key, state_key_free);
	FREE_TABLE(ws->revocations, mu_revocation, state_revocation_free);
	state_statuses_free(ws);
	hours_free(ws->hours);
	free(ws->id);
	free(ws->name);
	free(ws->owner);
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

struct mu_user *mu_workspace_user_by_email(const struct mu_workspace *ws, const char *email)
{
	struct mu_user *user = NULL;
	AUTO_FREE char *key = email ? mu_email_key(email) : NULL;

	if (key)
		HASH_FIND(hh_email, ws->users_by_email, key, strlen(key), user);
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
					  .accepting = status->accepting,
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
