/* Where the client finds the hub.
 * Thread: any. */
#ifndef MU_EDGE_CLIENT_URL_H
#define MU_EDGE_CLIENT_URL_H

#include "muster/base/fault.h"

#define CLIENT_HOST_BYTES 256
#define CLIENT_PATH_BYTES 512

struct client_url {
	bool tls;
	int port;
	char host[CLIENT_HOST_BYTES];           /* a name or an address, IPv6 without brackets */
	char authority[CLIENT_HOST_BYTES + 16]; /* host and port as the Host header has them */
	char path[CLIENT_PATH_BYTES];           /* of the WebSocket */
};

/* Read http(s)://HOST[:PORT][/PATH], or the same with ws(s). The path of the WebSocket is put behind PATH if
 * it isn't its end already.
 * Errors: MU_INVALID_PARAMS; the fault says what would be right, without repeating
 * what may be a secret. */
MU_MUST enum mu_err client_url_parse(const char *text, struct client_url *ret_url,
				     struct mu_fault *ret_fault);

#endif
