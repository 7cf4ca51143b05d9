/* muster: finds the command by its name and runs it.
 * Thread: main. */
#include "bench.h"
#include "cli.h"
#include "tail.h"
#include "top.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct cli_command commands[] = {
	{ "serve", "--data DIR [--listen HOST:PORT] [--config FILE] [any option]", "Run the hub.", cmd_serve,
	  NULL, CLI_ABOUT_SERVE },
	{ "top", "--url URL --token T [--team ID] [--once]", "A live board of who is there, in the terminal.",
	  cmd_top, NULL, CLI_ABOUT_ITSELF },
	{ "tail", "--url URL --token T [--presence] [--json | --text]", "Events as lines, as they happen.",
	  cmd_tail, NULL, CLI_ABOUT_ITSELF },
	{ "bench", "--url URL --token T [--sessions N] [--rate N] [--seconds S]",
	  "Measure a hub under many sessions, from outside.", cmd_bench, NULL, CLI_ABOUT_ITSELF },
	{ "audit verify", "--data DIR [--workspace ID [--anchor END]]", "Check the hash chain of the log.",
	  cmd_audit_verify, audit_options, CLI_ABOUT_OPTIONS },
	{ "commands", "", "What clients can ask the hub for, as JSON.", cmd_commands, NULL,
	  CLI_ABOUT_OPTIONS },
	{ "audit list", "--data DIR --workspace ID [--user ID] [--action ACTION] [--from TIME] [--to TIME]",
	  "What was done, newest first.", cmd_list_audit, audit_list_options, CLI_ABOUT_OPTIONS },
	{ "audit export", "--data DIR --workspace ID [--format csv|jsonl] [--user ID] [--action ACTION] …",
	  "All of it, for a file.", cmd_export_audit, audit_export_options, CLI_ABOUT_OPTIONS },
	{ "reference", "openapi|asyncapi|metrics",
	  "The reference of the HTTP API or the WebSocket, as JSON, or of /metrics.", cmd_reference, NULL,
	  CLI_ABOUT_OPTIONS },
	{ "config", "show|check|docs [--config FILE] [any option]",
	  "The configuration in force, whether it holds, and what there is.", cmd_config, NULL,
	  CLI_ABOUT_OPTIONS },
};

bool cli_row(unsigned i, struct cli_command *ret_row)
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

static bool is_help(const char *word)
{
	return !strcmp(word, "help") || !strcmp(word, "--help") || !strcmp(word, "-h");
}

static int run(struct cli_command *command, int argc, char **argv)
{
	argv[0] = (char *)command->name;
	for (int i = 1; i < argc && command->about != CLI_ABOUT_ITSELF; i++)
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return cli_help(command);
	return command->run(argc, argv);
}

/* The words spell no command: explain what there is. */
static int explain(int argc, char **argv)
{
	const char *group = argc > 1 && cli_is_group(argv[1]) ? argv[1] : NULL;
	bool asked = group ? argc > 2 && is_help(argv[2]) : argc > 1 && is_help(argv[1]);

	if (asked || argc < 2 || (group && argc == 2)) {
		cli_list(asked ? stdout : stderr, group);
		return asked ? CLI_OK : CLI_USAGE;
	}
	return cli_fail(CLI_USAGE, "there is no command '%s%s%s'; see muster help", argv[1], group ? " " : "",
			group ? argv[2] : "");
}

/* "help user add" asks what "user add --help" does. */
static void turn_help(int argc, char **argv)
{
	if (argc < 3 || strcmp(argv[1], "help"))
		return;
	memmove(argv + 1, argv + 2, (size_t)(argc - 2) * sizeof(*argv));
	argv[argc - 1] = (char *)"--help";
}

static int run_words(int argc, char **argv)
{
	struct cli_command command;

	turn_help(argc, argv);
	for (unsigned i = 0; cli_row(i, &command); i++) {
		int words = matches(command.name, argc - 1, argv + 1);
		if (words)
			return run(&command, argc - words, argv + words);
	}
	if (argc > 1 && (!strcmp(argv[1], "version") || !strcmp(argv[1], "--version")))
		return printf("muster %s\n", MU_VERSION) > 0 ? CLI_OK : CLI_FAILED;
	return explain(argc, argv);
}

/* What was printed may be a key that is shown once: done is what has arrived. But a reader that went away has
 * read enough. */
static bool is_written(void)
{
	return fflush(stdout) ? errno == EPIPE : !ferror(stdout);
}

int main(int argc, char **argv)
{
	int code = run_words(argc, argv);

	if (code == CLI_OK && !is_written())
		return cli_fail(CLI_FAILED, "can't write to the standard output");
	return code;
}
