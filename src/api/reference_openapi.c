/* The HTTP API as an OpenAPI document.
 * Source: OpenAPI 3.1.0.
 * Thread: any. */
#include "reference.h"

#include <stdio.h>

#define PATH_MAX_BYTES 256

/* A route taken apart; a tail in brackets makes two of it. */
struct way {
	const struct mu_command *command;
	char verb[8];
	char path[PATH_MAX_BYTES];
	const char *tail; /* the parameter of the tail: in this path, or left out here; NULL: there is none */
	char tail_name[64];
	bool with_tail;
};

static bool in_path(const struct way *way, const char *name)
{
	char part[80];

	snprintf(part, sizeof(part), "{%s}", name);
	return strstr(way->path, part);
}

/* What a path leaves over goes into the query of these, into the body of others. */
static bool has_body(const struct way *way)
{
	return strcmp(way->verb, "get") && strcmp(way->verb, "delete");
}

static json_t *parameter(const struct way *way, const struct mu_field *field, const json_t *example)
{
	const bool path = in_path(way, field->name);
	json_t *schema = reference_field(field, true), *value = json_object_get(example, field->name);
	json_t *parameter =
		json_pack("{s:s, s:s, s:b, s:o}", "name", field->name, "in", path ? "path" : "query",
			  "required", path || field->flags & MU_REQUIRED, "schema", schema);

	if (!parameter)
		return NULL;
	json_object_del(schema, "description");
	if (field->kind == MU_JSON) /* in a query it is text */
		json_object_set_new(parameter, "schema", reference_type("text"));
	if (field->kind == MU_STRINGS)
		json_object_set_new(parameter, "explode", json_false());
	if (field->help)
		json_object_set_new(parameter, "description", json_string(field->help));
	if (value)
		json_object_set(parameter, "example", value);
	return parameter;
}

static bool leaves_out(const struct way *way, const struct mu_field *field)
{
	return way->tail && !way->with_tail && !strcmp(field->name, way->tail);
}

static void add_parameters(const struct way *way, const json_t *example, json_t *operation)
{
	const struct mu_shape *shape = way->command->params;
	json_t *all = json_array();

	for (size_t i = 0; shape && i < shape->n; i++) {
		const struct mu_field *field = &shape->fields[i];

		if (!leaves_out(way, field) && (in_path(way, field->name) || !has_body(way)))
			json_array_append_new(all, parameter(way, field, example));
	}
	if (has_body(way))
		json_array_append_new(all, json_pack("{s:s}", "$ref", "#/components/parameters/idempotency"));
	json_object_set_new(operation, "parameters", all);
}

static void add_body(const struct way *way, const json_t *example, json_t *operation)
{
	const struct mu_shape *shape = way->command->params;
	json_t *schema = shape && has_body(way) ? reference_shape(shape, true) : NULL, *copy;
	json_t *properties = json_object_get(schema, "properties"), *required = json_array(), *name;
	size_t i;

	if (!schema) {
		json_decref(required);
		return;
	}
	copy = json_copy((json_t *)example);
	for (i = 0; i < shape->n; i++)
		if (in_path(way, shape->fields[i].name)) {
			json_object_del(properties, shape->fields[i].name);
			json_object_del(copy, shape->fields[i].name);
		}
	json_array_foreach(json_object_get(schema, "required"), i,
			   name) if (json_object_get(properties, json_string_value(name)))
		json_array_append(required, name);
	json_object_set(schema, "required", required);
	if (json_object_size(properties))
		json_object_set_new(operation, "requestBody",
				    json_pack("{s:b, s:{s:{s:O, s:O}}}", "required",
					      json_array_size(required) > 0, "content", "application/json",
					      "schema", schema, "example", copy));
	json_decref(required);
	json_decref(schema);
	json_decref(copy);
}

static json_t *result_response(const struct way *way, const json_t *schemas)
{
	json_t *schema = reference_type(way->command->result), *content;
	json_t *sample = schema ? reference_sample(schema, NULL, schemas) : NULL;

	content = json_pack("{s:{s:o, s:o}}", "application/json", "schema", schema, "example", sample);
	if (content && way->command->flags & MU_METHOD_PARTS) {
		json_object_set_new(content, "text/csv",
				    json_pack("{s:o}", "schema", reference_type("text")));
		json_object_set_new(content, "application/jsonl",
				    json_pack("{s:o}", "schema", reference_type("text")));
	}
	return json_pack("{s:s, s:o}", "description", "Done", "content", content);
}

static bool may_answer(const struct way *way, int status)
{
	switch (status) {
	case 403:
	case 404:
		return !(way->command->flags & MU_METHOD_PUBLIC);
	case 409:
	case 413:
	case 415:
		return strcmp(way->verb, "get");
	case 410:
		return way->command->flags & MU_METHOD_PUBLIC;
	default:
		return true;
	}
}

/* Each status of the table of errors once, and that of a body which isn't JSON. */
static const int statuses[] = { 400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 500, 503 };

static void add_responses(const struct way *way, const json_t *schemas, json_t *operation)
{
	json_t *all = json_pack("{s:o}", "200", result_response(way, schemas));
	char status[8], ref[48];

	for (size_t i = 0; all && i < MU_COUNT(statuses); i++) {
		if (!may_answer(way, statuses[i]))
			continue;
		snprintf(status, sizeof(status), "%d", statuses[i]);
		snprintf(ref, sizeof(ref), "#/components/responses/E%d", statuses[i]);
		json_object_set_new(all, status, json_pack("{s:s}", "$ref", ref));
	}
	json_object_set_new(operation, "responses", all);
}

static json_t *operation_of(const struct way *way, const json_t *schemas)
{
	const struct mu_command *command = way->command;
	AUTO_JSON json_t *examples = reference_examples(command->name, way->tail, way->with_tail);
	json_t *operation =
		json_pack("{s:o, s:[s#], s:s}", "operationId",
			  json_sprintf("%s%s", command->name, way->tail && !way->with_tail ? "_all" : ""),
			  "tags", command->name, (int)strcspn(command->name, "."), "summary", command->help);

	if (!operation || reference_rights(command, operation)) {
		json_decref(operation);
		return NULL;
	}
	const json_t *first = json_object_get(json_array_get(examples, 0), "params");
	add_parameters(way, first, operation);
	add_body(way, first, operation);
	add_responses(way, schemas, operation);
	json_object_set(operation, "x-examples", examples);
	return operation;
}

static void add_way(json_t *paths, const struct way *way, const json_t *schemas)
{
	json_t *item = json_object_get(paths, way->path);

	if (!item) {
		item = json_object();
		json_object_set_new(paths, way->path, item);
	}
	json_object_set_new(item, way->verb, operation_of(way, schemas));
}

static void add_command(json_t *paths, const struct mu_command *command, const json_t *schemas)
{
	struct way way = { .command = command };
	size_t verb = strcspn(command->route, " "), n;
	const char *path = command->route + verb + 1, *bracket = strchr(path, '[');

	for (size_t i = 0; i < verb; i++)
		way.verb[i] = (char)(command->route[i] | 0x20);
	n = bracket ? (size_t)(bracket - path) : strlen(path);
	snprintf(way.path, sizeof(way.path), "%.*s", (int)n, path);
	if (bracket) {
		snprintf(way.tail_name, sizeof(way.tail_name), "%.*s", (int)strlen(bracket) - 5, bracket + 3);
		way.tail = way.tail_name;
	}
	add_way(paths, &way, schemas);
	if (!bracket)
		return;
	snprintf(way.path + n, sizeof(way.path) - n, "%.*s", (int)strlen(bracket) - 2, bracket + 1);
	way.with_tail = true;
	add_way(paths, &way, schemas);
}

static json_t *make_paths(const json_t *schemas)
{
	json_t *paths = json_object();
	const struct mu_command *command;

	for (unsigned i = 0; paths && (command = mu_command(i)); i++)
		if (command->route)
			add_command(paths, command, schemas);
	return paths;
}

/* The kinds that a status stands for. */
static json_t *make_response(int status)
{
	json_t *kinds = json_array(), *response;
	const char *text = "The body is not JSON";

	for (int err = 1; kinds && err < MU_ERR_COUNT; err++) {
		const struct mu_err_info *info = mu_err_info((enum mu_err)err);

		if (info->http != status && !(status == 415 && err == MU_INVALID_REQUEST))
			continue;
		if (!json_array_size(kinds) && status != 415)
			text = info->text;
		json_array_append_new(kinds, json_string(info->kind));
	}
	response = json_pack("{s:s, s:{s:{s:{s:[{s:s}, {s:{s:{s:o}}}]}}}}", "description", text, "content",
			     "application/problem+json", "schema", "allOf", "$ref",
			     "#/components/schemas/PROBLEM", "properties", "kind", "enum", kinds);
	return response;
}

static json_t *make_responses(void)
{
	json_t *responses = json_object();
	char name[8];

	for (size_t i = 0; responses && i < MU_COUNT(statuses); i++) {
		snprintf(name, sizeof(name), "E%d", statuses[i]);
		json_object_set_new(responses, name, make_response(statuses[i]));
	}
	return responses;
}

json_t *reference_openapi(void)
{
	json_t *schemas = reference_schemas(), *paths = schemas ? make_paths(schemas) : NULL, *components;

	components = json_pack(
		"{s:o, s:o, s:{s:{s:s, s:s, s:s}}, s:{s:{s:s, s:s, s:s, s:{s:s, s:i, s:i}}}}", "schemas",
		schemas, "responses", make_responses(), "securitySchemes", "bearer", "type", "http", "scheme",
		"bearer", "description",
		"An API key of the workspace, a token of the platform's own (JWT), or one of auth.login",
		"parameters", "idempotency", "name", "Idempotency-Key", "in", "header", "description",
		"A name of your own for this write: sent again under the same name it is done once", "schema",
		"type", "string", "minLength", 1, "maxLength", 200);
	return json_pack("{s:s, s:{s:s, s:s, s:s, s:{s:s, s:s}}, s:[{s:s}], s:[{s:[]}], s:o, s:o}", "openapi",
			 "3.1.0", "info", "title", "Muster", "version", MU_VERSION, "description",
			 "Presence and notifications for support platforms: the HTTP API. The same commands "
			 "work over the WebSocket, see /asyncapi.json.",
			 "license", "name", "MIT", "identifier", "MIT", "servers", "url", "/", "security",
			 "bearer", "paths", paths, "components", components);
}
