/* A workspace as the store keeps it, and back; see state.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_STATE_H
#define MUSTER_HUB_STATE_H

#include "muster/model/workspace.h"
#include "muster/store/worker.h"

/* Put the state as it is now into a job that keeps it. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err state_snapshot(const struct mu_workspace *ws, struct mu_job *job);
/* Have a job that loads a log make a workspace of it, that keeps resolved conversations so long. Its errors
 * then may also be MU_CONFLICT and those of the codec (the log is damaged). */
void state_load(struct mu_job *job, int64_t resolved_keep_ms);
/* What it made, the caller's to destroy; NULL: nothing. */
struct mu_workspace *state_take(struct mu_job *job);

#endif
