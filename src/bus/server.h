/* One server of the bus: a connection that listens and one that speaks, made again whenever one of them ends.
 * It is up while both are ready and everything that was asked for when they were made is listened to.
 * Thread: the loop's. */
#ifndef MUSTER_BUS_SERVER_H
#define MUSTER_BUS_SERVER_H

#include "redis.h"

struct server;

/* `at` is which of the servers it is. */
struct server_handler {
	/* The connection that listens is new: ask for all channels. */
	void (*ask)(void *arg, size_t at);
	/* The channel is listened to: the question of that number was answered. */
	void (*listens)(void *arg, size_t at, const char *channel, uint64_t question);
	void (*heard)(void *arg, size_t at, const char *channel, const char *bytes, size_t n);
	void (*up)(void *arg, size_t at);
	void (*down)(void *arg, size_t at);
	/* Nothing of it is left in the loop; its memory is gone. */
	void (*freed)(void *arg);
};

/* `places` and `handler` must outlive it. NULL when memory is out. */
struct server *server_create(uv_loop_t *loop, const struct places *places, size_t at,
			     const struct server_handler *handler, void *arg);
void server_destroy(struct server *server); /* then only `freed` follows; accepts NULL */

bool server_is_up(const struct server *server);
/* Listen to a channel. The number of the question, 0 if it wasn't asked: not connected, then `ask` will come.
 */
uint64_t server_listen(struct server *server, const char *channel);
void server_ignore(struct server *server, const char *channel);
/* Errors: MU_UNAVAILABLE (not up, or too much waits already), MU_NO_MEMORY. */
MU_MUST enum mu_err server_say(struct server *server, const char *channel, const void *bytes, size_t n);
/* Send what was said in this turn of the loop. */
void server_flush(struct server *server);
/* Give up both connections and make new ones, because of `why`. */
void server_reset(struct server *server, const char *why);
/* It works from end to end: when it fails next it is tried again at once. */
void server_proven(struct server *server);

#endif
