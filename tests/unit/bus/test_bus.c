/* Nodes that talk through a Redis server of their own. */
#include "rig.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_is_heard_by_others_who_joined),
		cmocka_unit_test(nodes_know_each_other_at_once),
		cmocka_unit_test(a_node_that_stops_is_gone_after_seven_beats),
		cmocka_unit_test(a_goodbye_is_heard_at_once),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
