/* Business hours: weekly opening times in a time zone, with holidays. Pure; the zone does the calendar.
 * Thread: hub. */
#ifndef MUSTER_MODEL_SCHEDULE_H
#define MUSTER_MODEL_SCHEDULE_H

#include "muster/base/fault.h"
#include "muster/base/field.h"
#include "muster/base/zone.h"

/* One opening: day 1 Monday … 7 Sunday (ISO 8601), minutes from local midnight; to ≤ from means past midnight
 * into the next day. */
struct mu_opening {
	int64_t day;
	char *from, *to; /* "09:00", "17:30"; "24:00" as an end */
};

/* As in workspace and team settings:
 * {"zone":"Europe/Berlin","open":[{"day":1,"from":"09:00","to":"17:00"}],"closed":["2026-12-25"]}. No
 * openings at all: open around the clock, but for closed dates. What opens on a closed date doesn't open, not
 * even past midnight, and what opened the day before closes at midnight. */
struct mu_schedule_spec {
	char *zone;             /* IANA name; may be absent only if all else is */
	struct mu_records open; /* struct mu_opening */
	struct mu_strs closed;  /* local dates, "2026-12-25", closed all day */
};
extern const struct mu_shape mu_opening_shape;
extern const struct mu_shape mu_schedule_shape;

struct mu_schedule;

/* Compile a spec, of which nothing is kept. The fault names each wrong field, such as open.2.from (counted
 * from 0).
 * Errors: MU_INVALID_PARAMS, MU_NO_MEMORY. */
MU_MUST enum mu_err mu_schedule_create(const struct mu_schedule_spec *spec, struct mu_schedule **ret_schedule,
				       struct mu_fault *ret_fault);
void mu_schedule_destroy(struct mu_schedule *schedule); /* accepts NULL */

/* Whether it is open at this time; a NULL schedule is always open. */
bool mu_schedule_open(const struct mu_schedule *schedule, int64_t wall_ms);
/* The first wall time after wall_ms at which mu_schedule_open changes, or 8 days ahead if it doesn't before.
 */
int64_t mu_schedule_next_ms(const struct mu_schedule *schedule, int64_t wall_ms);

#endif
