/* People who leave, for a time or for good, and those who come back.
 * Thread: hub. */
#include "commands.h"
#include "muster/model/seat.h"
#include "muster/wire/rpc.h"

/* The user that is named, if the caller may end what they do here. */
static enum mu_err find_endable(struct mu_call *call, const char *id, const struct mu_user **ret_user)
{
	const struct mu_user *user = NULL;
	enum mu_err err = call_user(call, id, &user);

	call->subject = id;
	if (!err)
		err = mu_rule_user_end(call->ws, call->actor.perms, mu_call_user(call), user, call->fault);
	if (!err)
		*ret_user = user;
	return err;
}

static enum mu_err emit_ref(struct mu_call *call, const struct mu_event_type *type,
			    const struct mu_user *user)
{
	const struct mu_user_ref data = { .user = user->id };

	return mu_call_emit_record(call, type, &data);
}

/* For the history of statuses: whoever may not come in any more is seen by nobody. */
static enum mu_err emit_offline(struct mu_call *call, const struct mu_user *user)
{
	const char *offline = mu_base_status_names[MU_OFFLINE];
	const struct mu_presence_changed data = { .user = user->id,
						  .from = user->shown,
						  .to = (char *)offline,
						  .cause = MU_CAUSE_DISCONNECT,
						  .since = call->now_ms };

	return user->shown && strcmp(user->shown, offline) != 0
		       ? mu_call_emit_record(call, &mu_presence_changed_type, &data)
		       : MU_OK;
}

/* ---- for a time ---- */

enum mu_err emit_user_active(struct mu_call *call, const struct mu_user *user, bool active)
{
	if (user->active == active)
		return MU_OK;
	enum mu_err err = active ? MU_OK : emit_leaving(call, user, NULL);
	if (!err && !active)
		err = emit_offline(call, user);
	return err ? err : emit_ref(call, active ? &mu_user_reactivated : &mu_user_deactivated, user);
}

static enum mu_err run_deactivate(struct mu_call *call)
{
	const struct user_params *params = call->params;
	const struct mu_user *user = NULL;
	enum mu_err err = find_endable(call, params->user, &user);

	if (err || !user->active)
		return err;
	err = emit_user_active(call, user, false);
	return err ? err : emit_seats(call, -1);
}

const struct mu_command cmd_user_deactivate = {
	.name = "user.deactivate",
	.route = "POST /v1/users/{user}/deactivate",
	.need = MU_PERM_USERS_MANAGE,
	.cost = 2,
	PARAMS(user_params_shape),
	.help = "Shut a person out: their sessions and tokens end and their seat is free; teams and roles "
		"are "
		"kept.",
	.result = "USER",
	.run = run_deactivate,
	.reply = reply_user,
};

static enum mu_err run_reactivate(struct mu_call *call)
{
	const struct user_params *params = call->params;
	const struct mu_user *user = NULL;
	enum mu_err err = find_endable(call, params->user, &user);

	if (err || user->active)
		return err;
	err = mu_rule_seat(call->ws, 1, call->fault);
	if (!err)
		err = emit_user_active(call, user, true);
	return err ? err : emit_seats(call, 1);
}

const struct mu_command cmd_user_reactivate = {
	.name = "user.reactivate",
	.route = "POST /v1/users/{user}/reactivate",
	.need = MU_PERM_USERS_MANAGE,
	.cost = 2,
	PARAMS(user_params_shape),
	.help = "Let a deactivated person in again, if there is a seat; they need a new token.",
	.result = "USER",
	.run = run_reactivate,
	.reply = reply_user,
};

/* ---- for good ---- */

static enum mu_err emit_gone(struct mu_call *call, const struct mu_user *user)
{
	enum mu_err err = emit_offline(call, user);

	return err ? err : emit_ref(call, &mu_user_removed, user);
}

enum mu_err emit_user_removed(struct mu_call *call, const struct mu_user *user)
{
	enum mu_err err = emit_leaving(call, user, NULL);

	return err ? err : emit_gone(call, user);
}

/* The record as it is now, for it won't be there any more when the reply is written. */
static enum mu_err keep_record(struct mu_call *call, const struct mu_user *user)
{
	AUTO_BUF struct mu_buf out = { 0 };

	mu_write_user(call->ws, user, NULL, &out);
	if (mu_buf_error(&out))
		return MU_NO_MEMORY;
	call->outcome = mu_arena_strdup(call->arena, mu_buf_text(&out));
	return call->outcome ? MU_OK : MU_NO_MEMORY;
}

static enum mu_err run_remove(struct mu_call *call)
{
	const struct user_params *params = call->params;
	const struct mu_user *user = NULL;
	enum mu_err err = find_endable(call, params->user, &user);

	if (!err)
		err = keep_record(call, user);
	if (!err)
		err = emit_user_removed(call, user);
	return err ? err : emit_seats(call, -(int64_t)user->active);
}

const struct mu_command cmd_user_remove = {
	.name = "user.remove",
	.route = "DELETE /v1/users/{user}",
	.need = MU_PERM_USERS_MANAGE,
	.cost = 2,
	PARAMS(user_params_shape),
	.help = "Remove a person for good: their sessions and tokens end; id and address are free again.",
	.result = "USER",
	.run = run_remove,
	.reply = reply_outcome,
};

struct remove_many_params {
	struct mu_strs users;
};
static const struct mu_field remove_many_fields[] = {
	MU_FIELD(struct remove_many_params, users, MU_STRINGS, MU_REQUIRED, .min = 1, .max = 1000,
		 .help = "Ids of the users"),
};
static const struct mu_shape remove_many_shape =
	MU_SHAPE(struct remove_many_params, "USER_REMOVE_MANY", remove_many_fields);

static void write_row(struct mu_buf *out, const char *user, const struct mu_fault *fault)
{
	mu_json_comma(out);
	mu_buf_str(out, "{\"user\":");
	mu_json_string(out, user);
	mu_buf_str(out, fault->err ? ",\"ok\":false,\"error\":" : ",\"ok\":true}");
	if (!fault->err)
		return;
	mu_rpc_error_object(out, fault, NULL);
	mu_buf_char(out, '}');
}

/* What they hold goes first of all, while everybody whom it names is still there. A user who is named twice
 * is gone the second time. */
static enum mu_err check_row(struct mu_call *call, size_t i, const struct mu_user **ret_user)
{
	const struct remove_many_params *params = call->params;
	const struct mu_strs before = { .v = params->users.v, .n = i };
	const struct mu_user *user = NULL;
	enum mu_err err = mu_strs_has(&before, params->users.v[i])
				  ? mu_fail(call->fault, MU_NOT_FOUND, "There is no user %s any more",
					    params->users.v[i])
				  : find_endable(call, params->users.v[i], &user);

	if (!err)
		err = emit_leaving(call, user, NULL);
	*ret_user = err ? NULL : user;
	return err;
}

static enum mu_err remove_rows(struct mu_call *call, const struct mu_user *const *users, size_t n)
{
	enum mu_err err = MU_OK;
	int64_t freed = 0;

	for (size_t i = 0; !err && i < n; i++) {
		err = users[i] ? emit_gone(call, users[i]) : MU_OK;
		freed += users[i] && users[i]->active;
	}
	return err ? err : emit_seats(call, -freed);
}

static enum mu_err run_remove_many(struct mu_call *call)
{
	const struct remove_many_params *params = call->params;
	const struct mu_user **users = mu_arena_alloc(call->arena, params->users.n * sizeof(*users));
	AUTO_BUF struct mu_buf out = { 0 };

	mu_buf_str(&out, "{\"results\":[");
	for (size_t i = 0; i < params->users.n; i++) {
		if (!users || check_row(call, i, &users[i]) == MU_NO_MEMORY)
			return MU_NO_MEMORY;
		write_row(&out, params->users.v[i], call->fault);
		*call->fault = (struct mu_fault){ 0 };
	}
	mu_buf_str(&out, "]}");
	call->outcome = mu_buf_error(&out) ? NULL : mu_arena_strdup(call->arena, mu_buf_text(&out));
	return call->outcome ? remove_rows(call, users, params->users.n) : MU_NO_MEMORY;
}

const struct mu_command cmd_user_remove_many = {
	.name = "user.remove_many",
	.route = "POST /v1/users/remove",
	.need = MU_PERM_USERS_MANAGE,
	.cost = 10,
	PARAMS(remove_many_shape),
	.help = "Remove up to 1000 people in one step; each row says whether it was done, and why not.",
	.result = "{results:[{user:id,ok,error?}]}",
	.run = run_remove_many,
	.reply = reply_outcome,
};
