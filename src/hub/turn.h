/* The hub itself, and what every part of it may ask for: the end of the turn sends all that came of it.
 * Thread: hub. */
#ifndef MUSTER_HUB_TURN_H
#define MUSTER_HUB_TURN_H

#include "number.h"
#include "muster/auth/throttle.h"
#include "muster/base/clock.h"
#include "muster/base/config.h"
#include "muster/base/metrics.h"
#include "muster/base/wheel.h"
#include "muster/hub/hub.h"
#include "muster/model/presence.h"
#include "muster/store/worker.h"
#include "muster/wire/port.h"

#include <uv.h>

struct cluster;
struct room;
struct session;

struct failure;
struct mu_ticket;

struct outlet { /* towards one edge */
	void (*post)(void *edge, struct mu_down *first, struct mu_down *last, size_t n);
	void *edge;
	struct mu_down *first, *last;
	struct mu_down *first_bye, *last_bye; /* go after the others */
	size_t n;
	struct session **sessions; /* its sessions, by slot; NULL: none there */
	size_t n_slots;
};

#define HUB_EDGES_MAX 256

struct mu_hub {
	const struct mu_config *config;
	struct mu_metrics *metrics;
	const struct mu_clock *clock;
	struct mu_worker *worker;
	struct cluster *cluster; /* NULL: this is the only node */
	enum mu_err (*mail)(void *arg, const char *to, const char *subject, const char *text);
	void *mail_arg;
	uv_loop_t loop;
	uv_async_t wake;
	uv_timer_t timer;
	uv_pipe_t control;
	bool controlled;
	uv_pipe_t refused; /* an operator for whose connection there is no memory; closed at once */
	bool refusing, refuse_again;
	uv_thread_t thread;
	bool started;
	struct mu_queue inbox; /* struct mu_up */
	struct mu_queue jobs;  /* struct mu_job, done */
	struct outlet outlets[HUB_EDGES_MAX];
	size_t n_edges;
	struct mu_wheel wheel;
	struct mu_now now; /* of this turn */
	struct room *rooms, *dirty;
	struct room *reading; /* whose sessions wait to go on, the next one first */
	struct mu_ticket *tickets;
	struct mu_throttle *throttle;
	struct failure *failures;
	struct numbers numbers; /* for topics and groups */
	uint64_t next_session;
	char boot[MU_ID_TEXT];       /* makes versions of presence differ between runs */
	size_t hashing;              /* password work under way */
	size_t jobs_out;             /* store jobs under way */
	size_t reads_out;            /* of these, log reads for sessions */
	atomic_size_t opening_bytes; /* of answers to session.open that edges have yet to take */
	struct mu_timer opening;     /* looks whether they have */
	bool snapshotting;           /* one of these makes a snapshot, or keeps it */
	_Atomic(const struct mu_config *) next_config; /* to be taken at the next turn, or NULL */
	atomic_bool ready, draining, stopping;
	bool sent_away;         /* the edges know that the hub is draining */
	atomic_bool store_down; /* the last job failed for want of the store */
	atomic_bool seatless;   /* the other nodes gave this one up, and it has no new place among them yet */
	bool fenced;            /* the store takes nothing from this node before it has one */
	struct mu_timer news;   /* looks what other nodes wrote */
	int64_t listed_mono_ms; /* when that was done last */
	struct mu_timer probe;  /* asks the store again while it is down */
};

/* Have `now` be now: for whoever begins a turn. */
void hub_read_clock(struct mu_hub *hub);
void hub_turn_end(struct mu_hub *hub);
void hub_send(struct mu_hub *hub, unsigned edge, struct mu_down *down);
/* As hub_send, but after everything else of this turn: a goodbye doesn't overtake an answer. */
void hub_send_bye(struct mu_hub *hub, unsigned edge, struct mu_down *down);
/* Hand over to each edge what was sent to it. */
void hub_deliver(struct mu_hub *hub);
/* Free what was sent and won't be handed over any more. */
void hub_drop_messages(struct mu_hub *hub);
void hub_submit(struct mu_hub *hub, struct mu_job *job);
/* Look at the room at the end of the turn; no more. */
void hub_dirty(struct room *room);
void hub_clean(struct room *room);

#endif
