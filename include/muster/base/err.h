/* Errors: one table gives the enum, the JSON-RPC code, the kind clients test for, the HTTP status,
 * whether trying again later can help, and the default text. Close codes have a table of their own.
 *
 * Sources: JSON-RPC 2.0 §5.1 for the negative codes, RFC 9457 for how HTTP shows them,
 * RFC 6455 §7.4 for close codes (4000–4999 are for private use).
 * Thread: any; everything here is constant. */
#ifndef MUSTER_BASE_ERR_H
#define MUSTER_BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

#define MU_MUST __attribute__((warn_unused_result))

/* clang-format off */
/*         name               code    kind                      http temporary default text */
#define MU_ERRORS(X)                                                                                         \
	X(PARSE_ERROR,        -32700, "parse_error",            400, false, "The message is not valid JSON") \
	X(INVALID_REQUEST,    -32600, "invalid_request",        400, false, "The message is not a valid JSON-RPC 2.0 request") \
	X(METHOD_NOT_FOUND,   -32601, "method_not_found",       404, false, "There is no such method")       \
	X(INVALID_PARAMS,     -32602, "invalid_params",         422, false, "Some parameters are not valid") \
	X(INTERNAL,           -32603, "internal",               500, false, "Something went wrong in the hub") \
	X(UNAUTHENTICATED,      1001, "unauthenticated",        401, false, "Sign in first")                 \
	X(FORBIDDEN,            1003, "forbidden",              403, false, "You may not do this")           \
	X(NOT_FOUND,            1004, "not_found",              404, false, "There is no such thing here")   \
	X(CONFLICT,             1009, "conflict",               409, false, "This conflicts with the present state") \
	X(GONE,                 1010, "gone",                   410, false, "This is no longer available")   \
	X(TOO_LARGE,            1013, "too_large",              413, false, "The message is too large")      \
	X(SEAT_LIMIT,           1020, "seat_limit",             409, false, "No seat is left")               \
	X(RATE_LIMITED,         1029, "rate_limited",           429, true,  "Too many requests; wait and try again") \
	X(SECOND_FACTOR,        1031, "second_factor_required", 401, false, "A second factor is required")   \
	X(UNAVAILABLE,          1053, "unavailable",            503, true,  "Temporarily unavailable; try again")

/*         name            code  kind               retry  text                                        */
#define MU_CLOSES(X)                                                                            \
	X(NORMAL,          1000, "normal",          false, "Closed normally")                   \
	X(GOING_AWAY,      1001, "going_away",      false, "Going away")                        \
	X(PROTOCOL,        1002, "protocol_error",  false, "WebSocket protocol error")          \
	X(UNSUPPORTED,     1003, "unsupported",     false, "Only text messages are understood") \
	X(BAD_UTF8,        1007, "invalid_utf8",    false, "Text is not valid UTF-8")           \
	X(TOO_BIG,         1009, "too_large",       false, "The message is too large")          \
	X(BAD_REQUEST,     4000, "bad_request",     false, "Bad request")                       \
	X(AUTH_TIMEOUT,    4001, "auth_timeout",    false, "Not authenticated in time")         \
	X(TOKEN_INVALID,   4002, "token_invalid",   false, "The token is invalid or expired")   \
	X(REVOKED,         4003, "session_revoked", false, "The session was revoked")           \
	X(DEACTIVATED,     4004, "user_deactivated", false, "The user was deactivated or removed") \
	X(VIOLATION,       4005, "protocol_violation", false, "The protocol was violated")      \
	X(TOO_MANY,        4006, "too_many_connections", false, "Too many connections")         \
	X(OVERLOADED,      4100, "overloaded",      true,  "Overloaded; come back later")       \
	X(STORE_DOWN,      4101, "store_unavailable", true, "The store is unavailable; come back later") \
	X(DRAINING,        4200, "draining",        true,  "This node is draining; come back at once") \
	X(SLOW_READER,     4201, "slow_reader",     true,  "Reading too slowly; come back and resume") \
	X(LEASE_LOST,      4202, "lease_lost",      true,  "This node lost its lease; come back at once") \
	X(RESYNC,          4203, "resync",          true,  "Come back and take the state anew")
/* clang-format on */

enum mu_err {
	MU_OK = 0,
#define X(name, code, kind, http, temporary, text) MU_##name,
	MU_ERRORS(X)
#undef X
		MU_ERR_COUNT,
	/* Inside the program only; dispatch turns it into MU_UNAVAILABLE. */
	MU_NO_MEMORY = MU_ERR_COUNT,
	/* Inside the program only; a client hears unavailable, with a text of its own: the store takes no
	 * write of this node any more (store/store.h). */
	MU_FENCED,
	/* No error: somebody else answers, perhaps has already; what was asked with may be gone. */
	MU_DEFERRED,
};

enum mu_close {
#define X(name, code, kind, retry, text) MU_CLOSE_##name = (code),
	MU_CLOSES(X)
#undef X
};

struct mu_err_info {
	int code;
	const char *kind;
	int http;
	bool temporary;
	const char *text;
};

struct mu_close_info {
	enum mu_close code;
	const char *kind;
	bool retry;
	const char *text;
};

/* The table row of an error. MU_OK gives {0,"ok",200,…}; MU_NO_MEMORY gives the row of MU_UNAVAILABLE,
 * MU_FENCED one that differs from it by its text; a value outside the enum gives the row of MU_INTERNAL.
 * Never NULL. */
const struct mu_err_info *mu_err_info(enum mu_err err);

/* The row of a close code, or NULL for a code that the hub never sends. */
const struct mu_close_info *mu_close_info(int code);

/* Row i of the close table, NULL past the end: lets tests and the reference walk it. */
const struct mu_close_info *mu_close_row(unsigned i);

#endif
