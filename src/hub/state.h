/* A workspace as the store keeps it, and back; see state.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_STATE_H
#define MUSTER_HUB_STATE_H

#include "muster/model/workspace.h"
#include "muster/store/worker.h"

/* Put the state as it is now into a job that keeps it. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err state_snapshot(const struct mu_workspace *ws, struct mu_job *job);
/* Make a workspace of what a job has read; the caller's to destroy.
 * Errors: MU_CONFLICT and those of the codec (the log is damaged), MU_NO_MEMORY. */
MU_MUST enum mu_err state_rebuild(const struct mu_job *job, const char *id, struct mu_workspace **ret_ws);

#endif
