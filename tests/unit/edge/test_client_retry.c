/* Whether and when a client comes back. */
#include "testing.h"

#include "client_retry.h"

#include "muster/base/err.h"

/* The table of close codes says of each whether coming back helps; the client, which goes by ranges, agrees.
 */
static void test_it_agrees_with_the_table_of_close_codes(void **state)
{
	const struct mu_close_info *info;

	for (unsigned i = 0; (info = mu_close_row(i)); i++) {
		if (info->code == MU_CLOSE_NORMAL || info->code == MU_CLOSE_GOING_AWAY)
			continue; /* the hub may end normally and be there again */
		if (client_retry_helps((int)info->code) != info->retry)
			fail_msg("not so for %d", info->code);
	}
}

static void test_codes_of_the_future_go_by_their_hundred(void **state)
{
	assert_false(client_retry_helps(4000));
	assert_false(client_retry_helps(4099));
	assert_true(client_retry_helps(4100));
	assert_true(client_retry_helps(4199));
	assert_true(client_retry_helps(4200));
	assert_true(client_retry_helps(4299));
	assert_true(client_retry_helps(0));
	assert_true(client_retry_helps(1000));
	assert_true(client_retry_helps(1001));
	assert_true(client_retry_helps(1006));
	assert_true(client_retry_helps(1011));
}

static void test_jitter_fills_a_window_that_doubles(void **state)
{
	static const int64_t windows[] = { 1000, 2000, 4000, 8000, 16000, 30000, 30000 };

	for (unsigned failures = 0; failures < sizeof(windows) / sizeof(*windows); failures++) {
		uint64_t window = (uint64_t)windows[failures];

		assert_int_equal(client_retry_ms(0, 0, failures, 0), 0);
		assert_int_equal(client_retry_ms(0, 0, failures, window - 1), window - 1);
		assert_int_equal(client_retry_ms(0, 0, failures, window), 0);
	}
	assert_in_range(client_retry_ms(0, 0, UINT32_MAX, UINT64_MAX), 0, CLIENT_RETRY_MAX_MS - 1);
}

static void test_the_advice_of_the_hub_is_never_undercut(void **state)
{
	struct random random = random_start();

	for (int i = 0; i < 1000; i++) {
		int64_t advice = (int64_t)random_below(&random, CLIENT_ADVICE_MAX_MS + 1);
		unsigned failures = (unsigned)random_below(&random, 12);
		int code = (int)random_below(&random, 5000);
		int64_t delay = client_retry_ms(code, advice, failures, random_next(&random));

		CHECK_RANDOM(&random, delay >= advice && delay < advice + CLIENT_RETRY_MAX_MS);
	}
}

static void test_who_is_told_to_come_at_once_does_so_the_first_time(void **state)
{
	assert_int_equal(client_retry_ms(4200, 0, 0, 999), 0);
	assert_int_equal(client_retry_ms(4200, 800, 0, 999), 800);
	assert_int_equal(client_retry_ms(4200, 800, 1, 999), 1799);
	assert_int_equal(client_retry_ms(4100, 800, 0, 999), 1799);
}

static void test_advice_that_makes_no_sense_is_bounded(void **state)
{
	assert_int_equal(client_retry_ms(4200, -5, 0, 0), 0);
	assert_int_equal(client_retry_ms(4200, INT64_MAX, 0, 0), CLIENT_ADVICE_MAX_MS);
	assert_in_range(client_retry_ms(4100, INT64_MAX, 9, UINT64_MAX), CLIENT_ADVICE_MAX_MS,
			CLIENT_ADVICE_MAX_MS + CLIENT_RETRY_MAX_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_agrees_with_the_table_of_close_codes),
		cmocka_unit_test(test_codes_of_the_future_go_by_their_hundred),
		cmocka_unit_test(test_jitter_fills_a_window_that_doubles),
		cmocka_unit_test(test_the_advice_of_the_hub_is_never_undercut),
		cmocka_unit_test(test_who_is_told_to_come_at_once_does_so_the_first_time),
		cmocka_unit_test(test_advice_that_makes_no_sense_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
