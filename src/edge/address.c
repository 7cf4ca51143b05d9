/* Client addresses.
 * Invariant: nothing that an untrusted peer sends changes what it is counted under.
 * Thread: any. */
#include "address.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

bool mu_address_from_socket(const struct sockaddr *from, struct mu_address *ret_address)
{
	if (from->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)from;

		*ret_address = mu_address_v4((const uint8_t *)&in->sin_addr);
		return true;
	}
	if (from->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)from;

		memcpy(ret_address->bytes, &in6->sin6_addr, 16);
		return true;
	}
	return false;
}

bool mu_address_loopback(const struct mu_address *address)
{
	static const uint8_t v6[16] = { [15] = 1 };

	return mu_address_is_v4(address) ? address->bytes[12] == 127
					 : memcmp(address->bytes, v6, sizeof(v6)) == 0;
}

static bool parse_network(struct mu_slice text, struct mu_network *ret_network)
{
	const char *slash = memchr(text.at, '/', text.n);
	size_t n = slash ? (size_t)(slash - text.at) : text.n;
	unsigned bits = 128, given = 0;

	if (!mu_address_parse(text.at, n, &ret_network->address))
		return false;
	if (slash) {
		const char *digit = slash + 1, *end = text.at + text.n;

		if (digit == end || end - digit > 3)
			return false;
		for (; digit < end; digit++) {
			if (*digit < '0' || *digit > '9')
				return false;
			given = given * 10 + (unsigned)(*digit - '0');
		}
		bits = memchr(text.at, ':', n) ? given : given + 96;
		if (bits > 128)
			return false;
	}
	ret_network->bits = bits;
	return true;
}

enum mu_err mu_networks_parse(const char *list, struct mu_networks *ret_networks, struct mu_fault *ret_fault)
{
	struct mu_slice rest = { list, strlen(list) };
	struct mu_networks networks = { 0 };

	while (rest.at) {
		struct mu_slice text = mu_slice_next(&rest);
		struct mu_network network, *v;

		if (!text.n)
			continue;
		if (!parse_network(text, &network)) {
			mu_networks_finish(&networks);
			return mu_fail(ret_fault, MU_INVALID_PARAMS,
				       "trusted_proxies: “%.*s” is neither an address nor a network such as "
				       "10.0.0.0/8",
				       (int)(text.n < 60 ? text.n : 60), text.at);
		}
		v = realloc(networks.v, (networks.n + 1) * sizeof(*v));
		if (!v) {
			mu_networks_finish(&networks);
			return mu_fail(ret_fault, MU_NO_MEMORY, "Memory is out");
		}
		networks.v = v;
		networks.v[networks.n++] = network;
	}
	*ret_networks = networks;
	return MU_OK;
}

void mu_networks_finish(struct mu_networks *networks)
{
	free(networks->v);
	*networks = (struct mu_networks){ 0 };
}

static bool matches(const struct mu_network *network, const struct mu_address *address)
{
	unsigned whole = network->bits / 8, rest = network->bits % 8;

	if (memcmp(network->address.bytes, address->bytes, whole) != 0)
		return false;
	return !rest || (network->address.bytes[whole] ^ address->bytes[whole]) >> (8 - rest) == 0;
}

bool mu_networks_has(const struct mu_networks *networks, const struct mu_address *address)
{
	for (size_t i = 0; i < networks->n; i++)
		if (matches(&networks->v[i], address))
			return true;
	return false;
}

/* The last element of a list; *list is cut before it. */
static struct mu_slice take_last(struct mu_slice *list)
{
	const char *comma = list->n ? memrchr(list->at, ',', list->n) : NULL;
	struct mu_slice last = { comma ? comma + 1 : list->at,
				 comma ? list->n - (size_t)(comma + 1 - list->at) : list->n };

	*list = comma ? (struct mu_slice){ list->at, (size_t)(comma - list->at) } : (struct mu_slice){ 0 };
	return mu_slice_next(&last);
}

/* "1.2.3.4:567" and "[::1]:567" appear in the wild; the port says nothing. */
static struct mu_slice without_port(struct mu_slice text)
{
	const char *colon;

	if (text.n && *text.at == '[') {
		const char *end = memchr(text.at, ']', text.n);

		return end ? (struct mu_slice){ text.at + 1, (size_t)(end - text.at) - 1 } : text;
	}
	colon = text.n ? memchr(text.at, ':', text.n) : NULL;
	if (colon && !memchr(colon + 1, ':', text.n - (size_t)(colon + 1 - text.at)))
		text.n = (size_t)(colon - text.at);
	return text;
}

struct mu_address mu_address_client(const struct mu_networks *trusted, const struct mu_address *peer,
				    struct mu_slice forwarded_for)
{
	struct mu_address client = *peer;

	while (forwarded_for.at && mu_networks_has(trusted, &client)) {
		struct mu_slice text = without_port(take_last(&forwarded_for));
		struct mu_address next;

		if (!mu_address_parse(text.at, text.n, &next))
			break;
		client = next;
	}
	return client;
}
