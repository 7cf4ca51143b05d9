/* Sealed messages: nobody without the key can read or make one, and none can be passed off under another
 * label (XChaCha20-Poly1305, the label being the additional data). That a message comes again shows only in
 * what it says: whoever must notice puts a counter inside.
 * Thread: any after mu_hash_start. */
#ifndef MUSTER_BASE_SEAL_H
#define MUSTER_BASE_SEAL_H

#include "muster/base/err.h"

#include <stddef.h>

#define MU_SEAL_KEY_BYTES 32
/* A sealed message is so much longer than what it says: 24 bytes of a random nonce, 16 of a tag. */
#define MU_SEAL_BYTES 40

/* A key for one purpose out of a secret that serves several; none of them tells of the others. */
void mu_seal_derive(const uint8_t secret[static MU_SEAL_KEY_BYTES], const char *purpose,
		    uint8_t ret_key[static MU_SEAL_KEY_BYTES]);

/* Seal n bytes into `sealed`, which has room for n + MU_SEAL_BYTES and doesn't overlap. */
void mu_seal(const uint8_t key[static MU_SEAL_KEY_BYTES], const char *label, const void *text, size_t n,
	     uint8_t *sealed);

/* Open n sealed bytes into `text`, which has room for n - MU_SEAL_BYTES and doesn't overlap. False, with
 * nothing of it to be used, if they weren't sealed with this key and label. */
MU_MUST bool mu_seal_open(const uint8_t key[static MU_SEAL_KEY_BYTES], const char *label, const void *sealed,
			  size_t n, void *text);

/* Forget a secret that is no longer needed. */
void mu_seal_wipe(void *secret, size_t n);

#endif
