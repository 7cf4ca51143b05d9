/* Events: what happened, one row per type in a table. A row says what its data looks like, who is told, how
 * it changes the state and what the hub has to look after. The same rows serve live changes, rebuilding from
 * the log, the wire and the reference.
 * Thread: hub; rows are constant. */
#ifndef MUSTER_MODEL_EVENT_H
#define MUSTER_MODEL_EVENT_H

#include "muster/base/field.h"
#include "muster/model/workspace.h"

/* What must be looked at again, outside the state, once the event is durable. */
enum mu_effect {
	MU_EFFECT_USER = 1 << 0,      /* the subject's rights, teams or record changed */
	MU_EFFECT_EVERYBODY = 1 << 1, /* rights of many may have changed */
	MU_EFFECT_SETTINGS = 1 << 2,  /* presence times, statuses, schedules */
	MU_EFFECT_KEYS = 1 << 3,      /* the keyring */
	MU_EFFECT_CHOICE = 1 << 4,    /* what the subject chose */
	MU_EFFECT_REVOKED = 1 << 5,   /* struct mu_session_revoked */
	MU_EFFECT_TEAM = 1 << 6,      /* struct mu_team_member: who sees whom changed */
	MU_EFFECT_ROLE = 1 << 7,      /* data begins with a role's id: what its holders may changed */
	MU_EFFECT_VIEWING = 1 << 8,   /* somebody began or ceased to view as another */
	MU_EFFECT_INVITES = 1 << 9,   /* when the next invitation runs out */
	MU_EFFECT_GONE = 1 << 10,     /* the subject is out: sessions and presence end */
	MU_EFFECT_LISTS = 1 << 11,    /* who follows a list of people may see the subject now, or no more */
	MU_EFFECT_ROUTING = 1 << 12,  /* of a conversation, or a status that the log notes: work may be
					given out now, and queues look different */
	MU_EFFECT_LOAD = 1 << 13,     /* what the subject holds, or how much they may */
	MU_EFFECT_SIGHT = 1 << 14,    /* struct mu_conversation_event: who may see it may be others now */
};

#define MU_NO_SUBJECT (-1)

/* Who did it, when nobody did: it follows from what was so. */
#define MU_ACTOR_SYSTEM "{\"system\":true}"

struct mu_event;

struct mu_event_type {
	const char *name;
	const struct mu_shape *shape;
	unsigned effects;
	ptrdiff_t subject; /* offset in the data of the user (char *) whom it is about, or MU_NO_SUBJECT */
	/* Change the state; NULL: it isn't in the state. What it names exists already (the rules saw to it; a
	 * log from elsewhere is checked).
	 * Errors: MU_NO_MEMORY, MU_CONFLICT (doesn't fit the state). */
	enum mu_err (*apply)(struct mu_workspace *ws, const struct mu_event *event);
	/* The action under which the audit log shows it, looked up before the change; NULL: not at all. Left
	 * out: under its own name. */
	const char *(*action)(const struct mu_workspace *ws, const struct mu_event *event);
	/* The record of `before_shape` as it is before the change, in the arena; NULL: memory is out. What
	 * the event's data changes of it goes into the audit log; all of it if the shape is another one. Left
	 * out: nothing was there before. */
	const void *(*before)(const struct mu_workspace *ws, const struct mu_event *event,
			      struct mu_arena *arena);
	const struct mu_shape *before_shape; /* NULL: that of the event */
	/* Append the topics of those who are told, looked up before the change. NULL: log only. */
	enum mu_err (*audience)(const struct mu_workspace *ws, const struct mu_event *event,
				struct mu_arena *arena, struct mu_strs *topics);
	/* The same of those who are told in the brief form (wire/codec.h), unless they are told in full: they
	 * saw what it is about until now, or it was theirs. NULL: nobody. */
	enum mu_err (*parting)(const struct mu_workspace *ws, const struct mu_event *event,
			       struct mu_arena *arena, struct mu_strs *topics);
	bool personal; /* for the person's own eyes: who views as them doesn't hear it */
	const char *help;
};

struct mu_event {
	const struct mu_event_type *type;
	const char *name; /* type->name, or the platform's own x.… */
	int64_t seq;      /* set when it is applied */
	int64_t at_ms;
	const char *actor;       /* JSON object text: who did it */
	const char *by;          /* the same as a user's id; NULL: it was no person */
	const char *origin;      /* JSON object text: from where; NULL: not known. For the audit log only */
	struct mu_strs audience; /* topics, set before it is applied */
	struct mu_strs parting;  /* topics of those who get the brief form; likewise */
	void *data;              /* record of type->shape */
	bool ephemeral;          /* told to those who are there, neither logged nor applied */
	struct mu_event *next;
};

/* Row i, NULL past the end; and by name ("x.anything" finds the row "x.*"). */
const struct mu_event_type *mu_event_type(unsigned i);
const struct mu_event_type *mu_event_type_find(const char *name);

/* Apply one event: the state's sequence becomes event->seq, which must be the next one. Errors as apply; the
 * state is then to be thrown away. */
MU_MUST enum mu_err mu_event_apply(struct mu_workspace *ws, const struct mu_event *event);

/* The action under which the audit log shows an event, before it is applied; NULL: not at all. */
const char *mu_event_action(const struct mu_workspace *ws, const struct mu_event *event);

/* The user whom an event is about, or NULL (borrowed). */
const char *mu_event_subject(const struct mu_event_type *type, const void *data);

/* The events that rebuild the state as it is now, in order; `each` gets a type, its data (borrowed during the
 * call) and its wall time. */
MU_MUST enum mu_err mu_workspace_dump(const struct mu_workspace *ws,
				      enum mu_err (*each)(void *arg, const struct mu_event_type *type,
							  const void *data, int64_t at_ms),
				      void *arg);

/* The same state once more, made by those events; the caller destroys it. Errors: MU_NO_MEMORY, MU_CONFLICT.
 */
MU_MUST enum mu_err mu_workspace_copy(const struct mu_workspace *ws, struct mu_workspace **ret_copy);

/* ---- data that belongs to no concept of its own ---- */

struct mu_id_data {
	char *id;
};

struct mu_custom_data {
	char *json;
};

extern const struct mu_event_type mu_custom_event;

#endif
