/* The inside of the presence engine: presence.c keeps people and tells what changed, presence_session.c
 * keeps their sessions and says how those connect a person, presence_device.c which devices those are on,
 * presence_settle.c makes a person true for a moment.
 *
 * Every operation on a person first settles them for `now`, then does its work, then settles them again:
 * so what comes out doesn't hang on how recently time was advanced. Private to the model.
 * Thread: hub. */
#ifndef MUSTER_MODEL_PRESENCE_ENGINE_H
#define MUSTER_MODEL_PRESENCE_ENGINE_H

#include "muster/model/presence.h"

#include <utlist.h>

/* A session as presence sees it. Kind api never counts: a program is nobody's presence. */
struct presence_session {
	UT_hash_handle hh;                    /* by key, in the engine */
	struct presence_session *next, *prev; /* in the person's list, oldest first */
	struct mu_person *person;
	struct mu_device *device; /* NULL: a program's */
	uint64_t key;
	enum mu_device_kind kind;
	enum mu_activity activity;
	int64_t activity_mono_ms; /* when it first said so; saying it again doesn't count anew */
	bool ghost; /* gone, but still counted until gone_mono_ms; only while no open session counts as
		       much */
	int64_t gone_mono_ms;
};

struct mu_presence {
	struct mu_presence_times times;
	struct mu_wheel wheel;
	struct mu_now now;      /* of the advance that is running */
	int64_t wall_offset_ms; /* wall − monotonic, when timers that wait for a wall time were last made */
	struct mu_person *people;            /* by user */
	struct presence_session *sessions;   /* by key, ghosts included */
	struct mu_device *devices;           /* by key */
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

/* Take a session out of its person, its device and the engine, and free it. */
void presence_session_remove(struct presence_session *session);

/* Take out the ghosts that have run out or that an open session makes needless; the same for a restored
 * link. */
void presence_sessions_prune(struct mu_person *person, int64_t mono_ms);

/* How the sessions connect the person, not counting how recent activity was; after a prune. */
enum mu_link presence_sessions_link(const struct mu_person *person, int64_t mono_ms);

/* The first moment at which time alone changes what the sessions count for, INT64_MAX if none; after a
 * prune. */
int64_t presence_sessions_due_ms(const struct mu_person *person, int64_t mono_ms);

/* A session begins on a device (active), becomes more or less active, ends. A device is made for its first
 * session (NULL when memory is out) and freed with its last. */
struct mu_device *presence_device_enter(struct mu_person *person, enum mu_device_kind kind, const char *id);
void presence_device_move(struct mu_device *device, enum mu_activity from, enum mu_activity to);
void presence_device_leave(struct mu_device *device, enum mu_activity activity);

/* Count the visible devices by kind and activity, in the form of mu_person.before_devices. */
void presence_devices_count(const struct mu_person *person,
			    uint32_t ret_counts[MU_DEVICE_API][MU_BACKGROUND + 1]);

#endif
