/* A whole edge, its own thread and real sockets, in front of a hub that does simple things. */
#include "raw_client.h"
#include "fake_hub.h"

static struct fake_hub *hub;
static char *token;

/* Start an edge with some options changed: "name=value" …, NULL. */
static void start(const char *const *options)
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

static int stop(void **state)
{
	fake_stop(hub);
	free(hub);
	free(token);
	return 0;
}

static struct client open_with(int receive_bytes)
{
	struct client client = client_connect_with(hub->port, receive_bytes);
	AUTO_BUF struct mu_buf text;

	mu_buf_init(&text);
	client_upgrade(&client, "");
	mu_buf_printf(
		&text,
		"{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"session.open\",\"params\":{\"token\":\"%s\"}}",
		token);
	client_text(&client, text.data);
	assert_contains(client_message(&client, &text), "\"session\":\"s-1\"");
	return client;
}

static struct client open_session(void)
{
	return open_with(0);
}

static void call(struct client *client, const char *method, const char *params)
{
	AUTO_BUF struct mu_buf text;

	mu_buf_init(&text);
	mu_buf_printf(&text, "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"%s\",\"params\":%s}", method,
		      params);
	client_text(client, text.data);
}

static void expect_ended(bool clean, int code)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_MS / 1000;
	assert_int_equal(sem_timedwait(&hub->closed_sem, &until), 0);
	assert_int_equal(atomic_load(&hub->closed_clean), clean);
	assert_int_equal(atomic_load(&hub->closed_code), code);
}

/* ---- HTTP ---- */

static void ask(struct client *client, const char *line, const char *more, const char *body)
{
	AUTO_BUF struct mu_buf text;

	mu_buf_init(&text);
	mu_buf_printf(&text, "%s HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer %s\r\n%s", line, token, more);
	if (body)
		mu_buf_printf(&text, "Content-Type: application/json\r\nContent-Length: %zu\r\n",
			      strlen(body));
	mu_buf_printf(&text, "\r\n%s", body ? body : "");
	client_say(client, text.data);
}

static void test_http_requests_share_a_connection(void **state)
{
	AUTO_BUF struct mu_buf answer;
	struct client client;

	START();
	client = client_connect(hub->port);
	mu_buf_init(&answer);
	ask(&client, "GET /v1/echo?a=b", "", NULL);
	assert_int_equal(client_answer(&client, &answer), 200);
	assert_contains(answer.data, "\r\n\r\n{\"a\":\"b\"}");
	assert_contains(answer.data, "Cache-Control: no-store\r\n");
	assert_contains(answer.data, "Connection: keep-alive\r\n");
	ask(&client, "PUT /v1/echo/ann", "", "{\"x\":1}");
	assert_int_equal(client_answer(&client, &answer), 200);
	assert_contains(answer.data, "\"name\":\"ann\"");
	ask(&client, "POST /v1/fail", "", "{}");
	assert_int_equal(client_answer(&client, &answer), 409);
	assert_contains(answer.data, "Content-Type: application/problem+json\r\n");
	assert_contains(answer.data, "\"assignee\":\"u7\"");
	ask(&client, "HEAD /v1/echo", "", NULL);
	while (!memmem(client.in.data, client.in.n, "\r\n\r\n", 4))
		assert_true(client_receive(&client));
	assert_memory_equal(client.in.data, "HTTP/1.1 200", 12);
	assert_memory_equal(client.in.data + client.in.n - 4, "\r\n\r\n", 4); /* a head and no body */
	client_finish(&client);
}

/* Requests that come together are answered one after the other, in order, each once. */
static void test_pipelined_requests(void **state)
{
	AUTO_BUF struct mu_buf text, answer;
	struct client client;

	START();
	client = client_connect(hub->port);
	mu_buf_init(&text);
	mu_buf_init(&answer);
	for (int i = 0; i < 50; i++) {
		char body[16] = "";

		if (i % 2)
			mu_buf_printf(&text, "GET /v1/echo?n=%d HTTP/1.1\r\n", i);
		else
			mu_buf_printf(&text,
				      "POST /v1/echo HTTP/1.1\r\nContent-Type: "
				      "application/json\r\nContent-Length: %d\r\n",
				      snprintf(body, sizeof(body), "{\"n\":%d}", i));
		mu_buf_printf(&text, "Host: h\r\nAuthorization: Bearer %s\r\n\r\n%s", token, body);
	}
	client_say(&client, text.data);
	for (int i = 0; i < 50; i++) {
		char body[32];

		snprintf(body, sizeof(body), i % 2 ? "\r\n\r\n{\"n\":\"%d\"}" : "\r\n\r\n{\"n\":%d}", i);
		assert_int_equal(client_answer(&client, &answer), 200);
		assert_contains(answer.data, body);
	}
	assert_int_equal(atomic_load(&hub->requests), 50);
	client_finish(&client);
}

static void test_http_identity_key_and_address(void **state)
{
	AUTO_BUF struct mu_buf answer;
	struct client client;

	START("trusted_proxies=127.0.0.0/8");
	client = client_connect(hub->port);
	mu_buf_init(&answer);
	ask(&client, "GET /v1/whoami", "Idempotency-Key: once\r\nX-Forwarded-For: 9.9.9.9, 203.0.113.4\r\n",
	    NULL);
	assert_int_equal(client_answer(&client, &answer), 200);
	assert_contains(answer.data, "\"workspace\":\"acme\",\"subject\":\"u1\",\"address\":\"203.0.113.4\"");
	assert_contains(answer.data, "\"key\":\"once\"");
	/* the next request of the same connection may be another's */
	ask(&client, "GET /v1/whoami", "X-Forwarded-For: 203.0.113.5\r\n", NULL);
	assert_int_equal(client_answer(&client, &answer), 200);
	assert_contains(answer.data, "\"address\":\"203.0.113.5\"");
	client_finish(&client);
}

static void test_http_refusals(void **state)
{
	static const struct {
		const char *line, *more, *body;
		int status;
	} rows[] = {
		{ "GET /v1/nothing", "", NULL, 404 },
		{ "DELETE /v1/echo", "", NULL, 405 },
		{ "GET /v1/echo?token=x", "", NULL, 400 },
		{ "POST /v1/operator", "", NULL, 403 },
		{ "POST /v1/echo", "", "[]", 422 },
		{ "POST /v1/echo", "", "{", 400 },
		{ "POST /v1/echo", "Idempotency-Key:\r\n", "{}", 422 },
		{ "POST /", "", NULL, 405 },
		{ "GET /nothing.js", "", NULL, 404 },
		{ "GET /v1/ws", "", NULL, 426 },
		{ "GET /healthz",
		  "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: "
		  "AAMAAABkAAQAAP__\r\n",
		  NULL, 400 },
	};

	START();
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct client client = client_connect(hub->port);
		AUTO_BUF struct mu_buf answer;

		mu_buf_init(&answer);
		ask(&client, rows[i].line, rows[i].more, rows[i].body);
		if (client_answer(&client, &answer) != rows[i].status)
			fail_msg("%s: %s", rows[i].line, answer.data);
		assert_contains(answer.data, "Content-Type: application/problem+json\r\n");
		client_finish(&client);
	}
	assert_int_equal(atomic_load(&hub->requests), 0);
}

static void test_readiness(void **state)
{
	AUTO_BUF struct mu_buf answer;
	struct client client;

	START();
	client = client_connect(hub->port);
	mu_buf_init(&answer);
	client_say(&client, "GET /readyz HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_int_equal(client_answer(&client, &answer), 200);
	atomic_store(&hub->ready, false);
	client_say(&client,
		   "GET /readyz HTTP/1.1\r\nHost: h\r\n\r\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_int_equal(client_answer(&client, &answer), 503);
	assert_int_equal(client_answer(&client, &answer), 200);
	client_finish(&client);
}

/* ---- sessions ---- */

static void test_a_session(void **state)
{
	AUTO_BUF struct mu_buf text;
	struct client one, two;

	START();
	mu_buf_init(&text);
	one = open_session();
	two = open_session();
	call(&one, "cast", "{\"n\":3,\"bytes\":5}");
	for (int i = 0; i < 3; i++) {
		char event[64];

		/* both topics of the cast are theirs, and still each frame comes once */
		snprintf(event, sizeof(event), "{\"seq\":%d,\"pad\":\"xxxxx\"}", i);
		assert_contains(client_message(&one, &text), event);
		assert_contains(client_message(&two, &text), event);
	}
	assert_contains(client_message(&one, &text), "\"done\":true");
	call(&two, "leave", "{}");
	assert_contains(client_message(&two, &text), "\"id\":7,\"result\":{}");
	call(&one, "cast", "{}");
	assert_contains(client_message(&one, &text), "\"seq\":0");
	call(&two, "echo", "{\"a\":1}");
	assert_contains(client_message(&two, &text), "\"result\":{\"a\":1}"); /* and not the event */
	client_finish(&one);
	expect_ended(false, 1006);
	client_frame(&two, 0x88, "\x03\xe9why", 5);
	expect_ended(true, 1001);
	assert_int_equal(client_close_code(&two, &text), 1001);
	assert_int_equal(client_next(&two, &text), -1); /* the server closes first (§7.1.1) */
	client_finish(&two);
	assert_int_equal(atomic_load(&hub->keys_asked), 1);
}

static void test_opening_fails(void **state)
{
	static const struct {
		const char *params, *kind;
		int code;
	} rows[] = {
		{ "{\"token\":\"nonsense\"}", "unauthenticated", 4002 },
		{ "{}", "unauthenticated", 4002 },
		{ "{\"token\":7}", "invalid_params", 4000 },
	};
	AUTO_BUF struct mu_buf text;
	struct client client;
	char *foreign;

	START("open_timeout_ms=200");
	mu_buf_init(&text);
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		client = client_connect(hub->port);
		client_upgrade(&client, "");
		call(&client, "session.open", rows[i].params);
		assert_contains(client_message(&client, &text), rows[i].kind);
		assert_int_equal(client_close_code(&client, &text), rows[i].code);
		client_finish(&client);
	}
	/* a workspace that does not exist looks like a wrong token */
	foreign = fake_token("nowhere", "u1");
	mu_buf_reset(&text);
	mu_buf_printf(&text, "Authorization: Bearer %s\r\n", foreign);
	client = client_connect(hub->port);
	client_upgrade(&client, text.data);
	call(&client, "session.open", "{}");
	assert_contains(client_message(&client, &text), "unauthenticated");
	assert_int_equal(client_close_code(&client, &text), 4002);
	client_finish(&client);
	free(foreign);
	/* and silence is closed */
	client = client_connect(hub->port);
	client_upgrade(&client, "");
	assert_int_equal(client_close_code(&client, &text), 4001);
	client_finish(&client);
	assert_int_equal(atomic_load(&hub->closed), 0); /* the hub never heard of any of them */
}

static void test_the_handshake_may_carry_the_token(void **state)
{
	AUTO_BUF struct mu_buf text;
	struct client client;

	START();
	mu_buf_init(&text);
	mu_buf_printf(&text, "Authorization: Bearer %s\r\n", token);
	client = client_connect(hub->port);
	client_upgrade(&client, text.data);
	call(&client, "session.open", "{}");
	assert_contains(client_message(&client, &text), "\"session\":\"s-1\"");
	call(&client, "session.open", "{}");
	assert_contains(client_message(&client, &text), "invalid_request"); /* once is enough */
	client_finish(&client);
}

static void test_a_batch_is_answered_at_once(void **state)
{
	AUTO_BUF struct mu_buf text;
	struct client client;

	START();
	mu_buf_init(&text);
	client = open_session();
	client_text(&client, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"},{\"jsonrpc\":\"2.0\","
			     "\"method\":\"echo\"},"
			     "{\"jsonrpc\":\"2.0\",\"id\":\"b\",\"method\":\"nope\"},{\"jsonrpc\":\"2.0\","
			     "\"method\":\"nope\"},1]");
	client_message(&client, &text);
	assert_int_equal(text.data[0], '[');
	assert_int_equal(text.data[text.n - 1], ']');
	assert_contains(text.data, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}");
	assert_contains(text.data, "\"id\":\"b\",\"error\":{\"code\":-32601");
	assert_contains(text.data, "\"id\":null,\"error\":{\"code\":-32600");
	/* notifications alone are not answered at all */
	client_text(&client,
		    "[{\"jsonrpc\":\"2.0\",\"method\":\"echo\"},{\"jsonrpc\":\"2.0\",\"method\":\"nope\"}]");
	call(&client, "echo", "{\"last\":1}");
	assert_contains(client_message(&client, &text), "\"last\":1");
	client_finish(&client);
}

/* A batch whose last entry is never answered ends with its connection. */
static void test_a_batch_that_is_not_finished(void **state)
{
	struct client client;

	START();
	client = open_session();
	client_text(&client, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"echo\"},{\"jsonrpc\":\"2.0\","
			     "\"id\":2,\"method\":\"hold\"}]");
	client_frame(&client, 0x88, "", 0);
	expect_ended(true, 1005);
	client_finish(&client);
}

static void test_too_many_unanswered(void **state)
{
	AUTO_BUF struct mu_buf text;
	struct client client;

	START("commands_burst=1000");
	mu_buf_init(&text);
	client = open_session();
	for (int i = 0; i < 256; i++)
		call(&client, "hold", "{}");
	call(&client, "echo", "{}");
	assert_contains(client_message(&client, &text), "rate_limited");
	client_finish(&client);
}

static void test_the_hub_closes(void **state)
{
	AUTO_BUF struct mu_buf text;
	struct client client;

	START();
	mu_buf_init(&text);
	client = open_session();
	call(&client, "kick", "{\"code\":4203,\"retry_after_ms\":12}");
	assert_int_equal(client_close_code(&client, &text), 4203);
	assert_string_equal(text.data, "{\"kind\":\"resync\",\"retry_after_ms\":12}");
	expect_ended(false, 4203);
	client_frame(&client, 0x88, "\x10\x6b", 2);
	assert_int_equal(client_next(&client, &text), -1);
	client_finish(&client);
}

static void test_limits_of_sessions(void **state)
{
	AUTO_BUF struct mu_buf text;
	struct client one, two;

	START("max_connections_per_user=1");
	mu_buf_init(&text);
	one = open_session();
	two = client_connect(hub->port);
	client_upgrade(&two, "");
	mu_buf_printf(&text, "{\"token\":\"%s\"}", token);
	call(&two, "session.open", text.data);
	assert_contains(client_message(&two, &text), "rate_limited");
	assert_int_equal(client_close_code(&two, &text), 4006);
	expect_ended(false, 4006); /* the hub, which had opened it, hears of it */
	client_finish(&two);
	client_finish(&one);
	expect_ended(false, 1006);
	one = open_session(); /* the place is free again */
	client_finish(&one);
}

static void test_limits_of_connections(void **state)
{
	AUTO_BUF struct mu_buf answer;
	struct client one, two;

	START("max_connections=1");
	mu_buf_init(&answer);
	one = client_connect(hub->port);
	client_say(&one, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_int_equal(client_answer(&one, &answer), 200);
	two = client_connect(hub->port);
	client_say(&two, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_int_equal(client_answer(&two, &answer), 503);
	assert_contains(answer.data, "Retry-After: ");
	assert_int_equal(client_next(&two, &answer), -1);
	client_finish(&two);
	client_finish(&one);
	assert_int_equal(mu_metrics_get(&hub->metrics, MU_METRIC_REFUSED_TOTAL), 1);
}

/* ---- liveness ---- */

static void test_who_does_not_answer_a_ping_is_lost(void **state)
{
	AUTO_BUF struct mu_buf text;
	struct client client;

	START("ping_interval_ms=100", "pong_timeout_ms=50");
	mu_buf_init(&text);
	client = open_session();
	while (client_next(&client, &text) >=
	       0) /* pings and heartbeats, then the end without a Close frame */
		;
	expect_ended(false, 1006);
	client_finish(&client);
}

static void test_who_answers_stays_and_hears_a_heartbeat(void **state)
{
	AUTO_BUF struct mu_buf text;
	struct client client;

	START("ping_interval_ms=100", "pong_timeout_ms=90");
	mu_buf_init(&text);
	client = open_session();
	for (int pings = 0, beats = 0; pings < 5 || beats < 3;) {
		int first = client_next(&client, &text);

		if (first == 0x89) {
			assert_int_equal(text.n, 8); /* an empty pong would tell nothing */
			client_frame(&client, 0x8a, text.data, text.n);
			pings++;
		} else {
			assert_int_equal(first, 0x81);
			assert_string_equal(text.data, "{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}");
			beats++;
		}
	}
	assert_int_equal(atomic_load(&hub->closed), 0);
	client_finish(&client);
}

static void test_a_client_may_ping(void **state)
{
	AUTO_BUF struct mu_buf text;
	struct client client;

	START();
	mu_buf_init(&text);
	client = open_session();
	for (int i = 0; i < 10; i++) {
		char payload[16];

		snprintf(payload, sizeof(payload), "p%d", i);
		client_frame(&client, 0x89, payload, strlen(payload));
	}
	for (int i = 0; i < 10; i++) {
		char payload[16];

		snprintf(payload, sizeof(payload), "p%d", i);
		assert_int_equal(client_next(&client, &text), 0x8a);
		assert_string_equal(text.data, payload);
	}
	client_finish(&client);
}

/* ---- slow readers ---- */

static void cast_until(struct client *writer, const char *params, enum mu_metric metric)
{
	AUTO_BUF struct mu_buf text;

	mu_buf_init(&text);
	for (int i = 0; mu_metrics_get(&hub->metrics, metric) == 0; i++) {
		assert_in_range(i, 0, 100000);
		call(writer, "cast", params);
		while (!strstr(client_message(writer, &text), "\"done\":true"))
			;
	}
}

static void test_a_slow_reader_is_closed_and_others_are_not(void **state)
{
	AUTO_BUF struct mu_buf text;
	struct client slow, quick;
	int64_t last = -1;
	int first;

	START("send_budget_bytes=65536", "commands_burst=100000");
	mu_buf_init(&text);
	slow = open_with(4096);
	quick = open_session();
	cast_until(&quick, "{\"n\":4,\"bytes\":8000}", MU_METRIC_SLOW_TOTAL);
	expect_ended(false, 4201);
	/* what does come is whole and in order, and the Close frame is behind it */
	while ((first = client_next(&slow, &text)) == 0x81) {
		const char *seq = strstr(text.data, "\"seq\":");

		assert_non_null(seq);
		assert_int_equal(atol(seq + 6), (last + 1) % 4);
		last = atol(seq + 6);
	}
	assert_int_equal(first, 0x88);
	assert_int_equal((uint8_t)text.data[0] << 8 | (uint8_t)text.data[1], 4201);
	call(&quick, "echo", "{\"still\":1}");
	assert_contains(client_message(&quick, &text), "\"still\":1");
	client_finish(&slow);
	client_finish(&quick);
}

static void test_presence_is_left_out_for_a_slow_reader(void **state)
{
	AUTO_BUF struct mu_buf text;
	struct client slow, quick;

	START("send_budget_bytes=65536", "commands_burst=100000");
	mu_buf_init(&text);
	slow = open_with(4096);
	quick = open_session();
	cast_until(&quick, "{\"n\":4,\"bytes\":8000,\"class\":2}", MU_METRIC_SUPERSEDED_TOTAL);
	call(&quick, "cast", "{\"n\":1,\"bytes\":1}"); /* durable: comes behind what is left of the rest */
	while (!strstr(client_message(&slow, &text), "\"pad\":\"x\""))
		;
	assert_int_equal(mu_metrics_get(&hub->metrics, MU_METRIC_SLOW_TOTAL), 0);
	client_finish(&slow);
	client_finish(&quick);
}

/* ---- leaving ---- */

static void test_drain(void **state)
{
	AUTO_BUF struct mu_buf text;
	struct client clients[6], idle, busy;
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd;

	START();
	mu_buf_init(&text);
	for (size_t i = 0; i < 6; i++)
		clients[i] = open_session();
	idle = client_connect(hub->port);
	client_say(&idle, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_int_equal(client_answer(&idle, &text), 200);
	busy = client_connect(hub->port);
	client_say(&busy, "GET /read"); /* half a request */
	call(&clients[0], "echo", "{}");
	client_message(&clients[0], &text);
	call(&clients[0], "drain", "{\"spread_ms\":500}");
	for (size_t i = 0; i < 6; i++) {
		long advice;

		assert_int_equal(client_close_code(&clients[i], &text), 4200);
		assert_contains(text.data, "\"kind\":\"draining\"");
		advice = atol(strstr(text.data, "retry_after_ms\":") + 16);
		assert_in_range(advice, 0, 499);
		client_finish(&clients[i]);
	}
	assert_int_equal(client_next(&idle, &text), -1);
	client_say(&busy, "yz HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_int_equal(client_answer(&busy, &text), 503);
	assert_contains(text.data, "Connection: close\r\n");
	client_finish(&idle);
	client_finish(&busy);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	to.sin_port = htons((uint16_t)hub->port);
	assert_int_equal(connect(fd, (struct sockaddr *)(void *)&to, sizeof(to)), -1); /* nobody new */
	close(fd);
}

/* Stopping with everything under way leaves nothing behind: the leak checker says so at exit. */
static void test_stopping_in_the_middle(void **state)
{
	AUTO_BUF struct mu_buf text;
	struct client session, request, half, mute;

	START();
	mu_buf_init(&text);
	session = open_session();
	call(&session, "hold", "{}");
	request = client_connect(hub->port);
	ask(&request, "POST /v1/hold", "", "{}");
	half = client_connect(hub->port);
	client_say(&half, "POST /v1/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n{");
	mute = client_connect(hub->port);
	client_say(&mute, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_int_equal(client_answer(&mute, &text), 200);
	call(&session, "echo", "{}");
	client_message(&session, &text); /* all of the above has arrived by now */
	stop(state);
	assert_int_equal(client_close_code(&session, &text), 1001);
	client_finish(&session);
	client_finish(&request);
	client_finish(&half);
	client_finish(&mute);
	START(); /* for the teardown */
}

static void test_options_change_while_it_runs(void **state)
{
	AUTO_BUF struct mu_buf text;
	struct mu_config other;
	struct mu_fault fault = { 0 };
	struct client client;

	START();
	mu_buf_init(&text);
	client = open_session();
	client_text(&client, "[1,1,1]");
	assert_contains(client_message(&client, &text), "invalid_request");
	assert_int_equal(mu_config_copy(&hub->config, &other), MU_OK);
	assert_int_equal(mu_config_set(&other, "max_batch", "2", &fault), MU_OK);
	assert_int_equal(mu_edge_shared_reload(hub->shared, &other, &fault), MU_OK);
	client_text(&client, "[1,1,1]");
	assert_contains(client_message(&client, &text), "too_large");
	client_finish(&client);
	expect_ended(false, 1006);
	stop(state);
	mu_config_finish(&other); /* it lived as long as the edge */
	START();
}

static int group_start(void **state)
{
	mu_json_start();
	return mu_hash_start() == MU_OK ? 0 : -1;
}

#define TEST(name) cmocka_unit_test_teardown(name, stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_http_requests_share_a_connection),
		TEST(test_pipelined_requests),
		TEST(test_http_identity_key_and_address),
		TEST(test_http_refusals),
		TEST(test_readiness),
		TEST(test_a_session),
		TEST(test_opening_fails),
		TEST(test_the_handshake_may_carry_the_token),
		TEST(test_a_batch_is_answered_at_once),
		TEST(test_a_batch_that_is_not_finished),
		TEST(test_too_many_unanswered),
		TEST(test_the_hub_closes),
		TEST(test_limits_of_sessions),
		TEST(test_limits_of_connections),
		TEST(test_who_does_not_answer_a_ping_is_lost),
		TEST(test_who_answers_stays_and_hears_a_heartbeat),
		TEST(test_a_client_may_ping),
		TEST(test_a_slow_reader_is_closed_and_others_are_not),
		TEST(test_presence_is_left_out_for_a_slow_reader),
		TEST(test_drain),
		TEST(test_stopping_in_the_middle),
		TEST(test_options_change_while_it_runs),
	};

	return cmocka_run_group_tests(tests, group_start, NULL);
}
