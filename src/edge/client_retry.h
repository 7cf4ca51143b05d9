/* Whether and when the client comes back after a connection ended.
 * Thread: any. */
#ifndef MU_EDGE_CLIENT_RETRY_H
#define MU_EDGE_CLIENT_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#define CLIENT_RETRY_BASE_MS 1000
#define CLIENT_RETRY_MAX_MS 30000
#define CLIENT_ADVICE_MAX_MS 600000 /* a hub that advises more is not believed */

/* False for a code that says that the next attempt would end the same way. */
bool client_retry_helps(int code);

/* Milliseconds until the next attempt. `advice_ms` is the hub's (0: none) and never undercut; `failures` is
 * how many attempts failed in a row before this end; `random` is uniform over its range. */
int64_t client_retry_ms(int code, int64_t advice_ms, unsigned failures, uint64_t random);

#endif
