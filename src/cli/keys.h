/* What a terminal sends for keys. Private to the cli.
 * Thread: any. */
#ifndef MUSTER_CLI_KEYS_H
#define MUSTER_CLI_KEYS_H

#include <stddef.h>

enum key_kind {
	KEY_NONE, /* something that nobody waits for */
	KEY_TEXT, /* a character */
	KEY_UP,
	KEY_DOWN,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_HOME,
	KEY_END,
	KEY_ENTER,
	KEY_ESCAPE,
	KEY_BACKSPACE,
	KEY_REDRAW, /* Ctrl-L */
};

struct key {
	enum key_kind kind;
	char text[8]; /* of KEY_TEXT, in UTF-8 */
};

/* Read the first key of bytes[0..n), n > 0. Gives how many bytes it takes up, at least 1. An escape byte at
 * the very end is the Escape key: what a terminal sends for one key comes in one piece. */
size_t key_read(const char *bytes, size_t n, struct key *ret_key);

#endif
