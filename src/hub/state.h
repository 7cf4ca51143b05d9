/* A workspace as the store keeps it, and back; see state.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_STATE_H
#define MUSTER_HUB_STATE_H

#include "muster/model/workspace.h"
#include "muster/store/worker.h"

/* Have a job that loads a log make a workspace of it, that keeps resolved conversations so long. Its errors
 * then may also be MU_CONFLICT and those of the codec (the log is damaged). */
void state_load(struct mu_job *job, int64_t resolved_keep_ms);
/* What it made, the caller's to destroy; NULL: nothing. */
struct mu_workspace *state_take(struct mu_job *job);
/* Have a job that rebuilds make a snapshot of what it read, as state_load would have made the workspace; it
 * ends with MU_GONE soon after `halt` is set. */
void state_condense(struct mu_job *job, int64_t resolved_keep_ms, const atomic_bool *halt);
/* A job that keeps this snapshot; NULL: memory is out. */
struct mu_job *state_condensed(struct mu_job *job);

#endif
