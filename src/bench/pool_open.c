/* Opening and closing the generator's connections.
 *
 * connect() is blocking: on loopback the handshake is over when it returns, unless the server's backlog is
 * full, which opt->concurrency prevents. Source addresses are spread so that ports don't run short. */
#include "pool.h"
#include "pool_open.h"
#include "target.h"
#include "util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STALL_SECONDS = 30, SPARE_FILES = 64 };

void lg_pool_raise_limits(uint32_t connections)
{
	struct rlimit limit;
	rlim_t need = (rlim_t)connections + SPARE_FILES;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		lg_die("getrlimit: %s", strerror(errno));
	if (limit.rlim_cur >= need)
		return;
	limit.rlim_cur = need;
	if (limit.rlim_max < need)
		limit.rlim_max = need;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		lg_die("%u connections need a higher limit of open files", connections);
}

static struct sockaddr_in loopback(uint32_t host, uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + host);
	return address;
}

bool lg_pool_at_b(const struct lg_pool *pool, const struct lg_conn *conn)
{
	return pool->opt->port_b && !conn->publisher && conn->index >= pool->count / 2;
}

/* Where it connects to, and where from if that is chosen. */
struct route {
	struct sockaddr_in from, loopback;
	const struct sockaddr *to;
	socklen_t to_len;
	int family;
};

static void find_route(const struct lg_pool *pool, const struct lg_conn *conn, struct route *ret_route)
{
	const struct lg_options *opt = pool->opt;
	const uint32_t port = lg_pool_at_b(pool, conn) ? opt->port_b : opt->port;

	*ret_route = (struct route){ .loopback = loopback(0, (uint16_t)port), .family = AF_INET };
	if (opt->sources)
		ret_route->from = loopback(conn->index % opt->sources, 0);
	ret_route->to = pool->to ? pool->to->ai_addr : (struct sockaddr *)&ret_route->loopback;
	ret_route->to_len = pool->to ? pool->to->ai_addrlen : sizeof(ret_route->loopback);
	ret_route->family = pool->to ? pool->to->ai_family : AF_INET;
}

static void set_up(const struct lg_pool *pool, int fd)
{
	const int on = 1, segment = (int)pool->segment_bytes, receive = (int)pool->receive_bytes;

	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (segment)
		setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof(segment));
	if (receive)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive, sizeof(receive));
}

/* -1 if the server isn't there and that is to be expected. */
static int connect_conn(const struct lg_pool *pool, const struct lg_conn *conn)
{
	struct route route;

	find_route(pool, conn, &route);
	int fd = socket(route.family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		lg_die("socket: %s", strerror(errno));
	set_up(pool, fd);
	if (pool->opt->sources && bind(fd, (struct sockaddr *)&route.from, sizeof(route.from)) != 0)
		lg_die("bind: %s", strerror(errno));
	if (connect(fd, route.to, route.to_len) != 0) {
		if (!pool->on_lost)
			lg_die("connect: %s", strerror(errno));
		close(fd);
		return -1;
	}
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		lg_die("fcntl: %s", strerror(errno));
	return fd;
}

static const char *path_of(const struct lg_pool *pool, const struct lg_conn *conn)
{
	if (conn->publisher)
		return pool->target->publish_path;
	return pool->opt->path ? pool->opt->path : pool->target->watch_path;
}

static void send_upgrade(struct lg_pool *pool, struct lg_conn *conn)
{
	char request[512];
	size_t len =
		lg_ws_write_upgrade(request, sizeof(request), path_of(pool, conn), pool->target->protocol);

	if (len == 0)
		lg_die("the path is too long");
	conn->state = LG_UPGRADING;
	lg_pool_put_raw(pool, request, len);
	lg_pool_flush(pool, conn);
}

bool lg_pool_begin(struct lg_pool *pool, struct lg_conn *conn)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data = { .ptr = conn } };

	conn->opened_ns = lg_now_ns();
	conn->fd = connect_conn(pool, conn);
	if (conn->fd < 0)
		return false;
	conn->deliveries = 0;
	conn->resumed = conn->neglected = false;
	if (epoll_ctl(pool->epoll_fd, EPOLL_CTL_ADD, conn->fd, &event) != 0)
		lg_die("epoll_ctl: %s", strerror(errno));
	if (conn->publisher && pool->target->http_publisher)
		conn->state = LG_HTTP;
	else
		send_upgrade(pool, conn);
	return true;
}

static void open_one(struct lg_pool *pool, struct lg_conn *conn)
{
	if (!lg_pool_begin(pool, conn))
		lg_die("connection %u can't be opened: the server isn't there", conn->index);
}

static void progress(struct lg_pool *pool)
{
	if (!lg_pool_poll(pool, lg_now_ns() + STALL_SECONDS * LG_SECOND_NS))
		lg_die("nothing came for %d s while opening; %u are ready", STALL_SECONDS, pool->ready);
}

void lg_pool_open(struct lg_pool *pool, uint32_t first, uint32_t last)
{
	uint32_t next = first;

	if (last > pool->count)
		lg_die("more warm-up sessions than sessions");
	pool->ready = 0;
	pool->joined_bytes = 0;
	while (pool->ready < last - first) {
		while (next < last && next - first - pool->ready < pool->opt->concurrency)
			open_one(pool, &pool->conns[next++]);
		progress(pool);
	}
}

void lg_pool_open_publisher(struct lg_pool *pool)
{
	struct lg_conn *conn = &pool->publisher;

	open_one(pool, conn);
	while (conn->state != LG_READY && conn->state != LG_HTTP)
		progress(pool);
}

void lg_pool_close_publisher(struct lg_pool *pool)
{
	close(pool->publisher.fd);
	lg_ws_reader_finish(&pool->publisher.reader);
	pool->publisher.state = LG_CLOSED;
}

void lg_pool_neglect(struct lg_pool *pool, struct lg_conn *conn)
{
	struct epoll_event event = { .events = EPOLLRDHUP | EPOLLET, .data = { .ptr = conn } };

	conn->neglected = true;
	if (epoll_ctl(pool->epoll_fd, EPOLL_CTL_MOD, conn->fd, &event) != 0)
		lg_die("epoll_ctl: %s", strerror(errno));
}

void lg_pool_reset(struct lg_pool *pool, uint32_t first, uint32_t last)
{
	const struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	for (uint32_t i = first; i < last; i++) {
		struct lg_conn *conn = &pool->conns[i];

		if (conn->state == LG_CLOSED)
			continue;
		setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(conn->fd);
		lg_ws_reader_finish(&conn->reader);
		free(conn->head);
		conn->head = NULL;
		conn->head_len = 0;
		conn->state = LG_CLOSED;
	}
}

void lg_pool_close(struct lg_pool *pool)
{
	lg_pool_reset(pool, 0, pool->count);
	pool->ready = 0;
}
