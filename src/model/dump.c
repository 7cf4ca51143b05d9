/* A workspace as the shortest list of events that makes it: what a snapshot holds.
 * Invariant: applying the list to an empty workspace gives the same state.
 * Order: registered permissions, roles, people, who is gone, the workspace (its owner exists by then),
 * security, its seats, what people showed (its statuses are known by then), teams and members, keys,
 * revocations, views, invitations, conversations, and last loads, which count from what was told of them.
 * Thread: hub. */
#include "muster/model/event.h"
#include "concept.h"

enum mu_err mu_workspace_dump(const struct mu_workspace *ws, dump_each *each, void *arg)
{
	enum mu_err err = MU_OK;

	for (size_t i = 0; !err && i < ws->n_own_perms; i++)
		err = dump_permission(ws, &ws->own_perms[i], each, arg);
	if (!err)
		err = dump_roles(ws, each, arg);
	for (const struct mu_user *user = ws->users; !err && user; user = user->hh.next)
		err = dump_user(user, each, arg);
	for (const struct mu_tombstone *gone = ws->tombstones; !err && gone; gone = gone->hh.next)
		err = dump_tombstone(gone, each, arg);
	if (!err)
		err = dump_workspace(ws, each, arg);
	if (!err)
		err = dump_security(ws, each, arg);
	if (!err)
		err = dump_seats(ws, each, arg);
	for (const struct mu_user *user = ws->users; !err && user; user = user->hh.next)
		err = dump_shown(user, each, arg);
	for (const struct mu_team *team = ws->teams; !err && team; team = team->hh.next)
		err = dump_team(ws, team, each, arg);
	for (const struct mu_key *key = ws->keys; !err && key; key = key->hh.next)
		err = dump_key(key, each, arg);
	for (const struct mu_revocation *revocation = ws->revocations; !err && revocation;
	     revocation = revocation->hh.next)
		err = dump_revocation(revocation, each, arg);
	for (const struct mu_viewing *viewing = ws->viewings; !err && viewing; viewing = viewing->hh.next)
		err = dump_viewing(viewing, each, arg);
	for (const struct mu_invite *invite = ws->invites; !err && invite; invite = invite->hh.next)
		err = dump_invite(invite, each, arg);
	for (const struct mu_conversation *conversation = ws->conversations; !err && conversation;
	     conversation = conversation->hh.next)
		err = dump_conversation(conversation, each, arg);
	for (const struct mu_user *user = ws->users; !err && user; user = user->hh.next)
		err = dump_load(user, each, arg);
	return err;
}

static enum mu_err apply_dumped(void *arg, const struct mu_event_type *type, const void *data, int64_t at_ms)
{
	struct mu_workspace *copy = arg;
	const struct mu_event event = {
		.type = type, .name = type->name, .seq = copy->seq + 1, .at_ms = at_ms, .data = (void *)data
	};

	return mu_event_apply(copy, &event);
}

enum mu_err mu_workspace_copy(const struct mu_workspace *ws, struct mu_workspace **ret_copy)
{
	struct mu_workspace *copy = mu_workspace_create(ws->id);
	enum mu_err err = copy ? mu_workspace_dump(ws, apply_dumped, copy) : MU_NO_MEMORY;

	if (err)
		mu_workspace_destroy(copy);
	else
		*ret_copy = copy;
	return err;
}
