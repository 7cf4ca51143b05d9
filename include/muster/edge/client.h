/* A client of the hub, for the program's own commands: one session over a WebSocket that comes back by
 * itself. It finds the hub, connects (TLS is checked against the system's authorities), opens the session and
 * hands over what it hears. When the connection is lost it comes back, spread by full jitter and never before
 * the time that the hub advised, and resumes behind the last event it handed over. What coming back can't
 * mend (close codes 4000–4099) ends it.
 *
 * Invariant: the token travels in session.open only, never in the URL or a header; nothing of one connection
 * is handed over after the next has opened.
 * Thread: the loop's, for everything here and for the handlers. */
#ifndef MUSTER_EDGE_CLIENT_H
#define MUSTER_EDGE_CLIENT_H

#include "muster/wire/json.h"

struct uv_loop_s;
struct mu_client;

/* How a connection ended, or why there is none. */
struct mu_client_loss {
	int code;         /* the hub's close code; 0: the connection failed without a word from it */
	const char *text; /* why, for people; without a full stop */
	enum mu_err err;  /* what session.open was answered with; MU_OK: it wasn't refused */
	int64_t retry_ms; /* until the next attempt; < 0: there is none, and nothing more will be called */
};

/* Values and texts are borrowed for the call. A handler may call and stop, but not destroy. */
struct mu_client_handlers {
	/* A session is open, the first or the next: the result of session.open. */
	void (*on_open)(void *arg, const json_t *result);
	/* The params of an event, an object. */
	void (*on_event)(void *arg, const json_t *event);
	void (*on_loss)(void *arg, const struct mu_client_loss *loss);
};

struct mu_client_setup {
	struct uv_loop_s *loop; /* outlives the client */
	const char *url;        /* http(s):// or ws(s)://, host, port, and the path that /v1/ws is under */
	const char *token;
	const char *name;  /* of the device, for the list of sessions */
	const char *watch; /* whose presence to follow, as JSON: "all", "none", {"team":…} */
	struct mu_client_handlers handlers; /* none of them NULL */
	void *arg;
};

/* Make a client and have it begin to connect when the loop runs. Texts are copied. Needs mu_hash_start and
 * mu_json_start.
 * Errors: MU_INVALID_PARAMS (the URL; the fault says what would be right), MU_NO_MEMORY,
 * MU_INTERNAL. */
MU_MUST enum mu_err mu_client_create(const struct mu_client_setup *setup, struct mu_client **ret_client,
				     struct mu_fault *ret_fault);

/* Call a method in the open session; params is JSON text. Unless the client is stopped first, `answer` is
 * called once: with the result, or with the fault of an error (result NULL), which is MU_UNAVAILABLE when the
 * connection is lost first; that is before on_loss.
 * Errors: MU_UNAVAILABLE (there is no open session), MU_NO_MEMORY; `answer` is not called then. */
MU_MUST enum mu_err mu_client_call(struct mu_client *client, const char *method, const char *params,
				   void (*answer)(void *arg, const struct mu_fault *fault,
						  const json_t *result));

/* Say goodbye and never come back; nothing is called any more. The loop runs out of the client's work by
 * itself. */
void mu_client_stop(struct mu_client *client);

/* Stop and free. The caller's own handles on the loop must be closed or closing: the loop is run to its end.
 * Accepts NULL. */
void mu_client_destroy(struct mu_client *client);

#endif
