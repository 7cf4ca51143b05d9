/* The line of log reads: in turn by workspace, few at once. */
#include "testing.h"

#include "muster/base/hash.h"

#include "room.h"
#include "session.h"
#include "turn.h"

static char order[64];
static struct mu_job *out[64];
static size_t n_out;

/* Notes which workspace's job goes out. */
static void note_submit(struct mu_hub *hub, struct mu_job *job)
{
	order[n_out] = *job->workspace;
	out[n_out++] = job;
}

/* Connections with an odd slot are gone. */
static struct session *find_even(struct mu_hub *hub, struct mu_conn conn)
{
	static struct session somebody;

	return conn.slot % 2 ? NULL : &somebody;
}

#define hub_submit note_submit
#define session_find find_even
#include "../../../src/hub/reading.c"

static struct mu_config config;
static struct mu_hub *hub;
static struct room big, small;

static int set_up(void **state)
{
	memset(order, 0, sizeof(order));
	n_out = 0;
	hub = calloc(1, sizeof(*hub));
	hub->config = &config;
	big = (struct room){ .id = (char *)"big", .hub = hub };
	small = (struct room){ .id = (char *)"small", .hub = hub };
	return 0;
}

static int tear_down(void **state)
{
	while (n_out)
		mu_job_destroy(out[--n_out]);
	free(hub);
	return 0;
}

static void ask(struct room *room, uint32_t slot)
{
	const struct mu_conn conn = { .slot = slot };

	assert_int_equal(reading_ask(room, &conn, 7), MU_OK);
}

static void a_large_workspace_keeps_no_small_one_waiting(void **state)
{
	for (uint32_t i = 0; i < 10; i++)
		ask(&big, 2 * i);
	assert_string_equal(order, "bb");
	ask(&small, 100);
	ask(&small, 102);
	reading_done(hub);
	reading_done(hub);
	reading_done(hub);
	assert_string_equal(order, "bbbsb");
	for (int i = 0; i < 9; i++)
		reading_done(hub);
	assert_string_equal(order, "bbbsbsbbbbbb");
	assert_null(hub->reading);
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
	reading_done(hub);
	assert_string_equal(order, "bbb");
	assert_int_equal(((const struct mu_conn *)out[2]->owner)->slot, 8);
	assert_null(hub->reading);
}

static void a_room_that_goes_takes_its_reads_along(void **state)
{
	for (uint32_t i = 0; i < 5; i++)
		ask(&big, 2 * i);
	ask(&small, 100);
	reading_forget(&big);
	reading_forget(&big);
	reading_done(hub);
	assert_string_equal(order, "bbs");
	assert_null(hub->reading);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_large_workspace_keeps_no_small_one_waiting),
		CASE(who_is_gone_is_passed_over),
		CASE(a_room_that_goes_takes_its_reads_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
