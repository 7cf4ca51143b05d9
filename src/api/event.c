/* The platform's own events, to every kind of audience.
 * Thread: hub. */
#include "conversation.h"

struct publish_params {
	char *type;
	struct mu_audience *audience;
	char *data;
	bool durable;
};
static const struct mu_field publish_fields[] = {
	MU_FIELD(struct publish_params, type, MU_STRING, MU_REQUIRED, .min = 3, .max = 64,
		 .help = "Your own type: x. and up to 62 of a-z 0-9 . _ -"),
	MU_FIELD(struct publish_params, audience, MU_RECORD, MU_REQUIRED, .shape = &mu_audience_shape,
		 .help = "Who receives it"),
	MU_FIELD(struct publish_params, data, MU_JSON, 0, .max = 65536,
		 .help = "Any JSON value (default {})"),
	MU_FIELD(struct publish_params, durable, MU_BOOL, 0,
		 .help = "Kept in the log and replayed to those who were away (default false)"),
};
static const struct mu_shape publish_shape = MU_SHAPE(struct publish_params, "EVENT_PUBLISH", publish_fields);

static bool type_valid(const char *type)
{
	return !strncmp(type, "x.", 2) && type[2] &&
	       strspn(type, "abcdefghijklmnopqrstuvwxyz0123456789._-") == strlen(type);
}

/* To who may not see it a conversation is missing. */
static enum mu_err check_conversation(struct mu_call *call, const char *id)
{
	const struct mu_conversation *conversation = mu_workspace_conversation(call->ws, id);

	if (!id || (conversation && sees_conversation(call, conversation)))
		return MU_OK;
	return mu_fail_field(call->fault, "audience.conversation", "there is no such conversation");
}

static enum mu_err run_publish(struct mu_call *call)
{
	const struct publish_params *params = call->params;
	struct mu_custom_data data = { .json = params->data ? params->data : (char *)"{}" };
	struct mu_strs topics = { 0 };

	if (!type_valid(params->type))
		return mu_fail_field(call->fault, "type",
				     "must be x. and then a-z, 0-9, dots, dashes or underscores");
	enum mu_err err = check_conversation(call, params->audience->conversation);
	if (!err)
		err = mu_audience_topics(call->ws, params->audience, (size_t)call->config->max_fanout,
					 call->arena, &topics, call->fault);
	if (!err)
		err = mu_call_emit_record(call, &mu_custom_event, &data);
	if (err)
		return err;
	call->events_last->name = params->type;
	call->events_last->audience = topics;
	call->events_last->ephemeral = !params->durable;
	return MU_OK;
}

static void reply_publish(struct mu_call *call, struct mu_buf *out)
{
	mu_buf_str(out, "{\"seq\":");
	if (call->events_last->ephemeral)
		mu_buf_str(out, "null");
	else
		mu_buf_i64(out, call->events_last->seq);
	mu_buf_char(out, '}');
}

const struct mu_command cmd_event_publish = {
	.name = "event.publish",
	.route = "POST /v1/events",
	.need = MU_PERM_EVENTS_PUBLISH,
	.cost = 1,
	PARAMS(publish_shape),
	.help = "Push an event of your own to a user, a team, a role, a permission, a conversation or "
		"everyone.",
	.result = "{seq}",
	.run = run_publish,
	.reply = reply_publish,
};
