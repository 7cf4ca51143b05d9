/* Settling: what a person looks like now, whether that is news, and when time alone will change it.
 * Invariants: a person who looks different from when they were last taken is in the changed list; the
 * timer of each person is armed for the first moment at which time alone may change something, or not at
 * all.
 * Thread: hub. */
#include "presence_engine.h"

#include <stdio.h>
#include <string.h>

/* Longer waits are cut into pieces, so that no sum overflows. */
#define WAIT_MAX_MS INT32_MAX

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_status(const struct mu_effective *a, const struct mu_effective *b)
{
	return a->base == b->base && strcmp(a->status, b->status) == 0;
}

/* Of two statuses that both look offline, nobody but the person is to tell one from the other. */
static bool same_to_others(const struct mu_effective *a, const struct mu_effective *b)
{
	return same_status(a, b) || (a->base == MU_OFFLINE && b->base == MU_OFFLINE);
}

bool presence_looks_different(const struct mu_person *person)
{
	const struct mu_effective *before = &person->before, *shown = &person->shown;
	uint32_t devices[MU_DEVICE_API][MU_BACKGROUND + 1];

	presence_devices_count(person, devices);
	return !same_status(before, shown) || before->cause != shown->cause ||
	       before->accepting != shown->accepting || before->reachable_mobile != shown->reachable_mobile ||
	       person->before_until_ms != person->chosen.until_ms ||
	       !same_text(person->before_note, person->chosen.note) ||
	       memcmp(devices, person->before_devices, sizeof(devices)) != 0;
}

void presence_remember_status(struct mu_person *person, const char *status, enum mu_base_status base,
			      int64_t since_wall_ms)
{
	snprintf(person->before_status, sizeof(person->before_status), "%s", status);
	person->before.status = person->before_status;
	person->before.base = base;
	person->before_since_wall_ms = since_wall_ms;
}

void presence_remember(struct mu_person *person)
{
	if (person->before_note != person->chosen.note)
		free((char *)person->before_note);
	person->before_note = person->chosen.note;
	person->before_until_ms = person->chosen.until_ms;
	person->before = person->shown;
	presence_remember_status(person, person->shown.status, person->shown.base, person->since_wall_ms);
	presence_devices_count(person, person->before_devices);
}

void presence_note_change(struct mu_person *person)
{
	if (person->changed)
		return;
	person->changed = true;
	DL_APPEND2(person->presence->changed, person, prev_changed, next_changed);
}

static void note_expiry(struct mu_person *person)
{
	person->expired = true;
	DL_APPEND2(person->presence->expired, person, prev_expired, next_expired);
}

/* Find the link; returns when recent activity will no longer make an idle person active, INT64_MAX if
 * nothing hangs on that. */
static int64_t settle_link(struct mu_person *person, struct mu_now now)
{
	const int64_t idle_after_ms = person->presence->times.idle_after_ms;
	enum mu_link link = presence_sessions_link(person, now.mono_ms);
	int64_t active_until_ms = INT64_MAX;

	if (link == MU_LINK_ACTIVE)
		person->last_active_mono_ms = now.mono_ms;
	if (link == MU_LINK_IDLE && idle_after_ms > 0)
		active_until_ms = person->last_active_mono_ms + idle_after_ms;
	if (link == MU_LINK_IDLE && now.mono_ms < active_until_ms)
		link = MU_LINK_ACTIVE;
	if (person->link == MU_LINK_NONE && link != MU_LINK_NONE)
		person->came_wall_ms = now.wall_ms;
	person->link = link;
	return link == MU_LINK_ACTIVE ? active_until_ms : INT64_MAX;
}

static void settle_shown(struct mu_person *person, struct mu_now now)
{
	const bool came_after = person->came_wall_ms > person->chosen_wall_ms;
	struct mu_effective next;

	mu_presence_effective(&person->chosen, person->link, person->open, came_after, &next);
	if (!same_to_others(&next, &person->shown))
		person->since_wall_ms =
			same_to_others(&next, &person->before) ? person->before_since_wall_ms : now.wall_ms;
	person->shown = next;
}

static int64_t expiry_due_ms(const struct mu_person *person, struct mu_now now)
{
	if (person->chosen.until_ms == 0 || person->expired)
		return INT64_MAX;
	if (person->chosen.until_ms - now.wall_ms > WAIT_MAX_MS)
		return now.mono_ms + WAIT_MAX_MS;
	return now.mono_ms + (person->chosen.until_ms - now.wall_ms);
}

static void arm(struct mu_person *person, int64_t due_ms)
{
	struct mu_wheel *wheel = &person->presence->wheel;

	if (due_ms == INT64_MAX)
		mu_timer_cancel(wheel, &person->timer);
	else if (!mu_timer_armed(&person->timer) || person->timer.due_ms != due_ms)
		mu_timer_set(wheel, &person->timer, due_ms);
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void presence_settle(struct mu_person *person, struct mu_now now)
{
	int64_t due_ms;

	presence_sessions_prune(person, now.mono_ms);
	due_ms = settle_link(person, now);
	settle_shown(person, now);
	if (person->chosen.until_ms != 0 && now.wall_ms >= person->chosen.until_ms && !person->expired)
		note_expiry(person);
	if (!person->changed && presence_looks_different(person))
		presence_note_change(person);
	due_ms = earlier(due_ms, presence_sessions_due_ms(person, now.mono_ms));
	arm(person, earlier(due_ms, expiry_due_ms(person, now)));
}
