/* The HTTP API: a request becomes the same message to the hub as its WebSocket twin.
 * Thread: the edge's. */
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_BYTES 1024
#define IDEMPOTENCY_KEY_MAX 200
#define AGENT_MAX 200 /* bytes that are kept */

/* What was read of a request before it goes to the hub. */
struct call {
	const struct mu_method *method;
	int index;
	json_t *params;
	char *key; /* Idempotency-Key */
	char *token;
};

static void call_finish(struct call *call)
{
	json_decref(call->params);
	free(call->key);
	free(call->token);
}

/* Find the row of a request; *ret_status is 404 or 405 when there is none. */
static int find_method(const struct conn *conn, const char *path, char allow[static 64], int *ret_status)
{
	const struct mu_methods *methods = conn->edge->setup.methods;
	char verb[32];
	int index;

	/* HEAD is a GET whose answer is cut off after its head. */
	if (conn->http->no_body)
		snprintf(verb, sizeof(verb), "GET");
	else if (!mu_slice_copy(conn->http->head.method, verb, sizeof(verb)))
		verb[0] = '\0';
	index = mu_methods_route(methods, verb, path, allow);
	*ret_status = *allow ? 405 : 404;
	return index;
}

/* An OPTIONS request: what the path knows, and for a page of another origin whether it may ask (Fetch
 * standard, preflight). */
static void take_options(struct conn *conn, const char *path)
{
	struct reply reply = { .status = 204 };
	const struct mu_head *head = &conn->http->head;
	char allow[64] = "", headers[320];

	mu_methods_route(conn->edge->setup.methods, "OPTIONS", path, allow);
	if (!*allow) {
		reply_problem(conn, 404, NULL, "There is nothing here");
		return;
	}
	if (head->fields[MU_HEAD_CORS_METHOD].at &&
	    mu_origin_of(config_of(conn->edge)->origins, head->fields[MU_HEAD_ORIGIN],
			 head->fields[MU_HEAD_HOST]) != MU_ORIGIN_LISTED) {
		reply_problem(conn, 403, NULL, "Pages of this origin may not call; see the option origins");
		return;
	}
	snprintf(headers, sizeof(headers),
		 "Allow: %s, OPTIONS\r\nAccess-Control-Allow-Methods: %s\r\n"
		 "Access-Control-Allow-Headers: Authorization, Content-Type, "
		 "Idempotency-Key\r\nAccess-Control-Max-Age: 600\r\n",
		 allow, allow);
	reply.headers = headers;
	reply_text(conn, &reply, "", 0);
}

static bool is_json(struct mu_slice type)
{
	const char *semicolon = type.n ? memchr(type.at, ';', type.n) : NULL;

	if (semicolon)
		type.n = (size_t)(semicolon - type.at);
	while (type.n && type.at[type.n - 1] == ' ')
		type.n--;
	return mu_slice_is(type, "application/json");
}

static enum mu_err read_body(struct conn *conn, json_t **ret_params, struct mu_fault *fault)
{
	struct mu_slice body = http_body(conn->http);
	json_t *params = NULL;
	enum mu_err err;

	if (!body.n) {
		params = json_object();
		*ret_params = params;
		return params ? MU_OK : mu_fail(fault, MU_NO_MEMORY, "Memory is out");
	}
	err = mu_json_parse(body.at, body.n, (size_t)config_of(conn->edge)->max_depth, &params, fault);
	if (err != MU_OK)
		return err;
	if (!json_is_object(params)) {
		json_decref(params);
		return mu_fail(fault, MU_INVALID_PARAMS, "The body must be a JSON object");
	}
	*ret_params = params;
	return MU_OK;
}

static enum mu_err read_key(const struct http *http, char **ret_key, struct mu_fault *fault)
{
	struct mu_slice field = http->head.fields[MU_HEAD_IDEMPOTENCY_KEY];

	if (!field.at)
		return MU_OK;
	if (!field.n || field.n > IDEMPOTENCY_KEY_MAX)
		return mu_fail(fault, MU_INVALID_PARAMS, "An Idempotency-Key has 1 to %d characters",
			       IDEMPOTENCY_KEY_MAX);
	*ret_key = strndup(field.at, field.n);
	return *ret_key ? MU_OK : mu_fail(fault, MU_NO_MEMORY, "Memory is out");
}

/* The token that a method needs: the bearer token, or params.token for methods that prove an identity with
 * it. */
static enum mu_err read_token(const struct http *http, struct call *call, struct mu_fault *fault)
{
	const char *given =
		call->method->flags & MU_METHOD_TOKEN ? mu_json_text(call->params, "token") : NULL;
	struct mu_slice bearer;

	if (call->method->flags & MU_METHOD_PUBLIC && !(call->method->flags & MU_METHOD_TOKEN))
		return MU_OK;
	if (given)
		call->token = strdup(given);
	else if (http_bearer(http, &bearer))
		call->token = strndup(bearer.at, bearer.n);
	else if (call->method->flags & MU_METHOD_PUBLIC)
		return MU_OK;
	else
		return mu_fail(fault, MU_UNAUTHENTICATED,
			       "Send an API key or a token as Authorization: Bearer");
	return call->token ? MU_OK : mu_fail(fault, MU_NO_MEMORY, "Memory is out");
}

static enum mu_err check_flags(unsigned flags, struct mu_fault *fault)
{
	if (flags & MU_METHOD_OPERATOR)
		return mu_fail(fault, MU_FORBIDDEN, "Only the operator may do this, on the machine itself");
	if (flags & (MU_METHOD_SESSION | MU_METHOD_OPENS))
		return mu_fail(fault, MU_INVALID_REQUEST, "This works on a WebSocket session only");
	return MU_OK;
}

static enum mu_err read_call(struct conn *conn, const char *path, struct call *call, struct mu_fault *fault)
{
	const struct http *http = conn->http;
	char query[MU_HEAD_MAX_BYTES];
	enum mu_err err = check_flags(call->method->flags, fault);

	if (err == MU_OK && request_hub_full(conn, fault))
		err = MU_UNAVAILABLE;
	if (err == MU_OK)
		err = read_body(conn, &call->params, fault);
	if (err == MU_OK)
		err = read_token(http, call, fault);
	if (err == MU_OK)
		err = mu_route_params(call->method, path,
				      mu_slice_copy(http->head.query, query, sizeof(query)) ? query : "",
				      call->params, fault);
	if (err == MU_OK)
		err = read_key(http, &call->key, fault);
	/* What is no good, or proves nothing, is on the address; a token is yet to be looked at. */
	if ((err != MU_OK || !call->token) && !request_pay_as(conn, NULL, call->method->cost, fault))
		err = MU_RATE_LIMITED;
	return err;
}

/* What the client calls itself, for the audit log; not worth a refusal. */
static char *agent_of(const struct http *http)
{
	struct mu_slice agent = http->head.fields[MU_HEAD_USER_AGENT];

	return agent.n ? strndup(agent.at, agent.n < AGENT_MAX ? agent.n : AGENT_MAX) : NULL;
}

/* Off to the hub; the call's parts pass to the message. */
static void submit(struct conn *conn, struct call *call)
{
	struct pending *pending = pending_create(conn, NULL, NULL);
	struct mu_up *up;

	if (!pending) {
		conn_kill(conn);
		return;
	}
	memcpy(pending->trace, conn->http->trace, sizeof(pending->trace));
	if (call->method->flags & MU_METHOD_PARTS &&
	    !parts_keep(conn->http, call->index, call->params, call->token)) {
		conn_kill(conn);
		return;
	}
	up = request_create(conn, MU_TRANSPORT_HTTP, call->index, call->params, pending->trace);
	call->params = NULL;
	if (!up) {
		conn_kill(conn);
		return;
	}
	up->request.idempotency_key = call->key;
	call->key = NULL;
	up->request.agent = agent_of(conn->http);
	conn->http->phase = HTTP_ASKING;
	conn_deadline(conn, MU_ANSWER_TIMEOUT_MS);
	if (call->token)
		keys_submit(conn->edge, pending, up, call->token);
	else
		request_send(pending, up);
}

bool api_knows(struct conn *conn)
{
	char path[PATH_MAX_BYTES], allow[64] = "";
	int status;

	return mu_slice_copy(conn->http->head.path, path, sizeof(path)) &&
	       find_method(conn, path, allow, &status) >= 0;
}

int64_t api_body_max(const struct conn *conn)
{
	const struct mu_config *config = config_of(conn->edge);
	char path[PATH_MAX_BYTES], allow[64] = "";
	int status;

	if (!conn->http->head.fields[MU_HEAD_AUTHORIZATION].n ||
	    !mu_slice_copy(conn->http->head.path, path, sizeof(path)))
		return config->max_message_bytes;
	const int index = find_method(conn, path, allow, &status);
	return index >= 0 && conn->edge->setup.methods->v[index].flags & MU_METHOD_BULK
		       ? config->max_bulk_bytes
		       : config->max_message_bytes;
}

void api_take(struct conn *conn)
{
	const struct http *http = conn->http;
	char path[PATH_MAX_BYTES], allow[64] = "", headers[96];
	struct mu_fault fault = { 0 };
	struct call call = { 0 };
	int status;

	if (!mu_slice_copy(http->head.path, path, sizeof(path))) {
		reply_problem(conn, 404, NULL, "There is nothing here");
		return;
	}
	if (mu_head_is(&http->head, "OPTIONS")) {
		take_options(conn, path);
		return;
	}
	call.index = find_method(conn, path, allow, &status);
	if (call.index < 0) {
		snprintf(headers, sizeof(headers), "Allow: %s\r\n", allow);
		reply_problem(conn, status, status == 405 ? headers : NULL,
			      status == 405 ? "This path does not know that method"
					    : "There is nothing here");
		return;
	}
	if (http->head.body_bytes && !is_json(http->head.fields[MU_HEAD_CONTENT_TYPE])) {
		reply_problem(conn, 415, NULL, "Send the body as Content-Type: application/json");
		return;
	}
	call.method = &conn->edge->setup.methods->v[call.index];
	if (read_call(conn, path, &call, &fault) == MU_OK) {
		submit(conn, &call);
	} else {
		count(conn->edge, MU_METRIC_REQUEST_ERRORS_TOTAL, 1);
		reply_fault(conn, &fault, NULL);
	}
	call_finish(&call);
}
