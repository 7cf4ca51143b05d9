/* muster config: the options in force, whether they hold together, and the reference of all of them.
 * Thread: main. */
#include "cli.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static void each_option(const struct mu_config *config,
			void (*print)(const struct mu_option *option, const char *value))
{
	const struct mu_option *option;
	char value[4096];

	for (unsigned i = 0; (option = mu_config_option(i)); i++) {
		mu_config_text(config, option, value, sizeof(value));
		print(option, value);
	}
}

static void print_value(const struct mu_option *option, const char *value)
{
	printf("%s = %s\n", option->name, value);
}

static void print_docs(const struct mu_option *option, const char *value)
{
	char flag[CLI_FLAG_TEXT], variable[CLI_FLAG_TEXT];
	size_t n = 0;

	cli_flag(option, flag);
	for (; option->name[n] && n + 1 < sizeof(variable); n++)
		variable[n] = (char)toupper((unsigned char)option->name[n]);
	variable[n] = '\0';
	printf("%s\n    --%s, MUSTER_%s; default: %s%s\n    %s\n", option->name, flag, variable,
	       *option->initial ? option->initial : "(none)",
	       option->reloadable ? "; SIGHUP takes a new value" : "", option->help);
}

int cmd_config(int argc, char **argv)
{
	struct mu_config config = { 0 };
	struct mu_fault fault = { 0 };
	const char *word = argc > 1 ? argv[1] : "";
	int code;

	if (strcmp(word, "show") && strcmp(word, "check") && strcmp(word, "docs"))
		return cli_fail(CLI_USAGE, "config: say show, check or docs");
	code = cli_config(argc - 1, argv + 1, &config);
	if (!code)
		code = cli_options(argc - 1, argv + 1, NULL, &config, NULL);
	if (!code && !strcmp(word, "docs"))
		each_option(&config, print_docs);
	if (!code && !strcmp(word, "show"))
		each_option(&config, print_value);
	if (!code && !strcmp(word, "check"))
		code = mu_config_check(&config, &fault) ? cli_fail(CLI_FAILED, "%s", mu_fault_text(&fault))
							: CLI_OK;
	mu_config_finish(&config);
	return code;
}
