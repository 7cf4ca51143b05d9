/* Writing and finding markers. */
#include "marker.h"

#include <stdio.h>
#include <string.h>

void lg_marker_write(char out[static LG_MARKER_LEN + 1], uint32_t number)
{
	snprintf(out, LG_MARKER_LEN + 1, "#%06u", number % (LG_MARKER_MAX + 1));
}

static bool read_marker(const char *at, const char *end, uint32_t *ret_number)
{
	uint32_t number = 0;

	if (end - at < LG_MARKER_LEN)
		return false;
	for (int i = 1; i < LG_MARKER_LEN; i++) {
		if (at[i] < '0' || at[i] > '9')
			return false;
		number = number * 10 + (uint32_t)(at[i] - '0');
	}
	*ret_number = number;
	return true;
}

bool lg_marker_each(const struct lg_ws_frame *frame, void (*each)(void *ctx, uint32_t number), void *ctx)
{
	const char *at = frame->data, *end = at ? at + frame->len : NULL;
	bool found = false;
	uint32_t number;

	for (; at && (at = memchr(at, '#', (size_t)(end - at))) != NULL; at++) {
		if (!read_marker(at, end, &number))
			continue;
		each(ctx, number);
		found = true;
	}
	return found;
}
