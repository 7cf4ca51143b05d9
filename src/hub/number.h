/* Numbers for topics and groups; see number.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_NUMBER_H
#define MUSTER_HUB_NUMBER_H

#include <stdint.h>

struct mu_hub;

/* Numbers that nothing has: those between `last`, which was given out, and `end`. */
struct numbers {
	uint32_t last, end;
};

#define NUMBERS_ALL ((struct numbers){ .last = 0, .end = UINT32_MAX })

/* A number that no topic or group of the hub has; 0 when memory is out. */
uint32_t number_take(struct mu_hub *hub);

#endif
