/* WebSocket frames as the server sends them: final, unmasked, with the shortest length form (RFC 6455 §5.2).
 * Thread: any; a frame belongs to its maker until it is shared. */
#include "muster/wire/rpc.h"

#include <string.h>

#define FINAL 0x80
#define OPCODE_TEXT 0x1
#define OPCODE_CLOSE 0x8
#define OPCODE_PING 0x9
#define CONTROL_MAX 125 /* payload bytes of a control frame (§5.5) */

static struct mu_frame *frame_create(unsigned opcode, const char *payload, size_t bytes)
{
	unsigned char header[10] = { (unsigned char)(FINAL | opcode) };
	size_t extra = bytes <= 125 ? 0 : bytes <= UINT16_MAX ? 2 : 8;
	struct mu_frame *frame;

	header[1] = extra == 0 ? (unsigned char)bytes : extra == 2 ? 126 : 127;
	for (size_t i = 0; i < extra; i++)
		header[2 + i] = (unsigned char)(bytes >> 8 * (extra - 1 - i));
	if (bytes > SIZE_MAX - sizeof(header))
		return NULL;
	frame = mu_frame_create(2 + extra + bytes);
	if (!frame)
		return NULL;
	memcpy(frame->data, header, 2 + extra);
	if (bytes > 0)
		memcpy(frame->data + 2 + extra, payload, bytes);
	frame->payload = (uint16_t)(2 + extra);
	return frame;
}

struct mu_frame *mu_ws_text(const char *payload, size_t bytes)
{
	return frame_create(OPCODE_TEXT, payload, bytes);
}

struct mu_frame *mu_ws_ping(const char *payload, size_t bytes)
{
	return frame_create(OPCODE_PING, payload, bytes <= CONTROL_MAX ? bytes : CONTROL_MAX);
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
	return frame_create(OPCODE_CLOSE, out.data, out.n <= CONTROL_MAX ? out.n : 2);
}
