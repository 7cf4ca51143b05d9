/* Muster: JSON-RPC 2.0 over WebSocket. session.open with a token is answered with the snapshot of presence;
 * events are notifications of the method "event". */
#include "target.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where in a message the method stands, counted generously. */
enum { ENVELOPE_HEAD = 64, COMPLAINT_MAX = 300 };

static bool holds(const struct lg_ws_frame *frame, const char *needle, size_t within)
{
	size_t len = frame->len < within ? (size_t)frame->len : within;

	return frame->data && memmem(frame->data, len, needle, strlen(needle)) != NULL;
}

static bool is_event(const struct lg_ws_frame *frame)
{
	return holds(frame, "\"method\":\"event\"", ENVELOPE_HEAD);
}

static bool is_error(const struct lg_ws_frame *frame)
{
	return holds(frame, "\"error\":{", ENVELOPE_HEAD);
}

static _Noreturn void complain(const char *what, const struct lg_ws_frame *frame)
{
	int len = frame->len < COMPLAINT_MAX ? (int)frame->len : COMPLAINT_MAX;

	lg_die("muster: %s: %.*s", what, len, frame->data);
}

static void greet(struct lg_pool *pool, struct lg_conn *conn)
{
	char text[2048], resume[128] = "";
	const char *watch = conn->publisher ? "none" : pool->opt->watch;

	if (conn->token_back)
		snprintf(resume, sizeof(resume), ",\"resume\":{\"cursor\":\"%.96s\"}", conn->token_back);
	int len = snprintf(
		text, sizeof(text),
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.open\",\"params\":{\"token\":\"%s\","
		"\"device\":{\"id\":\"d-%u\",\"kind\":\"%s\",\"name\":\"bench\"},"
		"\"watch\":{\"presence\":\"%s\"}%s}}",
		lg_pool_token(pool, conn), conn->index, pool->opt->device_kind, watch, resume);

	if (len < 0 || (size_t)len >= sizeof(text))
		lg_die("muster: token too long");
	lg_pool_send(pool, conn, text, (size_t)len);
}

static void remember(struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	static const char mark[] = "\"cursor\":\"";
	const size_t mark_len = sizeof(mark) - 1;
	const char *found = frame->data ? memmem(frame->data, frame->len, mark, mark_len) : NULL;
	const char *cursor = found ? found + mark_len : NULL;
	const char *end = cursor ? memchr(cursor, '"', (size_t)(frame->data + frame->len - cursor)) : NULL;

	if (!end)
		return;
	free(conn->token_back);
	conn->token_back = lg_strndup(cursor, (size_t)(end - cursor));
}

/* Whoever isn't let in at the moment is told so, and tries again if that is what the run is about. */
static void join(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	if (is_error(frame) && !pool->on_lost)
		complain("session.open refused", frame);
	if (is_error(frame) || !holds(frame, "\"result\":{", ENVELOPE_HEAD))
		return;
	conn->resumed = holds(frame, "\"resumed\":true", frame->len);
	if (pool->on_joined && !conn->publisher)
		remember(conn, frame);
	lg_pool_joined(pool, conn, frame);
}

static void other(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	(void)conn;
	if (is_error(frame))
		complain("a command failed", frame);
	pool->answers += holds(frame, "\"result\":", ENVELOPE_HEAD);
}

static void emit(struct lg_pool *pool, struct lg_conn *conn, const char *body, size_t len)
{
	char text[8192];
	int size = snprintf(text, sizeof(text),
			    "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"event.publish\",\"params\":{"
			    "\"type\":\"x.bench\",\"audience\":{\"everyone\":true},\"data\":{\"d\":\"%.*s\"},"
			    "\"durable\":%s}}",
			    (int)len, body, pool->durable ? "true" : "false");

	(void)conn;
	if (size < 0 || (size_t)size >= sizeof(text))
		lg_die("message too large");
	lg_pool_put(pool, LG_WS_TEXT, text, (size_t)size);
}

static void ask(struct lg_pool *pool, struct lg_conn *conn)
{
	static const char text[] = "{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"session.activity\","
				   "\"params\":{\"state\":\"active\"}}";

	(void)conn;
	lg_pool_put(pool, LG_WS_TEXT, text, sizeof(text) - 1);
}

static bool is_answer(const struct lg_ws_frame *frame)
{
	return holds(frame, "\"id\":4", ENVELOPE_HEAD) && holds(frame, "\"result\":", ENVELOPE_HEAD);
}

/* Back and forth between two statuses, so that every call is a real change. */
static void toggle(struct lg_pool *pool, struct lg_conn *conn, uint32_t id, const char *marker)
{
	char text[256];
	const char *status = id / pool->opt->users % 2 ? "available" : "away";
	int size = snprintf(text, sizeof(text),
			    "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"presence.set\",\"params\":{"
			    "\"status\":\"%s\",\"note\":\"%s\"}}",
			    status, marker);

	(void)conn;
	lg_pool_put(pool, LG_WS_TEXT, text, (size_t)size);
}

const struct lg_target lg_target_muster = {
	.name = "muster",
	.watch_path = "/v1/ws",
	.publish_path = "/v1/ws",
	.protocol = "muster.v1",
	.needs_tokens = true,
	.greet = greet,
	.join = join,
	.other = other,
	.is_event = is_event,
	.emit = emit,
	.toggle = toggle,
	.ask = ask,
	.is_answer = is_answer,
	.remember = remember,
};
