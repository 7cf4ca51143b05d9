/* Seats: how many people may be active at a time. An active person holds a seat from the moment they are made
 * or reactivated until they are deactivated or removed; the owner always holds one. An invitation holds none:
 * the seat is asked for when it is made and again when it is accepted.
 * Thread: hub; rules answer MU_OK or a fault that says what to do, and change nothing. */
#ifndef MUSTER_MODEL_SEAT_H
#define MUSTER_MODEL_SEAT_H

#include "muster/base/fault.h"
#include "muster/model/event.h"

struct mu_seats_changed {
	int64_t used;
	int64_t limit; /* 0: as many as there are people */
	char *plan;    /* what the platform calls it, or NULL */
};

/* Whether `more` people can become active. Errors: MU_SEAT_LIMIT. */
MU_MUST enum mu_err mu_rule_seat(const struct mu_workspace *ws, int64_t more, struct mu_fault *ret_fault);

/* Whether the limit (0: none) can be set: it isn't below the seats in use, for nobody is shut out by a plan.
 * Errors: MU_CONFLICT. */
MU_MUST enum mu_err mu_rule_seats_set(const struct mu_workspace *ws, int64_t limit,
				      struct mu_fault *ret_fault);

extern const struct mu_event_type mu_seats_changed_type;

#endif
