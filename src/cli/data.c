/* Commands that change or show what is in a workspace: each is a method of the hub with flags for its parameters.
 * Thread: main. */
#include "cli.h"

#include "muster/base/log.h"

#include <stdio.h>
#include <string.h>

struct data_command {
	struct cli_command row;
	const char *method;
	const char *print;             /* a member of the result to print bare; NULL: the result as JSON */
	const struct cli_option *options;
};

#define WORKSPACE { "workspace", NULL, CLI_TEXT, "Id of the workspace" }
#define END       { NULL, NULL, CLI_TEXT, NULL }

static const struct cli_option init_options[] = {
	{ "workspace", "id", CLI_TEXT, "Id of the new workspace" },
	{ "name", "name", CLI_TEXT, "Its name" },
	{ "owner-id", "owner_id", CLI_TEXT, "Id of the owner" },
	{ "owner-email", "owner_email", CLI_TEXT, "Address of the owner" },
	{ "owner-name", "owner_name", CLI_TEXT, "Name of the owner" },
	{ "owner-password-stdin", "owner_password", CLI_SECRET_STDIN, "Read the owner's password from the standard input" },
	END,
};
static const struct cli_option user_add_options[] = {
	WORKSPACE,
	{ "id", "id", CLI_TEXT, "Your own id for the person" },
	{ "name", "name", CLI_TEXT, "Full name" },
	{ "email", "email", CLI_TEXT, "Address" },
	{ "phone", "phone", CLI_TEXT, "Phone number" },
	{ "role", "roles", CLI_LIST, "A role; may be repeated" },
	{ "team", "teams", CLI_LIST, "A team; may be repeated" },
	{ "capacity", "capacity", CLI_INT, "Conversations at a time" },
	{ "password-stdin", "password", CLI_SECRET_STDIN, "Read a password from the standard input" },
	END,
};
static const struct cli_option list_options[] = {
	WORKSPACE,
	{ "limit", "limit", CLI_INT, "Items at most" },
	{ "after", "after", CLI_TEXT, "next of the page before" },
	END,
};
static const struct cli_option role_options[] = {
	WORKSPACE,
	{ "user", "user", CLI_TEXT, "Id of the person" },
	{ "role", "roles", CLI_LIST, "A role; may be repeated" },
	END,
};
static const struct cli_option revoke_options[] = {
	WORKSPACE,
	{ "user", "user", CLI_TEXT, "Id of the person" },
	{ "session", "session", CLI_TEXT, "One session" },
	END,
};
static const struct cli_option team_add_options[] = {
	WORKSPACE,
	{ "id", "id", CLI_TEXT, "Id of the team" },
	{ "name", "name", CLI_TEXT, "Its name" },
	{ "lead", "lead", CLI_TEXT, "Id of who leads it" },
	{ "member", "members", CLI_LIST, "A member; may be repeated" },
	END,
};
static const struct cli_option key_create_options[] = {
	WORKSPACE,
	{ "id", "id", CLI_TEXT, "Key id" },
	{ "alg", "alg", CLI_TEXT, "api, HS256 or EdDSA" },
	{ "scopes", "scopes", CLI_LIST, "Permissions of an API key" },
	{ "public", "public_key", CLI_TEXT, "Your own Ed25519 public key, base64url" },
	{ "secret-stdin", "secret", CLI_SECRET_STDIN, "Read your own HS256 secret, base64url, from the standard input" },
	END,
};
static const struct cli_option id_options[] = {
	WORKSPACE,
	{ "id", "id", CLI_TEXT, "Its id" },
	END,
};
static const struct cli_option token_options[] = {
	WORKSPACE,
	{ "user", "user", CLI_TEXT, "Whose token" },
	{ "ttl", "ttl_ms", CLI_DURATION, "How long it lasts, such as 1h" },
	END,
};

#define ROW(name_, usage_, help_) { .name = name_, .usage = "--data DIR " usage_, .help = help_, .run = cmd_data }

static const struct data_command commands[] = {
	{ ROW("init", "--workspace ID --name TEXT --owner-email MAIL --owner-name TEXT [--owner-password-stdin]", "Make a workspace with its owner and an API key."),
	  "workspace.create", NULL, init_options },
	{ ROW("user add", "--workspace ID --name TEXT --email MAIL --role ROLE… [--id ID] [--team ID…] [--password-stdin]", "Add a person."),
	  "user.create", NULL, user_add_options },
	{ ROW("user list", "--workspace ID", "Everybody in a workspace."), "user.list", NULL, list_options },
	{ ROW("user role", "--workspace ID --user ID --role ROLE…", "Give a person other roles."), "role.assign", NULL, role_options },
	{ ROW("user revoke", "--workspace ID --user ID [--session ID]", "Sign out a person's sessions."), "session.revoke", NULL, revoke_options },
	{ ROW("team add", "--workspace ID --name TEXT [--id ID] [--member ID…]", "Make a team."), "team.create", NULL, team_add_options },
	{ ROW("team list", "--workspace ID", "The teams of a workspace."), "team.list", NULL, list_options },
	{ ROW("key create", "--workspace ID [--alg api|HS256|EdDSA] [--scopes LIST]", "Make an API key or a key that signs tokens."),
	  "key.create", NULL, key_create_options },
	{ ROW("key list", "--workspace ID", "The keys, without their secrets."), "key.list", NULL, list_options },
	{ ROW("key revoke", "--workspace ID --id ID", "End a key."), "key.revoke", NULL, id_options },
	{ ROW("token", "--workspace ID --user ID [--ttl 1h]", "A token for a user, on stdout."), "token.create", "token", token_options },
};

bool cli_data_row(unsigned i, struct cli_command *ret_row)
{
	if (i >= MU_COUNT(commands))
		return false;
	*ret_row = commands[i].row;
	return true;
}

static const struct data_command *find(const char *name)
{
	for (size_t i = 0; i < MU_COUNT(commands); i++)
		if (!strcmp(commands[i].row.name, name))
			return &commands[i];
	return NULL;
}

/* The workspace is where a request goes, not one of its parameters; but init names a new one. */
static const char *workspace_of(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "--workspace=", 12))
			return argv[i] + 12;
		if (!strcmp(argv[i], "--workspace") && i + 1 < argc)
			return argv[i + 1];
	}
	return NULL;
}

/* One line: the sentence, then each field at fault. */
static int report(const struct mu_fault *fault)
{
	struct mu_buf fields = { 0 };

	for (size_t i = 0; i < fault->n_fields; i++)
		mu_buf_printf(&fields, "%s%s %s", i ? ", " : ": ", fault->fields[i].name, fault->fields[i].reason);
	cli_fail(CLI_FAILED, "%s%s", mu_fault_text(fault), mu_buf_text(&fields));
	mu_buf_finish(&fields);
	return CLI_FAILED;
}

static int print_result(const struct data_command *command, const json_t *result)
{
	AUTO_FREE char *text = NULL;

	if (command->print)
		return puts(mu_json_text(result, command->print)) < 0 ? CLI_FAILED : CLI_OK;
	text = json_dumps(result, JSON_COMPACT | JSON_PRESERVE_ORDER);
	return text && puts(text) >= 0 ? CLI_OK : CLI_FAILED;
}

static int run(const struct data_command *command, int argc, char **argv, struct mu_config *config)
{
	json_t *params = json_object();
	const char *workspace = workspace_of(argc, argv);
	int code = cli_options(argc, argv, command->options, config, params);
	AUTO_JSON json_t *result = NULL;
	struct mu_fault fault = { 0 };

	if (!code && !workspace)
		code = cli_fail(CLI_USAGE, "%s: give --workspace ID", command->row.name);
	if (code) {
		json_decref(params);
		return code;
	}
	if (!strcmp(command->method, "key.create") && !json_object_get(params, "alg"))
		json_object_set_new(params, "alg", json_string("api"));
	enum mu_err err = cli_operate(config, strcmp(command->method, "workspace.create") ? workspace : NULL, command->method, params, &result, &fault);
	return err ? report(&fault) : print_result(command, result);
}

int cmd_data(int argc, char **argv)
{
	struct mu_config config = { 0 };
	int code = cli_start();

	if (!code)
		code = cli_config(argc, argv, &config);
	if (!code) {
		mu_log_setup(MU_LOG_ERROR, MU_LOG_TEXT);
		code = run(find(argv[0]), argc, argv, &config);
	}
	mu_config_finish(&config);
	return code;
}
