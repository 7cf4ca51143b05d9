/* Topics: the words in which an event says whom it concerns and a session says what it may hear. An event
 * reaches a session when the two sets meet, live and in a replay alike; so what somebody may hear is decided
 * by the topics they hold at the time of sending.
 *
 *   everyone              every session of the workspace
 *   user/<id>             all sessions of one person
 *   own/<id>              all sessions of one person while they may view conversations of their own; and who
 *                         views as them
 *   as/<id>               who views as that person: hears what they hear, but for what is personal
 *   team/<id>             members of a team
 *   role/<id>             holders of a role
 *   may/<permission>      holders of a permission
 *   team/<id>/may/<perm>  members of a team who hold a permission
 *
 * Thread: hub. */
#ifndef MUSTER_MODEL_AUDIENCE_H
#define MUSTER_MODEL_AUDIENCE_H

#include "muster/base/fault.h"
#include "muster/base/field.h"
#include "muster/model/workspace.h"

/* Append a topic, printf-style, of %s and nothing else, unless it is there. Errors: MU_NO_MEMORY. */
__attribute__((format(printf, 3, 4))) MU_MUST enum mu_err
mu_topic_add(struct mu_arena *arena, struct mu_strs *topics, const char *format, ...);

/* All topics that a user holds now. A deactivated user holds none. */
MU_MUST enum mu_err mu_user_topics(const struct mu_workspace *ws, const struct mu_user *user,
				   struct mu_arena *arena, struct mu_strs *ret_topics);
/* All topics that an API key holds: everyone and may/<scope>. */
MU_MUST enum mu_err mu_key_topics(const struct mu_workspace *ws, const struct mu_key *key,
				  struct mu_arena *arena, struct mu_strs *ret_topics);

/* Begins a topic in the text of an audience whose holders hear the brief form. */
#define MU_TOPIC_PARTING '~'

enum mu_meeting {
	MU_MEET_NOT,
	MU_MEET_BRIEFLY, /* only among those who part: they hear the brief form */
	MU_MEET_FULLY,
};

/* Whether two sets of topics meet. `audience` is text with a topic per line. */
enum mu_meeting mu_audience_meets(const char *audience, const struct mu_strs *topics);

/* An audience as callers write it: {"users":[…]}, {"teams":[…]}, {"roles":[…]}, {"permission":"…"},
 * {"everyone":true}, {"conversation":"…"}: who may see that one now. */
struct mu_audience {
	struct mu_strs users, teams, roles;
	char *permission, *conversation;
	bool everyone;
};
extern const struct mu_shape mu_audience_shape;

/* Check that all it names exists and that it names something; give its topics. Whether the caller may see the
 * conversation is not asked.
 * Errors: MU_INVALID_PARAMS (the fault lists what is wrong under audience.…), MU_NO_MEMORY. */
MU_MUST enum mu_err mu_audience_topics(const struct mu_workspace *ws, const struct mu_audience *audience,
				       size_t max, struct mu_arena *arena, struct mu_strs *ret_topics,
				       struct mu_fault *ret_fault);

#endif
