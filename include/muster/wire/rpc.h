/* JSON-RPC 2.0 in and out (the specification's sections are cited), and the frames of events.
 * Thread: any. */
#ifndef MUSTER_WIRE_RPC_H
#define MUSTER_WIRE_RPC_H

#include "muster/base/frame.h"
#include "muster/base/hash.h"
#include "muster/wire/json.h"

/* One request of a message (§4). A notification (no id) is executed and not answered. */
struct mu_rpc_request {
	char *id;     /* the id as compact JSON text (number, string or null); NULL: a notification. Heap, the
			 request's own */
	char *method; /* heap */
	json_t *params;  /* an object, or NULL when left out; the request's own */
	enum mu_err err; /* not MU_OK: this entry is no valid request; answer it with this fault (id may be
			    NULL: answer with null) */
	struct mu_fault fault;
};

struct mu_rpc_message {
	struct mu_rpc_request *requests;
	size_t n;
	bool batch; /* came as an array (§6): answers go out as one array */
};

/* Read a message. Errors make no message and are to be answered with id null: MU_PARSE_ERROR, MU_TOO_LARGE
 * (deep, or more than max_batch), MU_INVALID_REQUEST (neither object nor array, an empty batch),
 * MU_NO_MEMORY. Positional params (an array), an id that is an object, array, boolean or fraction, or a wrong
 * "jsonrpc" make the entry invalid, not the message. */
MU_MUST enum mu_err mu_rpc_read(const char *text, size_t bytes, size_t max_depth, size_t max_batch,
				struct mu_rpc_message *ret_message, struct mu_fault *ret_fault);
void mu_rpc_finish(struct mu_rpc_message *message);

/* Append an answer. `id` is JSON text, NULL gives null; `result` is JSON text. */
void mu_rpc_result(struct mu_buf *out, const char *id, const char *result);
void mu_rpc_error(struct mu_buf *out, const char *id, const struct mu_fault *fault, const char *present);
/* Append a notification: {"jsonrpc":"2.0","method":…,"params":…}; params is JSON text. */
void mu_rpc_notify(struct mu_buf *out, const char *method, const char *params);

/* The error object
 * {"code":…,"message":…,"data":{"kind":…,"temporary":…,"retry_after_ms":…,"fields":{…},"present":…}};
 * `present` (JSON text or NULL) is the state that a conflict carries. And the same fault as
 * application/problem+json (RFC 9457); `status` and `title` are those of the HTTP answer, 0 and NULL: of the
 * error. */
void mu_rpc_error_object(struct mu_buf *out, const struct mu_fault *fault, const char *present);
void mu_problem(struct mu_buf *out, int status, const char *title, const struct mu_fault *fault,
		const char *present);

/* WebSocket frames from the server: final, unmasked (RFC 6455 §5.2). NULL when memory is out. frame->payload
 * tells where the payload starts. */
struct mu_frame *mu_ws_text(const char *payload, size_t bytes);
struct mu_frame *mu_ws_text_of(const struct mu_part *parts, size_t n); /* one payload of several parts */
struct mu_frame *mu_ws_result(const char *id, const char *result);     /* the text of mu_rpc_result */
struct mu_frame *mu_ws_ping(const char *payload, size_t bytes);        /* bytes ≤ 125 */
/* Close frame with a reason {"kind":…,"retry_after_ms":…} of at most 123 bytes (§5.5.1); retry_after_ms < 0
 * leaves the advice out. */
struct mu_frame *mu_ws_close(int code, const char *kind, int64_t retry_after_ms);

/* Whether bytes are valid UTF-8 (RFC 3629: no surrogates, no overlong forms, up to U+10FFFF). */
bool mu_utf8_valid(const char *bytes, size_t n);

/* A text that comes in pieces: what is still to come of a character that the last piece broke off. All zero
 * before the first byte, and `left` is zero wherever the text may end. */
struct mu_utf8 {
	uint8_t left;      /* bytes */
	uint8_t low, high; /* of the next one */
};

/* Read on in a text; false at the first byte with which nothing that follows could be valid (the state is
 * then of no further use). */
bool mu_utf8_more(struct mu_utf8 *state, const char *bytes, size_t n);

#endif
