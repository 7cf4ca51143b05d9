/* Log reads of sessions that come back. When many come at once, as after a restart, their rows together must
 * not fill the memory, nor may commits wait behind all of these reads: only a few go to the store at a time.
 * The others wait, workspace by workspace in turn, so that a large one doesn't keep the small ones out.
 * Invariant: a room is in the hub's line exactly if reads wait for it; at most READS_AT_ONCE are out.
 * Thread: hub. */
#include "reading.h"

#include "room.h"
#include "session.h"
#include "turn.h"

#include <utlist.h>

/* While the store reads one, the other's rows are sent. */
#define READS_AT_ONCE 2

static struct mu_job *take_first(struct room *room)
{
	struct mu_msg *first = room->reads;

	room->reads = first->next;
	if (!room->reads)
		room->last_read = NULL;
	return MU_CONTAINER_OF(first, struct mu_job, msg);
}

static void go_on(struct mu_hub *hub)
{
	while (hub->reads_out < READS_AT_ONCE && hub->reading && !atomic_load(&hub->stopping)) {
		struct room *room = hub->reading;
		struct mu_job *job = take_first(room);
		DL_DELETE2(hub->reading, room, prev_reading, next_reading);
		if (room->reads)
			DL_APPEND2(hub->reading, room, prev_reading, next_reading);
		if (session_find(hub, *(const struct mu_conn *)job->owner)) {
			hub->reads_out++;
			hub_submit(hub, job);
		} else { /* its client has not waited */
			mu_job_destroy(job);
		}
	}
}

enum mu_err reading_ask(struct room *room, const struct mu_conn *conn, int64_t after_seq)
{
	const struct mu_config *config = room->hub->config;
	struct mu_job *job = mu_job_create(MU_JOB_READ, room->id);
	struct mu_conn *owner = job ? mu_arena_alloc(&job->arena, sizeof(*owner)) : NULL;

	if (!owner) {
		mu_job_destroy(job);
		return MU_NO_MEMORY;
	}
	*owner = *conn;
	job->owner = owner;
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
	go_on(room->hub);
	return MU_OK;
}

void reading_done(struct mu_hub *hub)
{
	hub->reads_out--;
	go_on(hub);
}

void reading_forget(struct room *room)
{
	if (!room->reads)
		return;
	DL_DELETE2(room->hub->reading, room, prev_reading, next_reading);
	while (room->reads)
		mu_job_destroy(take_first(room));
}
