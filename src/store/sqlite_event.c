/* Events in the SQLite store: rows that are added, read and taken away.
 * Invariant: a row that someone has tampered with is read, and said to be unsound.
 * Thread: as the store. */
#include "sqlite_inner.h"

#include <string.h>

/* ---- writing ---- */

enum mu_err sqlite_event_add(struct sqlite *s, int64_t key, const struct mu_row *row,
			     uint8_t hash[static MU_DIGEST_BYTES])
{
	AUTO_QUERY struct mu_query query = sqlite_query_at(s, EVENT_ADD, key, row->seq);
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
	return sqlite_outcome(s, mu_query_step(&query));
}

enum mu_err sqlite_event_hash(struct sqlite *s, int64_t key, int64_t seq,
			      uint8_t ret_hash[static MU_DIGEST_BYTES])
{
	AUTO_QUERY struct mu_query query = sqlite_query_at(s, EVENT_HASH, key, seq);
	int rc = mu_query_step(&query);

	if (rc != SQLITE_ROW)
		return sqlite_fail(s, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc);
	return sqlite_column_digest(query.stmt, 0, ret_hash) ? MU_OK : sqlite_fail(s, SQLITE_CORRUPT);
}

enum mu_err sqlite_event_change(struct sqlite *s, enum statement which, int64_t key, int64_t seq)
{
	AUTO_QUERY struct mu_query query = sqlite_query_at(s, which, key, seq);

	return sqlite_outcome(s, mu_query_step(&query));
}

/* ---- reading ---- */

bool sqlite_column_digest(sqlite3_stmt *stmt, int column, uint8_t ret_digest[static MU_DIGEST_BYTES])
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

static void event_read(sqlite3_stmt *stmt, struct mu_kept *ret_kept)
{
	struct mu_row *row = &ret_kept->row;
	bool sound;

	row->seq = sqlite3_column_int64(stmt, 0);
	row->at_ms = sqlite3_column_int64(stmt, 1);
	sound = column_text(stmt, 2, &row->type);
	sound = column_text(stmt, 3, &row->actor) && sound;
	sound = column_text(stmt, 4, &row->audience) && sound;
	sound = sqlite_column_digest(stmt, 5, ret_kept->digest) && sound;
	sound = sqlite_column_digest(stmt, 6, ret_kept->hash) && sound;
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
	AUTO_QUERY struct mu_query query = sqlite_query_at(s, EVENT_SCAN, key, after_seq);
	struct mu_kept kept;
	int rc;

	mu_query_i64(&query, limit);
	while ((rc = mu_query_step(&query)) == SQLITE_ROW) {
		event_read(query.stmt, &kept);
		if (!each(arg, &kept))
			return MU_OK;
	}
	return sqlite_outcome(s, rc);
}

enum mu_err sqlite_scan(struct mu_store *store, const char *workspace, int64_t after_seq, int64_t limit,
			struct mu_ends *ret_ends, bool (*each)(void *arg, const struct mu_kept *kept),
			void *arg)
{
	struct sqlite *s = sqlite_of(store);
	struct log log;
	enum mu_err err = sqlite_begin_log(s, BEGIN_READ, workspace, &log);

	if (!err && after_seq != MU_SCAN_OLDEST && after_seq < log.ends.head.first_seq - 1)
		err = MU_GONE;
	if (!err) {
		*ret_ends = log.ends;
		if (limit > 0)
			err = scan_events(s, log.key, after_seq, limit, each, arg);
	}
	return sqlite_end(s, err);
}

static enum mu_err event_give(struct sqlite *s, int64_t key, int64_t seq,
			      bool (*each)(void *arg, const struct mu_kept *kept), void *arg, bool *ret_on)
{
	AUTO_QUERY struct mu_query query = sqlite_query_at(s, EVENT_GET, key, seq);
	struct mu_kept kept;
	int rc = mu_query_step(&query);

	if (rc != SQLITE_ROW)
		return sqlite_fail(s, rc == SQLITE_DONE ? SQLITE_CORRUPT : rc);
	event_read(query.stmt, &kept);
	*ret_on = each(arg, &kept);
	return MU_OK;
}

/* Give the rows that were picked, if that went well, and end the transaction. */
static enum mu_err give_picked(struct sqlite *s, int64_t key, const struct mu_picks *picks, enum mu_err err,
			       bool (*each)(void *arg, const struct mu_kept *kept), void *arg)
{
	bool on = true;

	for (size_t i = 0; !err && on && i < picks->n; i++)
		err = event_give(s, key, picks->v[i].seq, each, arg, &on);
	return sqlite_end(s, err);
}

enum mu_err sqlite_audit(struct mu_store *store, const char *workspace, const struct mu_audit_query *query,
			 bool (*each)(void *arg, const struct mu_kept *kept), void *arg)
{
	struct sqlite *s = sqlite_of(store);
	AUTO_PICKS struct mu_picks picks = { 0 };
	struct log log = { 0 };
	enum mu_err err = sqlite_begin_log(s, BEGIN_READ, workspace, &log);

	if (!err)
		err = sqlite_outcome(s, mu_db_pick(&s->db, AUDIT_FIRST, log.key, query, &picks));
	return give_picked(s, log.key, &picks, err, each, arg);
}

enum mu_err sqlite_history(struct mu_store *store, const char *workspace,
			   const struct mu_history_query *query,
			   bool (*each)(void *arg, const struct mu_kept *kept), void *arg)
{
	struct sqlite *s = sqlite_of(store);
	AUTO_PICKS struct mu_picks picks = { 0 };
	struct log log = { 0 };
	enum mu_err err = sqlite_begin_log(s, BEGIN_READ, workspace, &log);

	if (!err)
		err = sqlite_outcome(s, mu_db_pick_history(&s->db, HISTORY_FIRST, log.key, query, &picks));
	return give_picked(s, log.key, &picks, err, each, arg);
}
