/* Servers that are killed, stand still, refuse or can't be found. */
#include "rig.h"

#include "place.h"

#include "muster/base/mem.h"

#include <signal.h>

static int setup_one(void **state)
{
	struct rig *rig = rig_create();

	rig_start_server(rig, 0, "");
	*state = rig;
	return 0;
}

static int setup_two(void **state)
{
	setup_one(state);
	rig_start_server(*state, 1, "");
	return 0;
}

static int setup_none(void **state)
{
	*state = rig_create();
	return 0;
}

static int teardown(void **state)
{
	rig_destroy(*state);
	return 0;
}

static void signal_server(struct rig *rig, size_t i, int signal)
{
	assert_int_equal(kill(rig_number(rig, i, ".d/pid"), signal), 0);
}

static void a_server_comes_back(void **state)
{
	struct rig *rig = *state;
	struct node *a, *b;

	node_pair(rig, &a, &b);
	node_join(a, "quiet");
	assert_true(mu_bus_up(a->bus));
	assert_int_equal(node_count(a, MU_METRIC_BUS_CONNECTED), 1);
	rig_server(rig, 0, "kill", "");
	node_expect(a, "lose acme");
	node_expect(b, "lose acme");
	assert_false(mu_bus_up(a->bus));
	assert_int_equal(node_count(a, MU_METRIC_BUS_CONNECTED), 0);
	assert_int_equal(node_say(a, "acme", "into the void"), MU_UNAVAILABLE);
	assert_int_equal(node_count(a, MU_METRIC_BUS_DROPPED_TOTAL), 1);
	assert_int_equal(mu_bus_join(b->bus, "new"), MU_OK);
	mu_bus_leave(a->bus, "quiet");
	rig_server(rig, 0, "again", "");
	node_expect(a, "reach acme");
	RIG_UNTIL(rig, mu_bus_reaches(b->bus, "acme") && mu_bus_reaches(b->bus, "new"));
	assert_int_equal(node_say(a, "acme", "again"), MU_OK);
	assert_int_equal(node_say(a, "new", "hello"), MU_OK);
	node_expect(b, "heard acme a again");
	node_expect(b, "heard new a hello");
	assert_false(node_was_told(a, "went"));
	assert_false(node_was_told(b, "went"));
	assert_int_equal(mu_bus_peers(a->bus), 1);
	node_destroy(a);
	node_destroy(b);
}

static void a_server_that_stands_still_is_noticed(void **state)
{
	struct rig *rig = *state;
	struct node *a, *b;

	node_pair(rig, &a, &b);
	rig_catch_log(rig);
	signal_server(rig, 0, SIGSTOP);
	const uint64_t began = uv_hrtime();

	node_expect(a, "lose acme");
	assert_in_range((uv_hrtime() - began) / 1000000, 2500, 4500);
	assert_true(rig_logged(rig, "connection lost"));
	assert_true(rig_logged(rig, "nothing comes back through it"));
	RIG_UNTIL(rig, rig_logged(rig, "it didn't answer in time"));
	signal_server(rig, 0, SIGCONT);
	node_expect(a, "reach acme");
	RIG_UNTIL(rig, mu_bus_reaches(b->bus, "acme"));
	rig_release_log(rig);
	assert_int_equal(node_say(a, "acme", "again"), MU_OK);
	node_expect(b, "heard acme a again");
	assert_false(node_was_told(a, "went"));
	assert_false(node_was_told(b, "went"));
	node_destroy(a);
	node_destroy(b);
}

static void what_waits_is_bounded(void **state)
{
	struct rig *rig = *state;
	struct node *a = node_create(rig, "a", 1);
	AUTO_FREE char *text = calloc(1, MU_BUS_TEXT_MAX);
	int said = 0;

	assert_non_null(text);
	node_join(a, "acme");
	signal_server(rig, 0, SIGSTOP);
	while (mu_bus_say(a->bus, "acme", text, MU_BUS_TEXT_MAX) == MU_OK) {
		assert_true(++said < 1000);
		uv_run(&rig->loop, UV_RUN_NOWAIT);
	}
	assert_true(said >= 8);
	assert_int_equal(node_count(a, MU_METRIC_BUS_DROPPED_TOTAL), 1);
	assert_true(mu_bus_reaches(a->bus, "acme"));
	node_expect(a, "lose acme"); /* it is dead all the same */
	signal_server(rig, 0, SIGCONT);
	node_expect(a, "reach acme");
	assert_int_equal(node_say(a, "acme", "again"), MU_OK);
	node_destroy(a);
}

/* A workspace whose first server is this one. */
static void workspace_of(const struct rig *rig, size_t i, char name[static 16])
{
	struct places places;
	char url[128], place[32];
	size_t at[2];

	snprintf(url, sizeof(url), "redis://127.0.0.1:%d,127.0.0.1:%d", rig->ports[0], rig->ports[1]);
	snprintf(place, sizeof(place), "127.0.0.1:%d", rig->ports[i]);
	assert_int_equal(places_parse(url, &places, NULL), MU_OK);
	for (int n = 0;; n++) {
		snprintf(name, 16, "w%d", n);
		places_rank(&places, name, at);
		if (strcmp(places.v[at[0]].name, place) == 0)
			return;
	}
}

static void with_two_servers_the_loss_of_one_is_bridged(void **state)
{
	struct rig *rig = *state;
	struct node *a = node_create(rig, "a", 1), *b = node_create(rig, "b", 2);
	char first[16], second[16], line[64];

	workspace_of(rig, 0, first);
	workspace_of(rig, 1, second);
	for (int round = 0; round < 2; round++) {
		const char *workspace = round ? second : first;

		node_join(a, workspace);
		node_join(b, workspace);
		RIG_UNTIL(rig, node_count(a, MU_METRIC_BUS_CONNECTED) == 2 &&
				       node_count(b, MU_METRIC_BUS_CONNECTED) == 2);
		assert_int_equal(node_say(a, workspace, "before"), MU_OK);
		snprintf(line, sizeof(line), "heard %s a before", workspace);
		node_expect(b, line);
		rig_server(rig, (size_t)round, "kill", "");
		snprintf(line, sizeof(line), "lose %s", workspace);
		node_expect(a, line);
		node_expect(b, line);
		RIG_UNTIL(rig, mu_bus_reaches(a->bus, workspace) && mu_bus_reaches(b->bus, workspace));
		assert_int_equal(node_count(a, MU_METRIC_BUS_CONNECTED), 1);
		assert_int_equal(node_say(a, workspace, "after"), MU_OK);
		snprintf(line, sizeof(line), "heard %s a after", workspace);
		node_expect(b, line);
		rig_server(rig, (size_t)round, "again", "");
	}
	assert_false(node_was_told(a, "went"));
	assert_false(node_was_told(b, "went"));
	node_destroy(b);
	node_expect(a, "went b 2");
	node_destroy(a);
}

/* One node may use both servers, the other only one of them, which isn't the workspace's first. */
static void a_node_that_misses_a_server_hears_all_the_same(void **state)
{
	struct rig *rig = *state;
	struct node *a, *b;
	char workspace[16], url[128];

	workspace_of(rig, 0, workspace);
	rig_tell(rig, 1, "ACL SETUSER half on >secret allchannels allcommands");
	snprintf(url, sizeof(url), "redis://half:secret@127.0.0.1:%d,127.0.0.1:%d", rig->ports[0],
		 rig->ports[1]);
	a = node_create(rig, "a", 1);
	node_join(a, workspace);
	RIG_UNTIL(rig, node_count(a, MU_METRIC_BUS_CONNECTED) == 2);
	b = node_create_at(rig, url, rig_key, "b", 2);
	node_join(b, workspace);
	assert_int_equal(node_count(b, MU_METRIC_BUS_CONNECTED), 1);
	node_know(a, 1);
	for (int i = 0; i < 10; i++) {
		char text[16], line[64];

		snprintf(text, sizeof(text), "%d", i);
		assert_int_equal(node_say(a, workspace, text), MU_OK);
		snprintf(line, sizeof(line), "heard %s a %d", workspace, i);
		node_expect(b, line);
		assert_int_equal(node_say(b, workspace, text), MU_OK);
		snprintf(line, sizeof(line), "heard %s b %d", workspace, i);
		node_expect(a, line);
	}
	assert_int_equal(node_times(a, "heard"), 10); /* what was said on both servers too */
	assert_int_equal(node_times(b, "heard"), 10);
	assert_int_equal(mu_bus_peers(a->bus), 1);
	node_destroy(a);
	node_destroy(b);
}

/* ---- servers that refuse ---- */

static void check_refusal(struct rig *rig, const char *url, const char *why)
{
	struct node *a;

	rig_catch_log(rig);
	a = node_create_at(rig, url, rig_key, "a", 1);
	RIG_UNTIL(rig, rig_logged(rig, why));
	assert_true(rig_logged(rig, "cannot connect"));
	assert_false(mu_bus_up(a->bus));
	assert_false(rig_logged(rig, "wrong-one"));
	node_destroy(a);
	rig_release_log(rig);
}

static void check_welcome(struct rig *rig, const char *url)
{
	struct node *a = node_create_at(rig, url, rig_key, "a", 1);

	node_join(a, "acme");
	node_destroy(a);
}

static void the_password_must_be_right(void **state)
{
	struct rig *rig = *state;
	char url[128];

	rig_start_server(rig, 0, "'requirepass right' 'user second on >its allchannels allcommands'");
	snprintf(url, sizeof(url), "redis://:right@127.0.0.1:%d", rig->ports[0]);
	check_welcome(rig, url);
	snprintf(url, sizeof(url), "redis://second:its@127.0.0.1:%d", rig->ports[0]);
	check_welcome(rig, url);
	snprintf(url, sizeof(url), "redis://:wrong-one@127.0.0.1:%d", rig->ports[0]);
	check_refusal(rig, url, "it refuses the user and password of the bus' URL: WRONGPASS");
	snprintf(url, sizeof(url), "redis://127.0.0.1:%d", rig->ports[0]);
	check_refusal(rig, url, "it refuses to serve: NOAUTH");
}

static void a_user_must_be_allowed_the_channels(void **state)
{
	struct rig *rig = *state;
	char url[128];

	rig_start_server(rig, 0, "'user narrow on >pw resetchannels allcommands'");
	snprintf(url, sizeof(url), "redis://narrow:pw@127.0.0.1:%d", rig->ports[0]);
	check_refusal(rig, url, "it refuses a command: NOPERM");
}

static void a_name_must_be_known(void **state)
{
	check_refusal(*state, "redis://no..such..name", "its name can't be looked up");
}

static void nobody_listens(void **state)
{
	check_refusal(*state, "redis://127.0.0.1:1", "connection refused");
}

/* "localhost" may be an IPv6 address first, on which nobody listens. */
static void all_addresses_of_a_name_are_tried(void **state)
{
	struct rig *rig = *state;
	char url[64];

	rig_start_server(rig, 0, "");
	snprintf(url, sizeof(url), "redis://localhost:%d", rig->ports[0]);
	check_welcome(rig, url);
}

/* ---- the end ---- */

static void it_ends_while_nobody_answers(void **state)
{
	struct rig *rig = *state;
	char url[128];

	snprintf(url, sizeof(url), "redis://127.0.0.1:%d,127.0.0.1:1,no..such..name,localhost:2",
		 rig->ports[0]);
	signal_server(rig, 0, SIGSTOP);
	for (int turns = 0; turns < 30; turns++) {
		struct node *a = node_create_at(rig, url, rig_key, "a", turns + 1);

		assert_int_equal(mu_bus_join(a->bus, "acme"), MU_OK);
		for (int i = 0; i < turns; i++)
			uv_run(&rig->loop, UV_RUN_NOWAIT);
		node_destroy(a);
	}
	signal_server(rig, 0, SIGCONT);
}

#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_server_comes_back, setup_one),
		TEST(a_server_that_stands_still_is_noticed, setup_one),
		TEST(what_waits_is_bounded, setup_one),
		TEST(with_two_servers_the_loss_of_one_is_bridged, setup_two),
		TEST(a_node_that_misses_a_server_hears_all_the_same, setup_two),
		TEST(the_password_must_be_right, setup_none),
		TEST(a_user_must_be_allowed_the_channels, setup_none),
		TEST(a_name_must_be_known, setup_none),
		TEST(nobody_listens, setup_none),
		TEST(all_addresses_of_a_name_are_tried, setup_none),
		TEST(it_ends_while_nobody_answers, setup_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
