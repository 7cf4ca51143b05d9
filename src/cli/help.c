/* What muster says about itself: all commands, those of a group, one with its options.
 * Thread: main. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

/* Whether the command's first word is the group's name. */
static bool belongs(const struct cli_command *command, const char *group)
{
	size_t n = strlen(group);

	return !strncmp(command->name, group, n) && command->name[n] == ' ';
}

bool cli_is_group(const char *word)
{
	struct cli_command command;

	for (unsigned i = 0; cli_row(i, &command); i++)
		if (belongs(&command, word))
			return true;
	return false;
}

void cli_list(FILE *out, const char *group)
{
	struct cli_command command;

	fprintf(out, "muster %s: presence and notifications for support platforms\n\n", MU_VERSION);
	for (unsigned i = 0; cli_row(i, &command); i++)
		if (!group || belongs(&command, group))
			fprintf(out, "  muster %-13s %s\n  %21s%s\n", command.name, command.usage, "",
				command.help);
	fprintf(out, "\nmuster COMMAND --help tells more. Every option is also MUSTER_… in the environment "
		     "and a line in the config file: muster config docs\n");
}

static void print_flag(const char *name, const char *value, const char *help)
{
	fprintf(stdout, "  --%s%s%s\n      %s\n", name, *value ? " " : "", value, help);
}

static void print_options(const struct cli_option *option)
{
	for (; option && option->name; option++)
		print_flag(option->name, cli_takes_value(option) ? "VALUE" : "", option->help);
}

void cli_flag(const struct mu_option *option, char flag[static CLI_FLAG_TEXT])
{
	size_t n = 0;

	for (; option->name[n] && n + 1 < CLI_FLAG_TEXT; n++)
		flag[n] = option->name[n] == '_' ? '-' : option->name[n];
	flag[n] = '\0';
}

static void print_config(void)
{
	const struct mu_option *option;

	for (unsigned i = 0; (option = mu_config_option(i)); i++) {
		char name[CLI_FLAG_TEXT];

		cli_flag(option, name);
		print_flag(name, *option->initial ? option->initial : "VALUE", option->help);
	}
}

int cli_help(const struct cli_command *command)
{
	printf("Usage: muster %s %s\n\n%s\n\n", command->name, command->usage, command->help);
	print_options(command->options);
	if (command->about == CLI_ABOUT_SERVE)
		print_config();
	else
		printf("\nWhere the data is can be said by --store, MUSTER_… and the config file, too: "
		       "muster config docs\n");
	return CLI_OK;
}
