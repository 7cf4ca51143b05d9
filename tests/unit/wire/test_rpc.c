/* JSON-RPC 2.0: what is a request, what is answered how. */
#include "testing.h"

#include "muster/base/buf.h"
#include "muster/wire/rpc.h"

#include "failing_alloc.h"
/* The file under test, and what it reads with. */
#include "../auth/json_read.c"
#include "rpc.c"

#define MAX_DEPTH 8
#define MAX_BATCH 3

/* A message in short: each request as id:method(params), with - for what isn't there; an invalid one as
 * id!kind; a batch in brackets. */
static void describe(const struct mu_rpc_message *message, struct mu_buf *out)
{
	mu_buf_str(out, message->batch ? "[" : "");
	for (size_t i = 0; i < message->n; i++) {
		const struct mu_rpc_request *request = &message->requests[i];
		char *params = request->params ? json_dumps(request->params, JSON_COMPACT) : NULL;

		mu_buf_printf(out, "%s%s", i > 0 ? " " : "", request->id ? request->id : "-");
		if (request->err)
			mu_buf_printf(out, "!%s", mu_err_info(request->err)->kind);
		else
			mu_buf_printf(out, ":%s(%s)", request->method, params ? params : "-");
		(free)(params);
	}
	mu_buf_str(out, message->batch ? "]" : "");
}

static const struct {
	const char *text, *means;
} messages[] = {
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a.b\"}", "1:a.b(-)" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a.b\",\"params\":{\"x\": [1, 2]}}",
	  "1:a.b({\"x\":[1,2]})" },
	{ "{\"params\":{},\"method\":\"m\",\"id\":\"x\",\"jsonrpc\":\"2.0\"}", "\"x\":m({})" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"m\"}", "null:m(-)" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":-7,\"method\":\"m\"}", "-7:m(-)" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":9223372036854775807,\"method\":\"m\"}", "9223372036854775807:m(-)" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":\"\",\"method\":\"m\"}", "\"\":m(-)" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":\"a\\\"\\u00e9\\n\",\"method\":\"m\"}", "\"a\\\"\xc3\xa9\\n\":m(-)" },
	{ "{\"jsonrpc\":\"2.0\",\"method\":\"m\"}", "-:m(-)" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"trace\":\"t\"}", "1:m(-)" },
	{ " \n[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"}]", "[1:m(-)]" },
	{ "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\"},{\"jsonrpc\":\"2.0\",\"method\":\"n\"},7]",
	  "[1:m(-) -:n(-) -!invalid_request]" },
	{ "[1,2,3]", "[-!invalid_request -!invalid_request -!invalid_request]" },
	{ "[[]]", "[-!invalid_request]" },
	{ "{}", "-!invalid_request" },
	{ "{\"id\":1,\"method\":\"m\"}", "1!invalid_request" },
	{ "{\"jsonrpc\":2.0,\"id\":1,\"method\":\"m\"}", "1!invalid_request" },
	{ "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"m\"}", "1!invalid_request" },
	{ "{\"jsonrpc\":\"2.0\\u0020\",\"id\":1,\"method\":\"m\"}", "1!invalid_request" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1}", "1!invalid_request" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":1}", "1!invalid_request" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\"}", "1!invalid_request" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":null}", "1!invalid_request" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}", "1!invalid_request" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":[1]}", "1!invalid_request" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":\"x\"}", "1!invalid_request" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"m\",\"params\":null}", "1!invalid_request" },
	{ "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"params\":[]}", "-!invalid_request" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"m\"}", "-!invalid_request" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1.0,\"method\":\"m\"}", "-!invalid_request" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":1e3,\"method\":\"m\"}", "-!invalid_request" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"m\"}", "-!invalid_request" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"m\"}", "-!invalid_request" },
	{ "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"m\"}", "-!invalid_request" },
};

static const struct {
	const char *text;
	enum mu_err err;
} no_messages[] = {
	{ "", MU_PARSE_ERROR },
	{ "hello", MU_PARSE_ERROR },
	{ "{\"jsonrpc\":\"2.0\",\"method\":\"m\"", MU_PARSE_ERROR },
	{ "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"method\":\"n\"}", MU_PARSE_ERROR },
	{ "{} {}", MU_PARSE_ERROR },
	{ "1,2", MU_PARSE_ERROR },
	{ "1],[2", MU_PARSE_ERROR },
	{ "]", MU_PARSE_ERROR },
	{ "42", MU_INVALID_REQUEST },
	{ " \"hello\" ", MU_INVALID_REQUEST },
	{ "null", MU_INVALID_REQUEST },
	{ "true", MU_INVALID_REQUEST },
	{ "-1.5", MU_INVALID_REQUEST },
	{ "[]", MU_INVALID_REQUEST },
	{ " [ ] ", MU_INVALID_REQUEST },
	{ "[1,2,3,4]", MU_TOO_LARGE },
	{ "[[[[[[[[[1]]]]]]]]]", MU_TOO_LARGE },
};

static void requests_are_read_and_judged_one_by_one(void **state)
{
	for (size_t i = 0; i < MU_COUNT(messages); i++) {
		struct mu_rpc_message message;
		struct mu_fault fault = { 0 };
		AUTO_BUF struct mu_buf out;

		mu_buf_init(&out);
		if (mu_rpc_read(messages[i].text, strlen(messages[i].text), MAX_DEPTH, MAX_BATCH, &message,
				&fault))
			fail_msg("%s: %s", messages[i].text, mu_fault_text(&fault));
		describe(&message, &out);
		if (strcmp(mu_buf_text(&out), messages[i].means) != 0)
			fail_msg("%s is %s, not %s", messages[i].text, mu_buf_text(&out), messages[i].means);
		for (size_t j = 0; j < message.n; j++) {
			assert_int_equal(message.requests[j].fault.err, message.requests[j].err);
			assert_int_equal(message.requests[j].fault.message[0] != '\0',
					 message.requests[j].err != MU_OK);
		}
		mu_rpc_finish(&message);
		assert_int_equal(message.n, 0);
		assert_null(message.requests);
	}
}

static void what_is_no_message_is_an_error(void **state)
{
	for (size_t i = 0; i < MU_COUNT(no_messages); i++) {
		const char *text = no_messages[i].text;
		struct mu_rpc_message message = { .n = 77 };
		struct mu_fault fault = { 0 };
		enum mu_err err = mu_rpc_read(text, strlen(text), MAX_DEPTH, MAX_BATCH, &message, &fault);

		if (err != no_messages[i].err)
			fail_msg("\"%s\" gives %d: %s", text, err, mu_fault_text(&fault));
		assert_int_equal(fault.err, err);
		assert_int_equal(message.n, 77);
		assert_int_equal(mu_rpc_read(text, strlen(text), MAX_DEPTH, MAX_BATCH, &message, NULL), err);
	}
}

static void an_id_has_a_greatest_length(void **state)
{
	for (int n = 253; n <= 256; n++) {
		struct mu_rpc_message message;
		char text[400];

		snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":\"%0*d\"}", n, 0);
		assert_int_equal(mu_rpc_read(text, strlen(text), MAX_DEPTH, MAX_BATCH, &message, NULL),
				 MU_OK);
		assert_int_equal(message.requests[0].err, n + 2 <= 256 ? MU_OK : MU_INVALID_REQUEST);
		assert_int_equal(message.requests[0].id != NULL, n + 2 <= 256);
		mu_rpc_finish(&message);
	}
}

static void an_id_goes_back_as_it_came(void **state)
{
	static const char *const ids[] = { "1",     "-7",
					   "\"x\"", "\"\\\"\\\\\\n\"",
					   "null",  "9223372036854775807" };

	for (size_t i = 0; i < MU_COUNT(ids); i++) {
		struct mu_rpc_message message;
		char text[128], expected[128];
		AUTO_BUF struct mu_buf out;

		mu_buf_init(&out);
		snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"method\":\"m\",\"id\":%s}", ids[i]);
		snprintf(expected, sizeof(expected), "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{}}", ids[i]);
		assert_int_equal(mu_rpc_read(text, strlen(text), MAX_DEPTH, MAX_BATCH, &message, NULL),
				 MU_OK);
		mu_rpc_result(&out, message.requests[0].id, "{}");
		assert_string_equal(mu_buf_text(&out), expected);
		mu_rpc_finish(&message);
	}
}

static void a_result_in_a_frame_has_the_same_text(void **state)
{
	static const char *const results[] = { "{}", "{\"users\":[1,2]}", NULL };

	for (size_t i = 0; i < MU_COUNT(results); i++) {
		const char *id = i ? "\"a\"" : NULL;
		AUTO_FRAME struct mu_frame *frame = mu_ws_result(id, results[i]);
		AUTO_BUF struct mu_buf out = { 0 };

		mu_rpc_result(&out, id, results[i]);
		assert_int_equal(frame->n - frame->payload, out.n);
		assert_memory_equal(frame->data + frame->payload, mu_buf_text(&out), out.n);
	}
}

static void answers_and_notifications_have_their_form(void **state)
{
	AUTO_BUF struct mu_buf out;

	mu_buf_init(&out);
	mu_rpc_result(&out, NULL, NULL);
	assert_string_equal(mu_buf_text(&out), "{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":null}");
	mu_buf_reset(&out);
	mu_rpc_notify(&out, "event", "{\"type\":\"x\"}");
	assert_string_equal(mu_buf_text(&out),
			    "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"type\":\"x\"}}");
	mu_buf_reset(&out);
	mu_rpc_notify(&out, "ping", NULL);
	assert_string_equal(mu_buf_text(&out), "{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}");
}

static void answers_stand_in_one_array_for_a_batch(void **state)
{
	AUTO_BUF struct mu_buf out;

	mu_buf_init(&out);
	mu_buf_char(&out, '[');
	for (int i = 0; i < 2; i++) {
		mu_json_comma(&out);
		mu_rpc_result(&out, i ? "2" : "1", "{}");
	}
	mu_buf_char(&out, ']');
	assert_string_equal(mu_buf_text(&out), "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}},"
					       "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{}}]");
}

static void an_error_carries_all_that_helps(void **state)
{
	struct mu_fault fault = { 0 };
	AUTO_BUF struct mu_buf out;

	mu_buf_init(&out);
	(void)mu_fail_field(&fault, "email", "is taken by \"%s\"", "u1");
	(void)mu_fail_field(&fault, "email", "said twice");
	(void)mu_fail_field(&fault, "name", "is needed");
	mu_rpc_error(&out, "7", &fault, NULL);
	assert_string_equal(
		mu_buf_text(&out),
		"{\"jsonrpc\":\"2.0\",\"id\":7,\"error\":{\"code\":-32602,\"message\":\"Some parameters are "
		"not valid\",\"data\":{\"kind\":\"invalid_params\",\"temporary\":false,\"retry_after_ms\":0,"
		"\"fields\":{\"email\":\"is taken by \\\"u1\\\"\",\"name\":\"is needed\"}}}}");
}

static void a_conflict_carries_the_present_state(void **state)
{
	struct mu_fault fault = { 0 };
	AUTO_BUF struct mu_buf out;

	mu_buf_init(&out);
	(void)mu_fail(&fault, MU_CONFLICT, "Someone was faster");
	mu_rpc_error_object(&out, &fault, "{\"version\":3}");
	assert_string_equal(
		mu_buf_text(&out),
		"{\"code\":1009,\"message\":\"Someone was faster\",\"data\":{\"kind\":\"conflict\","
		"\"temporary\":false,\"retry_after_ms\":0,\"fields\":{},\"present\":{\"version\":3}}}");
}

static void over_http_it_is_a_problem_document(void **state)
{
	struct mu_fault fault = { 0 };
	AUTO_BUF struct mu_buf out;

	mu_buf_init(&out);
	(void)mu_fail_later(&fault, MU_RATE_LIMITED, 1500, "Slow down");
	mu_problem(&out, 0, NULL, &fault, NULL);
	assert_string_equal(mu_buf_text(&out),
			    "{\"type\":\"about:blank\",\"title\":\"Too many requests; wait and try again\","
			    "\"status\":429,\"detail\":\"Slow down\",\"code\":1029,\"kind\":\"rate_limited\","
			    "\"temporary\":true,\"retry_after_ms\":1500,\"fields\":{}}");
}

static void every_error_makes_valid_json(void **state)
{
	for (int err = MU_OK; err <= (int)MU_NO_MEMORY; err++) {
		struct mu_fault fault = { .err = (enum mu_err)err, .message = "a \"b\" \xff" };
		AUTO_BUF struct mu_buf out;
		AUTO_JSON json_t *json = NULL;
		const json_t *object;

		mu_buf_init(&out);
		mu_buf_char(&out, '[');
		mu_rpc_error(&out, "1", &fault, "null");
		mu_buf_char(&out, ',');
		mu_problem(&out, 0, NULL, &fault, "[1]");
		mu_buf_char(&out, ']');
		assert_int_equal(mu_json_parse(out.data, out.n, 8, &json, NULL), MU_OK);
		object = json_object_get(json_array_get(json, 0), "error");
		assert_int_equal(json_integer_value(json_object_get(object, "code")),
				 mu_err_info(fault.err)->code);
		assert_string_equal(mu_json_text(json_object_get(object, "data"), "kind"),
				    mu_err_info(fault.err)->kind);
		object = json_array_get(json, 1);
		assert_int_equal(json_integer_value(json_object_get(object, "status")),
				 mu_err_info(fault.err)->http);
	}
}

/* Every allocation of reading a batch fails once: the outcome is MU_NO_MEMORY with nothing left behind, until
 * enough pass. */
static void running_out_of_memory_leaves_nothing_behind(void **state)
{
	const char *text =
		"[{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"m\",\"params\":{\"a\":[1,\"b\"]}},"
		"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"n\"}]";
	long n = 0, no_memory = 0;
	enum mu_err err;

	mu_json_read_start();
	do {
		struct mu_rpc_message message = { .n = 77 };

		failing_after(n++);
		err = mu_rpc_read(text, strlen(text), MAX_DEPTH, MAX_BATCH, &message, NULL);
		failing_never();
		if (err == MU_OK)
			mu_rpc_finish(&message);
		else
			assert_int_equal(message.n, 77);
		assert_true(err == MU_OK || err == MU_NO_MEMORY);
		no_memory += err == MU_NO_MEMORY;
	} while (err);
	assert_true(no_memory > 10);
}

static int start(void **state)
{
	mu_json_start();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_read_and_judged_one_by_one),
		cmocka_unit_test(what_is_no_message_is_an_error),
		cmocka_unit_test(an_id_has_a_greatest_length),
		cmocka_unit_test(an_id_goes_back_as_it_came),
		cmocka_unit_test(a_result_in_a_frame_has_the_same_text),
		cmocka_unit_test(answers_and_notifications_have_their_form),
		cmocka_unit_test(answers_stand_in_one_array_for_a_batch),
		cmocka_unit_test(an_error_carries_all_that_helps),
		cmocka_unit_test(a_conflict_carries_the_present_state),
		cmocka_unit_test(over_http_it_is_a_problem_document),
		cmocka_unit_test(every_error_makes_valid_json),
		cmocka_unit_test(running_out_of_memory_leaves_nothing_behind),
	};
	return cmocka_run_group_tests(tests, start, NULL);
}
