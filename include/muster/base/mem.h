/* Memory with one owner: cleanup attributes for locals, and an arena for everything that lives exactly as
 * long as one command, one batch or one decoded record.
 * Thread: an arena belongs to one thread at a time and may be handed over in a message. */
#ifndef MUSTER_BASE_MEM_H
#define MUSTER_BASE_MEM_H

#include "muster/base/err.h"

#include <stddef.h>
#include <stdlib.h>

static inline void mu_auto_free(void *p)
{
	free(*(void **)p);
}
#define AUTO_FREE __attribute__((cleanup(mu_auto_free)))

#define MU_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MU_CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

struct mu_arena_block;

struct mu_arena {
	struct mu_arena_block *blocks; /* newest first */
	size_t used_bytes;             /* in the newest block */
	size_t total_bytes;            /* handed out in all */
};

/* An empty arena is all zeroes; nothing is allocated before the first use. */
void mu_arena_init(struct mu_arena *arena);

/* Free everything that came from the arena; it is empty and usable afterwards. */
void mu_arena_finish(struct mu_arena *arena);

/* Zeroed memory, aligned for any type, valid until finish. NULL when memory is out. */
void *mu_arena_alloc(struct mu_arena *arena, size_t bytes);

/* Copies with a terminating NUL. NULL when memory is out; mu_arena_strdup(NULL) gives NULL. */
char *mu_arena_strdup(struct mu_arena *arena, const char *text);
char *mu_arena_strndup(struct mu_arena *arena, const char *text, size_t bytes);
__attribute__((format(printf, 2, 3))) char *mu_arena_printf(struct mu_arena *arena, const char *format, ...);

/* Copies of n texts in one piece of heap that the first of them heads: freeing it frees all. texts[0] is not
 * NULL; another NULL gives NULL. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err mu_texts_copy(const char *const *texts, size_t n, char **ret_copies);

/* A set of strings. Order is kept; the strings belong to whoever owns the array (arena or heap). */
struct mu_strs {
	char **v;
	size_t n;
	size_t room; /* places in v, those after n being NULL, if mu_strs_add made it; else 0 */
};

/* Whether `text` is in the set. */
bool mu_strs_has(const struct mu_strs *set, const char *text);

/* Copy the set into an arena, or append a copy of one string (constant on average; always give the same
 * arena).
 * Errors: MU_NO_MEMORY; the target is then unchanged. */
MU_MUST enum mu_err mu_strs_copy(struct mu_arena *arena, const struct mu_strs *from, struct mu_strs *ret_to);
MU_MUST enum mu_err mu_strs_add(struct mu_arena *arena, struct mu_strs *set, const char *text);

/* Heap versions for long-lived owners: every string and the array are the set's own. */
MU_MUST enum mu_err mu_strs_clone(const struct mu_strs *from, struct mu_strs *ret_to);
void mu_strs_clear(struct mu_strs *set);

#define AUTO_ARENA __attribute__((cleanup(mu_arena_finish)))

#endif
