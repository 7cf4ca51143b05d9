/* The index by whom events are about: picking the rows of somebody's history.
 * Invariant: the index is read only where the rows are that fit, so their number is what a page costs.
 * Thread: as the store. */
#include "sqlite_history.h"

static int pick_each(struct mu_query *rows, struct mu_picks *picks)
{
	int rc;

	while ((rc = mu_query_step(rows)) == SQLITE_ROW)
		if (mu_picks_add(picks, sqlite3_column_int64(rows->stmt, 0),
				 sqlite3_column_int64(rows->stmt, 1)))
			return SQLITE_NOMEM;
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static struct mu_query ask(struct mu_db *db, size_t statement, int64_t key,
			   const struct mu_history_query *query, const char *type)
{
	struct mu_query rows = mu_query_start(db, statement);

	mu_query_i64(&rows, key);
	mu_query_text(&rows, query->about);
	mu_query_text(&rows, type);
	return rows;
}

static int pick_prior(struct mu_db *db, size_t first, int64_t key, const struct mu_history_query *query,
		      const char *type, struct mu_picks *picks)
{
	AUTO_QUERY struct mu_query rows = ask(db, first + MU_HISTORY_PRIOR, key, query, type);
	const size_t n = picks->n;

	mu_query_i64(&rows, query->from_ms);

	int rc = pick_each(&rows, picks);

	if (picks->n > n &&
	    !mu_pick_after(picks->v[n].at_ms, picks->v[n].seq, query->after_at_ms, query->after_seq))
		picks->n = n; /* was given already */
	return rc;
}

static int pick_within(struct mu_db *db, size_t first, int64_t key, const struct mu_history_query *query,
		       const char *type, struct mu_picks *picks)
{
	AUTO_QUERY struct mu_query rows = ask(db, first + MU_HISTORY_WITHIN, key, query, type);
	const bool goes_on = query->after_at_ms >= query->from_ms;

	/* Sequences begin with 1, so (from_ms, 0) comes right before every row from then on. */
	mu_query_i64(&rows, goes_on ? query->after_at_ms : query->from_ms);
	mu_query_i64(&rows, goes_on ? query->after_seq : 0);
	mu_query_i64(&rows, query->to_ms);
	mu_query_i64(&rows, query->limit);
	return pick_each(&rows, picks);
}

int mu_db_pick_history(struct mu_db *db, size_t first, int64_t key, const struct mu_history_query *query,
		       struct mu_picks *picks)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; rc == SQLITE_OK && i < query->n_types; i++) {
		rc = pick_prior(db, first, key, query, query->types[i], picks);
		if (rc == SQLITE_OK)
			rc = pick_within(db, first, key, query, query->types[i], picks);
	}
	mu_picks_oldest(picks, query->limit);
	return rc;
}
