/* The audit log's view of a log, over every back-end: random logs and questions against a model that looks at
 * every row, pages while new rows arrive, and what a page costs in a long log. */
#include "store/wild_log.h"

#include "sqlite_audit.h"

#define USERS 4

static const char *const actions[] = { "auth.login", "auth.login_failed", "presence.away", "team.created",
				       "user.updated" };
static const char *const questions[] = { NULL,    "auth.",    "auth.login", "presence.away",
					 "team.", "nothing.", "auth.logi",  ".",
					 "",      "user." };

static const char *some_user(struct wild_log *log)
{
	unsigned i = wild_next(log, USERS + 1);

	return i ? mu_arena_printf(&log->arena, "u%u", i) : NULL;
}

static void choose(struct wild_log *log, struct mu_row *row)
{
	row->action = wild_next(log, 5) ? actions[wild_next(log, MU_COUNT(actions))] : NULL;
	row->who = row->action ? some_user(log) : NULL;
	row->about = row->action ? some_user(log) : NULL;
}

static bool is_text(const char *a, const char *b)
{
	return a && !strcmp(a, b);
}

/* What the contract says, word by word. */
static bool wanted(const struct mu_row *row, const struct mu_audit_query *query)
{
	size_t n = query->action ? strlen(query->action) : 0;

	if (!row->action || row->at_ms < query->from_ms || (query->to_ms && row->at_ms >= query->to_ms))
		return false;
	if (query->user && !is_text(row->who, query->user) && !is_text(row->about, query->user))
		return false;
	if (query->action && n && query->action[n - 1] == '.')
		return !strncmp(row->action, query->action, n);
	return !query->action || !strcmp(row->action, query->action);
}

static bool newer(const struct mu_row *a, const struct mu_row *b)
{
	return a->at_ms != b->at_ms ? a->at_ms > b->at_ms : a->seq > b->seq;
}

/* The newest wanted row that comes after `last` (NULL: the newest of all) in a log of n rows. */
static const struct mu_row *next_wanted(const struct wild_log *log, int64_t n,
					const struct mu_audit_query *query, const struct mu_row *last)
{
	const struct mu_row *best = NULL;

	for (int64_t i = 0; i < n; i++) {
		const struct mu_row *row = &log->rows[i];

		if (wanted(row, query) && (!last || newer(last, row)) && (!best || newer(row, best)))
			best = row;
	}
	return best;
}

struct paging {
	const struct wild_log *log;
	int64_t counted; /* rows of the log that belong to this walk */
	const struct mu_audit_query *query;
	const struct mu_row *last;
	int64_t n; /* rows of this page */
};

static bool check_row(void *arg, const struct mu_row *row)
{
	struct paging *paging = arg;

	if (row->seq > paging->counted) { /* arrived meanwhile, with a time from before */
		paging->last = &paging->log->rows[row->seq - 1];
		assert_true(wanted(paging->last, paging->query));
	} else {
		const struct mu_row *right =
			next_wanted(paging->log, paging->counted, paging->query, paging->last);

		assert_non_null(right);
		rig_same_row(row, right);
		paging->last = right;
	}
	paging->n++;
	return true;
}

/* All pages of a question, while the log grows between two of them. */
static void walk(struct rig *rig, struct wild_log *log, struct mu_audit_query query)
{
	struct paging paging = { .log = log, .counted = log->n, .query = &query };

	do {
		paging.n = 0;
		assert_int_equal(mu_store_audit(rig->store, "acme", &query, check_row, &paging), MU_OK);
		assert_true(paging.n <= query.limit);
		if (paging.n) {
			query.after_at_ms = paging.last->at_ms;
			query.after_seq = paging.last->seq;
		}
		wild_grow_some(rig, log);
	} while (paging.n == query.limit);
	assert_null(next_wanted(log, paging.counted, &query, paging.last));
}

static void ask(struct rig *rig, struct wild_log *log)
{
	struct mu_audit_query query = {
		.user = some_user(log),
		.action = questions[wild_next(log, MU_COUNT(questions))],
		.limit = 1 + wild_next(log, 9),
	};

	if (wild_next(log, 2))
		query.from_ms = RIG_AT_MS - 10 + wild_next(log, WILD_ROWS / 2);
	if (wild_next(log, 2))
		query.to_ms = RIG_AT_MS - 10 + wild_next(log, WILD_ROWS / 2);
	walk(rig, log, query);
}

static void every_question_is_answered_in_full(void **state)
{
	wild_ask(*state, 7, choose, ask);
}

static int64_t count_of(struct rig *rig, const struct mu_audit_query *query)
{
	int64_t n = 0;

	assert_int_equal(mu_store_audit(rig->store, "acme", query, wild_count, &n), MU_OK);
	return n;
}

static void what_is_trimmed_is_gone_and_what_is_erased_is_empty(void **state)
{
	struct rig *rig = *state;
	const struct mu_audit_query all = { .limit = 100 };
	const struct mu_audit_query of_u1 = { .user = "u1", .limit = 100 };
	int64_t before;

	rig_workspace(rig, "acme");
	assert_int_equal(count_of(rig, &all), 0);
	rig_append(rig, "acme", 0, 16); /* of each four, three are for the audit log */
	assert_int_equal(count_of(rig, &all), 12);
	before = count_of(rig, &of_u1);
	assert_int_equal(mu_store_erase(rig->store, "acme", 6), MU_OK);
	assert_int_equal(count_of(rig, &of_u1), before);
	assert_int_equal(rig_judge(rig->store, "acme", NULL).erased, 1);
	assert_int_equal(mu_store_snapshot_put(rig->store, "acme", 16, "{}", 2), MU_OK);
	assert_int_equal(mu_store_trim(rig->store, "acme", 8), MU_OK);
	assert_int_equal(count_of(rig, &all), 6);
	assert_int_equal(mu_store_audit(rig->store, "nowhere", &all, wild_count, &before), MU_NOT_FOUND);
}

/* SQLite must find each page by an index that is in the page's order: no sorting, no walking. */
static void every_page_comes_from_an_index(void **state)
{
	static const char *const sql[] = { MU_AUDIT_SQL(0) };
	static const char *const indexes[] = { [MU_AUDIT_ACTIONS] = "audit_action",
					       [MU_AUDIT_ALL] = "audit_at",
					       [MU_AUDIT_ACTION] = "audit_action",
					       [MU_AUDIT_WHO] = "audit_who",
					       [MU_AUDIT_ABOUT] = "audit_about" };
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
		if (!strstr(plan, indexes[i]) || !strstr(plan, "SEARCH"))
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
		cmocka_unit_test_setup_teardown(every_page_comes_from_an_index, rig_setup_sqlite,
						rig_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
