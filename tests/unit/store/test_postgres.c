/* What only the PostgreSQL store can get wrong: servers that refuse, what is kept, and several nodes on one
 * database. */
#include "store/rig.h"

#include "postgres_inner.h"

#include <pthread.h>

/* ---- opening ---- */

static void expect_refused(const char *url, enum mu_err right, const char *why)
{
	struct mu_fault fault = { 0 };
	struct mu_store *store = NULL;

	assert_int_equal(mu_store_open(url, &store, &fault), right);
	assert_null(store);
	if (!strstr(mu_fault_text(&fault), why))
		fail_msg("%s: %s", url, mu_fault_text(&fault));
}

static void what_cannot_be_opened_says_why(void **state)
{
	struct rig *rig = *state;
	char directory[128], url[320];

	expect_refused("postgres:nowhere", MU_INVALID_PARAMS, "URL can't be read");
	expect_refused("postgres://h/db?colour=red", MU_INVALID_PARAMS, "URL can't be read");
	expect_refused("postgres://me:secret@h/db", MU_INVALID_PARAMS, "PGPASSFILE");
	expect_refused("postgresql://me:secret@h/db", MU_INVALID_PARAMS, "not postgresql");
	expect_refused("postgres://me@127.0.0.1:1/muster", MU_UNAVAILABLE,
		       "muster at 127.0.0.1:1 cannot be reached (Connection refused)");
	snprintf(url, sizeof(url), "postgres://me@/muster?host=%s", rig->dir);
	expect_refused(url, MU_UNAVAILABLE, "cannot be reached (No such file or directory)");
	rig_server(directory);
	snprintf(url, sizeof(url), "postgres://muster@/nothing?host=%s", directory);
	expect_refused(url, MU_UNAVAILABLE, "doesn't exist: make it with createdb");
	snprintf(url, sizeof(url), "postgres://stranger@/muster?host=%s", directory);
	expect_refused(url, MU_UNAVAILABLE, "doesn't let this user in");
}

static void a_schema_that_is_not_ours_is_left_alone(void **state)
{
	struct rig *rig = *state;

	rig_sql("CREATE SCHEMA muster; CREATE TABLE muster.of_somebody (n int)");
	expect_refused(rig->url, MU_UNAVAILABLE, "that isn't ours");
	assert_int_equal(
		rig_sql("SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('muster')"), 1);
	rig_sql("DROP TABLE muster.of_somebody"); /* an empty one was made for us */
	rig_open(rig);
	rig_workspace(rig, "acme");
	rig_sql("UPDATE muster.version SET version = 99");
	expect_refused(rig->url, MU_UNAVAILABLE,
		       "has schema version 99; this Muster knows 3: use a newer one");
}

static void a_user_without_rights_hears_so(void **state)
{
	struct rig *rig = *state;
	char directory[128], url[320];

	(void)rig;
	rig_sql("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN");
	rig_server(directory);
	snprintf(url, sizeof(url), "postgres://guest@/muster?host=%s", directory);
	expect_refused(url, MU_UNAVAILABLE, "make this user the owner");
}

static void *open_one(void *arg)
{
	struct mu_store *store = NULL;

	return mu_store_open(arg, &store, NULL) ? NULL : store;
}

static void many_that_open_at_once_make_one_schema(void **state)
{
	struct rig *rig = *state;
	pthread_t threads[6];
	void *stores[MU_COUNT(threads)];

	for (size_t i = 0; i < MU_COUNT(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, open_one, rig->url), 0);
	for (size_t i = 0; i < MU_COUNT(threads); i++)
		pthread_join(threads[i], &stores[i]);
	for (size_t i = 0; i < MU_COUNT(threads); i++) {
		assert_non_null(stores[i]);
		mu_store_close(stores[i]);
	}
	assert_int_equal(rig_sql("SELECT count(*) FROM muster.version"), 1);
	assert_int_equal(rig_sql("SELECT count(*) FROM muster.node"), 0);
}

static void a_server_without_a_free_connection_says_so(void **state)
{
	struct rig *rig = *state;
	PGconn *others[64];
	size_t n = 0;
	char directory[128], place[192];

	rig_server(directory);
	snprintf(place, sizeof(place), "host=%s user=muster dbname=muster", directory);
	do
		others[n] = PQconnectdb(place);
	while (PQstatus(others[n++]) == CONNECTION_OK && n < MU_COUNT(others));
	expect_refused(rig->url, MU_UNAVAILABLE, "has no connection left");
	while (n > 0)
		PQfinish(others[--n]);
}

/* ---- what is kept ---- */

static void everything_outlives_the_store(void **state)
{
	struct rig *rig = *state;
	AUTO_FREE char *text = NULL;
	int64_t seq = 0;

	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 1200); /* more than one page of reading */
	assert_int_equal(mu_store_snapshot_put(rig->store, "acme", 7, "{}", 2), MU_OK);
	rig_reopen(rig);
	rig_expect(rig->store, "acme", 1200);
	assert_int_equal(mu_store_snapshot_get(rig->store, "acme", &seq, &text), MU_OK);
	assert_int_equal(seq, 7);
	rig_append(rig, "acme", 1200, 3);
	rig_expect(rig->store, "acme", 1203);
}

static void a_change_by_hand_is_found(void **state)
{
	static const struct {
		const char *sql;
		int64_t bad_seq;
	} changes[] = {
		{ "UPDATE muster.event SET payload = '{}' WHERE seq = 4", 4 },
		{ "UPDATE muster.event SET hash = 'x' WHERE seq = 5", 5 },
		{ "DELETE FROM muster.event WHERE seq = 6", 6 },
		{ "DELETE FROM muster.event WHERE seq = 10", 10 },
		{ "UPDATE muster.workspace SET seq = 9", 10 },
	};
	struct rig *rig = *state;

	for (size_t i = 0; i < MU_COUNT(changes); i++) {
		rig_sql("DROP SCHEMA IF EXISTS muster CASCADE");
		rig_reopen(rig);
		rig_workspace(rig, "acme");
		rig_append(rig, "acme", 0, 10);
		rig_sql(changes[i].sql);
		assert_int_equal(rig_verify(rig->store, "acme"), changes[i].bad_seq);
	}
}

/* Each page must come from the index that is in its order. */
static void every_page_comes_from_an_index(void **state)
{
	static const struct {
		enum pg_statement which;
		const char *values; /* of its parameters */
		const char *indexes[2];
	} pages[] = {
		{ PG_EVENT_SCAN, "1, 2, 3", { "event_pkey" } },
		{ PG_AUDIT_ALL, "1, 2, 3, 4, 5", { "audit_at" } },
		{ PG_AUDIT_ACTION, "1, 2, 3, 4, 5, 'a'", { "audit_action" } },
		{ PG_AUDIT_ACTIONS, "1, 2, 3, 4, 5, 'a.'", { "audit_action" } },
		{ PG_AUDIT_USER, "1, 2, 3, 4, 5, 'u', NULL", { "audit_who", "audit_about" } },
		{ PG_HISTORY, "1, 'u', 'a', 4, 5, 6, 7, 8", { "event_about" } },
	};
	struct rig *rig = *state;
	struct pg *pg = pg_of(rig->store);

	for (size_t i = 0; i < MU_COUNT(pages); i++) {
		char sql[160], plan[8192] = "";
		PGresult *result = NULL;

		snprintf(sql, sizeof(sql), "EXPLAIN (COSTS OFF) EXECUTE s%d(%s)", (int)pages[i].which,
			 pages[i].values);
		assert_int_equal(pg_db_ready(&pg->db), MU_OK);
		assert_int_equal(pg_db_exec(&pg->db, sql, &result), MU_OK);
		for (int row = 0; row < PQntuples(result); row++)
			snprintf(plan + strlen(plan), sizeof(plan) - strlen(plan), "%s\n",
				 PQgetvalue(result, row, 0));
		PQclear(result);
		for (size_t j = 0; j < 2 && pages[i].indexes[j]; j++)
			if (!strstr(plan, pages[i].indexes[j]) || strstr(plan, "Seq Scan on event"))
				fail_msg("%s:\n%s", sql, plan);
	}
}

/* ---- several nodes ---- */

static void two_stores_never_both_win(void **state)
{
	struct rig *rig = *state;
	struct mu_store *other = NULL;

	rig_workspace(rig, "acme");
	assert_int_equal(mu_store_open(rig->url, &other, NULL), MU_OK);
	rig_append(rig, "acme", 0, 1);
	assert_int_equal(rig_try_append(other, "acme", 0, 1), MU_CONFLICT);
	assert_int_equal(rig_try_append(other, "acme", 1, 2), MU_OK);
	assert_int_equal(rig_try_append(rig->store, "acme", 1, 1), MU_CONFLICT);
	rig_append(rig, "acme", 3, 1);
	rig_expect(rig->store, "acme", 4);
	rig_expect(other, "acme", 4);
	mu_store_close(other);
}

#define RACE_APPENDS 60

struct racer {
	pthread_t thread;
	struct mu_store *store;
	const char *names[2]; /* in the order in which it appends */
	int won;
	bool failed;
};

/* Append to both workspaces in one transaction, at the heads that were last seen, until RACE_APPENDS of them
 * won. No asserts here: cmocka's belong to its own thread. */
static void *race(void *arg)
{
	struct racer *racer = arg;
	AUTO_ARENA struct mu_arena arena = { 0 };

	while (racer->won < RACE_APPENDS && !racer->failed) {
		struct mu_append batches[2];

		for (size_t i = 0; i < 2; i++) {
			struct mu_head head = { 0 };

			racer->failed |= mu_store_head(racer->store, racer->names[i], &head) != MU_OK;
			batches[i] = rig_batch(&arena, racer->names[i], head.seq, 1);
		}
		racer->failed |= mu_store_append(racer->store, batches, 2) != MU_OK;
		for (size_t i = 0; i < 2; i++) {
			racer->won += batches[i].err == MU_OK;
			racer->failed |= batches[i].err != MU_OK && batches[i].err != MU_CONFLICT;
		}
	}
	return NULL;
}

static void racing_nodes_lose_nothing_and_wait_for_nobody(void **state)
{
	struct rig *rig = *state;
	struct racer racers[] = { { .store = rig->store, .names = { "a", "b" } }, { .names = { "b", "a" } } };

	rig_workspace(rig, "a");
	rig_workspace(rig, "b");
	assert_int_equal(mu_store_open(rig->url, &racers[1].store, NULL), MU_OK);
	for (size_t i = 0; i < MU_COUNT(racers); i++)
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
	for (size_t i = 0; i < MU_COUNT(racers); i++) {
		pthread_join(racers[i].thread, NULL);
		assert_false(racers[i].failed);
	}

	const int64_t a = rig_head(rig->store, "a").seq, b = rig_head(rig->store, "b").seq;

	assert_int_equal(a + b, racers[0].won + racers[1].won);
	rig_expect(rig->store, "a", a);
	rig_expect(racers[1].store, "b", b);
	mu_store_close(racers[1].store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_CLOSED(what_cannot_be_opened_says_why, postgres),
		RIG_CLOSED(a_schema_that_is_not_ours_is_left_alone, postgres),
		RIG_CLOSED(a_user_without_rights_hears_so, postgres),
		RIG_CLOSED(many_that_open_at_once_make_one_schema, postgres),
		RIG_CLOSED(a_server_without_a_free_connection_says_so, postgres),
		RIG_OPEN(everything_outlives_the_store, postgres),
		RIG_OPEN(a_change_by_hand_is_found, postgres),
		RIG_OPEN(every_page_comes_from_an_index, postgres),
		RIG_OPEN(two_stores_never_both_win, postgres),
		RIG_OPEN(racing_nodes_lose_nothing_and_wait_for_nobody, postgres),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
