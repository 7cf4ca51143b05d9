/* One SQLite connection: opening the file safely, its schema, kept statements, and errors as sentences.
 *
 * Invariant: a file that isn't ours is never written to.
 * Thread: one at a time. */
#include "sqlite_db.h"

#include "muster/base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define APPLICATION_ID 0x4d757374 /* "Must"; in the file's header */
#define BUSY_TIMEOUT_MS 1000      /* how long another program's transaction is waited for */
#define PATH_SHOWN 80             /* the end of a path that goes into a sentence */

/* Step i makes schema version i + 1 (PRAGMA user_version) out of version i.
 *
 * workspace: both ends of each log. The hashes at the ends let a check find rows that are missing there.
 * event.payload: NULL once erased, as are origin and before; their digest stays (payload_digest).
 * The long column comes last, so that those before it can be read without walking its overflow pages. What a
 * later version adds can only come behind it; the indexes hold what the audit log looks for,
 * and what a person's history is made of.
 * node: the newest epoch of each node, as long as it isn't over.
 * snapshot.made: 0 if its text is here, else which of the workspace's pieces are its text.
 * event.subject: whom it is about, also where `about`, which the chain covers, doesn't say so. */
static const char *const schema[] = {
	"CREATE TABLE workspace ("
	" key INTEGER PRIMARY KEY,"
	" id TEXT NOT NULL UNIQUE,"
	" epoch INTEGER NOT NULL,"
	" dropped_seq INTEGER NOT NULL,"
	" dropped_hash BLOB NOT NULL,"
	" seq INTEGER NOT NULL,"
	" hash BLOB NOT NULL"
	") STRICT;"
	"CREATE TABLE event ("
	" workspace INTEGER NOT NULL,"
	" seq INTEGER NOT NULL,"
	" at_ms INTEGER NOT NULL,"
	" type TEXT NOT NULL,"
	" actor TEXT NOT NULL,"
	" audience TEXT NOT NULL,"
	" payload_digest BLOB NOT NULL,"
	" hash BLOB NOT NULL,"
	" payload TEXT,"
	" PRIMARY KEY (workspace, seq)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE snapshot ("
	" workspace INTEGER PRIMARY KEY,"
	" seq INTEGER NOT NULL,"
	" text TEXT NOT NULL"
	") STRICT;",
	"ALTER TABLE event ADD COLUMN action TEXT;"
	"ALTER TABLE event ADD COLUMN who TEXT;"
	"ALTER TABLE event ADD COLUMN about TEXT;"
	"ALTER TABLE event ADD COLUMN origin TEXT;"
	"ALTER TABLE event ADD COLUMN before TEXT;"
	"CREATE INDEX audit_at ON event (workspace, at_ms, seq) WHERE action IS NOT NULL;"
	"CREATE INDEX audit_action ON event (workspace, action, at_ms, seq) WHERE action IS NOT NULL;"
	"CREATE INDEX audit_who ON event (workspace, who, at_ms, seq, action)"
	" WHERE action IS NOT NULL AND who IS NOT NULL;"
	"CREATE INDEX audit_about ON event (workspace, about, at_ms, seq, action)"
	" WHERE action IS NOT NULL AND about IS NOT NULL;",
	/* Before this version only what the audit log shows said whom it is about; of presence the payload
	 * does. */
	"ALTER TABLE event ADD COLUMN subject TEXT;"
	"UPDATE event SET subject = coalesce(about, json_extract(payload, '$.user'))"
	" WHERE about IS NOT NULL OR (type = 'presence.changed' AND json_valid(payload));"
	"CREATE INDEX event_about ON event (workspace, subject, type, at_ms, seq)"
	" WHERE subject IS NOT NULL;",
	"CREATE TABLE node ("
	" epoch INTEGER PRIMARY KEY AUTOINCREMENT,"
	" id TEXT NOT NULL UNIQUE"
	") STRICT;",
	"ALTER TABLE snapshot ADD COLUMN made INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE snapshot_piece ("
	" workspace INTEGER NOT NULL,"
	" made INTEGER NOT NULL,"
	" piece INTEGER NOT NULL,"
	" text BLOB NOT NULL,"
	" PRIMARY KEY (workspace, made, piece)"
	") STRICT;",
};

/* What holds for a connection. Checked for journal_mode, which answers what it really is. */
static const char *const settings =
	"PRAGMA synchronous = FULL;"
	"PRAGMA secure_delete = ON;" /* erased means erased */
	"PRAGMA trusted_schema = OFF;"
	"PRAGMA temp_store = MEMORY;"
	"PRAGMA journal_size_limit = 67108864;"; /* a log grown by one large transaction shrinks again */

static const struct {
	int rc;
	const char *sentence;
	bool system; /* the operating system says why */
} troubles[] = {
	{ SQLITE_BUSY, "is locked by another program", false },
	{ SQLITE_FULL, "cannot grow: the disk is full", false },
	{ SQLITE_READONLY, "may not be written to", false },
	{ SQLITE_IOERR, "cannot be read or written", false },
	{ SQLITE_CANTOPEN, "cannot be opened", true },
	{ SQLITE_CORRUPT, "is damaged", false },
	{ SQLITE_CONSTRAINT, "is damaged: it holds what its own index doesn't know", false },
	{ SQLITE_NOTADB, "is not a database of Muster", false },
	{ SQLITE_NOMEM, "cannot be used: memory is out", false },
};

static const char *path_shown(const char *path)
{
	size_t n = strlen(path);

	return n > PATH_SHOWN ? path + n - PATH_SHOWN : path;
}

static enum mu_err fail_with(const char *path, const char *what, int system_error, struct mu_fault *ret_fault)
{
	char text[64];

	if (system_error == 0)
		return mu_fail(ret_fault, MU_UNAVAILABLE, "The database %s %s", path_shown(path), what);
	return mu_fail(ret_fault, MU_UNAVAILABLE, "The database %s %s: %s", path_shown(path), what,
		       strerror_r(system_error, text, sizeof(text)));
}

enum mu_err mu_db_fail(struct mu_db *db, int rc, struct mu_fault *ret_fault)
{
	const char *what = sqlite3_errstr(rc);
	int system_error = 0;

	for (size_t i = 0; i < MU_COUNT(troubles); i++) {
		if (troubles[i].rc != (rc & 0xff))
			continue;
		what = troubles[i].sentence;
		if (troubles[i].system && db->conn)
			system_error = sqlite3_system_errno(db->conn);
	}
	return fail_with(db->path, what, system_error, ret_fault);
}

void mu_db_rollback(struct mu_db *db)
{
	if (!sqlite3_get_autocommit(db->conn))
		sqlite3_exec(db->conn, "ROLLBACK", NULL, NULL, NULL);
}

/* The single integer that a statement answers. */
static int ask(struct mu_db *db, const char *sql, int64_t *ret_value)
{
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db->conn, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW) {
		*ret_value = sqlite3_column_int64(stmt, 0);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(stmt);
	return rc;
}

/* Read the schema's version, 0 for an empty file; refuse what isn't ours. Only reads. */
static enum mu_err check_identity(struct mu_db *db, int64_t *ret_version, struct mu_fault *ret_fault)
{
	int64_t application = 0, version = 0, tables = 0;
	int rc = ask(db, "PRAGMA application_id", &application);

	if (rc == SQLITE_OK)
		rc = ask(db, "PRAGMA user_version", &version);
	if (rc == SQLITE_OK)
		rc = ask(db, "SELECT count(*) FROM sqlite_schema", &tables);
	if (rc != SQLITE_OK)
		return mu_db_fail(db, rc, ret_fault);

	bool fresh = application == 0 && version == 0 && tables == 0;

	if (application != APPLICATION_ID && !fresh)
		return fail_with(db->path, "is not a database of Muster", 0, ret_fault);
	if (version < 0 || version > (int64_t)MU_COUNT(schema))
		return mu_fail(
			ret_fault, MU_UNAVAILABLE,
			"The database %s has schema version %lld; this Muster knows %zu: use a newer one",
			path_shown(db->path), (long long)version, MU_COUNT(schema));
	*ret_version = version;
	return MU_OK;
}

/* With the write lock held, so that of two programs only one does it. */
static enum mu_err migrate_locked(struct mu_db *db, struct mu_fault *ret_fault)
{
	char stamp[96];
	int64_t version;
	int rc = SQLITE_OK;
	enum mu_err err = check_identity(db, &version, ret_fault);

	if (err)
		return err;
	for (size_t i = (size_t)version; rc == SQLITE_OK && i < MU_COUNT(schema); i++)
		rc = sqlite3_exec(db->conn, schema[i], NULL, NULL, NULL);
	snprintf(stamp, sizeof(stamp), "PRAGMA application_id = %d; PRAGMA user_version = %zu",
		 APPLICATION_ID, MU_COUNT(schema));
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db->conn, stamp, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db->conn, "COMMIT", NULL, NULL, NULL);
	return rc == SQLITE_OK ? MU_OK : mu_db_fail(db, rc, ret_fault);
}

static enum mu_err migrate(struct mu_db *db, struct mu_fault *ret_fault)
{
	int rc = sqlite3_exec(db->conn, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (rc != SQLITE_OK)
		return mu_db_fail(db, rc, ret_fault);

	enum mu_err err = migrate_locked(db, ret_fault);

	mu_db_rollback(db);
	return err;
}

static int is_wal(void *arg, int n, char **values, char **names)
{
	(void)names;
	*(bool *)arg = n == 1 && values[0] && strcmp(values[0], "wal") == 0;
	return 0;
}

static enum mu_err configure(struct mu_db *db, struct mu_fault *ret_fault)
{
	bool wal = false;
	int rc = sqlite3_exec(db->conn, "PRAGMA journal_mode = WAL", is_wal, &wal, NULL);

	if (rc == SQLITE_OK && !wal)
		return fail_with(db->path, "lies where write-ahead logging is impossible", 0, ret_fault);
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(db->conn, settings, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(db->conn, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return rc == SQLITE_OK ? MU_OK : mu_db_fail(db, rc, ret_fault);
}

/* The empty file is made before SQLite would make it with a wider mode. mknod, because opening and closing a
 * database drops the locks that other connections of this process hold on it. */
static enum mu_err open_file(struct mu_db *db, enum mu_db_use use, struct mu_fault *ret_fault)
{
	const bool writes = use == MU_DB_WRITE;
	const int flags = SQLITE_OPEN_NOMUTEX | (writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);

	if (writes && mknod(db->path, S_IFREG | 0600, 0) != 0 && errno != EEXIST)
		return fail_with(db->path, "cannot be made", errno, ret_fault);

	int rc = sqlite3_open_v2(db->path, &db->conn, flags, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(db->conn, BUSY_TIMEOUT_MS);
	if (rc == SQLITE_OK && writes && sqlite3_db_readonly(db->conn, "main") == 1)
		rc = SQLITE_READONLY;
	return rc == SQLITE_OK ? MU_OK : mu_db_fail(db, rc, ret_fault);
}

static enum mu_err prepare(struct mu_db *db, const char *const *sql, size_t n, struct mu_fault *ret_fault)
{
	db->stmts = calloc(n, sizeof(*db->stmts));
	if (!db->stmts)
		return mu_db_fail(db, SQLITE_NOMEM, ret_fault);
	db->n_stmts = n;
	for (size_t i = 0; i < n; i++) {
		int rc = sqlite3_prepare_v3(db->conn, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &db->stmts[i],
					    NULL);

		if (rc != SQLITE_OK)
			return mu_db_fail(db, rc, ret_fault);
	}
	return MU_OK;
}

enum mu_err mu_db_init(struct mu_db *db, const char *path, enum mu_db_use use, const char *const *sql,
		       size_t n, struct mu_fault *ret_fault)
{
	int64_t version;
	enum mu_err err;

	/* A leading colon makes SQLite open something that isn't a file. */
	if (!*path || *path == ':')
		return mu_fail(ret_fault, MU_INVALID_PARAMS,
			       "sqlite: needs the path of a file after the colon");
	*db = (struct mu_db){ .path = strdup(path) };
	if (!db->path)
		return mu_fail(ret_fault, MU_NO_MEMORY, "The database %s cannot be opened: memory is out",
			       path_shown(path));

	err = open_file(db, use, ret_fault);
	if (!err)
		err = check_identity(db, &version, ret_fault);
	if (!err)
		err = configure(db, ret_fault);
	if (!err && version < (int64_t)MU_COUNT(schema))
		err = migrate(db, ret_fault);
	if (!err)
		err = prepare(db, sql, n, ret_fault);
	if (err)
		mu_db_finish(db);
	return err;
}

void mu_db_finish(struct mu_db *db)
{
	for (size_t i = 0; i < db->n_stmts; i++)
		sqlite3_finalize(db->stmts[i]);
	sqlite3_close(db->conn);
	free(db->stmts);
	free(db->path);
	*db = (struct mu_db){ 0 };
}

struct mu_query mu_query_start(struct mu_db *db, size_t statement)
{
	return (struct mu_query){ .stmt = db->stmts[statement] };
}

void mu_query_finish(struct mu_query *query)
{
	sqlite3_reset(query->stmt);
	sqlite3_clear_bindings(query->stmt);
}

static void remember(struct mu_query *query, int rc)
{
	if (query->rc == SQLITE_OK)
		query->rc = rc;
}

void mu_query_text_n(struct mu_query *query, const char *text, size_t bytes)
{
	remember(query, sqlite3_bind_text64(query->stmt, ++query->parameter, text, bytes, SQLITE_STATIC,
					    SQLITE_UTF8));
}

void mu_query_text(struct mu_query *query, const char *text)
{
	mu_query_text_n(query, text, text ? strlen(text) : 0);
}

void mu_query_i64(struct mu_query *query, int64_t value)
{
	remember(query, sqlite3_bind_int64(query->stmt, ++query->parameter, value));
}

void mu_query_bytes(struct mu_query *query, const void *bytes, size_t n)
{
	remember(query, sqlite3_bind_blob64(query->stmt, ++query->parameter, bytes, n, SQLITE_STATIC));
}

int mu_query_step(struct mu_query *query)
{
	return query->rc == SQLITE_OK ? sqlite3_step(query->stmt) : query->rc;
}

int mu_db_run(struct mu_db *db, size_t statement)
{
	AUTO_QUERY struct mu_query query = mu_query_start(db, statement);
	int rc = mu_query_step(&query);

	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}
