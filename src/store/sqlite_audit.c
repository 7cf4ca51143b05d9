/* The audit log's indexes: picking the rows of a page.
 * Invariant: each index is read in its own order and only as far as the page can reach, so a page costs the
 * same in a short log and in a long one.
 * Thread: as the store. */
#include "sqlite_audit.h"

#include "muster/base/buf.h"

#include <string.h>

struct picking {
	struct mu_db *db;
	size_t first;
	int64_t key;
	const struct mu_audit_query *query;
	struct mu_picks *picks;
};

/* Pick from one index, newest first, until it has given as many as the page can hold. */
static int pick_from(const struct picking *p, enum mu_audit_statement which, const char *value)
{
	AUTO_QUERY struct mu_query rows = mu_query_start(p->db, p->first + which);
	int64_t n = 0;
	int rc = SQLITE_ROW;

	mu_query_i64(&rows, p->key);
	mu_query_i64(&rows, p->query->after_at_ms);
	mu_query_i64(&rows, p->query->after_seq);
	mu_query_i64(&rows, p->query->from_ms);
	if (value)
		mu_query_text(&rows, value);
	while (n < p->query->limit && (rc = mu_query_step(&rows)) == SQLITE_ROW) {
		const char *action = (const char *)sqlite3_column_text(rows.stmt, 2);

		if (!mu_action_fits(action, p->query->action))
			continue;
		if (mu_picks_add(p->picks, sqlite3_column_int64(rows.stmt, 0),
				 sqlite3_column_int64(rows.stmt, 1)))
			return SQLITE_NOMEM;
		n++;
	}
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* The first action after `name` that the query wants, into `name`; empty: there is none. */
static int next_action(const struct picking *p, struct mu_buf *name)
{
	AUTO_QUERY struct mu_query query = mu_query_start(p->db, p->first + MU_AUDIT_ACTIONS);
	const char *action = NULL;

	mu_query_i64(&query, p->key);
	mu_query_text_n(&query, mu_buf_text(name), name->n);

	int rc = mu_query_step(&query);

	if (rc == SQLITE_ROW)
		action = (const char *)sqlite3_column_text(query.stmt, 0);
	mu_buf_reset(name);
	mu_buf_str(name, mu_action_fits(action, p->query->action) ? action : "");
	if (mu_buf_error(name))
		return SQLITE_NOMEM;
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* There are a few dozen actions: the pages of those that begin alike are picked one by one. */
static int pick_actions(const struct picking *p)
{
	const char *wanted = p->query->action;
	AUTO_BUF struct mu_buf name = { 0 };
	int rc;

	if (!*wanted || wanted[strlen(wanted) - 1] != '.')
		return pick_from(p, MU_AUDIT_ACTION, wanted);
	mu_buf_str(&name, wanted);
	while ((rc = next_action(p, &name)) == SQLITE_OK && name.n) {
		rc = pick_from(p, MU_AUDIT_ACTION, mu_buf_text(&name));
		if (rc != SQLITE_OK)
			break;
	}
	return rc;
}

int mu_db_pick(struct mu_db *db, size_t first, int64_t key, const struct mu_audit_query *query,
	       struct mu_picks *picks)
{
	const struct picking p = { db, first, key, query, picks };
	int rc;

	if (query->user) {
		rc = pick_from(&p, MU_AUDIT_WHO, query->user);
		if (rc == SQLITE_OK)
			rc = pick_from(&p, MU_AUDIT_ABOUT, query->user);
	} else if (query->action) {
		rc = pick_actions(&p);
	} else {
		rc = pick_from(&p, MU_AUDIT_ALL, NULL);
	}
	mu_picks_newest(picks, query->limit);
	return rc;
}
