/* The audit log in the hub.
 * Invariant: it is looked at in the store, never in memory, and the hub doesn't wait for that: the command is
 * run again when the rows are there, as whoever asks may do then.
 * Thread: hub. */
#include "audit.h"

#include "host.h"
#include "request.h"
#include "room.h"
#include "telling.h"
#include "topics.h"
#include "turn.h"
#include "muster/api/audit.h"

#define TOLD_MOST 100 /* items; whoever follows the log asks for more themselves */

static const char *const audience = "may/audit.view";

enum mu_err host_audit(struct mu_call *call, const struct mu_audit_query *query,
		       const struct mu_row **ret_rows, size_t *ret_n)
{
	struct request *request = call_request(call);
	struct mu_job *job = request->job;

	if (job) {
		*ret_rows = job->rows;
		*ret_n = job->n_rows;
		return MU_OK;
	}
	job = mu_job_create(MU_JOB_AUDIT, request->room->id);
	if (!job)
		return MU_NO_MEMORY;
	job->owner = request;
	job->audit = *query;
	job->audit.user = mu_arena_strdup(&job->arena, query->user);
	job->audit.action = mu_arena_strdup(&job->arena, query->action);
	if ((query->user && !job->audit.user) || (query->action && !job->audit.action)) {
		mu_job_destroy(job);
		return MU_NO_MEMORY;
	}
	request->room->n_working++; /* it stays, whatever happens to it */
	hub_submit(request->hub, job);
	return MU_DEFERRED;
}

void audit_read(struct mu_hub *hub, struct mu_job *job)
{
	struct request *request = job->owner;

	(void)hub;
	request->room->n_working--;
	request->job = job;
	if (job->err) {
		request->fault = job->fault;
		request_answer(request, job->err, NULL);
	} else {
		request_run(request);
	}
}

/* Never left out for a slow reader, who could not know that there is a gap. */
static void tell(struct room *room, const struct mu_buf *data)
{
	const struct mu_event event = { .name = "audit.appended",
					.at_ms = room->hub->now.wall_ms,
					.actor = MU_ACTOR_SYSTEM };
	AUTO_FRAME struct mu_frame *frame = NULL;

	if (!mu_buf_error(data) && !event_frame(room, &event, mu_buf_text(data), &frame))
		topics_cast(room, &(struct telling){ .full = frame, .audience = audience }, MU_CLASS_DURABLE,
			    false);
}

void audit_tell(struct room *room, const struct mu_row *rows, size_t n_rows)
{
	AUTO_BUF struct mu_buf data = { 0 };
	size_t n = 0;

	if (!topics_heard(room, audience))
		return;
	mu_buf_str(&data, "{\"items\":[");
	for (size_t i = 0; i < n_rows && n <= TOLD_MOST; i++) {
		if (!rows[i].action)
			continue;
		if (n++)
			mu_buf_char(&data, ',');
		mu_audit_write(&rows[i], &data);
	}
	if (n > TOLD_MOST) {
		mu_buf_reset(&data);
		mu_buf_str(&data, "{\"items\":[],\"more\":true}");
	} else {
		mu_buf_str(&data, "]}");
	}
	if (n)
		tell(room, &data);
}
