/* WebSocket frames from a client (RFC 6455 §5), put together to messages. Strict: what the RFC lets an
 * endpoint fail the connection for, fails it.
 *
 * Why not the library's own parser: libwebsockets neither shows nor refuses unmasked client frames, and
 * leaves message lengths unbounded.
 * Thread: one owner; no I/O. */
#ifndef MU_EDGE_INCOMING_H
#define MU_EDGE_INCOMING_H

#include "muster/base/buf.h"
#include "muster/wire/rpc.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MU_WS_HEADER_MAX 14
#define MU_WS_CONTROL_MAX 125

struct mu_incoming {
	uint8_t header[MU_WS_HEADER_MAX]; /* of the frame that is being read */
	uint8_t header_n;                 /* bytes of it so far */
	uint8_t mask_at;                  /* payload position modulo 4 */
	bool in_payload;
	bool in_message;        /* a fragment came, more are to follow */
	struct mu_utf8 text;    /* where the message is, as UTF-8 */
	uint64_t left;          /* payload bytes of the frame still to come */
	struct mu_buf message;  /* what came of a message that is not complete */
	struct mu_buf *control; /* what came of a control frame that is not complete, or NULL */
};

enum mu_ws_event {
	MU_WS_NOTHING, /* all bytes are used up */
	MU_WS_TEXT,    /* a whole text message, valid UTF-8 */
	MU_WS_PING,
	MU_WS_PONG,
	MU_WS_CLOSE, /* code is 1005 if the client gave none */
	MU_WS_FAIL,  /* close the connection with `code`; nothing after it is to be read */
};

struct mu_ws_got {
	const char *bytes; /* payload, good until the next call */
	size_t n;
	int code;
};

void mu_incoming_init(struct mu_incoming *incoming);
void mu_incoming_finish(struct mu_incoming *incoming);

/* Read on in *bytes (which is unmasked in place), up to the next event; *bytes and *n move past what was
 * read. What is wrong fails at the byte that makes it so: a message of more than max_bytes with 1009 as soon
 * as a header announces it, text with 1007 where it can't be UTF-8 any more. Out of memory fails with 1009 as
 * well. */
enum mu_ws_event mu_incoming_read(struct mu_incoming *incoming, uint8_t **bytes, size_t *n, size_t max_bytes,
				  struct mu_ws_got *ret_got);

#endif
