/* Times and durations as text, and the machine's clocks. */
#include "testing.h"

#include "muster/base/clock.h"
#include "muster/base/mem.h"

static const int64_t year_0_ms = INT64_C(-62167219200000);
static const int64_t year_10000_ms = INT64_C(253402300800000);

static const struct {
	int64_t wall_ms;
	const char *text;
} known[] = {
	{ 0, "1970-01-01T00:00:00.000Z" },
	{ 1, "1970-01-01T00:00:00.001Z" },
	{ -1, "1969-12-31T23:59:59.999Z" },
	{ INT64_C(951782399999), "2000-02-28T23:59:59.999Z" },
	{ INT64_C(951782400000), "2000-02-29T00:00:00.000Z" },
	{ INT64_C(1795262400123), "2026-11-21T12:00:00.123Z" },
	{ INT64_C(-62167219200000), "0000-01-01T00:00:00.000Z" },
	{ INT64_C(253402300799999), "9999-12-31T23:59:59.999Z" },
};

static void known_times_are_written_and_read(void **state)
{
	for (size_t i = 0; i < MU_COUNT(known); i++) {
		char text[MU_TIME_TEXT];
		int64_t wall_ms;

		mu_time_format(known[i].wall_ms, text);
		assert_string_equal(text, known[i].text);
		assert_true(mu_time_parse(known[i].text, &wall_ms));
		assert_int_equal(wall_ms, known[i].wall_ms);
	}
}

static void years_that_have_no_text_give_none(void **state)
{
	static const int64_t outside[] = { INT64_MIN, year_0_ms - 1, year_10000_ms, INT64_MAX };

	for (size_t i = 0; i < MU_COUNT(outside); i++) {
		char text[MU_TIME_TEXT] = "left over";

		mu_time_format(outside[i], text);
		assert_string_equal(text, "");
	}
}

/* Every time is read back as it was written, and the C library agrees on the date. */
static void times_survive_the_round_trip(void **state)
{
	struct random random = random_start();

	for (int i = 0; i < 50000; i++) {
		int64_t wall_ms =
			year_0_ms + (int64_t)random_below(&random, (uint64_t)(year_10000_ms - year_0_ms));
		char text[MU_TIME_TEXT], date[MU_TIME_TEXT];
		time_t seconds = (time_t)((wall_ms - year_0_ms) / 1000 + year_0_ms / 1000);
		int64_t back = 0;
		struct tm tm;

		mu_time_format(wall_ms, text);
		CHECK_RANDOM(&random, mu_time_parse(text, &back) && back == wall_ms);
		strftime(date, sizeof(date), "%m-%dT%H:%M:%S", gmtime_r(&seconds, &tm));
		CHECK_RANDOM(&random, strncmp(text + 5, date, strlen(date)) == 0);
	}
}

static const struct {
	const char *text;
	const char *same;
} forms[] = {
	{ "2026-11-21T12:00:00Z", "2026-11-21T12:00:00.000Z" },
	{ "2026-11-21t12:00:00z", "2026-11-21T12:00:00.000Z" },
	{ "2026-11-21T12:00:00.5Z", "2026-11-21T12:00:00.500Z" },
	{ "2026-11-21T12:00:00.05Z", "2026-11-21T12:00:00.050Z" },
	{ "2026-11-21T12:00:00.1239999999999999999Z", "2026-11-21T12:00:00.123Z" },
	{ "2026-11-21T12:00:00+00:00", "2026-11-21T12:00:00.000Z" },
	{ "2026-11-21T12:00:00-00:00", "2026-11-21T12:00:00.000Z" },
	{ "2026-11-21T12:00:00+05:30", "2026-11-21T06:30:00.000Z" },
	{ "2026-11-21T12:00:00-23:59", "2026-11-22T11:59:00.000Z" },
	{ "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z" },
	{ "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z" },
	{ "1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00.000Z" },
};

static void every_form_of_rfc_3339_is_read(void **state)
{
	for (size_t i = 0; i < MU_COUNT(forms); i++) {
		char text[MU_TIME_TEXT];
		int64_t wall_ms;

		assert_true(mu_time_parse(forms[i].text, &wall_ms));
		mu_time_format(wall_ms, text);
		assert_string_equal(text, forms[i].same);
	}
}

static const char *const no_times[] = {
	"",
	"Z",
	"2026",
	"2026-11-21",
	"12:00:00Z",
	"2026-11-21 12:00:00Z",
	"2026-11-21T12:00Z",
	"2026-11-21T12:00:00",
	"2026-11-21T12:00:00.Z",
	"2026-11-21T12:00:00,5Z",
	"2026-11-21T12:00:00ZZ",
	"2026-11-21T12:00:00Z ",
	" 2026-11-21T12:00:00Z",
	"2026-1-21T12:00:00Z",
	"02026-11-21T12:00:00Z",
	"2026-00-21T12:00:00Z",
	"2026-13-21T12:00:00Z",
	"2026-11-00T12:00:00Z",
	"2026-11-31T12:00:00Z",
	"2026-02-29T12:00:00Z",
	"1900-02-29T12:00:00Z",
	"2026-11-21T24:00:00Z",
	"2026-11-21T12:60:00Z",
	"2026-11-21T12:00:61Z",
	"2026-11-21T12:00:60Z",
	"2026-11-21T12:00:00+24:00",
	"2026-11-21T12:00:00+05:60",
	"2026-11-21T12:00:00+0530",
	"2026-11-21T12:00:00+05",
	"2026-11-21T12:00:00 +05:30",
	"+026-11-21T12:00:00Z",
	"2026-11-21T12:00:0xZ",
	"0000-01-01T00:00:00+00:01",
	"9999-12-31T23:59:59-00:01",
};

static void anything_else_is_refused(void **state)
{
	for (size_t i = 0; i < MU_COUNT(no_times); i++) {
		int64_t wall_ms = 42;

		if (mu_time_parse(no_times[i], &wall_ms))
			fail_msg("\"%s\" was read as a time", no_times[i]);
		assert_int_equal(wall_ms, 42);
	}
}

/* Each prefix of a time is refused, so that nothing is read beyond its end. */
static void prefixes_are_refused(void **state)
{
	static const char whole[] = "2026-11-21T12:00:00.123+05:30";

	for (size_t n = 0; n < strlen(whole); n++) {
		AUTO_FREE char *text = strndup(whole, n);
		int64_t wall_ms;

		assert_false(mu_time_parse(text, &wall_ms));
	}
}

static const struct {
	const char *text;
	int64_t ms;
} durations[] = {
	{ "0", 0 },          { "90", 90000 },  { "250ms", 250 },
	{ "15s", 15000 },    { "5m", 300000 }, { "1h", 3600000 },
	{ "7d", 604800000 }, { "007s", 7000 }, { "9223372036854775807ms", INT64_MAX },
};

static const char *const no_durations[] = {
	"",
	"s",
	"ms",
	"-1s",
	"+1s",
	" 1s",
	"1s ",
	"1 s",
	"1.5s",
	"1S",
	"1M",
	"1w",
	"1h30m",
	"0x10",
	"9223372036854775808ms",
	"9223372036854775807",
	"99999999999999999999d",
	"106751991168d",
};

static void durations_are_read(void **state)
{
	int64_t ms;

	for (size_t i = 0; i < MU_COUNT(durations); i++) {
		assert_true(mu_duration_parse(durations[i].text, &ms));
		assert_int_equal(ms, durations[i].ms);
	}
	for (size_t i = 0; i < MU_COUNT(no_durations); i++) {
		ms = 42;
		if (mu_duration_parse(no_durations[i], &ms))
			fail_msg("\"%s\" was read as a duration", no_durations[i]);
		assert_int_equal(ms, 42);
	}
}

static void the_machines_clocks_run(void **state)
{
	int64_t before = mu_clock_mono_ms(&mu_clock_system);
	int64_t wall_ms = mu_clock_wall_ms(&mu_clock_system);

	assert_true(before >= 0);
	assert_true(mu_clock_mono_ms(&mu_clock_system) >= before);
	assert_in_range(wall_ms / 1000, (int64_t)time(NULL) - 5, (int64_t)time(NULL) + 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_times_are_written_and_read),
		cmocka_unit_test(years_that_have_no_text_give_none),
		cmocka_unit_test(times_survive_the_round_trip),
		cmocka_unit_test(every_form_of_rfc_3339_is_read),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(prefixes_are_refused),
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(the_machines_clocks_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
