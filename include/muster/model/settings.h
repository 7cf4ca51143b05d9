/* Settings of the workspace: events and rules.
 * Thread: hub; rules answer MU_OK or a fault that says what to do, and change nothing. */
#ifndef MUSTER_MODEL_SETTINGS_H
#define MUSTER_MODEL_SETTINGS_H

#include "muster/base/fault.h"
#include "muster/model/event.h"

struct mu_status_record {
	char *id, *label;
	int base;
	bool accepting;
};
extern const struct mu_shape mu_status_record_shape;

/* workspace.created, workspace.updated: in updates only what is given changes */
struct mu_workspace_data {
	uint64_t given;
	char *id, *name, *owner;
	int64_t idle_after_ms;
	struct mu_records statuses;        /* custom ones, struct mu_status_record */
	struct mu_schedule_spec *schedule; /* given as null: always open */
};
enum { MU_WS_ID, MU_WS_NAME, MU_WS_OWNER, MU_WS_IDLE, MU_WS_STATUSES, MU_WS_SCHEDULE };

/* Custom statuses: ids well formed, unique and not a base status'; at most 32. */
MU_MUST enum mu_err mu_rule_statuses(const struct mu_records *statuses, struct mu_fault *ret_fault);

extern const struct mu_event_type mu_workspace_created, mu_workspace_updated;

#endif
