/* UTF-8, one character at a time (RFC 3629).
 * Thread: any. */
#ifndef MUSTER_WIRE_UTF8_H
#define MUSTER_WIRE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the well-formed character at the start of bytes[0..n), whose code point goes to *ret_point; 0 if
 * none starts there. */
size_t mu_utf8_next(const char *bytes, size_t n, uint32_t *ret_point);

#endif
