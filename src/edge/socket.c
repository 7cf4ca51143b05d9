/* Connections as libwebsockets sees them. The library does the sockets: it waits, reads and closes. Every
 * connection is adopted as a raw socket: the library's HTTP and WebSocket servers, with their known ways to
 * be attacked, are never entered (guarded below), and what stands in their place is head.c and incoming.c.
 *
 * Writing goes straight to the kernel. What it doesn't take stays in the outbox, where it counts, can be left
 * out and is shared with others; the library would keep a copy of it for each connection.
 *
 * Invariant: while `blocked` nothing is written until the socket is writeable again, and nothing is read
 * from who doesn't read.
 * Thread: the edge's; the log callback any. */
#include "inner.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROTOCOL "muster"
#define READ_BYTES 16384
#define LOG_LINES_PER_SECOND 20

typedef int (*handler)(struct conn *conn, struct lws *wsi, uint8_t *bytes, size_t n);

static int on_adopt(struct conn *conn, struct lws *wsi, uint8_t *bytes, size_t n)
{
	(void)bytes;
	(void)n;
	conn->wsi = wsi;
	return 0;
}

static void read_nothing(struct conn *conn, uint8_t *bytes, size_t n)
{
	(void)conn;
	(void)bytes;
	(void)n;
}

static void read_http(struct conn *conn, uint8_t *bytes, size_t n)
{
	http_read(conn, bytes, n);
}

static void (*const readers[CONN_STATES])(struct conn *conn, uint8_t *bytes, size_t n) = {
	[CONN_FREE] = read_nothing, [CONN_HTTP] = read_http,       [CONN_OPENING] = session_read,
	[CONN_OPEN] = session_read, [CONN_CLOSING] = session_read, [CONN_ENDING] = read_nothing,
	[CONN_DEAD] = read_nothing,
};

static int on_rx(struct conn *conn, struct lws *wsi, uint8_t *bytes, size_t n)
{
	struct mu_edge *edge = conn->edge;

	(void)wsi;
	edge->now_ms = mu_clock_mono_ms(edge->setup.clock);
	conn->heard_ms = edge->now_ms;
	if (n)
		readers[conn->state](conn, bytes, n);
	return conn->state == CONN_DEAD ? -1 : 0;
}

static int on_writeable(struct conn *conn, struct lws *wsi, uint8_t *bytes, size_t n)
{
	(void)wsi;
	(void)bytes;
	(void)n;
	if (conn->blocked) {
		conn->edge->now_ms = mu_clock_mono_ms(conn->edge->setup.clock);
		send_blocked(conn, false);
		conn->heard_ms = conn->edge->now_ms;
		socket_reading(conn, !conn->reading_off);
		send_later(conn);
	}
	return conn->state == CONN_DEAD ? -1 : 0;
}

static int on_close(struct conn *conn, struct lws *wsi, uint8_t *bytes, size_t n)
{
	(void)bytes;
	(void)n;
	struct mu_edge *edge = conn->edge;

	edge->now_ms = mu_clock_mono_ms(edge->setup.clock);
	/* The kernel doesn't say why; but who is blocked for that long has met its limit. */
	if (conn->blocked && conn->state != CONN_DEAD &&
	    edge->now_ms - conn->heard_ms >= MU_UNREAD_TIMEOUT_MS)
		count(edge, MU_METRIC_LATE_READER, 1);
	lws_set_opaque_user_data(wsi, NULL);
	conn->wsi = NULL;
	conn_gone(conn);
	return 0;
}

/* Ways into the library's own servers. No connection of ours can get there; should one, it ends. */
static int on_stray(struct conn *conn, struct lws *wsi, uint8_t *bytes, size_t n)
{
	(void)conn;
	(void)wsi;
	(void)bytes;
	(void)n;
	return -1;
}

static const struct {
	enum lws_callback_reasons reason;
	handler handle;
} handlers[] = {
	{ LWS_CALLBACK_RAW_RX, on_rx },
	{ LWS_CALLBACK_RAW_WRITEABLE, on_writeable },
	{ LWS_CALLBACK_RAW_ADOPT, on_adopt },
	{ LWS_CALLBACK_RAW_CLOSE, on_close },
	{ LWS_CALLBACK_HTTP, on_stray },
	{ LWS_CALLBACK_HTTP_BODY, on_stray },
	{ LWS_CALLBACK_FILTER_HTTP_CONNECTION, on_stray },
	{ LWS_CALLBACK_HTTP_CONFIRM_UPGRADE, on_stray },
	{ LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION, on_stray },
	{ LWS_CALLBACK_ESTABLISHED, on_stray },
	{ LWS_CALLBACK_RECEIVE, on_stray },
};

static int on_event(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n)
{
	struct conn *conn;

	(void)user;
	for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
		if (handlers[i].reason != reason)
			continue;
		conn = lws_get_opaque_user_data(wsi);
		if (conn)
			return handlers[i].handle(conn, wsi, in, n);
		return reason == LWS_CALLBACK_RAW_CLOSE ? 0 : -1;
	}
	return 0;
}

static const struct lws_protocols protocols[] = {
	{ .name = PROTOCOL, .callback = on_event },
	{ .name = NULL },
};

enum mu_err socket_context_create(struct mu_edge *edge)
{
	void *loops[] = { &edge->loop };
	const struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = protocols,
		.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
		.foreign_loops = loops,
		.pt_serv_buf_size = READ_BYTES,
		.gid = -1,
		.uid = -1,
		.vhost_name = "muster",
	};

	edge->context = lws_create_context(&info);
	if (!edge->context)
		return MU_INTERNAL;
	edge->vhost = lws_get_vhost_by_name(edge->context, "muster");
	return edge->vhost ? MU_OK : MU_INTERNAL;
}

/* The library forgets a connection, its socket open, for whose watcher there is no memory. So that much is
 * kept for it while it adopts one; its allocator has no argument either. */
#define SPARE_BYTES sizeof(uv_poll_t)
static _Thread_local void *spare;

/* Nor does it look whether its watcher could be made. The kernel refuses one when the user's are used up.
 * What this one adds, libuv takes for its own: to try and take away again would be a system call more. */
static bool is_watchable(struct mu_edge *edge, int fd)
{
	struct epoll_event none = { 0 };

	return !epoll_ctl(uv_backend_fd(&edge->loop), EPOLL_CTL_ADD, fd, &none);
}

static struct lws *adopt(struct mu_edge *edge, const lws_adopt_desc_t *how)
{
	struct lws *wsi;

	spare = is_watchable(edge, how->fd.sockfd) ? malloc(SPARE_BYTES) : NULL;
	if (!spare) {
		close(how->fd.sockfd);
		return NULL;
	}
	wsi = lws_adopt_descriptor_vhost_via_info(how);
	free(spare);
	spare = NULL;
	return wsi;
}

bool socket_adopt(struct conn *conn, int fd)
{
	const uint32_t generation = conn->generation;
	lws_adopt_desc_t how = {
		.vh = conn->edge->vhost,
		.type = LWS_ADOPT_SOCKET,
		.fd = { .sockfd = fd },
		.vh_prot_name = PROTOCOL,
		.opaque = conn,
	};

	conn->fd = fd;
	if (adopt(conn->edge, &how))
		return true;
	/* The socket is closed; whether the library told us depends on how far it got. */
	if (conn->generation == generation && conn->state != CONN_FREE)
		conn_gone(conn);
	return false;
}

void socket_kill(struct conn *conn)
{
	lws_set_timeout(conn->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

static void wait_until_writeable(struct conn *conn)
{
	send_blocked(conn, true);
	lws_callback_on_writable(conn->wsi);
	lws_rx_flow_control(conn->wsi, 0);
}

size_t socket_write(struct conn *conn, const char *bytes, size_t n)
{
	struct mu_edge *edge = conn->edge;
	ssize_t done = send(conn->fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (done < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
		conn_kill(conn);
		return 0;
	}
	if (done < 0)
		done = 0;
	edge->writes++;
	edge->sent_bytes += done;
	if ((size_t)done < n)
		wait_until_writeable(conn);
	return (size_t)done;
}

void socket_reading(struct conn *conn, bool on)
{
	conn->reading_off = !on;
	if (conn->wsi && !conn->blocked)
		lws_rx_flow_control(conn->wsi, on ? 1 : 0);
}

void socket_shut(struct conn *conn)
{
	if (conn->shut || !conn->wsi)
		return;
	conn->shut = true;
	/* An error here means that the other side is gone already, which the loop will tell. */
	(void)shutdown(conn->fd, SHUT_WR);
}

/* Input that the library has read but not passed on makes no event of its own. */
void socket_wake_buffered(struct mu_edge *edge)
{
	if (!lws_service_adjust_timeout(edge->context, 1, 0))
		lws_cancel_service(edge->context);
}

/* The library's log. Outsiders can make it write a line per connection, so at most some lines a second come
 * through. The library gives its log callback no argument: this is the one place that must keep its count in
 * a static. */
static void on_log(int level, const char *line)
{
	static atomic_int_fast64_t second, lines;
	int64_t now_s = mu_clock_mono_ms(&mu_clock_system) / 1000;
	char text[200];
	size_t n;

	if (atomic_exchange(&second, now_s) != now_s)
		atomic_store(&lines, 0);
	if (atomic_fetch_add(&lines, 1) >= LOG_LINES_PER_SECOND)
		return;
	n = strcspn(line, "\n");
	if (n >= sizeof(text))
		n = sizeof(text) - 1;
	memcpy(text, line, n);
	text[n] = '\0';
	mu_log(level == LLL_ERR ? MU_LOG_WARN : MU_LOG_DEBUG, "edge", "libwebsockets", MU_KS("says", text));
}

static void *take_spare(void)
{
	void *memory = spare;

	spare = NULL;
	return memory;
}

/* The library's default allocator initialises itself at first use, which would be a race between edges. */
static void *on_realloc(void *old, size_t bytes, const char *reason)
{
	void *fresh;

	(void)reason;
	if (old && bytes)
		return realloc(old, bytes);
	free(old);
	if (!bytes)
		return NULL;
	fresh = malloc(bytes);
	if (!fresh && bytes <= SPARE_BYTES)
		fresh = take_spare();
	return fresh;
}

void socket_library_setup(void)
{
	lws_set_log_level(LLL_ERR | LLL_WARN, on_log);
	lws_set_allocator(on_realloc);
}
