/* Numbers by which edges know topics and groups: a number that meant two of them would tell one's events to
 * the other's listeners. They are given out in order; once in some billions of them what is in use is looked
 * at, and the widest gap in it is the next to be used up. Invariant: nothing has a number between
 * numbers.last and numbers.end. Thread: hub. */
#include "number.h"

#include "room.h"
#include "topics.h"
#include "turn.h"

static size_t count_used(const struct mu_hub *hub)
{
	size_t n = 0;

	for (const struct room *room = hub->rooms; room; room = room->hh.next)
		n += HASH_COUNT(room->topics) + HASH_COUNT(room->groups);
	return n;
}

static size_t list_used(const struct mu_hub *hub, uint32_t *used)
{
	size_t n = 0;

	for (const struct room *room = hub->rooms; room; room = room->hh.next) {
		for (const struct topic *topic = room->topics; topic; topic = topic->hh.next)
			used[n++] = topic->id;
		for (const struct group *group = room->groups; group; group = group->hh.next)
			used[n++] = group->id;
	}
	return n;
}

static int ascending(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool find_gap(struct mu_hub *hub)
{
	AUTO_FREE uint32_t *used = malloc((count_used(hub) + 2) * sizeof(*used));
	size_t n = 0;

	if (!used)
		return false;
	n = list_used(hub, used);
	used[n++] = NUMBERS_ALL.last;
	used[n++] = NUMBERS_ALL.end;
	qsort(used, n, sizeof(*used), ascending);
	hub->numbers = (struct numbers){ 0 };
	for (size_t i = 1; i < n; i++)
		if (used[i] - used[i - 1] > hub->numbers.end - hub->numbers.last)
			hub->numbers = (struct numbers){ .last = used[i - 1], .end = used[i] };
	return hub->numbers.end - hub->numbers.last > 1;
}

uint32_t number_take(struct mu_hub *hub)
{
	if (hub->numbers.end - hub->numbers.last <= 1 && !find_gap(hub))
		return 0;
	return ++hub->numbers.last;
}
