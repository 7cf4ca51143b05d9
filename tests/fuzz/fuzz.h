/* What every fuzz target has: the function that libFuzzer, or replay.c, calls with one input. */
#ifndef MUSTER_TESTS_FUZZ_H
#define MUSTER_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A target that tells a hub of rows that aren't in the log sets this: what the hub then writes may not follow
 * from what is there, so that nobody can read it. Belongs to log.c. */
extern bool fuzz_rows_forged;

/* A promise that no input may break. */
#define HOLDS(condition)                                                                                     \
	do {                                                                                                 \
		if (!(condition))                                                                            \
			abort();                                                                             \
	} while (0)

#endif
