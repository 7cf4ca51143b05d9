/* The bus: what the nodes of a cluster tell each other while they run, through Redis pub/sub. It is fast and
 * it forgets: whatever must not be lost is in the log, and whoever finds a gap reads it there. Redis is
 * trusted with nothing: it keeps no key of ours, and every message is sealed with the cluster's key and bound
 * to its channel, so a forged, foreign or misplaced one is dropped and counted.
 *
 * Channels: one per workspace, heard only by nodes that joined it, and one on which nodes show that they
 * live. With several servers each workspace has a first and a second one by rendezvous hashing: a node
 * listens on both and speaks on the first of them that it reaches, so the loss of a server is no more than a
 * reconnect.
 *
 * Liveness: every node sends a beat each MU_BEAT_MS on every server. A node is gone when MU_BEATS_LOST beats
 * of our own have come back through a server without one of the other's between them, on every server that
 * still heard it last; so neither an outage of Redis nor a pause of this process makes anybody else look
 * dead.
 *
 * Thread: the loop's; nothing blocks. */
#ifndef MUSTER_BUS_BUS_H
#define MUSTER_BUS_BUS_H

#include "muster/base/fault.h"
#include "muster/base/mem.h"
#include "muster/base/metrics.h"

#include <uv.h>

#define MU_BEAT_MS INT64_C(500)
#define MU_BEATS_LOST 7
/* A node that stood still for so long has to expect that it was given up. */
#define MU_BUS_LEASE_MS (MU_BEAT_MS * (MU_BEATS_LOST - 1))
#define MU_BUS_KEY_BYTES 32
/* A message's text at most; who has more to say says it in parts. */
#define MU_BUS_TEXT_MAX ((size_t)256 * 1024)

struct mu_bus;

/* Why this node's place among the others is in doubt; what is surer comes later. */
enum mu_given_up {
	MU_GIVEN_UP_SLEPT,    /* the process stood still for longer than the lease while others were there */
	MU_GIVEN_UP_TOLD,     /* others say that its epoch is fenced */
	MU_GIVEN_UP_NAMESAKE, /* a node of the same name speaks with a later epoch */
};

/* Called in the loop's thread. Texts are borrowed for the call. None may destroy the bus. */
struct mu_bus_handler {
	/* Another node said something about a workspace that we joined. In the order in which that node said
	 * it, as long as the connections hold; nothing comes twice. `text` ends in a NUL that `bytes` doesn't
	 * count. */
	void (*heard)(void *arg, const char *workspace, const char *node, const char *text, size_t bytes);
	/* From now on what is said about the workspace reaches all others that joined it, and we hear them
	 * (true), or that is no longer so (false). After `true` anything may have been missed before: look
	 * for gaps. */
	void (*reach)(void *arg, const char *workspace, bool reaches);
	/* A node is there, with this epoch (it may have been there with an older one; that is gone then
	 * without a further word); it is gone without a goodbye; it said goodbye. */
	void (*came)(void *arg, const char *node, int64_t epoch);
	void (*went)(void *arg, const char *node, int64_t epoch);
	void (*left)(void *arg, const char *node, int64_t epoch);
	/* What this node knows of the others is stale, and they may have taken its place. Again only
	 * for a surer reason, until mu_bus_renew(). */
	void (*given_up)(void *arg, enum mu_given_up why);
};

struct mu_bus_setup {
	uv_loop_t *loop;
	const char *url;    /* redis://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]…] */
	const uint8_t *key; /* MU_BUS_KEY_BYTES, the same on every node; copied */
	const char *node;   /* this node's name; copied */
	int64_t epoch;      /* of this node's seat in the store (store/store.h) */
	struct mu_metrics *metrics;
	const struct mu_bus_handler *handler; /* constant */
	void *arg;
};

/* Start to connect; it goes on by itself, with jitter, for as long as the bus lives, whatever servers do.
 * Errors: MU_INVALID_PARAMS (URL; the fault says what is wrong), MU_NO_MEMORY. */
MU_MUST enum mu_err mu_bus_create(const struct mu_bus_setup *setup, struct mu_bus **ret_bus,
				  struct mu_fault *ret_fault);
/* End all connections; `done` is called in the loop when nothing of the bus is left. Accepts NULL (done is
 * called at once). */
void mu_bus_destroy(struct mu_bus *bus, void (*done)(void *arg), void *arg);

/* Hear what is said about a workspace from now on (`reach` tells from when), or no more. Joining twice
 * changes nothing. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err mu_bus_join(struct mu_bus *bus, const char *workspace);
void mu_bus_leave(struct mu_bus *bus, const char *workspace);
bool mu_bus_reaches(const struct mu_bus *bus, const char *workspace);
/* Say something about a workspace to all others that joined it. It is lost when the bus doesn't reach, and
 * when more waits for the server than may (metric bus_dropped_total). Errors: MU_TOO_LARGE (more than
 * MU_BUS_TEXT_MAX), MU_UNAVAILABLE (lost), MU_NO_MEMORY. */
MU_MUST enum mu_err mu_bus_say(struct mu_bus *bus, const char *workspace, const char *text, size_t bytes);

/* The other nodes that live, and how many of them have a name before ours (by bytes). */
size_t mu_bus_peers(const struct mu_bus *bus);
size_t mu_bus_rank(const struct mu_bus *bus);
/* Whether this node hears what it says: a beat of its own came back through some server, of after it was
 * given up for having stood still. */
bool mu_bus_up(const struct mu_bus *bus);
/* Notice now whether the process stood still for longer than the lease. The bus does so whenever it hears
 * something or beats; whoever acts on what came from elsewhere meanwhile asks first. */
void mu_bus_awake(struct mu_bus *bus);
/* That node of that epoch is given up: when it still beats it is told so. */
void mu_bus_give_up(struct mu_bus *bus, const char *node, int64_t epoch);
/* Go on with a new epoch of our own. */
void mu_bus_renew(struct mu_bus *bus, int64_t epoch);
/* Tell the others that this node goes of its own will; it beats no more. */
void mu_bus_goodbye(struct mu_bus *bus);

/* Read a cluster key: at least 32 bytes of which the key is made (BLAKE2b-256), white space at its end left
 * aside. Errors: MU_UNAVAILABLE, MU_INVALID_PARAMS (too short); the fault names the file and what to do. */
MU_MUST enum mu_err mu_bus_read_key(const char *path, uint8_t ret_key[static MU_BUS_KEY_BYTES],
				    struct mu_fault *ret_fault);

#endif
