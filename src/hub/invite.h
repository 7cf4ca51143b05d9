/* Invitations run out by time; see invite.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_INVITE_H
#define MUSTER_HUB_INVITE_H

#include <stdint.h>

struct mu_timer;
struct room;

/* The room's timer for it. */
void invite_due(struct mu_timer *timer, int64_t now_ms);
/* Tell which have run out. */
void invite_settle(struct room *room);
/* Look at the right time for what has run out. Call it when the room's state was read, and after each change
 * of an invitation. */
void invite_watch(struct room *room);

#endif
