/* Records from the text that mu_codec_write makes of them. A log is read again and again, for each snapshot
 * and by every node, so what is nearly always there is read without making a tree of it first: names in the
 * order of the table, nothing between the words, texts without escapes. Anything else is left to the general
 * way. Invariant: what is read here, the general way would read as the same record. Thread: any. */
#include "codec_quick.h"

#include "utf8.h"

#include "muster/base/clock.h"
#include "muster/base/hash.h"

#include <string.h>

#define DIGITS_MAX 18 /* of a number that fits whatever they are */

struct text {
	const char *at, *end;
	struct mu_arena *arena;
};

struct piece {
	const char *at;
	size_t bytes;
	size_t characters;
};

static bool take(struct text *in, const char *word, size_t bytes)
{
	if ((size_t)(in->end - in->at) < bytes || memcmp(in->at, word, bytes) != 0)
		return false;
	in->at += bytes;
	return true;
}

static bool take_char(struct text *in, char c)
{
	return take(in, &c, 1);
}

static bool take_name(struct text *in, const char *name, bool first)
{
	struct text ahead = *in;

	if (!first && !take_char(&ahead, ','))
		return false;
	if (!take_char(&ahead, '"') || !take(&ahead, name, strlen(name)) || !take(&ahead, "\":", 2))
		return false;
	*in = ahead;
	return true;
}

/* The length of a character that stands for itself; 0: there is none. */
static size_t character(const struct text *in)
{
	uint32_t point = 0;
	size_t length;

	if (in->at < in->end && *in->at >= ' ' && *in->at < 0x7f)
		return *in->at != '"' && *in->at != '\\';
	length = mu_utf8_next(in->at, (size_t)(in->end - in->at), &point);
	return codec_is_control(point, false) ? 0 : length;
}

static bool take_text(struct text *in, struct piece *ret_piece)
{
	struct piece piece;
	size_t length;

	if (!take_char(in, '"'))
		return false;
	piece = (struct piece){ .at = in->at };
	while ((length = character(in))) {
		in->at += length;
		piece.characters++;
	}
	piece.bytes = (size_t)(in->at - piece.at);
	*ret_piece = piece;
	return take_char(in, '"');
}

static bool in_range(int64_t n, int64_t min, int64_t max)
{
	return n >= min && (max <= 0 || n <= max);
}

static bool read_text(struct text *in, int64_t min, int64_t max, char **ret_text)
{
	struct piece piece;

	if (!take_text(in, &piece) || !in_range((int64_t)piece.characters, min, max))
		return false;
	*ret_text = mu_arena_strndup(in->arena, piece.at, piece.bytes);
	return *ret_text;
}

static bool read_string(struct text *in, const struct mu_field *field, void *at)
{
	return read_text(in, field->min, field->max ? field->max : CODEC_TEXT_MAX, at);
}

static bool read_id(struct text *in, const struct mu_field *field, void *at)
{
	(void)field;
	return read_text(in, 0, 0, at) && mu_id_valid(*(char *const *)at);
}

static bool take_number(struct text *in, int64_t *ret_value)
{
	const bool negative = take_char(in, '-');
	const char *first = in->at;
	int64_t value = 0;

	while (in->at < in->end && in->at - first < DIGITS_MAX && *in->at >= '0' && *in->at <= '9')
		value = value * 10 + (*in->at++ - '0');
	*ret_value = negative ? -value : value;
	return in->at > first && (*first != '0' || in->at - first == 1);
}

static bool read_int(struct text *in, const struct mu_field *field, void *at)
{
	int64_t value;

	if (!take_number(in, &value))
		return false;
	*(int64_t *)at = value;
	return (!field->min && !field->max) ||
	       (value >= field->min && (field->max < field->min || value <= field->max));
}

static bool read_bool(struct text *in, const struct mu_field *field, void *at)
{
	(void)field;
	*(bool *)at = take(in, "true", 4);
	return *(bool *)at || take(in, "false", 5);
}

static bool read_time(struct text *in, const struct mu_field *field, void *at)
{
	char text[MU_TIME_TEXT] = "";
	struct piece piece;

	(void)field;
	if (!take_text(in, &piece) || piece.bytes >= sizeof(text))
		return false;
	memcpy(text, piece.at, piece.bytes);
	return mu_time_parse(text, at) && *(const int64_t *)at != 0;
}

static bool read_enum(struct text *in, const struct mu_field *field, void *at)
{
	struct piece piece;

	if (!take_text(in, &piece))
		return false;
	for (int i = 0; field->names[i]; i++) {
		if (strlen(field->names[i]) == piece.bytes &&
		    memcmp(field->names[i], piece.at, piece.bytes) == 0) {
			*(int *)at = i;
			return true;
		}
	}
	return false;
}

/* Whether another item of a list follows the n that were read; false at its end, which *ret_end tells. */
static bool take_next(struct text *in, size_t n, bool *ret_end)
{
	*ret_end = take_char(in, ']');
	return !*ret_end && (n == 0 || take_char(in, ','));
}

/* Room for one more after n items; an array that was outgrown stays in the arena. NULL: none. */
static void *make_room(struct text *in, void *items, size_t n, size_t size)
{
	void *larger;

	if (n & (n - 1)) /* full at 0 and at powers of two */
		return items;
	larger = mu_arena_alloc(in->arena, (n ? 2 * n : 1) * size);
	if (larger && n)
		memcpy(larger, items, n * size);
	return larger;
}

static bool read_strings(struct text *in, const struct mu_field *field, void *at)
{
	struct mu_strs strings = { 0 };
	bool end;

	if (!take_char(in, '['))
		return false;
	while (take_next(in, strings.n, &end)) {
		strings.v = make_room(in, strings.v, strings.n, sizeof(*strings.v));
		if (!strings.v || !read_text(in, 0, CODEC_TEXT_MAX, &strings.v[strings.n]))
			return false;
		strings.n++;
	}
	*(struct mu_strs *)at = strings;
	return end && in_range((int64_t)strings.n, field->min, field->max);
}

static bool read_shape(struct text *in, const struct mu_shape *shape, void *out);

static bool read_record(struct text *in, const struct mu_field *field, void *at)
{
	void *record = mu_arena_alloc(in->arena, field->shape->size);

	*(void **)at = record;
	return record && read_shape(in, field->shape, record);
}

static bool read_records(struct text *in, const struct mu_field *field, void *at)
{
	struct mu_records records = { 0 };
	const size_t size = field->shape->size;
	bool end;

	if (!take_char(in, '['))
		return false;
	while (take_next(in, records.n, &end)) {
		records.v = make_room(in, records.v, records.n, size);
		if (!records.v || !read_shape(in, field->shape, (char *)records.v + records.n * size))
			return false;
		records.n++;
	}
	*(struct mu_records *)at = records;
	return end && in_range((int64_t)records.n, field->min, field->max);
}

/* Any JSON value there may be: nothing for here. */
static bool read_json(struct text *in, const struct mu_field *field, void *at)
{
	(void)in;
	(void)field;
	(void)at;
	return false;
}

static bool (*const readers[])(struct text *in, const struct mu_field *field, void *at) = {
	[MU_STRING] = read_string,   [MU_ID] = read_id,         [MU_INT] = read_int,
	[MU_BOOL] = read_bool,       [MU_TIME] = read_time,     [MU_ENUM] = read_enum,
	[MU_STRINGS] = read_strings, [MU_RECORD] = read_record, [MU_RECORDS] = read_records,
	[MU_JSON] = read_json,
};

static bool read_shape(struct text *in, const struct mu_shape *shape, void *out)
{
	uint64_t given = 0;
	bool first = true;

	memset(out, 0, shape->size);
	if (!take_char(in, '{'))
		return false;
	for (unsigned i = 0; i < shape->n; i++) {
		const struct mu_field *field = &shape->fields[i];

		if (!take_name(in, field->name, first)) {
			if (field->flags & MU_REQUIRED)
				return false;
			continue;
		}
		first = false;
		given |= i < 64 ? (uint64_t)1 << i : 0;
		if (field->flags & MU_NULLABLE && take(in, "null", 4))
			continue;
		if (!readers[field->kind](in, field, (char *)out + field->offset))
			return false;
	}
	if (shape->tracks_given)
		memcpy(out, &given, sizeof(given));
	return take_char(in, '}');
}

bool codec_read_quick(const struct mu_shape *shape, const char *text, size_t bytes, struct mu_arena *arena,
		      void *out)
{
	struct text in = { .at = text, .end = text + bytes, .arena = arena };

	return read_shape(&in, shape, out) && in.at == in.end;
}
