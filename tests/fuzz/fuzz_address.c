/* Addresses, networks, origins and times: a kind (the first byte) and texts, a line each. What is read back
 * is the same, and who isn't trusted speaks for nobody but themselves. */
#include "fuzz.h"

#include "edge/address.h"
#include "edge/origin.h"
#include "muster/base/clock.h"
#include "muster/base/mem.h"

#include <string.h>

static struct mu_slice slice_of(const char *text)
{
	return (struct mu_slice){ text, strlen(text) };
}

static void check_address(const char *text)
{
	struct mu_address address, again;
	char shown[MU_ADDRESS_TEXT];

	if (!mu_address_parse(text, strlen(text), &address))
		return;
	mu_address_text(&address, shown, sizeof(shown));
	HOLDS(mu_address_parse(shown, strlen(shown), &again));
	HOLDS(!memcmp(&address, &again, sizeof(address)));
	again = mu_address_site(&address);
	address = mu_address_site(&again);
	HOLDS(!memcmp(&address, &again, sizeof(address)));
}

static bool same(const struct mu_address *a, const struct mu_address *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void check_forwarded(const char *trusted, const char *peer_text, const char *forwarded)
{
	struct mu_networks networks = { 0 };
	struct mu_fault fault = { 0 };
	struct mu_address peer, client;

	if (!mu_address_parse(peer_text, strlen(peer_text), &peer))
		return;
	if (mu_networks_parse(trusted, &networks, &fault)) {
		HOLDS(fault.err == MU_INVALID_PARAMS && *mu_fault_text(&fault));
		return;
	}
	client = mu_address_client(&networks, &peer, slice_of(forwarded));
	HOLDS(mu_networks_has(&networks, &peer) || same(&client, &peer));
	client = mu_address_client(&networks, &peer, (struct mu_slice){ 0 });
	HOLDS(same(&client, &peer));
	mu_networks_finish(&networks);
}

/* Whether an origin has a host in it, whose port need not be said if it is the usual one. */
static bool has_host(const char *origin, const char *host)
{
	AUTO_FREE char *name = strdup(host);
	char *port = strrchr(name, ':');

	if (port && (!strcmp(port, ":80") || !strcmp(port, ":443")))
		*port = '\0';
	return strcasestr(origin, name);
}

static void check_origin(const char *list, const char *origin, const char *host)
{
	const enum mu_origin found = mu_origin_of(list, slice_of(origin), slice_of(host));

	HOLDS(found != MU_ORIGIN_NONE || !*origin);
	HOLDS(found != MU_ORIGIN_SAME || has_host(origin, host));
	HOLDS(found != MU_ORIGIN_LISTED || *list);
}

static void check_time(const char *text)
{
	char shown[MU_TIME_TEXT];
	int64_t ms, again;

	if (mu_time_parse(text, &ms)) {
		mu_time_format(ms, shown);
		HOLDS(!*shown || (mu_time_parse(shown, &again) && again == ms));
	}
	if (mu_duration_parse(text, &ms))
		HOLDS(ms >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_FREE char *copy = size ? strndup((const char *)data + 1, size - 1) : NULL;
	const char *lines[3];
	char *rest = copy;

	if (!copy)
		return 0;
	for (size_t i = 0; i < MU_COUNT(lines); i++)
		lines[i] = rest ? strsep(&rest, "\n") : "";
	switch (data[0] % 4) {
	case 0:
		check_address(lines[0]);
		break;
	case 1:
		check_forwarded(lines[0], lines[1], lines[2]);
		break;
	case 2:
		check_origin(lines[0], lines[1], lines[2]);
		break;
	default:
		check_time(lines[0]);
		break;
	}
	return 0;
}
