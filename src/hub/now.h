/* What is told at once and kept nowhere, on all nodes; see now.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_NOW_H
#define MUSTER_HUB_NOW_H

#include "telling.h"

/* It was told here: the other nodes tell it to their sessions too. It may be lost. */
void now_say(struct room *room, const struct telling *telling, bool personal);
/* A word of another node; see cluster.h. */
void now_hear(struct room *room, const char *node, const char *json, size_t bytes);

#endif
