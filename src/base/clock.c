/* Clocks, and times and durations as text.
 * Invariant: what mu_time_format writes, mu_time_parse reads back as the same millisecond.
 * Thread: any. */
#include "muster/base/clock.h"

#include "muster/base/mem.h"

#include <string.h>
#include <time.h>

#define YEAR_0_MS (INT64_C(-62167219200) * 1000)     /* 0000-01-01T00:00:00Z */
#define YEAR_10000_MS (INT64_C(253402300800) * 1000) /* 10000-01-01T00:00:00Z */
#define DAY_S 86400
#define DAY_MS (INT64_C(1000) * DAY_S)

static int64_t read_ms(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now); /* cannot fail: both clocks always exist */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_mono_ms(void *arg)
{
	(void)arg;
	return read_ms(CLOCK_MONOTONIC);
}

static int64_t system_wall_ms(void *arg)
{
	(void)arg;
	return read_ms(CLOCK_REALTIME);
}

const struct mu_clock mu_clock_system = { .mono_ms = system_mono_ms, .wall_ms = system_wall_ms };

/* Write n digits and one character, return the place after them. */
static char *write_digits(char *at, int value, int n, char after)
{
	for (int i = n; i-- > 0; value /= 10)
		at[i] = (char)('0' + value % 10);
	at[n] = after;
	return at + n + 1;
}

/* The calendar repeats itself every 400 years. It is reckoned in years that begin with March, so that a leap
 * day is the last of its year, and from 0000-03-01 on. */
#define ERA_DAYS 146097
#define DAYS_TO_1970 719468

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Days before a month (March: 0) of such a year: 31, 30, 31, 30, 31 and again. */
static int days_before_month(int month)
{
	return (153 * month + 2) / 5;
}

static int64_t days_of_date(int year, int month, int day)
{
	const int since_march = (month + 9) % 12;
	const int64_t y = year - (month < 3), era = floor_div(y, 400), of_era = y - era * 400;

	return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + days_before_month(since_march) +
	       day - 1 - DAYS_TO_1970;
}

static void date_of_days(int64_t days, int *ret_year, int *ret_month, int *ret_day)
{
	const int64_t since = days + DAYS_TO_1970, era = floor_div(since, ERA_DAYS);
	const int of_era = (int)(since - era * ERA_DAYS);
	/* Without the leap days before it, every year has 365; the last day of four, a hundred and four
	 * hundred years is still of the year that it ends. */
	const int year = (of_era - of_era / 1460 + of_era / 36524 - of_era / (ERA_DAYS - 1)) / 365;
	const int of_year = of_era - (365 * year + year / 4 - year / 100);
	const int since_march = (5 * of_year + 2) / 153;

	*ret_month = (since_march + 2) % 12 + 1;
	*ret_day = of_year - days_before_month(since_march) + 1;
	*ret_year = (int)(era * 400) + year + (*ret_month < 3);
}

void mu_time_format(int64_t wall_ms, char text[static MU_TIME_TEXT])
{
	int year, month, day, ms;

	text[0] = '\0';
	if (wall_ms < YEAR_0_MS || wall_ms >= YEAR_10000_MS)
		return;

	const int64_t days = floor_div(wall_ms, DAY_MS);

	ms = (int)(wall_ms - days * DAY_MS);
	date_of_days(days, &year, &month, &day);
	text = write_digits(text, year, 4, '-');
	text = write_digits(text, month, 2, '-');
	text = write_digits(text, day, 2, 'T');
	text = write_digits(text, ms / 3600000, 2, ':');
	text = write_digits(text, ms / 60000 % 60, 2, ':');
	text = write_digits(text, ms / 1000 % 60, 2, '.');
	text = write_digits(text, ms % 1000, 3, 'Z');
	*text = '\0';
}

/* Read exactly n digits as a number from low to high and step over them. */
static bool read_digits(const char **at, int n, int low, int high, int *ret_value)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		char c = (*at)[i];

		if (c < '0' || c > '9')
			return false;
		value = value * 10 + (c - '0');
	}
	if (value < low || value > high)
		return false;
	*at += n;
	*ret_value = value;
	return true;
}

/* Step over one character out of a few. */
static bool read_char(const char **at, const char *accepted)
{
	if (!**at || !strchr(accepted, **at))
		return false;
	(*at)++;
	return true;
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* full-date "T" partial-time, without the fraction. Seconds may be 60. */
static bool read_date_and_time(const char **at, int64_t *ret_seconds, bool *ret_leap_second)
{
	int64_t seconds;
	int year, month, day, hour, minute, second;

	if (!read_digits(at, 4, 0, 9999, &year) || !read_char(at, "-") ||
	    !read_digits(at, 2, 1, 12, &month) || !read_char(at, "-") ||
	    !read_digits(at, 2, 1, days_in_month(year, month), &day) || !read_char(at, "Tt") ||
	    !read_digits(at, 2, 0, 23, &hour) || !read_char(at, ":") || !read_digits(at, 2, 0, 59, &minute) ||
	    !read_char(at, ":") || !read_digits(at, 2, 0, 60, &second))
		return false;
	seconds = (hour * 60 + minute) * 60 + second;
	*ret_seconds = days_of_date(year, month, day) * DAY_S + seconds;
	*ret_leap_second = second == 60;
	return true;
}

/* The optional fraction, cut to milliseconds. */
static bool read_fraction_ms(const char **at, int *ret_ms)
{
	int ms = 0;
	int n = 0;

	if (read_char(at, ".")) {
		for (; **at >= '0' && **at <= '9'; (*at)++, n++) {
			if (n < 3)
				ms = ms * 10 + (**at - '0');
		}
		if (n == 0)
			return false;
	}
	for (; n > 0 && n < 3; n++)
		ms *= 10;
	*ret_ms = ms;
	return true;
}

static bool read_offset_s(const char **at, int *ret_offset_s)
{
	int hours, minutes;
	int sign = **at == '-' ? -1 : 1;

	if (read_char(at, "Zz")) {
		*ret_offset_s = 0;
		return true;
	}
	if (!read_char(at, "+-") || !read_digits(at, 2, 0, 23, &hours) || !read_char(at, ":") ||
	    !read_digits(at, 2, 0, 59, &minutes))
		return false;
	*ret_offset_s = sign * (hours * 3600 + minutes * 60);
	return true;
}

bool mu_time_parse(const char *text, int64_t *ret_wall_ms)
{
	bool leap_second;
	int64_t seconds, wall_ms;
	int ms, offset_s;

	if (!read_date_and_time(&text, &seconds, &leap_second) || !read_fraction_ms(&text, &ms) ||
	    !read_offset_s(&text, &offset_s) || *text != '\0')
		return false;
	seconds -= offset_s;
	wall_ms = seconds * 1000 + ms;

	/* A leap second only ever ends a day in UTC; it counts as the first second of the next day. */
	if (leap_second && seconds % DAY_S != 0)
		return false;
	if (wall_ms < YEAR_0_MS || wall_ms >= YEAR_10000_MS)
		return false;
	*ret_wall_ms = wall_ms;
	return true;
}

bool mu_duration_parse(const char *text, int64_t *ret_ms)
{
	static const struct {
		const char *suffix;
		int64_t ms;
	} units[] = {
		{ "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 },
	};
	int64_t value = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *at - '0', &value))
			return false;
	}
	if (at == text)
		return false;
	for (size_t i = 0; i < MU_COUNT(units); i++) {
		if (strcmp(at, units[i].suffix) == 0 && !__builtin_mul_overflow(value, units[i].ms, &value)) {
			*ret_ms = value;
			return true;
		}
	}
	return false;
}
