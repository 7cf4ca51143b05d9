/* Who of this edge's sessions listens to what: topic → members, with joining, leaving and finding in
 * constant time. Members are numbers (slots of connections); each member owns a struct mu_joined that says
 * where it stands.
 * Thread: one owner. */
#ifndef MU_EDGE_TOPICS_H
#define MU_EDGE_TOPICS_H

#include "muster/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct mu_topic_member {
	uint32_t slot;
	uint32_t at; /* index in the member's struct mu_joined */
};

struct mu_topic {
	uint32_t id;
	uint32_t n, cap;
	struct mu_topic_member *members;
};

struct mu_membership {
	struct mu_topic *topic;
	uint32_t at; /* index in the topic's members */
};

/* What one member joined. Zero-initialised is empty. */
struct mu_joined {
	struct mu_membership *v;
	uint32_t n, cap;
};

struct mu_topics {
	struct mu_topic **table; /* open addressing, linear probing; NULL: free */
	uint32_t cap, n;
	struct mu_joined *(*joined)(void *arg, uint32_t slot); /* finds the struct of a member */
	void *arg;
};

void mu_topics_init(struct mu_topics *topics, struct mu_joined *(*joined)(void *arg, uint32_t slot),
		    void *arg);
void mu_topics_finish(struct mu_topics *topics); /* members must have left, or be finished without leaving */

/* Joining twice is joining once; leaving what was not joined does nothing.
 * Errors: MU_NO_MEMORY, nothing changed. */
MU_MUST enum mu_err mu_topics_join(struct mu_topics *topics, uint32_t slot, uint32_t id);
void mu_topics_leave(struct mu_topics *topics, uint32_t slot, uint32_t id);
void mu_topics_leave_all(struct mu_topics *topics,
			 uint32_t slot); /* frees the member's struct mu_joined as well */

/* Whether a member joined the topic. */
bool mu_topics_joined(const struct mu_joined *joined, uint32_t id);

/* The members of a topic, or NULL if nobody joined it. Good until the next join or leave. */
const struct mu_topic *mu_topics_find(const struct mu_topics *topics, uint32_t id);

#endif
