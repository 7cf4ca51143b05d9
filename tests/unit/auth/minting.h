/* Tokens made by hand for tests, and a workspace whose keys are known: acme, with an HS256 secret (hs), an
 * Ed25519 key (ed) and an API key (k1); and beta with other keys of the same names. test_token.c proves the
 * signing by the examples of the standards. */
#ifndef MUSTER_TESTS_MINTING_H
#define MUSTER_TESTS_MINTING_H

#include "testing.h"

#include "muster/auth/token.h"
#include "muster/base/mem.h"

#include <sodium.h>

#define NOW_MS INT64_C(1700000000000)

/* RFC 7515 appendix A.1.1: the key; and RFC 8037 appendix A.1 and A.2: seed and public key. */
#define RFC7515_KEY "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
#define RFC8037_SEED "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
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
__attribute__((unused)) static char *mint(const char *header, const char *claims, enum signer signer)
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

#define HS "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"hs\"}"
#define ED "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"ed\"}"
#define WHO "\"iss\":\"acme\",\"sub\":\"u1\",\"aud\":\"muster\""
#define EXP "\"exp\":1700003600"
#define GOOD "{" WHO "," EXP "}"
#define REFUSED "The token is not valid"

#define UNREADABLE "The token can't be read" /* said by this test */

/* Read and check, as an edge does. */
__attribute__((unused)) static enum mu_err verify(const struct mu_keyring *keyring, const char *text,
						  struct mu_identity *ret_identity,
						  struct mu_fault *ret_fault)
{
	AUTO_TOKEN struct mu_token token = { 0 };
	enum mu_err err = mu_token_read(text, &token);

	return err ? mu_fail(ret_fault, err, UNREADABLE)
		   : mu_token_verify(keyring, &token, NOW_MS, ret_identity, ret_fault);
}

/* Which workspace a token claims to belong to. */
__attribute__((unused)) static void assert_claims(const char *text, const char *workspace)
{
	AUTO_TOKEN struct mu_token token = { 0 };

	assert_int_equal(mu_token_read(text, &token), MU_OK);
	assert_string_equal(token.workspace, workspace);
}

__attribute__((unused)) static void refuse_read(const char *text, const char *what)
{
	AUTO_TOKEN struct mu_token token = { 0 };

	if (mu_token_read(text, &token) != MU_UNAUTHENTICATED)
		fail_msg("%s should not be read", what);
	assert_string_equal(token.workspace, "");
}

__attribute__((unused)) static void refuse_text(const struct mu_keyring *keyring, const char *token,
						const char *what)
{
	struct mu_identity identity;
	struct mu_fault fault = { 0 };

	if (verify(keyring, token, &identity, &fault) != MU_UNAUTHENTICATED)
		fail_msg("%s should be refused", what);
	assert_true(strstr(mu_fault_text(&fault), REFUSED) || strstr(mu_fault_text(&fault), UNREADABLE));
}

__attribute__((unused)) static void refuse_edited(const char *before, const char *token, const char *after,
						  const char *what)
{
	AUTO_FREE char *edited = NULL;

	assert_true(asprintf(&edited, "%s%s%s", before, token, after) > 0);
	refuse_text(rig.acme, edited, what);
}

__attribute__((unused)) static int minting_start(void **state)
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

__attribute__((unused)) static int minting_end(void **state)
{
	mu_keyring_unref(rig.acme);
	mu_keyring_unref(rig.beta);
	free(rig.api_key);
	return 0;
}

#endif
