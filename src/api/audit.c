/* The audit log: who did what to whom, from where, and what it was before.
 * Thread: hub. */
#include "commands.h"
#include "muster/api/audit.h"

#define AUDIT_PAGE 100
#define PART_ROWS 500 /* of an export, at a time */

enum format { FORMAT_JSON, FORMAT_CSV, FORMAT_JSONL };
static const char *const format_names[] = { "json", "csv", "jsonl", NULL };

struct list_params {
	char *user, *action, *after;
	int64_t from, to, limit;
	int format;
};
static const struct mu_field list_fields[] = {
	MU_FIELD(struct list_params, user, MU_ID, 0, .help = "Only what they did or what was done to them"),
	MU_FIELD(
		struct list_params, action, MU_STRING, 0, .min = 1, .max = 64,
		.help = "One action such as team.created, or with a dot at its end all that begin so: user."),
	MU_FIELD(struct list_params, from, MU_TIME, 0, .help = "Not before this time"),
	MU_FIELD(struct list_params, to, MU_TIME, 0, .help = "Before this time"),
	MU_FIELD(struct list_params, limit, MU_INT, 0, .min = 1, .max = 1000,
		 .help = "Items at most (default 100); not for exports"),
	MU_FIELD(struct list_params, after, MU_STRING, 0, .max = 64, .help = "next of the page before"),
	MU_FIELD(struct list_params, format, MU_ENUM, 0, .names = format_names,
		 .help = "csv and jsonl, over HTTP only: an export of all that fits (default json)"),
};
static const struct mu_shape list_shape = MU_SHAPE(struct list_params, "AUDIT_LIST", list_fields);

/* "1700000000123.42": time and sequence of the last row that was given. */
static bool read_after(const char *text, struct mu_audit_query *query)
{
	char *dot = NULL, *end = NULL;

	query->after_at_ms = strtoll(text, &dot, 10);
	if (dot == text || *dot != '.')
		return false;
	query->after_seq = strtoll(dot + 1, &end, 10);
	return end != dot + 1 && !*end && query->after_at_ms > 0 && query->after_seq > 0;
}

static enum mu_err read_query(struct mu_call *call, struct mu_audit_query *ret_query)
{
	const struct list_params *params = call->params;
	struct mu_audit_query query = {
		.user = params->user, .action = params->action, .from_ms = params->from, .to_ms = params->to
	};

	if (params->format != FORMAT_JSON && !call->in_parts)
		return mu_fail_field(call->fault, "format", "must be json here: exports are for HTTP");
	if (params->format != FORMAT_JSON && params->limit)
		return mu_fail_field(call->fault, "limit", "is not for exports");
	if (params->after && !read_after(params->after, &query))
		return mu_fail_field(call->fault, "after", "must be next of the page before");
	query.limit = params->format != FORMAT_JSON ? PART_ROWS : params->limit ? params->limit : AUDIT_PAGE;
	*ret_query = query;
	return MU_OK;
}

static void write_page(const struct mu_row *rows, size_t n, const char *next, struct mu_buf *out)
{
	mu_buf_str(out, "{\"items\":[");
	for (size_t i = 0; i < n; i++) {
		mu_json_comma(out);
		mu_audit_write(&rows[i], out);
	}
	mu_buf_str(out, "],\"next\":");
	mu_json_string(out, next);
	mu_buf_char(out, '}');
}

static void write_part(struct mu_call *call, const struct mu_row *rows, size_t n)
{
	const struct list_params *params = call->params;
	const bool csv = params->format == FORMAT_CSV;

	call->media = csv ? "text/csv; charset=utf-8; header=present" : "application/jsonl";
	if (csv && !params->after)
		mu_buf_str(call->result, mu_audit_csv_head);
	for (size_t i = 0; i < n; i++) {
		if (csv) {
			mu_audit_write_csv(&rows[i], call->result);
			continue;
		}
		mu_audit_write(&rows[i], call->result);
		mu_buf_char(call->result, '\n');
	}
}

static enum mu_err run_list(struct mu_call *call)
{
	const struct list_params *params = call->params;
	struct mu_audit_query query;
	const struct mu_row *rows = NULL;
	size_t n = 0;
	enum mu_err err = read_query(call, &query);

	query.limit++; /* shows whether there is more */
	if (!err)
		err = call->host->audit(call, &query, &rows, &n);
	if (err)
		return err;
	const char *next = NULL;
	if ((int64_t)n == query.limit) {
		const struct mu_row *last = &rows[--n - 1];
		next = mu_arena_printf(call->arena, "%lld.%lld", (long long)last->at_ms,
				       (long long)last->seq);
		if (!next)
			return MU_NO_MEMORY;
	}
	if (params->format == FORMAT_JSON) {
		write_page(rows, n, next, call->result);
	} else {
		write_part(call, rows, n);
		call->next = next;
	}
	return MU_OK;
}

const struct mu_command cmd_audit_list = {
	.name = "audit.list",
	.route = "GET /v1/audit",
	.need = MU_PERM_AUDIT_VIEW,
	.flags = MU_COMMAND_DIRECT | MU_METHOD_PARTS,
	.cost = 5,
	PARAMS(list_shape),
	.help = "What was done, newest first: by whom, to whom, from where, and what was before.",
	.result = "{items:[AUDIT],next}",
	.run = run_list,
};
