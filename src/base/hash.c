/* Keyed hashing, digests and random identifiers, all by libsodium.
 * Invariant: the key is drawn once and never changes afterwards, for every table in the process hangs on it.
 * Thread: any after mu_hash_start. */
#include "muster/base/hash.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define ID_CHARACTERS 20
#define ID_PREFIX_MAX 8

static struct {
	bool drawn;
	unsigned char bytes[crypto_shorthash_KEYBYTES];
} key;

enum mu_err mu_hash_start(void)
{
	if (sodium_init() < 0)
		return MU_INTERNAL;
	if (!key.drawn) {
		crypto_shorthash_keygen(key.bytes);
		key.drawn = true;
	}
	return MU_OK;
}

unsigned mu_hash_bytes(const void *bytes, size_t n)
{
	unsigned char out[crypto_shorthash_BYTES];
	unsigned hash;

	crypto_shorthash(out, bytes, n, key.bytes);
	memcpy(&hash, out, sizeof(hash));
	return hash;
}

void mu_digest(const void *bytes, size_t n, uint8_t digest[static MU_DIGEST_BYTES])
{
	crypto_generichash(digest, MU_DIGEST_BYTES, bytes, n, NULL, 0);
}

void mu_digest_parts(const struct mu_part *parts, size_t n, uint8_t digest[static MU_DIGEST_BYTES])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, MU_DIGEST_BYTES);
	for (size_t i = 0; i < n; i++) {
		uint8_t length[8];

		for (unsigned byte = 0; byte < sizeof(length); byte++)
			length[byte] = (uint8_t)((uint64_t)parts[i].n >> (8 * byte));
		crypto_generichash_update(&state, length, sizeof(length));
		crypto_generichash_update(&state, parts[i].bytes, parts[i].n);
	}
	crypto_generichash_final(&state, digest, MU_DIGEST_BYTES);
}

uint32_t mu_random_below(uint32_t below)
{
	return randombytes_uniform(below);
}

void mu_id_random(const char *prefix, char text[static MU_ID_TEXT])
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	uint8_t draw[ID_CHARACTERS];
	int n = snprintf(text, MU_ID_TEXT, "%.*s", ID_PREFIX_MAX, prefix);

	randombytes_buf(draw, sizeof(draw));
	for (int i = 0; i < ID_CHARACTERS; i++)
		text[n + i] = alphabet[draw[i] & 31];
	text[n + ID_CHARACTERS] = '\0';
}

void mu_secret_random(size_t n, char *text)
{
	uint8_t piece[48]; /* a multiple of 3, so that the texts of the pieces join without padding */

	text[0] = '\0';
	while (n > 0) {
		size_t bytes = n < sizeof(piece) ? n : sizeof(piece);
		size_t room = sodium_base64_ENCODED_LEN(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);

		randombytes_buf(piece, bytes);
		sodium_bin2base64(text, room, piece, bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
		text += room - 1;
		n -= bytes;
	}
	sodium_memzero(piece, sizeof(piece));
}

static bool is_alphanumeric(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool mu_id_valid(const char *text)
{
	size_t n = 0;

	if (!text)
		return false;
	for (; text[n]; n++) {
		bool punctuation = text[n] == '_' || (n > 0 && (text[n] == '.' || text[n] == '-'));

		if (n >= MU_ID_MAX || !(is_alphanumeric(text[n]) || punctuation))
			return false;
	}
	return n > 0;
}
