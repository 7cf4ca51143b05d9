/* What all back-ends share: finding one for a URL, checking what goes into a log, and the meaning of its
 * chain.
 *
 * Invariant: a back-end only ever sees batches that fit their place in the log.
 * Thread: as the store. */
#include "muster/store/backend.h"

#include <string.h>

static const struct mu_store_ops *const back_ends[] = { &mu_store_sqlite, &mu_store_memory };

enum mu_err mu_store_open(const char *url, struct mu_store **ret_store, struct mu_fault *ret_fault)
{
	for (size_t i = 0; i < MU_COUNT(back_ends); i++) {
		size_t n = strlen(back_ends[i]->scheme);

		if (strncmp(url, back_ends[i]->scheme, n) == 0 && url[n] == ':')
			return back_ends[i]->open(url + n + 1, ret_store, ret_fault);
	}
	return mu_fail(ret_fault, MU_INVALID_PARAMS, "A store is sqlite:PATH or memory:, not %.100s", url);
}

void mu_store_close(struct mu_store *store)
{
	if (store)
		store->ops->close(store);
}

const struct mu_fault *mu_store_fault(const struct mu_store *store)
{
	return &store->fault;
}

enum mu_err mu_store_create(struct mu_store *store, const char *workspace, int64_t now_ms)
{
	return store->ops->create(store, workspace, now_ms);
}

enum mu_err mu_store_list(struct mu_store *store, bool (*each)(void *arg, const char *workspace), void *arg)
{
	return store->ops->list(store, each, arg);
}

static enum mu_err check_batch(const struct mu_append *batch)
{
	for (size_t i = 0; i < batch->n; i++) {
		const struct mu_row *row = &batch->rows[i];

		if (!row->type || !row->actor || !row->audience || !row->payload)
			return MU_INVALID_PARAMS;
		if (row->seq != batch->expected_seq + 1 + (int64_t)i)
			return MU_INVALID_PARAMS;
		if (strnlen(row->payload, MU_PAYLOAD_MAX + 1) > MU_PAYLOAD_MAX)
			return MU_TOO_LARGE;
	}
	return MU_OK;
}

enum mu_err mu_store_append(struct mu_store *store, struct mu_append *batches, size_t n)
{
	for (size_t i = 0; i < n; i++)
		batches[i].err = check_batch(&batches[i]);

	enum mu_err err = store->ops->append(store, batches, n);

	for (size_t i = 0; err && i < n; i++)
		batches[i].err = err;
	return err;
}

enum mu_err mu_store_head(struct mu_store *store, const char *workspace, struct mu_head *ret_head)
{
	struct mu_ends ends;
	enum mu_err err = store->ops->scan(store, workspace, MU_SCAN_OLDEST, 0, &ends, NULL, NULL);

	if (!err)
		*ret_head = ends.head;
	return err;
}

struct reader {
	bool (*each)(void *arg, const struct mu_row *row);
	void *arg;
	int64_t unsound_seq;
};

static bool read_row(void *arg, const struct mu_kept *kept)
{
	struct reader *reader = arg;

	if (!kept->sound) {
		reader->unsound_seq = kept->row.seq;
		return false;
	}
	return reader->each(reader->arg, &kept->row);
}

enum mu_err mu_store_read(struct mu_store *store, const char *workspace, int64_t after_seq, int64_t limit,
			  bool (*each)(void *arg, const struct mu_row *row), void *arg)
{
	struct reader reader = { .each = each, .arg = arg };
	struct mu_ends ends;
	enum mu_err err = store->ops->scan(store, workspace, after_seq, limit, &ends, read_row, &reader);

	if (!err && reader.unsound_seq)
		err = mu_fail(&store->fault, MU_UNAVAILABLE,
			      "The log of workspace %.64s is damaged at event %lld", workspace,
			      (long long)reader.unsound_seq);
	return err;
}

enum mu_err mu_store_snapshot_put(struct mu_store *store, const char *workspace, int64_t seq,
				  const char *text, size_t bytes)
{
	return store->ops->snapshot_put(store, workspace, seq, text, bytes);
}

enum mu_err mu_store_snapshot_get(struct mu_store *store, const char *workspace, int64_t *ret_seq,
				  char **ret_text)
{
	return store->ops->snapshot_get(store, workspace, ret_seq, ret_text);
}

enum mu_err mu_store_trim(struct mu_store *store, const char *workspace, int64_t seq)
{
	return store->ops->trim(store, workspace, seq);
}

enum mu_err mu_store_erase(struct mu_store *store, const char *workspace, int64_t seq)
{
	return store->ops->erase(store, workspace, seq);
}

static void little_endian(int64_t value, uint8_t bytes[static 8])
{
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)((uint64_t)value >> (8 * i));
}

void mu_store_chain(const uint8_t previous[static MU_DIGEST_BYTES], const struct mu_row *row,
		    const uint8_t payload_digest[static MU_DIGEST_BYTES],
		    uint8_t ret_hash[static MU_DIGEST_BYTES])
{
	uint8_t seq[8], at_ms[8];

	little_endian(row->seq, seq);
	little_endian(row->at_ms, at_ms);

	const struct mu_part parts[] = {
		{ previous, MU_DIGEST_BYTES },
		{ seq, sizeof(seq) },
		{ at_ms, sizeof(at_ms) },
		{ row->type, strlen(row->type) },
		{ row->actor, strlen(row->actor) },
		{ row->audience, strlen(row->audience) },
		{ payload_digest, MU_DIGEST_BYTES },
	};

	mu_digest_parts(parts, MU_COUNT(parts), ret_hash);
}

struct walk {
	struct mu_ends ends;
	uint8_t hash[MU_DIGEST_BYTES]; /* of the last good row, once n > 0 */
	int64_t n;                     /* good rows so far */
	bool broken;                   /* at the row after them */
};

static const uint8_t *walk_hash(const struct walk *walk)
{
	return walk->n > 0 ? walk->hash : walk->ends.first_hash;
}

static bool row_holds(const struct walk *walk, const struct mu_kept *kept)
{
	uint8_t digest[MU_DIGEST_BYTES];
	int64_t seq = walk->ends.head.first_seq + walk->n;

	if (!kept->sound || kept->row.seq != seq || seq > walk->ends.head.seq)
		return false;
	if (kept->row.payload) {
		mu_digest(kept->row.payload, strlen(kept->row.payload), digest);
		if (memcmp(digest, kept->payload_digest, sizeof(digest)) != 0)
			return false;
	}
	mu_store_chain(walk_hash(walk), &kept->row, kept->payload_digest, digest);
	return memcmp(digest, kept->hash, sizeof(digest)) == 0;
}

static bool verify_row(void *arg, const struct mu_kept *kept)
{
	struct walk *walk = arg;

	walk->broken = !row_holds(walk, kept);
	if (walk->broken)
		return false;
	memcpy(walk->hash, kept->hash, sizeof(walk->hash));
	walk->n++;
	return true;
}

enum mu_err mu_store_verify(struct mu_store *store, const char *workspace, int64_t *ret_bad_seq)
{
	struct walk walk = { 0 };
	enum mu_err err =
		store->ops->scan(store, workspace, MU_SCAN_OLDEST, INT64_MAX, &walk.ends, verify_row, &walk);

	if (err)
		return err;

	const struct mu_head *head = &walk.ends.head;
	int64_t next_seq = head->first_seq + walk.n;

	if (walk.broken || next_seq != head->seq + 1)
		*ret_bad_seq = next_seq;
	else if (memcmp(walk_hash(&walk), walk.ends.last_hash, MU_DIGEST_BYTES) != 0)
		*ret_bad_seq = head->seq > 0 ? head->seq : 1;
	else
		*ret_bad_seq = 0;
	return MU_OK;
}
