/* Connection tickets; see ticket.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_TICKET_H
#define MUSTER_HUB_TICKET_H

#include "muster/auth/identity.h"
#include "muster/base/err.h"

struct mu_hub;

enum mu_err ticket_make(struct mu_hub *hub, const char *workspace, const struct mu_identity *identity,
			char **ret_text, int64_t *ret_expires_at_ms);
/* Take a ticket: it works once. False: unknown, used or expired. */
bool ticket_take(struct mu_hub *hub, const struct mu_identity *ticket, struct mu_identity *ret_identity);
void tickets_destroy(struct mu_hub *hub);

#endif
