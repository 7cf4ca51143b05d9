/* The dashboard: how many people are what, what they have to do and what waits, in numbers; see dashboard.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_DASHBOARD_H
#define MUSTER_HUB_DASHBOARD_H

#include "muster/api/api.h"

struct dashboard;
struct room;

/* See struct mu_host. */
enum mu_err host_dashboard(struct mu_call *call);
/* Tell who may see the dashboard what has changed of it, if it is time. */
void dashboard_flush(struct room *room);
/* Forget what was told. */
void dashboard_drop(struct room *room);

#endif
