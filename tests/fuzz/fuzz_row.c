/* Rows of the log and lines of a snapshot, whoever wrote them: a line is TYPE TIME DATA, "|" ends the
 * snapshot, and what comes first is the world's. What can be applied can be condensed, and that gives the
 * same state. Data that is written as this program writes reads as the same written otherwise. */
#include "tame.h"

#include "hub/state.h"
#include "muster/model/event.h"
#include "muster/wire/codec.h"

#include <string.h>

#define LINES_MOST 48
#define KEEP_MS 3600000

struct log {
	struct mu_arena arena;
	struct mu_buf snapshot;
	int64_t snapshot_seq;
	bool in_rows;
	struct mu_row rows[LINES_MOST + 64];
	size_t n;
};

/* False: not at all. */
static bool read_again(const struct mu_event_type *type, const char *data, struct mu_buf *again)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	void *record = mu_arena_alloc(&arena, type->shape->size);

	HOLDS(record);
	if (mu_codec_read_text(type->shape, data, strlen(data), &arena, record))
		return false;
	mu_codec_write(type->shape, record, MU_FORM_LOG, again);
	return true;
}

static void check_ways(const char *name, const char *data)
{
	const struct mu_event_type *type = mu_event_type_find(name);
	AUTO_BUF struct mu_buf spaced = { 0 }, quick = { 0 }, general = { 0 };

	if (!type || !data)
		return;
	mu_buf_printf(&spaced, " %s", data);
	HOLDS(read_again(type, data, &quick) == read_again(type, mu_buf_text(&spaced), &general));
	HOLDS(!strcmp(mu_buf_text(&quick), mu_buf_text(&general)));
}

static void take(void *arg, char *line)
{
	struct log *log = arg;
	struct mu_row *row = &log->rows[log->n];
	char *rest = line, *type, *time;

	if (!strcmp(line, "|")) {
		log->in_rows = true;
		return;
	}
	if (!log->in_rows) {
		log->snapshot_seq++;
		mu_buf_printf(&log->snapshot, "%s\n", line);
		return;
	}
	type = strsep(&rest, " ");
	time = rest ? strsep(&rest, " ") : NULL;
	if (!time)
		return;
	check_ways(type, rest);
	*row = (struct mu_row){ .seq = log->snapshot_seq + (int64_t)++log->n,
				.at_ms = strtoll(time, NULL, 10),
				.type = mu_arena_strdup(&log->arena, type),
				.payload = mu_arena_strdup(&log->arena, rest) };
}

/* NULL: the log is damaged. */
static void *read_with(struct mu_job *job, void (*how)(struct mu_job *))
{
	void *made = NULL;

	how(job);
	if (job->make(job, &made, &job->fault))
		return NULL;
	return made;
}

static void load(struct mu_job *job)
{
	state_load(job, KEEP_MS);
}

static void condense(struct mu_job *job)
{
	state_condense(job, KEEP_MS, NULL);
}

static struct mu_job *job_of(const char *snapshot, int64_t seq, struct log *log)
{
	struct mu_job *job = mu_job_create(MU_JOB_LOAD, "acme");

	HOLDS(job);
	job->snapshot = snapshot ? strdup(snapshot) : NULL;
	job->snapshot_seq = seq;
	job->rows = log ? log->rows : NULL;
	job->n_rows = log ? log->n : 0;
	return job;
}

/* A snapshot of what a snapshot gives is the same. */
static void check_again(const char *snapshot, int64_t seq)
{
	struct mu_job *job = job_of(snapshot, seq, NULL);
	AUTO_FREE char *again = read_with(job, condense);
	struct mu_workspace *ws = read_with(job, load), *copy = NULL;

	HOLDS(again && !strcmp(snapshot, again));
	HOLDS(ws && mu_workspace_copy(ws, &copy) == MU_OK);
	mu_workspace_destroy(copy);
	mu_workspace_destroy(ws);
	mu_job_destroy(job);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct log log;
	AUTO_FREE char *snapshot = NULL;
	struct mu_job *job;

	tame_begin();
	memset(&log, 0, sizeof(log));
	tame_world(take, &log);
	lines_each(data, size, LINES_MOST, take, &log);
	job = job_of(log.snapshot.n ? mu_buf_text(&log.snapshot) : NULL, log.snapshot_seq, &log);
	snapshot = read_with(job, condense);
	if (snapshot)
		check_again(snapshot, log.snapshot_seq + (int64_t)log.n);
	mu_job_destroy(job);
	mu_buf_finish(&log.snapshot);
	mu_arena_finish(&log.arena);
	return 0;
}

static void make_line(struct draw *draw, struct mu_buf *out)
{
	const struct mu_event_type *type;
	unsigned n = 0;

	while (mu_event_type(n))
		n++;
	type = mu_event_type((unsigned)draw_below(draw, n));
	if (draw_one_in(draw, 20)) {
		mu_buf_char(out, '|');
		return;
	}
	mu_buf_printf(out, "%s %lld ", type->name,
		      (long long)(INT64_C(1700000002000) + (int64_t)draw_below(draw, 100000000)));
	make_record(draw, type->shape, out);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	return lines_mutate(data, size, most, seed, make_line);
}
