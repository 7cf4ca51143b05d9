/* The methods that edges know: name, cost and HTTP route, as plain rows that the owner of the commands gives
 * them, and how an HTTP request becomes the same parameters as a WebSocket one.
 * Thread: a route table is immutable and may be shared. */
#ifndef MUSTER_WIRE_ROUTE_H
#define MUSTER_WIRE_ROUTE_H

#include "muster/wire/json.h"

enum mu_method_flags {
	MU_METHOD_PUBLIC = 1 << 0, /* needs no identity */
	MU_METHOD_TOKEN =
		1 << 1, /* proves an identity with params.token (a bearer token of the handshake will do) */
	MU_METHOD_SESSION = 1 << 2,  /* only on a WebSocket session */
	MU_METHOD_OPERATOR = 1 << 3, /* only for the operator */
	MU_METHOD_OPENS = 1 << 4,    /* opens the session */
	MU_METHOD_PARTS = 1 << 5,    /* over HTTP its result may come in parts */
	MU_METHOD_BULK = 1 << 6,     /* over HTTP its parameters may be many: max_bulk_bytes */
};

struct mu_method {
	const char *name;  /* "presence.set" */
	const char *route; /* "PUT /v1/users/{user}/presence"; a tail in brackets may be missing:
			      "…/sessions[/{session}]"; NULL: not over HTTP */
	unsigned cost;     /* tokens of the rate limit */
	unsigned flags;
	const struct mu_shape *params; /* for the conversion of query values; NULL: none */
};

struct mu_methods {
	const struct mu_method *v;
	size_t n;
};

/* Index of a method by name, or -1. */
int mu_methods_find(const struct mu_methods *methods, const char *name);

/* Index of the method for an HTTP method and path (without query), or -1. Where several routes fit, the one
 * that spells out an earlier segment wins: /v1/users/remove before /v1/users/{user}. When only the HTTP
 * method is wrong, allow lists those that the path knows, such as "GET, PUT" (answer 405); else it is empty
 * (answer 404). */
int mu_methods_route(const struct mu_methods *methods, const char *http_method, const char *path,
		     char allow[static 64]);

/* Put path segments ({user} → "user") and the query string (percent-decoded) into params; the names in the
 * path win over the body, and a name that stands twice is an error. Query values are converted by the
 * method's shape (integers, booleans, comma lists). params is an object.
 * Errors: MU_INVALID_PARAMS, MU_NO_MEMORY. */
MU_MUST enum mu_err mu_route_params(const struct mu_method *method, const char *path, const char *query,
				    json_t *params, struct mu_fault *ret_fault);

#endif
