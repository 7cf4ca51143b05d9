/* Time zones of the IANA database, for business hours.
 * Thread: one owner; different zones may be used by different threads at once. */
#ifndef MUSTER_BASE_ZONE_H
#define MUSTER_BASE_ZONE_H

#include "muster/base/err.h"

struct mu_zone;

/* The zone called `name`, such as "Europe/Berlin" or "UTC".
 * Errors: MU_NOT_FOUND if the machine doesn't know it. */
MU_MUST enum mu_err mu_zone_create(const char *name, struct mu_zone **ret_zone);
void mu_zone_destroy(struct mu_zone *zone); /* accepts NULL */

/* Offset from UTC in seconds that holds in the zone at this time. A NULL zone is UTC. */
int mu_zone_offset_s(struct mu_zone *zone, int64_t wall_ms);

#endif
