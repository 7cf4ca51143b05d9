/* The keys of a workspace, found by their id.
 * Invariant: once a keyring is shared nothing in it changes but its count; so reading it needs no lock.
 * Thread: create and add in one, everything else from any. */
#include "keyring.h"

#include "muster/base/mem.h"

#include <sodium.h>
#include <stdatomic.h>
#include <string.h>

struct mu_keyring {
	atomic_uint refs;
	char workspace[MU_ID_MAX + 1];
	struct mu_key *keys;
};

struct mu_keyring *mu_keyring_create(const char *workspace)
{
	struct mu_keyring *keyring = calloc(1, sizeof(*keyring));

	if (!keyring)
		return NULL;
	atomic_init(&keyring->refs, 1);
	memcpy(keyring->workspace, workspace, strnlen(workspace, MU_ID_MAX));
	return keyring;
}

struct mu_keyring *mu_keyring_ref(struct mu_keyring *keyring)
{
	atomic_fetch_add_explicit(&keyring->refs, 1, memory_order_relaxed);
	return keyring;
}

void mu_keyring_unref(struct mu_keyring *keyring)
{
	struct mu_key *key, *next;

	if (!keyring || atomic_fetch_sub_explicit(&keyring->refs, 1, memory_order_acq_rel) != 1)
		return;
	key = keyring->keys;
	HASH_CLEAR(hh, keyring->keys);
	for (; key; key = next) {
		next = key->hh.next;
		sodium_memzero(key, sizeof(*key));
		free(key);
	}
	free(keyring);
}

const char *mu_keyring_workspace(const struct mu_keyring *keyring)
{
	return keyring->workspace;
}

bool mu_key_fits(enum mu_alg alg, size_t bytes)
{
	static const struct {
		size_t min, max;
	} sizes[] = {
		[MU_ALG_HS256] = { MU_HS256_MIN_BYTES, MU_HS256_MAX_BYTES },
		[MU_ALG_EDDSA] = { MU_ED25519_PUBLIC_BYTES, MU_ED25519_PUBLIC_BYTES },
		[MU_ALG_API_KEY] = { MU_DIGEST_BYTES, MU_DIGEST_BYTES },
	};

	return (size_t)alg < MU_COUNT(sizes) && bytes >= sizes[alg].min && bytes <= sizes[alg].max;
}

const struct mu_key *mu_keyring_find(const struct mu_keyring *keyring, const char *kid)
{
	struct mu_key *key;

	HASH_FIND_STR(keyring->keys, kid, key);
	return key;
}

enum mu_err mu_keyring_add(struct mu_keyring *keyring, const char *kid, enum mu_alg alg, const void *material,
			   size_t bytes)
{
	struct mu_key *key;

	if (!mu_id_valid(kid) || !mu_key_fits(alg, bytes))
		return MU_INVALID_PARAMS;
	if (mu_keyring_find(keyring, kid))
		return MU_CONFLICT;
	key = calloc(1, sizeof(*key));
	if (!key)
		return MU_NO_MEMORY;
	memcpy(key->kid, kid, strlen(kid));
	memcpy(key->material, material, bytes);
	key->alg = alg;
	key->bytes = bytes;
	HASH_ADD_STR(keyring->keys, kid, key);
	if (!key->hh.tbl) {
		sodium_memzero(key, sizeof(*key));
		free(key);
		return MU_NO_MEMORY;
	}
	return MU_OK;
}
