/* Sealed messages: what opens them and what doesn't. */
#include "testing.h"

#include "muster/base/hash.h"
#include "muster/base/seal.h"

static const uint8_t secret[MU_SEAL_KEY_BYTES] = "a secret of thirty-two bytes...";

static void what_was_sealed_opens(void **state)
{
	uint8_t key[MU_SEAL_KEY_BYTES];
	char sealed[5 + MU_SEAL_BYTES], again[5 + MU_SEAL_BYTES], text[5];

	mu_seal_derive(secret, "test", key);
	mu_seal(key, "channel", "hello", 5, (uint8_t *)sealed);
	assert_true(mu_seal_open(key, "channel", sealed, sizeof(sealed), text));
	assert_memory_equal(text, "hello", 5);
	mu_seal(key, "channel", "hello", 5, (uint8_t *)again);
	assert_memory_not_equal(sealed, again, sizeof(sealed));
	mu_seal(key, "", NULL, 0, (uint8_t *)sealed);
	assert_true(mu_seal_open(key, "", sealed, MU_SEAL_BYTES, text));
}

static void anything_else_does_not(void **state)
{
	uint8_t key[MU_SEAL_KEY_BYTES], other[MU_SEAL_KEY_BYTES];
	char sealed[5 + MU_SEAL_BYTES], text[5 + MU_SEAL_BYTES];

	mu_seal_derive(secret, "test", key);
	mu_seal_derive(secret, "test2", other);
	assert_memory_not_equal(key, other, sizeof(key));
	mu_seal(key, "channel", "hello", 5, (uint8_t *)sealed);
	assert_false(mu_seal_open(other, "channel", sealed, sizeof(sealed), text));
	assert_false(mu_seal_open(secret, "channel", sealed, sizeof(sealed), text));
	assert_false(mu_seal_open(key, "channe", sealed, sizeof(sealed), text));
	for (size_t n = 0; n < sizeof(sealed); n++)
		assert_false(mu_seal_open(key, "channel", sealed, n, text));
	for (size_t bit = 0; bit < sizeof(sealed) * 8; bit++) {
		sealed[bit / 8] ^= (char)(1 << bit % 8);
		assert_false(mu_seal_open(key, "channel", sealed, sizeof(sealed), text));
		sealed[bit / 8] ^= (char)(1 << bit % 8);
	}
	assert_true(mu_seal_open(key, "channel", sealed, sizeof(sealed), text));
}

static void a_wiped_secret_is_gone(void **state)
{
	char text[8] = "secret";

	mu_seal_wipe(text, sizeof(text));
	assert_memory_equal(text, (const char[8]){ 0 }, sizeof(text));
}

static int start(void **state)
{
	return mu_hash_start() ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_sealed_opens),
		cmocka_unit_test(anything_else_does_not),
		cmocka_unit_test(a_wiped_secret_is_gone),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
