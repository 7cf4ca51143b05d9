/* Log reads of sessions that come back, in line; see reading.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_READING_H
#define MUSTER_HUB_READING_H

#include "muster/store/worker.h"
#include "muster/wire/port.h"

struct mu_hub;
struct room;

/* Read what was committed after a sequence for the session of a connection, when its turn comes; resume_read
 * then gets the job, whose owner is the struct mu_conn. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err reading_ask(struct room *room, const struct mu_conn *conn, int64_t after_seq);
/* The rows of one read are not needed any more: the next may go. */
void reading_done(struct mu_hub *hub);
/* Forget what waits for a room. */
void reading_forget(struct room *room);

#endif
