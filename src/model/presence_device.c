/* The sessions of a person: how each counts, how they come, move and leave.
 * Invariants: after a settle, a ghost is there only while it counts and no open session counts as much;
 * device_counts and n_ghosts say what is in the list.
 * Thread: hub. */
#include "presence_engine.h"

#include <string.h>

static enum mu_link later(enum mu_link a, enum mu_link b)
{
	return a > b ? a : b;
}

/* What one device alone makes of its person. A hidden tab is an idle session: only a phone can be reached
 * in the background. */
static enum mu_link device_link(const struct mu_device *device, int64_t mono_ms)
{
	int64_t background_ms = device->person->presence->times.background_ms;

	if (device->kind == MU_DEVICE_API || (device->ghost && mono_ms >= device->gone_mono_ms))
		return MU_LINK_NONE;
	if (device->activity == MU_ACTIVE)
		return MU_LINK_ACTIVE;
	if (device->kind != MU_DEVICE_MOBILE || device->activity == MU_IDLE)
		return MU_LINK_IDLE;
	return mono_ms - device->activity_mono_ms < background_ms ? MU_LINK_BACKGROUND : MU_LINK_NONE;
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
			n += person->device_counts[kind][activity];
	}
	return n;
}

/* Whether time alone changes nothing about any session, so that their counts say all. A person may have
 * hundreds of sessions and a settle comes with each of them: the list is looked through only when it must. */
static bool is_steady(const struct mu_person *person)
{
	return person->n_ghosts == 0 && person->device_counts[MU_DEVICE_MOBILE][MU_BACKGROUND] == 0;
}

/* How well the person is held by open sessions other than `except` (which may be NULL). */
static enum mu_link open_hold(const struct mu_person *person, const struct mu_device *except, int64_t mono_ms)
{
	const struct mu_device *device;
	enum mu_link best = MU_LINK_NONE;
	uint32_t others;

	if (is_steady(person)) {
		others = count_in(person, MU_ACTIVE, MU_BACKGROUND);
		others -= except && except->kind != MU_DEVICE_API;
		return others ? MU_LINK_IDLE : MU_LINK_NONE;
	}
	DL_FOREACH (person->devices, device) {
		if (device != except && !device->ghost)
			best = later(best, hold(device_link(device, mono_ms)));
	}
	return best;
}

static void device_destroy(struct mu_device *device)
{
	free(device->id);
	free(device);
}

void presence_device_remove(struct mu_device *device)
{
	struct mu_person *person = device->person;

	DL_DELETE(person->devices, device);
	person->device_counts[device->kind][device->activity]--;
	person->n_ghosts -= device->ghost;
	HASH_DEL(person->presence->devices, device);
	device_destroy(device);
}

/* A ghost that was active counts as activity until it went. */
static void remove_ghost(struct mu_device *ghost, int64_t mono_ms)
{
	struct mu_person *person = ghost->person;
	int64_t until_ms = ghost->gone_mono_ms < mono_ms ? ghost->gone_mono_ms : mono_ms;

	if (ghost->activity == MU_ACTIVE && person->last_active_mono_ms < until_ms)
		person->last_active_mono_ms = until_ms;
	presence_device_remove(ghost);
}

void presence_devices_prune(struct mu_person *person, int64_t mono_ms)
{
	const enum mu_link held = open_hold(person, NULL, mono_ms);
	struct mu_device *device, *next;

	for (device = person->n_ghosts ? person->devices : NULL; device; device = next) {
		next = device->next;
		if (device->ghost && hold(device_link(device, mono_ms)) <= held)
			remove_ghost(device, mono_ms);
	}
	if (mono_ms >= person->restored_until_mono_ms || hold(person->restored_link) <= held)
		person->restored_link = MU_LINK_NONE;
}

enum mu_link presence_devices_link(const struct mu_person *person, int64_t mono_ms)
{
	const struct mu_device *device;
	enum mu_link link = person->restored_link;

	if (is_steady(person) && count_in(person, MU_ACTIVE, MU_ACTIVE))
		return MU_LINK_ACTIVE;
	if (is_steady(person))
		return later(link, open_hold(person, NULL, mono_ms));
	DL_FOREACH (person->devices, device)
		link = later(link, device_link(device, mono_ms));
	return link;
}

int64_t presence_devices_due_ms(const struct mu_person *person, int64_t mono_ms)
{
	const int64_t background_ms = person->presence->times.background_ms;
	const struct mu_device *device;
	int64_t due_ms = INT64_MAX;

	if (person->restored_link != MU_LINK_NONE)
		due_ms = person->restored_until_mono_ms;
	if (is_steady(person))
		return due_ms;
	DL_FOREACH (person->devices, device) {
		if (device->ghost && device->gone_mono_ms < due_ms)
			due_ms = device->gone_mono_ms;
		if (device_link(device, mono_ms) == MU_LINK_BACKGROUND &&
		    device->activity_mono_ms + background_ms < due_ms)
			due_ms = device->activity_mono_ms + background_ms;
	}
	return due_ms;
}

bool mu_presence_device_visible(const struct mu_device *device)
{
	return device->kind != MU_DEVICE_API && device->person->shown.base != MU_OFFLINE;
}

void presence_devices_count(const struct mu_person *person,
			    uint32_t ret_counts[MU_DEVICE_API][MU_BACKGROUND + 1])
{
	const size_t bytes = sizeof(person->before_devices);

	if (person->shown.base == MU_OFFLINE)
		memset(ret_counts, 0, bytes);
	else
		memcpy(ret_counts, person->device_counts, bytes);
}

static struct mu_device *device_create(uint64_t key, const char *id, enum mu_device_kind kind,
				       int64_t mono_ms)
{
	struct mu_device *device = calloc(1, sizeof(*device));

	if (!device)
		return NULL;
	device->key = key;
	device->kind = kind;
	device->activity = MU_ACTIVE;
	device->activity_mono_ms = mono_ms;
	device->id = strdup(id);
	if (!device->id) {
		device_destroy(device);
		return NULL;
	}
	return device;
}

static struct mu_device *find_device(struct mu_presence *presence, uint64_t key)
{
	struct mu_device *device;

	HASH_FIND(hh, presence->devices, &key, sizeof(key), device);
	return device;
}

/* A program's coming and going is nobody's being seen, and others don't see who appears offline. */
static void seen(const struct mu_device *device, struct mu_now now)
{
	struct mu_person *person = device->person;

	if (device->kind == MU_DEVICE_API)
		return;
	person->last_seen_wall_ms = now.wall_ms;
	if (person->chosen.base != MU_OFFLINE)
		person->told_seen_wall_ms = now.wall_ms;
}

enum mu_err mu_presence_connect(struct mu_presence *presence, struct mu_person *person, uint64_t key,
				const char *device_id, enum mu_device_kind kind, struct mu_now now)
{
	struct mu_device *device;

	if (find_device(presence, key))
		return MU_CONFLICT;
	device = device_create(key, device_id, kind, now.mono_ms);
	if (!device)
		return MU_NO_MEMORY;
	HASH_ADD(hh, presence->devices, key, sizeof(device->key), device);
	if (!device->hh.tbl) {
		device_destroy(device);
		return MU_NO_MEMORY;
	}
	presence_settle(person, now);
	device->person = person;
	DL_APPEND(person->devices, device);
	person->device_counts[device->kind][device->activity]++;
	seen(device, now);
	presence_settle(person, now);
	return MU_OK;
}

void mu_presence_activity(struct mu_presence *presence, uint64_t key, enum mu_activity activity,
			  struct mu_now now)
{
	struct mu_device *device = find_device(presence, key);
	struct mu_person *person;

	if (!device || device->ghost)
		return;
	person = device->person;
	presence_settle(person, now);
	if (device->activity != activity) {
		person->device_counts[device->kind][device->activity]--;
		person->device_counts[device->kind][activity]++;
		device->activity = activity;
		device->activity_mono_ms = now.mono_ms;
	}
	seen(device, now);
	presence_settle(person, now);
}

/* How much longer a session counts that leaves in this way. A phone in the background was not expected to
 * keep its connection: it can be reached for as long as it could have been with it, unless it said goodbye.
 */
static int64_t stay_ms(const struct mu_device *device, enum mu_leave leave, int64_t mono_ms)
{
	const struct mu_presence_times *times = &device->person->presence->times;
	enum mu_link link = device_link(device, mono_ms);

	if (leave == MU_LEAVE_NOW || hold(link) <= open_hold(device->person, device, mono_ms))
		return 0;
	if (leave == MU_LEAVE_CLEAN)
		return times->reload_grace_ms;
	if (link == MU_LINK_BACKGROUND)
		return device->activity_mono_ms + times->background_ms - mono_ms;
	return times->linger_ms;
}

/* An open session leaves: it is gone, or it becomes a ghost for a while. */
static void leave_open(struct mu_device *device, enum mu_leave leave, struct mu_now now)
{
	int64_t more_ms = stay_ms(device, leave, now.mono_ms);

	seen(device, now);
	if (more_ms <= 0) {
		presence_device_remove(device);
		return;
	}
	device->ghost = true;
	device->person->n_ghosts++;
	device->gone_mono_ms = now.mono_ms + more_ms;
}

void mu_presence_disconnect(struct mu_presence *presence, uint64_t key, enum mu_leave leave,
			    struct mu_now now)
{
	struct mu_device *device = find_device(presence, key);
	struct mu_person *person;

	if (!device)
		return;
	person = device->person;
	presence_settle(person, now);
	device = find_device(presence, key); /* a ghost may have run out */
	if (device && !device->ghost)
		leave_open(device, leave, now);
	else if (device && leave == MU_LEAVE_NOW)
		presence_device_remove(device);
	presence_settle(person, now);
}
