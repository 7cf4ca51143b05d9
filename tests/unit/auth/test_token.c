/* Tokens: what is accepted, what is refused and why. Bad tokens are rows: a header, claims and who signs
 * them; the signing here is done by hand and proved by the examples of RFC 7515 and RFC 8037, so that a row
 * can say anything. */
#include "minting.h"

static const struct {
	const char *what, *header, *claims;
	enum signer signer;
	int64_t issued_at_ms, expires_at_ms;
	const char *jti; /* NULL: none */
} good[] = {
	{ "HS256", HS, GOOD, BY_HS, 0, 1700003600000, NULL },
	{ "EdDSA", ED, GOOD, BY_ED, 0, 1700003600000, NULL },
	{ "iat, nbf and jti", ED, "{" WHO "," EXP ",\"iat\":1699999000,\"nbf\":1699999000,\"jti\":\"t-7\"}",
	  BY_ED, 1699999000000, 1700003600000, "t-7" },
	{ "aud is one of several", ED,
	  "{\"iss\":\"acme\",\"sub\":\"u1\",\"aud\":[\"crm\",\"muster\"]," EXP "}", BY_ED, 0, 1700003600000,
	  NULL },
	{ "claims of the platform's own", ED,
	  "{" WHO "," EXP ",\"x\":{\"y\":[1,2.5,null]},\"name\":\"Ad\\u00e4\"}", BY_ED, 0, 1700003600000,
	  NULL },
	{ "no typ", "{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", GOOD, BY_ED, 0, 1700003600000, NULL },
	{ "typ in lower case", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"typ\":\"jwt\"}", GOOD, BY_ED, 0,
	  1700003600000, NULL },
	{ "white space in the JSON", "{ \"typ\":\"JWT\",\r\n \"alg\":\"HS256\", \"kid\":\"hs\"}",
	  "{\r\n" WHO " , " EXP "}", BY_HS, 0, 1700003600000, NULL },
	{ "expired within the leeway", ED, "{" WHO ",\"exp\":1699999971}", BY_ED, 0, 1699999971000, NULL },
	{ "nbf within the leeway", ED, "{" WHO "," EXP ",\"nbf\":1700000030}", BY_ED, 0, 1700003600000,
	  NULL },
	{ "iat within the leeway", ED, "{" WHO "," EXP ",\"iat\":1700000030}", BY_ED, 1700000030000,
	  1700003600000, NULL },
	{ "24 hours", ED, "{" WHO ",\"iat\":1700000000,\"exp\":1700086400}", BY_ED, 1700000000000,
	  1700086400000, NULL },
	{ "24 hours without iat", ED, "{" WHO ",\"exp\":1700086430}", BY_ED, 0, 1700086430000, NULL },
	{ "fractions of a second", ED, "{" WHO ",\"iat\":1699999999.25,\"exp\":1700003600.5}", BY_ED,
	  1699999999250, 1700003600500, NULL },
};

static const struct {
	const char *what, *header, *claims;
	enum signer signer;
	const char *says;
} bad[] = {
	/* who signed it with what */
	{ "alg none, unsigned", "{\"alg\":\"none\",\"kid\":\"ed\"}", GOOD, BY_NOBODY, UNREADABLE },
	{ "alg none, signed", "{\"alg\":\"none\",\"kid\":\"ed\"}", GOOD, BY_ED, REFUSED },
	{ "alg None", "{\"alg\":\"None\",\"kid\":\"hs\"}", GOOD, BY_NOBODY, UNREADABLE },
	{ "alg empty", "{\"alg\":\"\",\"kid\":\"hs\"}", GOOD, BY_HS, REFUSED },
	{ "alg missing", "{\"kid\":\"hs\"}", GOOD, BY_HS, REFUSED },
	{ "alg no text", "{\"alg\":1,\"kid\":\"hs\"}", GOOD, BY_HS, REFUSED },
	{ "alg in lower case", "{\"alg\":\"hs256\",\"kid\":\"hs\"}", GOOD, BY_HS, REFUSED },
	{ "alg HS512", "{\"alg\":\"HS512\",\"kid\":\"hs\"}", GOOD, BY_HS, REFUSED },
	{ "alg ES256", "{\"alg\":\"ES256\",\"kid\":\"ed\"}", GOOD, BY_ED, REFUSED },
	{ "HS256 with the public key", "{\"alg\":\"HS256\",\"kid\":\"ed\"}", GOOD, BY_PUBLIC, REFUSED },
	{ "EdDSA named, HS256 with the public key", ED, GOOD, BY_PUBLIC, REFUSED },
	{ "EdDSA for an HS256 key", "{\"alg\":\"EdDSA\",\"kid\":\"hs\"}", GOOD, BY_ED, REFUSED },
	{ "HS256 for an EdDSA key", "{\"alg\":\"HS256\",\"kid\":\"ed\"}", GOOD, BY_HS, REFUSED },
	{ "another workspace's secret", HS, GOOD, BY_OTHER_HS, REFUSED },
	{ "another workspace's key", ED, GOOD, BY_OTHER_ED, REFUSED },
	{ "HS256 with an API key's digest", "{\"alg\":\"HS256\",\"kid\":\"k1\"}", GOOD, BY_API, REFUSED },
	{ "API key's algorithm is none of JWT's", "{\"alg\":\"\",\"kid\":\"k1\"}", GOOD, BY_API, REFUSED },
	{ "a signature of zeroes", ED, GOOD, BY_ZEROES, REFUSED },
	{ "no signature", HS, GOOD, BY_NOBODY, UNREADABLE },

	/* the header */
	{ "kid missing", "{\"alg\":\"EdDSA\"}", GOOD, BY_ED, REFUSED },
	{ "kid unknown", "{\"alg\":\"EdDSA\",\"kid\":\"old\"}", GOOD, BY_ED, REFUSED },
	{ "kid empty", "{\"alg\":\"EdDSA\",\"kid\":\"\"}", GOOD, BY_ED, REFUSED },
	{ "kid no text", "{\"alg\":\"EdDSA\",\"kid\":[\"ed\"]}", GOOD, BY_ED, REFUSED },
	{ "kid goes on after a NUL", "{\"alg\":\"EdDSA\",\"kid\":\"ed\\u0000x\"}", GOOD, BY_ED, REFUSED },
	{ "kid twice", "{\"alg\":\"EdDSA\",\"kid\":\"old\",\"kid\":\"ed\"}", GOOD, BY_ED, REFUSED },
	{ "alg twice", "{\"alg\":\"none\",\"alg\":\"EdDSA\",\"kid\":\"ed\"}", GOOD, BY_ED, REFUSED },
	{ "alg twice, once escaped", "{\"alg\":\"EdDSA\",\"\\u0061lg\":\"none\",\"kid\":\"ed\"}", GOOD, BY_ED,
	  REFUSED },
	{ "jku", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"jku\":\"https://evil.test/keys\"}", GOOD, BY_ED,
	  REFUSED },
	{ "x5u", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"x5u\":\"https://evil.test/c\"}", GOOD, BY_ED, REFUSED },
	{ "x5c", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"x5c\":[\"AA\"]}", GOOD, BY_ED, REFUSED },
	{ "jwk", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"jwk\":{\"kty\":\"OKP\"}}", GOOD, BY_ED, REFUSED },
	{ "crit", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"crit\":[\"exp\"]}", GOOD, BY_ED, REFUSED },
	{ "crit, empty", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"crit\":[]}", GOOD, BY_ED, REFUSED },
	{ "b64", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"b64\":false}", GOOD, BY_ED, REFUSED },
	{ "zip", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"zip\":\"DEF\"}", GOOD, BY_ED, REFUSED },
	{ "a member nobody knows", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"x\":1}", GOOD, BY_ED, REFUSED },
	{ "typ of another kind", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"typ\":\"at+jwt\"}", GOOD, BY_ED,
	  REFUSED },
	{ "typ no text", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"typ\":null}", GOOD, BY_ED, REFUSED },
	{ "header an array", "[\"EdDSA\",\"ed\"]", GOOD, BY_ED, REFUSED },
	{ "header no JSON", "alg=EdDSA", GOOD, BY_ED, REFUSED },
	{ "header with something after it", ED "{}", GOOD, BY_ED, REFUSED },

	/* the claims */
	{ "claims an array", ED, "[" GOOD "]", BY_ED, UNREADABLE },
	{ "claims no JSON", ED, "sub=u1", BY_ED, UNREADABLE },
	{ "claims not UTF-8", ED, "{" WHO "," EXP ",\"name\":\"\xff\"}", BY_ED, UNREADABLE },
	{ "sub twice", ED, "{" WHO "," EXP ",\"sub\":\"owner\"}", BY_ED, UNREADABLE },
	{ "exp twice", ED, "{" WHO "," EXP ",\"exp\":1700003601}", BY_ED, UNREADABLE },
	{ "sub goes on after a NUL", ED,
	  "{\"iss\":\"acme\",\"sub\":\"u1\\u0000x\",\"aud\":\"muster\"," EXP "}", BY_ED, UNREADABLE },
	{ "iss missing", ED, "{\"sub\":\"u1\",\"aud\":\"muster\"," EXP "}", BY_ED, UNREADABLE },
	{ "iss another workspace", ED, "{\"iss\":\"beta\",\"sub\":\"u1\",\"aud\":\"muster\"," EXP "}", BY_ED,
	  "iss must" },
	{ "iss in upper case", ED, "{\"iss\":\"ACME\",\"sub\":\"u1\",\"aud\":\"muster\"," EXP "}", BY_ED,
	  "iss must" },
	{ "iss an array", ED, "{\"iss\":[\"acme\"],\"sub\":\"u1\",\"aud\":\"muster\"," EXP "}", BY_ED,
	  UNREADABLE },
	{ "aud missing", ED, "{\"iss\":\"acme\",\"sub\":\"u1\"," EXP "}", BY_ED, "aud must" },
	{ "aud another", ED, "{\"iss\":\"acme\",\"sub\":\"u1\",\"aud\":\"crm\"," EXP "}", BY_ED, "aud must" },
	{ "aud longer", ED, "{\"iss\":\"acme\",\"sub\":\"u1\",\"aud\":\"muster2\"," EXP "}", BY_ED,
	  "aud must" },
	{ "aud others", ED, "{\"iss\":\"acme\",\"sub\":\"u1\",\"aud\":[\"crm\",1,[\"muster\"]]," EXP "}",
	  BY_ED, "aud must" },
	{ "aud nobody", ED, "{\"iss\":\"acme\",\"sub\":\"u1\",\"aud\":[]," EXP "}", BY_ED, "aud must" },
	{ "aud an object", ED, "{\"iss\":\"acme\",\"sub\":\"u1\",\"aud\":{\"muster\":1}," EXP "}", BY_ED,
	  "aud must" },
	{ "sub missing", ED, "{\"iss\":\"acme\",\"aud\":\"muster\"," EXP "}", BY_ED, "sub must" },
	{ "sub empty", ED, "{\"iss\":\"acme\",\"sub\":\"\",\"aud\":\"muster\"," EXP "}", BY_ED, "sub must" },
	{ "sub a number", ED, "{\"iss\":\"acme\",\"sub\":1,\"aud\":\"muster\"," EXP "}", BY_ED, "sub must" },
	{ "sub no id", ED, "{\"iss\":\"acme\",\"sub\":\"u1/../u2\",\"aud\":\"muster\"," EXP "}", BY_ED,
	  "sub must" },
	{ "sub too long", ED,
	  "{\"iss\":\"acme\",\"sub\":\"0123456789012345678901234567890123456789012345678901234567890123x\","
	  "\"aud\":\"muster\"," EXP "}",
	  BY_ED, "sub must" },
	{ "jti no id", ED, "{" WHO "," EXP ",\"jti\":\"a b\"}", BY_ED, "jti must" },
	{ "jti a number", ED, "{" WHO "," EXP ",\"jti\":7}", BY_ED, "jti must" },
	{ "exp missing", ED, "{" WHO "}", BY_ED, "must say when it expires" },
	{ "exp a text", ED, "{" WHO ",\"exp\":\"1700003600\"}", BY_ED, "seconds since 1970" },
	{ "exp null", ED, "{" WHO ",\"exp\":null}", BY_ED, "seconds since 1970" },
	{ "exp negative", ED, "{" WHO ",\"exp\":-1}", BY_ED, "seconds since 1970" },
	{ "exp beyond all years", ED, "{" WHO ",\"exp\":1e300}", BY_ED, "seconds since 1970" },
	{ "exp at the end of numbers", ED, "{" WHO ",\"exp\":9223372036854775807}", BY_ED,
	  "seconds since 1970" },
	{ "expired", ED, "{" WHO ",\"exp\":1699999970}", BY_ED, "has expired" },
	{ "expired long ago", HS, "{" WHO ",\"exp\":0}", BY_HS, "has expired" },
	{ "nbf ahead", ED, "{" WHO "," EXP ",\"nbf\":1700000031}", BY_ED, "not valid yet" },
	{ "nbf a text", ED, "{" WHO "," EXP ",\"nbf\":\"0\"}", BY_ED, "seconds since 1970" },
	{ "iat ahead", ED, "{" WHO "," EXP ",\"iat\":1700000031}", BY_ED, "issued in the future" },
	{ "iat a boolean", ED, "{" WHO "," EXP ",\"iat\":true}", BY_ED, "seconds since 1970" },
	{ "25 hours", ED, "{" WHO ",\"iat\":1700000000,\"exp\":1700090000}", BY_ED, "at most 24 hours" },
	{ "25 hours, one of them over", ED, "{" WHO ",\"iat\":1699996400,\"exp\":1700086400}", BY_ED,
	  "at most 24 hours" },
	{ "25 hours without iat", ED, "{" WHO ",\"exp\":1700090000}", BY_ED, "at most 24 hours" },
	{ "a second more than may be", ED, "{" WHO ",\"exp\":1700086431}", BY_ED, "at most 24 hours" },
};

static void the_signing_of_this_test_agrees_with_the_standards(void **state)
{
	uint8_t key[64], seed[32], public_key[32], secret[64], signature[64];
	AUTO_FREE char *mac = NULL;
	AUTO_FREE char *signed_text = NULL;
	size_t n;

	assert_true(mu_base64url_decode(RFC7515_KEY, key, sizeof(key), &n));
	assert_int_equal(n, 64);
	mac = encode(signature,
		     hs256(key, sizeof(key),
			   "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
			   ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS"
			   "9pc19yb290Ijp0cnVlfQ",
			   signature));
	assert_string_equal(mac, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");

	assert_true(mu_base64url_decode(RFC8037_SEED, seed, sizeof(seed), &n));
	crypto_sign_seed_keypair(public_key, secret, seed);
	signed_text =
		encode(signature, ed25519(secret, "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
					  signature));
	assert_string_equal(signed_text, "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5B"
					 "hVsPt9g7sVvpAr_MuM0KAg");
}

/* What a token goes by: its own id, or the digest of its text. */
static void assert_goes_by(const struct mu_identity *identity, const char *token, const char *jti)
{
	uint8_t digest[MU_DIGEST_BYTES];
	AUTO_FREE char *text = NULL;

	mu_digest(token, strlen(token), digest);
	assert_int_equal(mu_base64url_encode(digest, sizeof(digest), &text), MU_OK);
	assert_string_equal(identity->token_id, jti ? jti : text);
}

static void good_tokens_prove_who_asks(void **state)
{
	for (size_t i = 0; i < MU_COUNT(good); i++) {
		AUTO_FREE char *token = mint(good[i].header, good[i].claims, good[i].signer);
		struct mu_identity identity;
		struct mu_fault fault = { 0 };

		if (verify(rig.acme, token, &identity, &fault))
			fail_msg("%s: %s", good[i].what, mu_fault_text(&fault));
		assert_int_equal(identity.kind, MU_IDENTITY_USER);
		assert_string_equal(identity.workspace, "acme");
		assert_string_equal(identity.subject, "u1");
		assert_goes_by(&identity, token, good[i].jti);
		assert_string_equal(identity.secret, "");
		assert_int_equal(identity.issued_at_ms, good[i].issued_at_ms);
		assert_int_equal(identity.expires_at_ms, good[i].expires_at_ms);
		assert_claims(token, "acme");
	}
}

static void bad_tokens_are_refused_each_for_its_reason(void **state)
{
	for (size_t i = 0; i < MU_COUNT(bad); i++) {
		AUTO_FREE char *token = mint(bad[i].header, bad[i].claims, bad[i].signer);
		struct mu_identity identity = { .kind = MU_IDENTITY_OPERATOR, .subject = "untouched" };
		struct mu_fault fault = { 0 };

		if (verify(rig.acme, token, &identity, &fault) != MU_UNAUTHENTICATED)
			fail_msg("%s: should be refused", bad[i].what);
		if (!strstr(mu_fault_text(&fault), bad[i].says))
			fail_msg("%s: %s", bad[i].what, mu_fault_text(&fault));
		assert_int_equal(fault.err, MU_UNAUTHENTICATED);
		assert_int_equal(identity.kind, MU_IDENTITY_OPERATOR);
		assert_string_equal(identity.subject, "untouched");
	}
}

static void texts_that_are_no_tokens_are_refused(void **state)
{
	static const char *const texts[] = { "",
					     ".",
					     "..",
					     "...",
					     "a",
					     "a.b",
					     "a.b.c",
					     "a.b.c.d",
					     ".b.c",
					     "a..c",
					     "a.b.",
					     "{}",
					     "null",
					     "mk~",
					     "mt~",
					     "Bearer x",
					     "eyJhbGciOiJub25lIn0..",
					     "\xff.\xff.\xff" };

	for (size_t i = 0; i < MU_COUNT(texts); i++)
		refuse_read(texts[i], texts[i]);
}

static void a_good_token_in_another_spelling_is_refused(void **state)
{
	AUTO_FREE char *token = mint(ED, GOOD, BY_ED);
	size_t n = strlen(token);

	refuse_edited("", token, "=", "padding");
	refuse_edited("", token, "==", "padding");
	refuse_edited("", token, ".", "a dot after");
	refuse_edited("", token, ".x", "a fourth part");
	refuse_edited(".", token, "", "a dot before");
	refuse_edited(" ", token, "", "a space before");
	refuse_edited("", token, "\n", "a newline after");
	refuse_edited("", token, "A", "a character more");
	/* 64 bytes end in a character with four spare bits, which must be zero: A, Q, g or w */
	assert_non_null(strchr("AQgw", token[n - 1]));
	token[n - 1]++;
	refuse_text(rig.acme, token, "a trailing bit");
	token[n - 1] = '\0';
	refuse_text(rig.acme, token, "a character less");
	*strrchr(token, '.') = '\0';
	refuse_text(rig.acme, token, "two parts");
}

static void no_character_of_a_token_may_change(void **state)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
	AUTO_FREE char *hs = mint(HS, GOOD, BY_HS);
	AUTO_FREE char *ed = mint(ED, GOOD, BY_ED);
	char *const tokens[] = { hs, ed };

	for (size_t t = 0; t < MU_COUNT(tokens); t++) {
		for (size_t i = 0; tokens[t][i]; i++) {
			char was = tokens[t][i];

			tokens[t][i] = alphabet[(i * 7 + 11) % (sizeof(alphabet) - 1)];
			if (tokens[t][i] != was)
				refuse_text(rig.acme, tokens[t], tokens[t]);
			tokens[t][i] = was;
		}
		assert_int_equal(verify(rig.acme, tokens[t], &(struct mu_identity){ 0 }, NULL), MU_OK);
	}
}

static void parts_of_two_tokens_make_none(void **state)
{
	AUTO_FREE char *mine = mint(ED, GOOD, BY_ED);
	AUTO_FREE char *other =
		mint(ED, "{\"iss\":\"acme\",\"sub\":\"owner\",\"aud\":\"muster\"," EXP "}", BY_ED);
	AUTO_FREE char *mixed = NULL;

	*strrchr(other, '.') = '\0';
	assert_true(asprintf(&mixed, "%s%s", other, strrchr(mine, '.')) > 0);
	refuse_text(rig.acme, mixed, "another's claims with my signature");
}

static void a_workspaces_tokens_are_worth_nothing_in_another(void **state)
{
	AUTO_FREE char *token = mint(ED, GOOD, BY_ED);
	AUTO_FREE char *mine = mint(ED, GOOD, BY_OTHER_ED);
	struct mu_fault fault = { 0 };

	refuse_text(rig.beta, token, "acme's token in beta");
	assert_int_equal(verify(rig.beta, mine, &(struct mu_identity){ 0 }, &fault), MU_UNAUTHENTICATED);
	assert_non_null(strstr(mu_fault_text(&fault), "iss must"));
}

static void a_token_has_a_greatest_length(void **state)
{
	AUTO_FREE char *name = NULL;
	AUTO_FREE char *claims = NULL;
	AUTO_FREE char *fits = NULL;
	AUTO_FREE char *long_claims = NULL;
	AUTO_FREE char *too_long = NULL;

	assert_true(asprintf(&name, "%02800d", 0) > 0);
	assert_true(asprintf(&claims, "{" WHO "," EXP ",\"x\":\"%s\"}", name) > 0);
	fits = mint(ED, claims, BY_ED);
	assert_true(strlen(fits) > 3900 && strlen(fits) <= MU_TOKEN_MAX);
	assert_int_equal(verify(rig.acme, fits, &(struct mu_identity){ 0 }, NULL), MU_OK);
	assert_true(asprintf(&long_claims, "{" WHO "," EXP ",\"x\":\"%s%0200d\"}", name, 0) > 0);
	too_long = mint(ED, long_claims, BY_ED);
	assert_true(strlen(too_long) > MU_TOKEN_MAX);
	refuse_read(too_long, "a token that is too long");
}

/* Nesting is bounded by the length alone; the deepest token that fits is refused or read, but does no harm.
 */
static void the_deepest_claims_do_no_harm(void **state)
{
	char claims[2900];
	AUTO_FREE char *token = NULL;

	memset(claims, '[', sizeof(claims) - 1);
	claims[sizeof(claims) - 1] = '\0';
	token = mint(ED, claims, BY_ED);
	assert_true(strlen(token) < MU_TOKEN_MAX);
	refuse_read(token, "the deepest claims");
}

static void nobody_needs_to_want_the_fault(void **state)
{
	AUTO_FREE char *token = mint(ED, GOOD, BY_OTHER_ED);

	assert_int_equal(verify(rig.acme, token, &(struct mu_identity){ 0 }, NULL), MU_UNAUTHENTICATED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_signing_of_this_test_agrees_with_the_standards),
		cmocka_unit_test(good_tokens_prove_who_asks),
		cmocka_unit_test(bad_tokens_are_refused_each_for_its_reason),
		cmocka_unit_test(texts_that_are_no_tokens_are_refused),
		cmocka_unit_test(a_good_token_in_another_spelling_is_refused),
		cmocka_unit_test(no_character_of_a_token_may_change),
		cmocka_unit_test(parts_of_two_tokens_make_none),
		cmocka_unit_test(a_workspaces_tokens_are_worth_nothing_in_another),
		cmocka_unit_test(a_token_has_a_greatest_length),
		cmocka_unit_test(the_deepest_claims_do_no_harm),
		cmocka_unit_test(nobody_needs_to_want_the_fault),
	};
	return cmocka_run_group_tests(tests, minting_start, minting_end);
}
