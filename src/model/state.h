/* Small helpers for texts and lists that the state owns. Private to the model. */
#ifndef MUSTER_MODEL_STATE_H
#define MUSTER_MODEL_STATE_H

#include "muster/model/workspace.h"

#include <string.h>

static inline bool state_same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Replace a text by a copy of value (NULL: by nothing). On failure the slot keeps what it had. */
static inline enum mu_err state_text(char **slot, const char *value)
{
	char *copy = NULL;

	if (value && !(copy = strdup(value)))
		return MU_NO_MEMORY;
	free(*slot);
	*slot = copy;
	return MU_OK;
}

/* Replace a list by a copy. On failure it stays. */
static inline enum mu_err state_strs(struct mu_strs *slot, const struct mu_strs *value)
{
	struct mu_strs copy = { 0 };
	enum mu_err err = mu_strs_clone(value, &copy);

	if (err)
		return err;
	mu_strs_clear(slot);
	*slot = copy;
	return MU_OK;
}

/* Put a copy of text into a sorted list that owns its strings; a text that is there already stays single. */
enum mu_err state_strs_add(struct mu_strs *set, const char *text);
/* Put a copy of text at the end of a list; one that is there already stays single. */
enum mu_err state_strs_append(struct mu_strs *list, const char *text);
void state_strs_remove(struct mu_strs *set, const char *text);

/* Compile hours from a spec (NULL spec: no hours) and replace *slot. */
enum mu_err state_hours(struct mu_hours **slot, const struct mu_schedule_spec *spec);

void state_hours_free(struct mu_hours *hours); /* accepts NULL */

/* Recompute permissions from what gives them: a user's from their roles, a role's and a key's from the keys
 * that they name. */
void state_user_perms(const struct mu_workspace *ws, struct mu_user *user);
void state_role_perms(const struct mu_workspace *ws, struct mu_role *role);
void state_key_perms(const struct mu_workspace *ws, struct mu_key *key);

void state_permission_free(struct mu_perm_info *info); /* what it owns, not itself */
/* Forget the revocations of a user's tokens. */
void state_revocations_drop(struct mu_workspace *ws, const char *user);

void state_role_free(struct mu_role *role);
void state_team_free(struct mu_team *team);
void state_user_free(struct mu_user *user);
void state_second_factor_clear(struct mu_second_factor *factor);
void state_tombstone_free(struct mu_tombstone *tombstone);
void state_key_free(struct mu_key *key);
void state_revocation_free(struct mu_revocation *revocation);
void state_viewing_free(struct mu_viewing *viewing);
void state_invite_free(struct mu_invite *invite);
void state_statuses_free(struct mu_workspace *ws);
void state_channels_free(struct mu_workspace *ws);
void state_conversation_free(struct mu_conversation *conversation);

/* Replace what an inbox does by a copy (NULL: all as at first). On failure it stays. */
enum mu_err state_settings(struct mu_routing_settings *slot, const struct mu_routing_settings *settings);

/* A user begins or ceases to belong to a team, on both sides. */
enum mu_err state_team_join(struct mu_team *team, struct mu_user *user);
void state_team_leave(struct mu_team *team, struct mu_user *user);

/* The user's load, capacity or what was noted of them is another one; or they are out. */
void state_note(struct mu_workspace *ws, struct mu_user *user);
void state_note_forget(struct mu_workspace *ws, struct mu_user *user);

/* What the user shows is another status since then, or statuses mean something else since then: keep since
 * when they are neither available nor busy. */
void state_absence(struct mu_workspace *ws, struct mu_user *user, int64_t since_ms);

/* The base statuses followed by `custom` (struct mu_status_record). */
enum mu_err state_statuses(struct mu_workspace *ws, const struct mu_records *custom);

#endif
