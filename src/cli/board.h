/* Presence as one client knows it: a snapshot, and the differences that follow it without a gap. Private to
 * the cli.
 *
 * Invariant: a difference is applied only to the very version that it was made from, so the board is never a
 * mixture of two truths.
 * Thread: main. */
#ifndef MUSTER_CLI_BOARD_H
#define MUSTER_CLI_BOARD_H

#include "muster/base/hash.h"
#include "muster/model/presence.h"
#include "muster/wire/json.h"

#include <wchar.h>

enum { BOARD_BASES = MU_OFFLINE + 1 };

struct board_person {
	UT_hash_handle hh; /* by user */
	char *user, *name, *status;
	wchar_t *folded; /* name and user in small letters: what is sorted by and searched in */
	char *note;      /* or NULL */
	char *devices;   /* for people: "web, mobile (idle)"; empty: none */
	enum mu_base_status base;
	int64_t since_ms; /* wall; 0: unknown */
};

struct board {
	struct board_person *people;
	char *version; /* NULL: no snapshot yet */
	size_t counts[BOARD_BASES];
};

void board_init(struct board *board);
void board_finish(struct board *board);

/* Take a snapshot {version, users:[PRESENCE]} in place of all that is known.
 * Errors: MU_INVALID_PARAMS, MU_NO_MEMORY; nothing has changed then. */
MU_MUST enum mu_err board_replace(struct board *board, const json_t *snapshot);

/* Apply the data of presence.diff.
 * Errors: MU_CONFLICT (it doesn't follow the version held; nothing has changed), MU_INVALID_PARAMS,
 * MU_NO_MEMORY (the version is forgotten). After any of them a snapshot is needed. */
MU_MUST enum mu_err board_apply(struct board *board, const json_t *diff);

struct board_person *board_find(struct board *board, const char *user);

/* Those whose name or id contains `filter` (letter case doesn't count; empty: all), in the order of a board:
 * available, away, busy, offline, then by name. Letters beyond ASCII need a UTF-8 locale. *ret_people is the
 * caller's to free; the people are borrowed until the board changes.
 * Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err board_list(const struct board *board, const char *filter,
			       const struct board_person ***ret_people, size_t *ret_n);

#endif
