/* Sessions that wait to go on: for their turn to be let in, or for the log to be read for them. When many
 * come at once, as after a restart, their rows and snapshots together must not fill the memory, nor may
 * commits wait behind all of these reads: only a few go to the store at a time, and nobody is let in while
 * the edges have yet to send so many bytes to those before. The others wait, workspace by workspace in turn,
 * so that a large one doesn't keep the small ones out.
 *
 * Those who come together have missed much the same: a read begins where the one who missed most begins, what
 * it finds goes to the memory of recent events, and the others find it there when it is their turn.
 * Invariant: a room is in the hub's line exactly if sessions wait in it; at most READS_AT_ONCE are out.
 * Thread: hub. */
#include "reading.h"

#include "replay.h"
#include "resume.h"
#include "room.h"
#include "session.h"
#include "turn.h"

#include <stdlib.h>
#include <utlist.h>

/* While the store reads one, the other's rows are sent. */
#define READS_AT_ONCE 2
/* Of answers that the edges have yet to take; one may go beyond. */
#define OPENING_BYTES ((size_t)1 << 20)
/* How soon to look again whether they have. */
#define LOOK_MS 1

bool reading_room(const struct mu_hub *hub)
{
	return atomic_load_explicit(&hub->opening_bytes, memory_order_relaxed) < OPENING_BYTES;
}

static struct waiting *take_first(struct room *room)
{
	struct waiting *first = room->waiters;

	room->waiters = first->next;
	if (!room->waiters)
		room->last_waiter = NULL;
	mu_metrics_add(room->hub->metrics, MU_METRIC_SESSIONS_WAITING, -1);
	return first;
}

/* Where the one begins who missed most of those who wait with it. */
static int64_t earliest(const struct room *room, const struct waiting *waiting)
{
	int64_t seq = waiting->after_seq;

	for (const struct waiting *other = room->waiters; other && !waiting->alone; other = other->next)
		if (!other->alone && other->after_seq >= 0 && other->after_seq < seq)
			seq = other->after_seq;
	return seq;
}

static bool submit(struct room *room, const struct waiting *waiting)
{
	const struct mu_config *config = room->hub->config;
	struct mu_job *job = mu_job_create(MU_JOB_READ, room->id);
	struct mu_conn *owner = job ? mu_arena_alloc(&job->arena, sizeof(*owner)) : NULL;

	if (!owner) {
		mu_job_destroy(job);
		return false;
	}
	*owner = waiting->conn;
	job->owner = owner;
	job->after_seq = earliest(room, waiting);
	job->limit = config->replay_limit + 1;
	job->limit_bytes = (size_t)config->replay_bytes;
	room->hub->reads_out++;
	hub_submit(room->hub, job);
	return true;
}

/* Its session, if it is still the one that waits. */
static struct session *session_of(const struct room *room, const struct waiting *waiting)
{
	struct session *session = session_find(room->hub, waiting->conn);

	return session && session->opening && session->resume_seq == waiting->after_seq ? session : NULL;
}

static bool needs_read(const struct room *room, const struct waiting *waiting)
{
	return room->state == ROOM_READY && waiting->after_seq >= 0 &&
	       !recent_reaches(room, waiting->after_seq);
}

static void to_the_end(struct mu_hub *hub, struct room *room)
{
	DL_DELETE2(hub->reading, room, prev_reading, next_reading);
	if (room->waiters)
		DL_APPEND2(hub->reading, room, prev_reading, next_reading);
}

/* The first of a room goes on; false if they can't yet. */
static bool first_goes(struct room *room)
{
	struct mu_hub *hub = room->hub;
	struct session *session = session_of(room, room->waiters);
	const bool reads = session && needs_read(room, room->waiters);

	if (session && (reads ? hub->reads_out == READS_AT_ONCE : !reading_room(hub)))
		return false;
	struct waiting *waiting = take_first(room);
	to_the_end(hub, room);
	if (session)
		mu_metrics_observe(hub->metrics, MU_METRIC_SESSION_WAIT_SECONDS,
				   (hub->now.mono_ms - waiting->since_ms) * 1000);
	if (session && !(reads && submit(room, waiting)))
		resume_go(session);
	free(waiting);
	return true;
}

void reading_turn(struct mu_hub *hub)
{
	struct room *stuck = NULL; /* the first one of those that are, in a row */

	while (hub->reading && hub->reading != stuck && !atomic_load(&hub->stopping)) {
		struct room *room = hub->reading;
		if (first_goes(room)) {
			stuck = NULL;
			continue;
		}
		to_the_end(hub, room);
		stuck = stuck ? stuck : room;
	}
	if (hub->reading && !reading_room(hub))
		mu_timer_set(&hub->wheel, &hub->opening, hub->now.mono_ms + LOOK_MS);
}

enum mu_err reading_ask(struct room *room, const struct mu_conn *conn, int64_t after_seq, bool alone)
{
	struct waiting *waiting = malloc(sizeof(*waiting));

	if (!waiting)
		return MU_NO_MEMORY;
	*waiting = (struct waiting){
		.conn = *conn, .since_ms = room->hub->now.mono_ms, .after_seq = after_seq, .alone = alone
	};
	mu_metrics_add(room->hub->metrics, MU_METRIC_SESSIONS_WAITING, 1);
	if (room->waiters) {
		room->last_waiter->next = waiting;
	} else {
		room->waiters = waiting;
		DL_APPEND2(room->hub->reading, room, prev_reading, next_reading);
	}
	room->last_waiter = waiting;
	return MU_OK;
}

void reading_done(struct mu_hub *hub)
{
	hub->reads_out--;
}

void reading_forget(struct room *room)
{
	if (!room->waiters)
		return;
	DL_DELETE2(room->hub->reading, room, prev_reading, next_reading);
	while (room->waiters)
		free(take_first(room));
}
