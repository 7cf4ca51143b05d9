/* JSON text that was read whole, or not at all. Everything that reads JSON goes through here: by itself
 * jansson loses characters of a string when memory runs out on the way, or ends the program. Thread: any,
 * after mu_json_read_start; a json_t has one owner. */
#ifndef MUSTER_AUTH_JSON_READ_H
#define MUSTER_AUTH_JSON_READ_H

#include "muster/base/err.h"

#include <jansson.h>
#include <stddef.h>

/* Have jansson allocate through here; call once, before it is used. Without it memory must not run out. */
void mu_json_read_start(void);

/* Read one object or array. *ret_json is the caller's; *ret_error says what is wrong, and may be NULL.
 * Errors: MU_PARSE_ERROR, MU_NO_MEMORY. */
MU_MUST enum mu_err mu_json_read(const char *text, size_t bytes, json_t **ret_json, json_error_t *ret_error);

#endif
