/* muster: finds the command by its name and runs it.
 * Thread: main. */
#include "cli.h"
#include "tail.h"
#include "top.h"

#include <stdio.h>
#include <string.h>

static const struct cli_command commands[] = {
	{ "serve", "--data DIR [--listen HOST:PORT] [--config FILE] [any option]", "Run the hub.", cmd_serve },
	{ "top", "--url URL --token T [--team ID] [--once]", "A live board of who is there, in the terminal.", cmd_top },
	{ "tail", "--url URL --token T [--presence] [--json | --text]", "Events as lines, as they happen.", cmd_tail },
	{ "audit verify", "--data DIR [--workspace ID]", "Check the hash chain of the log.", cmd_audit_verify },
	{ "config", "show|check|docs [--config FILE] [any option]", "The configuration in force, whether it holds, and what there is.", cmd_config },
};

static bool row(unsigned i, struct cli_command *ret_row)
{
	if (i >= MU_COUNT(commands))
		return cli_data_row(i - (unsigned)MU_COUNT(commands), ret_row);
	*ret_row = commands[i];
	return true;
}

/* How many arguments a name takes up: 0 when they don't spell it. */
static int matches(const char *name, int argc, char **argv)
{
	const char *space = strchr(name, ' ');
	size_t first = space ? (size_t)(space - name) : strlen(name);

	if (argc < 1 || strlen(argv[0]) != first || strncmp(argv[0], name, first))
		return 0;
	if (!space)
		return 1;
	return argc > 1 && !strcmp(argv[1], space + 1) ? 2 : 0;
}

static int usage(FILE *out)
{
	struct cli_command command;

	fprintf(out, "muster %s: presence and notifications for support platforms\n\n", MU_VERSION);
	for (unsigned i = 0; row(i, &command); i++)
		fprintf(out, "  muster %-13s %s\n  %21s%s\n", command.name, command.usage, "", command.help);
	fprintf(out, "\nEvery option is also MUSTER_… in the environment and a line in the config file: muster config docs\n");
	return out == stdout ? CLI_OK : CLI_USAGE;
}

int main(int argc, char **argv)
{
	struct cli_command command;

	if (argc < 2)
		return usage(stderr);
	if (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return usage(stdout);
	if (!strcmp(argv[1], "version") || !strcmp(argv[1], "--version"))
		return printf("muster %s\n", MU_VERSION) > 0 ? CLI_OK : CLI_FAILED;
	for (unsigned i = 0; row(i, &command); i++) {
		int words = matches(command.name, argc - 1, argv + 1);
		if (!words)
			continue;
		argv[words] = (char *)command.name;
		return command.run(argc - words, argv + words);
	}
	return cli_fail(CLI_USAGE, "there is no command '%s'; see muster help", argv[1]);
}
