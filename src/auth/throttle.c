/* The brake on guessing: per key, the times of its latest failures in a ring.
 * Invariant: the list is in the order of each key's latest attempt, so its head is the one to forget.
 * Thread: one owner. */
#include "muster/auth/throttle.h"

#include "muster/base/hash.h"
#include "muster/base/mem.h"

#include <string.h>
#include <utlist.h>

/* The failures of one key. Only a digest of the key is kept: addresses and emails have no business here. */
struct entry {
	uint8_t digest[MU_DIGEST_BYTES];
	UT_hash_handle hh;
	struct entry *prev, *next;
	size_t first, n; /* of the ring */
	int64_t at_ms[]; /* `limit` of them */
};

struct mu_throttle {
	size_t limit;
	int64_t window_ms;
	size_t max_keys;
	struct entry *table;
	struct entry *list;
};

struct mu_throttle *mu_throttle_create(int64_t limit, int64_t window_ms, size_t max_keys)
{
	struct mu_throttle *throttle = calloc(1, sizeof(*throttle));

	if (!throttle)
		return NULL;
	throttle->limit = limit > 0 ? (size_t)limit : 1;
	throttle->window_ms = window_ms;
	throttle->max_keys = max_keys > 0 ? max_keys : 1;
	return throttle;
}

static void forget(struct mu_throttle *throttle, struct entry *entry)
{
	HASH_DEL(throttle->table, entry);
	DL_DELETE(throttle->list, entry);
	free(entry);
}

/* The key to forget first, or NULL. */
static struct entry *oldest(const struct mu_throttle *throttle)
{
	return throttle->table ? throttle->list : NULL;
}

void mu_throttle_destroy(struct mu_throttle *throttle)
{
	struct entry *entry;

	if (!throttle)
		return;
	while ((entry = oldest(throttle)))
		forget(throttle, entry);
	free(throttle);
}

static struct entry *find(const struct mu_throttle *throttle, const uint8_t digest[static MU_DIGEST_BYTES])
{
	struct entry *entry;

	HASH_FIND(hh, throttle->table, digest, MU_DIGEST_BYTES, entry);
	return entry;
}

static struct entry *find_key(const struct mu_throttle *throttle, const char *key)
{
	uint8_t digest[MU_DIGEST_BYTES];

	mu_digest(key, strlen(key), digest);
	return find(throttle, digest);
}

int64_t mu_throttle_wait_ms(struct mu_throttle *throttle, const char *key, int64_t now_ms)
{
	const struct entry *entry = find_key(throttle, key);
	int64_t wait_ms;

	if (!entry || entry->n < throttle->limit)
		return 0;
	wait_ms = entry->at_ms[entry->first] + throttle->window_ms - now_ms;
	return wait_ms > 0 ? wait_ms : 0;
}

static bool has_ended(const struct mu_throttle *throttle, const struct entry *entry, int64_t now_ms)
{
	return entry->at_ms[(entry->first + entry->n - 1) % throttle->limit] + throttle->window_ms <= now_ms;
}

/* Make room for one more key: what has ended goes anyway, and if that isn't enough the key that ends first.
 */
static void make_room(struct mu_throttle *throttle, int64_t now_ms)
{
	struct entry *entry;

	while ((entry = oldest(throttle)) && has_ended(throttle, entry, now_ms))
		forget(throttle, entry);
	if (entry && HASH_COUNT(throttle->table) >= throttle->max_keys)
		forget(throttle, entry);
}

/* NULL when memory is out. */
static struct entry *remember(struct mu_throttle *throttle, const uint8_t digest[static MU_DIGEST_BYTES])
{
	struct entry *entry = calloc(1, sizeof(*entry) + throttle->limit * sizeof(entry->at_ms[0]));

	if (!entry)
		return NULL;
	memcpy(entry->digest, digest, MU_DIGEST_BYTES);
	HASH_ADD(hh, throttle->table, digest, MU_DIGEST_BYTES, entry);
	if (!entry->hh.tbl) {
		free(entry);
		return NULL;
	}
	DL_APPEND(throttle->list, entry);
	return entry;
}

void mu_throttle_fail(struct mu_throttle *throttle, const char *key, int64_t now_ms)
{
	uint8_t digest[MU_DIGEST_BYTES];
	struct entry *entry;

	mu_digest(key, strlen(key), digest);
	entry = find(throttle, digest);
	if (!entry) {
		make_room(throttle, now_ms);
		entry = remember(throttle, digest);
		if (!entry)
			return;
	} else {
		DL_DELETE(throttle->list, entry);
		DL_APPEND(throttle->list, entry);
	}
	if (entry->n == throttle->limit) {
		entry->first = (entry->first + 1) % throttle->limit;
		entry->n--;
	}
	entry->at_ms[(entry->first + entry->n++) % throttle->limit] = now_ms;
}

void mu_throttle_forgive(struct mu_throttle *throttle, const char *key)
{
	struct entry *entry = find_key(throttle, key);

	if (!entry)
		return;
	entry->n--;
	if (entry->n == 0)
		forget(throttle, entry);
}
