/* JSON in and out. Reading goes through jansson behind limits; writing goes straight into a buffer, once per
 * message and never per recipient.
 * Source: RFC 8259.
 * Thread: one owner per value; a json_t may be handed to another thread, never shared. */
#ifndef MUSTER_WIRE_JSON_H
#define MUSTER_WIRE_JSON_H

#include "muster/base/buf.h"
#include "muster/base/fault.h"

#include <jansson.h>

static inline void mu_auto_json(json_t **json)
{
	json_decref(*json);
}
#define AUTO_JSON __attribute__((cleanup(mu_auto_json)))

/* Get jansson ready; call once, before threads. */
void mu_json_start(void);

/* Parse one object or array. Nesting deeper than max_depth is refused before the parser sees the text;
 * duplicate names, NUL characters, invalid UTF-8 and trailing bytes are errors. *ret_json is the caller's.
 * Errors: MU_PARSE_ERROR (the fault says where), MU_TOO_LARGE (too deep), MU_NO_MEMORY. */
MU_MUST enum mu_err mu_json_parse(const char *text, size_t bytes, size_t max_depth, json_t **ret_json,
				  struct mu_fault *ret_fault);

/* The text of a string member, or NULL (borrowed). */
const char *mu_json_text(const json_t *object, const char *name);

/* Append a value. Strings are quoted and escaped; what is not UTF-8 becomes U+FFFD. */
void mu_json_string(struct mu_buf *out, const char *text); /* NULL gives null */
void mu_json_time(struct mu_buf *out, int64_t wall_ms);    /* RFC 3339 string; 0 gives null */
/* Append ,"name": — the comma only if the buffer doesn't end in '{' or '['. */
void mu_json_name(struct mu_buf *out, const char *name);
void mu_json_comma(struct mu_buf *out);

#endif
