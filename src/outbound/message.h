/* A mail as it goes over the wire; see message.c.
 * Thread: any. */
#ifndef MUSTER_OUTBOUND_MESSAGE_H
#define MUSTER_OUTBOUND_MESSAGE_H

#include "muster/base/buf.h"

/* Append a message (RFC 5322) of plain text. Whatever stands in subject and text, it adds no header.
 * Units:  now_ms is wall ms since 1970, id makes the Message-ID unique.
 * Errors: MU_INVALID_PARAMS if `from` or `to` is nothing that could stand between < and >; MU_NO_MEMORY. */
MU_MUST enum mu_err message_write(const char *from, const char *to, const char *subject, const char *text,
				  const char *id, int64_t now_ms, struct mu_buf *out);

#endif
