/* Redis' protocol (RESP2) by hiredis' reader and writer, and nothing else of that library. What a server
 * sends is bounded: lists of at most three parts, not nested, and no more bytes than a message may have.
 * Thread: one owner. */
#ifndef MUSTER_BUS_REDIS_CODEC_H
#define MUSTER_BUS_REDIS_CODEC_H

#include "muster/base/buf.h"

#define REDIS_PARTS_MAX 3

enum redis_kind { REDIS_STATUS, REDIS_ERROR, REDIS_NUMBER, REDIS_TEXT, REDIS_NIL, REDIS_LIST };

/* What a server said; texts are borrowed until the codec is asked for the next. A list has n parts, of which
 * a number's text is empty; a status, an error and a text have one. */
struct redis_reply {
	enum redis_kind kind;
	size_t n;
	struct {
		const char *text; /* NUL-terminated */
		size_t bytes;
	} part[REDIS_PARTS_MAX];
};

struct redis_codec {
	struct redisReader *reader;
	struct mu_buf texts;
	struct redis_reply reply;   /* being put together: texts as offsets in `at` */
	size_t at[REDIS_PARTS_MAX]; /* 0: no text */
};

/* The codec must not move. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err redis_codec_init(struct redis_codec *codec);
void redis_codec_finish(struct redis_codec *codec); /* also one that is all zeroes */

/* Take what came in. Errors: MU_PARSE_ERROR (not the protocol, or past its bounds), MU_NO_MEMORY. */
MU_MUST enum mu_err redis_codec_feed(struct redis_codec *codec, const char *bytes, size_t n);
/* The next reply. Errors: MU_NOT_FOUND (none is complete), MU_PARSE_ERROR. */
MU_MUST enum mu_err redis_codec_next(struct redis_codec *codec, struct redis_reply *ret);

/* Append a command. Errors: MU_NO_MEMORY; nothing is appended then. */
MU_MUST enum mu_err redis_codec_command(struct mu_buf *out, size_t n, const char **words,
					const size_t *bytes);

#endif
