/* Offsets of a few zones whose rules are known. Needs the machine's IANA database (package tzdata). */
#include "testing.h"

#include "muster/base/clock.h"
#include "muster/base/mem.h"
#include "muster/base/zone.h"

static const struct {
	const char *zone;
	const char *time;
	int offset_s;
} known[] = {
	{ "UTC", "2026-07-01T00:00:00Z", 0 },
	{ "Etc/GMT+5", "2026-07-01T00:00:00Z", -18000 },
	{ "Asia/Kolkata", "2026-07-01T00:00:00Z", 19800 },
	{ "America/New_York", "2026-01-15T12:00:00Z", -18000 },
	{ "America/New_York", "2026-07-15T12:00:00Z", -14400 },
	{ "America/New_York", "1967-04-30T06:59:59.999Z", -18000 },
	{ "America/New_York", "1967-04-30T07:00:00Z", -14400 },
	/* Europe's clocks change at 01:00 UTC on the last Sundays of March and October. */
	{ "Europe/Berlin", "2026-03-29T00:59:59.999Z", 3600 },
	{ "Europe/Berlin", "2026-03-29T01:00:00Z", 7200 },
	{ "Europe/Berlin", "2026-10-25T00:59:59.999Z", 7200 },
	{ "Europe/Berlin", "2026-10-25T01:00:00Z", 3600 },
	{ "Europe/Berlin", "1969-12-31T23:59:59.999Z", 3600 },
	/* Half an hour of summer time. */
	{ "Australia/Lord_Howe", "2026-01-01T00:00:00Z", 39600 },
	{ "Australia/Lord_Howe", "2026-07-01T00:00:00Z", 37800 },
};

static void offsets_are_those_of_the_database(void **state)
{
	for (size_t i = 0; i < MU_COUNT(known); i++) {
		struct mu_zone *zone = NULL;
		int64_t wall_ms = 0;

		assert_true(mu_time_parse(known[i].time, &wall_ms));
		assert_int_equal(mu_zone_create(known[i].zone, &zone), MU_OK);
		assert_int_equal(mu_zone_offset_s(zone, wall_ms), known[i].offset_s);
		mu_zone_destroy(zone);
	}
}

static void no_zone_is_utc(void **state)
{
	assert_int_equal(mu_zone_offset_s(NULL, 0), 0);
	mu_zone_destroy(NULL);
}

static const char *const unknown[] = {
	"",
	"Nowhere/Atlantis",
	"Europe/",
	"europe berlin",
	"/etc/localtime",
	"../zoneinfo/UTC",
	"Europe/../UTC",
	":UTC",
	"+02:00",
	"-0300",
	"05",
	"Europe/Berlin\n",
	"Europe/Berlin,M3.5.0",
	"A/name/that/is/much/longer/than/any/name/of/a/zone/in/the/whole/database",
};

static void other_names_are_not_found(void **state)
{
	for (size_t i = 0; i < MU_COUNT(unknown); i++) {
		struct mu_zone *zone = NULL;

		if (mu_zone_create(unknown[i], &zone) != MU_NOT_FOUND)
			fail_msg("there is a zone \"%s\"", unknown[i]);
		assert_null(zone);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets_are_those_of_the_database),
		cmocka_unit_test(no_zone_is_utc),
		cmocka_unit_test(other_names_are_not_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
