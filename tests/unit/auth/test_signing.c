/* What the hub signs is what it accepts, and nothing is signed that it would refuse. */
#include "minting.h"

static void what_is_signed_is_accepted(void **state)
{
	static const enum mu_alg algs[] = { MU_ALG_HS256, MU_ALG_EDDSA };

	for (size_t i = 0; i < MU_COUNT(algs); i++) {
		bool ed = algs[i] == MU_ALG_EDDSA;
		struct mu_identity in = {
			.workspace = "acme",
			.subject = "u1",
			.token_id = "t-1",
			.issued_at_ms = NOW_MS + 999,
			.expires_at_ms = NOW_MS + 86400000,
		};
		struct mu_identity out;
		AUTO_FREE char *token = NULL;

		assert_int_equal(mu_token_sign(&in, ed ? "ed" : "hs", algs[i], ed ? rig.ed_secret : rig.hs,
					       64, &token),
				 MU_OK);
		assert_int_equal(mu_token_verify(rig.acme, token, NOW_MS, &out, NULL), MU_OK);
		assert_string_equal(out.subject, "u1");
		assert_string_equal(out.token_id, "t-1");
		assert_int_equal(out.issued_at_ms, NOW_MS + 999);
		assert_int_equal(out.expires_at_ms, NOW_MS + 86400000);
	}
}

/* Who signs in right after all tokens were ended gets one that is newer, be it by a millisecond. */
static void the_time_of_issue_is_kept_to_the_millisecond(void **state)
{
	for (int64_t ms = 0; ms < 1000; ms++) {
		const struct mu_identity in = { .workspace = "acme",
						.subject = "u1",
						.issued_at_ms = NOW_MS + ms,
						.expires_at_ms = NOW_MS + 3600000 };
		struct mu_identity out;
		AUTO_FREE char *token = NULL;

		assert_int_equal(mu_token_sign(&in, "hs", MU_ALG_HS256, rig.hs, 64, &token), MU_OK);
		assert_int_equal(mu_token_verify(rig.acme, token, NOW_MS, &out, NULL), MU_OK);
		assert_int_equal(out.issued_at_ms, NOW_MS + ms);
	}
}

/* The text is the one that the hand-made signing of this test gives for the same header and claims. */
static void a_signed_token_has_the_expected_text(void **state)
{
	struct mu_identity identity = { .workspace = "acme",
					.subject = "u1",
					.expires_at_ms = 1700003600000 };
	AUTO_FREE char *expected = mint(ED, GOOD, BY_ED);
	AUTO_FREE char *token = NULL;

	assert_int_equal(mu_token_sign(&identity, "ed", MU_ALG_EDDSA, rig.ed_secret, 64, &token), MU_OK);
	assert_string_equal(token, expected);
}

static const struct {
	const char *what;
	struct mu_identity identity;
	const char *kid;
	enum mu_alg alg;
	size_t bytes;
} unsignable[] = {
	{ "no subject", { .workspace = "acme", .expires_at_ms = NOW_MS }, "ed", MU_ALG_EDDSA, 64 },
	{ "no workspace", { .subject = "u1", .expires_at_ms = NOW_MS }, "ed", MU_ALG_EDDSA, 64 },
	{ "a quote",
	  { .workspace = "acme", .subject = "u\"1", .expires_at_ms = NOW_MS },
	  "ed",
	  MU_ALG_EDDSA,
	  64 },
	{ "an odd token id",
	  { .workspace = "acme", .subject = "u1", .token_id = "a b", .expires_at_ms = NOW_MS },
	  "ed",
	  MU_ALG_EDDSA,
	  64 },
	{ "no kid", { .workspace = "acme", .subject = "u1", .expires_at_ms = NOW_MS }, "", MU_ALG_EDDSA, 64 },
	{ "no expiry", { .workspace = "acme", .subject = "u1" }, "ed", MU_ALG_EDDSA, 64 },
	{ "expired at birth",
	  { .workspace = "acme", .subject = "u1", .issued_at_ms = NOW_MS, .expires_at_ms = NOW_MS },
	  "ed",
	  MU_ALG_EDDSA,
	  64 },
	{ "25 hours",
	  { .workspace = "acme",
	    .subject = "u1",
	    .issued_at_ms = NOW_MS,
	    .expires_at_ms = NOW_MS + 90000000 },
	  "ed",
	  MU_ALG_EDDSA,
	  64 },
	{ "a public key",
	  { .workspace = "acme", .subject = "u1", .expires_at_ms = NOW_MS },
	  "ed",
	  MU_ALG_EDDSA,
	  32 },
	{ "a short secret",
	  { .workspace = "acme", .subject = "u1", .expires_at_ms = NOW_MS },
	  "hs",
	  MU_ALG_HS256,
	  31 },
	{ "an API key",
	  { .workspace = "acme", .subject = "u1", .expires_at_ms = NOW_MS },
	  "k1",
	  MU_ALG_API_KEY,
	  32 },
};

static void what_could_not_be_verified_is_not_signed(void **state)
{
	for (size_t i = 0; i < MU_COUNT(unsignable); i++) {
		char *token = NULL;
		enum mu_err err = mu_token_sign(&unsignable[i].identity, unsignable[i].kid, unsignable[i].alg,
						rig.ed_secret, unsignable[i].bytes, &token);

		if (err != MU_INVALID_PARAMS)
			fail_msg("%s gives %d", unsignable[i].what, err);
		assert_null(token);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_signed_is_accepted),
		cmocka_unit_test(the_time_of_issue_is_kept_to_the_millisecond),
		cmocka_unit_test(a_signed_token_has_the_expected_text),
		cmocka_unit_test(what_could_not_be_verified_is_not_signed),
	};
	return cmocka_run_group_tests(tests, minting_start, minting_end);
}
