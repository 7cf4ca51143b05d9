/* Writing HTTP answers.
 * Invariant: every answer says its length or comes in chunks, so the next one on the connection begins where
 * this one ends. Thread: the edge's. */
#include "http.h"

#include "muster/base/mem.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* A page of the console may load from its own host only, and be framed by nobody. */
static const char page_headers[] =
	"Content-Security-Policy: default-src 'self'; connect-src 'self'; img-src 'self' data:; style-src "
	"'self'; "
	"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'\r\n"
	"Cross-Origin-Opener-Policy: same-origin\r\n";

static const struct {
	int status;
	const char *text;
} reasons[] = {
	{ 200, "OK" },
	{ 204, "No Content" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 422, "Unprocessable Content" },
	{ 426, "Upgrade Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 505, "HTTP Version Not Supported" },
};

static const char *reason_of(int status)
{
	for (size_t i = 0; i < MU_COUNT(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Unknown";
}

/* RFC 9110 §5.6.7, made once a second. */
static const char *date(struct mu_edge *edge)
{
	time_t now = (time_t)(mu_clock_wall_ms(edge->setup.clock) / 1000);
	struct tm parts;

	if (edge->date_s == now || !gmtime_r(&now, &parts))
		return edge->date;
	if (!strftime(edge->date, sizeof(edge->date), "%a, %d %b %Y %H:%M:%S GMT", &parts))
		edge->date[0] = '\0';
	edge->date_s = now;
	return edge->date;
}

/* Let pages of a listed origin read the answer (Fetch standard, CORS). Credentials are tokens in a header,
 * never cookies. */
static void write_cors(struct mu_buf *out, const struct conn *conn)
{
	const struct mu_head *head = &conn->http->head;
	struct mu_slice origin = head->fields[MU_HEAD_ORIGIN];

	if (mu_origin_of(config_of(conn->edge)->origins, origin, head->fields[MU_HEAD_HOST]) !=
	    MU_ORIGIN_LISTED)
		return;
	mu_buf_str(out, "Access-Control-Allow-Origin: ");
	mu_buf_add(out, origin.at, origin.n);
	mu_buf_str(out, "\r\nAccess-Control-Expose-Headers: Retry-After, X-Trace-Id\r\nVary: Origin\r\n");
}

static void write_head(struct mu_buf *out, struct conn *conn, const struct reply *reply, size_t body_bytes)
{
	const struct http *http = conn->http;

	mu_buf_printf(out, "HTTP/1.1 %d %s\r\nDate: %s\r\nX-Trace-Id: %s\r\n", reply->status,
		      reason_of(reply->status), date(conn->edge), http->trace);
	mu_buf_printf(out, "Cache-Control: %s\r\n", reply->cache ? reply->cache : "no-store");
	mu_buf_str(out, "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n");
	if (reply->page)
		mu_buf_str(out, page_headers);
	if (reply->headers)
		mu_buf_str(out, reply->headers);
	write_cors(out, conn);
	if (reply->type)
		mu_buf_printf(out, "Content-Type: %s\r\n", reply->type);
	if (reply->parts)
		mu_buf_str(out, "Transfer-Encoding: chunked\r\n");
	else if (reply->status != 204 && reply->status != 304)
		mu_buf_printf(out, "Content-Length: %zu\r\n", body_bytes);
	mu_buf_str(out, http->keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
}

static void send_buf(struct conn *conn, const struct mu_buf *out)
{
	struct mu_frame *frame = mu_buf_error(out) == MU_OK ? mu_frame_create(out->n) : NULL;

	if (frame)
		memcpy(frame->data, out->data, out->n);
	send_plain(conn, frame);
}

static void sending(struct conn *conn)
{
	conn->http->phase = HTTP_SENDING;
	conn->heard_ms = conn->edge->now_ms;
	socket_reading(conn, false);
	conn_deadline(conn, MU_STALL_TIMEOUT_MS);
}

void reply_text(struct conn *conn, const struct reply *reply, const char *body, size_t n)
{
	AUTO_BUF struct mu_buf out = { 0 };

	write_head(&out, conn, reply, n);
	if (!conn->http->no_body)
		mu_buf_add(&out, body, n);
	sending(conn);
	send_buf(conn, &out);
}

void reply_frame(struct conn *conn, const struct reply *reply, struct mu_frame *body)
{
	AUTO_BUF struct mu_buf out = { 0 };

	write_head(&out, conn, reply, body->n);
	sending(conn);
	send_buf(conn, &out);
	if (!conn->http->no_body)
		send_plain(conn, mu_frame_ref(body));
}

void reply_part(struct conn *conn, const struct reply *reply, const char *body, size_t n, bool last)
{
	AUTO_BUF struct mu_buf out = { 0 };

	if (reply)
		write_head(&out, conn, reply, 0);
	if (n && !conn->http->no_body) { /* an empty chunk would be the end */
		mu_buf_printf(&out, "%zx\r\n", n);
		mu_buf_add(&out, body, n);
		mu_buf_str(&out, "\r\n");
	}
	if (last && !conn->http->no_body)
		mu_buf_str(&out, "0\r\n\r\n");
	sending(conn);
	send_buf(conn, &out);
}

/* status 0: the error's own, with what goes with it in the head. */
static void reply_as(struct conn *conn, int status, const char *headers, const struct mu_fault *fault,
		     const char *present)
{
	const struct reply reply = { .status = status ? status : mu_err_info(fault->err)->http,
				     .type = "application/problem+json",
				     .headers = headers };
	AUTO_BUF struct mu_buf body = { 0 };

	mu_problem(&body, status, status ? reason_of(status) : NULL, fault, present);
	reply_text(conn, &reply, mu_buf_text(&body), body.n);
}

void reply_fault(struct conn *conn, const struct mu_fault *fault, const char *present)
{
	char headers[64] = "";

	if (mu_err_info(fault->err)->http == 401)
		snprintf(headers, sizeof(headers), "WWW-Authenticate: Bearer\r\n");
	else if (fault->retry_after_ms > 0)
		snprintf(headers, sizeof(headers), "Retry-After: %lld\r\n",
			 (long long)((fault->retry_after_ms + 999) / 1000));
	reply_as(conn, 0, headers, fault, present);
}

void reply_later(struct conn *conn, enum mu_err err, int64_t retry_after_ms, const char *detail)
{
	struct mu_fault fault = { 0 };

	count(conn->edge, MU_METRIC_REQUEST_ERRORS_TOTAL, 1);
	mu_fail_later(&fault, err, retry_after_ms, detail);
	reply_fault(conn, &fault, NULL);
}

/* What a status without a row in the table of errors is called there: the nearest kind. */
static enum mu_err err_of(int status)
{
	switch (status) {
	case 403:
		return MU_FORBIDDEN;
	case 404:
		return MU_NOT_FOUND;
	case 413:
		return MU_TOO_LARGE;
	default:
		return MU_INVALID_REQUEST;
	}
}

void reply_problem(struct conn *conn, int status, const char *headers, const char *detail)
{
	struct mu_fault fault = { 0 };

	count(conn->edge, MU_METRIC_REQUEST_ERRORS_TOTAL, 1);
	mu_fail(&fault, err_of(status), "%s", detail);
	reply_as(conn, status, headers, &fault, NULL);
}
