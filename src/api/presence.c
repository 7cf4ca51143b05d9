/* Presence: choosing one's status, looking at others', and setting somebody else's.
 * Thread: hub. */
#include "commands.h"

struct set_params {
	char *status, *note;
	int64_t until;
};
static const struct mu_field set_fields[] = {
	MU_FIELD(struct set_params, status, MU_ID, MU_REQUIRED,
		 .help = "available, away, busy, offline or a status of the workspace"),
	MU_FIELD(struct set_params, note, MU_STRING, MU_NULLABLE, .max = 140, .help = "Shown beside it"),
	MU_FIELD(struct set_params, until, MU_TIME, MU_NULLABLE,
		 .help = "When you return to available by yourself"),
};
static const struct mu_shape set_shape = MU_SHAPE(struct set_params, "PRESENCE_SET", set_fields);

static void reply_presence(struct mu_call *call, struct mu_buf *out)
{
	call->host->write_presence(call, call->subject, out);
}

static enum mu_err choose(struct mu_call *call, const struct mu_presence_chosen *choice)
{
	enum mu_err err = mu_rule_choice(call->ws, choice->status, choice->until, call->now_ms, call->fault);

	call->subject = choice->user;
	return err ? err : mu_call_emit_record(call, &mu_presence_chosen_type, choice);
}

static enum mu_err run_set(struct mu_call *call)
{
	const struct set_params *params = call->params;
	const struct mu_presence_chosen chosen = { .user = (char *)mu_call_user(call),
						   .status = params->status,
						   .note = params->note,
						   .until = params->until,
						   .cause = MU_CAUSE_SELF };

	return chosen.user
		       ? choose(call, &chosen)
		       : mu_fail(call->fault, MU_FORBIDDEN, "Only people have a status: sign in as a user");
}

const struct mu_command cmd_presence_set = {
	.name = "presence.set",
	.route = "PUT /v1/me/presence",
	.need = MU_PERM_PRESENCE_SELF,
	.flags = MU_COMMAND_LATE,
	.cost = 1,
	PARAMS(set_shape),
	.help = "Choose your own status, in effect on all your devices.",
	.result = "PRESENCE",
	.run = run_set,
	.reply = reply_presence,
};

struct scope_params {
	char *scope;
};
static const struct mu_field scope_fields[] = {
	MU_FIELD(struct scope_params, scope, MU_JSON, 0, .max = 65536,
		 .help = "all, none, counts, {\"team\":…} or {\"users\":[…]}; left out: what this session "
			 "follows, or all"),
};
static const struct mu_shape scope_shape = MU_SHAPE(struct scope_params, "PRESENCE_SCOPE", scope_fields);

static json_t *scope_of(const struct mu_call *call)
{
	return call->raw ? json_object_get(call->raw, "scope") : NULL;
}

static enum mu_err run_get(struct mu_call *call)
{
	return call->host->presence(call, scope_of(call));
}

const struct mu_command cmd_presence_get = {
	.name = "presence.get",
	.route = "GET /v1/presence",
	.need = MU_PERM_NONE,
	.flags = MU_COMMAND_DIRECT,
	.cost = 3,
	PARAMS(scope_shape),
	.help = "Who is there now, as far as you may see.",
	.result = "{version,users:[PRESENCE]}",
	.run = run_get,
};

static enum mu_err run_watch(struct mu_call *call)
{
	return call->host->watch(call, scope_of(call));
}

const struct mu_command cmd_presence_watch = {
	.name = "presence.watch",
	.need = MU_PERM_NONE,
	.flags = MU_METHOD_SESSION | MU_COMMAND_DIRECT | MU_COMMAND_READS,
	.cost = 3,
	PARAMS(scope_shape),
	.help = "Follow other people's presence from now on.",
	.result = "{version,users:[PRESENCE]}",
	.run = run_watch,
};

struct force_params {
	char *user, *status, *reason;
};
static const struct mu_field force_fields[] = {
	MU_FIELD(struct force_params, user, MU_ID, MU_REQUIRED, .help = "Whose status"),
	MU_FIELD(struct force_params, status, MU_ID, MU_REQUIRED, .help = "The status they have from now on"),
	MU_FIELD(struct force_params, reason, MU_STRING, MU_REQUIRED, .min = 1, .max = 140,
		 .help = "Told to the person"),
};
static const struct mu_shape force_shape = MU_SHAPE(struct force_params, "PRESENCE_FORCE", force_fields);

static enum mu_err run_force(struct mu_call *call)
{
	const struct force_params *params = call->params;
	const struct mu_user *user = NULL;
	char *by = (char *)mu_call_user(call);
	const struct mu_presence_chosen chosen = { .user = params->user,
						   .status = params->status,
						   .cause = MU_CAUSE_SUPERVISOR,
						   .by = by,
						   .reason = params->reason };
	const struct mu_presence_forced forced = { .user = params->user,
						   .status = params->status,
						   .reason = params->reason,
						   .by = by,
						   .by_name = by ? call->actor.user->name : NULL };
	enum mu_err err = call_user(call, params->user, &user);

	if (!err && !user->active)
		err = mu_fail(call->fault, MU_CONFLICT, "%s is deactivated", user->id);
	if (!err)
		err = choose(call, &chosen);
	return err ? err : mu_call_emit_record(call, &mu_presence_forced_type, &forced);
}

const struct mu_command cmd_presence_force = {
	.name = "presence.force",
	.route = "PUT /v1/users/{user}/presence",
	.need = MU_PERM_PRESENCE_FORCE,
	.flags = MU_COMMAND_LATE,
	.cost = 2,
	PARAMS(force_shape),
	.help = "Set somebody else's status; they are told by whom and why.",
	.result = "PRESENCE",
	.run = run_force,
	.reply = reply_presence,
};
