/* The presence engine and its people: they are added and removed, choose, come back after a restart, and
 * are taken from the list of those who changed.
 * Invariant: a person is in the changed list exactly while `changed` is set, in the expired list while
 * `expired` is.
 * Thread: hub. */
#include "presence_engine.h"

#include <string.h>

/* A wall clock that was set by more than this makes timers for wall times anew; less is noise that such a
 * timer may be late by. */
#define WALL_STEP_MS 1000
/* Long before anything, yet far enough from the end of the numbers to count from. */
#define NEVER_MS (INT64_MIN / 4)

/* ---- time ---- */

static void on_timer(struct mu_timer *timer, int64_t now_ms)
{
	struct mu_person *person = MU_CONTAINER_OF(timer, struct mu_person, timer);

	(void)now_ms;
	presence_settle(person, person->presence->now);
}

static void settle_all(struct mu_presence *presence, struct mu_now now)
{
	for (struct mu_person *person = presence->people; person; person = person->hh.next)
		presence_settle(person, now);
}

void mu_presence_advance(struct mu_presence *presence, struct mu_now now)
{
	const int64_t offset_ms = now.wall_ms - now.mono_ms;

	presence->now = now;
	mu_wheel_advance(&presence->wheel, now.mono_ms);
	if (llabs(offset_ms - presence->wall_offset_ms) > WALL_STEP_MS) {
		presence->wall_offset_ms = offset_ms;
		settle_all(presence, now);
	}
}

int64_t mu_presence_next_ms(const struct mu_presence *presence, int64_t mono_ms)
{
	return mu_wheel_next_ms(&presence->wheel, mono_ms);
}

/* ---- the engine ---- */

struct mu_presence *mu_presence_create(const struct mu_presence_times *times, struct mu_now now)
{
	struct mu_presence *presence = calloc(1, sizeof(*presence));

	if (!presence)
		return NULL;
	presence->times = *times;
	presence->now = now;
	presence->wall_offset_ms = now.wall_ms - now.mono_ms;
	mu_wheel_init(&presence->wheel, now.mono_ms);
	return presence;
}

void mu_presence_set_times(struct mu_presence *presence, const struct mu_presence_times *times,
			   struct mu_now now)
{
	settle_all(presence, now);
	presence->times = *times;
	settle_all(presence, now);
}

/* ---- people ---- */

static void chosen_finish(struct mu_chosen *chosen)
{
	free((char *)chosen->status);
	free((char *)chosen->note);
}

/* A copy that owns its texts. */
static enum mu_err chosen_copy(const struct mu_chosen *from, struct mu_chosen *ret_to)
{
	struct mu_chosen copy = *from;

	copy.status = strdup(from->status);
	copy.note = from->note ? strdup(from->note) : NULL;
	if (!copy.status || (from->note && !copy.note)) {
		chosen_finish(&copy);
		return MU_NO_MEMORY;
	}
	*ret_to = copy;
	return MU_OK;
}

static void person_destroy(struct mu_person *person)
{
	if (!person)
		return;
	if (person->before_note != person->chosen.note)
		free((char *)person->before_note);
	chosen_finish(&person->chosen);
	free(person->user);
	free(person);
}

/* A person who isn't there and never was; NULL when memory is out. */
static struct mu_person *person_create(struct mu_presence *presence, const char *user,
				       const struct mu_chosen *chosen, int64_t chosen_wall_ms)
{
	struct mu_person *person = calloc(1, sizeof(*person));

	if (!person)
		return NULL;
	person->presence = presence;
	person->user = strdup(user);
	if (!person->user || chosen_copy(chosen, &person->chosen) != MU_OK) {
		person_destroy(person);
		return NULL;
	}
	person->chosen_wall_ms = chosen_wall_ms;
	person->open = true;
	person->last_active_mono_ms = NEVER_MS;
	mu_timer_init(&person->timer, on_timer);
	mu_presence_effective(&person->chosen, MU_LINK_NONE, true, false, &person->shown);
	presence_remember(person);
	return person;
}

enum mu_err mu_presence_add(struct mu_presence *presence, const char *user, const struct mu_chosen *chosen,
			    int64_t chosen_wall_ms, struct mu_now now, struct mu_person **ret_person)
{
	struct mu_person *person;

	if (mu_presence_find(presence, user))
		return MU_CONFLICT;
	person = person_create(presence, user, chosen, chosen_wall_ms);
	if (!person)
		return MU_NO_MEMORY;
	HASH_ADD_KEYPTR(hh, presence->people, person->user, strlen(person->user), person);
	if (!person->hh.tbl) {
		person_destroy(person);
		return MU_NO_MEMORY;
	}
	presence_settle(person, now);
	*ret_person = person;
	return MU_OK;
}

static void forget_change(struct mu_person *person)
{
	if (!person->changed)
		return;
	person->changed = false;
	DL_DELETE2(person->presence->changed, person, prev_changed, next_changed);
}

static void forget_expiry(struct mu_person *person)
{
	if (!person->expired)
		return;
	person->expired = false;
	DL_DELETE2(person->presence->expired, person, prev_expired, next_expired);
}

static void remove_person(struct mu_presence *presence, struct mu_person *person)
{
	while (person->sessions)
		presence_session_remove(person->sessions);
	mu_timer_cancel(&presence->wheel, &person->timer);
	forget_change(person);
	forget_expiry(person);
	HASH_DEL(presence->people, person);
	person_destroy(person);
}

void mu_presence_remove(struct mu_presence *presence, const char *user)
{
	struct mu_person *person = mu_presence_find(presence, user);

	if (person)
		remove_person(presence, person);
}

void mu_presence_destroy(struct mu_presence *presence)
{
	if (!presence)
		return;
	while (presence->people)
		remove_person(presence, presence->people);
	free(presence);
}

struct mu_person *mu_presence_find(struct mu_presence *presence, const char *user)
{
	struct mu_person *person;

	HASH_FIND_STR(presence->people, user, person);
	return person;
}

size_t mu_presence_count(const struct mu_presence *presence)
{
	return HASH_COUNT(presence->people);
}

struct mu_person *mu_presence_first(struct mu_presence *presence)
{
	return presence->people;
}

static bool shows_as(const struct mu_person *person, enum mu_link link, const char *status)
{
	struct mu_effective effective;

	mu_presence_effective(&person->chosen, link, person->open, false, &effective);
	return strcmp(effective.status, status) == 0;
}

/* The link that makes the person look like this; being active if none does. */
static enum mu_link link_that_shows(const struct mu_person *person, const char *status)
{
	static const enum mu_link links[] = { MU_LINK_NONE, MU_LINK_ACTIVE, MU_LINK_IDLE };

	for (size_t i = 0; i < MU_COUNT(links); i++) {
		if (shows_as(person, links[i], status))
			return links[i];
	}
	return MU_LINK_ACTIVE;
}

static enum mu_base_status base_named(const char *status, enum mu_base_status other)
{
	for (unsigned i = 0; mu_base_status_names[i]; i++) {
		if (strcmp(mu_base_status_names[i], status) == 0)
			return (enum mu_base_status)i;
	}
	return other;
}

enum mu_err mu_presence_restore(struct mu_presence *presence, struct mu_person *person, const char *status,
				int64_t since_wall_ms, struct mu_now now)
{
	enum mu_link link = link_that_shows(person, status);

	if (person->sessions)
		return MU_CONFLICT;
	person->link = person->restored_link = link;
	person->restored_until_mono_ms = now.mono_ms + presence->times.linger_ms;
	presence_remember_status(person, status, base_named(status, person->chosen.base), since_wall_ms);
	person->shown.status = person->before.status;
	person->shown.base = person->before.base;
	person->since_wall_ms = since_wall_ms;
	person->came_wall_ms = since_wall_ms;
	person->last_seen_wall_ms = link == MU_LINK_NONE ? since_wall_ms : now.wall_ms;
	person->told_seen_wall_ms = person->last_seen_wall_ms;
	presence_settle(person, now);
	if (strcmp(person->shown.status, status) == 0)
		presence_remember(person);
	return MU_OK;
}

void mu_presence_forget_restored(struct mu_presence *presence, struct mu_person *person, struct mu_now now)
{
	(void)presence;
	presence_settle(person, now);
	person->restored_link = MU_LINK_NONE;
	presence_settle(person, now);
}

/* Whoever begins to appear offline looks like somebody who leaves now; whoever ends it is seen again. */
static void hide_or_show(struct mu_person *person, enum mu_base_status before, struct mu_now now)
{
	const enum mu_base_status after = person->chosen.base;

	if (person->link == MU_LINK_NONE || (before == MU_OFFLINE) == (after == MU_OFFLINE))
		return;
	person->told_seen_wall_ms = after == MU_OFFLINE ? now.wall_ms : person->last_seen_wall_ms;
}

enum mu_err mu_presence_choose(struct mu_presence *presence, struct mu_person *person,
			       const struct mu_chosen *chosen, struct mu_now now)
{
	struct mu_chosen old, copy;

	(void)presence;
	if (chosen_copy(chosen, &copy) != MU_OK)
		return MU_NO_MEMORY;
	presence_settle(person, now);
	old = person->chosen;
	person->chosen = copy;
	person->chosen_wall_ms = now.wall_ms;
	hide_or_show(person, old.base, now);
	forget_expiry(person);
	presence_settle(person, now);
	if (old.note == person->before_note)
		old.note = NULL; /* kept to tell a change by */
	chosen_finish(&old);
	return MU_OK;
}

void mu_presence_set_open(struct mu_presence *presence, struct mu_person *person, bool open,
			  struct mu_now now)
{
	(void)presence;
	presence_settle(person, now);
	person->open = open;
	presence_settle(person, now);
}

/* ---- what others want to know ---- */

struct mu_person *mu_presence_take_changed(struct mu_presence *presence, struct mu_effective *ret_before)
{
	struct mu_person *person;

	while ((person = presence->changed)) {
		bool touched = person->touched;

		forget_change(person);
		person->touched = false;
		if (!touched && !presence_looks_different(person))
			continue;
		memcpy(presence->taken_status, person->before_status, sizeof(presence->taken_status));
		*ret_before = person->before;
		ret_before->status = presence->taken_status;
		presence_remember(person);
		return person;
	}
	return NULL;
}

void mu_presence_touch(struct mu_presence *presence, struct mu_person *person)
{
	(void)presence;
	person->touched = true;
	presence_note_change(person);
}

struct mu_person *mu_presence_expired(const struct mu_presence *presence)
{
	return presence->expired;
}

void mu_presence_date(struct mu_presence *presence, struct mu_person *person, int64_t since_wall_ms)
{
	if (person->since_wall_ms == since_wall_ms)
		return;
	person->since_wall_ms = since_wall_ms;
	if (person->shown.base == MU_OFFLINE && person->told_seen_wall_ms > since_wall_ms)
		person->told_seen_wall_ms = since_wall_ms; /* nobody was seen after they left */
	mu_presence_touch(presence, person);
}

bool mu_presence_attended(const struct mu_person *person)
{
	uint32_t n = 0;

	for (int kind = 0; kind <= MU_DEVICE_API; kind++)
		for (int activity = 0; activity <= MU_BACKGROUND; activity++)
			n += person->session_counts[kind][activity];
	return n > person->n_ghosts;
}
