/* Reading WebSocket frames.
 * Invariant: `message` never grows over max_bytes and `control` never over 125 bytes; a message that arrived
 * whole in one read is not copied.
 * Thread: one owner. */
#include "incoming.h"

#include <stdlib.h>
#include <string.h>

enum opcode { OP_CONTINUATION = 0, OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };

#define CODE_PROTOCOL 1002
#define CODE_UNSUPPORTED 1003
#define CODE_NONE 1005
#define CODE_BAD_UTF8 1007
#define CODE_TOO_BIG 1009

void mu_incoming_init(struct mu_incoming *incoming)
{
	memset(incoming, 0, sizeof(*incoming));
	mu_buf_init(&incoming->message);
}

static void drop_control(struct mu_incoming *in)
{
	if (!in->control)
		return;
	mu_buf_finish(in->control);
	free(in->control);
	in->control = NULL;
}

void mu_incoming_finish(struct mu_incoming *incoming)
{
	mu_buf_finish(&incoming->message);
	drop_control(incoming);
}

static bool is_control(const struct mu_incoming *in)
{
	return in->header[0] & 8;
}

static bool is_final(const struct mu_incoming *in)
{
	return in->header[0] & 0x80;
}

static int opcode(const struct mu_incoming *in)
{
	return in->header[0] & 0x0f;
}

/* Bytes of the header, as far as it is known after two of them. */
static size_t header_bytes(const struct mu_incoming *in)
{
	unsigned length = in->header_n < 2 ? 0 : in->header[1] & 0x7f;

	return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + 4;
}

static const uint8_t *mask_of(const struct mu_incoming *in)
{
	return in->header + in->header_n - 4;
}

/* The announced length; false if it is not in its shortest form, or over 63 bits (§5.2). */
static bool read_length(const struct mu_incoming *in, uint64_t *ret_n)
{
	unsigned length = in->header[1] & 0x7f;
	unsigned wide = length == 126 ? 2 : length == 127 ? 8 : 0;
	uint64_t n = wide ? 0 : length;

	for (unsigned i = 0; i < wide; i++)
		n = n << 8 | in->header[2 + i];
	*ret_n = n;
	return !wide || (wide == 2 ? n > 125 : n > UINT16_MAX && n <= INT64_MAX);
}

/* What the first two bytes forbid; 0 if nothing. */
static int check_start(const struct mu_incoming *in)
{
	if (in->header[0] & 0x70 || !(in->header[1] & 0x80))
		return CODE_PROTOCOL; /* §5.2: no extension was agreed on; §5.1: clients must mask */
	switch (opcode(in)) {
	case OP_CONTINUATION:
		return in->in_message ? 0 : CODE_PROTOCOL;
	case OP_TEXT:
		return in->in_message ? CODE_PROTOCOL : 0;
	case OP_BINARY:
		return in->in_message ? CODE_PROTOCOL : CODE_UNSUPPORTED;
	case OP_CLOSE:
	case OP_PING:
	case OP_PONG:
		return is_final(in) && (in->header[1] & 0x7f) <= MU_WS_CONTROL_MAX ? 0 : CODE_PROTOCOL;
	default:
		return CODE_PROTOCOL;
	}
}

static int check_length(struct mu_incoming *in, size_t max_bytes)
{
	if (!read_length(in, &in->left))
		return CODE_PROTOCOL;
	if (!is_control(in) && (in->left > max_bytes || in->message.n > max_bytes - in->left))
		return CODE_TOO_BIG;
	return 0;
}

static void unmask(struct mu_incoming *in, uint8_t *bytes, size_t n)
{
	const uint8_t *mask = mask_of(in);
	size_t i = 0;

	for (; i < n && in->mask_at; i++) {
		bytes[i] ^= mask[in->mask_at];
		in->mask_at = (in->mask_at + 1) & 3;
	}
	for (; i + 4 <= n; i += 4) {
		bytes[i] ^= mask[0];
		bytes[i + 1] ^= mask[1];
		bytes[i + 2] ^= mask[2];
		bytes[i + 3] ^= mask[3];
	}
	for (; i < n; i++) {
		bytes[i] ^= mask[in->mask_at];
		in->mask_at = (in->mask_at + 1) & 3;
	}
}

/* §7.4: codes that may stand in a Close frame. */
static bool close_code_valid(int code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
	       (code >= 3000 && code <= 4999);
}

static enum mu_ws_event fail(struct mu_ws_got *got, int code)
{
	got->code = code;
	return MU_WS_FAIL;
}

static enum mu_ws_event finish_close(struct mu_ws_got *got)
{
	const uint8_t *payload = (const uint8_t *)got->bytes;

	if (!got->n) {
		got->code = CODE_NONE;
		return MU_WS_CLOSE;
	}
	if (got->n == 1)
		return fail(got, CODE_PROTOCOL);
	got->code = payload[0] << 8 | payload[1];
	if (!close_code_valid(got->code))
		return fail(got, CODE_PROTOCOL);
	if (!mu_utf8_valid(got->bytes + 2, got->n - 2))
		return fail(got, CODE_BAD_UTF8);
	return MU_WS_CLOSE;
}

static enum mu_ws_event finish_frame(struct mu_incoming *in, struct mu_ws_got *got)
{
	switch (opcode(in)) {
	case OP_CLOSE:
		return finish_close(got);
	case OP_PING:
		return MU_WS_PING;
	case OP_PONG:
		return MU_WS_PONG;
	default:
		in->in_message = false;
		return MU_WS_TEXT;
	}
}

/* Whether what came of a message may still become UTF-8, and is, if it ends here. */
static bool check_text(struct mu_incoming *in, const uint8_t *bytes, size_t n)
{
	return is_control(in) || (mu_utf8_more(&in->text, (const char *)bytes, n) &&
				  (in->left || !is_final(in) || !in->text.left));
}

static bool store(struct mu_incoming *in, const uint8_t *bytes, size_t n)
{
	struct mu_buf *buf = &in->message;

	if (is_control(in)) {
		if (!in->control)
			in->control = calloc(1, sizeof(*in->control));
		if (!in->control)
			return false;
		buf = in->control;
	}
	mu_buf_add(buf, bytes, n);
	return mu_buf_error(buf) == MU_OK;
}

/* Take what is there of the payload; the frame's event if that completes it and a message, else
 * MU_WS_NOTHING. */
static enum mu_ws_event read_payload(struct mu_incoming *in, uint8_t *bytes, size_t n, struct mu_ws_got *got)
{
	struct mu_buf *kept = is_control(in) ? in->control : &in->message;
	bool whole = n == in->left && is_final(in);

	unmask(in, bytes, n);
	in->left -= n;
	if (!check_text(in, bytes, n))
		return fail(got, CODE_BAD_UTF8);
	if (whole && (!kept || !kept->n)) {
		*got = (struct mu_ws_got){ .bytes = (const char *)bytes, .n = n };
	} else {
		if (!store(in, bytes, n))
			return fail(got, CODE_TOO_BIG);
		if (in->left || !is_final(in)) {
			if (!in->left)
				in->in_message = true;
			return MU_WS_NOTHING;
		}
		kept = is_control(in) ? in->control : &in->message;
		*got = (struct mu_ws_got){ .bytes = mu_buf_text(kept), .n = kept->n };
	}
	return finish_frame(in, got);
}

/* Collect header bytes; true when the header is complete. *ret_code is set if it is not acceptable. */
static bool read_header(struct mu_incoming *in, uint8_t **bytes, size_t *n, size_t max_bytes, int *ret_code)
{
	while (*n && in->header_n < header_bytes(in)) {
		in->header[in->header_n++] = *(*bytes)++;
		--*n;
		if (in->header_n == 2) {
			*ret_code = check_start(in);
			if (*ret_code)
				return false;
		}
	}
	if (in->header_n < header_bytes(in))
		return false;
	*ret_code = check_length(in, max_bytes);
	in->in_payload = true;
	in->mask_at = 0;
	return true;
}

/* Forget what the event before this call pointed to. */
static void forget(struct mu_incoming *in)
{
	if (in->in_payload && !in->left) {
		in->in_payload = false;
		in->header_n = 0;
	}
	if (!in->in_payload) {
		drop_control(in);
		if (!in->in_message && in->message.cap)
			mu_buf_finish(&in->message);
	}
}

enum mu_ws_event mu_incoming_read(struct mu_incoming *incoming, uint8_t **bytes, size_t *n, size_t max_bytes,
				  struct mu_ws_got *ret_got)
{
	enum mu_ws_event event;
	int code = 0;
	size_t take;

	*ret_got = (struct mu_ws_got){ 0 };
	for (;;) {
		forget(incoming);
		if (!incoming->in_payload && !read_header(incoming, bytes, n, max_bytes, &code))
			return code ? fail(ret_got, code) : MU_WS_NOTHING;
		if (code)
			return fail(ret_got, code);
		if (!*n && incoming->left)
			return MU_WS_NOTHING;

		take = incoming->left < *n ? (size_t)incoming->left : *n;
		event = read_payload(incoming, *bytes, take, ret_got);
		*bytes += take;
		*n -= take;
		if (event != MU_WS_NOTHING)
			return event;
		if (incoming->left)
			return MU_WS_NOTHING;
	}
}
