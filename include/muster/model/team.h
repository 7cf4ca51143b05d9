/* Teams and their members: events and rules.
 * Thread: hub; rules answer MU_OK or a fault that says what to do, and change nothing. */
#ifndef MUSTER_MODEL_TEAM_H
#define MUSTER_MODEL_TEAM_H

#include "muster/base/fault.h"
#include "muster/model/event.h"

struct mu_team_data {
	uint64_t given;
	char *id, *name, *lead;
	struct mu_schedule_spec *schedule;    /* NULL: the workspace's */
	int strategy;                         /* enum mu_strategy */
	struct mu_routing_settings *settings; /* as a whole; NULL: all as at first */
};
enum { MU_TEAM_ID, MU_TEAM_NAME, MU_TEAM_LEAD, MU_TEAM_SCHEDULE, MU_TEAM_STRATEGY, MU_TEAM_SETTINGS };

struct mu_team_member {
	char *user;
	char *team;
};

/* A team's id and name are free (`except`: the team being renamed, or NULL), the lead exists. */
MU_MUST enum mu_err mu_rule_team(const struct mu_workspace *ws, const char *id, const char *name,
				 const char *lead, const struct mu_team *except, struct mu_fault *ret_fault);

extern const struct mu_event_type mu_team_created, mu_team_updated, mu_team_deleted, mu_team_member_added,
	mu_team_member_removed;

#endif
