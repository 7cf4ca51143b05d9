/* Whose a conversation is: assigning it to others, taking it, giving it back, and answering an offer.
 * Thread: hub. */
#include "conversation.h"

/* The conversation, if it is one that can change hands. */
static enum mu_err find_unresolved(struct mu_call *call, const char *id, int64_t if_version,
				   const struct mu_conversation **ret_conversation)
{
	enum mu_err err = find_conversation(call, id, if_version, ret_conversation);

	if (err || (*ret_conversation)->record.status != MU_CONVERSATION_RESOLVED)
		return err;
	return refuse_conversation(call, *ret_conversation, "It is resolved: reopen it first");
}

/* ---- by others ---- */

struct assign_params {
	uint64_t given;
	char *id, *user, *team;
	bool force;
	int64_t if_version;
};
enum { ASSIGN_ID, ASSIGN_USER, ASSIGN_TEAM };
static const struct mu_field assign_fields[] = {
	MU_FIELD(struct assign_params, id, MU_ID, MU_REQUIRED, .help = "Id of the conversation"),
	MU_FIELD(struct assign_params, user, MU_ID, 0, .help = "Who is to take care of it"),
	MU_FIELD(
		struct assign_params, team, MU_ID, MU_NULLABLE,
		.help = "Team whose it is from now on; null: nobody's. Without a user it waits there, unless "
			"its assignee is of that team"),
	FORCE_FIELD(struct assign_params),
	IF_VERSION_FIELD(struct assign_params),
};
static const struct mu_shape assign_shape =
	MU_SHAPE(struct assign_params, "CONVERSATION_ASSIGN", assign_fields, .tracks_given = true);

static enum mu_err to_team(struct mu_call *call, struct mu_conversation_record *at)
{
	const struct assign_params *params = call->params;
	struct mu_move move = { 0 };

	if (!mu_given(params->given, ASSIGN_TEAM))
		return MU_OK;
	enum mu_err err = mu_move_team(call->ws, at, params->team, mu_call_user(call), call->now_ms,
				       call->arena, &move);
	return emit_move(call, err, &move, at);
}

static enum mu_err to_user(struct mu_call *call, struct mu_conversation_record *at)
{
	const struct assign_params *params = call->params;
	struct mu_move move = { 0 };
	enum mu_err err = mu_move_assign(at, params->user, MU_REASON_MANUAL, mu_call_user(call), call->now_ms,
					 call->arena, &move);

	return emit_move(call, err, &move, at);
}

/* Whether the user may have it, as it will be. */
static enum mu_err check_user(struct mu_call *call, const struct mu_conversation *conversation)
{
	const struct assign_params *params = call->params;
	struct mu_conversation_record later = conversation->record;
	const struct mu_user *user = mu_workspace_user(call->ws, params->user);

	if (!user)
		return mu_fail(call->fault, MU_NOT_FOUND, "There is no such user");
	if (mu_given(params->given, ASSIGN_TEAM))
		later.team = params->team;
	enum mu_err err = mu_rule_conversation_holder(call->ws, &later, user, call->fault);
	return err ? err : check_room(call, conversation, &later, user, params->force);
}

static enum mu_err check_assign(struct mu_call *call, const struct mu_conversation *conversation)
{
	const struct assign_params *params = call->params;

	if (!params->user && !mu_given(params->given, ASSIGN_TEAM))
		return mu_fail_field(call->fault, "user", "is missing: name a user, a team or both");
	if (params->team && !mu_workspace_team(call->ws, params->team))
		return mu_fail(call->fault, MU_NOT_FOUND, "There is no such team");
	return params->user ? check_user(call, conversation) : MU_OK;
}

/* Whose it was hears who has it now, so it changes hands before it changes teams. */
static enum mu_err run_assign(struct mu_call *call)
{
	const struct assign_params *params = call->params;
	const struct mu_conversation *conversation = NULL;
	struct mu_conversation_record at;
	enum mu_err err = find_unresolved(call, params->id, params->if_version, &conversation);

	if (!err)
		err = check_assign(call, conversation);
	if (err)
		return err;
	at = conversation->record;
	if (params->user && at.assignee)
		err = to_user(call, &at);
	if (!err)
		err = to_team(call, &at);
	return err || !params->user ? err : to_user(call, &at);
}

const struct mu_command cmd_conversation_assign = {
	.name = "conversation.assign",
	.route = "POST /v1/conversations/{id}/assign",
	.need = MU_PERM_CONVERSATIONS_ASSIGN_OTHERS,
	.cost = 1,
	PARAMS(assign_shape),
	.help = "Give a conversation to somebody, or to another team.",
	.result = "CONVERSATION",
	.run = run_assign,
	.reply = reply_conversation,
};

/* An offer is taken away like an assignment. */
static enum mu_err run_unassign(struct mu_call *call)
{
	const struct conversation_params *params = call->params;
	const struct mu_conversation *conversation = NULL;
	struct mu_move move = { 0 };
	enum mu_err err = find_unresolved(call, params->id, params->if_version, &conversation);

	if (err)
		return err;
	err = mu_move_leave(&conversation->record, MU_REASON_MANUAL, mu_call_user(call), call->now_ms,
			    call->arena, &move);
	return emit_move(call, err, &move, NULL);
}

const struct mu_command cmd_conversation_unassign = {
	.name = "conversation.unassign",
	.route = "POST /v1/conversations/{id}/unassign",
	.need = MU_PERM_CONVERSATIONS_ASSIGN_OTHERS,
	.cost = 1,
	PARAMS(conversation_version_shape),
	.help = "Take a conversation away from who has it: it goes back to its queue with its old age.",
	.result = "CONVERSATION",
	.run = run_unassign,
	.reply = reply_conversation,
};

/* ---- by oneself ---- */

static const struct mu_field take_fields[] = {
	CONVERSATION_ID_FIELD,
	FORCE_FIELD(struct conversation_params),
	IF_VERSION_FIELD(struct conversation_params),
};
static const struct mu_shape take_shape =
	MU_SHAPE(struct conversation_params, "CONVERSATION_TAKE", take_fields);

static enum mu_err need_holder(struct mu_call *call)
{
	static const enum mu_perm needed[] = { MU_PERM_CONVERSATIONS_REPLY, MU_PERM_CONVERSATIONS_VIEW_OWN };
	enum mu_err err = need_user(call);

	for (size_t i = 0; !err && i < MU_COUNT(needed); i++)
		if (!mu_call_may(call, needed[i]))
			err = mu_fail(call->fault, MU_FORBIDDEN, "You need the permission %s for this",
				      mu_perm_info(needed[i])->key);
	return err;
}

/* Of what was offered to the caller too, for which there is room. */
static enum mu_err accept(struct mu_call *call, const struct mu_conversation *conversation)
{
	struct mu_conversation_record at = conversation->record;
	struct mu_move accepted = { 0 }, assigned = { 0 };
	const char *me = mu_call_user(call);
	enum mu_err err = mu_move_accept(&at, me, call->now_ms, call->arena, &accepted);

	err = emit_move(call, err, &accepted, &at);
	if (err)
		return err;
	err = mu_move_assign(&at, me, MU_REASON_AUTO, me, call->now_ms, call->arena, &assigned);
	return emit_move(call, err, &assigned, NULL);
}

static enum mu_err take(struct mu_call *call, const struct mu_conversation *conversation)
{
	const struct conversation_params *params = call->params;
	const char *me = mu_call_user(call);
	struct mu_move move = { 0 };
	enum mu_err err =
		check_room(call, conversation, &conversation->record, call->actor.user, params->force);

	if (err)
		return err;
	err = mu_move_assign(&conversation->record, me, MU_REASON_TAKEN, me, call->now_ms, call->arena,
			     &move);
	return emit_move(call, err, &move, NULL);
}

static enum mu_err run_take(struct mu_call *call)
{
	const struct conversation_params *params = call->params;
	const struct mu_conversation *conversation = NULL;
	enum mu_err err = need_holder(call);

	if (!err)
		err = find_unresolved(call, params->id, params->if_version, &conversation);
	if (err)
		return err;
	const struct mu_conversation_record *at = &conversation->record;
	if (same_text(at->assignee, mu_call_user(call)))
		return MU_OK;
	if (same_text(at->offered_to, mu_call_user(call)))
		return accept(call, conversation);
	if (!conversation->waiting && !at->offered_to)
		return refuse_conversation(call, conversation, "It doesn't wait for anybody");
	return take(call, conversation);
}

const struct mu_command cmd_conversation_take = {
	.name = "conversation.take",
	.route = "POST /v1/conversations/{id}/take",
	.need = MU_PERM_CONVERSATIONS_ASSIGN_SELF,
	.cost = 1,
	PARAMS(take_shape),
	.help = "Take a conversation that waits.",
	.result = "CONVERSATION",
	.run = run_take,
	.reply = reply_conversation,
};

static enum mu_err run_release(struct mu_call *call)
{
	const struct conversation_params *params = call->params;
	const struct mu_conversation *conversation = NULL;
	const char *me = mu_call_user(call);
	struct mu_move move = { 0 };
	enum mu_err err = need_user(call);

	if (!err)
		err = find_unresolved(call, params->id, params->if_version, &conversation);
	if (!err && !same_text(conversation->record.assignee, me))
		err = refuse_conversation(call, conversation, "It isn't yours");
	if (err)
		return err;
	err = mu_move_unassign(&conversation->record, MU_REASON_RELEASED, me, call->now_ms, call->arena,
			       &move);
	return emit_move(call, err, &move, NULL);
}

const struct mu_command cmd_conversation_release = {
	.name = "conversation.release",
	.route = "POST /v1/conversations/{id}/release",
	.need = MU_PERM_CONVERSATIONS_ASSIGN_SELF,
	.cost = 1,
	PARAMS(conversation_version_shape),
	.help = "Give a conversation of yours back to its queue.",
	.result = "CONVERSATION",
	.run = run_release,
	.reply = reply_conversation,
};

/* ---- offers ---- */

static enum mu_err find_offer(struct mu_call *call, const struct mu_conversation **ret_conversation)
{
	const struct conversation_params *params = call->params;
	enum mu_err err = need_user(call);

	if (!err)
		err = find_conversation(call, params->id, 0, ret_conversation);
	if (!err && !same_text((*ret_conversation)->record.offered_to, mu_call_user(call)))
		err = refuse_conversation(call, *ret_conversation, "It isn't offered to you any more");
	return err;
}

static enum mu_err run_accept(struct mu_call *call)
{
	const struct mu_conversation *conversation = NULL;
	enum mu_err err = find_offer(call, &conversation);

	return err ? err : accept(call, conversation);
}

const struct mu_command cmd_conversation_accept = {
	.name = "conversation.accept",
	.route = "POST /v1/conversations/{id}/accept",
	.need = MU_PERM_CONVERSATIONS_REPLY,
	.cost = 1,
	PARAMS(conversation_id_shape),
	.help = "Accept a conversation that is offered to you.",
	.result = "CONVERSATION",
	.run = run_accept,
	.reply = reply_conversation,
};

static enum mu_err run_decline(struct mu_call *call)
{
	const struct mu_conversation *conversation = NULL;
	struct mu_move move = { 0 };
	enum mu_err err = find_offer(call, &conversation);

	if (err)
		return err;
	err = mu_move_decline(&conversation->record, mu_call_user(call), call->now_ms, call->arena, &move);
	return emit_move(call, err, &move, NULL);
}

const struct mu_command cmd_conversation_decline = {
	.name = "conversation.decline",
	.route = "POST /v1/conversations/{id}/decline",
	.need = MU_PERM_CONVERSATIONS_REPLY,
	.cost = 1,
	PARAMS(conversation_id_shape),
	.help = "Decline a conversation that is offered to you: it goes on to somebody else.",
	.result = "CONVERSATION",
	.run = run_decline,
	.reply = reply_conversation,
};
