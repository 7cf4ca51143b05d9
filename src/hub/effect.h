/* What a durable event changes outside the state; see effect.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_EFFECT_H
#define MUSTER_HUB_EFFECT_H

#include "muster/model/event.h"

struct room;

void effect_run(struct room *room, const struct mu_event *event);

#endif
