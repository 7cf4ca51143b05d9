/* What only the PostgreSQL store can get wrong: servers that refuse, crash, hang or go read-only, connections
 * that are cut before or after a commit, and several nodes on one database. */
#include "store/relay.h"

#include "postgres_inner.h"

#include <time.h>

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
		       "has schema version 99; this Muster knows 1: use a newer one");
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
	assert_int_equal(rig_sql("SELECT count(*) FROM muster.writer"), 0);
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

/* ---- faults ---- */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void end_the_store_s_connections(void)
{
	rig_sql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
		" WHERE application_name = 'muster' AND pid <> pg_backend_pid()");
}

static void an_ended_connection_is_made_anew(void **state)
{
	struct rig *rig = *state;

	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 2);
	end_the_store_s_connections();
	rig_append(rig, "acme", 2, 2);
	end_the_store_s_connections();
	rig_expect(rig->store, "acme", 4);
}

static void a_held_lock_is_waited_for_and_then_not(void **state)
{
	struct rig *rig = *state;
	struct pg *other;
	struct mu_store *store = NULL;
	PGresult *result = NULL;

	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 1);
	assert_int_equal(mu_store_open(rig->url, &store, NULL), MU_OK);
	other = pg_of(store);
	assert_int_equal(pg_db_exec(&other->db, "BEGIN; SELECT key FROM workspace FOR UPDATE", &result),
			 MU_OK);
	PQclear(result);

	const int64_t began_ms = now_ms();

	assert_int_equal(rig_try_append(rig->store, "acme", 1, 1), MU_UNAVAILABLE);
	assert_true(now_ms() - began_ms < 4000);
	assert_non_null(strstr(mu_store_fault(rig->store)->message, "is locked by another program"));
	rig_expect(rig->store, "acme", 1); /* readers don't wait */
	mu_store_close(store);
	rig_append(rig, "acme", 1, 1);
	rig_expect(rig->store, "acme", 2);
}

static void a_server_that_may_only_be_read_is_unavailable(void **state)
{
	struct rig *rig = *state;
	struct mu_head head;

	rig_workspace(rig, "acme");
	rig_sql("ALTER DATABASE muster SET default_transaction_read_only = on");
	end_the_store_s_connections();
	assert_int_equal(rig_try_append(rig->store, "acme", 0, 1), MU_UNAVAILABLE);
	assert_non_null(strstr(mu_store_fault(rig->store)->message, "may only be read"));
	rig_sql("BEGIN READ WRITE; ALTER DATABASE muster RESET default_transaction_read_only; COMMIT");
	while (mu_store_head(rig->store, "acme", &head))
		continue; /* it doesn't try again at once */
	rig_append(rig, "acme", 0, 1);
	rig_expect(rig->store, "acme", 1);
}

/* ---- a commit whose outcome isn't known ---- */

static struct relay *open_behind_a_relay(struct rig *rig)
{
	struct relay *relay = relay_start(rig);

	rig_open(rig);
	rig_workspace(rig, "acme");
	rig_workspace(rig, "b");
	rig_append(rig, "acme", 0, 1);
	return relay;
}

/* One that goes to the server straight. */
static struct mu_store *another_store(void)
{
	struct mu_store *store = NULL;
	char directory[128], url[256];

	rig_server(directory);
	snprintf(url, sizeof(url), "postgres://muster@/muster?host=%s", directory);
	assert_int_equal(mu_store_open(url, &store, NULL), MU_OK);
	return store;
}

static void close_behind_a_relay(struct rig *rig, struct relay *relay)
{
	mu_store_close(rig->store);
	rig->store = NULL;
	relay_stop(relay);
}

static void an_append_that_got_lost_is_sent_again(void **state)
{
	struct rig *rig = *state;
	struct relay *relay = open_behind_a_relay(rig);

	relay_set(relay, RELAY_CUT_BEFORE);
	rig_append(rig, "acme", 1, 3);
	assert_int_equal(atomic_load(&relay->cuts), 1);
	rig_expect(rig->store, "acme", 4);
	close_behind_a_relay(rig, relay);
}

static void a_commit_whose_answer_got_lost_is_known_to_be_there(void **state)
{
	struct rig *rig = *state;
	struct relay *relay = open_behind_a_relay(rig);
	struct mu_store *other = NULL;
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_append batches[] = { rig_batch(&arena, "acme", 1, 3), rig_batch(&arena, "b", 0, 2) };

	/* Another node is first with one of them, and this one doesn't know. */
	rig_append(rig, "b", 0, 0);
	other = another_store();
	assert_int_equal(rig_try_append(other, "b", 0, 1), MU_OK);
	mu_store_close(other);

	relay_set(relay, RELAY_CUT_AFTER);
	assert_int_equal(mu_store_append(rig->store, batches, 2), MU_OK);
	assert_int_equal(atomic_load(&relay->cuts), 1);
	assert_int_equal(batches[0].err, MU_OK);
	assert_int_equal(batches[1].err, MU_CONFLICT);
	rig_expect(rig->store, "acme", 4);
	rig_expect(rig->store, "b", 1);
	close_behind_a_relay(rig, relay);
}

/* The worst of networks: what was given up arrives at the server after all. */
static void a_commit_that_arrives_late_is_refused(void **state)
{
	struct rig *rig = *state;
	struct relay *relay = open_behind_a_relay(rig);
	char said[4096];

	relay_set(relay, RELAY_HOLD);
	rig_append(rig, "acme", 1, 3);
	assert_int_equal(atomic_load(&relay->cuts), 1);
	relay_deliver(relay, said, sizeof(said));
	assert_non_null(strstr(said, "division by zero"));
	rig_expect(rig->store, "acme", 4);

	/* Also where nothing else would refuse it. */
	rig_append(rig, "b", 0, 0);
	relay_set(relay, RELAY_HOLD);
	rig_append(rig, "b", 0, 0);
	relay_deliver(relay, said, sizeof(said));
	assert_non_null(strstr(said, "division by zero"));
	close_behind_a_relay(rig, relay);
}

static void a_silent_server_holds_nobody_for_long(void **state)
{
	struct rig *rig = *state;
	struct relay *relay = open_behind_a_relay(rig);
	struct mu_head head;
	int64_t began_ms = now_ms();

	relay_set(relay, RELAY_SILENT);
	assert_int_equal(rig_try_append(rig->store, "acme", 1, 1), MU_UNAVAILABLE);
	assert_true(now_ms() - began_ms < 12000);

	/* Those that wait behind it don't each wait anew. */
	began_ms = now_ms();
	for (int i = 0; i < 100 && now_ms() - began_ms < 500; i++)
		assert_int_equal(mu_store_head(rig->store, "acme", &head), MU_UNAVAILABLE);
	assert_true(now_ms() - began_ms < 1000);
	relay_set(relay, RELAY_PASS);
	while (mu_store_head(rig->store, "acme", &head))
		assert_true(now_ms() - began_ms < 10000);
	rig_expect(rig->store, "acme", head.seq);
	close_behind_a_relay(rig, relay);
}

/* ---- crashes ---- */

static void server_does(const char *what)
{
	char command[512];

	snprintf(command, sizeof(command), "%s %s %s", MUSTER_POSTGRES_SH, what, getenv(RIG_SERVER));
	assert_int_equal(system(command), 0);
}

#define CRASHES 4

struct writer {
	pthread_t thread;
	struct mu_store *store;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t change;
	int64_t acknowledged;
	bool down; /* the server: until it is up again there is nothing to try */
	bool stopping;
	bool wrong;
};

static bool may_go_on(struct writer *writer)
{
	pthread_mutex_lock(&writer->lock);
	while (writer->down)
		pthread_cond_wait(&writer->change, &writer->lock);

	const bool on = !writer->stopping && !writer->wrong;

	pthread_mutex_unlock(&writer->lock);
	return on;
}

static void note(struct writer *writer, enum mu_err err, int64_t seq)
{
	pthread_mutex_lock(&writer->lock);
	writer->wrong |= err && err != MU_UNAVAILABLE;
	if (!err)
		writer->acknowledged = seq;
	pthread_cond_broadcast(&writer->change);
	pthread_mutex_unlock(&writer->lock);
}

static void set_down(struct writer *writer, bool down)
{
	pthread_mutex_lock(&writer->lock);
	writer->down = down;
	pthread_cond_broadcast(&writer->change);
	pthread_mutex_unlock(&writer->lock);
}

/* Append without end; after a failure go on from what is there, as the hub does. */
static void *write_on(void *arg)
{
	struct writer *writer = arg;
	struct mu_head head = { 0 };

	while (may_go_on(writer)) {
		const enum mu_err err = rig_try_append(writer->store, "acme", head.seq, 2);

		note(writer, err, head.seq += err ? 0 : 2);
		while (err && may_go_on(writer) && mu_store_head(writer->store, "acme", &head))
			continue; /* it doesn't try again at once */
	}
	return NULL;
}

/* False: they didn't come, or something else did. */
static bool wait_for_acknowledged(struct writer *writer, int64_t more)
{
	struct timespec until;
	int late = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 60;
	pthread_mutex_lock(&writer->lock);
	more += writer->acknowledged;
	while (!late && !writer->wrong && writer->acknowledged < more)
		late = pthread_cond_timedwait(&writer->change, &writer->lock, &until);

	const bool came = writer->acknowledged >= more;

	pthread_mutex_unlock(&writer->lock);
	return came;
}

static void nothing_acknowledged_is_lost_by_a_crash_of_the_server(void **state)
{
	struct rig *rig = *state;
	struct writer writer = { .store = rig->store,
				 .lock = PTHREAD_MUTEX_INITIALIZER,
				 .change = PTHREAD_COND_INITIALIZER };

	rig_workspace(rig, "acme");
	assert_int_equal(pthread_create(&writer.thread, NULL, write_on, &writer), 0);
	for (int round = 0; round < CRASHES; round++) {
		assert_true(wait_for_acknowledged(&writer, 40));
		server_does("kill"); /* while it writes */
		set_down(&writer, true);
		server_does("again");
		set_down(&writer, false);
	}
	assert_true(wait_for_acknowledged(&writer, 40));
	pthread_mutex_lock(&writer.lock);
	writer.stopping = true;
	pthread_mutex_unlock(&writer.lock);
	pthread_join(writer.thread, NULL);

	const int64_t seq = rig_head(rig->store, "acme").seq;

	assert_false(writer.wrong);
	assert_true(seq >= writer.acknowledged);
	assert_true(seq <= writer.acknowledged + 2);
	rig_expect(rig->store, "acme", seq);
}

static int setup_closed(void **state)
{
	*state = rig_create_postgres();
	return 0;
}

#define OPEN(test) cmocka_unit_test_setup_teardown(test, rig_setup_postgres, rig_teardown)
#define CLOSED(test) cmocka_unit_test_setup_teardown(test, setup_closed, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CLOSED(what_cannot_be_opened_says_why),
		CLOSED(a_schema_that_is_not_ours_is_left_alone),
		CLOSED(a_user_without_rights_hears_so),
		CLOSED(many_that_open_at_once_make_one_schema),
		CLOSED(a_server_without_a_free_connection_says_so),
		OPEN(everything_outlives_the_store),
		OPEN(a_change_by_hand_is_found),
		OPEN(every_page_comes_from_an_index),
		OPEN(two_stores_never_both_win),
		OPEN(racing_nodes_lose_nothing_and_wait_for_nobody),
		OPEN(an_ended_connection_is_made_anew),
		OPEN(a_held_lock_is_waited_for_and_then_not),
		OPEN(a_server_that_may_only_be_read_is_unavailable),
		CLOSED(an_append_that_got_lost_is_sent_again),
		CLOSED(a_commit_whose_answer_got_lost_is_known_to_be_there),
		CLOSED(a_commit_that_arrives_late_is_refused),
		CLOSED(a_silent_server_holds_nobody_for_long),
		OPEN(nothing_acknowledged_is_lost_by_a_crash_of_the_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
