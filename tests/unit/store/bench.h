/* A worker for tests, whose `done` can hold it at a job, so that what gathers behind it is known.
 * Thread: the test's, but for on_done. */
#ifndef MUSTER_TEST_STORE_BENCH_H
#define MUSTER_TEST_STORE_BENCH_H

#include "store/rig.h"

#include "muster/store/memory.h"
#include "muster/store/worker.h"

#include <pthread.h>

#define JOBS_MAX 512

/* Where finished jobs arrive. */
struct sink {
	pthread_mutex_t lock;
	pthread_cond_t change;
	struct mu_job *jobs[JOBS_MAX];
	size_t n;
	bool hold; /* the store thread stays in `done` as long as this is set */
};

struct bench {
	struct rig *rig;
	struct mu_metrics metrics;
	struct sink sink;
	struct mu_worker *worker;
};

static inline void on_done(void *arg, struct mu_job *job)
{
	struct sink *sink = arg;

	pthread_mutex_lock(&sink->lock);
	if (sink->n == JOBS_MAX)
		abort();
	sink->jobs[sink->n++] = job;
	pthread_cond_broadcast(&sink->change);
	while (sink->hold)
		pthread_cond_wait(&sink->change, &sink->lock);
	pthread_mutex_unlock(&sink->lock);
}

static inline void set_hold(struct bench *bench, bool hold)
{
	pthread_mutex_lock(&bench->sink.lock);
	bench->sink.hold = hold;
	pthread_cond_broadcast(&bench->sink.change);
	pthread_mutex_unlock(&bench->sink.lock);
}

/* The first n jobs have come back; the last of them is the answer. */
static inline struct mu_job *wait_for(struct bench *bench, size_t n)
{
	pthread_mutex_lock(&bench->sink.lock);
	while (bench->sink.n < n)
		pthread_cond_wait(&bench->sink.change, &bench->sink.lock);
	pthread_mutex_unlock(&bench->sink.lock);
	return bench->sink.jobs[n - 1];
}

static inline struct bench *bench_create(struct rig *rig, size_t max_batch_events)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	bench->rig = rig;
	rig_open(bench->rig);
	rig_workspace(bench->rig, "a");
	rig_workspace(bench->rig, "b");
	mu_metrics_init(&bench->metrics);
	pthread_mutex_init(&bench->sink.lock, NULL);
	pthread_cond_init(&bench->sink.change, NULL);
	assert_int_equal(mu_worker_create(bench->rig->store, &bench->metrics, max_batch_events, on_done,
					  &bench->sink, &bench->worker),
			 MU_OK);
	return bench;
}

/* End the worker; the store is gone with it. */
static inline void bench_leave(struct bench *bench)
{
	mu_worker_destroy(bench->worker);
	bench->worker = NULL;
	bench->rig->store = NULL;
}

static inline void bench_destroy(struct bench *bench)
{
	if (bench->worker)
		bench_leave(bench);
	for (size_t i = 0; i < bench->sink.n; i++)
		mu_job_destroy(bench->sink.jobs[i]);
	pthread_cond_destroy(&bench->sink.change);
	pthread_mutex_destroy(&bench->sink.lock);
	rig_destroy(bench->rig);
	free(bench);
}

static inline int setup(void **state)
{
	*state = bench_create(rig_create(true), 1000);
	return 0;
}

static inline int setup_groups_of_ten(void **state)
{
	*state = bench_create(rig_create(true), 10);
	return 0;
}

static inline int setup_sqlite(void **state)
{
	*state = bench_create(rig_create(false), 50);
	return 0;
}

static inline int teardown(void **state)
{
	bench_destroy(*state);
	return 0;
}

static inline struct mu_job *submit(struct bench *bench, struct mu_job *job)
{
	assert_non_null(job);
	mu_worker_submit(bench->worker, job);
	return job;
}

static inline struct mu_job *submit_append(struct bench *bench, const char *workspace, int64_t expected_seq,
					   size_t n)
{
	struct mu_job *job = mu_job_create(MU_JOB_APPEND, workspace);

	assert_non_null(job);
	job->append = rig_batch(&job->arena, job->workspace, expected_seq, n);
	return submit(bench, job);
}

static inline struct mu_job *submit_read(struct bench *bench, const char *workspace, int64_t after_seq,
					 int64_t limit)
{
	struct mu_job *job = mu_job_create(MU_JOB_READ, workspace);

	assert_non_null(job);
	job->after_seq = after_seq;
	job->limit = limit;
	job->limit_bytes = SIZE_MAX;
	return submit(bench, job);
}

static inline struct mu_job *submit_snapshot(struct bench *bench, const char *workspace, int64_t seq,
					     const char *text)
{
	struct mu_job *job = mu_job_create(MU_JOB_SNAPSHOT, workspace);

	assert_non_null(job);
	job->snapshot_seq = seq;
	job->snapshot = strdup(text);
	return submit(bench, job);
}

static inline void expect_rows(const struct mu_job *job, int64_t after_seq, size_t n)
{
	struct rig_reading reading = { .workspace = job->workspace, .after_seq = after_seq };

	assert_int_equal(job->err, MU_OK);
	assert_int_equal(job->n_rows, n);
	for (size_t i = 0; i < n; i++)
		rig_check_row(&reading, &job->rows[i]);
}

#endif
