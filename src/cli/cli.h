/* The program's commands: one row each. Private to the cli. */
#ifndef MUSTER_CLI_CLI_H
#define MUSTER_CLI_CLI_H

#include "muster/base/config.h"
#include "muster/base/mem.h"
#include "muster/base/metrics.h"
#include "muster/wire/json.h"

#include <stdio.h>

/* Exit codes that scripts rely on. */
enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

/* Options of a command beside the configuration's. */
struct cli_option {
	const char *name;  /* "owner-email"; given as --owner-email VALUE or --owner-email=VALUE */
	const char *param; /* the parameter that it fills */
	enum {
		CLI_TEXT,
		CLI_LIST,
		CLI_INT,
		CLI_LIMIT, /* a whole number, or the word unlimited: null */
		CLI_DURATION,
		CLI_YES, /* true; takes no value */
		CLI_JSON,
		CLI_SECRET_STDIN
	} kind; /* LIST may be repeated or hold commas; SECRET_STDIN takes no value: a line of stdin */
	const char *help;
	bool required;
	const char *const *words; /* TEXT: what it may be; NULL: anything */
};

static inline bool cli_takes_value(const struct cli_option *option)
{
	return option->kind != CLI_YES && option->kind != CLI_SECRET_STDIN;
}

/* How a command explains itself when asked by --help. */
enum cli_about {
	CLI_ABOUT_OPTIONS, /* its own options are listed */
	CLI_ABOUT_SERVE,   /* and all of the configuration */
	CLI_ABOUT_ITSELF,  /* run answers */
};

struct cli_command {
	const char *name;  /* "serve", or two words: "user add" */
	const char *usage; /* what follows the name */
	const char *help;  /* one sentence */
	/* argv[0] is the name; gives an exit code. */
	int (*run)(int argc, char **argv);
	const struct cli_option *options; /* ends with a row without a name; NULL: none of its own */
	enum cli_about about;
};

/* Row i of all commands; false past the end. */
bool cli_row(unsigned i, struct cli_command *ret_row);

/* Print one line on stderr. It may hold what others wrote: nothing in it is a command to the terminal. */
__attribute__((format(printf, 1, 2))) void cli_say(const char *format, ...);
/* The same with what is wrong and what to do. Gives `code`, so that a command can end in `return
 * cli_fail(…)`. */
__attribute__((format(printf, 2, 3))) int cli_fail(int code, const char *format, ...);

/* ---- options ---- */

/* Read flags into the configuration (already loaded from file and environment) and into params (an object).
 * Gives CLI_OK, or an exit code after having said what is wrong. `options` ends with a row without a name;
 * params may be NULL when there are none. */
int cli_options(int argc, char **argv, const struct cli_option *options, struct mu_config *config,
		json_t *params);

/* Defaults, then the file of --config or MUSTER_CONFIG, then the environment. Gives CLI_OK or an exit code.
 */
int cli_config(int argc, char **argv, struct mu_config *config);

/* ---- help ---- */

/* Whether the word begins commands of two words, such as user. */
bool cli_is_group(const char *word);
/* The commands, or those of a group. */
void cli_list(FILE *out, const char *group);
/* The flag of an option of the configuration, without the dashes before it: max-batch. */
#define CLI_FLAG_TEXT 64
void cli_flag(const struct mu_option *option, char flag[static CLI_FLAG_TEXT]);
/* One command with its options, on stdout. Gives an exit code. */
int cli_help(const struct cli_command *command);

/* ---- the data directory ---- */

/* Take the lock of the data directory, making the directory if need be. *ret_fd stays open for as long as the
 * lock is wanted.
 * Errors: MU_CONFLICT if another process holds it (a hub is running), MU_UNAVAILABLE. */
MU_MUST enum mu_err cli_lock(const char *data, int *ret_fd, struct mu_fault *ret_fault);

/* Path of a file in the data directory; the caller frees it. NULL when memory is out. */
char *cli_path(const char *data, const char *name);

/* Give the node a name if the configuration has none: one that is kept in the data directory, or if this is
 * the only node a plain one. Errors: MU_UNAVAILABLE, MU_INVALID_PARAMS, MU_NO_MEMORY. */
MU_MUST enum mu_err cli_node(struct mu_config *config, struct mu_fault *ret_fault);

/* URL of the store: the configured one, or the database in the data directory; the caller frees it. NULL when
 * memory is out. */
char *cli_store(const struct mu_config *config);

/* Whether there is a store already, so that only what is to begin one makes it. Errors: MU_NOT_FOUND,
 * MU_NO_MEMORY. */
MU_MUST enum mu_err cli_store_there(const struct mu_config *config, struct mu_fault *ret_fault);

/* The mailer that the configuration asks for; *ret_mailer stays NULL if it asks for none. The caller destroys
 * it.
 */
struct mu_mailer;
MU_MUST enum mu_err cli_mailer(const struct mu_config *config, struct mu_metrics *metrics,
			       struct mu_mailer **ret_mailer, struct mu_fault *ret_fault);
/* mu_mailer_send, as a hub calls it. */
enum mu_err cli_mail(void *mailer, const char *to, const char *subject, const char *text);

/* Start what every command needs that touches keys, tokens, JSON or sockets. Gives CLI_OK or an exit code. */
int cli_start(void);

/* Run a method as the operator: through the running hub's socket, else in a hub of its own on the store.
 * params is taken over. *ret_result is the result (the caller's), or the fault says what went wrong. */
MU_MUST enum mu_err cli_operate(const struct mu_config *config, const char *workspace, const char *method,
				json_t *params, json_t **ret_result, struct mu_fault *ret_fault);

/* ---- commands ---- */

int cmd_serve(int argc, char **argv);
int cmd_data(int argc, char **argv); /* init, user …, team …, key …, token: rows in data.c */
int cmd_config(int argc, char **argv);
int cmd_commands(int argc, char **argv);
int cmd_audit_verify(int argc, char **argv);
extern const struct cli_option audit_options[];
int cmd_list_audit(int argc, char **argv);
int cmd_export_audit(int argc, char **argv);
extern const struct cli_option audit_list_options[], audit_export_options[];

int cmd_reference(int argc, char **argv);
struct mu_edge_shared;
/* Let edges serve the reference. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err cli_serve_reference(struct mu_edge_shared *shared);

/* Row i of the data commands as rows of the main table; false past the end. */
bool cli_data_row(unsigned i, struct cli_command *ret_row);

#endif
