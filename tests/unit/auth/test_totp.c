/* One-time passwords against the vectors of RFC 6238, and recovery codes. */
#include "testing.h"

#include "muster/auth/totp.h"
#include "muster/base/hash.h"
#include "muster/base/mem.h"

#include <liboath/oath.h>

/* "12345678901234567890", the secret of appendix B. */
#define RFC_SECRET "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
#define STEP_S (MU_TOTP_STEP_MS / 1000)

/* Appendix B has eight digits; six are their tail. */
static const struct {
	int64_t at_s;
	const char *code;
} vectors[] = {
	{ 59, "287082" },         { 1111111109, "081804" }, { 1111111111, "050471" },
	{ 1234567890, "005924" }, { 2000000000, "279037" }, { 20000000000, "353130" },
};

static void codes_are_those_of_the_rfc(void **state)
{
	char code[MU_TOTP_DIGITS + 1];

	for (size_t i = 0; i < MU_COUNT(vectors); i++) {
		assert_int_equal(mu_totp_code(RFC_SECRET, vectors[i].at_s / STEP_S, code), MU_OK);
		assert_string_equal(code, vectors[i].code);
		assert_int_equal(mu_totp_match(RFC_SECRET, vectors[i].code, vectors[i].at_s * 1000, 0),
				 vectors[i].at_s / STEP_S);
	}
}

static void a_code_counts_one_step_early_and_one_late(void **state)
{
	const int64_t step = 2000000000 / STEP_S;

	for (int64_t drift = -3; drift <= 3; drift++)
		assert_int_equal(
			mu_totp_match(RFC_SECRET, "279037", (step + drift) * MU_TOTP_STEP_MS + 29999, 0),
			drift >= -1 && drift <= 1 ? step : 0);
}

static void a_code_counts_only_for_a_later_step_than_the_last(void **state)
{
	const int64_t now_ms = 2000000000000, step = now_ms / MU_TOTP_STEP_MS;
	char next[MU_TOTP_DIGITS + 1];

	assert_int_equal(mu_totp_match(RFC_SECRET, "279037", now_ms, step - 1), step);
	assert_int_equal(mu_totp_match(RFC_SECRET, "279037", now_ms, step), 0);
	assert_int_equal(mu_totp_match(RFC_SECRET, "279037", now_ms, step + 1), 0);
	assert_int_equal(mu_totp_code(RFC_SECRET, step + 1, next), MU_OK);
	assert_int_equal(mu_totp_match(RFC_SECRET, next, now_ms, step), step + 1);
}

static void a_code_is_six_digits_and_maybe_spaces(void **state)
{
	static const char *const wrong[] = { "",        "27903",   "2790370",  "27903a",
					     "-279037", "279-037", "279037\n", "２７９０３７" };
	const int64_t now_ms = 2000000000000;

	assert_int_not_equal(mu_totp_match(RFC_SECRET, "279 037", now_ms, 0), 0);
	assert_int_not_equal(mu_totp_match(RFC_SECRET, " 279037 ", now_ms, 0), 0);
	for (size_t i = 0; i < MU_COUNT(wrong); i++)
		assert_int_equal(mu_totp_match(RFC_SECRET, wrong[i], now_ms, 0), 0);
	assert_int_equal(mu_totp_match("not base32!", "279037", now_ms, 0), 0);
}

static void a_secret_is_160_random_bits(void **state)
{
	char a[MU_TOTP_SECRET_TEXT], b[MU_TOTP_SECRET_TEXT], *bytes = NULL;
	size_t n = 0;

	assert_int_equal(mu_totp_make(a), MU_OK);
	assert_int_equal(mu_totp_make(b), MU_OK);
	assert_string_not_equal(a, b);
	assert_int_equal(oath_base32_decode(a, strlen(a), &bytes, &n), OATH_OK);
	assert_int_equal(n * 8, 160);
	free(bytes);
}

static void the_address_is_escaped(void **state)
{
	AUTO_FREE char *uri = NULL;

	assert_int_equal(mu_totp_uri(RFC_SECRET, "Ada & Söhne: 100%", "ada+1@acme.test", &uri), MU_OK);
	assert_string_equal(uri, "otpauth://totp/Ada%20%26%20S%C3%B6hne%3A%20100%25:ada%2B1%40acme.test"
				 "?secret=" RFC_SECRET "&issuer=Ada%20%26%20S%C3%B6hne%3A%20100%25"
				 "&algorithm=SHA1&digits=6&period=30");
}

static void a_recovery_code_survives_being_typed_from_paper(void **state)
{
	static const char *const typed[] = { "0123-ABCD-1101-XYZ9", "0123abcd1101xyz9",
					     " o123 abcd iLO1 xyz9 ", "O123-ABCD-LIO1-XYZ9" };
	static const char *const wrong[] = { "",
					     "0123-ABCD-1101-XYZ",
					     "0123-ABCD-1101-XYZ99",
					     "0123-ABCD-1101-XYU9",
					     "0123_ABCD-1101-XYZ9",
					     "279037" };
	char first[MU_RECOVERY_DIGEST], again[MU_RECOVERY_DIGEST];

	assert_true(mu_recovery_digest(typed[0], first));
	for (size_t i = 1; i < MU_COUNT(typed); i++) {
		assert_true(mu_recovery_digest(typed[i], again));
		assert_string_equal(first, again);
	}
	for (size_t i = 0; i < MU_COUNT(wrong); i++)
		assert_false(mu_recovery_digest(wrong[i], again));
	assert_true(mu_recovery_digest("0123-ABCD-1101-XYZ8", again));
	assert_string_not_equal(first, again);
}

static void recovery_codes_are_random_and_readable(void **state)
{
	char a[MU_RECOVERY_TEXT], b[MU_RECOVERY_TEXT], digest[MU_RECOVERY_DIGEST];

	mu_recovery_make(a);
	mu_recovery_make(b);
	assert_int_equal(strlen(a), MU_RECOVERY_TEXT - 1);
	assert_int_equal(strspn(a, "0123456789ABCDEFGHJKMNPQRSTVWXYZ-"), strlen(a));
	assert_string_not_equal(a, b);
	assert_true(mu_recovery_digest(a, digest));
	assert_int_equal(strlen(digest), MU_RECOVERY_DIGEST - 1);
}

static int start(void **state)
{
	assert_int_equal(mu_hash_start(), MU_OK);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_those_of_the_rfc),
		cmocka_unit_test(a_code_counts_one_step_early_and_one_late),
		cmocka_unit_test(a_code_counts_only_for_a_later_step_than_the_last),
		cmocka_unit_test(a_code_is_six_digits_and_maybe_spaces),
		cmocka_unit_test(a_secret_is_160_random_bits),
		cmocka_unit_test(the_address_is_escaped),
		cmocka_unit_test(a_recovery_code_survives_being_typed_from_paper),
		cmocka_unit_test(recovery_codes_are_random_and_readable),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
