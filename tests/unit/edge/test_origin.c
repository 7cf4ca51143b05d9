/* Which pages may connect. */
#include "testing.h"

#include "muster/base/mem.h"

#include "origin.h"

static const struct {
	const char *list, *origin, *host;
	enum mu_origin is;
} rows[] = {
	{ "", NULL, "hub", MU_ORIGIN_NONE },
	{ "https://a.test", NULL, "hub", MU_ORIGIN_NONE },
	{ "", "http://hub", "hub", MU_ORIGIN_SAME },
	{ "", "http://HUB", "hub", MU_ORIGIN_SAME },
	{ "", "http://hub:80", "hub", MU_ORIGIN_SAME },
	{ "", "https://hub", "hub:443", MU_ORIGIN_SAME },
	{ "", "http://hub:8080", "hub:8080", MU_ORIGIN_SAME },
	{ "", "http://[::1]:8080", "[::1]:8080", MU_ORIGIN_SAME },
	{ "", "http://hub:8081", "hub:8080", MU_ORIGIN_FOREIGN },
	{ "", "http://hub", "hub:443", MU_ORIGIN_FOREIGN },
	{ "", "http://hub.evil.test", "hub", MU_ORIGIN_FOREIGN },
	{ "", "http://evil.test", "hub", MU_ORIGIN_FOREIGN },
	{ "", "null", "hub", MU_ORIGIN_FOREIGN },
	{ "", "", "hub", MU_ORIGIN_FOREIGN },
	{ "", "http://", "hub", MU_ORIGIN_FOREIGN },
	{ "", "ftp://hub", "hub", MU_ORIGIN_FOREIGN },
	{ "", "http://hub", NULL, MU_ORIGIN_FOREIGN },
	{ "", "hub", "hub", MU_ORIGIN_FOREIGN },
	{ "https://a.test", "https://a.test", "hub", MU_ORIGIN_LISTED },
	{ " https://b.test , https://a.test ", "https://A.test", "hub", MU_ORIGIN_LISTED },
	{ "https://a.test", "http://a.test", "hub", MU_ORIGIN_FOREIGN },
	{ "https://a.test", "https://a.test.evil.test", "hub", MU_ORIGIN_FOREIGN },
	{ "https://a.test", "https://a.tes", "hub", MU_ORIGIN_FOREIGN },
	{ "https://a.test", "http://hub", "hub", MU_ORIGIN_SAME },
	{ "https://a.test", "http://hub", "hub:8080", MU_ORIGIN_FOREIGN },
	{ "*", "https://any.test", "hub", MU_ORIGIN_LISTED },
	{ "*", "null", "hub", MU_ORIGIN_LISTED },
	{ " , ", "http://hub", "hub", MU_ORIGIN_SAME },
};

static struct mu_slice slice(const char *text)
{
	return (struct mu_slice){ text, text ? strlen(text) : 0 };
}

static void test_rows(void **state)
{
	for (size_t i = 0; i < MU_COUNT(rows); i++)
		if (mu_origin_of(rows[i].list, slice(rows[i].origin), slice(rows[i].host)) != rows[i].is)
			fail_msg("row %zu: \"%s\" against \"%s\" at %s", i, rows[i].origin, rows[i].list,
				 rows[i].host);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
