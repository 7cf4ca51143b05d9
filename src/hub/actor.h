/* Who somebody is and what they may, as the workspace is now: the one place where a proof becomes rights, for
 * requests and for live sessions alike; see actor.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_ACTOR_H
#define MUSTER_HUB_ACTOR_H

#include "muster/api/api.h"

struct session;

/* The actor behind an identity; without json, and for a user who was deactivated as well. Borrowed.
 * Errors: MU_NOT_FOUND (gone). */
MU_MUST enum mu_err actor_find(const struct mu_workspace *ws, enum mu_identity_kind kind, const char *subject,
			       bool by_password, struct mu_actor *ret_actor);
/* The same of a live session. */
MU_MUST enum mu_err actor_of_session(const struct session *session, struct mu_actor *ret_actor);

/* All topics that an actor holds; none for somebody who was deactivated. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err actor_topics(const struct mu_workspace *ws, const struct mu_actor *actor,
				 struct mu_arena *arena, struct mu_strs *ret_topics);

#endif
