/* Routing as it happens; see dispatch.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_DISPATCH_H
#define MUSTER_HUB_DISPATCH_H

#include "muster/model/event.h"

struct mu_timer;
struct room;

/* Something was applied, or somebody came or went, that may let conversations be given out: look at the end
 * of the turn. */
void dispatch_wake(struct room *room);
/* An event was applied, or its effects have come about: they may be such a thing. */
void dispatch_happened(struct room *room, const struct mu_event_type *type);
/* The store doesn't take what comes of it: let it be for a moment, or a disk that is full is asked without
 * end. And whether that is so, for all that the hub decides of its own: unless something is to be written
 * anyway. */
void dispatch_pause(struct room *room);
bool dispatch_rests(const struct room *room);
/* Do what is to be done now, as far as this batch has room for it. */
void dispatch_run(struct room *room);
/* The room's timer for what time alone makes due. */
void dispatch_due(struct mu_timer *timer, int64_t now_ms);

#endif
