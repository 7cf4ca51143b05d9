/* Who sees whom, and what they are sent; see view.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_VIEW_H
#define MUSTER_HUB_VIEW_H

#include "scope.h"
#include "muster/model/presence.h"

struct room;
struct session;
struct topic;

/* What a watch comes down to: the people that some sessions may and want to see. Sessions with the same scope
 * share one view, its frames and its snapshot. */
struct view {
	UT_hash_handle hh;
	char *key; /* canonical text of kind, counts and names */
	enum view_kind kind;
	bool counts;          /* numbers only */
	struct mu_strs names; /* teams or users, sorted */
	struct topic *topic;
	size_t numbers[MU_OFFLINE + 1]; /* counts: people by base status as of `version` */
	size_t sessions;
	int64_t version;        /* of the last difference that was sent */
	struct mu_strs down;    /* no longer seen, to be told with the next difference */
	bool torn;              /* a difference is missing: the next one says so */
	struct mu_buf snapshot; /* encoded people as of `version`; empty: to be made, or not shared */
};

/* Follow a scope from now on.
 * Errors: MU_NOT_FOUND, MU_INVALID_PARAMS, MU_NO_MEMORY; it then follows what it
 * did. */
enum mu_err view_join(struct session *session, json_t *scope, struct mu_fault *fault);
/* Write what an actor sees of a scope, once. */
enum mu_err view_peek(struct room *room, const struct mu_actor *actor, const json_t *scope,
		      struct mu_buf *out, struct mu_fault *fault);
/* Watch nobody from now on. */
void view_leave(struct session *session);
/* Whether a person is seen in the view, as teams are now. */
bool view_sees(const struct room *room, const struct view *view, const struct mu_person *person);
/* Send what changed since the last difference to the sessions of the view, if any of it is theirs to see. */
void view_diff(struct room *room, struct view *view, struct mu_person *const *changed, size_t n);
/* "version":…,"users":[…] or "counts"; a NULL view is that of who watches nobody. */
void view_write(struct room *room, struct view *view, struct mu_buf *out);
/* A person of these teams is gone, or has left a team: whose view no longer holds them is told with the next
 * difference. */
void view_gone(struct room *room, const char *user, const struct mu_strs *teams);
void view_left_team(struct room *room, const char *user, const char *team);
/* Tell a session whose view has changed to take a fresh snapshot: a difference that follows on nothing. When
 * memory is out the connection is cut instead. */
void view_gap(struct session *session);
/* Free a view that no session holds. */
void view_drop(struct room *room, struct view *view);

#endif
