/* The arena and sets of strings.
 * Invariant: blocks[0] is the block that is being filled; `used_bytes` counts its bytes and is a multiple of
 * the strictest alignment. Blocks come zeroed and no byte is handed out twice.
 * Thread: an arena or a set belongs to one thread at a time. */
#include "muster/base/mem.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FIRST_BLOCK_BYTES ((size_t)2048)
#define LARGEST_BLOCK_BYTES ((size_t)65536)

struct mu_arena_block {
	struct mu_arena_block *next;
	size_t size;
	alignas(max_align_t) unsigned char bytes[];
};

void mu_arena_init(struct mu_arena *arena)
{
	*arena = (struct mu_arena){ 0 };
}

void mu_arena_finish(struct mu_arena *arena)
{
	while (arena->blocks) {
		struct mu_arena_block *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
	mu_arena_init(arena);
}

static struct mu_arena_block *block_create(size_t size)
{
	struct mu_arena_block *block;

	if (size > SIZE_MAX - sizeof(*block))
		return NULL;
	block = calloc(1, sizeof(*block) + size);
	if (block)
		block->size = size;
	return block;
}

/* Something too big for an ordinary block gets one of its own, behind the one that is being filled. */
static void *alloc_alone(struct mu_arena *arena, size_t bytes)
{
	struct mu_arena_block *block = block_create(bytes);

	if (!block)
		return NULL;
	if (arena->blocks) {
		block->next = arena->blocks->next;
		arena->blocks->next = block;
	} else {
		arena->blocks = block;
		arena->used_bytes = bytes;
	}
	arena->total_bytes += bytes;
	return block->bytes;
}

/* Each block is twice as big as the one before, so that few are needed, up to a size that wastes little. */
static bool add_block(struct mu_arena *arena)
{
	size_t size = arena->blocks ? arena->blocks->size * 2 : FIRST_BLOCK_BYTES;
	struct mu_arena_block *block = block_create(size < LARGEST_BLOCK_BYTES ? size : LARGEST_BLOCK_BYTES);

	if (!block)
		return false;
	block->next = arena->blocks;
	arena->blocks = block;
	arena->used_bytes = 0;
	return true;
}

void *mu_arena_alloc(struct mu_arena *arena, size_t bytes)
{
	const size_t align = alignof(max_align_t);

	if (bytes > SIZE_MAX - align)
		return NULL;
	bytes = bytes ? (bytes + align - 1) / align * align : align;
	if (bytes > FIRST_BLOCK_BYTES / 2)
		return alloc_alone(arena, bytes);
	if (!arena->blocks || bytes > arena->blocks->size - arena->used_bytes) {
		if (!add_block(arena))
			return NULL;
	}

	void *p = arena->blocks->bytes + arena->used_bytes;
	arena->used_bytes += bytes;
	arena->total_bytes += bytes;
	return p;
}

char *mu_arena_strndup(struct mu_arena *arena, const char *text, size_t bytes)
{
	char *copy;

	if (bytes == SIZE_MAX)
		return NULL;
	copy = mu_arena_alloc(arena, bytes + 1);
	if (copy && bytes)
		memcpy(copy, text, bytes);
	return copy;
}

char *mu_arena_strdup(struct mu_arena *arena, const char *text)
{
	return text ? mu_arena_strndup(arena, text, strlen(text)) : NULL;
}

/* Nearly every text is short: only a long one is made twice. */
char *mu_arena_printf(struct mu_arena *arena, const char *format, ...)
{
	char near[256], *text = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(near, sizeof(near), format, args);
	va_end(args);
	if (n >= 0 && (size_t)n < sizeof(near))
		return mu_arena_strndup(arena, near, (size_t)n);
	if (n >= 0)
		text = mu_arena_alloc(arena, (size_t)n + 1);
	if (!text)
		return NULL;

	va_start(args, format);
	vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	return text;
}

enum mu_err mu_texts_copy(const char *const *texts, size_t n, char **ret_copies)
{
	size_t bytes = 0;
	char *at;

	for (size_t i = 0; i < n; i++)
		bytes += texts[i] ? strlen(texts[i]) + 1 : 0;
	at = malloc(bytes);
	if (!at)
		return MU_NO_MEMORY;
	for (size_t i = 0; i < n; i++) {
		ret_copies[i] = texts[i] ? at : NULL;
		if (texts[i])
			at = stpcpy(at, texts[i]) + 1;
	}
	return MU_OK;
}

bool mu_strs_has(const struct mu_strs *set, const char *text)
{
	for (size_t i = 0; i < set->n; i++) {
		if (strcmp(set->v[i], text) == 0)
			return true;
	}
	return false;
}

enum mu_err mu_strs_copy(struct mu_arena *arena, const struct mu_strs *from, struct mu_strs *ret_to)
{
	char **v = NULL;

	if (from->n) {
		v = mu_arena_alloc(arena, from->n * sizeof(*v));
		if (!v)
			return MU_NO_MEMORY;
	}
	for (size_t i = 0; i < from->n; i++) {
		v[i] = mu_arena_strdup(arena, from->v[i]);
		if (!v[i])
			return MU_NO_MEMORY;
	}
	*ret_to = (struct mu_strs){ .v = v, .n = from->n };
	return MU_OK;
}

/* Whether the place after the last is free. A copy of the struct shares the array and may have taken it. */
static bool has_room(const struct mu_strs *set)
{
	return set->n < set->room && !set->v[set->n];
}

/* Move into an array of twice the size; the old one stays in the arena. */
static enum mu_err make_room(struct mu_arena *arena, struct mu_strs *set)
{
	size_t room = set->n ? set->n * 2 : 4;
	char **v = mu_arena_alloc(arena, room * sizeof(*v));

	if (!v)
		return MU_NO_MEMORY;
	if (set->n)
		memcpy(v, set->v, set->n * sizeof(*v));
	set->v = v;
	set->room = room;
	return MU_OK;
}

enum mu_err mu_strs_add(struct mu_arena *arena, struct mu_strs *set, const char *text)
{
	char *copy = mu_arena_strdup(arena, text);

	if (!copy || (!has_room(set) && make_room(arena, set) != MU_OK))
		return MU_NO_MEMORY;
	set->v[set->n++] = copy;
	return MU_OK;
}

enum mu_err mu_strs_clone(const struct mu_strs *from, struct mu_strs *ret_to)
{
	struct mu_strs to = { 0 };

	if (from->n) {
		to.v = calloc(from->n, sizeof(*to.v));
		if (!to.v)
			return MU_NO_MEMORY;
	}
	for (; to.n < from->n; to.n++) {
		to.v[to.n] = strdup(from->v[to.n]);
		if (!to.v[to.n]) {
			mu_strs_clear(&to);
			return MU_NO_MEMORY;
		}
	}
	*ret_to = to;
	return MU_OK;
}

void mu_strs_clear(struct mu_strs *set)
{
	for (size_t i = 0; i < set->n; i++)
		free(set->v[i]);
	free(set->v);
	*set = (struct mu_strs){ 0 };
}
