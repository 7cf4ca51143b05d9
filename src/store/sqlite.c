/* The SQLite store: all logs of a node in one file, in write-ahead mode with a sync at each commit.
 *
 * Invariants:
 * - Each call is one transaction; it is committed or rolled back when the call returns.
 * - A workspace's row moves with its events: its seq and hash are those of the last one.
 * - One program writes to a file (the data directory's lock sees to that), on one connection, which also
 *   checkpoints; its other connections and other programs only read. Two writers would still be kept apart by
 *   SQLite's lock and the compare-and-set.
 * Thread: as the store. */
#include "sqlite_inner.h"

#include <string.h>

/* In the order in which sqlite_event.c binds and reads them. */
#define EVENT_COLUMNS                                                                                        \
	"seq, at_ms, type, actor, audience, payload_digest, hash, payload, action, who, about, origin, "     \
	"before"

static const char *const sql[STATEMENT_COUNT] = {
	[BEGIN_READ] = "BEGIN",
	[BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[NODE_ENTER] = "INSERT OR REPLACE INTO node (id) VALUES (?1)",
	[NODE_FENCE] = "DELETE FROM node WHERE id = ?1 AND epoch = ?2",
	[NODE_FIND] = "SELECT 1 FROM node WHERE epoch = ?1",
	[LOG_CREATE] = "INSERT INTO workspace (id, epoch, dropped_seq, dropped_hash, seq, hash)"
		       " VALUES (?1, ?2, 0, zeroblob(32), 0, zeroblob(32)) ON CONFLICT DO NOTHING",
	[LOG_LIST] = "SELECT id, seq FROM workspace ORDER BY id",
	[LOG_FIND] = "SELECT key, epoch, dropped_seq, dropped_hash, seq, hash FROM workspace WHERE id = ?1",
	[LOG_MOVE] = "UPDATE workspace SET seq = ?2, hash = ?3 WHERE key = ?1",
	[LOG_DROP] = "UPDATE workspace SET dropped_seq = ?2, dropped_hash = ?3 WHERE key = ?1",
	[EVENT_ADD] = "INSERT INTO event (workspace, " EVENT_COLUMNS ", subject)"
		      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?12)",
	[EVENT_SCAN] = "SELECT " EVENT_COLUMNS " FROM event"
		       " WHERE workspace = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
	[EVENT_HASH] = "SELECT hash FROM event WHERE workspace = ?1 AND seq = ?2",
	[EVENT_DROP] = "DELETE FROM event WHERE workspace = ?1 AND seq <= ?2",
	[EVENT_ERASE] = "UPDATE event SET payload = NULL, origin = NULL, before = NULL"
			" WHERE workspace = ?1 AND seq = ?2",
	[EVENT_GET] = "SELECT " EVENT_COLUMNS " FROM event WHERE workspace = ?1 AND seq = ?2",
	MU_AUDIT_SQL(AUDIT_FIRST),
	MU_HISTORY_SQL(HISTORY_FIRST),
	/* Which number the next attempt has, and whether it may count. */
	[SNAPSHOT_NEXT] =
		"SELECT (SELECT coalesce(max(made), 0) + 1 FROM snapshot_piece WHERE workspace = ?1),"
		" NOT EXISTS (SELECT 1 FROM snapshot WHERE workspace = ?1 AND seq > ?2)",
	[SNAPSHOT_PIECE] =
		"INSERT INTO snapshot_piece (workspace, made, piece, text) VALUES (?1, ?2, ?3, ?4)",
	[SNAPSHOT_PUT] = "INSERT INTO snapshot (workspace, seq, made, text) VALUES (?1, ?2, ?3, ?4)"
			 " ON CONFLICT DO UPDATE SET seq = excluded.seq, made = excluded.made,"
			 " text = excluded.text WHERE excluded.seq >= seq",
	[SNAPSHOT_CLEAN] = "DELETE FROM snapshot_piece WHERE rowid = (SELECT rowid FROM snapshot_piece"
			   " WHERE workspace = ?1 AND made NOT IN"
			   " (SELECT made FROM snapshot WHERE workspace = ?1) LIMIT 1)",
	[SNAPSHOT_GET] = "SELECT key, snapshot.seq, made, snapshot.text FROM workspace"
			 " LEFT JOIN snapshot ON snapshot.workspace = workspace.key"
			 " WHERE workspace.id = ?1",
	[SNAPSHOT_READ] = "SELECT text FROM snapshot_piece WHERE workspace = ?1 AND made = ?2 ORDER BY piece",
	[SNAPSHOT_COVERS] = "SELECT 1 FROM snapshot WHERE workspace = ?1 AND seq >= ?2",
};

enum mu_err sqlite_fail(struct sqlite *s, int rc)
{
	return mu_db_fail(&s->db, rc, &s->store.fault);
}

struct mu_query sqlite_query_at(struct sqlite *s, enum statement which, int64_t key, int64_t seq)
{
	struct mu_query query = mu_query_start(&s->db, which);

	mu_query_i64(&query, key);
	mu_query_i64(&query, seq);
	return query;
}

enum mu_err sqlite_outcome(struct sqlite *s, int rc)
{
	return rc == SQLITE_OK || rc == SQLITE_DONE ? MU_OK : sqlite_fail(s, rc);
}

/* Errors: MU_FENCED, MU_UNAVAILABLE. */
static enum mu_err node_find(struct sqlite *s)
{
	AUTO_QUERY struct mu_query query = mu_query_start(&s->db, NODE_FIND);

	mu_query_i64(&query, s->store.epoch);

	int rc = mu_query_step(&query);

	if (rc == SQLITE_DONE)
		return mu_store_fenced(&s->store);
	return rc == SQLITE_ROW ? MU_OK : sqlite_fail(s, rc);
}

enum mu_err sqlite_begin(struct sqlite *s, enum statement how)
{
	enum mu_err err = sqlite_outcome(s, mu_db_run(&s->db, how));

	return !err && how == BEGIN_WRITE && s->store.epoch ? node_find(s) : err;
}

enum mu_err sqlite_end(struct sqlite *s, enum mu_err err)
{
	if (!err)
		err = sqlite_outcome(s, mu_db_run(&s->db, COMMIT));
	mu_db_rollback(&s->db);
	return err;
}

static enum mu_err open_as(const char *place, enum mu_db_use use, struct mu_store **ret_store,
			   struct mu_fault *ret_fault)
{
	struct sqlite *s = calloc(1, sizeof(*s));

	if (!s)
		return mu_fail(ret_fault, MU_NO_MEMORY, "The SQLite store has no memory");
	s->store.ops = &mu_store_sqlite;

	enum mu_err err = mu_db_init(&s->db, place, use, sql, STATEMENT_COUNT, ret_fault);

	if (err)
		free(s);
	else
		*ret_store = &s->store;
	return err;
}

static enum mu_err sqlite_open(const char *place, struct mu_store **ret_store, struct mu_fault *ret_fault)
{
	return open_as(place, MU_DB_WRITE, ret_store, ret_fault);
}

static enum mu_err sqlite_reader(const struct mu_store *store, struct mu_store **ret_reader,
				 struct mu_fault *ret_fault)
{
	const struct sqlite *s = MU_CONTAINER_OF(store, const struct sqlite, store);

	return open_as(s->db.path, MU_DB_READ, ret_reader, ret_fault);
}

static enum mu_err sqlite_enter(struct mu_store *store, const char *node, int64_t *ret_epoch)
{
	struct sqlite *s = sqlite_of(store);
	AUTO_QUERY struct mu_query query = mu_query_start(&s->db, NODE_ENTER);
	enum mu_err err;

	mu_query_text(&query, node);
	err = sqlite_outcome(s, mu_query_step(&query));
	if (!err)
		*ret_epoch = sqlite3_last_insert_rowid(s->db.conn);
	return err;
}

static enum mu_err sqlite_fence(struct mu_store *store, const char *node, int64_t epoch)
{
	struct sqlite *s = sqlite_of(store);
	AUTO_QUERY struct mu_query query = mu_query_start(&s->db, NODE_FENCE);

	mu_query_text(&query, node);
	mu_query_i64(&query, epoch);
	return sqlite_outcome(s, mu_query_step(&query));
}

static void sqlite_close(struct mu_store *store)
{
	struct sqlite *s = sqlite_of(store);

	/* Nobody writes as it any more; a row that can't be taken away does no harm. */
	if (store->epoch && sqlite_fence(store, store->node, store->epoch))
		store->over = true;
	mu_db_finish(&s->db);
	free(s);
}

static enum mu_err log_create(struct sqlite *s, const char *workspace, int64_t now_ms)
{
	AUTO_QUERY struct mu_query query = mu_query_start(&s->db, LOG_CREATE);
	enum mu_err err;

	mu_query_text(&query, workspace);
	mu_query_i64(&query, now_ms);
	err = sqlite_outcome(s, mu_query_step(&query));
	return !err && sqlite3_changes(s->db.conn) == 0 ? MU_CONFLICT : err;
}

static enum mu_err sqlite_create(struct mu_store *store, const char *workspace, int64_t now_ms)
{
	struct sqlite *s = sqlite_of(store);
	enum mu_err err = sqlite_begin(s, BEGIN_WRITE);

	return sqlite_end(s, err ? err : log_create(s, workspace, now_ms));
}

static enum mu_err sqlite_list(struct mu_store *store,
			       bool (*each)(void *arg, const char *workspace, int64_t seq), void *arg)
{
	struct sqlite *s = sqlite_of(store);
	AUTO_QUERY struct mu_query query = mu_query_start(&s->db, LOG_LIST);
	int rc;

	while ((rc = mu_query_step(&query)) == SQLITE_ROW) {
		const char *id = (const char *)sqlite3_column_text(query.stmt, 0);

		if (!id)
			return sqlite_fail(s, SQLITE_NOMEM);
		if (!each(arg, id, sqlite3_column_int64(query.stmt, 1)))
			return MU_OK;
	}
	return sqlite_outcome(s, rc);
}

/* Errors: MU_NOT_FOUND, MU_UNAVAILABLE. */
static enum mu_err log_find(struct sqlite *s, const char *workspace, struct log *ret_log)
{
	AUTO_QUERY struct mu_query query = mu_query_start(&s->db, LOG_FIND);

	mu_query_text(&query, workspace);

	int rc = mu_query_step(&query);

	if (rc == SQLITE_DONE)
		return MU_NOT_FOUND;
	if (rc != SQLITE_ROW)
		return sqlite_fail(s, rc);

	struct log log = { .key = sqlite3_column_int64(query.stmt, 0) };

	log.ends.head = (struct mu_head){
		.epoch = sqlite3_column_int64(query.stmt, 1),
		.first_seq = sqlite3_column_int64(query.stmt, 2) + 1,
		.seq = sqlite3_column_int64(query.stmt, 4),
	};
	sqlite_column_digest(query.stmt, 3, log.ends.first_hash);
	sqlite_column_digest(query.stmt, 5, log.ends.last_hash);
	*ret_log = log;
	return MU_OK;
}

enum mu_err sqlite_begin_log(struct sqlite *s, enum statement how, const char *workspace, struct log *ret_log)
{
	enum mu_err err = sqlite_begin(s, how);

	return err ? err : log_find(s, workspace, ret_log);
}

/* Write a new end into the workspace's row: LOG_MOVE the last one, LOG_DROP the first one. */
static enum mu_err log_set(struct sqlite *s, enum statement which, int64_t key, int64_t seq,
			   const uint8_t hash[static MU_DIGEST_BYTES])
{
	AUTO_QUERY struct mu_query query = sqlite_query_at(s, which, key, seq);

	mu_query_bytes(&query, hash, MU_DIGEST_BYTES);
	return sqlite_outcome(s, mu_query_step(&query));
}

/* Sets batch->err; answers an error only if the whole transaction is lost. */
static enum mu_err append_batch(struct sqlite *s, struct mu_append *batch)
{
	struct log log;
	enum mu_err err = log_find(s, batch->workspace, &log);

	if (!err && log.ends.head.seq != batch->expected_seq)
		err = MU_CONFLICT;
	if (err == MU_NOT_FOUND || err == MU_CONFLICT) {
		batch->err = err;
		return MU_OK;
	}
	for (size_t i = 0; !err && i < batch->n; i++)
		err = sqlite_event_add(s, log.key, &batch->rows[i], log.ends.last_hash);
	if (!err && batch->n > 0)
		err = log_set(s, LOG_MOVE, log.key, batch->rows[batch->n - 1].seq, log.ends.last_hash);
	return err;
}

static enum mu_err sqlite_append(struct mu_store *store, struct mu_append *batches, size_t n)
{
	struct sqlite *s = sqlite_of(store);
	enum mu_err err = sqlite_begin(s, BEGIN_WRITE);

	for (size_t i = 0; !err && i < n; i++) {
		if (!batches[i].err)
			err = append_batch(s, &batches[i]);
	}
	return sqlite_end(s, err);
}

static enum mu_err trim_log(struct sqlite *s, const struct log *log, int64_t seq)
{
	uint8_t hash[MU_DIGEST_BYTES];
	enum mu_err err = sqlite_event_hash(s, log->key, seq, hash);

	if (!err)
		err = sqlite_event_change(s, EVENT_DROP, log->key, seq);
	if (!err)
		err = log_set(s, LOG_DROP, log->key, seq, hash);
	return err;
}

static enum mu_err sqlite_trim(struct mu_store *store, const char *workspace, int64_t seq)
{
	struct sqlite *s = sqlite_of(store);
	struct log log;
	enum mu_err err = sqlite_begin_log(s, BEGIN_WRITE, workspace, &log);

	if (!err)
		err = sqlite_snapshot_covers(s, log.key, seq);
	if (!err && seq >= log.ends.head.first_seq)
		err = trim_log(s, &log, seq);
	return sqlite_end(s, err);
}

static enum mu_err sqlite_erase(struct mu_store *store, const char *workspace, int64_t seq)
{
	struct sqlite *s = sqlite_of(store);
	struct log log;
	enum mu_err err = sqlite_begin_log(s, BEGIN_WRITE, workspace, &log);

	if (!err)
		err = sqlite_event_change(s, EVENT_ERASE, log.key, seq);
	if (!err && sqlite3_changes(s->db.conn) == 0)
		err = MU_NOT_FOUND;
	err = sqlite_end(s, err);
	if (err)
		return err;

	/* The write-ahead log still holds the payload, until its content is moved and it is cut to nothing.
	 */
	return sqlite_outcome(
		s, sqlite3_wal_checkpoint_v2(s->db.conn, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL));
}

const struct mu_store_ops mu_store_sqlite = {
	.scheme = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.enter = sqlite_enter,
	.fence = sqlite_fence,
	.reader = sqlite_reader,
	.create = sqlite_create,
	.list = sqlite_list,
	.append = sqlite_append,
	.scan = sqlite_scan,
	.audit = sqlite_audit,
	.history = sqlite_history,
	.snapshot_put = sqlite_snapshot_put,
	.snapshot_get = sqlite_snapshot_get,
	.trim = sqlite_trim,
	.erase = sqlite_erase,
};
