/* The store's threads and the group commit.
 *
 * Invariants:
 * - Jobs of one desk come back in the order in which they were submitted.
 * - An append is answered only after the transaction that holds it has ended.
 * - Only the writer's desk writes.
 * Thread: mu_worker_submit in the submitter's, everything else in the desk's. */
#include "muster/store/worker.h"

#include "desk.h"
#include "muster/base/clock.h"

#include <string.h>
#include <time.h>

/* Reading that somebody waits for never stands behind the rebuilding of a whole workspace. */
enum desk { WRITER, READER, REBUILDER, DESKS };

struct mu_worker {
	struct mu_desk desks[DESKS];
	size_t n_desks; /* 1 where the store has no readers: the writer then does everything */
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
	free(job->snapshot);
	mu_arena_finish(&job->arena);
	free(job);
}

static void answer(struct mu_desk *desk, struct mu_job *job, enum mu_err err)
{
	struct mu_worker *worker = desk->owner;

	job->err = err;
	if ((err == MU_UNAVAILABLE || err == MU_FENCED) && desk->store)
		job->fault = *mu_store_fault(desk->store);
	else if (err && !job->fault.err)
		mu_fail(&job->fault, err, "%s", mu_err_info(err)->text);
	worker->done(worker->arg, job);
}

static enum mu_err run_create(struct mu_store *store, struct mu_job *job)
{
	return mu_store_create(store, job->workspace, mu_clock_wall_ms(&mu_clock_system));
}

static bool fits(struct mu_job *job, const struct mu_row *row)
{
	job->bytes += sizeof(*row) + (row->payload ? strlen(row->payload) : 0) + strlen(row->audience);
	job->cut = job->bytes > job->limit_bytes &&
		   (job->kind == MU_JOB_READ || (job->kind == MU_JOB_FOLLOW && job->n_rows));
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
static enum mu_err read_rows(struct mu_store *store, struct mu_job *job, int64_t after_seq, int64_t limit)
{
	int64_t n = job->head.seq - after_seq;

	if (n > limit)
		n = limit;
	if (n > 0) {
		job->rows = mu_arena_alloc(&job->arena, (size_t)n * sizeof(*job->rows));
		if (!job->rows)
			return MU_NO_MEMORY;
	}

	enum mu_err err = mu_store_read(store, job->workspace, after_seq, n > 0 ? n : 0, keep_row, job);

	return err ? err : job->err;
}

static enum mu_err run_read(struct mu_store *store, struct mu_job *job)
{
	enum mu_err err = mu_store_head(store, job->workspace, &job->head);

	return err ? err : read_rows(store, job, job->after_seq, job->limit);
}

static enum mu_err run_audit(struct mu_store *store, struct mu_job *job)
{
	job->rows = mu_arena_alloc(&job->arena, (size_t)job->audit.limit * sizeof(*job->rows));
	if (!job->rows)
		return MU_NO_MEMORY;

	enum mu_err err = mu_store_audit(store, job->workspace, &job->audit, keep_row, job);

	return err ? err : job->err;
}

/* One of the queries, into what is left of the room. */
static enum mu_err run_query(struct mu_store *store, struct mu_job *job, size_t i)
{
	struct mu_history_query query = job->history.queries[i];
	const size_t n = job->n_rows;

	query.limit = job->limit - (int64_t)n;

	enum mu_err err = mu_store_history(store, job->workspace, &query, keep_row, job);

	job->history.n_rows[i] = job->n_rows - n;
	job->history.n_done += (int64_t)job->n_rows < job->limit;
	return err ? err : job->err;
}

static enum mu_err run_history(struct mu_store *store, struct mu_job *job)
{
	struct mu_history_reading *history = &job->history;
	enum mu_err err = MU_OK;

	job->rows = mu_arena_alloc(&job->arena, (size_t)job->limit * sizeof(*job->rows));
	history->n_rows = mu_arena_alloc(&job->arena, history->n_queries * sizeof(*history->n_rows));
	if (!job->rows || !history->n_rows)
		return MU_NO_MEMORY;
	history->rows = job->rows;
	for (size_t i = 0; !err && (int64_t)job->n_rows < job->limit && i < history->n_queries; i++)
		err = run_query(store, job, i);
	return err;
}

/* After which sequence the rows begin that a load gives. */
static int64_t load_from(const struct mu_job *job)
{
	const bool wanted = job->after_seq && job->head.seq - job->after_seq <= job->limit;

	return wanted && job->after_seq < job->snapshot_seq ? job->after_seq : job->snapshot_seq;
}

static enum mu_err run_load(struct mu_store *store, struct mu_job *job)
{
	enum mu_err err = mu_store_snapshot_get(store, job->workspace, &job->snapshot_seq, &job->snapshot);

	if (!err)
		err = mu_store_head(store, job->workspace, &job->head);
	if (err)
		return err;
	err = read_rows(store, job, load_from(job), INT64_MAX);
	if (err == MU_GONE)
		err = read_rows(store, job, job->snapshot_seq, INT64_MAX);
	return !err && job->make ? job->make(job, &job->made, &job->fault) : err;
}

static enum mu_err run_snapshot(struct mu_store *store, struct mu_job *job)
{
	return mu_store_snapshot_put(store, job->workspace, job->snapshot_seq, job->snapshot,
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

static enum mu_err run_list(struct mu_store *store, struct mu_job *job)
{
	enum mu_err err = mu_store_list(store, keep_news, job);

	err = err ? err : job->err;
	return err ? err : mu_store_seat(store);
}

static enum mu_err run_enter(struct mu_store *store, struct mu_job *job)
{
	return mu_store_enter(store, job->node, &job->epoch);
}

static enum mu_err run_fence(struct mu_store *store, struct mu_job *job)
{
	return mu_store_fence(store, job->node, job->epoch);
}

static const struct {
	enum mu_err (*run)(struct mu_store *store, struct mu_job *job);
	enum desk desk;
	bool behind_writes; /* goes through the writer's queue, so that it sees what was only submitted */
} kinds[] = {
	[MU_JOB_APPEND] = { .desk = WRITER }, /* see commit_group */
	[MU_JOB_CREATE] = { .desk = WRITER, .run = run_create },
	[MU_JOB_LOAD] = { .desk = READER, .run = run_load, .behind_writes = true },
	[MU_JOB_READ] = { .desk = READER, .run = run_read },
	[MU_JOB_FOLLOW] = { .desk = WRITER, .run = run_read },
	[MU_JOB_REBUILD] = { .desk = REBUILDER, .run = run_load },
	[MU_JOB_SNAPSHOT] = { .desk = WRITER, .run = run_snapshot },
	[MU_JOB_LIST] = { .desk = WRITER, .run = run_list },
	[MU_JOB_AUDIT] = { .desk = READER, .run = run_audit },
	[MU_JOB_HISTORY] = { .desk = READER, .run = run_history },
	[MU_JOB_ENTER] = { .desk = WRITER, .run = run_enter },
	[MU_JOB_FENCE] = { .desk = WRITER, .run = run_fence },
};

bool mu_job_reads(const struct mu_job *job)
{
	return kinds[job->kind].desk != WRITER;
}

/* ---- the writer's group commit ---- */

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

static void answer_append(struct mu_desk *desk, struct mu_job *job, enum mu_err err)
{
	struct mu_worker *worker = desk->owner;

	job->append.err = err;
	if (!err)
		mu_metrics_observe(worker->metrics, MU_METRIC_COMMIT_SECONDS, now_us() - job->submitted_us);
	/* Only an advice where to read on: without it the submitter asks again. */
	if (err == MU_CONFLICT && mu_store_head(desk->store, job->workspace, &job->head))
		job->head = (struct mu_head){ 0 };
	answer(desk, job, err);
}

/* Commit the appends at the front of the chain together. Returns what follows them. */
static struct mu_msg *commit_group(struct mu_desk *desk, struct mu_msg *chain)
{
	struct mu_worker *worker = desk->owner;
	size_t n = fill_group(worker, chain);
	enum mu_err err = mu_store_append(desk->store, worker->group, n);

	count_commit(worker, n, err);
	for (size_t i = 0; i < n; i++) {
		struct mu_job *job = job_of(chain);

		chain = chain->next;
		answer_append(desk, job, worker->group[i].err);
	}
	return chain;
}

/* ---- the desks ---- */

static struct mu_desk *desk_of(struct mu_worker *worker, const struct mu_job *job)
{
	return &worker->desks[worker->n_desks > 1 ? kinds[job->kind].desk : WRITER];
}

/* A reader's handle is opened when it is first needed, and tried again by the next job if that fails. */
static void run_job(struct mu_desk *desk, struct mu_job *job)
{
	struct mu_worker *worker = desk->owner;
	enum mu_err err = MU_OK;

	if (!desk->store)
		err = mu_store_reader(worker->desks[WRITER].store, &desk->store, &job->fault);
	answer(desk, job, err ? err : kinds[job->kind].run(desk->store, job));
}

static void work(struct mu_desk *desk, struct mu_msg *chain)
{
	while (chain) {
		struct mu_job *job = job_of(chain);
		struct mu_desk *right = desk_of(desk->owner, job);

		if (job->kind == MU_JOB_APPEND) {
			chain = commit_group(desk, chain);
			continue;
		}
		chain = chain->next;
		if (right != desk) {
			mu_queue_push(&right->queue, &job->msg);
			continue;
		}
		desk->rest = chain;
		run_job(desk, job);
		chain = desk->rest;
		desk->rest = NULL;
	}
}

/* A long job lets those pass that wait behind it. */
static void let_pass(void *arg)
{
	struct mu_desk *desk = arg;
	struct mu_msg *rest = desk->rest;

	desk->rest = NULL;
	work(desk, rest);
	work(desk, mu_queue_take(&desk->queue));
}

/* End the first n, the writer before those to whom it hands jobs on. */
static void end_desks(struct mu_worker *worker, size_t n)
{
	for (size_t i = 0; i < n; i++)
		mu_desk_finish(&worker->desks[i]);
}

static enum mu_err start_desks(struct mu_worker *worker, struct mu_store *store)
{
	mu_store_on_pause(store, let_pass, &worker->desks[WRITER]);
	for (size_t i = 0; i < worker->n_desks; i++) {
		enum mu_err err = mu_desk_start(&worker->desks[i], i == WRITER ? store : NULL, work, worker);

		if (err) {
			end_desks(worker, i);
			return err;
		}
	}
	return MU_OK;
}

static void worker_free(struct mu_worker *worker)
{
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
		.n_desks = mu_store_has_readers(store) ? DESKS : 1,
		.metrics = metrics,
		.done = done,
		.arg = arg,
		.group_max = max_batch_events > 0 ? max_batch_events : 1,
	};
	worker->group = calloc(worker->group_max, sizeof(*worker->group));
	if (worker->group)
		err = start_desks(worker, store);
	if (err)
		worker_free(worker);
	else
		*ret_worker = worker;
	return err;
}

void mu_worker_submit(struct mu_worker *worker, struct mu_job *job)
{
	struct mu_desk *desk = kinds[job->kind].behind_writes ? &worker->desks[WRITER] : desk_of(worker, job);

	job->err = MU_OK;
	job->submitted_us = now_us();
	mu_queue_push(&desk->queue, &job->msg);
}

void mu_worker_destroy(struct mu_worker *worker)
{
	if (!worker)
		return;
	end_desks(worker, worker->n_desks);
	for (size_t i = worker->n_desks; i-- > 0;) /* the writer's is the last: the others came of it */
		mu_store_close(worker->desks[i].store);
	worker_free(worker);
}
