/* The token bucket. */
#include "testing.h"

#include "bucket.h"

static void test_burst_then_rate(void **state)
{
	struct mu_bucket bucket;
	int64_t wait_ms = 0;

	mu_bucket_init(&bucket, 3, 1000);
	for (unsigned i = 0; i < 3; i++)
		assert_true(mu_bucket_take(&bucket, 2, 3, 1, 1000, &wait_ms));
	assert_false(mu_bucket_take(&bucket, 2, 3, 1, 1000, &wait_ms));
	assert_int_equal(wait_ms, 500);
	assert_false(mu_bucket_take(&bucket, 2, 3, 1, 1499, &wait_ms));
	assert_int_equal(wait_ms, 1);
	assert_true(mu_bucket_take(&bucket, 2, 3, 1, 1500,
				   &wait_ms)); /* the advice was right to the millisecond */
}

static void test_it_never_holds_more_than_the_burst(void **state)
{
	struct mu_bucket bucket;
	int64_t wait_ms;

	mu_bucket_init(&bucket, 2, 0);
	assert_true(mu_bucket_full(&bucket, 10, 2, 0));
	assert_true(mu_bucket_take(&bucket, 10, 2, 1, INT64_C(1) << 50, &wait_ms));
	assert_true(mu_bucket_take(&bucket, 10, 2, 1, INT64_C(1) << 50, &wait_ms));
	assert_false(mu_bucket_take(&bucket, 10, 2, 1, INT64_C(1) << 50, &wait_ms));
	assert_false(mu_bucket_full(&bucket, 10, 2, INT64_C(1) << 50));
	assert_true(mu_bucket_full(&bucket, 10, 2, (INT64_C(1) << 50) + 200));
}

static void test_costs(void **state)
{
	struct mu_bucket bucket;
	int64_t wait_ms;

	mu_bucket_init(&bucket, 10, 0);
	assert_true(mu_bucket_take(&bucket, 1, 10, 7, 0, &wait_ms));
	assert_false(mu_bucket_take(&bucket, 1, 10, 5, 0, &wait_ms));
	assert_int_equal(wait_ms, 2000);
	assert_true(mu_bucket_take(&bucket, 1, 10, 3, 0, &wait_ms)); /* a refusal took nothing */
	/* what costs more than a burst waits for a full bucket */
	assert_false(mu_bucket_take(&bucket, 1, 10, 50, 9999, &wait_ms));
	assert_true(mu_bucket_take(&bucket, 1, 10, 50, 10000, &wait_ms));
	assert_true(mu_bucket_take(&bucket, 1, 10, 0, 10000, &wait_ms)); /* free is free */
}

static void test_a_clock_that_steps_back_does_no_harm(void **state)
{
	struct mu_bucket bucket;
	int64_t wait_ms;

	mu_bucket_init(&bucket, 1, 5000);
	assert_true(mu_bucket_take(&bucket, 1, 1, 1, 5000, &wait_ms));
	assert_false(mu_bucket_take(&bucket, 1, 1, 1, 1000, &wait_ms));
	assert_int_equal(wait_ms, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst_then_rate),
		cmocka_unit_test(test_it_never_holds_more_than_the_burst),
		cmocka_unit_test(test_costs),
		cmocka_unit_test(test_a_clock_that_steps_back_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
