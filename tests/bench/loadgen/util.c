/* Time, memory and the one way out. */
#include "util.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
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
	va_list args;

	fputs("muster-loadgen: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void *lg_alloc(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size);

	if (!memory)
		lg_die("out of memory");
	return memory;
}
