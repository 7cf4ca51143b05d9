/* Which web pages may talk to this server (the Origin header of browsers, RFC 6454; CORS, Fetch standard).
 * Thread: any. */
#ifndef MU_EDGE_ORIGIN_H
#define MU_EDGE_ORIGIN_H

#include "head.h"

enum mu_origin {
	MU_ORIGIN_NONE,    /* no Origin header: not a browser, or a plain navigation */
	MU_ORIGIN_SAME,    /* a page of this very host */
	MU_ORIGIN_LISTED,  /* a page of a host in the list */
	MU_ORIGIN_FOREIGN, /* any other page */
};

/* `list` is the option `origins`: origins such as https://app.example, comma separated; "*" lists all; empty
 * lists none. A page of the host that the Host header names, such as the hub's own console, needs no place in
 * the list. */
enum mu_origin mu_origin_of(const char *list, struct mu_slice origin, struct mu_slice host);

#endif
