/* A keyring takes only keys of the right length under a valid, fresh id, and lives as long as its last
 * reference. */
#include "testing.h"

#include "muster/auth/token.h"
#include "muster/base/mem.h"

#include "failing_alloc.h"
#include "keyring.c"

static const uint8_t material[MU_HS256_MAX_BYTES + 1];

static const struct {
	const char *kid;
	enum mu_alg alg;
	size_t bytes;
	enum mu_err err;
} additions[] = {
	{ "k", MU_ALG_HS256, 31, MU_INVALID_PARAMS },
	{ "k", MU_ALG_HS256, 65, MU_INVALID_PARAMS },
	{ "k", MU_ALG_HS256, 0, MU_INVALID_PARAMS },
	{ "k", MU_ALG_EDDSA, 31, MU_INVALID_PARAMS },
	{ "k", MU_ALG_EDDSA, 33, MU_INVALID_PARAMS },
	{ "k", MU_ALG_EDDSA, 64, MU_INVALID_PARAMS },
	{ "k", MU_ALG_API_KEY, 31, MU_INVALID_PARAMS },
	{ "k", MU_ALG_API_KEY, 33, MU_INVALID_PARAMS },
	{ "k", (enum mu_alg)7, 32, MU_INVALID_PARAMS },
	{ "", MU_ALG_HS256, 32, MU_INVALID_PARAMS },
	{ "a b", MU_ALG_HS256, 32, MU_INVALID_PARAMS },
	{ "../k", MU_ALG_HS256, 32, MU_INVALID_PARAMS },
	{ "hs", MU_ALG_HS256, 32, MU_OK },
	{ "hs64", MU_ALG_HS256, 64, MU_OK },
	{ "ed", MU_ALG_EDDSA, 32, MU_OK },
	{ "api", MU_ALG_API_KEY, 32, MU_OK },
	{ "hs", MU_ALG_HS256, 32, MU_CONFLICT },
	{ "hs", MU_ALG_EDDSA, 32, MU_CONFLICT },
};

static void keys_are_taken_by_their_rules(void **state)
{
	struct mu_keyring *keyring = mu_keyring_create("acme");

	assert_non_null(keyring);
	assert_string_equal(mu_keyring_workspace(keyring), "acme");
	for (size_t i = 0; i < MU_COUNT(additions); i++) {
		enum mu_err err = mu_keyring_add(keyring, additions[i].kid, additions[i].alg, material,
						 additions[i].bytes);

		if (err != additions[i].err)
			fail_msg("row %zu gives %d", i, err);
	}
	assert_int_equal(mu_keyring_find(keyring, "hs")->bytes, 32);
	assert_int_equal(mu_keyring_find(keyring, "ed")->alg, MU_ALG_EDDSA);
	assert_null(mu_keyring_find(keyring, "k"));
	mu_keyring_unref(keyring);
}

static void the_last_reference_frees_it(void **state)
{
	struct mu_keyring *keyring = mu_keyring_create("acme");
	long before = frees;

	assert_int_equal(mu_keyring_add(keyring, "a", MU_ALG_HS256, material, 32), MU_OK);
	assert_ptr_equal(mu_keyring_ref(keyring), keyring);
	mu_keyring_unref(keyring);
	assert_int_equal(frees, before);
	assert_non_null(mu_keyring_find(keyring, "a"));
	mu_keyring_unref(keyring);
	assert_true(frees > before);
	mu_keyring_unref(NULL);
}

static void a_failed_addition_leaves_the_keyring_as_it_was(void **state)
{
	for (long n = 0;; n++) {
		struct mu_keyring *keyring = mu_keyring_create("acme");
		enum mu_err err;

		failing_after(n);
		err = mu_keyring_add(keyring, "a", MU_ALG_HS256, material, 32);
		failing_never();
		assert_int_equal(err, mu_keyring_find(keyring, "a") ? MU_OK : MU_NO_MEMORY);
		if (err)
			assert_int_equal(mu_keyring_add(keyring, "a", MU_ALG_HS256, material, 32), MU_OK);
		mu_keyring_unref(keyring);
		if (!err) {
			assert_true(n > 0);
			break;
		}
	}
	failing_after(0);
	assert_null(mu_keyring_create("acme"));
	failing_never();
}

static int start(void **state)
{
	return mu_hash_start() ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_taken_by_their_rules),
		cmocka_unit_test(the_last_reference_frees_it),
		cmocka_unit_test(a_failed_addition_leaves_the_keyring_as_it_was),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
