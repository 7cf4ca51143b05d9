/* Budgets by key.
 * Invariant: the list is in the order of latest use, so its head is the first to be full again.
 * Thread: any; everything is behind the lock. */
#include "budget.h"

#include "bucket.h"
#include "muster/base/hash.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#define RETRY_MS 1000
#define FORGET_AT_ONCE 2 /* more than come in with one request, so that they run out after a storm */

struct budget {
	UT_hash_handle hh;
	struct budget *prev, *next;
	struct mu_bucket bucket;
	char key[];
};

struct mu_budgets {
	pthread_mutex_t lock;
	size_t most;
	struct budget *table;
	struct budget *list;
};

struct mu_budgets *mu_budgets_create(size_t most)
{
	struct mu_budgets *budgets = calloc(1, sizeof(*budgets));

	if (!budgets)
		return NULL;
	if (pthread_mutex_init(&budgets->lock, NULL) != 0) {
		free(budgets);
		return NULL;
	}
	budgets->most = most;
	return budgets;
}

static void forget(struct mu_budgets *budgets, struct budget *budget)
{
	HASH_DEL(budgets->table, budget);
	DL_DELETE(budgets->list, budget);
	free(budget);
}

void mu_budgets_destroy(struct mu_budgets *budgets)
{
	struct budget *budget, *next;

	if (!budgets)
		return;
	DL_FOREACH_SAFE(budgets->list, budget, next)
	forget(budgets, budget);
	pthread_mutex_destroy(&budgets->lock);
	free(budgets);
}

static void make_room(struct mu_budgets *budgets, int64_t rate, int64_t burst, int64_t now_ms)
{
	for (int i = 0; i < FORGET_AT_ONCE && budgets->list; i++)
		if (mu_bucket_full(&budgets->list->bucket, rate, burst, now_ms))
			forget(budgets, budgets->list);
	if (budgets->list && HASH_COUNT(budgets->table) >= budgets->most)
		forget(budgets, budgets->list);
}

static struct budget *add(struct mu_budgets *budgets, const char *key, int64_t burst, int64_t now_ms)
{
	size_t n = strlen(key);
	struct budget *budget = calloc(1, sizeof(*budget) + n + 1);

	if (!budget)
		return NULL;
	memcpy(budget->key, key, n);
	mu_bucket_init(&budget->bucket, burst, now_ms);
	HASH_ADD_KEYPTR(hh, budgets->table, budget->key, n, budget);
	if (budget->hh.tbl) {
		DL_APPEND(budgets->list, budget);
		return budget;
	}
	free(budget);
	return NULL;
}

static struct budget *find_or_add(struct mu_budgets *budgets, const char *key, int64_t rate, int64_t burst,
				  int64_t now_ms)
{
	struct budget *budget;

	HASH_FIND_STR(budgets->table, key, budget);
	if (budget) {
		DL_DELETE(budgets->list, budget);
		DL_APPEND(budgets->list, budget);
		return budget;
	}
	make_room(budgets, rate, burst, now_ms);
	return add(budgets, key, burst, now_ms);
}

bool mu_budgets_take(struct mu_budgets *budgets, const char *key, int64_t rate, int64_t burst, unsigned cost,
		     int64_t now_ms, int64_t *ret_wait_ms)
{
	struct budget *budget;
	bool taken = false;

	pthread_mutex_lock(&budgets->lock);
	budget = find_or_add(budgets, key, rate, burst, now_ms);
	if (budget)
		taken = mu_bucket_take(&budget->bucket, rate, burst, cost, now_ms, ret_wait_ms);
	else
		*ret_wait_ms = RETRY_MS;
	pthread_mutex_unlock(&budgets->lock);
	return taken;
}

size_t mu_budgets_count(struct mu_budgets *budgets)
{
	size_t n;

	pthread_mutex_lock(&budgets->lock);
	n = HASH_COUNT(budgets->table);
	pthread_mutex_unlock(&budgets->lock);
	return n;
}
