/* Inside the pool: what opening connections needs from the rest. */
#ifndef MUSTER_BENCH_POOL_OPEN_H
#define MUSTER_BENCH_POOL_OPEN_H

#include <stdint.h>

/* Raises RLIMIT_NOFILE so that `connections` fit, or ends the run. */
void lg_pool_raise_limits(uint32_t connections);

#endif
