/* Centrifugo: its client protocol in JSON over WebSocket.
 *
 * A frame holds messages, a line each. The client connects with a token and subscribes in one frame, and is
 * in when both are answered; a message of the channel is a push, and `{}` is a ping and its answer. Where a
 * snapshot is asked for, the channel's last message stands for it, which comes with the subscription. Who
 * comes back names the last message they had, and the subscription's answer holds what they missed. */
#include "targets.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMPLAINT_MAX = 300, EPOCH_MAX = 32, BACK_MAX = 96 };

static const char ping[] = "{}";

static bool holds(const struct lg_ws_frame *frame, const char *needle)
{
	return frame->data && memmem(frame->data, frame->len, needle, strlen(needle)) != NULL;
}

static _Noreturn void complain(const char *what, const struct lg_ws_frame *frame)
{
	lg_die("centrifugo: %s: %.*s", what, frame->len < COMPLAINT_MAX ? (int)frame->len : COMPLAINT_MAX,
	       frame->data);
}

static void greet(struct lg_pool *pool, struct lg_conn *conn)
{
	char text[1024];
	int len = snprintf(text, sizeof(text), "{\"id\":1,\"connect\":{\"token\":\"%s\"}}",
			   lg_pool_token(pool, conn));

	if (!conn->publisher && len >= 0 && (size_t)len < sizeof(text))
		len += snprintf(text + len, sizeof(text) - (size_t)len,
				"\n{\"id\":2,\"subscribe\":{\"channel\":\"bench\"%s%s}}",
				pool->opt->expect_snapshot || conn->token_back ? ",\"recover\":true" : "",
				conn->token_back ? conn->token_back : "");
	if (len < 0 || (size_t)len >= sizeof(text))
		lg_die("centrifugo: token too long");
	lg_pool_send(pool, conn, text, (size_t)len);
}

/* What follows `mark` for the last time, or NULL. */
static const char *last_after(const struct lg_ws_frame *frame, const char *mark)
{
	const size_t len = strlen(mark);
	const char *end = frame->data + frame->len, *at = frame->data, *found = NULL;

	while ((at = memmem(at, (size_t)(end - at), mark, len)) != NULL)
		found = at += len;
	return found;
}

static void remember_epoch(struct lg_conn *conn, const char *epoch, size_t room)
{
	const char *quote = memchr(epoch, '"', room);

	if (!quote || quote - epoch > EPOCH_MAX)
		lg_die("centrifugo: an epoch of %d characters at most", EPOCH_MAX);
	if (!conn->token_back)
		conn->token_back = lg_alloc(BACK_MAX, 1);
	snprintf(conn->token_back, BACK_MAX, ",\"epoch\":\"%.*s\",\"offset\":0", (int)(quote - epoch), epoch);
}

/* Kept as it is said when coming back: the stream's epoch and the offset of the last message. */
static void remember(struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	const char *epoch = last_after(frame, "\"epoch\":\""), *offset = last_after(frame, "\"offset\":");
	char *colon;

	if (epoch)
		remember_epoch(conn, epoch, (size_t)(frame->data + frame->len - epoch));
	colon = offset && conn->token_back ? strrchr(conn->token_back, ':') : NULL;
	if (colon)
		snprintf(colon, BACK_MAX - (size_t)(colon - conn->token_back), ":%lu",
			 strtoul(offset, NULL, 10));
}

static void join(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	if (holds(frame, "\"error\":{"))
		complain("refused", frame);
	if (!holds(frame, conn->publisher ? "\"id\":1" : "\"id\":2"))
		return;
	conn->resumed = conn->token_back && holds(frame, "\"recovered\":true");
	if (pool->on_joined && !conn->publisher)
		remember(conn, frame);
	lg_pool_joined(pool, conn, frame);
	if (conn->resumed && pool->on_text)
		pool->on_text(pool->ctx, conn, frame);
}

static bool is_event(const struct lg_ws_frame *frame)
{
	return holds(frame, "{\"push\":{");
}

static void other(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	const size_t len = sizeof(ping) - 1;

	if (holds(frame, "\"error\":{"))
		complain("a command failed", frame);
	pool->answers += holds(frame, "\"id\":3");
	if (frame->len != len || memcmp(frame->data, ping, len) != 0)
		return;
	pool->pings++;
	lg_pool_send(pool, conn, ping, len);
}

static void emit(struct lg_pool *pool, struct lg_conn *conn, const char *body, size_t len)
{
	char text[8192];
	int size =
		snprintf(text, sizeof(text),
			 "{\"id\":3,\"publish\":{\"channel\":\"bench\",\"data\":\"%.*s\"}}", (int)len, body);

	(void)conn;
	if (size < 0 || (size_t)size >= sizeof(text))
		lg_die("message too large");
	lg_pool_put(pool, LG_WS_TEXT, text, (size_t)size);
}

/* Where the stream is: the least that it can be asked. */
static void ask(struct lg_pool *pool, struct lg_conn *conn)
{
	static const char text[] = "{\"id\":4,\"history\":{\"channel\":\"bench\"}}";

	(void)conn;
	lg_pool_put(pool, LG_WS_TEXT, text, sizeof(text) - 1);
}

static bool is_answer(const struct lg_ws_frame *frame)
{
	return holds(frame, "\"id\":4");
}

const struct lg_target lg_target_centrifugo = {
	.name = "centrifugo",
	.watch_path = "/connection/websocket",
	.publish_path = "/connection/websocket",
	.needs_tokens = true,
	.joins_lines = true,
	.envelope_bytes = sizeof("{\"push\":{\"channel\":\"bench\",\"pub\":{\"data\":\"\",\"info\":{\"user\":"
				 "\"u10\",\"client\":"
				 "\"01234567-0123-0123-0123-0123456789ab\"}}}}") -
			  1,
	.greet = greet,
	.join = join,
	.other = other,
	.is_event = is_event,
	.emit = emit,
	.ask = ask,
	.is_answer = is_answer,
	.remember = remember,
};
