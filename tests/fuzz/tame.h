/* A hub in the fuzzer's own thread: store jobs, password work and mails are done when it is told to settle,
 * its clock moves only when it is moved, and what it draws at random is the same each time. People ask over
 * connections that are no edge's, but keep to what an edge lets through. Everything that is heard is checked.
 *
 * The world: the workspace acme with its owner, Adm (admin), Sue (supervisor), Ann and Bob (agents of the
 * team support), Cat (agent of sales), the platform's key and the conversations c1 and c2. Thread: the
 * fuzzer's. */
#ifndef MUSTER_TESTS_FUZZ_TAME_H
#define MUSTER_TESTS_FUZZ_TAME_H

#include "fuzz.h"
#include "lines.h"

#include "muster/wire/port.h"

struct mu_hub;
struct mu_store;
struct tame;

/* What is random and what time it is begin anew; the first time the world is made, too. */
void tame_begin(void);
/* A memory store with the world in its log. */
struct mu_store *tame_store(void);
/* Call `each` with each row of that log, as TYPE TIME DATA; it may change the text. */
void tame_world(void (*each)(void *arg, char *line), void *arg);
/* A token of the world for who is 'k', 'o' or 'n' in the table of tame.c; NULL: there is none. */
const char *tame_token(char who);
/* A hub on a store, which becomes its own; it is called a or b. */
struct tame *tame_create(struct mu_store *store, const char *node);
void tame_destroy(struct tame *tame);
struct mu_hub *tame_hub(struct tame *tame);
struct mu_queue *tame_queue(struct tame *tame);
/* Add an edge, which is number 1. */
void tame_attach(struct tame *tame, void (*post)(void *, struct mu_down *, struct mu_down *, size_t),
		 void *edge);

/* Until no hub has anything to do; each request that was asked must be answered then, once, unless it may
 * still wait for time to pass. */
void tame_settle(void);
void tame_pass(int64_t ms);
int64_t tame_now_ms(void);

/* What a line may say:
 *
 *   WHO[#KEY] METHOD PARAMS   ask; WHO is a letter of the table in tame.c, KEY makes it idempotent, $0 … $9
 * in PARAMS stand for what answers told lately, $t for the code of an app &…                        the same,
 * but the next line comes before the hub does anything -WHO                      a connection is lost; =WHO:
 * it is closed +MS                       time passes !N, !!N                   the next N appends fail,
 * before or after they are durable
 *
 * False if it says none of these. */
bool tame_line(struct tame *tame, char *line);
/* Append such a line. */
void tame_make(struct draw *draw, struct mu_buf *out);

/* What must hold once nothing is under way: everything was answered and what is in memory is what the log
 * says. A thorough look, which costs more than most inputs: the log's chain is whole, and snapshots say the
 * same. */
void tame_check(struct tame *tame, bool thorough);
/* Whether an input is one of the eighth that is looked at thoroughly. */
static inline bool tame_thorough(const uint8_t *data, size_t size)
{
	unsigned sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += data[i];
	return sum % 8 == 0;
}
/* The state as text; the caller frees it. NULL: the workspace isn't in memory. */
char *tame_text(struct tame *tame);

#endif
