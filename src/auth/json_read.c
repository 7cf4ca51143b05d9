/* Reading JSON whole or not at all. When memory runs out, jansson would go on with a text that lacks
 * characters, and may end the program over it. So it never hears of that: what was made so far is freed, and
 * the reading is left at once.
 *
 * Invariant: while a thread reads, `blocks` has every block that jansson holds for it, and those that it has
 * given back but that weren't found there at once: they are `dropped`, too, and freed in the end. So giving
 * back costs the same whatever was read, and nobody can make it slow with a text that breaks off.
 * Thread: any. */
#include "muster/auth/json_read.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS_FIRST 128
/* Most of what is given back while reading was made lately. */
#define LATELY 16

struct blocks {
	void **v; /* `first`, or larger and on the heap */
	size_t n, cap;
	void *first[BLOCKS_FIRST];
};

struct reading {
	jmp_buf leave;
	struct blocks blocks, dropped;
};

static _Thread_local struct reading *reading;

static void init_blocks(struct blocks *blocks)
{
	blocks->v = blocks->first;
	blocks->n = 0;
	blocks->cap = BLOCKS_FIRST;
}

static void finish_blocks(struct blocks *blocks)
{
	if (blocks->v != blocks->first)
		free(blocks->v);
}

static bool make_room(struct blocks *blocks)
{
	void **larger;

	if (blocks->n < blocks->cap)
		return true;
	larger = malloc(2 * blocks->cap * sizeof(void *));
	if (!larger)
		return false;
	memcpy(larger, blocks->v, blocks->n * sizeof(void *));
	finish_blocks(blocks);
	blocks->v = larger;
	blocks->cap *= 2;
	return true;
}

static void free_all(const struct blocks *blocks)
{
	for (size_t i = 0; i < blocks->n; i++)
		free(blocks->v[i]);
}

static void *make_block(size_t bytes)
{
	void *block;

	if (!reading)
		return malloc(bytes);
	block = make_room(&reading->blocks) ? malloc(bytes) : NULL;
	if (!block)
		longjmp(reading->leave, 1);
	reading->blocks.v[reading->blocks.n++] = block;
	return block;
}

static void give_back(struct reading *mine, void *block)
{
	struct blocks *blocks = &mine->blocks;
	const size_t last = blocks->n > LATELY ? blocks->n - LATELY : 0;

	for (size_t i = blocks->n; i-- > last;) {
		if (blocks->v[i] == block) {
			blocks->v[i] = blocks->v[--blocks->n];
			free(block);
			return;
		}
	}
	if (!make_room(&mine->dropped))
		longjmp(mine->leave, 1);
	mine->dropped.v[mine->dropped.n++] = block;
}

static void free_block(void *block)
{
	if (!reading || !block)
		free(block);
	else
		give_back(reading, block);
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
		free_all(&mine->blocks);
		return MU_NO_MEMORY;
	}
	json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, ret_error);
	free_all(json ? &mine->dropped : &mine->blocks);
	if (!json)
		return MU_PARSE_ERROR;
	*ret_json = json;
	return MU_OK;
}

enum mu_err mu_json_read(const char *text, size_t bytes, json_t **ret_json, json_error_t *ret_error)
{
	struct reading mine;
	enum mu_err err;

	init_blocks(&mine.blocks);
	init_blocks(&mine.dropped);
	reading = &mine;
	err = read_into(&mine, text, bytes, ret_json, ret_error);
	reading = NULL;
	finish_blocks(&mine.blocks);
	finish_blocks(&mine.dropped);
	return err;
}
