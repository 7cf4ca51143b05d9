/* The audit log in the hub: pages of it are read by the store's thread, and what is new is told.
 * Thread: hub. */
#ifndef MUSTER_HUB_AUDIT_H
#define MUSTER_HUB_AUDIT_H

#include "muster/api/api.h"

struct mu_hub;
struct mu_job;
struct room;

/* See struct mu_host. */
enum mu_err host_audit(struct mu_call *call, const struct mu_audit_query *query,
		       const struct mu_row **ret_rows, size_t *ret_n);
void audit_read(struct mu_hub *hub, struct mu_job *job);

/* Tell those who may see the audit log what rows that are durable now added to it; of many only that there is
 * more. */
void audit_tell(struct room *room, const struct mu_row *rows, size_t n_rows);

#endif
