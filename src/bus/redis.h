/* One connection to a Redis server, from looking its name up to its end. It is made, greets (AUTH, PING), is
 * ready, and ends once: to connect again is to make another.
 * Thread: the loop's. */
#ifndef MUSTER_BUS_REDIS_H
#define MUSTER_BUS_REDIS_H

#include "place.h"
#include "redis_codec.h"

#include <uv.h>

struct redis;

struct redis_handler {
	void (*ready)(void *arg);
	/* Something came, other than the answers to the greeting. */
	void (*heard)(void *arg, const struct redis_reply *reply);
	/* It ended by itself and must not be used any more; `why` is for a person. */
	void (*ended)(void *arg, const char *why);
	/* Nothing of it is left in the loop; called for each connection that was made. */
	void (*freed)(void *arg);
};

/* Start to connect; a callback follows, never before this returns. `places` and `handler` must outlive it.
 * NULL when memory is out. */
struct redis *redis_create(uv_loop_t *loop, const struct places *places, size_t place,
			   const struct redis_handler *handler, void *arg);
/* End it without a word; only `freed` follows. Accepts NULL. */
void redis_destroy(struct redis *redis);

/* Queue a command, which the next flush sends. Errors: MU_NO_MEMORY; nothing is queued then. */
MU_MUST enum mu_err redis_command(struct redis *redis, size_t n, const char **words, const size_t *bytes);
/* Bytes that wait to be sent. */
size_t redis_waiting(const struct redis *redis);
/* May call `ended`. */
void redis_flush(struct redis *redis);

#endif
