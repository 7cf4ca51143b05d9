/* Sessions: opening, keeping, listing and ending them, and connection tickets.
 * Thread: hub. */
#include "commands.h"

struct device_params {
	char *id, *name;
	int kind;
};
static const struct mu_field device_fields[] = {
	MU_FIELD(struct device_params, id, MU_ID, 0,
		 .help = "The device's own lasting id; one is made when it has none"),
	MU_FIELD(struct device_params, kind, MU_ENUM, 0, .names = mu_device_kind_names,
		 .help = "What it is (default web)"),
	MU_FIELD(struct device_params, name, MU_STRING, 0, .max = 80, .help = "What the person calls it"),
};
static const struct mu_shape device_shape = MU_SHAPE(struct device_params, "DEVICE", device_fields);

struct resume_params {
	char *cursor;
};
static const struct mu_field resume_fields[] = {
	MU_FIELD(struct resume_params, cursor, MU_STRING, MU_REQUIRED, .max = 128,
		 .help = "From an earlier result or event"),
};
static const struct mu_shape resume_shape = MU_SHAPE(struct resume_params, "RESUME", resume_fields);

struct watch_params {
	char *presence;
};
static const struct mu_field watch_fields[] = {
	MU_FIELD(struct watch_params, presence, MU_JSON, 0, .max = 65536,
		 .help = "all, none, counts, {team} or {users}"),
};
static const struct mu_shape watch_shape = MU_SHAPE(struct watch_params, "WATCH", watch_fields);

struct open_params {
	char *token;
	struct device_params *device;
	struct resume_params *resume;
	struct watch_params *watch;
};
static const struct mu_field open_fields[] = {
	MU_FIELD(struct open_params, token, MU_STRING, MU_SECRET, .max = 4096,
		 .help = "JWT, session token, ticket or API key; not needed if the handshake had one"),
	MU_FIELD(struct open_params, device, MU_RECORD, 0, .shape = &device_shape, .help = "What connects"),
	MU_FIELD(struct open_params, resume, MU_RECORD, 0, .shape = &resume_shape, .help = "Where to go on"),
	MU_FIELD(struct open_params, watch, MU_RECORD, 0, .shape = &watch_shape,
		 .help = "Whose presence to follow"),
};
static const struct mu_shape open_shape = MU_SHAPE(struct open_params, "SESSION_OPEN", open_fields);

static enum mu_err run_open(struct mu_call *call)
{
	return call->host->open(call);
}

const struct mu_command cmd_session_open = {
	.name = "session.open",
	.need = MU_PERM_NONE,
	.cost = 1,
	.flags = MU_METHOD_TOKEN | MU_METHOD_SESSION | MU_METHOD_OPENS | MU_COMMAND_DIRECT |
		 MU_COMMAND_READS | MU_COMMAND_ENROLS,
	PARAMS(open_shape),
	.help = "Prove who you are and begin to receive events.",
	.result = "SESSION",
	.run = run_open,
};

static enum mu_err run_close(struct mu_call *call)
{
	return call->host->close(call);
}

const struct mu_command cmd_session_close = {
	.name = "session.close",
	.need = MU_PERM_NONE,
	.flags = MU_METHOD_SESSION | MU_COMMAND_DIRECT | MU_COMMAND_READS | MU_COMMAND_ENROLS,
	.cost = 1,
	.help = "Leave at once, without the grace that a reload gets.",
	.result = "{}",
	.run = run_close,
};

struct refresh_params {
	char *token;
};
static const struct mu_field refresh_fields[] = {
	MU_FIELD(struct refresh_params, token, MU_STRING, MU_REQUIRED | MU_SECRET, .max = 4096,
		 .help = "A newer token of the same user"),
};
static const struct mu_shape refresh_shape =
	MU_SHAPE(struct refresh_params, "SESSION_REFRESH", refresh_fields);

static enum mu_err run_refresh(struct mu_call *call)
{
	return call->host->refresh(call);
}

const struct mu_command cmd_session_refresh = {
	.name = "session.refresh",
	.need = MU_PERM_NONE,
	.flags = MU_METHOD_TOKEN | MU_METHOD_SESSION | MU_COMMAND_DIRECT | MU_COMMAND_ENROLS,
	.cost = 1,
	PARAMS(refresh_shape),
	.help = "Go on with a newer token, without a reconnect.",
	.result = "{expires_at}",
	.run = run_refresh,
};

struct activity_params {
	int state;
};
static const struct mu_field activity_fields[] = {
	MU_FIELD(struct activity_params, state, MU_ENUM, MU_REQUIRED, .names = mu_activity_names,
		 .help = "How this device is used"),
};
static const struct mu_shape activity_shape =
	MU_SHAPE(struct activity_params, "SESSION_ACTIVITY", activity_fields);

static enum mu_err run_activity(struct mu_call *call)
{
	const struct activity_params *params = call->params;

	return call->host->activity(call, (enum mu_activity)params->state);
}

const struct mu_command cmd_session_activity = {
	.name = "session.activity",
	.need = MU_PERM_NONE,
	.flags = MU_METHOD_SESSION | MU_COMMAND_DIRECT,
	.cost = 1,
	PARAMS(activity_shape),
	.help = "Say that this device is active, idle or in the background.",
	.result = "{}",
	.run = run_activity,
};

/* One's own sessions, or with sessions.revoke anybody's. */
struct sessions_params {
	char *user, *session;
};
static const struct mu_field list_fields[] = {
	MU_FIELD(struct sessions_params, user, MU_ID, 0, .help = "Whose; left out: your own"),
};
static const struct mu_shape list_shape = MU_SHAPE(struct sessions_params, "SESSION_LIST", list_fields);

static enum mu_err sessions_of(struct mu_call *call, const char *given, const char **ret_user)
{
	const char *self = mu_call_user(call), *id = given ? given : self;
	const struct mu_user *user = NULL;

	if (!id)
		return mu_fail_field(call->fault, "user", "is needed");
	if ((!self || strcmp(id, self)) && !mu_call_may(call, MU_PERM_SESSIONS_REVOKE))
		return mu_fail(call->fault, MU_FORBIDDEN,
			       "You need the permission sessions.revoke for other people's sessions");
	enum mu_err err = call_user(call, id, &user);
	if (!err)
		*ret_user = user->id;
	return err;
}

static enum mu_err run_list(struct mu_call *call)
{
	const struct sessions_params *params = call->params;
	const char *user = NULL;
	enum mu_err err = sessions_of(call, params->user, &user);

	return err ? err : call->host->list_sessions(call, user);
}

const struct mu_command cmd_session_list = {
	.name = "session.list",
	.route = "GET /v1/users/{user}/sessions",
	.need = MU_PERM_NONE,
	.flags = MU_COMMAND_DIRECT | MU_COMMAND_PERSONAL,
	.cost = 1,
	PARAMS(list_shape),
	.help = "Devices that are signed in now.",
	.result = "{items:[SESSION_INFO],next}",
	.run = run_list,
};

static const struct mu_field revoke_fields[] = {
	MU_FIELD(struct sessions_params, user, MU_ID, 0, .help = "Whose; left out: your own"),
	MU_FIELD(struct sessions_params, session, MU_ID, 0,
		 .help = "One session and its token; left out: all, and every token issued so far"),
};
static const struct mu_shape revoke_shape = MU_SHAPE(struct sessions_params, "SESSION_REVOKE", revoke_fields);

static enum mu_err run_revoke(struct mu_call *call)
{
	const struct sessions_params *params = call->params;
	struct mu_session_revoked data = { .session = params->session };
	const char *user = NULL, *token = NULL;
	enum mu_err err = sessions_of(call, params->user, &user);

	if (err)
		return err;
	size_t n = call->host->find_sessions(call, user, params->session, &token, &data.expires_at);
	if (params->session && !n)
		return mu_fail(call->fault, MU_NOT_FOUND, "There is no such session");
	data.user = mu_arena_strdup(call->arena, user);
	data.token = mu_arena_strdup(call->arena, token);
	if (!params->session)
		data.before = call->now_ms;
	call->subject = mu_arena_printf(call->arena, "%zu", n);
	if (!data.user || !call->subject || (token && !data.token))
		return MU_NO_MEMORY;
	return mu_call_emit_record(call, &mu_session_revoked_type, &data);
}

static void reply_revoke(struct mu_call *call, struct mu_buf *out)
{
	mu_buf_printf(out, "{\"revoked\":%s}", call->subject);
}

const struct mu_command cmd_session_revoke = {
	.name = "session.revoke",
	.route = "DELETE /v1/users/{user}/sessions[/{session}]",
	.need = MU_PERM_NONE,
	.cost = 2,
	PARAMS(revoke_shape),
	.help = "Sign out one session or all of a person's; their tokens end.",
	.result = "{revoked}",
	.run = run_revoke,
	.reply = reply_revoke,
};

static enum mu_err run_ticket(struct mu_call *call)
{
	char *ticket = NULL;
	int64_t expires_at_ms = 0;
	enum mu_err err;

	if (!call->actor.user)
		return mu_fail(call->fault, MU_FORBIDDEN, "Tickets are for people: sign in as a user");
	err = call->host->make_ticket(call, &ticket, &expires_at_ms);
	if (err)
		return err;
	mu_buf_str(call->result, "{\"ticket\":");
	mu_json_string(call->result, ticket);
	mu_buf_str(call->result, ",\"expires_at\":");
	mu_json_time(call->result, expires_at_ms);
	mu_buf_char(call->result, '}');
	free(ticket);
	return MU_OK;
}

const struct mu_command cmd_ticket_create = {
	.name = "ticket.create",
	.route = "POST /v1/tickets",
	.need = MU_PERM_NONE,
	.flags = MU_COMMAND_DIRECT,
	.cost = 2,
	.help = "A single-use word that opens one session, for pages that must not hold a token.",
	.result = "{ticket,expires_at}",
	.run = run_ticket,
};
