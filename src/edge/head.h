/* The head of an HTTP/1.1 request: request line and header fields (RFC 9112), read strictly. What is only
 * tolerated by the standard (bare line feeds, folded lines, spaces before the colon, chunked requests, two
 * lengths) is refused: a front server and this one can never disagree on where a request ends.
 * A target in absolute form counts as one in origin form with its host in the Host field.
 * Thread: any; nothing is kept between calls. */
#ifndef MU_EDGE_HEAD_H
#define MU_EDGE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MU_HEAD_MAX_BYTES 8192
#define MU_HEAD_MAX_FIELDS 64

/* A piece of text inside the buffer that was read; not terminated. */
struct mu_slice {
	const char *at; /* NULL: absent */
	size_t n;
};

/*         name                  field                      may stand twice (the last one counts) */
#define MU_HEAD_FIELDS(X)                                                                                    \
	X(ACCEPT, "accept", true)                                                                            \
	X(HOST, "host", false)                                                                               \
	X(ORIGIN, "origin", false)                                                                           \
	X(AUTHORIZATION, "authorization", false)                                                             \
	X(CONTENT_TYPE, "content-type", false)                                                               \
	X(CONTENT_LENGTH, "content-length", false)                                                           \
	X(TRANSFER_ENCODING, "transfer-encoding", false)                                                     \
	X(CONNECTION, "connection", true)                                                                    \
	X(UPGRADE, "upgrade", false)                                                                         \
	X(EXPECT, "expect", false)                                                                           \
	X(FORWARDED, "forwarded", true)                                                                      \
	X(X_FORWARDED_FOR, "x-forwarded-for", true)                                                          \
	X(IDEMPOTENCY_KEY, "idempotency-key", false)                                                         \
	X(IF_NONE_MATCH, "if-none-match", false)                                                             \
	X(WS_KEY, "sec-websocket-key", false)                                                                \
	X(WS_VERSION, "sec-websocket-version", false)                                                        \
	X(WS_PROTOCOL, "sec-websocket-protocol", true)                                                       \
	X(USER_AGENT, "user-agent", true)                                                                    \
	X(CORS_METHOD, "access-control-request-method", false)

enum mu_head_field {
#define X(name, text, twice) MU_HEAD_##name,
	MU_HEAD_FIELDS(X)
#undef X
		MU_HEAD_FIELD_COUNT,
};

struct mu_head {
	struct mu_slice method;
	struct mu_slice path;  /* as it was sent, up to the question mark; starts with '/' (or is "*") */
	struct mu_slice query; /* after the question mark */
	struct mu_slice fields[MU_HEAD_FIELD_COUNT];
	size_t bytes;        /* of the head with the blank line */
	uint64_t body_bytes; /* Content-Length, 0 without one */
	bool old;            /* HTTP/1.0, which knows neither Upgrade nor Expect nor chunks */
	bool keep_alive;     /* the client wants the connection to stay */
	bool upgrade;        /* Connection names "upgrade" */
	int status;          /* for MU_HEAD_BAD: the HTTP status to refuse with … */
	const char *problem; /* … and a sentence that says why */
};

enum mu_head_result { MU_HEAD_MORE, MU_HEAD_DONE, MU_HEAD_BAD };

/* Read the head at the start of `bytes`. `*scanned` (0 for a new request) remembers between calls how far was
 * looked for the end, so that a head that trickles in byte by byte costs no more than one that comes at once.
 * Empty lines before the request line are not skipped. */
enum mu_head_result mu_head_read(const char *bytes, size_t n, size_t *scanned, struct mu_head *ret_head);

/* Whether the method is this one; case counts (RFC 9110 §9.1). */
bool mu_head_is(const struct mu_head *head, const char *method);

/* Whether a field holds a token, in any of its lines, which are one list together (RFC 9110 §5.3). */
bool mu_head_lists(const struct mu_head *head, enum mu_head_field field, const char *token, bool exact);

/* Whether a slice equals a text, without regard to the case of ASCII letters. */
bool mu_slice_is(struct mu_slice slice, const char *text);

/* Whether a comma-separated list holds a token; case counts only if `exact`. */
bool mu_slice_lists(struct mu_slice list, const char *token, bool exact);

/* The next element of a comma-separated list, trimmed, possibly empty; *list moves on and its `at` becomes
 * NULL after the last one. */
struct mu_slice mu_slice_next(struct mu_slice *list);

/* Copy into a terminated buffer; false if it doesn't fit. */
bool mu_slice_copy(struct mu_slice slice, char *out, size_t out_bytes);

#endif
