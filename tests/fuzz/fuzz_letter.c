/* What is inside a sealed message between nodes. Whatever is read has names that are names, and reads the
 * same when it is written again. */
#include "fuzz.h"

#include "bus/letter.h"

#include "muster/base/hash.h"

#include <string.h>

static void check_same(const struct letter *a, const struct letter *b)
{
	HOLDS(a->kind == b->kind && a->epoch == b->epoch && a->counter == b->counter);
	HOLDS(a->servers == b->servers && a->about.epoch == b->about.epoch && a->bytes == b->bytes);
	HOLDS(strcmp(a->node, b->node) == 0 && strcmp(a->about.node, b->about.node) == 0);
	HOLDS(!a->bytes || memcmp(a->text, b->text, a->bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF struct mu_buf text = { 0 }, again = { 0 };
	struct letter letter, same;

	mu_buf_add(&text, data, size);
	HOLDS(mu_buf_error(&text) == MU_OK);
	if (!letter_read(mu_buf_text(&text), text.n, &letter))
		return 0;
	HOLDS(mu_id_valid(letter.node));
	HOLDS(letter.kind != LETTER_NOTICE || mu_id_valid(letter.about.node));
	HOLDS(letter.kind != LETTER_WORD || letter.text[letter.bytes] == '\0');
	letter_write(&letter, &again);
	HOLDS(mu_buf_error(&again) == MU_OK);
	HOLDS(letter_read(mu_buf_text(&again), again.n, &same));
	check_same(&letter, &same);
	return 0;
}
