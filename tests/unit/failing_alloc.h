/* Memory that runs out on demand. Include this last of all headers and then the source file under test: its
 * calls of malloc and the like come here. failing_after(n) lets n allocations pass and refuses all later
 * ones. */
#ifndef MUSTER_TESTS_FAILING_ALLOC_H
#define MUSTER_TESTS_FAILING_ALLOC_H

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static long allocations_left = LONG_MAX;
static long frees; /* blocks given back, without NULL */

__attribute__((unused)) static void failing_after(long n)
{
	allocations_left = n;
}

__attribute__((unused)) static void failing_never(void)
{
	allocations_left = LONG_MAX;
}

static bool may_allocate(void)
{
	if (allocations_left == 0)
		return false;
	if (allocations_left != LONG_MAX)
		allocations_left--;
	return true;
}

__attribute__((unused)) static void *failing_malloc(size_t n)
{
	return may_allocate() ? malloc(n) : NULL;
}

__attribute__((unused)) static void *failing_calloc(size_t n, size_t size)
{
	return may_allocate() ? calloc(n, size) : NULL;
}

__attribute__((unused)) static void *failing_realloc(void *p, size_t n)
{
	return may_allocate() ? realloc(p, n) : NULL;
}

__attribute__((unused)) static char *failing_strdup(const char *text)
{
	return may_allocate() ? strdup(text) : NULL;
}

__attribute__((unused)) static void counting_free(void *p)
{
	frees += p != NULL;
	free(p);
}

#undef strdup
#define malloc(n) failing_malloc(n)
#define calloc(n, size) failing_calloc(n, size)
#define realloc(p, n) failing_realloc(p, n)
#define strdup(text) failing_strdup(text)
#define free(p) counting_free(p)

#endif
