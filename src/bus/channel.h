/* A workspace that this node joined: where it is listened to, and what each node said last.
 * Thread: the loop's. */
#ifndef MUSTER_BUS_CHANNEL_H
#define MUSTER_BUS_CHANNEL_H

#include "letter.h"
#include "place.h"

#include "muster/base/hash.h"

#define CHANNEL_PREFIX "muster:w:"
#define CHANNEL_WORKSPACE_MAX 128 /* bytes of a workspace's name */
#define CHANNEL_TOPIC_MAX (sizeof(CHANNEL_PREFIX) + CHANNEL_WORKSPACE_MAX)

struct channel {
	UT_hash_handle hh;     /* by workspace */
	size_t n;              /* servers: 2, or 1 if there is but one */
	size_t at[2];          /* which of them, the first choice first */
	uint64_t servers;      /* the same as a set */
	uint64_t question[2];  /* what was asked last there, 0: nothing */
	bool listens[2];       /* and was answered */
	bool reaches;          /* as it was told */
	struct mark *marks;    /* by node */
	const char *workspace; /* the end of the topic */
	char topic[CHANNEL_TOPIC_MAX];
};

/* For one message: nothing of it needs to be freed, and it must not move. False if the name is too long. */
bool channel_init(struct channel *channel, const struct places *places, const char *workspace);
/* NULL when memory is out or the name too long. */
struct channel *channel_create(const struct places *places, const char *workspace);
void channel_destroy(struct channel *channel); /* accepts NULL */

/* A word of another node: MU_OK if nothing of that node is newer, and it is noted; else MU_CONFLICT (it is
 * the last one again) or MU_GONE (an earlier one); or MU_NO_MEMORY. */
MU_MUST enum mu_err channel_note(struct channel *channel, const struct letter *letter);

/* Whether all hear what is said and we hear all, when the servers in the set `proven` work. */
bool channel_should_reach(const struct channel *channel, uint64_t proven);

#endif
