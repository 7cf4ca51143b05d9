/* Budgets of commands, by who asks: token buckets under a key, whichever connection and edge a request comes
 * by. Bounded memory: a budget that is full again is forgotten, and when there are too many the one that was
 * used longest ago. Thread: any; one lock, held for a few instructions. */
#ifndef MU_EDGE_BUDGET_H
#define MU_EDGE_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mu_budgets;

/* At most `most` budgets are kept. NULL when memory is out. */
struct mu_budgets *mu_budgets_create(size_t most);
void mu_budgets_destroy(struct mu_budgets *budgets); /* accepts NULL */

/* Take `cost` out of the budget of `key`, as mu_bucket_take does; false when memory is out, too. */
bool mu_budgets_take(struct mu_budgets *budgets, const char *key, int64_t rate, int64_t burst, unsigned cost,
		     int64_t now_ms, int64_t *ret_wait_ms);

/* How many are kept. */
size_t mu_budgets_count(struct mu_budgets *budgets);

#endif
