/* How the programs of this folder give up: a line that says why, and status 1. */
#include "muster/bench/bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

void mu_bench_failed(const char *why)
{
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, why);
	exit(1);
}
