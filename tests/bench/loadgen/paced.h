/* A figure of commands: as many as the server takes with so many in flight, then half as many on a schedule
 * that was fixed beforehand, for the time that one takes. */
#ifndef LOADGEN_PACED_H
#define LOADGEN_PACED_H

#include "pool.h"
#include "samples.h"

struct lg_paced;

/* Sends the next command of connection `conn`, marked with `id`. */
typedef void lg_paced_send(struct lg_paced *paced, struct lg_conn *conn, uint32_t id);

struct lg_paced {
	struct lg_pool *pool;
	uint32_t senders; /* connections [0, senders) send */
	lg_paced_send *send;
	void *ctx;

	uint32_t sent;
	uint32_t done;
	uint32_t cap;        /* commands at most */
	uint64_t *sent_ns;   /* by id: when it was due; 0 once it is done */
	uint32_t *sender;    /* by id */
	uint32_t *in_flight; /* by sender */
	bool refill;         /* one that is done makes room for another */
	struct lg_samples samples;
};

/* Measures and reports. pool->on_text must call lg_paced_done for each command that is done. */
void lg_paced_run(struct lg_paced *paced);

/* The same of --rate commands a second only, on such a schedule. */
void lg_paced_run_at_rate(struct lg_paced *paced);

/* Command `id` is done. False: it was done already, or never sent. */
bool lg_paced_done(struct lg_paced *paced, uint32_t id);

#endif
