/* The loop of top and tail.
 * Invariant: what is to be said at the end is said after on_end, when a screen is a terminal again.
 * Thread: main. */
#include "live.h"

#include "cli.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TOKEN_BYTES 8192

/* ---- flags ---- */

static char *read_token(void)
{
	char line[TOKEN_BYTES];

	if (!fgets(line, sizeof(line), stdin))
		return NULL;
	line[strcspn(line, "\r\n")] = '\0';
	return strdup(line);
}

/* Others can see the arguments of a process, so the token is taken out of them. */
static char *take_token(char *argument)
{
	char *token = strdup(argument);

	memset(argument, '*', strlen(argument));
	return token;
}

static int set_common(int option, char *value, struct live_flags *flags)
{
	if (option == LIVE_URL) {
		flags->url = value;
		return CLI_OK;
	}
	free(flags->token);
	flags->token = option == LIVE_TOKEN ? take_token(value) : read_token();
	if (!flags->token)
		return cli_fail(CLI_USAGE, "--token-stdin: there was no line on the standard input");
	return CLI_OK;
}

/* Wrong usage is CLI_USAGE; LIVE_HELP when help was asked for. */
static int read_flags(int argc, char **argv, const struct option *options,
		      void (*own)(int option, const char *value, void *arg), void *arg,
		      struct live_flags *flags)
{
	int option, code = CLI_OK;

	opterr = 0;
	while (code == CLI_OK && (option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (option == LIVE_HELP || option == 'h')
			return LIVE_HELP;
		if (option == ':')
			code = cli_fail(CLI_USAGE, "%s needs a value", argv[optind - 1]);
		else if (option == '?')
			code = cli_fail(CLI_USAGE, "there is no option %s; see muster %s --help",
					argv[optind - 1], argv[0]);
		else if (option < LIVE_OWN)
			code = set_common(option, optarg, flags);
		else
			own(option, optarg, arg);
	}
	if (code == CLI_OK && optind < argc)
		code = cli_fail(CLI_USAGE, "'%s' is not an option; see muster %s --help", argv[optind],
				argv[0]);
	return code;
}

static int take_environment(const char *command, struct live_flags *flags)
{
	const char *token = getenv("MUSTER_TOKEN");

	if (!flags->url)
		flags->url = getenv("MUSTER_URL");
	if (!flags->token && token)
		flags->token = strdup(token);
	if (!flags->url)
		return cli_fail(CLI_USAGE, "muster %s needs --url URL, such as http://127.0.0.1:8080",
				command);
	if (!flags->token || !*flags->token)
		return cli_fail(CLI_USAGE,
				"muster %s needs a token: --token T, --token-stdin or MUSTER_TOKEN", command);
	return CLI_OK;
}

bool live_flags(int argc, char **argv, const struct option *options,
		void (*own)(int option, const char *value, void *arg), void *arg, const char *help,
		struct live_flags *ret_flags, int *ret_code)
{
	int code = read_flags(argc, argv, options, own, arg, ret_flags);

	if (code == LIVE_HELP)
		*ret_code = fputs(help, stdout) < 0 ? CLI_FAILED : CLI_OK;
	else if (code == CLI_OK)
		code = *ret_code = take_environment(argv[0], ret_flags);
	else
		*ret_code = code;
	return code == CLI_OK;
}

void live_flags_finish(struct live_flags *flags)
{
	free(flags->token);
	flags->token = NULL;
}

/* ---- the end ---- */

void live_end(struct live *live, int code, const char *format, ...)
{
	va_list args;

	if (live->ended)
		return;
	live->ended = true;
	live->code = code;
	if (format) {
		va_start(args, format);
		vsnprintf(live->why, sizeof(live->why), format, args);
		va_end(args);
	}
	for (int i = 0; i < LIVE_SIGNALS; i++)
		uv_close((uv_handle_t *)&live->signals[i], NULL);
	if (live->on_end)
		live->on_end(live);
	mu_client_stop(live->client);
}

static void on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	live_end(handle->data, CLI_OK, NULL);
}

/* What a person can do about a connection that ended for good. */
static const struct {
	int code;
	const char *advice;
} advices[] = {
	{ 0, "check --url and whether a hub runs there" },
	{ MU_CLOSE_TOKEN_INVALID, "get a new token, for example with muster token" },
	{ MU_CLOSE_REVOKED, "get a new token, for example with muster token" },
	{ MU_CLOSE_DEACTIVATED, "ask an administrator of the workspace" },
	{ MU_CLOSE_TOO_MANY, "close other connections first" },
};

static const char *advice_for(const struct mu_client_loss *loss)
{
	if (strchr(loss->text, ';'))
		return NULL; /* the hub's own */
	if (loss->err != MU_OK && loss->err != MU_UNAUTHENTICATED)
		return "check the options";
	for (size_t i = 0; i < MU_COUNT(advices); i++)
		if (advices[i].code == loss->code)
			return advices[i].advice;
	return "the hub's log may tell more";
}

/* ---- the client ---- */

static void on_open(void *arg, const json_t *result)
{
	struct live *live = arg;

	live->met = true;
	live->on_open(live, result);
}

static void on_event(void *arg, const json_t *event)
{
	struct live *live = arg;

	live->on_event(live, event);
}

/* Only a hub that was there is waited for: a wrong URL must not look like a slow hub. */
static void on_loss(void *arg, const struct mu_client_loss *loss)
{
	struct live *live = arg;
	const char *advice = advice_for(loss);

	if (loss->code >= 4100 && loss->code < 4300)
		live->met = true; /* it asks for patience, so it is one */
	if (loss->retry_ms >= 0 && live->met)
		live->on_loss(live, loss);
	else
		live_end(live, CLI_FAILED, "%s%s%s", loss->text, advice ? "; " : "", advice ? advice : "");
}

static int make_client(struct live *live, const struct live_flags *flags)
{
	struct mu_fault fault = { 0 };
	char name[80];
	const struct mu_client_setup setup = {
		.loop = &live->loop,
		.url = flags->url,
		.token = flags->token,
		.name = name,
		.watch = live->watch,
		.handlers = { on_open, on_event, on_loss },
		.arg = live,
	};
	enum mu_err err;

	snprintf(name, sizeof(name), "muster %s", live->name);
	err = mu_client_create(&setup, &live->client, &fault);
	if (err == MU_INVALID_PARAMS)
		return cli_fail(CLI_USAGE, "%s", mu_fault_text(&fault));
	return err ? cli_fail(CLI_FAILED, "can't start: %s", mu_err_info(err)->text) : CLI_OK;
}

static void watch_signals(struct live *live)
{
	static const int numbers[LIVE_SIGNALS] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

	for (int i = 0; i < LIVE_SIGNALS; i++) {
		uv_signal_init(&live->loop, &live->signals[i]);
		live->signals[i].data = live;
		uv_signal_start(&live->signals[i], on_signal, numbers[i]);
	}
}

int live_run(struct live *live, const struct live_flags *flags)
{
	int code = cli_start();

	if (code != CLI_OK)
		return code;
	if (uv_loop_init(&live->loop))
		return cli_fail(CLI_FAILED, "can't start: no event loop");
	code = make_client(live, flags);
	if (code == CLI_OK) {
		watch_signals(live);
		if (live->on_start)
			live->on_start(live);
		uv_run(&live->loop, UV_RUN_DEFAULT);
		mu_client_destroy(live->client);
		code = *live->why ? cli_fail(live->code, "%s", live->why) : live->code;
	}
	uv_loop_close(&live->loop);
	return code;
}
