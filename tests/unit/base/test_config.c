/* Configuration: defaults, limits and amounts, names that are mistyped, copies, and memory that runs out. */
#include "config_testing.h"

#include "muster/base/mem.h"

#include "failing_alloc.h"
#include "config.c"

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

/* The limits belong to the range, the next number on either side does not; a refused value changes nothing.
 */
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
		assert_int_equal(mu_config_set(config, option->name, "99999999999999999999", &fault),
				 MU_INVALID_PARAMS);
		assert_shown(config, option, before);
	}
}

static const struct {
	const char *option;
	const char *value;
	int64_t number;
	const char *shown;
} amounts[] = {
	{ "ping_interval_ms", "1500", 1500, "1500ms" },  { "ping_interval_ms", "1500ms", 1500, "1500ms" },
	{ "ping_interval_ms", "15s", 15000, "15s" },     { "ping_interval_ms", "5m", 300000, "5m" },
	{ "ping_interval_ms", "1h", 3600000, "1h" },     { "ping_interval_ms", "60s", 60000, "1m" },
	{ "background_ms", "7d", 604800000, "7d" },      { "background_ms", "0", 0, "0" },
	{ "max_message_bytes", "65536", 65536, "64k" },  { "max_message_bytes", "64K", 65536, "64k" },
	{ "max_message_bytes", "4m", 4194304, "4M" },    { "max_message_bytes", "1025", 1025, "1025" },
	{ "send_budget_bytes", "1G", 1073741824, "1G" }, { "edges", "007", 7, "7" },
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
	{ "edges", "2.0" },
	{ "edges", "-1" },
	{ "edges", "+1" },
	{ "edges", " 1" },
	{ "edges", "1k" },
	{ "edges", "one" },
	{ "edges", "0x10" },
	{ "ping_interval_ms", "15S" },
	{ "ping_interval_ms", "15 s" },
	{ "ping_interval_ms", "1.5s" },
	{ "ping_interval_ms", "1w" },
	{ "ping_interval_ms", "15k" },
	{ "max_message_bytes", "64kb" },
	{ "max_message_bytes", "64 k" },
	{ "max_message_bytes", "64s" },
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
	assert_string_equal(fault.message,
			    "ping_interval_ms must be a duration such as 250ms, 15s or 5m from 10ms to "
			    "1h, not \"2h\"");
	assert_int_equal(mu_config_set(*state, "ping-interval-ms", "2h", NULL), MU_INVALID_PARAMS);
}

static const struct {
	const char *wrong;
	const char *meant;
} typing_mistakes[] = {
	{ "lisen", "listen" },
	{ "listne", "listen" },
	{ "ping-interval", "ping_interval_ms" },
	{ "max_conections", "max_connections" },
	{ "log_levle", "log_level" },
	{ "nodes", "node" },
	{ "max_connections_per_adress", "max_connections_per_address" },
	{ "dta", "data" },
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
	static const char *const names[] = {
		"", "x", "colour", "1234567890",
		"a_name_that_is_longer_than_any_option_that_the_table_holds_or_ever_will"
	};

	for (size_t i = 0; i < MU_COUNT(names); i++) {
		struct mu_fault fault = { 0 };

		assert_int_equal(mu_config_set(*state, names[i], "1", &fault), MU_NOT_FOUND);
		assert_contains(fault.message, "muster config docs");
	}
}

static void a_copy_is_its_own(void **state)
{
	struct mu_config *config = *state;
	struct mu_config copy;

	assert_int_equal(mu_config_copy(config, &copy), MU_OK);
	assert_int_equal(mu_config_set(config, "node", "n7", NULL), MU_OK);
	assert_string_equal(copy.node, "");
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
	assert_string_equal(config->node, "");
	assert_string_equal(fault.message, "out of memory");
}

static void shown_values_fit_their_room(void **state)
{
	char out[6];

	mu_config_text(*state, mu_config_find("listen"), out, sizeof(out));
	assert_string_equal(out, "127.0");
}

static void secrets_are_not_shown(void **state)
{
	char out[16];

	mu_config_text(*state, mu_config_find("smtp_password"), out, sizeof(out));
	assert_string_equal(out, "");
	assert_int_equal(mu_config_set(*state, "smtp_password", "copper lantern", NULL), MU_OK);
	mu_config_text(*state, mu_config_find("smtp_password"), out, sizeof(out));
	assert_string_equal(out, "(hidden)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defaults_are_what_the_table_shows),
		cmocka_unit_test(rows_cover_the_struct),
		cmocka_unit_test(every_option_is_found_as_a_flag),
		TEST(limits_are_enforced),
		TEST(amounts_are_read_and_shown),
		TEST(what_is_no_amount_is_refused),
		TEST(the_fault_says_what_would_be_right),
		TEST(typing_mistakes_are_understood),
		TEST(wild_names_get_no_suggestion),
		TEST(a_copy_is_its_own),
		TEST(without_memory_nothing_changes),
		TEST(shown_values_fit_their_room),
		TEST(secrets_are_not_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
