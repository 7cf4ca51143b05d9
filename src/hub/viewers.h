/* Who looks at a conversation and who types in it; see viewers.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_VIEWERS_H
#define MUSTER_HUB_VIEWERS_H

#include "muster/base/buf.h"
#include "muster/base/fault.h"
#include "muster/base/wheel.h"

struct look;
struct room;
struct session;

/* A session of this node or of another one, as it looks at conversations. */
struct looker {
	struct room *room;
	struct session *session; /* NULL: of another node, which says itself what ends */
	struct look *looks;
	size_t n;
};

/* The session of a person says that it views, or no longer views, a conversation that they may see.
 * Errors: MU_TOO_LARGE (it views too many already), MU_NO_MEMORY. */
MU_MUST enum mu_err viewers_view(struct session *session, const char *conversation, bool on,
				 struct mu_fault *fault);
/* The same of typing, which is viewing as well, and is over by itself unless it is said again. Errors: as
 * viewers_view. */
MU_MUST enum mu_err viewers_type(struct session *session, const char *conversation, bool on,
				 struct mu_fault *fault);
/* The people who view it now: [{"user":…,"name":…,"typing":…},…] */
void viewers_write(const struct room *room, const char *conversation, struct mu_buf *out);

/* The session ends. */
void viewers_leave(struct looker *looker);
/* A session of this person on another node does or doesn't view a conversation, and type in it. Errors:
 * MU_NO_MEMORY. */
MU_MUST enum mu_err viewers_hear(struct looker *looker, const char *user, const char *conversation, bool on,
				 bool typing);
/* Call `each` for all that it looks at. */
void viewers_each(const struct looker *looker, void (*each)(void *arg, const char *conversation, bool typing),
		  void *arg);
/* Who may see the conversation may have changed, or what the session may see: whoever may not see it any
 * more doesn't view it. */
void viewers_check(struct room *room, const char *conversation);
void viewers_check_session(struct session *session);
/* The end of a turn: tell what changed, if it is time to. */
void viewers_flush(struct room *room);
/* A room's viewers_timer. */
void viewers_due(struct mu_timer *timer, int64_t now_ms);
/* The room ends, and no session is left. */
void viewers_finish(struct room *room);

#endif
