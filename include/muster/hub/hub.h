/* The hub: one thread that owns every workspace, all presence and the session registry. It takes requests
 * from the edges, runs commands, makes what they decided durable in group commits, and only then answers and
 * tells everybody whom it concerns. It never touches a client's socket and never waits for a disk.
 *
 * Thread: create, join, attach, control and start from the main thread, in that order; call, reload, drain
 * and ready from any thread; stop and destroy from the main thread. */
#ifndef MUSTER_HUB_HUB_H
#define MUSTER_HUB_HUB_H

#include "muster/base/clock.h"
#include "muster/base/config.h"
#include "muster/base/metrics.h"
#include "muster/bus/bus.h"
#include "muster/store/store.h"
#include "muster/wire/port.h"

struct mu_hub;

/* The node's place among others. */
struct mu_hub_seat {
	uint8_t key[MU_BUS_KEY_BYTES]; /* of the cluster */
	int64_t epoch;                 /* of the seat that the node took in the store */
};

struct mu_hub_setup {
	const struct mu_config *config; /* outlives the hub */
	struct mu_metrics *metrics;     /* outlives the hub */
	const struct mu_clock *clock;   /* outlives the hub */
	struct mu_store *store;         /* open; the hub's from now on, also when create fails */
	/* Have a mail sent, without waiting; NULL: none is sent. Called in the hub's thread until it stops.
	 * Errors: MU_UNAVAILABLE, MU_INVALID_PARAMS, MU_NO_MEMORY; the hub logs them. */
	enum mu_err (*mail)(void *arg, const char *to, const char *subject, const char *text);
	void *mail_arg;
};

/* Errors: MU_NO_MEMORY, MU_INTERNAL. */
MU_MUST enum mu_err mu_hub_create(const struct mu_hub_setup *setup, struct mu_hub **ret_hub);

/* Be one of several nodes, by the config's bus and with this seat; else the node is the only one.
 * Errors: MU_INVALID_PARAMS (the bus; the fault says what is wrong), MU_NO_MEMORY. */
MU_MUST enum mu_err mu_hub_join(struct mu_hub *hub, const struct mu_hub_seat *seat,
				struct mu_fault *ret_fault);

/* Where edges put their struct mu_up. */
struct mu_queue *mu_hub_queue(struct mu_hub *hub);

/* Add an edge; the n-th call is edge number n. `post` hands over a chain of struct mu_down in order. Errors:
 * MU_NO_MEMORY. */
MU_MUST enum mu_err
mu_hub_attach(struct mu_hub *hub,
	      void (*post)(void *edge, struct mu_down *first, struct mu_down *last, size_t n), void *edge);

/* Listen for the operator on a Unix socket (mode 0600): one JSON object a line,
 * {"method":…,"workspace":…,"params":…}, answered by one line,
 * {"result":…} or {"error":…}.
 * Errors: MU_UNAVAILABLE; the fault says which path and why. */
MU_MUST enum mu_err mu_hub_control(struct mu_hub *hub, const char *path, struct mu_fault *ret_fault);

/* Start the thread. Errors: MU_INTERNAL. */
MU_MUST enum mu_err mu_hub_start(struct mu_hub *hub);

/* Run a method as the operator. `params` (object or NULL) is the hub's from now on. `done` is called once: in
 * the hub's thread, or by mu_hub_destroy if the hub stopped before it came to it; body is JSON text, or for a
 * fault NULL or the present state, valid during the call. Errors: MU_NO_MEMORY, MU_METHOD_NOT_FOUND,
 * MU_NOT_FOUND (no workspace can have this name); done is then not called. */
MU_MUST enum mu_err mu_hub_call(struct mu_hub *hub, const char *workspace, const char *method, json_t *params,
				void (*done)(void *arg, const struct mu_fault *fault, const char *body),
				void *arg);

/* Whether the hub is started, its store answers and it isn't draining. */
bool mu_hub_ready(struct mu_hub *hub);

/* Go by another config from now on; it has to live as long as the hub, like the ones before it. What was set
 * up at the start (store, node, sizes of tables) stays. */
void mu_hub_reload(struct mu_hub *hub, const struct mu_config *config);

/* Begin to leave: edges send their clients away. What was accepted is still finished. */
void mu_hub_drain(struct mu_hub *hub);

/* Finish commits in flight, answer what waits with MU_UNAVAILABLE and end the thread. Edges may still put
 * messages into the queue, which nobody reads any more; so an orderly end is: stop the hub, destroy the
 * edges, destroy the hub. */
void mu_hub_stop(struct mu_hub *hub);

/* Stop if need be, and free. No edge may be left. Accepts NULL. */
void mu_hub_destroy(struct mu_hub *hub);

#endif
