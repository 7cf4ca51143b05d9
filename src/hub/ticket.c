/* Connection tickets: a random word that opens one session within seconds. Kept as digests, by the node that
 * made it; another one that is shown it claims it, and the maker grants it to that node.
 * Invariant: a ticket is taken out of the table before it is honoured or granted, so it works once wherever
 * it is shown. Thread: hub. */
#include "ticket.h"

#include "cluster.h"
#include "request.h"
#include "room.h"
#include "turn.h"
#include "muster/auth/token.h"
#include "muster/wire/codec.h"

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

static bool take(struct mu_hub *hub, const uint8_t digest[static MU_DIGEST_BYTES], const char *workspace,
		 struct mu_identity *ret_identity)
{
	struct mu_ticket *found = NULL;
	bool good;

	HASH_FIND(hh, hub->tickets, digest, MU_DIGEST_BYTES, found);
	if (!found)
		return false;
	HASH_DEL(hub->tickets, found);
	good = found->expires_at_ms > hub->now.wall_ms && !strcmp(found->identity.workspace, workspace);
	if (good)
		*ret_identity = found->identity;
	free(found);
	return good;
}

bool ticket_take(struct mu_hub *hub, const struct mu_identity *ticket, struct mu_identity *ret_identity)
{
	uint8_t digest[MU_DIGEST_BYTES];

	mu_secret_digest(ticket->secret, digest);
	return take(hub, digest, ticket->workspace, ret_identity);
}

void tickets_destroy(struct mu_hub *hub)
{
	struct mu_ticket *ticket, *next;

	HASH_ITER (hh, hub->tickets, ticket, next) {
		HASH_DEL(hub->tickets, ticket);
		free(ticket);
	}
}

/* ---- tickets of other nodes ---- */

#define CLAIM_MS 1000

struct claim {
	char *digest;
};
static const struct mu_field claim_fields[] = {
	MU_FIELD(struct claim, digest, MU_STRING, MU_REQUIRED),
};
static const struct mu_shape claim_shape = MU_SHAPE(struct claim, "TICKET_CLAIM", claim_fields);

struct grant {
	char *to, *digest, *subject, *token, *kid;
	bool by_password;
	int64_t issued, expires;
};
static const struct mu_field grant_fields[] = {
	MU_FIELD(struct grant, to, MU_STRING, MU_REQUIRED),
	MU_FIELD(struct grant, digest, MU_STRING, MU_REQUIRED),
	MU_FIELD(struct grant, subject, MU_STRING, MU_REQUIRED),
	MU_FIELD(struct grant, token, MU_STRING, MU_REQUIRED),
	MU_FIELD(struct grant, kid, MU_STRING, MU_REQUIRED),
	MU_FIELD(struct grant, by_password, MU_BOOL, 0),
	MU_FIELD(struct grant, issued, MU_INT, MU_REQUIRED),
	MU_FIELD(struct grant, expires, MU_INT, MU_REQUIRED),
};
static const struct mu_shape grant_shape = MU_SHAPE(struct grant, "TICKET_GRANT", grant_fields);

static void say(struct room *room, enum cluster_word word, const struct mu_shape *shape, const void *record)
{
	AUTO_BUF struct mu_buf text = { 0 };

	mu_codec_write(shape, record, MU_FORM_LOG, &text);
	if (!mu_buf_error(&text))
		cluster_say(room, word, mu_buf_text(&text), text.n);
}

static void say_claim(struct room *room, const char *secret)
{
	uint8_t digest[MU_DIGEST_BYTES];
	AUTO_FREE char *text = NULL;

	mu_secret_digest(secret, digest);
	if (!mu_base64url_encode(digest, sizeof(digest), &text))
		say(room, WORD_TICKET_CLAIM, &claim_shape, &(const struct claim){ .digest = text });
}

bool ticket_claim(struct request *request)
{
	struct room *room = request->room;
	struct request **end = room ? &room->claims : NULL;

	if (!room || request->claimed || !cluster_reaches(room) || cluster_alone(room->hub))
		return false;
	request->claimed = true;
	request->claim_due_ms = room->hub->now.mono_ms + CLAIM_MS;
	request->next = NULL;
	while (*end)
		end = &(*end)->next;
	*end = request;
	room->n_working++;
	if (!mu_timer_armed(&room->claim_timer))
		mu_timer_set(&room->hub->wheel, &room->claim_timer, request->claim_due_ms);
	say_claim(room, request->call.identity.secret);
	return true;
}

/* It waits no more, whatever came of it. */
static void go_on(struct room *room, struct request **link)
{
	struct request *request = *link;

	*link = request->next;
	request->next = NULL;
	room->n_working--;
	request_run(request);
}

void ticket_due(struct mu_timer *timer, int64_t now_ms)
{
	struct room *room = MU_CONTAINER_OF(timer, struct room, claim_timer);

	while (room->claims && room->claims->claim_due_ms <= now_ms)
		go_on(room, &room->claims);
	if (room->claims)
		mu_timer_set(&room->hub->wheel, timer, room->claims->claim_due_ms);
}

void ticket_hear_claim(struct room *room, const char *node, const char *json, size_t bytes)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	uint8_t digest[MU_DIGEST_BYTES];
	struct mu_identity identity;
	struct claim claim;
	size_t n;

	if (mu_codec_read_text(&claim_shape, json, bytes, &arena, &claim) ||
	    !mu_base64url_decode(claim.digest, digest, sizeof(digest), &n) || n != sizeof(digest) ||
	    !take(room->hub, digest, room->id, &identity))
		return;
	const struct grant grant = { .to = (char *)node,
				     .digest = claim.digest,
				     .subject = identity.subject,
				     .token = identity.token_id,
				     .kid = identity.kid,
				     .by_password = identity.by_password,
				     .issued = identity.issued_at_ms,
				     .expires = identity.expires_at_ms };
	say(room, WORD_TICKET_GRANT, &grant_shape, &grant);
}

/* Tickets are made for people only. */
static void identify(struct request *request, const struct grant *grant)
{
	struct mu_identity *identity = &request->call.identity;

	*identity = (struct mu_identity){ .kind = MU_IDENTITY_USER,
					  .by_password = grant->by_password,
					  .issued_at_ms = grant->issued,
					  .expires_at_ms = grant->expires };
	snprintf(identity->workspace, sizeof(identity->workspace), "%s", request->room->id);
	snprintf(identity->subject, sizeof(identity->subject), "%s", grant->subject);
	snprintf(identity->token_id, sizeof(identity->token_id), "%s", grant->token);
	snprintf(identity->kid, sizeof(identity->kid), "%s", grant->kid);
}

void ticket_hear_grant(struct room *room, const char *node, const char *json, size_t bytes)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct grant grant;

	if (mu_codec_read_text(&grant_shape, json, bytes, &arena, &grant) ||
	    strcmp(grant.to, room->hub->config->node) != 0)
		return;
	for (struct request **link = &room->claims; *link; link = &(*link)->next) {
		if (!mu_secret_fits((*link)->call.identity.secret, grant.digest))
			continue;
		identify(*link, &grant);
		go_on(room, link);
		return;
	}
}
