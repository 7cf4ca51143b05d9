/* Text that others wrote, for a terminal. Private to the cli. Thread: any. */
#ifndef MUSTER_CLI_ESCAPE_H
#define MUSTER_CLI_ESCAPE_H

#include "muster/base/buf.h"

/* Append text, with every character that a terminal could take for a command to itself, or that turns the
 * direction of what follows, as an escape like JSON's. So what was a JSON text is one still, of the same
 * value. */
void escape_add(struct mu_buf *out, const char *text, size_t n);

#endif
