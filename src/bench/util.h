/* What every file of a load generator needs: time, memory, and a way to give up.
 *
 * A generator has one thread and one job. Whatever goes wrong makes the run worthless, so there is one way
 * out, and each program that has a generator in it says how it ends; see muster/bench/bench.h.
 * Thread: the generator's, which is the only one. */
#ifndef MUSTER_BENCH_UTIL_H
#define MUSTER_BENCH_UTIL_H

#include <stddef.h>
#include <stdint.h>

#define LG_SECOND_NS 1000000000ULL

/* Monotonic nanoseconds. */
uint64_t lg_now_ns(void);

/* Seconds as nanoseconds. */
uint64_t lg_seconds_ns(double seconds);

/* Ends the run, and with it the process, by mu_bench_failed: printf. */
_Noreturn void lg_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same text in memory of the caller's; never NULL. */
char *lg_strndup(const char *text, size_t len);

/* Zeroed memory for `count` items of `size` bytes; never NULL. */
void *lg_alloc(size_t count, size_t size);

#endif
