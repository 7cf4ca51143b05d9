/* muster bench: how a hub does under many sessions, measured from here.
 * Thread: main. */
#include "bench.h"

#include "cli.h"
#include "live.h"
#include "muster/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char help[] =
	"Usage: muster bench --url URL --token T [--sessions N] [--rate N] [--seconds S] [--bytes N] "
	"[--json]\n"
	"\n"
	"Opens sessions, publishes messages to everybody in the workspace, and times their arrival. Whoever "
	"else "
	"is\n"
	"connected there gets the messages, too (x.bench). What the measuring itself used of its core is "
	"told: "
	"near\n"
	"100 % the figures are no longer the hub's. Run it on another machine than the hub, or on another "
	"core.\n"
	"\n"
	"  --url URL             where the hub is, such as http://127.0.0.1:8080 (or MUSTER_URL); without "
	"TLS\n"
	"  --token T             a token or an API key, of all sessions (or MUSTER_TOKEN, which others can't "
	"see "
	"in the\n"
	"                        list of processes). The hub lets a person have max_connections_per_user of "
	"them, and\n"
	"                        an address max_connections_per_address.\n"
	"  --token-stdin         read the token from the first line of the standard input\n"
	"  --publisher-token T   of who publishes, with events.publish; else the same\n"
	"  --sessions N          how many; else 100\n"
	"  --rate N              messages a second; else 10\n"
	"  --seconds S           for how long; else 10\n"
	"  --bytes N             of the text in each message; else 100\n"
	"  --json                the result as one object\n"
	"  --help                this text\n";

enum { BENCH_PUBLISHER = LIVE_OWN, BENCH_SESSIONS, BENCH_RATE, BENCH_SECONDS, BENCH_BYTES, BENCH_JSON };

static const struct option options[] = {
	LIVE_OPTIONS,
	{ "publisher-token", required_argument, NULL, BENCH_PUBLISHER },
	{ "sessions", required_argument, NULL, BENCH_SESSIONS },
	{ "rate", required_argument, NULL, BENCH_RATE },
	{ "seconds", required_argument, NULL, BENCH_SECONDS },
	{ "bytes", required_argument, NULL, BENCH_BYTES },
	{ "json", no_argument, NULL, BENCH_JSON },
	{ 0 },
};

struct bench {
	struct mu_bench_setup setup;
	uint32_t seconds;
	char *publisher;   /* heap */
	const char *wrong; /* the option whose value doesn't fit */
	char host[256];
	bool json;
};

static const struct number {
	int option;
	const char *name;
	size_t offset;
	unsigned long least, most;
} numbers[] = {
	{ BENCH_SESSIONS, "--sessions", offsetof(struct bench, setup.sessions), 1, 1000000 },
	{ BENCH_RATE, "--rate", offsetof(struct bench, setup.rate), 1, 10000 },
	{ BENCH_SECONDS, "--seconds", offsetof(struct bench, seconds), 1, 3600 },
	{ BENCH_BYTES, "--bytes", offsetof(struct bench, setup.bytes), 1, 4000 },
};

static void set_number(struct bench *bench, const struct number *number, const char *text)
{
	char *end;
	const unsigned long value = strtoul(text, &end, 10);

	if (end == text || *end || value < number->least || value > number->most)
		bench->wrong = number->name;
	else
		memcpy((char *)bench + number->offset, &(uint32_t){ (uint32_t)value }, sizeof(uint32_t));
}

/* Others can see the arguments of a process, so it is taken out of them. */
static void take_publisher(struct bench *bench, char *argument)
{
	free(bench->publisher);
	bench->publisher = strdup(argument);
	memset(argument, '*', strlen(argument));
}

static void set_option(int option, const char *value, void *arg)
{
	struct bench *bench = arg;

	if (option == BENCH_JSON)
		bench->json = true;
	else if (option == BENCH_PUBLISHER)
		take_publisher(bench, (char *)value);
	for (size_t i = 0; i < MU_COUNT(numbers); i++)
		if (numbers[i].option == option)
			set_number(bench, &numbers[i], value);
}

/* http(s)://HOST[:PORT], or the same with ws. */
static int take_url(struct bench *bench, const char *url)
{
	const char *rest = strncasecmp(url, "http://", 7) == 0 ? url + 7
			   : strncasecmp(url, "ws://", 5) == 0 ? url + 5
							       : NULL;
	const bool bracket = rest && *rest == '[';
	const char *host = rest ? rest + bracket : NULL;
	const size_t n = !host ? 0 : bracket ? strcspn(host, "]") : strcspn(host, ":/");
	const char *behind = host ? host + n + (bracket && host[n]) : NULL;
	char *end = (char *)behind;
	unsigned long port = 80;

	if (behind && *behind == ':')
		port = strtoul(behind + 1, &end, 10);
	if (!n || n >= sizeof(bench->host) || port == 0 || port > UINT16_MAX ||
	    (*end && strcmp(end, "/") != 0))
		return cli_fail(CLI_USAGE,
				"--url is http://HOST:PORT, of the hub itself: TLS isn't spoken here");
	memcpy(bench->host, host, n);
	bench->host[n] = '\0';
	bench->setup.host = bench->host;
	bench->setup.port = (uint16_t)port;
	return CLI_OK;
}

static const char *limit_of(double share)
{
	return share > 0.9 ? "; this is what limits it, not the hub" : "";
}

static void print_text(const struct bench *bench, const struct mu_bench_result *result)
{
	const uint32_t sessions = bench->setup.sessions;

	printf("open     %u sessions in %.2f s, %.0f a second; each p50 %.1f ms, p99 %.1f ms\n", sessions,
	       result->open_s, sessions / result->open_s, result->open_p50_ms, result->open_p99_ms);
	printf("         own CPU %.0f %% of a core%s\n", 100 * result->open_cpu_share,
	       limit_of(result->open_cpu_share));
	printf("fan-out  %llu messages to each, %llu of %llu arrived, %.0f a second\n",
	       (unsigned long long)result->messages, (unsigned long long)result->received,
	       (unsigned long long)result->expected, result->deliveries_per_s);
	printf("         p50 %.1f ms, p99 %.1f ms, at most %.1f ms\n", result->p50_ms, result->p99_ms,
	       result->max_ms);
	printf("         own CPU %.0f %% of a core%s\n", 100 * result->cpu_share,
	       limit_of(result->cpu_share));
}

static void print_json(const struct bench *bench, const struct mu_bench_result *result)
{
	printf("{\"sessions\":%u,\"open_s\":%.6f,\"open_p50_ms\":%.3f,\"open_p99_ms\":%.3f,\"open_cpu_"
	       "share\":"
	       "%.3f,",
	       bench->setup.sessions, result->open_s, result->open_p50_ms, result->open_p99_ms,
	       result->open_cpu_share);
	printf("\"messages\":%llu,\"expected\":%llu,\"received\":%llu,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
	       "\"max_ms\":%.3f,\"deliveries_per_s\":%.1f,\"cpu_share\":%.3f}\n",
	       (unsigned long long)result->messages, (unsigned long long)result->expected,
	       (unsigned long long)result->received, result->p50_ms, result->p99_ms, result->max_ms,
	       result->deliveries_per_s, result->cpu_share);
}

/* There are no figures of a run with holes. */
_Noreturn void mu_bench_failed(const char *why)
{
	exit(cli_fail(CLI_FAILED, "%s", why));
}

static int run(struct bench *bench, const struct live_flags *flags)
{
	struct mu_bench_result result;
	int code = take_url(bench, flags->url);

	if (code == CLI_OK && bench->wrong)
		code = cli_fail(CLI_USAGE, "%s: the value doesn't fit; see muster bench --help",
				bench->wrong);
	if (code != CLI_OK)
		return code;
	bench->setup.token = flags->token;
	bench->setup.publisher = bench->publisher ? bench->publisher : flags->token;
	bench->setup.seconds = bench->seconds;
	mu_bench_run(&bench->setup, &result);
	(bench->json ? print_json : print_text)(bench, &result);
	return result.received == result.expected ? CLI_OK : cli_fail(CLI_FAILED, "messages were missed");
}

int cmd_bench(int argc, char **argv)
{
	struct bench bench = { .setup = { .sessions = 100, .rate = 10, .bytes = 100 }, .seconds = 10 };
	struct live_flags flags = { 0 };
	int code;

	if (live_flags(argc, argv, options, set_option, &bench, help, &flags, &code))
		code = run(&bench, &flags);
	live_flags_finish(&flags);
	free(bench.publisher);
	return code;
}
