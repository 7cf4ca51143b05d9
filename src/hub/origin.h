/* From where something was done, for the audit log.
 * Thread: hub. */
#ifndef MUSTER_HUB_ORIGIN_H
#define MUSTER_HUB_ORIGIN_H

#include "muster/base/mem.h"

struct request;
struct session;

/* A JSON object in the arena: address, transport, and the session with its device or what the client calls
 * itself, as far as they are known. NULL when memory is out. */
const char *origin_request(const struct request *request, struct mu_arena *arena);
const char *origin_session(const struct session *session, struct mu_arena *arena);

#endif
