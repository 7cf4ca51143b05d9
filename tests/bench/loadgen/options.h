/* What one run of the load generator is asked to do: the command line as a struct.
 *
 * Every option is one row of a table in options.c; a value that is out of range ends the program with
 * status 2. Filled once before anything else runs and read-only afterwards. */
#ifndef LOADGEN_OPTIONS_H
#define LOADGEN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct lg_options {
	const char *mode;
	const char *target;
	const char *path;
	uint32_t port;
	uint32_t port_b; /* 0: there is one node */

	uint32_t sessions;
	uint32_t warmup_sessions;
	uint32_t concurrency;
	uint32_t sources;
	uint32_t users;
	uint32_t teams;
	uint32_t window;
	uint32_t rate;
	uint32_t payload_bytes;
	double seconds;
	double warmup_seconds;

	uint32_t server_pid;
	uint32_t server_pid_b;
	uint32_t redis_pid;
	uint32_t postgres_pid;
	uint32_t server_core;
	bool gc_signal;
	bool expect_snapshot;

	const char *watch;
	const char *tokens_file;
	const char *publisher_token;
	const char *jwt_alg;
	const char *jwt_kid;
	const char *jwt_secret;
	const char *jwt_issuer;
	const char *user_prefix;
};

/* Fills *ret_opt from `argv` (which it borrows) or prints what is wrong and exits with status 2. */
void lg_options_parse(struct lg_options *ret_opt, int argc, char **argv);

#endif
