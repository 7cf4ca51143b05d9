/* The client's life: finding the hub, noticing that it is gone, coming back. What it says to the hub is in
 * client_session.c.
 *
 *   RESTING → LOOKING → CONNECTING, each address in turn → OPENING → OPEN → RESTING → …
 *   ENDED when coming back is no help, STOPPED when the owner says so.
 *
 * Invariant: there is one timer, and it means what the phase says: the next attempt, a deadline, or the next
 * look at a silent hub.
 * Thread: the loop's. */
#include "client_inner.h"

#include "client_retry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define OPEN_TIMEOUT_MS 10000 /* from the first packet to an address until the session is open */
#define STABLE_MS 5000        /* after a session that held this long the next failure counts as a first one */
#define SUSPICION_GRACE_MS 5000

static void on_timer(uv_timer_t *timer);

/* The timer was initialised and is not closing, so starting it can't fail. */
void client_set_timer(struct mu_client *client, uint64_t ms)
{
	uv_timer_start(&client->timer, on_timer, ms, 0);
}

/* ---- the end of a connection ---- */

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
	client_set_timer(client, (uint64_t)delay_ms);
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
	client_fail_calls(client);
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

void client_give_up(struct mu_client *client, const char *text)
{
	client_socket_drop(&client->socket);
	lost(client, 0, 0, text);
}

/* ---- finding and connecting ---- */

static void connect_next(struct mu_client *client, const char *failure)
{
	char text[512];

	client->phase = CONNECTING;
	client_set_timer(client, OPEN_TIMEOUT_MS);
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
	for (; found && client->n_addresses < CLIENT_ADDRESSES_MAX; found = found->ai_next) {
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

/* ---- what the socket says ---- */

static void on_up(void *arg)
{
	struct mu_client *client = arg;

	if (client->phase == STOPPED)
		return;
	client->phase = OPENING;
	client->heard_ms = uv_now(client->loop);
	client_open(client);
}

static void closed_by_hub(struct mu_client *client, int code, const char *reason, size_t n)
{
	const struct mu_close_info *info = mu_close_info(code);
	int64_t advice_ms = client->refusal.retry_after_ms;
	AUTO_JSON json_t *told = NULL;
	char text[256];

	if (!mu_json_parse(reason, n, CLIENT_DEPTH_MAX, &told, NULL)) {
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
		client_set_timer(client, 0); /* from inside the library's callback another can't be begun */
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
		client_set_timer(client, client->silence_ms - silent_ms);
	} else if (!client->suspicious) {
		client->suspicious = true;
		client_set_timer(client, SUSPICION_GRACE_MS);
	} else {
		client_give_up(client, "the hub has gone silent");
	}
}

static void next_address(struct mu_client *client)
{
	client_socket_drop(&client->socket);
	connect_next(client, "no answer");
}

static void open_too_slow(struct mu_client *client)
{
	client_give_up(client, "the hub did not open a session in time");
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
	static const struct client_socket_handlers handlers = { on_up, client_text, on_down };
	struct mu_client *client = calloc(1, sizeof(*client));
	enum mu_err err = MU_NO_MEMORY;

	if (!client)
		return MU_NO_MEMORY;
	client->loop = setup->loop;
	client->handlers = setup->handlers;
	client->arg = setup->arg;
	mu_id_random("d-", client->device);
	if (!client_keep(&client->token, setup->token) || !client_keep(&client->name, setup->name) ||
	    !client_keep(&client->watch, setup->watch))
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
	client_set_timer(client, 0);
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
	client_set_timer(client, 0);
}

void mu_client_destroy(struct mu_client *client)
{
	if (!client)
		return;
	mu_client_stop(client);
	uv_run(client->loop, UV_RUN_DEFAULT);
	client_socket_finish(&client->socket);
	uv_run(client->loop, UV_RUN_DEFAULT);
	client_fail_calls(client);
	client_free(client);
}
