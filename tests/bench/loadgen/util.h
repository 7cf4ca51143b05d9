/* What every file of the load generator needs: time, and a way to give up.
 *
 * The generator is a measuring tool with one thread and one job per run. Whatever goes wrong makes the run
 * worthless, so there is one exit: say why on standard error and leave with status 1. */
#ifndef LOADGEN_UTIL_H
#define LOADGEN_UTIL_H

#include <stddef.h>
#include <stdint.h>

#define LG_SECOND_NS 1000000000ULL

/* Monotonic nanoseconds. */
uint64_t lg_now_ns(void);

/* Seconds as nanoseconds. */
uint64_t lg_seconds_ns(double seconds);

/* Prints one line and exits with status 1. */
_Noreturn void lg_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Zeroed memory for `count` items of `size` bytes; never NULL. */
void *lg_alloc(size_t count, size_t size);

#endif
