/* The board as text: a screen full of it, or all of it once. Private to the cli.
 * Thread: any. */
#ifndef MUSTER_CLI_PAINT_H
#define MUSTER_CLI_PAINT_H

#include "board.h"

struct paint {
	const char *workspace; /* its name */
	const char *team;      /* that the board is limited to, or NULL */
	const char *state;     /* of the connection, for people */
	bool live;             /* what is shown is true now */
	const char *filter;
	bool typing;       /* the filter is being typed */
	size_t first;      /* the row on top */
	int64_t now_ms;    /* wall */
	int width, height; /* of the window; width 0: as wide as it takes */
	bool colour;
	const struct board *board;
	const struct board_person **people; /* those to be shown, in order */
	size_t n;
};

/* How many rows of people fit a window. */
size_t paint_rows(int height);

/* Append a whole screen, from its first line to its last, each cleared to its end. Characters need a UTF-8
 * locale. */
void paint_screen(const struct paint *paint, struct mu_buf *out);

/* Append the heading, the counts and everybody, as plain lines. */
void paint_once(const struct paint *paint, struct mu_buf *out);

#endif
