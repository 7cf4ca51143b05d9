/* The SQLite store: all logs of a node in one file, in write-ahead mode with a sync at each commit.
 *
 * Invariants:
 * - Each call is one transaction; it is committed or rolled back when the call returns.
 * - A workspace's row moves with its events: its seq and hash are those of the last one.
 * - One program writes to a file (the data directory's lock sees to that), on this one connection, which also
 *   checkpoints; others may read. Two writers would still be kept apart by SQLite's lock and the
 * compare-and-set.
 * Thread: as the store. */
#include "sqlite_audit.h"

#include "muster/store/backend.h"

#include <string.h>

enum statement {
	BEGIN_READ,
	BEGIN_WRITE,
	COMMIT,
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
	SNAPSHOT_PUT,
	SNAPSHOT_GET,
	SNAPSHOT_COVERS,
	STATEMENT_COUNT,
};

#define EVENT_COLUMNS                                                                                        \
	"seq, at_ms, type, actor, audience, payload_digest, hash, payload, action, who, about, origin, "     \
	"before"

static const char *const sql[STATEMENT_COUNT] = {
	[BEGIN_READ] = "BEGIN",
	[BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[LOG_CREATE] = "INSERT INTO workspace (id, epoch, dropped_seq, dropped_hash, seq, hash)"
		       " VALUES (?1, ?2, 0, zeroblob(32), 0, zeroblob(32)) ON CONFLICT DO NOTHING",
	[LOG_LIST] = "SELECT id FROM workspace ORDER BY id",
	[LOG_FIND] = "SELECT key, epoch, dropped_seq, dropped_hash, seq, hash FROM workspace WHERE id = ?1",
	[LOG_MOVE] = "UPDATE workspace SET seq = ?2, hash = ?3 WHERE key = ?1",
	[LOG_DROP] = "UPDATE workspace SET dropped_seq = ?2, dropped_hash = ?3 WHERE key = ?1",
	[EVENT_ADD] = "INSERT INTO event (workspace, " EVENT_COLUMNS ")"
		      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
	[EVENT_SCAN] = "SELECT " EVENT_COLUMNS " FROM event"
		       " WHERE workspace = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
	[EVENT_HASH] = "SELECT hash FROM event WHERE workspace = ?1 AND seq = ?2",
	[EVENT_DROP] = "DELETE FROM event WHERE workspace = ?1 AND seq <= ?2",
	[EVENT_ERASE] = "UPDATE event SET payload = NULL, origin = NULL, before = NULL"
			" WHERE workspace = ?1 AND seq = ?2",
	[EVENT_GET] = "SELECT " EVENT_COLUMNS " FROM event WHERE workspace = ?1 AND seq = ?2",
	MU_AUDIT_SQL(AUDIT_FIRST),
	[SNAPSHOT_PUT] = "INSERT INTO snapshot (workspace, seq, text) VALUES (?1, ?2, ?3)"
			 " ON CONFLICT DO UPDATE SET seq = excluded.seq, text = excluded.text"
			 " WHERE excluded.seq >= seq",
	[SNAPSHOT_GET] = "SELECT snapshot.seq, snapshot.text FROM workspace"
			 " LEFT JOIN snapshot ON snapshot.workspace = workspace.key"
			 " WHERE workspace.id = ?1",
	[SNAPSHOT_COVERS] = "SELECT 1 FROM snapshot WHERE workspace = ?1 AND seq >= ?2",
};

struct sqlite {
	struct mu_store store;
	struct mu_db db;
};

struct log {
	int64_t key;
	struct mu_ends ends;
};

static struct sqlite *self(struct mu_store *store)
{
	return MU_CONTAINER_OF(store, struct sqlite, store);
}

static enum mu_err fail(struct sqlite *s, int rc)
{
	return mu_db_fail(&s->db, rc, &s->store.fault);
}

/* A statement whose first parameters are a workspace's key and a sequence. */
static struct mu_query query_at(struct sqlite *s, enum statement which, int64_t key, int64_t seq)
{
	struct mu_query query = mu_query_start(&s->db, which);

	mu_query_i64(&query, key);
	mu_query_i64(&query, seq);
	return query;
}

/* The outcome of a statement that gives no rows. */
static enum mu_err outcome(struct sqlite *s, int rc)
{
	return rc == SQLITE_OK || rc == SQLITE_DONE ? MU_OK : fail(s, rc);
}

static enum mu_err begin(struct sqlite *s, enum statement how)
{
	return outcome(s, mu_db_run(&s->db, how));
}

/* Commit what went well, take back the rest: also a commit that failed. */
static enum mu_err end(struct sqlite *s, enum mu_err err)
{
	if (!err)
		err = outcome(s, mu_db_run(&s->db, COMMIT));
	mu_db_rollback(&s->db);
	return err;
}

/* False, and zeroes, if someone put something else in the place of a digest. */
static bool column_digest(sqlite3_stmt *stmt, int column, uint8_t ret_digest[static MU_DIGEST_BYTES])
{
	const void *bytes = sqlite3_column_blob(stmt, column);

	memset(ret_digest, 0, MU_DIGEST_BYTES);
	if (!bytes || sqlite3_column_bytes(stmt, column) != MU_DIGEST_BYTES)
		return false;
	memcpy(ret_digest, bytes, MU_DIGEST_BYTES);
	return true;
}

/* False if someone hid bytes behind a NUL. */
static bool column_text(sqlite3_stmt *stmt, int column, const char **ret_text)
{
	*ret_text = (const char *)sqlite3_column_text(stmt, column);
	return *ret_text && strlen(*ret_text) == (size_t)sqlite3_column_bytes(stmt, column);
}

/* As column_text; NULL is sound, and NULL. */
static bool column_maybe(sqlite3_stmt *stmt, int column, const char **ret_text)
{
	*ret_text = NULL;
	return sqlite3_column_type(stmt, column) == SQLITE_NULL || column_text(stmt, column, ret_text);
}

static enum mu_err sqlite_open(const char *place, struct mu_store **ret_store, struct mu_fault *ret_fault)
{
	struct sqlite *s = calloc(1, sizeof(*s));

	if (!s)
		return mu_fail(ret_fault, MU_NO_MEMORY, "The SQLite store has no memory");
	s->store.ops = &mu_store_sqlite;

	enum mu_err err = mu_db_init(&s->db, place, sql, STATEMENT_COUNT, ret_fault);

	if (err)
		free(s);
	else
		*ret_store = &s->store;
	return err;
}

static void sqlite_close(struct mu_store *store)
{
	mu_db_finish(&self(store)->db);
	free(self(store));
}

static enum mu_err sqlite_create(struct mu_store *store, const char *workspace, int64_t now_ms)
{
	struct sqlite *s = self(store);
	AUTO_QUERY struct mu_query query = mu_query_start(&s->db, LOG_CREATE);

	mu_query_text(&query, workspace);
	mu_query_i64(&query, now_ms);

	enum mu_err err = outcome(s, mu_query_step(&query));

	if (!err && sqlite3_changes(s->db.conn) == 0)
		err = MU_CONFLICT;
	return err;
}

static enum mu_err sqlite_list(struct mu_store *store, bool (*each)(void *arg, const char *workspace),
			       void *arg)
{
	struct sqlite *s = self(store);
	AUTO_QUERY struct mu_query query = mu_query_start(&s->db, LOG_LIST);
	int rc;

	while ((rc = mu_query_step(&query)) == SQLITE_ROW) {
		const char *id = (const char *)sqlite3_column_text(query.stmt, 0);

		if (!id)
			return fail(s, SQLITE_NOMEM);
		if (!each(arg, id))
			return MU_OK;
	}
	return outcome(s, rc);
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
		return fail(s, rc);

	struct log log = { .key = sqlite3_column_int64(query.stmt, 0) };

	log.ends.head = (struct mu_head){
		.epoch = sqlite3_column_int64(query.stmt, 1),
		.first_seq = sqlite3_column_int64(query.stmt, 2) + 1,
		.seq = sqlite3_column_int64(query.stmt, 4),
	};
	column_digest(query.stmt, 3, log.ends.first_hash);
	column_digest(query.stmt, 5, log.ends.last_hash);
	*ret_log = log;
	return MU_OK;
}

/* Begin a transaction about one workspace. Every path then goes through end().
 * Errors: MU_NOT_FOUND, MU_UNAVAILABLE. */
static enum mu_err begin_log(struct sqlite *s, enum statement how, const char *workspace, struct log *ret_log)
{
	enum mu_err err = begin(s, how);

	return err ? err : log_find(s, workspace, ret_log);
}

/* Write a new end into the workspace's row: LOG_MOVE the last one, LOG_DROP the first one. */
static enum mu_err log_set(struct sqlite *s, enum statement which, int64_t key, int64_t seq,
			   const uint8_t hash[static MU_DIGEST_BYTES])
{
	AUTO_QUERY struct mu_query query = query_at(s, which, key, seq);

	mu_query_bytes(&query, hash, MU_DIGEST_BYTES);
	return outcome(s, mu_query_step(&query));
}

/* `hash` goes in as the predecessor's and comes out as the row's. */
static enum mu_err event_add(struct sqlite *s, int64_t key, const struct mu_row *row,
			     uint8_t hash[static MU_DIGEST_BYTES])
{
	AUTO_QUERY struct mu_query query = query_at(s, EVENT_ADD, key, row->seq);
	uint8_t digest[MU_DIGEST_BYTES];

	mu_store_digest(row, digest);
	mu_store_chain(hash, row, digest, hash);
	mu_query_i64(&query, row->at_ms);
	mu_query_text(&query, row->type);
	mu_query_text(&query, row->actor);
	mu_query_text(&query, row->audience);
	mu_query_bytes(&query, digest, sizeof(digest));
	mu_query_bytes(&query, hash, MU_DIGEST_BYTES);
	mu_query_text(&query, row->payload);
	mu_query_text(&query, row->action);
	mu_query_text(&query, row->who);
	mu_query_text(&query, row->about);
	mu_query_text(&query, row->origin);
	mu_query_text(&query, row->before);
	return outcome(s, mu_query_step(&query));
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
		err = event_add(s, log.key, &batch->rows[i], log.ends.last_hash);
	if (!err && batch->n > 0)
		err = log_set(s, LOG_MOVE, log.key, batch->rows[batch->n - 1].seq, log.ends.last_hash);
	return err;
}

static enum mu_err sqlite_append(struct mu_store *store, struct mu_append *batches, size_t n)
{
	struct sqlite *s = self(store);
	enum mu_err err = begin(s, BEGIN_WRITE);

	for (size_t i = 0; !err && i < n; i++) {
		if (!batches[i].err)
			err = append_batch(s, &batches[i]);
	}
	return end(s, err);
}

static void event_read(sqlite3_stmt *stmt, struct mu_kept *ret_kept)
{
	struct mu_row *row = &ret_kept->row;
	bool sound;

	row->seq = sqlite3_column_int64(stmt, 0);
	row->at_ms = sqlite3_column_int64(stmt, 1);
	sound = column_text(stmt, 2, &row->type);
	sound = column_text(stmt, 3, &row->actor) && sound;
	sound = column_text(stmt, 4, &row->audience) && sound;
	sound = column_digest(stmt, 5, ret_kept->digest) && sound;
	sound = column_digest(stmt, 6, ret_kept->hash) && sound;
	sound = column_maybe(stmt, 7, &row->payload) && sound;
	sound = column_maybe(stmt, 8, &row->action) && sound;
	sound = column_maybe(stmt, 9, &row->who) && sound;
	sound = column_maybe(stmt, 10, &row->about) && sound;
	sound = column_maybe(stmt, 11, &row->origin) && sound;
	sound = column_maybe(stmt, 12, &row->before) && sound;
	ret_kept->sound = sound;
}

static enum mu_err scan_events(struct sqlite *s, int64_t key, int64_t after_seq, int64_t limit,
			       bool (*each)(void *arg, const struct mu_kept *kept), void *arg)
{
	AUTO_QUERY struct mu_query query = query_at(s, EVENT_SCAN, key, after_seq);
	struct mu_kept kept;
	int rc;

	mu_query_i64(&query, limit);
	while ((rc = mu_query_step(&query)) == SQLITE_ROW) {
		event_read(query.stmt, &kept);
		if (!each(arg, &kept))
			return MU_OK;
	}
	return outcome(s, rc);
}

static enum mu_err sqlite_scan(struct mu_store *store, const char *workspace, int64_t after_seq,
			       int64_t limit, struct mu_ends *ret_ends,
			       bool (*each)(void *arg, const struct mu_kept *kept), void *arg)
{
	struct sqlite *s = self(store);
	struct log log;
	enum mu_err err = begin_log(s, BEGIN_READ, workspace, &log);

	if (!err && after_seq != MU_SCAN_OLDEST && after_seq < log.ends.head.first_seq - 1)
		err = MU_GONE;
	if (!err) {
		*ret_ends = log.ends;
		if (limit > 0)
			err = scan_events(s, log.key, after_seq, limit, each, arg);
	}
	return end(s, err);
}

static enum mu_err event_give(struct sqlite *s, int64_t key, int64_t seq,
			      bool (*each)(void *arg, const struct mu_kept *kept), void *arg, bool *ret_on)
{
	AUTO_QUERY struct mu_query query = query_at(s, EVENT_GET, key, seq);
	struct mu_kept kept;
	int rc = mu_query_step(&query);

	if (rc != SQLITE_ROW)
		return fail(s, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc);
	event_read(query.stmt, &kept);
	*ret_on = each(arg, &kept);
	return MU_OK;
}

static enum mu_err sqlite_audit(struct mu_store *store, const char *workspace,
				const struct mu_audit_query *query,
				bool (*each)(void *arg, const struct mu_kept *kept), void *arg)
{
	struct sqlite *s = self(store);
	AUTO_PICKS struct mu_picks picks = { 0 };
	struct log log;
	bool on = true;
	enum mu_err err = begin_log(s, BEGIN_READ, workspace, &log);

	if (!err)
		err = outcome(s, mu_db_pick(&s->db, AUDIT_FIRST, log.key, query, &picks));
	for (size_t i = 0; !err && on && i < picks.n; i++)
		err = event_give(s, log.key, picks.v[i].seq, each, arg, &on);
	return end(s, err);
}

static enum mu_err snapshot_write(struct sqlite *s, int64_t key, int64_t seq, const char *text, size_t bytes)
{
	AUTO_QUERY struct mu_query query = query_at(s, SNAPSHOT_PUT, key, seq);

	mu_query_text_n(&query, text, bytes);
	return outcome(s, mu_query_step(&query));
}

static enum mu_err sqlite_snapshot_put(struct mu_store *store, const char *workspace, int64_t seq,
				       const char *text, size_t bytes)
{
	struct sqlite *s = self(store);
	struct log log;
	enum mu_err err = begin_log(s, BEGIN_WRITE, workspace, &log);

	if (!err && (seq < 0 || seq > log.ends.head.seq))
		err = MU_CONFLICT;
	if (!err)
		err = snapshot_write(s, log.key, seq, text, bytes);
	return end(s, err);
}

static enum mu_err sqlite_snapshot_get(struct mu_store *store, const char *workspace, int64_t *ret_seq,
				       char **ret_text)
{
	struct sqlite *s = self(store);
	AUTO_QUERY struct mu_query query = mu_query_start(&s->db, SNAPSHOT_GET);
	char *copy = NULL;

	mu_query_text(&query, workspace);

	int rc = mu_query_step(&query);

	if (rc == SQLITE_DONE)
		return MU_NOT_FOUND;
	if (rc != SQLITE_ROW)
		return fail(s, rc);
	if (sqlite3_column_type(query.stmt, 1) != SQLITE_NULL) {
		const char *text = (const char *)sqlite3_column_text(query.stmt, 1);

		if (!text || !(copy = strdup(text)))
			return MU_NO_MEMORY;
	}
	*ret_seq = sqlite3_column_int64(query.stmt, 0);
	*ret_text = copy;
	return MU_OK;
}

static enum mu_err snapshot_covers(struct sqlite *s, int64_t key, int64_t seq)
{
	AUTO_QUERY struct mu_query query = query_at(s, SNAPSHOT_COVERS, key, seq);
	int rc = mu_query_step(&query);

	if (rc == SQLITE_DONE)
		return MU_CONFLICT;
	return rc == SQLITE_ROW ? MU_OK : fail(s, rc);
}

static enum mu_err event_hash(struct sqlite *s, int64_t key, int64_t seq,
			      uint8_t ret_hash[static MU_DIGEST_BYTES])
{
	AUTO_QUERY struct mu_query query = query_at(s, EVENT_HASH, key, seq);
	int rc = mu_query_step(&query);

	if (rc != SQLITE_ROW)
		return fail(s, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc);
	return column_digest(query.stmt, 0, ret_hash) ? MU_OK : fail(s, SQLITE_CORRUPT);
}

/* Run EVENT_DROP or EVENT_ERASE. */
static enum mu_err event_change(struct sqlite *s, enum statement which, int64_t key, int64_t seq)
{
	AUTO_QUERY struct mu_query query = query_at(s, which, key, seq);

	return outcome(s, mu_query_step(&query));
}

static enum mu_err trim_log(struct sqlite *s, const struct log *log, int64_t seq)
{
	uint8_t hash[MU_DIGEST_BYTES];
	enum mu_err err = event_hash(s, log->key, seq, hash);

	if (!err)
		err = event_change(s, EVENT_DROP, log->key, seq);
	if (!err)
		err = log_set(s, LOG_DROP, log->key, seq, hash);
	return err;
}

static enum mu_err sqlite_trim(struct mu_store *store, const char *workspace, int64_t seq)
{
	struct sqlite *s = self(store);
	struct log log;
	enum mu_err err = begin_log(s, BEGIN_WRITE, workspace, &log);

	if (!err)
		err = snapshot_covers(s, log.key, seq);
	if (!err && seq >= log.ends.head.first_seq)
		err = trim_log(s, &log, seq);
	return end(s, err);
}

static enum mu_err sqlite_erase(struct mu_store *store, const char *workspace, int64_t seq)
{
	struct sqlite *s = self(store);
	struct log log;
	enum mu_err err = begin_log(s, BEGIN_WRITE, workspace, &log);

	if (!err)
		err = event_change(s, EVENT_ERASE, log.key, seq);
	if (!err && sqlite3_changes(s->db.conn) == 0)
		err = MU_NOT_FOUND;
	err = end(s, err);
	if (err)
		return err;

	/* The write-ahead log still holds the payload, until its content is moved and it is cut to nothing.
	 */
	return outcome(s,
		       sqlite3_wal_checkpoint_v2(s->db.conn, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL));
}

const struct mu_store_ops mu_store_sqlite = {
	.scheme = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.create = sqlite_create,
	.list = sqlite_list,
	.append = sqlite_append,
	.scan = sqlite_scan,
	.audit = sqlite_audit,
	.snapshot_put = sqlite_snapshot_put,
	.snapshot_get = sqlite_snapshot_get,
	.trim = sqlite_trim,
	.erase = sqlite_erase,
};
