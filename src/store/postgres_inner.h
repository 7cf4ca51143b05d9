/* What the files of the PostgreSQL store share: postgres.c opens it and changes logs, postgres_node.c knows
 * whose writes they are, postgres_append.c appends, postgres_event.c reads, postgres_snapshot.c keeps
 * snapshots. Thread: as the store. */
#ifndef MUSTER_STORE_POSTGRES_INNER_H
#define MUSTER_STORE_POSTGRES_INNER_H

#include "postgres_db.h"

#include "muster/store/backend.h"

enum pg_statement {
	PG_BEGIN_READ,
	PG_BEGIN_WRITE,
	PG_COMMIT,
	PG_HOLD,
	PG_NODE_LOCK,
	PG_NODE_CLEAN,
	PG_NODE_END,
	PG_NODE_ENTER,
	PG_NODE_RESUME,
	PG_NODE_FENCE,
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
	PG_SNAPSHOT_BEGIN,
	PG_SNAPSHOT_PIECE,
	PG_SNAPSHOT_PUT,
	PG_SNAPSHOT_CLEAN,
	PG_SNAPSHOT_GET,
	PG_SNAPSHOT_READ,
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
	uint64_t tails_of;     /* the connection that they were seen on */
	uint64_t attempts;     /* at appending, so far */
	char self[MU_ID_TEXT]; /* the node as which it writes until it enters */
	int64_t epoch;         /* of that, or of store.node; 0: none yet */
	int64_t connection;    /* what the node's row says of this one; 0: nothing */
};

/* What became of a transaction. */
enum pg_fate {
	PG_DONE,    /* it is there */
	PG_FAILED,  /* nothing of it is there */
	PG_UNKNOWN, /* the connection was lost before the answer came */
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

/* ---- postgres_node.c ---- */

/* For pg_db_init: the new connection takes the place of the one before, if that was one of a node's. This
 * waits for the end of a transaction that the older one left behind; one that hadn't begun yet finds its
 * place gone. So what is read afterwards is what became of it. Errors: MU_UNAVAILABLE. */
enum mu_err pg_node_greet(struct pg_db *db);
void pg_node_leave(struct pg *pg);

/* A transaction that holds the node's row until its end, so that the node's epoch can't be ended before.
 * Between begin and end come n statements by pg_db_send; all is one way to the server and back. When one of
 * these calls fails the connection is to be given up (pg_db_drop): nobody knows how much of it was sent.
 * Errors of begin: MU_FENCED, MU_UNAVAILABLE; of end: MU_UNAVAILABLE. */
MU_MUST enum mu_err pg_write_begin(struct pg *pg);
MU_MUST enum mu_err pg_write_end(struct pg *pg);
/* What became of it; `each` gets the rows of the statements, which count from 0. If the reason of PG_FAILED
 * is that the epoch is over, store.over is set. */
enum pg_fate pg_write_wait(struct pg *pg, size_t n, void (*each)(void *arg, size_t i, const PGresult *rows),
			   void *arg);

/* What a statement that writes answers: how many rows, and the number in the first. */
struct pg_answer {
	int n;
	int64_t number;
};

/* Run one statement that writes, in a transaction of its own. Errors: MU_FENCED, MU_UNAVAILABLE. */
MU_MUST enum mu_err pg_write_one(struct pg *pg, enum pg_statement which, const struct pg_params *params,
				 struct pg_answer *ret_answer);

/* As in struct mu_store_ops. */
enum mu_err pg_enter(struct mu_store *store, const char *node, int64_t *ret_epoch);
enum mu_err pg_fence(struct mu_store *store, const char *node, int64_t epoch);

/* ---- postgres_append.c, postgres_event.c, postgres_snapshot.c: as in struct mu_store_ops ---- */

enum mu_err pg_append(struct mu_store *store, struct mu_append *batches, size_t n);
enum mu_err pg_scan(struct mu_store *store, const char *workspace, int64_t after_seq, int64_t limit,
		    struct mu_ends *ret_ends, bool (*each)(void *arg, const struct mu_kept *kept), void *arg);
enum mu_err pg_audit(struct mu_store *store, const char *workspace, const struct mu_audit_query *query,
		     bool (*each)(void *arg, const struct mu_kept *kept), void *arg);
enum mu_err pg_history(struct mu_store *store, const char *workspace, const struct mu_history_query *query,
		       bool (*each)(void *arg, const struct mu_kept *kept), void *arg);
enum mu_err pg_snapshot_put(struct mu_store *store, const char *workspace, int64_t seq, const char *text,
			    size_t bytes);
enum mu_err pg_snapshot_get(struct mu_store *store, const char *workspace, int64_t *ret_seq, char **ret_text);

#endif
