/* The store thread at the end of an epoch. */
#include "store/bench.h"

static struct mu_job *submit_node(struct bench *bench, enum mu_job_kind kind, int64_t epoch)
{
	struct mu_job *job = mu_job_create(kind, NULL);

	assert_non_null(job);
	job->node = mu_arena_strdup(&job->arena, "n1");
	job->epoch = epoch;
	return submit(bench, job);
}

/* All that waits when an epoch ends comes back so, what writes and what reads, until the node enters anew. */
static void an_epoch_ends_amid_the_jobs(void **state)
{
	struct bench *bench = *state;
	struct mu_job *entered = submit_node(bench, MU_JOB_ENTER, 0);

	wait_for(bench, 1);
	assert_int_equal(entered->err, MU_OK);
	set_hold(bench, true);
	submit_append(bench, "a", 0, 1);
	wait_for(bench, 2);

	struct mu_job *first = submit_append(bench, "a", 1, 1);
	struct mu_job *fenced = submit_node(bench, MU_JOB_FENCE, entered->epoch);
	struct mu_job *refused[] = { submit_append(bench, "a", 2, 1), submit_append(bench, "b", 7, 1),
				     submit_snapshot(bench, "a", 1, "{}"),
				     submit(bench, mu_job_create(MU_JOB_CREATE, "c")) };
	struct mu_job *read = mu_job_create(MU_JOB_FOLLOW, "a");

	read->limit = 9;
	read->limit_bytes = SIZE_MAX;
	submit(bench, read);

	struct mu_job *again = submit_node(bench, MU_JOB_ENTER, 0), *last = submit_append(bench, "a", 2, 1);

	set_hold(bench, false);
	assert_ptr_equal(wait_for(bench, 11), last);
	assert_int_equal(first->err, MU_OK);
	assert_int_equal(fenced->err, MU_OK);
	for (size_t i = 0; i < MU_COUNT(refused); i++) {
		assert_int_equal(refused[i]->err, MU_FENCED);
		assert_non_null(strstr(refused[i]->fault.message, "from node n1"));
	}
	assert_int_equal(read->err, MU_OK);
	assert_int_equal(read->n_rows, 2);
	assert_int_equal(again->err, MU_OK);
	assert_true(again->epoch > entered->epoch);
	assert_int_equal(last->err, MU_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_epoch_ends_amid_the_jobs, setup, teardown),
		{ "an_epoch_ends_amid_the_jobs, sqlite", an_epoch_ends_amid_the_jobs, setup_sqlite, teardown,
		  NULL },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
