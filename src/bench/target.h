/* The kinds of server that the generator talks to, one vtable each.
 *
 * A target knows how a session is opened, what a message looks like on the wire, and which frames are
 * the protocol's own. It keeps no state beside the pool and the connection. */
#ifndef MUSTER_BENCH_TARGET_H
#define MUSTER_BENCH_TARGET_H

#include "pool.h"

struct lg_target {
	const char *name;
	const char *watch_path;
	const char *publish_path;
	const char *protocol;
	bool needs_tokens;
	bool http_publisher;   /* the publisher is a keep-alive HTTP connection, and the toggler too */
	bool joins_lines;      /* a frame holds one message or several, a line each */
	size_t envelope_bytes; /* what a delivered frame holds beside the body of `emit` */

	/* The handshake is done: send what opens the session, or declare it ready. */
	void (*greet)(struct lg_pool *pool, struct lg_conn *conn);
	/* A text frame before the session is ready. */
	void (*join)(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame);
	/* A text frame of a ready session that no mode counts; may be NULL. Its data may be NULL. */
	void (*other)(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame);
	/* Is it an event, and not an answer? NULL: every text frame is. */
	bool (*is_event)(const struct lg_ws_frame *frame);
	/* Appends a message to the output that reaches every watcher with `body` in it. */
	void (*emit)(struct lg_pool *pool, struct lg_conn *conn, const char *body, size_t len);
	/* Appends a request that only the asker is answered; with `is_answer`, which knows the answer. Both
	 * may be NULL. */
	void (*ask)(struct lg_pool *pool, struct lg_conn *conn);
	bool (*is_answer)(const struct lg_ws_frame *frame);
	/* Keeps in conn->token_back what a frame says of how to come back; NULL: nobody goes on where they
	 * were. */
	void (*remember)(struct lg_conn *conn, const struct lg_ws_frame *frame);
	/* Appends a change of presence that carries `marker`; NULL: `emit` stands for it. */
	void (*toggle)(struct lg_pool *pool, struct lg_conn *conn, uint32_t id, const char *marker);
};

extern const struct lg_target lg_target_muster;

/* Counts a text frame that is no delivery and lets the target answer it. */
void lg_target_other(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame);

#endif
