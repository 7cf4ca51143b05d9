/* One WebSocket of the client at a time, by libwebsockets: handshake, TLS, frames. The only part of the
 * client that knows the library.
 * Thread: the loop's. */
#ifndef MU_EDGE_CLIENT_SOCKET_H
#define MU_EDGE_CLIENT_SOCKET_H

#include "client_url.h"

#include "muster/base/buf.h"

#include <uv.h>

#define CLIENT_MESSAGE_MAX_BYTES                                                                             \
	(64u << 20) /* of one message from the hub: a snapshot of a very large workspace is some MB */

struct lws;
struct lws_context;
struct client_message;

/* Nothing is called after client_socket_drop, nor from inside client_socket_connect. */
struct client_socket_handlers {
	void (*on_up)(void *arg);
	void (*on_text)(void *arg, const char *text, size_t n);
	/* The end: close code and reason of the other side (not terminated by NUL), or code 0 and why it
	 * failed. */
	void (*on_down)(void *arg, int code, const char *reason, size_t n);
};

struct client_socket {
	struct lws_context *context;
	struct lws *wsi;                     /* NULL: there is no connection */
	struct client_message *first, *last; /* to be sent */
	struct mu_buf in;                    /* the message so far */
	bool up;
	bool in_callback; /* the library is in the middle of something about wsi */
	bool untrusted;   /* the other side's certificate was refused */
	int close_code;   /* the other side's, once it has said goodbye */
	char close_reason[128];
	size_t close_reason_bytes;
	struct client_socket_handlers handlers;
	void *arg;
};

/* Errors: MU_INTERNAL, MU_NO_MEMORY. `socket` must not move. */
MU_MUST enum mu_err client_socket_init(struct client_socket *socket, uv_loop_t *loop, bool tls,
				       const struct client_socket_handlers *handlers, void *arg);

/* Give up the connection and have the library close what it has on the loop. Once the loop has run out,
 * client_socket_finish frees. */
void client_socket_stop(struct client_socket *socket);
void client_socket_finish(struct client_socket *socket);

/* Begin to connect to a numeric address. False: it failed at once. There must be no connection. */
bool client_socket_connect(struct client_socket *socket, const struct client_url *url, const char *address);

/* Send a text message (copied). False when memory is out. Only when up. */
bool client_socket_send(struct client_socket *socket, const char *text, size_t n);

/* End the connection without a word; there may be none. */
void client_socket_drop(struct client_socket *socket);
/* The same with a Close frame (1000) before it, when up. Not for use in a handler. */
void client_socket_goodbye(struct client_socket *socket);

#endif
