/* What a hub says to the client of the command line, a message a line, after the hub's address on the first
 * line. The address is taken apart whole or refused with a reason; each call is answered once, and events
 * come only while a session is open. */
#include "fuzz.h"

#include "edge/client_inner.h"
#include "muster/base/mem.h"

#include <string.h>

#define CALLS 3

static struct mu_client client;
static unsigned calls, answers;

/* ---- the socket and the life of the client ---- */

bool client_socket_send(struct client_socket *socket, const char *text, size_t n)
{
	AUTO_JSON json_t *json = NULL;

	HOLDS(mu_json_parse(text, n, CLIENT_DEPTH_MAX, &json, NULL) == MU_OK);
	return true;
}

void client_set_timer(struct mu_client *of, uint64_t ms)
{
	HOLDS(of == &client && ms > 0);
}

void client_give_up(struct mu_client *of, const char *text)
{
	client.phase = STOPPED;
	client_fail_calls(of);
}

/* ---- whom it tells ---- */

static void on_open(void *arg, const json_t *session)
{
	HOLDS(client.phase == OPEN && session);
}

static void on_event(void *arg, const json_t *event)
{
	HOLDS(client.phase == OPEN && json_is_object(event));
}

static void on_answer(void *arg, const struct mu_fault *fault, const json_t *result)
{
	HOLDS((fault->err != MU_OK) == !result);
	answers++;
}

static void call(void)
{
	calls += mu_client_call(&client, "workspace.get", "{}", on_answer) == MU_OK;
}

/* ---- inputs ---- */

static void check_url(const char *text)
{
	struct client_url url;
	struct mu_fault fault = { 0 };

	if (client_url_parse(text, &url, &fault)) {
		HOLDS(fault.err == MU_INVALID_PARAMS && *mu_fault_text(&fault));
		return;
	}
	HOLDS(url.port > 0 && url.port < 65536 && *url.host && *url.path == '/' &&
	      strstr(url.path, "/v1/ws"));
	for (const char *at = url.authority; *at; at++)
		HOLDS((unsigned char)*at > ' ' && *at != '/' && *at != '@');
	for (const char *at = url.path; *at; at++)
		HOLDS((unsigned char)*at > ' ');
}

static void start(uv_loop_t *loop)
{
	client = (struct mu_client){ .loop = loop,
				     .token = strdup("t"),
				     .name = strdup("n"),
				     .watch = strdup("\"all\""),
				     .phase = OPENING,
				     .handlers = { .on_open = on_open, .on_event = on_event } };
	calls = answers = 0;
	client_open(&client);
}

static void stop(void)
{
	client.phase = ENDED;
	client_fail_calls(&client);
	HOLDS(answers <= calls);
	free(client.token);
	free(client.name);
	free(client.watch);
	free(client.cursor);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uv_loop_t loop;
	AUTO_FREE char *copy = strndup((const char *)data, size);
	char *rest = copy, *line = strsep(&rest, "\n");

	if (!loop.data) {
		mu_json_start();
		HOLDS(mu_hash_start() == MU_OK && uv_loop_init(&loop) == 0);
		loop.data = &loop;
	}
	check_url(line);
	start(&loop);
	while (rest) {
		line = strsep(&rest, "\n");
		if (client.phase == OPEN && calls < CALLS)
			call();
		client_text(&client, line, strlen(line));
	}
	stop();
	return 0;
}
