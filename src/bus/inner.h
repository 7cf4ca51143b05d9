/* The inside of a bus, for the files of this room that make it up: bus.c (beginning, end, what its owner
 * asks), speak.c and hear.c.
 *
 * Every sign of life says which servers its sender reaches. One speaks on the first of a workspace's two
 * servers that all who live reach, or on both if there is none such. A server is proven when a sign of ours
 * that names just the servers we reach now came back through it: then the others have it too and know where
 * to speak, so that we hear them.
 *
 * Thread: the loop's. */
#ifndef MUSTER_BUS_INNER_H
#define MUSTER_BUS_INNER_H

#include "beat.h"
#include "channel.h"
#include "server.h"

#define BEATS_TOPIC "muster:beats"

struct mu_bus {
	uv_loop_t *loop;
	uv_timer_t tick;
	uv_idle_t flush; /* active while something waits to be sent */
	unsigned holds;  /* those two and the servers that aren't freed */
	void (*done)(void *arg);
	void *done_arg;

	struct places places;
	struct server *servers[SERVERS_MAX];
	uint64_t up, proven, answer; /* servers, a bit each; `answer`: a sign of life is due */
	unsigned unanswered[SERVERS_MAX];
	struct beats beats;
	struct channel *channels;
	struct channel *next; /* of a walk through the channels under way */

	uint8_t key[MU_SEAL_KEY_BYTES];
	uint64_t counter;
	uint64_t woke; /* what it was when the process last stood still */
	struct mu_buf sealed, opened;
	int64_t refused_logged_ms;
	bool leaving; /* said goodbye */
	struct mu_metrics *metrics;
	const struct mu_bus_handler *handler;
	void *arg;
};

static inline bool bus_in_set(uint64_t set, size_t i)
{
	return set >> i & 1;
}

/* The channel of a workspace that was joined, or NULL. */
struct channel *bus_find_channel(const struct mu_bus *bus, const char *workspace);
/* Time goes on while the machine sleeps: others don't wait for it. */
int64_t bus_now_ms(void);

/* Send what was said before the loop waits next. */
void bus_flush_soon(struct mu_bus *bus);
/* Notice whether the process stood still among others. What came back before, or waits to be read, proves
 * nothing then. */
void bus_awake(struct mu_bus *bus);
/* Show on some servers that this node lives. */
void bus_sign(struct mu_bus *bus, enum letter_kind kind, uint64_t set);
/* Tell the sender of a letter, on this server, that it was given up. */
void bus_give_notice(struct mu_bus *bus, size_t at, const struct letter *to);

/* Listen to a channel on one of its servers. */
void bus_ask(struct mu_bus *bus, struct channel *channel, size_t at);
/* Something of it in the loop is no more; with the last the bus is gone. */
void bus_release(struct mu_bus *bus);
/* What servers tell. */
extern const struct server_handler bus_server_handler;

#endif
