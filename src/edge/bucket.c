/* Token buckets.
 * Invariant: 0 ≤ milli ≤ 1000 × burst after each call.
 * Thread: one owner. */
#include "bucket.h"

void mu_bucket_init(struct mu_bucket *bucket, int64_t burst, int64_t now_ms)
{
	*bucket = (struct mu_bucket){ .milli = burst * 1000, .last_ms = now_ms };
}

static int64_t level(const struct mu_bucket *bucket, int64_t rate, int64_t burst, int64_t now_ms)
{
	int64_t passed = now_ms > bucket->last_ms ? now_ms - bucket->last_ms : 0;

	/* A second per token of the burst fills any bucket: no product below can overflow. */
	if (rate > 0 && passed >= burst * 1000)
		return burst * 1000;
	passed = bucket->milli + passed * rate;
	return passed > burst * 1000 ? burst * 1000 : passed;
}

bool mu_bucket_take(struct mu_bucket *bucket, int64_t rate, int64_t burst, unsigned cost, int64_t now_ms,
		    int64_t *ret_wait_ms)
{
	int64_t need = (cost < burst ? (int64_t)cost : burst) * 1000;

	bucket->milli = level(bucket, rate, burst, now_ms);
	bucket->last_ms = now_ms;
	if (bucket->milli >= need) {
		bucket->milli -= need;
		return true;
	}
	*ret_wait_ms = rate > 0 ? (need - bucket->milli + rate - 1) / rate : 1000;
	return false;
}

bool mu_bucket_full(const struct mu_bucket *bucket, int64_t rate, int64_t burst, int64_t now_ms)
{
	return level(bucket, rate, burst, now_ms) >= burst * 1000;
}
