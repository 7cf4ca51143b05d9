/* Token bucket: `burst` tokens at most, `rate` of them come back each second.
 * Thread: one owner. */
#ifndef MU_EDGE_BUCKET_H
#define MU_EDGE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct mu_bucket {
	int64_t milli;   /* thousandths of tokens */
	int64_t last_ms; /* when they were counted */
};

/* A full bucket. */
void mu_bucket_init(struct mu_bucket *bucket, int64_t burst, int64_t now_ms);

/* Take `cost` tokens, or none and tell in *ret_wait_ms when there will be enough. A cost over the burst is
 * let through by a full bucket. */
bool mu_bucket_take(struct mu_bucket *bucket, int64_t rate, int64_t burst, unsigned cost, int64_t now_ms,
		    int64_t *ret_wait_ms);

/* Whether the bucket is full now. */
bool mu_bucket_full(const struct mu_bucket *bucket, int64_t rate, int64_t burst, int64_t now_ms);

#endif
