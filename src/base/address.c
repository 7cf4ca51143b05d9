/* Addresses of the internet.
 * Invariant: an address has one form in memory, however it was written.
 * Thread: any. */
#include "muster/base/address.h"

#include <arpa/inet.h>
#include <string.h>

static const uint8_t v4_prefix[12] = { [10] = 0xff, [11] = 0xff };

bool mu_address_is_v4(const struct mu_address *address)
{
	return memcmp(address->bytes, v4_prefix, sizeof(v4_prefix)) == 0;
}

struct mu_address mu_address_v4(const uint8_t bytes[static 4])
{
	struct mu_address address;

	memcpy(address.bytes, v4_prefix, sizeof(v4_prefix));
	memcpy(address.bytes + sizeof(v4_prefix), bytes, 4);
	return address;
}

bool mu_address_parse(const char *text, size_t n, struct mu_address *ret_address)
{
	struct mu_address address;
	char copy[INET6_ADDRSTRLEN];
	uint8_t v4[4];

	if (!n || n >= sizeof(copy))
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	if (strlen(copy) != n)
		return false;
	if (inet_pton(AF_INET, copy, v4) == 1)
		address = mu_address_v4(v4);
	else if (inet_pton(AF_INET6, copy, address.bytes) != 1)
		return false;
	*ret_address = address;
	return true;
}

void mu_address_text(const struct mu_address *address, char *out, size_t out_bytes)
{
	int family = mu_address_is_v4(address) ? AF_INET : AF_INET6;

	if (!inet_ntop(family, address->bytes + (family == AF_INET ? 12 : 0), out, (socklen_t)out_bytes) &&
	    out_bytes)
		*out = '\0';
}

struct mu_address mu_address_site(const struct mu_address *address)
{
	struct mu_address site = *address;

	if (!mu_address_is_v4(address))
		memset(site.bytes + 8, 0, 8);
	return site;
}
