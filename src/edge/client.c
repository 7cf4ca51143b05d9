/* The client's session: finding the hub, opening, calling, noticing that it is gone, coming back.
 *
 *   RESTING → LOOKING → CONNECTING (each address) → OPENING → OPEN → RESTING …; ENDED when coming back is no help; STOPPED on request.
 *
 * Invariant: one timer, which means what the phase says: the next attempt, a deadline, or the next look at a silent hub.
 * Thread: the loop's. */
#include "muster/edge/client.h"

#include "client_retry.h"
#include "client_socket.h"

#include "muster/base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define ADDRESSES_MAX      8
#define OPEN_TIMEOUT_MS    10000 /* from the first packet to an address until the session is open */
#define STABLE_MS          5000  /* a session that held this long was a good one: the next failure is a first one again */
#define SUSPICION_GRACE_MS 5000
#define DEPTH_MAX          64

enum phase { RESTING, LOOKING, CONNECTING, OPENING, OPEN, ENDED, STOPPED };

struct call {
	struct call *next;
	json_int_t id;
	mu_client_answer *answer;
	void *arg;
};

struct mu_client {
	uv_loop_t *loop;
	uv_timer_t timer;
	uv_getaddrinfo_t lookup;
	struct client_socket socket;
	struct client_url url;
	char *token, *name, *watch;
	struct mu_client_handlers handlers;
	void *arg;

	enum phase phase;
	char device[MU_ID_TEXT];
	char addresses[ADDRESSES_MAX][INET6_ADDRSTRLEN];
	size_t n_addresses, next_address;
	char *cursor;                /* where to resume, or NULL */
	json_int_t last_id;
	struct call *calls;
	struct mu_fault refusal;     /* what session.open was answered with, until the close that follows */
	unsigned failures;           /* in a row */
	uint64_t opened_ms;          /* when the present session opened; 0: there is none */
	uint64_t heard_ms;
	uint64_t silence_ms;         /* a hub silent for this long is suspicious */
	bool suspicious;
};

/* ---- the end of a connection ---- */

static void fail_calls(struct mu_client *client)
{
	struct mu_fault fault = { 0 };
	struct call *call;

	mu_fail(&fault, MU_UNAVAILABLE, "The connection was lost");
	while ((call = client->calls)) {
		client->calls = call->next;
		if (client->phase != STOPPED && call->arg != client)
			call->answer(call->arg, &fault, NULL);
		free(call);
	}
}
