/* Keys on a list: where they lead, where they stop, and when they are letters of a name. */
#include "testing.h"

#include "browse.h"

static bool press(struct browse *browse, enum key_kind kind)
{
	const struct key key = { .kind = kind };

	return browse_key(browse, &key);
}

static bool type(struct browse *browse, const char *text)
{
	struct key key = { .kind = KEY_TEXT };

	strcpy(key.text, text);
	return browse_key(browse, &key);
}

static void test_keys_lead_to_rows(void **state)
{
	static const struct {
		enum key_kind kind;
		size_t first;
	} rows[] = {
		{ KEY_UP, 0 },      { KEY_DOWN, 1 },    { KEY_PAGE_DOWN, 11 }, { KEY_PAGE_DOWN, 15 },
		{ KEY_DOWN, 15 },   { KEY_PAGE_UP, 5 }, { KEY_PAGE_UP, 0 },    { KEY_END, 15 },
		{ KEY_REDRAW, 15 }, { KEY_HOME, 0 },
	};
	struct browse browse = { 0 };

	browse_show(&browse, 25, 10);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_true(press(&browse, rows[i].kind));
		assert_int_equal(browse.first, rows[i].first);
	}
}

static void test_a_list_that_gets_shorter_stays_in_view(void **state)
{
	struct browse browse = { 0 };

	browse_show(&browse, 25, 10);
	press(&browse, KEY_END);
	browse_show(&browse, 12, 10);
	assert_int_equal(browse.first, 2);
	browse_show(&browse, 5, 10);
	assert_int_equal(browse.first, 0);
	browse_show(&browse, 5, 0); /* a window without room for any */
	press(&browse, KEY_END);
	assert_int_equal(browse.first, 5);
}

static void test_a_name_is_typed(void **state)
{
	struct browse browse = { 0 };

	browse_show(&browse, 25, 10);
	press(&browse, KEY_END);
	assert_true(type(&browse, "/"));
	assert_true(browse.typing);
	assert_true(type(&browse, "q")); /* a letter like any other now */
	assert_true(type(&browse, "\xc3\xb6"));
	assert_true(type(&browse, "/"));
	assert_string_equal(browse.filter, "q\xc3\xb6/");
	assert_int_equal(browse.first, 0);
	press(&browse, KEY_BACKSPACE);
	press(&browse, KEY_BACKSPACE);
	assert_string_equal(browse.filter, "q"); /* whole characters go */
	press(&browse, KEY_ENTER);
	assert_false(browse.typing);
	assert_string_equal(browse.filter, "q");
	press(&browse, KEY_ESCAPE);
	assert_string_equal(browse.filter, "");
	type(&browse, "/");
	press(&browse, KEY_BACKSPACE); /* nothing is left to take back but the typing */
	assert_false(browse.typing);
	assert_false(type(&browse, "q"));
}

static void test_a_long_name_is_cut_between_characters(void **state)
{
	struct browse browse = { .typing = true };

	for (int i = 0; i < 100; i++)
		assert_true(type(&browse, "\xe5\xaf\xbf"));
	assert_int_equal(strlen(browse.filter), 63);
	assert_true(browse.typing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_lead_to_rows),
		cmocka_unit_test(test_a_list_that_gets_shorter_stays_in_view),
		cmocka_unit_test(test_a_name_is_typed),
		cmocka_unit_test(test_a_long_name_is_cut_between_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
