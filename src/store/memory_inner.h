/* What the files of the memory store share: memory.c keeps the logs, memory_query.c looks for rows in them.
 * Thread: as the store; only `failures` is shared. */
#ifndef MUSTER_STORE_MEMORY_INNER_H
#define MUSTER_STORE_MEMORY_INNER_H

#include "muster/store/backend.h"

#include <stdatomic.h>

struct slot {
	struct mu_kept kept;
	char *texts; /* what kept.row points into */
};

struct log {
	UT_hash_handle hh;
	char *id;
	int64_t epoch;
	int64_t dropped_seq; /* the last one that was trimmed */
	uint8_t dropped_hash[MU_DIGEST_BYTES];
	struct slot *slots;
	size_t n, cap;
	char *snapshot;
	int64_t snapshot_seq;
};

struct memory {
	struct mu_store store;
	struct log *logs;
	int64_t epochs;       /* so far */
	atomic_uint failures; /* twice the number of appends still to fail, plus the enum mu_memory_failure */
};

static inline struct memory *memory_of(struct mu_store *store)
{
	return MU_CONTAINER_OF(store, struct memory, store);
}

/* NULL: there is no such workspace. */
static inline struct log *memory_find(struct mu_store *store, const char *workspace)
{
	struct log *log;

	HASH_FIND_STR(memory_of(store)->logs, workspace, log);
	return log;
}

static inline int64_t memory_seq(const struct log *log)
{
	return log->dropped_seq + (int64_t)log->n;
}

/* As in struct mu_store_ops. */
enum mu_err memory_audit(struct mu_store *store, const char *workspace, const struct mu_audit_query *query,
			 bool (*each)(void *arg, const struct mu_kept *kept), void *arg);
enum mu_err memory_history(struct mu_store *store, const char *workspace,
			   const struct mu_history_query *query,
			   bool (*each)(void *arg, const struct mu_kept *kept), void *arg);

#endif
