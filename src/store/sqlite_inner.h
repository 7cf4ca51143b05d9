/* What the files of the SQLite store share: sqlite.c opens it and moves its logs, sqlite_event.c writes and
 * reads events, sqlite_snapshot.c keeps snapshots. Thread: as the store. */
#ifndef MUSTER_STORE_SQLITE_INNER_H
#define MUSTER_STORE_SQLITE_INNER_H

#include "sqlite_audit.h"
#include "sqlite_history.h"

#include "muster/store/backend.h"

enum statement {
	BEGIN_READ,
	BEGIN_WRITE,
	COMMIT,
	NODE_ENTER,
	NODE_FENCE,
	NODE_FIND,
	LOG_CREATE,
	LOG_LIST,
	LOG_FIND,
	LOG_MOVE,
	LOG_DROP,
	EVENT_ADD,
	EVENT_SCAN,
	EVENT_HASH,
	EVENT_DROP,
	EVENT_ERASE,
	EVENT_GET,
	AUDIT_FIRST,
	AUDIT_LAST = AUDIT_FIRST + MU_AUDIT_STATEMENTS - 1,
	HISTORY_FIRST,
	HISTORY_LAST = HISTORY_FIRST + MU_HISTORY_STATEMENTS - 1,
	SNAPSHOT_NEXT,
	SNAPSHOT_PIECE,
	SNAPSHOT_PUT,
	SNAPSHOT_CLEAN,
	SNAPSHOT_GET,
	SNAPSHOT_READ,
	SNAPSHOT_COVERS,
	STATEMENT_COUNT,
};

struct sqlite {
	struct mu_store store;
	struct mu_db db;
};

struct log {
	int64_t key;
	struct mu_ends ends;
};

static inline struct sqlite *sqlite_of(struct mu_store *store)
{
	return MU_CONTAINER_OF(store, struct sqlite, store);
}

/* ---- sqlite.c ---- */

/* Note which file has which trouble. Returns MU_UNAVAILABLE. */
enum mu_err sqlite_fail(struct sqlite *s, int rc);
/* A statement whose first parameters are a workspace's key and a sequence. */
struct mu_query sqlite_query_at(struct sqlite *s, enum statement which, int64_t key, int64_t seq);
/* The outcome of a statement that gives no rows. */
enum mu_err sqlite_outcome(struct sqlite *s, int rc);
/* Begin a transaction; BEGIN_WRITE only while the store's epoch isn't over. Every path then goes through
 * sqlite_end(). Errors: MU_FENCED, MU_UNAVAILABLE. */
enum mu_err sqlite_begin(struct sqlite *s, enum statement how);
/* Begin a transaction about one workspace. Every path then goes through sqlite_end().
 * Errors: MU_NOT_FOUND, MU_UNAVAILABLE. */
enum mu_err sqlite_begin_log(struct sqlite *s, enum statement how, const char *workspace,
			     struct log *ret_log);
/* Commit what went well, take back the rest: also a commit that failed. */
enum mu_err sqlite_end(struct sqlite *s, enum mu_err err);

/* ---- sqlite_event.c ---- */

/* `hash` goes in as the predecessor's and comes out as the row's. */
enum mu_err sqlite_event_add(struct sqlite *s, int64_t key, const struct mu_row *row,
			     uint8_t hash[static MU_DIGEST_BYTES]);
enum mu_err sqlite_event_hash(struct sqlite *s, int64_t key, int64_t seq,
			      uint8_t ret_hash[static MU_DIGEST_BYTES]);
/* Run EVENT_DROP or EVENT_ERASE. */
enum mu_err sqlite_event_change(struct sqlite *s, enum statement which, int64_t key, int64_t seq);
/* False, and zeroes, if someone put something else in the place of a digest. */
bool sqlite_column_digest(sqlite3_stmt *stmt, int column, uint8_t ret_digest[static MU_DIGEST_BYTES]);
/* As in struct mu_store_ops. */
enum mu_err sqlite_scan(struct mu_store *store, const char *workspace, int64_t after_seq, int64_t limit,
			struct mu_ends *ret_ends, bool (*each)(void *arg, const struct mu_kept *kept),
			void *arg);
enum mu_err sqlite_audit(struct mu_store *store, const char *workspace, const struct mu_audit_query *query,
			 bool (*each)(void *arg, const struct mu_kept *kept), void *arg);
enum mu_err sqlite_history(struct mu_store *store, const char *workspace,
			   const struct mu_history_query *query,
			   bool (*each)(void *arg, const struct mu_kept *kept), void *arg);

/* ---- sqlite_snapshot.c ---- */

/* Errors: MU_CONFLICT (no snapshot goes so far), MU_UNAVAILABLE. */
enum mu_err sqlite_snapshot_covers(struct sqlite *s, int64_t key, int64_t seq);
/* As in struct mu_store_ops. */
enum mu_err sqlite_snapshot_put(struct mu_store *store, const char *workspace, int64_t seq, const char *text,
				size_t bytes);
enum mu_err sqlite_snapshot_get(struct mu_store *store, const char *workspace, int64_t *ret_seq,
				char **ret_text);

#endif
