/* What unit tests share: cmocka with the headers it wants, a check of texts, random numbers that can be drawn
 * again. */
#ifndef MUSTER_TESTS_TESTING_H
#define MUSTER_TESTS_TESTING_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

__attribute__((unused)) static void assert_contains(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

/* A small generator (SplitMix64). A failure of CHECK_RANDOM names the seed; MU_TEST_SEED=<seed> draws the
 * same. */
struct random {
	uint64_t seed;
	uint64_t state;
};

__attribute__((unused)) static uint64_t random_next(struct random *random)
{
	uint64_t z = (random->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* A number from 0 to below - 1. */
__attribute__((unused)) static uint64_t random_below(struct random *random, uint64_t below)
{
	return random_next(random) % below;
}

/* The seed of the environment, or of this moment. */
__attribute__((unused)) static struct random random_start(void)
{
	const char *given = getenv("MU_TEST_SEED");
	struct timespec now;
	uint64_t seed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = given ? strtoull(given, NULL, 10) : (uint64_t)now.tv_nsec ^ ((uint64_t)now.tv_sec << 30);
	return (struct random){ .seed = seed, .state = seed };
}

#define CHECK_RANDOM(random, condition)                                                                      \
	do {                                                                                                 \
		if (!(condition))                                                                            \
			fail_msg("%s does not hold; run again with MU_TEST_SEED=%" PRIu64, #condition,       \
				 (random)->seed);                                                            \
	} while (0)

#endif
