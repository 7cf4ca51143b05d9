/* Snapshots in the PostgreSQL store: in pieces, so that none is too large for one statement.
 *
 * Invariants:
 * - A snapshot counts from when its row names it, which happens after all of its pieces are there. A failure
 *   before that leaves the older one in force.
 * - Every attempt has a number of its own, and what counts is never replaced by one with a smaller number. So
 *   pieces of smaller numbers are nobody's, also while several nodes keep snapshots of one workspace, and the
 *   next snapshot takes them away.
 * Thread: as the store. */
#include "postgres_inner.h"

#include <string.h>

#define PIECE_BYTES (1 << 20)

struct attempt {
	int64_t key;
	int64_t made;
	bool reaches; /* the log goes so far */
	bool counts;  /* no later one is kept */
};

/* Errors: MU_NOT_FOUND, MU_UNAVAILABLE. */
static enum mu_err begin(struct pg *pg, const char *workspace, int64_t seq, struct attempt *ret_attempt)
{
	AUTO_RESULT PGresult *result = NULL;
	struct pg_params params = { 0 };
	enum mu_err err = pg_db_ready(&pg->db);

	pg_text(&params, workspace);
	pg_i64(&params, seq);
	if (!err)
		err = pg_db_ask(&pg->db, PG_SNAPSHOT_BEGIN, &params, &result);
	if (err)
		return err;
	if (PQntuples(result) == 0)
		return MU_NOT_FOUND;
	*ret_attempt = (struct attempt){
		.key = pg_column_i64(result, 0, 0),
		.reaches = pg_column_i64(result, 0, 1) != 0,
		.counts = pg_column_i64(result, 0, 2) != 0,
		.made = pg_column_i64(result, 0, 3),
	};
	return MU_OK;
}

static enum mu_err put_pieces(struct pg *pg, const struct attempt *attempt, const char *text, size_t bytes)
{
	enum mu_err err = MU_OK;

	for (size_t at = 0; !err && at < bytes; at += PIECE_BYTES) {
		const size_t n = bytes - at < PIECE_BYTES ? bytes - at : PIECE_BYTES;
		struct pg_params params = { 0 };
		struct pg_answer answer;

		pg_i64(&params, attempt->key);
		pg_i64(&params, attempt->made);
		pg_i64(&params, (int64_t)(at / PIECE_BYTES));
		pg_bytes(&params, text + at, n);
		err = pg_write_one(pg, PG_SNAPSHOT_PIECE, &params, &answer);
		mu_store_pause(&pg->store);
	}
	return err;
}

static enum mu_err make_count(struct pg *pg, const struct attempt *attempt, int64_t seq, size_t bytes)
{
	struct pg_params params = { 0 };
	struct pg_answer answer;

	pg_i64(&params, attempt->key);
	pg_i64(&params, seq);
	pg_i64(&params, attempt->made);
	pg_i64(&params, (int64_t)bytes);
	return pg_write_one(pg, PG_SNAPSHOT_PUT, &params, &answer);
}

/* What this leaves over is taken away the next time. */
static void clean(struct pg *pg, const struct attempt *attempt)
{
	struct pg_answer answer = { .n = 1 };

	while (answer.n > 0) {
		struct pg_params params = { 0 };

		answer.n = 0;
		pg_i64(&params, attempt->key);
		if (pg_write_one(pg, PG_SNAPSHOT_CLEAN, &params, &answer))
			break;
		mu_store_pause(&pg->store);
	}
}

enum mu_err pg_snapshot_put(struct mu_store *store, const char *workspace, int64_t seq, const char *text,
			    size_t bytes)
{
	struct pg *pg = pg_of(store);
	struct attempt attempt;
	enum mu_err err = begin(pg, workspace, seq, &attempt);

	if (!err && !attempt.reaches)
		err = MU_CONFLICT;
	if (err || !attempt.counts)
		return err;
	err = put_pieces(pg, &attempt, text, bytes);
	if (!err)
		err = make_count(pg, &attempt, seq, bytes);
	if (!err)
		clean(pg, &attempt);
	return err;
}

/* ---- reading ---- */

struct kept {
	int64_t key;
	int64_t seq;
	int64_t made;
	size_t bytes;
};

/* Read the next piece to where it belongs. */
static enum mu_err read_piece(struct pg *pg, const struct kept *kept, int64_t piece, char *text, size_t *at)
{
	AUTO_RESULT PGresult *result = NULL;
	struct pg_params params = { 0 };
	enum mu_err err;
	size_t n;

	pg_i64(&params, kept->key);
	pg_i64(&params, kept->made);
	pg_i64(&params, piece);
	err = pg_db_ask(&pg->db, PG_SNAPSHOT_READ, &params, &result);
	if (err)
		return err;
	n = PQntuples(result) == 1 ? (size_t)PQgetlength(result, 0, 0) : 0;
	if (n == 0 || n > kept->bytes - *at)
		return pg_db_fail_with(&pg->db, "is damaged: a piece of a snapshot is missing");
	memcpy(text + *at, PQgetvalue(result, 0, 0), n);
	*at += n;
	pg_db_go_on(&pg->db);
	return MU_OK;
}

static enum mu_err read_pieces(struct pg *pg, const struct kept *kept, char **ret_text)
{
	AUTO_FREE char *text = malloc(kept->bytes + 1);
	size_t at = 0;
	enum mu_err err = text ? MU_OK : MU_NO_MEMORY;

	for (int64_t piece = 0; !err && at < kept->bytes; piece++)
		err = read_piece(pg, kept, piece, text, &at);
	if (err)
		return err;
	text[at] = '\0';
	*ret_text = text;
	text = NULL;
	return MU_OK;
}

/* In one transaction, so that all pieces are there to its end. */
static enum mu_err read_kept(struct pg *pg, const char *workspace, int64_t *ret_seq, char **ret_text)
{
	AUTO_RESULT PGresult *result = NULL;
	struct pg_params params = { 0 };
	struct kept kept;
	enum mu_err err;

	pg_text(&params, workspace);
	err = pg_db_ask(&pg->db, PG_SNAPSHOT_GET, &params, &result);
	if (err)
		return err;
	if (PQntuples(result) == 0)
		return MU_NOT_FOUND;
	kept = (struct kept){
		.key = pg_column_i64(result, 0, 0),
		.seq = pg_column_i64(result, 0, 1),
		.made = pg_column_i64(result, 0, 2),
		.bytes = (size_t)pg_column_i64(result, 0, 3),
	};
	if (PQgetisnull(result, 0, 1))
		*ret_text = NULL;
	else
		err = read_pieces(pg, &kept, ret_text);
	if (!err)
		*ret_seq = kept.seq;
	return err;
}

enum mu_err pg_snapshot_get(struct mu_store *store, const char *workspace, int64_t *ret_seq, char **ret_text)
{
	struct pg *pg = pg_of(store);
	enum mu_err err = pg_db_ready(&pg->db);

	if (!err)
		err = pg_db_run(&pg->db, PG_BEGIN_READ);
	if (!err)
		err = read_kept(pg, workspace, ret_seq, ret_text);
	pg_db_rollback(&pg->db);
	return err;
}
