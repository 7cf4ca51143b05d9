/* What the tests of configuration share: a fresh config for each test, and values as they are shown. */
#ifndef MUSTER_TESTS_BASE_CONFIG_TESTING_H
#define MUSTER_TESTS_BASE_CONFIG_TESTING_H

#include "testing.h"

#include "muster/base/config.h"

#include <stdlib.h>

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

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

__attribute__((unused)) static void assert_shown(const struct mu_config *config,
						 const struct mu_option *option, const char *text)
{
	char shown[128];

	mu_config_text(config, option, shown, sizeof(shown));
	assert_string_equal(shown, text);
}

#endif
