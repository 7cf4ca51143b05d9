/* Text by the columns that it takes.
 * Invariant: nothing of what people wrote reaches the terminal as a command.
 * Thread: any. */
#include "cell.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

struct glyph {
	size_t bytes;
	size_t width;
	bool plain; /* may be shown as it is; else it is a ? of width 1, or nothing of width 0 */
};

/* Marks that turn the direction of what follows, or join it: they would disturb the columns. */
static bool is_invisible(wchar_t c)
{
	return c == 0x061c || (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}

static struct glyph next_glyph(const char *text)
{
	mbstate_t state = { 0 };
	wchar_t c;
	size_t n = mbrtowc(&c, text, strlen(text), &state);
	int width;

	if (n == 0 || n > MB_LEN_MAX)
		return (struct glyph){ .bytes = 1, .width = 1 };
	if (is_invisible(c))
		return (struct glyph){ .bytes = n };
	width = wcwidth(c);
	if (width < 0)
		return (struct glyph){ .bytes = n, .width = 1 };
	return (struct glyph){ .bytes = n, .width = (size_t)width, .plain = true };
}

size_t cell_width(const char *text)
{
	size_t width = 0;

	while (*text) {
		struct glyph glyph = next_glyph(text);

		width += glyph.width;
		text += glyph.bytes;
	}
	return width;
}

void cell_blanks(struct mu_buf *out, size_t n)
{
	while (n-- > 0)
		mu_buf_char(out, ' ');
}

void cell_add(struct mu_buf *out, const char *text, size_t width, bool pad)
{
	bool fits = cell_width(text) <= width;
	size_t used = 0, room = fits || width == 0 ? width : width - 1;

	while (*text) {
		struct glyph glyph = next_glyph(text);

		if (used + glyph.width > room)
			break;
		if (glyph.plain)
			mu_buf_add(out, text, glyph.bytes);
		else if (glyph.width)
			mu_buf_char(out, '?');
		used += glyph.width;
		text += glyph.bytes;
	}
	if (!fits && width > 0) {
		mu_buf_str(out, "…");
		used++;
	}
	if (pad)
		cell_blanks(out, width - used);
}

void cell_span(int64_t ms, char text[static CELL_SPAN_TEXT])
{
	long long seconds = ms > 0 ? ms / 1000 : 0, minutes = seconds / 60, hours = minutes / 60;

	if (hours >= 24)
		snprintf(text, CELL_SPAN_TEXT, "%lld d %lld h", hours / 24, hours % 24);
	else if (hours > 0)
		snprintf(text, CELL_SPAN_TEXT, "%lld:%02lld:%02lld", hours, minutes % 60, seconds % 60);
	else
		snprintf(text, CELL_SPAN_TEXT, "%lld:%02lld", minutes, seconds % 60);
}
