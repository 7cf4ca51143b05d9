/* The dashboard: how many people are what, what they have to do and what waits.
 * Thread: hub. */
#include "commands.h"

static enum mu_err run_get(struct mu_call *call)
{
	return call->host->dashboard(call);
}

const struct mu_command cmd_dashboard_get = {
	.name = "dashboard.get",
	.route = "GET /v1/dashboard",
	.need = MU_PERM_DASHBOARD_VIEW,
	.flags = MU_COMMAND_DIRECT,
	.cost = 3,
	.help = "How many people are what, what they have to do and what waits: of all, of each team, and of "
		"those "
		"without a team. From then on dashboard.delta tells what changes, at most once a second.",
	.result = "DASHBOARD",
	.run = run_get,
};
