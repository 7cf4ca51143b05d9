/* Invitations: whoever manages people sends, repeats and revokes them; whoever has a link looks at it and
 * accepts.
 *
 * A link ends in "<id of the invitation>~<secret>" after a #, so a browser never sends it to a server by
 * itself; the page gives it in the body of its request. The secret is shown to who makes the link and in
 * the mail. Its digest is all that is kept: to copy a link later is to make a new one (invite.resend).
 *
 * The mail goes out after the invitation is durable. If the hub ends in between, the invitation is there
 * and the mail isn't: sending again mends that.
 * Thread: hub. */
#include "commands.h"
#include "muster/auth/token.h"

#define SECRET_BYTES 32
#define MARK '~'

static void write_invite(const struct mu_call *call, const struct mu_invite *invite, struct mu_buf *out)
{
	mu_buf_str(out, "{\"id\":");
	mu_json_string(out, invite->id);
	mu_buf_str(out, ",\"email\":");
	mu_json_string(out, invite->email);
	mu_buf_str(out, ",\"name\":");
	mu_json_string(out, invite->name);
	mu_buf_str(out, ",\"roles\":");
	write_strs(&invite->roles, out);
	mu_buf_str(out, ",\"teams\":");
	write_strs(&invite->teams, out);
	mu_buf_printf(out, ",\"state\":\"%s\",\"invited_by\":",
		      mu_invite_state_names[mu_invite_state(invite, call->now_ms)]);
	mu_json_string(out, invite->invited_by);
	mu_buf_str(out, ",\"created_at\":");
	mu_json_time(out, invite->created_at_ms);
	mu_buf_str(out, ",\"expires_at\":");
	mu_json_time(out, invite->expires_at_ms);
	mu_buf_str(out, ",\"user\":");
	mu_json_string(out, invite->user);
}

static void reply_invite(struct mu_call *call, struct mu_buf *out)
{
	write_invite(call, mu_workspace_invite(call->ws, call->subject), out);
	if (call->secret) {
		mu_buf_str(out, ",\"link\":");
		mu_json_string(out, call->secret);
		mu_buf_printf(out, ",\"mailed\":%s", call->mail.to ? "true" : "false");
	}
	mu_buf_char(out, '}');
}

static enum mu_err find_invite(struct mu_call *call, const char *id, const struct mu_invite **ret_invite)
{
	const struct mu_invite *invite = mu_workspace_invite(call->ws, id);

	if (!invite)
		return mu_fail(call->fault, MU_NOT_FOUND, "There is no such invitation");
	*ret_invite = invite;
	return MU_OK;
}

/* ---- sending ---- */

/* A fresh link with its mail; digest gets what is kept of it. */
static enum mu_err make_link(struct mu_call *call, const struct mu_invite_data *invite, char **ret_digest)
{
	uint8_t digest[MU_DIGEST_BYTES];
	char secret[MU_SECRET_TEXT(SECRET_BYTES)];
	AUTO_FREE char *text = NULL;
	const char *url = call_public_url(call);

	mu_secret_random(SECRET_BYTES, secret);
	mu_secret_digest(secret, digest);
	enum mu_err err = mu_base64url_encode(digest, sizeof(digest), &text);
	call->secret = mu_arena_printf(call->arena, "%s/#/invite/%s/%s%c%s", url ? url : "", call->ws->id,
				       invite->id, MARK, secret);
	*ret_digest = mu_arena_strdup(call->arena, text);
	explicit_bzero(secret, sizeof(secret));
	if (err || !url || !call->secret || !*ret_digest)
		return MU_NO_MEMORY;
	return call_mail(call, MAIL_INVITE,
			 &(struct mail_words){ .name = invite->name,
					       .email = invite->email,
					       .link = call->secret,
					       .until_ms = invite->expires_at });
}

struct create_params {
	char *email, *name;
	struct mu_strs roles, teams;
};
static const struct mu_field create_fields[] = {
	MU_FIELD(struct create_params, email, MU_STRING, MU_REQUIRED, .min = 3, .max = 254,
		 .help = "Whom to invite"),
	MU_FIELD(struct create_params, name, MU_STRING, 0, .min = 1, .max = 80,
		 .help = "Their name, if you know it; they may give another one"),
	MU_FIELD(struct create_params, roles, MU_STRINGS, MU_REQUIRED, .min = 1, .max = 32,
		 .help = "One or more roles that they will have"),
	MU_FIELD(struct create_params, teams, MU_STRINGS, 0, .max = 64, .help = "Teams that they will join"),
};
static const struct mu_shape create_shape = MU_SHAPE(struct create_params, "INVITE_CREATE", create_fields);

static enum mu_err run_create(struct mu_call *call)
{
	const struct create_params *params = call->params;
	char id[MU_ID_TEXT];

	mu_id_random("i-", id);
	struct mu_invite_data data = { .id = mu_arena_strdup(call->arena, id),
				       .email = params->email,
				       .name = params->name,
				       .roles = params->roles,
				       .teams = params->teams,
				       .invited_by = (char *)mu_call_user(call),
				       .invited_by_key = call->actor.key ? call->actor.key->id : NULL,
				       .expires_at = call->now_ms + call->config->invite_ttl_ms };
	enum mu_err err =
		mu_rule_invite_create(call->ws, call->actor.perms, &data, call->now_ms, call->fault);
	if (!err)
		err = data.id ? make_link(call, &data, &data.digest) : MU_NO_MEMORY;
	call->subject = data.id;
	return err ? err : mu_call_emit_record(call, &mu_invite_created, &data);
}

const struct mu_command cmd_invite_create = {
	.name = "invite.create",
	.route = "POST /v1/invites",
	.need = MU_PERM_USERS_MANAGE,
	.cost = 5,
	PARAMS(create_shape),
	.help = "Invite somebody by mail. The link is shown this once, to be copied.",
	.result = "INVITE",
	.run = run_create,
	.reply = reply_invite,
};

static enum mu_err run_resend(struct mu_call *call)
{
	const struct id_params *params = call->params;
	const struct mu_invite *invite = NULL;
	struct mu_invite_resent data = { .id = params->id,
					 .invited_by = (char *)mu_call_user(call),
					 .invited_by_key = call->actor.key ? call->actor.key->id : NULL,
					 .expires_at = call->now_ms + call->config->invite_ttl_ms };
	enum mu_err err = find_invite(call, params->id, &invite);

	if (!err)
		err = mu_rule_invite_resend(call->ws, call->actor.perms, invite, call->now_ms, call->fault);
	if (err)
		return err;
	const struct mu_invite_data about = {
		.id = invite->id, .email = invite->email, .name = invite->name, .expires_at = data.expires_at
	};
	err = make_link(call, &about, &data.digest);
	call->subject = params->id;
	return err ? err : mu_call_emit_record(call, &mu_invite_resent_type, &data);
}

const struct mu_command cmd_invite_resend = {
	.name = "invite.resend",
	.route = "POST /v1/invites/{id}/resend",
	.need = MU_PERM_USERS_MANAGE,
	.cost = 5,
	PARAMS(id_params_shape),
	.help = "Send an invitation again, with a new link, which is shown this once; the old one is dead.",
	.result = "INVITE",
	.run = run_resend,
	.reply = reply_invite,
};

static enum mu_err run_revoke(struct mu_call *call)
{
	const struct id_params *params = call->params;
	const struct mu_id_data data = { .id = params->id };
	const struct mu_invite *invite = NULL;
	enum mu_err err = find_invite(call, params->id, &invite);

	if (err)
		return err;
	call->subject = params->id;
	if (invite->state == MU_INVITE_REVOKED)
		return MU_OK;
	if (invite->state == MU_INVITE_ACCEPTED)
		return mu_fail(call->fault, MU_CONFLICT,
			       "The invitation was accepted: remove the user instead");
	return mu_call_emit_record(call, &mu_invite_revoked, &data);
}

const struct mu_command cmd_invite_revoke = {
	.name = "invite.revoke",
	.route = "DELETE /v1/invites/{id}",
	.need = MU_PERM_USERS_MANAGE,
	.cost = 2,
	PARAMS(id_params_shape),
	.help = "Take an invitation back: its link is dead.",
	.result = "INVITE",
	.run = run_revoke,
	.reply = reply_invite,
};

/* ---- the list ---- */

static const char *const state_filter[] = { "all", "pending", "accepted", "expired", "revoked", NULL };

struct list_params {
	struct page_params page;
	int state;
};
static const struct mu_field list_fields[] = {
	{ .name = "limit",
	  .kind = MU_INT,
	  .offset = offsetof(struct list_params, page.limit),
	  .min = 1,
	  .max = 1000,
	  .help = "Items at most (default 100)" },
	{ .name = "after",
	  .kind = MU_STRING,
	  .offset = offsetof(struct list_params, page.after),
	  .max = 128,
	  .help = "next of the page before" },
	MU_FIELD(struct list_params, state, MU_ENUM, 0, .names = state_filter,
		 .help = "Only those in this state"),
};
static const struct mu_shape list_shape = MU_SHAPE(struct list_params, "INVITE_LIST", list_fields);

static bool in_state(const struct mu_call *call, const void *item)
{
	const struct list_params *params = call->params;
	const char *state = mu_invite_state_names[mu_invite_state(item, call->now_ms)];

	return !params->state || !strcmp(state_filter[params->state], state);
}

static void write_invite_item(const struct mu_call *call, const void *item, struct mu_buf *out)
{
	write_invite(call, item, out);
	mu_buf_char(out, '}');
}

static void reply_list(struct mu_call *call, struct mu_buf *out)
{
	const struct listing listing = { .first = call->ws->invites,
					 .id_offset = offsetof(struct mu_invite, id),
					 .visible = in_state,
					 .write = write_invite_item };

	write_listing(call, &listing, out);
}

const struct mu_command cmd_invite_list = {
	.name = "invite.list",
	.route = "GET /v1/invites",
	.need = MU_PERM_USERS_MANAGE,
	.cost = 1,
	PARAMS(list_shape),
	.help = "The invitations, without their links. Those that ended are forgotten after 30 days.",
	.result = "{items:[INVITE],next}",
	.run = run_nothing,
	.reply = reply_list,
};
