/* What can be done with the link of an invitation, by whoever holds it: look at it, and accept.
 * Invariant: only who proves the secret of a link learns anything of its invitation; guesses are braked
 * like those of passwords.
 * Thread: hub. */
#include "commands.h"
#include "muster/auth/token.h"

struct link {
	char id[MU_ID_MAX + 1];
	const char *secret;
};

/* Take a link's token apart; of what is none of ours every part is empty. */
static struct link read_link(const char *token)
{
	const char *mark = strchr(token, '~');
	struct link link = { .secret = "" };

	if (!mark || (size_t)(mark - token) >= sizeof(link.id))
		return link;
	memcpy(link.id, token, (size_t)(mark - token));
	link.secret = mark + 1;
	return link;
}

/* The invitation that a token proves. */
static const struct mu_invite *prove(const struct mu_call *call, const char *token)
{
	const struct link link = read_link(token);
	const struct mu_invite *invite = call->ws ? mu_workspace_invite(call->ws, link.id) : NULL;

	return invite && mu_secret_fits(link.secret, invite->digest) ? invite : NULL;
}

/* Likewise, as a guess that counts; and whether the invitation is still open. */
static enum mu_err call_invite(struct mu_call *call, const char *token, const struct mu_invite **ret_invite)
{
	const struct mu_invite *invite = prove(call, token);
	const char *account = mu_arena_printf(call->arena, "invite/%s", read_link(token).id);
	enum mu_err err = account ? call->host->guess_begin(call, account) : MU_NO_MEMORY;

	if (err)
		return err;
	call->host->guess_end(call, account, invite);
	if (!invite)
		return mu_fail(call->fault, MU_NOT_FOUND,
			       "This link is not good: take the one of the newest mail, or ask for another");
	*ret_invite = invite;
	return mu_rule_invite_open(call->ws, invite, call->now_ms, call->fault);
}

struct show_params {
	char *workspace, *token;
};
static const struct mu_field show_fields[] = {
	MU_FIELD(struct show_params, workspace, MU_ID, MU_REQUIRED, .help = "Id of the workspace"),
	MU_FIELD(struct show_params, token, MU_STRING, MU_REQUIRED | MU_SECRET, .min = 1, .max = 128,
		 .help = "What the link ends in"),
};
static const struct mu_shape show_shape = MU_SHAPE(struct show_params, "INVITE_SHOW", show_fields);

static enum mu_err run_show(struct mu_call *call)
{
	const struct show_params *params = call->params;
	const struct mu_invite *invite = NULL;
	enum mu_err err = call_invite(call, params->token, &invite);

	if (err)
		return err;
	const struct mu_user *inviter = mu_workspace_user(call->ws, invite->invited_by);
	mu_buf_str(call->result, "{\"workspace\":{\"id\":");
	mu_json_string(call->result, call->ws->id);
	mu_buf_str(call->result, ",\"name\":");
	mu_json_string(call->result, call->ws->name);
	mu_buf_str(call->result, "},\"email\":");
	mu_json_string(call->result, invite->email);
	mu_buf_str(call->result, ",\"name\":");
	mu_json_string(call->result, invite->name);
	mu_buf_str(call->result, ",\"inviter\":");
	mu_json_string(call->result, inviter ? inviter->name : NULL);
	mu_buf_str(call->result, ",\"expires_at\":");
	mu_json_time(call->result, invite->expires_at_ms);
	mu_buf_char(call->result, '}');
	return MU_OK;
}

const struct mu_command cmd_invite_show = {
	.name = "invite.show",
	.route = "POST /v1/invites/show",
	.need = MU_PERM_NONE,
	.flags = MU_METHOD_PUBLIC | MU_COMMAND_DIRECT,
	.cost = 5,
	PARAMS(show_shape),
	.help = "What the link of an invitation is for.",
	.result = "{workspace:{id,name},email,name,inviter,expires_at}",
	.run = run_show,
};

struct accept_params {
	char *workspace, *token, *name, *password;
};
static const struct mu_field accept_fields[] = {
	MU_FIELD(struct accept_params, workspace, MU_ID, MU_REQUIRED, .help = "Id of the workspace"),
	MU_FIELD(struct accept_params, token, MU_STRING, MU_REQUIRED | MU_SECRET, .min = 1, .max = 128,
		 .help = "What the link ends in"),
	MU_FIELD(struct accept_params, name, MU_STRING, 0, .min = 1, .max = 80,
		 .help = "Your full name; left out: as in the invitation"),
	MU_FIELD(struct accept_params, password, MU_STRING, MU_REQUIRED | MU_SECRET, .max = 256,
		 .help = "Your password from now on; ten characters or more"),
};
static const struct mu_shape accept_shape = MU_SHAPE(struct accept_params, "INVITE_ACCEPT", accept_fields);

static enum mu_err prepare_accept(struct mu_call *call)
{
	const struct accept_params *params = call->params;
	const struct mu_invite *invite = NULL;
	enum mu_err err = call_invite(call, params->token, &invite);

	if (err)
		return err;
	if (!params->name && !invite->name)
		mu_fail_field(call->fault, "name", "is needed");
	err = mu_password_check("password", params->password, invite->email, call->fault);
	call->password = (struct mu_password_work){ .wanted = true, .hash_password = params->password };
	return err ? err : call->fault->err;
}

static enum mu_err emit_teams(struct mu_call *call, const struct mu_invite *invite, char *user)
{
	enum mu_err err = MU_OK;

	for (size_t i = 0; !err && i < invite->teams.n; i++) {
		const struct mu_team_member member = { .user = user, .team = invite->teams.v[i] };
		if (mu_workspace_team(call->ws, member.team)) /* it may be gone by now */
			err = mu_call_emit_record(call, &mu_team_member_added, &member);
	}
	return err;
}

/* The same events as for a user who was made directly, by who becomes one. */
static enum mu_err emit_user(struct mu_call *call, const struct mu_invite *invite, char *user)
{
	const struct accept_params *params = call->params;
	const struct mu_user_data data = { .given = UINT64_MAX,
					   .user = user,
					   .name = params->name ? params->name : invite->name,
					   .email = invite->email,
					   .roles = invite->roles,
					   .capacity = CAPACITY_DEFAULT };
	const struct mu_password_set password = { .user = user, .hash = call->password.hash };
	const struct mu_invite_accepted accepted = { .id = invite->id, .user = user };

	call->actor.json = mu_arena_printf(call->arena, "{\"user\":\"%s\"}", user);
	enum mu_err err = call->actor.json ? mu_call_emit_record(call, &mu_invite_accepted_type, &accepted)
					   : MU_NO_MEMORY;
	if (!err)
		err = mu_call_emit_record(call, &mu_user_created, &data);
	if (!err)
		err = mu_call_emit_record(call, &mu_user_password_set, &password);
	if (!err)
		err = emit_teams(call, invite, user);
	return err ? err : emit_seats(call, 1);
}

/* As signing in with the new password would. */
static enum mu_err sign_in(struct mu_call *call, const char *user)
{
	struct mu_identity identity = { .kind = MU_IDENTITY_USER, .by_password = true };

	snprintf(identity.subject, sizeof(identity.subject), "%s", user);
	call->subject = user;
	return sign_token(call, &identity, call->config->session_ttl_ms);
}

/* The password was worked on meanwhile: what was right then is looked at again. */
static enum mu_err run_accept(struct mu_call *call)
{
	const struct accept_params *params = call->params;
	const struct mu_invite *invite = prove(call, params->token);
	char id[MU_ID_TEXT];

	if (!invite)
		return mu_fail(call->fault, MU_GONE,
			       "This invitation was sent again meanwhile: take the link of the newest mail");
	mu_id_random("u-", id);
	char *user = mu_arena_strdup(call->arena, id);
	enum mu_err err = mu_rule_invite_open(call->ws, invite, call->now_ms, call->fault);
	if (!err)
		err = user ? sign_in(call, user) : MU_NO_MEMORY;
	return err ? err : emit_user(call, invite, user);
}

const struct mu_command cmd_invite_accept = {
	.name = "invite.accept",
	.route = "POST /v1/invites/accept",
	.need = MU_PERM_NONE,
	.flags = MU_METHOD_PUBLIC,
	.cost = 10,
	PARAMS(accept_shape),
	.help = "Accept an invitation: become a user, and be signed in.",
	.result = "{token,expires_at,user}",
	.prepare = prepare_accept,
	.run = run_accept,
	.reply = reply_login,
};
