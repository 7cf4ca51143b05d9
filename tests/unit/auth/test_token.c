/* Tokens: what is accepted, what is refused and why. Bad tokens are rows: a header, claims and who signs
 * them; the signing here is done by hand and proved by the examples of RFC 7515 and RFC 8037, so that a row
 * can say anything. */
#include "testing.h"

#include "muster/auth/token.h"
#include "muster/base/mem.h"

#include <sodium.h>

#define NOW_MS INT64_C(1700000000000)

/* RFC 7515 appendix A.1.1: the key; and RFC 8037 appendix A.1 and A.2: seed and public key. */
#define RFC7515_KEY    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
#define RFC8037_SEED   "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
#define RFC8037_PUBLIC "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

enum signer {
	BY_HS,       /* the workspace's HS256 secret */
	BY_ED,       /* its Ed25519 key */
	BY_PUBLIC,   /* HS256 with the text of the Ed25519 public key as secret */
	BY_OTHER_HS, /* another workspace's secret */
	BY_OTHER_ED, /* another workspace's key */
	BY_API,      /* HS256 with the digest of an API key as secret */
	BY_NOBODY,   /* an empty signature */
	BY_ZEROES,   /* 64 zero bytes */
};

static struct {
	uint8_t hs[64], other_hs[32];
	uint8_t ed_public[MU_ED25519_PUBLIC_BYTES], ed_secret[MU_ED25519_SECRET_BYTES];
	uint8_t other_public[MU_ED25519_PUBLIC_BYTES], other_secret[MU_ED25519_SECRET_BYTES];
	char *api_key;
	uint8_t api_digest[MU_DIGEST_BYTES];
	struct mu_keyring *acme, *beta;
} rig;

static size_t hs256(const void *secret, size_t bytes, const char *message, uint8_t mac[64])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, secret, bytes);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)message, strlen(message));
	crypto_auth_hmacsha256_final(&state, mac);
	return crypto_auth_hmacsha256_BYTES;
}

static size_t ed25519(const uint8_t *secret, const char *message, uint8_t signature[64])
{
	crypto_sign_detached(signature, NULL, (const unsigned char *)message, strlen(message), secret);
	return crypto_sign_BYTES;
}

static size_t sign(enum signer signer, const char *message, uint8_t signature[64])
{
	memset(signature, 0, 64);
	switch (signer) {
	case BY_HS:
		return hs256(rig.hs, sizeof(rig.hs), message, signature);
	case BY_ED:
		return ed25519(rig.ed_secret, message, signature);
	case BY_PUBLIC:
		return hs256(rig.ed_public, sizeof(rig.ed_public), message, signature);
	case BY_OTHER_HS:
		return hs256(rig.other_hs, sizeof(rig.other_hs), message, signature);
	case BY_OTHER_ED:
		return ed25519(rig.other_secret, message, signature);
	case BY_API:
		return hs256(rig.api_digest, sizeof(rig.api_digest), message, signature);
	case BY_ZEROES:
		return 64;
	case BY_NOBODY:
		break;
	}
	return 0;
}

static char *encode(const void *bytes, size_t n)
{
	char *text = NULL;

	assert_int_equal(mu_base64url_encode(bytes, n, &text), MU_OK);
	return text;
}

/* The caller frees. */
static char *mint(const char *header, const char *claims, enum signer signer)
{
	AUTO_FREE char *first = encode(header, strlen(header));
	AUTO_FREE char *second = encode(claims, strlen(claims));
	AUTO_FREE char *third = NULL;
	AUTO_FREE char *message = NULL;
	uint8_t signature[64];
	char *token = NULL;

	assert_true(asprintf(&message, "%s.%s", first, second) > 0);
	third = encode(signature, sign(signer, message, signature));
	assert_true(asprintf(&token, "%s.%s", message, third) > 0);
	return token;
}

#define HS      "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"hs\"}"
#define ED      "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"ed\"}"
#define WHO     "\"iss\":\"acme\",\"sub\":\"u1\",\"aud\":\"muster\""
#define EXP     "\"exp\":1700003600"
#define GOOD    "{" WHO "," EXP "}"
#define REFUSED "The token is not valid"

static const struct {
	const char *what, *header, *claims;
	enum signer signer;
	int64_t issued_at_ms, expires_at_ms;
	const char *token_id;
} good[] = {
	{"HS256", HS, GOOD, BY_HS, 0, 1700003600000, ""},
	{"EdDSA", ED, GOOD, BY_ED, 0, 1700003600000, ""},
	{"iat, nbf and jti", ED, "{" WHO "," EXP ",\"iat\":1699999000,\"nbf\":1699999000,\"jti\":\"t-7\"}",
	 BY_ED, 1699999000000, 1700003600000, "t-7"},
	{"aud is one of several", ED,
	 "{\"iss\":\"acme\",\"sub\":\"u1\",\"aud\":[\"crm\",\"muster\"]," EXP "}", BY_ED, 0, 1700003600000,
	 ""},
	{"claims of the platform's own", ED,
	 "{" WHO "," EXP ",\"x\":{\"y\":[1,2.5,null]},\"name\":\"Ad\\u00e4\"}", BY_ED, 0, 1700003600000, ""},
	{"no typ", "{\"alg\":\"EdDSA\",\"kid\":\"ed\"}", GOOD, BY_ED, 0, 1700003600000, ""},
	{"typ in lower case", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"typ\":\"jwt\"}", GOOD, BY_ED, 0,
	 1700003600000, ""},
	{"white space in the JSON", "{ \"typ\":\"JWT\",\r\n \"alg\":\"HS256\", \"kid\":\"hs\"}",
	 "{\r\n" WHO " , " EXP "}", BY_HS, 0, 1700003600000, ""},
	{"expired within the leeway", ED, "{" WHO ",\"exp\":1699999971}", BY_ED, 0, 1699999971000, ""},
	{"nbf within the leeway", ED, "{" WHO "," EXP ",\"nbf\":1700000030}", BY_ED, 0, 1700003600000, ""},
	{"iat within the leeway", ED, "{" WHO "," EXP ",\"iat\":1700000030}", BY_ED, 1700000030000,
	 1700003600000, ""},
	{"24 hours", ED, "{" WHO ",\"iat\":1700000000,\"exp\":1700086400}", BY_ED, 1700000000000,
	 1700086400000, ""},
	{"24 hours without iat", ED, "{" WHO ",\"exp\":1700086430}", BY_ED, 0, 1700086430000, ""},
	{"fractions of a second", ED, "{" WHO ",\"iat\":1699999999.25,\"exp\":1700003600.5}", BY_ED,
	 1699999999250, 1700003600500, ""},
};

static const struct {
	const char *what, *header, *claims;
	enum signer signer;
	const char *says;
} bad[] = {
	/* who signed it with what */
	{"alg none, unsigned", "{\"alg\":\"none\",\"kid\":\"ed\"}", GOOD, BY_NOBODY, REFUSED},
	{"alg none, signed", "{\"alg\":\"none\",\"kid\":\"ed\"}", GOOD, BY_ED, REFUSED},
	{"alg None", "{\"alg\":\"None\",\"kid\":\"hs\"}", GOOD, BY_NOBODY, REFUSED},
	{"alg empty", "{\"alg\":\"\",\"kid\":\"hs\"}", GOOD, BY_HS, REFUSED},
	{"alg missing", "{\"kid\":\"hs\"}", GOOD, BY_HS, REFUSED},
	{"alg no text", "{\"alg\":1,\"kid\":\"hs\"}", GOOD, BY_HS, REFUSED},
	{"alg in lower case", "{\"alg\":\"hs256\",\"kid\":\"hs\"}", GOOD, BY_HS, REFUSED},
	{"alg HS512", "{\"alg\":\"HS512\",\"kid\":\"hs\"}", GOOD, BY_HS, REFUSED},
	{"alg ES256", "{\"alg\":\"ES256\",\"kid\":\"ed\"}", GOOD, BY_ED, REFUSED},
	{"HS256 with the public key", "{\"alg\":\"HS256\",\"kid\":\"ed\"}", GOOD, BY_PUBLIC, REFUSED},
	{"EdDSA named, HS256 with the public key", ED, GOOD, BY_PUBLIC, REFUSED},
	{"EdDSA for an HS256 key", "{\"alg\":\"EdDSA\",\"kid\":\"hs\"}", GOOD, BY_ED, REFUSED},
	{"HS256 for an EdDSA key", "{\"alg\":\"HS256\",\"kid\":\"ed\"}", GOOD, BY_HS, REFUSED},
	{"another workspace's secret", HS, GOOD, BY_OTHER_HS, REFUSED},
	{"another workspace's key", ED, GOOD, BY_OTHER_ED, REFUSED},
	{"HS256 with an API key's digest", "{\"alg\":\"HS256\",\"kid\":\"k1\"}", GOOD, BY_API, REFUSED},
	{"API key's algorithm is none of JWT's", "{\"alg\":\"\",\"kid\":\"k1\"}", GOOD, BY_API, REFUSED},
	{"a signature of zeroes", ED, GOOD, BY_ZEROES, REFUSED},
	{"no signature", HS, GOOD, BY_NOBODY, REFUSED},

	/* the header */
	{"kid missing", "{\"alg\":\"EdDSA\"}", GOOD, BY_ED, REFUSED},
	{"kid unknown", "{\"alg\":\"EdDSA\",\"kid\":\"old\"}", GOOD, BY_ED, REFUSED},
	{"kid empty", "{\"alg\":\"EdDSA\",\"kid\":\"\"}", GOOD, BY_ED, REFUSED},
	{"kid no text", "{\"alg\":\"EdDSA\",\"kid\":[\"ed\"]}", GOOD, BY_ED, REFUSED},
	{"kid goes on after a NUL", "{\"alg\":\"EdDSA\",\"kid\":\"ed\\u0000x\"}", GOOD, BY_ED, REFUSED},
	{"kid twice", "{\"alg\":\"EdDSA\",\"kid\":\"old\",\"kid\":\"ed\"}", GOOD, BY_ED, REFUSED},
	{"alg twice", "{\"alg\":\"none\",\"alg\":\"EdDSA\",\"kid\":\"ed\"}", GOOD, BY_ED, REFUSED},
	{"alg twice, once escaped", "{\"alg\":\"EdDSA\",\"\\u0061lg\":\"none\",\"kid\":\"ed\"}", GOOD, BY_ED,
	 REFUSED},
	{"jku", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"jku\":\"https://evil.test/keys\"}", GOOD, BY_ED,
	 REFUSED},
	{"x5u", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"x5u\":\"https://evil.test/c\"}", GOOD, BY_ED, REFUSED},
	{"x5c", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"x5c\":[\"AA\"]}", GOOD, BY_ED, REFUSED},
	{"jwk", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"jwk\":{\"kty\":\"OKP\"}}", GOOD, BY_ED, REFUSED},
	{"crit", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"crit\":[\"exp\"]}", GOOD, BY_ED, REFUSED},
	{"crit, empty", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"crit\":[]}", GOOD, BY_ED, REFUSED},
	{"b64", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"b64\":false}", GOOD, BY_ED, REFUSED},
	{"zip", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"zip\":\"DEF\"}", GOOD, BY_ED, REFUSED},
	{"a member nobody knows", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"x\":1}", GOOD, BY_ED, REFUSED},
	{"typ of another kind", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"typ\":\"at+jwt\"}", GOOD, BY_ED,
	 REFUSED},
	{"typ no text", "{\"alg\":\"EdDSA\",\"kid\":\"ed\",\"typ\":null}", GOOD, BY_ED, REFUSED},
	{"header an array", "[\"EdDSA\",\"ed\"]", GOOD, BY_ED, REFUSED},
	{"header no JSON", "alg=EdDSA", GOOD, BY_ED, REFUSED},
	{"header with something after it", ED "{}", GOOD, BY_ED, REFUSED},

	/* the claims */
	{"claims an array", ED, "[" GOOD "]", BY_ED, "one JSON object"},
	{"claims no JSON", ED, "sub=u1", BY_ED, "one JSON object"},
	{"claims not UTF-8", ED, "{" WHO "," EXP ",\"name\":\"\xff\"}", BY_ED, "one JSON object"},
	{"sub twice", ED, "{" WHO "," EXP ",\"sub\":\"owner\"}", BY_ED, "one JSON object"},
	{"exp twice", ED, "{" WHO "," EXP ",\"exp\":1700003601}", BY_ED, "one JSON object"},
	{"sub goes on after a NUL", ED,
	 "{\"iss\":\"acme\",\"sub\":\"u1\\u0000x\",\"aud\":\"muster\"," EXP "}", BY_ED, "one JSON object"},
	{"iss missing", ED, "{\"sub\":\"u1\",\"aud\":\"muster\"," EXP "}", BY_ED, "iss must"},
	{"iss another workspace", ED, "{\"iss\":\"beta\",\"sub\":\"u1\",\"aud\":\"muster\"," EXP "}", BY_ED,
	 "iss must"},
	{"iss in upper case", ED, "{\"iss\":\"ACME\",\"sub\":\"u1\",\"aud\":\"muster\"," EXP "}", BY_ED,
	 "iss must"},
	{"iss an array", ED, "{\"iss\":[\"acme\"],\"sub\":\"u1\",\"aud\":\"muster\"," EXP "}", BY_ED,
	 "iss must"},
	{"aud missing", ED, "{\"iss\":\"acme\",\"sub\":\"u1\"," EXP "}", BY_ED, "aud must"},
	{"aud another", ED, "{\"iss\":\"acme\",\"sub\":\"u1\",\"aud\":\"crm\"," EXP "}", BY_ED, "aud must"},
	{"aud longer", ED, "{\"iss\":\"acme\",\"sub\":\"u1\",\"aud\":\"muster2\"," EXP "}", BY_ED,
	 "aud must"},
	{"aud others", ED, "{\"iss\":\"acme\",\"sub\":\"u1\",\"aud\":[\"crm\",1,[\"muster\"]]," EXP "}",
	 BY_ED, "aud must"},
	{"aud nobody", ED, "{\"iss\":\"acme\",\"sub\":\"u1\",\"aud\":[]," EXP "}", BY_ED, "aud must"},
	{"aud an object", ED, "{\"iss\":\"acme\",\"sub\":\"u1\",\"aud\":{\"muster\":1}," EXP "}", BY_ED,
	 "aud must"},
	{"sub missing", ED, "{\"iss\":\"acme\",\"aud\":\"muster\"," EXP "}", BY_ED, "sub must"},
	{"sub empty", ED, "{\"iss\":\"acme\",\"sub\":\"\",\"aud\":\"muster\"," EXP "}", BY_ED, "sub must"},
	{"sub a number", ED, "{\"iss\":\"acme\",\"sub\":1,\"aud\":\"muster\"," EXP "}", BY_ED, "sub must"},
	{"sub no id", ED, "{\"iss\":\"acme\",\"sub\":\"u1/../u2\",\"aud\":\"muster\"," EXP "}", BY_ED,
	 "sub must"},
	{"sub too long", ED,
	 "{\"iss\":\"acme\",\"sub\":\"0123456789012345678901234567890123456789012345678901234567890123x\","
	 "\"aud\":\"muster\"," EXP "}",
	 BY_ED, "sub must"},
	{"jti no id", ED, "{" WHO "," EXP ",\"jti\":\"a b\"}", BY_ED, "jti must"},
	{"jti a number", ED, "{" WHO "," EXP ",\"jti\":7}", BY_ED, "jti must"},
	{"exp missing", ED, "{" WHO "}", BY_ED, "must say when it expires"},
	{"exp a text", ED, "{" WHO ",\"exp\":\"1700003600\"}", BY_ED, "seconds since 1970"},
	{"exp null", ED, "{" WHO ",\"exp\":null}", BY_ED, "seconds since 1970"},
	{"exp negative", ED, "{" WHO ",\"exp\":-1}", BY_ED, "seconds since 1970"},
	{"exp beyond all years", ED, "{" WHO ",\"exp\":1e300}", BY_ED, "seconds since 1970"},
	{"exp at the end of numbers", ED, "{" WHO ",\"exp\":9223372036854775807}", BY_ED,
	 "seconds since 1970"},
	{"expired", ED, "{" WHO ",\"exp\":1699999970}", BY_ED, "has expired"},
	{"expired long ago", HS, "{" WHO ",\"exp\":0}", BY_HS, "has expired"},
	{"nbf ahead", ED, "{" WHO "," EXP ",\"nbf\":1700000031}", BY_ED, "not valid yet"},
	{"nbf a text", ED, "{" WHO "," EXP ",\"nbf\":\"0\"}", BY_ED, "seconds since 1970"},
	{"iat ahead", ED, "{" WHO "," EXP ",\"iat\":1700000031}", BY_ED, "issued in the future"},
	{"iat a boolean", ED, "{" WHO "," EXP ",\"iat\":true}", BY_ED, "seconds since 1970"},
	{"25 hours", ED, "{" WHO ",\"iat\":1700000000,\"exp\":1700090000}", BY_ED, "at most 24 hours"},
	{"25 hours, one of them over", ED, "{" WHO ",\"iat\":1699996400,\"exp\":1700086400}", BY_ED,
	 "at most 24 hours"},
	{"25 hours without iat", ED, "{" WHO ",\"exp\":1700090000}", BY_ED, "at most 24 hours"},
	{"a second more than may be", ED, "{" WHO ",\"exp\":1700086431}", BY_ED, "at most 24 hours"},
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

static void good_tokens_prove_who_asks(void **state)
{
	for (size_t i = 0; i < MU_COUNT(good); i++) {
		AUTO_FREE char *token = mint(good[i].header, good[i].claims, good[i].signer);
		struct mu_identity identity;
		struct mu_fault fault = {0};
		char workspace[MU_ID_MAX + 1];

		if (mu_token_verify(rig.acme, token, NOW_MS, &identity, &fault))
			fail_msg("%s: %s", good[i].what, mu_fault_text(&fault));
		assert_int_equal(identity.kind, MU_IDENTITY_USER);
		assert_string_equal(identity.workspace, "acme");
		assert_string_equal(identity.subject, "u1");
		assert_string_equal(identity.token_id, good[i].token_id);
		assert_string_equal(identity.secret, "");
		assert_int_equal(identity.issued_at_ms, good[i].issued_at_ms);
		assert_int_equal(identity.expires_at_ms, good[i].expires_at_ms);
		assert_int_equal(mu_token_workspace(token, workspace), MU_OK);
		assert_string_equal(workspace, "acme");
	}
}

static void bad_tokens_are_refused_each_for_its_reason(void **state)
{
	for (size_t i = 0; i < MU_COUNT(bad); i++) {
		AUTO_FREE char *token = mint(bad[i].header, bad[i].claims, bad[i].signer);
		struct mu_identity identity = {.kind = MU_IDENTITY_OPERATOR, .subject = "untouched"};
		struct mu_fault fault = {0};

		if (mu_token_verify(rig.acme, token, NOW_MS, &identity, &fault) != MU_UNAUTHENTICATED)
			fail_msg("%s: should be refused", bad[i].what);
		if (!strstr(mu_fault_text(&fault), bad[i].says))
			fail_msg("%s: %s", bad[i].what, mu_fault_text(&fault));
		assert_int_equal(fault.err, MU_UNAUTHENTICATED);
		assert_int_equal(identity.kind, MU_IDENTITY_OPERATOR);
		assert_string_equal(identity.subject, "untouched");
	}
}

static void refuse_text(const struct mu_keyring *keyring, const char *token, const char *what)
{
	struct mu_identity identity;
	struct mu_fault fault = {0};

	if (mu_token_verify(keyring, token, NOW_MS, &identity, &fault) != MU_UNAUTHENTICATED)
		fail_msg("%s should be refused", what);
	assert_non_null(strstr(mu_fault_text(&fault), REFUSED));
}

static void texts_that_are_no_tokens_are_refused(void **state)
{
	static const char *const texts[] = {"",
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
					    "\xff.\xff.\xff"};

	for (size_t i = 0; i < MU_COUNT(texts); i++) {
		char workspace[MU_ID_MAX + 1] = "untouched";

		refuse_text(rig.acme, texts[i], texts[i]);
		assert_int_equal(mu_token_workspace(texts[i], workspace), MU_UNAUTHENTICATED);
		assert_string_equal(workspace, "untouched");
	}
}

static void refuse_edited(const char *before, const char *token, const char *after, const char *what)
{
	AUTO_FREE char *edited = NULL;

	assert_true(asprintf(&edited, "%s%s%s", before, token, after) > 0);
	refuse_text(rig.acme, edited, what);
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
	char *const tokens[] = {hs, ed};

	for (size_t t = 0; t < MU_COUNT(tokens); t++) {
		for (size_t i = 0; tokens[t][i]; i++) {
			char was = tokens[t][i];

			tokens[t][i] = alphabet[(i * 7 + 11) % (sizeof(alphabet) - 1)];
			if (tokens[t][i] != was)
				refuse_text(rig.acme, tokens[t], tokens[t]);
			tokens[t][i] = was;
		}
		assert_int_equal(mu_token_verify(rig.acme, tokens[t], NOW_MS, &(struct mu_identity){0}, NULL),
				 MU_OK);
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
	struct mu_fault fault = {0};

	refuse_text(rig.beta, token, "acme's token in beta");
	assert_int_equal(mu_token_verify(rig.beta, mine, NOW_MS, &(struct mu_identity){0}, &fault),
			 MU_UNAUTHENTICATED);
	assert_non_null(strstr(mu_fault_text(&fault), "iss must"));
}

static void a_token_has_a_greatest_length(void **state)
{
	AUTO_FREE char *name = NULL;
	AUTO_FREE char *claims = NULL;
	AUTO_FREE char *fits = NULL;
	AUTO_FREE char *long_claims = NULL;
	AUTO_FREE char *too_long = NULL;
	char workspace[MU_ID_MAX + 1];

	assert_true(asprintf(&name, "%02800d", 0) > 0);
	assert_true(asprintf(&claims, "{" WHO "," EXP ",\"x\":\"%s\"}", name) > 0);
	fits = mint(ED, claims, BY_ED);
	assert_true(strlen(fits) > 3900 && strlen(fits) <= MU_TOKEN_MAX);
	assert_int_equal(mu_token_verify(rig.acme, fits, NOW_MS, &(struct mu_identity){0}, NULL), MU_OK);
	assert_true(asprintf(&long_claims, "{" WHO "," EXP ",\"x\":\"%s%0200d\"}", name, 0) > 0);
	too_long = mint(ED, long_claims, BY_ED);
	assert_true(strlen(too_long) > MU_TOKEN_MAX);
	refuse_text(rig.acme, too_long, "a token that is too long");
	assert_int_equal(mu_token_workspace(too_long, workspace), MU_UNAUTHENTICATED);
}

/* Nesting is bounded by the length alone; the deepest token that fits is refused or read, but does no harm.
 */
static void the_deepest_claims_do_no_harm(void **state)
{
	char claims[2900];
	AUTO_FREE char *token = NULL;
	char workspace[MU_ID_MAX + 1];

	memset(claims, '[', sizeof(claims) - 1);
	claims[sizeof(claims) - 1] = '\0';
	token = mint(ED, claims, BY_ED);
	assert_true(strlen(token) < MU_TOKEN_MAX);
	assert_int_equal(mu_token_workspace(token, workspace), MU_UNAUTHENTICATED);
	assert_int_equal(mu_token_verify(rig.acme, token, NOW_MS, &(struct mu_identity){0}, NULL),
			 MU_UNAUTHENTICATED);
}

static void what_is_signed_is_accepted(void **state)
{
	static const enum mu_alg algs[] = {MU_ALG_HS256, MU_ALG_EDDSA};

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
		assert_int_equal(out.issued_at_ms, NOW_MS);
		assert_int_equal(out.expires_at_ms, NOW_MS + 86400000);
	}
}

/* The text is the one that the hand-made signing of this test gives for the same header and claims. */
static void a_signed_token_has_the_expected_text(void **state)
{
	struct mu_identity identity = {.workspace = "acme", .subject = "u1", .expires_at_ms = 1700003600000};
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
	{"no subject", {.workspace = "acme", .expires_at_ms = NOW_MS}, "ed", MU_ALG_EDDSA, 64},
	{"no workspace", {.subject = "u1", .expires_at_ms = NOW_MS}, "ed", MU_ALG_EDDSA, 64},
	{"a quote",
	 {.workspace = "acme", .subject = "u\"1", .expires_at_ms = NOW_MS},
	 "ed",
	 MU_ALG_EDDSA,
	 64},
	{"an odd token id",
	 {.workspace = "acme", .subject = "u1", .token_id = "a b", .expires_at_ms = NOW_MS},
	 "ed",
	 MU_ALG_EDDSA,
	 64},
	{"no kid", {.workspace = "acme", .subject = "u1", .expires_at_ms = NOW_MS}, "", MU_ALG_EDDSA, 64},
	{"no expiry", {.workspace = "acme", .subject = "u1"}, "ed", MU_ALG_EDDSA, 64},
	{"expired at birth",
	 {.workspace = "acme", .subject = "u1", .issued_at_ms = NOW_MS, .expires_at_ms = NOW_MS},
	 "ed",
	 MU_ALG_EDDSA,
	 64},
	{"25 hours",
	 {.workspace = "acme", .subject = "u1", .issued_at_ms = NOW_MS, .expires_at_ms = NOW_MS + 90000000},
	 "ed",
	 MU_ALG_EDDSA,
	 64},
	{"a public key",
	 {.workspace = "acme", .subject = "u1", .expires_at_ms = NOW_MS},
	 "ed",
	 MU_ALG_EDDSA,
	 32},
	{"a short secret",
	 {.workspace = "acme", .subject = "u1", .expires_at_ms = NOW_MS},
	 "hs",
	 MU_ALG_HS256,
	 31},
	{"an API key",
	 {.workspace = "acme", .subject = "u1", .expires_at_ms = NOW_MS},
	 "k1",
	 MU_ALG_API_KEY,
	 32},
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

static void an_api_key_proves_the_key(void **state)
{
	struct mu_identity identity;
	char workspace[MU_ID_MAX + 1];

	assert_int_equal(strncmp(rig.api_key, "mk~acme~k1~", 11), 0);
	assert_int_equal(strlen(rig.api_key), 11 + 43);
	assert_int_equal(mu_token_verify(rig.acme, rig.api_key, NOW_MS, &identity, NULL), MU_OK);
	assert_int_equal(identity.kind, MU_IDENTITY_KEY);
	assert_string_equal(identity.workspace, "acme");
	assert_string_equal(identity.subject, "k1");
	assert_string_equal(identity.secret, "");
	assert_int_equal(identity.expires_at_ms, 0);
	assert_int_equal(mu_token_workspace(rig.api_key, workspace), MU_OK);
	assert_string_equal(workspace, "acme");
	refuse_text(rig.beta, rig.api_key, "acme's API key in beta");
}

static void edited_api_keys_are_refused(void **state)
{
	const char *secret = rig.api_key + 11;
	AUTO_FREE char *foreign = NULL;
	AUTO_FREE char *text = NULL;
	uint8_t digest[MU_DIGEST_BYTES];
	static const struct {
		const char *before, *after;
	} edits[] = {{"mk~acme~k2~", ""},   {"mk~acme~hs~", ""},  {"mk~beta~k1~", ""},  {"mk~acme~", ""},
		     {"mk~acme~~", ""},     {"mk~~k1~", ""},      {"mk~acme~k1~", "~"}, {"mk~acme~k1~", "A"},
		     {"mk~acme~k1~", "~x"}, {"mk~ac me~k1~", ""}, {"mt~acme~k1~", ""},  {"mk~acme~k1", ""}};

	for (size_t i = 0; i < MU_COUNT(edits); i++)
		refuse_edited(edits[i].before, secret, edits[i].after, edits[i].before);
	refuse_text(rig.acme, "mk~acme~k1~", "no secret");
	assert_int_equal(mu_api_key_make("acme", "k1", &foreign, digest), MU_OK);
	refuse_text(rig.acme, foreign, "the same id with another secret");
	text = strdup(rig.api_key);
	text[strlen(text) - 5] ^= 1;
	refuse_text(rig.acme, text, "one character changed");
}

static void a_ticket_hands_its_secret_on(void **state)
{
	AUTO_FREE char *ticket = NULL;
	uint8_t digest[MU_DIGEST_BYTES], again[MU_DIGEST_BYTES];
	struct mu_identity identity;
	char workspace[MU_ID_MAX + 1];

	assert_int_equal(mu_ticket_make("acme", &ticket, digest), MU_OK);
	assert_int_equal(mu_token_verify(rig.acme, ticket, NOW_MS, &identity, NULL), MU_OK);
	assert_int_equal(identity.kind, MU_IDENTITY_TICKET);
	assert_string_equal(identity.workspace, "acme");
	assert_string_equal(identity.subject, "");
	mu_secret_digest(identity.secret, again);
	assert_memory_equal(digest, again, sizeof(digest));
	assert_int_equal(mu_token_workspace(ticket, workspace), MU_OK);
	assert_string_equal(workspace, "acme");
	refuse_text(rig.beta, ticket, "acme's ticket in beta");
	refuse_edited("", ticket, "~", "a tilde after");
	refuse_edited("", ticket, "A", "a character more");
	ticket[strlen(ticket) - 1] = '\0';
	refuse_text(rig.acme, ticket, "a character less");
}

static void secrets_are_made_for_valid_ids_only_and_never_twice(void **state)
{
	AUTO_FREE char *one = NULL;
	AUTO_FREE char *two = NULL;
	uint8_t first[MU_DIGEST_BYTES], second[MU_DIGEST_BYTES];
	char *none = NULL;

	assert_int_equal(mu_ticket_make("acme", &one, first), MU_OK);
	assert_int_equal(mu_ticket_make("acme", &two, second), MU_OK);
	assert_string_not_equal(one, two);
	assert_memory_not_equal(first, second, sizeof(first));
	assert_int_equal(mu_ticket_make("ac~me", &none, first), MU_INVALID_PARAMS);
	assert_int_equal(mu_ticket_make("", &none, first), MU_INVALID_PARAMS);
	assert_int_equal(mu_api_key_make("acme", "a~b", &none, first), MU_INVALID_PARAMS);
	assert_int_equal(mu_api_key_make("acme", "", &none, first), MU_INVALID_PARAMS);
	assert_null(none);
}

static void nobody_needs_to_want_the_fault(void **state)
{
	assert_int_equal(mu_token_verify(rig.acme, "x", NOW_MS, &(struct mu_identity){0}, NULL),
			 MU_UNAUTHENTICATED);
}

static int start(void **state)
{
	uint8_t seed[32];
	size_t n;

	if (mu_hash_start() || !mu_base64url_decode(RFC7515_KEY, rig.hs, sizeof(rig.hs), &n) ||
	    !mu_base64url_decode(RFC8037_SEED, seed, sizeof(seed), &n) ||
	    !mu_base64url_decode(RFC8037_PUBLIC, rig.ed_public, sizeof(rig.ed_public), &n))
		return -1;
	crypto_sign_seed_keypair(rig.ed_public, rig.ed_secret, seed);
	memset(rig.other_hs, 7, sizeof(rig.other_hs));
	mu_ed25519_make(rig.other_public, rig.other_secret);
	rig.acme = mu_keyring_create("acme");
	rig.beta = mu_keyring_create("beta");
	if (mu_api_key_make("acme", "k1", &rig.api_key, rig.api_digest) ||
	    mu_keyring_add(rig.acme, "hs", MU_ALG_HS256, rig.hs, sizeof(rig.hs)) ||
	    mu_keyring_add(rig.acme, "ed", MU_ALG_EDDSA, rig.ed_public, sizeof(rig.ed_public)) ||
	    mu_keyring_add(rig.acme, "k1", MU_ALG_API_KEY, rig.api_digest, sizeof(rig.api_digest)) ||
	    mu_keyring_add(rig.beta, "hs", MU_ALG_HS256, rig.other_hs, sizeof(rig.other_hs)) ||
	    mu_keyring_add(rig.beta, "ed", MU_ALG_EDDSA, rig.other_public, sizeof(rig.other_public)))
		return -1;
	return 0;
}

static int end(void **state)
{
	mu_keyring_unref(rig.acme);
	mu_keyring_unref(rig.beta);
	free(rig.api_key);
	return 0;
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
		cmocka_unit_test(what_is_signed_is_accepted),
		cmocka_unit_test(a_signed_token_has_the_expected_text),
		cmocka_unit_test(what_could_not_be_verified_is_not_signed),
		cmocka_unit_test(an_api_key_proves_the_key),
		cmocka_unit_test(edited_api_keys_are_refused),
		cmocka_unit_test(a_ticket_hands_its_secret_on),
		cmocka_unit_test(secrets_are_made_for_valid_ids_only_and_never_twice),
		cmocka_unit_test(nobody_needs_to_want_the_fault),
	};
	return cmocka_run_group_tests(tests, start, end);
}
