/* The reference: what clients may ask and what they hear, as documents that tools read. Both are made from
 * the command table, the shapes and the event table; so they can't say anything else than the hub does.
 * Sources: OpenAPI 3.1.0, AsyncAPI 3.0.0, JSON Schema 2020-12.
 * Thread: any. */
#ifndef MUSTER_API_REFERENCE_H
#define MUSTER_API_REFERENCE_H

#include "muster/base/err.h"

/* A document as JSON text; NULL when memory is out, or for a name that is none. The caller frees it.
 * Names: "openapi", "asyncapi". */
char *mu_reference(const char *name);

/* Row i of the names, NULL past the end. */
const char *mu_reference_name(unsigned i);

#endif
