/* The devices of a person: sessions that say the same id, such as the tabs of one browser, are one of them.
 * Invariants: a device has a session, and is as active as the most active of them; device_counts says what
 * is in the list.
 * Thread: hub. */
#include "presence_engine.h"

#include <stdio.h>
#include <string.h>

/* Let the device be as active as its most active session; without any it is gone. */
static void settle_activity(struct mu_device *device)
{
	struct mu_person *person = device->person;
	int activity = MU_ACTIVE;

	while (activity <= MU_BACKGROUND && !device->sessions[activity])
		activity++;
	person->device_counts[device->kind][device->activity]--;
	if (activity <= MU_BACKGROUND) {
		device->activity = (enum mu_activity)activity;
		person->device_counts[device->kind][activity]++;
		return;
	}
	DL_DELETE(person->devices, device);
	HASH_DEL(person->presence->devices, device);
	free(device);
}

static struct mu_device *device_create(struct mu_person *person, enum mu_device_kind kind, const char *key)
{
	const size_t n = strlen(key);
	struct mu_device *device = calloc(1, sizeof(*device) + n + 1);

	if (!device)
		return NULL;
	device->person = person;
	device->kind = kind;
	memcpy(device->key, key, n);
	HASH_ADD_KEYPTR(hh, person->presence->devices, device->key, n, device);
	if (!device->hh.tbl) {
		free(device);
		return NULL;
	}
	DL_APPEND(person->devices, device);
	person->device_counts[kind][device->activity]++;
	return device;
}

struct mu_device *presence_device_enter(struct mu_person *person, enum mu_device_kind kind, const char *id)
{
	struct mu_device *device = NULL;
	char *key;

	if (asprintf(&key, "%s/%s/%s", person->user, mu_device_kind_names[kind], id) < 0)
		return NULL;
	HASH_FIND_STR(person->presence->devices, key, device);
	if (!device)
		device = device_create(person, kind, key);
	free(key);
	if (!device)
		return NULL;
	device->sessions[MU_ACTIVE]++;
	settle_activity(device);
	return device;
}

void presence_device_move(struct mu_device *device, enum mu_activity from, enum mu_activity to)
{
	device->sessions[from]--;
	device->sessions[to]++;
	settle_activity(device);
}

void presence_device_leave(struct mu_device *device, enum mu_activity activity)
{
	device->sessions[activity]--;
	settle_activity(device);
}

bool mu_presence_devices_visible(const struct mu_person *person)
{
	return person->shown.base != MU_OFFLINE;
}

void presence_devices_count(const struct mu_person *person,
			    uint32_t ret_counts[MU_DEVICE_API][MU_BACKGROUND + 1])
{
	const size_t bytes = sizeof(person->device_counts);

	if (mu_presence_devices_visible(person))
		memcpy(ret_counts, person->device_counts, bytes);
	else
		memset(ret_counts, 0, bytes);
}
