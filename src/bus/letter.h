/* What is inside a sealed message of the bus, from the envelope's point of view:
 *
 *   kind (1) · length of the name (1) · name of the sender · its epoch (8) · counter (8) · body
 *
 * Numbers are little endian. The counter grows with each message of a sender, so that a reader can tell one
 * that it had before. The body of a word is its text, that of a sign of life the servers which its sender
 * reaches (8: a bit each), that of a notice whom it is about: an epoch (8) and a name.
 * Thread: any. */
#ifndef MUSTER_BUS_LETTER_H
#define MUSTER_BUS_LETTER_H

#include "muster/base/buf.h"
#include "muster/base/seal.h"

#define NODE_MAX 64 /* bytes of a node's name: what mu_id_valid allows */

enum letter_kind {
	LETTER_WORD = 1, /* about a workspace */
	LETTER_BEAT,     /* a sign of life that marks time too */
	LETTER_HELLO,    /* a sign of life of one who wants to know who else is there */
	LETTER_SIGN,     /* a sign of life out of turn */
	LETTER_BYE,      /* a sign of life that is the last */
	LETTER_NOTICE,   /* a node was given up */
	LETTER_KINDS,
};

struct letter {
	enum letter_kind kind;
	char node[NODE_MAX + 1];
	int64_t epoch;
	uint64_t counter;
	const char *text; /* of a word: borrowed; NUL-terminated when it was opened */
	size_t bytes;
	uint64_t servers; /* of a sign of life */
	struct {
		char node[NODE_MAX + 1];
		int64_t epoch;
	} about; /* of a notice */
};

/* Seal it for a channel, in place of what `out` holds. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err letter_seal(const uint8_t key[static MU_SEAL_KEY_BYTES], const char *channel,
				const struct letter *letter, struct mu_buf *out);

/* Open n bytes that came on a channel. The letter's text lives in `opened` until that changes.
 * Errors: MU_FORBIDDEN (not sealed with our key for this channel, or not a letter), MU_NO_MEMORY. */
MU_MUST enum mu_err letter_open(const uint8_t key[static MU_SEAL_KEY_BYTES], const char *channel,
				const void *sealed, size_t n, struct mu_buf *opened, struct letter *ret);

/* Read what was inside a seal; `text` has a NUL after its n bytes. False if it is no letter. */
bool letter_read(const char *text, size_t n, struct letter *ret);
/* Append what goes inside. */
void letter_write(const struct letter *letter, struct mu_buf *out);

#endif
