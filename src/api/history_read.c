/* Reading the history of presence piece by piece: the rows of a piece are folded in, the next piece is asked
 * for.
 * Invariant: what was read of a person stands in report->history, their sums and their intervals; nothing of
 * the rows is kept.
 * Thread: hub. */
#include "history.h"

#include "commands.h"
#include "muster/model/capacity.h"
#include "muster/model/conversation.h"

#define ROWS_AT_ONCE 250
#define ROWS_A_PAGE 100000  /* then it ends, with fewer items than it might have */
#define NOTED_LATE_MS 60000 /* a row may come that long after what it notes */

void history_next(struct report *report, int64_t number, const char *id)
{
	report->next = mu_arena_printf(report->call->arena, "%lld.%s", (long long)number, id);
	if (!report->next)
		report->err = MU_NO_MEMORY;
}

static void take_span(void *arg, const struct mu_span *span)
{
	struct report *report = arg;
	struct task *task = report->tasks;
	struct mu_call *call = report->call;

	if (report->err || report->full)
		return;
	if (report->by != BY_INTERVAL) {
		report->err = mu_sums_add(report->sums + task->first, task->n, span, call->arena);
	} else if (report->n == report->limit) {
		report->full = true;
		history_next(report, span->from_ms, task->user);
	} else {
		report->n++;
		history_write_interval(call->ws, task->user, span, span->to_ms == report->to_ms,
				       call->result);
	}
}

void history_begin(struct report *report)
{
	report->after_at_ms = report->after_seq = 0;
	if (report->tasks)
		mu_history_init(&report->history, report->tasks->from_ms, report->tasks->to_ms, take_span,
				report);
}

/* The sums from here on are for the next page. */
static void cut_page(struct report *report, size_t n)
{
	report->n = n;
	report->full = true;
	history_next(report, report->sums[n].day, report->ids[n]);
}

static void end_task(struct report *report)
{
	const struct task *done = report->tasks;

	mu_history_finish(&report->history);
	report->tasks = done->next;
	if (report->rows > ROWS_A_PAGE && done->next && done->next->first > done->first)
		cut_page(report, done->next->first);
	else
		history_begin(report);
}

/* What a status was for others. One that is unknown by now may have been one that hides. */
static enum mu_base_status base_of(const struct mu_workspace *ws, const struct mu_presence_changed *changed)
{
	const struct mu_status *status = mu_workspace_status(ws, changed->to);

	for (int base = 0; changed->base && mu_base_status_names[base]; base++)
		if (!strcmp(changed->base, mu_base_status_names[base]))
			return (enum mu_base_status)base;
	return status ? (enum mu_base_status)status->base : MU_OFFLINE;
}

/* Whether a row's data could be read. What is of another shape is passed over, but a report without what
 * there was no memory for would be wrong. */
static bool read_row(struct report *report, const struct mu_shape *shape, const struct mu_row *row,
		     struct mu_arena *arena, void *ret_data)
{
	enum mu_err err = mu_codec_read_text(shape, row->payload, strlen(row->payload), arena, ret_data);

	if (err == MU_NO_MEMORY)
		report->err = err;
	return !err;
}

static void fold_status(struct report *report, const struct mu_row *row)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_presence_changed changed;

	if (read_row(report, mu_presence_changed_type.shape, row, &arena, &changed))
		mu_history_status(&report->history, changed.since, changed.to,
				  base_of(report->call->ws, &changed), (enum mu_cause)changed.cause);
}

static void fold_load(struct report *report, const struct mu_row *row)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_capacity_event changed;

	if (read_row(report, mu_load_changed.shape, row, &arena, &changed))
		mu_history_load(&report->history, row->at_ms, changed.load);
}

static void fold_gone(struct report *report, const struct mu_row *row)
{
	mu_history_status(&report->history, row->at_ms, mu_base_status_names[MU_OFFLINE], MU_OFFLINE,
			  MU_CAUSE_DISCONNECT);
}

static void fold_assigned(struct report *report, const struct mu_row *row)
{
	const struct task *task = report->tasks;
	struct mu_sum *sum = row->at_ms < task->from_ms
				     ? NULL
				     : mu_sums_at(report->sums + task->first, task->n, row->at_ms);

	if (sum)
		sum->assigned++;
}

/* It may have stayed theirs, in another team. */
static void fold_reassigned(struct report *report, const struct mu_row *row)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_conversation_event event;

	if (read_row(report, mu_conversation_reassigned.shape, row, &arena, &event) &&
	    !same_text(event.from, event.to))
		fold_assigned(report, row);
}

#define OF_INTERVALS 2 /* of the types: the others end no interval, and are read for sums only */

static const char *const types[] = { "presence.changed", "user.deactivated", "load.changed",
				     "conversation.assigned", "conversation.reassigned" };
static void (*const folds[])(struct report *report, const struct mu_row *row) = { fold_status, fold_gone,
										  fold_load, fold_assigned,
										  fold_reassigned };

static void fold_rows(struct report *report, const struct mu_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; rows[i].payload && k < MU_COUNT(folds); k++)
			if (!strcmp(rows[i].type, types[k]))
				folds[k](report, &rows[i]);
	report->rows += n;
	if (n) {
		report->after_at_ms = rows[n - 1].at_ms;
		report->after_seq = rows[n - 1].seq;
	}
}

void history_fold(struct report *report, const struct mu_history_reading *history)
{
	const struct mu_row *rows = history->rows;

	for (size_t i = 0; i < history->n_queries && !report->full; i++) {
		fold_rows(report, rows, history->n_rows[i]);
		if (i >= history->n_done)
			break;
		rows += history->n_rows[i];
		end_task(report);
	}
}

enum mu_err history_ask(struct report *report)
{
	const bool sums = report->by != BY_INTERVAL;
	const size_t room = report->limit - report->n + HISTORY_AT_ONCE;
	size_t n = 0;

	for (const struct task *task = report->tasks; task && n < HISTORY_AT_ONCE; task = task->next, n++)
		report->queries[n] = (struct mu_history_query){
			.about = task->user,
			.types = types,
			.n_types = sums ? MU_COUNT(types) : OF_INTERVALS,
			.from_ms = task->from_ms,
			.to_ms = task->to_ms + NOTED_LATE_MS,
			.after_at_ms = n ? 0 : report->after_at_ms,
			.after_seq = n ? 0 : report->after_seq,
		};
	return report->call->host->history(report->call, report->queries, n,
					   sums || room > ROWS_AT_ONCE ? ROWS_AT_ONCE : (int64_t)room);
}
