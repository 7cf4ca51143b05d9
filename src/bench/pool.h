/* The connections of one run: opened in bulk, driven by one epoll set, on one thread.
 *
 * A connection goes UPGRADING → JOINING → READY, or it is plain HTTP (a publisher of nchan). A connection
 * that the server closes ends the run, unless on_lost is there to deal with it, and one that breaks the
 * protocol always does: figures with holes are no figures.
 * The receive path does one recv into one large shared buffer per readiness and walks frame headers there. */
#ifndef MUSTER_BENCH_POOL_H
#define MUSTER_BENCH_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan.h"
#include "ws.h"

enum lg_conn_state { LG_CLOSED, LG_UPGRADING, LG_JOINING, LG_READY, LG_HTTP };

struct lg_conn {
	int fd;
	uint32_t index;
	enum lg_conn_state state;
	bool publisher;
	bool neglected; /* see lg_pool_neglect */
	uint32_t head_len;
	char *head;       /* the answer to the upgrade, while it is incomplete */
	char *token_back; /* what it shows to go on where it was; see lg_target.remember */
	bool resumed;     /* and the server has gone on there */
	uint64_t opened_ns;
	uint64_t deliveries;
	struct lg_ws_reader reader;
};

struct lg_target;
struct lg_pool;

/* Called for a connection that the server refused or ended; it is closed already. */
typedef void lg_on_lost(void *ctx, struct lg_conn *conn);

/* Called for every text frame of a connection that is ready; for every line where a target joins them. */
typedef void lg_on_text(void *ctx, struct lg_conn *conn, const struct lg_ws_frame *frame);

struct lg_pool {
	const struct lg_options *opt;
	const struct lg_target *target;
	char **tokens;
	int epoll_fd;
	uint32_t count;
	struct lg_conn *conns;
	struct lg_conn publisher;
	char *in;
	char *out;
	size_t out_len;
	bool inspect; /* split payloads are gathered for on_text, and arrivals are timed */
	lg_on_text *on_text;
	lg_on_text *on_joined; /* the frame that let a watcher in; may be NULL */
	lg_on_lost *on_lost;
	void *ctx;
	bool durable;           /* what is emitted is to last */
	uint32_t segment_bytes; /* of TCP, to be like a connection from far away; 0: as large as they come */
	uint32_t receive_bytes; /* that the kernel keeps unread, per connection; 0: as it thinks best */
	const struct addrinfo *to; /* NULL: loopback */
	uint64_t now_ns;           /* with `inspect`: when the bytes being handled were received */
	uint32_t ready;
	uint64_t joined_bytes;
	uint64_t recv_bytes;
	uint64_t recv_calls;
	uint64_t other_frames;
	uint64_t answers; /* of the frames that no mode counts: commands that succeeded */
	uint64_t pings;
};

/* Makes a pool of opt->sessions closed connections and raises the limit of open files. */
void lg_pool_init(struct lg_pool *pool, const struct lg_options *opt, const struct lg_target *target);

/* Closes everything and frees what lg_pool_init made; the tokens are the caller's. */
void lg_pool_finish(struct lg_pool *pool);

/* Opens connections [first, last), opt->concurrency at a time, and returns when all are ready. */
void lg_pool_open(struct lg_pool *pool, uint32_t first, uint32_t last);

/* Begins to open one closed connection. False: it was refused, and on_lost is there; else that ends the run.
 */
bool lg_pool_begin(struct lg_pool *pool, struct lg_conn *conn);

/* Opens the one connection that publishes, and returns when it is ready. */
void lg_pool_open_publisher(struct lg_pool *pool);

/* Closes that connection again. */
void lg_pool_close_publisher(struct lg_pool *pool);

/* Resets the connections of watchers [first, last), those that are open. */
void lg_pool_reset(struct lg_pool *pool, uint32_t first, uint32_t last);

/* Resets every watcher's connection; the publisher's stays. */
void lg_pool_close(struct lg_pool *pool);

/* Leaves a connection open and reads nothing from it any more: only its end is noticed, as a loss. */
void lg_pool_neglect(struct lg_pool *pool, struct lg_conn *conn);

/* Waits for input until the monotonic time `deadline_ns` at most and handles one batch.
 * False: the deadline has passed and nothing came. */
bool lg_pool_poll(struct lg_pool *pool, uint64_t deadline_ns);

/* Handles input until `deadline_ns`. */
void lg_pool_run(struct lg_pool *pool, uint64_t deadline_ns);

/* Handles input until no text frame came for `quiet_s`, at most `limit_s`. */
void lg_pool_settle(struct lg_pool *pool, double quiet_s, double limit_s);

/* Appends one masked frame, or raw bytes, to what lg_pool_flush will send in one call. */
void lg_pool_put(struct lg_pool *pool, enum lg_ws_opcode opcode, const char *payload, size_t len);
void lg_pool_put_raw(struct lg_pool *pool, const char *bytes, size_t len);
void lg_pool_flush(struct lg_pool *pool, struct lg_conn *conn);

/* One text frame, sent at once. */
void lg_pool_send(struct lg_pool *pool, struct lg_conn *conn, const char *payload, size_t len);

/* For targets: `conn` has been let in, by this frame (NULL: by the handshake alone). */
void lg_pool_joined(struct lg_pool *pool, struct lg_conn *conn, const struct lg_ws_frame *frame);

/* Is this connection one of the second node, if there are two? The publisher is at the first. */
bool lg_pool_at_b(const struct lg_pool *pool, const struct lg_conn *conn);

/* The token that this connection signs in with. */
const char *lg_pool_token(const struct lg_pool *pool, const struct lg_conn *conn);

#endif
