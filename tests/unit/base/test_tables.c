/* Every row of the tables of errors, close codes, options and metrics is unique, well named and documented:
 * clients, dashboards, the reference and `muster config docs` show these texts as they stand. */
#include "testing.h"

#include "muster/base/config.h"
#include "muster/base/err.h"
#include "muster/base/mem.h"
#include "muster/base/metrics.h"

enum { MOST_ROWS = 128 };

/* What a table must not have twice. */
struct seen {
	const char *texts[MOST_ROWS];
	size_t n;
};

static void assert_new(struct seen *seen, const char *text)
{
	for (size_t i = 0; i < seen->n; i++)
		assert_string_not_equal(seen->texts[i], text);
	assert_true(seen->n < MOST_ROWS);
	seen->texts[seen->n++] = text;
}

/* lower_case_with_underscores */
static void assert_snake_case(const char *name)
{
	size_t n = strlen(name);

	assert_in_range(n, 2, 60);
	assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), n);
	assert_true(name[0] >= 'a' && name[0] <= 'z');
	assert_int_not_equal(name[n - 1], '_');
	assert_null(strstr(name, "__"));
}

/* A text for people: starts with a capital and says something. */
static void assert_documents(const char *text)
{
	assert_non_null(text);
	assert_true(strlen(text) >= 10);
	assert_true(text[0] >= 'A' && text[0] <= 'Z');
	assert_null(strchr(text, '\n'));
	assert_null(strstr(text, "  "));
}

static void errors(void **state)
{
	struct seen kinds = { 0 }, texts = { 0 };

	for (int err = MU_OK + 1; err < MU_ERR_COUNT; err++) {
		const struct mu_err_info *info = mu_err_info((enum mu_err)err);

		assert_snake_case(info->kind);
		assert_new(&kinds, info->kind);
		assert_documents(info->text);
		assert_new(&texts, info->text);
		assert_in_range(info->http, 400, 599);
		for (int other = MU_OK + 1; other < err; other++)
			assert_int_not_equal(mu_err_info((enum mu_err)other)->code, info->code);
		/* JSON-RPC reserves -32768 to -32000; what is ours stays out of it. */
		assert_true(info->code > 0 || (info->code >= -32768 && info->code <= -32600));
	}
}

static void close_codes(void **state)
{
	struct seen kinds = { 0 }, texts = { 0 };

	for (unsigned i = 0; mu_close_row(i); i++) {
		const struct mu_close_info *row = mu_close_row(i);

		assert_snake_case(row->kind);
		assert_new(&kinds, row->kind);
		assert_documents(row->text);
		assert_new(&texts, row->text);
		/* Those of RFC 6455 that may be sent, or private ones. */
		assert_true(
			(row->code >= 1000 && row->code <= 1011 && row->code != 1005 && row->code != 1006) ||
			(row->code >= 4000 && row->code <= 4999));
		for (unsigned other = 0; other < i; other++)
			assert_int_not_equal(mu_close_row(other)->code, row->code);
		/* The reason of a Close frame, {"kind":"…","retry_after_ms":…}, holds 123 bytes. */
		assert_in_range(strlen(row->kind), 1,
				123 - strlen("{\"kind\":\"\",\"retry_after_ms\":2147483647}"));
	}
}

static void options(void **state)
{
	static const char duration[] = "_ms", bytes[] = "_bytes";
	struct seen names = { 0 }, helps = { 0 };

	for (unsigned i = 0; mu_config_option(i); i++) {
		const struct mu_option *option = mu_config_option(i);
		size_t n = strlen(option->name);

		assert_snake_case(option->name);
		assert_new(&names, option->name);
		assert_documents(option->help);
		assert_new(&helps, option->help);
		assert_int_equal(option->help[strlen(option->help) - 1], '.');
		assert_non_null(option->initial);
		/* The unit of a value can be seen from its name. */
		assert_int_equal(option->kind == MU_OPT_DURATION,
				 n > strlen(duration) &&
					 strcmp(option->name + n - strlen(duration), duration) == 0);
		assert_int_equal(option->kind == MU_OPT_BYTES,
				 n > strlen(bytes) && strcmp(option->name + n - strlen(bytes), bytes) == 0);
		for (unsigned other = 0; other < i; other++)
			assert_int_not_equal(mu_config_option(other)->offset, option->offset);
	}
	assert_in_range(names.n, 40, MOST_ROWS);
}

/* name{label="value"} without what comes from the brace on; rows that have labels differ in their values. */
static size_t family_length(const char *name)
{
	const char *brace = strchr(name, '{');
	char label[32], value[64], whole[128];

	if (!brace)
		return strlen(name);
	assert_int_equal(sscanf(brace, "{%31[a-z_]=\"%63[a-z0-9_]\"}", label, value), 2);
	snprintf(whole, sizeof(whole), "{%s=\"%s\"}", label, value);
	assert_string_equal(brace, whole);
	return (size_t)(brace - name);
}

static void metrics(void **state)
{
	static const struct {
		const char *name;
		const char *kind;
		const char *help;
	} rows[] = {
#define X(name, kind, text, help) { text, #kind, help },
		MU_METRICS(X)
#undef X
#define X(name, code, kind, retry, text)                                                                     \
	{ MU_METRIC_CLOSED_NAME "{kind=\"" kind "\"}", "COUNTER", MU_METRIC_CLOSED_HELP },
			MU_CLOSES(X)
#undef X
	};
	static const char total[] = "_total", prefix[] = "muster_";
	struct seen names = { 0 }, families = { 0 }, helps = { 0 };
	char family[MOST_ROWS][64];

	assert_int_equal(MU_COUNT(rows), MU_METRIC_COUNT);
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		size_t n = family_length(rows[i].name);

		snprintf(family[i], sizeof(family[i]), "%.*s", (int)n, rows[i].name);
		assert_memory_equal(rows[i].name, prefix, strlen(prefix));
		assert_new(&names, rows[i].name);
		assert_int_equal(strcmp(rows[i].kind, "COUNTER") == 0,
				 strcmp(family[i] + n - strlen(total), total) == 0);
		if (i && !strcmp(family[i], family[i - 1])) {
			assert_true(rows[i].name[n] == '{' && rows[i - 1].name[n] == '{');
			assert_string_equal(rows[i].kind, rows[i - 1].kind);
			continue;
		}
		assert_snake_case(family[i]);
		assert_new(&families, family[i]);
		assert_documents(rows[i].help);
		assert_new(&helps, rows[i].help);
		/* Backslashes would need an escape in the text format. */
		assert_null(strchr(rows[i].help, '\\'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors),
		cmocka_unit_test(close_codes),
		cmocka_unit_test(options),
		cmocka_unit_test(metrics),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
