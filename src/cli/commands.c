/* muster commands: the hub's command table as JSON, for tools that walk it.
 * Thread: main. */
#include "cli.h"

#include "muster/api/api.h"

#include <stdio.h>

static void write_text(struct mu_buf *out, const char *name, const char *text)
{
	mu_json_name(out, name);
	mu_json_string(out, text);
}

static void write_bool(struct mu_buf *out, const char *name, bool value)
{
	mu_json_name(out, name);
	mu_buf_str(out, value ? "true" : "false");
}

static void write_params(struct mu_buf *out, const struct mu_shape *shape)
{
	static const char *const kinds[] = {
		[MU_STRING] = "string",   [MU_ID] = "id",         [MU_INT] = "int",
		[MU_BOOL] = "bool",       [MU_TIME] = "time",     [MU_ENUM] = "enum",
		[MU_STRINGS] = "strings", [MU_RECORD] = "record", [MU_RECORDS] = "records",
		[MU_JSON] = "json",
	};

	mu_json_name(out, "params");
	mu_buf_char(out, '[');
	for (size_t i = 0; shape && i < shape->n; i++) {
		mu_json_comma(out);
		mu_buf_char(out, '{');
		write_text(out, "name", shape->fields[i].name);
		write_text(out, "kind", kinds[shape->fields[i].kind]);
		write_bool(out, "required", shape->fields[i].flags & MU_REQUIRED);
		write_text(out, "help", shape->fields[i].help);
		mu_buf_char(out, '}');
	}
	mu_buf_char(out, ']');
}

static void write_command(struct mu_buf *out, const struct mu_command *command)
{
	mu_buf_char(out, '{');
	write_text(out, "name", command->name);
	write_text(out, "route", command->route);
	write_text(out, "need", command->need == MU_PERM_NONE ? NULL : mu_perm_info((int)command->need)->key);
	write_bool(out, "public", command->flags & MU_METHOD_PUBLIC);
	write_bool(out, "session", command->flags & MU_METHOD_SESSION);
	write_bool(out, "operator", command->flags & MU_METHOD_OPERATOR);
	write_text(out, "help", command->help);
	write_params(out, command->params);
	write_text(out, "result", command->result);
	mu_buf_char(out, '}');
}

int cmd_commands(int argc, char **argv)
{
	AUTO_BUF struct mu_buf out = { 0 };
	const struct mu_command *command;

	if (argc > 1)
		return cli_fail(CLI_USAGE, "commands: takes no options");
	mu_buf_char(&out, '[');
	for (unsigned i = 0; (command = mu_command(i)); i++) {
		mu_buf_str(&out, i ? ",\n" : "\n");
		write_command(&out, command);
	}
	mu_buf_str(&out, "\n]");
	if (mu_buf_error(&out))
		return cli_fail(CLI_FAILED, "out of memory");
	puts(mu_buf_text(&out));
	return CLI_OK;
}
