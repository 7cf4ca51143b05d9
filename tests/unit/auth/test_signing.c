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
		assert_int_equal(verify(rig.acme, token, &out, NULL), MU_OK);
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
		assert_int_equal(verify(rig.acme, token, &out, NULL), MU_OK);
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

/* Two claims count in tokens of the workspace's own key only: a platform may use the same words otherwise. */
static void only_the_own_key_says_how_one_signed_in_and_who_looks(void **state)
{
	static const char *const kids[] = { MU_OWN_KEY, "hs" };
	const struct mu_identity rows[] = {
		{ .kind = MU_IDENTITY_USER, .by_password = true },
		{ .kind = MU_IDENTITY_USER },
		{ .kind = MU_IDENTITY_VIEW, .viewer = "u9" },
	};
	struct mu_keyring *keyring = mu_keyring_create("acme");

	for (size_t i = 0; i < MU_COUNT(kids); i++)
		assert_int_equal(mu_keyring_add(keyring, kids[i], MU_ALG_HS256, rig.hs, 64), MU_OK);
	for (size_t i = 0; i < MU_COUNT(rows) * MU_COUNT(kids); i++) {
		const char *kid = kids[i / MU_COUNT(rows)];
		struct mu_identity in = rows[i % MU_COUNT(rows)], out;
		AUTO_FREE char *token = NULL;
		snprintf(in.workspace, sizeof(in.workspace), "acme");
		snprintf(in.subject, sizeof(in.subject), "u1");
		in.expires_at_ms = NOW_MS + 1000;
		assert_int_equal(mu_token_sign(&in, kid, MU_ALG_HS256, rig.hs, 64, &token), MU_OK);
		assert_int_equal(verify(keyring, token, &out, NULL), MU_OK);
		bool own = !strcmp(kid, MU_OWN_KEY);
		assert_int_equal(out.kind, own ? in.kind : MU_IDENTITY_USER);
		assert_int_equal(out.by_password, own && in.by_password);
		assert_string_equal(out.viewer, own ? in.viewer : "");
	}
	mu_keyring_unref(keyring);
}

static void who_looks_must_be_named_well(void **state)
{
	static const char *const acts[] = { "{}", "\"u9\"", "{\"sub\":\"\"}", "{\"sub\":7}", "null" };
	struct mu_keyring *keyring = mu_keyring_create("acme");

	assert_int_equal(mu_keyring_add(keyring, MU_OWN_KEY, MU_ALG_HS256, rig.hs, 64), MU_OK);
	for (size_t i = 0; i < MU_COUNT(acts); i++) {
		char claims[256];
		struct mu_identity out;
		snprintf(
			claims, sizeof(claims),
			"{\"iss\":\"acme\",\"sub\":\"v-1\",\"aud\":\"muster\",\"exp\":1700000100,\"act\":%s}",
			acts[i]);
		AUTO_FREE char *token = mint("{\"alg\":\"HS256\",\"kid\":\"" MU_OWN_KEY "\"}", claims, BY_HS);
		assert_int_equal(verify(keyring, token, &out, NULL), MU_UNAUTHENTICATED);
	}
	mu_keyring_unref(keyring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_signed_is_accepted),
		cmocka_unit_test(the_time_of_issue_is_kept_to_the_millisecond),
		cmocka_unit_test(a_signed_token_has_the_expected_text),
		cmocka_unit_test(only_the_own_key_says_how_one_signed_in_and_who_looks),
		cmocka_unit_test(who_looks_must_be_named_well),
		cmocka_unit_test(what_could_not_be_verified_is_not_signed),
	};
	return cmocka_run_group_tests(tests, minting_start, minting_end);
}
