/* What the hub says.
 * Invariant: messages take effect in the order in which they were sent; a message for a connection that is
 * gone has no effect.
 * Thread: the edge's. */
#include "http.h"

/* Whom a message is for, once it has heard the casts before it; NULL: it is gone. */
static struct conn *receiver(struct mu_edge *edge, const struct mu_down *down)
{
	struct conn *conn = conn_find(edge, &down->conn);

	if (conn)
		cast_catch_up(conn);
	return conn;
}

static void on_answer(struct mu_edge *edge, struct mu_down *down)
{
	static const struct mu_fault none;
	struct conn *conn = receiver(edge, down);
	struct pending *pending = pending_find(edge, down->answer.tag); /* catching up may have ended it */

	/* A tag may have passed to another connection since. */
	if (!pending || !conn || pending->conn != conn)
		return;
	if (down->answer.media && conn->state == CONN_HTTP) {
		pending_destroy(pending);
		parts_take(conn, down);
	} else {
		request_answered(pending, down->answer.fault ? down->answer.fault : &none, down->answer.body);
	}
}

static void on_send(struct mu_edge *edge, struct mu_down *down)
{
	struct conn *conn = receiver(edge, down);

	if (conn)
		send_frame(conn, down->send.frame, down->send.class);
}

static void on_topics(struct mu_edge *edge, struct mu_down *down)
{
	struct conn *conn = receiver(edge, down);
	uint32_t join = down->topics.join, leave = down->topics.leave;

	if (!conn || (conn->state != CONN_OPEN && conn->state != CONN_OPENING))
		return;
	if (join && mu_topics_join(&edge->topics, conn->slot, join) != MU_OK)
		conn_close(conn, MU_CLOSE_RESYNC, 0); /* rather than to miss what it should hear */
	else if (leave)
		mu_topics_leave(&edge->topics, conn->slot, leave);
}

static void on_opened(struct mu_edge *edge, struct mu_down *down)
{
	struct conn *conn = receiver(edge, down);

	if (conn)
		session_opened(conn, down->opened.workspace, down->opened.user, down->opened.mobile);
}

static void on_close(struct mu_edge *edge, struct mu_down *down)
{
	struct conn *conn = receiver(edge, down);

	if (conn)
		conn_close(conn, down->close.code, down->close.retry_after_ms);
}

static void on_keys(struct mu_edge *edge, struct mu_down *down)
{
	cast_flush(edge, false);
	keys_arrived(edge, down->keys.workspace, down->keys.keyring, down->keys.why);
}

static void send_away(struct conn *conn, void *arg)
{
	int64_t spread_ms = *(const int64_t *)arg;

	if (conn->state == CONN_HTTP && !conn->http)
		conn_end(conn); /* between two requests, or before the first */
	else
		conn_close(conn, MU_CLOSE_DRAINING,
			   spread_ms > 0 ? (int64_t)(edge_random(conn->edge) % (uint64_t)spread_ms) : 0);
}

static void on_drain(struct mu_edge *edge, struct mu_down *down)
{
	cast_flush(edge, false);
	edge->draining = true;
	listen_stop(edge);
	mu_log(MU_LOG_INFO, "edge", "draining", MU_KI("edge", edge->setup.index),
	       MU_KI("connections", edge->n_conns));
	conn_for_each(edge, send_away, &down->drain.spread_ms);
}

static void on_stop(struct mu_edge *edge, struct mu_down *down)
{
	(void)down;
	edge_stop(edge);
}

static void (*const kinds[])(struct mu_edge *edge, struct mu_down *down) = {
	[MU_DOWN_ANSWER] = on_answer, [MU_DOWN_SEND] = on_send,   [MU_DOWN_TOPICS] = on_topics,
	[MU_DOWN_OPENED] = on_opened, [MU_DOWN_CLOSE] = on_close, [MU_DOWN_KEYS] = on_keys,
	[MU_DOWN_DRAIN] = on_drain,   [MU_DOWN_STOP] = on_stop,
};

void inbox_drain(struct mu_edge *edge)
{
	struct mu_msg *msg = mu_queue_take(&edge->inbox), *next;

	for (; msg; msg = next) {
		struct mu_down *down = (struct mu_down *)(void *)msg;

		next = msg->next;
		if (down->kind == MU_DOWN_CAST) {
			cast_hold(edge, down);
			continue;
		}
		kinds[down->kind](edge, down);
		mu_down_destroy(down);
	}
	cast_flush(edge, true);
}
