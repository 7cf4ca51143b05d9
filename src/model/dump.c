/* A workspace as the shortest list of events that makes it: what a snapshot holds.
 * Invariant: applying the list to an empty workspace gives the same state.
 * Order: roles, people, the workspace (its owner exists by then), teams and members, keys, choices,
 * revocations.
 * Thread: hub. */
#include "muster/model/event.h"

typedef enum mu_err dump_each(void *arg, const struct mu_event_type *type, const void *data,
			      int64_t at_ms); /* as in mu_workspace_dump */

static enum mu_err dump_roles(const struct mu_workspace *ws, dump_each *each, void *arg)
{
	enum mu_err err = MU_OK;

	for (const struct mu_role *role = ws->roles; !err && role; role = role->hh.next) {
		const struct mu_role_data data = { .id = role->id,
						   .name = role->name,
						   .description = role->description,
						   .permissions = role->permissions };
		err = each(arg, &mu_role_created, &data, ws->created_at_ms);
	}
	return err;
}

static enum mu_err dump_user(const struct mu_user *user, dump_each *each, void *arg)
{
	const struct mu_user_data data = { .given = UINT64_MAX,
					   .user = user->id,
					   .name = user->name,
					   .email = user->email,
					   .phone = user->phone,
					   .roles = user->roles,
					   .capacity = user->capacity };
	const struct mu_password_set password = { .user = user->id, .hash = user->password };
	const struct mu_presence_chosen chosen = { .user = user->id,
						   .status = user->choice.status,
						   .note = user->choice.note,
						   .until = user->choice.until_ms,
						   .cause = user->choice.cause };
	const struct mu_presence_changed changed = {
		.user = user->id, .from = "offline", .to = user->shown, .since = user->shown_since_ms
	};
	const struct mu_session_revoked revoked = { .user = user->id, .before = user->tokens_after_ms };
	enum mu_err err = each(arg, &mu_user_created, &data, user->created_at_ms);

	if (!err && user->password)
		err = each(arg, &mu_user_password_set, &password, user->created_at_ms);
	if (!err)
		err = each(arg, &mu_presence_chosen_type, &chosen, user->choice.at_ms);
	if (!err && user->shown)
		err = each(arg, &mu_presence_changed_type, &changed, user->shown_since_ms);
	if (!err && user->tokens_after_ms)
		err = each(arg, &mu_session_revoked_type, &revoked, user->tokens_after_ms);
	return err;
}

static enum mu_err dump_workspace(const struct mu_workspace *ws, dump_each *each, void *arg)
{
	struct mu_status_record custom[64];
	size_t n = 0;

	for (size_t i = MU_OFFLINE + 1; i < ws->n_statuses && n < MU_COUNT(custom); i++)
		custom[n++] = (struct mu_status_record){ .id = ws->statuses[i].id,
							 .label = ws->statuses[i].label,
							 .base = ws->statuses[i].base,
							 .accepting = ws->statuses[i].accepting };
	const struct mu_workspace_data data = { .given = UINT64_MAX,
						.id = ws->id,
						.name = ws->name,
						.owner = ws->owner,
						.idle_after_ms = ws->idle_after_ms,
						.statuses = { custom, n },
						.schedule = ws->hours ? &ws->hours->spec : NULL };
	return each(arg, &mu_workspace_created, &data, ws->created_at_ms);
}

static enum mu_err dump_team(const struct mu_workspace *ws, const struct mu_team *team, dump_each *each,
			     void *arg)
{
	const struct mu_team_data data = { .given = UINT64_MAX,
					   .id = team->id,
					   .name = team->name,
					   .lead = team->lead,
					   .schedule = team->hours ? &team->hours->spec : NULL };
	enum mu_err err = each(arg, &mu_team_created, &data, ws->created_at_ms);

	for (size_t i = 0; !err && i < team->members.n; i++) {
		const struct mu_team_member member = { .user = team->members.v[i], .team = team->id };
		err = each(arg, &mu_team_member_added, &member, ws->created_at_ms);
	}
	return err;
}

static enum mu_err dump_key(const struct mu_key *key, dump_each *each, void *arg)
{
	const struct mu_key_data data = { .id = key->id,
					  .alg = key->alg,
					  .secret = key->secret,
					  .public_key = key->public_key,
					  .scopes = key->scopes };
	return each(arg, &mu_key_created, &data, key->created_at_ms);
}

static enum mu_err dump_revocation(const struct mu_revocation *revocation, dump_each *each, void *arg)
{
	const struct mu_session_revoked data = { .user = revocation->user,
						 .token = revocation->token,
						 .expires_at = revocation->expires_at_ms };
	return each(arg, &mu_session_revoked_type, &data, 0);
}

enum mu_err mu_workspace_dump(const struct mu_workspace *ws, dump_each *each, void *arg)
{
	enum mu_err err = dump_roles(ws, each, arg);

	for (const struct mu_user *user = ws->users; !err && user; user = user->hh.next)
		err = dump_user(user, each, arg);
	if (!err)
		err = dump_workspace(ws, each, arg);
	for (const struct mu_team *team = ws->teams; !err && team; team = team->hh.next)
		err = dump_team(ws, team, each, arg);
	for (const struct mu_key *key = ws->keys; !err && key; key = key->hh.next)
		err = dump_key(key, each, arg);
	for (const struct mu_revocation *revocation = ws->revocations; !err && revocation;
	     revocation = revocation->hh.next)
		err = dump_revocation(revocation, each, arg);
	return err;
}
