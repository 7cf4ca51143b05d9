/* What the files of tame.h share.
 * Thread: the fuzzer's. */
#ifndef MUSTER_TESTS_FUZZ_TAME_INNER_H
#define MUSTER_TESTS_FUZZ_TAME_INNER_H

#include "still.h"
#include "tame.h"

#include "muster/auth/token.h"
#include "muster/store/store.h"
#include "muster/wire/json.h"

#define PEOPLE 22
#define ASKED_MOST 128

/* A connection of somebody. */
struct slot {
	uint32_t generation;
	bool asked, open; /* a session: for it, and it is */
};

struct tame {
	struct mu_hub *hub;
	struct mu_store *store; /* the hub's */
	struct mu_keyring *keyring;
	struct slot slots[PEOPLE];
	bool waits[ASKED_MOST]; /* for an answer, by tag */
	uint32_t n_asked;
};

/* ---- tame.c ---- */
struct mu_store *tame_memory(void); /* that of this run, which hubs may share */

/* ---- tame_ask.c ---- */
/* Keep what a JSON text tells that may be of use in a question; it must be one. */
void ask_told_json(const char *text, size_t n);
void ask_told(const char *text, size_t n);
const char *ask_told_last(void); /* NULL: nothing */
void ask_forget(void);
void ask_say_closed(struct tame *tame, size_t slot, bool clean);

/* ---- tame_check.c ---- */
struct rows {
	struct mu_arena arena;
	struct mu_row *v;
	size_t n, cap;
};
void rows_read(struct mu_store *store, struct rows *ret_rows);
void rows_free(struct rows *rows);

#endif
