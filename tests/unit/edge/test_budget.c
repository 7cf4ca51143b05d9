/* Budgets by key: each its own, and never more of them than agreed. */
#include "testing.h"

#include "muster/base/hash.h"

#include "budget.h"

#define RATE 1
#define BURST 2

static bool take(struct mu_budgets *budgets, const char *key, int64_t now_ms, int64_t *ret_wait_ms)
{
	return mu_budgets_take(budgets, key, RATE, BURST, 1, now_ms, ret_wait_ms);
}

static void test_each_key_has_its_own(void **state)
{
	struct mu_budgets *budgets = mu_budgets_create(10);
	int64_t wait_ms = 0;

	assert_true(take(budgets, "ann", 0, &wait_ms));
	assert_true(take(budgets, "ann", 0, &wait_ms));
	assert_false(take(budgets, "ann", 400, &wait_ms));
	assert_int_equal(wait_ms, 600);
	assert_true(take(budgets, "bob", 400, &wait_ms));
	assert_true(take(budgets, "ann", 1000, &wait_ms));
	mu_budgets_destroy(budgets);
}

static void test_who_is_full_again_is_forgotten(void **state)
{
	struct mu_budgets *budgets = mu_budgets_create(100);
	int64_t wait_ms;
	char key[24];

	for (int i = 0; i < 10; i++) {
		snprintf(key, sizeof(key), "%d", i);
		assert_true(take(budgets, key, 0, &wait_ms));
	}
	assert_int_equal(mu_budgets_count(budgets), 10);
	for (int i = 0; i < 10; i++) {
		snprintf(key, sizeof(key), "late%d", i);
		assert_true(take(budgets, key, 5000, &wait_ms));
	}
	assert_int_equal(mu_budgets_count(budgets), 10);
	mu_budgets_destroy(budgets);
}

static void test_there_are_never_too_many(void **state)
{
	struct mu_budgets *budgets = mu_budgets_create(3);
	int64_t wait_ms;
	char key[24];

	assert_true(take(budgets, "busy", 0, &wait_ms));
	assert_true(take(budgets, "busy", 0, &wait_ms));
	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		assert_true(take(budgets, key, 1, &wait_ms));
		assert_true(mu_budgets_count(budgets) <= 3);
		assert_false(take(budgets, "busy", 1, &wait_ms)); /* who goes on asking is not forgotten */
	}
	mu_budgets_destroy(budgets);
}

static int start(void **state)
{
	return mu_hash_start() != MU_OK;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_key_has_its_own),
		cmocka_unit_test(test_who_is_full_again_is_forgotten),
		cmocka_unit_test(test_there_are_never_too_many),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
