/* What all back-ends share: finding one for a URL, checking what goes into a log, and the meaning of its
 * chain.
 *
 * Invariant: a back-end only ever sees batches that fit their place in the log.
 * Thread: as the store. */
#include "muster/store/backend.h"

#include <string.h>

static const struct mu_store_ops *const back_ends[] = { &mu_store_sqlite, &mu_store_postgres,
							&mu_store_memory };

enum mu_err mu_store_open(const char *url, struct mu_store **ret_store, struct mu_fault *ret_fault)
{
	for (size_t i = 0; i < MU_COUNT(back_ends); i++) {
		size_t n = strlen(back_ends[i]->scheme);

		if (strncmp(url, back_ends[i]->scheme, n) == 0 && url[n] == ':')
			return back_ends[i]->open(url + n + 1, ret_store, ret_fault);
	}
	/* What follows the scheme may hold a password. */
	return mu_fail(ret_fault, MU_INVALID_PARAMS,
		       "A store is sqlite:PATH, postgres://HOST/DATABASE or memory:, not %.*s",
		       (int)strcspn(url, ":"), url);
}

void mu_store_close(struct mu_store *store)
{
	if (store)
		store->ops->close(store);
}

bool mu_store_has_readers(const struct mu_store *store)
{
	return store->ops->reader;
}

enum mu_err mu_store_reader(const struct mu_store *store, struct mu_store **ret_reader,
			    struct mu_fault *ret_fault)
{
	return store->ops->reader(store, ret_reader, ret_fault);
}

void mu_store_on_pause(struct mu_store *store, void (*pause)(void *arg), void *arg)
{
	store->pause = pause;
	store->pause_arg = arg;
}

void mu_store_pause(struct mu_store *store)
{
	if (store->pause)
		store->pause(store->pause_arg);
}

const struct mu_fault *mu_store_fault(const struct mu_store *store)
{
	return &store->fault;
}

enum mu_err mu_store_fenced(struct mu_store *store)
{
	store->over = true;
	return mu_fail(&store->fault, MU_FENCED,
		       "The store takes nothing from node %s any more: its epoch %lld was ended by another",
		       store->node, (long long)store->epoch);
}

enum mu_err mu_store_enter(struct mu_store *store, const char *node, int64_t *ret_epoch)
{
	int64_t epoch = 0;
	enum mu_err err = mu_id_valid(node) ? store->ops->enter(store, node, &epoch) : MU_INVALID_PARAMS;

	if (err)
		return err;
	strcpy(store->node, node);
	store->epoch = *ret_epoch = epoch;
	store->over = false;
	return MU_OK;
}

enum mu_err mu_store_fence(struct mu_store *store, const char *node, int64_t epoch)
{
	enum mu_err err = mu_id_valid(node) ? store->ops->fence(store, node, epoch) : MU_OK;

	store->over |= !err && epoch == store->epoch && strcmp(node, store->node) == 0;
	return err;
}

enum mu_err mu_store_create(struct mu_store *store, const char *workspace, int64_t now_ms)
{
	return store->over ? mu_store_fenced(store) : store->ops->create(store, workspace, now_ms);
}

enum mu_err mu_store_seat(struct mu_store *store)
{
	return store->over ? mu_store_fenced(store) : MU_OK;
}

enum mu_err mu_store_list(struct mu_store *store, bool (*each)(void *arg, const char *workspace, int64_t seq),
			  void *arg)
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

	enum mu_err err = store->over ? mu_store_fenced(store) : store->ops->append(store, batches, n);

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

static enum mu_err damaged(struct mu_store *store, const char *workspace, int64_t seq)
{
	return mu_fail(&store->fault, MU_UNAVAILABLE, "The log of workspace %.64s is damaged at event %lld",
		       workspace, (long long)seq);
}

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

	return !err && reader.unsound_seq ? damaged(store, workspace, reader.unsound_seq) : err;
}

enum mu_err mu_store_audit(struct mu_store *store, const char *workspace, const struct mu_audit_query *query,
			   bool (*each)(void *arg, const struct mu_row *row), void *arg)
{
	struct reader reader = { .each = each, .arg = arg };
	struct mu_audit_query settled = *query;
	int64_t end_ms = query->to_ms ? query->to_ms : INT64_MAX;

	/* Sequences begin with 1, so (end_ms, 0) comes right after every row from before end_ms. */
	if ((!query->after_at_ms && !query->after_seq) || query->after_at_ms >= end_ms) {
		settled.after_at_ms = end_ms;
		settled.after_seq = 0;
	}
	enum mu_err err = store->ops->audit(store, workspace, &settled, read_row, &reader);
	return !err && reader.unsound_seq ? damaged(store, workspace, reader.unsound_seq) : err;
}

enum mu_err mu_store_history(struct mu_store *store, const char *workspace,
			     const struct mu_history_query *query,
			     bool (*each)(void *arg, const struct mu_row *row), void *arg)
{
	struct reader reader = { .each = each, .arg = arg };
	enum mu_err err = store->ops->history(store, workspace, query, read_row, &reader);

	return !err && reader.unsound_seq ? damaged(store, workspace, reader.unsound_seq) : err;
}

enum mu_err mu_store_snapshot_put(struct mu_store *store, const char *workspace, int64_t seq,
				  const char *text, size_t bytes)
{
	return store->over ? mu_store_fenced(store)
			   : store->ops->snapshot_put(store, workspace, seq, text, bytes);
}

enum mu_err mu_store_snapshot_get(struct mu_store *store, const char *workspace, int64_t *ret_seq,
				  char **ret_text)
{
	return store->ops->snapshot_get(store, workspace, ret_seq, ret_text);
}

enum mu_err mu_store_trim(struct mu_store *store, const char *workspace, int64_t seq)
{
	return store->over ? mu_store_fenced(store) : store->ops->trim(store, workspace, seq);
}

enum mu_err mu_store_erase(struct mu_store *store, const char *workspace, int64_t seq)
{
	return store->over ? mu_store_fenced(store) : store->ops->erase(store, workspace, seq);
}

static void little_endian(int64_t value, uint8_t bytes[static 8])
{
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)((uint64_t)value >> (8 * i));
}

static struct mu_part part_of(const char *text)
{
	return (struct mu_part){ text, text ? strlen(text) : 0 };
}

void mu_store_digest(const struct mu_row *row, uint8_t ret_digest[static MU_DIGEST_BYTES])
{
	const struct mu_part parts[] = { part_of(row->payload), part_of(row->origin), part_of(row->before) };

	if (row->origin || row->before)
		mu_digest_parts(parts, MU_COUNT(parts), ret_digest);
	else
		mu_digest(row->payload, parts[0].n, ret_digest);
}

void mu_store_chain(const uint8_t previous[static MU_DIGEST_BYTES], const struct mu_row *row,
		    const uint8_t digest[static MU_DIGEST_BYTES], uint8_t ret_hash[static MU_DIGEST_BYTES])
{
	uint8_t seq[8], at_ms[8];
	const bool tagged = row->action || row->who || row->about;

	little_endian(row->seq, seq);
	little_endian(row->at_ms, at_ms);

	const struct mu_part parts[] = {
		{ previous, MU_DIGEST_BYTES },
		{ seq, sizeof(seq) },
		{ at_ms, sizeof(at_ms) },
		part_of(row->type),
		part_of(row->actor),
		part_of(row->audience),
		{ digest, MU_DIGEST_BYTES },
		part_of(row->action),
		part_of(row->who),
		part_of(row->about),
	};

	mu_digest_parts(parts, tagged ? MU_COUNT(parts) : MU_COUNT(parts) - 3, ret_hash);
}

/* What can be wrong with a row. */
static const char *const is_missing = "is missing";
static const char *const is_damaged = "is damaged: a column holds what no event has";
static const char *const is_beyond = "is beyond the end that the workspace's record notes";
static const char *const content_changed = "was changed: its data, its origin or what was before";
static const char *const link_changed =
	"was changed: its time, type, actor, audience, action or hash, or it isn't the one that followed";
static const char *const end_changed =
	"was changed: its hash isn't the one that the workspace's record notes";
static const char *const not_anchored = "was changed since its hash was noted";

struct walk {
	struct mu_ends ends;
	uint8_t hash[MU_DIGEST_BYTES]; /* of the last good row, once n > 0 */
	int64_t n;                     /* good rows so far */
	int64_t erased;                /* of them */
	const char *broken;            /* what is wrong with the row after them */
	const struct mu_anchor *anchor;
};

static const uint8_t *walk_hash(const struct walk *walk)
{
	return walk->n > 0 ? walk->hash : walk->ends.first_hash;
}

static bool same(const uint8_t a[static MU_DIGEST_BYTES], const uint8_t b[static MU_DIGEST_BYTES])
{
	return memcmp(a, b, MU_DIGEST_BYTES) == 0;
}

static bool content_holds(const struct mu_kept *kept)
{
	uint8_t digest[MU_DIGEST_BYTES];

	if (!kept->row.payload) /* erased: then all of it is */
		return !kept->row.origin && !kept->row.before;
	mu_store_digest(&kept->row, digest);
	return same(digest, kept->digest);
}

/* What is wrong with the row that should be the next one; NULL: nothing. */
static const char *row_trouble(const struct walk *walk, const struct mu_kept *kept)
{
	uint8_t hash[MU_DIGEST_BYTES];
	const int64_t seq = walk->ends.head.first_seq + walk->n;

	if (kept->row.seq != seq)
		return is_missing;
	if (seq > walk->ends.head.seq)
		return is_beyond;
	if (!kept->sound)
		return is_damaged;
	if (!content_holds(kept))
		return content_changed;
	mu_store_chain(walk_hash(walk), &kept->row, kept->digest, hash);
	if (!same(hash, kept->hash))
		return link_changed;
	return walk->anchor && walk->anchor->seq == seq && !same(hash, walk->anchor->hash) ? not_anchored
											   : NULL;
}

static bool verify_row(void *arg, const struct mu_kept *kept)
{
	struct walk *walk = arg;

	walk->broken = row_trouble(walk, kept);
	if (walk->broken)
		return false;
	memcpy(walk->hash, kept->hash, sizeof(walk->hash));
	walk->n++;
	walk->erased += !kept->row.payload;
	return true;
}

/* What the walk alone doesn't show: whether it went as far as it should. */
static void judge_end(const struct walk *walk, int64_t snapshot_seq, struct mu_verdict *verdict)
{
	const struct mu_head *head = &walk->ends.head;
	const int64_t next_seq = head->first_seq + walk->n;

	verdict->bad_seq = next_seq;
	if (walk->broken)
		verdict->what = walk->broken;
	else if (next_seq <= head->seq || snapshot_seq > head->seq ||
		 (walk->anchor && walk->anchor->seq > head->seq))
		verdict->what = is_missing;
	else if (!same(walk_hash(walk), walk->ends.last_hash)) {
		verdict->bad_seq = head->seq > 0 ? head->seq : 1;
		verdict->what = end_changed;
	} else
		verdict->bad_seq = 0;
}

enum mu_err mu_store_verify(struct mu_store *store, const char *workspace, const struct mu_anchor *anchor,
			    struct mu_verdict *ret_verdict)
{
	struct walk walk = { .anchor = anchor };
	struct mu_verdict verdict = { 0 };
	AUTO_FREE char *snapshot = NULL;
	int64_t snapshot_seq = 0;
	/* The snapshot first: the log may grow meanwhile, but what a snapshot covers must be there. */
	enum mu_err err = mu_store_snapshot_get(store, workspace, &snapshot_seq, &snapshot);

	if (!err)
		err = store->ops->scan(store, workspace, MU_SCAN_OLDEST, INT64_MAX, &walk.ends, verify_row,
				       &walk);
	if (err)
		return err;
	if (anchor && anchor->seq < walk.ends.head.first_seq)
		return MU_GONE;
	verdict.erased = walk.erased;
	verdict.head = walk.ends.head;
	verdict.end.seq = walk.ends.head.seq;
	memcpy(verdict.end.hash, walk.ends.last_hash, MU_DIGEST_BYTES);
	judge_end(&walk, snapshot_seq, &verdict);
	*ret_verdict = verdict;
	return MU_OK;
}
