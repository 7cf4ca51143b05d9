/* Connection tickets; see ticket.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_TICKET_H
#define MUSTER_HUB_TICKET_H

#include "muster/auth/identity.h"
#include "muster/base/err.h"
#include "muster/base/wheel.h"

struct mu_hub;
struct request;
struct room;

enum mu_err ticket_make(struct mu_hub *hub, const char *workspace, const struct mu_identity *identity,
			char **ret_text, int64_t *ret_expires_at_ms);
/* Take a ticket: it works once. False: unknown, used or expired. */
bool ticket_take(struct mu_hub *hub, const struct mu_identity *ticket, struct mu_identity *ret_identity);
void tickets_destroy(struct mu_hub *hub);

/* Ask the other nodes for the ticket that the request brings: it is run again when one of them grants it, or
 * when none did in time. False: there are none to be asked, or they were. */
bool ticket_claim(struct request *request);
/* A room's claim_timer. */
void ticket_due(struct mu_timer *timer, int64_t now_ms);
/* Words of other nodes; see cluster.h. */
void ticket_hear_claim(struct room *room, const char *node, const char *json, size_t bytes);
void ticket_hear_grant(struct room *room, const char *node, const char *json, size_t bytes);

#endif
