/* Nodes on one PostgreSQL database: once an epoch is over no write of it becomes true, whatever its process
 * and its connection were in the middle of. */
#include "store/relay.h"

#include "postgres_inner.h"

#include <signal.h>
#include <sys/wait.h>

/* Run SQL on a store's own connection. */
static enum mu_err say(struct mu_store *store, const char *sql)
{
	AUTO_RESULT PGresult *result = NULL;
	struct pg *pg = pg_of(store);

	pg_db_go_on(&pg->db);
	return pg_db_exec(&pg->db, sql, &result);
}

/* What an append does up to the point at which its process is stopped. */
static const char *const half_an_append = "BEGIN; SELECT FROM node WHERE id = 'n1' FOR SHARE;"
					  " UPDATE workspace SET seq = seq + 1 WHERE id = 'acme'";

static void make_log(struct rig *rig)
{
	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 3);
}

static void a_write_that_was_begun_ends_with_its_epoch(void **state)
{
	struct rig *rig = *state;
	struct mu_store *other = rig_another(rig);
	const int64_t epoch = rig_enter(rig->store, "n1"), began_ms = rig_now_ms();

	make_log(rig);
	assert_int_equal(say(rig->store, half_an_append), MU_OK);
	assert_int_equal(mu_store_fence(other, "n1", epoch), MU_OK);
	assert_true(rig_now_ms() - began_ms < 1000); /* nobody waited for it */
	assert_int_equal(say(rig->store, "COMMIT"), MU_UNAVAILABLE);
	assert_int_equal(rig_try_append(rig->store, "acme", 3, 1), MU_FENCED);
	rig_expect(other, "acme", 3);

	/* The same when the node itself enters anew, in another process. */
	rig_enter(rig->store, "n1");
	assert_int_equal(say(rig->store, half_an_append), MU_OK);
	rig_enter(other, "n1");
	assert_int_equal(say(rig->store, "COMMIT"), MU_UNAVAILABLE);
	assert_int_equal(rig_try_append(other, "acme", 3, 1), MU_OK);
	assert_int_equal(rig_try_append(rig->store, "acme", 4, 1), MU_FENCED);
	rig_expect(other, "acme", 4);
	mu_store_close(other);
}

/* Where the server's process can't be ended the epoch isn't over before the transaction is. */
static void a_write_that_cannot_be_ended_is_waited_for(void **state)
{
	struct rig *rig = *state;
	struct mu_store *other = rig_another(rig);
	const int64_t epoch = rig_enter(rig->store, "n1");

	make_log(rig);
	rig_sql("UPDATE muster.node SET backend = 0");
	assert_int_equal(say(rig->store, half_an_append), MU_OK);
	assert_int_equal(mu_store_fence(other, "n1", epoch), MU_UNAVAILABLE);
	assert_non_null(strstr(mu_store_fault(other)->message, "is locked by another program"));
	assert_int_equal(say(rig->store, "ROLLBACK"), MU_OK);
	rig_append(rig, "acme", 3, 1); /* it wasn't over */
	assert_int_equal(mu_store_fence(other, "n1", epoch), MU_OK);
	assert_int_equal(rig_try_append(rig->store, "acme", 4, 1), MU_FENCED);
	rig_expect(other, "acme", 4);
	mu_store_close(other);
}

static void a_lost_connection_ends_no_epoch(void **state)
{
	struct rig *rig = *state;
	const int64_t epoch = rig_enter(rig->store, "n1");

	make_log(rig);
	for (int64_t seq = 3; seq < 6; seq++) {
		rig_sql("SELECT pg_terminate_backend(backend, 5000) FROM muster.node");
		rig_append(rig, "acme", seq, 1);
		assert_int_equal(rig_sql("SELECT epoch FROM muster.node"), epoch);
	}
	assert_int_equal(mu_store_fence(rig->store, "n1", epoch), MU_OK);
	assert_int_equal(rig_sql("SELECT count(*) FROM muster.node"), 0);
}

static void who_was_fenced_while_away_finds_out_and_reads_on(void **state)
{
	struct rig *rig = *state;
	struct mu_store *other = rig_another(rig);
	const int64_t epoch = rig_enter(rig->store, "n1");

	make_log(rig);
	rig_sql("SELECT pg_terminate_backend(backend, 5000) FROM muster.node");
	assert_int_equal(mu_store_fence(other, "n1", epoch), MU_OK);
	rig_expect(rig->store, "acme", 3);
	assert_int_equal(rig_try_append(rig->store, "acme", 3, 1), MU_FENCED);
	rig_expect(rig->store, "acme", 3);
	assert_true(rig_enter(rig->store, "n1") > epoch);
	rig_append(rig, "acme", 3, 1);
	mu_store_close(other);
}

static void an_append_that_arrives_after_the_fence_is_refused(void **state)
{
	struct rig *rig = *state;
	struct relay *relay = relay_start(rig);
	int64_t epoch;
	char said[4096];

	rig_open(rig);
	epoch = rig_enter(rig->store, "n1");
	make_log(rig);
	rig_sql("UPDATE muster.node SET backend = 0");
	relay_set(relay, RELAY_HOLD);
	rig_append(rig, "acme", 3, 0);
	assert_int_equal(mu_store_fence(rig->store, "n1", epoch), MU_OK);
	relay_deliver(relay, said, sizeof(said));
	assert_non_null(strstr(said, "division by zero"));
	rig_expect(rig->store, "acme", 3);
	mu_store_close(rig->store);
	rig->store = NULL;
	relay_stop(relay);
}

/* ---- processes that are stopped ---- */

#define STOPS 12

/* A node in a process of its own: it tells of each append, and at last with which error it ended. */
static int write_without_end(const struct rig *rig, int tell)
{
	struct mu_store *store = NULL;
	struct mu_head head;
	int64_t epoch;
	enum mu_err err;

	if (mu_store_open(rig->url, &store, NULL) || mu_store_enter(store, "n1", &epoch) ||
	    mu_store_head(store, "acme", &head))
		return 1;
	do {
		err = rig_try_append(store, "acme", head.seq, 40);
		head.seq += err ? 0 : 40;
		if (!err && write(tell, "+", 1) != 1)
			return 1;
	} while (!err);
	mu_store_close(store);
	return err == MU_FENCED ? 0 : 1;
}

static void wait_for_appends(int from, unsigned n)
{
	char told[64];

	while (n > 0) {
		const ssize_t got = read(from, told, n < sizeof(told) ? n : sizeof(told));

		assert_true(got > 0);
		n -= (unsigned)got;
	}
}

static int64_t newest_epoch(void)
{
	return rig_sql("SELECT epoch FROM muster.node WHERE id = 'n1'");
}

static void expect_end(pid_t writer)
{
	int status = 0;

	assert_int_equal(waitpid(writer, &status, 0), writer);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Fence a writing process at some moment, stopped before or not. Nothing of it is written afterwards. */
static void fence_a_writer(struct rig *rig, unsigned after, bool stopped)
{
	int told[2];
	int64_t seq;

	assert_int_equal(pipe(told), 0);

	const pid_t writer = fork();

	assert_true(writer >= 0);
	if (writer == 0)
		_exit(write_without_end(rig, told[1]));
	close(told[1]);
	wait_for_appends(told[0], after);
	if (stopped)
		assert_int_equal(kill(writer, SIGSTOP), 0);
	assert_int_equal(mu_store_fence(rig->store, "n1", newest_epoch()), MU_OK);
	seq = rig_head(rig->store, "acme").seq;
	if (stopped)
		assert_int_equal(kill(writer, SIGCONT), 0);
	while (read(told[0], (char[64]){ 0 }, 64) > 0)
		continue;
	close(told[0]);
	expect_end(writer);
	rig_expect(rig->store, "acme", seq);
}

static void a_process_that_is_fenced_writes_nothing_more(void **state)
{
	struct rig *rig = *state;

	rig_workspace(rig, "acme");
	for (unsigned i = 0; i < STOPS; i++)
		fence_a_writer(rig, 1 + i % 5, i % 3 != 0);
}

/* ---- rows that nobody needs ---- */

static void what_was_not_seen_for_long_is_cleaned_away(void **state)
{
	struct rig *rig = *state;
	struct mu_store *other = rig_another(rig);

	rig_enter(rig->store, "n1");
	make_log(rig);
	rig_sql("INSERT INTO muster.node SELECT 'gone' || n, 0, 0, 0, now(), now() - n * interval '1 day'"
		" FROM generate_series(29, 40) AS n");
	rig_sql("UPDATE muster.node SET seen = now() - interval '99 days' WHERE id = 'n1'");
	rig_enter(other, "n2");
	assert_int_equal(rig_sql("SELECT count(*) FROM muster.node WHERE id LIKE 'gone%'"), 1);
	rig_append(rig, "acme", 3, 1); /* it is connected all the time */

	rig_sql("UPDATE muster.node SET backend = 0 WHERE id = 'n1'");
	rig_enter(other, "n2");
	assert_int_equal(rig_try_append(rig->store, "acme", 4, 1), MU_FENCED);
	mu_store_close(other);
}

static void who_only_reads_leaves_nothing_behind(void **state)
{
	struct rig *rig = *state;
	struct mu_store *other = rig_another(rig);

	make_log(rig);
	rig_expect(other, "acme", 3);
	assert_int_equal(rig_sql("SELECT count(*) FROM muster.node"), 1);
	rig_reopen(rig);
	assert_int_equal(rig_sql("SELECT count(*) FROM muster.node"), 0);

	/* One whose row is gone although it didn't enter goes on at its next call. */
	rig_append(rig, "acme", 3, 1);
	rig_sql("DELETE FROM muster.node");
	assert_int_equal(rig_try_append(rig->store, "acme", 4, 1), MU_UNAVAILABLE);
	rig_append(rig, "acme", 4, 1);
	rig_expect(rig->store, "acme", 5);
	mu_store_close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_OPEN(a_write_that_was_begun_ends_with_its_epoch, postgres),
		RIG_OPEN(a_write_that_cannot_be_ended_is_waited_for, postgres),
		RIG_OPEN(a_lost_connection_ends_no_epoch, postgres),
		RIG_OPEN(who_was_fenced_while_away_finds_out_and_reads_on, postgres),
		RIG_CLOSED(an_append_that_arrives_after_the_fence_is_refused, postgres),
		RIG_OPEN(a_process_that_is_fenced_writes_nothing_more, postgres),
		RIG_OPEN(what_was_not_seen_for_long_is_cleaned_away, postgres),
		RIG_OPEN(who_only_reads_leaves_nothing_behind, postgres),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
