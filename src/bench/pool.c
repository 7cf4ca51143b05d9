/* Input, output and the states of the generator's connections. How they are opened is in pool_open.c. */
#include "pool.h"
#include "pool_open.h"
#include "target.h"
#include "util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	IN_BYTES = 256 * 1024,
	OUT_BYTES = 256 * 1024,
	HEAD_BYTES = 4096,
	BATCH = 128, /* small, so that a toggle that is due is sent on time */
};

struct frame_ctx {
	struct lg_pool *pool;
	struct lg_conn *conn;
};

void lg_pool_init(struct lg_pool *pool, const struct lg_options *opt, const struct lg_target *target)
{
	*pool = (struct lg_pool){
		.opt = opt,
		.target = target,
		.count = opt->sessions,
		.conns = lg_alloc(opt->sessions, sizeof(struct lg_conn)),
		.publisher = { .publisher = true, .index = opt->sessions },
		.in = lg_alloc(IN_BYTES, 1),
		.out = lg_alloc(OUT_BYTES, 1),
	};
	pool->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (pool->epoll_fd < 0)
		lg_die("epoll_create1: %s", strerror(errno));
	for (uint32_t i = 0; i < pool->count; i++)
		pool->conns[i].index = i;
	lg_pool_raise_limits(pool->count);
}

void lg_pool_finish(struct lg_pool *pool)
{
	lg_pool_close(pool);
	if (pool->publisher.state != LG_CLOSED)
		lg_pool_close_publisher(pool);
	close(pool->epoll_fd);
	for (uint32_t i = 0; i < pool->count; i++)
		free(pool->conns[i].token_back);
	free(pool->conns);
	free(pool->in);
	free(pool->out);
}

const char *lg_pool_token(const struct lg_pool *pool, const struct lg_conn *conn)
{
	/* As long as a JWT; the peers' servers look only at its being there. */
	static const char plain[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				    "aaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				    "aaaaaaaaaaaaaaaaaaaaaaaaaaaa";

	if (!pool->target->needs_tokens)
		return plain;
	if (!conn->publisher)
		return pool->tokens[conn->index];
	if (!pool->opt->publisher_token)
		lg_die("--publisher-token is needed");
	return pool->opt->publisher_token;
}

void lg_pool_joined(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	conn->state = LG_READY;
	if (conn->publisher)
		return;
	pool->ready++;
	pool->joined_bytes += frame ? frame->len : 0;
	if (frame && pool->on_joined)
		pool->on_joined(pool->ctx, conn, frame);
}

void lg_target_other(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	pool->other_frames++;
	if (pool->target->other)
		pool->target->other(pool, conn, frame);
}

void lg_pool_put_raw(struct lg_pool *pool, const char *bytes, size_t len)
{
	if (pool->out_len + len > OUT_BYTES)
		lg_die("output buffer too small");
	memcpy(pool->out + pool->out_len, bytes, len);
	pool->out_len += len;
}

void lg_pool_put(struct lg_pool *pool, enum lg_ws_opcode opcode, const char *payload, size_t len)
{
	if (pool->out_len + len + LG_WS_HEAD_MAX > OUT_BYTES)
		lg_die("output buffer too small");
	pool->out_len += lg_ws_write_frame(pool->out + pool->out_len, opcode, payload, len);
}

/* What is sent here is always smaller than an empty socket buffer: a short write means that the server
 * has stopped reading, which ends the run. One that is closed already is read of before it is lost. */
void lg_pool_flush(struct lg_pool *pool, struct lg_conn *conn)
{
	ssize_t sent = send(conn->fd, pool->out, pool->out_len, MSG_NOSIGNAL);
	const bool closed = sent < 0 && (errno == EPIPE || errno == ECONNRESET) && pool->on_lost;

	if (!closed && (sent < 0 || (size_t)sent != pool->out_len))
		lg_die("send on connection %u: %s", conn->index,
		       sent < 0 ? strerror(errno) : "server does not read");
	pool->out_len = 0;
}

void lg_pool_send(struct lg_pool *pool, struct lg_conn *conn, const char *payload, size_t len)
{
	lg_pool_put(pool, LG_WS_TEXT, payload, len);
	lg_pool_flush(pool, conn);
}

static void on_close(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	unsigned code = 0;

	if (pool->on_lost)
		return; /* its end follows */
	if (frame->len >= 2)
		code = (unsigned)(uint8_t)frame->data[0] << 8 | (uint8_t)frame->data[1];
	lg_die("server closed connection %u: %u %.*s", conn->index, code,
	       frame->len > 2 ? (int)frame->len - 2 : 0, frame->data + 2);
}

static void on_message(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	if (conn->publisher || !pool->on_text)
		lg_target_other(pool, conn, frame);
	else
		pool->on_text(pool->ctx, conn, frame);
}

/* Each line as if it were a frame. */
static void on_lines(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame)
{
	const char *end = frame->data + frame->len, *next;

	for (const char *line = frame->data; line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (!next)
			next = end;
		on_message(pool, conn,
			   &(struct lg_ws_frame){ frame->opcode, (uint64_t)(next - line), line,
						  line != frame->data });
	}
}

static void on_frame(void *ctx, const struct lg_ws_frame *frame)
{
	struct frame_ctx *at = ctx;
	struct lg_pool *pool = at->pool;
	struct lg_conn *conn = at->conn;

	if (frame->opcode == LG_WS_TEXT || frame->opcode == LG_WS_BINARY) {
		if (conn->state == LG_JOINING)
			pool->target->join(pool, conn, frame);
		else if (pool->target->joins_lines)
			on_lines(pool, conn, frame);
		else
			on_message(pool, conn, frame);
	} else if (frame->opcode == LG_WS_PING) {
		pool->pings++;
		lg_pool_put(pool, LG_WS_PONG, frame->data, (size_t)frame->len);
		lg_pool_flush(pool, conn);
	} else if (frame->opcode == LG_WS_CLOSE) {
		on_close(pool, conn, frame);
	}
}

static void on_frames(struct lg_pool *pool, struct lg_conn *conn, const char *buf, size_t len)
{
	struct frame_ctx ctx = { pool, conn };
	bool want =
		pool->inspect || conn->publisher || conn->state == LG_JOINING || pool->target->joins_lines;

	if (!lg_ws_reader_feed(&conn->reader, buf, len, want, on_frame, &ctx))
		lg_die("connection %u: a frame that breaks the protocol", conn->index);
}

static void lose(struct lg_pool *pool, struct lg_conn *conn)
{
	if (conn->publisher)
		lg_die("the publisher's connection is lost");
	lg_pool_reset(pool, conn->index, conn->index + 1);
	pool->on_lost(pool->ctx, conn);
}

/* Gathers the answer to the upgrade; what follows its empty line are frames already. */
static void on_upgrade(struct lg_pool *pool, struct lg_conn *conn, const char *buf, size_t len)
{
	if (!conn->head)
		conn->head = lg_alloc(HEAD_BYTES + 1, 1);
	size_t take = HEAD_BYTES - conn->head_len < len ? HEAD_BYTES - conn->head_len : len;
	memcpy(conn->head + conn->head_len, buf, take);
	size_t had = conn->head_len;
	conn->head_len += (uint32_t)take;
	char *end = memmem(conn->head, conn->head_len, "\r\n\r\n", 4);

	if (!end) {
		if (conn->head_len == HEAD_BYTES)
			lg_die("the answer to the upgrade is too long");
		return;
	}
	if (strncmp(conn->head, "HTTP/1.1 101 ", 13) != 0) {
		if (!pool->on_lost)
			lg_die("connection %u: upgrade refused: %.60s", conn->index, conn->head);
		lose(pool, conn);
		return;
	}
	size_t used = (size_t)(end + 4 - conn->head) - had;
	free(conn->head);
	conn->head = NULL;
	conn->head_len = 0;
	conn->state = LG_JOINING;
	pool->target->greet(pool, conn);
	if (used < len)
		on_frames(pool, conn, buf + used, len - used);
}

static void on_http(const struct lg_conn *conn, const char *buf, size_t len)
{
	if (memmem(buf, len, "HTTP/1.1 4", 10) || memmem(buf, len, "HTTP/1.1 5", 10))
		lg_die("connection %u: a POST was refused: %.*s", conn->index, len < 60 ? (int)len : 60, buf);
}

/* False: there is nothing more to read. The set is edge-triggered, which spares the kernel a second look at
 * each connection, so a buffer that came back full must be followed by another try. */
static bool read_once(struct lg_pool *pool, struct lg_conn *conn)
{
	ssize_t got = recv(conn->fd, pool->in, IN_BYTES, 0);

	if (got < 0 && errno == EAGAIN)
		return false;
	if (got <= 0) {
		if (!pool->on_lost)
			lg_die("connection %u lost: %s", conn->index,
			       got < 0 ? strerror(errno) : "closed by the server");
		lose(pool, conn);
		return false;
	}
	if (pool->inspect)
		pool->now_ns = lg_now_ns();
	pool->recv_bytes += (uint64_t)got;
	pool->recv_calls++;
	if (conn->state == LG_UPGRADING)
		on_upgrade(pool, conn, pool->in, (size_t)got);
	else if (conn->state == LG_HTTP)
		on_http(conn, pool->in, (size_t)got);
	else
		on_frames(pool, conn, pool->in, (size_t)got);
	return got == IN_BYTES && conn->state != LG_CLOSED;
}

static void take(struct lg_pool *pool, struct lg_conn *conn, uint32_t events)
{
	if (conn->state == LG_CLOSED)
		return; /* by what came before in this batch */
	if (conn->neglected) {
		if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
			lose(pool, conn);
		return;
	}
	while (read_once(pool, conn))
		;
}

bool lg_pool_poll(struct lg_pool *pool, uint64_t deadline_ns)
{
	struct epoll_event events[BATCH];
	uint64_t now = lg_now_ns(), wait = deadline_ns > now ? deadline_ns - now : 0;
	struct timespec timeout = { (time_t)(wait / LG_SECOND_NS), (long)(wait % LG_SECOND_NS) };
	int count = epoll_pwait2(pool->epoll_fd, events, BATCH, &timeout, NULL);

	if (count < 0 && errno != EINTR)
		lg_die("epoll_pwait2: %s", strerror(errno));
	for (int i = 0; i < count; i++)
		take(pool, events[i].data.ptr, events[i].events);
	return count > 0;
}

void lg_pool_run(struct lg_pool *pool, uint64_t deadline_ns)
{
	while (lg_now_ns() < deadline_ns)
		lg_pool_poll(pool, deadline_ns);
}

void lg_pool_settle(struct lg_pool *pool, double quiet_s, double limit_s)
{
	uint64_t limit = lg_now_ns() + lg_seconds_ns(limit_s);
	uint64_t calm, seen;

	do {
		seen = pool->other_frames;
		calm = lg_now_ns() + lg_seconds_ns(quiet_s);
		lg_pool_run(pool, calm < limit ? calm : limit);
	} while (pool->other_frames != seen && lg_now_ns() < limit);
}
