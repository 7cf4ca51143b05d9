/* Seats: what the plan allows, set by the operator, and who manages people sees how many are taken.
 * Thread: hub. */
#include "commands.h"
#include "muster/model/seat.h"

enum mu_err emit_seats(struct mu_call *call, int64_t more)
{
	const struct mu_seats_changed data = { .used = call->ws->n_active + more,
					       .limit = call->ws->seat_limit,
					       .plan = call->ws->plan };

	return more ? mu_call_emit_record(call, &mu_seats_changed_type, &data) : MU_OK;
}

static void reply_seats(struct mu_call *call, struct mu_buf *out)
{
	const struct mu_seats_changed seats = { .used = call->ws->n_active,
						.limit = call->ws->seat_limit,
						.plan = call->ws->plan };

	mu_codec_write(mu_seats_changed_type.shape, &seats, MU_FORM_FULL, out);
}

const struct mu_command cmd_seats_get = {
	.name = "seats.get",
	.route = "GET /v1/seats",
	.need = MU_PERM_USERS_MANAGE,
	.cost = 1,
	.help = "How many seats there are and how many are taken.",
	.result = "SEATS",
	.run = run_nothing,
	.reply = reply_seats,
};

struct set_params {
	uint64_t given;
	int64_t limit;
	char *plan;
};
enum { SET_LIMIT, SET_PLAN };
static const struct mu_field set_fields[] = {
	MU_FIELD(struct set_params, limit, MU_INT, MU_REQUIRED | MU_NULLABLE, .min = 1, .max = -1,
		 .help = "Active people at most, not fewer than there are; null: any number"),
	MU_FIELD(struct set_params, plan, MU_STRING, MU_NULLABLE, .max = 80,
		 .help = "What the plan is called; left out: as before"),
};
static const struct mu_shape set_shape =
	MU_SHAPE(struct set_params, "SEATS_SET", set_fields, .tracks_given = true);

static enum mu_err run_set(struct mu_call *call)
{
	const struct set_params *params = call->params;
	const struct mu_workspace *ws = call->ws;
	const struct mu_seats_changed data = { .used = ws->n_active,
					       .limit = params->limit,
					       .plan = mu_given(params->given, SET_PLAN) ? params->plan
											 : ws->plan };
	const bool same = data.limit == ws->seat_limit && same_text(data.plan, ws->plan);
	enum mu_err err = mu_rule_seats_set(ws, params->limit, call->fault);

	return err || same ? err : mu_call_emit_record(call, &mu_seats_changed_type, &data);
}

const struct mu_command cmd_seats_set = {
	.name = "seats.set",
	.need = MU_PERM_NONE,
	.flags = MU_METHOD_OPERATOR,
	.cost = 1,
	PARAMS(set_shape),
	.help = "Say how many people may be active, as the workspace's plan has it.",
	.result = "SEATS",
	.run = run_set,
	.reply = reply_seats,
};
