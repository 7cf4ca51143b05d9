/* Log reads of sessions that come back, in line; see reading.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_READING_H
#define MUSTER_HUB_READING_H

#include "muster/store/worker.h"
#include "muster/wire/port.h"

struct mu_hub;
struct room;

/* For whom a read is; the owner of its job. */
struct reading {
	struct mu_conn conn;
	bool alone;
};

/* Read what was committed after a sequence for the session of a connection, when its turn comes; resume_read
 * then gets the job. It may have been read from an earlier sequence on, for others who wait, unless it is to
 * be `alone`. If what is missed is in memory by then, resume_go is called instead. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err reading_ask(struct room *room, const struct mu_conn *conn, int64_t after_seq, bool alone);
/* At the end of a turn: have those go on who can, and the next reads be made. */
void reading_turn(struct mu_hub *hub);
/* The rows of one read are not needed any more: the next may go. */
void reading_done(struct mu_hub *hub);
/* Forget what waits for a room. */
void reading_forget(struct room *room);

#endif
