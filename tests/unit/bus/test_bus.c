/* Nodes that talk through a Redis server of their own, which works all the time. */
#include "rig.h"

#include "channel.h"

#include "muster/base/mem.h"

#include <pthread.h>
#include <semaphore.h>

static int setup(void **state)
{
	struct rig *rig = rig_create();

	rig_start_server(rig, 0, "");
	*state = rig;
	return 0;
}

static int teardown(void **state)
{
	rig_destroy(*state);
	return 0;
}

/* ---- words ---- */

static void what_is_said_is_heard_by_others_who_joined(void **state)
{
	struct node *a = node_create(*state, "a", 1), *b = node_create(*state, "b", 2),
		    *c = node_create(*state, "c", 3);

	node_join(a, "acme");
	node_join(b, "acme");
	node_join(c, "other");
	node_know(b, 2);
	assert_int_equal(node_say(a, "acme", "one"), MU_OK);
	assert_int_equal(node_say(a, "acme", "two"), MU_OK);
	assert_int_equal(node_say(c, "acme", "without joining"), MU_OK);
	assert_int_equal(node_say(b, "other", "three"), MU_OK);
	node_expect(b, "heard acme a one");
	node_expect_next(b, "heard acme a two");
	node_expect(c, "heard other b three");
	assert_int_equal(mu_bus_join(a->bus, "acme"), MU_OK); /* twice changes nothing */
	assert_int_equal(node_say(b, "acme", "four"), MU_OK);
	node_expect(a, "heard acme b four");
	assert_false(node_was_told(a, "heard acme a"));
	assert_false(node_was_told(c, "heard acme"));
	mu_bus_leave(b->bus, "acme");
	assert_false(mu_bus_reaches(b->bus, "acme"));
	node_join(c, "acme");
	assert_int_equal(node_say(a, "acme", "five"), MU_OK);
	node_expect(c, "heard acme a five");
	assert_int_equal(mu_bus_join(b->bus, "acme"), MU_OK);
	node_expect(b, "reach acme");
	assert_int_equal(node_say(a, "acme", "six"), MU_OK);
	node_expect(b, "heard acme a six");
	assert_false(node_was_told(b, "heard acme a five"));
	node_destroy(a);
	node_destroy(b);
	node_destroy(c);
}

static void large_messages_come_whole(void **state)
{
	struct node *a, *b;
	AUTO_FREE char *text = malloc(MU_BUS_TEXT_MAX + 1);
	char line[64];

	assert_non_null(text);
	memset(text, 'x', MU_BUS_TEXT_MAX + 1);
	node_pair(*state, &a, &b);
	for (int i = 0; i < 8; i++)
		assert_int_equal(mu_bus_say(a->bus, "acme", text, MU_BUS_TEXT_MAX), MU_OK);
	assert_int_equal(mu_bus_say(a->bus, "acme", text, MU_BUS_TEXT_MAX + 1), MU_TOO_LARGE);
	assert_int_equal(mu_bus_say(a->bus, "acme", "", 0), MU_OK);
	snprintf(line, sizeof(line), "heard acme a %zu bytes", MU_BUS_TEXT_MAX);
	for (int i = 0; i < 8; i++)
		node_expect_next(b, line);
	node_expect_next(b, "heard acme a ");
	node_destroy(a);
	node_destroy(b);
}

static void many_workspaces_are_joined_and_left(void **state)
{
	enum { WORKSPACES = 3000 };
	struct node *a = node_create(*state, "a", 1), *b = node_create(*state, "b", 2);
	char name[16], line[64];

	for (int i = 0; i < WORKSPACES; i++) {
		snprintf(name, sizeof(name), "w%d", i);
		assert_int_equal(mu_bus_join(a->bus, name), MU_OK);
		assert_int_equal(mu_bus_join(b->bus, name), MU_OK);
		if (i % 3 == 0)
			mu_bus_leave(a->bus, name);
		if (i % 6 == 0)
			assert_int_equal(mu_bus_join(a->bus, name), MU_OK);
	}
	for (int i = 0; i < WORKSPACES; i++) {
		const bool left = i % 3 == 0 && i % 6 != 0;

		snprintf(name, sizeof(name), "w%d", i);
		RIG_UNTIL(b->rig, mu_bus_reaches(b->bus, name) && (left || mu_bus_reaches(a->bus, name)));
		assert_int_equal(mu_bus_reaches(a->bus, name), !left);
		assert_int_equal(node_say(b, name, name), MU_OK);
	}
	snprintf(line, sizeof(line), "heard w%d b w%d", WORKSPACES - 1, WORKSPACES - 1);
	node_expect(a, line);
	assert_true(node_was_told(a, "heard w0 b w0"));
	assert_false(node_was_told(a, "heard w3 "));
	node_destroy(a);
	node_destroy(b);
}

/* ---- seals ---- */

/* The next message on a channel, as it is on the wire. */
struct tap {
	redisContext *redis;
	redisReply *caught;
};

static struct tap tap_open(struct rig *rig, const char *channel)
{
	struct tap tap = { .redis = redisConnect("127.0.0.1", rig->ports[0]) };

	assert_non_null(tap.redis);
	freeReplyObject(redisCommand(tap.redis, "SUBSCRIBE %s", channel));
	return tap;
}

static const redisReply *tap_catch(struct tap *tap)
{
	void *reply = NULL;

	assert_int_equal(redisGetReply(tap->redis, &reply), REDIS_OK);
	tap->caught = reply;
	return tap->caught->element[2];
}

static void tap_close(struct tap *tap)
{
	freeReplyObject(tap->caught);
	redisFree(tap->redis);
}

static void expect_refused(struct node *node, int64_t n)
{
	RIG_UNTIL(node->rig, node_count(node, MU_METRIC_BUS_REFUSED_TOTAL) >= n);
	assert_int_equal(node_count(node, MU_METRIC_BUS_REFUSED_TOTAL), n);
}

static void what_is_forged_is_refused_and_counted(void **state)
{
	static const uint8_t other_key[MU_BUS_KEY_BYTES] = "the key of quite another cluster";
	struct rig *rig = *state;
	struct node *a = node_create(rig, "a", 1);
	AUTO_BUF struct mu_buf sealed = { 0 };
	const struct letter letter = {
		.kind = LETTER_WORD, .node = "b", .epoch = 2, .counter = 1, .text = "forged", .bytes = 6
	};

	node_join(a, "acme");
	rig_catch_log(rig);
	rig_tell(rig, 0, "PUBLISH muster:w:acme %s", "hello");
	expect_refused(a, 1);
	assert_true(rig_logged(rig, "refused a message that isn't sealed with our key"));
	rig_release_log(rig);
	rig_tell(rig, 0, "PUBLISH muster:beats %s", "");
	expect_refused(a, 2);
	assert_int_equal(letter_seal(other_key, "muster:w:acme", &letter, &sealed), MU_OK);
	rig_tell(rig, 0, "PUBLISH muster:w:acme %b", sealed.data, sealed.n);
	expect_refused(a, 3);
	assert_int_equal(letter_seal(rig_key, "muster:w:acme", &letter, &sealed), MU_OK);
	rig_tell(rig, 0, "PUBLISH muster:w:acme %b", sealed.data, sealed.n);
	expect_refused(a, 4); /* the cluster's key itself seals nothing, only what is derived from it */
	assert_false(node_was_told(a, "heard"));
	assert_false(node_was_told(a, "came"));
	node_destroy(a);
}

static void a_node_with_another_key_stays_a_stranger(void **state)
{
	static const uint8_t other_key[MU_BUS_KEY_BYTES] = "the key of quite another cluster";
	struct rig *rig = *state;
	struct node *a = node_create(rig, "a", 1), *b;
	char url[64];

	node_join(a, "acme");
	snprintf(url, sizeof(url), "redis://127.0.0.1:%d", rig->ports[0]);
	b = node_create_at(rig, url, other_key, "b", 2);
	node_join(b, "acme");
	assert_int_equal(node_say(b, "acme", "hello"), MU_OK);
	RIG_UNTIL(rig, node_count(a, MU_METRIC_BUS_REFUSED_TOTAL) >= 2); /* its hello and its word */
	assert_false(node_was_told(a, "heard"));
	assert_int_equal(mu_bus_peers(a->bus), 0);
	assert_int_equal(mu_bus_peers(b->bus), 0);
	node_destroy(a);
	node_destroy(b);
}

static void what_is_replayed_or_misplaced_is_refused(void **state)
{
	struct rig *rig = *state;
	struct node *a = node_create(rig, "a", 1), *b = node_create(rig, "b", 2);
	struct tap tap = tap_open(rig, "muster:w:acme");
	const redisReply *first;

	node_join(a, "acme");
	node_join(a, "other");
	node_join(b, "acme");
	assert_int_equal(node_say(b, "acme", "one"), MU_OK);
	node_expect(a, "heard acme b one");
	first = tap_catch(&tap);
	assert_int_equal(node_say(b, "acme", "two"), MU_OK);
	node_expect(a, "heard acme b two");
	rig_tell(rig, 0, "PUBLISH muster:w:acme %b", first->str, first->len);
	expect_refused(a, 1);
	rig_tell(rig, 0, "PUBLISH muster:w:other %b", first->str, first->len);
	expect_refused(a, 2);
	rig_tell(rig, 0, "PUBLISH muster:beats %b", first->str, first->len);
	expect_refused(a, 3);
	tap_close(&tap);
	node_destroy(a);
	node_destroy(b);
}

static void a_replayed_beat_keeps_nobody_alive(void **state)
{
	struct rig *rig = *state;
	struct node *a = node_create(rig, "a", 1), *b;
	struct tap tap;
	const redisReply *hello;

	node_join(a, "acme");
	node_join(a, "done");
	tap = tap_open(rig, "muster:beats");
	b = node_create(rig, "b", 2);
	node_expect(a, "came b 2");
	hello = tap_catch(&tap);
	node_destroy(b);
	/* Once for each beat of its own that this node says. */
	for (int64_t i = 1; !node_was_told(a, "went b"); i++) {
		const int64_t said = node_count(a, MU_METRIC_BUS_PUBLISHED_TOTAL);

		assert_true(i <= MU_BEATS_LOST + 1);
		rig_tell(rig, 0, "PUBLISH muster:beats %b", hello->str, hello->len);
		expect_refused(a, i);
		RIG_UNTIL(rig,
			  node_was_told(a, "went b") || node_count(a, MU_METRIC_BUS_PUBLISHED_TOTAL) > said);
	}
	tap_close(&tap);
	node_destroy(a);
}

/* ---- lives ---- */

static void nodes_know_each_other_at_once(void **state)
{
	struct node *b = node_create(*state, "b", 7);
	struct node *a;

	node_join(b, "acme");
	assert_int_equal(mu_bus_peers(b->bus), 0);
	const uint64_t began = uv_hrtime();

	a = node_create(*state, "a", 3);
	node_expect(a, "came b 7");
	node_expect(b, "came a 3");
	assert_true(uv_hrtime() - began < MU_BEAT_MS * UINT64_C(1000000));
	assert_int_equal(mu_bus_peers(a->bus), 1);
	assert_int_equal(mu_bus_rank(a->bus), 0);
	assert_int_equal(mu_bus_rank(b->bus), 1);
	node_destroy(a);
	node_destroy(b);
}

static void a_node_that_stops_is_gone_after_seven_beats(void **state)
{
	struct node *a = node_create(*state, "a", 1), *b = node_create(*state, "b", 2);

	node_expect(a, "came b 2");
	node_destroy(b);
	const uint64_t began = uv_hrtime();

	node_expect(a, "went b 2");
	assert_in_range((uv_hrtime() - began) / 1000000, MU_BEAT_MS * (MU_BEATS_LOST - 1),
			MU_BEAT_MS * (MU_BEATS_LOST + 1));
	assert_int_equal(mu_bus_peers(a->bus), 0);
	b = node_create(*state, "b", 3);
	node_expect(a, "came b 3");
	node_destroy(a);
	node_destroy(b);
}

static void a_goodbye_is_heard_at_once(void **state)
{
	struct node *a = node_create(*state, "a", 1), *b = node_create(*state, "b", 2);

	node_expect(a, "came b 2");
	mu_bus_goodbye(b->bus);
	node_destroy(b);
	node_expect(a, "left b 2");
	assert_int_equal(mu_bus_peers(a->bus), 0);
	node_destroy(a);
}

static void who_is_given_up_is_told_and_comes_back_anew(void **state)
{
	struct node *a, *b;

	node_pair(*state, &a, &b);
	mu_bus_give_up(b->bus, "a", 1);
	assert_int_equal(mu_bus_peers(b->bus), 0);
	node_expect(a, "given up: told");
	const int64_t refused = node_count(b, MU_METRIC_BUS_REFUSED_TOTAL);

	assert_int_equal(node_say(a, "acme", "from the grave"), MU_OK);
	expect_refused(b, refused + 1);
	mu_bus_renew(a->bus, 3);
	node_expect(b, "came a 3");
	assert_int_equal(node_say(a, "acme", "again"), MU_OK);
	node_expect(b, "heard acme a again");
	assert_false(node_was_told(b, "heard acme a from"));
	node_destroy(a);
	node_destroy(b);
}

static void two_nodes_of_one_name_are_noticed(void **state)
{
	struct node *a = node_create(*state, "a", 1), *again;

	node_join(a, "acme");
	again = node_create(*state, "a", 2);
	node_expect(a, "given up: namesake");
	assert_false(node_was_told(again, "given up"));
	node_destroy(a);
	node_destroy(again);
}

/* ---- a pause ---- */

/* A node in a thread of its own, which lives on while this one's loop stands still. */
struct other {
	pthread_t thread;
	struct rig rig;
	struct node *node;
	sem_t went;
	atomic_bool stop;
};

static void *live(void *arg)
{
	struct other *other = arg;

	RIG_UNTIL(&other->rig, node_was_told(other->node, "went a 1"));
	sem_post(&other->went);
	RIG_UNTIL(&other->rig, atomic_load(&other->stop));
	return NULL;
}

static void a_pause_makes_nobody_else_look_dead(void **state)
{
	struct rig *rig = *state;
	struct node *a = node_create(rig, "a", 1);
	struct other other = { .rig.ports[0] = rig->ports[0] };

	assert_int_equal(uv_loop_init(&other.rig.loop), 0);
	uv_timer_init(&other.rig.loop, &other.rig.watchdog);
	assert_int_equal(sem_init(&other.went, 0, 0), 0);
	other.node = node_create(&other.rig, "b", 2);
	node_join(a, "acme");
	node_join(other.node, "acme");
	assert_int_equal(pthread_create(&other.thread, NULL, live, &other), 0);
	node_expect(a, "came b 2");
	node_join(a, "more");                       /* by now b has heard of a */
	assert_int_equal(sem_wait(&other.went), 0); /* this thread's loop stands still until b gives a up */
	node_expect(a, "given up: slept");
	node_expect(a, "lose more"); /* what was heard before it stood still proves nothing */
	RIG_UNTIL(rig, mu_bus_up(a->bus));
	mu_bus_renew(a->bus, 3);
	/* Eight beats later b is still there. */
	const int64_t said = node_count(a, MU_METRIC_BUS_PUBLISHED_TOTAL);

	RIG_UNTIL(rig, node_count(a, MU_METRIC_BUS_PUBLISHED_TOTAL) >= said + MU_BEATS_LOST + 1);
	assert_false(node_was_told(a, "went"));
	assert_int_equal(mu_bus_peers(a->bus), 1);
	atomic_store(&other.stop, true);
	assert_int_equal(pthread_join(other.thread, NULL), 0);
	assert_true(node_was_told(other.node, "came a 3"));
	node_destroy(other.node);
	uv_close((uv_handle_t *)&other.rig.watchdog, NULL);
	uv_run(&other.rig.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&other.rig.loop), 0);
	sem_destroy(&other.went);
	node_destroy(a);
}

/* ---- the end ---- */

static void it_ends_at_any_moment(void **state)
{
	struct rig *rig = *state;

	for (int turns = 0; turns < 30; turns++) {
		struct node *a = node_create(rig, "a", turns + 1), *b = node_create(rig, "b", turns + 1);

		assert_int_equal(mu_bus_join(a->bus, "acme"), MU_OK);
		assert_int_equal(mu_bus_join(b->bus, "acme"), MU_OK);
		for (int i = 0; i < turns; i++)
			uv_run(&rig->loop, UV_RUN_NOWAIT);
		(void)!node_say(a, "acme", "last words");
		mu_bus_goodbye(a->bus);
		node_destroy(a);
		node_destroy(b);
	}
	mu_bus_destroy(NULL, note_done, rig);
	assert_int_equal(rig->ended % 2, 1);
	rig->ended++;
}

static void what_is_wrong_is_said(void **state)
{
	struct rig *rig = *state;
	struct mu_metrics metrics;
	struct mu_bus *bus = NULL;
	struct mu_fault fault = { 0 };
	struct mu_bus_setup setup = { .loop = &rig->loop,
				      .url = "redis://127.0.0.1",
				      .key = rig_key,
				      .node = "no name",
				      .metrics = &metrics,
				      .handler = &note };

	assert_int_equal(mu_bus_create(&setup, &bus, &fault), MU_INVALID_PARAMS);
	assert_contains(mu_fault_text(&fault), "a node's name");
	setup.node = "a";
	setup.url = "redis://127.0.0.1/";
	assert_int_equal(mu_bus_create(&setup, &bus, &fault), MU_INVALID_PARAMS);
	assert_contains(mu_fault_text(&fault), "is no server of the bus");
	assert_null(bus);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_said_is_heard_by_others_who_joined),
		TEST(large_messages_come_whole),
		TEST(many_workspaces_are_joined_and_left),
		TEST(what_is_forged_is_refused_and_counted),
		TEST(a_node_with_another_key_stays_a_stranger),
		TEST(what_is_replayed_or_misplaced_is_refused),
		TEST(a_replayed_beat_keeps_nobody_alive),
		TEST(nodes_know_each_other_at_once),
		TEST(a_node_that_stops_is_gone_after_seven_beats),
		TEST(a_goodbye_is_heard_at_once),
		TEST(who_is_given_up_is_told_and_comes_back_anew),
		TEST(two_nodes_of_one_name_are_noticed),
		TEST(a_pause_makes_nobody_else_look_dead),
		TEST(it_ends_at_any_moment),
		TEST(what_is_wrong_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
