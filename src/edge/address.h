/* Where clients come from, and which proxies are trusted to tell them.
 * Thread: a set is read-only once it is made; the rest keeps nothing. */
#ifndef MU_EDGE_ADDRESS_H
#define MU_EDGE_ADDRESS_H

#include "head.h"
#include "muster/base/address.h"
#include "muster/base/fault.h"

#include <sys/socket.h>

struct mu_network {
	struct mu_address address;
	unsigned bits; /* of the 128 */
};

struct mu_networks {
	struct mu_network *v;
	size_t n;
};

bool mu_address_from_socket(const struct sockaddr *from, struct mu_address *ret_address);
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
