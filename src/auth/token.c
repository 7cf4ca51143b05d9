/* What a caller may show as proof: told apart by its beginning, then checked by its own rules. JWTs are in
 * jwt.c.
 * Invariant: of an API key only the digest of its secret is ever compared or kept.
 * Thread: any. */
#include "muster/auth/token.h"

#include "jwt.h"
#include "keyring.h"

#include "muster/base/buf.h"
#include "muster/base/mem.h"

#include <jansson.h>
#include <sodium.h>
#include <string.h>

#define API_KEY_PREFIX "mk~"
#define TICKET_PREFIX "mt~"
#define SECRET_BYTES 32
#define FIELDS_MAX 3

/* The fields of prefix~a~b~c, each short enough for an identity. */
struct fields {
	size_t n;
	char v[FIELDS_MAX][MU_ID_MAX + 1];
};

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool split_fields(const char *text, size_t want, struct fields *out)
{
	out->n = 0;
	for (;;) {
		size_t length = strcspn(text, "~");

		if (out->n == want || length == 0 || length > MU_ID_MAX)
			return false;
		memcpy(out->v[out->n], text, length);
		out->v[out->n++][length] = '\0';
		if (text[length] == '\0')
			return out->n == want;
		text += length + 1;
	}
}

static bool is_secret(const char *text)
{
	uint8_t bytes[SECRET_BYTES];
	size_t n = 0;
	bool fits = mu_base64url_decode(text, bytes, sizeof(bytes), &n) && n == sizeof(bytes);

	sodium_memzero(bytes, sizeof(bytes));
	return fits;
}

static bool split_api_key(const char *token, struct fields *out)
{
	return split_fields(token + strlen(API_KEY_PREFIX), 3, out) && mu_id_valid(out->v[0]) &&
	       mu_id_valid(out->v[1]) && is_secret(out->v[2]);
}

static bool split_ticket(const char *token, struct fields *out)
{
	return split_fields(token + strlen(TICKET_PREFIX), 2, out) && mu_id_valid(out->v[0]) &&
	       is_secret(out->v[1]);
}

void mu_secret_digest(const char *secret, uint8_t ret_digest[static MU_DIGEST_BYTES])
{
	mu_digest(secret, strlen(secret), ret_digest);
}

bool mu_secret_fits(const char *secret, const char *digest)
{
	uint8_t kept[MU_DIGEST_BYTES], given[MU_DIGEST_BYTES];
	size_t n = 0;

	if (!mu_base64url_decode(digest, kept, sizeof(kept), &n) || n != sizeof(kept))
		return false;
	mu_secret_digest(secret, given);
	return sodium_memcmp(kept, given, sizeof(kept)) == 0;
}

static bool verify_api_key(const struct mu_keyring *keyring, const char *token, struct mu_identity *out)
{
	struct fields fields;
	uint8_t digest[MU_DIGEST_BYTES];
	const struct mu_key *key;

	if (!split_api_key(token, &fields) || strcmp(fields.v[0], mu_keyring_workspace(keyring)) != 0)
		return false;
	mu_secret_digest(fields.v[2], digest);
	sodium_memzero(fields.v[2], sizeof(fields.v[2]));
	key = mu_keyring_find(keyring, fields.v[1]);
	if (!key || key->alg != MU_ALG_API_KEY || sodium_memcmp(digest, key->material, sizeof(digest)) != 0)
		return false;
	*out = (struct mu_identity){ .kind = MU_IDENTITY_KEY };
	memcpy(out->workspace, fields.v[0], sizeof(out->workspace));
	memcpy(out->subject, fields.v[1], sizeof(out->subject));
	return true;
}

static bool verify_ticket(const struct mu_keyring *keyring, const char *token, struct mu_identity *out)
{
	struct fields fields;

	if (!split_ticket(token, &fields) || strcmp(fields.v[0], mu_keyring_workspace(keyring)) != 0)
		return false;
	*out = (struct mu_identity){ .kind = MU_IDENTITY_TICKET };
	memcpy(out->workspace, fields.v[0], sizeof(out->workspace));
	memcpy(out->secret, fields.v[1], sizeof(out->secret));
	sodium_memzero(&fields, sizeof(fields));
	return true;
}

enum mu_err mu_token_read(const char *text, struct mu_token *ret_token)
{
	struct fields fields;
	bool ours;

	*ret_token = (struct mu_token){ .text = text };
	if (strnlen(text, MU_TOKEN_MAX + 1) > MU_TOKEN_MAX)
		return MU_UNAUTHENTICATED;
	if (starts_with(text, API_KEY_PREFIX))
		ours = split_api_key(text, &fields);
	else if (starts_with(text, TICKET_PREFIX))
		ours = split_ticket(text, &fields);
	else
		return mu_jwt_read(ret_token);
	if (ours)
		memcpy(ret_token->workspace, fields.v[0], sizeof(fields.v[0]));
	sodium_memzero(&fields, sizeof(fields));
	return ours ? MU_OK : MU_UNAUTHENTICATED;
}

void mu_token_finish(struct mu_token *token)
{
	json_decref(token->claims);
	token->claims = NULL;
}

enum mu_err mu_token_verify(const struct mu_keyring *keyring, const struct mu_token *token, int64_t now_ms,
			    struct mu_identity *ret_identity, struct mu_fault *ret_fault)
{
	bool proved;

	if (starts_with(token->text, API_KEY_PREFIX))
		proved = verify_api_key(keyring, token->text, ret_identity);
	else if (starts_with(token->text, TICKET_PREFIX))
		proved = verify_ticket(keyring, token->text, ret_identity);
	else
		return mu_jwt_verify(keyring, token, now_ms, ret_identity, ret_fault);
	return proved ? MU_OK : mu_fail(ret_fault, MU_UNAUTHENTICATED, MU_TOKEN_REFUSED);
}

/* prefix, workspace~ and, for an API key, id~; then a fresh secret. */
static enum mu_err make(const char *prefix, const char *workspace, const char *key_id, char **ret_text,
			uint8_t ret_digest[static MU_DIGEST_BYTES])
{
	char secret[MU_SECRET_TEXT(SECRET_BYTES)];
	enum mu_err err = MU_OK;
	struct mu_buf text;

	if (!mu_id_valid(workspace) || (key_id && !mu_id_valid(key_id)))
		return MU_INVALID_PARAMS;
	mu_secret_random(SECRET_BYTES, secret);
	mu_buf_init(&text);
	mu_buf_printf(&text, "%s%s~", prefix, workspace);
	if (key_id)
		mu_buf_printf(&text, "%s~", key_id);
	mu_buf_str(&text, secret);
	if (mu_buf_error(&text)) {
		mu_buf_finish(&text);
		err = MU_NO_MEMORY;
	} else {
		mu_secret_digest(secret, ret_digest);
		*ret_text = mu_buf_take(&text);
	}
	sodium_memzero(secret, sizeof(secret));
	return err;
}

enum mu_err mu_api_key_make(const char *workspace, const char *key_id, char **ret_text,
			    uint8_t ret_digest[static MU_DIGEST_BYTES])
{
	if (!key_id)
		return MU_INVALID_PARAMS;
	return make(API_KEY_PREFIX, workspace, key_id, ret_text, ret_digest);
}

enum mu_err mu_ticket_make(const char *workspace, char **ret_text, uint8_t ret_digest[static MU_DIGEST_BYTES])
{
	return make(TICKET_PREFIX, workspace, NULL, ret_text, ret_digest);
}

void mu_ed25519_make(uint8_t ret_public[static MU_ED25519_PUBLIC_BYTES],
		     uint8_t ret_secret[static MU_ED25519_SECRET_BYTES])
{
	crypto_sign_keypair(ret_public, ret_secret);
}
