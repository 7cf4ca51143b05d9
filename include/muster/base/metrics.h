/* Counters, gauges and histograms, one row each in a table that also makes the Prometheus text
 * (exposition format 0.0.4) with its help lines, and the reference (`muster reference metrics`).
 * A name may end in labels. Rows that differ in these alone are one family: they stand together, are of one
 * kind, and the first one's help is that of all.
 * Thread: adding and setting from any thread (relaxed atomics); values of different rows are not a snapshot.
 */
#ifndef MUSTER_BASE_METRICS_H
#define MUSTER_BASE_METRICS_H

#include "muster/base/buf.h"
#include "muster/base/err.h"

#include <stdatomic.h>

/* clang-format off */
/*         name                    kind     unit-suffixed name              help */
#define MU_METRICS(X)                                                                                              \
	X(CONNECTIONS,             GAUGE,   "muster_connections",           "Open client connections")             \
	X(CONNECTIONS_TOTAL,       COUNTER, "muster_connections_total",     "Accepted connections, refused ones too") \
	X(REFUSED_ALL,             COUNTER, "muster_connections_refused_total{limit=\"max_connections\"}",         \
	  "Connections and sessions refused, by the option that limits them, or for want of memory")               \
	X(REFUSED_ADDRESS,         COUNTER,                                                                        \
	  "muster_connections_refused_total{limit=\"max_connections_per_address\"}", NULL)                         \
	X(REFUSED_USER,            COUNTER,                                                                        \
	  "muster_connections_refused_total{limit=\"max_connections_per_user\"}", NULL)                            \
	X(REFUSED_WORKSPACE,       COUNTER,                                                                        \
	  "muster_connections_refused_total{limit=\"max_connections_per_workspace\"}", NULL)                       \
	X(REFUSED_MEMORY,          COUNTER, "muster_connections_refused_total{limit=\"memory\"}", NULL)            \
	X(ACCEPT_PAUSES_TOTAL,     COUNTER, "muster_accept_pauses_total",                                          \
	  "Times that nobody was let in for a moment, as files or memory were out")                                \
	X(LATE_PONG,               COUNTER, "muster_connections_timed_out_total{awaited=\"pong\"}",                \
	  "Connections ended as the hub waited too long: for the answer to a ping, for a whole HTTP "              \
	  "request, or for what was written to be read")                                                           \
	X(LATE_REQUEST,            COUNTER, "muster_connections_timed_out_total{awaited=\"request\"}", NULL)       \
	X(LATE_READER,             COUNTER, "muster_connections_timed_out_total{awaited=\"reader\"}", NULL)        \
	X(BLOCKED,                 GAUGE,   "muster_connections_blocked",   "Connections whose client has yet to read") \
	X(UNSENT_BYTES,            GAUGE,   "muster_unsent_bytes",          "Bytes queued for connections")        \
	X(SESSIONS,                GAUGE,   "muster_sessions",              "Open authenticated sessions")         \
	X(SESSIONS_TOTAL,          COUNTER, "muster_sessions_total",        "Sessions opened")                     \
	X(RESUMED_TOTAL,           COUNTER, "muster_sessions_resumed_total", "Sessions resumed from their cursor") \
	X(RESYNC_TOTAL,            COUNTER, "muster_sessions_resync_total", "Resumes answered with resumed:false") \
	X(LOST_TOTAL,              COUNTER, "muster_sessions_lost_total",                                          \
	  "Sessions whose connection ended without a Close frame from either side")                                \
	X(SESSIONS_WAITING,        GAUGE,   "muster_sessions_waiting",      "Sessions in line to be let in")       \
	X(REQUESTS_TOTAL,          COUNTER, "muster_requests_total",        "Requests that reached the hub")       \
	X(REQUEST_ERRORS_TOTAL,    COUNTER, "muster_request_errors_total",  "Requests answered with an error")     \
	X(RATE_CONNECTION,         COUNTER, "muster_rate_limited_total{of=\"connection\"}",                        \
	  "Requests refused by a rate limit, by whose it is: of a WebSocket; over HTTP of a user, an API key or "  \
	  "an address; or of wrong sign-ins")                                                                      \
	X(RATE_USER,               COUNTER, "muster_rate_limited_total{of=\"user\"}", NULL)                        \
	X(RATE_KEY,                COUNTER, "muster_rate_limited_total{of=\"key\"}", NULL)                         \
	X(RATE_ADDRESS,            COUNTER, "muster_rate_limited_total{of=\"address\"}", NULL)                     \
	X(RATE_LOGINS,             COUNTER, "muster_rate_limited_total{of=\"logins\"}", NULL)                      \
	X(FULL_HUB,                COUNTER, "muster_queue_full_total{queue=\"hub\"}",                              \
	  "Requests refused as too many wait already: for the hub, on the same connection, for the keys of "       \
	  "their workspace, for the rest of large bodies, or for a password to be checked")                        \
	X(FULL_CONNECTION,         COUNTER, "muster_queue_full_total{queue=\"connection\"}", NULL)                 \
	X(FULL_KEYS,               COUNTER, "muster_queue_full_total{queue=\"keys\"}", NULL)                       \
	X(FULL_BODIES,             COUNTER, "muster_queue_full_total{queue=\"bodies\"}", NULL)                     \
	X(FULL_PASSWORDS,          COUNTER, "muster_queue_full_total{queue=\"passwords\"}", NULL)                  \
	X(LOGIN_FAILURES_TOTAL,    COUNTER, "muster_login_failures_total",  "Failed sign-ins")                     \
	X(MAILS,                   GAUGE,   "muster_mails",                 "Mails waiting to be sent")            \
	X(MAILS_SENT_TOTAL,        COUNTER, "muster_mails_sent_total",      "Mails that the mail server took")     \
	X(MAILS_RETRIED_TOTAL,     COUNTER, "muster_mails_retried_total",   "Mails put off to be tried again")     \
	X(MAILS_LOST_TOTAL,        COUNTER, "muster_mails_lost_total",      "Mails given up, refused or left over") \
	X(FRAMES_TOTAL,            COUNTER, "muster_frames_sent_total",     "Frames queued to sessions")           \
	X(WRITES_TOTAL,            COUNTER, "muster_writes_total",          "Write calls to client sockets")       \
	X(SENT_BYTES_TOTAL,        COUNTER, "muster_sent_bytes_total",      "Bytes written to client sockets")     \
	X(CASTS_TOTAL,             COUNTER, "muster_casts_total",           "Frames for many that edges were handed") \
	X(CASTS_JOINED_TOTAL,      COUNTER, "muster_casts_joined_total",                                           \
	  "Those of them that went out in one piece with the one before")                                          \
	X(SUPERSEDED_TOTAL,        COUNTER, "muster_frames_superseded_total",                                      \
	  "Frames left out for slow readers, who are told to ask for the state anew")                              \
	X(COMMITS_TOTAL,           COUNTER, "muster_commits_total",         "Store transactions")                  \
	X(EVENTS_TOTAL,            COUNTER, "muster_events_total",          "Events made durable")                 \
	X(COMMIT_FAILURES_TOTAL,   COUNTER, "muster_commit_failures_total", "Store transactions that failed")      \
	X(PRESENCE_CHANGES_TOTAL,  COUNTER, "muster_presence_changes_total", "People whose visible presence changed") \
	X(PRESENCE_FRAMES_TOTAL,   COUNTER, "muster_presence_frames_total", "Presence differences encoded")        \
	X(PRESENCE_SNAPSHOTS_TOTAL, COUNTER, "muster_presence_snapshots_total",                                    \
	  "Presence snapshots encoded, each for all who ask for the same")                                         \
	X(BUS_CONNECTED,           GAUGE,   "muster_bus_connected",         "Servers of the bus that are connected") \
	X(BUS_PUBLISHED_TOTAL,     COUNTER, "muster_bus_published_total",   "Messages said on the bus")            \
	X(BUS_RECEIVED_TOTAL,      COUNTER, "muster_bus_received_total",    "Messages of other nodes heard on the bus") \
	X(BUS_DROPPED_TOTAL,       COUNTER, "muster_bus_dropped_total",     "Messages that the bus could not take") \
	X(BUS_REFUSED_TOTAL,       COUNTER, "muster_bus_refused_total",     "Messages on the bus that were forged, foreign or replayed") \
	X(WORKSPACES,              GAUGE,   "muster_workspaces",            "Workspaces in memory")                \
	X(UNREAD_TOTAL,            COUNTER, "muster_workspaces_unread_total", "Times that a workspace couldn't be read") \
	X(HUB_QUEUE,               GAUGE,   "muster_hub_queue",             "Messages waiting for the hub")        \
	X(RACES_LOST_TOTAL,        COUNTER, "muster_races_lost_total",      "Commits for which another node was first") \
	X(PEN_PASSED_TOTAL,        COUNTER, "muster_pen_passed_total",      "Times that another node was let write a workspace") \
	X(PEN_SEIZED_TOTAL,        COUNTER, "muster_pen_seized_total",      "Times that a workspace was written as nobody answered") \
	X(FOLLOWED_TOTAL,          COUNTER, "muster_followed_total",        "Events of other nodes taken over")    \
	X(GAPS_TOTAL,              COUNTER, "muster_gaps_total",            "Times that the log was read for missed events") \
	X(SESSION_WAIT_SECONDS,    HISTOGRAM, "muster_session_wait_seconds", "Time that sessions were in line")    \
	X(COMMIT_SECONDS,          HISTOGRAM, "muster_commit_seconds",      "Time from append to durable")         \
	X(BATCH_EVENTS,            HISTOGRAM, "muster_batch_events",        "Events per commit")
/* clang-format on */

/* Further rows: the WebSockets that the hub closed, one row for each way to close one (MU_CLOSES). */
#define MU_METRIC_CLOSED_NAME "muster_websockets_closed_total"
#define MU_METRIC_CLOSED_HELP "WebSockets that the hub closed, by what it told the client"

enum mu_metric {
#define X(name, kind, text, help) MU_METRIC_##name,
	MU_METRICS(X)
#undef X
#define X(name, code, kind, retry, text) MU_METRIC_CLOSED_##name,
		MU_CLOSES(X)
#undef X
			MU_METRIC_COUNT,
};

#define MU_METRIC_BUCKETS 20

struct mu_metrics {
	atomic_int_fast64_t
		value[MU_METRIC_COUNT]; /* counters, gauges; the number of observations of a histogram */
	atomic_int_fast64_t sum[MU_METRIC_COUNT]; /* histograms: sum in their unit (µs for seconds, 1 else) */
	atomic_int_fast64_t bucket[MU_METRIC_COUNT]
				  [MU_METRIC_BUCKETS]; /* histograms: powers of two of that unit */
};

void mu_metrics_init(struct mu_metrics *metrics);
void mu_metrics_add(struct mu_metrics *metrics, enum mu_metric metric, int64_t n);
void mu_metrics_set(struct mu_metrics *metrics, enum mu_metric metric, int64_t value);
int64_t mu_metrics_get(struct mu_metrics *metrics, enum mu_metric metric);
/* One observation: microseconds for histograms in seconds, a plain number else. */
void mu_metrics_observe(struct mu_metrics *metrics, enum mu_metric metric, int64_t value);
/* Count a WebSocket that was closed with a code of MU_CLOSES; others are not counted. */
void mu_metrics_closed(struct mu_metrics *metrics, int code);
/* The whole table in Prometheus' text format. */
void mu_metrics_write(struct mu_metrics *metrics, struct mu_buf *out);
/* The reference: a line for each row, "name (kind): help", without the last line's end. */
void mu_metrics_describe(struct mu_buf *out);

#endif
