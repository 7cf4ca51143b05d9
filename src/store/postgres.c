/* The PostgreSQL store: the logs of many nodes in one database.
 *
 * Invariants:
 * - Each call is one transaction, and of one that failed nothing is left, or the store finds out what is
 *   (postgres_append.c); but snapshots and trimming go in steps, each of which leaves everything sound.
 * - A workspace's row moves with its events: its seq and hash are those of the last one. Whoever moves it
 * holds its lock and compares both, so of several nodes one wins.
 * - A lost connection is made anew by the next call (postgres_db.h).
 * Thread: as the store. */
#include "postgres_inner.h"

#include "muster/base/buf.h"

#include <stdio.h>
#include <string.h>

#define TRIM_ROWS 10000

/* In the order in which postgres_append.c gives and postgres_event.c reads them. */
#define EVENT_COLUMNS                                                                                        \
	"seq, at_ms, type, actor, audience, payload_digest, hash, payload, action, who, about, origin, "     \
	"before"

/* One index in its order, from a place on: $1 workspace, ($2, $3) before it, $4 not before, $5 how many. */
#define AUDIT_ROWS(condition)                                                                                \
	"(SELECT " EVENT_COLUMNS " FROM event WHERE workspace = $1 AND action IS NOT NULL" condition         \
	" AND (at_ms, seq) < ($2, $3) AND at_ms >= $4 ORDER BY at_ms DESC, seq DESC LIMIT $5)"
/* $7: one action, or with a dot at its end all that begin so, or NULL. */
#define AUDIT_FITS                                                                                           \
	" AND ($7::text IS NULL OR action = $7 OR (right($7, 1) = '.' AND starts_with(action, $7)))"

const char *const pg_statements[PG_STATEMENTS] = {
	[PG_BEGIN_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
	[PG_BEGIN_WRITE] = "BEGIN",
	[PG_COMMIT] = "COMMIT",
	/* An error if nothing is held, so that the rest of a pipeline isn't run. */
	[PG_HOLD] = "SELECT 1 / count(*) FROM"
		    " (SELECT FROM node WHERE id = $1 AND connection = $2 FOR SHARE) AS mine",
	[PG_NODE_LOCK] = "LOCK TABLE node IN SHARE ROW EXCLUSIVE MODE",
	/* One whose process can't be seen through by this user may be connected. */
	[PG_NODE_CLEAN] = "DELETE FROM node WHERE id IN (SELECT id FROM node"
			  " WHERE seen < now() - interval '30 days' AND NOT EXISTS (SELECT FROM"
			  " pg_stat_activity AS a WHERE a.pid = backend"
			  " AND coalesce(a.backend_start = node.backend_start, true))"
			  " FOR UPDATE SKIP LOCKED)",
	/* $2: an epoch, or 0 for any. */
	[PG_NODE_END] = "SELECT pg_terminate_backend(a.pid) FROM node JOIN pg_stat_activity AS a"
			" ON a.pid = backend AND a.backend_start = node.backend_start"
			" WHERE id = $1 AND $2::bigint IN (0, epoch) AND a.pid <> pg_backend_pid()"
			" AND pg_has_role(a.usesysid, 'USAGE')",
	[PG_NODE_ENTER] = "INSERT INTO node (id, epoch, connection, backend, backend_start, seen)"
			  " SELECT $1, nextval('epoch'), nextval('epoch'), pid, backend_start, now()"
			  " FROM pg_stat_activity WHERE pid = pg_backend_pid()"
			  " ON CONFLICT (id) DO UPDATE SET epoch = nextval('epoch'),"
			  " connection = nextval('epoch'), backend = excluded.backend,"
			  " backend_start = excluded.backend_start, seen = now()"
			  " RETURNING epoch, connection",
	[PG_NODE_RESUME] = "UPDATE node SET connection = nextval('epoch'), backend = pid,"
			   " backend_start = a.backend_start, seen = now() FROM pg_stat_activity AS a"
			   " WHERE id = $1 AND epoch = $2 AND pid = pg_backend_pid() RETURNING connection",
	[PG_NODE_FENCE] = "DELETE FROM node WHERE id = $1 AND epoch = $2",
	[PG_LOG_CREATE] = "INSERT INTO workspace (id, epoch, dropped_seq, dropped_hash, seq, hash)"
			  " VALUES ($1, $2, 0, $3, 0, $3) ON CONFLICT DO NOTHING RETURNING key",
	[PG_LOG_LIST] = "SELECT id, seq FROM workspace ORDER BY id",
	[PG_LOG_FIND] =
		"SELECT key, epoch, dropped_seq, dropped_hash, seq, hash FROM workspace WHERE id = $1",
	[PG_APPEND] = "WITH moved AS (UPDATE workspace SET seq = $4, hash = $5"
		      " WHERE key = $1 AND seq = $2 AND hash = $3 RETURNING key),"
		      " added AS (INSERT INTO event (workspace, " EVENT_COLUMNS ")"
		      " SELECT moved.key, rows.* FROM moved, unnest($6::bigint[], $7::bigint[], $8::text[],"
		      " $9::text[], $10::text[], $11::bytea[], $12::bytea[], $13::text[], $14::text[],"
		      " $15::text[], $16::text[], $17::text[], $18::text[]) AS rows)"
		      " SELECT key FROM moved",
	[PG_EVENT_SCAN] = "SELECT " EVENT_COLUMNS " FROM event"
			  " WHERE workspace = $1 AND seq > $2 ORDER BY seq LIMIT $3",
	[PG_EVENT_HASH] = "SELECT hash FROM event WHERE workspace = $1 AND seq = $2",
	[PG_EVENT_ERASE] = "UPDATE event SET payload = NULL, origin = NULL, before = NULL FROM workspace"
			   " WHERE workspace = key AND id = $1 AND event.seq = $2 RETURNING key",
	[PG_AUDIT_ALL] = AUDIT_ROWS(""),
	[PG_AUDIT_ACTION] = AUDIT_ROWS(" AND action = $6"),
	/* There are a few dozen actions: the pages of those that begin with $6 are read one by one. */
	[PG_AUDIT_ACTIONS] =
		"WITH RECURSIVE names (name) AS ("
		"(SELECT action FROM event WHERE workspace = $1 AND action >= $6 ORDER BY action LIMIT 1)"
		" UNION ALL SELECT (SELECT action FROM event WHERE workspace = $1 AND action > name"
		" ORDER BY action LIMIT 1) FROM names WHERE starts_with(name, $6))"
		" SELECT page.* FROM names, LATERAL " AUDIT_ROWS(
			" AND action = name") " AS page"
					      " WHERE starts_with(name, $6) ORDER BY at_ms DESC, seq DESC "
					      "LIMIT $5",
	[PG_AUDIT_USER] = "SELECT * FROM (" AUDIT_ROWS(" AND who = $6" AUDIT_FITS) " UNION " AUDIT_ROWS(
		" AND about = $6" AUDIT_FITS) ") AS rows ORDER BY at_ms DESC, seq DESC LIMIT $5",
	/* $3: types, each in a line; ($5, $6) the last row of the page before. */
	[PG_HISTORY] = "SELECT page.* FROM unnest(string_to_array($3, E'\n')) AS wanted (name), LATERAL ("
		       "(SELECT " EVENT_COLUMNS " FROM event"
		       " WHERE workspace = $1 AND about = $2 AND type = name AND at_ms < $4"
		       " ORDER BY at_ms DESC, seq DESC LIMIT 1)"
		       " UNION ALL "
		       "(SELECT " EVENT_COLUMNS " FROM event"
		       " WHERE workspace = $1 AND about = $2 AND type = name AND at_ms >= $4"
		       " AND (at_ms, seq) > ($5, $6) AND at_ms < $7 ORDER BY at_ms, seq LIMIT $8)"
		       ") AS page WHERE (at_ms, seq) > ($5, $6) ORDER BY at_ms, seq LIMIT $8",
	/* Whether a snapshot at $2 can be kept, whether it would count, and its number if so. */
	[PG_SNAPSHOT_BEGIN] = "SELECT key, ($2::bigint BETWEEN 0 AND log.seq)::int::bigint,"
			      " ($2 >= coalesce(kept.seq, 0))::int::bigint, nextval('made')"
			      " FROM workspace AS log LEFT JOIN snapshot AS kept ON workspace = key"
			      " WHERE id = $1",
	[PG_SNAPSHOT_PIECE] =
		"INSERT INTO snapshot_piece (workspace, made, piece, bytes) VALUES ($1, $2, $3, $4)",
	[PG_SNAPSHOT_PUT] = "INSERT INTO snapshot (workspace, seq, made, bytes) VALUES ($1, $2, $3, $4)"
			    " ON CONFLICT (workspace) DO UPDATE SET seq = excluded.seq,"
			    " made = excluded.made, bytes = excluded.bytes"
			    " WHERE excluded.seq >= snapshot.seq AND excluded.made > snapshot.made",
	[PG_SNAPSHOT_CLEAN] = "DELETE FROM snapshot_piece WHERE ctid = ANY (ARRAY("
			      "SELECT piece.ctid FROM snapshot AS kept JOIN snapshot_piece AS piece"
			      " ON piece.workspace = kept.workspace AND piece.made < kept.made"
			      " WHERE kept.workspace = $1 LIMIT 16)) RETURNING workspace",
	[PG_SNAPSHOT_GET] = "SELECT key, snapshot.seq, made, bytes FROM workspace"
			    " LEFT JOIN snapshot ON workspace = key WHERE id = $1",
	[PG_SNAPSHOT_READ] = "SELECT bytes FROM snapshot_piece"
			     " WHERE workspace = $1 AND made = $2 AND piece = $3",
	/* Up to $2, if a snapshot covers $3. */
	[PG_TRIM] = "WITH log AS (SELECT key, dropped_seq FROM workspace WHERE id = $1 FOR UPDATE),"
		    " covered AS (SELECT key, dropped_seq FROM log JOIN snapshot ON workspace = key"
		    " WHERE snapshot.seq >= $3),"
		    " last AS (SELECT key, hash FROM covered JOIN event ON workspace = key AND seq = $2"
		    " WHERE $2 > dropped_seq),"
		    " gone AS (DELETE FROM event USING last WHERE workspace = key AND seq <= $2),"
		    " moved AS (UPDATE workspace SET dropped_seq = $2, dropped_hash = last.hash FROM last"
		    " WHERE workspace.key = last.key)"
		    " SELECT (SELECT count(*) FROM covered) FROM log",
};

/* ---- the ends of logs ---- */

struct pg_tail *pg_tail_find(struct pg *pg, const char *workspace)
{
	struct pg_tail *tail;

	HASH_FIND_STR(pg->tails, workspace, tail);
	return tail;
}

void pg_tail_forget(struct pg *pg, struct pg_tail *tail)
{
	HASH_DEL(pg->tails, tail);
	free(tail);
}

void pg_tails_forget(struct pg *pg)
{
	struct pg_tail *tail, *next;

	HASH_ITER (hh, pg->tails, tail, next)
		pg_tail_forget(pg, tail);
}

/* One that can't be kept is read again. */
static void tail_note(struct pg *pg, const char *workspace, const struct pg_log *log)
{
	struct pg_tail *tail = pg_tail_find(pg, workspace);

	if (!tail) {
		const size_t n = strlen(workspace) + 1;

		tail = calloc(1, sizeof(*tail) + n);
		if (!tail)
			return;
		memcpy(tail->id, workspace, n);
		HASH_ADD_KEYPTR(hh, pg->tails, tail->id, n - 1, tail);
		if (!tail->hh.tbl) {
			free(tail);
			return;
		}
	}
	tail->key = log->key;
	tail->seq = log->ends.head.seq;
	memcpy(tail->hash, log->ends.last_hash, MU_DIGEST_BYTES);
}

enum mu_err pg_log_find(struct pg *pg, const char *workspace, struct pg_log *ret_log)
{
	AUTO_RESULT PGresult *result = NULL;
	struct pg_params params = { 0 };
	struct pg_log log = { 0 };

	pg_text(&params, workspace);

	enum mu_err err = pg_db_ask(&pg->db, PG_LOG_FIND, &params, &result);

	if (err)
		return err;
	if (PQntuples(result) == 0)
		return MU_NOT_FOUND;
	log.key = pg_column_i64(result, 0, 0);
	log.ends.head = (struct mu_head){
		.epoch = pg_column_i64(result, 0, 1),
		.first_seq = pg_column_i64(result, 0, 2) + 1,
		.seq = pg_column_i64(result, 0, 4),
	};
	pg_column_digest(result, 0, 3, log.ends.first_hash);
	pg_column_digest(result, 0, 5, log.ends.last_hash);
	tail_note(pg, workspace, &log);
	*ret_log = log;
	return MU_OK;
}

/* ---- the store ---- */

static enum mu_err pg_open(const char *place, struct mu_store **ret_store, struct mu_fault *ret_fault)
{
	struct pg *pg = calloc(1, sizeof(*pg));
	AUTO_BUF struct mu_buf url = { 0 };
	enum mu_err err;

	mu_buf_printf(&url, "%s:%s", mu_store_postgres.scheme, place);
	if (!pg || mu_buf_error(&url)) {
		free(pg);
		return mu_fail(ret_fault, MU_NO_MEMORY, "The PostgreSQL store has no memory");
	}
	pg->store.ops = &mu_store_postgres;
	mu_id_random("s_", pg->self);
	err = pg_db_init(&pg->db, mu_buf_text(&url), pg_statements, PG_STATEMENTS, pg_node_greet,
			 &pg->store.fault);
	if (!err) {
		*ret_store = &pg->store;
		return MU_OK;
	}
	mu_fail(ret_fault, err, "%s", mu_fault_text(&pg->store.fault));
	free(pg);
	return err;
}

static enum mu_err pg_reader(const struct mu_store *store, struct mu_store **ret_reader,
			     struct mu_fault *ret_fault)
{
	const struct pg *pg = MU_CONTAINER_OF(store, const struct pg, store);

	return pg_open(strchr(pg->db.url, ':') + 1, ret_reader, ret_fault);
}

static void pg_close(struct mu_store *store)
{
	struct pg *pg = pg_of(store);

	pg_node_leave(pg);
	pg_tails_forget(pg);
	pg_db_finish(&pg->db);
	free(pg);
}

static enum mu_err pg_create(struct mu_store *store, const char *workspace, int64_t now_ms)
{
	static const uint8_t none[MU_DIGEST_BYTES];
	struct pg_answer answer = { 0 };
	struct pg_params params = { 0 };
	enum mu_err err;

	pg_text(&params, workspace);
	pg_i64(&params, now_ms);
	pg_bytes(&params, none, sizeof(none));
	err = pg_write_one(pg_of(store), PG_LOG_CREATE, &params, &answer);
	return !err && answer.n == 0 ? MU_CONFLICT : err;
}

/* `each` may ask the store, so all of it is read before. */
static enum mu_err pg_list(struct mu_store *store,
			   bool (*each)(void *arg, const char *workspace, int64_t seq), void *arg)
{
	struct pg *pg = pg_of(store);
	AUTO_RESULT PGresult *result = NULL;
	enum mu_err err = pg_db_ready(&pg->db);

	if (!err)
		err = pg_db_ask(&pg->db, PG_LOG_LIST, NULL, &result);
	for (int i = 0; !err && i < PQntuples(result); i++)
		if (!each(arg, pg_column_text(result, i, 0), pg_column_i64(result, i, 1)))
			break;
	return err;
}

/* Run a statement about a place in a log, which gives no row if there is no such place, or a number: 0 says
 * that it can't be done. */
static enum mu_err change(struct pg *pg, enum pg_statement which, const struct pg_params *params)
{
	struct pg_answer answer = { 0 };
	enum mu_err err = pg_write_one(pg, which, params, &answer);

	if (err)
		return err;
	if (answer.n == 0)
		return MU_NOT_FOUND;
	return answer.number ? MU_OK : MU_CONFLICT;
}

static enum mu_err trim_to(struct pg *pg, const char *workspace, int64_t to_seq, int64_t seq)
{
	struct pg_params params = { 0 };

	pg_text(&params, workspace);
	pg_i64(&params, to_seq);
	pg_i64(&params, seq);
	return change(pg, PG_TRIM, &params);
}

/* Step by step, each a transaction that leaves a sound log, so that none is too much for one. */
static enum mu_err pg_trim(struct mu_store *store, const char *workspace, int64_t seq)
{
	struct pg *pg = pg_of(store);
	struct pg_log log;
	enum mu_err err = pg_db_ready(&pg->db);
	int64_t to_seq;

	if (!err)
		err = pg_log_find(pg, workspace, &log);
	if (err)
		return err;
	to_seq = log.ends.head.first_seq - 1;
	do {
		to_seq = seq > to_seq && seq - to_seq > TRIM_ROWS ? to_seq + TRIM_ROWS : seq;
		err = trim_to(pg, workspace, to_seq, seq);
	} while (!err && to_seq < seq);
	return err;
}

static enum mu_err pg_erase(struct mu_store *store, const char *workspace, int64_t seq)
{
	struct pg_params params = { 0 };

	pg_text(&params, workspace);
	pg_i64(&params, seq);
	return change(pg_of(store), PG_EVENT_ERASE, &params);
}

const struct mu_store_ops mu_store_postgres = {
	.scheme = "postgres",
	.open = pg_open,
	.close = pg_close,
	.enter = pg_enter,
	.fence = pg_fence,
	.reader = pg_reader,
	.create = pg_create,
	.list = pg_list,
	.append = pg_append,
	.scan = pg_scan,
	.audit = pg_audit,
	.history = pg_history,
	.snapshot_put = pg_snapshot_put,
	.snapshot_get = pg_snapshot_get,
	.trim = pg_trim,
	.erase = pg_erase,
};
