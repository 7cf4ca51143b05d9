/* base64url without padding has exactly one text for each run of bytes; everything else is refused. */
#include "testing.h"

#include "muster/auth/token.h"
#include "muster/base/mem.h"

#include <ctype.h>

/* RFC 4648 §10, in the form of §5 without padding; the last rows hold the two characters that differ from
 * base64. */
static const struct {
	const char *bytes;
	size_t n;
	const char *text;
} vectors[] = {
	{ "", 0, "" },
	{ "f", 1, "Zg" },
	{ "fo", 2, "Zm8" },
	{ "foo", 3, "Zm9v" },
	{ "foob", 4, "Zm9vYg" },
	{ "fooba", 5, "Zm9vYmE" },
	{ "foobar", 6, "Zm9vYmFy" },
	{ "\xfb\xef\xbe", 3, "----" },
	{ "\xff\xff\xff", 3, "____" },
	{ "\0\0\0\0", 4, "AAAAAA" },
	/* RFC 7515 appendix C */
	{ "\x03\xec\xff\xe0\xc1", 5, "A-z_4ME" },
};

static const struct {
	const char *text, *why;
} bad[] = {
	{ "Zg==", "padding" },
	{ "Zg=", "half a padding" },
	{ "Zm8=", "padding" },
	{ "Zh", "a trailing bit" },
	{ "Zm9", "trailing bits" },
	{ "Z", "one character is no byte" },
	{ "Zm9vY", "one character too many" },
	{ "Zm+v", "the alphabet of base64" },
	{ "Zm/v", "the alphabet of base64" },
	{ "Zm 9v", "a space inside" },
	{ " Zm9v", "a space before" },
	{ "Zm9v\n", "a newline after" },
	{ "Zm9v\xc3\xa9", "no ASCII" },
	{ "\x8f\xc6\x98\xa6\xa5\xc2\x89\x42", "bytes over 0x7f" },
	{ "Zm9v.Zm9v", "a dot" },
	{ "=", "only padding" },
};

static void bytes_and_text_go_both_ways(void **state)
{
	for (size_t i = 0; i < MU_COUNT(vectors); i++) {
		AUTO_FREE char *text = NULL;
		char bytes[8];
		size_t n = 99;

		assert_int_equal(mu_base64url_encode(vectors[i].bytes, vectors[i].n, &text), MU_OK);
		assert_string_equal(text, vectors[i].text);
		assert_true(mu_base64url_decode(text, bytes, sizeof(bytes), &n));
		assert_int_equal(n, vectors[i].n);
		assert_memory_equal(bytes, vectors[i].bytes, n);
	}
}

static void whatever_does_not_belong_is_refused(void **state)
{
	for (size_t i = 0; i < MU_COUNT(bad); i++) {
		char bytes[16];
		size_t n;

		if (mu_base64url_decode(bad[i].text, bytes, sizeof(bytes), &n))
			fail_msg("%s should be refused: %s", bad[i].text, bad[i].why);
	}
}

static void no_character_outside_the_alphabet_counts(void **state)
{
	for (int c = 1; c < 256; c++) {
		bool belongs = c < 0x80 && (isalnum(c) || c == '-' || c == '_');
		char text[] = { 'A', 'A', 'A', (char)c, 'A', 'A', 'A', 'A', '\0' };
		char bytes[8];
		size_t n;

		if (mu_base64url_decode(text, bytes, sizeof(bytes), &n) != belongs)
			fail_msg("0x%02x", c);
	}
}

static void nothing_is_written_past_the_room(void **state)
{
	char bytes[4] = { 0, 0, 0, 'x' };
	size_t n;

	assert_false(mu_base64url_decode("Zm9vYg", bytes, 3, &n));
	assert_int_equal(bytes[3], 'x');
	assert_true(mu_base64url_decode("Zm9v", bytes, 3, &n));
	assert_int_equal(n, 3);
	assert_int_equal(bytes[3], 'x');
}

static void any_bytes_come_back(void **state)
{
	struct random random = random_start();

	for (int round = 0; round < 2000; round++) {
		AUTO_FREE char *text = NULL;
		uint8_t in[64], out[64];
		size_t n = random_below(&random, sizeof(in) + 1), got = 0;

		for (size_t i = 0; i < n; i++)
			in[i] = (uint8_t)random_next(&random);
		assert_int_equal(mu_base64url_encode(in, n, &text), MU_OK);
		CHECK_RANDOM(&random, mu_base64url_decode(text, out, sizeof(out), &got));
		CHECK_RANDOM(&random, got == n && memcmp(in, out, n) == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_and_text_go_both_ways),
		cmocka_unit_test(whatever_does_not_belong_is_refused),
		cmocka_unit_test(no_character_outside_the_alphabet_counts),
		cmocka_unit_test(nothing_is_written_past_the_room),
		cmocka_unit_test(any_bytes_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
