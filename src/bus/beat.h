/* Who else lives: counts beats and nothing else, so that it needs neither a network nor a clock of its own.
 *
 * Each of our beats that comes back through a server is one beat of silence of everybody who wasn't heard
 * there since the last one. Who was silent for MU_BEATS_LOST of them on every server that is up is gone. When
 * a server comes up silence on it begins below zero, for others may still be on their way to it.
 *
 * A node that went, said goodbye or was given up stays so: only a higher epoch brings its name back.
 * Thread: one owner. */
#ifndef MUSTER_BUS_BEAT_H
#define MUSTER_BUS_BEAT_H

#include "letter.h"
#include "place.h"

#include "muster/bus/bus.h"

/* Beats of silence that are forgiven on a server which has just come up: as long as others may take to come
 * back to it. */
#define BEATS_GRACE 4
/* Nodes that are gone and still remembered. */
#define GONE_MAX 1024

struct peer;

struct beats {
	char node[NODE_MAX + 1];
	int64_t epoch;
	bool given_up; /* told so, and why; waits for a new epoch */
	enum mu_given_up why;
	size_t n_servers;
	uint64_t up;                  /* servers, a bit each */
	uint64_t echoed[SERVERS_MAX]; /* the highest counter of ours that came back */
	int64_t awake_ms;             /* when the process was last seen to run; 0: never */
	size_t living, gone;
	struct peer *peers;                   /* by name; also those that are gone */
	const struct mu_bus_handler *handler; /* came, went, left and given_up are called */
	void *arg;
};

void beats_init(struct beats *beats, const char *node, int64_t epoch, size_t n_servers,
		const struct mu_bus_handler *handler, void *arg);
void beats_finish(struct beats *beats);

/* What the caller has to do about a letter. */
enum beat_duty {
	BEAT_NOTHING,
	BEAT_REFUSE, /* it is a replay */
	BEAT_ANSWER, /* show that we live */
	BEAT_TELL,   /* its sender was given up: send it a notice */
	BEAT_OWN,    /* one of ours came back */
};

/* A letter of any kind but a word came through a server. */
enum beat_duty beats_heard(struct beats *beats, size_t server, const struct letter *letter);
/* Whether a word is of our own name; one of a higher epoch gives us up. */
bool beats_is_own(struct beats *beats, const struct letter *letter);
/* Whether a word of that node and epoch counts; if it wasn't known it is now. */
bool beats_admit(struct beats *beats, const struct letter *letter);

void beats_up(struct beats *beats, size_t server);
void beats_down(struct beats *beats, size_t server);
/* The process runs. If it stood still for longer than the lease while others were there it has been given up:
 * true. */
bool beats_awake(struct beats *beats, int64_t now_ms);

void beats_give_up(struct beats *beats, const char *node, int64_t epoch);
void beats_renew(struct beats *beats, int64_t epoch);
size_t beats_rank(const struct beats *beats);
/* The servers that all who live say they reach. */
uint64_t beats_common(const struct beats *beats);

#endif
