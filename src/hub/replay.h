/* The memory of recent events, and what is replayed from it or from the log; see replay.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_REPLAY_H
#define MUSTER_HUB_REPLAY_H

#include "telling.h"
#include "muster/store/worker.h"

struct room;

/* A committed event, kept encoded for those who come back soon. */
struct recent {
	int64_t seq, at_ms;
	struct mu_frame *full, *brief; /* both NULL: log only */
	char *audience;
};

/* Keep an event that is durable now; what is told of it stays the caller's. */
void recent_add(struct room *room, int64_t seq, int64_t at_ms, const struct telling *telling);
/* Keep rows of the log, too, that come right before what is kept: the last ones, as far as there is room. */
void recent_extend(struct room *room, const struct mu_row *rows, size_t n);
/* Forget them; those that are kept begin after this sequence. */
void recent_clear(struct room *room, int64_t seq);
/* Whether all events after `seq` are in memory. */
bool recent_reaches(const struct room *room, int64_t seq);

/* Frames to be replayed, oldest first. */
struct replay {
	struct mu_frame **v;
	size_t n, cap;
	bool failed; /* memory is out, or an event can't be read: it isn't whole */
};

/* Gather what was committed after a sequence and meets the topics: from memory, up to what is durable (see
 * recent_reaches), or from rows that were read from the log, which may begin earlier. */
void replay_recent(const struct room *room, int64_t after_seq, const struct mu_strs *topics,
		   struct replay *replay);
void replay_rows(const struct room *room, const struct mu_job *job, int64_t after_seq,
		 const struct mu_strs *topics, struct replay *replay);
void replay_finish(struct replay *replay);

#endif
