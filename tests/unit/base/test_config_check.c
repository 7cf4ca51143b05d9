/* The form of texts and the relations between options. */
#include "config_testing.h"

#include "muster/base/mem.h"

static void defaults_pass_the_check(void **state)
{
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_config_check(*state, &fault), MU_OK);
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
	{ "store",
	  { "", "memory:", "sqlite:x.db", "postgres://h/db" },
	  { "sqlite:", "memory", "x.db", "postgres:h/db", "postgres://" } },
	{ "origins",
	  { "", "*", "https://a.example, http://b.example:8080", "capacitor://localhost" },
	  { "a.example", "https://", "https://a.example/", "https://a.example,,", "://a", "https://a b" } },
	{ "trusted_proxies",
	  { "", "10.0.0.7", "10.0.0.0/8,  ::1", "2001:db8::/32" },
	  { "10.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/8/8", "all", "10.0.0.0/-1",
	    "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc" } },
	{ "node", { "", "n1", "hub-a.eu" }, { "a b", "-a", "n/1" } },
	{ "bus", { "", "local" }, { "redis://", "redis:6379", "rediss://h:1", "h:6379", "LOCAL" } },
	{ "public_url",
	  { "https://muster.example.org", "http://[::1]:8080/desk/", "" },
	  { "muster.example.org", "https://", "https:///x", "https://a b", "https://a?b", "https://a#b",
	    "https://a\"b", "https://a<b", "https://a\nb", "javascript:alert(1)" } },
	{ "smtp_tls", { "required", "opportunistic", "off" }, { "", "on", "REQUIRED" } },
	{ "smtp_from",
	  { "", "muster@acme.test" },
	  { "muster", "@acme.test", "m@", "a@b@c.test", "Muster <m@acme.test>", "m@a.test, n@a.test",
	    "m@a.test\r\nBcc: x@y.test" } },
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

static void set(struct mu_config *config, const char *option, const char *value)
{
	assert_int_equal(mu_config_set(config, option, value, NULL), MU_OK);
}

static void mail_has_a_sender_and_links(void **state)
{
	static const char *const bad[] = { "mail.acme.test", "http://mail.acme.test", "smtp://",
					   "smtp://a/b",     "smtp://user:word@a",    "smtp://a b" };
	struct mu_config *config = *state;
	struct mu_fault fault = { 0 };

	for (size_t i = 0; i < MU_COUNT(bad); i++) {
		set(config, "smtp_url", bad[i]);
		assert_int_equal(mu_config_check(config, &fault), MU_INVALID_PARAMS);
		assert_contains(fault.message, "smtp_url must be");
	}
	set(config, "smtp_url", "smtps://mail.acme.test:465");
	assert_int_equal(mu_config_check(config, &fault), MU_INVALID_PARAMS);
	assert_contains(fault.message, "smtp_url needs smtp_from");
	set(config, "smtp_from", "muster@acme.test");
	assert_int_equal(mu_config_check(config, &fault), MU_INVALID_PARAMS);
	assert_contains(fault.message, "smtp_url needs public_url");
	set(config, "public_url", "https://muster.acme.test");
	assert_int_equal(mu_config_check(config, &fault), MU_OK);
}

static void a_cluster_has_one_log_and_a_key(void **state)
{
	struct mu_config *config = *state;
	struct mu_fault fault = { 0 };

	assert_false(mu_config_clustered(config));
	set(config, "bus", "redis://127.0.0.1:6379");
	assert_true(mu_config_clustered(config));
	assert_int_equal(mu_config_check(config, &fault), MU_INVALID_PARAMS);
	assert_contains(fault.message, "bus needs a store that all nodes reach");
	set(config, "store", "postgres://h/db");
	assert_int_equal(mu_config_check(config, &fault), MU_INVALID_PARAMS);
	assert_contains(fault.message, "bus needs cluster_key_file");
	set(config, "cluster_key_file", "key");
	assert_int_equal(mu_config_check(config, &fault), MU_OK);
	set(config, "bus", "local");
	assert_false(mu_config_clustered(config));
}

static void a_password_goes_out_unencrypted_only_on_demand(void **state)
{
	struct mu_config *config = *state;
	struct mu_fault fault = { 0 };

	set(config, "smtp_user", "muster");
	assert_int_equal(mu_config_check(config, &fault), MU_OK);
	set(config, "smtp_tls", "opportunistic");
	assert_int_equal(mu_config_check(config, &fault), MU_INVALID_PARAMS);
	assert_contains(fault.message, "smtp_tls must be required");
	set(config, "smtp_tls", "off");
	assert_int_equal(mu_config_check(config, &fault), MU_OK);
}

static const struct {
	const char *less, *more,
		*value; /* a value of `less` that is just too big for the default of `more` */
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
		assert_int_equal(
			mu_config_set(&config, relations_seen[i].less, relations_seen[i].value, NULL), MU_OK);
		assert_int_equal(mu_config_check(&config, &fault), MU_INVALID_PARAMS);
		assert_contains(fault.message, relations_seen[i].less);
		assert_contains(fault.message, relations_seen[i].more);
		assert_int_equal(
			mu_config_set(&config, relations_seen[i].less, relations_seen[i].greatest, NULL),
			MU_OK);
		assert_int_equal(mu_config_check(&config, &fault), MU_OK);
		mu_config_finish(&config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defaults_pass_the_check),
		TEST(forms_of_texts_are_checked),
		TEST(mail_has_a_sender_and_links),
		TEST(a_cluster_has_one_log_and_a_key),
		TEST(a_password_goes_out_unencrypted_only_on_demand),
		cmocka_unit_test(relations_between_options_are_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
