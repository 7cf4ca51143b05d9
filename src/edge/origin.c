/* Origins.
 * Invariant: what is not understood is foreign.
 * Thread: any. */
#include "origin.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *scheme, *port;
} schemes[] = {
	{ "http://", ":80" },
	{ "https://", ":443" },
};

static bool starts(struct mu_slice text, const char *prefix)
{
	size_t n = strlen(prefix);

	return text.n > n && strncasecmp(text.at, prefix, n) == 0;
}

static struct mu_slice without_suffix(struct mu_slice text, const char *suffix)
{
	size_t n = strlen(suffix);

	if (text.n > n && memcmp(text.at + text.n - n, suffix, n) == 0)
		text.n -= n;
	return text;
}

static bool equal(struct mu_slice a, struct mu_slice b)
{
	return a.n == b.n && a.n && strncasecmp(a.at, b.at, a.n) == 0;
}

static bool same_host(struct mu_slice origin, struct mu_slice host)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		size_t n = strlen(schemes[i].scheme);

		if (host.at && starts(origin, schemes[i].scheme))
			return equal(without_suffix((struct mu_slice){ origin.at + n, origin.n - n },
						    schemes[i].port),
				     without_suffix(host, schemes[i].port));
	}
	return false;
}

enum mu_origin mu_origin_of(const char *list, struct mu_slice origin, struct mu_slice host)
{
	struct mu_slice rest = { list, list ? strlen(list) : 0 };

	if (!origin.at)
		return MU_ORIGIN_NONE;
	while (rest.at) {
		struct mu_slice one = mu_slice_next(&rest);

		if (equal(one, origin) || (one.n == 1 && *one.at == '*'))
			return MU_ORIGIN_LISTED;
	}
	return same_host(origin, host) ? MU_ORIGIN_SAME : MU_ORIGIN_FOREIGN;
}
