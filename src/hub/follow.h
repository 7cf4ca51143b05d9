/* Keeping up with what other nodes write; see follow.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_FOLLOW_H
#define MUSTER_HUB_FOLLOW_H

#include "muster/store/worker.h"

struct mu_hub;
struct mu_timer;
struct request;
struct room;

/* Whether a load, which the room's state is not yet, brings along all that was not told here yet. */
bool follow_reaches(const struct room *room, const struct mu_job *load);
/* The room's state is the one of the load now: sessions follow, and what happened meanwhile is told to those
 * who may hear it now; unless it is not all there, then they come back for what is left. */
void follow_catch_up(struct room *room, const struct mu_job *load, bool reaches);

/* Tell the other nodes of rows that are durable now. */
void follow_say(struct room *room, const struct mu_row *rows, size_t n);
/* The word of another node that did so. */
void follow_hear(struct room *room, const char *node, const char *json, size_t bytes);

/* The log is known to go to this sequence (0: no further than was known): read what isn't here yet, unless
 * something of our own is under way; then when that has come to its end. */
void follow_look(struct room *room, int64_t seq);
/* Let a request that needs the log up to this sequence wait until it was looked how far it goes; false: it
 * was, or there is nobody else who writes. */
bool follow_await(struct request *request, int64_t seq);
/* What was read for it. */
void follow_read(struct mu_hub *hub, struct mu_job *job);
/* The bus reaches the room's other nodes from now on, so that anything may have been missed before; or no
 * more. */
void follow_reach(struct room *room, bool reaches);

/* Begin to look now and then what other nodes wrote: often where the bus doesn't reach. */
void follow_start(struct mu_hub *hub);
/* Look at once: nodes have come or gone, and what they wrote may not have been heard. */
void follow_soon(struct mu_hub *hub);
/* The hub's timer for it, and what it found. */
void follow_due(struct mu_timer *timer, int64_t now_ms);
void follow_listed(struct mu_hub *hub, const struct mu_job *job);

#endif
