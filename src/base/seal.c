/* Sealing by libsodium.
 * Invariant: a nonce is drawn for each message, which 24 bytes make safe for any number of them.
 * Thread: any. */
#include "muster/base/seal.h"

#include <sodium.h>
#include <string.h>

#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES

_Static_assert(MU_SEAL_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "the key's length");
_Static_assert(MU_SEAL_BYTES == NONCE_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES, "what a seal adds");

void mu_seal_derive(const uint8_t secret[static MU_SEAL_KEY_BYTES], const char *purpose,
		    uint8_t ret_key[static MU_SEAL_KEY_BYTES])
{
	crypto_generichash(ret_key, MU_SEAL_KEY_BYTES, (const unsigned char *)purpose, strlen(purpose),
			   secret, MU_SEAL_KEY_BYTES);
}

void mu_seal(const uint8_t key[static MU_SEAL_KEY_BYTES], const char *label, const void *text, size_t n,
	     uint8_t *sealed)
{
	randombytes_buf(sealed, NONCE_BYTES);
	crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE_BYTES, NULL, text, n,
						   (const unsigned char *)label, strlen(label), NULL, sealed,
						   key);
}

bool mu_seal_open(const uint8_t key[static MU_SEAL_KEY_BYTES], const char *label, const void *sealed,
		  size_t n, void *text)
{
	const unsigned char *nonce = sealed;

	return n >= MU_SEAL_BYTES && crypto_aead_xchacha20poly1305_ietf_decrypt(
					     text, NULL, NULL, nonce + NONCE_BYTES, n - NONCE_BYTES,
					     (const unsigned char *)label, strlen(label), nonce, key) == 0;
}

void mu_seal_wipe(void *secret, size_t n)
{
	sodium_memzero(secret, n);
}
