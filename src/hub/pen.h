/* Who may write a workspace; see pen.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_PEN_H
#define MUSTER_HUB_PEN_H

#include <stdbool.h>

struct room;

/* Whether durable events of the room may be decided now. False: the pen was asked for, and what is due is
 * looked at again when it is here. */
bool pen_take(struct room *room);

#endif
