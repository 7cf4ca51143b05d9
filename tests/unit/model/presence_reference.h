/* A naive model of presence for tests: it keeps nothing but the history of what happened, and for every
 * question plays it back from the start. It is written from the promises in the header and shares no code
 * with the engine: no timers, no lists of changes, the precedence as a ladder. All texts are the caller's
 * and must live as long as the history. */
#ifndef MUSTER_TEST_PRESENCE_REFERENCE_H
#define MUSTER_TEST_PRESENCE_REFERENCE_H

#include "muster/model/presence.h"

#include <string.h>

#define REF_PEOPLE 3
#define REF_SESSIONS 128

enum ref_op {
	REF_LOOK, /* time has passed */
	REF_ADD,  /* chosen, stamp_ms */
	REF_REMOVE,
	REF_RESTORE,  /* status, stamp_ms */
	REF_FORGET,   /* what was restored */
	REF_CHOOSE,   /* chosen */
	REF_CONNECT,  /* key, kind, device */
	REF_ACTIVITY, /* key, activity */
	REF_LEAVE,    /* key, leave */
	REF_HOURS,    /* open */
	REF_TIMES,    /* times */
	REF_TOLD,     /* everything that changed was told */
	REF_RESTART,  /* everybody and every session is forgotten */
};

struct ref_event {
	enum ref_op op;
	struct mu_now at;
	int person;
	uint64_t key;
	enum mu_device_kind kind;
	const char *device;
	enum mu_activity activity;
	enum mu_leave leave;
	bool open;
	struct mu_chosen chosen;
	int64_t stamp_ms;
	const char *status;
	struct mu_presence_times times;
};

/* What is to be seen of a person. */
struct ref_view {
	bool there;
	struct mu_effective shown;
	int64_t since_ms, last_seen_ms, told_seen_ms, came_ms;
	const char *note;
	int64_t until_ms;
	bool expired;
	unsigned devices[MU_DEVICE_API][3];
};

struct ref_session {
	bool there;
	int person;
	uint64_t key;
	enum mu_device_kind kind;
	const char *device;
	enum mu_activity activity;
	int64_t said_ms;
	bool left;
	int64_t ends_ms;
};

struct ref_person {
	struct ref_view view, told;
	struct mu_chosen chosen;
	int64_t chosen_ms;
	bool open;
	bool connected;
	bool phantom, phantom_active; /* what a restart left */
	int64_t phantom_ends_ms;
	int64_t active_ms;
	int64_t left_ms; /* until when the one that left last would count */
};

struct ref_world {
	struct mu_presence_times times;
	struct ref_session sessions[REF_SESSIONS];
	size_t n_sessions;
	struct ref_person people[REF_PEOPLE];
};

/* 0: doesn't count, 1: phone in the background, 2: any other session */
static inline int ref_strength(const struct ref_world *w, const struct ref_session *s, int64_t mono_ms)
{
	if (!s->there || s->kind == MU_DEVICE_API)
		return 0;
	if (s->left && mono_ms >= s->ends_ms)
		return 0;
	if (s->kind == MU_DEVICE_MOBILE && s->activity == MU_BACKGROUND)
		return mono_ms < s->said_ms + w->times.background_ms ? 1 : 0;
	return 2;
}

static inline int ref_strongest_open(const struct ref_world *w, int person, const struct ref_session *but,
				     int64_t mono_ms)
{
	int best = 0;

	for (size_t i = 0; i < w->n_sessions; i++) {
		const struct ref_session *s = &w->sessions[i];

		if (s != but && s->person == person && !s->left && ref_strength(w, s, mono_ms) > best)
			best = ref_strength(w, s, mono_ms);
	}
	return best;
}

/* What the text of the promises says, as a ladder. recently: active within the idle time. */
static inline struct mu_effective ref_precedence(const struct ref_person *p, bool session, bool phone,
						 bool recently)
{
	struct mu_effective e = { p->chosen.status, p->chosen.base, p->chosen.cause, false, false };

	if (!session && !phone)
		return (struct mu_effective){ "offline", MU_OFFLINE, MU_CAUSE_DISCONNECT, false, false };
	if (p->chosen.base == MU_OFFLINE)
		return e;
	if (p->chosen.base == MU_BUSY || p->chosen.base == MU_AWAY) {
		e.accepting = session && p->chosen.accepting;
		e.reachable_mobile = !session;
		return e;
	}
	if (!p->open)
		return (struct mu_effective){ "away", MU_AWAY, MU_CAUSE_SCHEDULE, false, false };
	if (session && !recently)
		return (struct mu_effective){ "away", MU_AWAY, MU_CAUSE_IDLE, false, false };
	if (p->view.came_ms > p->chosen_ms)
		e.cause = MU_CAUSE_CONNECT;
	e.accepting = session && p->chosen.accepting;
	e.reachable_mobile = !session;
	return e;
}

static inline bool ref_same_status(const struct mu_effective *a, const struct mu_effective *b)
{
	return a->base == b->base && strcmp(a->status, b->status) == 0;
}

static inline bool ref_same_to_others(const struct mu_effective *a, const struct mu_effective *b)
{
	return a->base == b->base && (a->base == MU_OFFLINE || strcmp(a->status, b->status) == 0);
}

static inline void ref_show(struct ref_person *p, struct mu_effective e, struct mu_now at)
{
	if (!ref_same_to_others(&e, &p->view.shown))
		p->view.since_ms = ref_same_to_others(&e, &p->told.shown) ? p->told.since_ms : at.wall_ms;
	p->view.shown = e;
}

/* Sessions that left are forgotten when they stop counting, or when an open one counts as much. */
static inline void ref_forget(struct ref_world *w, int person, int64_t mono_ms)
{
	struct ref_person *p = &w->people[person];
	int open = ref_strongest_open(w, person, NULL, mono_ms);

	for (size_t i = 0; i < w->n_sessions; i++) {
		struct ref_session *s = &w->sessions[i];
		int strength = ref_strength(w, s, mono_ms);

		if (!s->there || s->person != person || !s->left || strength > open)
			continue;
		if (s->activity == MU_ACTIVE && p->active_ms < (s->ends_ms < mono_ms ? s->ends_ms : mono_ms))
			p->active_ms = s->ends_ms < mono_ms ? s->ends_ms : mono_ms;
		s->there = false;
	}
	if (open == 2 || mono_ms >= p->phantom_ends_ms)
		p->phantom = false;
}

static inline bool ref_same_device(const struct ref_session *a, const struct ref_session *b)
{
	return a->there && b->there && a->person == b->person && a->kind == b->kind &&
	       strcmp(a->device, b->device) == 0;
}

/* Each device once, at its first session, as active as its most active one. */
static inline void ref_count_devices(struct ref_world *w, int person)
{
	struct ref_view *view = &w->people[person].view;

	memset(view->devices, 0, sizeof(view->devices));
	for (size_t i = 0; i < w->n_sessions; i++) {
		const struct ref_session *s = &w->sessions[i];
		enum mu_activity most = s->activity;
		bool first = true;

		if (!s->there || s->person != person || s->kind == MU_DEVICE_API ||
		    view->shown.base == MU_OFFLINE)
			continue;
		for (size_t j = 0; j < w->n_sessions; j++) {
			if (!ref_same_device(&w->sessions[j], s))
				continue;
			first &= j >= i;
			most = w->sessions[j].activity < most ? w->sessions[j].activity : most;
		}
		view->devices[s->kind][most] += first;
	}
}

static inline void ref_look(struct ref_world *w, int person, struct mu_now at)
{
	struct ref_person *p = &w->people[person];
	bool session, phone = false, active, recently;

	if (!p->view.there)
		return;
	ref_forget(w, person, at.mono_ms);
	session = p->phantom;
	active = p->phantom && p->phantom_active;
	for (size_t i = 0; i < w->n_sessions; i++) {
		const struct ref_session *s = &w->sessions[i];

		if (s->person != person)
			continue;
		session |= ref_strength(w, s, at.mono_ms) == 2;
		phone |= ref_strength(w, s, at.mono_ms) == 1;
		active |= ref_strength(w, s, at.mono_ms) == 2 && s->activity == MU_ACTIVE;
	}
	if (active)
		p->active_ms = at.mono_ms;
	recently =
		w->times.idle_after_ms == 0 || active || at.mono_ms - p->active_ms < w->times.idle_after_ms;
	if (!p->connected && (session || phone))
		p->view.came_ms = at.wall_ms;
	p->connected = session || phone;
	ref_show(p, ref_precedence(p, session, phone, recently), at);
	p->view.expired |= p->chosen.until_ms != 0 && at.wall_ms >= p->chosen.until_ms;
	ref_count_devices(w, person);
}

static inline struct ref_session *ref_session(struct ref_world *w, uint64_t key)
{
	for (size_t i = 0; i < w->n_sessions; i++) {
		if (w->sessions[i].there && w->sessions[i].key == key)
			return &w->sessions[i];
	}
	return NULL;
}

static inline void ref_seen(struct ref_person *p, int64_t at_ms)
{
	p->view.last_seen_ms = at_ms;
	if (p->chosen.base != MU_OFFLINE)
		p->view.told_seen_ms = at_ms;
}

static inline void ref_choose(struct ref_person *p, const struct mu_chosen *chosen, int64_t at_ms)
{
	p->chosen = *chosen;
	p->chosen_ms = at_ms;
	p->view.note = chosen->note;
	p->view.until_ms = chosen->until_ms;
	p->view.expired = false;
}

static inline void ref_add(struct ref_world *w, const struct ref_event *event)
{
	struct ref_person *p = &w->people[event->person];

	*p = (struct ref_person){ .open = true, .active_ms = -INT64_C(1000000000000) };
	ref_choose(p, &event->chosen, event->stamp_ms);
	p->view.there = true;
	p->view.shown = ref_precedence(p, false, false, false);
	p->told = p->view;
}

static inline void ref_restore(struct ref_world *w, const struct ref_event *event)
{
	struct ref_person *p = &w->people[event->person];
	const struct mu_effective none = ref_precedence(p, false, false, false);
	const struct mu_effective active = ref_precedence(p, true, false, true);
	const struct mu_effective idle = ref_precedence(p, true, false, false);
	bool was_offline = strcmp(event->status, none.status) == 0;

	p->phantom = !was_offline;
	p->phantom_active =
		strcmp(event->status, active.status) == 0 || strcmp(event->status, idle.status) != 0;
	p->phantom_ends_ms = event->at.mono_ms + w->times.linger_ms;
	p->connected = p->phantom;
	p->view.came_ms = event->stamp_ms;
	p->view.last_seen_ms = was_offline ? event->stamp_ms : event->at.wall_ms;
	p->view.told_seen_ms = p->view.last_seen_ms;
	p->told.shown.status = event->status;
	p->told.shown.base = p->chosen.base;
	for (int base = MU_AVAILABLE; base <= MU_OFFLINE; base++) {
		if (strcmp(mu_base_status_names[base], event->status) == 0)
			p->told.shown.base = (enum mu_base_status)base;
	}
	p->told.since_ms = event->stamp_ms;
	p->view.shown = p->told.shown;
	p->view.since_ms = event->stamp_ms;
	ref_look(w, event->person, event->at);
	if (strcmp(p->view.shown.status, event->status) == 0)
		p->told = p->view;
}

static inline void ref_leave(struct ref_world *w, struct ref_session *s, const struct ref_event *event)
{
	struct ref_person *p = &w->people[s->person];
	int64_t stay_ms = event->leave == MU_LEAVE_CLEAN ? w->times.reload_grace_ms : w->times.linger_ms;
	int64_t mono_ms = event->at.mono_ms;

	if (event->leave == MU_LEAVE_LOST && ref_strength(w, s, mono_ms) == 1)
		stay_ms = s->said_ms + w->times.background_ms - mono_ms;
	if (event->leave == MU_LEAVE_NOW)
		stay_ms = 0;
	if (event->leave == MU_LEAVE_NODE)
		stay_ms = p->left_ms > mono_ms ? p->left_ms - mono_ms : 0;
	if (event->leave != MU_LEAVE_NOW && s->left)
		return;
	if (s->left || (ref_strength(w, s, mono_ms) == 2 && event->leave != MU_LEAVE_NODE))
		p->left_ms = mono_ms + stay_ms;
	if (!s->left && s->kind != MU_DEVICE_API)
		ref_seen(&w->people[s->person], event->at.wall_ms);
	if (stay_ms == 0 || ref_strength(w, s, mono_ms) <= ref_strongest_open(w, s->person, s, mono_ms))
		s->there = false;
	s->left = true;
	s->ends_ms = mono_ms + stay_ms;
}

static inline void ref_connect(struct ref_world *w, const struct ref_event *event)
{
	w->sessions[w->n_sessions++] = (struct ref_session){
		.there = true,
		.person = event->person,
		.key = event->key,
		.kind = event->kind,
		.device = event->device,
		.activity = MU_ACTIVE,
		.said_ms = event->at.mono_ms,
	};
	if (event->kind != MU_DEVICE_API)
		ref_seen(&w->people[event->person], event->at.wall_ms);
}

static inline void ref_activity(struct ref_world *w, struct ref_session *s, const struct ref_event *event)
{
	if (s->left)
		return;
	if (s->activity != event->activity)
		s->said_ms = event->at.mono_ms;
	s->activity = event->activity;
	if (s->kind != MU_DEVICE_API)
		ref_seen(&w->people[s->person], event->at.wall_ms);
}

static inline void ref_drop_sessions(struct ref_world *w, int person)
{
	for (size_t i = 0; i < w->n_sessions; i++) {
		if (w->sessions[i].person == person)
			w->sessions[i].there = false;
	}
}

static inline void ref_happen(struct ref_world *w, const struct ref_event *event)
{
	struct ref_person *p = &w->people[event->person];
	struct ref_session *s = ref_session(w, event->key);

	switch (event->op) {
	case REF_LOOK:
		break;
	case REF_ADD:
		ref_add(w, event);
		break;
	case REF_REMOVE:
		p->view.there = false;
		ref_drop_sessions(w, event->person);
		break;
	case REF_RESTORE:
		ref_restore(w, event);
		break;
	case REF_FORGET:
		p->phantom = false;
		break;
	case REF_CHOOSE:
		if (p->connected && event->chosen.base == MU_OFFLINE && p->chosen.base != MU_OFFLINE)
			p->view.told_seen_ms = event->at.wall_ms;
		if (p->connected && event->chosen.base != MU_OFFLINE && p->chosen.base == MU_OFFLINE)
			p->view.told_seen_ms = p->view.last_seen_ms;
		ref_choose(p, &event->chosen, event->at.wall_ms);
		break;
	case REF_CONNECT:
		ref_connect(w, event);
		break;
	case REF_ACTIVITY:
		if (s)
			ref_activity(w, s, event);
		break;
	case REF_LEAVE:
		if (s)
			ref_leave(w, s, event);
		break;
	case REF_HOURS:
		p->open = event->open;
		break;
	case REF_TIMES:
		w->times = event->times;
		break;
	case REF_TOLD:
		for (int i = 0; i < REF_PEOPLE; i++)
			w->people[i].told = w->people[i].view;
		break;
	case REF_RESTART:
		memset(w->people, 0, sizeof(w->people));
		w->n_sessions = 0;
		break;
	}
}

/* The world after all of these events, the first of which says the times. */
static inline void ref_play(const struct ref_event *history, size_t n, struct ref_world *ret_world)
{
	memset(ret_world, 0, sizeof(*ret_world));
	for (size_t i = 0; i < n; i++) {
		for (int person = 0; person < REF_PEOPLE; person++)
			ref_look(ret_world, person, history[i].at);
		ref_happen(ret_world, &history[i]);
		for (int person = 0; person < REF_PEOPLE; person++)
			ref_look(ret_world, person, history[i].at);
	}
}

#endif
