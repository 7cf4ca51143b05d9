/* Socket.IO 5 over Engine.IO 4, WebSocket transport only.
 *
 * The server opens with `0{...}`, the client joins the namespace with `40{auth}`, the server confirms with
 * `40{...}` and sends the snapshot as an event; later `42[name,data]` is an event and `2` a ping. */
#include "target.h"
#include "util.h"

#include <stdio.h>
#include <string.h>

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

static void join(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	char text[1024];

	if (starts_with(frame, "0{")) {
		int len = snprintf(text, sizeof(text), "40{\"token\":\"%s\",\"watch\":%s}",
				   lg_pool_token(pool, conn), conn->publisher ? "false" : "true");

		lg_pool_send(pool, conn, text, (size_t)len);
	} else if (starts_with(frame, "42[\"snapshot\"")) {
		lg_pool_joined(pool, conn, frame->len);
	} else if (!starts_with(frame, "40{")) {
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

const struct lg_target lg_target_socketio = {
	.name = "socketio",
	.watch_path = "/socket.io/?EIO=4&transport=websocket",
	.publish_path = "/socket.io/?EIO=4&transport=websocket",
	.envelope_bytes = sizeof("42[\"e\",\"\"]") - 1,
	.greet = greet,
	.join = join,
	.other = other,
	.emit = emit,
};
