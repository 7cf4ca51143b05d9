/* Failures per key (an account, an address) within a sliding window; the brake on guessing. Bounded memory:
 * when full, the keys whose window ended first are forgotten.
 * Thread: one owner.
 * Units: wall or monotonic ms, the same in all calls. */
#ifndef MUSTER_AUTH_THROTTLE_H
#define MUSTER_AUTH_THROTTLE_H

#include "muster/base/err.h"

#include <stddef.h>

struct mu_throttle;

/* At most `limit` failures per key within window_ms; max_keys keys are remembered. NULL when memory is out.
 */
struct mu_throttle *mu_throttle_create(int64_t limit, int64_t window_ms, size_t max_keys);
void mu_throttle_destroy(struct mu_throttle *throttle); /* accepts NULL */

/* Milliseconds until `key` may try again; 0: now. */
int64_t mu_throttle_wait_ms(struct mu_throttle *throttle, const char *key, int64_t now_ms);
/* Count a failure. An attempt is counted before it is checked, and taken back by mu_throttle_forgive when it
 * was right, so that attempts in parallel can't slip through. */
void mu_throttle_fail(struct mu_throttle *throttle, const char *key, int64_t now_ms);
void mu_throttle_forgive(struct mu_throttle *throttle, const char *key);

#endif
