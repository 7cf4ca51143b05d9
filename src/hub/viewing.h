/* Views of who sees the workspace as somebody else; see viewing.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_VIEWING_H
#define MUSTER_HUB_VIEWING_H

#include "muster/base/wheel.h"

struct room;

/* The state has changed: end the views that are over. */
void viewing_settle(struct room *room);
/* A room's viewing_timer. */
void viewing_due(struct mu_timer *timer, int64_t now_ms);

#endif
