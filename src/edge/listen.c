/* Listening and accepting. The socket is our own (libwebsockets' sharing of ports does not work in the versions we build with), one per edge with
 * SO_REUSEPORT, so that the kernel spreads connections over the edges.
 * Invariant: an accepted socket either belongs to a connection or is closed.
 * Thread: mu_edge_listen any; the rest the edge's. */
#include "inner.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 4096
#define ACCEPT_AT_ONCE 64
#define ACCEPT_PAUSE_MS 100     /* when file descriptors are out */
#define UNACKED_TIMEOUT_MS 20000 /* sent bytes that nobody acknowledges end the connection */

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

static int open_socket(const struct addrinfo *at)
{
	const int on = 1;
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0 || bind(fd, at->ai_addr, at->ai_addrlen) < 0 ||
	    listen(fd, BACKLOG) < 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static int port_of(int fd)
{
	struct sockaddr_storage name;
	socklen_t n = sizeof(name);

	if (getsockname(fd, (struct sockaddr *)&name, &n) < 0)
		return 0;
	if (name.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)&name)->sin_port);
	return ntohs(((struct sockaddr_in6 *)&name)->sin6_port);
}

enum mu_err mu_edge_listen(const char *address, int *ret_fd, int *ret_port, struct mu_fault *ret_fault)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	const char *port;
	char host[256];
	int fd = -1, error;

	if (!split(address, host, &port))
		return mu_fail(ret_fault, MU_INVALID_PARAMS, "“%.80s” is not HOST:PORT (an IPv6 host goes in brackets)", address);
	error = getaddrinfo(host, port, &hints, &found);
	if (error)
		return mu_fail(ret_fault, MU_INVALID_PARAMS, "No address for “%.80s”: %s", address, gai_strerror(error));
	for (const struct addrinfo *at = found; at && fd < 0; at = at->ai_next)
		fd = open_socket(at);
	error = errno;
	freeaddrinfo(found);
	if (fd < 0)
		return mu_fail(ret_fault, MU_UNAVAILABLE, "Can't listen on %.80s: %s%s", address, strerror(error),
			       error == EADDRINUSE ? "; stop what uses it, or choose another port with --listen" : "");
	*ret_fd = fd;
	*ret_port = port_of(fd);
	return MU_OK;
}

static void set_options(int fd)
{
	const int on = 1, unacked_ms = UNACKED_TIMEOUT_MS;

	/* Both only make things better: a socket on which they fail works all the same. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacked_ms, sizeof(unacked_ms));
}

static void take(struct mu_edge *edge, int fd, const struct sockaddr_storage *from)
{
	struct mu_address peer;
	struct conn *conn;

	if (!mu_address_from_socket((const struct sockaddr *)from, &peer)) {
		close(fd);
		return;
	}
	conn = conn_create(edge, &peer);
	if (!conn) {
		count(edge, MU_METRIC_REFUSED_TOTAL, 1);
		close(fd);
		return;
	}
	set_options(fd);
	if (!socket_adopt(conn, fd))
		mu_log(MU_LOG_WARN, "edge", "connection not taken", MU_KI("connections", edge->n_conns));
}

static void on_acceptable(uv_poll_t *poll, int status, int events)
{
	struct mu_edge *edge = poll->data;

	(void)events;
	if (status < 0)
		return;
	edge->now_ms = mu_clock_mono_ms(edge->setup.clock);
	for (unsigned i = 0; i < ACCEPT_AT_ONCE; i++) {
		struct sockaddr_storage from;
		socklen_t n = sizeof(from);
		int fd = accept4(edge->listen_fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			take(edge, fd, &from);
			continue;
		}
		if (errno == EAGAIN || errno == EWOULDBLOCK)
			return;
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			mu_log(MU_LOG_WARN, "edge", "accepting paused", MU_KS("why", strerror(errno)));
			uv_poll_stop(&edge->acceptor);
			edge_timer_set(edge, &edge->accept_again, edge->now_ms + ACCEPT_PAUSE_MS);
			return;
		}
		/* Anything else is the fault of that one connection, which is gone already. */
	}
}

static void on_accept_again(struct mu_timer *timer, int64_t now_ms)
{
	struct mu_edge *edge = (struct mu_edge *)(void *)((char *)timer - offsetof(struct mu_edge, accept_again));

	(void)now_ms;
	if (edge->listen_fd >= 0)
		uv_poll_start(&edge->acceptor, UV_READABLE, on_acceptable);
}

enum mu_err listen_start(struct mu_edge *edge)
{
	mu_timer_init(&edge->accept_again, on_accept_again);
	if (uv_poll_init(&edge->loop, &edge->acceptor, edge->listen_fd) != 0)
		return MU_INTERNAL;
	edge->acceptor.data = edge;
	return uv_poll_start(&edge->acceptor, UV_READABLE, on_acceptable) == 0 ? MU_OK : MU_INTERNAL;
}

void listen_stop(struct mu_edge *edge)
{
	if (edge->listen_fd < 0)
		return;
	mu_timer_cancel(&edge->wheel, &edge->accept_again);
	if (uv_handle_get_type((uv_handle_t *)&edge->acceptor) == UV_POLL) {
		uv_poll_stop(&edge->acceptor);
		uv_close((uv_handle_t *)&edge->acceptor, NULL);
	}
	close(edge->listen_fd);
	edge->listen_fd = -1;
}
