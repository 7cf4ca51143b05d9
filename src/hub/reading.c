/* Log reads of sessions that come back. When many come at once, as after a restart, their rows together must
 * not fill the memory, nor may commits wait behind all of these reads: only a few go to the store at a time.
 * The others wait, workspace by workspace in turn, so that a large one doesn't keep the small ones out.
 *
 * Those who come together have missed much the same: a read begins where the one who missed most begins, what
 * it finds goes to the memory of recent events, and the others find it there when it is their turn.
 * Invariant: a room is in the hub's line exactly if reads wait for it; at most READS_AT_ONCE are out.
 * Thread: hub. */
#include "reading.h"

#include "replay.h"
#include "resume.h"
#include "room.h"
#include "session.h"
#include "turn.h"

#include <utlist.h>

/* While the store reads one, the other's rows are sent. */
#define READS_AT_ONCE 2
/* Sessions that go on in one turn: each is sent a snapshot. */
#define SETTLED_AT_ONCE 64

static struct mu_job *take_first(struct room *room)
{
	struct mu_msg *first = room->reads;

	room->reads = first->next;
	if (!room->reads)
		room->last_read = NULL;
	return MU_CONTAINER_OF(first, struct mu_job, msg);
}

static struct reading *reading_of(const struct mu_job *job)
{
	return job->owner;
}

/* Where the one begins who missed most of those who wait with it. */
static int64_t earliest(const struct room *room, const struct mu_job *job)
{
	int64_t seq = job->after_seq;

	for (struct mu_msg *msg = room->reads; msg && !reading_of(job)->alone; msg = msg->next) {
		const struct mu_job *other = MU_CONTAINER_OF(msg, struct mu_job, msg);
		if (!reading_of(other)->alone && other->after_seq < seq)
			seq = other->after_seq;
	}
	return seq;
}

static void submit(struct room *room, struct mu_job *job)
{
	job->after_seq = earliest(room, job);
	room->hub->reads_out++;
	hub_submit(room->hub, job);
}

/* Whether it didn't need to wait any longer: its session goes on with what others had read, or is gone. */
static bool settle(struct room *room, struct mu_job *job)
{
	struct session *session = session_find(room->hub, reading_of(job)->conn);
	const bool waits = session && session->opening && session->resume_seq == job->after_seq,
		   reached = room->state == ROOM_READY && recent_reaches(room, job->after_seq);

	if (waits && !reached)
		return false;
	mu_job_destroy(job);
	if (waits)
		resume_go(session);
	return true;
}

void reading_turn(struct mu_hub *hub)
{
	unsigned settled = 0;

	while (hub->reading && hub->reads_out < READS_AT_ONCE && !atomic_load(&hub->stopping)) {
		struct room *room = hub->reading;
		if (settled == SETTLED_AT_ONCE) {
			uv_async_send(&hub->wake);
			return;
		}
		struct mu_job *job = take_first(room);
		DL_DELETE2(hub->reading, room, prev_reading, next_reading);
		if (room->reads)
			DL_APPEND2(hub->reading, room, prev_reading, next_reading);
		if (settle(room, job))
			settled++;
		else
			submit(room, job);
	}
}

enum mu_err reading_ask(struct room *room, const struct mu_conn *conn, int64_t after_seq, bool alone)
{
	const struct mu_config *config = room->hub->config;
	struct mu_job *job = mu_job_create(MU_JOB_READ, room->id);
	struct reading *reading = job ? mu_arena_alloc(&job->arena, sizeof(*reading)) : NULL;

	if (!reading) {
		mu_job_destroy(job);
		return MU_NO_MEMORY;
	}
	reading->conn = *conn;
	reading->alone = alone;
	job->owner = reading;
	job->after_seq = after_seq;
	job->limit = config->replay_limit + 1;
	job->limit_bytes = (size_t)config->replay_bytes;
	job->msg.next = NULL;
	if (room->reads) {
		room->last_read->next = &job->msg;
	} else {
		room->reads = &job->msg;
		DL_APPEND2(room->hub->reading, room, prev_reading, next_reading);
	}
	room->last_read = &job->msg;
	return MU_OK;
}

void reading_done(struct mu_hub *hub)
{
	hub->reads_out--;
}

void reading_forget(struct room *room)
{
	if (!room->reads)
		return;
	DL_DELETE2(room->hub->reading, room, prev_reading, next_reading);
	while (room->reads)
		mu_job_destroy(take_first(room));
}
