/* Latencies in microseconds, kept one by one so that percentiles are exact. */
#ifndef MUSTER_BENCH_SAMPLES_H
#define MUSTER_BENCH_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

struct lg_samples {
	uint32_t *values;
	size_t count;
	size_t cap;
};

/* Room for `cap` samples. */
void lg_samples_init(struct lg_samples *s, size_t cap);
void lg_samples_finish(struct lg_samples *s);

/* Adds one; there must be room. */
void lg_samples_add(struct lg_samples *s, uint64_t latency_ns);

void lg_samples_sort(struct lg_samples *s);

/* The value below which `share` (0 to 1) of the sorted samples lie, in milliseconds; 0 without any. */
double lg_samples_percentile_ms(const struct lg_samples *s, double share);

#endif
