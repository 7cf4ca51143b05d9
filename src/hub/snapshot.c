/* Snapshots are made of the log, not of what is in memory: of the one before and the events after it. So the
 * hub needn't stand still for them, and each proves that its workspace can be read again.
 * Invariant: one is under way at a time, for a workspace in whole is held twice meanwhile. One that fails is
 * tried again when as many events have come as between two of them: each costs a look at everything. A hub
 * that stops doesn't wait for one.
 * Thread: hub; they are made in a thread of the store. */
#include "snapshot.h"

#include "room.h"
#include "state.h"
#include "turn.h"
#include "muster/base/log.h"

#include <string.h>

/* One of up to this size costs little; beyond it, as much as an event for each so many bytes. */
#define CHEAP_BYTES ((size_t)1 << 20)
#define EVENT_BYTES 256

int64_t snapshot_interval(int64_t every, size_t bytes)
{
	const int64_t grown = bytes > CHEAP_BYTES ? (int64_t)((bytes - CHEAP_BYTES) / EVENT_BYTES) : 0;

	return grown > every ? grown : every;
}

void snapshot_look(struct room *room)
{
	struct mu_hub *hub = room->hub;
	const int64_t interval = snapshot_interval(hub->config->snapshot_every, room->snapshot_bytes);
	struct mu_job *job;

	if (hub->snapshotting || room->durable_seq - room->snapshot_seq < interval)
		return;
	room->snapshot_seq = room->durable_seq;
	job = mu_job_create(MU_JOB_REBUILD, room->id);
	if (!job)
		return;
	state_condense(job, hub->config->resolved_keep_ms, &hub->stopping);
	hub->snapshotting = true;
	hub_submit(hub, job);
}

static void finish(struct mu_hub *hub, struct mu_job *job, enum mu_err err)
{
	if (err && !atomic_load(&hub->stopping))
		mu_log(MU_LOG_ERROR, "hub", "a snapshot isn't made", MU_KS("workspace", job->workspace),
		       MU_KS("error", mu_err_info(err)->kind));
	mu_job_destroy(job);
	hub->snapshotting = false;
}

void snapshot_made(struct mu_hub *hub, struct mu_job *job)
{
	struct mu_job *put = job->err ? NULL : state_condensed(job);
	struct room *room = room_find(hub, job->workspace);

	if (!put) {
		finish(hub, job, job->err ? job->err : MU_NO_MEMORY);
		return;
	}
	if (room)
		room->snapshot_bytes = strlen(put->snapshot);
	mu_job_destroy(job);
	hub_submit(hub, put);
}

void snapshot_kept(struct mu_hub *hub, struct mu_job *job)
{
	finish(hub, job, job->err);
}
