/* Business hours, compiled into windows of a local week.
 * Invariants: a window lies within one local day; windows and closed dates never change after creation,
 * the dates are sorted. Whether it is open hangs on the local reading of the clock alone, so an hour that
 * a zone repeats is open twice.
 * Thread: hub. */
#include "muster/model/schedule.h"

#include "muster/base/clock.h"

#include <stdio.h>
#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define DAY_MS (INT64_C(1440) * MINUTE_MS)
#define AHEAD_MS (8 * DAY_MS)
#define OPENINGS_MAX 64
#define CLOSED_MAX 400

static const struct mu_field opening_fields[] = {
	MU_FIELD(struct mu_opening, day, MU_INT, MU_REQUIRED, .min = 1, .max = 7,
		 .help = "Day of the week, 1 Monday to 7 Sunday."),
	MU_FIELD(struct mu_opening, from, MU_STRING, MU_REQUIRED, .min = 5, .max = 5,
		 .help = "Local time such as 09:00."),
	MU_FIELD(struct mu_opening, to, MU_STRING, MU_REQUIRED, .min = 5, .max = 5,
		 .help = "Local time up to 24:00; not after `from`: on the next day."),
};
const struct mu_shape mu_opening_shape = MU_SHAPE(struct mu_opening, "OPENING", opening_fields);

static const struct mu_field schedule_fields[] = {
	MU_FIELD(struct mu_schedule_spec, zone, MU_STRING, MU_REQUIRED, .min = 1, .max = 64,
		 .help = "Time zone by its IANA name, such as Europe/Berlin."),
	MU_FIELD(struct mu_schedule_spec, open, MU_RECORDS, MU_OMIT_ZERO, .max = OPENINGS_MAX,
		 .shape = &mu_opening_shape, .help = "Weekly opening times; none: around the clock."),
	MU_FIELD(struct mu_schedule_spec, closed, MU_STRINGS, MU_OMIT_ZERO, .max = CLOSED_MAX,
		 .help = "Local dates, such as 2026-12-25, that are closed all day."),
};
const struct mu_shape mu_schedule_shape = MU_SHAPE(struct mu_schedule_spec, "SCHEDULE", schedule_fields);

/* A run of one local day of the week, [from_ms, to_ms) since its midnight. */
struct window {
	int day;
	int64_t from_ms, to_ms;
	bool from_yesterday; /* the rest of what opened the day before */
};

struct mu_schedule {
	struct mu_zone *zone;
	struct window *windows;
	size_t n_windows;
	int64_t *closed; /* local days since 1970 */
	size_t n_closed;
};

/* A reading of the local clock. */
struct local {
	int64_t day;    /* since 1970 */
	int64_t day_ms; /* since midnight, as the clock on the wall counts */
};

/* ---- compiling ---- */

static bool digits(const char *text, size_t n)
{
	return strspn(text, "0123456789") >= n;
}

/* "HH:MM" up to `last`; false if it isn't that. */
static bool parse_time(const char *text, int64_t last_ms, int64_t *ret_ms)
{
	int64_t minutes;

	if (!text || strlen(text) != 5 || !digits(text, 2) || text[2] != ':' || !digits(text + 3, 2) ||
	    text[3] > '5')
		return false;
	minutes = ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0';
	if (minutes * MINUTE_MS > last_ms)
		return false;
	*ret_ms = minutes * MINUTE_MS;
	return true;
}

static bool parse_date(const char *text, int64_t *ret_day)
{
	char time[MU_TIME_TEXT];
	int64_t wall_ms;

	if (!text || strlen(text) != strlen("2026-12-25"))
		return false;
	snprintf(time, sizeof(time), "%sT00:00:00Z", text);
	if (!mu_time_parse(time, &wall_ms))
		return false;
	*ret_day = wall_ms / DAY_MS - (wall_ms % DAY_MS < 0);
	return true;
}

static void add_window(struct mu_schedule *schedule, int day, int64_t from_ms, int64_t to_ms,
		       bool from_yesterday)
{
	if (from_ms < to_ms)
		schedule->windows[schedule->n_windows++] =
			(struct window){ day, from_ms, to_ms, from_yesterday };
}

static enum mu_err compile_opening(struct mu_schedule *schedule, const struct mu_opening *opening, size_t i,
				   struct mu_fault *ret_fault)
{
	enum mu_err err = MU_OK;
	int64_t from_ms = 0, to_ms = 0;
	char field[48];

	snprintf(field, sizeof(field), "open.%zu.day", i);
	if (opening->day < 1 || opening->day > 7)
		err = mu_fail_field(ret_fault, field,
				    "must be a day of the week from 1 (Monday) to 7 (Sunday)");
	snprintf(field, sizeof(field), "open.%zu.from", i);
	if (!parse_time(opening->from, DAY_MS - MINUTE_MS, &from_ms))
		err = mu_fail_field(ret_fault, field, "must be a time from 00:00 to 23:59");
	snprintf(field, sizeof(field), "open.%zu.to", i);
	if (!parse_time(opening->to, DAY_MS, &to_ms))
		err = mu_fail_field(ret_fault, field, "must be a time from 00:00 to 24:00");
	if (err)
		return err;
	if (to_ms > from_ms) {
		add_window(schedule, (int)opening->day, from_ms, to_ms, false);
	} else {
		add_window(schedule, (int)opening->day, from_ms, DAY_MS, false);
		add_window(schedule, (int)opening->day % 7 + 1, 0, to_ms, true);
	}
	return MU_OK;
}

static int compare_days(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static enum mu_err compile_closed(struct mu_schedule *schedule, const struct mu_strs *dates,
				  struct mu_fault *ret_fault)
{
	enum mu_err err = MU_OK;
	char field[48];

	for (size_t i = 0; i < dates->n; i++) {
		snprintf(field, sizeof(field), "closed.%zu", i);
		if (!parse_date(dates->v[i], &schedule->closed[i]))
			err = mu_fail_field(ret_fault, field, "must be a date such as 2026-12-25");
	}
	schedule->n_closed = dates->n;
	if (!err && dates->n)
		qsort(schedule->closed, schedule->n_closed, sizeof(*schedule->closed), compare_days);
	return err;
}

static enum mu_err compile_zone(struct mu_schedule *schedule, const struct mu_schedule_spec *spec,
				struct mu_fault *ret_fault)
{
	enum mu_err err;

	if (!spec->zone) {
		if (spec->open.n == 0 && spec->closed.n == 0)
			return MU_OK;
		return mu_fail_field(ret_fault, "zone", "is required");
	}
	err = mu_zone_create(spec->zone, &schedule->zone);
	return err == MU_NOT_FOUND
		       ? mu_fail_field(ret_fault, "zone", "is not a time zone that this machine knows")
		       : err;
}

static enum mu_err compile(struct mu_schedule *schedule, const struct mu_schedule_spec *spec,
			   struct mu_fault *ret_fault)
{
	const struct mu_opening *openings = spec->open.v;
	enum mu_err err, bad;

	schedule->windows = calloc(2 * spec->open.n + 1, sizeof(*schedule->windows));
	schedule->closed = calloc(spec->closed.n + 1, sizeof(*schedule->closed));
	if (!schedule->windows || !schedule->closed)
		return MU_NO_MEMORY;
	err = compile_zone(schedule, spec, ret_fault);
	for (size_t i = 0; i < spec->open.n; i++) {
		bad = compile_opening(schedule, &openings[i], i, ret_fault);
		err = err ? err : bad;
	}
	bad = compile_closed(schedule, &spec->closed, ret_fault);
	return err ? err : bad;
}

enum mu_err mu_schedule_create(const struct mu_schedule_spec *spec, struct mu_schedule **ret_schedule,
			       struct mu_fault *ret_fault)
{
	struct mu_schedule *schedule;
	enum mu_err err;

	if (spec->open.n > OPENINGS_MAX)
		return mu_fail_field(ret_fault, "open", "must be at most %d openings", OPENINGS_MAX);
	if (spec->closed.n > CLOSED_MAX)
		return mu_fail_field(ret_fault, "closed", "must be at most %d dates", CLOSED_MAX);
	schedule = calloc(1, sizeof(*schedule));
	if (!schedule)
		return MU_NO_MEMORY;
	err = compile(schedule, spec, ret_fault);
	if (err) {
		mu_schedule_destroy(schedule);
		return err;
	}
	*ret_schedule = schedule;
	return MU_OK;
}

void mu_schedule_destroy(struct mu_schedule *schedule)
{
	if (!schedule)
		return;
	mu_zone_destroy(schedule->zone);
	free(schedule->windows);
	free(schedule->closed);
	free(schedule);
}

/* ---- asking ---- */

static int64_t offset_ms(const struct mu_schedule *schedule, int64_t wall_ms)
{
	return INT64_C(1000) * mu_zone_offset_s(schedule->zone, wall_ms);
}

static struct local local_at(const struct mu_schedule *schedule, int64_t wall_ms)
{
	int64_t local_ms = wall_ms + offset_ms(schedule, wall_ms);
	int64_t day = local_ms / DAY_MS - (local_ms % DAY_MS < 0);

	return (struct local){ .day = day, .day_ms = local_ms - day * DAY_MS };
}

/* 1 Monday … 7 Sunday; day 0 was a Thursday. */
static int day_of_week(int64_t day)
{
	return (int)(((day + 3) % 7 + 7) % 7) + 1;
}

static bool date_closed(const struct mu_schedule *schedule, int64_t day)
{
	return schedule->n_closed &&
	       bsearch(&day, schedule->closed, schedule->n_closed, sizeof(day), compare_days);
}

bool mu_schedule_open(const struct mu_schedule *schedule, int64_t wall_ms)
{
	struct local local;
	int day;

	if (!schedule)
		return true;
	local = local_at(schedule, wall_ms);
	if (date_closed(schedule, local.day))
		return false;
	if (schedule->n_windows == 0)
		return true;
	day = day_of_week(local.day);
	for (size_t i = 0; i < schedule->n_windows; i++) {
		const struct window *window = &schedule->windows[i];

		if (window->day == day && window->from_ms <= local.day_ms && local.day_ms < window->to_ms &&
		    !(window->from_yesterday && date_closed(schedule, local.day - 1)))
			return true;
	}
	return false;
}

/* How long it is, by the local clock, from this reading to the next edge of a window or to midnight. */
static int64_t to_next_edge_ms(const struct mu_schedule *schedule, struct local local)
{
	const int day = day_of_week(local.day);
	int64_t edge_ms = DAY_MS;

	for (size_t i = 0; i < schedule->n_windows; i++) {
		const struct window *window = &schedule->windows[i];

		if (window->day != day)
			continue;
		if (window->from_ms > local.day_ms && window->from_ms < edge_ms)
			edge_ms = window->from_ms;
		if (window->to_ms > local.day_ms && window->to_ms < edge_ms)
			edge_ms = window->to_ms;
	}
	return edge_ms - local.day_ms;
}

/* The first time in (from, to] at which the offset isn't that of `from`, or `to` if it is the same there:
 * clocks are set at most once a day. */
static int64_t clock_set_ms(const struct mu_schedule *schedule, int64_t from_ms, int64_t to_ms)
{
	const int64_t old_ms = offset_ms(schedule, from_ms);

	if (offset_ms(schedule, to_ms) == old_ms)
		return to_ms;
	while (to_ms - from_ms > 1) {
		int64_t middle_ms = from_ms + (to_ms - from_ms) / 2;

		if (offset_ms(schedule, middle_ms) == old_ms)
			from_ms = middle_ms;
		else
			to_ms = middle_ms;
	}
	return to_ms;
}

/* Only at an edge, at midnight or when the clocks are set can it open or close: go from one to the next. */
int64_t mu_schedule_next_ms(const struct mu_schedule *schedule, int64_t wall_ms)
{
	const int64_t end_ms = wall_ms + AHEAD_MS;
	int64_t at_ms = wall_ms;
	bool open;

	if (!schedule)
		return end_ms;
	open = mu_schedule_open(schedule, wall_ms);
	do {
		int64_t edge_ms = at_ms + to_next_edge_ms(schedule, local_at(schedule, at_ms));

		at_ms = clock_set_ms(schedule, at_ms, edge_ms);
	} while (at_ms < end_ms && mu_schedule_open(schedule, at_ms) == open);
	return at_ms < end_ms ? at_ms : end_ms;
}
