/* How many conversations a person may have at once, for who manages that and not people as such.
 * Thread: hub. */
#include "commands.h"

struct capacity_params {
	char *user;
	int64_t capacity;
};
static const struct mu_field capacity_fields[] = {
	MU_FIELD(struct capacity_params, user, MU_ID, MU_REQUIRED, .help = "Id of the user"),
	MU_FIELD(struct capacity_params, capacity, MU_INT, MU_REQUIRED, .min = 0, .max = 1000,
		 .help = "Conversations at a time"),
};
static const struct mu_shape capacity_shape =
	MU_SHAPE(struct capacity_params, "CAPACITY_SET", capacity_fields);

static enum mu_err run_set(struct mu_call *call)
{
	const struct capacity_params *params = call->params;
	const struct mu_user *user = NULL;
	enum mu_err err = call_user(call, params->user, &user);

	call->subject = params->user;
	if (err || params->capacity == user->capacity)
		return err;
	const struct mu_user_data data = { .given = 1 << MU_USER_ID | 1 << MU_USER_CAPACITY,
					   .user = user->id,
					   .capacity = params->capacity };
	return emit_user_updated(call, user, &data);
}

static void reply_set(struct mu_call *call, struct mu_buf *out)
{
	const struct mu_user *user = mu_workspace_user(call->ws, call->subject);

	mu_buf_str(out, "{\"user\":");
	mu_json_string(out, user->id);
	mu_buf_printf(out, ",\"load\":%lld,\"capacity\":%lld}", (long long)user->load,
		      (long long)user->capacity);
}

const struct mu_command cmd_capacity_set = {
	.name = "capacity.set",
	.route = "PUT /v1/users/{user}/capacity",
	.need = MU_PERM_CAPACITY_MANAGE,
	.cost = 2,
	PARAMS(capacity_shape),
	.help = "Set how many conversations a person may have at once.",
	.result = "{user:id,load:int,capacity:int}",
	.run = run_set,
	.reply = reply_set,
};
