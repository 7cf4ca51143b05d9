/* How long people were what.
 * Invariant: the spans that were given, and what holds now, cover the time from its beginning without gaps or
 * overlaps.
 * Thread: any; pure. */
#include "muster/model/history.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)
#define CLOCKS_MS (27 * INT64_C(3600000)) /* no clock is further from UTC than this, and a bit */

/* ---- spans ---- */

void mu_history_init(struct mu_history *history, int64_t from_ms, int64_t to_ms,
		     void (*each)(void *arg, const struct mu_span *span), void *arg)
{
	*history = (struct mu_history){
		.to_ms = to_ms,
		.now = { .from_ms = from_ms, .base = MU_OFFLINE, .cause = MU_CAUSE_DISCONNECT },
		.each = each,
		.arg = arg
	};
	strcpy(history->now.status, mu_base_status_names[MU_OFFLINE]);
}

static void give_last(struct mu_history *history)
{
	if (history->last.to_ms > history->last.from_ms)
		history->each(history->arg, &history->last);
	history->last.to_ms = history->last.from_ms;
}

static bool same_state(const struct mu_span *a, const struct mu_span *b)
{
	return a->base == b->base && a->load == b->load && !strcmp(a->status, b->status);
}

/* What held until now is over. It goes on from the last span if nothing came in between but what lasted no
 * time.
 */
static void advance(struct mu_history *history, int64_t at_ms)
{
	struct mu_span *now = &history->now, *last = &history->last;

	now->to_ms = at_ms < history->to_ms ? at_ms : history->to_ms;
	if (now->to_ms <= now->from_ms)
		return;
	if (last->to_ms > last->from_ms && same_state(now, last)) {
		last->to_ms = now->to_ms;
	} else {
		give_last(history);
		*last = *now;
	}
	now->from_ms = now->to_ms;
}

void mu_history_status(struct mu_history *history, int64_t at_ms, const char *status,
		       enum mu_base_status base, enum mu_cause cause)
{
	struct mu_span *now = &history->now;

	if (base == MU_OFFLINE) {
		status = mu_base_status_names[MU_OFFLINE];
		cause = MU_CAUSE_DISCONNECT;
	}
	if (base == now->base && !strcmp(status, now->status))
		return;
	advance(history, at_ms);
	snprintf(now->status, sizeof(now->status), "%s", status);
	now->base = base;
	now->cause = cause;
}

void mu_history_load(struct mu_history *history, int64_t at_ms, int64_t load)
{
	if (load == history->now.load)
		return;
	advance(history, at_ms);
	history->now.load = load;
}

void mu_history_finish(struct mu_history *history)
{
	advance(history, history->to_ms);
	give_last(history);
}

/* ---- sums ---- */

static struct mu_status_sum *status_sum(struct mu_sum *sum, const struct mu_span *span,
					struct mu_arena *arena)
{
	for (size_t i = 0; i < sum->n_statuses; i++) {
		struct mu_status_sum *status = &sum->statuses[i];

		if (status->base == span->base && !strcmp(status->status, span->status))
			return status;
	}

	struct mu_status_sum *grown = mu_arena_alloc(arena, (sum->n_statuses + 1) * sizeof(*grown));
	const char *name = mu_arena_strdup(arena, span->status);

	if (!grown || !name)
		return NULL;
	if (sum->n_statuses)
		memcpy(grown, sum->statuses, sum->n_statuses * sizeof(*grown));
	sum->statuses = grown;
	grown[sum->n_statuses] = (struct mu_status_sum){ .status = name, .base = span->base };
	return &grown[sum->n_statuses++];
}

static enum mu_err sum_add(struct mu_sum *sum, const struct mu_span *span, int64_t duration_ms,
			   struct mu_arena *arena)
{
	struct mu_status_sum *status = status_sum(sum, span, arena);

	if (!status)
		return MU_NO_MEMORY;
	status->duration_ms += duration_ms;
	sum->total_ms += duration_ms;
	if (span->base != MU_OFFLINE) {
		sum->present_ms += duration_ms;
		sum->load_ms += span->load * duration_ms;
	}
	if (span->load > sum->load_largest)
		sum->load_largest = span->load;
	return MU_OK;
}

enum mu_err mu_sums_add(struct mu_sum *sums, size_t n, const struct mu_span *span, struct mu_arena *arena)
{
	enum mu_err err = MU_OK;

	for (size_t i = 0; !err && i < n && sums[i].from_ms < span->to_ms; i++) {
		int64_t from_ms = span->from_ms > sums[i].from_ms ? span->from_ms : sums[i].from_ms;
		int64_t to_ms = span->to_ms < sums[i].to_ms ? span->to_ms : sums[i].to_ms;

		if (from_ms < to_ms)
			err = sum_add(&sums[i], span, to_ms - from_ms, arena);
	}
	return err;
}

struct mu_sum *mu_sums_at(struct mu_sum *sums, size_t n, int64_t wall_ms)
{
	for (size_t i = 0; i < n; i++)
		if (sums[i].from_ms <= wall_ms && wall_ms < sums[i].to_ms)
			return &sums[i];
	return NULL;
}

/* ---- days ---- */

/* What the calendar there says, which for an hour may be the day before once more. */
static int64_t local_day(struct mu_zone *zone, int64_t wall_ms)
{
	int64_t local_ms = wall_ms + INT64_C(1000) * mu_zone_offset_s(zone, wall_ms);

	return local_ms / DAY_MS - (local_ms % DAY_MS < 0);
}

int64_t mu_day_start_ms(struct mu_zone *zone, int64_t day)
{
	int64_t before_ms = day * DAY_MS - CLOCKS_MS, start_ms = day * DAY_MS + CLOCKS_MS;

	while (start_ms - before_ms > 1) {
		int64_t middle_ms = before_ms + (start_ms - before_ms) / 2;

		if (local_day(zone, middle_ms) < day)
			before_ms = middle_ms;
		else
			start_ms = middle_ms;
	}
	return start_ms;
}

int64_t mu_day_of(struct mu_zone *zone, int64_t wall_ms)
{
	int64_t day = local_day(zone, wall_ms);

	if (wall_ms < mu_day_start_ms(zone, day))
		return day - 1;
	return wall_ms < mu_day_start_ms(zone, day + 1) ? day : day + 1;
}

void mu_day_text(int64_t day, char text[static MU_DAY_TEXT])
{
	const time_t midnight = (time_t)(day * (DAY_MS / 1000));
	struct tm parts;

	gmtime_r(&midnight, &parts);
	strftime(text, MU_DAY_TEXT, "%Y-%m-%d", &parts);
}
