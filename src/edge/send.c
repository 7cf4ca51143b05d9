/* Sending. Frames are queued while a turn of the loop goes on and written once at its end, all of a
 * connection's frames in one call.
 * Invariant: a connection with something to write is in the dirty list, or blocked until the kernel takes
 * more. Thread: the edge's. */
#include "inner.h"

#include <stdlib.h>
#include <string.h>

static void make_dirty(struct conn *conn)
{
	if (conn->dirty || conn->blocked)
		return;
	conn->dirty = true;
	conn_list_add(&conn->edge->dirty, conn);
}

static void write_out(struct conn *conn);

/* More or less waits on the connection than before: so it does on the edge. */
static void note_unsent(struct conn *conn, size_t before)
{
	conn->edge->unsent_bytes += (int64_t)conn->outbox.bytes - (int64_t)before;
}

/* Much at once is no slow reader, and who stays behind is one. */
static struct mu_allowance allowance_of(struct conn *conn)
{
	const struct mu_config *config = config_of(conn->edge);
	const int64_t now_ms = conn->edge->now_ms;
	struct mu_allowance allowance = { .budget = (size_t)config->send_budget_bytes,
					  .burst = (size_t)config->send_burst_bytes };

	if (conn->outbox.bytes <= allowance.budget)
		conn->behind_ms = 0;
	else if (!conn->behind_ms)
		conn->behind_ms = now_ms;
	if (conn->behind_ms && now_ms - conn->behind_ms >= config->send_burst_ms)
		allowance.burst = 0;
	return allowance;
}

void send_frame(struct conn *conn, struct mu_frame *frame, enum mu_class class)
{
	struct mu_edge *edge = conn->edge;
	const struct mu_config *config = config_of(edge);
	struct mu_allowance allowance;
	struct mu_left_out left_out;
	enum mu_offer offer;
	size_t before;

	if (conn->state != CONN_OPEN && conn->state != CONN_OPENING)
		return;
	/* What the socket takes at once doesn't wait. */
	if (conn->outbox.bytes > (size_t)config->send_budget_bytes / 2 && !conn->blocked)
		write_out(conn);
	allowance = allowance_of(conn);
	before = conn->outbox.bytes;
	offer = mu_outbox_offer(&conn->outbox, frame, class, &allowance, &left_out);
	note_unsent(conn, before);
	conn->presence_gap |= left_out.presence;
	conn->skipped |= left_out.ephemeral;
	if (left_out.frames)
		count(edge, MU_METRIC_SUPERSEDED_TOTAL, left_out.frames);
	if (offer == MU_OFFER_TOO_SLOW) {
		conn_close(conn, MU_CLOSE_SLOW_READER, 0);
		return;
	}
	if (offer == MU_OFFER_NO_MEMORY) {
		conn_kill(conn);
		return;
	}
	if (offer == MU_OFFER_TAKEN) {
		edge->frames += frame->count;
		conn->said_ms = edge->now_ms;
		make_dirty(conn);
	}
}

static void consume(struct conn *conn, size_t n)
{
	const size_t before = conn->outbox.bytes;

	mu_outbox_consume(&conn->outbox, n);
	note_unsent(conn, before);
}

/* Whether nothing is to come before what is sent now, and it would be taken whatever its class. */
static bool is_idle(const struct conn *conn)
{
	return !conn->outbox.n && !conn->dirty && !conn->blocked &&
	       (conn->state == CONN_OPEN || conn->state == CONN_OPENING);
}

void send_at_once(struct conn *conn, struct mu_frame *frame, enum mu_class class)
{
	const size_t n = frame->n < MU_WRITE_BYTES ? frame->n : MU_WRITE_BYTES;
	size_t done = is_idle(conn) ? socket_write(conn, frame->data, n) : 0;

	if (done < frame->n) {
		send_frame(conn, frame, class);
		if (done && conn->outbox.n)
			consume(conn, done);
		return;
	}
	conn->edge->frames += frame->count;
	conn->said_ms = conn->edge->now_ms;
}

void send_made(struct conn *conn, struct mu_frame *made)
{
	AUTO_FRAME struct mu_frame *frame = made;

	if (frame)
		send_frame(conn, frame, MU_CLASS_DURABLE);
	else
		conn_kill(conn); /* a client that waits for an answer for ever is worse than one that comes
				    back */
}

void send_text(struct conn *conn, const struct mu_buf *text)
{
	send_made(conn, mu_buf_error(text) == MU_OK ? mu_ws_text(text->data, text->n) : NULL);
}

void send_plain(struct conn *conn, struct mu_frame *frame)
{
	const size_t before = conn->outbox.bytes;

	if (!frame || mu_outbox_push(&conn->outbox, frame) != MU_OK)
		conn_kill(conn);
	else
		make_dirty(conn);
	note_unsent(conn, before);
	mu_frame_unref(frame);
}

void send_forget(struct conn *conn)
{
	const size_t before = conn->outbox.bytes;

	mu_outbox_clear(&conn->outbox);
	note_unsent(conn, before);
}

void send_finish(struct conn *conn)
{
	const size_t before = conn->outbox.bytes;

	send_blocked(conn, false);
	mu_outbox_finish(&conn->outbox);
	note_unsent(conn, before);
}

void send_blocked(struct conn *conn, bool blocked)
{
	if (conn->blocked != blocked)
		count(conn->edge, MU_METRIC_BLOCKED, blocked ? 1 : -1);
	conn->blocked = blocked;
}

/* How many frames from the front go into one write, and their bytes. */
static uint32_t choose(const struct mu_outbox *box, size_t *ret_bytes)
{
	size_t bytes = mu_outbox_at(box, 0)->n - box->offset;
	uint32_t n = 1;

	while (n < box->n && bytes + mu_outbox_at(box, n)->n <= MU_WRITE_BYTES)
		bytes += mu_outbox_at(box, n++)->n;
	*ret_bytes = bytes;
	return n;
}

static bool join_is_of(const struct joined_write *join, const struct mu_outbox *box, uint32_t n)
{
	if (box->offset || join->n_frames != n)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (join->frames[i] != mu_outbox_at(box, i))
			return false;
	return true;
}

static bool join_room(struct joined_write *join, uint32_t n)
{
	struct mu_frame **frames;

	if (n <= join->cap_frames)
		return true;
	frames = realloc(join->frames, 2 * (size_t)n * sizeof(*frames));
	if (!frames)
		return false;
	join->frames = frames;
	join->cap_frames = 2 * (size_t)n;
	return true;
}

static void join_forget(struct joined_write *join)
{
	while (join->n_frames)
		mu_frame_unref(join->frames[--join->n_frames]);
}

/* Put n frames one after the other. What the join was made of is kept referenced: a frame made meanwhile
 * can't be taken for one of them. */
static bool join_frames(struct joined_write *join, const struct mu_outbox *box, uint32_t n)
{
	size_t from = box->offset, at = 0;

	if (join_is_of(join, box, n))
		return true;
	join_forget(join);
	if (!join_room(join, n))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		struct mu_frame *frame = mu_outbox_at(box, i);

		memcpy(join->bytes + at, frame->data + from, frame->n - from);
		at += frame->n - from;
		from = 0;
		if (!box->offset) /* what starts inside a frame serves nobody else */
			join->frames[join->n_frames++] = mu_frame_ref(frame);
	}
	return true;
}

static void write_out(struct conn *conn)
{
	struct mu_outbox *box = &conn->outbox;
	struct joined_write *join = &conn->edge->join;

	while (box->n && !conn->blocked && conn->state != CONN_DEAD && conn->wsi) {
		size_t bytes;
		uint32_t n = choose(box, &bytes);

		if (n > 1 && join_frames(join, box, n)) {
			bytes = socket_write(conn, join->bytes, bytes);
		} else {
			const struct mu_frame *frame = mu_outbox_at(box, 0);

			bytes = frame->n - box->offset < MU_WRITE_BYTES ? frame->n - box->offset
									: MU_WRITE_BYTES;
			bytes = socket_write(conn, frame->data + box->offset, bytes);
		}
		consume(conn, bytes);
	}
}

static void tell(struct conn *conn, const char *type, const char *data)
{
	AUTO_BUF struct mu_buf text = { 0 };

	mu_buf_printf(&text,
		      "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"type\":\"%s\",\"at\":", type);
	mu_json_time(&text, mu_clock_wall_ms(conn->edge->setup.clock));
	mu_buf_printf(&text, ",\"actor\":{\"system\":true},\"data\":%s}}", data);
	send_text(conn, &text);
}

/* A version that follows none has the client take presence anew: the next difference, which would show the
 * gap, may be long in coming. What else was left out shows no gap at all. */
static void tell_gaps(struct conn *conn)
{
	const bool presence = conn->presence_gap, others = conn->skipped;

	conn->presence_gap = conn->skipped = false;
	if (presence)
		tell(conn, "presence.diff", "{\"version\":\"gap\",\"from\":\"gap\"}");
	if (others)
		tell(conn, "session.skipped", "{}");
}

/* All is written: what the state was waiting for. */
static void written(struct conn *conn)
{
	if (conn->state == CONN_OPEN)
		tell_gaps(conn);
	if (conn->state == CONN_HTTP)
		http_sent(conn);
	if (conn->state == CONN_ENDING && !conn->outbox.n)
		socket_shut(conn);
}

static void flush(struct conn *conn)
{
	if (conn->close_due)
		conn_close(conn, conn->close_due, 0);
	write_out(conn);
	if (!conn->outbox.n && !conn->blocked && conn->wsi)
		written(conn);
}

void send_later(struct conn *conn)
{
	make_dirty(conn);
	edge_again(conn->edge);
}

void send_flush(struct mu_edge *edge)
{
	struct conn_list list = edge->dirty;

	/* Whoever gets dirty while this list is written has its turn after the loop looked for input again.
	 */
	edge->dirty = edge->flushing;
	edge->dirty.n = 0;
	edge->flushing = list;
	for (size_t i = 0; i < list.n; i++) {
		struct conn *conn = list.v[i];

		conn->dirty = false;
		if (conn->state != CONN_FREE && conn->state != CONN_DEAD)
			flush(conn);
	}
	join_forget(&edge->join);
	edge->flushing.n = 0;
	if (edge->dirty.n)
		edge_again(edge);
}
