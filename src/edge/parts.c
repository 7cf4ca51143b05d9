/* Answers that come in parts: an export of any size, of which neither the hub nor the edge holds more than
 * one part. When a part is written to the client the next one is asked for, as if the client had asked again
 * from there on, so the caller's token and rights are looked at each time. Invariant: what has begun and
 * can't be finished ends with the connection, before the last chunk: no client takes a part for the whole
 * (RFC 9112 §8). Thread: the edge's. */
#include "http.h"

#include <stdlib.h>
#include <string.h>

struct parts {
	int method;
	json_t *params;
	char *token;
	bool begun; /* the head is out */
	bool more;  /* the next part is to be asked for once this one is written */
};

bool parts_keep(struct http *http, int method, const json_t *params, const char *token)
{
	struct parts *parts = calloc(1, sizeof(*parts));

	if (!parts)
		return false;
	http->parts = parts;
	parts->method = method;
	parts->params = json_deep_copy(params);
	parts->token = strdup(token ? token : "");
	return parts->params && parts->token;
}

void parts_finish(struct http *http)
{
	if (!http->parts)
		return;
	json_decref(http->parts->params);
	free(http->parts->token);
	free(http->parts);
	http->parts = NULL;
}

bool parts_begun(const struct http *http)
{
	return http->parts && http->parts->begun;
}

void parts_take(struct conn *conn, const struct mu_down *down)
{
	struct http *http = conn->http;
	struct reply reply = { .status = 200, .type = down->answer.media, .parts = true };
	struct parts *parts = http ? http->parts : NULL;
	const char *body = down->answer.body ? down->answer.body : "";

	if (!parts || http->phase != HTTP_ASKING)
		return; /* it was answered in the hub's stead */
	if (http->head.old) {
		http->keep_alive = false;
		reply_problem(
			conn, 426, "Upgrade: HTTP/1.1\r\nConnection: Upgrade\r\n",
			"This answer comes in chunks, of which HTTP/1.0 knows nothing: ask with HTTP/1.1");
		return;
	}
	parts->more = down->answer.next && !http->no_body;
	if (parts->more && json_object_set_new(parts->params, "after", json_string(down->answer.next))) {
		conn_kill(conn);
		return;
	}
	reply_part(conn, parts->begun ? NULL : &reply, body, strlen(body), !parts->more);
	parts->begun = true;
}

bool parts_ask(struct conn *conn)
{
	struct parts *parts = conn->http->parts;
	struct pending *pending;
	struct mu_up *up;

	if (!parts || !parts->more)
		return false;
	parts->more = false;
	pending = pending_create(conn, NULL, NULL);
	up = pending ? request_create(conn, MU_TRANSPORT_HTTP, parts->method, json_deep_copy(parts->params),
				      pending->trace)
		     : NULL;
	if (!up) {
		conn_kill(conn);
		return true;
	}
	conn->http->phase = HTTP_ASKING;
	conn_deadline(conn, MU_ANSWER_TIMEOUT_MS);
	keys_submit(conn->edge, pending, up, parts->token);
	return true;
}
