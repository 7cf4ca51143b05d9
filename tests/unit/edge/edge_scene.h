/* An edge with its own thread and real sockets in front of the simple hub, started anew for each test. */
#ifndef EDGE_SCENE_H
#define EDGE_SCENE_H

#include "fake_hub.h"
#include "raw_client.h"

static struct fake_hub *hub;
static char *token;

/* Start an edge with some options changed: "name=value" …, NULL. */
static inline void start(const char *const *options)
{
	struct mu_fault fault = { 0 };

	hub = calloc(1, sizeof(*hub));
	assert_int_equal(mu_config_init(&hub->config), MU_OK);
	for (; *options; options++) {
		char name[64];
		const char *equals = strchr(*options, '=');

		snprintf(name, sizeof(name), "%.*s", (int)(equals - *options), *options);
		if (mu_config_set(&hub->config, name, equals + 1, &fault) != MU_OK)
			fail_msg("%s", mu_fault_text(&fault));
	}
	assert_true(fake_start(hub, "127.0.0.1:0"));
	token = fake_token(FAKE_WORKSPACE, "u1");
}

#define START(...) start((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static inline int stop(void **state)
{
	fake_stop(hub);
	free(hub);
	free(token);
	return 0;
}

__attribute__((unused))
/* ---- HTTP ---- */

static inline void
ask(struct client *client, const char *line, const char *more, const char *body)
{
	AUTO_BUF struct mu_buf text = { 0 };

	mu_buf_printf(&text, "%s HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer %s\r\n%s", line, token, more);
	if (body)
		mu_buf_printf(&text, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
			      strlen(body));
	mu_buf_printf(&text, "\r\n%s", body ? body : "");
	client_say(client, text.data);
}

__attribute__((unused)) static struct client open_with(int receive_bytes)
{
	struct client client = client_connect_with(hub->port, receive_bytes);
	AUTO_BUF struct mu_buf text = { 0 };

	client_upgrade(&client, "");
	mu_buf_printf(
		&text,
		"{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"session.open\",\"params\":{\"token\":\"%s\"}}",
		token);
	client_text(&client, text.data);
	assert_contains(client_message(&client, &text), "\"session\":\"s-1\"");
	return client;
}

__attribute__((unused)) static struct client open_session(void)
{
	return open_with(0);
}

__attribute__((unused)) static void call(struct client *client, const char *method, const char *params)
{
	AUTO_BUF struct mu_buf text = { 0 };

	mu_buf_printf(&text, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"%s\",\"params\":%s}", method,
		      params);
	client_text(client, text.data);
}

__attribute__((unused)) static void expect_ended(bool clean, int code)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_MS / 1000;
	assert_int_equal(sem_timedwait(&hub->closed_sem, &until), 0);
	assert_int_equal(atomic_load(&hub->closed_clean), clean);
	assert_int_equal(atomic_load(&hub->closed_code), code);
}

static inline int group_start(void **state)
{
	mu_json_start();
	return mu_hash_start() == MU_OK ? 0 : -1;
}

#define TEST(name) cmocka_unit_test_teardown(name, stop)

#endif
