/* Listening and accepting. The socket is our own (libwebsockets' sharing of ports does not work in the
 * versions we build with), one per edge with SO_REUSEPORT, so that the kernel spreads connections over the
 * edges.
 * Invariant: an accepted socket either belongs to a connection or is closed.
 * Thread: mu_edge_listen any; the rest the edge's. */
#include "inner.h"

#include "muster/base/mem.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 4096
#define ACCEPT_AT_ONCE 64
#define ACCEPT_PAUSE_MS 100 /* when file descriptors are out */
#define UNSENT_BYTES                                                                                         \
	131072 /* that the kernel takes before it can send them: what waits should wait here, where it       \
		  counts and can be left out */

/* "HOST:PORT" or "[v6]:PORT" into its parts. */
static bool split(const char *address, char host[static 256], const char **ret_port)
{
	const char *colon = strrchr(address, ':');
	const char *from = address;
	size_t n;

	if (!colon || !colon[1])
		return false;
	n = (size_t)(colon - address);
	if (n >= 2 && *from == '[' && from[n - 1] == ']') {
		from++;
		n -= 2;
	} else if (memchr(from, ':', n)) {
		return false;
	}
	if (!n || n >= 256)
		return false;
	memcpy(host, from, n);
	host[n] = '\0';
	*ret_port = colon + 1;
	return true;
}

static int close_failed(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
	return -1;
}

static int bind_socket(const struct addrinfo *at, int share)
{
	const int on = 1;
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &share, sizeof(share)) < 0 ||
	    bind(fd, at->ai_addr, at->ai_addrlen) < 0)
		return close_failed(fd);
	return fd;
}

/* What holds for each connection: on Linux an accepted socket has these of the one that listens. They only
 * make things better: a socket on which one fails works all the same. */
static void set_options(int fd)
{
	const int on = 1, unacked_ms = MU_UNREAD_TIMEOUT_MS, unsent_bytes = UNSENT_BYTES;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_bytes, sizeof(unsent_bytes));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked_ms, sizeof(unacked_ms));
}

/* SO_REUSEPORT lets edges share a port, but other programs of the same user as well: a second hub would take
 * half of the first one's clients. So the first edge looks whether the port is free when nobody shares it. */
static int open_socket(const struct addrinfo *at, bool first)
{
	int fd = first ? bind_socket(at, 0) : -1;

	if (first && fd < 0)
		return -1;
	if (first)
		close(fd);
	fd = bind_socket(at, 1);
	if (fd >= 0)
		set_options(fd);
	return fd >= 0 && listen(fd, BACKLOG) < 0 ? close_failed(fd) : fd;
}

static int port_of(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} name = { 0 };
	socklen_t n = sizeof(name);

	if (getsockname(fd, &name.any, &n) < 0)
		return 0;
	return ntohs(name.any.sa_family == AF_INET ? name.v4.sin_port : name.v6.sin6_port);
}

enum mu_err mu_edge_listen(const char *address, bool first, int *ret_fd, int *ret_port,
			   struct mu_fault *ret_fault)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	const char *port;
	char host[256];
	int fd = -1, error;

	if (!split(address, host, &port))
		return mu_fail(ret_fault, MU_INVALID_PARAMS,
			       "“%.80s” is not HOST:PORT (an IPv6 host goes in brackets)", address);
	error = getaddrinfo(host, port, &hints, &found);
	if (error)
		return mu_fail(ret_fault, MU_INVALID_PARAMS, "No address for “%.80s”: %s", address,
			       gai_strerror(error));
	for (const struct addrinfo *at = found; at && fd < 0; at = at->ai_next)
		fd = open_socket(at, first);
	error = errno;
	freeaddrinfo(found);
	if (fd < 0)
		return mu_fail(
			ret_fault, MU_UNAVAILABLE, "Can't listen on %.80s: %s%s", address, strerror(error),
			error == EADDRINUSE ? "; stop what uses it, or choose another port with --listen"
					    : "");
	*ret_fd = fd;
	*ret_port = port_of(fd);
	return MU_OK;
}

static void take(struct mu_edge *edge, int fd, const struct sockaddr_storage *from, bool monitor)
{
	struct mu_address peer;
	struct conn *conn;

	if (!mu_address_from_socket((const struct sockaddr *)from, &peer)) {
		close(fd);
		return;
	}
	conn = conn_create(edge, &peer, monitor);
	if (!conn) {
		close(fd);
		return;
	}
	if (socket_adopt(conn, fd))
		return;
	count(edge, MU_METRIC_REFUSED_MEMORY, 1);
	mu_log(MU_LOG_WARN, "edge", "connection not taken", MU_KI("connections", edge->n_conns));
}

static void stop_one(struct listener *listener)
{
	if (listener->fd < 0)
		return;
	uv_poll_stop(&listener->poll);
	uv_close((uv_handle_t *)&listener->poll, NULL);
	close(listener->fd);
	listener->fd = -1;
}

static void pause_accepting(struct mu_edge *edge, struct listener *listener, const char *why)
{
	count(edge, MU_METRIC_ACCEPT_PAUSES_TOTAL, 1);
	mu_log(MU_LOG_WARN, "edge", "accepting paused", MU_KS("why", why));
	uv_poll_stop(&listener->poll);
	edge_timer_set(edge, &edge->accept_again, edge->now_ms + ACCEPT_PAUSE_MS);
}

static void on_acceptable(uv_poll_t *poll, int status, int events)
{
	struct listener *listener =
		(struct listener *)(void *)((char *)poll - offsetof(struct listener, poll));
	struct mu_edge *edge = poll->data;

	(void)events;
	if (status < 0)
		return;
	edge->now_ms = mu_clock_mono_ms(edge->setup.clock);
	for (unsigned i = 0; i < ACCEPT_AT_ONCE; i++) {
		struct sockaddr_storage from;
		socklen_t n = sizeof(from);
		int fd = accept4(listener->fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			take(edge, fd, &from, listener->monitor);
			continue;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return;
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			pause_accepting(edge, listener, strerror(errno));
			return;
		}
		/* Anything else is the fault of that one connection, which is gone already. */
	}
}

static void on_accept_again(struct mu_timer *timer, int64_t now_ms)
{
	struct mu_edge *edge =
		(struct mu_edge *)(void *)((char *)timer - offsetof(struct mu_edge, accept_again));
	struct listener *listeners[] = { &edge->clients, &edge->monitors };

	(void)now_ms;
	for (size_t i = 0; i < MU_COUNT(listeners); i++)
		if (listeners[i]->fd >= 0)
			uv_poll_start(&listeners[i]->poll, UV_READABLE, on_acceptable);
}

static enum mu_err start_one(struct mu_edge *edge, struct listener *listener, int fd)
{
	if (uv_poll_init(&edge->loop, &listener->poll, fd) != 0) {
		close(fd);
		return MU_INTERNAL;
	}
	listener->fd = fd;
	listener->poll.data = edge;
	return uv_poll_start(&listener->poll, UV_READABLE, on_acceptable) == 0 ? MU_OK : MU_INTERNAL;
}

static enum mu_err start_monitors(struct mu_edge *edge)
{
	const char *address = config_of(edge)->metrics_listen;
	struct mu_fault fault = { 0 };
	int fd = -1, port = 0;

	if (!*address || edge->setup.index != 0)
		return MU_OK;
	if (mu_edge_listen(address, true, &fd, &port, &fault) != MU_OK) {
		mu_log(MU_LOG_ERROR, "edge", "no port for metrics", MU_KS("why", mu_fault_text(&fault)));
		return MU_INTERNAL;
	}
	edge->monitors.monitor = true;
	return start_one(edge, &edge->monitors, fd);
}

enum mu_err listen_start(struct mu_edge *edge, int fd)
{
	enum mu_err err = start_one(edge, &edge->clients, fd);

	return err == MU_OK ? start_monitors(edge) : err;
}

void listen_stop(struct mu_edge *edge)
{
	stop_one(&edge->clients);
}

void listen_stop_all(struct mu_edge *edge)
{
	stop_one(&edge->clients);
	stop_one(&edge->monitors);
}

void listen_init(struct mu_edge *edge)
{
	edge->clients.fd = -1;
	edge->monitors.fd = -1;
	mu_timer_init(&edge->accept_again, on_accept_again);
}
