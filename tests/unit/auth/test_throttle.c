/* The brake on guessing, in made-up time. */
#include "testing.h"

#include "muster/auth/throttle.h"
#include "muster/base/hash.h"
#include "muster/base/mem.h"

#define LIMIT 3
#define WINDOW 1000

static struct mu_throttle *throttle;

static int setup(void **state)
{
	throttle = mu_throttle_create(LIMIT, WINDOW, 4);
	return throttle ? 0 : -1;
}

static int teardown(void **state)
{
	mu_throttle_destroy(throttle);
	return 0;
}

static void fail_at(const char *key, int64_t first_ms, int64_t second_ms, int64_t third_ms)
{
	mu_throttle_fail(throttle, key, first_ms);
	mu_throttle_fail(throttle, key, second_ms);
	mu_throttle_fail(throttle, key, third_ms);
}

static void the_limit_is_reached_by_the_last_allowed_failure(void **state)
{
	assert_int_equal(mu_throttle_wait_ms(throttle, "ada", 0), 0);
	mu_throttle_fail(throttle, "ada", 0);
	mu_throttle_fail(throttle, "ada", 100);
	assert_int_equal(mu_throttle_wait_ms(throttle, "ada", 100), 0);
	mu_throttle_fail(throttle, "ada", 200);
	assert_int_equal(mu_throttle_wait_ms(throttle, "ada", 200), 800);
}

static void the_window_slides_over_each_failure(void **state)
{
	fail_at("ada", 0, 100, 200);
	assert_int_equal(mu_throttle_wait_ms(throttle, "ada", 999), 1);
	assert_int_equal(mu_throttle_wait_ms(throttle, "ada", 1000), 0);
	mu_throttle_fail(throttle, "ada", 1000);
	assert_int_equal(mu_throttle_wait_ms(throttle, "ada", 1000), 100);
	assert_int_equal(mu_throttle_wait_ms(throttle, "ada", 1100), 0);
}

static void failing_on_while_stopped_prolongs_the_wait(void **state)
{
	fail_at("ada", 0, 0, 0);
	mu_throttle_fail(throttle, "ada", 500);
	mu_throttle_fail(throttle, "ada", 600);
	mu_throttle_fail(throttle, "ada", 700);
	assert_int_equal(mu_throttle_wait_ms(throttle, "ada", 700), 800);
}

static void keys_do_not_share_their_failures(void **state)
{
	fail_at("ada", 0, 0, 0);
	assert_int_equal(mu_throttle_wait_ms(throttle, "bea", 0), 0);
	assert_int_equal(mu_throttle_wait_ms(throttle, "ad", 0), 0);
	assert_int_equal(mu_throttle_wait_ms(throttle, "", 0), 0);
}

static void a_right_attempt_is_taken_back_and_no_other(void **state)
{
	mu_throttle_fail(throttle, "ada", 0);
	mu_throttle_fail(throttle, "ada", 10);
	mu_throttle_fail(throttle, "ada", 20);
	mu_throttle_forgive(throttle, "ada");
	assert_int_equal(mu_throttle_wait_ms(throttle, "ada", 20), 0);
	mu_throttle_fail(throttle, "ada", 30);
	assert_int_equal(mu_throttle_wait_ms(throttle, "ada", 30), 970);
}

static void forgiving_more_than_there_was_is_harmless(void **state)
{
	mu_throttle_forgive(throttle, "ada");
	mu_throttle_fail(throttle, "ada", 0);
	mu_throttle_forgive(throttle, "ada");
	mu_throttle_forgive(throttle, "ada");
	fail_at("ada", 0, 0, 0);
	assert_int_equal(mu_throttle_wait_ms(throttle, "ada", 0), WINDOW);
}

static void attempts_in_parallel_are_counted_before_they_are_checked(void **state)
{
	int let_through = 0;

	for (int i = 0; i < 10; i++) {
		if (mu_throttle_wait_ms(throttle, "ada", 0) > 0)
			continue;
		mu_throttle_fail(throttle, "ada", 0);
		let_through++;
	}
	assert_int_equal(let_through, LIMIT);
}

static void when_full_the_key_that_ends_first_is_forgotten(void **state)
{
	fail_at("a", 0, 0, 1);
	fail_at("b", 0, 0, 2);
	fail_at("c", 0, 0, 3);
	fail_at("d", 0, 0, 4);
	mu_throttle_fail(throttle, "a", 5);
	fail_at("e", 6, 6, 6);
	assert_int_equal(mu_throttle_wait_ms(throttle, "b", 6), 0);
	assert_true(mu_throttle_wait_ms(throttle, "a", 6) > 0);
	assert_true(mu_throttle_wait_ms(throttle, "c", 6) > 0);
	assert_true(mu_throttle_wait_ms(throttle, "d", 6) > 0);
	assert_true(mu_throttle_wait_ms(throttle, "e", 6) > 0);
}

static void a_flood_of_keys_pushes_out_only_as_many_as_it_must(void **state)
{
	char key[16];

	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		fail_at(key, i, i, i);
	}
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		assert_int_equal(mu_throttle_wait_ms(throttle, key, 999) > 0, i >= 996);
	}
}

static void ended_keys_make_room_before_live_ones_do(void **state)
{
	fail_at("old1", 0, 0, 0);
	fail_at("old2", 0, 0, 0);
	fail_at("c", 500, 500, 500);
	fail_at("d", 500, 500, 500);
	fail_at("e", 1200, 1200, 1200);
	fail_at("f", 1200, 1200, 1200);
	assert_true(mu_throttle_wait_ms(throttle, "c", 1200) > 0);
	assert_true(mu_throttle_wait_ms(throttle, "d", 1200) > 0);
	assert_true(mu_throttle_wait_ms(throttle, "e", 1200) > 0);
	assert_true(mu_throttle_wait_ms(throttle, "f", 1200) > 0);
}

static void senseless_limits_become_one(void **state)
{
	struct mu_throttle *tiny = mu_throttle_create(0, WINDOW, 0);

	assert_non_null(tiny);
	mu_throttle_fail(tiny, "a", 0);
	assert_int_equal(mu_throttle_wait_ms(tiny, "a", 0), WINDOW);
	mu_throttle_fail(tiny, "b", 0);
	assert_int_equal(mu_throttle_wait_ms(tiny, "a", 0), 0);
	mu_throttle_destroy(tiny);
	mu_throttle_destroy(NULL);
}

/* Against the plainest way to say it: of all failures not taken back, the wait ends when the limit-th latest
 * leaves the window. */
static void it_agrees_with_a_list_of_all_failures(void **state)
{
	struct random random = random_start();
	int64_t all[600];
	size_t n = 0;
	int64_t now_ms = 0;

	for (int step = 0; step < 600; step++) {
		int64_t expected = 0;

		now_ms += (int64_t)random_below(&random, 400);
		if (mu_throttle_wait_ms(throttle, "ada", now_ms) == 0 && random_below(&random, 4) == 0) {
			mu_throttle_fail(throttle, "ada", now_ms);
			mu_throttle_forgive(throttle, "ada");
		} else {
			mu_throttle_fail(throttle, "ada", now_ms);
			all[n++] = now_ms;
		}
		if (n >= LIMIT && all[n - LIMIT] + WINDOW > now_ms)
			expected = all[n - LIMIT] + WINDOW - now_ms;
		CHECK_RANDOM(&random, mu_throttle_wait_ms(throttle, "ada", now_ms) == expected);
	}
}

static int start(void **state)
{
	return mu_hash_start() ? -1 : 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_limit_is_reached_by_the_last_allowed_failure),
		TEST(the_window_slides_over_each_failure),
		TEST(failing_on_while_stopped_prolongs_the_wait),
		TEST(keys_do_not_share_their_failures),
		TEST(a_right_attempt_is_taken_back_and_no_other),
		TEST(forgiving_more_than_there_was_is_harmless),
		TEST(attempts_in_parallel_are_counted_before_they_are_checked),
		TEST(when_full_the_key_that_ends_first_is_forgotten),
		TEST(a_flood_of_keys_pushes_out_only_as_many_as_it_must),
		TEST(ended_keys_make_room_before_live_ones_do),
		TEST(senseless_limits_become_one),
		TEST(it_agrees_with_a_list_of_all_failures),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
