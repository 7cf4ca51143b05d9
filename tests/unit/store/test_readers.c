/* The worker's readers: what they see, that nobody waits for them, and that they come back when the store
 * does. */
#include "store/bench.h"

#define ROUNDS 200

static int setup_postgres(void **state)
{
	*state = bench_create(rig_create_postgres(), 1000);
	return 0;
}

#define ON_SQLITE(test) cmocka_unit_test_setup_teardown(test, setup_sqlite, teardown)
#define ON_POSTGRES(test) cmocka_unit_test_setup_teardown(test, setup_postgres, teardown)

static bool came_back(struct bench *bench, const struct mu_job *job)
{
	bool found = false;

	pthread_mutex_lock(&bench->sink.lock);
	for (size_t i = 0; i < bench->sink.n; i++)
		found |= bench->sink.jobs[i] == job;
	pthread_mutex_unlock(&bench->sink.lock);
	return found;
}

/* ---- what they see ---- */

static void a_load_sees_what_was_submitted_before_it(void **state)
{
	struct bench *bench = *state;
	struct mu_job *loads[ROUNDS];

	for (int64_t i = 0; i < ROUNDS; i++) {
		submit_append(bench, "a", i, 1);
		loads[i] = submit(bench, mu_job_create(MU_JOB_LOAD, "a"));
	}
	wait_for(bench, 2 * ROUNDS);
	for (size_t i = 0; i < ROUNDS; i++) {
		assert_int_equal(loads[i]->err, MU_OK);
		assert_true(loads[i]->head.seq > (int64_t)i);
		assert_int_equal(loads[i]->n_rows, loads[i]->head.seq);
	}
}

static void a_read_sees_what_came_back_before_it(void **state)
{
	struct bench *bench = *state;

	for (int64_t i = 0; i < ROUNDS; i++) {
		submit_append(bench, "a", i, 1);
		wait_for(bench, 2 * (size_t)i + 1);
		struct mu_job *read = submit_read(bench, "a", i, 10);
		wait_for(bench, 2 * (size_t)i + 2);
		assert_int_equal(read->head.seq, i + 1);
		expect_rows(read, i, 1);
	}
}

/* ---- that nobody waits for them ---- */

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool entered, open;
};

/* What is rebuilt while a test goes on; one at a time. */
static struct gate gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER };

static enum mu_err wait_at_gate(const struct mu_job *job, void **ret_made, struct mu_fault *ret_fault)
{
	pthread_mutex_lock(&gate.lock);
	gate.entered = true;
	pthread_cond_broadcast(&gate.change);
	while (!gate.open)
		pthread_cond_wait(&gate.change, &gate.lock);
	gate.entered = gate.open = false;
	pthread_mutex_unlock(&gate.lock);
	return MU_OK;
}

static struct mu_job *submit_waiting(struct bench *bench, enum mu_job_kind kind)
{
	struct mu_job *job = mu_job_create(kind, "a");

	job->make = wait_at_gate;
	submit(bench, job);
	pthread_mutex_lock(&gate.lock);
	while (!gate.entered)
		pthread_cond_wait(&gate.change, &gate.lock);
	pthread_mutex_unlock(&gate.lock);
	return job;
}

static void open_gate(void)
{
	pthread_mutex_lock(&gate.lock);
	gate.open = true;
	pthread_cond_broadcast(&gate.change);
	pthread_mutex_unlock(&gate.lock);
}

static void an_append_does_not_wait_for_a_load(void **state)
{
	struct bench *bench = *state;
	struct mu_job *load = submit_waiting(bench, MU_JOB_LOAD), *append = submit_append(bench, "a", 0, 3);

	assert_ptr_equal(wait_for(bench, 1), append);
	assert_int_equal(append->err, MU_OK);
	open_gate();
	assert_ptr_equal(wait_for(bench, 2), load);
	assert_int_equal(load->head.seq, 0);
}

static void nobody_waits_for_a_rebuilding(void **state)
{
	struct bench *bench = *state;
	struct mu_job *rebuild = submit_waiting(bench, MU_JOB_REBUILD);

	submit_append(bench, "a", 0, 3);
	wait_for(bench, 1);
	submit(bench, mu_job_create(MU_JOB_LOAD, "a"));
	expect_rows(wait_for(bench, 2), 0, 3);
	submit_read(bench, "a", 1, 10);
	expect_rows(wait_for(bench, 3), 1, 2);
	submit_snapshot(bench, "a", 3, "{}");
	assert_int_equal(wait_for(bench, 4)->err, MU_OK);
	assert_false(came_back(bench, rebuild));
	open_gate();
	assert_ptr_equal(wait_for(bench, 5), rebuild);
	assert_int_equal(rebuild->err, MU_OK);
	assert_int_equal(rebuild->head.seq, 0);
}

static void leaving_finishes_what_readers_were_given(void **state)
{
	struct bench *bench = *state;

	for (int64_t i = 0; i < 100; i++) {
		submit_append(bench, "a", i, 1);
		submit(bench, mu_job_create(MU_JOB_LOAD, "a"));
		submit(bench, mu_job_create(MU_JOB_REBUILD, "a"));
	}
	bench_leave(bench);
	assert_int_equal(bench->sink.n, 300);
	for (size_t i = 0; i < 300; i++)
		assert_int_equal(bench->sink.jobs[i]->err, MU_OK);
}

/* ---- that they do no harm, and come back ---- */

static void a_reader_does_not_write(void **state)
{
	struct bench *bench = *state;
	struct mu_store *reader = NULL;

	submit_append(bench, "a", 0, 3);
	wait_for(bench, 1);
	assert_int_equal(mu_store_reader(bench->rig->store, &reader, NULL), MU_OK);
	assert_int_equal(rig_try_append(reader, "a", 3, 1), MU_UNAVAILABLE);
	assert_non_null(strstr(mu_fault_text(mu_store_fault(reader)), "may not be written to"));
	assert_int_equal(rig_read(reader, "a", 0), 3);
	mu_store_close(reader);
}

/* The file is where the writer has it open, but not where its name says. */
static void a_reader_that_finds_nothing_tries_again_and_stops_no_writes(void **state)
{
	struct bench *bench = *state;
	char away[192];
	struct mu_job *lost, *append, *found;

	snprintf(away, sizeof(away), "%s-away", bench->rig->path);
	assert_int_equal(rename(bench->rig->path, away), 0);
	lost = submit(bench, mu_job_create(MU_JOB_REBUILD, "a"));
	wait_for(bench, 1);
	assert_int_equal(lost->err, MU_UNAVAILABLE);
	assert_non_null(strstr(mu_fault_text(&lost->fault), "cannot be opened"));
	append = submit_append(bench, "a", 0, 2);
	wait_for(bench, 2);
	assert_int_equal(append->err, MU_OK);
	assert_int_not_equal(access(bench->rig->path, F_OK), 0); /* it makes no file of its own */

	assert_int_equal(rename(away, bench->rig->path), 0);
	found = submit(bench, mu_job_create(MU_JOB_REBUILD, "a"));
	wait_for(bench, 3);
	expect_rows(found, 0, 2);
}

/* The server ends the readers' connections, as when it was started anew. */
static void a_reader_whose_connection_ended_connects_again(void **state)
{
	struct bench *bench = *state;

	submit_append(bench, "a", 0, 2);
	submit(bench, mu_job_create(MU_JOB_LOAD, "a"));
	wait_for(bench, 2);
	rig_sql("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
		" WHERE application_name = 'muster'");
	submit(bench, mu_job_create(MU_JOB_LOAD, "a"));
	expect_rows(wait_for(bench, 3), 0, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_SQLITE(a_load_sees_what_was_submitted_before_it),
		ON_POSTGRES(a_load_sees_what_was_submitted_before_it),
		ON_SQLITE(a_read_sees_what_came_back_before_it),
		ON_POSTGRES(a_read_sees_what_came_back_before_it),
		ON_SQLITE(an_append_does_not_wait_for_a_load),
		ON_POSTGRES(an_append_does_not_wait_for_a_load),
		ON_SQLITE(nobody_waits_for_a_rebuilding),
		ON_POSTGRES(nobody_waits_for_a_rebuilding),
		ON_SQLITE(leaving_finishes_what_readers_were_given),
		ON_POSTGRES(leaving_finishes_what_readers_were_given),
		ON_SQLITE(a_reader_does_not_write),
		ON_SQLITE(a_reader_that_finds_nothing_tries_again_and_stops_no_writes),
		ON_POSTGRES(a_reader_whose_connection_ended_connects_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
