/* Commands that change or show what is in a workspace: each is a method of the hub with flags for its
 * parameters.
 * Thread: main. */
#include "cli.h"

#include "muster/base/log.h"

#include <stdio.h>
#include <string.h>

struct data_command {
	struct cli_command row;
	const char *method;
	const char *print; /* a member of the result to print bare; NULL: the result as JSON */
};

#define FLAG(name_, param_, kind_, help_, ...)                                                               \
	{                                                                                                    \
		.name = name_, .param = param_, .kind = kind_, .help = help_, __VA_ARGS__                    \
	}
#define WORKSPACE FLAG("workspace", "workspace", CLI_TEXT, "Id of the workspace", .required = true)
#define END                                                                                                  \
	{                                                                                                    \
		.name = NULL                                                                                 \
	}

static const char *const strategies[] = { "manual", "round_robin", "load_balanced", NULL };
#define ROUTING                                                                                              \
	FLAG("strategy", "strategy", CLI_TEXT, "How conversations are given out", .words = strategies),      \
		FLAG("settings", "settings", CLI_JSON,                                                       \
		     "Offers and overflow, as a whole: {\"offer_ms\":30000,\"requeue_ms\":300000}")

static const char *const algs[] = { "api", "HS256", "EdDSA", NULL };

static const struct cli_option init_options[] = {
	FLAG("workspace", "id", CLI_TEXT, "Id of the new workspace", .required = true),
	FLAG("name", "name", CLI_TEXT, "Its name", .required = true),
	FLAG("owner-id", "owner_id", CLI_TEXT, "Id of the owner"),
	FLAG("owner-email", "owner_email", CLI_TEXT, "Address of the owner", .required = true),
	FLAG("owner-name", "owner_name", CLI_TEXT, "Name of the owner", .required = true),
	FLAG("owner-password-stdin", "owner_password", CLI_SECRET_STDIN,
	     "Read the owner's password from the standard input"),
	END,
};
static const struct cli_option workspace_set_options[] = {
	WORKSPACE,
	FLAG("name", "name", CLI_TEXT, "Its name"),
	FLAG("idle-after", "idle_after_ms", CLI_DURATION,
	     "Idle this long means away, such as 10m; 0s: never"),
	FLAG("statuses", "statuses", CLI_JSON,
	     "All its own statuses: "
	     "[{\"id\":\"lunch\",\"label\":\"Lunch\",\"base\":\"away\",\"accepting\":false}]"),
	ROUTING,
	FLAG("channels", "channels", CLI_JSON,
	     "All channels whose conversations don't weigh 1: [{\"id\":\"phone\",\"weight\":5}]"),
	END,
};
static const struct cli_option user_add_options[] = {
	WORKSPACE,
	FLAG("id", "id", CLI_TEXT, "Your own id for the person"),
	FLAG("name", "name", CLI_TEXT, "Full name", .required = true),
	FLAG("email", "email", CLI_TEXT, "Address", .required = true),
	FLAG("phone", "phone", CLI_TEXT, "Phone number"),
	FLAG("role", "roles", CLI_LIST, "A role; may be repeated", .required = true),
	FLAG("team", "teams", CLI_LIST, "A team; may be repeated"),
	FLAG("capacity", "capacity", CLI_INT, "Conversations at a time"),
	FLAG("password-stdin", "password", CLI_SECRET_STDIN, "Read a password from the standard input"),
	END,
};
static const struct cli_option list_options[] = {
	WORKSPACE,
	FLAG("limit", "limit", CLI_INT, "Items at most"),
	FLAG("after", "after", CLI_TEXT, "next of the page before"),
	END,
};
static const struct cli_option role_options[] = {
	WORKSPACE,
	FLAG("user", "user", CLI_TEXT, "Id of the person", .required = true),
	FLAG("role", "roles", CLI_LIST, "A role; may be repeated", .required = true),
	END,
};
static const struct cli_option role_add_options[] = {
	WORKSPACE,
	FLAG("id", "id", CLI_TEXT, "Id of the role"),
	FLAG("name", "name", CLI_TEXT, "Its name", .required = true),
	FLAG("description", "description", CLI_TEXT, "What it is for"),
	FLAG("permission", "permissions", CLI_LIST, "A permission; may be repeated"),
	END,
};
static const struct cli_option role_delete_options[] = {
	WORKSPACE,
	FLAG("role", "role", CLI_TEXT, "Id of the role", .required = true),
	FLAG("replace-with", "replace_with", CLI_TEXT, "Role that its holders are given instead"),
	END,
};
static const struct cli_option workspace_options[] = { WORKSPACE, END };
static const struct cli_option pack_load_options[] = {
	WORKSPACE,
	FLAG("pack", "pack", CLI_TEXT, "Id of the pack", .required = true),
	FLAG("role", "roles", CLI_LIST, "Only this role of it; may be repeated"),
	END,
};
static const struct cli_option user_options[] = {
	WORKSPACE,
	FLAG("user", "user", CLI_TEXT, "Id of the person", .required = true),
	END,
};
static const struct cli_option transfer_options[] = {
	WORKSPACE,
	FLAG("user", "user", CLI_TEXT, "Id of who shall be the owner", .required = true),
	FLAG("confirm", "confirm", CLI_YES, "You know that only they can give it back", .required = true),
	END,
};
static const struct cli_option seats_options[] = {
	WORKSPACE,
	FLAG("limit", "limit", CLI_LIMIT, "Active people at most, or unlimited", .required = true),
	FLAG("plan", "plan", CLI_TEXT, "What the plan is called"),
	END,
};
static const struct cli_option revoke_options[] = {
	WORKSPACE,
	FLAG("user", "user", CLI_TEXT, "Id of the person", .required = true),
	FLAG("session", "session", CLI_TEXT, "One session"),
	END,
};
static const struct cli_option team_add_options[] = {
	WORKSPACE,
	FLAG("id", "id", CLI_TEXT, "Id of the team"),
	FLAG("name", "name", CLI_TEXT, "Its name", .required = true),
	FLAG("lead", "lead", CLI_TEXT, "Id of who leads it"),
	FLAG("member", "members", CLI_LIST, "A member; may be repeated"),
	ROUTING,
	END,
};
static const struct cli_option team_set_options[] = {
	WORKSPACE,
	FLAG("team", "team", CLI_TEXT, "Id of the team", .required = true),
	FLAG("name", "name", CLI_TEXT, "Its name"),
	FLAG("lead", "lead", CLI_TEXT, "Id of who leads it"),
	ROUTING,
	END,
};
static const char *const priorities[] = { "low", "normal", "high", "urgent", NULL };
static const char *const conversation_statuses[] = { "open", "pending", "snoozed", "resolved", NULL };
static const struct cli_option conversation_put_options[] = {
	WORKSPACE,
	FLAG("id", "id", CLI_TEXT, "Your own id of the conversation", .required = true),
	FLAG("team", "team", CLI_TEXT, "Team whose it is"),
	FLAG("channel", "channel", CLI_TEXT, "Where it came in, such as email"),
	FLAG("subject", "subject", CLI_TEXT, "What people read"),
	FLAG("priority", "priority", CLI_TEXT, "low, normal, high or urgent", .words = priorities),
	FLAG("label", "labels", CLI_LIST, "A label; may be repeated"),
	FLAG("status", "status", CLI_TEXT, "open, pending, snoozed or resolved",
	     .words = conversation_statuses),
	END,
};
static const struct cli_option conversation_assign_options[] = {
	WORKSPACE,
	FLAG("id", "id", CLI_TEXT, "Id of the conversation", .required = true),
	FLAG("user", "user", CLI_TEXT, "Who is to take care of it"),
	FLAG("team", "team", CLI_TEXT, "Team whose it is from now on"),
	FLAG("force", "force", CLI_YES, "Even if they have no room for it"),
	END,
};
static const struct cli_option conversation_list_options[] = {
	WORKSPACE,
	FLAG("status", "status", CLI_TEXT, "Only those of this status", .words = conversation_statuses),
	FLAG("assignee", "assignee", CLI_TEXT, "Only those of this user; none: of nobody"),
	FLAG("team", "team", CLI_TEXT, "Only those of this team"),
	FLAG("limit", "limit", CLI_INT, "Items at most"),
	FLAG("after", "after", CLI_TEXT, "next of the page before"),
	END,
};
static const struct cli_option key_create_options[] = {
	WORKSPACE,
	FLAG("id", "id", CLI_TEXT, "Key id"),
	FLAG("alg", "alg", CLI_TEXT, "api, HS256 or EdDSA", .words = algs),
	FLAG("scopes", "scopes", CLI_LIST, "Permissions of an API key"),
	FLAG("public", "public_key", CLI_TEXT, "Your own Ed25519 public key, base64url"),
	FLAG("secret-stdin", "secret", CLI_SECRET_STDIN,
	     "Read your own HS256 secret, base64url, from the standard input"),
	END,
};
static const char *const invite_states[] = { "all", "pending", "accepted", "expired", "revoked", NULL };
static const struct cli_option invite_create_options[] = {
	WORKSPACE,
	FLAG("email", "email", CLI_TEXT, "Whom to invite", .required = true),
	FLAG("name", "name", CLI_TEXT, "Their name"),
	FLAG("role", "roles", CLI_LIST, "A role; may be repeated", .required = true),
	FLAG("team", "teams", CLI_LIST, "A team; may be repeated"),
	END,
};
static const struct cli_option invite_list_options[] = {
	WORKSPACE,
	FLAG("state", "state", CLI_TEXT, "Only those in this state", .words = invite_states),
	FLAG("limit", "limit", CLI_INT, "Items at most"),
	FLAG("after", "after", CLI_TEXT, "next of the page before"),
	END,
};
static const struct cli_option id_options[] = {
	WORKSPACE,
	FLAG("id", "id", CLI_TEXT, "Its id", .required = true),
	END,
};
static const struct cli_option token_options[] = {
	WORKSPACE,
	FLAG("user", "user", CLI_TEXT, "Whose token", .required = true),
	FLAG("ttl", "ttl_ms", CLI_DURATION, "How long it lasts, such as 1h"),
	END,
};

#define DATA "--data DIR --workspace ID "
#define ROW(name_, usage_, help_, options_)                                                                  \
	{                                                                                                    \
		.name = (name_), .usage = (usage_), .help = (help_), .run = cmd_data, .options = (options_)  \
	}

static const struct data_command commands[] = {
	{ ROW("init", DATA "--name TEXT --owner-email MAIL --owner-name TEXT [--owner-password-stdin]",
	      "Make a workspace with its owner and an API key.", init_options),
	  "workspace.create", NULL },
	{ ROW("workspace set",
	      DATA "[--name TEXT] [--idle-after 10m] [--statuses JSON] [--strategy NAME] [--channels JSON]",
	      "Change settings of a workspace.", workspace_set_options),
	  "workspace.update", NULL },
	{ ROW("user add",
	      DATA "--name TEXT --email MAIL --role ROLE… [--id ID] [--team ID…] [--password-stdin]",
	      "Add a person.", user_add_options),
	  "user.create", NULL },
	{ ROW("user list", DATA, "Everybody in a workspace.", list_options), "user.list", NULL },
	{ ROW("user role", DATA "--user ID --role ROLE…", "Give a person other roles.", role_options),
	  "role.assign", NULL },
	{ ROW("user revoke", DATA "--user ID [--session ID]", "Sign out a person's sessions.",
	      revoke_options),
	  "session.revoke", NULL },
	{ ROW("user deactivate", DATA "--user ID", "Shut a person out, and free their seat.", user_options),
	  "user.deactivate", NULL },
	{ ROW("user reactivate", DATA "--user ID", "Let a deactivated person in again.", user_options),
	  "user.reactivate", NULL },
	{ ROW("user remove", DATA "--user ID", "Remove a person for good.", user_options), "user.remove",
	  NULL },
	{ ROW("owner transfer", DATA "--user ID --confirm", "Hand the workspace over to somebody else.",
	      transfer_options),
	  "owner.transfer", NULL },
	{ ROW("seats show", DATA, "How many seats there are and how many are taken.", workspace_options),
	  "seats.get", NULL },
	{ ROW("seats set", DATA "--limit N|unlimited [--plan NAME]",
	      "Say how many people may be active in a workspace.", seats_options),
	  "seats.set", NULL },
	{ ROW("role add", DATA "--name TEXT [--id ID] [--permission KEY…]", "Make a role.", role_add_options),
	  "role.create", NULL },
	{ ROW("role list", DATA, "The roles of a workspace.", list_options), "role.list", NULL },
	{ ROW("role delete", DATA "--role ID [--replace-with ID]", "Delete a role.", role_delete_options),
	  "role.delete", NULL },
	{ ROW("role packs", DATA, "Sets of roles to begin with.", workspace_options), "role.packs", NULL },
	{ ROW("role load", DATA "--pack ID [--role ID…]", "Make the roles of a pack.", pack_load_options),
	  "role.load_pack", NULL },
	{ ROW("user reset-2fa", DATA "--user ID", "Take away the second factor of somebody who has lost it.",
	      user_options),
	  "totp.reset", NULL },
	{ ROW("invite create", DATA "--email MAIL --role ROLE… [--name TEXT] [--team ID…]",
	      "Invite somebody; prints the link, and mails it where smtp_url is set.", invite_create_options),
	  "invite.create", NULL },
	{ ROW("invite list", DATA "[--state pending|accepted|expired|revoked]", "The invitations.",
	      invite_list_options),
	  "invite.list", NULL },
	{ ROW("invite resend", DATA "--id ID", "Send an invitation again, with a new link.", id_options),
	  "invite.resend", NULL },
	{ ROW("invite revoke", DATA "--id ID", "Take an invitation back.", id_options), "invite.revoke",
	  NULL },
	{ ROW("team add", DATA "--name TEXT [--id ID] [--member ID…] [--strategy NAME]", "Make a team.",
	      team_add_options),
	  "team.create", NULL },
	{ ROW("team set", DATA "--team ID [--name TEXT] [--strategy NAME] [--settings JSON]",
	      "Change a team.", team_set_options),
	  "team.update", NULL },
	{ ROW("team list", DATA, "The teams of a workspace.", list_options), "team.list", NULL },
	{ ROW("conversation put", DATA "--id ID [--team ID] [--subject TEXT] [--priority NAME]",
	      "Tell of a conversation, or of what has changed of one.", conversation_put_options),
	  "conversation.put", NULL },
	{ ROW("conversation assign", DATA "--id ID [--user ID] [--team ID]",
	      "Give a conversation to somebody, or to a team.", conversation_assign_options),
	  "conversation.assign", NULL },
	{ ROW("conversation list", DATA "[--status NAME] [--assignee ID] [--team ID]", "The conversations.",
	      conversation_list_options),
	  "conversation.list", NULL },
	{ ROW("key create", DATA "[--alg api|HS256|EdDSA] [--scopes LIST]",
	      "Make an API key or a key that signs tokens.", key_create_options),
	  "key.create", NULL },
	{ ROW("key list", DATA, "The keys, without their secrets.", list_options), "key.list", NULL },
	{ ROW("key revoke", DATA "--id ID", "End a key.", id_options), "key.revoke", NULL },
	{ ROW("token", DATA "--user ID [--ttl 1h]", "A token for a user, on stdout.", token_options),
	  "token.create", "token" },
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

/* The flag that fills a parameter; a list's entry, such as roles.0, is its list's. */
static const struct cli_option *find_flag(const struct cli_option *options, const char *param)
{
	size_t n = strcspn(param, ".");

	for (; options->name; options++)
		if (options->param && strlen(options->param) == n && !strncmp(options->param, param, n))
			return options;
	return NULL;
}

/* One line: the sentence, then each flag at fault. */
static int report(const struct mu_fault *fault, const struct cli_option *options)
{
	AUTO_BUF struct mu_buf fields = { 0 };

	for (size_t i = 0; i < fault->n_fields; i++) {
		const struct cli_option *flag = find_flag(options, fault->fields[i].name);
		mu_buf_printf(&fields, "%s%s%s %s", i ? ", " : ": ", flag ? "--" : "",
			      flag ? flag->name : fault->fields[i].name, fault->fields[i].reason);
	}
	return cli_fail(CLI_FAILED, "%s%s", mu_fault_text(fault), mu_buf_text(&fields));
}

static int print_result(const struct data_command *command, const json_t *result)
{
	AUTO_FREE char *text = NULL;

	if (command->print)
		puts(mu_json_text(result, command->print));
	else if ((text = json_dumps(result, JSON_COMPACT | JSON_PRESERVE_ORDER)))
		puts(text);
	else
		return cli_fail(CLI_FAILED, "out of memory");
	return CLI_OK;
}

static int check_required(const struct cli_command *command, const json_t *params)
{
	for (const struct cli_option *option = command->options; option->name; option++)
		if (option->required && !json_object_get(params, option->param))
			return cli_fail(CLI_USAGE, "%s: give --%s; see muster %s --help", command->name,
					option->name, command->name);
	return CLI_OK;
}

static int run(const struct data_command *command, int argc, char **argv, struct mu_config *config)
{
	json_t *params = json_object();
	AUTO_JSON json_t *workspace = NULL;
	int code = cli_options(argc, argv, command->row.options, config, params);
	AUTO_JSON json_t *result = NULL;
	struct mu_fault fault = { 0 };

	if (!code)
		code = check_required(&command->row, params);
	if (code) {
		json_decref(params);
		return code;
	}
	if (!strcmp(command->method, "key.create") && !json_object_get(params, "alg"))
		json_object_set_new(params, "alg", json_string("api"));
	/* Where the request goes, and no parameter of it; what init is given is one, the id of a new one. */
	workspace = json_incref(json_object_get(params, "workspace"));
	json_object_del(params, "workspace");
	enum mu_err err =
		cli_operate(config, json_string_value(workspace), command->method, params, &result, &fault);
	return err ? report(&fault, command->row.options) : print_result(command, result);
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
