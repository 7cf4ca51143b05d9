/* Seeing the workspace as somebody else does, without touching anything.
 * Thread: hub. */
#include "commands.h"
#include "muster/model/view_as.h"

struct start_params {
	char *user, *role;
};
static const struct mu_field start_fields[] = {
	MU_FIELD(struct start_params, user, MU_ID, 0, .help = "As this person"),
	MU_FIELD(struct start_params, role, MU_ID, 0, .help = "Or as somebody who holds only this role"),
};
static const struct mu_shape start_shape = MU_SHAPE(struct start_params, "VIEW_AS_START", start_fields);

static enum mu_err stop(struct mu_call *call, const struct mu_viewing *viewing, enum mu_view_end reason)
{
	const struct mu_view_as_stopped stopped = mu_viewing_stopped(viewing, reason);

	return mu_call_emit_record(call, &mu_view_as_stopped_type, &stopped);
}

/* End all that a person has begun. */
static enum mu_err stop_all(struct mu_call *call, const char *by, enum mu_view_end reason)
{
	enum mu_err err = MU_OK;

	for (const struct mu_viewing *viewing = call->ws->viewings; !err && viewing;
	     viewing = viewing->hh.next)
		if (!strcmp(viewing->by, by))
			err = stop(call, viewing, reason);
	return err;
}

/* Not longer than what it was begun with. */
static int64_t life_ms(const struct mu_call *call)
{
	int64_t left_ms = call->identity.expires_at_ms - call->now_ms, ttl_ms = call->config->view_as_ttl_ms;

	return left_ms < ttl_ms ? left_ms : ttl_ms;
}

static enum mu_err emit_started(struct mu_call *call, struct mu_identity *identity)
{
	const struct start_params *params = call->params;
	const struct mu_view_as_started started = { .view = identity->subject,
						    .by = identity->viewer,
						    .user = params->user,
						    .role = params->role,
						    .expires_at = call->secret_expires_at_ms,
						    .token = call->identity.token_id,
						    .kid = *call->identity.kid ? call->identity.kid : NULL,
						    .issued_at = call->identity.issued_at_ms,
						    .by_password = call->identity.by_password };

	return mu_call_emit_record(call, &mu_view_as_started_type, &started);
}

static enum mu_err run_start(struct mu_call *call)
{
	const struct start_params *params = call->params;
	struct mu_identity identity = { .kind = MU_IDENTITY_VIEW };
	enum mu_err err = need_user(call);

	if (!err)
		err = mu_rule_view_as(call->ws, call->actor.user, params->user, params->role, call->fault);
	if (!err)
		err = stop_all(call, call->actor.user->id, MU_VIEW_REPLACED);
	if (err)
		return err;
	char id[MU_ID_TEXT];
	mu_id_random("v-", id);
	snprintf(identity.subject, sizeof(identity.subject), "%s", id);
	snprintf(identity.viewer, sizeof(identity.viewer), "%s", call->actor.user->id);
	err = sign_token(call, &identity, life_ms(call));
	return err ? err : emit_started(call, &identity);
}

const struct mu_command cmd_view_as_start = {
	.name = "view_as.start",
	.route = "POST /v1/view-as",
	.need = MU_PERM_IMPERSONATE,
	.cost = 3,
	PARAMS(start_shape),
	.help = "Get a token that sees the workspace as a person or role does, and can change nothing.",
	.result = "{token,expires_at}",
	.run = run_start,
	.reply = reply_token,
};

static enum mu_err run_stop(struct mu_call *call)
{
	const struct mu_viewing *viewing = call->actor.viewing;
	enum mu_err err = viewing ? MU_OK : need_user(call);

	if (err)
		return err;
	return viewing ? stop(call, viewing, MU_VIEW_STOPPED)
		       : stop_all(call, call->actor.user->id, MU_VIEW_STOPPED);
}

const struct mu_command cmd_view_as_stop = {
	.name = "view_as.stop",
	.route = "DELETE /v1/view-as",
	.need = MU_PERM_NONE,
	.flags = MU_COMMAND_ENDS_VIEW,
	.cost = 2,
	.help = "Stop viewing as somebody else.",
	.result = "{}",
	.run = run_stop,
};
