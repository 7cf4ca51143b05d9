/* A workspace as the store keeps it, and back: a snapshot, and the events after it.
 * Invariant: a snapshot has a line per event that would make the state anew: its type, a space, the wall
 * time, a space, its data. Sequences inside it only count lines.
 * Thread: hub; what is read is made something of in the store's, and that is the hub's from then on. */
#include "state.h"

#include "muster/model/event.h"
#include "muster/wire/codec.h"

#include <string.h>

/* ---- writing ---- */

static enum mu_err dump_line(void *arg, const struct mu_event_type *type, const void *data, int64_t at_ms)
{
	struct mu_buf *text = arg;

	mu_buf_printf(text, "%s %lld ", type->name, (long long)at_ms);
	mu_codec_write(type->shape, data, MU_FORM_LOG, text);
	mu_buf_char(text, '\n');
	return mu_buf_error(text);
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

static enum mu_err apply_snapshot(struct mu_workspace *ws, const char *text, int64_t seq)
{
	enum mu_err err = MU_OK;

	while (!err && *text) {
		AUTO_ARENA struct mu_arena arena = { 0 };
		const char *end = strchrnul(text, '\n'), *space = memchr(text, ' ', (size_t)(end - text));
		char *data = NULL;
		if (!space)
			return MU_CONFLICT;
		int64_t at_ms = strtoll(space + 1, &data, 10);
		const char *name = mu_arena_strndup(&arena, text, (size_t)(space - text));
		if (!name || *data != ' ')
			return name ? MU_CONFLICT : MU_NO_MEMORY;
		data++;
		err = apply_text(ws, name, data, (size_t)(end - data), ws->seq + 1, at_ms, &arena);
		text = *end ? end + 1 : end;
	}
	ws->seq = seq;
	return err;
}

static enum mu_err rebuild(const struct mu_job *job, void **ret_ws)
{
	struct mu_workspace *ws = mu_workspace_create(job->workspace);
	enum mu_err err = ws ? MU_OK : MU_NO_MEMORY;

	if (ws)
		ws->resolved_keep_ms = job->make_ms;
	if (!err && job->snapshot)
		err = apply_snapshot(ws, job->snapshot, job->snapshot_seq);
	for (size_t i = 0; !err && i < job->n_rows; i++) {
		const struct mu_row *row = &job->rows[i];
		if (row->seq <= job->snapshot_seq) /* it is in there */
			continue;
		AUTO_ARENA struct mu_arena arena = { 0 };
		const char *payload = row->payload ? row->payload : "{}";
		err = apply_text(ws, row->type, payload, strlen(payload), row->seq, row->at_ms, &arena);
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

static enum mu_err condense(const struct mu_job *job, void **ret_text)
{
	AUTO_BUF struct mu_buf text = { 0 };
	void *ws = NULL;
	enum mu_err err = rebuild(job, &ws);

	if (!err)
		err = mu_workspace_dump(ws, dump_line, &text);
	mu_workspace_destroy(ws);
	if (err)
		return err;
	*ret_text = mu_buf_take(&text);
	return *ret_text ? MU_OK : MU_NO_MEMORY;
}

void state_condense(struct mu_job *job, int64_t resolved_keep_ms)
{
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
