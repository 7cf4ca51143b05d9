/* Opening and closing the generator's connections, loopback only.
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
#include <netinet/in.h>
#include <netinet/tcp.h>
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

static int connect_from(const struct lg_options *opt, uint32_t index, uint32_t port)
{
	struct sockaddr_in from = loopback(index % opt->sources, 0), to = loopback(0, (uint16_t)port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		lg_die("socket: %s", strerror(errno));
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0)
		lg_die("bind: %s", strerror(errno));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		lg_die("connect: %s", strerror(errno));
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

static void open_one(struct lg_pool *pool, struct lg_conn *conn)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data = { .ptr = conn } };

	uint32_t port = lg_pool_at_b(pool, conn) ? pool->opt->port_b : pool->opt->port;

	conn->fd = connect_from(pool->opt, conn->index, port);
	conn->deliveries = 0;
	if (epoll_ctl(pool->epoll_fd, EPOLL_CTL_ADD, conn->fd, &event) != 0)
		lg_die("epoll_ctl: %s", strerror(errno));
	if (conn->publisher && pool->target->http_publisher)
		conn->state = LG_HTTP;
	else
		send_upgrade(pool, conn);
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

void lg_pool_close(struct lg_pool *pool)
{
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };

	for (uint32_t i = 0; i < pool->count; i++) {
		struct lg_conn *conn = &pool->conns[i];

		if (conn->state == LG_CLOSED)
			continue;
		setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(conn->fd);
		lg_ws_reader_finish(&conn->reader);
		conn->state = LG_CLOSED;
	}
	pool->ready = 0;
}
