/* The group commit of a room; see commit.c for its invariant.
 * Thread: hub. */
#ifndef MUSTER_HUB_COMMIT_H
#define MUSTER_HUB_COMMIT_H

#include "telling.h"
#include "muster/store/worker.h"
#include "muster/wire/port.h"

struct mu_hub;
struct request;
struct room;

/* One event on its way: kept until it is durable, then told. */
struct fact {
	struct fact *next;
	struct mu_event *event;
	struct telling telling;
};

/* Events of one room that are committed together, with the requests that wait for it. */
struct batch {
	struct mu_job *job; /* rows live in its arena */
	struct mu_row *rows;
	size_t n, cap;
	struct fact *facts, *last_fact;
	struct request *requests, *last_request;
};

/* Apply the events of a call and queue them; the request (may be NULL) is answered when they are durable. On
 * error the room was reset. */
enum mu_err commit_add(struct room *room, struct mu_event *events, struct request *request);
/* Let an answer wait for what is under way in the room; false: nothing is. */
bool commit_wait(struct request *request);
/* Let a request wait likewise, and then run anew: it needs what the commit brings about. */
bool commit_await(struct request *request);
/* An event of the hub's own, and one that comes of what somebody did: who (JSON, constant) and from where
 * (JSON or NULL). Data and origin are borrowed for the call. */
void commit_system(struct room *room, const struct mu_event_type *type, const void *data);
void commit_system_at(struct room *room, const struct mu_event_type *type, const void *data,
		      const char *actor, const char *origin);
/* An event is durable and in the state: bring about what follows from it, and tell it. */
void commit_tell(struct room *room, const struct mu_event *event, const struct telling *telling);
void commit_submit(struct room *room);
void commit_done(struct mu_hub *hub, struct mu_job *job);
void batch_destroy(struct batch *batch, enum mu_err err);

#endif
