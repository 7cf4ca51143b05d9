/* Reading events from the PostgreSQL store.
 *
 * Invariants: a row that someone has tampered with is read, and said to be unsound; only one row at a time is
 * in memory, however long the log is. Thread: as the store. */
#include "postgres_inner.h"

#include "muster/base/buf.h"

#include <string.h>

/* Rows of one statement: one doesn't run for so long that it would have to be ended. */
#define PAGE_ROWS 500

struct reading {
	bool (*each)(void *arg, const struct mu_kept *kept);
	void *arg;
	int64_t last_seq;
	int64_t n; /* rows of this page */
	bool on;
};

static bool column_needed(const PGresult *result, int column, const char **ret_text)
{
	*ret_text = pg_column_text(result, 0, column);
	return *ret_text;
}

static bool read_event(void *arg, const PGresult *result)
{
	struct reading *reading = arg;
	struct mu_kept kept = { 0 };
	struct mu_row *row = &kept.row;
	bool sound;

	row->seq = pg_column_i64(result, 0, 0);
	row->at_ms = pg_column_i64(result, 0, 1);
	sound = column_needed(result, 2, &row->type);
	sound = column_needed(result, 3, &row->actor) && sound;
	sound = column_needed(result, 4, &row->audience) && sound;
	sound = pg_column_digest(result, 0, 5, kept.digest) && sound;
	sound = pg_column_digest(result, 0, 6, kept.hash) && sound;
	row->payload = pg_column_text(result, 0, 7);
	row->action = pg_column_text(result, 0, 8);
	row->who = pg_column_text(result, 0, 9);
	row->about = pg_column_text(result, 0, 10);
	row->origin = pg_column_text(result, 0, 11);
	row->before = pg_column_text(result, 0, 12);
	kept.sound = sound;
	reading->n++;
	reading->last_seq = row->seq;
	reading->on = reading->each(reading->arg, &kept);
	return reading->on;
}

static enum mu_err scan_events(struct pg *pg, int64_t key, int64_t after_seq, int64_t limit,
			       struct reading *reading)
{
	enum mu_err err = MU_OK;

	reading->last_seq = after_seq;
	do {
		const int64_t page = limit < PAGE_ROWS ? limit : PAGE_ROWS;
		struct pg_params params = { 0 };

		pg_i64(&params, key);
		pg_i64(&params, reading->last_seq);
		pg_i64(&params, page);
		reading->n = 0;
		err = pg_db_each(&pg->db, PG_EVENT_SCAN, &params, read_event, reading);
		limit -= page;
		reading->on = reading->on && reading->n == page;
	} while (!err && reading->on && limit > 0);
	return err;
}

enum mu_err pg_scan(struct mu_store *store, const char *workspace, int64_t after_seq, int64_t limit,
		    struct mu_ends *ret_ends, bool (*each)(void *arg, const struct mu_kept *kept), void *arg)
{
	struct pg *pg = pg_of(store);
	struct reading reading = { .each = each, .arg = arg, .on = true };
	struct pg_log log = { 0 };
	enum mu_err err = pg_db_ready(&pg->db);

	if (!err && limit > 0)
		err = pg_db_run(&pg->db, PG_BEGIN_READ);
	if (!err)
		err = pg_log_find(pg, workspace, &log);
	if (!err && after_seq != MU_SCAN_OLDEST && after_seq < log.ends.head.first_seq - 1)
		err = MU_GONE;
	if (!err)
		*ret_ends = log.ends;
	if (!err && limit > 0)
		err = scan_events(pg, log.key, after_seq, limit, &reading);
	pg_db_rollback(&pg->db); /* it only read */
	return err;
}

static enum pg_statement audit_statement(const struct mu_audit_query *query)
{
	const size_t n = query->action ? strlen(query->action) : 0;

	if (query->user)
		return PG_AUDIT_USER;
	if (!query->action)
		return PG_AUDIT_ALL;
	return n && query->action[n - 1] == '.' ? PG_AUDIT_ACTIONS : PG_AUDIT_ACTION;
}

enum mu_err pg_audit(struct mu_store *store, const char *workspace, const struct mu_audit_query *query,
		     bool (*each)(void *arg, const struct mu_kept *kept), void *arg)
{
	struct pg *pg = pg_of(store);
	struct reading reading = { .each = each, .arg = arg, .on = true };
	const enum pg_statement statement = audit_statement(query);
	struct pg_params params = { 0 };
	struct pg_log log = { 0 };
	enum mu_err err = pg_db_ready(&pg->db);

	if (!err)
		err = pg_log_find(pg, workspace, &log);
	if (err)
		return err;
	pg_i64(&params, log.key);
	pg_i64(&params, query->after_at_ms);
	pg_i64(&params, query->after_seq);
	pg_i64(&params, query->from_ms);
	pg_i64(&params, query->limit);
	if (query->user)
		pg_text(&params, query->user);
	if (query->user || query->action)
		pg_text(&params, query->action);
	return pg_db_each(&pg->db, statement, &params, read_event, &reading);
}

enum mu_err pg_history(struct mu_store *store, const char *workspace, const struct mu_history_query *query,
		       bool (*each)(void *arg, const struct mu_kept *kept), void *arg)
{
	struct pg *pg = pg_of(store);
	struct reading reading = { .each = each, .arg = arg, .on = true };
	AUTO_BUF struct mu_buf types = { 0 };
	struct pg_params params = { 0 };
	struct pg_log log = { 0 };
	enum mu_err err = pg_db_ready(&pg->db);

	for (size_t i = 0; i < query->n_types; i++)
		mu_buf_printf(&types, "%s%s", i ? "\n" : "", query->types[i]);
	if (mu_buf_error(&types))
		return MU_NO_MEMORY;
	if (!err)
		err = pg_log_find(pg, workspace, &log);
	if (err)
		return err;
	pg_i64(&params, log.key);
	pg_text(&params, query->about);
	pg_text(&params, mu_buf_text(&types));
	pg_i64(&params, query->from_ms);
	pg_i64(&params, query->after_at_ms);
	pg_i64(&params, query->after_seq);
	pg_i64(&params, query->to_ms);
	pg_i64(&params, query->limit);
	return pg_db_each(&pg->db, PG_HISTORY, &params, read_event, &reading);
}
