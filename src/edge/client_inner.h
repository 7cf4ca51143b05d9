/* What the files of the client share.
 * Thread: the loop's. */
#ifndef MU_EDGE_CLIENT_INNER_H
#define MU_EDGE_CLIENT_INNER_H

#include "client_socket.h"
#include "client_url.h"

#include "muster/base/hash.h"
#include "muster/edge/client.h"

#include <netinet/in.h>

#define CLIENT_ADDRESSES_MAX 8
#define CLIENT_DEPTH_MAX 64 /* of the JSON that a hub sends */

enum client_phase { RESTING, LOOKING, CONNECTING, OPENING, OPEN, ENDED, STOPPED };

struct client_call {
	struct client_call *next;
	json_int_t id;
	/* NULL: it is session.open. */
	void (*answer)(void *arg, const struct mu_fault *fault, const json_t *result);
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

	enum client_phase phase;
	char device[MU_ID_TEXT];
	char addresses[CLIENT_ADDRESSES_MAX][INET6_ADDRSTRLEN];
	size_t n_addresses, next_address;
	char *cursor; /* where to resume, or NULL */
	json_int_t last_id;
	struct client_call *calls;
	struct mu_fault refusal; /* what session.open was answered with, until the close that follows */
	unsigned failures;       /* in a row */
	uint64_t opened_ms;      /* when the present session opened; 0: there is none */
	uint64_t heard_ms;
	uint64_t silence_ms; /* a hub that is silent for this long is suspicious */
	bool suspicious;
};

/* ---- client.c ---- */
void client_set_timer(struct mu_client *client, uint64_t ms); /* the one there is */
/* End the connection and come back, if that helps; `text` says why, for people. */
void client_give_up(struct mu_client *client, const char *text);

/* ---- client_session.c ---- */
/* Put a copy of the text in the place of *to. False when memory is out; nothing changed. */
bool client_keep(char **to, const char *text);
void client_open(struct mu_client *client);              /* say session.open */
void client_text(void *arg, const char *text, size_t n); /* a message came */
/* Whoever waits for an answer hears that there will be none. */
void client_fail_calls(struct mu_client *client);

#endif
