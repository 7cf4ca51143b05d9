/* Records to JSON by their tables of fields. Reading is in codec_read.c.
 * Invariant: what is written here reads back as the same record.
 * Thread: any. */
#include "muster/wire/codec.h"

#include <string.h>

static bool is_absent(const struct mu_field *field, const void *at)
{
	switch (field->kind) {
	case MU_STRING:
	case MU_ID:
	case MU_JSON:
		return *(char *const *)at == NULL;
	case MU_RECORD:
		return *(void *const *)at == NULL;
	case MU_TIME:
		return *(const int64_t *)at == 0;
	case MU_INT:
		return field->flags & MU_NULLABLE && *(const int64_t *)at == 0;
	default:
		return false;
	}
}

static bool is_zero(const struct mu_field *field, const void *at)
{
	switch (field->kind) {
	case MU_INT:
		return *(const int64_t *)at == 0;
	case MU_BOOL:
		return !*(const bool *)at;
	case MU_ENUM:
		return *(const int *)at == 0;
	case MU_STRINGS:
		return ((const struct mu_strs *)at)->n == 0;
	case MU_RECORDS:
		return ((const struct mu_records *)at)->n == 0;
	default:
		return false;
	}
}

static void write_strings(const struct mu_strs *strings, struct mu_buf *out)
{
	mu_buf_char(out, '[');
	for (size_t i = 0; i < strings->n; i++) {
		mu_json_comma(out);
		mu_json_string(out, strings->v[i]);
	}
	mu_buf_char(out, ']');
}

static void write_records(const struct mu_field *field, const struct mu_records *records, enum mu_form form,
			  struct mu_buf *out)
{
	mu_buf_char(out, '[');
	for (size_t i = 0; i < records->n; i++) {
		mu_json_comma(out);
		mu_codec_write(field->shape, (const char *)records->v + i * field->shape->size, form, out);
	}
	mu_buf_char(out, ']');
}

static void write_value(const struct mu_field *field, const void *at, enum mu_form form, struct mu_buf *out)
{
	switch (field->kind) {
	case MU_STRING:
	case MU_ID:
		mu_json_string(out, *(char *const *)at);
		break;
	case MU_INT:
		mu_buf_i64(out, *(const int64_t *)at);
		break;
	case MU_BOOL:
		mu_buf_str(out, *(const bool *)at ? "true" : "false");
		break;
	case MU_TIME:
		mu_json_time(out, *(const int64_t *)at);
		break;
	case MU_ENUM:
		mu_json_string(out, field->names[*(const int *)at]);
		break;
	case MU_STRINGS:
		write_strings(at, out);
		break;
	case MU_RECORD:
		mu_codec_write(field->shape, *(void *const *)at, form, out);
		break;
	case MU_RECORDS:
		write_records(field, at, form, out);
		break;
	case MU_JSON:
		mu_buf_str(out, *(char *const *)at);
		break;
	}
}

/* Flags of the fields that a form doesn't have. */
static const unsigned left_out[] = {
	[MU_FORM_FULL] = MU_SECRET,
	[MU_FORM_LOG] = 0,
	[MU_FORM_BRIEF] = MU_SECRET | MU_SIGHT,
};

static void write_field(const struct mu_field *field, const void *at, bool tracked, enum mu_form form,
			struct mu_buf *out)
{
	if (field->flags & left_out[form])
		return;
	if (is_absent(field, at)) {
		if (field->flags & MU_NULLABLE) {
			mu_json_name(out, field->name);
			mu_buf_str(out, "null");
		}
		return;
	}
	if ((field->flags & MU_OMIT_ZERO) && !tracked && is_zero(field, at))
		return;
	mu_json_name(out, field->name);
	write_value(field, at, form, out);
}

/* Whether field i of the record says anything. */
static bool tells(const struct mu_shape *shape, const void *record, unsigned i)
{
	uint64_t given = 0;

	if (!shape->tracks_given)
		return true;
	memcpy(&given, record, sizeof(given));
	return mu_given(given, i);
}

void mu_codec_write_fields(const struct mu_shape *shape, const void *record, enum mu_form form,
			   struct mu_buf *out)
{
	for (unsigned i = 0; i < shape->n; i++) {
		const struct mu_field *field = &shape->fields[i];

		if (tells(shape, record, i))
			write_field(field, (const char *)record + field->offset, shape->tracks_given, form,
				    out);
	}
}

void mu_codec_write(const struct mu_shape *shape, const void *record, enum mu_form form, struct mu_buf *out)
{
	mu_buf_char(out, '{');
	mu_codec_write_fields(shape, record, form, out);
	mu_buf_char(out, '}');
}

void mu_codec_write_before(const struct mu_shape *shape, const void *before, const void *after,
			   struct mu_buf *out)
{
	AUTO_BUF struct mu_buf was = { 0 }, is = { 0 };

	mu_buf_char(out, '{');
	for (unsigned i = 0; i < shape->n; i++) {
		const struct mu_field *field = &shape->fields[i];

		if (!tells(shape, after, i))
			continue;
		mu_buf_reset(&was);
		mu_buf_reset(&is);
		write_field(field, (const char *)before + field->offset, true, MU_FORM_FULL, &was);
		write_field(field, (const char *)after + field->offset, true, MU_FORM_FULL, &is);
		if (mu_buf_error(&was) || mu_buf_error(&is))
			out->failed = true;
		if (!was.n || !strcmp(mu_buf_text(&was), mu_buf_text(&is)))
			continue;
		mu_json_comma(out);
		mu_buf_add(out, was.data, was.n);
	}
	mu_buf_char(out, '}');
}
