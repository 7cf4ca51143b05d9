/* Requests over HTTP: one connection, many requests, each answered once and in order. */
#include "edge_scene.h"

#include <fcntl.h>

static void test_http_requests_share_a_connection(void **state)
{
	AUTO_BUF struct mu_buf answer = { 0 };
	struct client client;

	START();
	client = client_connect(hub->port);
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
	AUTO_BUF struct mu_buf text = { 0 }, answer = { 0 };
	struct client client;

	START();
	client = client_connect(hub->port);
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
	AUTO_BUF struct mu_buf answer = { 0 };
	struct client client;

	START("trusted_proxies=127.0.0.0/8");
	client = client_connect(hub->port);
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
		{ "GET /metrics", "X-Forwarded-For: 127.0.0.1\r\n", NULL, 403 },
		{ "GET /v1/ws", "", NULL, 426 },
		{ "GET /healthz",
		  "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: "
		  "AAMAAABkAAQAAP__\r\n",
		  NULL, 400 },
	};

	START();
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct client client = client_connect(hub->port);
		AUTO_BUF struct mu_buf answer = { 0 };

		ask(&client, rows[i].line, rows[i].more, rows[i].body);
		if (client_answer(&client, &answer) != rows[i].status)
			fail_msg("%s: %s", rows[i].line, answer.data);
		assert_contains(answer.data, "Content-Type: application/problem+json\r\n");
		client_finish(&client);
	}
	assert_int_equal(atomic_load(&hub->requests), 0);
}

/* What a head said still holds when its body made the buffer move: for the page that waits for the answer,
 * and for an expectation that is not ours. */
static void test_a_head_outlives_its_buffer(void **state)
{
	AUTO_BUF struct mu_buf answer = { 0 };
	char part[4096];
	struct client client;

	START("request_timeout_ms=300", "origins=https://app.example");
	client = client_connect(hub->port);
	client_say(&client, "POST /v1/echo HTTP/1.1\r\nHost: h\r\nOrigin: https://app.example\r\n"
			    "Expect: 200-continue\r\nContent-Length: 60000\r\n\r\n");
	memset(part, ' ', sizeof(part));
	for (int i = 0; i < 10; i++)
		client_write(&client, part, sizeof(part));
	assert_int_equal(client_answer(&client, &answer), 408);
	assert_contains(answer.data, "\r\nAccess-Control-Allow-Origin: https://app.example\r\n");
	client_finish(&client);
}

/* An answer that nobody reads is not kept for ever. */
static void test_who_does_not_read_the_answer_is_ended(void **state)
{
	AUTO_BUF struct mu_buf answer = { 0 };
	char directory[] = P_tmpdir "/muster-web-XXXXXX", file[64], option[64];
	struct client client, other;
	int fd;

	assert_non_null(mkdtemp(directory));
	snprintf(file, sizeof(file), "%s/large.txt", directory);
	snprintf(option, sizeof(option), "web=%s", directory);
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, 16000000), 0);
	close(fd);
	START(option);
	assert_int_equal(unlink(file) | rmdir(directory), 0);
	client = client_connect_with(hub->port, 4096);
	client_say(&client, "GET /large.txt HTTP/1.1\r\nHost: h\r\n\r\n");
	other = client_connect(hub->port);
	for (int i = 0; i < 3;
	     i++) { /* the deadline, and once more because the client had read some before */
		ask(&other, "GET /v1/echo", "", NULL);
		assert_int_equal(client_answer(&other, &answer), 200);
		fake_pass(hub, 31000);
		client_finish(&other);
		other = client_connect(hub->port);
	}
	client_rest(&client);
	assert_in_range(client.in.n, 1, 16000000);
	client_finish(&other);
	client_finish(&client);
}

/* The answer that comes after all must not be taken for the one to the next request. */
static void test_who_waited_in_vain_asks_on_a_new_connection(void **state)
{
	AUTO_BUF struct mu_buf answer = { 0 };
	struct client client, other;

	START();
	client = client_connect(hub->port);
	ask(&client, "POST /v1/hold", "", "{}");
	other = client_connect(hub->port);
	ask(&other, "GET /v1/echo", "", NULL);
	assert_int_equal(client_answer(&other, &answer), 200);
	fake_pass(hub, 60000);
	ask(&other, "GET /v1/echo", "", NULL); /* wakes the edge */
	assert_int_equal(client_answer(&client, &answer), 503);
	assert_contains(answer.data, "is not known");
	assert_contains(answer.data, "Connection: close\r\n");
	assert_int_equal(client_next(&client, &answer), -1);
	client_finish(&client);
	client_finish(&other);
}

/* Now and then a client has to come by another edge. */
static void test_a_connection_has_its_day(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	const char *rest;
	struct client client;
	size_t answers = 0;

	START();
	client = client_connect(hub->port);
	for (int i = 0; i < 1010; i++)
		mu_buf_str(&text, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
	client_say(&client, text.data);
	rest = client_rest(&client);
	assert_contains(rest, "Connection: close\r\n");
	for (; (rest = strstr(rest, "HTTP/1.1 200 ")); rest++)
		answers++;
	assert_int_equal(answers, 1000);
	client_finish(&client);
}

/* Ask once on a connection of its own; the status. */
static int ask_anew(const char *line, const char *bearer, struct mu_buf *answer)
{
	struct client client = client_connect(hub->port);
	char *own = token;
	int status;

	token = (char *)bearer;
	ask(&client, line, "", NULL);
	token = own;
	status = client_answer(&client, answer);
	client_finish(&client);
	return status;
}

static void test_a_budget_outlives_its_connection(void **state)
{
	AUTO_BUF struct mu_buf answer = { 0 };
	AUTO_FREE char *other = NULL;

	START("commands_per_second=1", "commands_burst=3");
	other = fake_token(FAKE_WORKSPACE, "u2");
	for (int i = 0; i < 3; i++)
		assert_int_equal(ask_anew("GET /v1/echo", token, &answer), 200);
	assert_int_equal(ask_anew("GET /v1/echo", token, &answer), 429);
	assert_contains(answer.data, "Retry-After: 1\r\n");
	assert_int_equal(ask_anew("GET /v1/echo", other, &answer), 200);
	fake_pass(hub, 1000);
	assert_int_equal(ask_anew("GET /v1/echo", token, &answer), 200);
	assert_int_equal(ask_anew("GET /v1/echo", token, &answer), 429);
}

static void test_who_proves_nothing_pays_by_address(void **state)
{
	AUTO_BUF struct mu_buf answer = { 0 };

	START("commands_per_second=1", "commands_burst=3");
	assert_int_equal(ask_anew("POST /v1/note", token, &answer), 200); /* which looks at no token */
	assert_int_equal(ask_anew("GET /v1/echo", "nonsense", &answer), 401);
	assert_int_equal(ask_anew("GET /v1/echo?%zz", token, &answer),
			 422); /* before it comes to the token */
	assert_int_equal(ask_anew("POST /v1/note", token, &answer), 429);
	assert_int_equal(ask_anew("GET /v1/echo", "nonsense", &answer), 429);
	assert_int_equal(ask_anew("GET /v1/echo", token, &answer), 200);
}

static void test_http_commands_have_a_budget(void **state)
{
	AUTO_BUF struct mu_buf answer = { 0 };
	struct client client;

	START("commands_per_second=1", "commands_burst=3");
	client = client_connect(hub->port);
	for (int i = 0; i < 3; i++) {
		ask(&client, "GET /v1/echo", "", NULL);
		assert_int_equal(client_answer(&client, &answer), 200);
	}
	ask(&client, "GET /v1/echo", "", NULL);
	assert_int_equal(client_answer(&client, &answer), 429);
	assert_contains(answer.data, "Retry-After: 1\r\n");
	assert_contains(answer.data, "\"kind\":\"rate_limited\"");
	client_say(&client, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n"); /* which is no command */
	assert_int_equal(client_answer(&client, &answer), 200);
	assert_int_equal(atomic_load(&hub->requests), 3);
	client_finish(&client);
}

static void test_readiness(void **state)
{
	AUTO_BUF struct mu_buf answer = { 0 };
	struct client client;

	START();
	client = client_connect(hub->port);
	client_say(&client, "GET /readyz HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_int_equal(client_answer(&client, &answer), 200);
	atomic_store(&hub->ready, false);
	client_say(&client,
		   "GET /readyz HTTP/1.1\r\nHost: h\r\n\r\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_int_equal(client_answer(&client, &answer), 503);
	assert_int_equal(client_answer(&client, &answer), 200);
	client_finish(&client);
}

/* Even one that says nothing of whom it asks for. */
static void test_a_proxy_sees_no_metrics(void **state)
{
	AUTO_BUF struct mu_buf answer = { 0 };
	struct client client;

	START("trusted_proxies=127.0.0.1");
	client = client_connect(hub->port);
	ask(&client, "GET /metrics", "", NULL);
	assert_int_equal(client_answer(&client, &answer), 403);
	client_finish(&client);
	client = client_connect_from(2, hub->port, 0);
	ask(&client, "GET /metrics", "", NULL);
	assert_int_equal(client_answer(&client, &answer), 200);
	client_finish(&client);
}

static void test_limits_of_connections(void **state)
{
	AUTO_BUF struct mu_buf answer = { 0 };
	struct client one, two;

	START("max_connections=1");
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
	assert_int_equal(mu_metrics_get(&hub->metrics, MU_METRIC_REFUSED_ALL), 1);
}

static void test_an_ipv6_network_is_one_address(void **state)
{
	AUTO_BUF struct mu_buf answer = { 0 };
	struct client one, two, elsewhere;

	START("max_connections_per_address=1", "trusted_proxies=127.0.0.1");
	one = client_connect(hub->port);
	ask(&one, "GET /v1/whoami", "X-Forwarded-For: 2001:db8::1\r\n", NULL);
	assert_int_equal(client_answer(&one, &answer), 200);
	assert_contains(answer.data, "\"address\":\"2001:db8::1\"");
	two = client_connect(hub->port);
	ask(&two, "GET /v1/whoami", "X-Forwarded-For: 2001:db8::2\r\n", NULL);
	assert_int_equal(client_answer(&two, &answer), 429);
	elsewhere = client_connect(hub->port);
	ask(&elsewhere, "GET /v1/whoami", "X-Forwarded-For: 2001:db8:0:1::2\r\n", NULL);
	assert_int_equal(client_answer(&elsewhere, &answer), 200);
	client_finish(&elsewhere);
	client_finish(&two);
	client_finish(&one);
}

/* Those who are kept to be told that they are too many are not in the way of others. */
static void test_who_is_over_a_limit_keeps_nobody_out(void **state)
{
	AUTO_BUF struct mu_buf answer = { 0 };
	struct client many[400], other;

	START("max_connections_per_address=1");
	for (size_t i = 0; i < MU_COUNT(many); i++)
		many[i] = client_connect(hub->port);
	other = client_connect_from(2, hub->port, 0);
	client_say(&other, "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_int_equal(client_answer(&other, &answer), 200);
	client_say(&many[1], "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
	assert_int_equal(client_answer(&many[1], &answer), 429);
	assert_int_equal(client_next(&many[MU_COUNT(many) - 1], &answer), -1); /* there are enough of them */
	client_finish(&other);
	for (size_t i = 0; i < MU_COUNT(many); i++)
		client_finish(&many[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_http_requests_share_a_connection),
		TEST(test_pipelined_requests),
		TEST(test_http_identity_key_and_address),
		TEST(test_http_refusals),
		TEST(test_a_head_outlives_its_buffer),
		TEST(test_who_does_not_read_the_answer_is_ended),
		TEST(test_who_waited_in_vain_asks_on_a_new_connection),
		TEST(test_a_connection_has_its_day),
		TEST(test_http_commands_have_a_budget),
		TEST(test_a_budget_outlives_its_connection),
		TEST(test_who_proves_nothing_pays_by_address),
		TEST(test_readiness),
		TEST(test_a_proxy_sees_no_metrics),
		TEST(test_limits_of_connections),
		TEST(test_an_ipv6_network_is_one_address),
		TEST(test_who_is_over_a_limit_keeps_nobody_out),
	};

	return cmocka_run_group_tests(tests, group_start, NULL);
}
