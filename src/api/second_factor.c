/* The second factor: enrolling, confirming, giving up, new recovery codes, and taking somebody's away.
 *
 * To enrol one shows the password again, unless the sign-in by it is fresh; whoever has a second factor
 * already shows a code of it as well. So neither a page left open nor a stolen password alone can replace it.
 * Thread: hub. */
#include "commands.h"
#include "muster/auth/totp.h"
#include "muster/model/second_factor.h"

#define FRESH_MS INT64_C(600000) /* how long after signing in the password isn't asked again */

struct code_params {
	char *code;
};
#define CODE_FIELD(type, flags_, help_)                                                                      \
	MU_FIELD(type, code, MU_STRING, (flags_) | MU_SECRET, .min = 1, .max = 64, .help = (help_))

/* ---- codes ---- */

static enum mu_err use_step(struct mu_call *call, const struct mu_user *user, int64_t step)
{
	const struct mu_second_factor_used used = { .user = user->id, .step = step };

	return mu_call_emit_record(call, &mu_second_factor_used_type, &used);
}

static enum mu_err use_recovery(struct mu_call *call, const struct mu_user *user, char *digest)
{
	const struct mu_recovery_used used = { .user = user->id,
					       .digest = digest,
					       .left = (int64_t)user->factor.recovery.n - 1 };

	return mu_call_emit_record(call, &mu_recovery_used_type, &used);
}

enum mu_err use_code(struct mu_call *call, const struct mu_user *user, const char *code, bool *ret_right)
{
	const struct mu_second_factor *factor = &user->factor;
	int64_t step = mu_totp_match(factor->secret, code, call->now_ms, factor->last_step);
	char digest[MU_RECOVERY_DIGEST];

	*ret_right = true;
	if (step)
		return use_step(call, user, step);
	if (mu_recovery_digest(code, digest) && mu_strs_has(&factor->recovery, digest))
		return use_recovery(call, user, digest);
	*ret_right = false;
	return MU_OK;
}

/* As use_code with the brake on guessing, for who is signed in already: prepare has begun the attempt. */
static enum mu_err check_code(struct mu_call *call, const char *code)
{
	const char *account = own_account(call);
	bool right = false;
	enum mu_err err = account ? use_code(call, call->actor.user, code, &right) : MU_NO_MEMORY;

	if (err)
		return err;
	call->host->guess_end(call, account, right);
	return right ? MU_OK
		     : mu_fail_field(call->fault, "code",
				     "is not right, or was used already; wait for the next one");
}

static enum mu_err prepare_code(struct mu_call *call)
{
	enum mu_err err = need_user(call);
	const char *account = err ? NULL : own_account(call);

	if (!err && !call->actor.user->factor.secret)
		return mu_fail(call->fault, MU_CONFLICT, "You have no second factor");
	if (!err)
		err = account ? call->host->guess_begin(call, account) : MU_NO_MEMORY;
	return err;
}

/* Ten fresh recovery codes: shown this once, kept as digests. */
static enum mu_err make_recovery(struct mu_call *call, struct mu_strs *ret_digests)
{
	char code[MU_RECOVERY_TEXT], digest[MU_RECOVERY_DIGEST];
	AUTO_BUF struct mu_buf shown = { 0 };
	enum mu_err err = MU_OK;

	mu_buf_char(&shown, '[');
	for (int i = 0; !err && i < MU_RECOVERY_CODES; i++) {
		mu_recovery_make(code);
		mu_json_comma(&shown);
		mu_json_string(&shown, code);
		err = mu_recovery_digest(code, digest) ? mu_strs_add(call->arena, ret_digests, digest)
						       : MU_INTERNAL;
	}
	mu_buf_char(&shown, ']');
	if (!err)
		err = mu_buf_error(&shown);
	if (!err && !(call->secret = mu_arena_strdup(call->arena, mu_buf_text(&shown))))
		err = MU_NO_MEMORY;
	return err;
}

static void reply_recovery(struct mu_call *call, struct mu_buf *out)
{
	mu_buf_printf(out, "{\"recovery_codes\":%s}", call->secret);
}

/* ---- how it stands ---- */

static enum mu_err run_get(struct mu_call *call)
{
	return need_user(call);
}

static void reply_get(struct mu_call *call, struct mu_buf *out)
{
	const struct mu_second_factor *factor = &call->actor.user->factor;

	mu_buf_printf(out, "{\"enrolled\":%s,\"since\":", factor->secret ? "true" : "false");
	mu_json_time(out, factor->since_ms);
	mu_buf_printf(out, ",\"recovery_left\":%zu,\"required\":%s}", factor->recovery.n,
		      call->ws->require_2fa ? "true" : "false");
}

const struct mu_command cmd_totp_get = {
	.name = "totp.get",
	.route = "GET /v1/me/totp",
	.need = MU_PERM_NONE,
	.flags = MU_COMMAND_PERSONAL | MU_COMMAND_ENROLS,
	.cost = 1,
	.help = "Whether you have a second factor, and how many recovery codes are left.",
	.result = "{enrolled,since,recovery_left,required}",
	.run = run_get,
	.reply = reply_get,
};

/* ---- enrolling ---- */

struct enroll_params {
	char *password, *code;
};
static const struct mu_field enroll_fields[] = {
	MU_FIELD(struct enroll_params, password, MU_STRING, MU_SECRET, .min = 1, .max = 256,
		 .help = "Your password; not needed within ten minutes of signing in with it"),
	CODE_FIELD(struct enroll_params, 0, "A code of the second factor that you have, to replace it"),
};
static const struct mu_shape enroll_shape = MU_SHAPE(struct enroll_params, "TOTP_ENROLL", enroll_fields);

static bool signed_in_lately(const struct mu_call *call)
{
	return call->identity.by_password && call->now_ms - call->identity.issued_at_ms < FRESH_MS;
}

static enum mu_err check_enroll(struct mu_call *call)
{
	const struct enroll_params *params = call->params;
	enum mu_err err = need_user(call);

	if (err)
		return err;
	if (!call->actor.user->password)
		return mu_fail(
			call->fault, MU_FORBIDDEN,
			"You don't sign in with a password here: a second factor is up to where you do");
	if (!params->password && !signed_in_lately(call))
		return mu_fail_field(call->fault, "password", "is needed: you signed in a while ago");
	if (!params->code && call->actor.user->factor.secret)
		return mu_fail(call->fault, MU_SECOND_FACTOR,
			       "Give a code of the second factor that you have");
	return MU_OK;
}

static enum mu_err prepare_enroll(struct mu_call *call)
{
	const struct enroll_params *params = call->params;
	enum mu_err err = check_enroll(call);

	if (err || (!params->password && !params->code))
		return err;
	const char *account = own_account(call);
	err = account ? call->host->guess_begin(call, account) : MU_NO_MEMORY;
	if (err || !params->password)
		return err;
	call->password = (struct mu_password_work){ .wanted = true,
						    .verify_password = params->password,
						    .verify_hash = mu_arena_strdup(
							    call->arena, call->actor.user->password) };
	return MU_OK;
}

/* The password, if it was given, and then the code, if one is needed. */
static enum mu_err prove_again(struct mu_call *call)
{
	const struct enroll_params *params = call->params;
	const char *account = own_account(call);

	if (!account)
		return MU_NO_MEMORY;
	if (params->password && !password_right(call, call->actor.user)) {
		call->host->guess_end(call, account, false);
		return mu_fail_field(call->fault, "password", "is not your present password");
	}
	if (call->actor.user->factor.secret)
		return check_code(call, params->code);
	if (params->password || params->code)
		call->host->guess_end(call, account, true);
	return MU_OK;
}

static enum mu_err run_enroll(struct mu_call *call)
{
	char secret[MU_TOTP_SECRET_TEXT];
	enum mu_err err = check_enroll(call);

	if (!err)
		err = prove_again(call);
	if (!err)
		err = mu_totp_make(secret);
	if (err)
		return err;
	const struct mu_second_factor_pending pending = { .user = call->actor.user->id,
							  .secret = mu_arena_strdup(call->arena, secret) };
	call->secret = pending.secret;
	return pending.secret ? mu_call_emit_record(call, &mu_second_factor_pending_type, &pending)
			      : MU_NO_MEMORY;
}

static void reply_enroll(struct mu_call *call, struct mu_buf *out)
{
	AUTO_FREE char *uri = NULL;

	if (mu_totp_uri(call->secret, call->ws->name, call->actor.user->email, &uri)) {
		out->failed = true;
		return;
	}
	mu_buf_str(out, "{\"secret\":");
	mu_json_string(out, call->secret);
	mu_buf_str(out, ",\"uri\":");
	mu_json_string(out, uri);
	mu_buf_char(out, '}');
}

const struct mu_command cmd_totp_enroll = {
	.name = "totp.enroll",
	.route = "POST /v1/me/totp",
	.need = MU_PERM_NONE,
	.flags = MU_COMMAND_ENROLS,
	.cost = 10,
	PARAMS(enroll_shape),
	.help = "Get a secret for your authenticator app; it counts once you confirm it with a code.",
	.result = "{secret,uri}",
	.prepare = prepare_enroll,
	.run = run_enroll,
	.reply = reply_enroll,
};

static const struct mu_field confirm_fields[] = {
	CODE_FIELD(struct code_params, MU_REQUIRED, "What your app shows now"),
};
static const struct mu_shape confirm_shape = MU_SHAPE(struct code_params, "TOTP_CONFIRM", confirm_fields);

static enum mu_err check_pending(struct mu_call *call)
{
	const struct mu_second_factor *factor = &call->actor.user->factor;

	if (!factor->pending)
		return mu_fail(call->fault, MU_CONFLICT,
			       "There is nothing to confirm: begin with totp.enroll");
	if (call->now_ms - factor->pending_at_ms >= MU_SECOND_FACTOR_PENDING_MS)
		return mu_fail(call->fault, MU_GONE, "This took too long: begin anew with totp.enroll");
	return MU_OK;
}

static enum mu_err run_confirm(struct mu_call *call)
{
	const struct code_params *params = call->params;
	enum mu_err err = need_user(call);

	if (!err)
		err = check_pending(call);
	if (err)
		return err;
	const struct mu_user *user = call->actor.user;
	struct mu_second_factor_enrolled enrolled = { .user = user->id,
						      .secret = user->factor.pending,
						      .step = mu_totp_match(user->factor.pending,
									    params->code, call->now_ms, 0) };
	if (!enrolled.step)
		return mu_fail_field(call->fault, "code", "is not what the app should show; check its clock");
	err = make_recovery(call, &enrolled.recovery);
	return err ? err : mu_call_emit_record(call, &mu_second_factor_enrolled_type, &enrolled);
}

const struct mu_command cmd_totp_confirm = {
	.name = "totp.confirm",
	.route = "POST /v1/me/totp/confirm",
	.need = MU_PERM_NONE,
	.flags = MU_COMMAND_ENROLS,
	.cost = 5,
	PARAMS(confirm_shape),
	.help = "Prove that your app has the secret; the recovery codes are shown this once.",
	.result = "{recovery_codes}",
	.run = run_confirm,
	.reply = reply_recovery,
};

/* ---- afterwards ---- */

static const struct mu_field code_fields[] = {
	CODE_FIELD(struct code_params, MU_REQUIRED, "What your app shows now, or a recovery code"),
};
static const struct mu_shape code_shape = MU_SHAPE(struct code_params, "TOTP_CODE", code_fields);

static enum mu_err prepare_disable(struct mu_call *call)
{
	enum mu_err err = need_user(call);

	if (!err)
		err = mu_rule_second_factor_disable(call->ws, call->actor.user, call->fault);
	return err ? err : prepare_code(call);
}

static enum mu_err run_disable(struct mu_call *call)
{
	const struct code_params *params = call->params;
	const struct mu_second_factor_ended ended = { .user = call->actor.user->id };
	enum mu_err err = check_code(call, params->code);

	return err ? err : mu_call_emit_record(call, &mu_second_factor_disabled, &ended);
}

const struct mu_command cmd_totp_disable = {
	.name = "totp.disable",
	.route = "POST /v1/me/totp/disable",
	.need = MU_PERM_NONE,
	.cost = 5,
	PARAMS(code_shape),
	.help = "Give up your second factor, unless the workspace asks everybody for one.",
	.result = "{}",
	.prepare = prepare_disable,
	.run = run_disable,
};

static enum mu_err run_recovery(struct mu_call *call)
{
	const struct code_params *params = call->params;
	struct mu_recovery_made made = { .user = call->actor.user->id };
	enum mu_err err = check_code(call, params->code);

	if (!err)
		err = make_recovery(call, &made.recovery);
	return err ? err : mu_call_emit_record(call, &mu_recovery_made_type, &made);
}

const struct mu_command cmd_totp_recovery = {
	.name = "totp.recovery",
	.route = "POST /v1/me/totp/recovery",
	.need = MU_PERM_NONE,
	.cost = 5,
	PARAMS(code_shape),
	.help = "Get new recovery codes, shown this once; the old ones are void.",
	.result = "{recovery_codes}",
	.prepare = prepare_code,
	.run = run_recovery,
	.reply = reply_recovery,
};

static enum mu_err run_reset(struct mu_call *call)
{
	const struct user_params *params = call->params;
	const struct mu_second_factor_ended ended = { .user = params->user };
	const struct mu_user *user = NULL;
	enum mu_err err = call_user(call, params->user, &user);

	if (!err)
		err = mu_rule_second_factor_reset(call->actor.perms, mu_call_user(call), user, call->fault);
	return err ? err : mu_call_emit_record(call, &mu_second_factor_reset, &ended);
}

const struct mu_command cmd_totp_reset = {
	.name = "totp.reset",
	.route = "DELETE /v1/users/{user}/totp",
	.need = MU_PERM_SECURITY_MANAGE,
	.cost = 2,
	PARAMS(user_params_shape),
	.help = "Take away the second factor of somebody who has lost it, so that they can enrol anew.",
	.result = "{}",
	.run = run_reset,
};
