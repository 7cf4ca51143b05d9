/* Inputs that are lines of text, and a mutator for them: it adds, drops, doubles and moves lines, and has the
 * target make new ones; else it changes bytes as libFuzzer does. Records are made by their shapes, so that
 * most of what is made gets past the checks of the codec. Thread: the fuzzer's. */
#ifndef MUSTER_TESTS_FUZZ_LINES_H
#define MUSTER_TESTS_FUZZ_LINES_H

#include "fuzz.h"

#include "muster/base/buf.h"
#include "muster/base/field.h"

struct draw {
	uint64_t state;
};

/* A number from 0 to below - 1 (SplitMix64); 0 if below is. */
uint64_t draw_below(struct draw *draw, uint64_t below);
static inline bool draw_one_in(struct draw *draw, uint64_t n)
{
	return draw_below(draw, n) == 0;
}

/* Append a record as JSON: mostly what the shape asks for, sometimes not. */
void make_record(struct draw *draw, const struct mu_shape *shape, struct mu_buf *out);
/* Append one of the words that fit a name such as "user", as they stand in the world of tame.h. */
void make_word(struct draw *draw, const char *name, struct mu_buf *out);

/* Change `size` of at most `most` bytes. `make` appends a line without its end. */
size_t lines_mutate(uint8_t *data, size_t size, size_t most, unsigned seed,
		    void (*make)(struct draw *draw, struct mu_buf *out));

/* Call `each` with a copy of each line, NUL-terminated, until there were `most`. */
void lines_each(const uint8_t *data, size_t size, size_t most, void (*each)(void *arg, char *line),
		void *arg);

/* The value of a hexadecimal digit, 0 of anything else. */
int lines_hex(char c);
/* Append a text in which \r, \n and \xNN stand for bytes. */
void lines_unescape(const char *text, struct mu_buf *out);

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

#endif
