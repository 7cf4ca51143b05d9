/* Load on a hub from outside, as its clients see it: many sessions of one token that hear what is published.
 *
 * It is one thread that does nothing else, with a few bytes per session, so that it costs less than what it
 * measures; what it used of its own core is part of the result, for above nine tenths of one the figures are
 * its own and no longer the hub's.
 * Thread: any one that has nothing else to do; not two at once. */
#ifndef MUSTER_BENCH_BENCH_H
#define MUSTER_BENCH_BENCH_H

#include <stdint.h>

struct mu_bench_setup {
	const char *host; /* a name or an address; without TLS */
	uint16_t port;
	const char *token;     /* a token or an API key, of all sessions */
	const char *publisher; /* the same of the one who publishes; must be allowed to */
	uint32_t sessions;     /* 1 or more */
	uint32_t rate;         /* messages a second, 1 or more */
	uint32_t bytes;        /* of the text in each, up to 4000 */
	double seconds;        /* how long to publish */
};

struct mu_bench_result {
	double open_s; /* until all sessions were open */
	double open_p50_ms, open_p99_ms;
	double open_cpu_share; /* of a core, by the measuring itself */
	uint64_t messages, expected, received;
	double p50_ms, p99_ms, max_ms; /* from sending a message to its arrival, for each at each session */
	double deliveries_per_s;
	double cpu_share;
};

/* Do it. Whatever goes wrong ends in mu_bench_failed. */
void mu_bench_run(const struct mu_bench_setup *setup, struct mu_bench_result *ret_result);

/* A run went wrong and is worth nothing. Defined by the program: it says why and ends. */
_Noreturn void mu_bench_failed(const char *why);

#endif
