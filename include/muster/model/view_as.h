/* Viewing as somebody else: who does, as whom and until when; events and rules.
 *
 * A view is of one person, or of a role: then of somebody made up who holds that role and is in no team. It
 * is started by a person and ends by itself when its time is over, when they sign out, when either of the two
 * is gone, or when who looks may no longer see what the other sees. Whatever ends it, the log has one
 * view_as.stopped for each view_as.started.
 * Thread: hub; rules answer MU_OK or a fault that says what to do, and change nothing. */
#ifndef MUSTER_MODEL_VIEW_AS_H
#define MUSTER_MODEL_VIEW_AS_H

#include "muster/base/fault.h"
#include "muster/model/event.h"

struct mu_view_as_started {
	char *view;
	char *by;
	char *user, *role; /* one of them */
	int64_t expires_at;
	char *token;       /* id of the token with which it was started */
	char *kid;         /* of the key that signed it */
	int64_t issued_at; /* of that token */
	bool by_password;  /* that token came from signing in with a password */
};

enum mu_view_end {
	MU_VIEW_STOPPED, /* by who looks */
	MU_VIEW_EXPIRED,
	MU_VIEW_REPLACED,   /* who looks began another one */
	MU_VIEW_SIGNED_OUT, /* the token with which it was started has ended */
	MU_VIEW_PERMISSION, /* who looks may no longer */
	MU_VIEW_GONE,       /* the person or the role is no longer there */
};
extern const char *const mu_view_end_names[];

struct mu_view_as_stopped {
	char *view;
	char *by;
	char *user, *role;
	int reason; /* enum mu_view_end */
};

/* Whether somebody may see the workspace as a person or a role: not the owner, nobody who may more than they
 * do, and not themself. Errors: MU_INVALID_PARAMS (not exactly one of both), MU_FORBIDDEN, MU_NOT_FOUND. */
MU_MUST enum mu_err mu_rule_view_as(const struct mu_workspace *ws, const struct mu_user *viewer,
				    const char *user, const char *role, struct mu_fault *ret_fault);

/* The person whose eyes a view lends, with their permissions of now; NULL: gone. Borrowed. */
const struct mu_user *mu_viewing_person(const struct mu_workspace *ws, struct mu_viewing *viewing);

/* Whether a view is over at wall time now_ms, and why. */
bool mu_viewing_over(const struct mu_workspace *ws, struct mu_viewing *viewing, int64_t now_ms,
		     enum mu_view_end *ret_reason);

/* What to say when it ends (texts are borrowed). */
struct mu_view_as_stopped mu_viewing_stopped(const struct mu_viewing *viewing, enum mu_view_end reason);

/* All topics that a view holds: those of the person, but as/<id> in place of user/<id>, which personal events
 * don't reach; of a role without own/<id>: nothing is theirs. Errors: MU_NO_MEMORY, MU_NOT_FOUND. */
MU_MUST enum mu_err mu_viewing_topics(const struct mu_workspace *ws, struct mu_viewing *viewing,
				      struct mu_arena *arena, struct mu_strs *ret_topics);

extern const struct mu_event_type mu_view_as_started_type, mu_view_as_stopped_type;

#endif
