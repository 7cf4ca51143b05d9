/* Snapshots in the SQLite store: the newest one of each workspace. A large one lies in pieces, each of which
 * is a transaction, so that appends needn't wait for all of it.
 *
 * Invariants:
 * - A snapshot never goes further than its log.
 * - It counts from when its row names it, which happens after all of its pieces are there. A failure before
 *   that leaves the older one in force; pieces that no row names are nobody's, and the next snapshot takes
 * them away. Thread: as the store. */
#include "sqlite_inner.h"

#include "muster/base/buf.h"

#include <string.h>

#define PIECE_BYTES ((size_t)256 << 10)

struct attempt {
	int64_t key;
	int64_t made;
	bool counts; /* no later one is kept */
};

static enum mu_err number_attempt(struct sqlite *s, int64_t key, int64_t seq, struct attempt *ret_attempt)
{
	AUTO_QUERY struct mu_query query = sqlite_query_at(s, SNAPSHOT_NEXT, key, seq);
	int rc = mu_query_step(&query);

	if (rc != SQLITE_ROW)
		return sqlite_fail(s, rc);
	*ret_attempt = (struct attempt){ .key = key,
					 .made = sqlite3_column_int64(query.stmt, 0),
					 .counts = sqlite3_column_int(query.stmt, 1) };
	return MU_OK;
}

/* Errors: MU_NOT_FOUND, MU_CONFLICT, MU_UNAVAILABLE. */
static enum mu_err begin_attempt(struct sqlite *s, const char *workspace, int64_t seq,
				 struct attempt *ret_attempt)
{
	struct log log;
	enum mu_err err = sqlite_begin_log(s, BEGIN_READ, workspace, &log);

	if (!err && (seq < 0 || seq > log.ends.head.seq))
		err = MU_CONFLICT;
	if (!err)
		err = number_attempt(s, log.key, seq, ret_attempt);
	return sqlite_end(s, err);
}

/* Run a statement as a transaction of its own. */
static enum mu_err write_apart(struct sqlite *s, struct mu_query *query)
{
	enum mu_err err = sqlite_begin(s, BEGIN_WRITE);

	if (!err)
		err = sqlite_outcome(s, mu_query_step(query));
	return sqlite_end(s, err);
}

static enum mu_err put_piece(struct sqlite *s, const struct attempt *attempt, int64_t piece, const char *text,
			     size_t bytes)
{
	AUTO_QUERY struct mu_query query = sqlite_query_at(s, SNAPSHOT_PIECE, attempt->key, attempt->made);

	mu_query_i64(&query, piece);
	mu_query_bytes(&query, text, bytes);
	return write_apart(s, &query);
}

static enum mu_err put_pieces(struct sqlite *s, const struct attempt *attempt, const char *text, size_t bytes)
{
	enum mu_err err = MU_OK;

	for (size_t at = 0; !err && at < bytes; at += PIECE_BYTES) {
		const size_t n = bytes - at < PIECE_BYTES ? bytes - at : PIECE_BYTES;

		err = put_piece(s, attempt, (int64_t)(at / PIECE_BYTES), text + at, n);
		mu_store_pause(&s->store);
	}
	return err;
}

/* `made` is 0 if the text is all of it. */
static enum mu_err make_count(struct sqlite *s, int64_t key, int64_t seq, int64_t made, const char *text,
			      size_t bytes)
{
	AUTO_QUERY struct mu_query query = sqlite_query_at(s, SNAPSHOT_PUT, key, seq);

	mu_query_i64(&query, made);
	mu_query_text_n(&query, text, bytes);
	return write_apart(s, &query);
}

static enum mu_err clean_one(struct sqlite *s, int64_t key)
{
	AUTO_QUERY struct mu_query query = mu_query_start(&s->db, SNAPSHOT_CLEAN);

	mu_query_i64(&query, key);
	return write_apart(s, &query);
}

/* What this leaves over is taken away the next time. */
static void clean(struct sqlite *s, int64_t key)
{
	while (!clean_one(s, key) && sqlite3_changes(s->db.conn) > 0)
		mu_store_pause(&s->store);
}

enum mu_err sqlite_snapshot_put(struct mu_store *store, const char *workspace, int64_t seq, const char *text,
				size_t bytes)
{
	struct sqlite *s = sqlite_of(store);
	struct attempt attempt = { 0 };
	enum mu_err err = begin_attempt(s, workspace, seq, &attempt);

	if (err || !attempt.counts)
		return err;
	if (bytes <= PIECE_BYTES) {
		err = make_count(s, attempt.key, seq, 0, text, bytes);
	} else {
		err = put_pieces(s, &attempt, text, bytes);
		if (!err)
			err = make_count(s, attempt.key, seq, attempt.made, "", 0);
	}
	if (!err)
		clean(s, attempt.key);
	return err;
}

/* ---- reading ---- */

struct kept {
	int64_t key;
	int64_t seq;
	int64_t made;
};

static enum mu_err read_pieces(struct sqlite *s, const struct kept *kept, struct mu_buf *text)
{
	AUTO_QUERY struct mu_query query = sqlite_query_at(s, SNAPSHOT_READ, kept->key, kept->made);
	int rc;

	while ((rc = mu_query_step(&query)) == SQLITE_ROW)
		mu_buf_add(text, sqlite3_column_blob(query.stmt, 0),
			   (size_t)sqlite3_column_bytes(query.stmt, 0));
	return sqlite_outcome(s, rc);
}

/* A text that is there is added to `text`. Errors: MU_NOT_FOUND, MU_UNAVAILABLE. */
static enum mu_err read_row(struct sqlite *s, const char *workspace, struct kept *ret_kept, bool *ret_there,
			    struct mu_buf *text)
{
	AUTO_QUERY struct mu_query query = mu_query_start(&s->db, SNAPSHOT_GET);

	mu_query_text(&query, workspace);

	int rc = mu_query_step(&query);

	if (rc == SQLITE_DONE)
		return MU_NOT_FOUND;
	if (rc != SQLITE_ROW)
		return sqlite_fail(s, rc);
	*ret_kept = (struct kept){ .key = sqlite3_column_int64(query.stmt, 0),
				   .seq = sqlite3_column_int64(query.stmt, 1),
				   .made = sqlite3_column_int64(query.stmt, 2) };
	*ret_there = sqlite3_column_type(query.stmt, 3) != SQLITE_NULL;
	mu_buf_add(text, sqlite3_column_blob(query.stmt, 3), (size_t)sqlite3_column_bytes(query.stmt, 3));
	return MU_OK;
}

enum mu_err sqlite_snapshot_get(struct mu_store *store, const char *workspace, int64_t *ret_seq,
				char **ret_text)
{
	struct sqlite *s = sqlite_of(store);
	AUTO_BUF struct mu_buf text = { 0 };
	struct kept kept = { 0 };
	bool there = false;
	/* In one transaction, so that all pieces are there to its end. */
	enum mu_err err = sqlite_begin(s, BEGIN_READ);

	if (!err)
		err = read_row(s, workspace, &kept, &there, &text);
	if (!err && kept.made)
		err = read_pieces(s, &kept, &text);
	err = sqlite_end(s, err);
	if (!err)
		err = mu_buf_error(&text);
	if (err)
		return err;
	*ret_seq = kept.seq;
	*ret_text = there ? mu_buf_take(&text) : NULL;
	return there && !*ret_text ? MU_NO_MEMORY : MU_OK;
}

enum mu_err sqlite_snapshot_covers(struct sqlite *s, int64_t key, int64_t seq)
{
	AUTO_QUERY struct mu_query query = sqlite_query_at(s, SNAPSHOT_COVERS, key, seq);
	int rc = mu_query_step(&query);

	if (rc == SQLITE_DONE)
		return MU_CONFLICT;
	return rc == SQLITE_ROW ? MU_OK : sqlite_fail(s, rc);
}
