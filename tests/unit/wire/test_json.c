/* JSON is read behind limits and written so that it always reads back. */
#include "testing.h"

#include "muster/base/mem.h"
#include "muster/wire/json.h"
#include "muster/wire/rpc.h"

static const struct {
	const char *what, *text;
	enum mu_err err;
	const char *says;
} bad[] = {
	{ "nothing", "", MU_PARSE_ERROR, "ends too early" },
	{ "white space", " \n", MU_PARSE_ERROR, "ends too early" },
	{ "half an object", "{\"a\":1", MU_PARSE_ERROR, "ends too early" },
	{ "half a text", "[\"a", MU_PARSE_ERROR, "ends too early" },
	{ "a number alone", "42", MU_PARSE_ERROR, "expected" },
	{ "no JSON", "hello", MU_PARSE_ERROR, "expected" },
	{ "a comma too many", "[1,]", MU_PARSE_ERROR, "expected" },
	{ "single quotes", "{'a':1}", MU_PARSE_ERROR, "expected" },
	{ "a comment", "[1] // one", MU_PARSE_ERROR, "follows the end" },
	{ "two values", "{}{}", MU_PARSE_ERROR, "follows the end" },
	{ "a name twice", "{\"a\":1,\"a\":2}", MU_PARSE_ERROR, "stands twice" },
	{ "a name twice, once escaped", "{\"role\":1,\"r\\u006fle\":2}", MU_PARSE_ERROR, "stands twice" },
	{ "a name twice, deep", "[{\"b\":[{\"a\":1,\"a\":1}]}]", MU_PARSE_ERROR, "stands twice" },
	{ "NUL in a text", "[\"a\\u0000b\"]", MU_PARSE_ERROR, "NUL" },
	{ "NUL in a name", "{\"a\\u0000b\":1}", MU_PARSE_ERROR, "NUL" },
	{ "an overlong form", "[\"\xc0\xaf\"]", MU_PARSE_ERROR, "not UTF-8" },
	{ "a surrogate", "[\"\xed\xa0\x80\"]", MU_PARSE_ERROR, "not UTF-8" },
	{ "half an escaped pair", "[\"\\ud800\"]", MU_PARSE_ERROR, "expected" },
	{ "a bare control character", "[\"a\nb\"]", MU_PARSE_ERROR, "expected" },
	{ "a number too large", "[1e999]", MU_PARSE_ERROR, "too large" },
	{ "a whole number too large", "[9223372036854775808]", MU_PARSE_ERROR, "too large" },
	{ "a leading zero", "[01]", MU_PARSE_ERROR, "expected" },
	{ "not a number", "[NaN]", MU_PARSE_ERROR, "expected" },
	{ "a byte order mark", "\xef\xbb\xbf{}", MU_PARSE_ERROR, "expected" },
	{ "arrays too deep", "[[[[[1]]]]]", MU_TOO_LARGE, "4 levels" },
	{ "objects too deep", "{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}", MU_TOO_LARGE, "4 levels" },
	{ "too deep before it is wrong", "[[[[[,", MU_TOO_LARGE, "4 levels" },
	{ "a quote that is escaped", "[\"\\\"\",[[[[", MU_TOO_LARGE, "4 levels" },
};

static void bad_texts_are_refused_each_for_its_reason(void **state)
{
	for (size_t i = 0; i < MU_COUNT(bad); i++) {
		struct mu_fault fault = { 0 };
		json_t *json = NULL;
		enum mu_err err = mu_json_parse(bad[i].text, strlen(bad[i].text), 4, &json, &fault);

		if (err != bad[i].err || !strstr(mu_fault_text(&fault), bad[i].says))
			fail_msg("%s gives %d: %s", bad[i].what, err, mu_fault_text(&fault));
		assert_null(json);
		assert_int_equal(fault.err, err);
		assert_int_equal(mu_json_parse(bad[i].text, strlen(bad[i].text), 4, &json, NULL), err);
	}
}

static const char *const good[] = {
	"{}",
	"[]",
	" [1] \r\n",
	"[[[[1]]]]",
	"{\"a\":[{\"b\":[]}]}",
	"[\"[[[[[[[[{{{{{{\"]",
	"[\"\\\\\",\"\\\"[[[[[\"]",
	"{\"\":0}",
	"[1.5e3,-0,9223372036854775807,-9223372036854775808]",
	"[\"\\ud83d\\ude00\",\"\xf0\x9f\x98\x80\"]",
};

static void good_texts_are_read(void **state)
{
	for (size_t i = 0; i < MU_COUNT(good); i++) {
		struct mu_fault fault = { 0 };
		AUTO_JSON json_t *json = NULL;

		if (mu_json_parse(good[i], strlen(good[i]), 4, &json, &fault))
			fail_msg("%s: %s", good[i], mu_fault_text(&fault));
		assert_non_null(json);
		assert_int_equal(fault.err, MU_OK);
	}
}

static void only_the_given_bytes_are_read(void **state)
{
	AUTO_JSON json_t *json = NULL;
	json_t *none = NULL;

	assert_int_equal(mu_json_parse("[1]garbage", 3, 1, &json, NULL), MU_OK);
	assert_int_equal(mu_json_parse("[1]\0", 4, 1, &none, NULL), MU_PARSE_ERROR);
	assert_int_equal(mu_json_parse("[\0]", 3, 1, &none, NULL), MU_PARSE_ERROR);
	assert_null(none);
}

static void a_fault_says_where_and_quotes_nothing(void **state)
{
	struct mu_fault fault = { 0 };
	const char *text = "{\n \"token\": s3cret\n}";
	json_t *json;

	assert_int_equal(mu_json_parse(text, strlen(text), 4, &json, &fault), MU_PARSE_ERROR);
	assert_non_null(strstr(fault.message, "line 2, column 1"));
	assert_null(strstr(fault.message, "s3cret"));
}

static const struct {
	const char *text, *json;
} strings[] = {
	{ "", "\"\"" },
	{ "plain", "\"plain\"" },
	{ "a\"b\\c/d", "\"a\\\"b\\\\c/d\"" },
	{ "\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"" },
	{ "\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"" },
	{ "gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x98\x80", "\"gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x98\x80\"" },
	{ "a\xff"
	  "b",
	  "\"a\xef\xbf\xbd"
	  "b\"" },
	{ "\xc3", "\"\xef\xbf\xbd\"" },
	{ "\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ NULL, "null" },
};

static void texts_are_quoted_and_escaped(void **state)
{
	for (size_t i = 0; i < MU_COUNT(strings); i++) {
		AUTO_BUF struct mu_buf out;

		mu_buf_init(&out);
		mu_json_string(&out, strings[i].text);
		assert_string_equal(mu_buf_text(&out), strings[i].json);
	}
}

/* Any bytes give JSON that reads back, and valid UTF-8 comes back as it was. */
static void any_bytes_give_valid_json(void **state)
{
	struct random random = random_start();

	for (int round = 0; round < 5000; round++) {
		AUTO_BUF struct mu_buf out;
		AUTO_JSON json_t *json = NULL;
		char text[33];
		size_t n = random_below(&random, sizeof(text));

		for (size_t i = 0; i < n; i++) {
			uint64_t any = random_next(&random);

			text[i] = (char)(any & 0x100 ? 1 + any % 127 : 1 + any % 255);
		}
		text[n] = '\0';
		mu_buf_init(&out);
		mu_buf_char(&out, '[');
		mu_json_string(&out, text);
		mu_buf_char(&out, ']');
		CHECK_RANDOM(&random, mu_json_parse(out.data, out.n, 1, &json, NULL) == MU_OK);
		if (mu_utf8_valid(text, n))
			CHECK_RANDOM(&random, strcmp(json_string_value(json_array_get(json, 0)), text) == 0);
	}
}

/* Wherever among plain characters something stands that isn't written as it is. */
static void each_byte_is_escaped_at_each_place(void **state)
{
	enum { PLACES = 19 };

	for (unsigned byte = 1; byte < 256; byte++) {
		AUTO_BUF struct mu_buf alone = { 0 };
		char text[PLACES + 1] = "", one[] = { (char)byte, '\0' };

		mu_json_string(&alone, one);
		for (int place = 0; place < PLACES; place++) {
			AUTO_BUF struct mu_buf out = { 0 }, expected = { 0 };

			memset(text, 'a', PLACES);
			text[place] = (char)byte;
			mu_json_string(&out, text);
			mu_buf_printf(&expected, "\"%.*s%.*s%s\"", place, text, (int)alone.n - 2,
				      alone.data + 1, text + place + 1);
			assert_string_equal(mu_buf_text(&out), mu_buf_text(&expected));
		}
	}
}

static void names_and_values_are_separated(void **state)
{
	AUTO_BUF struct mu_buf out;

	mu_buf_init(&out);
	mu_json_comma(&out);
	assert_string_equal(mu_buf_text(&out), "");
	mu_buf_char(&out, '{');
	mu_json_name(&out, "a");
	mu_buf_char(&out, '[');
	mu_json_comma(&out);
	mu_buf_i64(&out, 1);
	mu_json_comma(&out);
	mu_buf_i64(&out, 2);
	mu_buf_char(&out, ']');
	mu_json_name(&out, "b\"");
	mu_json_string(&out, NULL);
	mu_buf_char(&out, '}');
	assert_string_equal(mu_buf_text(&out), "{\"a\":[1,2],\"b\\\"\":null}");
}

static void times_are_texts_or_null(void **state)
{
	static const struct {
		int64_t wall_ms;
		const char *json;
	} times[] = {
		{ 1700000000123, "\"2023-11-14T22:13:20.123Z\"" },
		{ 0, "null" },
		{ INT64_MAX, "null" },
	};

	for (size_t i = 0; i < MU_COUNT(times); i++) {
		AUTO_BUF struct mu_buf out;

		mu_buf_init(&out);
		mu_json_time(&out, times[i].wall_ms);
		assert_string_equal(mu_buf_text(&out), times[i].json);
	}
}

static void a_string_member_is_found_and_nothing_else(void **state)
{
	AUTO_JSON json_t *json = NULL;
	const char *text = "{\"a\":\"x\",\"n\":1}";

	assert_int_equal(mu_json_parse(text, strlen(text), 1, &json, NULL), MU_OK);
	assert_string_equal(mu_json_text(json, "a"), "x");
	assert_null(mu_json_text(json, "n"));
	assert_null(mu_json_text(json, "b"));
	assert_null(mu_json_text(NULL, "a"));
}

static int start(void **state)
{
	mu_json_start();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_texts_are_refused_each_for_its_reason),
		cmocka_unit_test(good_texts_are_read),
		cmocka_unit_test(only_the_given_bytes_are_read),
		cmocka_unit_test(a_fault_says_where_and_quotes_nothing),
		cmocka_unit_test(texts_are_quoted_and_escaped),
		cmocka_unit_test(any_bytes_give_valid_json),
		cmocka_unit_test(each_byte_is_escaped_at_each_place),
		cmocka_unit_test(names_and_values_are_separated),
		cmocka_unit_test(times_are_texts_or_null),
		cmocka_unit_test(a_string_member_is_found_and_nothing_else),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
