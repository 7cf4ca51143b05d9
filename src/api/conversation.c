/* Conversations: what the platform tells of them, looking at them, and what their commands share.
 * Who doesn't see a conversation hears of it what is heard of one that isn't there.
 * Thread: hub. */
#include "conversation.h"

#include <stdarg.h>

static const struct mu_field id_fields[] = { CONVERSATION_ID_FIELD };
const struct mu_shape conversation_id_shape =
	MU_SHAPE(struct conversation_params, "CONVERSATION_ID", id_fields);

static const struct mu_field version_fields[] = {
	CONVERSATION_ID_FIELD,
	IF_VERSION_FIELD(struct conversation_params),
};
const struct mu_shape conversation_version_shape =
	MU_SHAPE(struct conversation_params, "CONVERSATION_VERSION", version_fields);

/* ---- shared ---- */

bool sees_conversation(const struct mu_call *call, const struct mu_conversation *conversation)
{
	return call->actor.kind == MU_IDENTITY_OPERATOR ||
	       (call->actor.perms &&
		mu_conversation_visible(call->ws, conversation, call->actor.user, call->actor.perms));
}

enum mu_err refuse_conversation(struct mu_call *call, const struct mu_conversation *at, const char *format,
				...)
{
	AUTO_BUF struct mu_buf present = { 0 };
	char text[160];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	mu_codec_write(&mu_conversation_shape, &at->record, MU_FORM_FULL, &present);
	call->outcome = mu_buf_error(&present) ? NULL : mu_arena_strdup(call->arena, mu_buf_text(&present));
	return call->outcome ? mu_fail(call->fault, MU_CONFLICT, "%s", text) : MU_NO_MEMORY;
}

enum mu_err find_conversation(struct mu_call *call, const char *id, int64_t if_version,
			      const struct mu_conversation **ret_conversation)
{
	const struct mu_conversation *conversation = mu_workspace_conversation(call->ws, id);

	call->subject = id;
	if (!conversation || !sees_conversation(call, conversation))
		return mu_fail(call->fault, MU_NOT_FOUND, "There is no such conversation");
	if (if_version && if_version != conversation->record.version)
		return refuse_conversation(call, conversation,
					   "It has changed meanwhile: its version is %lld",
					   (long long)conversation->record.version);
	*ret_conversation = conversation;
	return MU_OK;
}

enum mu_err check_room(struct mu_call *call, const struct mu_conversation *conversation,
		       const struct mu_conversation_record *record, const struct mu_user *user, bool force)
{
	if (force && mu_call_may(call, MU_PERM_CAPACITY_MANAGE))
		return MU_OK;
	enum mu_err err = mu_rule_conversation_room(call->ws, record, user, call->fault);
	return err == MU_CONFLICT ? refuse_conversation(call, conversation, "%s", mu_fault_text(call->fault))
				  : err;
}

enum mu_err emit_move(struct mu_call *call, enum mu_err err, const struct mu_move *move,
		      struct mu_conversation_record *at)
{
	if (err || !move->type)
		return err;
	if (at)
		*at = *move->data.record;
	return mu_call_emit_record(call, move->type, &move->data);
}

enum mu_err reopen_conversation(struct mu_call *call, struct mu_conversation_record *at)
{
	struct mu_move move = { 0 };
	enum mu_err err = mu_move_reopen(at, mu_routing_keeps(call->ws, at), mu_call_user(call), call->now_ms,
					 call->arena, &move);

	return emit_move(call, err, &move, at);
}

void reply_conversation(struct mu_call *call, struct mu_buf *out)
{
	mu_codec_write(&mu_conversation_shape, &mu_workspace_conversation(call->ws, call->subject)->record,
		       MU_FORM_FULL, out);
}

/* ---- put ---- */

struct put_params {
	uint64_t given;
	char *id, *team, *channel, *subject;
	int priority, status;
	struct mu_strs labels;
	int64_t if_version;
};
enum { PUT_ID, PUT_TEAM, PUT_CHANNEL, PUT_SUBJECT, PUT_PRIORITY, PUT_LABELS, PUT_STATUS };
static const struct mu_field put_fields[] = {
	MU_FIELD(struct put_params, id, MU_ID, MU_REQUIRED, .help = "Your own id of the conversation"),
	MU_FIELD(struct put_params, team, MU_ID, MU_NULLABLE, .help = "Team whose it is; null: nobody's"),
	MU_FIELD(struct put_params, channel, MU_ID, MU_NULLABLE,
		 .help = "Where it came in, such as email; channels may weigh more than 1"),
	MU_FIELD(struct put_params, subject, MU_STRING, MU_NULLABLE, .max = 200, .help = "What people read"),
	MU_FIELD(struct put_params, priority, MU_ENUM, 0, .names = mu_priority_names,
		 .help = "Urgent ones are given out first (default normal)"),
	MU_FIELD(struct put_params, labels, MU_STRINGS, 0, .max = 32, .help = "All labels of it"),
	MU_FIELD(struct put_params, status, MU_ENUM, 0, .names = mu_conversation_status_names,
		 .help = "Opens, parks or ends it (default open)"),
	IF_VERSION_FIELD(struct put_params),
};
static const struct mu_shape put_shape =
	MU_SHAPE(struct put_params, "CONVERSATION_PUT", put_fields, .tracks_given = true);

/* A record with what is given put in; team and status are moves of their own. */
static void put_tags(const struct put_params *params, struct mu_conversation_record *record)
{
	if (mu_given(params->given, PUT_CHANNEL))
		record->channel = params->channel;
	if (mu_given(params->given, PUT_SUBJECT))
		record->subject = params->subject;
	if (mu_given(params->given, PUT_PRIORITY))
		record->priority = params->priority;
	if (mu_given(params->given, PUT_LABELS))
		record->labels = params->labels;
}

static enum mu_err put_new(struct mu_call *call, const struct put_params *params)
{
	struct mu_conversation_record record = { .id = params->id,
						 .team = params->team,
						 .priority = MU_PRIORITY_NORMAL,
						 .status = params->status };
	struct mu_move move = { 0 };

	call->subject = params->id;
	if (params->if_version)
		return mu_fail(call->fault, MU_NOT_FOUND, "There is no such conversation");
	put_tags(params, &record);
	enum mu_err err = mu_move_create(&record, mu_call_user(call), call->now_ms, call->arena, &move);
	return emit_move(call, err, &move, NULL);
}

/* What was resolved is opened before it is parked; so is what is snoozed before it waits for the customer,
 * for then its assignee needs room for it again. */
static bool opens_first(int from, int to)
{
	return to == MU_CONVERSATION_OPEN ||
	       (from == MU_CONVERSATION_RESOLVED && to != MU_CONVERSATION_RESOLVED) ||
	       (from == MU_CONVERSATION_SNOOZED && to == MU_CONVERSATION_PENDING);
}

enum mu_err set_conversation_status(struct mu_call *call, int status, struct mu_conversation_record *at)
{
	const char *by = mu_call_user(call);
	struct mu_move move = { 0 };
	enum mu_err err = MU_OK;

	if (opens_first(at->status, status))
		err = reopen_conversation(call, at);
	if (err)
		return err;
	if (status == MU_CONVERSATION_PENDING)
		err = mu_move_pend(at, by, call->now_ms, call->arena, &move);
	if (status == MU_CONVERSATION_SNOOZED && at->status != MU_CONVERSATION_SNOOZED)
		err = mu_move_snooze(at, 0, by, call->now_ms, call->arena, &move);
	if (status == MU_CONVERSATION_RESOLVED)
		err = mu_move_resolve(at, by, call->now_ms, call->arena, &move);
	return emit_move(call, err, &move, at);
}

static enum mu_err put_again(struct mu_call *call, const struct put_params *params)
{
	const struct mu_conversation *conversation = NULL;
	struct mu_conversation_record at, wanted;
	struct mu_move move = { 0 }, retag = { 0 };
	enum mu_err err = find_conversation(call, params->id, params->if_version, &conversation);

	if (err)
		return err;
	at = conversation->record;
	if (mu_given(params->given, PUT_STATUS))
		err = set_conversation_status(call, params->status, &at);
	if (!err && mu_given(params->given, PUT_TEAM)) {
		err = mu_move_team(call->ws, &at, params->team, mu_call_user(call), call->now_ms, call->arena,
				   &move);
		err = emit_move(call, err, &move, &at);
	}
	if (err)
		return err;
	wanted = at;
	put_tags(params, &wanted);
	err = mu_move_retag(&at, &wanted, mu_call_user(call), call->now_ms, call->arena, &retag);
	return emit_move(call, err, &retag, NULL);
}

static enum mu_err run_put(struct mu_call *call)
{
	const struct put_params *params = call->params;
	enum mu_err err =
		params->team ? mu_rule_conversation_team(call->ws, params->team, call->fault) : MU_OK;

	if (err)
		return err;
	return mu_workspace_conversation(call->ws, params->id) ? put_again(call, params)
							       : put_new(call, params);
}

const struct mu_command cmd_conversation_put = {
	.name = "conversation.put",
	.route = "PUT /v1/conversations/{id}",
	.need = MU_PERM_CONVERSATIONS_WRITE,
	.cost = 1,
	PARAMS(put_shape),
	.help = "Tell of a conversation, or of what has changed of one.",
	.result = "CONVERSATION",
	.run = run_put,
	.reply = reply_conversation,
};

/* ---- get, list ---- */

static enum mu_err run_get(struct mu_call *call)
{
	const struct conversation_params *params = call->params;
	const struct mu_conversation *conversation = NULL;

	return find_conversation(call, params->id, 0, &conversation);
}

const struct mu_command cmd_conversation_get = {
	.name = "conversation.get",
	.route = "GET /v1/conversations/{id}",
	.need = MU_PERM_NONE,
	.cost = 1,
	PARAMS(conversation_id_shape),
	.help = "One conversation that you may see.",
	.result = "CONVERSATION",
	.run = run_get,
	.reply = reply_conversation,
};

struct list_params {
	struct page_params page;
	int status;
	char *assignee, *team;
};
static const struct mu_field list_fields[] = {
	MU_FIELD(struct list_params, status, MU_ENUM, 0, .names = mu_conversation_status_names,
		 .help = "Only those of this status"),
	MU_FIELD(struct list_params, assignee, MU_ID, 0,
		 .help = "Only those of this user; me: your own; none: those without an assignee"),
	MU_FIELD(struct list_params, team, MU_ID, 0, .help = "Only those of this team"),
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
};
static const struct mu_shape list_shape = MU_SHAPE(struct list_params, "CONVERSATION_LIST", list_fields);
_Static_assert(offsetof(struct list_params, page) == 0,
	       "a listing's parameters begin with those of its pages");

static bool has_status(const struct mu_call *call)
{
	return call->raw && json_object_get(call->raw, "status");
}

static bool is_of(const struct mu_call *call, const char *assignee, const char *wanted)
{
	if (!strcmp(wanted, "none"))
		return !assignee;
	if (!strcmp(wanted, "me"))
		wanted = mu_call_user(call);
	return wanted && same_text(assignee, wanted);
}

static bool is_listed(const struct mu_call *call, const void *item)
{
	const struct mu_conversation *conversation = item;
	const struct mu_conversation_record *record = &conversation->record;
	const struct list_params *params = call->params;

	if (has_status(call) && record->status != params->status)
		return false;
	if (params->team && !same_text(record->team, params->team))
		return false;
	if (params->assignee && !is_of(call, record->assignee, params->assignee))
		return false;
	return sees_conversation(call, conversation);
}

static void write_item(const struct mu_call *call, const void *item, struct mu_buf *out)
{
	const struct mu_conversation *conversation = item;

	mu_codec_write(&mu_conversation_shape, &conversation->record, MU_FORM_FULL, out);
}

static const void *next_unresolved(const void *item)
{
	return ((const struct mu_conversation *)item)->next_unresolved;
}

/* What somebody holds, and after it what keeps their name. */
static const void *next_held(const void *item)
{
	const struct mu_conversation *conversation = item;

	if (conversation->next_held || conversation->record.status == MU_CONVERSATION_RESOLVED)
		return conversation->next_held;
	return conversation->holder->kept;
}

/* Whose conversations are asked for; NULL: anybody's or nobody's. */
static const struct mu_user *listed_user(const struct mu_call *call)
{
	const struct list_params *params = call->params;

	if (!params->assignee || !strcmp(params->assignee, "none"))
		return NULL;
	return mu_workspace_user(call->ws,
				 strcmp(params->assignee, "me") ? params->assignee : mu_call_user(call));
}

/* Most lists are of what is somebody's, or to be done; there is much more that was done. */
static void reply_list(struct mu_call *call, struct mu_buf *out)
{
	const struct list_params *params = call->params;
	const struct mu_user *user = listed_user(call);
	struct listing listing = { .first = call->ws->conversations,
				   .id_offset = offsetof(struct mu_conversation, record.id),
				   .visible = is_listed,
				   .write = write_item };

	if (user) {
		listing.first = user->held ? user->held : user->kept;
		listing.next = next_held;
	} else if (has_status(call) && params->status != MU_CONVERSATION_RESOLVED) {
		listing.first = call->ws->unresolved;
		listing.next = next_unresolved;
	}
	write_listing(call, &listing, out);
}

const struct mu_command cmd_conversation_list = {
	.name = "conversation.list",
	.route = "GET /v1/conversations",
	.need = MU_PERM_NONE,
	.cost = 3,
	PARAMS(list_shape),
	.help = "The conversations that you may see.",
	.result = "{items:[CONVERSATION],next}",
	.run = run_nothing,
	.reply = reply_list,
};
