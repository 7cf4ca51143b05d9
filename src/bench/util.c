/* Time, memory and the one way out. */
#include "util.h"

#include "muster/bench/bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

uint64_t lg_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * LG_SECOND_NS + (uint64_t)ts.tv_nsec;
}

uint64_t lg_seconds_ns(double seconds)
{
	return (uint64_t)(seconds * (double)LG_SECOND_NS);
}

void lg_die(const char *format, ...)
{
	char why[512];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	mu_bench_failed(why);
}

void *lg_alloc(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		lg_die("out of memory");
	return memory;
}

char *lg_strndup(const char *text, size_t len)
{
	char *copy = lg_alloc(len + 1, 1);

	memcpy(copy, text, len);
	return copy;
}
