/* Configuration from files and from the environment: every row of the table, and every mistake with its
 * place. */
#include "config_testing.h"

#include "muster/base/buf.h"
#include "muster/base/mem.h"

#include <ctype.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_PATH 64

/* A file in memory, and a path under which it can be opened. */
static int file_with(const char *content, size_t n, char path[static FILE_PATH])
{
	int file = memfd_create("config", 0);

	assert_int_equal(write(file, content, n), n);
	snprintf(path, FILE_PATH, "/proc/self/fd/%d", file);
	return file;
}

static enum mu_err load_bytes(struct mu_config *config, const char *content, size_t n,
			      struct mu_fault *ret_fault)
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

/* A good value that is not the default. */
static void other_value(const struct mu_option *option, char *text, size_t n)
{
	if (option->kind == MU_OPT_TEXT)
		snprintf(text, n, "other-%s", option->name);
	else
		snprintf(text, n, "%" PRId64, option->max);
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
	{ "listen = a:1\n\nping_intervall_ms = 5s\n", MU_NOT_FOUND,
	  ":3: there is no option \"ping_intervall_ms\"" },
	{ "edges = many\n", MU_INVALID_PARAMS, ":1: edges must be a whole number" },
	{ "# x\n[server]\n", MU_INVALID_PARAMS, ":2: a line must be name = value; \"[server]\" is not" },
	{ "listen\n", MU_INVALID_PARAMS, ":1: a line must be name = value" },
	{ "= 5\n", MU_NOT_FOUND, ":1: there is no option \"\"" },
	{ "edges =\n", MU_INVALID_PARAMS, ":1: edges must be" },
	{ "node = n1\nnode = n2\n", MU_INVALID_PARAMS, ":2: node was given before" },
	{ "ping_interval_ms=1s\nping-interval-ms=2s\n", MU_INVALID_PARAMS,
	  ":2: ping_interval_ms was given before" },
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
	{ "MUSTER_LISEN=x", MU_NOT_FOUND,
	  "MUSTER_LISEN: there is no option \"lisen\"; did you mean \"listen\"?" },
	{ "MUSTER_EDGES=", MU_INVALID_PARAMS,
	  "MUSTER_EDGES: edges must be a whole number from 0 to 256, not \"\"" },
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_option_is_set_from_a_file),
		cmocka_unit_test(every_option_is_set_from_the_environment),
		TEST(the_longest_fault_of_each_option_fits),
		TEST(a_file_is_read),
		TEST(a_long_list_is_read_whole),
		TEST(mistakes_in_a_file_are_named_with_their_line),
		TEST(what_is_no_text_file_is_refused),
		TEST(a_long_path_leaves_room_for_the_sentence),
		TEST(the_environment_is_read),
		TEST(mistakes_in_the_environment_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
