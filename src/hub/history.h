/* What happened to people, as the log has it: read by the store's thread.
 * Thread: hub. */
#ifndef MUSTER_HUB_HISTORY_H
#define MUSTER_HUB_HISTORY_H

#include "muster/api/api.h"

struct mu_hub;
struct mu_job;

/* See struct mu_host. */
enum mu_err host_history(struct mu_call *call, const struct mu_history_query *queries, size_t n,
			 int64_t limit);
void history_read(struct mu_hub *hub, struct mu_job *job);

#endif
