/* What the client and the hub say to each other: opening, calls and their answers, events.
 * Invariant: the cursor is that of the last event that was handed over, so that resuming misses none.
 * Thread: the loop's. */
#include "client_inner.h"

#include <stdlib.h>
#include <string.h>

bool client_keep(char **to, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return false;
	free(*to);
	*to = copy;
	return true;
}

static bool send_call(struct mu_client *client, const char *method, const struct mu_buf *params,
		      void (*answer)(void *, const struct mu_fault *, const json_t *))
{
	struct client_call *call = calloc(1, sizeof(*call));
	AUTO_BUF struct mu_buf text = { 0 };

	mu_buf_printf(&text, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":\"%s\",\"params\":",
		      (long long)client->last_id + 1, method);
	mu_buf_add(&text, params->data, params->n);
	mu_buf_char(&text, '}');
	if (!call || mu_buf_error(params) || mu_buf_error(&text) ||
	    !client_socket_send(&client->socket, text.data, text.n)) {
		free(call);
		return false;
	}
	call->id = ++client->last_id;
	call->answer = answer;
	call->next = client->calls;
	client->calls = call;
	return true;
}

static struct client_call *take_call(struct mu_client *client, json_int_t id)
{
	for (struct client_call **at = &client->calls; *at; at = &(*at)->next) {
		struct client_call *call = *at;

		if (call->id != id)
			continue;
		*at = call->next;
		return call;
	}
	return NULL;
}

void client_fail_calls(struct mu_client *client)
{
	struct mu_fault fault = { 0 };
	struct client_call *call;

	mu_fail(&fault, MU_UNAVAILABLE, "The connection was lost");
	while ((call = client->calls)) {
		client->calls = call->next;
		if (call->answer && client->phase != STOPPED)
			call->answer(client->arg, &fault, NULL);
		free(call);
	}
}

enum mu_err mu_client_call(struct mu_client *client, const char *method, const char *params,
			   void (*answer)(void *, const struct mu_fault *, const json_t *))
{
	AUTO_BUF struct mu_buf text = { 0 };

	mu_buf_str(&text, params);
	if (client->phase != OPEN)
		return MU_UNAVAILABLE;
	return send_call(client, method, &text, answer) ? MU_OK : MU_NO_MEMORY;
}

/* ---- opening ---- */

void client_open(struct mu_client *client)
{
	AUTO_BUF struct mu_buf params = { 0 };

	mu_buf_str(&params, "{\"token\":");
	mu_json_string(&params, client->token);
	mu_buf_str(&params, ",\"device\":{\"kind\":\"api\",\"id\":");
	mu_json_string(&params, client->device);
	mu_buf_str(&params, ",\"name\":");
	mu_json_string(&params, client->name);
	mu_buf_printf(&params, "},\"watch\":{\"presence\":%s}", client->watch);
	if (client->cursor) {
		mu_buf_str(&params, ",\"resume\":{\"cursor\":");
		mu_json_string(&params, client->cursor);
		mu_buf_char(&params, '}');
	}
	mu_buf_char(&params, '}');
	if (!send_call(client, "session.open", &params, NULL))
		client_give_up(client, "out of memory");
}

static void take_cursor(struct mu_client *client, const json_t *from)
{
	const char *cursor = mu_json_text(from, "cursor");

	/* Without memory the old one stays: what follows would come twice, but none is missed. */
	if (cursor)
		(void)client_keep(&client->cursor, cursor);
}

static void opened(struct mu_client *client, const json_t *result)
{
	json_int_t ping_ms = json_integer_value(json_object_get(result, "ping_interval_ms"));

	client->phase = OPEN;
	client->opened_ms = uv_now(client->loop);
	client->suspicious = false;
	client->silence_ms = ping_ms > 0 ? (uint64_t)ping_ms * 5 / 2 : 0;
	if (client->silence_ms)
		client_set_timer(client, client->silence_ms);
	else
		uv_timer_stop(&client->timer);
	/* What is about to be replayed lies before this cursor, and must come again if it doesn't arrive now.
	 */
	if (json_integer_value(json_object_get(result, "replayed")) == 0)
		take_cursor(client, result);
	client->handlers.on_open(client->arg, result);
}

/* ---- messages of the hub ---- */

static enum mu_err err_of_kind(const char *kind)
{
	for (int err = MU_OK + 1; kind && err < MU_ERR_COUNT; err++)
		if (strcmp(mu_err_info((enum mu_err)err)->kind, kind) == 0)
			return (enum mu_err)err;
	return MU_INTERNAL;
}

static void read_fault(const json_t *error, struct mu_fault *fault)
{
	const json_t *data = json_object_get(error, "data");
	const char *message = mu_json_text(error, "message");

	mu_fail(fault, err_of_kind(mu_json_text(data, "kind")), "%s", message ? message : "");
	fault->retry_after_ms = json_integer_value(json_object_get(data, "retry_after_ms"));
}

static void take_answer(struct mu_client *client, const json_t *message)
{
	struct client_call *call = take_call(client, json_integer_value(json_object_get(message, "id")));
	const json_t *result = json_object_get(message, "result");
	struct mu_fault fault = { 0 };

	if (!call)
		return;
	if (!result)
		read_fault(json_object_get(message, "error"), &fault);
	if (call->answer)
		call->answer(client->arg, &fault, result);
	else if (result)
		opened(client, result);
	else
		client->refusal = fault;
	free(call);
}

static void take_event(struct mu_client *client, const json_t *event)
{
	if (client->phase != OPEN || !json_is_object(event))
		return;
	client->handlers.on_event(client->arg, event);
	take_cursor(client, event);
}

void client_text(void *arg, const char *text, size_t n)
{
	struct mu_client *client = arg;
	AUTO_JSON json_t *message = NULL;
	const char *method;

	if (client->phase == STOPPED)
		return;
	client->heard_ms = uv_now(client->loop);
	if (mu_json_parse(text, n, CLIENT_DEPTH_MAX, &message, NULL) || !json_is_object(message)) {
		client_give_up(client, "the hub sent something that is no message of its protocol");
		return;
	}
	method = mu_json_text(message, "method");
	if (!method)
		take_answer(client, message);
	else if (strcmp(method, "event") == 0)
		take_event(client, json_object_get(message, "params"));
}
