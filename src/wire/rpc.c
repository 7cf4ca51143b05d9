/* JSON-RPC 2.0. Reading turns one text into requests, each with its own verdict, so that one bad entry of a
 * batch doesn't spoil the others; writing appends text that is made once.
 * Invariant: an id goes back as the JSON value that it came as.
 * Thread: any. */
#include "muster/wire/rpc.h"

#include "muster/base/mem.h"

#include <string.h>

#define ID_BYTES_MAX 256 /* of an id as JSON text */

/* The id of §4: a string, a whole number or null; without one the request is a notification. */
static enum mu_err read_id(const json_t *in, struct mu_rpc_request *request)
{
	char *id;

	if (!in)
		return MU_OK;
	if (!json_is_string(in) && !json_is_integer(in) && !json_is_null(in))
		return mu_fail(&request->fault, MU_INVALID_REQUEST,
			       "id must be a string, a whole number or null");
	id = json_dumps(in, JSON_COMPACT | JSON_ENCODE_ANY);
	if (!id)
		return MU_NO_MEMORY;
	if (strlen(id) > ID_BYTES_MAX) {
		free(id);
		return mu_fail(&request->fault, MU_INVALID_REQUEST, "id must be at most %d bytes",
			       ID_BYTES_MAX);
	}
	request->id = id;
	return MU_OK;
}

static enum mu_err read_params(json_t *in, struct mu_rpc_request *request)
{
	if (!in)
		return MU_OK;
	if (!json_is_object(in))
		return mu_fail(&request->fault, MU_INVALID_REQUEST,
			       "params must be an object: parameters go by name");
	request->params = json_incref(in);
	return MU_OK;
}

static enum mu_err read_method(const json_t *in, struct mu_rpc_request *request)
{
	const char *method = json_string_value(in);

	if (!method || !*method)
		return mu_fail(&request->fault, MU_INVALID_REQUEST, "method must be the name of a method");
	request->method = strdup(method);
	return request->method ? MU_OK : MU_NO_MEMORY;
}

static enum mu_err read_version(const json_t *in, struct mu_rpc_request *request)
{
	const char *version = json_string_value(in);

	if (!version || strcmp(version, "2.0") != 0)
		return mu_fail(&request->fault, MU_INVALID_REQUEST, "jsonrpc must be \"2.0\"");
	return MU_OK;
}

/* The id comes first: whatever else is wrong, the answer then carries it. */
static enum mu_err read_request(const json_t *in, struct mu_rpc_request *request)
{
	enum mu_err err;

	if (!json_is_object(in))
		return mu_fail(&request->fault, MU_INVALID_REQUEST, "A request must be an object");
	err = read_id(json_object_get(in, "id"), request);
	if (!err)
		err = read_version(json_object_get(in, "jsonrpc"), request);
	if (!err)
		err = read_method(json_object_get(in, "method"), request);
	if (!err)
		err = read_params(json_object_get(in, "params"), request);
	return err;
}

/* What isn't an object or array may still be JSON (42, "hello"): then it is no request (§5.1) rather than no
 * JSON. Such a value is told by being the only element of the array that it makes in brackets. */
static bool is_lone_value(const char *text, size_t bytes)
{
	AUTO_BUF struct mu_buf wrapped;
	AUTO_JSON json_t *array = NULL;

	mu_buf_init(&wrapped);
	mu_buf_char(&wrapped, '[');
	mu_buf_add(&wrapped, text, bytes);
	mu_buf_char(&wrapped, ']');
	if (mu_buf_error(&wrapped) || mu_json_parse(wrapped.data, wrapped.n, 1, &array, NULL))
		return false;
	return json_array_size(array) == 1;
}

static enum mu_err read_json(const char *text, size_t bytes, size_t max_depth, json_t **ret_json,
			     struct mu_fault *ret_fault)
{
	enum mu_err err = mu_json_parse(text, bytes, max_depth, ret_json, ret_fault);

	if (err == MU_PARSE_ERROR && is_lone_value(text, bytes))
		return mu_fail(ret_fault, MU_INVALID_REQUEST,
			       "A message must be an object or an array of objects");
	return err;
}

static enum mu_err count_requests(const json_t *json, size_t max_batch, size_t *ret_n,
				  struct mu_fault *ret_fault)
{
	size_t n = json_is_array(json) ? json_array_size(json) : 1;

	if (n == 0)
		return mu_fail(ret_fault, MU_INVALID_REQUEST, "A batch must hold at least one request");
	if (n > max_batch)
		return mu_fail(ret_fault, MU_TOO_LARGE, "A batch may hold at most %zu requests", max_batch);
	*ret_n = n;
	return MU_OK;
}

enum mu_err mu_rpc_read(const char *text, size_t bytes, size_t max_depth, size_t max_batch,
			struct mu_rpc_message *ret_message, struct mu_fault *ret_fault)
{
	struct mu_rpc_message message = { 0 };
	AUTO_JSON json_t *json = NULL;
	enum mu_err err;
	size_t n = 1;

	err = read_json(text, bytes, max_depth, &json, ret_fault);
	if (!err)
		err = count_requests(json, max_batch, &n, ret_fault);
	if (err)
		return err;
	message.requests = calloc(n, sizeof(*message.requests));
	if (!message.requests)
		return mu_fail(ret_fault, MU_NO_MEMORY, "Out of memory while reading a message");
	message.n = n;
	message.batch = json_is_array(json);
	for (size_t i = 0; i < n; i++) {
		struct mu_rpc_request *request = &message.requests[i];

		request->err = read_request(message.batch ? json_array_get(json, i) : json, request);
		if (request->err == MU_NO_MEMORY) {
			mu_rpc_finish(&message);
			return mu_fail(ret_fault, MU_NO_MEMORY, "Out of memory while reading a message");
		}
	}
	*ret_message = message;
	return MU_OK;
}

void mu_rpc_finish(struct mu_rpc_message *message)
{
	for (size_t i = 0; i < message->n; i++) {
		free(message->requests[i].id);
		free(message->requests[i].method);
		json_decref(message->requests[i].params);
	}
	free(message->requests);
	*message = (struct mu_rpc_message){ 0 };
}

static void open_answer(struct mu_buf *out, const char *id, const char *member)
{
	mu_buf_str(out, "{\"jsonrpc\":\"2.0\",\"id\":");
	mu_buf_str(out, id ? id : "null");
	mu_json_name(out, member);
}

void mu_rpc_result(struct mu_buf *out, const char *id, const char *result)
{
	open_answer(out, id, "result");
	mu_buf_str(out, result ? result : "null");
	mu_buf_char(out, '}');
}

/* Results may be large, so they are copied just once. */
struct mu_frame *mu_ws_result(const char *id, const char *result)
{
	AUTO_BUF struct mu_buf head = { 0 };

	if (!result)
		result = "null";
	open_answer(&head, id, "result");
	if (mu_buf_error(&head))
		return NULL;
	const struct mu_part parts[] = { { head.data, head.n }, { result, strlen(result) }, { "}", 1 } };
	return mu_ws_text_of(parts, MU_COUNT(parts));
}

void mu_rpc_error(struct mu_buf *out, const char *id, const struct mu_fault *fault, const char *present)
{
	open_answer(out, id, "error");
	mu_rpc_error_object(out, fault, present);
	mu_buf_char(out, '}');
}

void mu_rpc_notify(struct mu_buf *out, const char *method, const char *params)
{
	mu_buf_str(out, "{\"jsonrpc\":\"2.0\",\"method\":");
	mu_json_string(out, method);
	if (params) {
		mu_json_name(out, "params");
		mu_buf_str(out, params);
	}
	mu_buf_char(out, '}');
}

/* Whether field i carries a name that an earlier one has: a name may stand only once in an object. */
static bool is_repeated(const struct mu_fault *fault, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (strcmp(fault->fields[i].name, fault->fields[j].name) == 0)
			return true;
	}
	return false;
}

/* What both forms of an error tell a program. `present` is JSON or NULL: of a conflict the present state, of
 * parameters that hold rows each row that doesn't fit. */
static void add_details(struct mu_buf *out, const struct mu_fault *fault, const char *present)
{
	const struct mu_err_info *info = mu_err_info(fault->err);

	mu_json_name(out, "kind");
	mu_json_string(out, info->kind);
	mu_json_name(out, "temporary");
	mu_buf_str(out, info->temporary ? "true" : "false");
	mu_json_name(out, "retry_after_ms");
	mu_buf_i64(out, fault->retry_after_ms);
	mu_json_name(out, "fields");
	mu_buf_char(out, '{');
	for (size_t i = 0; i < fault->n_fields; i++) {
		if (is_repeated(fault, i))
			continue;
		mu_json_name(out, fault->fields[i].name);
		mu_json_string(out, fault->fields[i].reason);
	}
	mu_buf_char(out, '}');
	if (present) {
		mu_json_name(out, fault->err == MU_INVALID_PARAMS ? "rows" : "present");
		mu_buf_str(out, present);
	}
}

void mu_rpc_error_object(struct mu_buf *out, const struct mu_fault *fault, const char *present)
{
	mu_buf_str(out, "{\"code\":");
	mu_buf_i64(out, mu_err_info(fault->err)->code);
	mu_json_name(out, "message");
	mu_json_string(out, mu_fault_text(fault));
	mu_json_name(out, "data");
	mu_buf_char(out, '{');
	add_details(out, fault, present);
	mu_buf_str(out, "}}");
}

void mu_problem(struct mu_buf *out, int status, const char *title, const struct mu_fault *fault,
		const char *present)
{
	const struct mu_err_info *info = mu_err_info(fault->err);

	mu_buf_str(out, "{\"type\":\"about:blank\",\"title\":");
	mu_json_string(out, title ? title : info->text);
	mu_json_name(out, "status");
	mu_buf_i64(out, status ? status : info->http);
	mu_json_name(out, "detail");
	mu_json_string(out, mu_fault_text(fault));
	mu_json_name(out, "code");
	mu_buf_i64(out, info->code);
	add_details(out, fault, present);
	mu_buf_char(out, '}');
}
