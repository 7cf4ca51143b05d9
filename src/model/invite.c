/* Invitations: who was asked to come, by whom, and what became of it.
 * Thread: hub. */
#include "concept.h"
#include "muster/model/invite.h"
#include "muster/model/role.h"
#include "muster/model/seat.h"
#include "muster/model/user.h"
#include "state.h"

/* How long one that has ended is still shown. */
#define KEEP_MS (INT64_C(30) * 24 * 3600 * 1000)

const char *const mu_invite_state_names[] = { "pending", "accepted", "expired", "revoked", NULL };

static const struct mu_field invite_fields[] = {
	MU_FIELD(struct mu_invite_data, id, MU_ID, MU_REQUIRED, .help = "The invitation"),
	MU_FIELD(struct mu_invite_data, email, MU_STRING, MU_REQUIRED, .max = 254, .help = "Who is invited"),
	MU_FIELD(struct mu_invite_data, name, MU_STRING, MU_NULLABLE, .max = 80, .help = "Their name"),
	MU_FIELD(struct mu_invite_data, roles, MU_STRINGS, MU_REQUIRED, .max = 32,
		 .help = "Roles they will have"),
	MU_FIELD(struct mu_invite_data, teams, MU_STRINGS, 0, .max = 64, .help = "Teams they will join"),
	MU_FIELD(struct mu_invite_data, invited_by, MU_ID, MU_NULLABLE, .help = "The user who invites"),
	MU_FIELD(struct mu_invite_data, invited_by_key, MU_ID, MU_NULLABLE, .help = "Or the API key"),
	MU_FIELD(struct mu_invite_data, digest, MU_STRING, MU_SECRET, .max = 64),
	MU_FIELD(struct mu_invite_data, expires_at, MU_TIME, MU_REQUIRED,
		 .help = "The link is good until then"),
};
static const struct mu_shape invite_shape = MU_SHAPE(struct mu_invite_data, "INVITE_DATA", invite_fields);

static const struct mu_field updated_fields[] = {
	MU_FIELD(struct mu_invite_updated, id, MU_ID, MU_REQUIRED, .help = "The invitation"),
	MU_FIELD(struct mu_invite_updated, roles, MU_STRINGS, MU_REQUIRED, .max = 32,
		 .help = "Roles they will have"),
};
static const struct mu_shape updated_shape =
	MU_SHAPE(struct mu_invite_updated, "INVITE_UPDATED", updated_fields);

static const struct mu_field resent_fields[] = {
	MU_FIELD(struct mu_invite_resent, id, MU_ID, MU_REQUIRED, .help = "The invitation"),
	MU_FIELD(struct mu_invite_resent, invited_by, MU_ID, MU_NULLABLE, .help = "The user who invites now"),
	MU_FIELD(struct mu_invite_resent, invited_by_key, MU_ID, MU_NULLABLE, .help = "Or the API key"),
	MU_FIELD(struct mu_invite_resent, digest, MU_STRING, MU_SECRET, .max = 64),
	MU_FIELD(struct mu_invite_resent, expires_at, MU_TIME, MU_REQUIRED,
		 .help = "The new link is good until then"),
};
static const struct mu_shape resent_shape = MU_SHAPE(struct mu_invite_resent, "INVITE_RESENT", resent_fields);

static const struct mu_field accepted_fields[] = {
	MU_FIELD(struct mu_invite_accepted, id, MU_ID, MU_REQUIRED, .help = "The invitation"),
	MU_FIELD(struct mu_invite_accepted, user, MU_ID, MU_REQUIRED, .help = "The user who came of it"),
};
static const struct mu_shape accepted_shape =
	MU_SHAPE(struct mu_invite_accepted, "INVITE_ACCEPTED", accepted_fields);

static enum mu_err tell_managers(const struct mu_workspace *ws, const struct mu_event *event,
				 struct mu_arena *arena, struct mu_strs *topics)
{
	return mu_topic_add(arena, topics, "may/users.manage");
}

/* ---- what was there before ---- */

static struct mu_invite_data invite_record(const struct mu_invite *invite)
{
	return (struct mu_invite_data){ .id = invite->id,
					.email = invite->email,
					.name = invite->name,
					.roles = invite->roles,
					.teams = invite->teams,
					.invited_by = invite->invited_by,
					.invited_by_key = invite->invited_by_key,
					.digest = invite->digest,
					.expires_at = invite->expires_at_ms };
}

/* The data of each of their events begins with the invitation's id. */
static const void *before_invite(const struct mu_workspace *ws, const struct mu_event *event,
				 struct mu_arena *arena)
{
	const struct mu_invite *invite = mu_workspace_invite(ws, *(char *const *)event->data);
	const struct mu_invite_data record = invite ? invite_record(invite) : (struct mu_invite_data){ 0 };

	return invite ? before_record(arena, &record) : NULL;
}

/* ---- the state ---- */

void state_invite_free(struct mu_invite *invite)
{
	free(invite->id);
	free(invite->email);
	free(invite->name);
	mu_strs_clear(&invite->roles);
	mu_strs_clear(&invite->teams);
	free(invite->invited_by);
	free(invite->invited_by_key);
	free(invite->digest);
	free(invite->user);
	free(invite);
}

/* Forget what ended long ago. */
static void prune_invites(struct mu_workspace *ws, int64_t now_ms)
{
	struct mu_invite *each, *next;

	HASH_ITER (hh, ws->invites, each, next) {
		if (each->state == MU_INVITE_PENDING || each->ended_at_ms + KEEP_MS > now_ms)
			continue;
		HASH_DEL(ws->invites, each);
		state_invite_free(each);
	}
}

static enum mu_err invite_link(struct mu_invite *invite, const char *by, const char *by_key,
			       const char *digest, int64_t expires_at_ms)
{
	enum mu_err err = state_text(&invite->invited_by, by);

	if (!err)
		err = state_text(&invite->invited_by_key, by_key);
	if (!err)
		err = state_text(&invite->digest, digest);
	invite->expires_at_ms = expires_at_ms;
	return err;
}

static enum mu_err invite_fill(struct mu_invite *invite, const struct mu_invite_data *data)
{
	enum mu_err err = state_text(&invite->id, data->id);

	if (!err)
		err = state_text(&invite->email, data->email);
	if (!err)
		err = state_text(&invite->name, data->name);
	if (!err)
		err = state_strs(&invite->roles, &data->roles);
	if (!err)
		err = state_strs(&invite->teams, &data->teams);
	return err ? err
		   : invite_link(invite, data->invited_by, data->invited_by_key, data->digest,
				 data->expires_at);
}

static enum mu_err apply_created(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_invite_data *data = event->data;
	bool added = false;

	if (mu_workspace_invite(ws, data->id))
		return MU_CONFLICT;
	prune_invites(ws, event->at_ms);
	struct mu_invite *invite = calloc(1, sizeof(*invite));
	if (!invite)
		return MU_NO_MEMORY;
	invite->created_at_ms = event->at_ms;
	if (!invite_fill(invite, data))
		ADD_STR(ws->invites, invite, id);
	if (added)
		return MU_OK;
	state_invite_free(invite);
	return MU_NO_MEMORY;
}

static enum mu_err apply_updated(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_invite_updated *data = event->data;
	struct mu_invite *invite = mu_workspace_invite(ws, data->id);

	return invite ? state_strs(&invite->roles, &data->roles) : MU_CONFLICT;
}

static enum mu_err apply_resent(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_invite_resent *data = event->data;
	struct mu_invite *invite = mu_workspace_invite(ws, data->id);

	if (!invite)
		return MU_CONFLICT;
	invite->state = MU_INVITE_PENDING;
	invite->ended_at_ms = 0;
	return invite_link(invite, data->invited_by, data->invited_by_key, data->digest, data->expires_at);
}

static enum mu_err invite_end(struct mu_workspace *ws, const struct mu_event *event, const char *id,
			      enum mu_invite_state state)
{
	struct mu_invite *invite = mu_workspace_invite(ws, id);

	if (!invite)
		return MU_CONFLICT;
	invite->state = state;
	invite->ended_at_ms = event->at_ms;
	return MU_OK;
}

static enum mu_err apply_accepted(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_invite_accepted *data = event->data;
	enum mu_err err = invite_end(ws, event, data->id, MU_INVITE_ACCEPTED);

	return err ? err : state_text(&mu_workspace_invite(ws, data->id)->user, data->user);
}

static enum mu_err apply_revoked(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_id_data *data = event->data;

	return invite_end(ws, event, data->id, MU_INVITE_REVOKED);
}

static enum mu_err apply_expired(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_id_data *data = event->data;

	return invite_end(ws, event, data->id, MU_INVITE_EXPIRED);
}

/* ---- rules ---- */

enum mu_invite_state mu_invite_state(const struct mu_invite *invite, int64_t now_ms)
{
	return invite->state == MU_INVITE_PENDING && invite->expires_at_ms <= now_ms ? MU_INVITE_EXPIRED
										     : invite->state;
}

bool mu_invite_gives(const struct mu_invite *invite, const char *role)
{
	return (invite->state == MU_INVITE_PENDING || invite->state == MU_INVITE_EXPIRED) &&
	       mu_strs_has(&invite->roles, role);
}

/* Nobody else was asked to come under this address. */
static enum mu_err check_not_invited(const struct mu_workspace *ws, const char *email,
				     const struct mu_invite *except, int64_t now_ms, struct mu_fault *fault)
{
	for (const struct mu_invite *each = ws->invites; each; each = each->hh.next) {
		if (each == except || mu_invite_state(each, now_ms) != MU_INVITE_PENDING ||
		    strcasecmp(each->email, email))
			continue;
		mu_fail_field(fault, "email", "invited");
		return mu_fail(fault, MU_CONFLICT,
			       "This address is invited already: send that invitation again, or revoke it");
	}
	return MU_OK;
}

enum mu_err mu_rule_invite_create(const struct mu_workspace *ws, const struct mu_perms *granter,
				  const struct mu_invite_data *data, int64_t now_ms,
				  struct mu_fault *ret_fault)
{
	const struct mu_user_data user = { .email = data->email, .roles = data->roles };
	enum mu_err err = mu_rule_user_create(ws, granter, &user, &data->teams, ret_fault);

	if (!err)
		err = check_not_invited(ws, data->email, NULL, now_ms, ret_fault);
	return err ? err : mu_rule_seat(ws, 1, ret_fault);
}

/* Whether the granter could make a user of it now. Teams that are gone by now are no obstacle. */
static enum mu_err check_user(const struct mu_workspace *ws, const struct mu_perms *granter,
			      const struct mu_invite *invite, struct mu_fault *fault)
{
	const struct mu_user_data user = { .email = invite->email, .roles = invite->roles };
	const struct mu_strs none = { 0 };

	return mu_rule_user_create(ws, granter, &user, &none, fault);
}

enum mu_err mu_rule_invite_resend(const struct mu_workspace *ws, const struct mu_perms *granter,
				  const struct mu_invite *invite, int64_t now_ms, struct mu_fault *ret_fault)
{
	if (invite->state == MU_INVITE_ACCEPTED)
		return mu_fail(ret_fault, MU_CONFLICT, "The invitation was accepted");
	if (invite->state == MU_INVITE_REVOKED)
		return mu_fail(ret_fault, MU_CONFLICT, "The invitation was revoked: make another one");
	enum mu_err err = check_user(ws, granter, invite, ret_fault);
	if (!err)
		err = check_not_invited(ws, invite->email, invite, now_ms, ret_fault);
	return err ? err : mu_rule_seat(ws, 1, ret_fault);
}

/* Whether whoever vouches for the invitation is still there and may invite; what they may. */
static bool find_granter(const struct mu_workspace *ws, const struct mu_invite *invite,
			 const struct mu_perms **ret_granter)
{
	const struct mu_user *user = mu_workspace_user(ws, invite->invited_by);
	const struct mu_key *key = mu_workspace_key(ws, invite->invited_by_key);

	*ret_granter = user ? &user->perms : key ? &key->perms : NULL;
	if (!*ret_granter)
		return !invite->invited_by && !invite->invited_by_key; /* the operator */
	return (!user || user->active) && mu_perms_has(*ret_granter, MU_PERM_USERS_MANAGE);
}

enum mu_err mu_rule_invite_open(const struct mu_workspace *ws, const struct mu_invite *invite, int64_t now_ms,
				struct mu_fault *ret_fault)
{
	static const char *const ended[] = {
		[MU_INVITE_ACCEPTED] = "This invitation was accepted already: sign in instead",
		[MU_INVITE_EXPIRED] = "This invitation has expired: ask for another one",
		[MU_INVITE_REVOKED] = "This invitation was taken back: ask whoever invited you",
	};
	const enum mu_invite_state state = mu_invite_state(invite, now_ms);
	const struct mu_perms *granter = NULL;
	struct mu_fault fault = { 0 }; /* its words are for the inviter */

	if (state != MU_INVITE_PENDING)
		return mu_fail(ret_fault, MU_GONE, "%s", ended[state]);
	if (mu_workspace_user_by_email(ws, invite->email))
		return mu_fail(ret_fault, MU_CONFLICT,
			       "There is a user with this address by now: sign in instead");
	if (!find_granter(ws, invite, &granter) || check_user(ws, granter, invite, &fault))
		return mu_fail(ret_fault, MU_FORBIDDEN,
			       "Whoever invited you may no longer do so: ask for another invitation");
	return mu_rule_seat(ws, 1, &fault)
		       ? mu_fail(ret_fault, MU_SEAT_LIMIT, "No seat is left: ask whoever invited you for one")
		       : MU_OK;
}

/* ---- the dump ---- */

static enum mu_err dump_end(const struct mu_invite *invite, dump_each *each, void *arg)
{
	const struct mu_invite_accepted accepted = { .id = invite->id, .user = invite->user };
	const struct mu_id_data id = { .id = invite->id };

	if (invite->state == MU_INVITE_PENDING)
		return MU_OK;
	if (invite->state == MU_INVITE_ACCEPTED)
		return each(arg, &mu_invite_accepted_type, &accepted, invite->ended_at_ms);
	return each(arg, invite->state == MU_INVITE_REVOKED ? &mu_invite_revoked : &mu_invite_expired, &id,
		    invite->ended_at_ms);
}

enum mu_err dump_invite(const struct mu_invite *invite, dump_each *each, void *arg)
{
	const struct mu_invite_data data = invite_record(invite);
	enum mu_err err = each(arg, &mu_invite_created, &data, invite->created_at_ms);

	return err ? err : dump_end(invite, each, arg);
}

EVENT(mu_invite_created, "invite.created", invite_shape, apply_created, tell_managers, ABOUT_NOBODY,
      .effects = MU_EFFECT_INVITES, .help = "Somebody was invited");
EVENT(mu_invite_updated_type, "invite.updated", updated_shape, apply_updated, tell_managers, ABOUT_NOBODY,
      .before = before_invite, .before_shape = &invite_shape,
      .help = "An invitation is for other roles, because one of them is gone");
EVENT(mu_invite_resent_type, "invite.resent", resent_shape, apply_resent, tell_managers, ABOUT_NOBODY,
      .before = before_invite, .before_shape = &invite_shape, .effects = MU_EFFECT_INVITES,
      .help = "An invitation was sent again; its old link is dead");
EVENT(mu_invite_accepted_type, "invite.accepted", accepted_shape, apply_accepted, tell_managers,
      ABOUT(struct mu_invite_accepted), .effects = MU_EFFECT_INVITES,
      .help = "Somebody who was invited has come");
EVENT(mu_invite_revoked, "invite.revoked", id_shape, apply_revoked, tell_managers, ABOUT_NOBODY,
      .before = before_invite, .before_shape = &invite_shape, .effects = MU_EFFECT_INVITES,
      .help = "An invitation was taken back");
EVENT(mu_invite_expired, "invite.expired", id_shape, apply_expired, tell_managers, ABOUT_NOBODY,
      .before = before_invite, .before_shape = &invite_shape, .effects = MU_EFFECT_INVITES,
      .help = "Nobody came in time");
