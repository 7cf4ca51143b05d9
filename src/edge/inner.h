/* What the files of the edge share: the edge, its connections, and who does what with them.
 *
 *   listen.c   accepts a socket        → conn.c     gives it a slot
 *   socket.c   libwebsockets' callbacks→ http.c     bytes before an upgrade      → api.c, upgrade.c, site.c
 *                                      → session.c  WebSocket messages           → request.c
 *   liveness.c pings them, and ends who is gone
 *   request.c  a request to the hub    → keys.c     checks its token, if it needs one
 *   inbox.c    messages from the hub   → cast.c     frames for many
 *                                      → send.c     queues frames, flushed once per turn of the loop
 *
 * Thread: the edge's own, but for what is said to belong to struct mu_edge_shared. */
#ifndef MU_EDGE_INNER_H
#define MU_EDGE_INNER_H

#include "address.h"
#include "bucket.h"
#include "budget.h"
#include "files.h"
#include "head.h"
#include "incoming.h"
#include "outbox.h"
#include "topics.h"

#include "muster/auth/token.h"
#include "muster/base/log.h"
#include "muster/base/wheel.h"
#include "muster/edge/edge.h"
#include "muster/wire/rpc.h"

#include <libwebsockets.h>
#include <uv.h>

#define MU_SLOTS_PER_CHUNK 256u

/* How long things may take that no option sets. */
#define MU_ANSWER_TIMEOUT_MS 30000     /* the hub's answer to an HTTP request or session.open */
#define MU_STALL_TIMEOUT_MS 30000      /* an HTTP client that reads hardly anything */
#define MU_UNREAD_TIMEOUT_MS 20000     /* the kernel's: nothing is acknowledged, or taken in */
#define MU_KEEPALIVE_MS 15000          /* an HTTP connection between two requests */
#define MU_CLOSE_TIMEOUT_MS 3000       /* the answer to our Close frame */
#define MU_SLOW_CLOSE_TIMEOUT_MS 15000 /* the same for a slow reader */
#define MU_LINGER_TIMEOUT_MS 2000      /* the other side's end of a connection that we ended */

/* Advice for those who are sent away for a while: at least, and how far apart at most. */
#define MU_COME_BACK_MS 1000
#define MU_COME_BACK_SPREAD_MS 4000

#define MU_INFLIGHT_MAX 256  /* unanswered requests of one connection */
#define MU_WRITE_BYTES 65536 /* in one write call */
#define MU_HELD_CASTS 64
#define MU_CACHE_LINE 64

enum conn_state {
	CONN_FREE,
	CONN_HTTP,    /* speaks HTTP */
	CONN_OPENING, /* a WebSocket without a session */
	CONN_OPEN,    /* a session */
	CONN_CLOSING, /* our Close frame is on its way; the client's is awaited */
	CONN_ENDING,  /* all is said: written, then shut down, then the other end awaited */
	CONN_DEAD,    /* to be killed at the end of this turn */
	CONN_STATES,
};

/* Which limit a new connection exceeds: it is told so, if there is room to, and then goes. */
enum refusal { REFUSED_NOT, REFUSED_ALL, REFUSED_ADDRESS };

struct http;    /* http.c */
struct pending; /* request.c */
struct counter; /* limits.c */

/* What every broadcast looks at comes first, so that it is in as few cache lines as possible. */
struct conn {
	_Alignas(MU_CACHE_LINE) struct mu_edge *edge;
	struct lws *wsi; /* NULL before it is adopted and after it is gone */
	uint64_t cast;   /* number of the last cast that it was given, or that wasn't for it */
	int64_t said_ms; /* when the last frame other than a ping was queued */
	uint32_t slot;
	int fd;             /* the socket, good as long as wsi */
	uint16_t close_due; /* close with this code at the end of the turn, unless the hub says otherwise; 0:
			       no */
	uint8_t state;
	uint8_t refusal;
	bool dirty;   /* in the list of those that have something to write */
	bool doomed;  /* in the list of those to be killed */
	bool blocked; /* the kernel took no more; its word that it does is awaited */
	bool reading_off;
	bool presence_gap; /* some was left out, and the client doesn't know yet */
	bool skipped;      /* the same of other frames that aren't durable */
	bool proxied;      /* the peer is a trusted proxy that tells the client's address */
	bool monitor;      /* came in through metrics_listen */
	bool awaiting_pong;
	bool mobile;    /* its session is a phone's */
	bool hub_knows; /* it opened, or asked to open, a session: the hub must hear of its end */
	bool opening;   /* session.open is under way */
	bool shut;      /* our half of the socket is shut down */
	bool counted;   /* among the connections of the process */
	bool asked;     /* it said something, be it half a request */
	struct mu_outbox outbox;
	int64_t behind_ms; /* since when more waits than for long may; 0: it doesn't */

	struct mu_timer timer; /* the deadline of the present state, or the next ping */
	int64_t heard_ms;      /* when the last bytes came in, or went out after a stall */
	int64_t pinged_ms;     /* when the last ping went out */
	struct mu_joined joined;
	struct mu_incoming incoming;
	struct mu_bucket bucket;
	struct http *http;        /* in CONN_HTTP, once the first bytes came */
	char *token;              /* bearer token of the handshake, until the session is open */
	uint8_t *early;           /* what came behind session.open, until that is answered */
	struct pending *pendings; /* requests that wait for an answer */
	struct counter *by_address, *by_user, *by_workspace;
	struct mu_address peer;    /* the other end of the socket */
	struct mu_address address; /* of the client: the peer, or whom a trusted proxy speaks for */
	uint32_t generation;
	uint32_t early_bytes;      /* of `early` */
	uint32_t refused_requests; /* by the rate limit, since the bucket was last full */
	uint16_t n_pendings;
};

struct conn_list {
	struct conn **v;
	size_t n, cap;
};

/* A join of several frames that may serve the next connection as well: in a broadcast all of them wait for
 * the same frames. */
struct joined_write {
	char *bytes;              /* MU_WRITE_BYTES */
	struct mu_frame **frames; /* which frames it is made of */
	size_t n_frames, cap_frames;
};

/* Casts to the same people that came one after the other; see cast.c. */
struct held_casts {
	struct mu_down *v[MU_HELD_CASTS];
	size_t n;
	size_t bytes; /* of all of them, in their longer form */
};

struct listener {
	uv_poll_t poll;
	int fd; /* −1: closed */
	bool monitor;
};

struct mu_edge {
	struct mu_edge_setup setup;
	pthread_t thread;

	uv_loop_t loop;
	uv_async_t wake;
	uv_prepare_t prepare;
	uv_timer_t timer;
	struct listener clients;
	struct listener monitors; /* metrics_listen, on the first edge */
	struct mu_timer accept_again;
	struct lws_context *context;
	struct lws_vhost *vhost;
	bool draining;

	struct mu_queue inbox;
	struct mu_msg *up_first, *up_last; /* collected in this turn for the hub */
	size_t n_up;
	bool hub_full;

	int64_t now_ms; /* monotonic, at the last wake-up */
	struct mu_wheel wheel;
	int64_t timer_due_ms; /* when the uv timer fires; INT64_MAX: not armed */

	struct conn **chunks;
	size_t n_chunks;
	uint32_t *free_slots;
	size_t n_free, n_conns, n_refused;
	size_t large_bytes; /* of HTTP bodies that are larger than messages may be */
	struct conn_list dirty, flushing, doomed;
	struct mu_topics topics;
	struct held_casts held;
	uint64_t cast; /* how many came */

	struct pending **by_tag; /* request.c */
	uint32_t *free_tags;
	size_t n_tags, n_free_tags;
	struct keyring_entry *keyrings; /* keys.c */
	size_t n_parked;

	struct joined_write join;
	struct mu_frame *ping, *heartbeat;
	struct mu_up *last_word; /* made in time: the hub hears of an end though memory is out … */
	struct mu_down *stop;    /* … and the edge can be stopped */
	int64_t ping_made_ms;
	uint64_t random;
	int64_t frames, writes, sent_bytes, unsent_bytes, casts, casts_joined; /* not yet in the metrics */
	char date[40];                                                         /* for the Date header … */
	int64_t date_s;                                                        /* … of this second */
};

static inline void count(struct mu_edge *edge, enum mu_metric metric, int64_t n)
{
	mu_metrics_add(edge->setup.metrics, metric, n);
}

/* ---- edge.c ---- */
uint64_t edge_random(struct mu_edge *edge);                              /* not for secrets */
void edge_trace(struct mu_edge *edge, char trace[static MU_TRACE_TEXT]); /* names a request */
void edge_timer_set(struct mu_edge *edge, struct mu_timer *timer, int64_t due_ms);
/* Send to the hub at the end of this turn; takes `up` over. */
void edge_up(struct mu_edge *edge, struct mu_up *up);
void edge_again(struct mu_edge *edge); /* have another turn before sleeping */
void edge_stop(struct mu_edge *edge);

/* ---- inbox.c ---- */
void inbox_drain(struct mu_edge *edge);

/* ---- listen.c ---- */
void listen_init(struct mu_edge *edge);
MU_MUST enum mu_err listen_start(struct mu_edge *edge, int fd); /* takes the socket over */
void listen_stop(struct mu_edge *edge);                         /* for clients; monitors may still look */
void listen_stop_all(struct mu_edge *edge);

/* ---- limits.c: struct mu_edge_shared, any thread ---- */
enum limit { LIMIT_ADDRESS, LIMIT_USER, LIMIT_WORKSPACE };

const struct mu_config *limits_config(struct mu_edge_shared *shared); /* in force now */

static inline const struct mu_config *config_of(const struct mu_edge *edge)
{
	return limits_config(edge->setup.shared);
}

/* Count one more connection of the process; false (not counted) if max_connections are there. */
bool limits_connect(struct mu_edge_shared *shared);
void limits_disconnect(struct mu_edge_shared *shared);
/* Count one more under a key. It is counted even beyond the limit, of which *ret_over tells; NULL when memory
 * is out. */
struct counter *limits_enter(struct mu_edge_shared *shared, enum limit limit, const char *key,
			     bool *ret_over);
void limits_leave(struct mu_edge_shared *shared, struct counter *counter); /* accepts NULL */
const char *limits_key(const struct counter *counter);
struct mu_budgets *limits_budgets(struct mu_edge_shared *shared);
const struct mu_networks *limits_trusted(struct mu_edge_shared *shared);
/* See mu_files_find. *ret_file is a copy without its path; its frame is the caller's to unref. */
bool limits_file(struct mu_edge_shared *shared, const char *path, size_t n, bool navigates,
		 struct mu_file *ret_file);

/* ---- conn.c ---- */
/* NULL, counted as refused: memory is out, or it is over a limit like too many others that wait to be told.
 */
struct conn *conn_create(struct mu_edge *edge, const struct mu_address *peer, bool monitor);
struct conn *conn_at(struct mu_edge *edge, uint32_t slot);
struct conn *conn_find(struct mu_edge *edge, const struct mu_conn *name); /* NULL: gone */
struct mu_conn conn_name(const struct conn *conn);
/* Whom it is counted under from now on; may set its refusal. */
void conn_count_as(struct conn *conn, const struct mu_address *address);
void conn_deadline(struct conn *conn, int64_t ms); /* from now on */
/* Say goodbye with a Close frame, behind what waits (a slow reader gets only that). retry_after_ms < 0: no
 * advice. For WebSockets. */
void conn_close(struct conn *conn, int code, int64_t retry_after_ms);
void conn_end(struct conn *conn);                        /* write what waits, then shut down */
void conn_kill(struct conn *conn);                       /* at the end of this turn, without a word */
void conn_lost(struct conn *conn, bool clean, int code); /* tell the hub, once */
void conn_reap(struct mu_edge *edge);
void conn_gone(struct conn *conn); /* the socket is gone: free the slot */
void conn_for_each(struct mu_edge *edge, void (*call)(struct conn *conn, void *arg), void *arg);
void conn_all_free(struct mu_edge *edge);
void conn_list_add(struct conn_list *list, struct conn *conn); /* there is always room for each slot once */

/* ---- socket.c: the only file that calls libwebsockets about connections ---- */
MU_MUST enum mu_err socket_context_create(struct mu_edge *edge);
void socket_library_setup(void);              /* once per process */
bool socket_adopt(struct conn *conn, int fd); /* takes the socket over, also when it fails */
void socket_kill(struct conn *conn);
/* Give bytes to the kernel, and tell how many it took; if not all of them, the connection is blocked or dead.
 * Only when it isn't blocked. */
size_t socket_write(struct conn *conn, const char *bytes, size_t n);
void socket_reading(struct conn *conn, bool on);
void socket_shut(struct conn *conn); /* no more from us */
void socket_wake_buffered(struct mu_edge *edge);

/* ---- send.c ---- */
/* By the rules of outbox.h; closes slow readers. */
void send_frame(struct conn *conn, struct mu_frame *frame, enum mu_class class);
/* The same without waiting for the end of the turn, if nothing else waits. */
void send_at_once(struct conn *conn, struct mu_frame *frame, enum mu_class class);
void send_text(struct conn *conn, const struct mu_buf *text); /* a durable text message */
void send_made(struct conn *conn,
	       struct mu_frame *made); /* a durable frame, passed on; NULL: memory is out */
/* Without rules. Takes the reference over; NULL kills the connection. */
void send_plain(struct conn *conn, struct mu_frame *frame);
void send_later(struct conn *conn); /* look at the connection in the next flush */
/* Drop what waits, except a frame that is partly written. */
void send_forget(struct conn *conn);
/* The socket is gone, and what waits with it. */
void send_finish(struct conn *conn);
/* Whether the kernel takes no more for now. */
void send_blocked(struct conn *conn, bool blocked);
void send_flush(struct mu_edge *edge);

/* ---- cast.c ---- */
/* Give a cast to all whom it is for, by the next cast_flush. Takes `down` over. */
void cast_hold(struct mu_edge *edge, struct mu_down *down);
/* Something else is about to happen to the connection: give it the casts that came before. May close it. */
void cast_catch_up(struct conn *conn);
/* Give out what is held; `last`: nothing else is to come in this turn, so that it may be written at once. */
void cast_flush(struct mu_edge *edge, bool last);

/* ---- http.c ---- */
void http_read(struct conn *conn, const uint8_t *bytes, size_t n);
void http_sent(struct conn *conn); /* the answer is written */
void http_deadline(struct conn *conn);
void http_answered(struct conn *conn, const struct mu_fault *fault, const char *body);
void http_finish(struct conn *conn); /* free conn->http */

/* ---- session.c ---- */
/* After the handshake, with what came behind it. */
void session_start(struct conn *conn, uint8_t *bytes, size_t n);
void session_read(struct conn *conn, uint8_t *bytes, size_t n);
void session_opened(struct conn *conn, const char *workspace, const char *user, bool mobile);
/* No answer to session.open is waited for any more; what came behind it is dropped. */
void session_forget_early(struct conn *conn);
void session_answered(struct conn *conn, struct pending *pending, const struct mu_fault *fault,
		      const char *body);

/* ---- liveness.c ---- */
void liveness_start(struct conn *conn);                /* once its session is open */
void liveness_tick(struct conn *conn, int64_t now_ms); /* its timer fired */

/* ---- request.c ---- */
struct batch {
	size_t waiting;    /* answers still to come */
	struct mu_buf out; /* the array so far, without its end */
};

struct pending {
	struct pending *next, *prev; /* of the same connection */
	struct conn *conn;
	uint32_t tag;
	bool opens;          /* it is session.open */
	bool quiet;          /* a notification: its outcome is awaited, but nobody is told */
	char *id;            /* JSON text; NULL over HTTP and for null */
	struct batch *batch; /* the last pending of a batch frees it */
	char trace[MU_TRACE_TEXT];
};

/* Takes id over; NULL when memory is out. */
struct pending *pending_create(struct conn *conn, char *id, struct batch *batch);
struct pending *pending_find(struct mu_edge *edge, uint32_t tag);
void pending_destroy(struct pending *pending);
void pending_drop_all(struct conn *conn);
void pending_table_free(struct mu_edge *edge);
/* The outcome of a request. Frees the pending. */
void request_answered(struct pending *pending, const struct mu_fault *fault, const char *body);
/* The same for a request that the hub never saw. */
void request_refused(struct pending *pending, const struct mu_fault *fault);
/* Pay for a command over a WebSocket out of the connection's budget; false, with an advice in the fault, when
 * it is used up. Who goes on all the same is sent away. */
bool request_pay(struct conn *conn, unsigned cost, struct mu_fault *fault);
/* The same for a command over HTTP, which may come on a new connection each time: out of the budget of
 * whoever it proved to be, or of the client's address when it proved nothing (NULL, or a ticket). */
bool request_pay_as(struct conn *conn, const struct mu_identity *identity, unsigned cost,
		    struct mu_fault *fault);
/* Whether too much waits for the hub to take more. */
bool request_hub_full(struct conn *conn, struct mu_fault *fault);
void request_send(struct pending *pending, struct mu_up *up); /* off to the hub */
/* A request for the hub, with what all transports have in common filled in; NULL when memory is out. Takes
 * params over. */
struct mu_up *request_create(struct conn *conn, enum mu_transport transport, int method, json_t *params,
			     const char *trace);

/* ---- keys.c ---- */
/* Check a token and send the request on with the identity in it; when the keyring isn't here yet, ask for it
 * and park the request. Answers the pending with a fault when the token is no good. Takes `up` over. */
void keys_submit(struct mu_edge *edge, struct pending *pending, struct mu_up *up, const char *text);
/* The keyring is borrowed, or NULL and `why` there is none: MU_NOT_FOUND if there is no such workspace. */
void keys_arrived(struct mu_edge *edge, const char *workspace, struct mu_keyring *keyring, enum mu_err why);
void keys_free(struct mu_edge *edge);

#endif
