/* Sessions that wait to go on, in line; see reading.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_READING_H
#define MUSTER_HUB_READING_H

#include "muster/store/worker.h"
#include "muster/wire/port.h"

struct mu_hub;
struct room;

/* A session that waits, known by its connection. */
struct waiting {
	struct waiting *next;
	struct mu_conn conn;
	int64_t since_ms;  /* monotonic */
	int64_t after_seq; /* what it has heard; < 0: it begins afresh */
	bool alone;        /* nobody else's rows are to be read with its own */
};

/* Whether sessions may be let in at once: the edges have sent most of what went to those before. */
bool reading_room(const struct mu_hub *hub);
/* Let the session of a connection wait until it is its turn. Then resume_go is called; or if what it missed
 * isn't in memory it is read, and resume_read gets the job, whose owner is the struct mu_conn. The rows may
 * begin earlier than it needs, for others who wait. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err reading_ask(struct room *room, const struct mu_conn *conn, int64_t after_seq, bool alone);
/* At both ends of a turn: have those go on who can. */
void reading_turn(struct mu_hub *hub);
/* The rows of one read are not needed any more: the next may go. */
void reading_done(struct mu_hub *hub);
/* Forget who waits in a room. */
void reading_forget(struct room *room);

#endif
