/* The inside of the presence engine: presence.c keeps people and tells what changed, presence_device.c
 * keeps their sessions and says how those connect a person, presence_settle.c makes a person true for a
 * moment.
 *
 * Every operation on a person first settles them for `now`, then does its work, then settles them again:
 * so what comes out doesn't hang on how recently time was advanced. Private to the model.
 * Thread: hub. */
#ifndef MUSTER_MODEL_PRESENCE_ENGINE_H
#define MUSTER_MODEL_PRESENCE_ENGINE_H

#include "muster/model/presence.h"

#include <utlist.h>

struct mu_presence {
	struct mu_presence_times times;
	struct mu_wheel wheel;
	struct mu_now now;      /* of the advance that is running */
	int64_t wall_offset_ms; /* wall − monotonic, when timers that wait for a wall time were last made */
	struct mu_person *people;            /* by user */
	struct mu_device *devices;           /* by key, ghosts included */
	struct mu_person *changed, *expired; /* oldest first */
	char taken_status[sizeof(((struct mu_person *)NULL)->before_status)];
};

/* Bring the person to `now`: end what has run out, compute what is shown, note a change or an expiry, arm
 * the timer. */
void presence_settle(struct mu_person *person, struct mu_now now);

/* Whether the person looks different from when they were last taken, or rather last remembered. */
bool presence_looks_different(const struct mu_person *person);
/* What the person looks like now is what has been told; or only this status is. */
void presence_remember(struct mu_person *person);
void presence_remember_status(struct mu_person *person, const char *status, enum mu_base_status base,
			      int64_t since_wall_ms);

/* Put the person into the changed list, unless they are there. */
void presence_note_change(struct mu_person *person);

/* Take a device out of its person and the engine, and free it. */
void presence_device_remove(struct mu_device *device);

/* Take out the ghosts that have run out or that an open session makes needless; the same for a restored
 * link. */
void presence_devices_prune(struct mu_person *person, int64_t mono_ms);

/* How the devices connect the person, not counting how recent activity was; after a prune. */
enum mu_link presence_devices_link(const struct mu_person *person, int64_t mono_ms);

/* The first moment at which time alone changes what the devices count for, INT64_MAX if none; after a
 * prune. */
int64_t presence_devices_due_ms(const struct mu_person *person, int64_t mono_ms);

/* Count the visible devices by kind and activity, in the form of mu_person.before_devices. */
void presence_devices_count(const struct mu_person *person,
			    uint32_t ret_counts[MU_DEVICE_API][MU_BACKGROUND + 1]);

#endif
