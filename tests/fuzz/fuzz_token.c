/* Tokens. An input is a token as it stands or, so that the fuzzer gets past the signature, two lines: a
 * header and claims, which are signed here. Nothing may prove more than it says: a workspace's keys vouch for
 * that workspace only. */
#include "fuzz.h"

#include "muster/auth/token.h"
#include "muster/base/buf.h"
#include "muster/base/mem.h"

#include <sodium.h>
#include <string.h>

#define NOW_MS INT64_C(1700000000000)
#define SECRET "0123456789abcdef0123456789abcdef"

static struct mu_keyring *keyring_create(void)
{
	struct mu_keyring *keyring;
	uint8_t public_key[MU_ED25519_PUBLIC_BYTES], secret[MU_ED25519_SECRET_BYTES], digest[MU_DIGEST_BYTES];
	const unsigned char seed[crypto_sign_SEEDBYTES] = { 1 };

	HOLDS(mu_hash_start() == MU_OK);
	keyring = mu_keyring_create("acme");
	HOLDS(keyring);
	crypto_sign_seed_keypair(public_key, secret, seed);
	mu_secret_digest("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", digest);
	HOLDS(mu_keyring_add(keyring, "hs", MU_ALG_HS256, SECRET, strlen(SECRET)) == MU_OK);
	HOLDS(mu_keyring_add(keyring, "ed", MU_ALG_EDDSA, public_key, sizeof(public_key)) == MU_OK);
	HOLDS(mu_keyring_add(keyring, "k1", MU_ALG_API_KEY, digest, sizeof(digest)) == MU_OK);
	return keyring;
}

static void add_encoded(struct mu_buf *out, const void *bytes, size_t n)
{
	AUTO_FREE char *text = NULL;

	HOLDS(mu_base64url_encode(bytes, n, &text) == MU_OK);
	mu_buf_str(out, text);
}

static void sign(const char *header, size_t header_bytes, const char *claims, size_t claims_bytes,
		 struct mu_buf *out)
{
	crypto_auth_hmacsha256_state state;
	uint8_t mac[crypto_auth_hmacsha256_BYTES];

	add_encoded(out, header, header_bytes);
	mu_buf_char(out, '.');
	add_encoded(out, claims, claims_bytes);
	crypto_auth_hmacsha256_init(&state, (const unsigned char *)SECRET, strlen(SECRET));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)out->data, out->n);
	crypto_auth_hmacsha256_final(&state, mac);
	mu_buf_char(out, '.');
	add_encoded(out, mac, sizeof(mac));
}

static void check(const struct mu_keyring *keyring, const char *text)
{
	AUTO_TOKEN struct mu_token token = { 0 };
	struct mu_identity identity = { 0 };
	struct mu_fault fault = { 0 };
	const enum mu_err err = mu_token_read(text, &token);

	if (err) {
		HOLDS(err == MU_UNAUTHENTICATED && !*token.workspace);
		return;
	}
	HOLDS(mu_id_valid(token.workspace));
	if (mu_token_verify(keyring, &token, NOW_MS, &identity, &fault) != MU_OK) {
		HOLDS(fault.err == MU_UNAUTHENTICATED && identity.kind == MU_IDENTITY_NONE);
		return;
	}
	HOLDS(strcmp(token.workspace, "acme") == 0);
	HOLDS(strcmp(identity.workspace, "acme") == 0);
	HOLDS(identity.kind == MU_IDENTITY_TICKET || mu_id_valid(identity.subject));
	if (identity.kind == MU_IDENTITY_USER)
		HOLDS(identity.expires_at_ms > NOW_MS - 60000 &&
		      identity.expires_at_ms < NOW_MS + 25 * 3600 * 1000);
}

/* Each run of bytes has one text only. */
static void check_base64url(const char *text)
{
	AUTO_FREE char *bytes = malloc(strlen(text) + 1);
	AUTO_FREE char *again = NULL;
	size_t n;

	if (!mu_base64url_decode(text, bytes, strlen(text) + 1, &n))
		return;
	HOLDS(mu_base64url_encode(bytes, n, &again) == MU_OK);
	HOLDS(strcmp(text, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mu_keyring *keyring;
	const char *text = (const char *)data;
	const char *line = size > 0 ? memchr(text, '\n', size) : NULL;
	AUTO_BUF struct mu_buf token = { 0 };

	if (!keyring)
		keyring = keyring_create();
	if (line)
		sign(text, (size_t)(line - text), line + 1, size - (size_t)(line - text) - 1, &token);
	else
		mu_buf_add(&token, text, size);
	HOLDS(mu_buf_error(&token) == MU_OK);
	check(keyring, mu_buf_text(&token));
	check_base64url(mu_buf_text(&token));
	return 0;
}
