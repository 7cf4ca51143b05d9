/* The command line of the load generator: one row per option, one parser per kind of value. */
#include "options.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { KIND_TEXT, KIND_COUNT, KIND_SECONDS, KIND_FLAG };

struct row {
	const char *name;
	enum kind kind;
	size_t offset;
	const char *help;
};

#define AT(field) offsetof(struct lg_options, field)

static const struct row rows[] = {
	{ "--target", KIND_TEXT, AT(target), "kind of server: muster, raw, nchan or socketio" },
	{ "--port", KIND_COUNT, AT(port), "its port on 127.0.0.1" },
	{ "--port-b", KIND_COUNT, AT(port_b),
	  "of a second node, which the later half of the sessions is at" },
	{ "--path", KIND_TEXT, AT(path), "path of the WebSocket, when not the target's usual one" },
	{ "--sessions", KIND_COUNT, AT(sessions), "connections to open" },
	{ "--warmup-sessions", KIND_COUNT, AT(warmup_sessions), "opened and closed before measuring" },
	{ "--concurrency", KIND_COUNT, AT(concurrency), "connections being opened at a time" },
	{ "--sources", KIND_COUNT, AT(sources), "spread over so many source addresses, from 127.0.0.1 up" },
	{ "--staying", KIND_COUNT, AT(staying), "of the sessions: storm: not lost; slow: they stop reading" },
	{ "--restart", KIND_TEXT, AT(restart), "storm: kill the server, and run this to start it again" },
	{ "--users", KIND_COUNT, AT(users), "people the sessions belong to" },
	{ "--window", KIND_COUNT, AT(window),
	  "fanout: events in flight; assign, route: commands of a connection" },
	{ "--teams", KIND_COUNT, AT(teams), "assign, route: teams, each with one user who dispatches" },
	{ "--rate", KIND_COUNT, AT(rate), "toggle, assign-rate: so many a second" },
	{ "--payload-bytes", KIND_COUNT, AT(payload_bytes), "payload of a delivered frame" },
	{ "--seconds", KIND_SECONDS, AT(seconds), "how long to measure" },
	{ "--warmup-seconds", KIND_SECONDS, AT(warmup_seconds), "how long to run before measuring" },
	{ "--server-pid", KIND_COUNT, AT(server_pid), "root of the server's process tree" },
	{ "--server-pid-b", KIND_COUNT, AT(server_pid_b), "the same of a second node" },
	{ "--redis-pid", KIND_COUNT, AT(redis_pid), "of the Redis behind it, told of apart" },
	{ "--postgres-pid", KIND_COUNT, AT(postgres_pid), "of the PostgreSQL behind it, told of apart" },
	{ "--server-core", KIND_COUNT, AT(server_core), "the core that it is pinned to" },
	{ "--gc-signal", KIND_FLAG, AT(gc_signal), "SIGUSR2 makes the server collect its garbage" },
	{ "--expect-snapshot", KIND_FLAG, AT(expect_snapshot), "nchan: ready at the first message" },
	{ "--watch", KIND_TEXT, AT(watch), "muster: watch.presence, all or none" },
	{ "--device-kind", KIND_TEXT, AT(device_kind), "muster: device.kind, web or mobile" },
	{ "--tokens", KIND_TEXT, AT(tokens_file), "muster: file of tokens, one per line" },
	{ "--publisher-token", KIND_TEXT, AT(publisher_token), "muster: token or key of the publisher" },
	{ "--jwt-alg", KIND_TEXT, AT(jwt_alg), "muster: HS256 or EdDSA" },
	{ "--jwt-kid", KIND_TEXT, AT(jwt_kid), "muster: key id" },
	{ "--jwt-secret", KIND_TEXT, AT(jwt_secret), "muster: key, base64url" },
	{ "--jwt-issuer", KIND_TEXT, AT(jwt_issuer), "muster: workspace" },
	{ "--user-prefix", KIND_TEXT, AT(user_prefix), "muster: users are PREFIX0, PREFIX1, ..." },
};

enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

static _Noreturn void usage(const char *complaint)
{
	fprintf(stderr, "muster-loadgen: %s\n", complaint);
	fprintf(stderr, "usage: muster-loadgen "
			"fanout|memory|toggle|connect|idle|assign|assign-rate|route|storm|crowd|slow|silent "
			"[options]\n");
	for (size_t i = 0; i < ROW_COUNT; i++)
		fprintf(stderr, "  %-18s %s\n", rows[i].name, rows[i].help);
	exit(2);
}

static const struct row *row_find(const char *name)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	}
	return NULL;
}

static uint32_t parse_count(const char *text)
{
	char *end;

	errno = 0;
	unsigned long value = strtoul(text, &end, 10);
	if (errno || end == text || *end || value > UINT32_MAX)
		usage("a count must be a whole number");
	return (uint32_t)value;
}

static double parse_seconds(const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= 0.0 && value < 86400.0))
		usage("a duration must be a number of seconds below a day");
	return value;
}

static void store(struct lg_options *opt, const struct row *row, const char *value)
{
	char *field = (char *)opt + row->offset;

	switch (row->kind) {
	case KIND_TEXT:
		memcpy(field, &value, sizeof(value));
		break;
	case KIND_COUNT:
		memcpy(field, &(uint32_t){ parse_count(value) }, sizeof(uint32_t));
		break;
	case KIND_SECONDS:
		memcpy(field, &(double){ parse_seconds(value) }, sizeof(double));
		break;
	case KIND_FLAG:
		memcpy(field, &(bool){ true }, sizeof(bool));
		break;
	}
}

static void check(const struct lg_options *opt)
{
	if (!opt->target)
		usage("--target is needed");
	if (opt->port == 0 || opt->port > UINT16_MAX)
		usage("--port is needed, 1 to 65535");
	if (opt->port_b > UINT16_MAX)
		usage("--port-b is 65535 at most");
	if (opt->server_pid == 0)
		usage("--server-pid is needed");
	if (opt->sessions == 0 || opt->concurrency == 0 || opt->users == 0 || opt->window == 0 ||
	    opt->rate == 0 || opt->teams == 0)
		usage("counts must be above 0");
	if (opt->sources == 0 || opt->sources > 250)
		usage("--sources must be 1 to 250");
}

void lg_options_parse(struct lg_options *ret_opt, int argc, char **argv)
{
	struct lg_options opt = {
		.sessions = 1000,
		.concurrency = 64,
		.sources = 8,
		.users = 50,
		.teams = 8,
		.window = 1,
		.rate = 20,
		.payload_bytes = 200,
		.seconds = 5.0,
		.warmup_seconds = 1.0,
		.server_core = 1,
		.watch = "all",
		.device_kind = "web",
		.jwt_alg = "HS256",
		.jwt_issuer = "bench",
		.user_prefix = "u",
	};

	if (argc < 2)
		usage("which mode?");
	opt.mode = argv[1];
	for (int i = 2; i < argc; i++) {
		const struct row *row = row_find(argv[i]);

		if (!row)
			usage("unknown option");
		if (row->kind != KIND_FLAG && i + 1 == argc)
			usage("an option lacks its value");
		store(&opt, row, row->kind == KIND_FLAG ? NULL : argv[++i]);
	}
	check(&opt);
	*ret_opt = opt;
}
