/* JSON Web Tokens (RFC 7519) as compact JWS (RFC 7515), read by the rules of RFC 8725.
 * Invariant: no claim is looked at before the signature over it holds, and the algorithm comes from the key,
 * never from the token.
 * Thread: any. */
#include "jwt.h"

#include "keyring.h"

#include "muster/auth/json_read.h"
#include "muster/base/buf.h"
#include "muster/base/mem.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

#define AUDIENCE "muster"
#define LIFE_MAX_MS 86400000
#define SECONDS_MAX 253402300799 /* the end of year 9999 */
#define ABSENT INT64_MIN
#define SIGNATURE_MAX 64

static void auto_json(json_t **json)
{
	json_decref(*json);
}
#define AUTO_JSON __attribute__((cleanup(auto_json)))

/* A token taken apart: the three texts are pieces of `text`. */
struct parts {
	char text[MU_TOKEN_MAX + 1];
	const char *header, *payload, *signature;
	size_t signed_bytes; /* header.payload at the start of the token */
};

static bool split(const char *token, struct parts *out)
{
	size_t n = strnlen(token, MU_TOKEN_MAX + 1);
	char *first, *second;

	if (n > MU_TOKEN_MAX)
		return false;
	memcpy(out->text, token, n + 1);
	first = strchr(out->text, '.');
	second = first ? strchr(first + 1, '.') : NULL;
	if (!second || first == out->text || second == first + 1 || !second[1] || strchr(second + 1, '.'))
		return false;
	*first = *second = '\0';
	out->header = out->text;
	out->payload = first + 1;
	out->signature = second + 1;
	out->signed_bytes = (size_t)(second - out->text);
	return true;
}

/* The object in a part; the caller's. The size of a token bounds how deep the parser can go. Errors:
 * MU_NO_MEMORY, MU_UNAUTHENTICATED (it is none). */
static enum mu_err decode_object(const char *part, json_t **ret_json)
{
	char bytes[MU_TOKEN_MAX];
	json_t *json = NULL;
	enum mu_err err;
	size_t n;

	if (!mu_base64url_decode(part, bytes, sizeof(bytes), &n))
		return MU_UNAUTHENTICATED;
	err = mu_json_read(bytes, n, &json, NULL);
	if (!err && json_is_object(json)) {
		*ret_json = json;
		return MU_OK;
	}
	json_decref(json);
	return err == MU_NO_MEMORY ? err : MU_UNAUTHENTICATED;
}

/* A string claim that is an id, or NULL. */
static const char *id_claim(const json_t *payload, const char *name)
{
	const char *text = json_string_value(json_object_get(payload, name));

	return text && mu_id_valid(text) ? text : NULL;
}

enum mu_err mu_jwt_read(struct mu_token *token)
{
	struct parts parts;
	const char *issuer;
	enum mu_err err;

	if (!split(token->text, &parts))
		return MU_UNAUTHENTICATED;
	err = decode_object(parts.payload, &token->claims);
	if (err)
		return err;
	issuer = id_claim(token->claims, "iss");
	if (!issuer)
		return MU_UNAUTHENTICATED;
	memcpy(token->workspace, issuer, strlen(issuer) + 1);
	return MU_OK;
}

static const char *alg_name(enum mu_alg alg)
{
	switch (alg) {
	case MU_ALG_HS256:
		return "HS256";
	case MU_ALG_EDDSA:
		return "EdDSA";
	case MU_ALG_API_KEY:
		break;
	}
	return "";
}

/* Only members that change nothing about how the token is to be read may be there: so jku, x5u, jwk, crit and
 * whatever else is invented are out. */
static bool is_plain_header(const json_t *header)
{
	static const char *const allowed[] = { "alg", "kid", "typ", "cty" };
	const char *type = json_string_value(json_object_get(header, "typ"));
	size_t known = 0;

	for (size_t i = 0; i < MU_COUNT(allowed); i++) {
		const json_t *member = json_object_get(header, allowed[i]);

		if (member && !json_is_string(member))
			return false;
		known += member != NULL;
	}
	return known == json_object_size(header) && (!type || strcasecmp(type, "JWT") == 0);
}

/* The key that the header names, if the header is acceptable and that key signs by the algorithm that it
 * names; or NULL. */
static const struct mu_key *find_key(const struct mu_keyring *keyring, const json_t *header)
{
	const char *alg = json_string_value(json_object_get(header, "alg"));
	const char *kid = json_string_value(json_object_get(header, "kid"));
	const struct mu_key *key;

	if (!alg || !kid || !is_plain_header(header))
		return NULL;
	key = mu_keyring_find(keyring, kid);
	if (!key || key->alg == MU_ALG_API_KEY || strcmp(alg, alg_name(key->alg)) != 0)
		return NULL;
	return key;
}

static void hmac(const uint8_t *secret, size_t bytes, const char *message, size_t n,
		 uint8_t mac[static crypto_auth_hmacsha256_BYTES])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, secret, bytes);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)message, n);
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_memzero(&state, sizeof(state));
}

static bool is_signed(const struct mu_key *key, const char *token, const struct parts *parts)
{
	uint8_t signature[SIGNATURE_MAX], mac[crypto_auth_hmacsha256_BYTES];
	size_t n;

	if (!mu_base64url_decode(parts->signature, signature, sizeof(signature), &n))
		return false;
	if (key->alg == MU_ALG_EDDSA)
		return n == crypto_sign_BYTES &&
		       crypto_sign_verify_detached(signature, (const unsigned char *)token,
						   parts->signed_bytes, key->material) == 0;
	hmac(key->material, key->bytes, token, parts->signed_bytes, mac);
	return n == sizeof(mac) && sodium_memcmp(signature, mac, sizeof(mac)) == 0;
}

/* A NumericDate in ms, ABSENT if the claim isn't there; false if it is no date. */
static bool date_claim(const json_t *payload, const char *name, int64_t *ret_ms)
{
	const json_t *claim = json_object_get(payload, name);
	double seconds = json_number_value(claim);

	if (claim && (!json_is_number(claim) || !(seconds >= 0 && seconds <= SECONDS_MAX)))
		return false;
	*ret_ms = claim ? (int64_t)(seconds * 1000 + 0.5) : ABSENT;
	return true;
}

/* Whether the array of a claim holds a word. */
static bool lists(const json_t *array, const char *word)
{
	const char *text;
	size_t i;
	json_t *item;

	json_array_foreach(array, i, item)
	{
		text = json_string_value(item);
		if (text && strcmp(text, word) == 0)
			return true;
	}
	return false;
}

static bool is_for_us(const json_t *audience)
{
	const char *text = json_string_value(audience);

	return text ? strcmp(text, AUDIENCE) == 0 : lists(audience, AUDIENCE);
}

/* What is wrong with the token's times, or NULL. */
static const char *check_times(const json_t *payload, int64_t now_ms, struct mu_identity *out)
{
	int64_t expires, not_before, issued;

	if (!date_claim(payload, "exp", &expires) || !date_claim(payload, "nbf", &not_before) ||
	    !date_claim(payload, "iat", &issued))
		return "exp, nbf and iat must be seconds since 1970";
	if (expires == ABSENT)
		return "The token must say when it expires (exp)";
	if (now_ms >= expires + MU_TOKEN_LEEWAY_MS)
		return "The token has expired; get a new one";
	if (not_before != ABSENT && not_before > now_ms + MU_TOKEN_LEEWAY_MS)
		return "The token is not valid yet (nbf)";
	if (issued != ABSENT && issued > now_ms + MU_TOKEN_LEEWAY_MS)
		return "The token was issued in the future (iat); check the clock of its issuer";
	if (expires - (issued != ABSENT ? issued : now_ms) > LIFE_MAX_MS + MU_TOKEN_LEEWAY_MS)
		return "The token may be valid for at most 24 hours (exp)";
	out->expires_at_ms = expires;
	out->issued_at_ms = issued != ABSENT ? issued : 0;
	return NULL;
}

/* What is wrong with whom and what the token is for, or NULL. */
static const char *check_names(const json_t *payload, const char *workspace, struct mu_identity *out)
{
	const char *issuer = id_claim(payload, "iss");
	const char *subject = id_claim(payload, "sub");
	const char *token_id = id_claim(payload, "jti");

	if (!issuer || strcmp(issuer, workspace) != 0)
		return "iss must be the id of the workspace whose key signed the token";
	if (!is_for_us(json_object_get(payload, "aud")))
		return "aud must be or contain \"" AUDIENCE "\"";
	if (!subject)
		return "sub must be the id of a user";
	if (!token_id && json_object_get(payload, "jti"))
		return "jti must be an id of 1 to 64 of A-Z a-z 0-9 . _ -";
	memcpy(out->workspace, issuer, strlen(issuer) + 1);
	memcpy(out->subject, subject, strlen(subject) + 1);
	if (token_id)
		memcpy(out->token_id, token_id, strlen(token_id) + 1);
	return NULL;
}

/* A token without an id of its own goes by its digest, so that it can be revoked all the same. Its text is
 * the only one: base64url is read strictly, and signatures have one form. */
static void name_by_digest(const char *token, struct mu_identity *out)
{
	uint8_t digest[MU_DIGEST_BYTES];

	mu_digest(token, strlen(token), digest);
	sodium_bin2base64(out->token_id, sizeof(out->token_id), digest, sizeof(digest),
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* What only the workspace's own key may say, or NULL if it is said well. */
static const char *check_own(const json_t *payload, struct mu_identity *out)
{
	const json_t *act = json_object_get(payload, "act");
	const char *viewer = id_claim(act, "sub");

	out->by_password = lists(json_object_get(payload, "amr"), "pwd");
	if (!act)
		return NULL;
	if (!viewer)
		return "act must name the user who looks (sub)";
	out->kind = MU_IDENTITY_VIEW;
	memcpy(out->viewer, viewer, strlen(viewer) + 1);
	return NULL;
}

enum mu_err mu_jwt_verify(const struct mu_keyring *keyring, const struct mu_token *token, int64_t now_ms,
			  struct mu_identity *ret_identity, struct mu_fault *ret_fault)
{
	struct mu_identity identity = { .kind = MU_IDENTITY_USER };
	AUTO_JSON json_t *header = NULL;
	const struct mu_key *key = NULL;
	const char *problem;
	struct parts parts;
	enum mu_err err =
		split(token->text, &parts) ? decode_object(parts.header, &header) : MU_UNAUTHENTICATED;

	if (err == MU_NO_MEMORY)
		return mu_fail(ret_fault, err, NULL);
	if (!err)
		key = find_key(keyring, header);
	if (!key || !is_signed(key, token->text, &parts))
		return mu_fail(ret_fault, MU_UNAUTHENTICATED, MU_TOKEN_REFUSED);
	/* From here on the holder of a key of this workspace speaks, and may be told what to mend. */
	problem = check_names(token->claims, mu_keyring_workspace(keyring), &identity);
	if (!problem)
		problem = check_times(token->claims, now_ms, &identity);
	if (!problem && strcmp(key->kid, MU_OWN_KEY) == 0)
		problem = check_own(token->claims, &identity);
	if (problem)
		return mu_fail(ret_fault, MU_UNAUTHENTICATED, "%s", problem);
	if (!identity.token_id[0])
		name_by_digest(token->text, &identity);
	memcpy(identity.kid, key->kid, strlen(key->kid) + 1);
	*ret_identity = identity;
	return MU_OK;
}

static bool may_sign(const struct mu_identity *identity, const char *kid, enum mu_alg alg, size_t bytes)
{
	int64_t life_ms = identity->expires_at_ms - identity->issued_at_ms;

	if (!mu_id_valid(kid) || !mu_id_valid(identity->workspace) || !mu_id_valid(identity->subject))
		return false;
	if (identity->token_id[0] && !mu_id_valid(identity->token_id))
		return false;
	if (identity->kind == MU_IDENTITY_VIEW && !mu_id_valid(identity->viewer))
		return false;
	if (identity->expires_at_ms <= 0 || identity->issued_at_ms < 0)
		return false;
	if (identity->issued_at_ms > 0 && (life_ms <= 0 || life_ms > LIFE_MAX_MS))
		return false;
	return alg == MU_ALG_EDDSA ? bytes == MU_ED25519_SECRET_BYTES
				   : alg == MU_ALG_HS256 && mu_key_fits(alg, bytes);
}

/* Ids need no escapes, so the claims can be written as they are. */
static void write_claims(const struct mu_identity *identity, struct mu_buf *out)
{
	mu_buf_printf(out, "{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":\"" AUDIENCE "\"", identity->workspace,
		      identity->subject);
	if (identity->token_id[0])
		mu_buf_printf(out, ",\"jti\":\"%s\"", identity->token_id);
	if (identity->by_password)
		mu_buf_str(out, ",\"amr\":[\"pwd\"]");
	if (identity->kind == MU_IDENTITY_VIEW)
		mu_buf_printf(out, ",\"act\":{\"sub\":\"%s\"}", identity->viewer);
	/* To the millisecond: who was signed out everywhere may sign in again within the same second. */
	if (identity->issued_at_ms > 0)
		mu_buf_printf(out, ",\"iat\":%lld.%03d", (long long)(identity->issued_at_ms / 1000),
			      (int)(identity->issued_at_ms % 1000));
	mu_buf_str(out, ",\"exp\":");
	mu_buf_i64(out, identity->expires_at_ms / 1000);
	mu_buf_char(out, '}');
}

static enum mu_err add_encoded(struct mu_buf *token, const void *bytes, size_t n)
{
	AUTO_FREE char *text = NULL;
	enum mu_err err = mu_base64url_encode(bytes, n, &text);

	if (!err)
		mu_buf_str(token, text);
	return err;
}

static enum mu_err add_signature(struct mu_buf *token, enum mu_alg alg, const void *secret, size_t bytes)
{
	uint8_t signature[SIGNATURE_MAX];
	size_t n = alg == MU_ALG_EDDSA ? crypto_sign_BYTES : crypto_auth_hmacsha256_BYTES;

	if (alg == MU_ALG_EDDSA)
		crypto_sign_detached(signature, NULL, (const unsigned char *)token->data, token->n, secret);
	else
		hmac(secret, bytes, token->data, token->n, signature);
	mu_buf_char(token, '.');
	return add_encoded(token, signature, n);
}

enum mu_err mu_token_sign(const struct mu_identity *identity, const char *kid, enum mu_alg alg,
			  const void *secret, size_t bytes, char **ret_token)
{
	AUTO_BUF struct mu_buf header, claims, token;
	enum mu_err err;

	mu_buf_init(&header);
	mu_buf_init(&claims);
	mu_buf_init(&token);
	if (!may_sign(identity, kid, alg, bytes))
		return MU_INVALID_PARAMS;
	mu_buf_printf(&header, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"%s\"}", alg_name(alg), kid);
	write_claims(identity, &claims);
	if (mu_buf_error(&header) || mu_buf_error(&claims))
		return MU_NO_MEMORY;
	err = add_encoded(&token, header.data, header.n);
	mu_buf_char(&token, '.');
	if (!err)
		err = add_encoded(&token, claims.data, claims.n);
	if (!err)
		err = mu_buf_error(&token);
	if (!err)
		err = add_signature(&token, alg, secret, bytes);
	if (!err)
		err = mu_buf_error(&token);
	if (!err)
		*ret_token = mu_buf_take(&token);
	return err;
}
