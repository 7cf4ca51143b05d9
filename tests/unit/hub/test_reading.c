/* The line of those who wait to go on: in turn by workspace, few reads at once, shared by those who come
 * together, and no more at a time than the edges keep up with. */
#include "testing.h"

#include "muster/base/hash.h"

#include "replay.h"
#include "resume.h"
#include "room.h"
#include "request.h"
#include "session.h"
#include "turn.h"

static char order[64];
static struct mu_job *out[64];
static size_t n_out;
static int64_t asked[1000]; /* by slot */
static uint32_t gone_on[1000];
static size_t n_gone_on;
static size_t bytes_of_one;
static struct mu_hub *the_hub;

/* Notes which workspace's job goes out. */
static void note_submit(struct mu_hub *hub, struct mu_job *job)
{
	order[n_out] = *job->workspace;
	out[n_out++] = job;
}

/* Connections with an odd slot are gone; the others wait for what comes after the sequence they asked for. */
static struct session *find_even(struct mu_hub *hub, struct mu_conn conn)
{
	static struct request opening;
	static struct session somebody;

	somebody = (struct session){ .opening = &opening, .conn = conn, .resume_seq = asked[conn.slot] };
	return conn.slot % 2 ? NULL : &somebody;
}

static void note_go(struct session *session)
{
	gone_on[n_gone_on++] = session->conn.slot;
	atomic_fetch_add(&the_hub->opening_bytes, bytes_of_one);
}

#define hub_submit note_submit
#define session_find find_even
#define resume_go note_go
#include "../../../src/hub/reading.c"

static struct mu_config config;
static struct mu_metrics metrics;
static struct mu_hub *hub;
static struct room big, small;

static void no_timer(struct mu_timer *timer, int64_t now_ms)
{
}

static int set_up(void **state)
{
	memset(order, 0, sizeof(order));
	n_out = n_gone_on = bytes_of_one = 0;
	the_hub = hub = calloc(1, sizeof(*hub));
	mu_wheel_init(&hub->wheel, 0);
	mu_timer_init(&hub->opening, no_timer);
	hub->config = &config;
	hub->metrics = &metrics;
	mu_metrics_init(&metrics);
	big = (struct room){
		.id = (char *)"big", .hub = hub, .state = ROOM_READY, .recent_from = 100, .durable_seq = 200
	};
	small = (struct room){
		.id = (char *)"small", .hub = hub, .state = ROOM_READY, .recent_from = 100, .durable_seq = 200
	};
	return 0;
}

static int tear_down(void **state)
{
	while (n_out)
		mu_job_destroy(out[--n_out]);
	free(hub);
	return 0;
}

static void ask_from(struct room *room, uint32_t slot, int64_t after_seq, bool alone)
{
	const struct mu_conn conn = { .slot = slot };

	asked[slot] = after_seq;
	assert_int_equal(reading_ask(room, &conn, after_seq, alone), MU_OK);
	reading_turn(hub);
}

static void ask(struct room *room, uint32_t slot)
{
	ask_from(room, slot, 7, false);
}

static void done(void)
{
	reading_done(hub);
	reading_turn(hub);
}

static void a_large_workspace_keeps_no_small_one_waiting(void **state)
{
	for (uint32_t i = 0; i < 10; i++)
		ask(&big, 2 * i);
	assert_string_equal(order, "bb");
	assert_int_equal(mu_metrics_get(&metrics, MU_METRIC_SESSIONS_WAITING), 8);
	ask(&small, 100);
	ask(&small, 102);
	done();
	done();
	done();
	assert_string_equal(order, "bbbsb");
	for (int i = 0; i < 9; i++)
		done();
	assert_string_equal(order, "bbbsbsbbbbbb");
	assert_null(hub->reading);
	assert_int_equal(mu_metrics_get(&metrics, MU_METRIC_SESSIONS_WAITING), 0);
	assert_int_equal(hub->reads_out, 0);
}

static void who_is_gone_is_passed_over(void **state)
{
	ask(&big, 0);
	ask(&big, 2);
	ask(&big, 3);
	ask(&big, 5);
	ask(&small, 7);
	ask(&big, 8);
	done();
	assert_string_equal(order, "bbb");
	assert_int_equal(((const struct mu_conn *)out[2]->owner)->slot, 8);
	assert_null(hub->reading);
	assert_int_equal(mu_metrics_get(&metrics, MU_METRIC_SESSION_WAIT_SECONDS), 3);
}

static void a_room_that_goes_takes_its_reads_along(void **state)
{
	for (uint32_t i = 0; i < 5; i++)
		ask(&big, 2 * i);
	ask(&small, 100);
	reading_forget(&big);
	reading_forget(&big);
	done();
	assert_string_equal(order, "bbs");
	assert_null(hub->reading);
}

static void a_read_begins_where_the_first_of_those_who_wait_does(void **state)
{
	ask_from(&big, 0, 50, false);
	ask_from(&big, 2, 50, false); /* two are out */
	ask_from(&big, 4, 50, false);
	ask_from(&big, 6, 30, false);
	ask_from(&big, 8, 10, true); /* nobody else is burdened with it */
	ask_from(&big, 10, 40, false);
	done();
	assert_int_equal(out[2]->after_seq, 30);
	done();
	assert_int_equal(out[3]->after_seq, 30);
	done();
	assert_int_equal(out[4]->after_seq, 10);
	done();
	assert_int_equal(out[5]->after_seq, 40);
}

static void what_one_had_read_is_there_for_the_others(void **state)
{
	for (uint32_t i = 0; i < 6; i++)
		ask_from(&big, 2 * i, 50 + i, false);
	big.recent_from = 54; /* as after the first read */
	done();
	assert_int_equal(n_out, 3); /* for the one who asked from before that */
	done();
	assert_string_equal(order, "bbb");
	assert_int_equal(n_gone_on, 3);
	assert_int_equal(gone_on[0], 6);
	assert_int_equal(gone_on[2], 10);
	assert_null(hub->reading);
}

static void nobody_goes_on_while_the_edges_have_enough_to_send(void **state)
{
	bytes_of_one = OPENING_BYTES / 2;
	big.recent_from = 5;
	for (uint32_t i = 0; i < 5; i++)
		ask(&big, 2 * i);
	assert_int_equal(n_gone_on, 2);
	assert_false(reading_room(hub));
	assert_true(mu_timer_armed(&hub->opening));
	atomic_fetch_sub(&hub->opening_bytes, bytes_of_one);
	reading_turn(hub);
	assert_int_equal(n_gone_on, 3);
	atomic_store(&hub->opening_bytes, 0);
	reading_turn(hub);
	assert_int_equal(n_gone_on, 5);
	assert_null(hub->reading);
}

static void who_needs_no_read_goes_by_those_who_wait_for_theirs(void **state)
{
	for (uint32_t i = 0; i < 3; i++)
		ask(&big, 2 * i);
	ask_from(&small, 100, -1, false);
	ask_from(&small, 102, 150, false);
	assert_int_equal(n_gone_on, 2);
	assert_ptr_equal(hub->reading, &big);
	assert_false(mu_timer_armed(&hub->opening));
	done();
	assert_string_equal(order, "bbb");
}

static void a_room_that_is_read_anew_reads_for_nobody(void **state)
{
	for (uint32_t i = 0; i < 3; i++)
		ask(&big, 2 * i);
	big.state = ROOM_LOADING;
	done();
	assert_int_equal(n_gone_on, 1); /* to begin again */
	assert_int_equal(n_out, 2);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_large_workspace_keeps_no_small_one_waiting),
		CASE(who_is_gone_is_passed_over),
		CASE(a_room_that_goes_takes_its_reads_along),
		CASE(a_read_begins_where_the_first_of_those_who_wait_does),
		CASE(what_one_had_read_is_there_for_the_others),
		CASE(nobody_goes_on_while_the_edges_have_enough_to_send),
		CASE(who_needs_no_read_goes_by_those_who_wait_for_theirs),
		CASE(a_room_that_is_read_anew_reads_for_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
