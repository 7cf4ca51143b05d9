/* Whether the client of a session is still there: pings, and the end of who doesn't answer.
 * Invariant: an open session has its timer set, to the next ping or to the end of the time to answer one.
 * Thread: the edge's. */
#include "inner.h"

#include <string.h>

#define PING_BYTES 8
#define STEP_MS 64
#define STEP_MOST_MS 512
#define STEPS INT64_C(32) /* that a wait has at least, if STEP_MS allows */
#define LONG_MS 1024      /* a wait that may end a step early */

/* What is due within a step is looked at in one turn of the loop: who answers a thousand pings together wakes
 * us a few times, not a thousand. */
static int64_t step_of(int64_t wait_ms)
{
	int64_t step_ms = STEP_MS;

	while (step_ms < STEP_MOST_MS && 2 * STEPS * step_ms <= wait_ms)
		step_ms *= 2;
	return step_ms;
}

/* Look again after so long: a long wait ends at most a step early, and so is no longer than was configured, a
 * short one a step late. */
static void look_after(struct conn *conn, int64_t from_ms, int64_t wait_ms)
{
	const int64_t step_ms = step_of(wait_ms);

	edge_timer_set(conn->edge, &conn->timer,
		       ((from_ms + wait_ms) / step_ms + (wait_ms < LONG_MS)) * step_ms);
}

static int64_t interval_of(const struct conn *conn)
{
	return mu_config_ping_interval_ms(config_of(conn->edge), conn->mobile);
}

void liveness_start(struct conn *conn)
{
	int64_t interval_ms = interval_of(conn);

	/* The first ping comes anywhere in the interval: sessions that came together don't stay together. */
	look_after(conn, conn->edge->now_ms, (int64_t)(edge_random(conn->edge) % (uint64_t)interval_ms));
}

/* The payload lets no client get away with an empty pong; one frame serves all pings of a turn. */
static struct mu_frame *ping_frame(struct mu_edge *edge, int64_t now_ms)
{
	char payload[PING_BYTES];
	uint64_t number;

	if (edge->ping && edge->ping_made_ms == now_ms)
		return edge->ping;
	mu_frame_unref(edge->ping);
	number = edge_random(edge);
	memcpy(payload, &number, sizeof(payload));
	edge->ping = mu_ws_ping(payload, sizeof(payload));
	edge->ping_made_ms = now_ms;
	return edge->ping;
}

static void ping(struct conn *conn, int64_t now_ms)
{
	struct mu_frame *frame = ping_frame(conn->edge, now_ms);
	int64_t said_ms = conn->said_ms;

	if (frame)
		send_frame(conn, frame, MU_CLASS_CONTROL);
	conn->said_ms = said_ms;
	if (now_ms - said_ms >= interval_of(conn) - step_of(interval_of(conn)))
		send_frame(conn, conn->edge->heartbeat, MU_CLASS_CONTROL);
	if (conn->state != CONN_OPEN)
		return;
	conn->awaiting_pong = true;
	conn->pinged_ms = now_ms;
	look_after(conn, now_ms, mu_config_pong_timeout_ms(config_of(conn->edge), conn->mobile));
}

void liveness_tick(struct conn *conn, int64_t now_ms)
{
	if (!conn->awaiting_pong) {
		ping(conn, now_ms);
		return;
	}
	conn->awaiting_pong = false;
	if (conn->heard_ms < conn->pinged_ms) {
		count(conn->edge, MU_METRIC_LATE_PONG, 1);
		mu_log(MU_LOG_DEBUG, "edge", "no answer to a ping", MU_KI("slot", conn->slot),
		       MU_KS("user", limits_key(conn->by_user)));
		conn_kill(conn);
		return;
	}
	look_after(conn, conn->pinged_ms, interval_of(conn));
}
