/* Everything outside the API: health, metrics, the console and the SDK.
 * Invariant: /metrics on the public port is for callers on this machine only, and not through a proxy on it;
 * the port of metrics_listen has health and metrics and nothing else.
 * Thread: the edge's. */
#include "http.h"

#include "muster/base/mem.h"

#include <stdio.h>
#include <string.h>

static void reply_json(struct conn *conn, int status, const char *body)
{
	const struct reply reply = { .status = status, .type = "application/json" };

	reply_text(conn, &reply, body, strlen(body));
}

static void take_healthz(struct conn *conn)
{
	reply_json(conn, 200, "{\"status\":\"alive\"}");
}

static void take_readyz(struct conn *conn)
{
	const struct mu_edge_setup *setup = &conn->edge->setup;

	if (conn->edge->draining)
		reply_json(conn, 503, "{\"status\":\"draining\"}");
	else if (setup->ready && !setup->ready(setup->ready_arg))
		reply_json(conn, 503, "{\"status\":\"not ready\"}");
	else
		reply_json(conn, 200, "{\"status\":\"ready\"}");
}

static bool may_see_metrics(const struct conn *conn)
{
	const struct mu_head *head = &conn->http->head;

	if (conn->monitor)
		return true;
	return !*config_of(conn->edge)->metrics_listen && mu_address_loopback(&conn->peer) &&
	       !conn->proxied && !head->fields[MU_HEAD_X_FORWARDED_FOR].at &&
	       !head->fields[MU_HEAD_FORWARDED].at;
}

static void take_metrics(struct conn *conn)
{
	const struct reply reply = { .status = 200, .type = "text/plain; version=0.0.4; charset=utf-8" };
	AUTO_BUF struct mu_buf body = { 0 };

	if (*config_of(conn->edge)->metrics_listen && !conn->monitor) {
		reply_problem(conn, 404, NULL,
			      "Metrics have a port of their own here; see the option metrics_listen");
		return;
	}
	if (!may_see_metrics(conn)) {
		reply_problem(conn, 403, NULL,
			      "Metrics are for callers on the machine itself; see the option metrics_listen");
		return;
	}
	mu_metrics_set(conn->edge->setup.metrics, MU_METRIC_HUB_QUEUE,
		       (int64_t)mu_queue_length(conn->edge->setup.hub));
	mu_metrics_write(conn->edge->setup.metrics, &body);
	reply_text(conn, &reply, mu_buf_text(&body), body.n);
}

/* Browsers ask for a page by its type; scripts, and programs that mistake a path, don't. */
static bool navigates(const struct mu_head *head)
{
	struct mu_slice rest = head->fields[MU_HEAD_ACCEPT];

	while (rest.at) {
		struct mu_slice type = mu_slice_next(&rest);
		const char *semicolon = type.n ? memchr(type.at, ';', type.n) : NULL;

		if (semicolon)
			type.n = (size_t)(semicolon - type.at);
		if (mu_slice_is(type, "text/html"))
			return true;
	}
	return false;
}

static void take_file(struct conn *conn)
{
	const struct mu_head *head = &conn->http->head;
	struct reply reply = { .status = 200, .page = true };
	AUTO_FRAME struct mu_frame *frame = NULL;
	struct mu_file file;
	char headers[64];

	if (!limits_file(conn->edge->setup.shared, head->path.at, head->path.n, navigates(head), &file)) {
		reply_problem(conn, 404, NULL, "There is nothing here");
		return;
	}
	frame = file.frame;
	snprintf(headers, sizeof(headers), "ETag: %s\r\n", file.etag);
	reply.headers = headers;
	reply.cache = file.immutable ? "public, max-age=31536000, immutable" : "no-cache";
	if (mu_slice_lists(head->fields[MU_HEAD_IF_NONE_MATCH], file.etag, true)) {
		reply.status = 304;
		reply_text(conn, &reply, "", 0);
		return;
	}
	reply.type = file.type;
	reply_frame(conn, &reply, frame);
}

static const struct {
	const char *path;
	void (*take)(struct conn *conn);
} places[] = {
	{ "/healthz", take_healthz },
	{ "/readyz", take_readyz },
	{ "/metrics", take_metrics },
};

void site_take(struct conn *conn)
{
	const struct mu_head *head = &conn->http->head;

	if (!mu_head_is(head, "GET") && !mu_head_is(head, "HEAD")) {
		reply_problem(conn, 405, "Allow: GET, HEAD\r\n", "Only GET and HEAD are known here");
		return;
	}
	for (size_t i = 0; i < MU_COUNT(places); i++) {
		if (head->path.n != strlen(places[i].path) ||
		    memcmp(head->path.at, places[i].path, head->path.n) != 0)
			continue;
		places[i].take(conn);
		return;
	}
	if (conn->monitor)
		reply_problem(conn, 404, NULL, "This port has /metrics, /healthz and /readyz");
	else if (api_knows(conn))
		api_take(conn);
	else
		take_file(conn);
}
