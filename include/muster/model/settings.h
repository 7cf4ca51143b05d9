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

extern const char *const mu_strategy_names[]; /* NULL-terminated, in enum order */
extern const struct mu_shape mu_routing_settings_shape;
extern const struct mu_shape mu_channel_shape; /* struct mu_channel */

/* workspace.created, workspace.updated: in updates only what is given changes */
struct mu_workspace_data {
	uint64_t given;
	char *id, *name, *owner;
	int64_t idle_after_ms;
	struct mu_records statuses;        /* custom ones, struct mu_status_record */
	struct mu_schedule_spec *schedule; /* given as null: always open */
	int strategy; /* enum mu_strategy; this and settings: for conversations without a team */
	struct mu_routing_settings *settings; /* as a whole; NULL: all as at first */
	struct mu_records channels;           /* all that don't weigh 1, struct mu_channel */
};
enum {
	MU_WS_ID,
	MU_WS_NAME,
	MU_WS_OWNER,
	MU_WS_IDLE,
	MU_WS_STATUSES,
	MU_WS_SCHEDULE,
	MU_WS_STRATEGY,
	MU_WS_SETTINGS,
	MU_WS_CHANNELS
};

/* Custom statuses: ids well formed, unique and not a base status'; at most 32. */
MU_MUST enum mu_err mu_rule_statuses(const struct mu_records *statuses, struct mu_fault *ret_fault);

/* Where an inbox overflows to: the team exists and isn't `self` (NULL: the workspace's inbox).
 * Errors: MU_INVALID_PARAMS on settings.overflow_team. */
MU_MUST enum mu_err mu_rule_routing_settings(const struct mu_workspace *ws,
					     const struct mu_routing_settings *settings, const char *self,
					     struct mu_fault *ret_fault);
/* Channels: each listed once. Errors: MU_INVALID_PARAMS. */
MU_MUST enum mu_err mu_rule_channels(const struct mu_records *channels, struct mu_fault *ret_fault);

extern const struct mu_event_type mu_workspace_created, mu_workspace_updated;

#endif
