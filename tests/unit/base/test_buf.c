/* The growing buffer against plain memory, and without memory. */
#include "testing.h"

#include "muster/base/mem.h"

#include "failing_alloc.h"
#include "buf.c"

static void an_empty_buffer_is_an_empty_text(void **state)
{
	AUTO_BUF struct mu_buf buf;

	mu_buf_init(&buf);
	assert_string_equal(mu_buf_text(&buf), "");
	assert_int_equal(mu_buf_error(&buf), MU_OK);
}

static void pieces_are_appended(void **state)
{
	AUTO_BUF struct mu_buf buf = { 0 };

	mu_buf_str(&buf, "seq=");
	mu_buf_i64(&buf, 42);
	mu_buf_char(&buf, ',');
	mu_buf_i64(&buf, INT64_MIN);
	mu_buf_printf(&buf, ";%s%03d", "x", 7);
	mu_buf_add(&buf, "ab\0cd", 5);
	mu_buf_add(&buf, NULL, 0);
	assert_int_equal(buf.n, strlen("seq=42,-9223372036854775808;x007") + 5);
	assert_memory_equal(mu_buf_text(&buf), "seq=42,-9223372036854775808;x007ab\0cd", buf.n + 1);
}

/* Random appends of random sizes give the same bytes as memcpy into a big array, always NUL-terminated. */
static void it_equals_plain_memory(void **state)
{
	enum { LARGEST = 1 << 16 };
	struct random random = random_start();
	AUTO_FREE char *plain = malloc(LARGEST + 1);
	AUTO_BUF struct mu_buf buf = { 0 };
	size_t n = 0;

	for (;;) {
		char piece[700];
		size_t size = random_below(&random, sizeof(piece));

		if (n + size > LARGEST)
			break;
		for (size_t i = 0; i < size; i++)
			piece[i] = (char)('a' + random_below(&random, 26));
		memcpy(plain + n, piece, size);
		n += size;
		switch (random_below(&random, 3)) {
		case 0:
			mu_buf_add(&buf, piece, size);
			break;
		case 1:
			mu_buf_printf(&buf, "%.*s", (int)size, piece);
			break;
		default:
			memcpy(mu_buf_room(&buf, size), piece, size);
			buf.n += size;
			break;
		}
		CHECK_RANDOM(&random, buf.n == n && strlen(mu_buf_text(&buf)) == n);
	}
	CHECK_RANDOM(&random, memcmp(plain, mu_buf_text(&buf), n) == 0);
}

static void room_may_be_used_in_part(void **state)
{
	AUTO_BUF struct mu_buf buf = { 0 };

	memcpy(mu_buf_room(&buf, 1000), "abc", 3);
	buf.n += 2;
	assert_string_equal(mu_buf_text(&buf), "ab");
	assert_non_null(mu_buf_room(&buf, 0));
}

static void reset_keeps_the_memory(void **state)
{
	AUTO_BUF struct mu_buf buf = { 0 };

	mu_buf_printf(&buf, "%500d", 1);
	char *data = buf.data;
	mu_buf_reset(&buf);
	assert_string_equal(mu_buf_text(&buf), "");
	mu_buf_str(&buf, "new");
	assert_ptr_equal(buf.data, data);
	assert_string_equal(mu_buf_text(&buf), "new");
	mu_buf_finish(&buf);
	mu_buf_reset(&buf);
	assert_string_equal(mu_buf_text(&buf), "");
}

static void the_memory_can_be_taken(void **state)
{
	struct mu_buf buf = { 0 };
	AUTO_FREE char *empty = mu_buf_take(&buf);

	assert_string_equal(empty, "");
	mu_buf_str(&buf, "mine");
	AUTO_FREE char *text = mu_buf_take(&buf);
	assert_string_equal(text, "mine");
	assert_null(buf.data);
	assert_int_equal(buf.n, 0);
	assert_int_equal(buf.cap, 0);
}

static void a_failure_is_remembered_and_keeps_the_content(void **state)
{
	AUTO_BUF struct mu_buf buf = { 0 };

	mu_buf_str(&buf, "before");
	failing_after(0);
	mu_buf_printf(&buf, "%5000d", 1);
	failing_never();
	assert_int_equal(mu_buf_error(&buf), MU_NO_MEMORY);
	mu_buf_str(&buf, "after");
	assert_null(mu_buf_room(&buf, 1));
	assert_string_equal(mu_buf_text(&buf), "before");
	mu_buf_reset(&buf);
	mu_buf_str(&buf, "again");
	assert_int_equal(mu_buf_error(&buf), MU_OK);
	assert_string_equal(mu_buf_text(&buf), "again");
}

static void a_failed_buffer_gives_nothing_away(void **state)
{
	struct mu_buf buf = { 0 };

	mu_buf_str(&buf, "before");
	failing_after(0);
	mu_buf_printf(&buf, "%5000d", 1);
	failing_never();
	assert_null(mu_buf_take(&buf));
	assert_null(buf.data);
	assert_int_equal(mu_buf_error(&buf), MU_OK);
}

static void impossible_sizes_are_refused(void **state)
{
	AUTO_BUF struct mu_buf buf = { 0 };

	mu_buf_str(&buf, "x");
	assert_null(mu_buf_room(&buf, SIZE_MAX));
	mu_buf_reset(&buf);
	assert_null(mu_buf_room(&buf, SIZE_MAX / 2));
	assert_int_equal(mu_buf_error(&buf), MU_NO_MEMORY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_buffer_is_an_empty_text),
		cmocka_unit_test(pieces_are_appended),
		cmocka_unit_test(it_equals_plain_memory),
		cmocka_unit_test(room_may_be_used_in_part),
		cmocka_unit_test(reset_keeps_the_memory),
		cmocka_unit_test(the_memory_can_be_taken),
		cmocka_unit_test(a_failure_is_remembered_and_keeps_the_content),
		cmocka_unit_test(a_failed_buffer_gives_nothing_away),
		cmocka_unit_test(impossible_sizes_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
