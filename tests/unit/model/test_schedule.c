/* Business hours: edges, midnight, clock changes, closed dates and wrong specs, all at times that are written
 * out. */
#include "muster/model/schedule.h"

#include "muster/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define MINUTE INT64_C(60000)
#define DAY (1440 * MINUTE)

/* A schedule of up to 8 openings and 4 closed dates, written as constants. */
struct plan {
	const char *zone;
	struct mu_opening open[8];
	const char *closed[4];
};

static struct mu_schedule_spec spec_of(const struct plan *plan)
{
	struct mu_schedule_spec spec = {
		.zone = (char *)plan->zone,
		.open.v = (void *)plan->open,
		.closed.v = (char **)plan->closed,
	};

	while (spec.open.n < MU_COUNT(plan->open) && plan->open[spec.open.n].from)
		spec.open.n++;
	while (spec.closed.n < MU_COUNT(plan->closed) && plan->closed[spec.closed.n])
		spec.closed.n++;
	return spec;
}

static struct mu_schedule *make(const struct plan *plan)
{
	struct mu_schedule_spec spec = spec_of(plan);
	struct mu_schedule *schedule = NULL;
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_schedule_create(&spec, &schedule, &fault), MU_OK);
	return schedule;
}

static int64_t at(const char *text)
{
	int64_t wall_ms;

	assert_true(mu_time_parse(text, &wall_ms));
	return wall_ms;
}

/* It opens or closes at this very millisecond, and is known to do so from `ahead_ms` before on. */
static void assert_edge(const struct mu_schedule *schedule, const char *text, bool opens, int64_t ahead_ms)
{
	int64_t edge_ms = at(text);

	assert_int_equal(mu_schedule_open(schedule, edge_ms - 1), !opens);
	assert_int_equal(mu_schedule_open(schedule, edge_ms), opens);
	assert_int_equal(mu_schedule_next_ms(schedule, edge_ms - 1), edge_ms);
	assert_int_equal(mu_schedule_next_ms(schedule, edge_ms - ahead_ms), edge_ms);
	assert_true(mu_schedule_next_ms(schedule, edge_ms) > edge_ms);
}

static const struct plan office = {
	.zone = "Europe/Berlin",
	.open = { { 1, "09:00", "17:00" },
		  { 2, "09:00", "17:00" },
		  { 3, "09:00", "17:00" },
		  { 4, "09:00", "17:00" },
		  { 5, "09:00", "12:00" },
		  { 5, "12:00", "15:30" } },
};

static void test_without_openings_it_is_always_open(void **state)
{
	const struct plan none = { 0 }, in_berlin = { .zone = "Europe/Berlin" };
	struct mu_schedule *empty = make(&none), *berlin = make(&in_berlin);
	int64_t now_ms = at("2026-03-29T00:59:59.999Z");

	assert_true(mu_schedule_open(NULL, now_ms));
	assert_int_equal(mu_schedule_next_ms(NULL, now_ms), now_ms + 8 * DAY);
	assert_true(mu_schedule_open(empty, now_ms));
	assert_int_equal(mu_schedule_next_ms(empty, now_ms), now_ms + 8 * DAY);
	assert_true(mu_schedule_open(berlin, now_ms));
	assert_int_equal(mu_schedule_next_ms(berlin, now_ms), now_ms + 8 * DAY);
	mu_schedule_destroy(empty);
	mu_schedule_destroy(berlin);
	mu_schedule_destroy(NULL);
}

static void test_b13_a_week_in_an_office(void **state)
{
	struct mu_schedule *schedule = make(&office);

	assert_edge(schedule, "2026-01-12T08:00:00Z", true, 60 * 60 * MINUTE); /* Monday, winter */
	assert_edge(schedule, "2026-01-12T16:00:00Z", false, 8 * 60 * MINUTE);
	assert_edge(schedule, "2026-07-15T07:00:00Z", true, 16 * 60 * MINUTE); /* Wednesday, summer */
	assert_edge(schedule, "2026-07-17T13:30:00Z", false,
		    6 * 60 * MINUTE); /* Friday, past the seam at noon */
	assert_false(mu_schedule_open(schedule, at("2026-07-18T10:00:00Z")));
	assert_false(mu_schedule_open(schedule, at("2026-07-19T10:00:00Z")));
	mu_schedule_destroy(schedule);
}

static void test_b13_openings_over_midnight(void **state)
{
	const struct plan night = {
		.zone = "UTC",
		.open = { { 5, "22:00", "02:00" },
			  { 7, "23:30", "00:30" },
			  { 3, "20:00", "24:00" },
			  { 4, "00:00", "01:00" } },
	};
	struct mu_schedule *schedule = make(&night);

	assert_edge(schedule, "2026-01-16T22:00:00Z", true, 60 * MINUTE);
	assert_edge(schedule, "2026-01-17T02:00:00Z", false, 4 * 60 * MINUTE);
	assert_edge(schedule, "2026-01-18T23:30:00Z", true, 60 * MINUTE); /* Sunday into Monday */
	assert_edge(schedule, "2026-01-19T00:30:00Z", false, 60 * MINUTE);
	assert_edge(schedule, "2026-01-14T20:00:00Z", true, 60 * MINUTE);
	assert_true(mu_schedule_open(schedule, at("2026-01-15T00:00:00Z")));
	assert_edge(schedule, "2026-01-15T01:00:00Z", false, 5 * 60 * MINUTE);
	mu_schedule_destroy(schedule);
}

static void test_b13_equal_times_are_a_whole_day(void **state)
{
	const struct plan day = { .zone = "UTC",
				  .open = { { 2, "08:00", "08:00" }, { 6, "00:00", "00:00" } } };
	struct mu_schedule *schedule = make(&day);

	assert_edge(schedule, "2026-01-13T08:00:00Z", true, 60 * MINUTE);
	assert_edge(schedule, "2026-01-14T08:00:00Z", false, DAY);
	assert_edge(schedule, "2026-01-17T00:00:00Z", true, 60 * MINUTE);
	assert_edge(schedule, "2026-01-18T00:00:00Z", false, DAY);
	mu_schedule_destroy(schedule);
}

static void test_b13_clock_changes_in_berlin(void **state)
{
	const struct plan early = {
		.zone = "Europe/Berlin",
		.open = { { 7, "02:30", "04:00" }, { 6, "20:00", "01:00" }, { 7, "12:00", "13:00" } },
	};
	struct mu_schedule *schedule = make(&early);

	/* 29 March 2026: at 02:00 it is 03:00 at once, so half past two never comes. */
	assert_edge(schedule, "2026-03-29T01:00:00Z", true, 30 * MINUTE);
	assert_edge(schedule, "2026-03-29T02:00:00Z", false, 60 * MINUTE);
	assert_edge(schedule, "2026-03-29T10:00:00Z", true, 7 * 60 * MINUTE);
	/* 25 October 2026: at 03:00 it is 02:00 again, so it opens at half past two, closes when the clock
	 * is set, and opens again. */
	assert_edge(schedule, "2026-10-24T23:00:00Z", false, 60 * MINUTE);
	assert_edge(schedule, "2026-10-25T00:30:00Z", true, 60 * MINUTE);
	assert_edge(schedule, "2026-10-25T01:00:00Z", false, 20 * MINUTE);
	assert_edge(schedule, "2026-10-25T01:30:00Z", true, 30 * MINUTE);
	assert_edge(schedule, "2026-10-25T03:00:00Z", false, 90 * MINUTE);
	assert_edge(schedule, "2026-10-25T11:00:00Z", true, 60 * MINUTE);
	mu_schedule_destroy(schedule);
}

static void test_b13_clock_changes_in_new_york(void **state)
{
	const struct plan late = {
		.zone = "America/New_York",
		.open = { { 7, "01:30", "02:00" }, { 7, "02:15", "02:45" }, { 1, "09:00", "17:00" } },
	};
	struct mu_schedule *schedule = make(&late);

	/* 8 March 2026: 02:00 becomes 03:00, and what lies between doesn't happen. */
	assert_edge(schedule, "2026-03-08T06:30:00Z", true, 60 * MINUTE);
	assert_edge(schedule, "2026-03-08T07:00:00Z", false, 30 * MINUTE);
	assert_edge(schedule, "2026-03-09T13:00:00Z", true, 30 * 60 * MINUTE);
	/* 1 November 2026: 02:00 becomes 01:00, and half past one comes twice. */
	assert_edge(schedule, "2026-11-01T05:30:00Z", true, 60 * MINUTE);
	assert_edge(schedule, "2026-11-01T06:00:00Z", false, 30 * MINUTE);
	assert_edge(schedule, "2026-11-01T06:30:00Z", true, 30 * MINUTE);
	assert_edge(schedule, "2026-11-01T07:00:00Z", false, 30 * MINUTE);
	assert_edge(schedule, "2026-11-01T07:15:00Z", true, 15 * MINUTE);
	assert_edge(schedule, "2026-11-02T14:00:00Z", true, 24 * 60 * MINUTE);
	mu_schedule_destroy(schedule);
}

static void test_b13_closed_dates(void **state)
{
	const struct plan bar = {
		.zone = "Europe/Berlin",
		.open = { { 4, "20:00", "02:00" }, { 5, "20:00", "02:00" }, { 6, "20:00", "02:00" } },
		.closed = { "2027-01-01", "2026-12-25" },
	};
	const struct plan around_the_clock = { .zone = "Europe/Berlin", .closed = { "2026-12-25" } };
	struct mu_schedule *schedule = make(&bar);

	/* Friday 25 December: Thursday's opening ends at midnight, Friday's doesn't begin, not even on
	 * Saturday. */
	assert_edge(schedule, "2026-12-24T19:00:00Z", true, 60 * MINUTE);
	assert_edge(schedule, "2026-12-24T23:00:00Z", false, 4 * 60 * MINUTE);
	assert_edge(schedule, "2026-12-26T19:00:00Z", true, 44 * 60 * MINUTE);
	assert_edge(schedule, "2026-12-31T23:00:00Z", false, 4 * 60 * MINUTE);
	mu_schedule_destroy(schedule);

	schedule = make(&around_the_clock);
	assert_edge(schedule, "2026-12-24T23:00:00Z", false, 7 * DAY);
	assert_edge(schedule, "2026-12-25T23:00:00Z", true, DAY);
	mu_schedule_destroy(schedule);
}

static void test_b13_next_looks_eight_days_ahead_at_most(void **state)
{
	const struct plan monday = { .zone = "UTC",
				     .open = { { 1, "09:00", "17:00" } },
				     .closed = { "2026-01-12" } };
	struct mu_schedule *schedule = make(&monday);
	int64_t now_ms = at("2026-01-05T17:00:00Z");

	assert_int_equal(mu_schedule_next_ms(schedule, now_ms), now_ms + 8 * DAY);
	assert_edge(schedule, "2026-01-19T09:00:00Z", true, 8 * DAY - 1);
	mu_schedule_destroy(schedule);
}

static void test_times_before_1970(void **state)
{
	const struct plan monday = { .zone = "UTC",
				     .open = { { 1, "09:00", "17:00" } },
				     .closed = { "1969-12-22" } };
	struct mu_schedule *schedule = make(&monday);

	assert_edge(schedule, "1969-12-29T09:00:00Z", true, 60 * MINUTE);
	assert_false(mu_schedule_open(schedule, at("1969-12-22T10:00:00Z")));
	mu_schedule_destroy(schedule);
}

/* ---- wrong specs ---- */

static const struct wrong {
	struct plan plan;
	const char *field, *reason;
} wrongs[] = {
	{ { .open = { { 1, "09:00", "17:00" } } }, "zone", "is required" },
	{ { .closed = { "2026-12-25" } }, "zone", "is required" },
	{ { .zone = "Europe/Atlantis" }, "zone", "is not a time zone that this machine knows" },
	{ { .zone = "../../etc/passwd" }, "zone", "is not a time zone that this machine knows" },
	{ { .zone = "" }, "zone", "is not a time zone that this machine knows" },
	{ { .zone = "UTC", .open = { { 0, "09:00", "17:00" } } },
	  "open.0.day",
	  "must be a day of the week from 1 (Monday) to 7 (Sunday)" },
	{ { .zone = "UTC", .open = { { 1, "09:00", "17:00" }, { 8, "09:00", "17:00" } } },
	  "open.1.day",
	  "must be a day of the week from 1 (Monday) to 7 (Sunday)" },
	{ { .zone = "UTC", .open = { { 1, "9:00", "17:00" } } },
	  "open.0.from",
	  "must be a time from 00:00 to 23:59" },
	{ { .zone = "UTC", .open = { { 1, "24:00", "17:00" } } },
	  "open.0.from",
	  "must be a time from 00:00 to 23:59" },
	{ { .zone = "UTC", .open = { { 1, "09:60", "17:00" } } },
	  "open.0.from",
	  "must be a time from 00:00 to 23:59" },
	{ { .zone = "UTC", .open = { { 1, "09-00", "17:00" } } },
	  "open.0.from",
	  "must be a time from 00:00 to 23:59" },
	{ { .zone = "UTC", .open = { { 1, "09:0x", "17:00" } } },
	  "open.0.from",
	  "must be a time from 00:00 to 23:59" },
	{ { .zone = "UTC", .open = { { 1, "09:00", "24:01" } } },
	  "open.0.to",
	  "must be a time from 00:00 to 24:00" },
	{ { .zone = "UTC", .open = { { 1, "09:00", "99:00" } } },
	  "open.0.to",
	  "must be a time from 00:00 to 24:00" },
	{ { .zone = "UTC", .open = { { 1, "09:00", NULL } } },
	  "open.0.to",
	  "must be a time from 00:00 to 24:00" },
	{ { .zone = "UTC", .closed = { "2026-02-30" } }, "closed.0", "must be a date such as 2026-12-25" },
	{ { .zone = "UTC", .closed = { "2026-12-25", "25.12.2026" } },
	  "closed.1",
	  "must be a date such as 2026-12-25" },
	{ { .zone = "UTC", .closed = { "2026-12-25T" } }, "closed.0", "must be a date such as 2026-12-25" },
};

static void test_each_wrong_spec_names_its_field(void **state)
{
	for (size_t i = 0; i < MU_COUNT(wrongs); i++) {
		struct mu_schedule_spec spec = spec_of(&wrongs[i].plan);
		struct mu_schedule *schedule = NULL;
		struct mu_fault fault = { 0 };

		assert_int_equal(mu_schedule_create(&spec, &schedule, &fault), MU_INVALID_PARAMS);
		assert_null(schedule);
		assert_int_equal(fault.err, MU_INVALID_PARAMS);
		assert_int_equal(fault.n_fields, 1);
		assert_string_equal(fault.fields[0].name, wrongs[i].field);
		assert_string_equal(fault.fields[0].reason, wrongs[i].reason);
	}
}

static void test_all_wrong_fields_are_named_at_once(void **state)
{
	const struct plan plan = {
		.zone = "Nowhere",
		.open = { { 9, "x", "y" }, { 1, "09:00", "17:00" }, { 2, "09:00", "noon" } },
		.closed = { "soon" },
	};
	static const char *const fields[] = { "zone",      "open.0.day", "open.0.from",
					      "open.0.to", "open.2.to",  "closed.0" };
	struct mu_schedule_spec spec = spec_of(&plan);
	struct mu_schedule *schedule = NULL;
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_schedule_create(&spec, &schedule, &fault), MU_INVALID_PARAMS);
	assert_int_equal(fault.n_fields, MU_COUNT(fields));
	for (size_t i = 0; i < MU_COUNT(fields); i++)
		assert_string_equal(fault.fields[i].name, fields[i]);
}

static void test_too_long_lists_are_refused(void **state)
{
	struct mu_opening openings[65];
	char *dates[401];
	struct mu_schedule_spec spec = { .zone = (char *)"UTC", .open = { openings, MU_COUNT(openings) } };
	struct mu_schedule *schedule = NULL;
	struct mu_fault fault = { 0 };

	for (size_t i = 0; i < MU_COUNT(openings); i++)
		openings[i] = (struct mu_opening){ 1, (char *)"09:00", (char *)"17:00" };
	for (size_t i = 0; i < MU_COUNT(dates); i++)
		dates[i] = (char *)"2026-12-25";
	assert_int_equal(mu_schedule_create(&spec, &schedule, &fault), MU_INVALID_PARAMS);
	assert_string_equal(fault.fields[0].name, "open");
	spec.open.n = 64;
	spec.closed = (struct mu_strs){ .v = dates, .n = MU_COUNT(dates) };
	fault = (struct mu_fault){ 0 };
	assert_int_equal(mu_schedule_create(&spec, &schedule, &fault), MU_INVALID_PARAMS);
	assert_string_equal(fault.fields[0].name, "closed");
	spec.closed.n = 400;
	assert_int_equal(mu_schedule_create(&spec, &schedule, NULL), MU_OK);
	assert_true(mu_schedule_open(schedule, at("2026-12-21T09:00:00Z")));
	mu_schedule_destroy(schedule);
}

static void test_nothing_of_the_spec_is_kept(void **state)
{
	char zone[] = "Europe/Berlin", from[] = "09:00", to[] = "17:00", date[] = "2026-01-12";
	struct mu_opening opening = { 1, from, to };
	char *dates[] = { date };
	struct mu_schedule_spec spec = { zone, { &opening, 1 }, { .v = dates, .n = 1 } };
	struct mu_schedule *schedule = NULL;

	assert_int_equal(mu_schedule_create(&spec, &schedule, NULL), MU_OK);
	memset(zone, 'x', sizeof(zone));
	memset(from, 'x', sizeof(from));
	memset(to, 'x', sizeof(to));
	memset(date, 'x', sizeof(date));
	memset(&opening, 0, sizeof(opening));
	assert_edge(schedule, "2026-01-19T08:00:00Z", true, DAY);
	assert_false(mu_schedule_open(schedule, at("2026-01-12T09:00:00Z")));
	mu_schedule_destroy(schedule);
}

static void test_shapes_describe_the_records(void **state)
{
	const struct mu_shape *open = mu_schedule_shape.fields[1].shape;

	assert_int_equal(mu_schedule_shape.size, sizeof(struct mu_schedule_spec));
	assert_int_equal(mu_schedule_shape.n, 3);
	assert_string_equal(mu_schedule_shape.fields[0].name, "zone");
	assert_string_equal(mu_schedule_shape.fields[1].name, "open");
	assert_string_equal(mu_schedule_shape.fields[2].name, "closed");
	assert_ptr_equal(open, &mu_opening_shape);
	assert_int_equal(open->size, sizeof(struct mu_opening));
	assert_int_equal(open->n, 3);
	assert_int_equal(open->fields[2].offset, offsetof(struct mu_opening, to));
}

/* ---- against slower ways to know ---- */

static const struct plan plans[] = {
	{ .zone = "Europe/Berlin",
	  .open = { { 6, "22:00", "04:00" },
		    { 7, "02:15", "02:45" },
		    { 7, "08:00", "24:00" },
		    { 1, "00:00", "17:01" },
		    { 4, "12:00", "12:00" } },
	  .closed = { "2026-10-24", "2026-03-28", "2026-06-11" } },
	{ .zone = "America/New_York",
	  .open = { { 6, "23:59", "03:00" },
		    { 7, "01:15", "01:45" },
		    { 3, "00:00", "24:00" },
		    { 4, "00:00", "08:00" } },
	  .closed = { "2026-11-01", "2026-03-09" } },
	{ .zone = "Australia/Lord_Howe",
	  .open = { { 7, "01:40", "02:10" }, { 7, "01:50", "01:55" }, { 5, "18:00", "06:00" } } },
	{ .zone = "Asia/Kolkata",
	  .open = { { 1, "09:30", "18:15" }, { 2, "09:30", "09:29" } },
	  .closed = { "2026-01-27" } },
};

static bool listed_as_closed(const struct plan *plan, const struct tm *day)
{
	char text[16];

	strftime(text, sizeof(text), "%Y-%m-%d", day);
	for (size_t i = 0; i < MU_COUNT(plan->closed) && plan->closed[i]; i++) {
		if (strcmp(plan->closed[i], text) == 0)
			return true;
	}
	return false;
}

/* What the C library's clock and comparing texts say. */
static bool open_by_reading_the_clock(const struct plan *plan, time_t wall_s)
{
	char clock[8];
	struct tm now, yesterday;
	int day;

	localtime_r(&wall_s, &now);
	strftime(clock, sizeof(clock), "%H:%M", &now);
	yesterday = (struct tm){ .tm_year = now.tm_year,
				 .tm_mon = now.tm_mon,
				 .tm_mday = now.tm_mday - 1,
				 .tm_hour = 12,
				 .tm_isdst = -1 };
	mktime(&yesterday);
	day = now.tm_wday ? now.tm_wday : 7;
	if (listed_as_closed(plan, &now))
		return false;
	for (size_t i = 0; i < MU_COUNT(plan->open) && plan->open[i].from; i++) {
		const struct mu_opening *o = &plan->open[i];
		bool over_midnight = strcmp(o->to, o->from) <= 0;

		if (o->day == day && strcmp(clock, o->from) >= 0 &&
		    (over_midnight || strcmp(clock, o->to) < 0))
			return true;
		if (o->day % 7 + 1 == day && over_midnight && strcmp(clock, o->to) < 0 &&
		    !listed_as_closed(plan, &yesterday))
			return true;
	}
	return false;
}

static void test_a_year_by_the_clock_of_the_c_library(void **state)
{
	for (size_t i = 0; i < MU_COUNT(plans); i++) {
		struct mu_schedule *schedule = make(&plans[i]);

		setenv("TZ", plans[i].zone, 1);
		tzset();
		for (int64_t ms = at("2026-01-01T00:00:00Z"); ms < at("2027-01-01T00:00:00Z");
		     ms += 5 * MINUTE)
			assert_int_equal(mu_schedule_open(schedule, ms),
					 open_by_reading_the_clock(&plans[i], (time_t)(ms / 1000)));
		mu_schedule_destroy(schedule);
	}
	unsetenv("TZ");
	tzset();
}

/* From each minute on, next must name the first later minute at which the answer differs: walk backwards and
 * keep it at hand. */
static void check_next_by_minutes(const struct mu_schedule *schedule, int64_t from_ms, int64_t to_ms)
{
	int64_t change_ms = mu_schedule_next_ms(schedule, to_ms);

	for (int64_t ms = to_ms; ms > from_ms; ms -= MINUTE) {
		if (mu_schedule_open(schedule, ms) != mu_schedule_open(schedule, ms - MINUTE))
			change_ms = ms;
		if (change_ms <= ms - MINUTE + 8 * DAY)
			assert_int_equal(mu_schedule_next_ms(schedule, ms - MINUTE), change_ms);
		else
			assert_int_equal(mu_schedule_next_ms(schedule, ms - MINUTE), ms - MINUTE + 8 * DAY);
	}
}

static void test_next_against_a_scan_by_minutes(void **state)
{
	for (size_t i = 0; i < MU_COUNT(plans); i++) {
		struct mu_schedule *schedule = make(&plans[i]);

		check_next_by_minutes(schedule, at("2026-03-05T00:00:00Z"), at("2026-04-07T00:00:00Z"));
		check_next_by_minutes(schedule, at("2026-10-01T00:00:00Z"), at("2026-11-04T00:00:00Z"));
		mu_schedule_destroy(schedule);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_openings_it_is_always_open),
		cmocka_unit_test(test_b13_a_week_in_an_office),
		cmocka_unit_test(test_b13_openings_over_midnight),
		cmocka_unit_test(test_b13_equal_times_are_a_whole_day),
		cmocka_unit_test(test_b13_clock_changes_in_berlin),
		cmocka_unit_test(test_b13_clock_changes_in_new_york),
		cmocka_unit_test(test_b13_closed_dates),
		cmocka_unit_test(test_b13_next_looks_eight_days_ahead_at_most),
		cmocka_unit_test(test_times_before_1970),
		cmocka_unit_test(test_each_wrong_spec_names_its_field),
		cmocka_unit_test(test_all_wrong_fields_are_named_at_once),
		cmocka_unit_test(test_too_long_lists_are_refused),
		cmocka_unit_test(test_nothing_of_the_spec_is_kept),
		cmocka_unit_test(test_shapes_describe_the_records),
		cmocka_unit_test(test_a_year_by_the_clock_of_the_c_library),
		cmocka_unit_test(test_next_against_a_scan_by_minutes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
