/* Reading JSON whole or not at all. When memory runs out, jansson would go on with a text that lacks
 * characters, and may end the program over it. So it never hears of that: what was made so far is freed, and
 * the reading is left at once. Invariant: while a thread reads, `reading` has every block that jansson holds
 * for it. Thread: any. */
#include "muster/auth/json_read.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS_FIRST 128

struct reading {
	jmp_buf leave;
	void **blocks; /* `first`, or larger and on the heap */
	size_t n, cap;
	void *first[BLOCKS_FIRST];
};

static _Thread_local struct reading *reading;

static bool make_room(struct reading *mine)
{
	void **larger;

	if (mine->n < mine->cap)
		return true;
	larger = malloc(2 * mine->cap * sizeof(void *));
	if (!larger)
		return false;
	memcpy(larger, mine->blocks, mine->n * sizeof(void *));
	if (mine->blocks != mine->first)
		free(mine->blocks);
	mine->blocks = larger;
	mine->cap *= 2;
	return true;
}

static void *make_block(size_t bytes)
{
	void *block;

	if (!reading)
		return malloc(bytes);
	block = make_room(reading) ? malloc(bytes) : NULL;
	if (!block)
		longjmp(reading->leave, 1);
	reading->blocks[reading->n++] = block;
	return block;
}

/* What is freed while reading was made lately, most of the time. */
static void free_block(void *block)
{
	for (size_t i = reading && block ? reading->n : 0; i-- > 0;) {
		if (reading->blocks[i] == block) {
			reading->blocks[i] = reading->blocks[--reading->n];
			break;
		}
	}
	free(block);
}

void mu_json_read_start(void)
{
	json_set_alloc_funcs(make_block, free_block);
}

static enum mu_err read_into(struct reading *mine, const char *text, size_t bytes, json_t **ret_json,
			     json_error_t *ret_error)
{
	json_t *json;

	if (setjmp(mine->leave)) {
		while (mine->n)
			free(mine->blocks[--mine->n]);
		return MU_NO_MEMORY;
	}
	json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, ret_error);
	if (!json)
		return MU_PARSE_ERROR;
	*ret_json = json;
	return MU_OK;
}

enum mu_err mu_json_read(const char *text, size_t bytes, json_t **ret_json, json_error_t *ret_error)
{
	struct reading mine;
	enum mu_err err;

	mine.blocks = mine.first;
	mine.n = 0;
	mine.cap = BLOCKS_FIRST;
	reading = &mine;
	err = read_into(&mine, text, bytes, ret_json, ret_error);
	reading = NULL;
	if (mine.blocks != mine.first)
		free(mine.blocks);
	return err;
}
