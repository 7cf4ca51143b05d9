/* Escaping: nothing gets through that a terminal could obey, and all else does. */
#include "testing.h"

#include "escape.h"

static void assert_escaped(const char *text, size_t n, const char *expected)
{
	struct mu_buf out = { 0 };

	escape_add(&out, text, n);
	assert_string_equal(mu_buf_text(&out), expected);
	mu_buf_finish(&out);
}

#define ASSERT_ESCAPED(text, expected) assert_escaped(text, sizeof(text) - 1, expected)

static void test_text_stays(void **state)
{
	ASSERT_ESCAPED("", "");
	ASSERT_ESCAPED("Zoë “says” 寿司 🍣 \\u001b", "Zoë “says” 寿司 🍣 \\u001b");
	ASSERT_ESCAPED("\xc2\xa0\xe2\x80\x8d\xe2\x80\xa7", "\xc2\xa0\xe2\x80\x8d\xe2\x80\xa7");
}

static void test_commands_are_shown(void **state)
{
	ASSERT_ESCAPED("a\033[2J\r\n\tb\0c", "a\\u001b[2J\\u000d\\u000a\\u0009b\\u0000c");
	ASSERT_ESCAPED("\177\xc2\x80\xc2\x9b\xc2\x9f", "\\u007f\\u0080\\u009b\\u009f");
}

static void test_directions_are_shown(void **state)
{
	ASSERT_ESCAPED("\xe2\x80\xaa\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c",
		       "\\u202a\\u202e\\u2066\\u2069\\u200e\\u200f\\u061c");
	ASSERT_ESCAPED("\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029");
}

static void test_bytes_that_are_no_utf8(void **state)
{
	ASSERT_ESCAPED("a\x9b"
		       "2J",
		       "a\\u009b2J");
	ASSERT_ESCAPED("\xc0\x9b[2J", "\\u001b[2J"); /* a long way to say ESC */
	ASSERT_ESCAPED("\xe2\x80", "\xe2\\u0080");
	ASSERT_ESCAPED("\xe2\033", "\xe2\\u001b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_stays),
		cmocka_unit_test(test_commands_are_shown),
		cmocka_unit_test(test_directions_are_shown),
		cmocka_unit_test(test_bytes_that_are_no_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
