/* An edge: one thread with its own loop, listener and sessions' sockets. It speaks WebSocket and HTTP,
 * enforces limits, checks signatures, and turns what clients send into requests for the hub; it keeps the
 * topic index and the write queues of its own sessions. It knows nothing of the model. The only room that
 * knows libwebsockets.
 *
 * Thread: create, post and destroy from the main thread or the hub; everything else happens in the edge's own
 * thread. */
#ifndef MUSTER_EDGE_EDGE_H
#define MUSTER_EDGE_EDGE_H

#include "muster/base/clock.h"
#include "muster/base/config.h"
#include "muster/base/metrics.h"
#include "muster/wire/port.h"
#include "muster/wire/route.h"

struct mu_edge;

/* What an edge is made with; all of it outlives the edge. */
struct mu_edge_setup {
	unsigned index; /* edge number in struct mu_conn */
	int listen_fd;  /* a bound, listening socket of its own (SO_REUSEPORT); the edge's from now on */
	struct mu_metrics *metrics;
	const struct mu_methods *methods;
	struct mu_queue *hub;           /* where struct mu_up go */
	bool (*ready)(void *ready_arg); /* for /readyz: may be called from the edge's thread */
	void *ready_arg;
	struct mu_edge_shared *shared; /* counts over all edges, for limits; see mu_edge_shared_create */
	const struct mu_clock *clock;
};

/* Counters that all edges of a process share (connections in all, per address, per user and workspace), and
 * the files of the site. Own lock; any thread. Without a web directory there is no site; NULL: memory is out,
 * an option is bad, or some of the site can't be read, which is logged. */
struct mu_edge_shared *mu_edge_shared_create(const struct mu_config *config);
/* Let edges serve a document that this program made, to everybody. Before the first edge is made.
 * Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err mu_edge_shared_serve(struct mu_edge_shared *shared, const char *path, const char *text);
void mu_edge_shared_destroy(struct mu_edge_shared *shared); /* after the edges; accepts NULL */

/* Let all edges go by another config from now on; it has to live as long as the edges, like the ones before
 * it. The files of the console are read again; if they can't be, those that are there stay. What was bound at
 * the start (listen, metrics_listen) stays.
 * Thread: one at a time, while edges run.
 * Errors: MU_INVALID_PARAMS, MU_NO_MEMORY; nothing changed. */
MU_MUST enum mu_err mu_edge_shared_reload(struct mu_edge_shared *shared, const struct mu_config *config,
					  struct mu_fault *ret_fault);

/* Open a listening socket for an edge: HOST:PORT with SO_REUSEPORT, [v6]:PORT too; port 0 picks a free one,
 * *ret_port tells which. The first edge of a process takes the port only if nobody else has it; further ones
 * share it.
 * Errors: MU_INVALID_PARAMS (address), MU_UNAVAILABLE (taken, not permitted); the fault says what to do. */
MU_MUST enum mu_err mu_edge_listen(const char *address, bool first, int *ret_fd, int *ret_port,
				   struct mu_fault *ret_fault);

/* Start the thread. Edges are created one after another.
 * Errors: MU_NO_MEMORY, MU_INTERNAL; the socket is closed. */
MU_MUST enum mu_err mu_edge_create(const struct mu_edge_setup *setup, struct mu_edge **ret_edge);

/* Hand messages over, in order: a chain linked by msg.next. The edge owns them. Any thread, though in
 * practice the hub. */
void mu_edge_post(struct mu_edge *edge, struct mu_down *first, struct mu_down *last, size_t n);

/* Stop (as by MU_DOWN_STOP), join the thread and free. Accepts NULL. */
void mu_edge_destroy(struct mu_edge *edge);

#endif
