/* Large snapshots, which the stores keep in pieces: what is there before, in between and afterwards. */
#include "store/bench.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

#define LARGE ((size_t)2 << 20)

static int setup_file(void **state)
{
	*state = bench_create(rig_create(false), 1000);
	return 0;
}

static int setup_server(void **state)
{
	*state = bench_create(rig_create_postgres(), 1000);
	return 0;
}

#define ON_BOTH(test)                                                                                        \
	cmocka_unit_test_setup_teardown(test, setup_file, teardown),                                         \
		cmocka_unit_test_setup_teardown(test, setup_server, teardown)

/* A text that is nowhere the same. */
static char *large_text(size_t bytes, unsigned seed)
{
	char *text = malloc(bytes + 16);

	for (size_t at = 0; at < bytes; at += 8)
		snprintf(text + at, 9, "%07x\n", (unsigned)(at / 8) + (seed << 24));
	text[bytes] = '\0';
	return text;
}

static void expect_kept(struct mu_store *store, int64_t seq, const char *text)
{
	AUTO_FREE char *kept = NULL;
	int64_t kept_seq = 0;

	assert_int_equal(mu_store_snapshot_get(store, "a", &kept_seq, &kept), MU_OK);
	assert_int_equal(kept_seq, seq);
	rig_same_text(kept, text);
}

static void put(struct mu_store *store, int64_t seq, const char *text)
{
	assert_int_equal(mu_store_snapshot_put(store, "a", seq, text, strlen(text)), MU_OK);
}

static void one_takes_the_place_of_another(void **state)
{
	struct bench *bench = *state;
	AUTO_FREE char *first = large_text(LARGE, 1), *second = large_text(LARGE / 2, 2);
	struct mu_store *store = bench->rig->store; /* nothing was submitted, so it is only ours */

	rig_append(bench->rig, "a", 0, 9);
	put(store, 3, first);
	expect_kept(store, 3, first);
	put(store, 2, second);
	expect_kept(store, 3, first);
	put(store, 3, second);
	expect_kept(store, 3, second);
	put(store, 4, "small");
	expect_kept(store, 4, "small");
	put(store, 5, first);
	expect_kept(store, 5, first);
	put(store, 6, "");
	expect_kept(store, 6, "");
}

static void appends_go_between_the_pieces(void **state)
{
	struct bench *bench = *state;
	AUTO_FREE char *text = large_text(LARGE, 1);
	struct mu_job *snapshot, *append, *then;

	submit_append(bench, "a", 0, 3);
	wait_for(bench, 1);
	set_hold(bench, true);
	submit(bench, mu_job_create(MU_JOB_LIST, NULL));
	wait_for(bench, 2);
	snapshot = submit_snapshot(bench, "a", 3, text);
	append = submit_append(bench, "a", 3, 1);
	submit(bench, mu_job_create(MU_JOB_LIST, NULL));
	then = submit_append(bench, "a", 4, 1);
	set_hold(bench, false);
	assert_ptr_equal(wait_for(bench, 6), snapshot);
	assert_ptr_equal(bench->sink.jobs[2], append);
	assert_ptr_equal(bench->sink.jobs[4], then);
	assert_int_equal(snapshot->err, MU_OK);
	assert_int_equal(append->err, MU_OK);
	assert_int_equal(then->err, MU_OK);
	submit(bench, mu_job_create(MU_JOB_LOAD, "a"));
	wait_for(bench, 7);
	assert_string_equal(bench->sink.jobs[6]->snapshot, text);
	expect_rows(bench->sink.jobs[6], 3, 2);
}

static int pauses_left;

static void die_sometime(void *arg)
{
	if (pauses_left-- == 0)
		kill(getpid(), SIGKILL);
}

/* In a process of its own, which is killed after so many pieces. False: it came to the end. */
static bool put_and_be_killed(const struct rig *rig, const char *text, int pieces)
{
	const pid_t child = fork();
	struct mu_store *store = NULL;
	int status = 0;

	assert_true(child >= 0);
	if (!child) {
		pauses_left = pieces;
		if (mu_store_open(rig->url, &store, NULL))
			_exit(2);
		mu_store_on_pause(store, die_sometime, NULL);
		_exit(mu_store_snapshot_put(store, "a", 9, text, strlen(text)) ? 1 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status))
		return true;
	assert_int_equal(WEXITSTATUS(status), 0);
	return false;
}

static int count_pieces(const struct rig *rig)
{
	sqlite3 *conn = NULL;
	sqlite3_stmt *stmt = NULL;
	int n;

	assert_int_equal(sqlite3_open(rig->path, &conn), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(conn, "SELECT count(*) FROM snapshot_piece", -1, &stmt, NULL),
			 SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(conn);
	return n;
}

/* Whenever it happens, the one before counts or the new one does, and all of it. */
static void a_death_in_between_does_no_harm(void **state)
{
	struct bench *bench = *state;
	AUTO_FREE char *before = large_text(LARGE, 1), *text = large_text(LARGE, 2);
	struct rig *rig = bench->rig;
	bool counts = false;
	int deaths = 0;

	rig_append(rig, "a", 0, 9);
	put(rig->store, 8, before);
	bench_leave(bench);
	while (put_and_be_killed(rig, text, deaths)) {
		struct mu_verdict verdict;
		AUTO_FREE char *kept = NULL;
		int64_t seq = 0;

		deaths++;
		rig_open(rig);
		assert_int_equal(mu_store_snapshot_get(rig->store, "a", &seq, &kept), MU_OK);
		counts |= seq == 9;
		assert_string_equal(kept, counts ? text : before);
		assert_int_equal(mu_store_verify(rig->store, "a", NULL, &verdict), MU_OK);
		assert_int_equal(verdict.bad_seq, 0);
		mu_store_close(rig->store);
		rig->store = NULL;
	}
	rig_open(rig);
	expect_kept(rig->store, 9, text);
	assert_true(deaths > 3);
}

static void what_the_dead_left_is_taken_away(void **state)
{
	struct bench *bench = *state;
	AUTO_FREE char *text = large_text(LARGE, 2);
	struct rig *rig = bench->rig;

	rig_append(rig, "a", 0, 9);
	bench_leave(bench);
	assert_true(put_and_be_killed(rig, text, 5));
	assert_int_equal(count_pieces(rig), 6);
	rig_open(rig);
	put(rig->store, 9, text);
	expect_kept(rig->store, 9, text);
	assert_int_equal(count_pieces(rig), 8);
	put(rig->store, 9, "small");
	assert_int_equal(count_pieces(rig), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH(one_takes_the_place_of_another),
		ON_BOTH(appends_go_between_the_pieces),
		ON_BOTH(a_death_in_between_does_no_harm),
		cmocka_unit_test_setup_teardown(what_the_dead_left_is_taken_away, setup_file, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
