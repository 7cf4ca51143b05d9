/* An array, sorted once at the end. */
#include "samples.h"
#include "util.h"

#include <stdlib.h>

void lg_samples_init(struct lg_samples *s, size_t cap)
{
	*s = (struct lg_samples){ .values = lg_alloc(cap, sizeof(uint32_t)), .cap = cap };
}

void lg_samples_finish(struct lg_samples *s)
{
	free(s->values);
	*s = (struct lg_samples){ 0 };
}

void lg_samples_add(struct lg_samples *s, uint64_t latency_ns)
{
	uint64_t us = latency_ns / 1000;

	if (s->count == s->cap)
		lg_die("more samples than expected");
	s->values[s->count++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void lg_samples_sort(struct lg_samples *s)
{
	qsort(s->values, s->count, sizeof(uint32_t), compare);
}

double lg_samples_percentile_ms(const struct lg_samples *s, double share)
{
	if (s->count == 0)
		return 0.0;
	size_t rank = (size_t)(share * (double)(s->count - 1) + 0.5);
	return (double)s->values[rank] / 1000.0;
}
