/* What happened to people, as the log has it.
 * Invariant: as with the audit log the hub doesn't wait for the store. A long time is read piece by piece,
 * with everybody else's work in between; each piece is asked for as whoever asks may do then. Thread: hub. */
#include "history.h"

#include "audit.h"
#include "host.h"
#include "request.h"
#include "room.h"
#include "turn.h"

/* The queries as the job's own; their types are constant. */
static enum mu_err take_queries(struct mu_job *job, const struct mu_history_query *queries, size_t n)
{
	struct mu_history_query *own = mu_arena_alloc(&job->arena, n * sizeof(*own));

	if (!own)
		return MU_NO_MEMORY;
	for (size_t i = 0; i < n; i++) {
		own[i] = queries[i];
		own[i].about = mu_arena_strdup(&job->arena, queries[i].about);
		if (!own[i].about)
			return MU_NO_MEMORY;
	}
	job->history = (struct mu_history_reading){ .queries = own, .n_queries = n };
	return MU_OK;
}

enum mu_err host_history(struct mu_call *call, const struct mu_history_query *queries, size_t n,
			 int64_t limit)
{
	struct request *request = call_request(call);
	struct mu_job *job = mu_job_create(MU_JOB_HISTORY, request->room->id);

	if (!job || take_queries(job, queries, n)) {
		mu_job_destroy(job);
		return MU_NO_MEMORY;
	}
	job->owner = request;
	job->limit = limit;
	mu_job_destroy(request->job); /* the piece before */
	request->job = NULL;
	call->history = NULL;
	request->room->n_working++; /* it stays, whatever happens to it */
	hub_submit(request->hub, job);
	return MU_DEFERRED;
}

void history_read(struct mu_hub *hub, struct mu_job *job)
{
	struct request *request = job->owner;

	request->call.history = &job->history;
	audit_read(hub, job);
}
