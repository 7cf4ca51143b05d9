/* Presence: who is there, as computed and never stored. What a person chose, the sessions they hold, how
 * active those are and the schedule go in; one visible record per person comes out, by a precedence table
 * that is data (mu_presence_rule).
 *
 * Several tabs and devices are one person. A clean goodbye of the last one is shown after a short grace (a
 * page reload isn't seen), a lost connection after a linger, an explicit leave at once. Idleness makes an
 * available person away, activity undoes that and never a manual choice. Connecting never changes the choice.
 *
 * Invariant: the visible record of a person is a function of (choice, sessions, activity, schedule, now);
 * mu_presence_advance makes it true for a later now.
 * Units: `now` carries monotonic ms for all waiting and wall ms (since 1970) for all that people see.
 * Thread: hub. Pure: no I/O, no clock of its own. */
#ifndef MUSTER_MODEL_PRESENCE_H
#define MUSTER_MODEL_PRESENCE_H

#include "muster/base/hash.h"
#include "muster/base/mem.h"
#include "muster/base/wheel.h"

enum mu_base_status { MU_AVAILABLE, MU_AWAY, MU_BUSY, MU_OFFLINE };
enum mu_cause {
	MU_CAUSE_SELF,
	MU_CAUSE_IDLE,
	MU_CAUSE_SUPERVISOR,
	MU_CAUSE_SCHEDULE,
	MU_CAUSE_DISCONNECT,
	MU_CAUSE_CONNECT,
	MU_CAUSE_EXPIRY
};
enum mu_device_kind { MU_DEVICE_WEB, MU_DEVICE_MOBILE, MU_DEVICE_DESKTOP, MU_DEVICE_API };
enum mu_activity { MU_ACTIVE, MU_IDLE, MU_BACKGROUND };

/* Their names on the wire, NULL-terminated, in enum order. */
extern const char *const mu_base_status_names[];
extern const char *const mu_cause_names[];
extern const char *const mu_device_kind_names[];
extern const char *const mu_activity_names[];

struct mu_now {
	int64_t mono_ms;
	int64_t wall_ms;
};

/* What a person chose. Texts are borrowed in calls, the engine's own in struct mu_person. */
struct mu_chosen {
	const char *status; /* id: a base status' name or a custom one */
	enum mu_base_status base;
	bool accepting;      /* whether this status lets new conversations be offered */
	const char *note;    /* or NULL */
	int64_t until_ms;    /* wall; 0: for good */
	enum mu_cause cause; /* SELF, SUPERVISOR, EXPIRY */
};

/* How a person is connected, the first input of the precedence table. */
enum mu_link {
	MU_LINK_NONE,       /* no session, no linger */
	MU_LINK_BACKGROUND, /* only phones in the background, within the time they stay reachable */
	MU_LINK_IDLE,       /* sessions, but no activity for idle_after_ms */
	MU_LINK_ACTIVE,
};

/* What others see. `status` is borrowed from the choice or from mu_base_status_names. */
struct mu_effective {
	const char *status;
	enum mu_base_status base;
	enum mu_cause cause;
	bool accepting;
	bool reachable_mobile;
};

/* What a row of the precedence table may say instead of a fixed status, cause or accepting. */
enum {
	MU_RULE_AS_CHOSEN = -1, /* as in the choice */
	MU_RULE_OWN_OR_CONNECT =
		-2, /* causes only: the choice's own, or CONNECT when the person came after choosing */
};

/* One row of the precedence table: the first row whose masks all fit decides. */
struct mu_presence_rule {
	unsigned link;     /* 1 << MU_LINK_… */
	unsigned chosen;   /* 1 << base status that was chosen */
	unsigned schedule; /* 1 << 0 closed, 1 << 1 open */
	int status;        /* base status shown, or AS_CHOSEN */
	int cause;         /* cause shown, AS_CHOSEN or OWN_OR_CONNECT */
	int accepting;     /* 0: no; AS_CHOSEN: as the chosen status says */
	bool reachable_mobile;
	const char *why; /* one sentence for the reference */
};

/* Row i, NULL past the end. The last row fits everything. */
const struct mu_presence_rule *mu_presence_rule(unsigned i);

/* Apply the table. came_after: the person's first session came after the choice was made. The status' text is
 * borrowed from `chosen` or constant. */
void mu_presence_effective(const struct mu_chosen *chosen, enum mu_link link, bool open, bool came_after,
			   struct mu_effective *ret_effective);

/* A device: the sessions of a person that said the same id and kind, such as the tabs of one browser. */
struct mu_device {
	UT_hash_handle hh;             /* by key, in the engine */
	struct mu_device *next, *prev; /* in the person's list, oldest first */
	struct mu_person *person;
	enum mu_device_kind kind;             /* never API */
	enum mu_activity activity;            /* of the most active of its sessions */
	uint32_t sessions[MU_BACKGROUND + 1]; /* by activity */
	char key[];                           /* person, kind and the device's own id */
};

struct mu_person {
	UT_hash_handle hh; /* by user, in the engine */
	struct mu_presence *presence;
	char *user;
	struct mu_chosen chosen; /* texts are the person's own */
	int64_t chosen_wall_ms;
	bool open;                         /* the schedule lets this person work now */
	struct presence_session *sessions; /* ghosts included */
	uint32_t session_counts[MU_DEVICE_API + 1][MU_BACKGROUND + 1]; /* the same by kind and activity */
	uint32_t n_ghosts;                                             /* of them */
	struct mu_device *devices;                                     /* see mu_presence_devices_visible */
	uint32_t device_counts[MU_DEVICE_API][MU_BACKGROUND + 1];      /* the same by kind and activity */
	enum mu_link link;
	enum mu_link restored_link; /* NONE, or what counts until restored_until_mono_ms without a device: see
				       mu_presence_restore */
	int64_t restored_until_mono_ms;
	struct mu_effective shown;
	int64_t since_wall_ms; /* when shown.status or base last changed, but not from one that looks offline
				  to another; a change undone before it was taken counts as none; 0: never */
	int64_t last_seen_wall_ms;   /* last connect, activity or leave; 0: never */
	int64_t told_seen_wall_ms;   /* the same for others: stands still while the person chose to appear
					offline */
	int64_t last_active_mono_ms; /* last moment with an active session */
	int64_t left_mono_ms;  /* until when the session that left last counts, had there been no other */
	int64_t came_wall_ms;  /* when the present presence began */
	struct mu_timer timer; /* the next moment at which time alone may change something */
	bool changed;          /* in the changed list */
	bool touched;          /* to be reported even if nothing visible changed */
	bool expired;          /* in the expired list: until_ms has passed and no new choice was made */
	struct mu_person *next_changed, *prev_changed;
	struct mu_person *next_expired, *prev_expired;
	struct mu_effective before; /* what was visible when it was last taken from the changed list, as are
				       the fields below */
	char before_status[MU_ID_TEXT + 32];
	int64_t before_since_wall_ms, before_until_ms;
	const char *before_note; /* the same pointer as chosen.note, or the person's own */
	uint32_t before_devices[MU_DEVICE_API][MU_BACKGROUND + 1]; /* visible devices by kind and activity */
	void *owner;                                               /* the hub's own */
};

struct mu_presence_times {
	int64_t idle_after_ms; /* 0: never away by idleness */
	int64_t reload_grace_ms;
	int64_t linger_ms;
	int64_t background_ms;
};

/* A session as another engine knows it, and its person. */
struct mu_elsewhere {
	enum mu_activity activity;
	int64_t activity_ms;  /* for how long it has been so */
	int64_t quiet_ms;     /* since the person was last active on any device */
	int64_t came_wall_ms; /* when the person's presence began */
	int64_t seen_wall_ms;
};

enum mu_leave {
	MU_LEAVE_NOW,   /* signed out, revoked, session.close */
	MU_LEAVE_CLEAN, /* said goodbye: counts for reload_grace_ms more */
	MU_LEAVE_LOST,  /* no goodbye: counts for linger_ms more, a phone in the background until its
			   background_ms are over */
	MU_LEAVE_NODE,  /* its node is gone for good, with all that it knew: counts for as long as one that
			   left before it would still count if it had been the only one */
};

struct mu_presence;

struct mu_presence *mu_presence_create(const struct mu_presence_times *times,
				       struct mu_now now); /* NULL when memory is out */
void mu_presence_destroy(struct mu_presence *presence);    /* accepts NULL */

/* New times take effect from now on, for everybody; the end of a grace or linger that runs already stays. */
void mu_presence_set_times(struct mu_presence *presence, const struct mu_presence_times *times,
			   struct mu_now now);

/* Add a person without sessions, shown as offline, whom business hours let work. Not reported as a change.
 * Errors: MU_CONFLICT (there already), MU_NO_MEMORY. Nothing has changed then. */
MU_MUST enum mu_err mu_presence_add(struct mu_presence *presence, const char *user,
				    const struct mu_chosen *chosen, int64_t chosen_wall_ms, struct mu_now now,
				    struct mu_person **ret_person);
/* Take a person and their devices out. Accepts unknown ones. */
void mu_presence_remove(struct mu_presence *presence, const char *user);
struct mu_person *mu_presence_find(struct mu_presence *presence, const char *user);
size_t mu_presence_count(const struct mu_presence *presence);
/* All people, in a hash order: for (p = first; p; p = p->hh.next). */
struct mu_person *mu_presence_first(struct mu_presence *presence);

/* After a restart: show the person as they were shown before (status, since), as if a session had been lost
 * just now, so that whoever comes back within linger_ms was never gone. Reported as a change only where the
 * choice and the schedule of today don't allow that status any more; so set those first.
 * Errors: MU_CONFLICT if the person has sessions. Nothing has changed then. */
MU_MUST enum mu_err mu_presence_restore(struct mu_presence *presence, struct mu_person *person,
					const char *status, int64_t since_wall_ms, struct mu_now now);

/* Somebody who knows says that the person won't come back: what was restored counts no more. */
void mu_presence_forget_restored(struct mu_presence *presence, struct mu_person *person, struct mu_now now);

/* A choice that is durable now. Errors: MU_NO_MEMORY; nothing has changed then. */
MU_MUST enum mu_err mu_presence_choose(struct mu_presence *presence, struct mu_person *person,
				       const struct mu_chosen *chosen, struct mu_now now);

/* A session of the person begins (active). Unless it is a program's, it takes the place of the person's
 * ghosts, and is one of the device's that says the same id and kind.
 * Errors: MU_CONFLICT (key in use, be it by a ghost), MU_NO_MEMORY; nothing has changed then. */
MU_MUST enum mu_err mu_presence_connect(struct mu_presence *presence, struct mu_person *person, uint64_t key,
					const char *device_id, enum mu_device_kind kind, struct mu_now now);
/* The same of a session that another engine knows of already: see mu_presence_describe. */
MU_MUST enum mu_err mu_presence_adopt(struct mu_presence *presence, struct mu_person *person, uint64_t key,
				      const char *device_id, enum mu_device_kind kind,
				      const struct mu_elsewhere *elsewhere, struct mu_now now);
/* What another engine has to know of an open session to show its person as this one does. False: there is
 * none of this key. */
bool mu_presence_describe(const struct mu_presence *presence, uint64_t key, struct mu_now now,
			  struct mu_elsewhere *ret_elsewhere);
/* Unknown keys are ignored in both; so is what a ghost says, but leaving NOW ends a ghost too.
 * A session that leaves while another open one counts as much is gone at once; a phone in the background
 * counts less than any other session. */
void mu_presence_activity(struct mu_presence *presence, uint64_t key, enum mu_activity activity,
			  struct mu_now now);
void mu_presence_disconnect(struct mu_presence *presence, uint64_t key, enum mu_leave leave,
			    struct mu_now now);

/* What the person is shown as is so since then: somebody else saw it first. Reported as a touch is, if that
 * is news. */
void mu_presence_date(struct mu_presence *presence, struct mu_person *person, int64_t since_wall_ms);

/* Whether a session of the person is open, be it a program's. */
bool mu_presence_attended(const struct mu_person *person);
/* Whether others see the person's devices: not while they are shown as offline. */
bool mu_presence_devices_visible(const struct mu_person *person);

/* Business hours opened or closed for the person. */
void mu_presence_set_open(struct mu_presence *presence, struct mu_person *person, bool open,
			  struct mu_now now);

/* Make everything true for `now`: lingers, idleness, phones in the background, expiries. */
void mu_presence_advance(struct mu_presence *presence, struct mu_now now);
/* Milliseconds until the next call is due, 0: now, -1: none. */
int64_t mu_presence_next_ms(const struct mu_presence *presence, int64_t mono_ms);

/* Take the next person whose visible record (status, cause, note, until, devices, accepting, reachable)
 * changed since they were last taken, oldest change first; NULL: none. `*ret_before` is what was shown then,
 * its text is valid until the next take: if before.status or base differ from shown, it is a transition worth
 * a line in the log. A change that was undone in between is not reported. */
struct mu_person *mu_presence_take_changed(struct mu_presence *presence, struct mu_effective *ret_before);
/* Report a person as changed although presence didn't (renamed, other capacity). */
void mu_presence_touch(struct mu_presence *presence, struct mu_person *person);
/* The people whose choice has expired, oldest first, for (p = expired; p; p = p->next_expired); the caller
 * decides what they choose now (durably), then calls mu_presence_choose, which takes them out. */
struct mu_person *mu_presence_expired(const struct mu_presence *presence);

#endif
