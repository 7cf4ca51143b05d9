/* Full jitter: when a hub restarts, its clients come back evenly spread over a window that doubles with each
 * failure, not in waves.
 * Thread: any. */
#include "client_retry.h"

#include "muster/base/err.h"

#include <stddef.h>

/* What a close code means by the hundred it is in, so that a code added later needs no change here; and the
 * codes by which a server says that it can't do with what we send. */
static const struct {
	int from, to;
	bool helps;
	bool at_once; /* the hub spreads its clients itself */
} ranges[] = {
	{ MU_CLOSE_PROTOCOL, MU_CLOSE_UNSUPPORTED, false, false },
	{ MU_CLOSE_BAD_UTF8, MU_CLOSE_BAD_UTF8, false, false },
	{ MU_CLOSE_TOO_BIG, MU_CLOSE_TOO_BIG, false, false },
	{ 4000, 4099, false, false },
	{ 4100, 4199, true, false },
	{ 4200, 4299, true, true },
	{ 0, 4999, true, false },
};

static size_t range_of(int code)
{
	size_t i = 0;

	while (i + 1 < sizeof(ranges) / sizeof(*ranges) && (code < ranges[i].from || code > ranges[i].to))
		i++;
	return i;
}

bool client_retry_helps(int code)
{
	return ranges[range_of(code)].helps;
}

static int64_t window_ms(unsigned failures)
{
	int64_t window = CLIENT_RETRY_BASE_MS;

	for (; failures && window < CLIENT_RETRY_MAX_MS; failures--)
		window *= 2;
	return window < CLIENT_RETRY_MAX_MS ? window : CLIENT_RETRY_MAX_MS;
}

int64_t client_retry_ms(int code, int64_t advice_ms, unsigned failures, uint64_t random)
{
	if (advice_ms < 0)
		advice_ms = 0;
	if (advice_ms > CLIENT_ADVICE_MAX_MS)
		advice_ms = CLIENT_ADVICE_MAX_MS;
	if (ranges[range_of(code)].at_once && failures == 0)
		return advice_ms;
	return advice_ms + (int64_t)(random % (uint64_t)window_ms(failures));
}
