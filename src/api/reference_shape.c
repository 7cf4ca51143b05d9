/* JSON schemas of shapes.
 * Thread: any. */
#include "reference.h"

#define TEXT_MAX 256 /* of strings whose field names no length */

static void set_number(json_t *schema, const char *name, int64_t value)
{
	json_object_set_new(schema, name, json_integer(value));
}

static json_t *text_schema(const struct mu_field *field)
{
	json_t *schema = json_pack("{s:s}", "type", "string");

	if (schema && field->min)
		set_number(schema, "minLength", field->min);
	if (schema)
		set_number(schema, "maxLength", field->max ? field->max : TEXT_MAX);
	return schema;
}

static json_t *int_schema(const struct mu_field *field)
{
	json_t *schema = json_pack("{s:s}", "type", "integer");

	if (schema && (field->min || field->max)) {
		set_number(schema, "minimum", field->min);
		if (field->max >= field->min)
			set_number(schema, "maximum", field->max);
	}
	return schema;
}

static json_t *enum_schema(const struct mu_field *field)
{
	json_t *names = json_array();

	for (size_t i = 0; names && field->names[i]; i++)
		json_array_append_new(names, json_string(field->names[i]));
	return names ? json_pack("{s:s, s:o}", "type", "string", "enum", names) : NULL;
}

static json_t *list_schema(const struct mu_field *field, json_t *items)
{
	json_t *schema = items ? json_pack("{s:s, s:o}", "type", "array", "items", items) : NULL;

	if (schema && field->min)
		set_number(schema, "minItems", field->min);
	if (schema && field->max)
		set_number(schema, "maxItems", field->max);
	return schema;
}

static json_t *kind_schema(const struct mu_field *field, bool sent)
{
	switch (field->kind) {
	case MU_STRING:
		return text_schema(field);
	case MU_ID:
		return reference_type("id");
	case MU_INT:
		return int_schema(field);
	case MU_BOOL:
		return reference_type("bool");
	case MU_TIME:
		return reference_type("time");
	case MU_ENUM:
		return enum_schema(field);
	case MU_STRINGS:
		return list_schema(field, json_pack("{s:s, s:i}", "type", "string", "maxLength", TEXT_MAX));
	case MU_RECORD:
		return reference_shape(field->shape, sent);
	case MU_RECORDS:
		return list_schema(field, reference_shape(field->shape, sent));
	case MU_JSON: /* with a shape: rows of it, that are checked one by one */
		return field->shape ? list_schema(field, reference_shape(field->shape, sent))
				    : reference_type("JSON");
	}
	return NULL;
}

json_t *reference_field(const struct mu_field *field, bool sent)
{
	json_t *schema = kind_schema(field, sent);

	if (schema && field->flags & MU_NULLABLE)
		schema = json_pack("{s:[o, {s:s}]}", "anyOf", schema, "type", "null");
	if (schema && field->help)
		json_object_set_new(schema, "description", json_string(field->help));
	if (schema && field->flags & MU_SECRET)
		json_object_set_new(schema, "writeOnly", json_true());
	return schema;
}

/* Whether what is told always has the field. */
static bool is_told(const struct mu_shape *shape, const struct mu_field *field)
{
	if (field->flags & MU_SIGHT)
		return false;
	if (shape->tracks_given || field->flags & MU_OMIT_ZERO)
		return field->flags & MU_REQUIRED;
	return field->flags & (MU_REQUIRED | MU_NULLABLE) || field->kind == MU_INT ||
	       field->kind == MU_BOOL || field->kind == MU_ENUM || field->kind == MU_STRINGS ||
	       field->kind == MU_RECORDS;
}

json_t *reference_shape(const struct mu_shape *shape, bool sent)
{
	json_t *properties = json_object(), *required = json_array();
	bool good = properties && required;

	for (size_t i = 0; good && i < shape->n; i++) {
		const struct mu_field *field = &shape->fields[i];

		if (!sent && field->flags & MU_SECRET)
			continue;
		good = !json_object_set_new(properties, field->name, reference_field(field, sent));
		if (good && (sent ? field->flags & MU_REQUIRED : is_told(shape, field)))
			good = !json_array_append_new(required, json_string(field->name));
	}
	if (good)
		return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties,
				 "required", required, "additionalProperties", false);
	json_decref(properties);
	json_decref(required);
	return NULL;
}
