/* Handing the workspace over.
 * Thread: hub. */
#include "commands.h"
#include "muster/model/owner.h"

struct transfer_params {
	char *user;
	bool confirm;
};
static const struct mu_field transfer_fields[] = {
	MU_FIELD(struct transfer_params, user, MU_ID, MU_REQUIRED, .help = "Who shall be the owner"),
	MU_FIELD(struct transfer_params, confirm, MU_BOOL, MU_REQUIRED,
		 .help = "true: you know that only they can give it back"),
};
static const struct mu_shape transfer_shape =
	MU_SHAPE(struct transfer_params, "OWNER_TRANSFER", transfer_fields);

/* The owner themself, or the operator for an owner who is lost; no key stands for either. */
static enum mu_err check_transfer(struct mu_call *call, const struct mu_user **ret_to)
{
	const struct transfer_params *params = call->params;

	if (call->actor.kind == MU_IDENTITY_KEY)
		return mu_fail(call->fault, MU_FORBIDDEN, "Only the owner hands the workspace over");
	enum mu_err err = call_user(call, params->user, ret_to);
	if (!err)
		err = mu_rule_owner_transfer(call->ws, mu_call_user(call), *ret_to, call->fault);
	if (!err && !params->confirm)
		err = mu_fail_field(call->fault, "confirm",
				    "must be true: you can't take the workspace back by yourself");
	return err;
}

static enum mu_err emit_new_roles(struct mu_call *call, const struct mu_user *user, bool becomes_owner)
{
	struct mu_strs roles = { 0 };
	enum mu_err err = mu_owner_roles(user, becomes_owner, call->arena, &roles);

	return err ? err : emit_roles(call, user, &roles);
}

static enum mu_err run_transfer(struct mu_call *call)
{
	const struct mu_user *from = mu_workspace_user(call->ws, call->ws->owner), *to = NULL;
	enum mu_err err = check_transfer(call, &to);

	if (err)
		return err;
	const struct mu_owner_transferred data = { .from = from->id, .to = to->id };
	err = mu_call_emit_record(call, &mu_owner_transferred_type, &data);
	if (!err)
		err = emit_new_roles(call, from, false);
	if (!err)
		err = emit_new_roles(call, to, true);
	call->subject = to->id;
	return err;
}

const struct mu_command cmd_owner_transfer = {
	.name = "owner.transfer",
	.route = "POST /v1/owner",
	.need = MU_PERM_OWNER_TRANSFER,
	.cost = 5,
	PARAMS(transfer_shape),
	.help = "Hand the workspace over: they become its owner, you become an admin.",
	.result = "USER",
	.run = run_transfer,
	.reply = reply_user,
};
