/* The memory store: the log of a test, or of a demonstration that may forget.
 * It fails on demand (store/memory.h).
 *
 * Invariant: a log's rows are first_seq … seq without gaps, each with its texts in one block of its own.
 * Thread: as the store; only `failures` is shared. */
#include "muster/store/memory.h"
#include "memory_inner.h"

#include <string.h>

static enum mu_err out_of_memory(struct mu_store *store)
{
	return mu_fail(&store->fault, MU_UNAVAILABLE, "The memory store has no memory left");
}

static const uint8_t *log_hash(const struct log *log)
{
	return log->n > 0 ? log->slots[log->n - 1].kept.hash : log->dropped_hash;
}

static void log_cut(struct log *log, int64_t seq)
{
	while (memory_seq(log) > seq)
		free(log->slots[--log->n].texts);
}

static void log_destroy(struct log *log)
{
	if (!log)
		return;
	log_cut(log, log->dropped_seq);
	free(log->slots);
	free(log->snapshot);
	free(log->id);
	free(log);
}

static bool log_room(struct log *log)
{
	if (log->n < log->cap)
		return true;

	size_t cap = log->cap ? log->cap * 2 : 16;
	struct slot *slots = realloc(log->slots, cap * sizeof(*slots));

	if (!slots)
		return false;
	log->slots = slots;
	log->cap = cap;
	return true;
}

static size_t text_bytes(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

/* Move a text of a row into the block that is being filled. */
static void take_text(char **at, const char **text)
{
	size_t bytes = text_bytes(*text);

	if (!*text)
		return;
	*text = memcpy(*at, *text, bytes);
	*at += bytes;
}

static bool log_add(struct log *log, const struct mu_row *row)
{
	struct slot slot = { .kept = { .row = *row, .sound = true } };
	struct mu_row *copy = &slot.kept.row;
	const char **texts[] = { &copy->type, &copy->actor, &copy->audience, &copy->payload, &copy->action,
				 &copy->who,  &copy->about, &copy->origin,   &copy->before };
	size_t bytes = 0;

	if (!log_room(log))
		return false;
	for (size_t i = 0; i < MU_COUNT(texts); i++)
		bytes += text_bytes(*texts[i]);

	char *at = slot.texts = malloc(bytes);

	if (!at)
		return false;
	for (size_t i = 0; i < MU_COUNT(texts); i++)
		take_text(&at, texts[i]);
	mu_store_digest(copy, slot.kept.digest);
	mu_store_chain(log_hash(log), copy, slot.kept.digest, slot.kept.hash);
	log->slots[log->n++] = slot;
	return true;
}

static enum mu_err memory_open(const char *place, struct mu_store **ret_store, struct mu_fault *ret_fault)
{
	if (*place)
		return mu_fail(ret_fault, MU_INVALID_PARAMS, "memory: takes nothing after the colon");

	struct memory *memory = calloc(1, sizeof(*memory));

	if (!memory)
		return mu_fail(ret_fault, MU_NO_MEMORY, "The memory store has no memory");
	memory->store.ops = &mu_store_memory;
	*ret_store = &memory->store;
	return MU_OK;
}

static void memory_close(struct mu_store *store)
{
	struct memory *memory = memory_of(store);
	struct log *log, *next;

	HASH_ITER (hh, memory->logs, log, next) {
		HASH_DEL(memory->logs, log);
		log_destroy(log);
	}
	free(memory);
}

/* Nobody else can open this store, so every epoch is one of its own: store.c knows which is over. */
static enum mu_err memory_enter(struct mu_store *store, const char *node, int64_t *ret_epoch)
{
	(void)node;
	*ret_epoch = ++memory_of(store)->epochs;
	return MU_OK;
}

static enum mu_err memory_fence(struct mu_store *store, const char *node, int64_t epoch)
{
	(void)store;
	(void)node;
	(void)epoch;
	return MU_OK;
}

static enum mu_err memory_create(struct mu_store *store, const char *workspace, int64_t now_ms)
{
	if (memory_find(store, workspace))
		return MU_CONFLICT;

	struct memory *memory = memory_of(store);
	struct log *log = calloc(1, sizeof(*log));

	if (!log || !(log->id = strdup(workspace)))
		goto fail;
	log->epoch = now_ms;
	HASH_ADD_KEYPTR(hh, memory->logs, log->id, strlen(log->id), log);
	if (!log->hh.tbl)
		goto fail;
	return MU_OK;
fail:
	log_destroy(log);
	return out_of_memory(store);
}

static int by_id(const struct log *a, const struct log *b)
{
	return strcmp(a->id, b->id);
}

static enum mu_err memory_list(struct mu_store *store,
			       bool (*each)(void *arg, const char *workspace, int64_t seq), void *arg)
{
	struct memory *memory = memory_of(store);
	struct log *log, *next;

	HASH_SORT(memory->logs, by_id);
	HASH_ITER (hh, memory->logs, log, next) {
		if (!each(arg, log->id, memory_seq(log)))
			break;
	}
	return MU_OK;
}

/* Whether this append shall fail, and how. */
static bool take_failure(struct memory *memory, enum mu_memory_failure *ret_failure)
{
	unsigned failures = atomic_load(&memory->failures);

	do {
		if (failures < 2)
			return false;
	} while (!atomic_compare_exchange_weak(&memory->failures, &failures, failures - 2));
	*ret_failure = failures & 1;
	return true;
}

void mu_memory_fail_appends(struct mu_store *store, unsigned n, enum mu_memory_failure failure)
{
	atomic_store(&memory_of(store)->failures, n * 2 + failure);
}

static bool append_batch(struct mu_store *store, struct mu_append *batch)
{
	struct log *log = memory_find(store, batch->workspace);

	if (!log)
		batch->err = MU_NOT_FOUND;
	else if (memory_seq(log) != batch->expected_seq)
		batch->err = MU_CONFLICT;
	for (size_t i = 0; !batch->err && i < batch->n; i++) {
		if (!log_add(log, &batch->rows[i])) {
			log_cut(log, batch->expected_seq);
			return false;
		}
	}
	return true;
}

static enum mu_err append_all(struct mu_store *store, struct mu_append *batches, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (batches[i].err || append_batch(store, &batches[i]))
			continue;
		while (i-- > 0) {
			if (!batches[i].err)
				log_cut(memory_find(store, batches[i].workspace), batches[i].expected_seq);
		}
		return out_of_memory(store);
	}
	return MU_OK;
}

static enum mu_err memory_append(struct mu_store *store, struct mu_append *batches, size_t n)
{
	enum mu_memory_failure failure;
	bool fails = take_failure(memory_of(store), &failure);
	enum mu_err err = MU_OK;

	if (!fails || failure == MU_MEMORY_FAIL_AFTER)
		err = append_all(store, batches, n);
	if (!err && fails)
		err = mu_fail(&store->fault, MU_UNAVAILABLE, "The memory store was told to fail");
	return err;
}

static enum mu_err memory_scan(struct mu_store *store, const char *workspace, int64_t after_seq,
			       int64_t limit, struct mu_ends *ret_ends,
			       bool (*each)(void *arg, const struct mu_kept *kept), void *arg)
{
	const struct log *log = memory_find(store, workspace);

	if (!log)
		return MU_NOT_FOUND;
	if (after_seq == MU_SCAN_OLDEST)
		after_seq = log->dropped_seq;
	if (after_seq < log->dropped_seq)
		return MU_GONE;

	ret_ends->head = (struct mu_head){
		.epoch = log->epoch,
		.first_seq = log->dropped_seq + 1,
		.seq = memory_seq(log),
	};
	memcpy(ret_ends->first_hash, log->dropped_hash, MU_DIGEST_BYTES);
	memcpy(ret_ends->last_hash, log_hash(log), MU_DIGEST_BYTES);
	for (int64_t seq = after_seq + 1; limit > 0 && seq <= memory_seq(log); seq++, limit--) {
		if (!each(arg, &log->slots[seq - log->dropped_seq - 1].kept))
			break;
	}
	return MU_OK;
}

static enum mu_err memory_snapshot_put(struct mu_store *store, const char *workspace, int64_t seq,
				       const char *text, size_t bytes)
{
	struct log *log = memory_find(store, workspace);

	if (!log)
		return MU_NOT_FOUND;
	if (seq < 0 || seq > memory_seq(log))
		return MU_CONFLICT;
	if (log->snapshot && seq < log->snapshot_seq)
		return MU_OK;

	char *copy = strndup(text, bytes);

	if (!copy)
		return MU_NO_MEMORY;
	free(log->snapshot);
	log->snapshot = copy;
	log->snapshot_seq = seq;
	return MU_OK;
}

static enum mu_err memory_snapshot_get(struct mu_store *store, const char *workspace, int64_t *ret_seq,
				       char **ret_text)
{
	const struct log *log = memory_find(store, workspace);
	char *copy = NULL;

	if (!log)
		return MU_NOT_FOUND;
	if (log->snapshot && !(copy = strdup(log->snapshot)))
		return MU_NO_MEMORY;
	*ret_seq = log->snapshot_seq;
	*ret_text = copy;
	return MU_OK;
}

static enum mu_err memory_trim(struct mu_store *store, const char *workspace, int64_t seq)
{
	struct log *log = memory_find(store, workspace);

	if (!log)
		return MU_NOT_FOUND;
	if (!log->snapshot || seq > log->snapshot_seq)
		return MU_CONFLICT;
	if (seq <= log->dropped_seq)
		return MU_OK;

	size_t n = (size_t)(seq - log->dropped_seq);

	memcpy(log->dropped_hash, log->slots[n - 1].kept.hash, MU_DIGEST_BYTES);
	for (size_t i = 0; i < n; i++)
		free(log->slots[i].texts);
	memmove(log->slots, log->slots + n, (log->n - n) * sizeof(*log->slots));
	log->n -= n;
	log->dropped_seq = seq;
	return MU_OK;
}

static enum mu_err memory_erase(struct mu_store *store, const char *workspace, int64_t seq)
{
	struct log *log = memory_find(store, workspace);

	if (!log || seq <= log->dropped_seq || seq > memory_seq(log))
		return MU_NOT_FOUND;
	struct mu_row *row = &log->slots[seq - log->dropped_seq - 1].kept.row;

	row->payload = row->origin = row->before = NULL;
	return MU_OK;
}

const struct mu_store_ops mu_store_memory = {
	.scheme = "memory",
	.open = memory_open,
	.close = memory_close,
	.enter = memory_enter,
	.fence = memory_fence,
	.create = memory_create,
	.list = memory_list,
	.append = memory_append,
	.scan = memory_scan,
	.audit = memory_audit,
	.history = memory_history,
	.snapshot_put = memory_snapshot_put,
	.snapshot_get = memory_snapshot_get,
	.trim = memory_trim,
	.erase = memory_erase,
};
