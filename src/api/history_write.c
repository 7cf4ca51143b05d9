/* How the history of presence looks as JSON.
 * Thread: hub. */
#include "history.h"

#include "muster/wire/json.h"

#include <stdlib.h>
#include <string.h>

static void write_time(struct mu_buf *out, const char *name, int64_t wall_ms)
{
	mu_json_name(out, name);
	mu_json_time(out, wall_ms);
}

static void write_text(struct mu_buf *out, const char *name, const char *text)
{
	mu_json_name(out, name);
	mu_json_string(out, text);
}

static void write_number(struct mu_buf *out, const char *name, int64_t number)
{
	mu_json_name(out, name);
	mu_buf_i64(out, number);
}

void history_write_head(int64_t from_ms, int64_t to_ms, const char *zone, struct mu_buf *out)
{
	mu_buf_char(out, '{');
	write_time(out, "from", from_ms);
	write_time(out, "to", to_ms);
	write_text(out, "zone", zone);
	mu_json_name(out, "items");
	mu_buf_char(out, '[');
}

void history_write_interval(const struct mu_workspace *ws, const char *user, const struct mu_span *span,
			    bool open, struct mu_buf *out)
{
	const struct mu_user *person = mu_workspace_user(ws, user);

	if (!person)
		return;
	mu_json_comma(out);
	mu_buf_char(out, '{');
	write_text(out, "user", user);
	write_text(out, "name", person->name);
	write_text(out, "status", span->status);
	write_text(out, "base", mu_base_status_names[span->base]);
	write_text(out, "cause", mu_cause_names[span->cause]);
	write_time(out, "from", span->from_ms);
	write_time(out, "to", span->to_ms);
	write_number(out, "duration_ms", span->to_ms - span->from_ms);
	mu_json_name(out, "open");
	mu_buf_str(out, open ? "true}" : "false}");
}

static int by_status(const void *a, const void *b)
{
	const struct mu_status_sum *x = a, *y = b;

	return x->base != y->base ? (x->base > y->base) - (x->base < y->base) : strcmp(x->status, y->status);
}

static void write_statuses(const struct mu_sum *sum, struct mu_buf *out)
{
	if (sum->n_statuses)
		qsort(sum->statuses, sum->n_statuses, sizeof(*sum->statuses), by_status);
	mu_json_name(out, "statuses");
	mu_buf_char(out, '[');
	for (size_t i = 0; i < sum->n_statuses; i++) {
		const struct mu_status_sum *status = &sum->statuses[i];

		mu_json_comma(out);
		mu_buf_char(out, '{');
		write_text(out, "status", status->status);
		write_text(out, "base", mu_base_status_names[status->base]);
		write_number(out, "duration_ms", status->duration_ms);
		mu_buf_char(out, '}');
	}
	mu_buf_char(out, ']');
}

static void write_day(int64_t day, struct mu_buf *out)
{
	char text[MU_DAY_TEXT];

	mu_day_text(day, text);
	write_text(out, "day", text);
}

/* A hundredth is as fine as anybody reads it. */
static void write_average(const struct mu_sum *sum, struct mu_buf *out)
{
	double average = sum->present_ms ? (double)sum->load_ms / (double)sum->present_ms : 0;

	mu_json_name(out, "load_average");
	mu_buf_printf(out, "%.2f", average);
}

void history_write_sum(const struct mu_workspace *ws, const char *id, bool of_team, bool of_day,
		       const struct mu_sum *sum, struct mu_buf *out)
{
	const struct mu_user *user = of_team ? NULL : mu_workspace_user(ws, id);
	const struct mu_team *team = of_team ? mu_workspace_team(ws, id) : NULL;

	if (!user && !team)
		return;
	mu_json_comma(out);
	mu_buf_char(out, '{');
	write_text(out, of_team ? "team" : "user", id);
	write_text(out, "name", of_team ? team->name : user->name);
	if (of_day)
		write_day(sum->day, out);
	write_time(out, "from", sum->from_ms);
	write_time(out, "to", sum->to_ms);
	write_number(out, "total_ms", sum->total_ms);
	write_number(out, "present_ms", sum->present_ms);
	write_statuses(sum, out);
	write_average(sum, out);
	write_number(out, "load_largest", sum->load_largest);
	write_number(out, "assigned", sum->assigned);
	mu_buf_char(out, '}');
}
