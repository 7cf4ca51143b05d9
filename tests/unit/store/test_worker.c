/* The store's threads: order, group commit, failures, and leaving. On a memory store one thread does
 * everything. */
#include "store/bench.h"

static int64_t metric(struct bench *bench, enum mu_metric which)
{
	return mu_metrics_get(&bench->metrics, which);
}

/* First in a test: let the store thread finish one job and hold it there. What is submitted from now on
 * gathers. */
static void hold_after_one(struct bench *bench)
{
	set_hold(bench, true);
	submit(bench, mu_job_create(MU_JOB_LIST, NULL));
	wait_for(bench, 1);
}

static void a_read_ends_where_it_takes_up_too_much(void **state)
{
	struct bench *bench = *state;
	struct mu_job *append = submit_append(bench, "a", 0, 20), *all, *some;

	all = submit_read(bench, "a", 0, INT64_MAX);
	wait_for(bench, 2);
	expect_rows(all, 0, 20);
	assert_false(all->cut);
	some = mu_job_create(MU_JOB_READ, "a");
	some->limit = INT64_MAX;
	some->limit_bytes = all->bytes / 2;
	submit(bench, some);
	wait_for(bench, 3);
	assert_true(some->cut);
	assert_in_range(some->n_rows, 5, 15);
	expect_rows(some, 0, some->n_rows);
	assert_int_equal(append->err, MU_OK);
}

/* It always gets on. */
static void who_follows_gets_so_many_bytes_or_one_row(void **state)
{
	struct bench *bench = *state;
	struct mu_job *append = submit_append(bench, "a", 0, 20),
		      *all = submit_read(bench, "a", 0, INT64_MAX);

	wait_for(bench, 2);
	assert_int_equal(append->err, MU_OK);

	const size_t limits[] = { 1, all->bytes / 2, SIZE_MAX };
	const size_t least[] = { 1, 5, 20 }, most[] = { 1, 15, 20 };

	for (size_t i = 0; i < MU_COUNT(limits); i++) {
		struct mu_job *job = mu_job_create(MU_JOB_FOLLOW, "a");

		job->limit = INT64_MAX;
		job->limit_bytes = limits[i];
		submit(bench, job);
		wait_for(bench, 3 + i);
		assert_int_equal(job->cut, i < 2);
		assert_in_range(job->n_rows, least[i], most[i]);
		expect_rows(job, 0, job->n_rows);
		assert_int_equal(job->head.seq, 20);
	}
}

static struct mu_job *submit_history(struct bench *bench, const struct mu_history_query *queries, size_t n,
				     int64_t limit)
{
	struct mu_job *job = mu_job_create(MU_JOB_HISTORY, "a");

	assert_non_null(job);
	job->limit = limit;
	job->history = (struct mu_history_reading){ .queries = queries, .n_queries = n };
	return submit(bench, job);
}

/* Of 20 rows u1 has three, nobody has none, u2 has three. */
static void a_history_goes_on_where_its_room_ended(void **state)
{
	static const char *const types[] = { "presence.chosen", "team.changed" };
	struct mu_history_query queries[] = {
		{ .about = "u1", .types = types, .n_types = 2, .to_ms = INT64_MAX },
		{ .about = "nobody", .types = types, .n_types = 2, .to_ms = INT64_MAX },
		{ .about = "u2", .types = types, .n_types = 2, .to_ms = INT64_MAX },
	};
	struct bench *bench = *state;
	struct mu_job *append = submit_append(bench, "a", 0, 20);
	struct mu_job *all = submit_history(bench, queries, MU_COUNT(queries), 100);
	struct mu_job *some = submit_history(bench, queries, MU_COUNT(queries), 4);

	wait_for(bench, 3);
	assert_int_equal(append->err, MU_OK);
	assert_int_equal(all->err, MU_OK);
	assert_int_equal(all->history.n_done, 3);
	assert_int_equal(all->history.n_rows[0], 3);
	assert_int_equal(all->history.n_rows[1], 0);
	assert_int_equal(all->n_rows, 3 + all->history.n_rows[2]);
	for (size_t i = 0; i < all->n_rows; i++)
		assert_string_equal(all->history.rows[i].about, i < 3 ? "u1" : "u2");

	assert_int_equal(some->history.n_done, 2);
	assert_int_equal(some->n_rows, 4);
	assert_int_equal(some->history.n_rows[2], 1);
	queries[2].after_at_ms = some->rows[3].at_ms;
	queries[2].after_seq = some->rows[3].seq;
	struct mu_job *rest = submit_history(bench, queries + 2, 1, 4);
	wait_for(bench, 4);
	assert_int_equal(rest->history.n_done, 1);
	assert_int_equal(rest->n_rows, all->history.n_rows[2] - 1);
	assert_int_equal(rest->rows[0].seq, all->rows[4].seq);
}

static void jobs_come_back_in_order(void **state)
{
	struct bench *bench = *state;
	struct mu_job *sent[JOBS_MAX];
	size_t n = 0;

	hold_after_one(bench);
	for (int64_t i = 0; i < 50; i++) {
		sent[n++] = submit_append(bench, "a", i, 1);
		sent[n++] = submit_append(bench, "b", 2 * i, 2);
		sent[n++] = submit_read(bench, "a", 0, INT64_MAX);
		sent[n++] = submit_snapshot(bench, "b", i, "{}");
		sent[n++] = submit_append(bench, "nowhere", 0, 1);
		sent[n++] = submit(bench, mu_job_create(MU_JOB_LOAD, "b"));
	}
	set_hold(bench, false);
	wait_for(bench, 1 + n);
	for (size_t i = 0; i < n; i++)
		assert_ptr_equal(bench->sink.jobs[1 + i], sent[i]);
}

/* A read sees the appends before it and none of those after it, though all of them waited together. */
static void a_read_keeps_its_place_among_appends(void **state)
{
	struct bench *bench = *state;
	struct mu_job *before, *between, *after;

	hold_after_one(bench);
	before = submit_read(bench, "a", 0, 100);
	submit_append(bench, "a", 0, 3);
	submit_append(bench, "a", 3, 1);
	between = submit_read(bench, "a", 1, 100);
	submit_append(bench, "a", 4, 2);
	after = submit_read(bench, "a", 0, 5);
	set_hold(bench, false);
	wait_for(bench, 7);

	expect_rows(before, 0, 0);
	assert_int_equal(before->head.seq, 0);
	expect_rows(between, 1, 3);
	assert_int_equal(between->head.seq, 4);
	expect_rows(after, 0, 5);
	assert_int_equal(after->head.seq, 6);
	assert_int_equal(metric(bench, MU_METRIC_COMMITS_TOTAL), 2);
}

static void waiting_appends_share_a_transaction(void **state)
{
	struct bench *bench = *state;

	hold_after_one(bench);
	for (int64_t i = 0; i < 100; i++) {
		submit_append(bench, "a", i, 1);
		submit_append(bench, "b", i * 2, 2);
	}
	set_hold(bench, false);
	wait_for(bench, 201);

	for (size_t i = 1; i <= 200; i++)
		assert_int_equal(bench->sink.jobs[i]->err, MU_OK);
	assert_int_equal(metric(bench, MU_METRIC_COMMITS_TOTAL), 1);
	assert_int_equal(metric(bench, MU_METRIC_EVENTS_TOTAL), 300);
	assert_int_equal(metric(bench, MU_METRIC_BATCH_EVENTS), 1);
	assert_int_equal(metric(bench, MU_METRIC_COMMIT_SECONDS), 200);
	assert_int_equal(metric(bench, MU_METRIC_COMMIT_FAILURES_TOTAL), 0);
}

static void a_group_has_its_limit(void **state)
{
	struct bench *bench = *state;

	/* Of at most ten events: 4+4, 4+4, 25 alone, 10, ten times 1. */
	hold_after_one(bench);
	for (int64_t i = 0; i < 4; i++)
		submit_append(bench, "a", i * 4, 4);
	submit_append(bench, "a", 16, 25);
	submit_append(bench, "a", 41, 10);
	for (int64_t i = 0; i < 10; i++)
		submit_append(bench, "a", 51 + i, 1);
	set_hold(bench, false);
	wait_for(bench, 17);

	for (size_t i = 1; i <= 16; i++)
		assert_int_equal(bench->sink.jobs[i]->err, MU_OK);
	assert_int_equal(metric(bench, MU_METRIC_COMMITS_TOTAL), 5);
	assert_int_equal(metric(bench, MU_METRIC_EVENTS_TOTAL), 61);
	submit_read(bench, "a", 0, 100);
	expect_rows(wait_for(bench, 18), 0, 61);
}

static void a_conflict_tells_where_the_log_is(void **state)
{
	struct bench *bench = *state;
	struct mu_job *first, *late, *follower, *other, *lost;

	hold_after_one(bench);
	first = submit_append(bench, "a", 0, 2);
	late = submit_append(bench, "a", 1, 3);
	follower = submit_append(bench, "a", 4, 1);
	other = submit_append(bench, "b", 0, 1);
	lost = submit_append(bench, "nowhere", 0, 1);
	set_hold(bench, false);
	wait_for(bench, 6);

	assert_int_equal(first->err, MU_OK);
	assert_int_equal(other->err, MU_OK);
	assert_int_equal(late->err, MU_CONFLICT);
	assert_int_equal(late->append.err, MU_CONFLICT);
	assert_int_equal(late->head.seq, 2);
	assert_int_equal(follower->err, MU_CONFLICT);
	assert_int_equal(follower->head.seq, 2);
	assert_int_equal(lost->err, MU_NOT_FOUND);
	assert_int_equal(lost->fault.err, MU_NOT_FOUND);
	assert_true(strlen(mu_fault_text(&lost->fault)) > 0);
	assert_int_equal(metric(bench, MU_METRIC_COMMITS_TOTAL), 1);
	assert_int_equal(metric(bench, MU_METRIC_EVENTS_TOTAL), 3);
}

/* The whole group fails, the next one works, and nothing of the first is there. */
static void a_failed_transaction_fails_its_group_only(void **state)
{
	struct bench *bench = *state;
	struct mu_job *load;

	mu_memory_fail_appends(bench->rig->store, 1, MU_MEMORY_FAIL_BEFORE);
	hold_after_one(bench);
	submit_append(bench, "a", 0, 2);
	submit_append(bench, "b", 0, 1);
	load = submit(bench, mu_job_create(MU_JOB_LOAD, "a"));
	submit_append(bench, "a", 0, 1);
	set_hold(bench, false);
	wait_for(bench, 5);

	for (size_t i = 1; i <= 2; i++) {
		assert_int_equal(bench->sink.jobs[i]->err, MU_UNAVAILABLE);
		assert_int_equal(bench->sink.jobs[i]->fault.err, MU_UNAVAILABLE);
		assert_string_equal(bench->sink.jobs[i]->fault.message, "The memory store was told to fail");
	}
	expect_rows(load, 0, 0);
	assert_int_equal(bench->sink.jobs[4]->err, MU_OK);
	assert_int_equal(metric(bench, MU_METRIC_COMMIT_FAILURES_TOTAL), 1);
	assert_int_equal(metric(bench, MU_METRIC_COMMITS_TOTAL), 1);
	assert_int_equal(metric(bench, MU_METRIC_EVENTS_TOTAL), 1);
}

/* The worst case: the answer is a failure, and yet everything is there. Loading anew tells. */
static void a_failure_after_the_commit_is_seen_by_loading(void **state)
{
	struct bench *bench = *state;
	struct mu_job *load;

	mu_memory_fail_appends(bench->rig->store, 2, MU_MEMORY_FAIL_AFTER);
	submit_append(bench, "a", 0, 2);
	assert_int_equal(wait_for(bench, 1)->err, MU_UNAVAILABLE);
	load = submit(bench, mu_job_create(MU_JOB_LOAD, "a"));
	wait_for(bench, 2);
	expect_rows(load, 0, 2);
	assert_int_equal(load->head.seq, 2);
	submit_append(bench, "a", 2, 1);
	assert_int_equal(wait_for(bench, 3)->err, MU_UNAVAILABLE);
	submit_append(bench, "a", 3, 1);
	assert_int_equal(wait_for(bench, 4)->err, MU_OK);

	/* Mended before it failed. */
	mu_memory_fail_appends(bench->rig->store, 9, MU_MEMORY_FAIL_BEFORE);
	mu_memory_fail_appends(bench->rig->store, 0, MU_MEMORY_FAIL_BEFORE);
	submit_append(bench, "a", 4, 1);
	assert_int_equal(wait_for(bench, 5)->err, MU_OK);
}

static void a_load_gives_the_snapshot_and_what_follows(void **state)
{
	struct bench *bench = *state;
	struct mu_job *fresh, *load, *unknown, *beyond;

	fresh = submit(bench, mu_job_create(MU_JOB_LOAD, "a"));
	submit_append(bench, "a", 0, 9);
	submit_snapshot(bench, "a", 6, "{\"at\":6}");
	load = submit(bench, mu_job_create(MU_JOB_LOAD, "a"));
	unknown = submit(bench, mu_job_create(MU_JOB_LOAD, "nowhere"));
	beyond = submit_snapshot(bench, "a", 10, "{}");
	wait_for(bench, 6);

	expect_rows(fresh, 0, 0);
	assert_null(fresh->snapshot);
	assert_int_equal(fresh->snapshot_seq, 0);
	assert_int_equal(fresh->head.epoch, RIG_AT_MS);
	expect_rows(load, 6, 3);
	assert_string_equal(load->snapshot, "{\"at\":6}");
	assert_int_equal(load->snapshot_seq, 6);
	assert_int_equal(load->head.seq, 9);
	assert_int_equal(unknown->err, MU_NOT_FOUND);
	assert_int_equal(beyond->err, MU_CONFLICT);
}

static struct mu_job *load_from(struct bench *bench, int64_t after_seq, int64_t limit)
{
	struct mu_job *job = mu_job_create(MU_JOB_LOAD, "a");

	job->after_seq = after_seq;
	job->limit = limit;
	return submit(bench, job);
}

static void a_load_gives_what_the_submitter_has_not_seen(void **state)
{
	struct bench *bench = *state;
	struct mu_job *behind, *ahead, *too_far, *gone;

	submit_append(bench, "a", 0, 9);
	submit_snapshot(bench, "a", 6, "{}");
	behind = load_from(bench, 4, 5);
	ahead = load_from(bench, 7, 5);
	too_far = load_from(bench, 3, 5);
	wait_for(bench, 5);
	assert_int_equal(mu_store_trim(bench->rig->store, "a", 5), MU_OK);
	gone = load_from(bench, 4, 5);
	wait_for(bench, 6);

	expect_rows(behind, 4, 5);
	assert_int_equal(behind->snapshot_seq, 6);
	expect_rows(ahead, 6, 3);
	expect_rows(too_far, 6, 3);
	expect_rows(gone, 6, 3);
}

static pthread_t made_in;
static int n_unmade;

static enum mu_err make_sum(const struct mu_job *job, void **ret_made, struct mu_fault *ret_fault)
{
	int64_t *sum = calloc(1, sizeof(*sum));

	assert_non_null(sum);
	made_in = pthread_self();
	for (size_t i = 0; i < job->n_rows; i++)
		*sum += job->rows[i].seq;
	*ret_made = sum;
	return MU_OK;
}

static enum mu_err make_nothing(const struct mu_job *job, void **ret_made, struct mu_fault *ret_fault)
{
	return MU_CONFLICT;
}

static void unmake_sum(void *made)
{
	n_unmade++;
	free(made);
}

static void what_is_loaded_is_made_something_of_in_the_store_thread(void **state)
{
	struct bench *bench = *state;
	struct mu_job *load = mu_job_create(MU_JOB_LOAD, "a"), *bad = mu_job_create(MU_JOB_LOAD, "a");

	submit_append(bench, "a", 0, 4);
	load->make = make_sum;
	load->unmake = unmake_sum;
	bad->make = make_nothing;
	submit(bench, load);
	submit(bench, bad);
	wait_for(bench, 3);
	assert_int_equal(load->err, MU_OK);
	assert_int_equal(*(const int64_t *)load->made, 1 + 2 + 3 + 4);
	assert_false(pthread_equal(made_in, pthread_self()));
	assert_int_equal(bad->err, MU_CONFLICT);
	assert_null(bad->made);
	n_unmade = 0;
	load = mu_job_create(MU_JOB_LOAD, NULL);
	make_sum(load, &load->made, NULL);
	load->unmake = unmake_sum;
	mu_job_destroy(load);
	assert_int_equal(n_unmade, 1); /* nobody took it */
}

static void workspaces_are_made_and_listed(void **state)
{
	struct bench *bench = *state;
	struct mu_job *made, *again, *list;

	made = submit(bench, mu_job_create(MU_JOB_CREATE, "c"));
	again = submit(bench, mu_job_create(MU_JOB_CREATE, "c"));
	list = submit(bench, mu_job_create(MU_JOB_LIST, NULL));
	submit_append(bench, "c", 0, 1);
	wait_for(bench, 4);
	assert_int_equal(made->err, MU_OK);
	assert_int_equal(again->err, MU_CONFLICT);
	assert_int_equal(list->err, MU_OK);
	assert_int_equal(list->n_news, 3);
	assert_string_equal(list->news[0].workspace, "a");
	assert_string_equal(list->news[1].workspace, "b");
	assert_string_equal(list->news[2].workspace, "c");
	assert_int_equal(bench->sink.jobs[3]->err, MU_OK);
}

static void leaving_finishes_what_was_submitted(void **state)
{
	struct bench *bench = *state;

	for (int64_t i = 0; i < 300; i++)
		submit_append(bench, "a", i, 1);
	bench_leave(bench);
	assert_int_equal(bench->sink.n, 300);
	for (size_t i = 0; i < 300; i++) {
		assert_int_equal(bench->sink.jobs[i]->err, MU_OK);
		assert_int_equal(bench->sink.jobs[i]->append.expected_seq, i);
	}
	assert_int_equal(metric(bench, MU_METRIC_EVENTS_TOTAL), 300);
	assert_true(metric(bench, MU_METRIC_COMMITS_TOTAL) >= 6);

	/* And it is really there. */
	rig_open(bench->rig);
	rig_expect(bench->rig->store, "a", 300);
}

static void leaving_at_once_is_fine(void **state)
{
	struct bench *bench = *state;

	bench_leave(bench);
	assert_int_equal(bench->sink.n, 0);
	mu_worker_destroy(NULL);
	mu_job_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_read_ends_where_it_takes_up_too_much, setup, teardown),
		cmocka_unit_test_setup_teardown(who_follows_gets_so_many_bytes_or_one_row, setup, teardown),
		cmocka_unit_test_setup_teardown(a_history_goes_on_where_its_room_ended, setup, teardown),
		cmocka_unit_test_setup_teardown(jobs_come_back_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(a_read_keeps_its_place_among_appends, setup, teardown),
		cmocka_unit_test_setup_teardown(waiting_appends_share_a_transaction, setup, teardown),
		cmocka_unit_test_setup_teardown(a_group_has_its_limit, setup_groups_of_ten, teardown),
		cmocka_unit_test_setup_teardown(a_conflict_tells_where_the_log_is, setup, teardown),
		cmocka_unit_test_setup_teardown(a_failed_transaction_fails_its_group_only, setup, teardown),
		cmocka_unit_test_setup_teardown(a_failure_after_the_commit_is_seen_by_loading, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_load_gives_the_snapshot_and_what_follows, setup, teardown),
		cmocka_unit_test_setup_teardown(a_load_gives_what_the_submitter_has_not_seen, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_loaded_is_made_something_of_in_the_store_thread,
						setup, teardown),
		cmocka_unit_test_setup_teardown(workspaces_are_made_and_listed, setup, teardown),
		cmocka_unit_test_setup_teardown(leaving_finishes_what_was_submitted, setup_sqlite, teardown),
		cmocka_unit_test_setup_teardown(leaving_at_once_is_fine, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
