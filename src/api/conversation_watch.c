/* Who looks at a conversation and who types in it, for those who work on it at the same time.
 * Thread: hub. */
#include "conversation.h"

struct watch_params {
	char *id;
	bool on;
};
static const struct mu_field watch_fields[] = {
	MU_FIELD(struct watch_params, id, MU_ID, MU_REQUIRED, .help = "Id of the conversation"),
	MU_FIELD(struct watch_params, on, MU_BOOL, MU_REQUIRED, .help = "Whether you do from now on"),
};
static const struct mu_shape watch_shape = MU_SHAPE(struct watch_params, "CONVERSATION_WATCH", watch_fields);

typedef enum mu_err say_so(struct mu_call *call, const char *conversation, bool on);

static enum mu_err watch(struct mu_call *call, say_so *say)
{
	const struct watch_params *params = call->params;
	const struct mu_conversation *conversation = NULL;
	enum mu_err err = need_user(call);

	if (!err)
		err = find_conversation(call, params->id, 0, &conversation);
	if (!err)
		err = say(call, params->id, params->on);
	if (err)
		return err;
	mu_buf_str(call->result, "{\"viewers\":");
	call->host->write_viewers(call, params->id, call->result);
	mu_buf_char(call->result, '}');
	return MU_OK;
}

static enum mu_err run_viewing(struct mu_call *call)
{
	return watch(call, call->host->view_conversation);
}

const struct mu_command cmd_conversation_viewing = {
	.name = "conversation.viewing",
	.need = MU_PERM_NONE,
	.flags = MU_METHOD_SESSION | MU_COMMAND_DIRECT,
	.cost = 1,
	PARAMS(watch_shape),
	.help = "Say that you look at a conversation, until you say otherwise or your session ends; see who "
		"else "
		"does.",
	.result = "{viewers:[VIEWER]}",
	.run = run_viewing,
};

static enum mu_err run_typing(struct mu_call *call)
{
	return watch(call, call->host->type_in_conversation);
}

const struct mu_command cmd_conversation_typing = {
	.name = "conversation.typing",
	.need = MU_PERM_NONE,
	.flags = MU_METHOD_SESSION | MU_COMMAND_DIRECT,
	.cost = 1,
	PARAMS(watch_shape),
	.help = "Say that you type in a conversation, which is looking at it as well; say it again every few "
		"seconds while you do.",
	.result = "{viewers:[VIEWER]}",
	.run = run_typing,
};
