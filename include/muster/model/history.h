/* How long people were what: the times between changes of status and load, cut at the borders of days and
 * summed up. What goes in comes from the log, oldest first; what comes out covers the time that is asked for
 * without gaps. Thread: any; pure. */
#ifndef MUSTER_MODEL_HISTORY_H
#define MUSTER_MODEL_HISTORY_H

#include "muster/auth/identity.h"
#include "muster/base/zone.h"
#include "muster/model/presence.h"

/* A time in which nothing changed. */
struct mu_span {
	int64_t from_ms, to_ms;     /* never empty */
	char status[MU_ID_MAX + 1]; /* as others saw it: whoever was offline in whatever way, is "offline" */
	enum mu_base_status base;
	enum mu_cause cause; /* offline: DISCONNECT */
	int64_t load;
};

/* One person's time. Offline without load until something else is said. */
struct mu_history {
	int64_t to_ms;
	struct mu_span now; /* what holds since now.from_ms */
	struct mu_span
		last; /* the one before, until it is sure that it doesn't go on; empty: there is none */
	void (*each)(void *arg, const struct mu_span *span);
	void *arg;
};

/* `each` gets the spans from from_ms to to_ms, one after the other; two that follow each other differ. */
void mu_history_init(struct mu_history *history, int64_t from_ms, int64_t to_ms,
		     void (*each)(void *arg, const struct mu_span *span), void *arg);
/* From this time on it is so. What is said of before from_ms holds from then on; what is said out of order
 * holds from the one before on. */
void mu_history_status(struct mu_history *history, int64_t at_ms, const char *status,
		       enum mu_base_status base, enum mu_cause cause);
void mu_history_load(struct mu_history *history, int64_t at_ms, int64_t load);
/* Nothing more is known: what holds goes on to the end. */
void mu_history_finish(struct mu_history *history);

/* ---- sums ---- */

struct mu_status_sum {
	const char *status;
	enum mu_base_status base;
	int64_t duration_ms;
};

/* Of one or more people, from from_ms to to_ms. */
struct mu_sum {
	int64_t from_ms, to_ms;
	int64_t day;                    /* see mu_day_of; whoever cuts the time into days sets it */
	struct mu_status_sum *statuses; /* the arena's; in the order in which they were met */
	size_t n_statuses;
	int64_t total_ms;
	int64_t present_ms; /* of that: not offline */
	int64_t load_ms;    /* load times ms while present: divided by present_ms it is the average */
	int64_t load_largest;
	int64_t assigned; /* conversations that became theirs */
};

/* Add a span to those of n sums, which follow each other in time, that it overlaps. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err mu_sums_add(struct mu_sum *sums, size_t n, const struct mu_span *span,
				struct mu_arena *arena);

/* The one of n sums in whose time a moment falls, or NULL. */
struct mu_sum *mu_sums_at(struct mu_sum *sums, size_t n, int64_t wall_ms);

/* ---- days ---- */

/* The day of a time in a zone (NULL: UTC), counted from 1970-01-01. Days follow each other without gaps, also
 * where the clocks are set at midnight. */
int64_t mu_day_of(struct mu_zone *zone, int64_t wall_ms);
/* When a day begins there. */
int64_t mu_day_start_ms(struct mu_zone *zone, int64_t day);

#define MU_DAY_TEXT 16
/* "2026-03-29" */
void mu_day_text(int64_t day, char text[static MU_DAY_TEXT]);

#endif
