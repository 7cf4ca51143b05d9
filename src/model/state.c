/* Texts, lists and business hours that the state owns.
 * Thread: hub. */
#include "state.h"

static enum mu_err insert(struct mu_strs *set, size_t at, const char *text)
{
	char **grown = realloc(set->v, (set->n + 1) * sizeof(*grown));
	if (!grown)
		return MU_NO_MEMORY;
	set->v = grown;
	char *copy = strdup(text);
	if (!copy)
		return MU_NO_MEMORY;
	memmove(&grown[at + 1], &grown[at], (set->n - at) * sizeof(*grown));
	grown[at] = copy;
	set->n++;
	return MU_OK;
}

enum mu_err state_strs_add(struct mu_strs *set, const char *text)
{
	size_t low = 0,
	       high = set->n; /* what stands before low comes first, what stands from high on doesn't */

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		if (strcmp(set->v[middle], text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set->n && !strcmp(set->v[low], text) ? MU_OK : insert(set, low, text);
}

enum mu_err state_strs_append(struct mu_strs *list, const char *text)
{
	return mu_strs_has(list, text) ? MU_OK : insert(list, list->n, text);
}

void state_strs_remove(struct mu_strs *set, const char *text)
{
	for (size_t i = 0; i < set->n; i++) {
		if (strcmp(set->v[i], text))
			continue;
		free(set->v[i]);
		memmove(&set->v[i], &set->v[i + 1], (set->n - i - 1) * sizeof(*set->v));
		set->n--;
		return;
	}
}

void state_hours_free(struct mu_hours *hours)
{
	if (!hours)
		return;
	mu_schedule_destroy(hours->schedule);
	mu_arena_finish(&hours->arena);
	free(hours);
}

static enum mu_err spec_copy(struct mu_arena *arena, const struct mu_schedule_spec *from,
			     struct mu_schedule_spec *to)
{
	const struct mu_opening *open = from->open.v;
	struct mu_opening *copy = mu_arena_alloc(arena, (from->open.n + 1) * sizeof(*copy));

	if (!copy)
		return MU_NO_MEMORY;
	for (size_t i = 0; i < from->open.n; i++)
		copy[i] = (struct mu_opening){ .day = open[i].day,
					       .from = mu_arena_strdup(arena, open[i].from),
					       .to = mu_arena_strdup(arena, open[i].to) };
	to->zone = mu_arena_strdup(arena, from->zone);
	to->open = (struct mu_records){ .v = copy, .n = from->open.n };
	return mu_strs_copy(arena, &from->closed, &to->closed);
}

enum mu_err state_hours(struct mu_hours **slot, const struct mu_schedule_spec *spec)
{
	struct mu_hours *hours = NULL;

	if (spec) {
		struct mu_fault fault = { 0 };
		enum mu_err err = MU_NO_MEMORY;
		if (!(hours = calloc(1, sizeof(*hours))))
			return err;
		err = spec_copy(&hours->arena, spec, &hours->spec);
		if (!err)
			err = mu_schedule_create(&hours->spec, &hours->schedule, &fault);
		if (err) {
			state_hours_free(hours);
			return err;
		}
	}
	state_hours_free(*slot);
	*slot = hours;
	return MU_OK;
}
