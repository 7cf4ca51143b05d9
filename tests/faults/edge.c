/* What can fail in an edge (README.md lists it), libwebsockets' and libuv's own among it, does once for each
 * way that leads there: in each scene with a client on a real socket, and while it starts and ends.
 * `MU_FAULTS=all` has each point fail. After each failure must hold
 * - the client is answered as ever, or told that it can't be done now, or its connection ends; never is it
 * left waiting, or told that the fault was its own,
 * - the hub hears of the end of each session of whose beginning it heard,
 * - no connection is left, no file is open that wasn't before, and the edge serves the next client.
 * Sanitizers see to the rest. */
#include "points.h"

/* The simple hub's own thread never fails. */
#define FAKE_BEGINS() points_spare(true)
#include "edge/edge_scene.h"

#include <sched.h>

#define POINTS_MOST 20000

static size_t n_wrong;

static const char *playing; /* the scene */

/* The scenes go on after what must not be, so that all of it is seen at once. */
static void complain(const char *what, const struct client *client)
{
	fprintf(stderr, "in %s: %s\n", playing, what);
	for (size_t i = 0; client && i < client->in.n; i++) {
		const char c = client->in.data[i];
		fputc((c >= ' ' && c <= '~') || c == '\n' ? c : '?', stderr);
	}
	fputc('\n', stderr);
	points_show();
	n_wrong++;
}

/* ---- what a client says and hears, though its connection may end at any time ---- */

static void say(struct client *client, const char *text)
{
	(void)!send(client->fd, text, strlen(text), MSG_NOSIGNAL);
}

static void say_frame(struct client *client, int first, const char *text)
{
	AUTO_BUF struct mu_buf frame = { 0 };

	client_add_frame(&frame, first, text, strlen(text));
	(void)!send(client->fd, frame.data, frame.n, MSG_NOSIGNAL);
}

static bool has_heard(const struct client *client, const char *text)
{
	return client->in.n && memmem(client->in.data, client->in.n, text, strlen(text));
}

/* As client_receive; a silent edge is what must not be. */
static bool receive(struct client *client)
{
	struct pollfd poll_for = { .fd = client->fd, .events = POLLIN };
	char some[65536];
	ssize_t n = 0;

	if (!client->ended && poll(&poll_for, 1, PATIENCE_MS) != 1)
		complain("neither an answer nor an end", client);
	else if (!client->ended)
		n = recv(client->fd, some, sizeof(some), 0);
	if (n > 0)
		mu_buf_add(&client->in, some, (size_t)n);
	client->ended = n <= 0;
	return n > 0;
}

/* Whether a frame of this kind has come behind the handshake. */
static bool has_frame(const struct client *client, uint8_t first)
{
	const char *end = client->in.n ? memmem(client->in.data, client->in.n, "\r\n\r\n", 4) : NULL;
	const uint8_t *at = (const uint8_t *)end + 4, *stop = (const uint8_t *)client->in.data + client->in.n;

	while (end && at + 4 < stop && *at != first)
		at += at[1] < 126 ? 2 + at[1] : 4 + (at[2] << 8 | at[3]);
	return end && at + 4 < stop;
}

/* A Close frame is answered. */
static bool is_over(struct client *client)
{
	if (has_heard(client, "unavailable"))
		return true;
	if (!has_heard(client, " 101 "))
		return false;
	if (!has_frame(client, 0x88))
		return false;
	say_frame(client, 0x88, "\x03\xe8");
	return true;
}

/* Listen until this has come; false: the connection ends before. */
static bool hear_of(struct client *client, const char *text)
{
	while (!has_heard(client, text)) {
		if (is_over(client))
			client->ended = true;
		if (!receive(client))
			return false;
	}
	return true;
}

static void hear_all(struct client *client)
{
	while (receive(client))
		;
}

/* ---- scenes ---- */

#define ID(id, method, params)                                                                               \
	"{\"jsonrpc\":\"2.0\",\"id\":" #id ",\"method\":\"" method "\",\"params\":" params "}"

static bool upgrade(struct client *client)
{
	say(client, "GET /v1/ws HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
		    "Sec-WebSocket-Protocol: muster.v1\r\n\r\n");
	return hear_of(client, "\r\n\r\n") && has_heard(client, " 101 ");
}

static bool open_a_session(struct client *client)
{
	AUTO_BUF struct mu_buf text = { 0 };

	if (!upgrade(client))
		return false;
	mu_buf_printf(&text, ID(0, "session.open", "{\"token\":\"%s\"}"), token);
	say_frame(client, 0x81, text.data);
	return hear_of(client, "{\"session\":\"s-1\"}");
}

static void session(struct client *client, const char *says, const char *hears)
{
	if (!open_a_session(client))
		return;
	say_frame(client, 0x81, says);
	hear_of(client, hears);
}

static void a_request(struct client *client)
{
	session(client, ID(7, "echo", "{\"a\":\"some text that is longer than a few bytes\"}"),
		"few bytes\"}}");
}

static void with_a_key(struct client *client)
{
	session(client, ID(7, "echo", "{\"a\":1,\"idempotency_key\":\"some key of mine\"}"), "{\"a\":1}}");
}

static void a_batch(struct client *client)
{
	session(client, "[" ID(6, "echo", "{}") "," ID(7, "fail", "{}") "]", "}]");
}

static void a_cast(struct client *client)
{
	session(client, ID(7, "cast", "{\"n\":20,\"bytes\":3000}"), "{\"done\":true}}");
}

/* More than the kernel takes at once from a client that doesn't read yet. */
static void a_large_cast(struct client *client)
{
	session(client, ID(7, "cast", "{\"n\":60,\"bytes\":30000,\"split\":1}"), "{\"done\":true}}");
}

static void a_kick(struct client *client)
{
	if (!open_a_session(client))
		return;
	say_frame(client, 0x81, ID(7, "kick", "{\"code\":4003}"));
	hear_of(client, "no such text");
}

static void pieces(struct client *client)
{
	if (!open_a_session(client))
		return;
	say_frame(client, 0x01, "{\"jsonrpc\":\"2.0\",\"id\":7,");
	say_frame(client, 0x89, "there?");
	say_frame(client, 0x80, "\"method\":\"echo\",\"params\":{\"a\":1}}");
	if (hear_of(client, "{\"a\":1}}"))
		say_frame(client, 0x88, "\x03\xe8");
	hear_of(client, "no such text");
}

static void ask_over_http(struct client *client, const char *line, const char *more, const char *body)
{
	AUTO_BUF struct mu_buf text = { 0 };

	mu_buf_printf(&text, "%s HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer %s\r\n%s\r\n%s", line, token,
		      more, body);
	say(client, text.data);
}

static void two_requests(struct client *client)
{
	ask_over_http(client, "POST /v1/echo",
		      "Content-Type: application/json\r\nContent-Length: 12\r\nExpect: 100-continue\r\n", "");
	if (!hear_of(client, "\r\n\r\n"))
		return;
	say(client, "{\"a\":\"some\"}");
	if (!hear_of(client, "{\"a\":\"some\"}"))
		return;
	ask_over_http(client, "GET /v1/whoami", "Connection: close\r\n", "");
	hear_all(client);
}

static void metrics(struct client *client)
{
	say(client, "GET /metrics HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n");
	hear_all(client);
}

struct scene {
	const char *name;
	void (*play)(struct client *client);
	const char *parts[4]; /* of what is heard when nothing fails */
};

static const struct scene scenes[] = {
	{ "a request", a_request, { " 101 ", "s-1", "longer than a few" } },
	{ "with a key", with_a_key, { " 101 ", "s-1", "{\"a\":1}" } },
	{ "a batch", a_batch, { " 101 ", "s-1", "\"id\":6", "\"kind\":\"conflict\"" } },
	{ "a cast", a_cast, { " 101 ", "s-1", "\"seq\":19", "\"done\":true" } },
	{ "a large cast", a_large_cast, { " 101 ", "s-1", "\"seq\":59", "\"done\":true" } },
	{ "a kick", a_kick, { " 101 ", "s-1", "\x0f\xa3" } },
	{ "pieces", pieces, { " 101 ", "s-1", "there?", "{\"a\":1}" } },
	{ "two requests", two_requests, { " 200 ", "{\"a\":\"some\"}", "\"subject\":\"u1\"" } },
	{ "metrics", metrics, { " 200 ", "muster_connections " } },
};

/* ---- what holds after a try ---- */

/* No answer tells a client that something was wrong with what it asked: nothing was. */
static void check_words(const struct client *client)
{
	static const char *const blames[] = { " 400 ",           " 401 ",     " 403 ",    " 404 ",
					      " 405 ",           " 408 ",     " 411 ",    " 413 ",
					      " 431 ",           " 500 ",     " 501 ",    ":\"invalid",
					      "unauthenticated", "not_found", "internal", "parse",
					      ":\"token_" };

	for (size_t i = 0; i < MU_COUNT(blames); i++)
		if (has_heard(client, blames[i]))
			complain(blames[i], client);
}

static void check_heard(const struct scene *scene, const struct client *client, bool unhurt)
{
	size_t i = 0;

	while (i < MU_COUNT(scene->parts) && scene->parts[i] && has_heard(client, scene->parts[i]))
		i++;
	if (i == MU_COUNT(scene->parts) || !scene->parts[i])
		return;
	if (unhurt || (!client->ended && !has_heard(client, "unavailable")))
		complain(scene->parts[i], client);
}

/* What ends takes a moment until the edge and the hub have seen it. */
static bool comes_true(bool (*is)(size_t than), size_t than)
{
	const int64_t until_ms = mu_clock_mono_ms(&mu_clock_system) + PATIENCE_MS;

	while (!is(than)) {
		if (mu_clock_mono_ms(&mu_clock_system) > until_ms)
			return false;
		sched_yield();
	}
	return true;
}

static bool are_files(size_t at_most)
{
	return points_open_files() <= at_most;
}

static bool have_ended(size_t sessions)
{
	return (size_t)atomic_load(&hub->closed) >= sessions;
}

/* As the edge counts them. */
static bool are_connections(size_t at_most)
{
	struct client client = client_connect(hub->port);
	AUTO_BUF struct mu_buf answer = { 0 };

	ask(&client, "GET /metrics", "", NULL);
	assert_int_equal(client_answer(&client, &answer), 200);
	client_finish(&client);
	const char *left = strstr(answer.data, "\nmuster_connections ");
	assert_non_null(left);
	return strtoul(left + strlen("\nmuster_connections "), NULL, 10) <= at_most;
}

static void check_well(size_t files)
{
	const int opened = atomic_load(&hub->opened);

	if (!comes_true(are_connections, 1))
		complain("a connection is left", NULL);
	if (!comes_true(have_ended, (size_t)opened) || atomic_load(&hub->closed) != opened)
		complain("the hub didn't hear of one end for each session", NULL);
	if (!comes_true(are_files, files))
		complain("a file is left open", NULL);
}

/* ---- every point of a scene ---- */

/* Whether something failed; POINTS_NONE: nothing does. */
static bool try(const struct scene *scene, unsigned kinds, long n)
{
	const size_t files = points_open_files();

	playing = scene->name;
	points_arm(kinds, n);
	struct client client = client_connect(hub->port);
	scene->play(&client);
	shutdown(client.fd, SHUT_RDWR);
	check_words(&client);
	check_heard(scene, &client, n == POINTS_NONE);
	client_finish(&client);
	const bool fired = points_disarm();
	check_well(files);
	return fired;
}

static void each_point(unsigned kinds)
{
	/* The first ping comes anywhere in its interval, and isn't what a scene waits for. */
	START("commands_burst=1000000", "request_timeout_ms=2s", "open_timeout_ms=2s", "ping_interval_ms=1h");
	for (size_t i = 0; i < MU_COUNT(scenes); i++) {
		const size_t failed = points_failed();
		bool fired = !try(&scenes[i], kinds, POINTS_NONE);
		for (long n = 0; fired; n++) {
			assert_true(n < POINTS_MOST);
			fired = try(&scenes[i], kinds, points_nth(n));
		}
		assert_true(points_scene(scenes[i].name, failed));
	}
	assert_int_equal(n_wrong, 0);
}

static void each_allocation(void **state)
{
	each_point(POINTS_MEMORY);
}

static void each_call_of_the_system(void **state)
{
	each_point(POINTS_IO);
}

/* ---- its start and end ---- */

static enum mu_err start_edge(struct fake_hub *at)
{
	struct mu_fault fault = { 0 };
	enum mu_err err;
	int fd;

	at->shared = mu_edge_shared_create(&at->config);
	if (!at->shared)
		return MU_NO_MEMORY;
	err = mu_edge_listen("127.0.0.1:0", true, &fd, &at->port, &fault);
	if (err)
		return err;
	const struct mu_edge_setup setup = { .listen_fd = fd,
					     .metrics = &at->metrics,
					     .methods = &fake_table,
					     .hub = &at->queue,
					     .shared = at->shared,
					     .clock = &mu_clock_system };

	return mu_edge_create(&setup, &at->edge);
}

/* Whether this path is answered well, by an answer with this text in it. */
static bool shows(const struct fake_hub *at, const char *path, const char *text)
{
	struct client client = client_connect(at->port);
	AUTO_BUF struct mu_buf request = { 0 };

	mu_buf_printf(&request, "GET %s HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n", path);
	say(&client, request.data);
	hear_all(&client);
	check_words(&client);
	const bool well = has_heard(&client, " 200 ") && has_heard(&client, text);
	client_finish(&client);
	return well;
}

static bool serves(const struct fake_hub *at, bool site)
{
	return shows(at, "/healthz", "\r\n\r\n") &&
	       (!site || shows(at, "/pages/one.txt", "A page of the site.\n"));
}

static bool has_failed(const char *call)
{
	return points_fired() && !strcmp(points_call(), call);
}

/* At the second try, at the latest, where something failed. Where there is no web directory, or none that may
 * be opened, an edge starts without a site; where the port isn't told, nobody can ask. */
static bool serves_well(const struct fake_hub *at)
{
	const bool site = !has_failed("open");

	if (!at->port)
		return has_failed("getsockname");
	return serves(at, site) || (points_fired() && serves(at, site));
}

/* An edge starts, or says that it can't; if it does, it serves all it has, at the second try at the latest,
 * and ends. Whether something failed. */
static bool try_life(struct fake_hub *at, unsigned kinds, long n)
{
	const size_t files = points_open_files();

	at->edge = NULL;
	points_arm(kinds, n);
	points_spare(false);
	const enum mu_err err = start_edge(at);
	points_spare(true);
	if (err && !points_fired())
		complain("no start", NULL);
	if (!err && !serves_well(at))
		complain("it doesn't serve what it should", NULL);
	points_spare(false);
	mu_edge_destroy(at->edge);
	mu_edge_shared_destroy(at->shared);
	points_spare(true);
	if (points_open_files() != files)
		complain("a file is left open", NULL);
	return points_disarm();
}

static void each_life(void **state)
{
	struct fake_hub at = { .stop = false };
	struct mu_fault fault = { 0 };
	const size_t failed = points_failed();

	playing = "a life";
	assert_int_equal(mu_config_init(&at.config), MU_OK);
	assert_int_equal(mu_config_set(&at.config, "web", MUSTER_SITE, &fault), MU_OK);
	assert_int_equal(mu_config_set(&at.config, "metrics_listen", "127.0.0.1:0", &fault), MU_OK);
	mu_metrics_init(&at.metrics);
	assert_int_equal(mu_queue_init(&at.queue, fake_wake, &at), MU_OK);
	sem_init(&at.wake, 0, 0);
	bool fired = !try_life(&at, 0, POINTS_NONE);
	for (long n = 0; fired; n++)
		fired = try_life(&at, POINTS_MEMORY | POINTS_IO, points_nth(n));
	sem_destroy(&at.wake);
	mu_queue_finish(&at.queue);
	mu_config_finish(&at.config);
	assert_true(points_scene(playing, failed));
	assert_int_equal(n_wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { TEST(each_allocation), TEST(each_call_of_the_system),
					    cmocka_unit_test(each_life) };

	points_start();
	int failed = cmocka_run_group_tests(tests, group_start, NULL);
	return points_result(failed, POINTS_MEMORY | POINTS_IO);
}
