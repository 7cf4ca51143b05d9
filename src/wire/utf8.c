/* UTF-8 by the table of RFC 3629 §4: the first byte fixes the length and the range of the second byte, which
 * is what keeps overlong forms, surrogates and anything over U+10FFFF out.
 * Thread: any. */
#include "utf8.h"

#include "muster/base/mem.h"
#include "muster/wire/rpc.h"

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

bool mu_utf8_valid(const char *bytes, size_t n)
{
	size_t at = 0;
	uint32_t point;

	while (at < n) {
		size_t length = mu_utf8_next(bytes + at, n - at, &point);

		if (length == 0)
			return false;
		at += length;
	}
	return true;
}
