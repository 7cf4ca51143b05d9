/* Load and capacity of people: what is told of them.
 * Thread: hub. */
#ifndef MUSTER_MODEL_CAPACITY_H
#define MUSTER_MODEL_CAPACITY_H

#include "muster/model/event.h"

/* Data of capacity.changed (the limit was changed), capacity.reached (load ≥ capacity begins), capacity.freed
 * (it ends) and load.changed (log only: history). */
struct mu_capacity_event {
	char *user;
	int64_t load, capacity;
	int64_t rotation; /* in a snapshot only: see struct mu_user */
};

extern const struct mu_event_type mu_capacity_changed, mu_capacity_reached, mu_capacity_freed,
	mu_load_changed;

/* Whether the user has no room for even the next ordinary conversation: load ≥ capacity. To be told when it
 * isn't user->noted_full. */
bool mu_user_full(const struct mu_user *user);

#endif
