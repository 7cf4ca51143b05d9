/* A bare WebSocket server: the first message signs in and is answered with a snapshot; every later message
 * is passed on to all watchers as it is, but "?" is answered. Node's `ws` and uWebSockets.js are spoken to
 * like this. */
#include "targets.h"

#include <stdio.h>

static void greet(struct lg_pool *pool, struct lg_conn *conn)
{
	char text[1024];
	int len = snprintf(text, sizeof(text), "{\"auth\":\"%s\"}", lg_pool_token(pool, conn));

	lg_pool_send(pool, conn, text, (size_t)len);
}

static void join(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	lg_pool_joined(pool, conn, frame);
}

static void emit(struct lg_pool *pool, struct lg_conn *conn, const char *body, size_t len)
{
	(void)conn;
	lg_pool_put(pool, LG_WS_TEXT, body, len);
}

static void ask(struct lg_pool *pool, struct lg_conn *conn)
{
	(void)conn;
	lg_pool_put(pool, LG_WS_TEXT, "?", 1);
}

static bool is_answer(const struct lg_ws_frame *frame)
{
	return frame->len == 1;
}

const struct lg_target lg_target_raw = {
	.name = "raw",
	.watch_path = "/watch",
	.publish_path = "/publish",
	.greet = greet,
	.join = join,
	.emit = emit,
	.ask = ask,
	.is_answer = is_answer,
};
