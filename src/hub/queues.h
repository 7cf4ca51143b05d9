/* What waits, told live to who may see it; see queues.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_QUEUES_H
#define MUSTER_HUB_QUEUES_H

#include <stdint.h>

struct mu_timer;
struct room;

/* Something durable has changed queues: tell of it with the next tick. */
void queues_wake(struct room *room);
/* The room's state was read: what is told of any queue may be wrong. */
void queues_loaded(struct room *room);
/* Tell of the queues that have changed, if the tick allows. */
void queues_flush(struct room *room);
/* The room's timer for it. */
void queues_due(struct mu_timer *timer, int64_t now_ms);

#endif
