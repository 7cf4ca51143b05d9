/* Cells: as wide as they say, and nothing people write gets out of them. */
#include "testing.h"

#include "cell.h"

#include <locale.h>

static void assert_cell(const char *text, size_t width, const char *painted)
{
	struct mu_buf out = { 0 };

	cell_add(&out, text, width, true);
	assert_string_equal(mu_buf_text(&out), painted);
	mu_buf_finish(&out);
}

static void test_a_cell_is_as_wide_as_it_says(void **state)
{
	assert_cell("", 3, "   ");
	assert_cell("Ada", 3, "Ada");
	assert_cell("Ada", 5, "Ada  ");
	assert_cell("Adam", 3, "Ad…");
	assert_cell("Ada", 1, "…");
	assert_cell("Ada", 0, "");
	assert_cell("Åsa", 4, "Åsa ");
	assert_cell("A\xcc\x8asa", 4, "A\xcc\x8asa "); /* a letter and its ring are one column */
	assert_cell("寿司", 5, "寿司 ");               /* wide ones are two */
	assert_cell("寿司屋", 4, "寿… ");
}

static void test_a_cell_holds_no_commands(void **state)
{
	assert_cell("a\033[2Jb", 8, "a?[2Jb  ");
	assert_cell("a\nb\tc\177", 7, "a?b?c? ");
	assert_cell("a\xc2\x9b"
		    "2Jb",
		    6, "a?2Jb "); /* a control character of two bytes */
	assert_cell("\xe2\x80\xae"
		    "evil\xe2\x80\x8b",
		    5, "evil ");
	assert_cell("\xd8\x9c"
		    "evil\xe2\x81\xa6",
		    5, "evil "); /* turns the direction; has no width */
	assert_cell("a\xff\xfe", 4, "a?? ");
}

static void test_spans_tick(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{ -5, "0:00" },          { 0, "0:00" },
		{ 999, "0:00" },         { 42000, "0:42" },
		{ 727000, "12:07" },     { 3599999, "59:59" },
		{ 3600000, "1:00:00" },  { 86399999, "23:59:59" },
		{ 86400000, "1 d 0 h" }, { 183600000, "2 d 3 h" },
	};
	char text[CELL_SPAN_TEXT];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		cell_span(rows[i].ms, text);
		assert_string_equal(text, rows[i].text);
	}
}

static int start(void **state)
{
	return !setlocale(LC_CTYPE, "C.UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_cell_is_as_wide_as_it_says),
		cmocka_unit_test(test_a_cell_holds_no_commands),
		cmocka_unit_test(test_spans_tick),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
