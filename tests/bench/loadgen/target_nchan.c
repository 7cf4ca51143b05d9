/* nchan: watchers subscribe over WebSocket, messages are POSTed over one keep-alive connection, pipelined.
 *
 * nchan has no sign-in message: the token is part of the handshake, and where a snapshot is asked for, the
 * stored message that every new subscriber gets stands for it. */
#include "targets.h"
#include "util.h"

#include <stdio.h>

static void greet(struct lg_pool *pool, struct lg_conn *conn)
{
	if (!pool->opt->expect_snapshot)
		lg_pool_joined(pool, conn, NULL);
}

static void join(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	lg_pool_joined(pool, conn, frame);
}

static void emit(struct lg_pool *pool, struct lg_conn *conn, const char *body, size_t len)
{
	char head[160];
	int size = snprintf(head, sizeof(head),
			    "POST /publish HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n"
			    "Content-Length: %zu\r\n\r\n",
			    len);

	(void)conn;
	lg_pool_put_raw(pool, head, (size_t)size);
	lg_pool_put_raw(pool, body, len);
}

const struct lg_target lg_target_nchan = {
	.name = "nchan",
	.watch_path = "/watch?token=bench",
	.http_publisher = true,
	.greet = greet,
	.join = join,
	.emit = emit,
};
