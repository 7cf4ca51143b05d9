/* A workspace as the store keeps it, and back: a snapshot, and the events after it.
 * Invariant: a snapshot has a line per event that would make the state anew: its type, a space, the wall
 * time, a space, its data. Sequences inside it only count lines.
 * Thread: hub; what is read is made something of in the store's, and that is the hub's from then on. */
#include "state.h"

#include "muster/model/event.h"
#include "muster/wire/codec.h"

#include <string.h>

static enum mu_err check_halt(const struct mu_job *job)
{
	return job->halt && atomic_load(job->halt) ? MU_GONE : MU_OK;
}

/* ---- writing ---- */

struct dump {
	const struct mu_job *job;
	struct mu_buf text;
};

static enum mu_err dump_line(void *arg, const struct mu_event_type *type, const void *data, int64_t at_ms)
{
	struct dump *dump = arg;
	struct mu_buf *text = &dump->text;

	mu_buf_printf(text, "%s %lld ", type->name, (long long)at_ms);
	mu_codec_write(type->shape, data, MU_FORM_LOG, text);
	mu_buf_char(text, '\n');
	return mu_buf_error(text) ? mu_buf_error(text) : check_halt(dump->job);
}

/* ---- reading ---- */

static enum mu_err apply_text(struct mu_workspace *ws, const char *name, const char *data, size_t bytes,
			      int64_t seq, int64_t at_ms, struct mu_arena *arena)
{
	const struct mu_event_type *type = mu_event_type_find(name);
	struct mu_event event = { .type = type, .name = name, .seq = seq, .at_ms = at_ms };

	if (!type || !type->apply) { /* newer than this program, or nothing of the state */
		ws->seq = seq;
		return MU_OK;
	}
	event.data = mu_arena_alloc(arena, type->shape->size);
	enum mu_err err =
		event.data ? mu_codec_read_text(type->shape, data, bytes, arena, event.data) : MU_NO_MEMORY;
	return err ? err : mu_event_apply(ws, &event);
}

/* A line without its end. */
static enum mu_err apply_line(struct mu_workspace *ws, const char *line, size_t bytes)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	const char *end = line + bytes, *time = memchr(line, ' ', bytes),
		   *data = time ? memchr(time + 1, ' ', (size_t)(end - time - 1)) : NULL;

	if (!data)
		return MU_CONFLICT;
	const char *name = mu_arena_strndup(&arena, line, (size_t)(time - line)),
		   *at_ms = mu_arena_strndup(&arena, time + 1, (size_t)(data - time - 1));
	if (!name || !at_ms)
		return MU_NO_MEMORY;
	return apply_text(ws, name, data + 1, (size_t)(end - data - 1), ws->seq + 1, strtoll(at_ms, NULL, 10),
			  &arena);
}

static enum mu_err apply_snapshot(struct mu_workspace *ws, const struct mu_job *job)
{
	const char *text = job->snapshot;
	enum mu_err err = MU_OK;

	while (!err && *text) {
		const char *end = strchrnul(text, '\n');
		err = apply_line(ws, text, (size_t)(end - text));
		text = *end ? end + 1 : end;
		err = err ? err : check_halt(job);
	}
	ws->seq = job->snapshot_seq;
	return err;
}

/* What an operator has to know of what can't be applied: where it is, and where to look further. */
static enum mu_err blame(struct mu_fault *ret_fault, enum mu_err err, const char *what, int64_t seq)
{
	if (err && err != MU_GONE && err != MU_NO_MEMORY)
		mu_fail(ret_fault, err,
			"The %.48s at event %lld isn't what it should be, or doesn't follow what is before "
			"it; see muster audit verify, and put back a copy of the log",
			what, (long long)seq);
	return err;
}

static enum mu_err rebuild(const struct mu_job *job, void **ret_ws, struct mu_fault *ret_fault)
{
	struct mu_workspace *ws = mu_workspace_create(job->workspace);
	enum mu_err err = ws ? MU_OK : MU_NO_MEMORY;

	if (ws)
		ws->resolved_keep_ms = job->make_ms;
	if (!err && job->snapshot)
		err = blame(ret_fault, apply_snapshot(ws, job), "snapshot", job->snapshot_seq);
	for (size_t i = 0; !err && i < job->n_rows; i++) {
		const struct mu_row *row = &job->rows[i];
		if (row->seq <= job->snapshot_seq) /* it is in there */
			continue;
		AUTO_ARENA struct mu_arena arena = { 0 };
		const char *payload = row->payload ? row->payload : "{}";
		err = blame(ret_fault,
			    apply_text(ws, row->type, payload, strlen(payload), row->seq, row->at_ms, &arena),
			    row->type, row->seq);
		err = err ? err : check_halt(job);
	}
	if (err) {
		mu_workspace_destroy(ws);
		return err;
	}
	*ret_ws = ws;
	return MU_OK;
}

static void drop(void *ws)
{
	mu_workspace_destroy(ws);
}

void state_load(struct mu_job *job, int64_t resolved_keep_ms)
{
	job->make_ms = resolved_keep_ms;
	job->make = rebuild;
	job->unmake = drop;
}

struct mu_workspace *state_take(struct mu_job *job)
{
	struct mu_workspace *ws = job->made;

	job->made = NULL;
	return ws;
}

/* ---- condensing ---- */

static enum mu_err condense(const struct mu_job *job, void **ret_text, struct mu_fault *ret_fault)
{
	struct dump dump = { .job = job };
	void *ws = NULL;
	enum mu_err err = rebuild(job, &ws, ret_fault);

	if (!err)
		err = mu_workspace_dump(ws, dump_line, &dump);
	mu_workspace_destroy(ws);
	if (!err && !(*ret_text = mu_buf_take(&dump.text)))
		err = MU_NO_MEMORY;
	mu_buf_finish(&dump.text);
	return err;
}

void state_condense(struct mu_job *job, int64_t resolved_keep_ms, const atomic_bool *halt)
{
	job->halt = halt;
	job->make_ms = resolved_keep_ms;
	job->make = condense;
	job->unmake = free;
}

struct mu_job *state_condensed(struct mu_job *job)
{
	struct mu_job *put = mu_job_create(MU_JOB_SNAPSHOT, job->workspace);

	if (!put)
		return NULL;
	put->snapshot_seq = job->head.seq;
	put->snapshot = job->made;
	job->made = NULL;
	return put;
}
