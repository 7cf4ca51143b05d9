/* The board on a screen: what fits and what gives way. */
#include "testing.h"

#include "paint.h"

#include <locale.h>
#include <wchar.h>

#define NOW_MS INT64_C(1795262400000)

static const struct board_person ada = { .user = "u1",
					 .name = "Ada Lovelace",
					 .status = "available",
					 .base = MU_AVAILABLE,
					 .devices = "web, mobile (idle)",
					 .note = "in the first line",
					 .since_ms = NOW_MS - 727000 };
static const struct board_person bob = { .user = "u2",
					 .name = "Bob",
					 .status = "lunch",
					 .base = MU_AWAY,
					 .devices = "",
					 .since_ms = NOW_MS - 4000 };
static const struct board_person cat = {
	.user = "u3", .name = "Cat", .status = "offline", .base = MU_OFFLINE, .devices = ""
};
static const struct board_person *people[] = { &ada, &bob, &cat };
static const struct board board = { .counts = { 1, 1, 0, 1 } };

static struct paint usual(int width, int height)
{
	return (struct paint){
		.workspace = "Acme",
		.state = "live",
		.live = true,
		.filter = "",
		.now_ms = NOW_MS,
		.width = width,
		.height = height,
		.board = &board,
		.people = people,
		.n = 3,
	};
}

struct lines {
	size_t n;
	char v[64][512];
};

/* The lines as they stand on the screen; its control sequences are only those for the cursor and for
 * clearing. */
static struct lines paint_lines(const struct paint *paint)
{
	static const char begin[] = "\033[?2026h\033[H", end[] = "\033[?2026l";
	struct mu_buf out = { 0 };
	struct lines lines = { 0 };
	char *rest, *line;

	paint_screen(paint, &out);
	assert_int_equal(mu_buf_error(&out), MU_OK);
	assert_memory_equal(out.data, begin, strlen(begin));
	assert_string_equal(out.data + out.n - strlen(end), end);
	out.data[out.n - strlen(end)] = '\0';
	rest = out.data + strlen(begin);
	if (strncmp(rest, "\033[J", 3) == 0)
		rest += 3;
	while ((line = strsep(&rest, "\n"))) {
		assert_in_range(lines.n, 0, 63);
		assert_memory_equal(line, "\033[2K", 4);
		line += 4;
		line[strcspn(line, "\r")] = '\0';
		assert_null(strchr(line, '\033'));
		strcpy(lines.v[lines.n++], line);
	}
	mu_buf_finish(&out);
	return lines;
}

static int width_of(const char *text)
{
	wchar_t wide[512];

	assert_in_range(mbstowcs(wide, text, 512), 0, 511);
	return wcswidth(wide, 512);
}

static void test_a_screen_has_everything_in_its_place(void **state)
{
	struct paint paint = usual(90, 9);
	struct lines lines = paint_lines(&paint);

	assert_int_equal(lines.n, 9);
	assert_contains(lines.v[0], "Acme  live");
	assert_int_equal(width_of(lines.v[0]), 90); /* the clock stands on the right */
	assert_string_equal(lines.v[1], "1 available  1 away  0 busy  1 offline");
	assert_string_equal(lines.v[2], "");
	assert_string_equal(lines.v[3], "NAME          STATUS     SINCE  DEVICES             NOTE");
	assert_string_equal(lines.v[4],
			    "Ada Lovelace  available  12:07  web, mobile (idle)  in the first line");
	assert_string_equal(lines.v[5], "Bob           lunch      0:04                       ");
	assert_string_equal(lines.v[6], "Cat           offline                               ");
	assert_string_equal(lines.v[7], "");
	assert_contains(lines.v[8], "q quit");
	assert_contains(lines.v[8], "1–3 of 3");
	assert_int_equal(width_of(lines.v[8]), 90);
}

static void test_no_window_is_too_small(void **state)
{
	for (int width = 1; width < 120; width++) {
		for (int height = 1; height < 12; height++) {
			struct paint paint = usual(width, height);
			struct lines lines;

			paint.state = "not connected (the hub has gone silent), coming back";
			paint.filter = "somebody with quite a long name";
			paint.team = "support";
			lines = paint_lines(&paint);
			assert_in_range(lines.n, 1, height);
			for (size_t i = 0; i < lines.n; i++)
				assert_in_range(width_of(lines.v[i]), 0, width);
		}
	}
}

static void test_columns_give_way_in_a_narrow_window(void **state)
{
	struct paint paint = usual(60, 9);
	struct lines lines = paint_lines(&paint);

	assert_string_equal(lines.v[4], "Ada Lovelace  available  12:07  web, mobile (idle)  in the …");
	paint = usual(50, 9);
	lines = paint_lines(&paint);
	assert_string_equal(lines.v[4], "Ada Lovelace  available  12:07  web, mobile (idle)");
	paint = usual(42, 9);
	lines = paint_lines(&paint);
	assert_string_equal(lines.v[3], "NAME          STATUS     SINCE  DEVICES");
	assert_string_equal(lines.v[4], "Ada Lovelace  available  12:07  web, mobi…");
	paint = usual(32, 9);
	lines = paint_lines(&paint);
	assert_string_equal(lines.v[4], "Ada Lovelace  available  12:07");
	paint = usual(24, 9);
	lines = paint_lines(&paint);
	assert_string_equal(lines.v[4], "Ada Lovelace  available");
	paint = usual(20, 9);
	lines = paint_lines(&paint);
	assert_string_equal(lines.v[4], "Ada Love…  available");
}

static void test_the_window_shows_a_part(void **state)
{
	struct paint paint = usual(90, 7);
	struct lines lines;

	assert_int_equal(paint_rows(7), 2);
	assert_int_equal(paint_rows(5), 0);
	paint.first = 1;
	lines = paint_lines(&paint);
	assert_int_equal(lines.n, 7);
	assert_memory_equal(lines.v[4], "Bob ", 4);
	assert_memory_equal(lines.v[5], "Cat ", 4);
	assert_contains(lines.v[6], "2–3 of 3");
}

static void test_an_empty_board_says_why(void **state)
{
	struct paint paint = usual(60, 9);
	struct lines lines;

	paint.n = 0;
	lines = paint_lines(&paint);
	assert_string_equal(lines.v[4], "There is nobody whom this token may see.");
	assert_contains(lines.v[8], "0–0 of 0");
	paint.filter = "zz";
	lines = paint_lines(&paint);
	assert_string_equal(lines.v[4], "Nobody has such a name.");
	assert_string_equal(lines.v[2], "Name: zz   (Esc shows everybody)");
	paint.typing = true;
	lines = paint_lines(&paint);
	assert_string_equal(lines.v[2], "Name: zz_");
}

static void test_once_is_plain_text_as_wide_as_it_takes(void **state)
{
	struct board_person long_name = ada;
	const struct board_person *list[] = { &long_name, &bob };
	struct paint paint = usual(0, 0);
	struct mu_buf out = { 0 };

	long_name.name = "A name that is longer than any column of a screen would be";
	paint.people = list;
	paint.n = 2;
	paint.team = "support";
	paint_once(&paint, &out);
	assert_string_equal(mu_buf_text(&out),
			    "Acme, team support: 1 available  1 away  0 busy  1 offline\n"
			    "\n"
			    "NAME                                                        STATUS     SINCE  "
			    "DEVICES             NOTE\n"
			    "A name that is longer than any column of a screen would be  available  12:07  "
			    "web, mobile (idle)  in the first line\n"
			    "Bob                                                         lunch      0:04\n");
	mu_buf_finish(&out);
}

static void test_colours_only_where_they_are_wanted(void **state)
{
	struct paint paint = usual(90, 9);
	struct mu_buf out = { 0 };

	paint.colour = true;
	paint_screen(&paint, &out);
	assert_contains(mu_buf_text(&out), "\033[32mavailable");
	assert_contains(mu_buf_text(&out), "\033[33mlunch");
	mu_buf_finish(&out);
}

static int start(void **state)
{
	return !setlocale(LC_CTYPE, "C.UTF-8");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_screen_has_everything_in_its_place),
		cmocka_unit_test(test_no_window_is_too_small),
		cmocka_unit_test(test_columns_give_way_in_a_narrow_window),
		cmocka_unit_test(test_the_window_shows_a_part),
		cmocka_unit_test(test_an_empty_board_says_why),
		cmocka_unit_test(test_once_is_plain_text_as_wide_as_it_takes),
		cmocka_unit_test(test_colours_only_where_they_are_wanted),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
