/* Writes that may be sent twice: who names a write with an idempotency key gets the first answer again; see
 * idempotency.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_IDEMPOTENCY_H
#define MUSTER_HUB_IDEMPOTENCY_H

#include "muster/base/fault.h"

struct request;
struct room;

/* A write that was asked for with a key: under way, or answered a while ago. */
struct named_write;

/* Look whether a request, whose actor and parameters are checked, repeats another one. MU_OK: it doesn't, or
 * brings no key; go on. MU_DEFERRED: it is answered already, or will be together with the first. Errors:
 * MU_INVALID_PARAMS (the key), MU_CONFLICT (the key names another write), MU_NO_MEMORY. */
MU_MUST enum mu_err idempotency_enter(struct request *request);

/* The outcome of the request that has entered: remembered for repeats, unless it is of the kind that may be
 * different the next time. */
void idempotency_leave(struct request *request, enum mu_err err, const char *body);

/* Forget all; who waits hears MU_UNAVAILABLE. */
void idempotency_finish(struct room *room);

#endif
