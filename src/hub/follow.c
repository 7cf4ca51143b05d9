/* Keeping up with what other nodes write.
 * Invariant: every event of the log is told here once, in the order of the log, to those who may hear it; or
 * their sessions end, so that they come back for it.
 * Thread: hub. */
#include "follow.h"

#include "audit.h"
#include "commit.h"
#include "replay.h"
#include "room.h"
#include "session.h"
#include "turn.h"
#include "muster/base/log.h"

/* ---- telling ---- */

static void rights_again(struct session *session, void *arg)
{
	session_rights(session);
}

static void send_back(struct session *session, void *arg)
{
	if (session->live)
		session_end(session, MU_CLOSE_RESYNC, MU_LEAVE_LOST);
}

/* There are events up to this one that can't be told here. */
static void leave_out(struct room *room, int64_t seq)
{
	room->durable_seq = seq;
	recent_clear(room, seq);
	session_each(room, send_back, NULL);
}

/* What is in the log, but has no content that could be told: it was erased, or is of a newer program. */
static void pass_over(struct room *room, const struct mu_row *row)
{
	room->durable_seq = row->seq;
	if (row->payload)
		recent_clear(room, row->seq); /* who comes back shall hear that it isn't replayed */
	else
		recent_add(room, row->seq, row->at_ms, &(struct telling){ .audience = "" });
}

/* Tell a row that is in the state. */
static void tell_row(struct room *room, const struct mu_row *row)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct telling telling = { .audience = row->audience };
	struct mu_event event;
	enum mu_err err;

	if (!row->payload || !mu_event_type_find(row->type)) {
		pass_over(room, row);
		return;
	}
	err = event_of_row(row, &arena, &event);
	if (!err)
		err = telling_encode(room, &event, &telling);
	if (err)
		leave_out(room, row->seq);
	else
		commit_tell(room, &event, &telling);
	telling_finish(&telling);
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
	size_t n = load->n_rows;

	if (!reaches) {
		leave_out(room, load->head.seq);
		return;
	}
	session_each(room, rights_again, NULL);
	for (; n && rows->seq <= room->durable_seq; n--)
		rows++;
	for (size_t i = 0; i < n; i++)
		tell_row(room, &rows[i]);
	audit_tell(room, rows, n);
}
