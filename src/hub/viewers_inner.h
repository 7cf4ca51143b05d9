/* What the files of viewers.h share: who looks at what. Private to them.
 * Thread: hub. */
#ifndef MUSTER_HUB_VIEWERS_INNER_H
#define MUSTER_HUB_VIEWERS_INNER_H

#include "muster/base/buf.h"
#include "muster/base/hash.h"
#include "muster/base/row.h"

struct room;
struct session;

/* One session's look at a conversation. */
struct look {
	struct look *prev, *next;             /* of the viewer */
	struct look *prev_own, *next_own;     /* of who looks */
	struct look *prev_typed, *next_typed; /* of the room, the one that ends first comes first */
	struct looker *looker;
	struct viewer *viewer;
	int64_t typing_until_ms; /* mono; 0: doesn't type */
};

struct viewer {
	struct viewer *prev, *next; /* of the conversation */
	struct watched *watched;
	struct look *looks;
	bool told, told_typing; /* what others were told last */
	char user[MU_ID_MAX + 1];
};

struct watched {
	UT_hash_handle hh;
	struct viewer *viewers;
	struct watched *next_changed;
	bool changed;   /* in the room's list of those to be looked at in the next flush */
	char *audience; /* who was told last; NULL: nobody */
	char id[];
};

/* It looks no more. */
void look_drop(struct look *look);

/* The people who view it (NULL: nobody does), as JSON. */
void watched_write(const struct room *room, const struct watched *watched, struct mu_buf *out);
/* Whether the viewer types in any tab. */
bool viewer_types(const struct viewer *viewer);
/* Tell what is new about a conversation's viewers to who may see it now, and forget who has gone; it may be
 * freed. */
void watched_settle(struct room *room, struct watched *watched);
/* The same without a word. */
void watched_forget(struct room *room, struct watched *watched);

#endif
