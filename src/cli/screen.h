/* A terminal as a full screen: on enter it shows another page without a cursor and hands over keys unread by
 * line; on leave it is as it was before. Private to the cli.
 * Thread: main. */
#ifndef MUSTER_CLI_SCREEN_H
#define MUSTER_CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

struct screen {
	int out;     /* the terminal that is written to */
	int in;      /* where keys come from; −1: from nowhere */
	bool own_in; /* it was opened here */
	bool shown;
	bool raw;
	struct termios before;
};

/* Take the terminal of the standard output, and keys from the standard input or, if that is something else,
 * from the controlling terminal. */
void screen_init(struct screen *screen);
/* Leaves if need be. */
void screen_finish(struct screen *screen);

/* Both may be called at any time and do nothing if it is so already. Signals of keys (Ctrl-C, Ctrl-Z) stay
 * signals. */
void screen_enter(struct screen *screen);
void screen_leave(struct screen *screen);

/* Its size in characters; 80 × 24 if it doesn't say. */
void screen_size(const struct screen *screen, int *ret_width, int *ret_height);

/* Write all bytes. False if the terminal is gone. */
bool screen_write(const struct screen *screen, const char *bytes, size_t n);

#endif
