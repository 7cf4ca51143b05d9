/* New passwords are judged by what they are, not by which characters they use; hashes are argon2id and never
 * tell whether there was a user. */
#include "testing.h"

#include "password.c"

#include "muster/base/hash.h"

#define EMAIL "ada.lovelace@acme.test"

static const struct {
	const char *password;
	const char *reason; /* part of it; NULL: acceptable */
} candidates[] = {
	{ "correct horse battery staple", NULL },
	{ "tidy-otter-42-lamp", NULL },
	{ "xK7#pQ2$mZ", NULL },
	{ "zehn Grüße!", NULL },
	{ "ten", "at least 10 characters" },
	{ "", "at least 10 characters" },
	{ "xK7#pQ2$m", "at least 10 characters" },
	{ "üüüüüßßßß", "at least 10 characters" }, /* 9 characters in 18 bytes */
	{ "aaaaaaaaaaaa", "run" },
	{ "abcdefghijkl", "run" },
	{ "ABCDEFghijkl", "run" },
	{ "zyxwvutsrqpo", "run" },
	{ "3456789:;<=>", "run" },
	{ "1212121212", "repetition" },
	{ "abcabcabcab", "repetition" },
	{ "abcdabcdabcd", "repetition" },
	{ "        ..", NULL }, /* odd, but neither a run nor known */
	{ "ada.lovelace", "email" },
	{ "ADA.Lovelace@acme.test", "email" },
	{ "lovelace@acme", "email" },
	{ "@acme.test", "email" },
	{ "ada.lovelace1815", "email" },
	{ "ada.lovelace plays the engine", NULL },
	{ "1234567890", "most common" },
	{ "qwertyuiop", "most common" },
	{ "1q2w3e4r5t", "most common" },
	{ "password123", "most common" },
	{ "Password2024!", "most common" },
	{ "P@ssw0rd!!", "most common" },
	{ "!!!welcome!!!", "most common" },
	{ "iloveyou2024", "most common" },
	{ "123456789a", "most common" },
	{ "summer2026", "most common" },
	{ "x1q2w3e4r5t!", "most common" },
	{ "password by any other name", NULL },
	{ "summer 8241905736", NULL },
};

static void passwords_are_judged(void **state)
{
	for (size_t i = 0; i < MU_COUNT(candidates); i++) {
		struct mu_fault fault = { 0 };
		enum mu_err err = mu_password_check("secret", candidates[i].password, EMAIL, &fault);

		if (err != (candidates[i].reason ? MU_INVALID_PARAMS : MU_OK))
			fail_msg("\"%s\" gives %d (%s)", candidates[i].password, err, fault.fields[0].reason);
		if (!err)
			continue;
		assert_int_equal(fault.n_fields, 1);
		assert_string_equal(fault.fields[0].name, "secret");
		if (!strstr(fault.fields[0].reason, candidates[i].reason))
			fail_msg("\"%s\": %s", candidates[i].password, fault.fields[0].reason);
		assert_null(strstr(fault.fields[0].reason, "xK7"));
	}
}

static void every_common_word_is_refused_with_trimmings(void **state)
{
	for (size_t i = 0; i < MU_COUNT(common_passwords); i++) {
		char password[64];

		assert_true(strlen(common_passwords[i]) <= 16);
		for (const char *c = common_passwords[i]; *c; c++)
			assert_true(*c >= '0' && *c <= 'z' && !(*c >= 'A' && *c <= 'Z'));
		snprintf(password, sizeof(password), "%s2026!?", common_passwords[i]);
		if (isalpha((unsigned char)common_passwords[i][0]) && strlen(password) >= MU_PASSWORD_MIN &&
		    !strpbrk(common_passwords[i], "0123456789") &&
		    mu_password_check("secret", password, NULL, NULL) != MU_INVALID_PARAMS)
			fail_msg("%s should be refused", password);
		if (strlen(common_passwords[i]) >= MU_PASSWORD_MIN)
			assert_int_equal(mu_password_check("secret", common_passwords[i], NULL, NULL),
					 MU_INVALID_PARAMS);
	}
}

static void length_is_bounded_in_bytes(void **state)
{
	char password[MU_PASSWORD_MAX + 2];
	struct mu_fault fault = { 0 };

	for (size_t i = 0; i < sizeof(password); i++)
		password[i] = (char)('a' + i * i % 23);
	password[MU_PASSWORD_MAX] = '\0';
	assert_int_equal(mu_password_check("secret", password, EMAIL, &fault), MU_OK);
	password[MU_PASSWORD_MAX] = 'z';
	password[MU_PASSWORD_MAX + 1] = '\0';
	assert_int_equal(mu_password_check("secret", password, EMAIL, &fault), MU_INVALID_PARAMS);
	assert_string_equal(fault.fields[0].reason, "must be at most 256 bytes");
}

static void an_email_may_be_missing_or_odd(void **state)
{
	assert_int_equal(mu_password_check("secret", "tidy-otter-42-lamp", NULL, NULL), MU_OK);
	assert_int_equal(mu_password_check("secret", "tidy-otter-42-lamp", "", NULL), MU_OK);
	assert_int_equal(mu_password_check("secret", "tidy-otter-42-lamp", "@", NULL), MU_OK);
	assert_int_equal(mu_password_check("secret", "tidy-otter-42-lamp", "ot@acme.test", NULL), MU_OK);
}

static void a_hash_fits_its_password_only(void **state)
{
	char hash[MU_PASSWORD_HASH], again[MU_PASSWORD_HASH];

	assert_int_equal(mu_password_hash("tidy-otter-42-lamp", hash), MU_OK);
	assert_int_equal(mu_password_hash("tidy-otter-42-lamp", again), MU_OK);
	assert_string_not_equal(hash, again);
	assert_int_equal(strncmp(hash, "$argon2id$v=19$m=65536,t=2,p=1$", 31), 0);
	assert_true(mu_password_verify(hash, "tidy-otter-42-lamp"));
	assert_false(mu_password_verify(hash, "tidy-otter-42-lamq"));
	assert_false(mu_password_verify(hash, ""));
}

/* What stands in for a missing hash costs what a real one costs: same algorithm, memory and passes. */
static void without_a_hash_the_same_work_is_done_in_vain(void **state)
{
	assert_int_equal(crypto_pwhash_str_needs_rehash(nobody, PASSES, MEMORY_BYTES), 0);
	assert_false(mu_password_verify(NULL, "tidy-otter-42-lamp"));
	assert_false(mu_password_verify(NULL, ""));
}

static void what_is_no_hash_fits_nothing(void **state)
{
	assert_false(mu_password_verify("", "tidy-otter-42-lamp"));
	assert_false(mu_password_verify("tidy-otter-42-lamp", "tidy-otter-42-lamp"));
	assert_false(mu_password_verify("$argon2id$v=19$m=65536,t=2,p=1$AAAA", "x"));
}

static void a_password_over_the_limit_is_not_even_hashed(void **state)
{
	char password[MU_PASSWORD_MAX + 2];
	char hash[MU_PASSWORD_HASH];

	memset(password, 'a', sizeof(password) - 1);
	password[MU_PASSWORD_MAX + 1] = '\0';
	assert_int_equal(mu_password_hash(password, hash), MU_OK);
	assert_false(mu_password_verify(hash, password));
}

static int start(void **state)
{
	return mu_hash_start() ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passwords_are_judged),
		cmocka_unit_test(every_common_word_is_refused_with_trimmings),
		cmocka_unit_test(length_is_bounded_in_bytes),
		cmocka_unit_test(an_email_may_be_missing_or_odd),
		cmocka_unit_test(a_hash_fits_its_password_only),
		cmocka_unit_test(without_a_hash_the_same_work_is_done_in_vain),
		cmocka_unit_test(what_is_no_hash_fits_nothing),
		cmocka_unit_test(a_password_over_the_limit_is_not_even_hashed),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
