/* Keys from the bytes that a terminal sends. */
#include "testing.h"

#include "keys.h"

static const struct {
	const char *bytes;
	enum key_kind kind;
	const char *text;
} rows[] = {
	{ "q", KEY_TEXT, "q" },        { "/", KEY_TEXT, "/" },         { " ", KEY_TEXT, " " },
	{ "~", KEY_TEXT, "~" },        { "ö", KEY_TEXT, "ö" },         { "€", KEY_TEXT, "€" },
	{ "🍜", KEY_TEXT, "🍜" },        { "\r", KEY_ENTER, "" },        { "\n", KEY_ENTER, "" },
	{ "\177", KEY_BACKSPACE, "" }, { "\b", KEY_BACKSPACE, "" },    { "\f", KEY_REDRAW, "" },
	{ "\033", KEY_ESCAPE, "" },    { "\033[A", KEY_UP, "" },       { "\033OA", KEY_UP, "" },
	{ "\033[B", KEY_DOWN, "" },    { "\033[5~", KEY_PAGE_UP, "" }, { "\033[6~", KEY_PAGE_DOWN, "" },
	{ "\033[H", KEY_HOME, "" },    { "\033[1~", KEY_HOME, "" },    { "\033[F", KEY_END, "" },
	{ "\033[4~", KEY_END, "" },    { "\033[1;5A", KEY_NONE, "" }, /* Ctrl-Up */
	{ "\033[15~", KEY_NONE, "" },                                 /* F5 */
	{ "\033OP", KEY_NONE, "" },                                   /* F1 */
	{ "\033x", KEY_NONE, "" },                                    /* Alt-X */
	{ "\t", KEY_NONE, "" },        { "\001", KEY_NONE, "" },
};

static void test_each_key_is_known_and_takes_up_its_bytes(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t n = strlen(rows[i].bytes);
		struct key key;

		assert_int_equal(key_read(rows[i].bytes, n, &key), n);
		assert_int_equal(key.kind, rows[i].kind);
		assert_string_equal(key.text, rows[i].text);
	}
}

static void test_keys_in_a_row_are_read_one_by_one(void **state)
{
	static const char bytes[] = "a\033[Bö\033[6~\rq";
	static const enum key_kind kinds[] = { KEY_TEXT,      KEY_DOWN,  KEY_TEXT,
					       KEY_PAGE_DOWN, KEY_ENTER, KEY_TEXT };
	size_t at = 0, n = strlen(bytes);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct key key;

		assert_in_range(at, 0, n - 1);
		at += key_read(bytes + at, n - at, &key);
		assert_int_equal(key.kind, kinds[i]);
	}
	assert_int_equal(at, n);
}

/* Whatever comes, reading ends, stays inside the bytes, and gives no text with control characters in it. */
static void test_noise_does_no_harm(void **state)
{
	struct random random = random_start();

	for (int round = 0; round < 20000; round++) {
		size_t n = 1 + random_below(&random, 12), at = 0;
		char *bytes = malloc(n); /* a block of its own, so that a sanitizer sees each step too far */

		assert_non_null(bytes);
		for (size_t i = 0; i < n; i++)
			bytes[i] = random_below(&random, 4) ? (char)random_below(&random, 256) : '\033';
		while (at < n) {
			struct key key;
			size_t step = key_read(bytes + at, n - at, &key);

			CHECK_RANDOM(&random, step >= 1 && step <= n - at);
			CHECK_RANDOM(&random, (key.kind == KEY_TEXT) == (key.text[0] != '\0'));
			CHECK_RANDOM(&random, !key.text[0] || (unsigned char)key.text[0] >= 0x20);
			at += step;
		}
		free(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_key_is_known_and_takes_up_its_bytes),
		cmocka_unit_test(test_keys_in_a_row_are_read_one_by_one),
		cmocka_unit_test(test_noise_does_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
