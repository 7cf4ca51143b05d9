/* Addresses of the internet, and what is counted as one of them.
 * Thread: any; nothing is kept between calls. */
#ifndef MUSTER_BASE_ADDRESS_H
#define MUSTER_BASE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MU_ADDRESS_TEXT 48 /* longest text of an address, with its NUL */

/* An IPv6 address, or an IPv4 address mapped into it (RFC 4291 §2.5.5.2), so that both compare alike. */
struct mu_address {
	uint8_t bytes[16];
};

/* "192.0.2.7", "2001:db8::7"; false for anything else. `text` has n bytes and needs no NUL. */
bool mu_address_parse(const char *text, size_t n, struct mu_address *ret_address);
/* Of four bytes in network order. */
struct mu_address mu_address_v4(const uint8_t bytes[static 4]);
bool mu_address_is_v4(const struct mu_address *address);
/* The same text form back; out should hold MU_ADDRESS_TEXT bytes. */
void mu_address_text(const struct mu_address *address, char *out, size_t out_bytes);
/* What one customer of a provider holds, and so what is counted as one: an IPv4 address, but a whole IPv6
 * network of 64 bits, out of which anybody can take a new address for each connection. */
struct mu_address mu_address_site(const struct mu_address *address);

#endif
