/* JSON to records by their tables of fields. Every field is looked at even after one was wrong, so that one
 * answer lists all that has to be mended, each under its path (members.0) and with what would be right.
 * Invariant: a record that was read keeps every promise of its table; code behind it need not check again.
 * Thread: any. */
#include "muster/wire/codec.h"

#include "codec_quick.h"
#include "utf8.h"

#include "muster/base/clock.h"
#include "muster/base/hash.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LOG_DEPTH 32 /* nesting of what this program writes itself */

struct reader {
	struct mu_arena *arena;
	struct mu_fault *fault;
	bool lenient; /* unknown names are skipped */
};

/* Where a value stands: put into words only when something is wrong with it. */
struct place {
	const struct place *up;
	const char *name; /* NULL: element `index` of a list */
	size_t index;
};

static size_t place_text(const struct place *place, char *text, size_t cap)
{
	size_t n = place->up ? place_text(place->up, text, cap) : 0;
	const char *dot = n > 0 ? "." : "";
	int more;

	if (n >= cap)
		return n;
	if (place->name)
		more = snprintf(text + n, cap - n, "%s%s", dot, place->name);
	else
		more = snprintf(text + n, cap - n, "%s%zu", dot, place->index);
	return n + (more > 0 ? (size_t)more : 0);
}

__attribute__((format(printf, 3, 4))) static enum mu_err
refuse(const struct reader *r, const struct place *place, const char *format, ...)
{
	char path[128], reason[128]; /* longer than a fault keeps: it cuts at the border of a character */
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	place_text(place, path, sizeof(path));
	return mu_fail_field(r->fault, path, "%s", reason);
}

static const char *plural(int64_t n)
{
	return n == 1 ? "" : "s";
}

/* A limit of a text or list; max 0: none. */
static enum mu_err check_count(const struct reader *r, const struct place *place, size_t n, int64_t min,
			       int64_t max, const char *verb, const char *what)
{
	if ((int64_t)n < min)
		return refuse(r, place, "must %s at least %" PRId64 " %s%s", verb, min, what, plural(min));
	if (max > 0 && (int64_t)n > max)
		return refuse(r, place, "must %s at most %" PRId64 " %s%s", verb, max, what, plural(max));
	return MU_OK;
}

bool codec_is_control(uint32_t point, bool lines)
{
	if (point == '\n' || point == '\t')
		return !lines;
	return point < 0x20 || (point >= 0x7f && point < 0xa0);
}

static enum mu_err read_text(const struct reader *r, const json_t *in, int64_t min, int64_t max,
			     const struct place *place, char **ret_text)
{
	const char *text = json_string_value(in);
	size_t bytes = json_string_length(in), at = 0, points = 0;
	enum mu_err err;

	if (!text)
		return refuse(r, place, "must be a text");
	for (; at < bytes; points++) {
		uint32_t point = 0;
		size_t length = mu_utf8_next(text + at, bytes - at, &point);

		if (length == 0)
			return refuse(r, place, "must be valid UTF-8");
		if (codec_is_control(point, max > CODEC_TEXT_MAX))
			return refuse(r, place, "must not hold control characters");
		at += length;
	}
	err = check_count(r, place, points, min, max, "be", "character");
	if (err)
		return err;
	*ret_text = mu_arena_strndup(r->arena, text, bytes);
	return *ret_text ? MU_OK : MU_NO_MEMORY;
}

static enum mu_err read_string(const struct reader *r, const struct mu_field *field, const json_t *in,
			       void *at, const struct place *place)
{
	return read_text(r, in, field->min, field->max ? field->max : CODEC_TEXT_MAX, place, at);
}

static enum mu_err read_id(const struct reader *r, const struct mu_field *field, const json_t *in, void *at,
			   const struct place *place)
{
	const char *text = json_string_value(in);
	char *copy;

	(void)field;
	if (!text || strlen(text) != json_string_length(in) || !mu_id_valid(text))
		return refuse(r, place, "must be an id: 1 to 64 of A-Z a-z 0-9 . _ - (not first: . -)");
	copy = mu_arena_strdup(r->arena, text);
	if (!copy)
		return MU_NO_MEMORY;
	*(char **)at = copy;
	return MU_OK;
}

/* Bounds of a whole number: min and max both 0 set none, a max below min no upper one. */
static enum mu_err read_int(const struct reader *r, const struct mu_field *field, const json_t *in, void *at,
			    const struct place *place)
{
	bool bounded = field->min != 0 || field->max != 0;
	json_int_t value = json_integer_value(in);

	if (!json_is_integer(in))
		return refuse(r, place, "must be a whole number");
	if (bounded && field->max < field->min && value < field->min)
		return refuse(r, place, "must be at least %" PRId64, field->min);
	if (bounded && field->max >= field->min && (value < field->min || value > field->max))
		return refuse(r, place, "must be a whole number from %" PRId64 " to %" PRId64, field->min,
			      field->max);
	*(int64_t *)at = value;
	return MU_OK;
}

static enum mu_err read_bool(const struct reader *r, const struct mu_field *field, const json_t *in, void *at,
			     const struct place *place)
{
	(void)field;
	if (!json_is_boolean(in))
		return refuse(r, place, "must be true or false");
	*(bool *)at = json_is_true(in);
	return MU_OK;
}

/* The first instant of 1970 stands for "absent" in a record, so it can't be given. */
static enum mu_err read_time(const struct reader *r, const struct mu_field *field, const json_t *in, void *at,
			     const struct place *place)
{
	const char *text = json_string_value(in);
	int64_t wall_ms;

	(void)field;
	if (!text || strlen(text) != json_string_length(in) || !mu_time_parse(text, &wall_ms) || wall_ms == 0)
		return refuse(r, place, "must be a time such as 2026-11-21T12:00:00Z");
	*(int64_t *)at = wall_ms;
	return MU_OK;
}

static enum mu_err refuse_name(const struct reader *r, const struct mu_field *field,
			       const struct place *place)
{
	char list[128] = "";
	size_t n = 0;

	for (int i = 0; field->names[i] && n < sizeof(list); i++) {
		int more = snprintf(list + n, sizeof(list) - n, "%s%s", i > 0 ? ", " : "", field->names[i]);

		n += more > 0 ? (size_t)more : 0;
	}
	return refuse(r, place, "must be one of %s", list);
}

static enum mu_err read_enum(const struct reader *r, const struct mu_field *field, const json_t *in, void *at,
			     const struct place *place)
{
	const char *text = json_string_value(in);

	for (int i = 0; text && field->names[i]; i++) {
		if (strcmp(field->names[i], text) == 0) {
			*(int *)at = i;
			return MU_OK;
		}
	}
	return refuse_name(r, field, place);
}

/* Of two outcomes the one that decides: no memory before a wrong field before none. */
static enum mu_err worse(enum mu_err a, enum mu_err b)
{
	return a == MU_NO_MEMORY || b == MU_OK ? a : b;
}

static enum mu_err read_strings(const struct reader *r, const struct mu_field *field, const json_t *in,
				void *at, const struct place *place)
{
	struct mu_strs strings = { .n = json_array_size(in) };
	enum mu_err err;

	if (!json_is_array(in))
		return refuse(r, place, "must be a list of texts");
	err = check_count(r, place, strings.n, field->min, field->max, "have", "item");
	if (err)
		return err;
	if (strings.n > 0) {
		strings.v = mu_arena_alloc(r->arena, strings.n * sizeof(*strings.v));
		if (!strings.v)
			return MU_NO_MEMORY;
	}
	for (size_t i = 0; i < strings.n && err != MU_NO_MEMORY; i++) {
		struct place item = { .up = place, .index = i };

		err = worse(err,
			    read_text(r, json_array_get(in, i), 0, CODEC_TEXT_MAX, &item, &strings.v[i]));
	}
	*(struct mu_strs *)at = strings;
	return err;
}

static enum mu_err read_shape(const struct reader *r, const struct mu_shape *shape, const json_t *in,
			      void *out, const struct place *place);

static enum mu_err read_record(const struct reader *r, const struct mu_field *field, const json_t *in,
			       void *at, const struct place *place)
{
	void *record;

	if (!json_is_object(in))
		return refuse(r, place, "must be an object");
	record = mu_arena_alloc(r->arena, field->shape->size);
	if (!record)
		return MU_NO_MEMORY;
	*(void **)at = record;
	return read_shape(r, field->shape, in, record, place);
}

static enum mu_err read_records(const struct reader *r, const struct mu_field *field, const json_t *in,
				void *at, const struct place *place)
{
	struct mu_records records = { .n = json_array_size(in) };
	size_t size = field->shape->size;
	enum mu_err err;

	if (!json_is_array(in))
		return refuse(r, place, "must be a list of objects");
	err = check_count(r, place, records.n, field->min, field->max, "have", "item");
	if (err)
		return err;
	if (records.n > 0) {
		records.v = mu_arena_alloc(r->arena, records.n * size);
		if (!records.v)
			return MU_NO_MEMORY;
	}
	for (size_t i = 0; i < records.n && err != MU_NO_MEMORY; i++) {
		struct place item = { .up = place, .index = i };
		const json_t *value = json_array_get(in, i);

		if (json_is_object(value))
			err = worse(err,
				    read_shape(r, field->shape, value, (char *)records.v + i * size, &item));
		else
			err = worse(err, refuse(r, &item, "must be an object"));
	}
	*(struct mu_records *)at = records;
	return err;
}

static enum mu_err read_json(const struct reader *r, const struct mu_field *field, const json_t *in, void *at,
			     const struct place *place)
{
	AUTO_FREE char *text = json_dumps(in, JSON_COMPACT | JSON_ENCODE_ANY);
	char *copy;

	if (!text)
		return MU_NO_MEMORY;
	if (field->max > 0 && strlen(text) > (size_t)field->max)
		return refuse(r, place, "must be at most %" PRId64 " bytes as JSON", field->max);
	copy = mu_arena_strdup(r->arena, text);
	if (!copy)
		return MU_NO_MEMORY;
	*(char **)at = copy;
	return MU_OK;
}

static enum mu_err (*const readers[])(const struct reader *r, const struct mu_field *field, const json_t *in,
				      void *at, const struct place *place) = {
	[MU_STRING] = read_string,   [MU_ID] = read_id,         [MU_INT] = read_int,
	[MU_BOOL] = read_bool,       [MU_TIME] = read_time,     [MU_ENUM] = read_enum,
	[MU_STRINGS] = read_strings, [MU_RECORD] = read_record, [MU_RECORDS] = read_records,
	[MU_JSON] = read_json,
};

static enum mu_err read_field(const struct reader *r, const struct mu_field *field, const json_t *in,
			      void *record, const struct place *up)
{
	struct place here = { .up = up, .name = field->name };

	if (json_is_null(in) && (field->flags & MU_NULLABLE))
		return MU_OK;
	if (!in || (json_is_null(in) && (field->flags & MU_REQUIRED)))
		return field->flags & MU_REQUIRED ? refuse(r, &here, "is needed") : MU_OK;
	return readers[field->kind](r, field, in, (char *)record + field->offset, &here);
}

static enum mu_err refuse_unknown(const struct reader *r, const struct mu_shape *shape, const json_t *in,
				  const struct place *up)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)in, name, value)
	{
		struct place here = { .up = up, .name = name };
		size_t i = 0;

		while (i < shape->n && strcmp(shape->fields[i].name, name) != 0)
			i++;
		if (i == shape->n)
			(void)refuse(r, &here, "is not a known parameter");
	}
	return MU_INVALID_PARAMS;
}

static enum mu_err read_shape(const struct reader *r, const struct mu_shape *shape, const json_t *in,
			      void *out, const struct place *place)
{
	enum mu_err err = MU_OK;
	uint64_t given = 0;
	size_t known = 0;

	memset(out, 0, shape->size);
	for (unsigned i = 0; i < shape->n && err != MU_NO_MEMORY; i++) {
		const json_t *value = json_object_get(in, shape->fields[i].name);

		if (value) {
			known++;
			given |= i < 64 ? (uint64_t)1 << i : 0;
		}
		err = worse(err, read_field(r, &shape->fields[i], value, out, place));
	}
	if (shape->tracks_given)
		memcpy(out, &given, sizeof(given));
	if (!r->lenient && known < json_object_size(in))
		err = worse(err, refuse_unknown(r, shape, in, place));
	return err;
}

enum mu_err mu_codec_read(const struct mu_shape *shape, const json_t *in, struct mu_arena *arena, void *out,
			  struct mu_fault *ret_fault)
{
	struct reader r = { .arena = arena, .fault = ret_fault };

	if (in && !json_is_object(in))
		return mu_fail(ret_fault, MU_INVALID_PARAMS, "Parameters must be an object");
	return read_shape(&r, shape, in, out, NULL);
}

enum mu_err mu_codec_read_text(const struct mu_shape *shape, const char *text, size_t bytes,
			       struct mu_arena *arena, void *out)
{
	struct reader r = { .arena = arena, .lenient = true };
	AUTO_JSON json_t *in = NULL;
	enum mu_err err;

	if (codec_read_quick(shape, text, bytes, arena, out))
		return MU_OK;
	err = mu_json_parse(text, bytes, LOG_DEPTH, &in, NULL);
	if (err)
		return err == MU_NO_MEMORY ? err : MU_INVALID_PARAMS;
	if (!json_is_object(in))
		return MU_INVALID_PARAMS;
	return read_shape(&r, shape, in, out, NULL);
}
