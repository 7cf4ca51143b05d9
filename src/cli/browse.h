/* Looking through a list that is longer than the window: which part of it is shown, and the name that is
 * looked for. Private to the cli. Thread: one owner. */
#ifndef MUSTER_CLI_BROWSE_H
#define MUSTER_CLI_BROWSE_H

#include "keys.h"

#include <stdbool.h>

/* Zero-initialised it is at the start of everything. */
struct browse {
	char filter[64]; /* what names must contain; empty: anything */
	bool typing;     /* it is being typed */
	size_t first;    /* the row on top */
	size_t n, page;  /* rows in all, and in the window, when they were last shown */
};

/* There are n rows now, of which `page` fit the window: the last page is never left, and never half empty. */
void browse_show(struct browse *browse, size_t n, size_t page);

/* Do what a key says; false: it says quit. */
bool browse_key(struct browse *browse, const struct key *key);

#endif
