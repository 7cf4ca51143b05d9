/* HTTP/1.1, one request at a time.
 * Invariant: a request is read whole, answered once, and the next one is looked at only when the answer is
 * written; while the hub is asked and while the answer goes out nothing is read, so a client can't make this
 * connection do or hold more than one request.
 * Thread: the edge's. */
#include "http.h"

#include "muster/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define REQUESTS_MAX 1000 /* on one connection */
/* Large bodies are read before anybody knows whether the token in their head is good: so much of them, in
 * units of the largest one, may be here at a time. */
#define LARGE_AT_ONCE 8
#define REFUSED_MS 2000 /* when to come back who is over a limit of connections */

static bool path_is(const struct http *http, const char *path)
{
	return http->head.path.n == strlen(path) && memcmp(http->head.path.at, path, http->head.path.n) == 0;
}

static void give_up(struct conn *conn, int status, const char *why)
{
	conn->http->keep_alive = false;
	reply_problem(conn, status, NULL, why);
}

/* "100 Continue", once, for a client that waits for it with its body. */
static void send_continue(struct conn *conn)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct mu_frame *frame;

	if (conn->http->continued || !mu_slice_is(conn->http->head.fields[MU_HEAD_EXPECT], "100-continue"))
		return;
	conn->http->continued = true;
	frame = mu_frame_create(sizeof(text) - 1);
	if (frame)
		memcpy(frame->data, text, frame->n);
	send_plain(conn, frame);
}

/* Whom the connection counts as, now that the head says it; false if there are too many. */
static bool check_client(struct conn *conn)
{
	struct http *http = conn->http;

	if (conn->proxied) {
		/* Anew for each request: a proxy may send several people's requests down one connection. */
		struct mu_address client =
			mu_address_client(limits_trusted(conn->edge->setup.shared), &conn->peer,
					  http->head.fields[MU_HEAD_X_FORWARDED_FOR]);

		conn_count_as(conn, &client);
	}
	if (!conn->refusal)
		return true;
	http->keep_alive = false;
	if (conn->refusal == REFUSED_ALL)
		reply_later(conn, MU_UNAVAILABLE, REFUSED_MS,
			    "There are too many connections; come back later");
	else
		reply_later(conn, MU_RATE_LIMITED, REFUSED_MS,
			    "There are too many connections from your address");
	return false;
}

/* What a head alone is refused for. */
static bool check_head(struct conn *conn)
{
	struct http *http = conn->http;
	bool bodiless = mu_head_is(&http->head, "GET") || mu_head_is(&http->head, "HEAD") ||
			mu_head_is(&http->head, "OPTIONS");

	http->keep_alive = http->head.keep_alive && ++http->requests < REQUESTS_MAX && !conn->edge->draining;
	edge_trace(conn->edge, http->trace);
	if (!check_client(conn))
		return false;
	if (bodiless && http->head.body_bytes) {
		give_up(conn, 400, "A request with this method has no body");
		return false;
	}
	if (http->head.body_bytes > (uint64_t)api_body_max(conn)) {
		give_up(conn, 413, "The body is too large");
		return false;
	}
	return true;
}

static void forget_large(struct conn *conn)
{
	conn->edge->large_bytes -= conn->http->large_bytes;
	conn->http->large_bytes = 0;
}

/* Count what is here of a large body; false if there is no room for more. */
static bool count_large(struct conn *conn)
{
	const struct mu_config *config = config_of(conn->edge);
	struct http *http = conn->http;

	if (http->head.body_bytes <= (uint64_t)config->max_message_bytes)
		return true;
	conn->edge->large_bytes += http->in.n - http->large_bytes;
	http->large_bytes = http->in.n;
	if (conn->edge->large_bytes <= LARGE_AT_ONCE * (size_t)config->max_bulk_bytes)
		return true;
	count(conn->edge, MU_METRIC_FULL_BODIES, 1);
	forget_large(conn); /* it goes, and the others may go on */
	http->keep_alive = false;
	reply_later(conn, MU_UNAVAILABLE, REFUSED_MS,
		    "Too many large requests are arriving; come back later");
	return false;
}

/* Read on in http->in; true if a whole request is there. */
static bool have_request(struct conn *conn)
{
	struct http *http = conn->http;

	if (!http->head_read) {
		enum mu_head_result result =
			mu_head_read(mu_buf_text(&http->in), http->in.n, &http->scanned, &http->head);

		http->no_body = mu_head_is(&http->head, "HEAD");
		switch (result) {
		case MU_HEAD_MORE:
			return false;
		case MU_HEAD_BAD:
			edge_trace(conn->edge, http->trace);
			give_up(conn, http->head.status, http->head.problem);
			return false;
		case MU_HEAD_DONE:
			break;
		}
		http->head_read = true;
		if (!check_head(conn))
			return false;
	}
	if (!count_large(conn))
		return false;
	if (http->in.n - http->head.bytes >= http->head.body_bytes)
		return true;
	send_continue(conn);
	return false;
}

static bool path_starts(const struct http *http, const char *prefix)
{
	return http->head.path.n >= strlen(prefix) && memcmp(http->head.path.at, prefix, strlen(prefix)) == 0;
}

/* Query parameters that are called like this would be secrets in the logs of every proxy on the way. */
static bool has_secret_in_url(const struct mu_head *head)
{
	static const char *const names[] = { "token", "access_token", "ticket" };
	struct mu_slice rest = head->query;

	while (rest.n) {
		const char *amp = memchr(rest.at, '&', rest.n);
		size_t n = amp ? (size_t)(amp - rest.at) : rest.n;
		const char *equals = memchr(rest.at, '=', n);

		for (size_t i = 0; i < MU_COUNT(names); i++)
			if (mu_slice_is((struct mu_slice){ rest.at, equals ? (size_t)(equals - rest.at) : n },
					names[i]))
				return true;
		n += amp ? 1 : 0;
		rest = (struct mu_slice){ rest.at + n, rest.n - n };
	}
	return false;
}

static void take_api(struct conn *conn)
{
	struct http *http = conn->http;
	bool socket = path_is(http, "/v1/ws");

	if (has_secret_in_url(&http->head))
		give_up(conn, 400,
			"Never put a token into a URL: send it in session.open or in the Authorization "
			"header");
	else if (socket)
		upgrade_take(conn);
	else if (http->head.fields[MU_HEAD_UPGRADE].at)
		give_up(conn, 400, "There is nothing to upgrade to here; WebSockets connect to /v1/ws");
	else
		api_take(conn);
}

static void take(struct conn *conn)
{
	struct http *http = conn->http;

	if ((path_starts(http, "/v1/") || path_is(http, "/v1")) && !conn->monitor)
		take_api(conn);
	else if (http->head.fields[MU_HEAD_UPGRADE].at)
		give_up(conn, 400, "There is nothing to upgrade to here; WebSockets connect to /v1/ws");
	else
		site_take(conn);
	/* Nothing more is read until this is answered and the answer is written. */
	if (conn->http)
		socket_reading(conn, false);
}

static void read_on(struct conn *conn)
{
	if (conn->http->phase == HTTP_READING && have_request(conn))
		take(conn);
}

/* Put what came behind what is there; false when memory is out. Where that moves the buffer the head is read
 * again, so that its slices are good at any time. */
static bool keep(struct http *http, const uint8_t *bytes, size_t n)
{
	const char *before = http->in.data;
	size_t scanned = 0;

	mu_buf_add(&http->in, bytes, n);
	if (mu_buf_error(&http->in) != MU_OK)
		return false;
	if (http->head_read && http->in.data != before)
		(void)mu_head_read(http->in.data, http->in.n, &scanned, &http->head);
	return true;
}

void http_read(struct conn *conn, const uint8_t *bytes, size_t n)
{
	struct http *http = conn->http;

	if (!http) {
		http = calloc(1, sizeof(*http));
		if (!http) {
			conn_kill(conn);
			return;
		}
		conn->http = http;
		conn->asked = true;
		mu_buf_init(&http->in);
		conn_deadline(conn, config_of(conn->edge)->request_timeout_ms);
	}
	if (keep(http, bytes, n))
		read_on(conn);
	else
		conn_kill(conn);
}

/* The request is done with: what came behind it is the next one's beginning. */
static void next_request(struct conn *conn)
{
	struct http *http = conn->http;
	size_t used = http->head.bytes + (size_t)http->head.body_bytes;
	unsigned requests = http->requests;
	struct mu_buf in = http->in;

	parts_finish(http);
	forget_large(conn);
	in.n -= used;
	memmove(in.data, in.data + used, in.n);
	if (!in.n) {
		http_finish(conn);
		conn_deadline(conn, MU_KEEPALIVE_MS);
		socket_reading(conn, true);
		return;
	}
	*http = (struct http){ .in = in, .requests = requests };
	conn_deadline(conn, config_of(conn->edge)->request_timeout_ms);
	socket_reading(conn, true);
	read_on(conn);
}

void http_sent(struct conn *conn)
{
	if (!conn->http || conn->http->phase != HTTP_SENDING || parts_ask(conn))
		return;
	if (conn->http->keep_alive && !conn->edge->draining)
		next_request(conn);
	else
		conn_end(conn);
}

void http_answered(struct conn *conn, const struct mu_fault *fault, const char *body)
{
	static const struct reply reply = { .status = 200, .type = "application/json" };

	if (!conn->http || conn->http->phase != HTTP_ASKING)
		return; /* it was answered in the hub's stead */
	if (parts_begun(conn->http))
		conn_kill(conn);
	else if (fault->err != MU_OK)
		reply_fault(conn, fault, body);
	else
		reply_text(conn, &reply, body ? body : "{}", strlen(body ? body : "{}"));
}

static void end_stalled(struct conn *conn)
{
	count(conn->edge, MU_METRIC_LATE_READER, 1);
	conn_kill(conn);
}

void http_deadline(struct conn *conn)
{
	struct http *http = conn->http;
	struct mu_fault fault = { 0 };

	if (!http) {
		count(conn->edge, MU_METRIC_LATE_REQUEST, !conn->asked); /* else it had its answers */
		conn_end(conn);
		return;
	}
	switch (http->phase) {
	case HTTP_READING:
		count(conn->edge, MU_METRIC_LATE_REQUEST, 1);
		give_up(conn, 408, "The request took too long to arrive");
		return;
	case HTTP_ASKING:
		/* The answer may still come: there must be no next request for it to answer. */
		http->keep_alive = false;
		mu_fail(&fault, MU_UNAVAILABLE,
			"The hub did not answer in time; whether it did what you asked is not known");
		pending_drop_all(conn);
		if (parts_begun(http))
			conn_kill(conn);
		else
			reply_fault(conn, &fault, NULL);
		return;
	case HTTP_SENDING:
		if (conn->edge->now_ms - conn->heard_ms < MU_STALL_TIMEOUT_MS)
			conn_deadline(conn, MU_STALL_TIMEOUT_MS);
		else
			end_stalled(conn);
		return;
	}
}

void http_finish(struct conn *conn)
{
	if (!conn->http)
		return;
	parts_finish(conn->http);
	forget_large(conn);
	mu_buf_finish(&conn->http->in);
	free(conn->http);
	conn->http = NULL;
}
