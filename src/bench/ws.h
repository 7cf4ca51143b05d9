/* RFC 6455 from the client's side, as little as a load generator needs: the upgrade request, masked frames
 * out, and an incremental reader that skips payloads without touching them.
 *
 * The reader never copies a payload that lies whole in the receive buffer. One that is split is gathered
 * only if the caller wants to see it or if it is a control frame; else its bytes are just counted off. */
#ifndef MUSTER_BENCH_WS_H
#define MUSTER_BENCH_WS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lg_ws_opcode {
	LG_WS_TEXT = 1,
	LG_WS_BINARY = 2,
	LG_WS_CLOSE = 8,
	LG_WS_PING = 9,
	LG_WS_PONG = 10,
};

enum { LG_WS_HEAD_MAX = 14 };

struct lg_ws_frame {
	uint8_t opcode;
	uint64_t len;
	const char *data; /* NULL when the payload was split and nobody wanted it */
	bool continued;   /* a line of a frame, not its first; see lg_target.joins_lines */
};

struct lg_ws_reader {
	uint8_t head[LG_WS_HEAD_MAX];
	uint8_t head_len;
	bool in_payload;
	uint8_t opcode;
	uint64_t len;
	uint64_t left;
	char *stash;
};

/* Takes `len` bytes and calls `on_frame` for each frame that they complete. `want`: gather split payloads.
 * The frame and its data are the callee's only until it returns.
 * False: the server broke the protocol, or sent what no server here sends (fragments, masked frames). */
bool lg_ws_reader_feed(struct lg_ws_reader *r, const char *buf, size_t len, bool want,
		       void (*on_frame)(void *ctx, const struct lg_ws_frame *frame), void *ctx);

/* Frees what a half-read frame holds; the reader is as new afterwards. */
void lg_ws_reader_finish(struct lg_ws_reader *r);

/* Writes one final, masked frame to `out`, which has room for `len` + LG_WS_HEAD_MAX bytes; its size. */
size_t lg_ws_write_frame(char *out, enum lg_ws_opcode opcode, const char *payload, size_t len);

/* Writes the upgrade request to `out`; its size, or 0 if `cap` is too small. `protocol` may be NULL. */
size_t lg_ws_write_upgrade(char *out, size_t cap, const char *path, const char *protocol);

#endif
