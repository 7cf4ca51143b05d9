/* What a back-end of the store has to do, and what it gets for free. Only the files of this room include it.
 *
 * A back-end keeps rows with their digests and hashes and hands them out in order. What goes in is checked by
 * store.c, which also reads and verifies, through `scan`; so all back-ends agree on what a log means. A
 * back-end embeds struct mu_store.
 * Thread: as the store. */
#ifndef MUSTER_STORE_BACKEND_H
#define MUSTER_STORE_BACKEND_H

#include "muster/store/store.h"

/* A row as it lies in the store. */
struct mu_kept {
	struct mu_row row;
	uint8_t digest[MU_DIGEST_BYTES]; /* of its content */
	uint8_t hash[MU_DIGEST_BYTES];
	bool sound; /* false: no append can have written this; only row.seq counts then */
};

/* Both ends of a log. */
struct mu_ends {
	struct mu_head head;
	uint8_t first_hash[MU_DIGEST_BYTES]; /* of the row before head.first_seq; zeroes if there never was
						one */
	uint8_t last_hash[MU_DIGEST_BYTES];  /* of row head.seq */
};

#define MU_SCAN_OLDEST INT64_MIN /* as after_seq: from the oldest row that is there */

/* Errors are those of the mu_store_… call of the same name. Before it answers MU_UNAVAILABLE a back-end
 * writes its sentence into store->fault; MU_FENCED comes from mu_store_fenced. What writes asks, in the same
 * transaction, whether store->epoch is still the one of store->node. */
struct mu_store_ops {
	const char *scheme; /* what stands before the colon of a URL */
	/* `place` is what stands after it. */
	enum mu_err (*open)(const char *place, struct mu_store **ret_store, struct mu_fault *ret_fault);
	void (*close)(struct mu_store *store);
	/* The node's id is one. */
	enum mu_err (*enter)(struct mu_store *store, const char *node, int64_t *ret_epoch);
	/* An epoch of this store itself is over without its doing. */
	enum mu_err (*fence)(struct mu_store *store, const char *node, int64_t epoch);
	/* NULL: it has none. */
	enum mu_err (*reader)(const struct mu_store *store, struct mu_store **ret_reader,
			      struct mu_fault *ret_fault);
	enum mu_err (*create)(struct mu_store *store, const char *workspace, int64_t now_ms);
	enum mu_err (*list)(struct mu_store *store,
			    bool (*each)(void *arg, const char *workspace, int64_t seq), void *arg);
	/* Batches come checked; those whose err is set already are passed over. */
	enum mu_err (*append)(struct mu_store *store, struct mu_append *batches, size_t n);
	/* One consistent view: *ret_ends is set before the first call of `each`, which gets up to `limit`
	 * rows after after_seq, oldest first, until it returns false.
	 * Errors: as mu_store_read. */
	enum mu_err (*scan)(struct mu_store *store, const char *workspace, int64_t after_seq, int64_t limit,
			    struct mu_ends *ret_ends, bool (*each)(void *arg, const struct mu_kept *kept),
			    void *arg);
	/* The query comes with its bounds settled: rows from from_ms on, before (after_at_ms, after_seq).
	 * Errors: as mu_store_audit. */
	enum mu_err (*audit)(struct mu_store *store, const char *workspace,
			     const struct mu_audit_query *query,
			     bool (*each)(void *arg, const struct mu_kept *kept), void *arg);
	/* Errors: as mu_store_history. */
	enum mu_err (*history)(struct mu_store *store, const char *workspace,
			       const struct mu_history_query *query,
			       bool (*each)(void *arg, const struct mu_kept *kept), void *arg);
	enum mu_err (*snapshot_put)(struct mu_store *store, const char *workspace, int64_t seq,
				    const char *text, size_t bytes);
	enum mu_err (*snapshot_get)(struct mu_store *store, const char *workspace, int64_t *ret_seq,
				    char **ret_text);
	enum mu_err (*trim)(struct mu_store *store, const char *workspace, int64_t seq);
	enum mu_err (*erase)(struct mu_store *store, const char *workspace, int64_t seq);
};

struct mu_store {
	const struct mu_store_ops *ops;
	struct mu_fault fault;
	void (*pause)(void *arg); /* or NULL */
	void *pause_arg;
	char node[MU_ID_MAX + 1]; /* whose writes these are; empty: it hasn't entered */
	int64_t epoch;            /* 0: it hasn't entered */
	bool over;                /* the epoch: nothing that writes reaches the back-end any more */
};

/* Let others in, between two transactions of one call. */
void mu_store_pause(struct mu_store *store);

/* Note that the store's epoch is over. Returns MU_FENCED. */
enum mu_err mu_store_fenced(struct mu_store *store);

extern const struct mu_store_ops mu_store_sqlite;
extern const struct mu_store_ops mu_store_postgres;
extern const struct mu_store_ops mu_store_memory;

#endif
