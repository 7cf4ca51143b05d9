/* Addresses of clients, and which proxies are trusted to tell them.
 * Thread: a set is read-only once it is made; the rest keeps nothing. */
#ifndef MU_EDGE_ADDRESS_H
#define MU_EDGE_ADDRESS_H

#include "head.h"
#include "muster/base/fault.h"

#include <sys/socket.h>

/* An IPv6 address, or an IPv4 address mapped into it (RFC 4291 §2.5.5.2), so that both compare alike. */
struct mu_address {
	uint8_t bytes[16];
};

struct mu_network {
	struct mu_address address;
	unsigned bits; /* of the 128 */
};

struct mu_networks {
	struct mu_network *v;
	size_t n;
};

/* "192.0.2.7", "2001:db8::7"; false for anything else. */
bool mu_address_parse(const char *text, size_t n, struct mu_address *ret_address);
/* The same text form back; out holds MU_ADDRESS_TEXT bytes. */
void mu_address_text(const struct mu_address *address, char *out, size_t out_bytes);
bool mu_address_from_socket(const struct sockaddr *from, struct mu_address *ret_address);
/* What one customer of a provider holds, and so what is counted as one: an IPv4 address, but a whole IPv6
 * network of 64 bits, out of which anybody can take a new address for each connection. */
struct mu_address mu_address_site(const struct mu_address *address);
bool mu_address_loopback(const struct mu_address *address);

/* Read "10.0.0.0/8, ::1". Errors: MU_INVALID_PARAMS (the fault names the element), MU_NO_MEMORY. */
MU_MUST enum mu_err mu_networks_parse(const char *list, struct mu_networks *ret_networks,
				      struct mu_fault *ret_fault);
void mu_networks_finish(struct mu_networks *networks);
bool mu_networks_has(const struct mu_networks *networks, const struct mu_address *address);

/* Who the client is: the peer itself unless it is a trusted proxy; then the rightmost address of
 * X-Forwarded-For that is not a trusted proxy too. What stands left of it was written by a client and means
 * nothing. An element that is no address ends the search. */
struct mu_address mu_address_client(const struct mu_networks *trusted, const struct mu_address *peer,
				    struct mu_slice forwarded_for);

#endif
