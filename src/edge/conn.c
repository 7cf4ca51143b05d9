/* Connections: slots, counting, and the one way out of each state.
 * Invariant: a slot is free, or its connection is in exactly one state; a generation is never used twice for
 * a slot. Memory of connections is kept for the next ones and freed with the edge, so a pointer to one is
 * good within a turn of the loop.
 * Thread: the edge's. */
#include "inner.h"

#include <stdlib.h>
#include <string.h>

#define REFUSED_AT_ONCE 256 /* connections over a limit that are kept long enough to be told */

struct conn *conn_at(struct mu_edge *edge, uint32_t slot)
{
	return &edge->chunks[slot / MU_SLOTS_PER_CHUNK][slot % MU_SLOTS_PER_CHUNK];
}

struct mu_conn conn_name(const struct conn *conn)
{
	return (struct mu_conn){ .edge = (uint16_t)conn->edge->setup.index,
				 .slot = conn->slot,
				 .generation = conn->generation };
}

struct conn *conn_find(struct mu_edge *edge, const struct mu_conn *name)
{
	struct conn *conn;

	if (name->slot >= edge->n_chunks * MU_SLOTS_PER_CHUNK)
		return NULL;
	conn = conn_at(edge, name->slot);
	return conn->state != CONN_FREE && conn->state != CONN_DEAD && conn->generation == name->generation
		       ? conn
		       : NULL;
}

void conn_list_add(struct conn_list *list, struct conn *conn)
{
	list->v[list->n++] = conn;
}

/* Lists that must never fail to take a connection: room for each is made when its slot is. */
static bool grow_list(struct conn_list *list, size_t cap)
{
	struct conn **v = realloc(list->v, cap * sizeof(*v));

	if (!v)
		return false;
	list->v = v;
	list->cap = cap;
	return true;
}

static void on_timer(struct mu_timer *timer, int64_t now_ms);

static bool grow(struct mu_edge *edge)
{
	size_t slots = (edge->n_chunks + 1) * MU_SLOTS_PER_CHUNK;
	struct conn **chunks = realloc(edge->chunks, (edge->n_chunks + 1) * sizeof(*chunks));
	uint32_t *free_slots;
	struct conn *chunk;

	if (!chunks)
		return false;
	edge->chunks = chunks;
	free_slots = realloc(edge->free_slots, slots * sizeof(*free_slots));
	if (!free_slots)
		return false;
	edge->free_slots = free_slots;
	if (!grow_list(&edge->dirty, slots) || !grow_list(&edge->flushing, slots) ||
	    !grow_list(&edge->doomed, slots))
		return false;
	chunk = aligned_alloc(MU_CACHE_LINE, MU_SLOTS_PER_CHUNK * sizeof(*chunk));
	if (!chunk)
		return false;
	memset(chunk, 0, MU_SLOTS_PER_CHUNK * sizeof(*chunk));

	edge->chunks[edge->n_chunks++] = chunk;
	for (size_t slot = slots; slot-- > slots - MU_SLOTS_PER_CHUNK;) {
		conn_at(edge, (uint32_t)slot)->slot = (uint32_t)slot;
		edge->free_slots[edge->n_free++] = (uint32_t)slot;
	}
	return true;
}

static void refuse(struct conn *conn, enum refusal why)
{
	if (!conn->refusal)
		conn->edge->n_refused++;
	conn->refusal = (uint8_t)why;
	count(conn->edge, why == REFUSED_ADDRESS ? MU_METRIC_REFUSED_ADDRESS : MU_METRIC_REFUSED_ALL, 1);
}

void conn_count_as(struct conn *conn, const struct mu_address *address)
{
	struct mu_address site = mu_address_site(address);
	char text[MU_ADDRESS_TEXT];
	struct counter *before = conn->by_address;
	bool over;

	if (before && memcmp(&conn->address, address, sizeof(*address)) == 0)
		return;
	conn->address = *address;
	mu_address_text(&site, text, sizeof(text));
	conn->by_address = limits_enter(conn->edge->setup.shared, LIMIT_ADDRESS, text, &over);
	limits_leave(conn->edge->setup.shared, before);
	if (over && !conn->refusal)
		refuse(conn, REFUSED_ADDRESS);
}

/* A monitor is counted under nothing: it must get its answer when everything else is full. */
static void count_in(struct conn *conn)
{
	struct mu_edge_shared *shared = conn->edge->setup.shared;

	if (conn->monitor)
		return;
	conn->counted = limits_connect(shared);
	if (!conn->counted)
		refuse(conn, REFUSED_ALL);
	/* Behind a trusted proxy the address that counts is known only with the head of a request. */
	conn->proxied = mu_networks_has(limits_trusted(shared), &conn->peer);
	if (!conn->proxied)
		conn_count_as(conn, &conn->peer);
}

struct conn *conn_create(struct mu_edge *edge, const struct mu_address *peer, bool monitor)
{
	struct conn *conn;

	if (!edge->n_free && !grow(edge)) {
		count(edge, MU_METRIC_REFUSED_MEMORY, 1);
		return NULL;
	}
	conn = conn_at(edge, edge->free_slots[--edge->n_free]);
	/* Whether the slot is in a list outlives its connections, so that it never is in one twice. */
	*conn = (struct conn){ .edge = edge,
			       .slot = conn->slot,
			       .generation = conn->generation + 1,
			       .state = CONN_HTTP,
			       .peer = *peer,
			       .address = *peer,
			       .monitor = monitor,
			       .heard_ms = edge->now_ms,
			       .dirty = conn->dirty,
			       .doomed = conn->doomed };
	mu_timer_init(&conn->timer, on_timer);
	mu_outbox_init(&conn->outbox);
	mu_bucket_init(&conn->bucket, config_of(edge)->commands_burst, edge->now_ms);
	edge->n_conns++;
	count(edge, MU_METRIC_CONNECTIONS, 1);
	count(edge, MU_METRIC_CONNECTIONS_TOTAL, 1);
	count_in(conn);
	/* Only those over a limit go untold: whoever makes many of them must not keep others out. */
	if (conn->refusal && edge->n_refused > REFUSED_AT_ONCE) {
		conn_gone(conn);
		return NULL;
	}
	conn_deadline(conn, config_of(edge)->request_timeout_ms);
	return conn;
}

void conn_deadline(struct conn *conn, int64_t ms)
{
	edge_timer_set(conn->edge, &conn->timer, conn->edge->now_ms + ms);
}

static void time_out_opening(struct conn *conn, int64_t now_ms)
{
	(void)now_ms;
	conn_close(conn, conn->opening ? MU_CLOSE_OVERLOADED : MU_CLOSE_AUTH_TIMEOUT, -1);
}

static void time_out_http(struct conn *conn, int64_t now_ms)
{
	(void)now_ms;
	http_deadline(conn);
}

static void time_out_closing(struct conn *conn, int64_t now_ms)
{
	(void)now_ms;
	conn_end(conn);
}

static void time_out_ending(struct conn *conn, int64_t now_ms)
{
	(void)now_ms;
	conn_kill(conn);
}

static void (*const time_outs[CONN_STATES])(struct conn *conn, int64_t now_ms) = {
	[CONN_HTTP] = time_out_http,       [CONN_OPENING] = time_out_opening, [CONN_OPEN] = liveness_tick,
	[CONN_CLOSING] = time_out_closing, [CONN_ENDING] = time_out_ending,
};

static void on_timer(struct mu_timer *timer, int64_t now_ms)
{
	struct conn *conn = (struct conn *)(void *)((char *)timer - offsetof(struct conn, timer));

	if (time_outs[conn->state])
		time_outs[conn->state](conn, now_ms);
}

void conn_lost(struct conn *conn, bool clean, int code)
{
	struct mu_up *up;

	if (!conn->hub_knows)
		return;
	conn->hub_knows = false;
	up = mu_up_create(MU_UP_CLOSED);
	if (!up) {
		up = conn->edge->last_word;
		conn->edge->last_word = NULL;
	}
	if (!up) {
		mu_log(MU_LOG_ERROR, "edge", "hub not told of an end", MU_KS("why", "memory is out"));
		return;
	}
	if (!conn->edge->last_word)
		conn->edge->last_word = mu_up_create(MU_UP_CLOSED);
	up->conn = conn_name(conn);
	up->closed.clean = clean;
	up->closed.code = code;
	edge_up(conn->edge, up);
}

static void leave_session(struct conn *conn)
{
	struct mu_edge_shared *shared = conn->edge->setup.shared;

	mu_topics_leave_all(&conn->edge->topics, conn->slot);
	pending_drop_all(conn);
	limits_leave(shared, conn->by_user);
	limits_leave(shared, conn->by_workspace);
	conn->by_user = NULL;
	conn->by_workspace = NULL;
	free(conn->token);
	conn->token = NULL;
	session_forget_early(conn);
}

/* 4100 to 4199 are for later, not for at once: those who are all sent away together must not come back
 * together. */
static int64_t advice(struct conn *conn, int code, int64_t retry_after_ms)
{
	if (code < 4100 || code > 4199 || retry_after_ms > 0)
		return retry_after_ms;
	return MU_COME_BACK_MS + (int64_t)(edge_random(conn->edge) % (uint64_t)MU_COME_BACK_SPREAD_MS);
}

void conn_close(struct conn *conn, int code, int64_t retry_after_ms)
{
	const struct mu_close_info *info = mu_close_info(code);

	if (conn->state != CONN_OPENING && conn->state != CONN_OPEN)
		return;
	mu_log(MU_LOG_DEBUG, "edge", "closing", MU_KI("slot", conn->slot), MU_KI("code", code),
	       MU_KS("user", limits_key(conn->by_user)));
	mu_metrics_closed(conn->edge->setup.metrics, code);
	conn_lost(conn, false, code);
	leave_session(conn);
	conn->state = CONN_CLOSING;
	conn->close_due = 0;
	socket_reading(conn, true);
	if (code == MU_CLOSE_SLOW_READER)
		send_forget(conn);
	send_plain(conn, mu_ws_close(code, info ? info->kind : "closed",
				     info && info->retry ? advice(conn, code, retry_after_ms) : -1));
	/* A slow reader has much to read before it comes to the Close frame. */
	conn_deadline(conn, code == MU_CLOSE_SLOW_READER ? MU_SLOW_CLOSE_TIMEOUT_MS : MU_CLOSE_TIMEOUT_MS);
}

void conn_end(struct conn *conn)
{
	if (conn->state == CONN_ENDING || conn->state == CONN_DEAD || conn->state == CONN_FREE)
		return;
	leave_session(conn);
	http_finish(conn);
	conn->state = CONN_ENDING;
	socket_reading(conn, true);
	conn_deadline(conn, MU_LINGER_TIMEOUT_MS);
	send_later(conn); /* the turn's flush shuts the socket down once nothing waits */
}

void conn_kill(struct conn *conn)
{
	if (conn->state == CONN_DEAD || conn->state == CONN_FREE)
		return;
	conn->state = CONN_DEAD;
	if (!conn->doomed)
		conn_list_add(&conn->edge->doomed, conn);
	conn->doomed = true;
	edge_again(conn->edge);
}

void conn_reap(struct mu_edge *edge)
{
	for (size_t i = 0; i < edge->doomed.n; i++) {
		struct conn *conn = edge->doomed.v[i];

		conn->doomed = false;
		if (conn->state == CONN_DEAD && conn->wsi)
			socket_kill(conn);
	}
	edge->doomed.n = 0;
}

void conn_gone(struct conn *conn)
{
	struct mu_edge *edge = conn->edge;

	count(edge, MU_METRIC_LOST_TOTAL, conn->hub_knows);
	conn_lost(conn, false, 1006);
	leave_session(conn);
	http_finish(conn);
	mu_timer_cancel(&edge->wheel, &conn->timer);
	send_finish(conn);
	mu_incoming_finish(&conn->incoming);
	limits_leave(edge->setup.shared, conn->by_address);
	conn->by_address = NULL;
	if (conn->counted)
		limits_disconnect(edge->setup.shared);
	if (conn->refusal)
		edge->n_refused--;
	conn->state = CONN_FREE;
	edge->free_slots[edge->n_free++] = conn->slot;
	edge->n_conns--;
	count(edge, MU_METRIC_CONNECTIONS, -1);
}

void conn_for_each(struct mu_edge *edge, void (*call)(struct conn *conn, void *arg), void *arg)
{
	for (uint32_t slot = 0; slot < edge->n_chunks * MU_SLOTS_PER_CHUNK; slot++)
		if (conn_at(edge, slot)->state != CONN_FREE)
			call(conn_at(edge, slot), arg);
}

void conn_all_free(struct mu_edge *edge)
{
	for (size_t i = 0; i < edge->n_chunks; i++)
		free(edge->chunks[i]);
	free(edge->chunks);
	free(edge->free_slots);
	free(edge->dirty.v);
	free(edge->flushing.v);
	free(edge->doomed.v);
}
