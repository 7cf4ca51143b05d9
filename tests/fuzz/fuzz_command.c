/* Commands of everybody to a hub with a workspace in memory, while time passes, connections end and the store
 * fails: each is answered once, whatever is told is JSON, and in the end the state is what the log says. An
 * input is lines of tame.h. */
#include "tame.h"

#define LINES_MOST 32

static void take(void *arg, char *line)
{
	tame_line(arg, line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tame *tame;

	tame_begin();
	tame = tame_create(tame_store(), "a");
	lines_each(data, size, LINES_MOST, take, tame);
	tame_check(tame, tame_thorough(data, size));
	tame_destroy(tame);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	return lines_mutate(data, size, most, seed, tame_make);
}
