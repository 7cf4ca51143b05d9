/* A socket between a store and the PostgreSQL server, on which a test can do to the connection what a network
 * does: cut it before or after the server has heard or said something, deliver late, or fall silent.
 * Thread: it has one of its own; the levers are for the test's. */
#ifndef MUSTER_TEST_STORE_RELAY_H
#define MUSTER_TEST_STORE_RELAY_H

#include "store/rig.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>

enum relay_mode {
	RELAY_PASS,
	RELAY_CUT_BEFORE, /* the next thing that the store says is lost, and the connection with it */
	RELAY_CUT_AFTER,  /* the store says something, the server does it, but its answer is lost */
	RELAY_HOLD,       /* as CUT_BEFORE for the store; the server hears it when relay_deliver is called */
	RELAY_SILENT,     /* nothing goes through, and nobody is told */
};

#define RELAY_HELD (1 << 20)

struct relay {
	pthread_t thread;
	char directory[128]; /* where its socket lies */
	char server[160];    /* the server's socket */
	char path[160];
	int listening;
	int store, upstream; /* of the connection that is there; -1: none */
	int held_upstream;   /* the connection whose words are held */
	char *held;
	size_t n_held;
	atomic_int mode;
	atomic_bool stopping;
	atomic_uint cuts;
};

static inline int relay_connect(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static inline void relay_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static inline void relay_end(struct relay *relay)
{
	relay_close(&relay->store);
	relay_close(&relay->upstream);
}

static inline void relay_write(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t done = send(fd, bytes, n, MSG_NOSIGNAL);

		if (done <= 0)
			return;
		bytes += done;
		n -= (size_t)done;
	}
}

static inline void relay_cut(struct relay *relay)
{
	atomic_store(&relay->mode, RELAY_PASS);
	atomic_fetch_add(&relay->cuts, 1);
	relay_end(relay);
}

/* What the store says. */
static inline void relay_up(struct relay *relay)
{
	char bytes[65536];
	ssize_t n = read(relay->store, bytes, sizeof(bytes));
	const int mode = atomic_load(&relay->mode);

	if (n <= 0) {
		relay_end(relay);
		return;
	}
	if (mode == RELAY_CUT_BEFORE) {
		relay_cut(relay);
	} else if (mode == RELAY_HOLD) {
		memcpy(relay->held, bytes, (size_t)n);
		relay->n_held = (size_t)n;
		relay->held_upstream = relay->upstream;
		relay->upstream = -1;
		relay_cut(relay);
	} else {
		relay_write(relay->upstream, bytes, (size_t)n);
	}
}

/* What the server says. It says all of an answer at its end. */
static inline void relay_down(struct relay *relay)
{
	char bytes[65536];
	ssize_t n = read(relay->upstream, bytes, sizeof(bytes));

	if (n <= 0)
		relay_end(relay);
	else if (atomic_load(&relay->mode) == RELAY_CUT_AFTER)
		relay_cut(relay);
	else
		relay_write(relay->store, bytes, (size_t)n);
}

static inline void relay_accept(struct relay *relay)
{
	relay_end(relay);
	relay->store = accept4(relay->listening, NULL, NULL, SOCK_CLOEXEC);
	relay->upstream = relay_connect(relay->server);
	if (relay->upstream < 0)
		relay_end(relay);
}

static inline void *relay_run(void *arg)
{
	struct relay *relay = arg;

	while (!atomic_load(&relay->stopping)) {
		struct pollfd fds[] = { { .fd = relay->listening, .events = POLLIN },
					{ .fd = relay->store, .events = POLLIN },
					{ .fd = relay->upstream, .events = POLLIN } };

		if (poll(fds, atomic_load(&relay->mode) == RELAY_SILENT ? 0 : 3, 10) <= 0)
			continue;
		if (fds[1].revents)
			relay_up(relay);
		else if (fds[2].revents)
			relay_down(relay);
		else if (fds[0].revents)
			relay_accept(relay);
	}
	return NULL;
}

/* Between the rig's store, which isn't open yet, and the server. */
static inline struct relay *relay_start(struct rig *rig)
{
	struct relay *relay = calloc(1, sizeof(*relay));
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char directory[128];

	rig_server(directory);
	*relay = (struct relay){
		.store = -1, .upstream = -1, .held_upstream = -1, .held = malloc(RELAY_HELD)
	};
	snprintf(relay->server, sizeof(relay->server), "%s/.s.PGSQL.5432", directory);
	snprintf(relay->path, sizeof(relay->path), "%.100s/.s.PGSQL.5432", rig->dir);
	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", relay->path);
	snprintf(rig->url, sizeof(rig->url), "postgres://muster@/muster?host=%s", rig->dir);
	relay->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(relay->listening, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(relay->listening, 8), 0);
	assert_int_equal(pthread_create(&relay->thread, NULL, relay_run, relay), 0);
	return relay;
}

static inline void relay_set(struct relay *relay, enum relay_mode mode)
{
	atomic_store(&relay->mode, (int)mode);
}

/* What was held reaches the server, which then has done with it. Returns all that it says. */
static inline void relay_deliver(struct relay *relay, char *ret_said, size_t room)
{
	ssize_t n;
	size_t said = 0;

	relay_write(relay->held_upstream, relay->held, relay->n_held);
	shutdown(relay->held_upstream, SHUT_WR);
	while (said + 1 < room && (n = read(relay->held_upstream, ret_said + said, room - said - 1)) > 0)
		said += (size_t)n;
	for (size_t i = 0; i < said; i++)
		if (!ret_said[i])
			ret_said[i] = ' ';
	ret_said[said] = '\0';
	relay_close(&relay->held_upstream);
}

static inline void relay_stop(struct relay *relay)
{
	atomic_store(&relay->stopping, true);
	pthread_join(relay->thread, NULL);
	relay_end(relay);
	relay_close(&relay->held_upstream);
	relay_close(&relay->listening);
	unlink(relay->path);
	free(relay->held);
	free(relay);
}

#endif
