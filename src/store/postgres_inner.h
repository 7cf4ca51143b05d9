/* What the files of the PostgreSQL store share: postgres.c opens it and changes logs, postgres_append.c
 * appends, postgres_event.c reads. Thread: as the store. */
#ifndef MUSTER_STORE_POSTGRES_INNER_H
#define MUSTER_STORE_POSTGRES_INNER_H

#include "postgres_db.h"

#include "muster/store/backend.h"

enum pg_statement {
	PG_BEGIN_READ,
	PG_BEGIN_WRITE,
	PG_COMMIT,
	PG_HOLD,
	PG_LOG_CREATE,
	PG_LOG_LIST,
	PG_LOG_FIND,
	PG_APPEND,
	PG_EVENT_SCAN,
	PG_EVENT_HASH,
	PG_EVENT_ERASE,
	PG_AUDIT_ALL,
	PG_AUDIT_ACTION,
	PG_AUDIT_ACTIONS,
	PG_AUDIT_USER,
	PG_HISTORY,
	PG_SNAPSHOT_PUT,
	PG_SNAPSHOT_GET,
	PG_TRIM,
	PG_STATEMENTS,
};

extern const char *const pg_statements[PG_STATEMENTS];

/* The end of a log as this store last saw it; what an append needs to know beforehand. */
struct pg_tail {
	UT_hash_handle hh;
	int64_t key;
	int64_t seq;
	uint8_t hash[MU_DIGEST_BYTES];
	uint64_t attempt; /* the last one that moved it */
	char id[];
};

struct pg {
	struct mu_store store;
	struct pg_db db;
	struct pg_tail *tails;
	uint64_t tails_of; /* the connection that they were seen on */
	uint64_t attempts; /* at appending, so far */
};

struct pg_log {
	int64_t key;
	struct mu_ends ends;
};

static inline struct pg *pg_of(struct mu_store *store)
{
	return MU_CONTAINER_OF(store, struct pg, store);
}

/* Read a workspace's row, and note its end. Errors: MU_NOT_FOUND, MU_UNAVAILABLE. */
MU_MUST enum mu_err pg_log_find(struct pg *pg, const char *workspace, struct pg_log *ret_log);

/* The end that was noted, NULL if none is. */
struct pg_tail *pg_tail_find(struct pg *pg, const char *workspace);
void pg_tail_forget(struct pg *pg, struct pg_tail *tail);
void pg_tails_forget(struct pg *pg);

/* As in struct mu_store_ops. */
enum mu_err pg_append(struct mu_store *store, struct mu_append *batches, size_t n);
enum mu_err pg_scan(struct mu_store *store, const char *workspace, int64_t after_seq, int64_t limit,
		    struct mu_ends *ret_ends, bool (*each)(void *arg, const struct mu_kept *kept), void *arg);
enum mu_err pg_audit(struct mu_store *store, const char *workspace, const struct mu_audit_query *query,
		     bool (*each)(void *arg, const struct mu_kept *kept), void *arg);
enum mu_err pg_history(struct mu_store *store, const char *workspace, const struct mu_history_query *query,
		       bool (*each)(void *arg, const struct mu_kept *kept), void *arg);

#endif
