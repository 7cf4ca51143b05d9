/* Tokens: JWT (RFC 7519) with EdDSA (RFC 8037) or HS256 (RFC 7518 §3.2), API keys and tickets, and the
 * keyrings they are checked with.
 *
 *   JWT      header.payload.signature          alg fixed per key; kid needed; claims iss (workspace), sub
 *                                              (user), aud "muster", exp (needed, at most 24 h ahead), nbf,
 *                                              iat, jti; 30 s leeway
 *   API key  mk~<workspace>~<key id>~<secret>  stored as the digest of its secret
 *   ticket   mt~<workspace>~<secret>           single use, known to one hub only
 *
 * Refused: alg none or another than the key's, jku, x5u, jwk, x5c, crit in the header, duplicate members,
 * padding in base64url. The signature is checked before any claim is used; only iss and kid are read first,
 * to find the key. Source of the rules: RFC 8725 (JSON Web Token best current practices). */
#ifndef MUSTER_AUTH_TOKEN_H
#define MUSTER_AUTH_TOKEN_H

#include "muster/auth/identity.h"
#include "muster/base/fault.h"
#include "muster/base/hash.h"

struct json_t;

/* The key with which a workspace signs its own tokens. Only in those two claims of ours count, whatever a
 * platform puts into its own: amr (RFC 8176) with "pwd" for who signed in with a password, and act (RFC
 * 8693), who looks, for who views as another: the subject is the view then, not a user. */
#define MU_OWN_KEY "muster"

enum mu_alg { MU_ALG_HS256, MU_ALG_EDDSA, MU_ALG_API_KEY };

#define MU_HS256_MIN_BYTES 32
#define MU_HS256_MAX_BYTES 64
#define MU_ED25519_PUBLIC_BYTES 32
#define MU_ED25519_SECRET_BYTES 64 /* the seed and the public key */
#define MU_ED25519_SEED_BYTES 32
#define MU_TOKEN_MAX 4096 /* bytes of a token at most */

/* The keys of one workspace. Immutable once shared and reference counted; edges check with their own
 * reference.
 * Thread: create and add in one thread, then ref, unref and verify from any. */
struct mu_keyring;

struct mu_keyring *mu_keyring_create(const char *workspace); /* NULL when memory is out; one reference */
struct mu_keyring *mu_keyring_ref(struct mu_keyring *keyring);
void mu_keyring_unref(struct mu_keyring *keyring); /* accepts NULL; wipes keys */
const char *mu_keyring_workspace(const struct mu_keyring *keyring);

/* Add a key, only before the keyring is shared. `material`: the HS256 secret (32–64 bytes), the Ed25519
 * public key (32), or an API key's digest (MU_DIGEST_BYTES). Copied.
 * Errors: MU_INVALID_PARAMS (length, id), MU_CONFLICT (id taken), MU_NO_MEMORY. */
MU_MUST enum mu_err mu_keyring_add(struct mu_keyring *keyring, const char *kid, enum mu_alg alg,
				   const void *material, size_t bytes);

/* A token that was read, and proves nothing yet. */
struct mu_token {
	const char *text;              /* borrowed */
	char workspace[MU_ID_MAX + 1]; /* that it claims to belong to: only good for finding a keyring */
	struct json_t *claims;         /* of a JWT, for mu_token_verify alone; NULL: it is none */
};

/* Read a token, which is to be finished whatever came of it. The text must outlive it.
 * Errors: MU_UNAUTHENTICATED if it is no token of ours, MU_NO_MEMORY. */
MU_MUST enum mu_err mu_token_read(const char *text, struct mu_token *ret_token);
void mu_token_finish(struct mu_token *token);
#define AUTO_TOKEN __attribute__((cleanup(mu_token_finish)))

/* Check a token at wall time now_ms. For a ticket only its form is checked.
 * Errors: MU_UNAUTHENTICATED, with a sentence that says what to do without telling a forger what was nearly
 * right; MU_NO_MEMORY. */
MU_MUST enum mu_err mu_token_verify(const struct mu_keyring *keyring, const struct mu_token *token,
				    int64_t now_ms, struct mu_identity *ret_identity,
				    struct mu_fault *ret_fault);

/* Sign a JWT for `identity` (workspace, subject, token_id, issued_at_ms, expires_at_ms). `secret` is the
 * HS256 secret or the Ed25519 secret key (64 bytes: seed and public key). *ret_token is the caller's to free.
 * Errors: MU_INVALID_PARAMS, MU_NO_MEMORY. */
MU_MUST enum mu_err mu_token_sign(const struct mu_identity *identity, const char *kid, enum mu_alg alg,
				  const void *secret, size_t bytes, char **ret_token);

/* Make a random API key or ticket: *ret_text is what the holder gets (caller frees), digest is what is kept.
 */
MU_MUST enum mu_err mu_api_key_make(const char *workspace, const char *key_id, char **ret_text,
				    uint8_t ret_digest[static MU_DIGEST_BYTES]);
MU_MUST enum mu_err mu_ticket_make(const char *workspace, char **ret_text,
				   uint8_t ret_digest[static MU_DIGEST_BYTES]);
/* Digest of a ticket's or API key's secret part. */
void mu_secret_digest(const char *secret, uint8_t ret_digest[static MU_DIGEST_BYTES]);
/* Whether a secret is the one whose digest this is (base64url), in a time that doesn't tell how much of it is
 * right. */
bool mu_secret_fits(const char *secret, const char *digest);

/* base64url without padding (RFC 4648 §5). encode: *ret_text is the caller's. decode: false on any character,
 * padding or trailing bit that doesn't belong; *ret_bytes at most cap. */
MU_MUST enum mu_err mu_base64url_encode(const void *bytes, size_t n, char **ret_text);
bool mu_base64url_decode(const char *text, void *out, size_t cap, size_t *ret_bytes);

/* A fresh Ed25519 key pair or HS256 secret, as a new signing key of a workspace. */
void mu_ed25519_make(uint8_t ret_public[static MU_ED25519_PUBLIC_BYTES],
		     uint8_t ret_secret[static MU_ED25519_SECRET_BYTES]);

#endif
