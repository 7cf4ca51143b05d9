/* What people chose to be seen as, and what others saw: events and rules.
 * Thread: hub; rules answer MU_OK or a fault that says what to do, and change nothing. */
#ifndef MUSTER_MODEL_CHOICE_H
#define MUSTER_MODEL_CHOICE_H

#include "muster/base/fault.h"
#include "muster/model/event.h"

struct mu_presence_chosen {
	char *user;
	char *status, *note;
	int64_t until;
	int cause;
	char *by, *reason;
};

struct mu_presence_forced {
	char *user;
	char *status, *reason, *by, *by_name;
};

struct mu_presence_changed {
	char *user;
	char *from, *to;
	char *base; /* what `to` was for others then, should its meaning change; NULL: not known */
	int cause;
	int64_t since;
};

/* A choice of status: the status exists, `until` is in the future and within a year. */
MU_MUST enum mu_err mu_rule_choice(const struct mu_workspace *ws, const char *status, int64_t until_ms,
				   int64_t now_ms, struct mu_fault *ret_fault);

extern const struct mu_event_type mu_presence_chosen_type, mu_presence_forced_type, mu_presence_changed_type;

#endif
