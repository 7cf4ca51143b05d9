/* Opening a session and catching up; see resume.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_RESUME_H
#define MUSTER_HUB_RESUME_H

#include "muster/api/api.h"
#include "muster/store/worker.h"

struct mu_hub;
struct session;

enum mu_err host_open(struct mu_call *call);
void resume_read(struct mu_hub *hub, struct mu_job *job);
void resume_go(struct session *session);

#endif
