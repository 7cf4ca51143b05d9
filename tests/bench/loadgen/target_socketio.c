/* Socket.IO 5 over Engine.IO 4, WebSocket transport only.
 *
 * The server opens with `0{...}`, the client joins the namespace with `40{auth}`, the server confirms with
 * `40{...}` and sends the snapshot as an event; later `42[name,data]` is an event and `2` a ping. */
#include "targets.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_BACK = 128 };

static bool starts_with(const struct lg_ws_frame *frame, const char *prefix)
{
	size_t len = strlen(prefix);

	return frame->data && frame->len >= len && memcmp(frame->data, prefix, len) == 0;
}

static void greet(struct lg_pool *pool, struct lg_conn *conn)
{
	(void)pool;
	(void)conn;
}

/* The text between `mark` and the next quote, or NULL; the caller frees it. */
static char *text_after(const char *from, const char *end, const char *mark)
{
	const size_t len = strlen(mark);
	const char *found = memmem(from, (size_t)(end - from), mark, len);
	const char *close = found ? memchr(found + len, '"', (size_t)(end - found) - len) : NULL;

	return close ? lg_strndup(found + len, (size_t)(close - found) - len) : NULL;
}

/* Two texts make one: the session's private id, which comes with the confirmation, and behind a comma the
 * offset, which ends each event. */
static void remember_id(struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	char *pid = text_after(frame->data, frame->data + frame->len, "\"pid\":\"");

	if (!pid)
		return;
	free(conn->token_back);
	conn->token_back = lg_alloc(TOKEN_BACK, 1);
	snprintf(conn->token_back, TOKEN_BACK, "%.60s", pid);
	free(pid);
}

static void remember(struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	const char *end = frame->data + frame->len, *last = end - 2;

	if (!conn->token_back || frame->len < 8 || memcmp(last, "\"]", 2) != 0)
		return;
	while (last > frame->data && last[-1] != '"')
		last--;
	char *comma = strchrnul(conn->token_back, ',');
	snprintf(comma, TOKEN_BACK - (size_t)(comma - conn->token_back), ",%.*s", (int)(end - 2 - last),
		 last);
}

static void send_auth(struct lg_pool *pool, struct lg_conn *conn)
{
	char text[1024], back[2 * TOKEN_BACK] = "";
	const char *comma = conn->token_back ? strchr(conn->token_back, ',') : NULL;

	if (comma)
		snprintf(back, sizeof(back), "\"pid\":\"%.*s\",\"offset\":\"%s\",",
			 (int)(comma - conn->token_back), conn->token_back, comma + 1);
	int len = snprintf(text, sizeof(text), "40{%s\"token\":\"%s\",\"watch\":%s}", back,
			   lg_pool_token(pool, conn), conn->publisher ? "false" : "true");
	lg_pool_send(pool, conn, text, (size_t)len);
}

/* What was missed comes even before the confirmation. */
static void join(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	if (starts_with(frame, "0{")) {
		send_auth(pool, conn);
	} else if (starts_with(frame, "42[\"snapshot\"")) {
		lg_pool_joined(pool, conn, frame);
	} else if (starts_with(frame, "40{")) {
		remember_id(conn, frame);
	} else if (starts_with(frame, "42[\"e\"") && conn->token_back) {
		conn->resumed = true;
		if (pool->on_text)
			pool->on_text(pool->ctx, conn, frame);
	} else {
		lg_die("socket.io: unexpected packet while joining");
	}
}

static void other(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	if (frame->len != 1 || !starts_with(frame, "2"))
		return;
	pool->pings++;
	lg_pool_send(pool, conn, "3", 1);
}

static void emit(struct lg_pool *pool, struct lg_conn *conn, const char *body, size_t len)
{
	char text[4096];
	int size = snprintf(text, sizeof(text), "42[\"publish\",\"%.*s\"]", (int)len, body);

	(void)conn;
	if (size < 0 || (size_t)size >= sizeof(text))
		lg_die("message too large");
	lg_pool_put(pool, LG_WS_TEXT, text, (size_t)size);
}

static void ask(struct lg_pool *pool, struct lg_conn *conn)
{
	static const char text[] = "420[\"ask\"]";

	(void)conn;
	lg_pool_put(pool, LG_WS_TEXT, text, sizeof(text) - 1);
}

static bool is_answer(const struct lg_ws_frame *frame)
{
	return starts_with(frame, "430[");
}

const struct lg_target lg_target_socketio = {
	.name = "socketio",
	.watch_path = "/socket.io/?EIO=4&transport=websocket",
	.publish_path = "/socket.io/?EIO=4&transport=websocket",
	.envelope_bytes = sizeof("42[\"e\",\"\"]") - 1,
	.greet = greet,
	.join = join,
	.other = other,
	.emit = emit,
	.ask = ask,
	.is_answer = is_answer,
	.remember = remember,
};
