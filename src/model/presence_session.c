/* The sessions of a person: how each counts, how they come, move and leave.
 * Invariants: after a settle, a ghost is there only while it counts and no open session counts as much;
 * session_counts and n_ghosts say what is in the list.
 * Thread: hub. */
#include "presence_engine.h"

static enum mu_link later(enum mu_link a, enum mu_link b)
{
	return a > b ? a : b;
}

/* What one session alone makes of its person. A hidden tab is an idle session: only a phone can be reached
 * in the background. */
static enum mu_link session_link(const struct presence_session *session, int64_t mono_ms)
{
	int64_t background_ms = session->person->presence->times.background_ms;

	if (session->kind == MU_DEVICE_API || (session->ghost && mono_ms >= session->gone_mono_ms))
		return MU_LINK_NONE;
	if (session->activity == MU_ACTIVE)
		return MU_LINK_ACTIVE;
	if (session->kind != MU_DEVICE_MOBILE || session->activity == MU_IDLE)
		return MU_LINK_IDLE;
	return mono_ms - session->activity_mono_ms < background_ms ? MU_LINK_BACKGROUND : MU_LINK_NONE;
}

/* Idle or active, a session holds its person equally well; a phone in the background holds less. */
static enum mu_link hold(enum mu_link link)
{
	return link == MU_LINK_ACTIVE ? MU_LINK_IDLE : link;
}

/* How many sessions there are in one of these activities, those of programs aside. */
static uint32_t count_in(const struct mu_person *person, enum mu_activity first, enum mu_activity last)
{
	uint32_t n = 0;

	for (int kind = 0; kind < MU_DEVICE_API; kind++) {
		for (int activity = (int)first; activity <= (int)last; activity++)
			n += person->session_counts[kind][activity];
	}
	return n;
}

/* Whether time alone changes nothing about any session, so that their counts say all. A person may have
 * hundreds of sessions and a settle comes with each of them: the list is looked through only when it must. */
static bool is_steady(const struct mu_person *person)
{
	return person->n_ghosts == 0 && person->session_counts[MU_DEVICE_MOBILE][MU_BACKGROUND] == 0;
}

/* How well the person is held by open sessions other than `except` (which may be NULL). */
static enum mu_link open_hold(const struct mu_person *person, const struct presence_session *except,
			      int64_t mono_ms)
{
	const struct presence_session *session;
	enum mu_link best = MU_LINK_NONE;
	uint32_t others;

	if (is_steady(person)) {
		others = count_in(person, MU_ACTIVE, MU_BACKGROUND);
		others -= except && except->kind != MU_DEVICE_API;
		return others ? MU_LINK_IDLE : MU_LINK_NONE;
	}
	DL_FOREACH (person->sessions, session) {
		if (session != except && !session->ghost)
			best = later(best, hold(session_link(session, mono_ms)));
	}
	return best;
}

void presence_session_remove(struct presence_session *session)
{
	struct mu_person *person = session->person;

	DL_DELETE(person->sessions, session);
	person->session_counts[session->kind][session->activity]--;
	person->n_ghosts -= session->ghost;
	if (session->device)
		presence_device_leave(session->device, session->activity);
	HASH_DEL(person->presence->sessions, session);
	free(session);
}

/* A ghost that was active counts as activity until it went. */
static void remove_ghost(struct presence_session *ghost, int64_t mono_ms)
{
	struct mu_person *person = ghost->person;
	int64_t until_ms = ghost->gone_mono_ms < mono_ms ? ghost->gone_mono_ms : mono_ms;

	if (ghost->activity == MU_ACTIVE && person->last_active_mono_ms < until_ms)
		person->last_active_mono_ms = until_ms;
	presence_session_remove(ghost);
}

void presence_sessions_prune(struct mu_person *person, int64_t mono_ms)
{
	const enum mu_link held = open_hold(person, NULL, mono_ms);
	struct presence_session *session, *next;

	for (session = person->n_ghosts ? person->sessions : NULL; session; session = next) {
		next = session->next;
		if (session->ghost && hold(session_link(session, mono_ms)) <= held)
			remove_ghost(session, mono_ms);
	}
	if (mono_ms >= person->restored_until_mono_ms || hold(person->restored_link) <= held)
		person->restored_link = MU_LINK_NONE;
}

enum mu_link presence_sessions_link(const struct mu_person *person, int64_t mono_ms)
{
	const struct presence_session *session;
	enum mu_link link = person->restored_link;

	if (is_steady(person) && count_in(person, MU_ACTIVE, MU_ACTIVE))
		return MU_LINK_ACTIVE;
	if (is_steady(person))
		return later(link, open_hold(person, NULL, mono_ms));
	DL_FOREACH (person->sessions, session)
		link = later(link, session_link(session, mono_ms));
	return link;
}

int64_t presence_sessions_due_ms(const struct mu_person *person, int64_t mono_ms)
{
	const int64_t background_ms = person->presence->times.background_ms;
	const struct presence_session *session;
	int64_t due_ms = INT64_MAX;

	if (person->restored_link != MU_LINK_NONE)
		due_ms = person->restored_until_mono_ms;
	if (is_steady(person))
		return due_ms;
	DL_FOREACH (person->sessions, session) {
		if (session->ghost && session->gone_mono_ms < due_ms)
			due_ms = session->gone_mono_ms;
		if (session_link(session, mono_ms) == MU_LINK_BACKGROUND &&
		    session->activity_mono_ms + background_ms < due_ms)
			due_ms = session->activity_mono_ms + background_ms;
	}
	return due_ms;
}

/* In the engine and, unless it is a program's, at its device; not yet in the person's list. */
static struct presence_session *session_create(struct mu_person *person, uint64_t key, const char *device_id,
					       enum mu_device_kind kind, int64_t mono_ms)
{
	struct mu_presence *presence = person->presence;
	struct presence_session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	session->person = person;
	session->key = key;
	session->kind = kind;
	session->activity = MU_ACTIVE;
	session->activity_mono_ms = mono_ms;
	HASH_ADD(hh, presence->sessions, key, sizeof(session->key), session);
	if (!session->hh.tbl)
		goto fail;
	if (kind == MU_DEVICE_API)
		return session;
	session->device = presence_device_enter(person, kind, device_id);
	if (session->device)
		return session;
	HASH_DEL(presence->sessions, session);
fail:
	free(session);
	return NULL;
}

static struct presence_session *find_session(const struct mu_presence *presence, uint64_t key)
{
	struct presence_session *session;

	HASH_FIND(hh, presence->sessions, &key, sizeof(key), session);
	return session;
}

/* A program's coming and going is nobody's being seen, and others don't see who appears offline. */
static void seen(const struct presence_session *session, struct mu_now now)
{
	struct mu_person *person = session->person;

	if (session->kind == MU_DEVICE_API)
		return;
	person->last_seen_wall_ms = now.wall_ms;
	if (person->chosen.base != MU_OFFLINE)
		person->told_seen_wall_ms = now.wall_ms;
}

/* In its person's list, open and active; yet to be settled. */
static enum mu_err begin(struct mu_person *person, uint64_t key, const char *device_id,
			 enum mu_device_kind kind, struct mu_now now, struct presence_session **ret_session)
{
	struct presence_session *session;

	if (find_session(person->presence, key))
		return MU_CONFLICT;
	presence_settle(person, now);
	session = session_create(person, key, device_id, kind, now.mono_ms);
	if (!session)
		return MU_NO_MEMORY;
	DL_APPEND(person->sessions, session);
	person->session_counts[session->kind][session->activity]++;
	*ret_session = session;
	return MU_OK;
}

enum mu_err mu_presence_connect(struct mu_presence *presence, struct mu_person *person, uint64_t key,
				const char *device_id, enum mu_device_kind kind, struct mu_now now)
{
	struct presence_session *session;
	enum mu_err err = begin(person, key, device_id, kind, now, &session);

	if (err)
		return err;
	seen(session, now);
	presence_settle(person, now);
	return MU_OK;
}

static void move_to(struct presence_session *session, enum mu_activity activity, int64_t since_mono_ms)
{
	struct mu_person *person = session->person;

	if (session->activity == activity)
		return;
	person->session_counts[session->kind][session->activity]--;
	person->session_counts[session->kind][activity]++;
	if (session->device)
		presence_device_move(session->device, session->activity, activity);
	session->activity = activity;
	session->activity_mono_ms = since_mono_ms;
}

/* What the other engine knows of the person beside the session: whatever was seen later, and came earlier. */
static void learn(struct mu_person *person, const struct mu_elsewhere *elsewhere, struct mu_now now)
{
	const int64_t active_mono_ms = now.mono_ms - elsewhere->quiet_ms;

	if (person->last_active_mono_ms < active_mono_ms)
		person->last_active_mono_ms = active_mono_ms;
	if (person->last_seen_wall_ms < elsewhere->seen_wall_ms)
		person->last_seen_wall_ms = elsewhere->seen_wall_ms;
	if (person->chosen.base != MU_OFFLINE && person->told_seen_wall_ms < elsewhere->seen_wall_ms)
		person->told_seen_wall_ms = elsewhere->seen_wall_ms;
}

enum mu_err mu_presence_adopt(struct mu_presence *presence, struct mu_person *person, uint64_t key,
			      const char *device_id, enum mu_device_kind kind,
			      const struct mu_elsewhere *elsewhere, struct mu_now now)
{
	struct presence_session *session;
	enum mu_err err = begin(person, key, device_id, kind, now, &session);

	if (err)
		return err;
	move_to(session, elsewhere->activity, now.mono_ms - elsewhere->activity_ms);
	if (kind != MU_DEVICE_API)
		learn(person, elsewhere, now);
	presence_settle(person, now);
	if (kind != MU_DEVICE_API && elsewhere->came_wall_ms < person->came_wall_ms) {
		person->came_wall_ms = elsewhere->came_wall_ms;
		presence_settle(person, now);
	}
	return MU_OK;
}

bool mu_presence_describe(const struct mu_presence *presence, uint64_t key, struct mu_now now,
			  struct mu_elsewhere *ret_elsewhere)
{
	const struct presence_session *session = find_session(presence, key);
	const struct mu_person *person = session ? session->person : NULL;

	if (!session || session->ghost)
		return false;
	*ret_elsewhere = (struct mu_elsewhere){
		.activity = session->activity,
		.activity_ms = now.mono_ms - session->activity_mono_ms,
		.quiet_ms = session->activity == MU_ACTIVE ? 0 : now.mono_ms - person->last_active_mono_ms,
		.came_wall_ms = person->came_wall_ms,
		.seen_wall_ms = person->last_seen_wall_ms,
	};
	return true;
}

void mu_presence_activity(struct mu_presence *presence, uint64_t key, enum mu_activity activity,
			  struct mu_now now)
{
	struct presence_session *session = find_session(presence, key);
	struct mu_person *person;

	if (!session || session->ghost)
		return;
	person = session->person;
	presence_settle(person, now);
	move_to(session, activity, now.mono_ms);
	seen(session, now);
	presence_settle(person, now);
}

/* How much longer a session counts that leaves in this way, if it is the only one. A phone in the background
 * was not expected to keep its connection: it can be reached for as long as it could have been with it,
 * unless it said goodbye. */
static int64_t stay_ms(const struct presence_session *session, enum mu_leave leave, int64_t mono_ms)
{
	const struct mu_presence_times *times = &session->person->presence->times;

	switch (leave) {
	case MU_LEAVE_NOW:
		return 0;
	case MU_LEAVE_NODE:
		return session->person->left_mono_ms - mono_ms;
	case MU_LEAVE_CLEAN:
		return times->reload_grace_ms;
	case MU_LEAVE_LOST:
		break;
	}
	return session_link(session, mono_ms) == MU_LINK_BACKGROUND
		       ? session->activity_mono_ms + times->background_ms - mono_ms
		       : times->linger_ms;
}

/* An open session leaves: it is gone, or it becomes a ghost for a while. */
static void leave_open(struct presence_session *session, enum mu_leave leave, struct mu_now now)
{
	struct mu_person *person = session->person;
	const enum mu_link held = hold(session_link(session, now.mono_ms));
	const int64_t more_ms = stay_ms(session, leave, now.mono_ms);

	seen(session, now);
	if (held == MU_LINK_IDLE && leave != MU_LEAVE_NODE)
		person->left_mono_ms = now.mono_ms + more_ms;
	if (more_ms <= 0 || held <= open_hold(person, session, now.mono_ms)) {
		presence_session_remove(session);
		return;
	}
	session->ghost = true;
	person->n_ghosts++;
	session->gone_mono_ms = now.mono_ms + more_ms;
}

void mu_presence_disconnect(struct mu_presence *presence, uint64_t key, enum mu_leave leave,
			    struct mu_now now)
{
	struct presence_session *session = find_session(presence, key);
	struct mu_person *person;

	if (!session)
		return;
	person = session->person;
	presence_settle(person, now);
	session = find_session(presence, key); /* a ghost may have run out */
	if (session && !session->ghost) {
		leave_open(session, leave, now);
	} else if (session && leave == MU_LEAVE_NOW) {
		person->left_mono_ms = now.mono_ms;
		presence_session_remove(session);
	}
	presence_settle(person, now);
}
