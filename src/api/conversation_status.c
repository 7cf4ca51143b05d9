/* Where a conversation stands: resolved, open again, waiting for the customer, put off.
 * Thread: hub. */
#include "conversation.h"

static enum mu_err find(struct mu_call *call, const struct mu_conversation **ret_conversation)
{
	const struct conversation_params *params = call->params;

	return find_conversation(call, params->id, params->if_version, ret_conversation);
}

static enum mu_err find_unresolved(struct mu_call *call, const struct mu_conversation **ret_conversation)
{
	enum mu_err err = find(call, ret_conversation);

	if (!err && (*ret_conversation)->record.status == MU_CONVERSATION_RESOLVED)
		err = refuse_conversation(call, *ret_conversation, "It is resolved: reopen it first");
	return err;
}

static enum mu_err run_resolve(struct mu_call *call)
{
	const struct mu_conversation *conversation = NULL;
	struct mu_move move = { 0 };
	enum mu_err err = find(call, &conversation);

	if (err)
		return err;
	err = mu_move_resolve(&conversation->record, mu_call_user(call), call->now_ms, call->arena, &move);
	return emit_move(call, err, &move, NULL);
}

const struct mu_command cmd_conversation_resolve = {
	.name = "conversation.resolve",
	.route = "POST /v1/conversations/{id}/resolve",
	.need = MU_PERM_CONVERSATIONS_REPLY,
	.cost = 1,
	PARAMS(conversation_version_shape),
	.help = "End a conversation.",
	.result = "CONVERSATION",
	.run = run_resolve,
	.reply = reply_conversation,
};

static enum mu_err run_reopen(struct mu_call *call)
{
	const struct mu_conversation *conversation = NULL;
	struct mu_conversation_record at;
	enum mu_err err = find(call, &conversation);

	if (err)
		return err;
	at = conversation->record;
	return reopen_conversation(call, &at);
}

const struct mu_command cmd_conversation_reopen = {
	.name = "conversation.reopen",
	.route = "POST /v1/conversations/{id}/reopen",
	.need = MU_PERM_CONVERSATIONS_REPLY,
	.cost = 1,
	PARAMS(conversation_version_shape),
	.help = "Open a conversation again: it stays with its assignee if they can take it now, or waits.",
	.result = "CONVERSATION",
	.run = run_reopen,
	.reply = reply_conversation,
};

static enum mu_err run_pend(struct mu_call *call)
{
	const struct mu_conversation *conversation = NULL;
	struct mu_conversation_record at;
	enum mu_err err = find_unresolved(call, &conversation);

	if (err)
		return err;
	at = conversation->record;
	return set_conversation_status(call, MU_CONVERSATION_PENDING, &at);
}

const struct mu_command cmd_conversation_pend = {
	.name = "conversation.pend",
	.route = "POST /v1/conversations/{id}/pend",
	.need = MU_PERM_CONVERSATIONS_REPLY,
	.cost = 1,
	PARAMS(conversation_version_shape),
	.help = "Let a conversation wait for the customer: its assignee keeps it, and it weighs as before.",
	.result = "CONVERSATION",
	.run = run_pend,
	.reply = reply_conversation,
};

static const struct mu_field snooze_fields[] = {
	CONVERSATION_ID_FIELD,
	MU_FIELD(struct conversation_params, until, MU_TIME, MU_REQUIRED, .help = "When it opens again"),
	IF_VERSION_FIELD(struct conversation_params),
};
static const struct mu_shape snooze_shape =
	MU_SHAPE(struct conversation_params, "CONVERSATION_SNOOZE", snooze_fields);

static enum mu_err run_snooze(struct mu_call *call)
{
	const struct conversation_params *params = call->params;
	const struct mu_conversation *conversation = NULL;
	struct mu_move move = { 0 };
	enum mu_err err = find_unresolved(call, &conversation);

	if (!err && params->until <= call->now_ms)
		err = mu_fail_field(call->fault, "until", "must be in the future");
	if (err)
		return err;
	err = mu_move_snooze(&conversation->record, params->until, mu_call_user(call), call->now_ms,
			     call->arena, &move);
	return emit_move(call, err, &move, NULL);
}

const struct mu_command cmd_conversation_snooze = {
	.name = "conversation.snooze",
	.route = "POST /v1/conversations/{id}/snooze",
	.need = MU_PERM_CONVERSATIONS_REPLY,
	.cost = 1,
	PARAMS(snooze_shape),
	.help = "Put a conversation off until a time; it weighs nothing until then.",
	.result = "CONVERSATION",
	.run = run_snooze,
	.reply = reply_conversation,
};
