/* WebSocket sessions: opening, requests and batches, topics, limits, closing. */
#include "edge_scene.h"

/* ---- sessions ---- */

static void test_a_session(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client one, two;

	START();
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
	AUTO_BUF struct mu_buf text = { 0 };
	struct client client;
	char *foreign;

	START("open_timeout_ms=200");
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

/* Whoever asks in time isn't to blame for a hub that takes its time: they may come back. */
static void test_who_waits_for_the_hub_is_not_late(void **state)
{
	AUTO_BUF struct mu_buf params = { 0 }, text = { 0 };
	struct client patient, silent;

	START("open_timeout_ms=200");
	atomic_store(&hub->mute, true);
	mu_buf_printf(&params, "{\"token\":\"%s\"}", token);
	patient = client_connect(hub->port);
	client_upgrade(&patient, "");
	call(&patient, "session.open", params.data);
	silent = client_connect(hub->port);
	client_upgrade(&silent, "");
	assert_int_equal(client_close_code(&silent, &text), 4001);
	client_finish(&silent);
	fake_pass(hub, 31000);
	silent = client_connect(hub->port);
	assert_int_equal(client_close_code(&patient, &text), 4100);
	client_finish(&silent);
	client_finish(&patient);
}

static void test_the_handshake_may_carry_the_token(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client client;

	START();
	mu_buf_printf(&text, "Authorization: Bearer %s\r\n", token);
	client = client_connect(hub->port);
	client_upgrade(&client, text.data);
	call(&client, "session.open", "{}");
	assert_contains(client_message(&client, &text), "\"session\":\"s-1\"");
	call(&client, "session.open", "{}");
	assert_contains(client_message(&client, &text), "invalid_request"); /* once is enough */
	client_finish(&client);
}

/* session.open with this token, and in the same write a whole frame and half of another one. */
static struct client hurry(const char *open_token)
{
	const char echo[] = "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"echo\",\"params\":{\"n\":1}}";
	AUTO_BUF struct mu_buf open = { 0 }, frames = { 0 };
	struct client client = client_connect(hub->port);

	client_upgrade(&client, "");
	mu_buf_printf(
		&open,
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.open\",\"params\":{\"token\":\"%s\"}}",
		open_token);
	client_add_frame(&frames, 0x81, open.data, open.n);
	client_add_frame(&frames, 0x81, echo, strlen(echo));
	client_add_frame(&frames, 0x81, echo, strlen(echo));
	client_write(&client, frames.data, frames.n - 5);
	return client;
}

static void test_what_comes_behind_the_opening_waits_for_its_answer(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client client;
	char *foreign;

	START();
	client = hurry(token);
	assert_contains(client_message(&client, &text), "\"session\":\"s-1\"");
	assert_contains(client_message(&client, &text), "\"id\":7,\"result\":{\"n\":1}");
	client_say(&client, "\":1}}");
	assert_contains(client_message(&client, &text), "\"id\":7,\"result\":{\"n\":1}");
	client_finish(&client);

	foreign = fake_token("nowhere", "u1");
	client = hurry(foreign);
	assert_contains(client_message(&client, &text), "\"id\":1,\"error\"");
	assert_contains(client_message(&client, &text), "Send session.open first");
	assert_int_equal(client_close_code(&client, &text), 4002);
	client_finish(&client);
	free(foreign);
}

static void test_a_batch_is_answered_at_once(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client client;

	START();
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
	AUTO_BUF struct mu_buf text = { 0 };
	struct client client;

	START("commands_burst=1000");
	client = open_session();
	for (int i = 0; i < 256; i++)
		call(&client, "hold", "{}");
	call(&client, "echo", "{}");
	assert_contains(client_message(&client, &text), "rate_limited");
	assert_int_equal(mu_metrics_get(&hub->metrics, MU_METRIC_FULL_CONNECTION), 1);
	client_finish(&client);
}

/* Requests whose token can't be checked yet are kept, but not without end. */
static void test_not_everybody_waits_for_a_keyring(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client waiting[16], late;

	START("max_batch=256", "commands_burst=1000", "max_message_bytes=65536");
	atomic_store(&hub->mute, true);
	for (size_t i = 0; i < MU_COUNT(waiting); i++) {
		waiting[i] = client_connect(hub->port);
		client_upgrade(&waiting[i], "");
		mu_buf_reset(&text);
		for (int n = 0; n < 256; n++)
			mu_buf_printf(&text,
				      "%s{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"whoami\",\"params\":{"
				      "\"token\":\"mt~acme~AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}}",
				      n ? "," : "[", n);
		mu_buf_char(&text, ']');
		client_text(&waiting[i], text.data);
		call(&waiting[i], "nothing", "{}"); /* answered behind them: they are parked */
		assert_contains(client_message(&waiting[i], &text), "method_not_found");
	}
	late = client_connect(hub->port);
	client_upgrade(&late, "");
	call(&late, "whoami", "{\"token\":\"mt~acme~AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}");
	assert_contains(client_message(&late, &text), "\"kind\":\"unavailable\"");
	assert_int_equal(atomic_load(&hub->keys_asked), 1);
	assert_int_equal(mu_metrics_get(&hub->metrics, MU_METRIC_FULL_KEYS), 1);
	client_finish(&late);
	for (size_t i = 0; i < MU_COUNT(waiting); i++)
		client_finish(&waiting[i]);
}

/* What a hub can't keep up with is refused at once, until it has caught up. */
static void test_a_hub_that_is_behind_is_spared(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct mu_up *many;
	struct client client, other;

	START();
	client = open_session();
	call(&client, "nap", "{}");
	sem_wait(&hub->asleep);
	call(&client, "nothing", "{}"); /* the edge itself answers: its turn with the nap is over */
	assert_contains(client_message(&client, &text), "method_not_found");
	many = mu_up_create(MU_UP_KEYS); /* one that counts for more than may wait */
	mu_queue_push_all(&hub->queue, &many->msg, &many->msg, 200001);
	call(&client, "echo", "{\"n\":1}"); /* when it is handed over the edge sees how many wait */
	call(&client, "nothing", "{}");
	assert_contains(client_message(&client, &text), "method_not_found");
	call(&client, "echo", "{\"n\":2}");
	assert_contains(client_message(&client, &text), "\"kind\":\"unavailable\"");
	other = client_connect(hub->port);
	ask(&other, "GET /metrics", "", NULL);
	assert_int_equal(client_answer(&other, &text), 200);
	assert_contains(text.data, "\nmuster_hub_queue 200002\n");
	client_finish(&other);
	sem_post(&hub->rise);
	assert_contains(client_message(&client, &text), "\"result\":{\"n\":1}");
	call(&client, "echo", "{\"n\":3}");
	assert_contains(client_message(&client, &text), "\"result\":{\"n\":3}");
	assert_int_equal(mu_metrics_get(&hub->metrics, MU_METRIC_FULL_HUB), 1);
	client_finish(&client);
}

/* Who is told a thousand times to wait, and doesn't, is sent away. */
static void test_who_never_waits_is_sent_away(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client client;

	START("commands_per_second=1", "commands_burst=1");
	client = open_session();
	for (int i = 0; i < 1100; i++)
		call(&client, "echo", "{}");
	assert_int_equal(client_close_code(&client, &text), MU_CLOSE_VIOLATION);
	client_finish(&client);
}

static void test_the_hub_closes(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client client;

	START();
	client = open_session();
	call(&client, "kick", "{\"code\":4203,\"retry_after_ms\":12}");
	assert_int_equal(client_close_code(&client, &text), 4203);
	assert_string_equal(text.data, "{\"kind\":\"resync\",\"retry_after_ms\":12}");
	expect_ended(false, 4203);
	client_frame(&client, 0x88, "\x10\x6b", 2);
	assert_int_equal(client_next(&client, &text), -1);
	client_finish(&client);
}

/* A cast whose full form is for topic 1 and whose brief form for topic 2; and then one for both. */
static void test_a_cast_in_two_forms(void **state)
{
	static const char *const leaves[] = { "{\"topic\":3}", "{\"topic\":1}", "{\"topic\":2}", "{}" };
	static const char *const hears[] = { "\"pad\":\"xx\"", "\"pad\":\"\"", "\"pad\":\"xx\"", NULL };
	AUTO_BUF struct mu_buf text = { 0 };
	struct client clients[4];

	START();
	for (size_t i = 0; i < MU_COUNT(clients); i++) {
		clients[i] = open_session();
		call(&clients[i], "leave", leaves[i]);
		assert_contains(client_message(&clients[i], &text), "\"id\":7,\"result\"");
	}
	call(&clients[3], "cast", "{\"split\":1,\"bytes\":2}");
	assert_contains(client_message(&clients[3], &text), "\"done\":true");
	call(&clients[3], "cast", "{\"bytes\":4}");
	assert_contains(client_message(&clients[3], &text), "\"done\":true");
	for (size_t i = 0; i < 3; i++) {
		assert_contains(client_message(&clients[i], &text), hears[i]); /* and nothing else */
		assert_contains(client_message(&clients[i], &text), "\"pad\":\"xxxx\"");
	}
	for (size_t i = 0; i < MU_COUNT(clients); i++)
		client_finish(&clients[i]);
}

static void test_limits_of_sessions(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client one, two;

	START("max_connections_per_user=1");
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

static void test_a_client_may_ping(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct client client;

	START();
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_session),
		TEST(test_opening_fails),
		TEST(test_who_waits_for_the_hub_is_not_late),
		TEST(test_the_handshake_may_carry_the_token),
		TEST(test_what_comes_behind_the_opening_waits_for_its_answer),
		TEST(test_a_batch_is_answered_at_once),
		TEST(test_a_batch_that_is_not_finished),
		TEST(test_too_many_unanswered),
		TEST(test_not_everybody_waits_for_a_keyring),
		TEST(test_a_hub_that_is_behind_is_spared),
		TEST(test_who_never_waits_is_sent_away),
		TEST(test_the_hub_closes),
		TEST(test_a_cast_in_two_forms),
		TEST(test_limits_of_sessions),
		TEST(test_a_client_may_ping),
	};

	return cmocka_run_group_tests(tests, group_start, NULL);
}
