/* One memory store with several hubs on it, as several nodes have one database: each hub gets a share, a
 * store of its own that asks the common one, one caller at a time, as do its readers. The common one ends
 * with the last share. Thread: a share is its hub's; `conflicts` may be read at any time. */
#ifndef MUSTER_TEST_HUB_SHARED_STORE_H
#define MUSTER_TEST_HUB_SHARED_STORE_H

#include "muster/store/backend.h"

#include <pthread.h>
#include <stdatomic.h>

struct common {
	struct mu_store *store;
	pthread_mutex_t lock;
	unsigned shares;
	atomic_uint conflicts; /* appends that came too late */
};

struct store_share {
	struct mu_store store;
	struct common *common;
};

static inline struct common *lock_common(struct mu_store *store)
{
	struct common *common = MU_CONTAINER_OF(store, struct store_share, store)->common;

	pthread_mutex_lock(&common->lock);
	return common;
}

static inline enum mu_err unlock_common(struct mu_store *store, struct common *common, enum mu_err err)
{
	store->fault = common->store->fault;
	pthread_mutex_unlock(&common->lock);
	return err;
}

static inline enum mu_err share_create(struct mu_store *store, const char *workspace, int64_t now_ms)
{
	struct common *common = lock_common(store);

	return unlock_common(store, common, common->store->ops->create(common->store, workspace, now_ms));
}

static inline enum mu_err share_take_seat(struct mu_store *store, const char *node, int64_t *ret_epoch)
{
	struct common *common = lock_common(store);

	return unlock_common(store, common, common->store->ops->enter(common->store, node, ret_epoch));
}

static inline enum mu_err share_fence(struct mu_store *store, const char *node, int64_t epoch)
{
	struct common *common = lock_common(store);

	return unlock_common(store, common, common->store->ops->fence(common->store, node, epoch));
}

static inline enum mu_err share_list(struct mu_store *store, bool (*each)(void *, const char *, int64_t),
				     void *arg)
{
	struct common *common = lock_common(store);

	return unlock_common(store, common, common->store->ops->list(common->store, each, arg));
}

static inline enum mu_err share_append(struct mu_store *store, struct mu_append *batches, size_t n)
{
	struct common *common = lock_common(store);
	enum mu_err err = common->store->ops->append(common->store, batches, n);

	for (size_t i = 0; i < n; i++)
		common->conflicts += batches[i].err == MU_CONFLICT;
	return unlock_common(store, common, err);
}

static inline enum mu_err share_scan(struct mu_store *store, const char *workspace, int64_t after_seq,
				     int64_t limit, struct mu_ends *ret_ends,
				     bool (*each)(void *, const struct mu_kept *), void *arg)
{
	struct common *common = lock_common(store);

	return unlock_common(
		store, common,
		common->store->ops->scan(common->store, workspace, after_seq, limit, ret_ends, each, arg));
}

static inline enum mu_err share_audit(struct mu_store *store, const char *workspace,
				      const struct mu_audit_query *query,
				      bool (*each)(void *, const struct mu_kept *), void *arg)
{
	struct common *common = lock_common(store);

	return unlock_common(store, common,
			     common->store->ops->audit(common->store, workspace, query, each, arg));
}

static inline enum mu_err share_history(struct mu_store *store, const char *workspace,
					const struct mu_history_query *query,
					bool (*each)(void *, const struct mu_kept *), void *arg)
{
	struct common *common = lock_common(store);

	return unlock_common(store, common,
			     common->store->ops->history(common->store, workspace, query, each, arg));
}

static inline enum mu_err share_snapshot_put(struct mu_store *store, const char *workspace, int64_t seq,
					     const char *text, size_t bytes)
{
	struct common *common = lock_common(store);

	return unlock_common(store, common,
			     common->store->ops->snapshot_put(common->store, workspace, seq, text, bytes));
}

static inline enum mu_err share_snapshot_get(struct mu_store *store, const char *workspace, int64_t *ret_seq,
					     char **ret_text)
{
	struct common *common = lock_common(store);

	return unlock_common(store, common,
			     common->store->ops->snapshot_get(common->store, workspace, ret_seq, ret_text));
}

static inline void share_close(struct mu_store *store)
{
	struct store_share *share = MU_CONTAINER_OF(store, struct store_share, store);
	struct common *common = lock_common(store);
	const bool last = !--common->shares;

	pthread_mutex_unlock(&common->lock);
	if (last) {
		mu_store_close(common->store);
		pthread_mutex_destroy(&common->lock);
		free(common);
	}
	free(share);
}

static inline enum mu_err share_reader(const struct mu_store *store, struct mu_store **ret_reader,
				       struct mu_fault *ret_fault);

/* What hubs ask of a store. */
static const struct mu_store_ops share_ops = {
	.scheme = "share",
	.reader = share_reader,
	.close = share_close,
	.enter = share_take_seat,
	.fence = share_fence,
	.create = share_create,
	.list = share_list,
	.append = share_append,
	.scan = share_scan,
	.audit = share_audit,
	.history = share_history,
	.snapshot_put = share_snapshot_put,
	.snapshot_get = share_snapshot_get,
};

/* Another share. */
static inline struct mu_store *share_of(struct common *common)
{
	struct store_share *share = calloc(1, sizeof(*share));

	share->store.ops = &share_ops;
	share->common = common;
	pthread_mutex_lock(&common->lock);
	common->shares++;
	pthread_mutex_unlock(&common->lock);
	return &share->store;
}

static inline enum mu_err share_reader(const struct mu_store *store, struct mu_store **ret_reader,
				       struct mu_fault *ret_fault)
{
	*ret_reader = share_of(MU_CONTAINER_OF(store, const struct store_share, store)->common);
	return MU_OK;
}

/* Shares of a store, which becomes theirs. */
static inline struct common *common_create(struct mu_store *store)
{
	struct common *common = calloc(1, sizeof(*common));

	common->store = store;
	pthread_mutex_init(&common->lock, NULL);
	return common;
}

#endif
