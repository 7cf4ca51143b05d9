/* Keeping up with what other nodes write. They tell of it over the bus, row by row; what doesn't come that
 * way is read from the log: what is too large, what was missed, and all of it while the bus doesn't reach.
 * What is under way here may have lost a race then: the log says so, and the workspace is read anew.
 * Invariant: every event of the log is told here once, in the order of the log, to those who may hear it; or
 * their sessions end, so that they come back for it.
 * Thread: hub. */
#include "follow.h"

#include "audit.h"
#include "cluster.h"
#include "commit.h"
#include "replay.h"
#include "request.h"
#include "room.h"
#include "session.h"
#include "turn.h"
#include "viewing.h"
#include "muster/base/log.h"
#include "muster/wire/codec.h"

#include <string.h>

/* What a message holds at most; the bus takes somewhat more. */
#define SAID_BYTES 200000
#define READ_ROWS 1000
#define READ_BYTES ((size_t)4 * 1024 * 1024)
/* How often to look what others wrote: while the bus doesn't reach, and to be sure while it does. */
#define LOOK_MS 500
#define LOOK_SELDOM_MS 15000
/* As far as the log goes. */
#define TO_THE_END INT64_MAX

/* Rows that follow each other; those that are too large are left out at the end. */
struct said {
	int64_t seq; /* of the last one */
	struct mu_records rows;
};

#define ROW(member, kind, flags, ...) MU_FIELD(struct mu_row, member, kind, flags, __VA_ARGS__)

static const struct mu_field row_fields[] = {
	ROW(seq, MU_INT, MU_REQUIRED),
	ROW(at_ms, MU_INT, MU_REQUIRED),
	ROW(type, MU_STRING, MU_REQUIRED),
	ROW(actor, MU_STRING, MU_REQUIRED, .max = SAID_BYTES),
	ROW(audience, MU_STRING, MU_REQUIRED, .max = SAID_BYTES),
	ROW(payload, MU_STRING, MU_REQUIRED, .max = SAID_BYTES),
	ROW(action, MU_STRING, 0),
	ROW(who, MU_STRING, 0),
	ROW(about, MU_STRING, 0),
	ROW(origin, MU_STRING, 0, .max = SAID_BYTES),
	ROW(before, MU_STRING, 0, .max = SAID_BYTES),
};
static const struct mu_shape row_shape = MU_SHAPE(struct mu_row, "ROW", row_fields);
static const struct mu_field said_fields[] = {
	MU_FIELD(struct said, seq, MU_INT, MU_REQUIRED),
	MU_FIELD(struct said, rows, MU_RECORDS, MU_REQUIRED, .shape = &row_shape),
};
static const struct mu_shape said_shape = MU_SHAPE(struct said, "SAID", said_fields);

/* ---- telling ---- */

static void rights_again(struct session *session, void *arg)
{
	session_rights(session);
}

/* There are events up to this one that can't be told here. */
static void leave_out(struct room *room, int64_t seq)
{
	room->durable_seq = seq;
	recent_clear(room, seq);
	session_send_back(room);
}

/* What is in the log, but has no content that could be told: it was erased, or is of a newer program. */
static void pass_over(struct room *room, const struct mu_row *row)
{
	room->durable_seq = row->seq;
	if (row->payload && *row->audience)
		recent_clear(room, row->seq); /* who comes back shall hear that it isn't replayed */
	else
		recent_add(room, row->seq, row->at_ms, &(struct telling){ .audience = "" });
}

static bool can_be_told(const struct mu_row *row)
{
	return row->payload && mu_event_type_find(row->type);
}

/* Whether the state, or somebody who listens, lacks it when it can't be read. */
static bool is_missed(const struct mu_row *row)
{
	return *row->audience || mu_event_type_find(row->type)->apply;
}

/* Tell a row that is in the state. False when memory is out: neither it nor what follows is told before the
 * room is read anew. */
static bool tell_row(struct room *room, const struct mu_row *row)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct telling telling = { .audience = row->audience };
	struct mu_event event;
	enum mu_err err;

	if (!can_be_told(row)) {
		pass_over(room, row);
		return true;
	}
	err = event_of_row(row, &arena, &event);
	if (!err)
		err = telling_encode(room, &event, &telling);
	if (err == MU_NO_MEMORY)
		room_reset(room, err);
	else if (err && is_missed(row))
		leave_out(room, row->seq);
	else if (err)
		pass_over(room, row);
	else
		commit_tell(room, &event, &telling);
	telling_finish(&telling);
	return err != MU_NO_MEMORY;
}

/* ---- after a reading anew ---- */

bool follow_reaches(const struct room *room, const struct mu_job *load)
{
	const int64_t next = room->durable_seq + 1, seq = load->head.seq,
		      first = load->n_rows ? load->rows[0].seq : seq + 1;

	return room->ws && load->head.epoch == room->epoch && first <= next && seq + 1 >= next;
}

void follow_catch_up(struct room *room, const struct mu_job *load, bool reaches)
{
	const struct mu_row *rows = load->rows;
	size_t n = load->n_rows, told = 0;

	if (!reaches) {
		leave_out(room, load->head.seq);
		return;
	}
	session_each(room, rights_again, NULL);
	for (; n && rows->seq <= room->durable_seq; n--)
		rows++;
	while (told < n && tell_row(room, &rows[told]))
		told++;
	audit_tell(room, rows, told);
}

/* ---- row by row ---- */

/* Whether the state is that of the log at durable_seq, with nothing of our own on it. */
static bool is_plain(const struct room *room)
{
	return room->state == ROOM_READY && !room->pending && !room->inflight;
}

/* Errors: what can't be applied here; the state is to be thrown away. */
static enum mu_err apply_row(struct room *room, const struct mu_row *row)
{
	const struct mu_event_type *type = mu_event_type_find(row->type);
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_event event;
	enum mu_err err;

	if (!type || !type->apply) { /* newer than this program, or nothing of the state */
		room->ws->seq = row->seq;
		return MU_OK;
	}
	err = event_of_row(row, &arena, &event);
	return err ? err : mu_event_apply(room->ws, &event);
}

/* Take over rows that were read or heard, those that come next. */
static void take_rows(struct room *room, const struct mu_row *rows, size_t n)
{
	size_t taken = 0;

	for (; n && rows->seq <= room->durable_seq; n--)
		rows++;
	for (; taken < n && is_plain(room) && rows[taken].seq == room->durable_seq + 1; taken++) {
		if (apply_row(room, &rows[taken])) {
			room_reset(room, MU_CONFLICT);
			break;
		}
		if (!tell_row(room, &rows[taken]))
			break;
	}
	if (!taken)
		return;
	mu_metrics_add(room->hub->metrics, MU_METRIC_FOLLOWED_TOTAL, (int64_t)taken);
	audit_tell(room, rows, taken);
	hub_dirty(room);
	if (room->state == ROOM_READY)
		viewing_settle(room);
	pen_followed(room);
}

void follow_look(struct room *room, int64_t seq)
{
	struct mu_job *job;

	if (seq > room->heard_seq)
		room->heard_seq = seq;
	if (room->following || !is_plain(room) || room->heard_seq <= room->durable_seq)
		return;
	job = mu_job_create(MU_JOB_FOLLOW, room->id);
	if (!job)
		return; /* the next look will do */
	job->after_seq = room->durable_seq;
	job->limit = READ_ROWS;
	job->limit_bytes = READ_BYTES;
	room->following = true;
	room->heard_seq = room->durable_seq; /* what is read says how far the log goes */
	mu_metrics_add(room->hub->metrics, MU_METRIC_GAPS_TOTAL, 1);
	hub_submit(room->hub, job);
}

bool follow_await(struct request *request, int64_t seq)
{
	struct room *room = request->room;

	if (!room->hub->cluster || (request->followed && !room->following))
		return false;
	request->followed = true;
	follow_look(room, seq);
	if (!room->following)
		return commit_await(request); /* it has lost a race, if the log goes so far */
	room_wait(room, request);
	return true;
}

void follow_read(struct mu_hub *hub, struct mu_job *job)
{
	struct room *room = room_find(hub, job->workspace);

	if (room)
		room->following = false;
	if (room && room->state == ROOM_READY) {
		if (job->err == MU_OK && job->head.epoch == room->epoch) {
			take_rows(room, job->rows, job->n_rows);
			follow_look(room, job->head.seq);
		} else if (job->err != MU_UNAVAILABLE && job->err != MU_NO_MEMORY) {
			room_reset(room, MU_CONFLICT); /* trimmed, or another log by now */
		}
		if (room->state == ROOM_READY && !room->following) {
			if (is_plain(room) && room->heard_seq <= room->durable_seq)
				pen_read(room);
			room_wake(room);
		}
	}
	mu_job_destroy(job);
}

/* ---- over the bus ---- */

static void say(struct room *room, int64_t seq, const struct mu_buf *rows)
{
	AUTO_BUF struct mu_buf json = { 0 };

	mu_buf_printf(&json, "{\"seq\":%lld,\"rows\":[", (long long)seq);
	mu_buf_add(&json, rows->data, rows->n);
	mu_buf_str(&json, "]}");
	if (!mu_buf_error(&json) && !mu_buf_error(rows))
		cluster_say(room, WORD_EVENTS, mu_buf_text(&json), json.n);
}

/* A row that is too large ends a message and isn't in it: the others read it. */
void follow_say(struct room *room, const struct mu_row *rows, size_t n)
{
	AUTO_BUF struct mu_buf said = { 0 }, row = { 0 };

	if (!cluster_reaches(room) || cluster_alone(room->hub))
		return;
	for (size_t i = 0; i < n; i++) {
		mu_buf_reset(&row);
		mu_codec_write(&row_shape, &rows[i], MU_FORM_LOG, &row);
		if (said.n && said.n + row.n > SAID_BYTES) {
			say(room, rows[i].seq - 1, &said);
			mu_buf_reset(&said);
		}
		if (row.n > SAID_BYTES) {
			say(room, rows[i].seq, &said);
			mu_buf_reset(&said);
			continue;
		}
		if (said.n)
			mu_buf_char(&said, ',');
		mu_buf_add(&said, row.data, row.n);
	}
	if (said.n)
		say(room, rows[n - 1].seq, &said);
}

void follow_hear(struct room *room, const char *node, const char *json, size_t bytes)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct said said = { 0 };

	if (mu_codec_read_text(&said_shape, json, bytes, &arena, &said))
		said = (struct said){ .seq = TO_THE_END }; /* something at least */
	if (said.seq > room->durable_seq)
		pen_written(room, node, said.seq);
	if (is_plain(room))
		take_rows(room, said.rows.v, said.rows.n);
	follow_look(room, said.seq);
}

void follow_reach(struct room *room, bool reaches)
{
	if (reaches) /* whatever was missed */
		follow_look(room, TO_THE_END);
	pen_reach(room, reaches);
}

/* ---- without the bus ---- */

static bool all_reached(const struct mu_hub *hub)
{
	for (const struct room *room = hub->rooms; room; room = room->hh.next)
		if (!cluster_reaches(room))
			return false;
	return true;
}

void follow_due(struct mu_timer *timer, int64_t now_ms)
{
	struct mu_hub *hub = MU_CONTAINER_OF(timer, struct mu_hub, news);
	struct mu_job *job = NULL;

	if (hub->rooms && (now_ms - hub->listed_mono_ms >= LOOK_SELDOM_MS || !all_reached(hub)))
		job = mu_job_create(MU_JOB_LIST, NULL);
	if (job) {
		hub->listed_mono_ms = now_ms;
		hub_submit(hub, job);
	}
	mu_timer_set(&hub->wheel, timer, now_ms + LOOK_MS);
}

void follow_start(struct mu_hub *hub)
{
	mu_timer_set(&hub->wheel, &hub->news, hub->now.mono_ms + LOOK_MS);
}

void follow_soon(struct mu_hub *hub)
{
	hub->listed_mono_ms = hub->now.mono_ms - LOOK_SELDOM_MS;
	mu_timer_set(&hub->wheel, &hub->news, hub->now.mono_ms);
}

void follow_listed(struct mu_hub *hub, const struct mu_job *job)
{
	for (size_t i = 0; hub->cluster && i < job->n_news; i++) {
		struct room *room = room_find(hub, job->news[i].workspace);
		if (room)
			follow_look(room, job->news[i].seq);
	}
}
