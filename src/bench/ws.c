/* WebSocket framing of the load generator. One thread; the only state is in the caller's reader and the
 * mask generator, whose quality does not matter on loopback. */
#include "ws.h"
#include "util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t head_size(const uint8_t *head, size_t have)
{
	if (have < 2)
		return 2;
	switch (head[1] & 0x7f) {
	case 126:
		return 4;
	case 127:
		return 10;
	default:
		return 2;
	}
}

static uint64_t big_endian(const uint8_t *bytes, size_t count)
{
	uint64_t value = 0;

	for (size_t i = 0; i < count; i++)
		value = value << 8 | bytes[i];
	return value;
}

static bool open_frame(struct lg_ws_reader *r, const uint8_t *head, size_t size)
{
	bool final = head[0] & 0x80, masked = head[1] & 0x80;

	r->opcode = head[0] & 0x0f;
	if (!final || masked || r->opcode == 0 || (head[0] & 0x70))
		return false;
	r->len = size == 2 ? head[1] & 0x7fu : big_endian(head + 2, size - 2);
	r->left = r->len;
	r->in_payload = true;
	r->head_len = 0;
	return true;
}

/* The header lies whole in the buffer nearly always; a split one is gathered byte by byte. */
static bool read_head(struct lg_ws_reader *r, const char **buf, size_t *len)
{
	const uint8_t *bytes = (const uint8_t *)*buf;
	size_t size = head_size(bytes, *len);

	if (r->head_len == 0 && *len >= size) {
		*buf += size;
		*len -= size;
		return open_frame(r, bytes, size);
	}
	while (*len > 0) {
		r->head[r->head_len++] = (uint8_t) * (*buf)++;
		(*len)--;
		if (r->head_len >= 2 && r->head_len == head_size(r->head, r->head_len))
			return open_frame(r, r->head, r->head_len);
	}
	return true;
}

static void gather(struct lg_ws_reader *r, const char *buf, size_t take)
{
	if (!r->stash)
		r->stash = lg_alloc(r->len, 1);
	memcpy(r->stash + (r->len - r->left), buf, take);
}

bool lg_ws_reader_feed(struct lg_ws_reader *r, const char *buf, size_t len, bool want,
		       void (*on_frame)(void *ctx, const struct lg_ws_frame *frame), void *ctx)
{
	while (len > 0 || (r->in_payload && r->left == 0)) {
		if (!r->in_payload) {
			if (!read_head(r, &buf, &len))
				return false;
			continue;
		}
		size_t take = r->left < len ? (size_t)r->left : len;
		bool whole = take == r->len;
		if (!whole && (want || r->opcode >= LG_WS_CLOSE) && (r->stash || r->left == r->len))
			gather(r, buf, take);
		r->left -= take;
		if (r->left == 0) {
			struct lg_ws_frame frame = { r->opcode, r->len, whole ? buf : r->stash, false };

			r->in_payload = false;
			on_frame(ctx, &frame);
			free(r->stash);
			r->stash = NULL;
		}
		buf += take;
		len -= take;
	}
	return true;
}

void lg_ws_reader_finish(struct lg_ws_reader *r)
{
	free(r->stash);
	*r = (struct lg_ws_reader){ 0 };
}

static uint32_t next_mask(void)
{
	static uint32_t state = 0x9e3779b9u;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static size_t write_head(uint8_t *out, enum lg_ws_opcode opcode, size_t len)
{
	out[0] = (uint8_t)(0x80u | opcode);
	if (len < 126) {
		out[1] = (uint8_t)(0x80u | len);
		return 2;
	}
	size_t width = len <= UINT16_MAX ? 2 : 8;
	out[1] = (uint8_t)(0x80u | (width == 2 ? 126u : 127u));
	for (size_t i = 0; i < width; i++)
		out[2 + i] = (uint8_t)((uint64_t)len >> 8 * (width - 1 - i));
	return 2 + width;
}

size_t lg_ws_write_frame(char *out, enum lg_ws_opcode opcode, const char *payload, size_t len)
{
	uint32_t mask = next_mask();
	uint8_t key[4];
	size_t at = write_head((uint8_t *)out, opcode, len);

	memcpy(key, &mask, sizeof(key));
	memcpy(out + at, key, sizeof(key));
	at += sizeof(key);
	for (size_t i = 0; i < len; i++)
		out[at + i] = (char)((uint8_t)payload[i] ^ key[i & 3]);
	return at + len;
}

size_t lg_ws_write_upgrade(char *out, size_t cap, const char *path, const char *protocol)
{
	int size = snprintf(
		out, cap,
		"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: bXVzdGVyLWxvYWRnZW4hIQ==\r\n%s%s%s\r\n",
		path, protocol ? "Sec-WebSocket-Protocol: " : "", protocol ? protocol : "",
		protocol ? "\r\n" : "");

	return size > 0 && (size_t)size < cap ? (size_t)size : 0;
}
