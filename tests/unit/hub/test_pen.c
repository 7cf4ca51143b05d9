/* Who waits for the pen gets it, whoever goes meanwhile. */
#include "testing.h"

#define cluster_say fake_say
#define cluster_reaches fake_reaches
#define cluster_alone fake_alone
#define cluster_rank fake_rank
#define follow_look fake_look
#define room_wake fake_wake
#define viewing_settle fake_settle
#define invite_settle fake_settle_invites
#define failures_settle fake_settle_failures
#define dispatch_wake fake_dispatch
/* The file under test, alone. */
#include "pen.c"

static struct {
	struct mu_hub hub;
	struct mu_config config;
	struct mu_metrics metrics;
	struct room room;
	bool alone, away;
	unsigned woken, asked, passed;
	int64_t looked;
} scene;

bool fake_say(struct room *room, enum cluster_word word, const char *json, size_t bytes)
{
	scene.asked += word == WORD_PEN_WANT;
	scene.passed += word == WORD_PEN;
	return true;
}

bool fake_reaches(const struct room *room)
{
	return !scene.away;
}

bool fake_alone(const struct mu_hub *hub)
{
	return scene.alone;
}

size_t fake_rank(const struct mu_hub *hub)
{
	return 0;
}

void fake_look(struct room *room, int64_t seq)
{
	scene.looked = seq;
}

void fake_wake(struct room *room)
{
	scene.woken++;
}

void fake_settle(struct room *room)
{
}

void fake_settle_invites(struct room *room)
{
}

void fake_settle_failures(struct room *room)
{
}

void fake_dispatch(struct room *room)
{
}

static int set_up(void **state)
{
	memset(&scene, 0, sizeof(scene));
	scene.config.node = (char *)"a";
	scene.hub.config = &scene.config;
	scene.hub.metrics = &scene.metrics;
	scene.hub.rooms = &scene.room;
	scene.room.id = (char *)"acme";
	scene.room.hub = &scene.hub;
	scene.room.state = ROOM_READY;
	mu_wheel_init(&scene.hub.wheel, 0);
	pen_init(&scene.room);
	return 0;
}

static int tear_down(void **state)
{
	pen_finish(&scene.room);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void pass_ms(int64_t ms)
{
	scene.hub.now.mono_ms += ms;
	mu_wheel_advance(&scene.hub.wheel, scene.hub.now.mono_ms);
}

/* What the hub does at the end of a turn. */
static void end_turn(void)
{
	while (scene.hub.dirty) {
		hub_clean(scene.hub.dirty);
		pen_turn_end(&scene.room);
	}
}

static void hear_want(const char *node)
{
	pen_hear_want(&scene.room, node, "{}", 2);
	end_turn();
}

static void hear_passed(const char *json)
{
	pen_hear(&scene.room, "b", json, strlen(json));
	end_turn();
}

/* The log was read to its end, which was asked for; the turn goes on. */
static void hear_read(void)
{
	assert_int_equal(scene.looked, INT64_MAX);
	scene.looked = 0;
	pen_read(&scene.room);
}

static void seize(void)
{
	assert_false(pen_take(&scene.room));
	pass_ms(100);
	end_turn();
	hear_read();
	assert_int_equal(scene.woken, 1);
	assert_true(pen_take(&scene.room));
	scene.woken = 0;
}

static void nobody_is_waited_for_in_vain(void **state)
{
	seize();
	assert_int_equal(scene.asked, 1);
	pass_ms(5000);
	assert_int_equal(scene.woken, 0);
}

static void it_is_passed_on_and_comes_back(void **state)
{
	seize();
	hear_want("b");
	assert_int_equal(scene.passed, 1);
	assert_false(pen_take(&scene.room));
	scene.room.durable_seq = 4;
	hear_passed("{\"to\":\"a\",\"seq\":5,\"queue\":[]}");
	assert_int_equal(scene.looked, 5);
	assert_int_equal(scene.woken, 0);
	scene.room.durable_seq = 5;
	pen_followed(&scene.room);
	assert_int_equal(scene.woken, 1);
	assert_true(pen_take(&scene.room));
}

/* A batch is under way when somebody asks, and it is asked for here again; who asked goes before the batch is
 * durable. */
static void who_asked_and_is_gone_keeps_nobody_from_writing(void **state)
{
	for (int alone = 0; alone < 2; alone++) {
		tear_down(state);
		set_up(state);
		seize();
		scene.room.inflight = (struct batch *)&scene;
		hear_want("b");
		assert_int_equal(scene.passed, 0);
		assert_false(pen_take(&scene.room));
		scene.alone = alone;
		pen_node_gone(&scene.hub, "b");
		scene.room.inflight = NULL;
		end_turn();
		assert_int_equal(scene.woken, 1);
		assert_true(pen_take(&scene.room));
	}
}

/* One waits for who is gone; the next one finds this node alone, and the first one isn't forgotten. */
static void who_waited_is_not_overtaken_for_ever(void **state)
{
	pen_written(&scene.room, "b", 7);
	assert_false(pen_take(&scene.room));
	scene.alone = true;
	pen_node_gone(&scene.hub, "b");
	assert_true(pen_take(&scene.room));
	end_turn();
	assert_int_equal(scene.woken, 1);
	pass_ms(5000);
	assert_int_equal(scene.woken, 1);
}

/* A holder that says nothing is asked twice. */
static void a_holder_that_is_silent_is_overcome(void **state)
{
	pen_written(&scene.room, "b", 7);
	assert_false(pen_take(&scene.room));
	pass_ms(HOLDER_MS * 3 / 2);
	assert_int_equal(scene.asked, 2);
	assert_int_equal(scene.woken, 0);
	pass_ms(HOLDER_MS * 3 / 2);
	assert_int_equal(scene.woken, 0);
	hear_read();
	assert_int_equal(scene.woken, 1);
	assert_true(pen_take(&scene.room));
}

/* Reading anew is as good. */
static void who_seized_it_and_reads_all_anew_has_it_then(void **state)
{
	assert_false(pen_take(&scene.room));
	pass_ms(100);
	assert_false(pen_take(&scene.room));
	pen_loaded(&scene.room);
	assert_int_equal(scene.woken, 1);
	assert_true(pen_take(&scene.room));
}

/* Who seized it can't say yet up to where the log goes. */
static void what_was_seized_is_passed_on_when_the_log_was_read(void **state)
{
	assert_false(pen_take(&scene.room));
	pass_ms(100);
	hear_want("b");
	assert_int_equal(scene.passed, 0);
	hear_read();
	assert_int_equal(scene.woken, 1); /* who has it uses it first */
	end_turn();
	assert_int_equal(scene.passed, 1);
	assert_false(pen_take(&scene.room));
}

/* It is here, and what its holder wrote is not: the message was lost, and then the reading. */
static void what_was_passed_on_is_read_until_it_is_known(void **state)
{
	pen_written(&scene.room, "b", 4);
	assert_false(pen_take(&scene.room));
	scene.room.durable_seq = 4;
	hear_passed("{\"to\":\"a\",\"seq\":5,\"queue\":[]}");
	assert_int_equal(scene.looked, 5);
	pass_ms(READING_MS * 3 / 2);
	assert_int_equal(scene.looked, INT64_MAX);
	scene.looked = 0;
	pass_ms(READING_MS * 3 / 2);
	assert_int_equal(scene.looked, INT64_MAX);
	scene.room.durable_seq = 5;
	pen_followed(&scene.room);
	assert_int_equal(scene.woken, 1);
}

static void what_was_passed_on_is_read_when_it_is_wanted_later(void **state)
{
	scene.room.durable_seq = 4;
	hear_passed("{\"to\":\"a\",\"seq\":5,\"queue\":[]}");
	scene.looked = 0; /* in vain */
	assert_false(pen_take(&scene.room));
	assert_int_equal(scene.looked, INT64_MAX);
}

/* ---- without the bus ---- */

static void lose_bus(void)
{
	scene.hub.cluster = (struct cluster *)&scene; /* there is one */
	scene.away = true;
	pen_reach(&scene.room, false);
}

static void who_writes_at_will_reads_first(void **state)
{
	lose_bus();
	assert_false(pen_take(&scene.room));
	hear_read();
	assert_int_equal(scene.woken, 1);
	assert_true(pen_take(&scene.room));
	end_turn();
	assert_false(pen_take(&scene.room));
	assert_int_equal(scene.looked, INT64_MAX);
	assert_int_equal(scene.asked, 0);
}

/* What others may undo is nothing to decide upon. */
static void nothing_is_decided_before_what_is_under_way_is_durable(void **state)
{
	lose_bus();
	assert_false(pen_take(&scene.room));
	scene.room.inflight = (struct batch *)&scene;
	hear_read();
	assert_int_equal(scene.woken, 0);
	assert_false(pen_take(&scene.room));
	scene.room.inflight = NULL;
	pen_read(&scene.room);
	assert_int_equal(scene.woken, 1);
	assert_true(pen_take(&scene.room));
}

static void write_beside_others(void)
{
	assert_false(pen_take(&scene.room));
	pen_followed(&scene.room);
	hear_read();
	assert_int_equal(scene.woken, 1);
	scene.woken = 0;
	end_turn();
}

static void who_wrote_while_others_do_lets_them(void **state)
{
	lose_bus();
	write_beside_others();
	assert_false(pen_take(&scene.room));
	assert_int_equal(scene.looked, 0);
	pass_ms(REST_MS);
	hear_read();
	assert_int_equal(scene.woken, 1);
	end_turn();
	assert_false(pen_take(&scene.room)); /* nobody else wrote since */
	hear_read();
}

static void who_lost_a_race_does_not_rest(void **state)
{
	lose_bus();
	write_beside_others();
	pen_lost(&scene.room);
	assert_false(pen_take(&scene.room));
	hear_read();
	assert_int_equal(scene.woken, 1);
}

static void a_reading_that_is_lost_is_tried_again(void **state)
{
	lose_bus();
	assert_false(pen_take(&scene.room));
	scene.looked = 0;
	pass_ms(READING_MS * 3 / 2);
	assert_int_equal(scene.looked, INT64_MAX);
	scene.looked = 0;
	pen_loaded(&scene.room); /* it was thrown away with the state */
	hear_read();
	assert_int_equal(scene.woken, 1);
}

/* The turn in which the log was read to its end may be that in which the state is thrown away. */
static void what_is_read_anew_isnt_what_was_read_before(void **state)
{
	lose_bus();
	assert_false(pen_take(&scene.room));
	hear_read();
	assert_true(pen_take(&scene.room));
	pen_loaded(&scene.room);
	assert_false(pen_take(&scene.room));
}

static void who_waits_when_the_bus_comes_or_goes_goes_on(void **state)
{
	pen_written(&scene.room, "b", 7);
	assert_false(pen_take(&scene.room));
	lose_bus();
	assert_int_equal(scene.looked, INT64_MAX);
	scene.away = false;
	pen_reach(&scene.room, true);
	assert_int_equal(scene.asked, 2);
	scene.looked = 0;
	pass_ms(100);
	hear_read();
	assert_int_equal(scene.woken, 1);
}

static void without_others_nothing_is_read(void **state)
{
	scene.away = true;
	assert_true(pen_take(&scene.room));
	assert_int_equal(scene.looked, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nobody_is_waited_for_in_vain),
		CASE(it_is_passed_on_and_comes_back),
		CASE(who_asked_and_is_gone_keeps_nobody_from_writing),
		CASE(who_waited_is_not_overtaken_for_ever),
		CASE(a_holder_that_is_silent_is_overcome),
		CASE(who_seized_it_and_reads_all_anew_has_it_then),
		CASE(what_was_seized_is_passed_on_when_the_log_was_read),
		CASE(what_was_passed_on_is_read_until_it_is_known),
		CASE(what_was_passed_on_is_read_when_it_is_wanted_later),
		CASE(who_writes_at_will_reads_first),
		CASE(nothing_is_decided_before_what_is_under_way_is_durable),
		CASE(who_wrote_while_others_do_lets_them),
		CASE(who_lost_a_race_does_not_rest),
		CASE(a_reading_that_is_lost_is_tried_again),
		CASE(what_is_read_anew_isnt_what_was_read_before),
		CASE(who_waits_when_the_bus_comes_or_goes_goes_on),
		CASE(without_others_nothing_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
