/* JSON-RPC messages: whatever comes in, each entry is a request or has a fault, and the answers are valid
 * JSON. */
#include "fuzz.h"

#include "muster/base/mem.h"
#include "muster/wire/rpc.h"

#define MAX_BATCH 20

static void check_request(const struct mu_rpc_request *request)
{
	HOLDS(request->err == MU_OK || request->err == request->fault.err);
	HOLDS(request->err != MU_OK || (request->method && *request->method));
	HOLDS(!request->params || json_is_object(request->params));
}

static void check_answers(const struct mu_buf *answers, size_t n)
{
	AUTO_JSON json_t *json = NULL;

	HOLDS(mu_json_parse(answers->data, answers->n, 8, &json, NULL) == MU_OK);
	HOLDS(json_array_size(json) == n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF struct mu_buf answers = { 0 };
	struct mu_rpc_message message;
	struct mu_fault fault = { 0 };

	if (mu_rpc_read((const char *)data, size, 32, MAX_BATCH, &message, &fault) != MU_OK) {
		HOLDS(fault.err == MU_PARSE_ERROR || fault.err == MU_TOO_LARGE ||
		      fault.err == MU_INVALID_REQUEST);
		return 0;
	}
	HOLDS(message.n > 0 && message.n <= MAX_BATCH && (message.batch || message.n == 1));
	mu_buf_char(&answers, '[');
	for (size_t i = 0; i < message.n; i++) {
		const struct mu_rpc_request *request = &message.requests[i];

		check_request(request);
		mu_json_comma(&answers);
		if (request->err)
			mu_rpc_error(&answers, request->id, &request->fault, NULL);
		else
			mu_rpc_result(&answers, request->id, "{}");
	}
	mu_buf_char(&answers, ']');
	check_answers(&answers, message.n);
	mu_rpc_finish(&message);
	return 0;
}
