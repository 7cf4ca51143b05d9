/* Hashing and random identifiers. Include this instead of <uthash.h>: outsiders choose many of our keys, so
 * every table is hashed with a key drawn at start (SipHash-2-4 by crypto_shorthash), and running out of
 * memory is reported, never fatal.
 * Thread: any after mu_hash_start. */
#ifndef MUSTER_BASE_HASH_H
#define MUSTER_BASE_HASH_H

#include "muster/base/err.h"

#include <stddef.h>

unsigned mu_hash_bytes(const void *key, size_t n);

#define HASH_FUNCTION(keyptr, keylen, hashv) ((hashv) = mu_hash_bytes((keyptr), (keylen)))
#define HASH_NONFATAL_OOM 1 /* after HASH_ADD look at elt->hh.tbl == NULL: it was not added */
#include <uthash.h>

/* Start libsodium and draw the key; call once, before threads. Errors: MU_INTERNAL without entropy. */
MU_MUST enum mu_err mu_hash_start(void);

#define MU_DIGEST_BYTES 32

/* BLAKE2b-256 of a run of bytes (RFC 7693): for the log's chain and for secrets that are stored hashed. */
void mu_digest(const void *bytes, size_t n, uint8_t digest[static MU_DIGEST_BYTES]);

/* BLAKE2b-256 of several parts, each preceded by its length (8 bytes, little endian), so that parts can't be
 * shifted into each other. */
struct mu_part {
	const void *bytes;
	size_t n;
};
void mu_digest_parts(const struct mu_part *parts, size_t n, uint8_t digest[static MU_DIGEST_BYTES]);

#define MU_ID_TEXT 40

/* A random number from 0 to below - 1; `below` is not 0. */
uint32_t mu_random_below(uint32_t below);

/* A random identifier: `prefix` (up to 8 characters) and 20 base-32 characters (100 bits), lower case. */
void mu_id_random(const char *prefix, char text[static MU_ID_TEXT]);

/* n random bytes as unpadded base64url (RFC 4648 §5) into text, which holds at least MU_SECRET_TEXT(n) bytes.
 */
#define MU_SECRET_TEXT(n) (((n)*4 + 2) / 3 + 1)
void mu_secret_random(size_t n, char *text);

#define MU_ID_MAX 64 /* longest id from outside, without the NUL */

/* Whether `text` is a well-formed id from outside: 1–64 of A–Z a–z 0–9 and . _ - (not first: . -). */
bool mu_id_valid(const char *text);

#endif
