/* Keyrings of workspaces, and the requests that wait for one. Signatures are checked here, on the edges'
 * cores; the hub only hears of identities that were proved.
 * Invariant: an entry has a keyring, or it was asked for and its requests are parked. At most PARKED_MAX
 * requests are parked.
 * Thread: the edge's; keyrings are immutable and shared. */
#include "inner.h"

#include "muster/base/hash.h"

#include <stdlib.h>
#include <string.h>

#define PARKED_MAX 4096
#define RETRY_MS 1000

struct parked {
	struct parked *next;
	uint32_t tag;
	struct mu_up *up;
	char *token;
};

struct keyring_entry {
	UT_hash_handle hh;
	struct mu_keyring *keyring; /* NULL: asked for */
	struct parked *first, **end;
	char workspace[MU_ID_MAX + 1];
};

static void refuse(struct pending *pending, struct mu_up *up, const struct mu_fault *fault)
{
	mu_up_destroy(up);
	request_refused(pending, fault);
}

static void refuse_later(struct pending *pending, struct mu_up *up)
{
	struct mu_fault fault = { 0 };

	count(pending->conn->edge, MU_METRIC_FULL_KEYS, 1);
	mu_fail_later(&fault, MU_UNAVAILABLE, RETRY_MS, "Too many people are signing in at once; try again");
	refuse(pending, up, &fault);
}

/* Over HTTP every command is paid for when it is known who asks. */
static bool pay(const struct pending *pending, const struct mu_up *up, const struct mu_identity *identity,
		struct mu_fault *fault)
{
	const struct mu_methods *methods = pending->conn->edge->setup.methods;

	return up->request.transport != MU_TRANSPORT_HTTP ||
	       request_pay_as(pending->conn, identity, methods->v[up->request.method].cost, fault);
}

static void refuse_unproved(struct pending *pending, struct mu_up *up, struct mu_fault *fault)
{
	pay(pending, up, NULL, fault);
	refuse(pending, up, fault);
}

static void refuse_token(struct pending *pending, struct mu_up *up)
{
	struct mu_fault fault = { 0 };

	mu_fail(&fault, MU_UNAUTHENTICATED, "The token is not valid; get a new one and try again");
	refuse_unproved(pending, up, &fault);
}

/* Nobody knows yet whether the token is good. */
static void refuse_unread(struct pending *pending, struct mu_up *up)
{
	struct mu_fault fault = { 0 };

	mu_fail_later(&fault, MU_UNAVAILABLE, RETRY_MS,
		      "The workspace can't be read at the moment; try again");
	refuse(pending, up, &fault);
}

static void check(struct mu_edge *edge, const struct keyring_entry *entry, struct pending *pending,
		  struct mu_up *up, const struct mu_token *token)
{
	struct mu_fault fault = { 0 };
	enum mu_err err = mu_token_verify(entry->keyring, token, mu_clock_wall_ms(edge->setup.clock),
					  &up->request.identity, &fault);

	if (err == MU_NO_MEMORY)
		refuse_later(pending, up);
	else if (err)
		refuse_unproved(pending, up, &fault);
	else if (pay(pending, up, &up->request.identity, &fault))
		request_send(pending, up);
	else
		refuse(pending, up, &fault);
}

static void park(struct mu_edge *edge, struct keyring_entry *entry, struct pending *pending, struct mu_up *up,
		 const char *token)
{
	struct parked *parked = edge->n_parked < PARKED_MAX ? calloc(1, sizeof(*parked)) : NULL;

	if (parked)
		parked->token = strdup(token);
	if (!parked || !parked->token) {
		free(parked);
		refuse_later(pending, up);
		return;
	}
	parked->tag = pending->tag;
	parked->up = up;
	*entry->end = parked;
	entry->end = &parked->next;
	edge->n_parked++;
}

static struct keyring_entry *find(struct mu_edge *edge, const char *workspace)
{
	struct keyring_entry *entry;

	HASH_FIND_STR(edge->keyrings, workspace, entry);
	return entry;
}

static void drop(struct mu_edge *edge, struct keyring_entry *entry)
{
	HASH_DEL(edge->keyrings, entry);
	mu_keyring_unref(entry->keyring);
	free(entry);
}

/* A new entry, its keyring asked for. */
static struct keyring_entry *ask(struct mu_edge *edge, const char *workspace)
{
	struct keyring_entry *entry = calloc(1, sizeof(*entry));
	struct mu_up *up = mu_up_create(MU_UP_KEYS);

	if (!entry || !up)
		goto fail;
	entry->end = &entry->first;
	snprintf(entry->workspace, sizeof(entry->workspace), "%s", workspace);
	HASH_ADD_STR(edge->keyrings, workspace, entry);
	if (!entry->hh.tbl)
		goto fail;
	up->conn.edge = (uint16_t)edge->setup.index;
	memcpy(up->keys.workspace, entry->workspace, sizeof(up->keys.workspace));
	edge_up(edge, up);
	return entry;
fail:
	free(entry);
	mu_up_destroy(up);
	return NULL;
}

void keys_submit(struct mu_edge *edge, struct pending *pending, struct mu_up *up, const char *text)
{
	AUTO_TOKEN struct mu_token token = { 0 };
	struct keyring_entry *entry;
	enum mu_err err = mu_token_read(text, &token);

	if (err == MU_NO_MEMORY) {
		refuse_later(pending, up);
		return;
	}
	if (err) {
		refuse_token(pending, up);
		return;
	}
	entry = find(edge, token.workspace);
	if (entry && entry->keyring) {
		check(edge, entry, pending, up, &token);
		return;
	}
	if (!entry)
		entry = ask(edge, token.workspace);
	if (entry)
		park(edge, entry, pending, up, text);
	else
		refuse_later(pending, up);
}

/* Only the text of a token was kept: what was read of it takes many times the room. */
static void check_parked(struct mu_edge *edge, const struct keyring_entry *entry, struct pending *pending,
			 struct parked *parked)
{
	AUTO_TOKEN struct mu_token token = { 0 };

	if (mu_token_read(parked->token, &token))
		refuse_later(pending, parked->up); /* it could be read before, so memory is out */
	else
		check(edge, entry, pending, parked->up, &token);
}

/* Take all parked requests of an entry; each is checked, or refused when there is no keyring, which `why`
 * says. */
static void unpark(struct mu_edge *edge, struct keyring_entry *entry, enum mu_err why)
{
	struct parked *parked = entry->first, *next;

	entry->first = NULL;
	entry->end = &entry->first;
	for (; parked; parked = next) {
		struct pending *pending = pending_find(edge, parked->tag);
		struct conn *conn = conn_find(edge, &parked->up->conn);

		next = parked->next;
		if (!pending || !conn || pending->conn != conn)
			mu_up_destroy(parked->up); /* its connection is gone */
		else if (entry->keyring)
			check_parked(edge, entry, pending, parked);
		else if (why == MU_NOT_FOUND)
			refuse_token(pending, parked->up);
		else
			refuse_unread(pending, parked->up);
		free(parked->token);
		free(parked);
		edge->n_parked--;
	}
}

void keys_arrived(struct mu_edge *edge, const char *workspace, struct mu_keyring *keyring, enum mu_err why)
{
	struct keyring_entry *entry = find(edge, workspace);

	if (!entry)
		return; /* nobody here asked for it yet */
	mu_keyring_unref(entry->keyring);
	entry->keyring = keyring ? mu_keyring_ref(keyring) : NULL;
	unpark(edge, entry, why);
	if (!entry->keyring)
		drop(edge, entry);
}

void keys_free(struct mu_edge *edge)
{
	struct keyring_entry *entry = NULL, *next = NULL;

	HASH_ITER (hh, edge->keyrings, entry, next) {
		struct parked *parked = entry->first, *after;

		for (; parked; parked = after) {
			after = parked->next;
			mu_up_destroy(parked->up);
			free(parked->token);
			free(parked);
		}
		drop(edge, entry);
	}
}
