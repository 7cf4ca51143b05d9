/* Keeping up with what other nodes write; see follow.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_FOLLOW_H
#define MUSTER_HUB_FOLLOW_H

#include "muster/store/worker.h"

struct room;

/* Whether a load, which the room's state is not yet, brings along all that was not told here yet. */
bool follow_reaches(const struct room *room, const struct mu_job *load);
/* The room's state is the one of the load now: sessions follow, and what happened meanwhile is told to those
 * who may hear it now; unless it is not all there, then they come back for what is left. */
void follow_catch_up(struct room *room, const struct mu_job *load, bool reaches);

#endif
