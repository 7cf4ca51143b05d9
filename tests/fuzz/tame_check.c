/* What must hold of a tame hub.
 * Thread: the fuzzer's. */
#include "tame_inner.h"

#include "hub/room.h"
#include "hub/state.h"
#include "hub/turn.h"
#include "muster/model/event.h"
#include "muster/store/memory.h"
#include "muster/wire/codec.h"

#include <string.h>

static enum mu_err write_event(void *arg, const struct mu_event_type *type, const void *data, int64_t at_ms)
{
	struct mu_buf *out = arg;

	mu_buf_printf(out, "%s %lld ", type->name, (long long)at_ms);
	mu_codec_write(type->shape, data, MU_FORM_LOG, out);
	mu_buf_char(out, '\n');
	return mu_buf_error(out);
}

static char *text_of(const struct mu_workspace *ws)
{
	struct mu_buf text = { 0 };

	HOLDS(mu_workspace_dump(ws, write_event, &text) == MU_OK);
	return mu_buf_take(&text);
}

char *tame_text(struct tame *tame)
{
	const struct room *room = room_find(tame->hub, "acme");

	return room && room->state == ROOM_READY ? text_of(room->ws) : NULL;
}

static bool keep_row(void *arg, const struct mu_row *row)
{
	struct rows *rows = arg;
	const char **texts[9], *text;

	if (rows->n == rows->cap) {
		rows->cap = rows->cap ? 2 * rows->cap : 64;
		rows->v = realloc(rows->v, rows->cap * sizeof(*rows->v));
		HOLDS(rows->v);
	}
	struct mu_row *copy = &rows->v[rows->n++];

	*copy = *row;
	texts[0] = &copy->type;
	texts[1] = &copy->actor;
	texts[2] = &copy->audience;
	texts[3] = &copy->payload;
	texts[4] = &copy->action;
	texts[5] = &copy->who;
	texts[6] = &copy->about;
	texts[7] = &copy->origin;
	texts[8] = &copy->before;
	for (size_t i = 0; i < MU_COUNT(texts); i++) {
		text = *texts[i];
		*texts[i] = mu_arena_strdup(&rows->arena, text);
		HOLDS(!text || *texts[i]);
	}
	return true;
}

void rows_read(struct mu_store *store, struct rows *ret_rows)
{
	*ret_rows = (struct rows){ 0 };
	HOLDS(mu_store_read(store, "acme", 0, INT64_MAX, keep_row, ret_rows) == MU_OK);
}

void rows_free(struct rows *rows)
{
	free(rows->v);
	mu_arena_finish(&rows->arena);
}

/* A job that has read the log's rows after a snapshot (or NULL). */
static struct mu_job *reading_of(const struct rows *rows, int64_t seq, const char *snapshot)
{
	struct mu_job *job = mu_job_create(MU_JOB_LOAD, "acme");

	HOLDS(job);
	job->rows = rows->v;
	job->n_rows = rows->n;
	job->snapshot_seq = seq;
	job->snapshot = snapshot ? strdup(snapshot) : NULL;
	return job;
}

static void check_rebuilt(const struct tame *tame, const struct rows *rows, int64_t seq, const char *snapshot,
			  const char *live)
{
	struct mu_job *job = reading_of(rows, seq, snapshot);
	AUTO_FREE char *text = NULL;

	state_load(job, tame->hub->config->resolved_keep_ms);
	HOLDS(job->make(job, &job->made, &job->fault) == MU_OK);
	text = text_of(job->made);
	HOLDS(!strcmp(text, live));
	mu_job_destroy(job);
}

static char *condense(const struct tame *tame, const struct rows *rows, int64_t seq, const char *snapshot)
{
	struct mu_job *job = reading_of(rows, seq, snapshot);
	char *text;

	state_condense(job, tame->hub->config->resolved_keep_ms, NULL);
	HOLDS(job->make(job, &job->made, &job->fault) == MU_OK);
	text = job->made;
	job->made = NULL;
	mu_job_destroy(job);
	return text;
}

/* A snapshot, the one that the hub kept, and a copy say the same. */
static void check_snapshots(const struct tame *tame, const struct rows *rows, const struct mu_workspace *ws,
			    const char *live)
{
	const int64_t last = (int64_t)rows->n;
	AUTO_FREE char *snapshot = condense(tame, rows, 0, NULL),
		       *again = condense(tame, rows, last, snapshot), *kept = NULL, *same = NULL;
	struct mu_workspace *copy = NULL;
	int64_t seq = 0;

	HOLDS(!strcmp(snapshot, again));
	check_rebuilt(tame, rows, last, snapshot, live);
	HOLDS(mu_store_snapshot_get(tame->store, "acme", &seq, &kept) == MU_OK);
	if (kept)
		check_rebuilt(tame, rows, seq, kept, live);
	HOLDS(mu_workspace_copy(ws, &copy) == MU_OK);
	same = text_of(copy);
	HOLDS(!strcmp(same, live));
	mu_workspace_destroy(copy);
}

static void check_state(const struct tame *tame, const struct room *room, const struct rows *rows,
			bool thorough)
{
	AUTO_FREE char *live = text_of(room->ws);

	HOLDS(!room->pending && !room->inflight && room->ws->seq == room->durable_seq);
	HOLDS(room->durable_seq == (int64_t)rows->n);
	check_rebuilt(tame, rows, 0, NULL, live);
	if (thorough)
		check_snapshots(tame, rows, room->ws, live);
}

void tame_check(struct tame *tame, bool thorough)
{
	struct mu_verdict verdict;
	struct rows rows;
	const struct room *room;

	mu_memory_fail_appends(tame_memory(), 0, MU_MEMORY_FAIL_BEFORE);
	tame_pass(5000); /* what waits for another node, or for the store, waits no longer */
	for (size_t i = 0; i < tame->n_asked; i++)
		HOLDS(!tame->waits[i]);
	HOLDS(!thorough ||
	      (mu_store_verify(tame->store, "acme", NULL, &verdict) == MU_OK && !verdict.bad_seq));
	room = room_find(tame->hub, "acme");
	if (!room)
		return;
	HOLDS(room->state == ROOM_READY);
	rows_read(tame->store, &rows);
	check_state(tame, room, &rows, thorough);
	rows_free(&rows);
}
