/* Counters, gauges and histograms, one row each in a table that also makes the Prometheus text
 * (exposition format 0.0.4) with its help lines.
 * Thread: adding and setting from any thread (relaxed atomics); values of different rows are not a snapshot.
 */
#ifndef MUSTER_BASE_METRICS_H
#define MUSTER_BASE_METRICS_H

#include "muster/base/buf.h"

#include <stdatomic.h>

/* clang-format off */
/*         name                    kind     unit-suffixed name              help */
#define MU_METRICS(X)                                                                                              \
	X(CONNECTIONS,             GAUGE,   "muster_connections",           "Open client connections")             \
	X(CONNECTIONS_TOTAL,       COUNTER, "muster_connections_total",     "Accepted connections")                \
	X(REFUSED_TOTAL,           COUNTER, "muster_connections_refused_total", "Connections refused by a limit")  \
	X(SESSIONS,                GAUGE,   "muster_sessions",              "Open authenticated sessions")         \
	X(SESSIONS_TOTAL,          COUNTER, "muster_sessions_total",        "Sessions opened")                     \
	X(RESUMED_TOTAL,           COUNTER, "muster_sessions_resumed_total", "Sessions resumed from their cursor") \
	X(RESYNC_TOTAL,            COUNTER, "muster_sessions_resync_total", "Resumes answered with resumed:false") \
	X(REQUESTS_TOTAL,          COUNTER, "muster_requests_total",        "Requests that reached the hub")       \
	X(REQUEST_ERRORS_TOTAL,    COUNTER, "muster_request_errors_total",  "Requests answered with an error")     \
	X(RATE_LIMITED_TOTAL,      COUNTER, "muster_rate_limited_total",    "Requests refused by a rate limit")    \
	X(LOGIN_FAILURES_TOTAL,    COUNTER, "muster_login_failures_total",  "Failed sign-ins")                     \
	X(MAILS,                   GAUGE,   "muster_mails",                 "Mails waiting to be sent")            \
	X(MAILS_SENT_TOTAL,        COUNTER, "muster_mails_sent_total",      "Mails that the mail server took")     \
	X(MAILS_RETRIED_TOTAL,     COUNTER, "muster_mails_retried_total",   "Mails put off to be tried again")     \
	X(MAILS_LOST_TOTAL,        COUNTER, "muster_mails_lost_total",      "Mails given up, refused or left over") \
	X(FRAMES_TOTAL,            COUNTER, "muster_frames_sent_total",     "Frames queued to sessions")           \
	X(WRITES_TOTAL,            COUNTER, "muster_writes_total",          "Write calls to client sockets")       \
	X(SENT_BYTES_TOTAL,        COUNTER, "muster_sent_bytes_total",      "Bytes written to client sockets")     \
	X(SLOW_TOTAL,              COUNTER, "muster_slow_readers_total",    "Sessions closed as slow readers")     \
	X(SUPERSEDED_TOTAL,        COUNTER, "muster_frames_superseded_total", "Presence frames replaced by a resync for slow readers") \
	X(COMMITS_TOTAL,           COUNTER, "muster_commits_total",         "Store transactions")                  \
	X(EVENTS_TOTAL,            COUNTER, "muster_events_total",          "Events made durable")                 \
	X(COMMIT_FAILURES_TOTAL,   COUNTER, "muster_commit_failures_total", "Store transactions that failed")      \
	X(PRESENCE_CHANGES_TOTAL,  COUNTER, "muster_presence_changes_total", "People whose visible presence changed") \
	X(PRESENCE_FRAMES_TOTAL,   COUNTER, "muster_presence_frames_total", "Presence differences encoded")        \
	X(BUS_CONNECTED,           GAUGE,   "muster_bus_connected",         "Servers of the bus that are connected") \
	X(BUS_PUBLISHED_TOTAL,     COUNTER, "muster_bus_published_total",   "Messages said on the bus")            \
	X(BUS_RECEIVED_TOTAL,      COUNTER, "muster_bus_received_total",    "Messages of other nodes heard on the bus") \
	X(BUS_DROPPED_TOTAL,       COUNTER, "muster_bus_dropped_total",     "Messages that the bus could not take") \
	X(BUS_REFUSED_TOTAL,       COUNTER, "muster_bus_refused_total",     "Messages on the bus that were forged, foreign or replayed") \
	X(WORKSPACES,              GAUGE,   "muster_workspaces",            "Workspaces in memory")                \
	X(HUB_QUEUE,               GAUGE,   "muster_hub_queue",             "Messages waiting for the hub")        \
	X(RACES_LOST_TOTAL,        COUNTER, "muster_races_lost_total",      "Commits for which another node was first") \
	X(PEN_PASSED_TOTAL,        COUNTER, "muster_pen_passed_total",      "Times that another node was let write a workspace") \
	X(PEN_SEIZED_TOTAL,        COUNTER, "muster_pen_seized_total",      "Times that a workspace was written as nobody answered") \
	X(FOLLOWED_TOTAL,          COUNTER, "muster_followed_total",        "Events of other nodes taken over")    \
	X(GAPS_TOTAL,              COUNTER, "muster_gaps_total",            "Times that the log was read for missed events") \
	X(COMMIT_SECONDS,          HISTOGRAM, "muster_commit_seconds",      "Time from append to durable")         \
	X(BATCH_EVENTS,            HISTOGRAM, "muster_batch_events",        "Events per commit")
/* clang-format on */

enum mu_metric {
#define X(name, kind, text, help) MU_METRIC_##name,
	MU_METRICS(X)
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
/* The whole table in Prometheus' text format. */
void mu_metrics_write(struct mu_metrics *metrics, struct mu_buf *out);

#endif
