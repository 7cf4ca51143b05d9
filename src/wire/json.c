/* JSON in through jansson, behind limits that jansson doesn't have; JSON out straight into a buffer.
 * Invariant: whatever bytes a writer is given, what it appends is valid JSON in valid UTF-8.
 * Thread: any; one owner per value. */
#include "muster/wire/json.h"

#include "muster/auth/json_read.h"

#include "utf8.h"

#include "muster/base/clock.h"
#include "muster/base/mem.h"

#include <string.h>

void mu_json_start(void)
{
	mu_json_read_start();
	json_object_seed(0);
}

/* Brackets outside of strings, counted the way the parser will: it stops at the first thing that isn't JSON,
 * and until then both agree on what a string is, so this never counts less than the parser nests. */
static bool is_too_deep(const char *text, size_t bytes, size_t max_depth)
{
	size_t depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < bytes; i++) {
		char c = text[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = false;
		} else if (c == '"') {
			in_string = true;
		} else if (c == '{' || c == '[') {
			if (++depth > max_depth)
				return true;
		} else if ((c == '}' || c == ']') && depth > 0) {
			depth--;
		}
	}
	return false;
}

static const struct {
	enum json_error_code code;
	const char *text;
} parse_errors[] = {
	{ json_error_invalid_utf8, "this is not UTF-8" },
	{ json_error_premature_end_of_input, "the text ends too early" },
	{ json_error_end_of_input_expected, "something follows the end" },
	{ json_error_null_character, "a text holds a NUL character" },
	{ json_error_null_byte_in_key, "a name holds a NUL character" },
	{ json_error_duplicate_key, "a name stands twice in one object" },
	{ json_error_numeric_overflow, "a number is too large" },
};

/* The parser's own sentence quotes the input, which may hold secrets; ours doesn't. */
static enum mu_err parse_failed(const json_error_t *error, struct mu_fault *ret_fault)
{
	enum json_error_code code = json_error_code(error);
	const char *text = "something else was expected here";

	for (size_t i = 0; i < MU_COUNT(parse_errors); i++) {
		if (parse_errors[i].code == code)
			text = parse_errors[i].text;
	}
	return mu_fail(ret_fault, MU_PARSE_ERROR, "Not valid JSON at line %d, column %d: %s", error->line,
		       error->column, text);
}

enum mu_err mu_json_parse(const char *text, size_t bytes, size_t max_depth, json_t **ret_json,
			  struct mu_fault *ret_fault)
{
	json_error_t error = { 0 };
	enum mu_err err;

	if (is_too_deep(text, bytes, max_depth))
		return mu_fail(ret_fault, MU_TOO_LARGE, "The message is nested more than %zu levels deep",
			       max_depth);
	err = mu_json_read(text, bytes, ret_json, &error);
	if (err == MU_NO_MEMORY)
		return mu_fail(ret_fault, err, "Out of memory while reading a message");
	return err ? parse_failed(&error, ret_fault) : MU_OK;
}

const char *mu_json_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static const uint64_t blanks = UINT64_C(0x2020202020202020);

/* Not 0 if one of eight bytes isn't written as it is: a control character, '"', '\\', beyond ASCII. */
static uint64_t not_plain(uint64_t eight)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
	const uint64_t quote = eight ^ ones * '"', backslash = eight ^ ones * '\\';

	return (eight | (eight - blanks) | (quote - ones) | (backslash - ones)) & highs;
}

static bool is_plain(unsigned char c)
{
	return !not_plain(c | blanks << 8);
}

/* Nearly every text is. */
static bool all_plain(const char *text, size_t n)
{
	uint64_t found = 0, eight;

	for (; n >= sizeof(eight); text += sizeof(eight), n -= sizeof(eight)) {
		memcpy(&eight, text, sizeof(eight));
		found |= not_plain(eight);
	}
	eight = blanks;
	memcpy(&eight, text, n);
	return !(found | not_plain(eight));
}

static void escape(struct mu_buf *out, unsigned char c)
{
	static const char specials[] = "\"\\\b\f\n\r\t";
	static const char letters[] = "\"\\bfnrt";
	const char *special = strchr(specials, c);

	if (special) {
		mu_buf_char(out, '\\');
		mu_buf_char(out, letters[special - specials]);
	} else {
		mu_buf_printf(out, "\\u%04x", c);
	}
}

/* What stands between the quotes. */
static void write_inside(struct mu_buf *out, const char *text, size_t n)
{
	size_t at = 0;

	while (at < n) {
		size_t length = 0;
		uint32_t point;

		while (at + length < n && is_plain((unsigned char)text[at + length]))
			length++;
		if (length == 0 && (unsigned char)text[at] < 0x80) {
			escape(out, (unsigned char)text[at++]);
			continue;
		}
		if (length == 0)
			length = mu_utf8_next(text + at, n - at, &point);
		if (length == 0) {
			mu_buf_str(out, "\xef\xbf\xbd");
			at++;
			continue;
		}
		mu_buf_add(out, text + at, length);
		at += length;
	}
}

static void write_string(struct mu_buf *out, const char *text)
{
	const size_t n = strlen(text);
	char *room;

	if (!all_plain(text, n)) {
		mu_buf_char(out, '"');
		write_inside(out, text, n);
		mu_buf_char(out, '"');
		return;
	}
	room = mu_buf_room(out, n + 2);
	if (!room)
		return;
	room[0] = '"';
	memcpy(room + 1, text, n);
	room[n + 1] = '"';
	room[n + 2] = '\0';
	out->n += n + 2;
}

void mu_json_string(struct mu_buf *out, const char *text)
{
	if (text)
		write_string(out, text);
	else
		mu_buf_str(out, "null");
}

void mu_json_time(struct mu_buf *out, int64_t wall_ms)
{
	char text[MU_TIME_TEXT] = "";

	if (wall_ms != 0)
		mu_time_format(wall_ms, text);
	mu_json_string(out, text[0] ? text : NULL);
}

void mu_json_comma(struct mu_buf *out)
{
	if (out->n > 0 && out->data[out->n - 1] != '{' && out->data[out->n - 1] != '[')
		mu_buf_char(out, ',');
}

void mu_json_name(struct mu_buf *out, const char *name)
{
	mu_json_comma(out);
	mu_json_string(out, name);
	mu_buf_char(out, ':');
}
