/* Sign-ins that failed, for the audit log: told one by one as long as they are few, then together.
 * Thread: hub. */
#ifndef MUSTER_HUB_FAILURES_H
#define MUSTER_HUB_FAILURES_H

#include "muster/api/api.h"

struct mu_hub;
struct room;

/* See struct mu_host. */
void host_login_failed(struct mu_call *call, const char *user, const char *email);

/* What waited for the room's pen may be written now. */
void failures_settle(struct room *room);
/* Write what was counted and isn't told yet; before a stop. */
void failures_flush(struct mu_hub *hub);
void failures_destroy(struct mu_hub *hub);

#endif
