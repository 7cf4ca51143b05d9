/* Signing in with email and password, signing out, changing a password, and tokens for the operator.
 * Thread: hub. */
#include "commands.h"
#include "muster/auth/token.h"
#include "muster/model/second_factor.h"

struct login_params {
	char *workspace, *email, *password, *code;
};
static const struct mu_field login_fields[] = {
	MU_FIELD(struct login_params, workspace, MU_ID, MU_REQUIRED, .help = "Id of the workspace"),
	MU_FIELD(struct login_params, email, MU_STRING, MU_REQUIRED, .min = 1, .max = 254,
		 .help = "Your address"),
	MU_FIELD(struct login_params, password, MU_STRING, MU_REQUIRED | MU_SECRET, .min = 1, .max = 256,
		 .help = "Your password"),
	MU_FIELD(struct login_params, code, MU_STRING, MU_SECRET, .min = 1, .max = 64,
		 .help = "What your authenticator app shows, or a recovery code"),
};
static const struct mu_shape login_shape = MU_SHAPE(struct login_params, "LOGIN", login_fields);

/* The account in the brake on guessing; unknown ones count alike. NULL when memory is out. Changing a
 * password counts apart, so that strangers can't keep anybody from that. */
static char *login_account(struct mu_call *call)
{
	const struct login_params *params = call->params;
	AUTO_FREE char *email = mu_email_key(params->email);

	return email ? mu_arena_printf(call->arena, "login/%s", email) : NULL;
}

static const struct mu_user *login_user(const struct mu_call *call)
{
	const struct login_params *params = call->params;

	return call->ws ? mu_workspace_user_by_email(call->ws, params->email) : NULL;
}

static enum mu_err prepare_login(struct mu_call *call)
{
	const struct login_params *params = call->params;
	const struct mu_user *user = login_user(call);
	const char *account = login_account(call);
	enum mu_err err = account ? call->host->guess_begin(call, account) : MU_NO_MEMORY;

	if (err == MU_RATE_LIMITED)
		call->host->login_failed(call, user ? user->id : NULL, params->email);
	if (err)
		return err;
	call->password = (struct mu_password_work){
		.wanted = true,
		.verify_password = params->password,
		.verify_hash = mu_arena_strdup(call->arena, user && user->active ? user->password : NULL)
	};
	return MU_OK;
}

enum mu_err sign_token(struct mu_call *call, struct mu_identity *identity, int64_t ttl_ms)
{
	const struct mu_key *key = mu_workspace_key(call->ws, MU_OWN_KEY);
	uint8_t secret[MU_HS256_MAX_BYTES];
	AUTO_FREE char *token = NULL;
	size_t bytes = 0;

	if (!key || !mu_base64url_decode(key->secret, secret, sizeof(secret), &bytes))
		return mu_fail(call->fault, MU_INTERNAL,
			       "The workspace has lost the key that signs its own tokens");
	identity->issued_at_ms = call->now_ms;
	identity->expires_at_ms = call->now_ms + ttl_ms;
	snprintf(identity->workspace, sizeof(identity->workspace), "%s", call->ws->id);
	mu_id_random("t-", identity->token_id);
	call->secret_expires_at_ms = identity->expires_at_ms / 1000 * 1000;
	enum mu_err err = mu_token_sign(identity, key->id, MU_ALG_HS256, secret, bytes, &token);
	if (err)
		return err;
	call->secret = mu_arena_strdup(call->arena, token);
	return call->secret ? MU_OK : MU_NO_MEMORY;
}

/* {"token":…,"expires_at":… and no closing brace: signing in tells more. */
static void write_token(struct mu_call *call, struct mu_buf *out)
{
	mu_buf_str(out, "{\"token\":");
	mu_json_string(out, call->secret);
	mu_buf_str(out, ",\"expires_at\":");
	mu_json_time(out, call->secret_expires_at_ms);
}

void reply_token(struct mu_call *call, struct mu_buf *out)
{
	write_token(call, out);
	mu_buf_char(out, '}');
}

/* Whether the caller gave a user's password. It was checked against the hash of then, which must still be
 * theirs. */
bool password_right(const struct mu_call *call, const struct mu_user *user)
{
	return call->password.verified && user && user->active && user->password &&
	       !strcmp(user->password, call->password.verify_hash);
}

/* That they signed in is their own doing, though they weren't known when they asked. */
static enum mu_err emit_login(struct mu_call *call, const struct mu_user *user)
{
	const struct mu_login data = { .user = user->id };
	const char *actor = mu_arena_printf(call->arena, "{\"user\":\"%s\"}", user->id);
	enum mu_err err = actor ? mu_call_emit_record(call, &mu_login_type, &data) : MU_NO_MEMORY;

	if (err)
		return err;
	call->events_last->actor = actor;
	call->events_last->by = user->id;
	return MU_OK;
}

/* Whether the code that came along counts, for a user who has a second factor. */
static enum mu_err check_second_factor(struct mu_call *call, const struct mu_user *user, bool *ret_right)
{
	const struct login_params *params = call->params;

	if (!user->factor.secret)
		return MU_OK;
	if (!params->code)
		return mu_fail(call->fault, MU_SECOND_FACTOR, "Give a code of your second factor too");
	/* They have proved who they are, so the log may name them. */
	call->actor.user = user;
	call->actor.json = mu_arena_printf(call->arena, "{\"user\":\"%s\"}", user->id);
	return call->actor.json ? use_code(call, user, params->code, ret_right) : MU_NO_MEMORY;
}

static enum mu_err refuse_password(struct mu_call *call)
{
	return mu_fail(call->fault, MU_UNAUTHENTICATED, "Workspace, email and password don't fit together");
}

static enum mu_err refuse_code(struct mu_call *call)
{
	mu_fail_field(call->fault, "code", "is not right, or was used already; wait for the next one");
	return mu_fail(call->fault, MU_UNAUTHENTICATED, "The code is not right");
}

/* `user` is whom the address names, or NULL. */
static enum mu_err check_login(struct mu_call *call, const struct mu_user *user)
{
	const struct login_params *params = call->params;
	const char *account = login_account(call), *id = NULL;
	bool known = false, right = false;
	enum mu_err err = MU_OK;

	if (!account)
		return MU_NO_MEMORY;
	if (user) {
		id = user->id;
		known = right = password_right(call, user);
	}
	if (user && known)
		err = check_second_factor(call, user, &right);
	call->host->guess_end(call, account, right); /* a missing code is no guess */
	if (err || right)
		return err;
	call->host->login_failed(call, id, params->email);
	return known ? refuse_code(call) : refuse_password(call);
}

static enum mu_err run_login(struct mu_call *call)
{
	const struct mu_user *user = login_user(call);
	struct mu_identity identity = { .kind = MU_IDENTITY_USER, .by_password = true };
	enum mu_err err = check_login(call, user);

	if (!err)
		err = emit_login(call, user);
	if (err)
		return err;
	snprintf(identity.subject, sizeof(identity.subject), "%s", user->id);
	call->subject = user->id;
	return sign_token(call, &identity, call->config->session_ttl_ms);
}

void reply_login(struct mu_call *call, struct mu_buf *out)
{
	const struct mu_user *user = mu_workspace_user(call->ws, call->subject);

	write_token(call, out);
	mu_buf_str(out, ",\"user\":");
	mu_write_user(call->ws, user, NULL, out);
	if (mu_must_enroll(call->ws, user, true))
		mu_buf_str(out, ",\"must_enroll\":true");
	mu_buf_char(out, '}');
}

const struct mu_command cmd_auth_login = {
	.name = "auth.login",
	.route = "POST /v1/login",
	.need = MU_PERM_NONE,
	.flags = MU_METHOD_PUBLIC,
	.cost = 10,
	PARAMS(login_shape),
	.help = "Sign in with email, password and the code of a second factor, if you have one.",
	.result = "{token,expires_at,user,must_enroll?}",
	.prepare = prepare_login,
	.run = run_login,
	.reply = reply_login,
};

enum mu_err need_user(struct mu_call *call)
{
	return call->actor.user ? MU_OK
				: mu_fail(call->fault, MU_FORBIDDEN, "This is for people: sign in as a user");
}

static enum mu_err run_logout(struct mu_call *call)
{
	struct mu_session_revoked data = { .user = (char *)mu_call_user(call),
					   .token = call->identity.token_id,
					   .expires_at = call->identity.expires_at_ms };
	enum mu_err err = need_user(call);

	return err ? err : mu_call_emit_record(call, &mu_session_revoked_type, &data);
}

const struct mu_command cmd_auth_logout = {
	.name = "auth.logout",
	.route = "POST /v1/logout",
	.need = MU_PERM_NONE,
	.flags = MU_COMMAND_ENROLS,
	.cost = 2,
	.help = "Sign out: the token that you came with ends, and every session that was opened with it.",
	.result = "{}",
	.run = run_logout,
};

struct password_params {
	char *old_password, *new_password;
};
static const struct mu_field password_fields[] = {
	{ .name = "old",
	  .kind = MU_STRING,
	  .flags = MU_REQUIRED | MU_SECRET,
	  .offset = offsetof(struct password_params, old_password),
	  .max = 256,
	  .help = "The present password" },
	{ .name = "new",
	  .kind = MU_STRING,
	  .flags = MU_REQUIRED | MU_SECRET,
	  .offset = offsetof(struct password_params, new_password),
	  .max = 256,
	  .help = "The next one: ten characters or more" },
};
static const struct mu_shape password_shape =
	MU_SHAPE(struct password_params, "PASSWORD_CHANGE", password_fields);

char *own_account(struct mu_call *call)
{
	return mu_arena_printf(call->arena, "change/%s", call->actor.user->id);
}

static enum mu_err prepare_password(struct mu_call *call)
{
	const struct password_params *params = call->params;
	enum mu_err err = need_user(call);

	if (err)
		return err;
	const char *account = own_account(call);
	err = account ? mu_password_check("new", params->new_password, call->actor.user->email, call->fault)
		      : MU_NO_MEMORY;
	if (!err)
		err = call->host->guess_begin(call, account);
	if (err)
		return err;
	call->password = (struct mu_password_work){ .wanted = true,
						    .verify_password = params->old_password,
						    .hash_password = params->new_password,
						    .verify_hash = mu_arena_strdup(
							    call->arena, call->actor.user->password) };
	return MU_OK;
}

static enum mu_err run_password(struct mu_call *call)
{
	const struct mu_user *user = call->actor.user;
	const struct mu_password_set data = { .user = user->id, .hash = call->password.hash };
	const bool right = password_right(call, user);
	const char *account = own_account(call);

	if (!account)
		return MU_NO_MEMORY;
	call->host->guess_end(call, account, right);
	if (!right)
		return mu_fail_field(call->fault, "old", "is not your present password");
	return mu_call_emit_record(call, &mu_user_password_set, &data);
}

const struct mu_command cmd_auth_password = {
	.name = "auth.password",
	.route = "PUT /v1/me/password",
	.need = MU_PERM_NONE,
	.cost = 10,
	PARAMS(password_shape),
	.help = "Change your own password.",
	.result = "{}",
	.prepare = prepare_password,
	.run = run_password,
};

struct token_params {
	char *user;
	int64_t ttl_ms;
};
static const struct mu_field token_fields[] = {
	MU_FIELD(struct token_params, user, MU_ID, MU_REQUIRED, .help = "Whose token"),
	MU_FIELD(struct token_params, ttl_ms, MU_INT, 0, .min = 1000, .max = -1,
		 .help = "How long it lasts (default one hour, at most 24 hours)"),
};
static const struct mu_shape token_shape = MU_SHAPE(struct token_params, "TOKEN_CREATE", token_fields);

#define TOKEN_MAX_MS INT64_C(86400000)

static enum mu_err run_token(struct mu_call *call)
{
	const struct token_params *params = call->params;
	struct mu_identity identity = { .kind = MU_IDENTITY_USER };
	const struct mu_user *user = NULL;
	enum mu_err err = call_user(call, params->user, &user);

	if (!err && !user->active)
		err = mu_fail(call->fault, MU_CONFLICT, "%s is deactivated", user->id);
	if (!err && params->ttl_ms > TOKEN_MAX_MS)
		err = mu_fail_field(call->fault, "ttl_ms", "must be at most 24 hours");
	if (err)
		return err;
	snprintf(identity.subject, sizeof(identity.subject), "%s", user->id);
	return sign_token(call, &identity, params->ttl_ms ? params->ttl_ms : INT64_C(3600000));
}

const struct mu_command cmd_token_create = {
	.name = "token.create",
	.need = MU_PERM_NONE,
	.flags = MU_METHOD_OPERATOR,
	.cost = 1,
	PARAMS(token_shape),
	.help = "A token for a user, signed with the workspace's own key.",
	.result = "{token,expires_at}",
	.run = run_token,
	.reply = reply_token,
};
