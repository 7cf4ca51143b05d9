/* Reading a record from the text that mu_codec_write made of one; see codec_quick.c.
 * Thread: any. */
#ifndef MUSTER_WIRE_CODEC_QUICK_H
#define MUSTER_WIRE_CODEC_QUICK_H

#include "muster/base/field.h"

#include <stdint.h>

#define CODEC_TEXT_MAX                                                                                       \
	256 /* characters of a text whose field sets no limit; longer limits allow several lines */

/* A character that no text may hold; `lines`: but for ends of lines and tabs. */
bool codec_is_control(uint32_t point, bool lines);

/* As mu_codec_read_text. False: it has to be read in the general way, which also tells what is wrong with it;
 * what `out` holds is undefined then. */
bool codec_read_quick(const struct mu_shape *shape, const char *text, size_t bytes, struct mu_arena *arena,
		      void *out);

#endif
