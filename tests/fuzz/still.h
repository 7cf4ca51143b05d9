/* Chance, time and threads of a tame hub; see still.c.
 * Thread: the fuzzer's. */
#ifndef MUSTER_TESTS_FUZZ_STILL_H
#define MUSTER_TESTS_FUZZ_STILL_H

#include "fuzz.h"
#include "lines.h"

#include "muster/base/clock.h"

/* What time it is at the beginning. */
#define STILL_START_MS INT64_C(1700000002000)

/* Once, before anything else; and before each run. */
void still_start(void);
void still_again(void);

extern const struct mu_clock still_clock;
void still_pass(int64_t ms);
int64_t still_passed_ms(void);

/* Do what waits for threads; whether there was anything. */
bool still_work(void);

#endif
