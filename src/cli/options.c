/* Flags, the configuration they belong to, and the data directory.
 * Thread: main. */
#include "cli.h"
#include "escape.h"

#include "muster/base/clock.h"
#include "muster/base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define JSON_DEPTH 8 /* far more than any parameter has */

extern char **environ;

__attribute__((format(printf, 1, 0))) static void say(const char *format, va_list args)
{
	AUTO_FREE char *text = NULL;
	AUTO_BUF struct mu_buf safe = { 0 };

	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	if (text)
		escape_add(&safe, text, strlen(text));
	fprintf(stderr, "muster: %s\n", text && !mu_buf_error(&safe) ? mu_buf_text(&safe) : "out of memory");
}

void cli_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

int cli_fail(int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return code;
}

int cli_start(void)
{
	/* A reader, or a hub, that went away is noticed by the write. */
	signal(SIGPIPE, SIG_IGN);
	if (mu_hash_start())
		return cli_fail(CLI_FAILED, "the system has no randomness to give; try again later");
	mu_json_start();
	return CLI_OK;
}

/* ---- flags ---- */

static const struct cli_option *find_option(const struct cli_option *options, const char *name, size_t n)
{
	for (; options && options->name; options++)
		if (strlen(options->name) == n && !strncmp(options->name, name, n))
			return options;
	return NULL;
}

/* What JSON can't hold must not be left out in silence: a password would be none. */
static int refuse_text(const struct cli_option *option)
{
	return cli_fail(CLI_USAGE, "--%s: the value is not valid UTF-8", option->name);
}

static int add_text(json_t *params, const struct cli_option *option, const char *value)
{
	return json_object_set_new(params, option->param, json_string(value)) ? refuse_text(option) : CLI_OK;
}

static int add_list(json_t *params, const struct cli_option *option, const char *value)
{
	json_t *list = json_object_get(params, option->param);
	AUTO_FREE char *copy = strdup(value);
	char *rest = copy, *item;

	if (!list) {
		list = json_array();
		json_object_set_new(params, option->param, list);
	}
	while ((item = strsep(&rest, ",")))
		if (*item && json_array_append_new(list, json_string(item)))
			return refuse_text(option);
	return copy ? CLI_OK : cli_fail(CLI_FAILED, "out of memory");
}

static int add_json(json_t *params, const struct cli_option *option, const char *value)
{
	struct mu_fault fault = { 0 };
	json_t *json = NULL;

	if (mu_json_parse(value, strlen(value), JSON_DEPTH, &json, &fault))
		return cli_fail(CLI_USAGE, "--%s: %s", option->name, mu_fault_text(&fault));
	json_object_set_new(params, option->param, json);
	return CLI_OK;
}

static int add_secret(json_t *params, const struct cli_option *option)
{
	char line[1024];
	int code;

	if (!fgets(line, sizeof(line), stdin))
		return cli_fail(CLI_USAGE, "--%s: there was no line on the standard input", option->name);
	line[strcspn(line, "\r\n")] = '\0';
	code = add_text(params, option, line);
	explicit_bzero(line, sizeof(line));
	return code;
}

static int check_word(const struct cli_option *option, const char *value)
{
	AUTO_BUF struct mu_buf known = { 0 };

	for (const char *const *word = option->words; *word; word++) {
		if (!strcmp(*word, value))
			return CLI_OK;
		mu_buf_printf(&known, "%s%s", word == option->words ? "" : ", ", *word);
	}
	return cli_fail(CLI_USAGE, "--%s: '%s' is none of %s", option->name, value, mu_buf_text(&known));
}

static int add_number(json_t *params, const struct cli_option *option, const char *value)
{
	int64_t number;
	char *end;

	errno = 0;
	number = strtoll(value, &end, 10);
	if (!*value || *end || errno)
		return cli_fail(CLI_USAGE, "--%s: '%s' is not a whole number%s", option->name, value,
				option->kind == CLI_LIMIT ? ", nor unlimited" : "");
	json_object_set_new(params, option->param, json_integer(number));
	return CLI_OK;
}

static int add_param(json_t *params, const struct cli_option *option, const char *value)
{
	int64_t number;

	if (option->words && check_word(option, value))
		return CLI_USAGE;

	switch (option->kind) {
	case CLI_LIST:
		return add_list(params, option, value);
	case CLI_LIMIT:
		if (strcmp(value, "unlimited") != 0)
			return add_number(params, option, value);
		json_object_set_new(params, option->param, json_null());
		return CLI_OK;
	case CLI_INT:
		return add_number(params, option, value);
	case CLI_DURATION:
		if (!mu_duration_parse(value, &number))
			return cli_fail(CLI_USAGE, "--%s: '%s' is not a time such as 90s, 15m or 1h",
					option->name, value);
		json_object_set_new(params, option->param, json_integer(number));
		return CLI_OK;
	case CLI_JSON:
		return add_json(params, option, value);
	case CLI_TEXT:
	case CLI_YES:
	case CLI_SECRET_STDIN:
		break;
	}
	return add_text(params, option, value);
}

static int one_flag(const char *name, size_t n, const char *value, const struct cli_option *option,
		    struct mu_config *config, json_t *params)
{
	struct mu_fault fault = { 0 };
	AUTO_FREE char *copy = strndup(name, n);

	if (!copy)
		return cli_fail(CLI_FAILED, "out of memory");
	if (option)
		return option->param ? add_param(params, option, value) : CLI_OK;
	if (!strcmp(copy, "config"))
		return CLI_OK; /* read before */
	enum mu_err err = mu_config_set(config, copy, value, &fault);
	if (err == MU_NOT_FOUND)
		return cli_fail(CLI_USAGE, "there is no option --%s; see muster help", copy);
	return err ? cli_fail(CLI_USAGE, "%s", mu_fault_text(&fault)) : CLI_OK;
}

int cli_options(int argc, char **argv, const struct cli_option *options, struct mu_config *config,
		json_t *params)
{
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i] + 2, *equals = strchr(argv[i], '=');
		if (strncmp(argv[i], "--", 2))
			return cli_fail(CLI_USAGE, "'%s' is not an option; options begin with --", argv[i]);
		size_t n = equals ? (size_t)(equals - name) : strlen(name);
		const struct cli_option *option = find_option(options, name, n);
		int code;
		if (option && option->kind == CLI_SECRET_STDIN) {
			code = add_secret(params, option);
		} else if (option && !cli_takes_value(option)) {
			code = equals ? cli_fail(CLI_USAGE, "--%s takes no value", option->name) : CLI_OK;
			json_object_set_new(params, option->param, json_true());
		} else if (!equals && i + 1 == argc) {
			code = cli_fail(CLI_USAGE, "%s needs a value", argv[i]);
		} else {
			code = one_flag(name, n, equals ? equals + 1 : argv[i + 1], option, config, params);
			i += !equals;
		}
		if (code)
			return code;
	}
	return CLI_OK;
}

static const char *config_path(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "--config=", 9))
			return argv[i] + 9;
		if (!strcmp(argv[i], "--config") && i + 1 < argc)
			return argv[i + 1];
	}
	return getenv("MUSTER_CONFIG");
}

/* MUSTER_CONFIG names the file and is no option in it; the others are for top and tail. */
static bool is_option_variable(const char *variable)
{
	static const char *const others[] = { "MUSTER_CONFIG=", "MUSTER_URL=", "MUSTER_TOKEN=" };

	for (size_t i = 0; i < MU_COUNT(others); i++)
		if (!strncmp(variable, others[i], strlen(others[i])))
			return false;
	return true;
}

/* The environment itself stays as it is: a reload reads it once more. */
static enum mu_err read_environment(struct mu_config *config, struct mu_fault *fault)
{
	AUTO_FREE char **variables = NULL;
	size_t n = 0, kept = 0;

	while (environ[n])
		n++;
	variables = calloc(n + 1, sizeof(*variables));
	if (!variables)
		return mu_fail(fault, MU_NO_MEMORY, "out of memory");
	for (size_t i = 0; i < n; i++)
		if (is_option_variable(environ[i]))
			variables[kept++] = environ[i];
	return mu_config_env(config, variables, fault);
}

int cli_config(int argc, char **argv, struct mu_config *config)
{
	const char *path = config_path(argc, argv);
	struct mu_fault fault = { 0 };
	enum mu_err err = mu_config_init(config);

	if (!err && path)
		err = mu_config_load(config, path, &fault);
	if (!err)
		err = read_environment(config, &fault);
	return err ? cli_fail(CLI_FAILED, "%s", mu_fault_text(&fault)) : CLI_OK;
}

/* ---- the data directory ---- */

char *cli_path(const char *data, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", data, name) < 0 ? NULL : path;
}

char *cli_store(const struct mu_config *config)
{
	char *url = NULL;

	if (*config->store)
		return strdup(config->store);
	return asprintf(&url, "sqlite:%s/muster.db", config->data) < 0 ? NULL : url;
}

enum mu_err cli_store_there(const struct mu_config *config, struct mu_fault *ret_fault)
{
	static const char kind[] = "sqlite:";
	AUTO_FREE char *url = cli_store(config);

	if (!url)
		return MU_NO_MEMORY;
	if (strncmp(url, kind, strlen(kind)) != 0 || !access(url + strlen(kind), F_OK))
		return MU_OK;
	return mu_fail(ret_fault, MU_NOT_FOUND,
		       "there is no Muster data at %s: see --data, or begin with muster init",
		       url + strlen(kind));
}

enum mu_err cli_lock(const char *data, int *ret_fd, struct mu_fault *ret_fault)
{
	AUTO_FREE char *path = cli_path(data, "lock");
	int fd;

	if (!path)
		return MU_NO_MEMORY;
	if (mkdir(data, 0700) && errno != EEXIST)
		return mu_fail(ret_fault, MU_UNAVAILABLE, "can't make the data directory %s: %s", data,
			       strerror(errno));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return mu_fail(ret_fault, MU_UNAVAILABLE, "can't open %s: %s", path, strerror(errno));
	if (!flock(fd, LOCK_EX | LOCK_NB)) {
		*ret_fd = fd;
		return MU_OK;
	}
	const int why = errno;
	close(fd);
	if (why == EWOULDBLOCK)
		return mu_fail(ret_fault, MU_CONFLICT,
			       "another hub is running on the data directory %s; stop it first", data);
	return mu_fail(ret_fault, MU_UNAVAILABLE, "can't lock %s: %s", path, strerror(why));
}
