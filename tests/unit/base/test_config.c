/* Configuration: every row of the table from every source, and every mistake an error that helps. */
#include "testing.h"

#include "muster/base/buf.h"
#include "muster/base/mem.h"

#include <ctype.h>
#include <sys/mman.h>
#include <unistd.h>

#include "failing_alloc.h"
#include "config.c"

#define FILE_PATH 64

static int setup(void **state)
{
	struct mu_config *config = calloc(1, sizeof(*config));

	*state = config;
	return mu_config_init(config) == MU_OK ? 0 : -1;
}

static int teardown(void **state)
{
	mu_config_finish(*state);
	free(*state);
	return 0;
}

static void assert_contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

/* A file in memory, and a path under which it can be opened. */
static int file_with(const char *content, size_t n, char path[static FILE_PATH])
{
	int file = memfd_create("config", 0);

	assert_int_equal(write(file, content, n), n);
	snprintf(path, FILE_PATH, "/proc/self/fd/%d", file);
	return file;
}

static enum mu_err load_bytes(struct mu_config *config, const char *content, size_t n, struct mu_fault *ret_fault)
{
	char path[FILE_PATH];
	int file = file_with(content, n, path);
	enum mu_err err = mu_config_load(config, path, ret_fault);

	close(file);
	return err;
}

static enum mu_err load(struct mu_config *config, const char *content, struct mu_fault *ret_fault)
{
	return load_bytes(config, content, strlen(content), ret_fault);
}

static void assert_shown(const struct mu_config *config, const struct mu_option *option, const char *text)
{
	char shown[128];

	mu_config_text(config, option, shown, sizeof(shown));
	assert_string_equal(shown, text);
}

/* A good value that is not the default. */
static void other_value(const struct mu_option *option, char *text, size_t n)
{
	if (option->kind == MU_OPT_TEXT)
		snprintf(text, n, "other-%s", option->name);
	else
		snprintf(text, n, "%" PRId64, option->max);
}

static void defaults_are_what_the_table_shows(void **state)
{
	const struct mu_config *config = *state;

	for (unsigned i = 0; mu_config_option(i); i++)
		assert_shown(config, mu_config_option(i), mu_config_option(i)->initial);
	assert_string_equal(config->listen, "127.0.0.1:8080");
	assert_int_equal(config->ping_interval_ms, 25000);
	assert_int_equal(config->max_message_bytes, 65536);
	assert_int_equal(config->max_connections_per_address, 2000);
	assert_int_equal(config->session_ttl_ms, 12 * 3600 * 1000);
}

static void defaults_pass_the_check(void **state)
{
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_config_check(*state, &fault), MU_OK);
}

/* Every member has a row of its own: the rows cover the struct from its first to its last byte. */
static void rows_cover_the_struct(void **state)
{
	size_t end = 0;

	for (unsigned i = 0; mu_config_option(i); i++) {
		const struct mu_option *option = mu_config_option(i);

		assert_int_equal(option->offset, end);
		end += option->kind == MU_OPT_TEXT ? sizeof(char *) : sizeof(int64_t);
	}
	assert_int_equal(end, sizeof(struct mu_config));
}

static void every_option_is_set_from_a_file(void **state)
{
	for (unsigned i = 0; mu_config_option(i); i++) {
		const struct mu_option *option = mu_config_option(i);
		char value[64], line[128];
		struct mu_config config, expected;
		struct mu_fault fault = { 0 };

		other_value(option, value, sizeof(value));
		snprintf(line, sizeof(line), "%s = %s\n", option->name, value);
		assert_int_equal(mu_config_init(&config), MU_OK);
		assert_int_equal(mu_config_copy(&config, &expected), MU_OK);
		assert_int_equal(load(&config, line, &fault), MU_OK);
		assert_int_equal(mu_config_set(&expected, option->name, value, &fault), MU_OK);
		for (unsigned k = 0; mu_config_option(k); k++) {
			char shown[128];

			mu_config_text(&expected, mu_config_option(k), shown, sizeof(shown));
			assert_shown(&config, mu_config_option(k), shown);
			assert_int_equal(strcmp(shown, mu_config_option(k)->initial) != 0, k == i);
		}
		mu_config_finish(&config);
		mu_config_finish(&expected);
	}
}

static void every_option_is_set_from_the_environment(void **state)
{
	for (unsigned i = 0; mu_config_option(i); i++) {
		const struct mu_option *option = mu_config_option(i);
		char value[64], variable[128], shown[128];
		char *environment[] = { "HOME=/nowhere", "MUSTERED=x", variable, NULL };
		struct mu_config config;
		struct mu_fault fault = { 0 };
		int n = snprintf(variable, sizeof(variable), "MUSTER_%s", option->name);

		for (int k = 0; k < n; k++)
			variable[k] = (char)toupper((unsigned char)variable[k]);
		other_value(option, value, sizeof(value));
		snprintf(variable + n, sizeof(variable) - (size_t)n, "=%s", value);
		assert_int_equal(mu_config_init(&config), MU_OK);
		assert_int_equal(mu_config_env(&config, environment, &fault), MU_OK);
		mu_config_text(&config, option, shown, sizeof(shown));
		assert_string_not_equal(shown, option->initial);
		mu_config_finish(&config);
	}
}

static void every_option_is_found_as_a_flag(void **state)
{
	for (unsigned i = 0; mu_config_option(i); i++) {
		char flag[64];

		snprintf(flag, sizeof(flag), "%s", mu_config_option(i)->name);
		for (char *c = flag; *c; c++)
			*c = *c == '_' ? '-' : *c;
		assert_ptr_equal(mu_config_find(flag), mu_config_option(i));
		assert_ptr_equal(mu_config_find(mu_config_option(i)->name), mu_config_option(i));
	}
	assert_null(mu_config_find(""));
	assert_null(mu_config_find("liste"));
	assert_null(mu_config_find("listenn"));
	assert_null(mu_config_find("LISTEN"));
}

/* The limits belong to the range, the next number on either side does not; a refused value changes nothing. */
static void limits_are_enforced(void **state)
{
	struct mu_config *config = *state;

	for (unsigned i = 0; mu_config_option(i); i++) {
		const struct mu_option *option = mu_config_option(i);
		struct mu_fault fault = { 0 };
		char text[32], before[128];

		if (option->kind == MU_OPT_TEXT)
			continue;
		assert_true(option->min >= 0 && option->min < option->max);
		snprintf(text, sizeof(text), "%" PRId64, option->min);
		assert_int_equal(mu_config_set(config, option->name, text, &fault), MU_OK);
		snprintf(text, sizeof(text), "%" PRId64, option->max);
		assert_int_equal(mu_config_set(config, option->name, text, &fault), MU_OK);
		mu_config_text(config, option, before, sizeof(before));
		snprintf(text, sizeof(text), "%" PRId64, option->max + 1);
		assert_int_equal(mu_config_set(config, option->name, text, &fault), MU_INVALID_PARAMS);
		assert_contains(fault.message, option->name);
		assert_contains(fault.message, text);
		snprintf(text, sizeof(text), "%" PRId64, option->min - 1);
		assert_int_equal(mu_config_set(config, option->name, text, &fault), MU_INVALID_PARAMS);
		assert_int_equal(mu_config_set(config, option->name, "", &fault), MU_INVALID_PARAMS);
		assert_int_equal(mu_config_set(config, option->name, "99999999999999999999", &fault), MU_INVALID_PARAMS);
		assert_shown(config, option, before);
	}
}

static const struct {
	const char *option;
	const char *value;
	int64_t number;
	const char *shown;
} amounts[] = {
	{ "ping_interval_ms", "1500", 1500, "1500ms" },
	{ "ping_interval_ms", "1500ms", 1500, "1500ms" },
	{ "ping_interval_ms", "15s", 15000, "15s" },
	{ "ping_interval_ms", "5m", 300000, "5m" },
	{ "ping_interval_ms", "1h", 3600000, "1h" },
	{ "ping_interval_ms", "60s", 60000, "1m" },
	{ "background_ms", "7d", 604800000, "7d" },
	{ "background_ms", "0", 0, "0" },
	{ "max_message_bytes", "65536", 65536, "64k" },
	{ "max_message_bytes", "64K", 65536, "64k" },
	{ "max_message_bytes", "4m", 4194304, "4M" },
	{ "max_message_bytes", "1025", 1025, "1025" },
	{ "send_budget_bytes", "1G", 1073741824, "1G" },
	{ "edges", "007", 7, "7" },
};

static void amounts_are_read_and_shown(void **state)
{
	struct mu_config *config = *state;

	for (size_t i = 0; i < MU_COUNT(amounts); i++) {
		const struct mu_option *option = mu_config_find(amounts[i].option);
		struct mu_fault fault = { 0 };

		assert_int_equal(mu_config_set(config, option->name, amounts[i].value, &fault), MU_OK);
		assert_int_equal(*(int64_t *)((char *)config + option->offset), amounts[i].number);
		assert_shown(config, option, amounts[i].shown);
	}
}

static const struct {
	const char *option;
	const char *value;
} no_amounts[] = {
	{ "edges", "2.0" }, { "edges", "-1" }, { "edges", "+1" }, { "edges", " 1" }, { "edges", "1k" },
	{ "edges", "one" }, { "edges", "0x10" }, { "ping_interval_ms", "15S" }, { "ping_interval_ms", "15 s" },
	{ "ping_interval_ms", "1.5s" }, { "ping_interval_ms", "1w" }, { "ping_interval_ms", "15k" },
	{ "max_message_bytes", "64kb" }, { "max_message_bytes", "64 k" }, { "max_message_bytes", "64s" },
	{ "send_budget_bytes", "99999999999G" },
};

static void what_is_no_amount_is_refused(void **state)
{
	for (size_t i = 0; i < MU_COUNT(no_amounts); i++) {
		struct mu_fault fault = { 0 };

		assert_int_equal(mu_config_set(*state, no_amounts[i].option, no_amounts[i].value, &fault),
				 MU_INVALID_PARAMS);
	}
}

static void the_fault_says_what_would_be_right(void **state)
{
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_config_set(*state, "ping_interval_ms", "2h", &fault), MU_INVALID_PARAMS);
	assert_string_equal(fault.message, "ping_interval_ms must be a duration such as 250ms, 15s or 5m from 10ms to "
					   "1h, not \"2h\"");
	assert_int_equal(mu_config_set(*state, "ping-interval-ms", "2h", NULL), MU_INVALID_PARAMS);
}

static void the_longest_fault_of_each_option_fits(void **state)
{
	char path[FILE_PATH], text[256], value[64];

	memset(value, '9', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (unsigned i = 0; mu_config_option(i); i++) {
		struct mu_fault fault = { 0 };

		if (mu_config_option(i)->kind == MU_OPT_TEXT)
			continue;
		snprintf(text, sizeof(text), "\n\n\n\n\n\n\n\n\n%s = %s", mu_config_option(i)->name, value);
		int file = file_with(text, strlen(text), path);
		assert_int_equal(mu_config_load(*state, path, &fault), MU_INVALID_PARAMS);
		close(file);
		assert_contains(fault.message, ":10: ");
		assert_int_equal(fault.message[strlen(fault.message) - 1], '"');
	}
}

static const struct {
	const char *wrong;
	const char *meant;
} typing_mistakes[] = {
	{ "lisen", "listen" }, { "listne", "listen" }, { "ping-interval", "ping_interval_ms" },
	{ "max_conections", "max_connections" }, { "log_levle", "log_level" }, { "nodes", "node" },
	{ "max_connections_per_adress", "max_connections_per_address" }, { "dta", "data" },
};

static void typing_mistakes_are_understood(void **state)
{
	for (size_t i = 0; i < MU_COUNT(typing_mistakes); i++) {
		struct mu_fault fault = { 0 };
		char part[96];

		assert_int_equal(mu_config_set(*state, typing_mistakes[i].wrong, "1", &fault), MU_NOT_FOUND);
		snprintf(part, sizeof(part), "\"%s\"; did you mean \"%s\"?", typing_mistakes[i].wrong,
			 typing_mistakes[i].meant);
		assert_contains(fault.message, part);
	}
}

static void wild_names_get_no_suggestion(void **state)
{
	static const char *const names[] = { "", "x", "colour", "1234567890",
					     "a_name_that_is_longer_than_any_option_that_the_table_holds_or_ever_will" };

	for (size_t i = 0; i < MU_COUNT(names); i++) {
		struct mu_fault fault = { 0 };

		assert_int_equal(mu_config_set(*state, names[i], "1", &fault), MU_NOT_FOUND);
		assert_contains(fault.message, "muster config docs");
	}
}

static void a_file_is_read(void **state)
{
	struct mu_config *config = *state;
	struct mu_fault fault = { 0 };

	assert_int_equal(load(config,
			      "# the hub of the office\n"
			      "\n"
			      "listen=0.0.0.0:9000 ; everywhere\n"
			      "   ping-interval-ms = 30s\t# a minute is too long\r\n"
			      "store = sqlite:/data/a#b;c=d.db\n"
			      ";node = n9\n"
			      "web =\n"
			      "node = n2",
			      &fault),
			 MU_OK);
	assert_string_equal(config->listen, "0.0.0.0:9000");
	assert_int_equal(config->ping_interval_ms, 30000);
	assert_string_equal(config->store, "sqlite:/data/a#b;c=d.db");
	assert_string_equal(config->web, "");
	assert_string_equal(config->node, "n2");
	assert_int_equal(load(config, "", &fault), MU_OK);
}

static void a_long_list_is_read_whole(void **state)
{
	struct mu_config *config = *state;
	struct mu_fault fault = { 0 };
	AUTO_BUF struct mu_buf line = { 0 };
	const size_t name = strlen("trusted_proxies=");

	mu_buf_str(&line, "trusted_proxies=10.0.0.0/8");
	for (int i = 0; i < 200; i++)
		mu_buf_printf(&line, ", 2001:db8:%x::/48", (unsigned)i);
	assert_int_equal(load(config, mu_buf_text(&line), &fault), MU_OK);
	assert_string_equal(config->trusted_proxies, mu_buf_text(&line) + name);
	assert_int_equal(mu_config_check(config, &fault), MU_OK);
}

static const struct {
	const char *content;
	enum mu_err err;
	const char *part;
} bad_files[] = {
	{ "listen = a:1\n\nping_intervall_ms = 5s\n", MU_NOT_FOUND, ":3: there is no option \"ping_intervall_ms\"" },
	{ "edges = many\n", MU_INVALID_PARAMS, ":1: edges must be a whole number" },
	{ "# x\n[server]\n", MU_INVALID_PARAMS, ":2: a line must be name = value; \"[server]\" is not" },
	{ "listen\n", MU_INVALID_PARAMS, ":1: a line must be name = value" },
	{ "= 5\n", MU_NOT_FOUND, ":1: there is no option \"\"" },
	{ "edges =\n", MU_INVALID_PARAMS, ":1: edges must be" },
	{ "node = n1\nnode = n2\n", MU_INVALID_PARAMS, ":2: node was given before" },
	{ "ping_interval_ms=1s\nping-interval-ms=2s\n", MU_INVALID_PARAMS, ":2: ping_interval_ms was given before" },
	{ "node = \"n1\"\n", MU_INVALID_PARAMS, ":1: a value stands without quotes" },
	{ "node = 'n1'\n", MU_INVALID_PARAMS, ":1: a value stands without quotes" },
	{ "\xef\xbb\xbfnode = n1\n", MU_NOT_FOUND, ":1: there is no option" },
};

static void mistakes_in_a_file_are_named_with_their_line(void **state)
{
	for (size_t i = 0; i < MU_COUNT(bad_files); i++) {
		struct mu_fault fault = { 0 };

		assert_int_equal(load(*state, bad_files[i].content, &fault), bad_files[i].err);
		assert_int_equal(fault.err, bad_files[i].err);
		assert_contains(fault.message, bad_files[i].part);
		assert_int_equal(load(*state, bad_files[i].content, NULL), bad_files[i].err);
	}
}

static void what_is_no_text_file_is_refused(void **state)
{
	struct mu_fault fault = { 0 };

	assert_int_equal(load_bytes(*state, "node\0 = x\n", 10, &fault), MU_INVALID_PARAMS);
	assert_contains(fault.message, ":1: this is not a text file");
	assert_int_equal(mu_config_load(*state, "/proc/self", &fault), MU_UNAVAILABLE);
	assert_contains(fault.message, "/proc/self: ");
	assert_int_equal(mu_config_load(*state, "/proc/self/no-such-file", &fault), MU_NOT_FOUND);
	assert_contains(fault.message, "no-such-file: No such file");
}

static void a_long_path_leaves_room_for_the_sentence(void **state)
{
	struct mu_fault fault = { 0 };
	char path[1024] = "";

	for (int i = 0; i < 40; i++)
		strcat(path, "/a-long-directory");
	strcat(path, "/muster.conf");
	assert_int_equal(mu_config_load(*state, path, &fault), MU_NOT_FOUND);
	assert_contains(fault.message, "/muster.conf: No such file or directory");
}

static void the_environment_is_read(void **state)
{
	char *environment[] = { "PATH=x", "MUSTER_LISTEN=[::]:80", "MUSTER_WEB=", "MUSTER_EDGES=3", NULL };
	struct mu_config *config = *state;
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_config_env(config, environment, &fault), MU_OK);
	assert_string_equal(config->listen, "[::]:80");
	assert_string_equal(config->web, "");
	assert_int_equal(config->edges, 3);
}

static const struct {
	char *variable;
	enum mu_err err;
	const char *part;
} bad_variables[] = {
	{ "MUSTER_LISEN=x", MU_NOT_FOUND, "MUSTER_LISEN: there is no option \"lisen\"; did you mean \"listen\"?" },
	{ "MUSTER_EDGES=", MU_INVALID_PARAMS, "MUSTER_EDGES: edges must be a whole number from 0 to 256, not \"\"" },
	{ "MUSTER_EDGES", MU_INVALID_PARAMS, "MUSTER_EDGES: edges must be" },
	{ "MUSTER_=1", MU_NOT_FOUND, "MUSTER_: there is no option \"\"" },
	{ "MUSTER_A_NAME_THAT_IS_LONGER_THAN_ANY_OPTION_OF_THE_TABLE_MAY_EVER_BECOME=1", MU_NOT_FOUND,
	  "there is no option \"a_name_that" },
};

static void mistakes_in_the_environment_are_named(void **state)
{
	for (size_t i = 0; i < MU_COUNT(bad_variables); i++) {
		char *environment[] = { bad_variables[i].variable, NULL };
		struct mu_fault fault = { 0 };

		assert_int_equal(mu_config_env(*state, environment, &fault), bad_variables[i].err);
		assert_contains(fault.message, bad_variables[i].part);
	}
}

static const struct {
	const char *option;
	const char *good[4];
	const char *bad[12];
} forms_seen[] = {
	{ "data", { ".", "/var/lib/muster" }, { "" } },
	{ "listen",
	  { "127.0.0.1:8080", "[::1]:0", "localhost:65535", "0.0.0.0:80" },
	  { "", "8080", ":8080", "localhost", "localhost:", "::1:80", "[::1]", "[]:80", "[::1]80", "h:65536",
	    "h:-1", "h:99999999999999999999" } },
	{ "metrics_listen", { "", "127.0.0.1:9100" }, { "9100", "h:80x" } },
	{ "store", { "", "memory:", "sqlite:x.db" }, { "sqlite:", "memory", "x.db", "postgres://h/db" } },
	{ "origins",
	  { "", "*", "https://a.example, http://b.example:8080", "capacitor://localhost" },
	  { "a.example", "https://", "https://a.example/", "https://a.example,,", "://a", "https://a b" } },
	{ "trusted_proxies",
	  { "", "10.0.0.7", "10.0.0.0/8,  ::1", "2001:db8::/32" },
	  { "10.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/8/8", "all", "10.0.0.0/-1",
	    "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc" } },
	{ "node", { "n1", "hub-a.eu" }, { "", "a b", "-a", "n/1" } },
	{ "log_level", { "error", "warn", "info", "debug" }, { "", "trace", "INFO" } },
	{ "log_format", { "text", "json" }, { "", "xml" } },
};

static void forms_of_texts_are_checked(void **state)
{
	struct mu_config *config = *state;

	for (size_t i = 0; i < MU_COUNT(forms_seen); i++) {
		const char *option = forms_seen[i].option;
		struct mu_fault fault = { 0 };

		for (size_t k = 0; k < MU_COUNT(forms_seen[i].bad) && forms_seen[i].bad[k]; k++) {
			assert_int_equal(mu_config_set(config, option, forms_seen[i].bad[k], NULL), MU_OK);
			if (mu_config_check(config, &fault) != MU_INVALID_PARAMS)
				fail_msg("%s took \"%s\"", option, forms_seen[i].bad[k]);
			assert_contains(fault.message, option);
		}
		for (size_t k = 0; k < MU_COUNT(forms_seen[i].good) && forms_seen[i].good[k]; k++) {
			assert_int_equal(mu_config_set(config, option, forms_seen[i].good[k], NULL), MU_OK);
			if (mu_config_check(config, &fault) != MU_OK)
				fail_msg("%s refused \"%s\"", option, forms_seen[i].good[k]);
		}
	}
}

static const struct {
	const char *less, *more, *value; /* a value of `less` that is just too big for the default of `more` */
	const char *greatest;
} relations_seen[] = {
	{ "pong_timeout_ms", "ping_interval_ms", "25s", "24999" },
	{ "max_message_bytes", "send_budget_bytes", "1048577", "1M" },
	{ "drain_spread_ms", "drain_ms", "10001", "10s" },
};

static void relations_between_options_are_checked(void **state)
{
	for (size_t i = 0; i < MU_COUNT(relations_seen); i++) {
		struct mu_config config;
		struct mu_fault fault = { 0 };

		assert_int_equal(mu_config_init(&config), MU_OK);
		assert_int_equal(mu_config_set(&config, relations_seen[i].less, relations_seen[i].value, NULL), MU_OK);
		assert_int_equal(mu_config_check(&config, &fault), MU_INVALID_PARAMS);
		assert_contains(fault.message, relations_seen[i].less);
		assert_contains(fault.message, relations_seen[i].more);
		assert_int_equal(mu_config_set(&config, relations_seen[i].less, relations_seen[i].greatest, NULL), MU_OK);
		assert_int_equal(mu_config_check(&config, &fault), MU_OK);
		mu_config_finish(&config);
	}
}

static void a_copy_is_its_own(void **state)
{
	struct mu_config *config = *state;
	struct mu_config copy;

	assert_int_equal(mu_config_copy(config, &copy), MU_OK);
	assert_int_equal(mu_config_set(config, "node", "n7", NULL), MU_OK);
	assert_string_equal(copy.node, "n1");
	mu_config_finish(&copy);
	assert_null(copy.node);
}

/* Whatever allocation fails, the target stays as it was and nothing leaks. */
static void without_memory_nothing_changes(void **state)
{
	struct mu_config *config = *state;
	struct mu_config other = { .edges = 42 };
	long texts = 0;

	for (unsigned i = 0; mu_config_option(i); i++)
		texts += mu_config_option(i)->kind == MU_OPT_TEXT;
	for (long passes = 0; passes < texts; passes++) {
		failing_after(passes);
		assert_int_equal(mu_config_copy(config, &other), MU_NO_MEMORY);
		assert_int_equal(other.edges, 42);
		failing_never();
	}
	for (long passes = 0; passes < texts; passes++) {
		struct mu_config fresh;

		failing_after(passes);
		assert_int_equal(mu_config_init(&fresh), MU_NO_MEMORY);
		failing_never();
	}

	struct mu_fault fault = { 0 };
	failing_after(0);
	assert_int_equal(mu_config_set(config, "node", "n7", &fault), MU_NO_MEMORY);
	failing_never();
	assert_string_equal(config->node, "n1");
	assert_string_equal(fault.message, "out of memory");
}

static void shown_values_fit_their_room(void **state)
{
	char out[6];

	mu_config_text(*state, mu_config_find("listen"), out, sizeof(out));
	assert_string_equal(out, "127.0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defaults_are_what_the_table_shows),
		TEST(defaults_pass_the_check),
		cmocka_unit_test(rows_cover_the_struct),
		cmocka_unit_test(every_option_is_set_from_a_file),
		cmocka_unit_test(every_option_is_set_from_the_environment),
		cmocka_unit_test(every_option_is_found_as_a_flag),
		TEST(limits_are_enforced),
		TEST(amounts_are_read_and_shown),
		TEST(what_is_no_amount_is_refused),
		TEST(the_fault_says_what_would_be_right),
		TEST(the_longest_fault_of_each_option_fits),
		TEST(typing_mistakes_are_understood),
		TEST(wild_names_get_no_suggestion),
		TEST(a_file_is_read),
		TEST(a_long_list_is_read_whole),
		TEST(mistakes_in_a_file_are_named_with_their_line),
		TEST(what_is_no_text_file_is_refused),
		TEST(a_long_path_leaves_room_for_the_sentence),
		TEST(the_environment_is_read),
		TEST(mistakes_in_the_environment_are_named),
		TEST(forms_of_texts_are_checked),
		cmocka_unit_test(relations_between_options_are_checked),
		TEST(a_copy_is_its_own),
		TEST(without_memory_nothing_changes),
		TEST(shown_values_fit_their_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
