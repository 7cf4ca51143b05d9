/* UTF-8 by the table of RFC 3629 §4: the first byte fixes the length and the range of the second byte, which
 * is what keeps overlong forms, surrogates and anything over U+10FFFF out.
 * Thread: any. */
#include "utf8.h"

#include "muster/base/mem.h"
#include "muster/wire/rpc.h"

#include <string.h>

static const struct lead {
	unsigned char first, last;  /* of the first byte */
	unsigned char low, high;    /* of the second byte */
	unsigned char length, mask; /* bytes in all, and the bits of the first byte that count */
} leads[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2, 0x1f }, { 0xe0, 0xe0, 0xa0, 0xbf, 3, 0x0f },
	{ 0xe1, 0xec, 0x80, 0xbf, 3, 0x0f }, { 0xed, 0xed, 0x80, 0x9f, 3, 0x0f },
	{ 0xee, 0xef, 0x80, 0xbf, 3, 0x0f }, { 0xf0, 0xf0, 0x90, 0xbf, 4, 0x07 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4, 0x07 }, { 0xf4, 0xf4, 0x80, 0x8f, 4, 0x07 },
};

static const struct lead *lead_find(unsigned char byte)
{
	for (size_t i = 0; i < MU_COUNT(leads); i++) {
		if (byte >= leads[i].first && byte <= leads[i].last)
			return &leads[i];
	}
	return NULL;
}

size_t mu_utf8_next(const char *bytes, size_t n, uint32_t *ret_point)
{
	const unsigned char *in = (const unsigned char *)bytes;
	const struct lead *lead;
	uint32_t point;

	if (n == 0)
		return 0;
	if (in[0] < 0x80) {
		*ret_point = in[0];
		return 1;
	}
	lead = lead_find(in[0]);
	if (!lead || n < lead->length || in[1] < lead->low || in[1] > lead->high)
		return 0;
	point = in[0] & lead->mask;
	for (size_t i = 1; i < lead->length; i++) {
		if ((in[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (in[i] & 0x3f);
	}
	*ret_point = point;
	return lead->length;
}

/* How many of the bytes at the start are ASCII: nearly all of nearly every text, so eight at a time. */
static size_t ascii_prefix(const char *bytes, size_t n)
{
	size_t at = 0;
	uint64_t eight;

	for (; n - at >= sizeof(eight); at += sizeof(eight)) {
		memcpy(&eight, bytes + at, sizeof(eight));
		if (eight & UINT64_C(0x8080808080808080))
			break;
	}
	while (at < n && !(bytes[at] & 0x80))
		at++;
	return at;
}

static bool begin_character(struct mu_utf8 *state, unsigned char byte)
{
	const struct lead *lead = lead_find(byte);

	if (!lead)
		return false;
	*state = (struct mu_utf8){ (uint8_t)(lead->length - 1), lead->low, lead->high };
	return true;
}

bool mu_utf8_more(struct mu_utf8 *state, const char *bytes, size_t n)
{
	size_t at = 0;

	while (at < n) {
		unsigned char byte;

		if (!state->left) {
			at += ascii_prefix(bytes + at, n - at);
			if (at < n && !begin_character(state, (unsigned char)bytes[at++]))
				return false;
			continue;
		}
		byte = (unsigned char)bytes[at++];
		if (byte < state->low || byte > state->high)
			return false;
		*state = (struct mu_utf8){ (uint8_t)(state->left - 1), 0x80, 0xbf };
	}
	return true;
}

bool mu_utf8_valid(const char *bytes, size_t n)
{
	struct mu_utf8 state = { 0 };

	return mu_utf8_more(&state, bytes, n) && !state.left;
}
