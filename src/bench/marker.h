/* Marks in the messages of a run: '#' and six digits. They are found in whatever frame they arrive in, and
 * several may share a frame. */
#ifndef MUSTER_BENCH_MARKER_H
#define MUSTER_BENCH_MARKER_H

#include "ws.h"

enum { LG_MARKER_LEN = 7, LG_MARKER_MAX = 999999 };

/* Writes the marker of a number to `out`, with a NUL behind it. */
void lg_marker_write(char out[static LG_MARKER_LEN + 1], uint32_t number);

/* Calls `each` for every marker of a frame; whether there was one. */
bool lg_marker_each(const struct lg_ws_frame *frame, void (*each)(void *ctx, uint32_t number), void *ctx);

#endif
