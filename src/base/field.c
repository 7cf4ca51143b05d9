/* Records as their shapes describe them.
 * Thread: any. */
#include "muster/base/field.h"

#include <string.h>

static enum mu_err copy_text(struct mu_arena *arena, char **at)
{
	if (!*at)
		return MU_OK;
	*at = mu_arena_strdup(arena, *at);
	return *at ? MU_OK : MU_NO_MEMORY;
}

static enum mu_err copy_record(const struct mu_shape *shape, struct mu_arena *arena, void **at)
{
	void *copy = *at ? mu_arena_alloc(arena, shape->size) : NULL;
	enum mu_err err = !*at ? MU_OK : copy ? mu_record_copy(shape, arena, *at, copy) : MU_NO_MEMORY;

	*at = copy;
	return err;
}

static enum mu_err copy_records(const struct mu_shape *shape, struct mu_arena *arena,
				struct mu_records *records)
{
	const char *from = records->v;
	char *copy = mu_arena_alloc(arena, records->n * shape->size + 1);
	enum mu_err err = copy ? MU_OK : MU_NO_MEMORY;

	for (size_t i = 0; !err && i < records->n; i++)
		err = mu_record_copy(shape, arena, from + i * shape->size, copy + i * shape->size);
	records->v = copy;
	return err;
}

/* The field holds what it has in the original, which is to be replaced by a copy. */
static enum mu_err copy_field(const struct mu_field *field, struct mu_arena *arena, void *at)
{
	switch (field->kind) {
	case MU_STRING:
	case MU_ID:
	case MU_JSON:
		return copy_text(arena, at);
	case MU_STRINGS:
		return mu_strs_copy(arena, at, at);
	case MU_RECORD:
		return copy_record(field->shape, arena, at);
	case MU_RECORDS:
		return copy_records(field->shape, arena, at);
	case MU_INT:
	case MU_BOOL:
	case MU_TIME:
	case MU_ENUM:
		break;
	}
	return MU_OK;
}

enum mu_err mu_record_copy(const struct mu_shape *shape, struct mu_arena *arena, const void *from, void *to)
{
	enum mu_err err = MU_OK;

	memcpy(to, from, shape->size);
	for (size_t i = 0; !err && i < shape->n; i++)
		err = copy_field(&shape->fields[i], arena, (char *)to + shape->fields[i].offset);
	return err;
}
