/* The client's session: finding the hub, opening, calling, noticing that the hub is gone, coming back.
 *
 *   RESTING → LOOKING → CONNECTING, each address in turn → OPENING → OPEN → RESTING → …
 *   ENDED when coming back is no help, STOPPED when the owner says so.
 *
 * Invariant: there is one timer, and it means what the phase says: the next attempt, a deadline, or the next
 * look at a silent hub.
 * Thread: the loop's. */
#include "muster/edge/client.h"

#include "client_retry.h"
#include "client_socket.h"

#include "muster/base/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define ADDRESSES_MAX 8
#define OPEN_TIMEOUT_MS 10000 /* from the first packet to an address until the session is open */
#define STABLE_MS 5000        /* after a session that held this long the next failure counts as a first one */
#define SUSPICION_GRACE_MS 5000
#define DEPTH_MAX 64

enum phase { RESTING, LOOKING, CONNECTING, OPENING, OPEN, ENDED, STOPPED };

struct call {
	struct call *next;
	json_int_t id;
	/* NULL: it is session.open. */
	void (*answer)(void *arg, const struct mu_fault *fault, const json_t *result);
};

struct mu_client {
	uv_loop_t *loop;
	uv_timer_t timer;
	uv_getaddrinfo_t lookup;
	struct client_socket socket;
	struct client_url url;
	char *token, *name, *watch;
	struct mu_client_handlers handlers;
	void *arg;

	enum phase phase;
	char device[MU_ID_TEXT];
	char addresses[ADDRESSES_MAX][INET6_ADDRSTRLEN];
	size_t n_addresses, next_address;
	char *cursor; /* where to resume, or NULL */
	json_int_t last_id;
	struct call *calls;
	struct mu_fault refusal; /* what session.open was answered with, until the close that follows */
	unsigned failures;       /* in a row */
	uint64_t opened_ms;      /* when the present session opened; 0: there is none */
	uint64_t heard_ms;
	uint64_t silence_ms; /* a hub that is silent for this long is suspicious */
	bool suspicious;
};

static void on_timer(uv_timer_t *timer);

/* The timer was initialised and is not closing, so starting it can't fail. */
static void set_timer(struct mu_client *client, uint64_t ms)
{
	uv_timer_start(&client->timer, on_timer, ms, 0);
}

static bool text_copy(char **to, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		return false;
	free(*to);
	*to = copy;
	return true;
}

/* ---- the end of a connection ---- */

/* Whoever waits for an answer hears that there will be none. */
static void fail_calls(struct mu_client *client)
{
	struct mu_fault fault = { 0 };
	struct call *call;

	mu_fail(&fault, MU_UNAVAILABLE, "The connection was lost");
	while ((call = client->calls)) {
		client->calls = call->next;
		if (call->answer && client->phase != STOPPED)
			call->answer(client->arg, &fault, NULL);
		free(call);
	}
}

/* Milliseconds until the next attempt, which the timer will make. */
static int64_t plan_return(struct mu_client *client, int code, int64_t advice_ms)
{
	uint64_t random = 0, now_ms = uv_now(client->loop);
	int64_t delay_ms;

	if (client->opened_ms && now_ms - client->opened_ms >= STABLE_MS)
		client->failures = 0;
	/* Without randomness, which a running system always has, it comes back at the earliest moment. */
	(void)!getrandom(&random, sizeof(random), 0);
	delay_ms = client_retry_ms(code, advice_ms, client->failures++, random);
	client->phase = RESTING;
	set_timer(client, (uint64_t)delay_ms);
	return delay_ms;
}

/* There is no connection any more: come back, or don't, and say so. */
static void lost(struct mu_client *client, int code, int64_t advice_ms, const char *text)
{
	struct mu_client_loss loss = {
		.code = code, .text = text, .err = client->refusal.err, .retry_ms = -1
	};

	if (client->phase == OPEN)
		client->phase = OPENING; /* no calls from here on */
	fail_calls(client);
	if (client->phase == STOPPED)
		return;
	if (client_retry_helps(code)) {
		loss.retry_ms = plan_return(client, code, advice_ms);
	} else {
		client->phase = ENDED;
		uv_timer_stop(&client->timer);
	}
	client->opened_ms = 0;
	client->refusal = (struct mu_fault){ 0 };
	client->handlers.on_loss(client->arg, &loss);
}

static void give_up(struct mu_client *client, const char *text)
{
	client_socket_drop(&client->socket);
	lost(client, 0, 0, text);
}

/* ---- finding and connecting ---- */

static void connect_next(struct mu_client *client, const char *failure)
{
	char text[512];

	client->phase = CONNECTING;
	set_timer(client, OPEN_TIMEOUT_MS);
	while (client->next_address < client->n_addresses) {
		const char *address = client->addresses[client->next_address++];

		if (client_socket_connect(&client->socket, &client->url, address))
			return;
	}
	snprintf(text, sizeof(text), "can't connect to %s: %s", client->url.authority, failure);
	lost(client, 0, 0, text);
}

static void take_addresses(struct mu_client *client, const struct addrinfo *found)
{
	client->n_addresses = 0;
	client->next_address = 0;
	for (; found && client->n_addresses < ADDRESSES_MAX; found = found->ai_next) {
		char *text = client->addresses[client->n_addresses];
		int failed = -1;

		if (found->ai_family == AF_INET)
			failed = uv_ip4_name((const struct sockaddr_in *)(const void *)found->ai_addr, text,
					     INET6_ADDRSTRLEN);
		else if (found->ai_family == AF_INET6)
			failed = uv_ip6_name((const struct sockaddr_in6 *)(const void *)found->ai_addr, text,
					     INET6_ADDRSTRLEN);
		if (!failed)
			client->n_addresses++;
	}
}

static void on_found(uv_getaddrinfo_t *lookup, int status, struct addrinfo *found)
{
	struct mu_client *client = lookup->data;
	char text[512];

	if (client->phase == LOOKING && status) {
		snprintf(text, sizeof(text), "can't find %s: %s", client->url.host, uv_strerror(status));
		lost(client, 0, 0, text);
	} else if (client->phase == LOOKING) {
		take_addresses(client, found);
		connect_next(client, "it has no address");
	}
	uv_freeaddrinfo(found);
}

static void look_up(struct mu_client *client)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };

	client->phase = LOOKING;
	client->lookup.data = client;
	if (uv_getaddrinfo(client->loop, &client->lookup, on_found, client->url.host, NULL, &hints))
		lost(client, 0, 0, "can't start to look for the hub");
}

/* ---- calls ---- */

static bool send_call(struct mu_client *client, const char *method, const struct mu_buf *params,
		      void (*answer)(void *, const struct mu_fault *, const json_t *))
{
	struct call *call = calloc(1, sizeof(*call));
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

static struct call *take_call(struct mu_client *client, json_int_t id)
{
	for (struct call **at = &client->calls; *at; at = &(*at)->next) {
		struct call *call = *at;

		if (call->id != id)
			continue;
		*at = call->next;
		return call;
	}
	return NULL;
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

static void send_open(struct mu_client *client)
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
		give_up(client, "out of memory");
}

static void take_cursor(struct mu_client *client, const json_t *from)
{
	const char *cursor = mu_json_text(from, "cursor");

	/* Without memory the old one stays: what follows would come twice, but none is missed. */
	if (cursor)
		(void)text_copy(&client->cursor, cursor);
}

static void opened(struct mu_client *client, const json_t *result)
{
	json_int_t ping_ms = json_integer_value(json_object_get(result, "ping_interval_ms"));

	client->phase = OPEN;
	client->opened_ms = uv_now(client->loop);
	client->suspicious = false;
	client->silence_ms = ping_ms > 0 ? (uint64_t)ping_ms * 5 / 2 : 0;
	if (client->silence_ms)
		set_timer(client, client->silence_ms);
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
	struct call *call = take_call(client, json_integer_value(json_object_get(message, "id")));
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

static void on_text(void *arg, const char *text, size_t n)
{
	struct mu_client *client = arg;
	AUTO_JSON json_t *message = NULL;
	const char *method;

	if (client->phase == STOPPED)
		return;
	client->heard_ms = uv_now(client->loop);
	if (mu_json_parse(text, n, DEPTH_MAX, &message, NULL) || !json_is_object(message)) {
		give_up(client, "the hub sent something that is no message of its protocol");
		return;
	}
	method = mu_json_text(message, "method");
	if (!method)
		take_answer(client, message);
	else if (strcmp(method, "event") == 0)
		take_event(client, json_object_get(message, "params"));
}

/* ---- what the socket says ---- */

static void on_up(void *arg)
{
	struct mu_client *client = arg;

	if (client->phase == STOPPED)
		return;
	client->phase = OPENING;
	client->heard_ms = uv_now(client->loop);
	send_open(client);
}

static void closed_by_hub(struct mu_client *client, int code, const char *reason, size_t n)
{
	const struct mu_close_info *info = mu_close_info(code);
	int64_t advice_ms = client->refusal.retry_after_ms;
	AUTO_JSON json_t *told = NULL;
	char text[256];

	if (!mu_json_parse(reason, n, DEPTH_MAX, &told, NULL)) {
		json_int_t ms = json_integer_value(json_object_get(told, "retry_after_ms"));

		advice_ms = ms > advice_ms ? ms : advice_ms;
	}
	if (client->refusal.err)
		snprintf(text, sizeof(text), "%s", mu_fault_text(&client->refusal));
	else if (info) /* without what it tells programs to do */
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(info->text, ";"), info->text);
	else
		snprintf(text, sizeof(text), "the connection was closed with code %d", code);
	lost(client, code, advice_ms, text);
}

static void on_down(void *arg, int code, const char *reason, size_t n)
{
	struct mu_client *client = arg;
	char text[256];

	if (client->phase == STOPPED)
		return;
	if (code) {
		closed_by_hub(client, code, reason, n);
		return;
	}
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(reason, "\r\n"), reason);
	if (client->phase != CONNECTING)
		lost(client, 0, 0, text);
	else if (client->next_address < client->n_addresses)
		set_timer(client, 0); /* from inside the library's callback another can't be begun */
	else
		connect_next(client, text);
}

/* ---- the timer ---- */

/* A process that was asleep finds its timer due before it reads what came meanwhile: so the hub has a moment
 * to be heard before it counts as gone. */
static void look_at_silence(struct mu_client *client)
{
	uint64_t silent_ms = uv_now(client->loop) - client->heard_ms;

	if (silent_ms < client->silence_ms) {
		client->suspicious = false;
		set_timer(client, client->silence_ms - silent_ms);
	} else if (!client->suspicious) {
		client->suspicious = true;
		set_timer(client, SUSPICION_GRACE_MS);
	} else {
		give_up(client, "the hub has gone silent");
	}
}

static void next_address(struct mu_client *client)
{
	client_socket_drop(&client->socket);
	connect_next(client, "no answer");
}

static void open_too_slow(struct mu_client *client)
{
	give_up(client, "the hub did not open a session in time");
}

static void leave(struct mu_client *client)
{
	client_socket_goodbye(&client->socket);
	client_socket_stop(&client->socket);
	uv_close((uv_handle_t *)&client->timer, NULL);
}

static void (*const due[])(struct mu_client *client) = {
	[RESTING] = look_up,      [CONNECTING] = next_address, [OPENING] = open_too_slow,
	[OPEN] = look_at_silence, [STOPPED] = leave,
};

static void on_timer(uv_timer_t *timer)
{
	struct mu_client *client = timer->data;

	due[client->phase](client);
}

/* ---- life ---- */

static void client_free(struct mu_client *client)
{
	free(client->token);
	free(client->name);
	free(client->watch);
	free(client->cursor);
	free(client);
}

enum mu_err mu_client_create(const struct mu_client_setup *setup, struct mu_client **ret_client,
			     struct mu_fault *ret_fault)
{
	static const struct client_socket_handlers handlers = { on_up, on_text, on_down };
	struct mu_client *client = calloc(1, sizeof(*client));
	enum mu_err err = MU_NO_MEMORY;

	if (!client)
		return MU_NO_MEMORY;
	client->loop = setup->loop;
	client->handlers = setup->handlers;
	client->arg = setup->arg;
	mu_id_random("d-", client->device);
	if (!text_copy(&client->token, setup->token) || !text_copy(&client->name, setup->name) ||
	    !text_copy(&client->watch, setup->watch))
		goto fail;
	err = client_url_parse(setup->url, &client->url, ret_fault);
	if (err)
		goto fail;
	err = client_socket_init(&client->socket, client->loop, client->url.tls, &handlers, client);
	if (err)
		goto fail;
	uv_timer_init(client->loop, &client->timer);
	client->timer.data = client;
	client->phase = RESTING;
	set_timer(client, 0);
	*ret_client = client;
	return MU_OK;
fail:
	client_free(client);
	return err;
}

/* The rest is done by the timer: this may be called in the middle of a handler. */
void mu_client_stop(struct mu_client *client)
{
	if (client->phase == STOPPED)
		return;
	if (client->phase == LOOKING)
		uv_cancel((uv_req_t *)&client->lookup);
	client->phase = STOPPED;
	set_timer(client, 0);
}

void mu_client_destroy(struct mu_client *client)
{
	if (!client)
		return;
	mu_client_stop(client);
	uv_run(client->loop, UV_RUN_DEFAULT);
	client_socket_finish(&client->socket);
	uv_run(client->loop, UV_RUN_DEFAULT);
	fail_calls(client);
	client_free(client);
}
