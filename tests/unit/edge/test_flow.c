/* What time and load do to sessions: pings, slow readers, drain, the end, and options that change meanwhile.
 */
#include "edge_scene.h"

#include <libwebsockets.h>
#include <sys/mman.h>

/* ---- slow readers ---- */

/* Cast, and hear all of it. */
static void cast(struct client *writer, const char *params)
{
	AUTO_BUF struct mu_buf text = { 0 };

	call(writer, "cast", params);
	while (!strstr(client_message(writer, &text), "\"done\":true"))
		;
}

static void cast_until(struct client *writer, const char *params, enum mu_metric metric, int64_t more_than)
{
	for (int i = 0; mu_metrics_get(&hub->metrics, metric) <= more_than; i++) {
		assert_in_range(i, 0, 100000);
		cast(writer, params);
	}
}

/* ---- casts ---- */

static void hear_burst(struct client *client, int n)
{
	AUTO_BUF struct mu_buf text = { 0 };

	for (int i = 0; i < n; i++) {
		const char *seq = strstr(client_message(client, &text), "\"seq\":");

		assert_non_null(seq);
		assert_int_equal(atol(seq + 6), i);
	}
}

static void test_a_burst_is_one_write(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client caller, other;
	int64_t frames, writes;

	START();
	caller = open_session();
	other = open_session();
	frames = mu_metrics_get(&hub->metrics, MU_METRIC_FRAMES_TOTAL);
	writes = mu_metrics_get(&hub->metrics, MU_METRIC_WRITES_TOTAL);
	call(&caller, "cast", "{\"n\":40,\"bytes\":50}");
	hear_burst(&caller, 40);
	assert_contains(client_message(&caller, &text), "\"done\":true"); /* not before what it caused */
	hear_burst(&other, 40);
	call(&caller, "echo", "{}"); /* another turn: the numbers of the one before are there */
	client_message(&caller, &text);
	assert_in_range(mu_metrics_get(&hub->metrics, MU_METRIC_FRAMES_TOTAL) - frames, 81, 83);
	assert_in_range(mu_metrics_get(&hub->metrics, MU_METRIC_WRITES_TOTAL) - writes, 2, 4);
	client_finish(&caller);
	client_finish(&other);
}

static void test_a_cast_of_many_writes_arrives_whole(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client slow, quick;

	START();
	slow = open_with(4096);
	quick = open_session();
	call(&quick, "cast", "{\"n\":1,\"bytes\":3000000}");
	assert_contains(client_message(&slow, &text), "\"pad\":\"xxx");
	assert_in_range(text.n, 3000000, 3000100);
	call(&slow, "echo", "{\"still\":1}");
	assert_contains(client_message(&slow, &text), "\"still\":1");
	client_finish(&slow);
	client_finish(&quick);
}

/* ---- liveness ---- */

static void test_who_does_not_answer_a_ping_is_lost(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client client;

	START("ping_interval_ms=100", "pong_timeout_ms=50");
	client = open_session();
	while (client_next(&client, &text) >=
	       0) /* pings and heartbeats, then the end without a Close frame */
		;
	expect_ended(false, 1006);
	client_finish(&client);
}

static void test_who_answers_stays_and_hears_a_heartbeat(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client client;

	START("ping_interval_ms=100", "pong_timeout_ms=90");
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

static void test_a_slow_reader_is_closed_and_others_are_not(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client slow, quick;
	int64_t last = -1;
	int first;

	START("send_budget_bytes=65536", "send_burst_bytes=65536", "commands_burst=100000");
	slow = open_with(4096);
	quick = open_session();
	cast_until(&quick, "{\"n\":4,\"bytes\":8000}", MU_METRIC_CLOSED_SLOW_READER, 0);
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

static void test_much_at_once_is_no_slow_reader(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client slow, quick;

	START("send_budget_bytes=65536", "send_burst_bytes=8388608", "send_burst_ms=3600000");
	slow = open_with(4096);
	quick = open_session();
	call(&quick, "cast", "{\"n\":500,\"bytes\":8000}");
	for (int n = 0; n < 500; n++) {
		const char *seq = strstr(client_message(&slow, &text), "\"seq\":");

		assert_non_null(seq);
		assert_int_equal(atol(seq + 6), n);
	}
	assert_int_equal(mu_metrics_get(&hub->metrics, MU_METRIC_CLOSED_SLOW_READER), 0);
	client_finish(&slow);
	client_finish(&quick);
}

static void test_who_stays_behind_is_a_slow_reader(void **state)
{
	struct client slow, quick;

	START("send_budget_bytes=65536", "send_burst_bytes=1073741824", "send_burst_ms=1",
	      "commands_burst=100000");
	slow = open_with(4096);
	quick = open_session();
	cast_until(&quick, "{\"n\":4,\"bytes\":8000}", MU_METRIC_CLOSED_SLOW_READER, 0);
	expect_ended(false, 4201);
	client_finish(&slow);
	client_finish(&quick);
}

/* Frames of a class go out until some are left out for who is slow; who is told so afterwards. */
static void check_left_out(const char *flood, const char *told)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client slow = open_with(4096), quick = open_session();

	cast_until(&quick, flood, MU_METRIC_SUPERSEDED_TOTAL, 0);
	call(&quick, "cast", "{\"n\":1,\"bytes\":1}"); /* durable: comes behind what is left of the rest */
	for (bool durable = false, gap = false; !durable || !gap;) {
		const char *message = client_message(&slow, &text);

		durable = durable || strstr(message, "\"pad\":\"x\"");
		gap = gap || strstr(message, told);
	}
	assert_int_equal(mu_metrics_get(&hub->metrics, MU_METRIC_CLOSED_SLOW_READER), 0);
	client_finish(&slow);
	client_finish(&quick);
}

static void test_presence_is_left_out_for_a_slow_reader(void **state)
{
	START("send_budget_bytes=65536", "commands_burst=100000");
	check_left_out("{\"n\":4,\"bytes\":8000,\"class\":2}", "{\"version\":\"gap\",\"from\":\"gap\"}");
}

static void test_what_else_is_left_out_is_told_as_well(void **state)
{
	START("send_budget_bytes=65536", "commands_burst=100000");
	check_left_out("{\"n\":4,\"bytes\":8000,\"class\":1}", "\"session.skipped\"");
}

static void test_nobody_is_told_of_pings_that_were_left_out(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client slow, quick;

	START("send_budget_bytes=65536", "commands_burst=100000");
	slow = open_with(4096);
	quick = open_session();
	cast_until(&quick, "{\"n\":4,\"bytes\":8000,\"class\":3}", MU_METRIC_UNSENT_BYTES, 49152);
	cast(&quick, "{\"n\":4,\"bytes\":100,\"class\":3}"); /* for these there is no room */
	cast(&quick, "{\"n\":1,\"bytes\":1}");
	while (!strstr(client_message(&slow, &text), "\"pad\":\"x\""))
		assert_in_range(text.n, 8000, 9000);
	cast(&quick, "{\"n\":1,\"bytes\":2}");
	assert_contains(client_message(&slow, &text), "\"pad\":\"xx\"");
	assert_int_equal(mu_metrics_get(&hub->metrics, MU_METRIC_SUPERSEDED_TOTAL), 0);
	client_finish(&slow);
	client_finish(&quick);
}

/* ---- leaving ---- */

static void test_drain(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client clients[6], idle, busy;
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd;

	START();
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
	AUTO_BUF struct mu_buf text = { 0 };
	struct client session, request, half, mute;

	START();
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

/* Strangers can make the library complain once per connection: the log takes only some of that a second. */
static void test_the_library_does_not_fill_the_log(void **state)
{
	int before = dup(STDERR_FILENO), file = memfd_create("log", MFD_CLOEXEC);
	size_t lines = 0;
	ssize_t n;
	char text[4096];

	START();
	dup2(file, STDERR_FILENO);
	for (int i = 0; i < 1000; i++)
		lwsl_err("nonsense %d\n", i);
	dup2(before, STDERR_FILENO);
	close(before);
	lseek(file, 0, SEEK_SET);
	while ((n = read(file, text, sizeof(text))) > 0)
		for (ssize_t at = 0; at < n; at++)
			lines += text[at] == '\n';
	close(file);
	assert_in_range(lines, 1, 100);
}

static void test_options_change_while_it_runs(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct mu_config other;
	struct mu_fault fault = { 0 };
	struct client client;

	START();
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_burst_is_one_write),
		TEST(test_a_cast_of_many_writes_arrives_whole),
		TEST(test_who_does_not_answer_a_ping_is_lost),
		TEST(test_who_answers_stays_and_hears_a_heartbeat),
		TEST(test_a_slow_reader_is_closed_and_others_are_not),
		TEST(test_much_at_once_is_no_slow_reader),
		TEST(test_who_stays_behind_is_a_slow_reader),
		TEST(test_presence_is_left_out_for_a_slow_reader),
		TEST(test_what_else_is_left_out_is_told_as_well),
		TEST(test_nobody_is_told_of_pings_that_were_left_out),
		TEST(test_drain),
		TEST(test_stopping_in_the_middle),
		TEST(test_the_library_does_not_fill_the_log),
		TEST(test_options_change_while_it_runs),
	};

	return cmocka_run_group_tests(tests, group_start, NULL);
}
