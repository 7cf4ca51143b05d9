/* The history of presence on its way: history.c finds out what is to be read, history_read.c reads it,
 * history_write.c says how it looks. Private to the api.
 * Thread: hub. */
#ifndef MUSTER_API_HISTORY_H
#define MUSTER_API_HISTORY_H

#include "muster/api/api.h"
#include "muster/model/history.h"

#define HISTORY_AT_ONCE 64 /* people whose rows are asked for together */

enum { BY_INTERVAL, BY_DAY, BY_TOTAL };
enum { OF_USER, OF_TEAM };

/* One person's rows to be read, and the sums that they go into. */
struct task {
	struct task *next;
	const char *user;
	int64_t from_ms, to_ms;
	size_t first, n; /* of report->sums */
};

struct report {
	struct mu_call *call;
	int by, of;
	int64_t from_ms, to_ms;
	size_t limit, n; /* items */
	const char *next;
	bool full;   /* no more is to be read for this page */
	size_t rows; /* that were read for it */
	struct mu_sum *sums;
	const char **ids;          /* whose they are */
	struct task *tasks, *last; /* the first one is being read */
	struct mu_history history; /* of the first one */
	int64_t after_at_ms, after_seq;
	struct mu_history_query queries[HISTORY_AT_ONCE];
	enum mu_err err;
};

/* ---- history_read.c ---- */

/* Where the next page begins; see struct place in history.c. */
void history_next(struct report *report, int64_t number, const char *id);
/* Begin with the first of the report's tasks. */
void history_begin(struct report *report);
/* Take in what was read. */
void history_fold(struct report *report, const struct mu_history_reading *history);
/* Ask for what is to be read next, of tasks that are there. Errors: as mu_host's history. */
MU_MUST enum mu_err history_ask(struct report *report);

/* ---- history_write.c ---- */

/* The answer up to its first item. */
void history_write_head(int64_t from_ms, int64_t to_ms, const char *zone, struct mu_buf *out);
/* INTERVAL; nothing if there is no such user any more. open: it had not ended. */
void history_write_interval(const struct mu_workspace *ws, const char *user, const struct mu_span *span,
			    bool open, struct mu_buf *out);
/* SUM of a user or a team, of one day or of all the time; nothing if they are gone. */
void history_write_sum(const struct mu_workspace *ws, const char *id, bool of_team, bool of_day,
		       const struct mu_sum *sum, struct mu_buf *out);

#endif
