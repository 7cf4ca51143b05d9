/* What top and tail share: where the hub is and who asks, a loop with a client of the hub on it, and leaving
 * by a signal. Private to the cli.
 * Thread: main. */
#ifndef MUSTER_CLI_LIVE_H
#define MUSTER_CLI_LIVE_H

#include "muster/edge/client.h"

#include <getopt.h>
#include <uv.h>

/* ---- flags ---- */

struct live_flags {
	const char *url;
	char *token; /* heap, the flags' own */
};

enum { LIVE_URL = 256, LIVE_TOKEN, LIVE_TOKEN_STDIN, LIVE_HELP, LIVE_OWN };

/* Rows of the table for getopt_long; a command's own rows begin at LIVE_OWN. */
#define LIVE_OPTIONS                                                                                         \
	{ "url", required_argument, NULL, LIVE_URL }, { "token", required_argument, NULL, LIVE_TOKEN },      \
		{ "token-stdin", no_argument, NULL, LIVE_TOKEN_STDIN },                                      \
	{                                                                                                    \
		"help", no_argument, NULL, LIVE_HELP                                                         \
	}

/* Read the flags of argv by `options`; those that aren't common go to `own`. What is not given is taken from
 * MUSTER_URL and MUSTER_TOKEN. False: end with *ret_code; the help was asked for and printed, or the usage is
 * wrong, which was said. The flags are to be finished in either case. */
bool live_flags(int argc, char **argv, const struct option *options,
		void (*own)(int option, const char *value, void *arg), void *arg, const char *help,
		struct live_flags *ret_flags, int *ret_code);
void live_flags_finish(struct live_flags *flags);

/* ---- the run ---- */

enum { LIVE_SIGNALS = 4 };

struct live {
	uv_loop_t loop;
	uv_signal_t signals[LIVE_SIGNALS];
	struct mu_client *client;
	bool met; /* there has been a hub */
	bool ended;
	int code;      /* what to end with */
	char why[512]; /* what to say about it, or empty */

	/* The command's own; set before live_run. */
	const char *name;  /* of the command */
	const char *watch; /* as in struct mu_client_setup */
	void (*on_open)(struct live *live, const json_t *result);
	void (*on_event)(struct live *live, const json_t *event);
	void (*on_loss)(struct live *live, const struct mu_client_loss *loss); /* it comes back by itself */
	void (*on_start)(struct live *live); /* before the loop runs; or NULL */
	void (*on_end)(struct live *live);   /* close your handles; or NULL */
};

/* Run until it ends: by a signal, by live_end, or because the hub can't be reached at all or refuses. Gives
 * the exit code, and has said why if it isn't 0. */
int live_run(struct live *live, const struct live_flags *flags);

/* End with this code, and say why if there is something to say (printf; NULL: nothing). The first call
 * counts. */
__attribute__((format(printf, 3, 4))) void live_end(struct live *live, int code, const char *format, ...);

#endif
