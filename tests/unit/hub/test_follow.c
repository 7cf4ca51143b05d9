/* What is heard at a bad moment is read from the log as soon as it can be. */
#include "testing.h"

#define cluster_reaches fake_reaches
#define pen_reach fake_pen_reach
#define pen_read fake_pen_read
#define pen_written fake_pen_written
#define hub_submit fake_submit
#define room_reset fake_reset
#define telling_encode fake_encode
/* The file under test, alone. */
#include "follow.c"

static struct {
	struct mu_hub hub;
	struct mu_config config;
	struct mu_metrics metrics;
	struct room room;
	int64_t after_seq;
	unsigned reads, lists, resets, ends;
	enum mu_err encoding; /* how it ends */
} scene;

bool fake_reaches(const struct room *room)
{
	return true;
}

void fake_pen_reach(struct room *room, bool reaches)
{
}

void fake_pen_read(struct room *room)
{
	scene.ends++;
}

void fake_pen_written(struct room *room, const char *node, int64_t seq)
{
}

void fake_submit(struct mu_hub *hub, struct mu_job *job)
{
	assert_true(job->kind == MU_JOB_FOLLOW || job->kind == MU_JOB_LIST);
	assert_true(job->kind == MU_JOB_LIST || job->limit_bytes > 0);
	scene.after_seq = job->after_seq;
	scene.reads += job->kind == MU_JOB_FOLLOW;
	scene.lists += job->kind == MU_JOB_LIST;
	mu_job_destroy(job);
}

void fake_reset(struct room *room, enum mu_err err)
{
	scene.resets++;
}

enum mu_err fake_encode(const struct room *room, const struct mu_event *event, struct telling *telling)
{
	return scene.encoding;
}

static int set_up(void **state)
{
	memset(&scene, 0, sizeof(scene));
	scene.hub.config = &scene.config;
	scene.hub.metrics = &scene.metrics;
	scene.room.id = (char *)"acme";
	scene.room.hub = &scene.hub;
	scene.room.state = ROOM_READY;
	scene.room.durable_seq = 7;
	scene.hub.rooms = &scene.room;
	mu_wheel_init(&scene.hub.wheel, 0);
	mu_timer_init(&scene.hub.news, follow_due);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup(test, set_up)

static void hear(const char *json)
{
	follow_hear(&scene.room, "b", json, strlen(json));
}

static void a_gap_is_read(void **state)
{
	hear("{\"seq\":7,\"rows\":[]}");
	assert_int_equal(scene.reads, 0);
	hear("{\"seq\":9,\"rows\":[]}");
	assert_int_equal(scene.reads, 1);
	assert_int_equal(scene.after_seq, 7);
	hear("{\"seq\":10,\"rows\":[]}");
	assert_int_equal(scene.reads, 1); /* one is under way */
	scene.room.following = false;
	follow_look(&scene.room, 0);
	assert_int_equal(scene.reads, 2);
}

static void come_back(int64_t seq, enum mu_err err)
{
	struct mu_job *job = mu_job_create(MU_JOB_FOLLOW, "acme");

	job->head.seq = seq;
	job->err = err;
	follow_read(&scene.hub, job);
}

/* Who waits to write is told when there is nothing more to read, or nothing can be. */
static void the_end_of_the_log_is_told_of(void **state)
{
	scene.hub.rooms = NULL;
	HASH_ADD_KEYPTR(hh, scene.hub.rooms, scene.room.id, strlen(scene.room.id), &scene.room);
	follow_look(&scene.room, TO_THE_END);
	come_back(9, MU_OK);
	assert_int_equal(scene.ends, 0);
	assert_int_equal(scene.reads, 2);
	scene.room.durable_seq = 9;
	follow_look(&scene.room, TO_THE_END); /* another one, after this */
	come_back(9, MU_OK);
	assert_int_equal(scene.ends, 0);
	assert_int_equal(scene.reads, 3);
	come_back(9, MU_OK);
	assert_int_equal(scene.ends, 1);
	follow_look(&scene.room, TO_THE_END);
	come_back(0, MU_UNAVAILABLE);
	assert_int_equal(scene.ends, 2);
	assert_int_equal(scene.resets, 0);
	HASH_DEL(scene.hub.rooms, &scene.room);
}

static void what_is_heard_while_the_room_is_read_is_read_then(void **state)
{
	scene.room.state = ROOM_LOADING;
	hear("{\"seq\":12,\"rows\":[]}");
	assert_int_equal(scene.reads, 0);
	scene.room.state = ROOM_READY;
	scene.room.durable_seq = 11; /* the reading began before */
	follow_look(&scene.room, 0);
	assert_int_equal(scene.reads, 1);
	assert_int_equal(scene.after_seq, 11);
}

/* The reading may have ended before the node could hear what others write. */
static void a_room_that_is_reached_while_it_is_read_looks_once_more(void **state)
{
	scene.room.state = ROOM_LOADING;
	scene.room.durable_seq = 0;
	follow_reach(&scene.room, true);
	assert_int_equal(scene.reads, 0);
	scene.room.state = ROOM_READY;
	scene.room.durable_seq = 11;
	follow_look(&scene.room, 0);
	assert_int_equal(scene.reads, 1);
}

static void what_cant_be_read_stands_for_anything(void **state)
{
	scene.room.heard_seq = INT64_MAX;
	scene.room.following = true;
	hear("what?");
	scene.room.following = false;
	follow_look(&scene.room, 0);
	assert_int_equal(scene.reads, 1);
	scene.room.following = false;
	follow_look(&scene.room, 7);
	assert_int_equal(scene.reads, 1);
}

/* Left out it would be without its effects: a key that is gone would go on being good. */
static void a_row_for_which_there_is_no_memory_is_read_anew(void **state)
{
	const struct mu_row row = {
		.seq = 8, .type = "x.any", .actor = "{}", .audience = "", .payload = "{}"
	};

	scene.encoding = MU_NO_MEMORY;
	assert_false(tell_row(&scene.room, &row));
	assert_int_equal(scene.resets, 1);
	assert_int_equal(scene.room.durable_seq, 7);
}

static void a_row_that_is_damaged_is_left_out(void **state)
{
	const struct mu_row row = {
		.seq = 8, .type = "team.created", .actor = "{}", .audience = "", .payload = "what?"
	};

	assert_true(tell_row(&scene.room, &row));
	assert_int_equal(scene.resets, 0);
	assert_int_equal(scene.room.durable_seq, 8);
}

/* Another node wrote more than can be read: nobody was to hear it, and nothing depends on it. */
static void what_nodes_say_to_each_other_sends_nobody_away(void **state)
{
	const struct mu_row row = {
		.seq = 8, .type = "node.said", .actor = "{}", .audience = "", .payload = "what?"
	};

	scene.config.recent_events = 16;
	scene.config.recent_bytes = 1000;
	scene.room.recent_from = 5;
	scene.room.ws = mu_workspace_create("acme");
	scene.room.ws->seq = 7;
	take_rows(&scene.room, &row, 1);
	assert_int_equal(scene.resets, 0);
	assert_int_equal(scene.room.durable_seq, 8);
	assert_int_equal(scene.room.ws->seq, 8);
	assert_int_equal(scene.room.recent_from, 5);
	recent_clear(&scene.room, 8);
	free(scene.room.recent);
	mu_workspace_destroy(scene.room.ws);
}

static void pass_ms(int64_t ms)
{
	scene.hub.now.mono_ms += ms;
	mu_wheel_advance(&scene.hub.wheel, scene.hub.now.mono_ms);
}

static void while_all_are_heard_the_log_is_looked_at_seldom_but_when_nodes_come_or_go(void **state)
{
	follow_start(&scene.hub);
	pass_ms(LOOK_SELDOM_MS - 1);
	assert_int_equal(scene.lists, 0);
	pass_ms(LOOK_MS);
	assert_int_equal(scene.lists, 1);
	pass_ms(LOOK_MS);
	assert_int_equal(scene.lists, 1);
	follow_soon(&scene.hub);
	pass_ms(1);
	assert_int_equal(scene.lists, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_gap_is_read),
		CASE(the_end_of_the_log_is_told_of),
		CASE(what_is_heard_while_the_room_is_read_is_read_then),
		CASE(a_room_that_is_reached_while_it_is_read_looks_once_more),
		CASE(what_cant_be_read_stands_for_anything),
		CASE(a_row_for_which_there_is_no_memory_is_read_anew),
		CASE(a_row_that_is_damaged_is_left_out),
		CASE(what_nodes_say_to_each_other_sends_nobody_away),
		CASE(while_all_are_heard_the_log_is_looked_at_seldom_but_when_nodes_come_or_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
