/* Time. Monotonic milliseconds order things inside a process; wall milliseconds since 1970 (UTC) are what
 * people and the log see. Rooms that decide get `now` as an argument; only threads' loops read a clock, and
 * tests give theirs.
 * Thread: any. */
#ifndef MUSTER_BASE_CLOCK_H
#define MUSTER_BASE_CLOCK_H

#include "muster/base/err.h"

#include <stddef.h>

struct mu_clock {
	int64_t (*mono_ms)(void *arg);
	int64_t (*wall_ms)(void *arg);
	void *arg;
};

/* The machine's clocks (CLOCK_MONOTONIC, CLOCK_REALTIME). */
extern const struct mu_clock mu_clock_system;

static inline int64_t mu_clock_mono_ms(const struct mu_clock *clock)
{
	return clock->mono_ms(clock->arg);
}

static inline int64_t mu_clock_wall_ms(const struct mu_clock *clock)
{
	return clock->wall_ms(clock->arg);
}

#define MU_TIME_TEXT 32 /* bytes that hold a formatted time and its NUL */

/* RFC 3339 in UTC with milliseconds, as "2026-11-21T12:00:00.123Z". Years 0000–9999; outside them the text is
 * empty. */
void mu_time_format(int64_t wall_ms, char text[static MU_TIME_TEXT]);

/* Read RFC 3339 (§5.6; any offset, fractions are cut to milliseconds). False if the text is anything else. */
bool mu_time_parse(const char *text, int64_t *ret_wall_ms);

/* Read a duration such as "90", "250ms", "15s", "5m", "1h", "7d"; a bare number is seconds. False if it isn't
 * one or overflows. */
bool mu_duration_parse(const char *text, int64_t *ret_ms);

#endif
