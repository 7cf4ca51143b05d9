/* Topics of a room that live sessions hold, as numbers for the edges; and casting to them.
 * Thread: hub. */
#ifndef MUSTER_HUB_TOPICS_H
#define MUSTER_HUB_TOPICS_H

#include "muster/base/hash.h"
#include "muster/base/mem.h"
#include "muster/wire/port.h"

struct room;
struct session;
struct telling;

/* Topics of one person: sessions join these themselves. */
enum { OWN_USER, OWN_CONVERSATIONS, OWN_TOPICS };

/* A name that somebody holds. A person's own topics and those of presence views are joined by sessions
 * themselves; all others are reached through the groups that hold them. */
struct topic {
	UT_hash_handle hh;
	uint32_t id;
	uint32_t refs;
	struct group **groups;
	size_t n_groups;
	char name[];
};

/* Sessions that hold the same topics, but for their person's own: agents of one team, say. A session joins
 * one group instead of its forty topics. */
struct group {
	UT_hash_handle hh;
	char *key; /* the names, one a line */
	uint32_t id;
	uint32_t cast; /* the last cast that it was counted into */
	size_t sessions;
	struct topic **topics;
	size_t n;
};

/* Free a group that no session is in. */
void group_drop(struct room *room, struct group *group);
/* A topic by name, with a reference for the caller; NULL when memory is out. */
struct topic *topic_ref(struct room *room, const char *name);
void topic_unref(struct room *room, struct topic *topic);
/* The session holds exactly these topics from now on. False when memory is out: the session has ended and is
 * freed. */
bool topics_replace(struct session *session, const struct mu_strs *names);
/* Whether the session holds a topic (not its person's own) as it was last told. */
bool topics_holds(const struct session *session, const char *name);
/* Nothing is cast to the session any more. */
void topics_mute(struct session *session);
/* It holds none any more; the edge is not told: the connection ends. */
void topics_leave(struct session *session);
/* Have the edge join and leave a number for a session; 0: none. When memory is out the connection is cut
 * instead: a session that can't be told what it may hear hears nothing. */
void topics_send(struct session *session, uint32_t join, uint32_t leave);
/* Tell all who hold one of its topics, each in one form; unless it is personal, also who views as a person
 * among them. False when memory is out: some or all weren't told. If it is durable all live sessions end
 * then, to come back for it. */
bool topics_cast(struct room *room, const struct telling *telling, enum mu_class class, bool personal);
/* Whether a live session holds the topic. */
bool topics_heard(const struct room *room, const char *name);
/* Tell all who hold this one. False when memory is out: some or all weren't told, and no session ends. */
bool topic_cast(struct room *room, struct mu_frame *frame, enum mu_class class, const struct topic *topic);

#endif
