/* What one run of load is asked to do. Filled once before anything else runs and read-only afterwards.
 * Thread: any. */
#ifndef MUSTER_BENCH_PLAN_H
#define MUSTER_BENCH_PLAN_H

#include <stdbool.h>
#include <stdint.h>

struct lg_options {
	const char *mode;
	const char *target;
	const char *host; /* NULL: this machine, over loopback */
	const char *path;
	uint32_t port;
	uint32_t port_b; /* 0: there is one node */

	uint32_t sessions;
	uint32_t warmup_sessions;
	uint32_t concurrency;
	uint32_t sources; /* 0: the system chooses where connections come from */
	uint32_t users;
	uint32_t staying; /* of the sessions, the last ones: they aren't part of what happens to the others */
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
	const char *restart; /* a line for the shell that serves again; NULL: the server lives on */
	bool expect_snapshot;

	const char *watch;
	const char *device_kind;
	const char *tokens_file;
	const char *publisher_token;
	const char *jwt_alg;
	const char *jwt_kid;
	const char *jwt_secret;
	const char *jwt_issuer;
	const char *user_prefix;
};

#endif
