/* Escaping what is no plain text.
 * Invariant: nothing below the blank, no DEL, no C1 control, in whatever bytes, and no mark of direction
 * comes out. Thread: any. */
#include "escape.h"

#include <stdint.h>

static const struct {
	uint32_t first, last;
} commands[] = {
	{ 0x00, 0x1f },     { 0x7f, 0x9f },     /* C0, DEL and C1 */
	{ 0x061c, 0x061c }, { 0x200e, 0x200f }, /* marks of direction … */
	{ 0x2028, 0x202e }, { 0x2066, 0x2069 }, /* … ends of lines, overrides and isolates */
};

static bool is_command(uint32_t c)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (c >= commands[i].first && c <= commands[i].last)
			return true;
	return false;
}

/* The character at the front, and its bytes. A byte that is none of UTF-8 is one of Latin-1. */
static size_t next(const unsigned char *text, size_t n, uint32_t *ret_c)
{
	size_t bytes = *text < 0xc0 ? 1 : *text < 0xe0 ? 2 : *text < 0xf0 ? 3 : 4;
	uint32_t c = bytes == 1 ? *text : *text & (0x7fu >> bytes);

	for (size_t i = 1; i < bytes; i++) {
		if (i == n || (text[i] & 0xc0) != 0x80) {
			*ret_c = *text;
			return 1;
		}
		c = c << 6 | (text[i] & 0x3f);
	}
	*ret_c = c;
	return bytes;
}

void escape_add(struct mu_buf *out, const char *text, size_t n)
{
	for (size_t at = 0, bytes; at < n; at += bytes) {
		uint32_t c;

		bytes = next((const unsigned char *)text + at, n - at, &c);
		if (is_command(c))
			mu_buf_printf(out, "\\u%04x", (unsigned)c);
		else
			mu_buf_add(out, text + at, bytes);
	}
}
