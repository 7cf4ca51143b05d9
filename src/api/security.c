/* What a workspace asks of everybody who signs in with a password.
 * Thread: hub. */
#include "commands.h"
#include "muster/model/second_factor.h"

struct security_counts {
	size_t passwords, enrolled;
};

static struct security_counts count_people(const struct mu_workspace *ws)
{
	struct security_counts counts = { 0 };

	for (const struct mu_user *user = ws->users; user; user = user->hh.next) {
		if (!user->active || !user->password)
			continue;
		counts.passwords++;
		counts.enrolled += user->factor.secret != NULL;
	}
	return counts;
}

static void reply_security(struct mu_call *call, struct mu_buf *out)
{
	const struct security_counts counts = count_people(call->ws);

	mu_buf_printf(out, "{\"require_2fa\":%s,\"people\":{\"with_password\":%zu,\"enrolled\":%zu}}",
		      call->ws->require_2fa ? "true" : "false", counts.passwords, counts.enrolled);
}

const struct mu_command cmd_security_get = {
	.name = "security.get",
	.route = "GET /v1/security",
	.need = MU_PERM_SECURITY_MANAGE,
	.cost = 1,
	.help = "What the workspace asks of who signs in with a password, and how many have what it asks "
		"for.",
	.result = "SECURITY_STATE",
	.run = run_nothing,
	.reply = reply_security,
};

static const struct mu_field update_fields[] = {
	MU_FIELD(struct mu_security_data, require_2fa, MU_BOOL, 0,
		 .help = "Whether everybody needs a second factor: who has none can do nothing but enrol"),
};
static const struct mu_shape update_shape =
	MU_SHAPE(struct mu_security_data, "SECURITY_UPDATE", update_fields, .tracks_given = true);

static enum mu_err run_update(struct mu_call *call)
{
	const struct mu_security_data *params = call->params;

	return params->given ? mu_call_emit_record(call, &mu_security_updated, params) : MU_OK;
}

const struct mu_command cmd_security_update = {
	.name = "security.update",
	.route = "PATCH /v1/security",
	.need = MU_PERM_SECURITY_MANAGE,
	.cost = 2,
	PARAMS(update_shape),
	.help = "Change what the workspace asks of who signs in with a password; it counts at once.",
	.result = "SECURITY_STATE",
	.run = run_update,
	.reply = reply_security,
};
