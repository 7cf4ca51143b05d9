/* Connection tickets: a random word that opens one session within seconds. Kept as digests, in this hub only.
 * Invariant: a ticket is taken out of the table before it is honoured.
 * Thread: hub. */
#include "ticket.h"

#include "turn.h"
#include "muster/auth/token.h"

#include <string.h>

#define TICKETS_MAX 100000

struct mu_ticket {
	UT_hash_handle hh;
	uint8_t digest[MU_DIGEST_BYTES];
	struct mu_identity identity; /* of the token that asked for it */
	int64_t expires_at_ms;       /* of the ticket itself */
};

/* Tickets are kept in the order of their making, and all live equally long. */
static void drop_expired(struct mu_hub *hub)
{
	struct mu_ticket *ticket, *next;

	HASH_ITER (hh, hub->tickets, ticket, next) {
		if (ticket->expires_at_ms > hub->now.wall_ms)
			return;
		HASH_DEL(hub->tickets, ticket);
		free(ticket);
	}
}

enum mu_err ticket_make(struct mu_hub *hub, const char *workspace, const struct mu_identity *identity,
			char **ret_text, int64_t *ret_expires_at_ms)
{
	struct mu_ticket *ticket;
	enum mu_err err;

	drop_expired(hub);
	if (HASH_COUNT(hub->tickets) >= TICKETS_MAX)
		return MU_UNAVAILABLE;
	ticket = calloc(1, sizeof(*ticket));
	if (!ticket)
		return MU_NO_MEMORY;
	err = mu_ticket_make(workspace, ret_text, ticket->digest);
	if (err) {
		free(ticket);
		return err;
	}
	ticket->identity = *identity;
	ticket->expires_at_ms = *ret_expires_at_ms = hub->now.wall_ms + hub->config->ticket_ttl_ms;
	HASH_ADD(hh, hub->tickets, digest, sizeof(ticket->digest), ticket);
	if (ticket->hh.tbl)
		return MU_OK;
	free(ticket);
	free(*ret_text);
	*ret_text = NULL;
	return MU_NO_MEMORY;
}

bool ticket_take(struct mu_hub *hub, const struct mu_identity *ticket, struct mu_identity *ret_identity)
{
	uint8_t digest[MU_DIGEST_BYTES];
	struct mu_ticket *found = NULL;
	bool good;

	mu_secret_digest(ticket->secret, digest);
	HASH_FIND(hh, hub->tickets, digest, sizeof(digest), found);
	if (!found)
		return false;
	HASH_DEL(hub->tickets, found);
	good = found->expires_at_ms > hub->now.wall_ms &&
	       !strcmp(found->identity.workspace, ticket->workspace);
	if (good)
		*ret_identity = found->identity;
	free(found);
	return good;
}

void tickets_destroy(struct mu_hub *hub)
{
	struct mu_ticket *ticket, *next;

	HASH_ITER (hh, hub->tickets, ticket, next) {
		HASH_DEL(hub->tickets, ticket);
		free(ticket);
	}
}
