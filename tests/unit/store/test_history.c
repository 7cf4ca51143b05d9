/* What happened to somebody, over every back-end: random logs and questions against a model that looks at
 * every row, page by page while new rows arrive, and what it costs in a long log. */
#include "store/wild_log.h"

#include "sqlite_history.h"

static const char *const types[] = { "presence.changed", "load.changed", "user.deactivated" };

static const char *some_user(struct wild_log *log)
{
	return mu_arena_printf(&log->arena, "u%u", wild_next(log, 4));
}

static void choose(struct wild_log *log, struct mu_row *row)
{
	row->type = types[wild_next(log, MU_COUNT(types))];
	row->about = wild_next(log, 5) ? some_user(log) : NULL;
}

static bool older(const struct mu_row *a, const struct mu_row *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->seq < b->seq;
}

static bool is_of(const struct mu_row *row, const struct mu_history_query *query, const char *type)
{
	return row->about && !strcmp(row->about, query->about) && !strcmp(row->type, type);
}

/* What the contract says, word by word. */
static bool wanted(const struct wild_log *log, const struct mu_row *row, const struct mu_history_query *query)
{
	bool asked = false;

	for (size_t i = 0; i < query->n_types; i++)
		asked |= is_of(row, query, query->types[i]);
	if (!asked || row->at_ms >= query->from_ms)
		return asked && row->at_ms < query->to_ms;
	for (int64_t i = 0; i < log->n; i++) /* another one may be the last */
		if (log->rows[i].at_ms < query->from_ms && is_of(&log->rows[i], query, row->type) &&
		    older(row, &log->rows[i]))
			return false;
	return true;
}

static const struct mu_row *next_wanted(const struct wild_log *log, const struct mu_history_query *query,
					const struct mu_row *last)
{
	const struct mu_row *best = NULL;

	for (int64_t i = 0; i < log->n; i++) {
		const struct mu_row *row = &log->rows[i];

		if (wanted(log, row, query) && (!last || older(last, row)) && (!best || older(row, best)))
			best = row;
	}
	return best;
}

struct paging {
	const struct wild_log *log;
	const struct mu_history_query *query;
	const struct mu_row *last;
	int64_t n; /* rows of this page */
};

static bool check_row(void *arg, const struct mu_row *row)
{
	struct paging *paging = arg;
	const struct mu_row *right = next_wanted(paging->log, paging->query, paging->last);

	assert_non_null(right);
	rig_same_row(row, right);
	paging->last = right;
	paging->n++;
	return true;
}

/* All pages of a question, while the log grows between two of them. */
static void walk(struct rig *rig, struct wild_log *log, struct mu_history_query query)
{
	struct paging paging = { .log = log, .query = &query };

	do {
		paging.n = 0;
		assert_int_equal(mu_store_history(rig->store, "acme", &query, check_row, &paging), MU_OK);
		assert_true(paging.n <= query.limit);
		if (paging.n < query.limit)
			assert_null(next_wanted(log, &query, paging.last));
		if (paging.n) {
			query.after_at_ms = paging.last->at_ms;
			query.after_seq = paging.last->seq;
		}
		wild_grow_some(rig, log);
	} while (paging.n == query.limit);
}

static void ask(struct rig *rig, struct wild_log *log)
{
	struct mu_history_query query = {
		.about = some_user(log),
		.types = types,
		.n_types = 1 + wild_next(log, MU_COUNT(types)),
		.from_ms = RIG_AT_MS - 10 + wild_next(log, WILD_ROWS / 2),
		.limit = 1 + wild_next(log, 9),
	};

	query.to_ms = query.from_ms + wild_next(log, WILD_ROWS / 2);
	walk(rig, log, query);
}

static void every_question_is_answered_in_full(void **state)
{
	wild_ask(*state, 5, choose, ask);
}

static int64_t count_of(struct rig *rig, const char *about)
{
	static const char *const both[] = { "presence.chosen", "team.changed" };
	const struct mu_history_query query = {
		.about = about, .types = both, .n_types = 2, .to_ms = INT64_MAX, .limit = 1000
	};
	int64_t n = 0;

	assert_int_equal(mu_store_history(rig->store, "acme", &query, wild_count, &n), MU_OK);
	return n;
}

static void what_is_trimmed_is_gone_and_what_is_erased_is_empty(void **state)
{
	struct rig *rig = *state;
	const struct mu_history_query nowhere = { .about = "u1", .to_ms = INT64_MAX, .limit = 1 };
	int64_t n = 0;

	rig_workspace(rig, "acme");
	assert_int_equal(count_of(rig, "u1"), 0);
	rig_append(rig, "acme", 0, 20); /* u1: 6, 11 and 16; 1 isn't about anybody */
	assert_int_equal(count_of(rig, "u1"), 3);
	assert_int_equal(mu_store_erase(rig->store, "acme", 11), MU_OK);
	assert_int_equal(count_of(rig, "u1"), 3);
	assert_int_equal(mu_store_snapshot_put(rig->store, "acme", 20, "{}", 2), MU_OK);
	assert_int_equal(mu_store_trim(rig->store, "acme", 6), MU_OK);
	assert_int_equal(count_of(rig, "u1"), 2);
	assert_int_equal(mu_store_history(rig->store, "nowhere", &nowhere, wild_count, &n), MU_NOT_FOUND);
	assert_int_equal(n, 0);
}

/* SQLite must find the rows by an index that is in their order: no sorting, no walking. */
static void every_row_comes_from_an_index(void **state)
{
	static const char *const sql[] = { MU_HISTORY_SQL(0) };
	struct rig *rig = *state;
	sqlite3 *conn = NULL;
	sqlite3_stmt *stmt = NULL;
	char explain[512];

	assert_int_equal(sqlite3_open(rig->path, &conn), SQLITE_OK);
	for (size_t i = 0; i < MU_COUNT(sql); i++) {
		snprintf(explain, sizeof(explain), "EXPLAIN QUERY PLAN %s", sql[i]);
		assert_int_equal(sqlite3_prepare_v2(conn, explain, -1, &stmt, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
		const char *plan = (const char *)sqlite3_column_text(stmt, 3);
		if (!strstr(plan, "SEARCH") || !strstr(plan, "COVERING INDEX event_about "))
			fail_msg("%s: %s", sql[i], plan);
		assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
		sqlite3_finalize(stmt);
	}
	sqlite3_close(conn);
}

#define BACK_END(name, setup)                                                                                \
	RIG_CASE(every_question_is_answered_in_full, name, setup),                                           \
		RIG_CASE(what_is_trimmed_is_gone_and_what_is_erased_is_empty, name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BACK_END("memory", rig_setup_memory),
		BACK_END("sqlite", rig_setup_sqlite),
		BACK_END("postgres", rig_setup_postgres),
		cmocka_unit_test_setup_teardown(every_row_comes_from_an_index, rig_setup_sqlite,
						rig_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
