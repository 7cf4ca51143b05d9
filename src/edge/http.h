/* One HTTP connection: requests one after the other, each read whole before it is answered.
 * Thread: the edge's. */
#ifndef MU_EDGE_HTTP_H
#define MU_EDGE_HTTP_H

#include "inner.h"
#include "origin.h"

enum http_phase {
	HTTP_READING, /* the head, then the body */
	HTTP_ASKING,  /* the hub was asked; reading is off */
	HTTP_SENDING, /* the answer is on its way; reading is off */
};

struct http {
	struct mu_buf in;    /* the present request from its first byte, and what came behind it */
	size_t scanned;      /* see mu_head_read */
	struct mu_head head; /* of the present request; points into `in` */
	enum http_phase phase;
	bool head_read;
	bool continued;      /* "100 Continue" was sent */
	bool keep_alive;     /* after the answer */
	bool no_body;        /* HEAD */
	struct parts *parts; /* of a method whose answer may come in parts; NULL: of another one */
	unsigned requests;   /* on this connection */
	size_t large_bytes;  /* what counts among the edge's: see LARGE_AT_ONCE */
	char trace[MU_TRACE_TEXT];
};

/* An answer. Sent once per request; the connection then goes on or ends by http->keep_alive. */
struct reply {
	int status;
	const char *type;    /* Content-Type; NULL: no body */
	const char *cache;   /* Cache-Control; NULL: no-store */
	const char *headers; /* further lines, each with its CR LF; NULL: none */
	bool page;           /* with the headers that confine a page of the console */
	bool parts;          /* the body comes in chunks */
};

/* body: text of n bytes, or a frame (borrowed) that is shared; one of them or none. */
void reply_text(struct conn *conn, const struct reply *reply, const char *body, size_t n);
void reply_frame(struct conn *conn, const struct reply *reply, struct mu_frame *body);
/* A chunk, which a head goes before if there is a reply; `last` ends the answer. */
void reply_part(struct conn *conn, const struct reply *reply, const char *body, size_t n, bool last);
/* application/problem+json: for a fault of the table; for one that is over after a while (MU_RATE_LIMITED,
 * MU_UNAVAILABLE); and for a status, be it one that has no row there. The last two count as request errors.
 */
void reply_fault(struct conn *conn, const struct mu_fault *fault, const char *present);
void reply_later(struct conn *conn, enum mu_err err, int64_t retry_after_ms, const char *detail);
void reply_problem(struct conn *conn, int status, const char *headers, const char *detail);

/* Keep what is needed to ask for further parts; false when memory is out. */
bool parts_keep(struct http *http, int method, const json_t *params, const char *token);
void parts_finish(struct http *http);
/* Whether the beginning of an answer is out already, so that there can't be another one. */
bool parts_begun(const struct http *http);
/* A part from the hub. */
void parts_take(struct conn *conn, const struct mu_down *down);
/* All is written: ask for the next part. False if there is none. */
bool parts_ask(struct conn *conn);

void upgrade_take(struct conn *conn); /* GET /v1/ws */
void api_take(struct conn *conn);     /* /v1/… */
bool api_knows(struct conn *conn); /* whether the table of methods has the path, though it is not under /v1 */
void site_take(struct conn *conn); /* the rest */

/* How many bytes the body of the present request may have, by its head. */
int64_t api_body_max(const struct conn *conn);

/* The request's body. */
static inline struct mu_slice http_body(const struct http *http)
{
	return (struct mu_slice){ http->in.data + http->head.bytes, (size_t)http->head.body_bytes };
}

/* Whether the Authorization field holds a bearer token; *ret_token is what follows the scheme. */
static inline bool http_bearer(const struct http *http, struct mu_slice *ret_token)
{
	struct mu_slice field = http->head.fields[MU_HEAD_AUTHORIZATION];

	if (field.n <= 7 || !mu_slice_is((struct mu_slice){ field.at, 7 }, "bearer "))
		return false;
	*ret_token = (struct mu_slice){ field.at + 7, field.n - 7 };
	return true;
}

#endif
