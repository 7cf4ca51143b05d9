/* JSON is read whole or not at all, wherever memory runs out. */
#include "testing.h"

#include "failing_alloc.h"
/* The file under test, with an allocator that fails. */
#include "json_read.c"

static int start(void **state)
{
	mu_json_read_start();
	return 0;
}

/* Names and strings that are longer than what the reader begins with, and more of them than it has places
 * for. */
static char *long_text(void)
{
	char *text = (malloc)(16384);
	size_t n = (size_t)sprintf(
		text, "{\"a name of more than a few bytes\":\"and a text that is longer still\"");

	for (int i = 0; i < 100; i++)
		n += (size_t)sprintf(text + n, ",\"n%d\":[%d,true,null,\"\\u00e9t\\u00e9 %d\",{\"in\":1.5}]",
				     i, i, i);
	text[n++] = '}';
	text[n] = '\0';
	return text;
}

static void what_is_read_is_whole(void **state)
{
	char *text = long_text(), *dumped = NULL, *right;
	json_t *json = NULL;
	enum mu_err err = MU_NO_MEMORY;
	long n = 0;

	assert_int_equal(mu_json_read(text, strlen(text), &json, NULL), MU_OK);
	right = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	for (; err; n++) {
		json = NULL;
		failing_after(n);
		err = mu_json_read(text, strlen(text), &json, NULL);
		failing_never();
		if (err) {
			assert_int_equal(err, MU_NO_MEMORY);
			assert_null(json);
		}
	}
	assert_true(n > 1000);
	dumped = json_dumps(json, JSON_COMPACT);
	assert_string_equal(dumped, right);
	json_decref(json);
	(free)(dumped);
	(free)(right);
	(free)(text);
}

static void what_is_no_json_is_told_from_what_there_is_no_memory_for(void **state)
{
	static const char text[] = "{\"a name of more than a few bytes\":[1,2,3,\"and\",\"no end\"";
	json_error_t error = { 0 };
	json_t *json = NULL;

	assert_int_equal(mu_json_read(text, strlen(text), &json, &error), MU_PARSE_ERROR);
	assert_int_equal(json_error_code(&error), json_error_premature_end_of_input);
	failing_after(3);
	assert_int_equal(mu_json_read(text, strlen(text), &json, &error), MU_NO_MEMORY);
	failing_never();
	assert_null(json);
}

/* All that was read is given back from its beginning on; looking for each in the whole would take hours. */
static void what_breaks_off_costs_no_more_than_what_is_whole(void **state)
{
	const size_t n = 1000000;
	char *text = (malloc)(2 * n + 2);
	json_t *json = NULL;

	for (size_t i = 0; i < n; i++)
		memcpy(text + 2 * i, i ? ",1" : "[1", 2);
	assert_int_equal(mu_json_read(text, 2 * n, &json, NULL), MU_PARSE_ERROR);
	assert_null(json);
	text[2 * n] = ']';
	assert_int_equal(mu_json_read(text, 2 * n + 1, &json, NULL), MU_OK);
	assert_int_equal(json_array_size(json), n);
	json_decref(json);
	(free)(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_whole),
		cmocka_unit_test(what_is_no_json_is_told_from_what_there_is_no_memory_for),
		cmocka_unit_test(what_breaks_off_costs_no_more_than_what_is_whole),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
