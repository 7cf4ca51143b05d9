/* How the checks of token.c look a key up. */
#ifndef MUSTER_AUTH_KEYRING_H
#define MUSTER_AUTH_KEYRING_H

#include "muster/auth/token.h"

#define MU_KEY_MATERIAL_MAX 64

struct mu_key {
	char kid[MU_ID_MAX + 1];
	enum mu_alg alg;
	size_t bytes;
	uint8_t material[MU_KEY_MATERIAL_MAX];
	UT_hash_handle hh;
};

/* The key of that id, or NULL; borrowed. */
const struct mu_key *mu_keyring_find(const struct mu_keyring *keyring, const char *kid);

/* Whether a key of this kind may be that long. */
bool mu_key_fits(enum mu_alg alg, size_t bytes);

#endif
