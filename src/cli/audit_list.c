/* muster audit list and muster audit export: the audit log of a workspace from the store, newest first, for
 * people and for files.
 * Thread: main. It opens the store by itself; a hub may run beside it. */
#include "cli.h"
#include "escape.h"

#include "muster/api/audit.h"
#include "muster/base/clock.h"
#include "muster/store/store.h"

#include <string.h>

#define PAGE_ROWS 500
#define LIST_ROWS 50

/* One form of output: the line before all others, and a row as a line. */
struct format {
	const char *name, *head;
	void (*write)(const struct mu_row *row, struct mu_buf *out);
};

static void write_member(struct mu_buf *out, const json_t *object, const char *name, const char *before)
{
	const char *text = mu_json_text(object, name);

	if (text)
		mu_buf_printf(out, "%s%s", before, text);
}

static json_t *load(const char *text)
{
	return text ? json_loads(text, 0, NULL) : NULL;
}

/* What the row is about: a person, or what a thing calls itself or was called. */
static void write_about(const struct mu_row *row, struct mu_buf *out)
{
	static const char *const names[] = { "email", "name", "id" };
	AUTO_JSON json_t *before = load(row->before), *after = load(row->payload);
	const char *about = row->about;

	for (size_t i = 0; !about && i < MU_COUNT(names); i++) {
		about = mu_json_text(after, names[i]);
		about = about ? about : mu_json_text(before, names[i]);
	}
	if (!about || (row->about && row->who && !strcmp(row->who, row->about)))
		return;
	mu_buf_str(out, " -> ");
	escape_add(out, about, strlen(about));
}

/* 2026-11-22T10:00:00.000Z  user.updated  olga -> ann  192.0.2.7 */
static void write_text(const struct mu_row *row, struct mu_buf *out)
{
	AUTO_JSON json_t *actor = load(row->actor), *origin = load(row->origin);
	AUTO_BUF struct mu_buf at = { 0 };

	mu_json_time(&at, row->at_ms);
	mu_buf_printf(out, "%.*s  %-24s  ", at.n > 2 ? (int)at.n - 2 : 0, mu_buf_text(&at) + 1, row->action);
	write_member(out, actor, "user", "");
	write_member(out, actor, "key", "key ");
	if (json_object_get(actor, "operator"))
		mu_buf_str(out, "operator");
	if (json_object_get(actor, "system"))
		mu_buf_str(out, "system");
	write_about(row, out);
	write_member(out, origin, "address", "  ");
	mu_buf_char(out, '\n');
}

static void write_jsonl(const struct mu_row *row, struct mu_buf *out)
{
	mu_audit_write(row, out);
	mu_buf_char(out, '\n');
}

static const char *const list_formats[] = { "text", "csv", "jsonl", NULL };
static const char *const export_formats[] = { "csv", "jsonl", NULL };

#define SHARED                                                                                               \
	{ .name = "workspace", .param = "workspace", .help = "Id of the workspace" },                        \
		{ .name = "user", .param = "user", .help = "Only what they did or what was done to them" },  \
		{ .name = "action",                                                                          \
		  .param = "action",                                                                         \
		  .help = "One action such as team.created, or with a dot at its end all that begin so" },   \
		{ .name = "from", .param = "from", .help = "Not before this time (RFC 3339)" },              \
	{                                                                                                    \
		.name = "to", .param = "to", .help = "Before this time (RFC 3339)"                           \
	}

const struct cli_option audit_list_options[] = {
	SHARED,
	{ .name = "limit", .param = "limit", .kind = CLI_INT, .help = "Rows at most (default 50)" },
	{ .name = "format", .param = "format", .help = "text, csv or jsonl", .words = list_formats },
	{ .name = NULL },
};
const struct cli_option audit_export_options[] = {
	SHARED,
	{ .name = "format", .param = "format", .help = "csv or jsonl", .words = export_formats },
	{ .name = NULL },
};

/* `name` is one of the words that the options allow. */
static struct format find_format(const char *name)
{
	const struct format formats[] = {
		{ "text", "", write_text },
		{ "csv", mu_audit_csv_head, mu_audit_write_csv },
		{ "jsonl", "", write_jsonl },
	};
	size_t i = 0;

	while (strcmp(formats[i].name, name))
		i++;
	return formats[i];
}

struct page {
	const struct format *format;
	int64_t n, at_ms, seq; /* the last row */
	struct mu_buf out;
};

static bool take_row(void *arg, const struct mu_row *row)
{
	struct page *page = arg;

	page->format->write(row, &page->out);
	page->n++;
	page->at_ms = row->at_ms;
	page->seq = row->seq;
	return true;
}

/* Print up to `rows` of them, a page at a time. */
static enum mu_err print_rows(struct mu_store *store, const char *workspace, struct mu_audit_query query,
			      const struct format *format, int64_t rows)
{
	enum mu_err err = MU_OK;
	int64_t left = rows, n;

	fputs(format->head, stdout);
	do {
		struct page page = { .format = format };

		query.limit = left < PAGE_ROWS ? left : PAGE_ROWS;
		err = mu_store_audit(store, workspace, &query, take_row, &page);
		if (!err)
			err = mu_buf_error(&page.out);
		if (!err)
			fwrite(mu_buf_text(&page.out), 1, page.out.n, stdout);
		mu_buf_finish(&page.out);
		query.after_at_ms = page.at_ms;
		query.after_seq = page.seq;
		left -= n = page.n;
	} while (!err && n == PAGE_ROWS && left > 0 && !ferror(stdout));
	return err;
}

static int read_time(const json_t *params, const char *name, int64_t *ret_ms)
{
	const char *text = mu_json_text(params, name);

	if (!text || mu_time_parse(text, ret_ms))
		return CLI_OK;
	return cli_fail(CLI_USAGE, "--%s is a time such as 2026-11-22T08:00:00Z", name);
}

static int show(const struct mu_config *config, const json_t *params, const char *format, int64_t rows)
{
	const char *workspace = mu_json_text(params, "workspace"), *given = mu_json_text(params, "format");
	struct mu_audit_query query = { .user = mu_json_text(params, "user"),
					.action = mu_json_text(params, "action") };
	AUTO_FREE char *url = cli_store(config);
	const struct format form = find_format(given ? given : format);
	struct mu_store *store = NULL;
	struct mu_fault fault = { 0 };
	int code = workspace ? CLI_OK : cli_fail(CLI_USAGE, "give --workspace ID");

	if (!code)
		code = read_time(params, "from", &query.from_ms);
	if (!code)
		code = read_time(params, "to", &query.to_ms);
	if (code)
		return code;
	enum mu_err err = cli_store_there(config, &fault);
	if (err)
		return cli_fail(CLI_FAILED, "%s", mu_fault_text(&fault));
	err = url ? mu_store_open(url, &store, &fault) : MU_NO_MEMORY;
	if (!err)
		err = print_rows(store, workspace, query, &form, rows);
	if (err == MU_UNAVAILABLE && store)
		fault = *mu_store_fault(store);
	mu_store_close(store);
	if (err == MU_NOT_FOUND)
		return cli_fail(CLI_FAILED, "there is no workspace %s", workspace);
	return err ? cli_fail(CLI_FAILED, "%s", fault.message[0] ? fault.message : mu_err_info(err)->text)
		   : CLI_OK;
}

static int run(int argc, char **argv, const struct cli_option *options, const char *format, int64_t rows)
{
	AUTO_JSON json_t *params = json_object();
	struct mu_config config = { 0 };
	int code = cli_start();

	if (!code)
		code = cli_config(argc, argv, &config);
	if (!code)
		code = cli_options(argc, argv, options, &config, params);
	if (!code && json_object_get(params, "limit"))
		rows = json_integer_value(json_object_get(params, "limit"));
	if (!code && rows < 1)
		code = cli_fail(CLI_USAGE, "--limit is 1 or more");
	if (!code)
		code = show(&config, params, format, rows);
	mu_config_finish(&config);
	return code;
}

int cmd_list_audit(int argc, char **argv)
{
	return run(argc, argv, audit_list_options, "text", LIST_ROWS);
}

int cmd_export_audit(int argc, char **argv)
{
	return run(argc, argv, audit_export_options, "csv", INT64_MAX);
}
