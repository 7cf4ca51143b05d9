/* UTF-8 is checked by RFC 3629: no overlong forms, no surrogates, nothing over U+10FFFF. */
#include "testing.h"

#include "utf8.h"

#include "muster/base/mem.h"
#include "muster/wire/rpc.h"

static const struct {
	const char *what, *bytes;
	bool valid;
} rows[] = {
	{ "ASCII", "muster", true },
	{ "U+0080", "\xc2\x80", true },
	{ "U+07FF", "\xdf\xbf", true },
	{ "U+0800", "\xe0\xa0\x80", true },
	{ "U+D7FF, the last before the surrogates", "\xed\x9f\xbf", true },
	{ "U+E000, the first after them", "\xee\x80\x80", true },
	{ "U+FFFF", "\xef\xbf\xbf", true },
	{ "U+10000", "\xf0\x90\x80\x80", true },
	{ "U+10FFFF", "\xf4\x8f\xbf\xbf", true },
	{ "Greek", "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5", true },
	{ "overlong slash, 2 bytes", "\xc0\xaf", false },
	{ "overlong slash, 3 bytes", "\xe0\x80\xaf", false },
	{ "overlong slash, 4 bytes", "\xf0\x80\x80\xaf", false },
	{ "overlong U+007F", "\xc1\xbf", false },
	{ "overlong U+07FF", "\xe0\x9f\xbf", false },
	{ "overlong U+FFFF", "\xf0\x8f\xbf\xbf", false },
	{ "the first surrogate", "\xed\xa0\x80", false },
	{ "the last surrogate", "\xed\xbf\xbf", false },
	{ "a pair of surrogates", "\xed\xa0\x80\xed\xb0\x80", false },
	{ "U+110000", "\xf4\x90\x80\x80", false },
	{ "five bytes", "\xf8\x88\x80\x80\x80", false },
	{ "six bytes", "\xfc\x84\x80\x80\x80\x80", false },
	{ "FE", "\xfe", false },
	{ "FF", "\xff", false },
	{ "a lone continuation", "\x80", false },
	{ "a continuation too many", "\xc3\xa9\xa9", false },
	{ "cut after 1 of 2", "\xc3", false },
	{ "cut after 2 of 3", "\xe2\x82", false },
	{ "cut after 3 of 4", "\xf0\x9f\x98", false },
	{ "cut, then ASCII", "\xe2\x82z", false },
	{ "good before bad", "caf\xc3\xa9\xff", false },
};

static void each_edge_is_judged(void **state)
{
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		if (mu_utf8_valid(rows[i].bytes, strlen(rows[i].bytes)) != rows[i].valid)
			fail_msg("%s should %sbe valid", rows[i].what, rows[i].valid ? "" : "not ");
	}
	assert_true(mu_utf8_valid("", 0));
	assert_true(mu_utf8_valid("a\0b", 3));
}

/* In pieces a text is what it is as a whole; and it is refused at its first byte that nothing can mend, which
 * is the last one of the shortest prefix that no valid text begins with. */
static void pieces_are_judged_as_the_whole(void **state)
{
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		const size_t n = strlen(rows[i].bytes);

		for (size_t cut = 0; cut <= n; cut++) {
			struct mu_utf8 text = { 0 };
			const bool good = mu_utf8_more(&text, rows[i].bytes, cut) &&
					  mu_utf8_more(&text, rows[i].bytes + cut, n - cut) && !text.left;

			if (good != rows[i].valid)
				fail_msg("%s, cut at %zu", rows[i].what, cut);
		}
	}
}

static void a_text_is_refused_at_the_byte_that_spoils_it(void **state)
{
	static const struct {
		const char *bytes;
		size_t good; /* bytes before it */
	} spoilt[] = {
		{ "\x80", 0 },
		{ "\xc1\xbf", 0 },
		{ "\xff", 0 },
		{ "\xf5\x80", 0 },
		{ "\xe0\x9f\xbf", 1 },
		{ "\xed\xa0\x80", 1 },
		{ "\xf0\x8f\xbf", 1 },
		{ "\xf4\x90\x80", 1 },
		{ "\xe2\x82z", 2 },
		{ "\xf0\x9f\x98\xc0", 3 },
		{ "sixteen ascii...\xc3\xa9\xa9", 18 },
	};

	for (size_t i = 0; i < MU_COUNT(spoilt); i++) {
		struct mu_utf8 text = { 0 };

		for (size_t at = 0; at <= spoilt[i].good; at++)
			if (mu_utf8_more(&text, spoilt[i].bytes + at, 1) != (at < spoilt[i].good))
				fail_msg("row %zu at byte %zu", i, at);
	}
}

static size_t encode(uint32_t point, char out[4])
{
	if (point < 0x80) {
		out[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (char)(0xc0 | point >> 6);
		out[1] = (char)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (char)(0xe0 | point >> 12);
		out[1] = (char)(0x80 | (point >> 6 & 0x3f));
		out[2] = (char)(0x80 | (point & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | point >> 18);
	out[1] = (char)(0x80 | (point >> 12 & 0x3f));
	out[2] = (char)(0x80 | (point >> 6 & 0x3f));
	out[3] = (char)(0x80 | (point & 0x3f));
	return 4;
}

static void every_code_point_comes_back(void **state)
{
	for (uint32_t point = 0; point <= 0x1fffff; point++) {
		bool exists = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
		char bytes[4];
		size_t n = encode(point, bytes);
		uint32_t got = 0;

		if (mu_utf8_next(bytes, n, &got) != (exists ? n : 0) || (exists && got != point))
			fail_msg("U+%04X", point);
	}
}

/* Counting catches what a table of edges might miss: so many texts of three bytes are valid and no more. */
static void as_many_texts_of_three_bytes_are_valid_as_there_are(void **state)
{
	const size_t two = 0x800 - 0x80, three = 0x10000 - 0x800 - 0x800;
	size_t n = 0;

	for (uint32_t i = 0; i < 1u << 24; i++) {
		char bytes[3] = { (char)(i >> 16), (char)(i >> 8), (char)i };

		n += mu_utf8_valid(bytes, sizeof(bytes));
	}
	assert_int_equal(n, 128 * 128 * 128 + 2 * 128 * two + three);
}

static void nothing_is_read_past_the_end(void **state)
{
	static const char *const texts[] = { "\xf0\x9f\x98\x80", "\xe2\x82\xac", "\xc3\xa9" };

	for (size_t i = 0; i < MU_COUNT(texts); i++) {
		for (size_t n = 0; n < strlen(texts[i]); n++) {
			char *exact = malloc(n ? n : 1);
			uint32_t point;

			memcpy(exact, texts[i], n);
			assert_int_equal(mu_utf8_next(exact, n, &point), 0);
			free(exact);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_edge_is_judged),
		cmocka_unit_test(pieces_are_judged_as_the_whole),
		cmocka_unit_test(a_text_is_refused_at_the_byte_that_spoils_it),
		cmocka_unit_test(every_code_point_comes_back),
		cmocka_unit_test(as_many_texts_of_three_bytes_are_valid_as_there_are),
		cmocka_unit_test(nothing_is_read_past_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
