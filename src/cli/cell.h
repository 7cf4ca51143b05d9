/* Cells of a table in a terminal. Widths are columns of the terminal, which are neither bytes nor characters;
 * they need a UTF-8 locale. Private to the cli. Thread: any. */
#ifndef MUSTER_CLI_CELL_H
#define MUSTER_CLI_CELL_H

#include "muster/base/buf.h"

/* How wide a text is when it is shown whole. */
size_t cell_width(const char *text);

/* Append at most `width` columns of text, and blanks up to there if `pad`. What doesn't fit ends in an
 * ellipsis; what a terminal could take for a command is shown as ?. */
void cell_add(struct mu_buf *out, const char *text, size_t width, bool pad);

/* Append n blanks. */
void cell_blanks(struct mu_buf *out, size_t n);

/* Time for a clock that ticks: 0:42, 12:07, 1:04:10, 2 d 3 h. */
#define CELL_SPAN_TEXT 32
void cell_span(int64_t ms, char text[static CELL_SPAN_TEXT]);

#endif
