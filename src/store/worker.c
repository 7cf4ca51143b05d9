/* The store thread and its group commit.
 *
 * Invariants: jobs come back in the order in which they were submitted; an append is answered only after the
 * transaction that holds it has ended.
 * Thread: mu_worker_submit and the wake in the submitter's, everything else in the store thread. */
#include "muster/store/worker.h"

#include "muster/base/clock.h"

#include <string.h>
#include <time.h>

struct mu_worker {
	struct mu_queue queue;
	pthread_t thread;
	pthread_mutex_t lock; /* guards woken and leaving */
	pthread_cond_t wake;
	bool woken;
	bool leaving;
	struct mu_store *store;
	struct mu_metrics *metrics;
	void (*done)(void *arg, struct mu_job *job);
	void *arg;
	struct mu_append *group; /* one transaction's batches, of jobs that follow each other */
	size_t group_max;        /* events, and so batches */
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static struct mu_job *job_of(struct mu_msg *msg)
{
	return MU_CONTAINER_OF(msg, struct mu_job, msg);
}

struct mu_job *mu_job_create(enum mu_job_kind kind, const char *workspace)
{
	struct mu_job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->kind = kind;
	mu_arena_init(&job->arena);
	job->workspace = mu_arena_strdup(&job->arena, workspace);
	if (workspace && !job->workspace) {
		mu_job_destroy(job);
		return NULL;
	}
	return job;
}

void mu_job_destroy(struct mu_job *job)
{
	if (!job)
		return;
	if (job->made)
		job->unmake(job->made);
	mu_arena_finish(&job->arena);
	free(job);
}

static void answer(struct mu_worker *worker, struct mu_job *job, enum mu_err err)
{
	job->err = err;
	if (err == MU_UNAVAILABLE || err == MU_FENCED)
		job->fault = *mu_store_fault(worker->store);
	else if (err)
		mu_fail(&job->fault, err, "%s", mu_err_info(err)->text);
	worker->done(worker->arg, job);
}

static enum mu_err run_create(struct mu_worker *worker, struct mu_job *job)
{
	return mu_store_create(worker->store, job->workspace, mu_clock_wall_ms(&mu_clock_system));
}

static bool fits(struct mu_job *job, const struct mu_row *row)
{
	job->bytes += sizeof(*row) + (row->payload ? strlen(row->payload) : 0) + strlen(row->audience);
	job->cut = job->kind == MU_JOB_READ && job->bytes > job->limit_bytes;
	return !job->cut;
}

static bool keep_row(void *arg, const struct mu_row *row)
{
	struct mu_job *job = arg;
	struct mu_row *copy = &job->rows[job->n_rows];
	const char **texts[] = { &copy->type, &copy->actor, &copy->audience, &copy->payload, &copy->action,
				 &copy->who,  &copy->about, &copy->origin,   &copy->before };

	if (!fits(job, row))
		return false;
	*copy = *row;
	for (size_t i = 0; i < MU_COUNT(texts); i++) {
		const char *text = *texts[i];

		*texts[i] = mu_arena_strdup(&job->arena, text);
		if (text && !*texts[i]) {
			job->err = MU_NO_MEMORY;
			return false;
		}
	}
	job->n_rows++;
	return true;
}

/* The events after after_seq into job->rows, up to job->head.seq and `limit` at most. */
static enum mu_err read_rows(struct mu_worker *worker, struct mu_job *job, int64_t after_seq, int64_t limit)
{
	int64_t n = job->head.seq - after_seq;

	if (n > limit)
		n = limit;
	if (n > 0) {
		job->rows = mu_arena_alloc(&job->arena, (size_t)n * sizeof(*job->rows));
		if (!job->rows)
			return MU_NO_MEMORY;
	}

	enum mu_err err =
		mu_store_read(worker->store, job->workspace, after_seq, n > 0 ? n : 0, keep_row, job);

	return err ? err : job->err;
}

static enum mu_err run_read(struct mu_worker *worker, struct mu_job *job)
{
	enum mu_err err = mu_store_head(worker->store, job->workspace, &job->head);

	return err ? err : read_rows(worker, job, job->after_seq, job->limit);
}

static enum mu_err run_audit(struct mu_worker *worker, struct mu_job *job)
{
	job->rows = mu_arena_alloc(&job->arena, (size_t)job->audit.limit * sizeof(*job->rows));
	if (!job->rows)
		return MU_NO_MEMORY;

	enum mu_err err = mu_store_audit(worker->store, job->workspace, &job->audit, keep_row, job);

	return err ? err : job->err;
}

/* One of the queries, into what is left of the room. */
static enum mu_err run_query(struct mu_worker *worker, struct mu_job *job, size_t i)
{
	struct mu_history_query query = job->history.queries[i];
	const size_t n = job->n_rows;

	query.limit = job->limit - (int64_t)n;

	enum mu_err err = mu_store_history(worker->store, job->workspace, &query, keep_row, job);

	job->history.n_rows[i] = job->n_rows - n;
	job->history.n_done += (int64_t)job->n_rows < job->limit;
	return err ? err : job->err;
}

static enum mu_err run_history(struct mu_worker *worker, struct mu_job *job)
{
	struct mu_history_reading *history = &job->history;
	enum mu_err err = MU_OK;

	job->rows = mu_arena_alloc(&job->arena, (size_t)job->limit * sizeof(*job->rows));
	history->n_rows = mu_arena_alloc(&job->arena, history->n_queries * sizeof(*history->n_rows));
	if (!job->rows || !history->n_rows)
		return MU_NO_MEMORY;
	history->rows = job->rows;
	for (size_t i = 0; !err && (int64_t)job->n_rows < job->limit && i < history->n_queries; i++)
		err = run_query(worker, job, i);
	return err;
}

/* After which sequence the rows begin that a load gives. */
static int64_t load_from(const struct mu_job *job)
{
	const bool wanted = job->after_seq && job->head.seq - job->after_seq <= job->limit;

	return wanted && job->after_seq < job->snapshot_seq ? job->after_seq : job->snapshot_seq;
}

static enum mu_err run_load(struct mu_worker *worker, struct mu_job *job)
{
	AUTO_FREE char *snapshot = NULL;
	enum mu_err err = mu_store_snapshot_get(worker->store, job->workspace, &job->snapshot_seq, &snapshot);

	if (!err)
		err = mu_store_head(worker->store, job->workspace, &job->head);
	if (err)
		return err;
	job->snapshot = mu_arena_strdup(&job->arena, snapshot);
	if (snapshot && !job->snapshot)
		return MU_NO_MEMORY;
	err = read_rows(worker, job, load_from(job), INT64_MAX);
	if (err == MU_GONE)
		err = read_rows(worker, job, job->snapshot_seq, INT64_MAX);
	return !err && job->make ? job->make(job, &job->made) : err;
}

static enum mu_err run_snapshot(struct mu_worker *worker, struct mu_job *job)
{
	return mu_store_snapshot_put(worker->store, job->workspace, job->snapshot_seq, job->snapshot,
				     strlen(job->snapshot));
}

static enum mu_err add_news(struct mu_job *job, const char *workspace, int64_t seq)
{
	const size_t n = job->n_news;
	struct mu_news *news = job->news;

	if (!(n & (n - 1))) { /* a power of two is full */
		news = mu_arena_alloc(&job->arena, (n ? 2 * n : 1) * sizeof(*news));
		if (!news)
			return MU_NO_MEMORY;
		for (size_t i = 0; i < n; i++)
			news[i] = job->news[i];
		job->news = news;
	}
	news[n] = (struct mu_news){ .workspace = mu_arena_strdup(&job->arena, workspace), .seq = seq };
	job->n_news++;
	return news[n].workspace ? MU_OK : MU_NO_MEMORY;
}

static bool keep_news(void *arg, const char *workspace, int64_t seq)
{
	struct mu_job *job = arg;

	job->err = add_news(job, workspace, seq);
	return job->err == MU_OK;
}

static enum mu_err run_list(struct mu_worker *worker, struct mu_job *job)
{
	enum mu_err err = mu_store_list(worker->store, keep_news, job);

	return err ? err : job->err;
}

static enum mu_err run_enter(struct mu_worker *worker, struct mu_job *job)
{
	return mu_store_enter(worker->store, job->node, &job->epoch);
}

static enum mu_err run_fence(struct mu_worker *worker, struct mu_job *job)
{
	return mu_store_fence(worker->store, job->node, job->epoch);
}

static enum mu_err (*const run[])(struct mu_worker *worker, struct mu_job *job) = {
	[MU_JOB_APPEND] = NULL, /* see commit_group */
	[MU_JOB_CREATE] = run_create, [MU_JOB_LOAD] = run_load,         [MU_JOB_READ] = run_read,
	[MU_JOB_FOLLOW] = run_read,   [MU_JOB_SNAPSHOT] = run_snapshot, [MU_JOB_LIST] = run_list,
	[MU_JOB_AUDIT] = run_audit,   [MU_JOB_HISTORY] = run_history,   [MU_JOB_ENTER] = run_enter,
	[MU_JOB_FENCE] = run_fence,
};

/* Put the appends at the front of the chain into worker->group: at least one, then as many as fit. Returns
 * how many. */
static size_t fill_group(struct mu_worker *worker, struct mu_msg *chain)
{
	size_t n = 0, events = 0;

	for (; chain && n < worker->group_max; chain = chain->next) {
		const struct mu_job *job = job_of(chain);

		if (job->kind != MU_JOB_APPEND)
			break;
		if (n > 0 && events + job->append.n > worker->group_max)
			break;
		events += job->append.n;
		worker->group[n] = job->append;
		worker->group[n++].workspace = job->workspace;
	}
	return n;
}

static void count_commit(struct mu_worker *worker, size_t n, enum mu_err err)
{
	int64_t events = 0;

	if (err) {
		mu_metrics_add(worker->metrics, MU_METRIC_COMMIT_FAILURES_TOTAL, 1);
		return;
	}
	for (size_t i = 0; i < n; i++)
		events += worker->group[i].err ? 0 : (int64_t)worker->group[i].n;
	mu_metrics_add(worker->metrics, MU_METRIC_COMMITS_TOTAL, 1);
	mu_metrics_add(worker->metrics, MU_METRIC_EVENTS_TOTAL, events);
	mu_metrics_observe(worker->metrics, MU_METRIC_BATCH_EVENTS, events);
}

static void answer_append(struct mu_worker *worker, struct mu_job *job, enum mu_err err)
{
	job->append.err = err;
	if (!err)
		mu_metrics_observe(worker->metrics, MU_METRIC_COMMIT_SECONDS, now_us() - job->submitted_us);
	/* Only an advice where to read on: without it the submitter asks again. */
	if (err == MU_CONFLICT && mu_store_head(worker->store, job->workspace, &job->head))
		job->head = (struct mu_head){ 0 };
	answer(worker, job, err);
}

/* Commit the appends at the front of the chain together. Returns what follows them. */
static struct mu_msg *commit_group(struct mu_worker *worker, struct mu_msg *chain)
{
	size_t n = fill_group(worker, chain);
	enum mu_err err = mu_store_append(worker->store, worker->group, n);

	count_commit(worker, n, err);
	for (size_t i = 0; i < n; i++) {
		struct mu_job *job = job_of(chain);

		chain = chain->next;
		answer_append(worker, job, worker->group[i].err);
	}
	return chain;
}

static void run_chain(struct mu_worker *worker, struct mu_msg *chain)
{
	while (chain) {
		struct mu_job *job = job_of(chain);

		if (job->kind == MU_JOB_APPEND) {
			chain = commit_group(worker, chain);
		} else {
			chain = chain->next;
			answer(worker, job, run[job->kind](worker, job));
		}
	}
}

static void wake_up(void *arg)
{
	struct mu_worker *worker = arg;

	pthread_mutex_lock(&worker->lock);
	worker->woken = true;
	pthread_cond_signal(&worker->wake);
	pthread_mutex_unlock(&worker->lock);
}

/* Wait until there may be jobs. False when the thread shall end after those that are there. */
static bool wait_for_jobs(struct mu_worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	while (!worker->woken)
		pthread_cond_wait(&worker->wake, &worker->lock);
	worker->woken = false;

	bool leaving = worker->leaving;

	pthread_mutex_unlock(&worker->lock);
	return !leaving;
}

static void *store_thread(void *arg)
{
	struct mu_worker *worker = arg;
	bool stays;

	do {
		stays = wait_for_jobs(worker);
		run_chain(worker, mu_queue_take(&worker->queue));
	} while (stays);
	return NULL;
}

static void worker_free(struct mu_worker *worker)
{
	pthread_cond_destroy(&worker->wake);
	pthread_mutex_destroy(&worker->lock);
	mu_queue_finish(&worker->queue);
	free(worker->group);
	free(worker);
}

enum mu_err mu_worker_create(struct mu_store *store, struct mu_metrics *metrics, size_t max_batch_events,
			     void (*done)(void *arg, struct mu_job *job), void *arg,
			     struct mu_worker **ret_worker)
{
	struct mu_worker *worker = malloc(sizeof(*worker));
	enum mu_err err = MU_NO_MEMORY;

	if (!worker)
		return err;
	*worker = (struct mu_worker){
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.wake = PTHREAD_COND_INITIALIZER,
		.store = store,
		.metrics = metrics,
		.done = done,
		.arg = arg,
		.group_max = max_batch_events > 0 ? max_batch_events : 1,
	};
	if (mu_queue_init(&worker->queue, wake_up, worker)) {
		free(worker);
		return err;
	}
	worker->group = calloc(worker->group_max, sizeof(*worker->group));
	if (!worker->group)
		goto fail;
	if (pthread_create(&worker->thread, NULL, store_thread, worker)) {
		err = MU_INTERNAL;
		goto fail;
	}
	*ret_worker = worker;
	return MU_OK;
fail:
	worker_free(worker);
	return err;
}

void mu_worker_submit(struct mu_worker *worker, struct mu_job *job)
{
	job->err = MU_OK;
	job->submitted_us = now_us();
	mu_queue_push(&worker->queue, &job->msg);
}

void mu_worker_destroy(struct mu_worker *worker)
{
	if (!worker)
		return;
	pthread_mutex_lock(&worker->lock);
	worker->leaving = true;
	pthread_mutex_unlock(&worker->lock);
	wake_up(worker);
	pthread_join(worker->thread, NULL);

	mu_store_close(worker->store);
	worker_free(worker);
}
