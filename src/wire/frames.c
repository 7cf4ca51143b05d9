/* WebSocket frames as the server sends them: final, unmasked, with the shortest length form (RFC 6455 §5.2).
 * Thread: any; a frame belongs to its maker until it is shared. */
#include "muster/wire/rpc.h"

#include <string.h>

#define FINAL 0x80
#define OPCODE_TEXT 0x1
#define OPCODE_CLOSE 0x8
#define OPCODE_PING 0x9
#define HEADER_MAX 10
#define CONTROL_MAX 125 /* payload bytes of a control frame (§5.5) */

static size_t header_write(unsigned opcode, size_t bytes, unsigned char header[static HEADER_MAX])
{
	size_t extra = bytes <= 125 ? 0 : bytes <= UINT16_MAX ? 2 : 8;

	header[0] = (unsigned char)(FINAL | opcode);
	header[1] = extra == 0 ? (unsigned char)bytes : extra == 2 ? 126 : 127;
	for (size_t i = 0; i < extra; i++)
		header[2 + i] = (unsigned char)(bytes >> 8 * (extra - 1 - i));
	return 2 + extra;
}

static struct mu_frame *frame_create(unsigned opcode, const struct mu_part *parts, size_t n)
{
	unsigned char header[HEADER_MAX];
	size_t bytes = 0, at;
	struct mu_frame *frame;

	for (size_t i = 0; i < n; i++) {
		if (parts[i].n > SIZE_MAX - HEADER_MAX - bytes)
			return NULL;
		bytes += parts[i].n;
	}
	at = header_write(opcode, bytes, header);
	frame = mu_frame_create(at + bytes);
	if (!frame)
		return NULL;
	frame->payload = (uint16_t)at;
	memcpy(frame->data, header, at);
	for (size_t i = 0; i < n; at += parts[i++].n)
		if (parts[i].n)
			memcpy(frame->data + at, parts[i].bytes, parts[i].n);
	return frame;
}

struct mu_frame *mu_ws_text_of(const struct mu_part *parts, size_t n)
{
	return frame_create(OPCODE_TEXT, parts, n);
}

struct mu_frame *mu_ws_text(const char *payload, size_t bytes)
{
	return frame_create(OPCODE_TEXT, &(struct mu_part){ payload, bytes }, 1);
}

struct mu_frame *mu_ws_ping(const char *payload, size_t bytes)
{
	return frame_create(OPCODE_PING,
			    &(struct mu_part){ payload, bytes <= CONTROL_MAX ? bytes : CONTROL_MAX }, 1);
}

struct mu_frame *mu_ws_close(int code, const char *kind, int64_t retry_after_ms)
{
	AUTO_BUF struct mu_buf out;

	mu_buf_init(&out);
	mu_buf_char(&out, (char)(unsigned char)(code >> 8));
	mu_buf_char(&out, (char)(unsigned char)code);
	mu_buf_str(&out, "{\"kind\":");
	mu_json_string(&out, kind);
	if (retry_after_ms >= 0) {
		mu_json_name(&out, "retry_after_ms");
		mu_buf_i64(&out, retry_after_ms);
	}
	mu_buf_char(&out, '}');
	if (mu_buf_error(&out))
		return NULL;
	/* Half a reason would be no JSON: one that doesn't fit is left out. */
	return frame_create(OPCODE_CLOSE, &(struct mu_part){ out.data, out.n <= CONTROL_MAX ? out.n : 2 }, 1);
}
