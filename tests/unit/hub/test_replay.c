/* What was missed: how much of it is kept in memory, and how much is read for one session and for all. */
#include "heard.h"

#include "replay.h"
#include "room.h"
#include "turn.h"
#include "muster/store/backend.h"

#define PAD_100                                                                                              \
	"01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567" \
	"89"

static void publish(struct rig *rig, int n)
{
	for (int i = 0; i < n; i++)
		rig_call(rig, 0, "event.publish",
			 "{\"type\":\"x.padded\",\"audience\":{\"everyone\":true},\"durable\":true,"
			 "\"data\":{\"pad\":\"" PAD_100 "\"}}");
}

/* Open Ann's session where the cursor is; the tag of the answer. */
static uint32_t resume(struct rig *rig, unsigned slot, const char *cursor)
{
	char params[256];

	rig_connect(rig, slot, "ann");
	snprintf(params, sizeof(params), "{\"watch\":{\"presence\":\"none\"},\"resume\":{\"cursor\":\"%s\"}}",
		 cursor);
	return rig_ask(rig, slot, "session.open", params);
}

/* The state of a test is at first the options of its hub. */
static int set_up(void **state)
{
	*state = rig_create(*state);
	return 0;
}

static int tear_down(void **state)
{
	rig_destroy(*state);
	return 0;
}

/* ---- in memory ---- */

static const char *const little_memory[][2] = { { "recent_bytes", "2000" }, { NULL, NULL } };

static void memory_of_recent_events_has_an_end(void **state)
{
	struct rig *rig = *state;
	const struct room *room = rig->hub->rooms;
	char cursor[64];

	text_member(rig_sign_in(rig, 1, "ann"), "cursor", cursor, sizeof(cursor));
	publish(rig, 50); /* the hub sleeps once the last one is answered */
	assert_in_range(room->recent_bytes, 1, 2000);
	assert_in_range(room->durable_seq - room->recent_from, 2, 10);
	for (int64_t seq = room->recent_from; seq <= room->durable_seq; seq++)
		assert_int_equal(room->recent[(size_t)seq % room->recent_cap].seq, seq);
	assert_contains(rig_result(rig, 2, resume(rig, 2, cursor)), "\"replayed\":50"); /* from the log */
	rig_settle(rig);
	assert_int_equal(rig_count(rig, 2, "x.padded"), 50);
}

static const char *const no_memory[][2] = { { "recent_bytes", "0" }, { NULL, NULL } };

static void without_memory_all_comes_from_the_log(void **state)
{
	struct rig *rig = *state;
	char cursor[64];

	text_member(rig_sign_in(rig, 1, "ann"), "cursor", cursor, sizeof(cursor));
	publish(rig, 3);
	assert_int_equal(rig->hub->rooms->recent_bytes, 0);
	assert_contains(rig_result(rig, 2, resume(rig, 2, cursor)), "\"replayed\":3");
}

/* ---- from the log ---- */

static const char *const read_log[][2] = { { "recent_events", "2" },
					   { "replay_bytes", "10000" },
					   { NULL, NULL } };

static void too_many_bytes_are_a_fresh_start(void **state)
{
	struct rig *rig = *state;
	char cursor[64];

	text_member(rig_sign_in(rig, 1, "ann"), "cursor", cursor, sizeof(cursor));
	publish(rig, 20);
	assert_contains(rig_result(rig, 2, resume(rig, 2, cursor)), "\"replayed\":20");
	publish(rig, 80); /* of more than 100 bytes each */
	const char *result = rig_result(rig, 3, resume(rig, 3, cursor));
	assert_contains(result, "\"resumed\":false");
	assert_contains(result, "\"replayed\":0");
}

/* A store whose reads wait for the test. */
static struct mu_store_ops slow_ops;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint scans;

static enum mu_err slow_scan(struct mu_store *store, const char *workspace, int64_t after_seq, int64_t limit,
			     struct mu_ends *ret_ends, bool (*each)(void *arg, const struct mu_kept *kept),
			     void *arg)
{
	atomic_fetch_add(&scans, 1);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return mu_store_memory.scan(store, workspace, after_seq, limit, ret_ends, each, arg);
}

/* The store's thread sleeps until the hub has work for it. */
static void slow_down(struct rig *rig)
{
	slow_ops = mu_store_memory;
	slow_ops.scan = slow_scan;
	rig->store->ops = &slow_ops;
}

static void few_are_read_at_once_and_all_come_to_it(void **state)
{
	struct rig *rig = *state;
	uint32_t tags[8];
	char cursor[64];

	text_member(rig_sign_in(rig, 1, "ann"), "cursor", cursor, sizeof(cursor));
	publish(rig, 10);
	slow_down(rig);
	pthread_mutex_lock(&gate);
	for (unsigned i = 0; i < MU_COUNT(tags); i++)
		tags[i] = resume(rig, i + 2, cursor);
	rig_settle(rig);
	const size_t reads = rig->hub->reads_out, jobs = rig->hub->jobs_out;
	rig_disconnect(rig, 8, 0); /* who doesn't wait is passed over */
	pthread_mutex_unlock(&gate);
	assert_int_equal(reads, 2);
	assert_int_equal(jobs, 2);
	for (unsigned i = 0; i < MU_COUNT(tags); i++)
		if (i + 2 != 8)
			assert_contains(rig_result(rig, i + 2, tags[i]), "\"replayed\":10");
	rig_settle(rig);
	assert_int_equal(rig->hub->reads_out, 0);
	assert_null(rig->hub->reading);
}

/* As after a restart: nothing is in memory yet. */
static void forget_all(struct rig *rig)
{
	recent_clear(rig->hub->rooms, rig->hub->rooms->durable_seq);
}

static const char *const read_some[][2] = { { "replay_bytes", "10000" }, { NULL, NULL } };

static void those_who_come_back_together_share_a_read(void **state)
{
	struct rig *rig = *state;
	uint32_t tags[10];
	char cursor[64];

	text_member(rig_sign_in(rig, 1, "ann"), "cursor", cursor, sizeof(cursor));
	publish(rig, 10);
	slow_down(rig);
	forget_all(rig);
	atomic_store(&scans, 0);
	rig_result(rig, 15, resume(rig, 15, cursor));
	rig_settle(rig);
	const unsigned scans_of_one = atomic_load(&scans);
	forget_all(rig);
	pthread_mutex_lock(&gate);
	for (unsigned i = 0; i < MU_COUNT(tags); i++)
		tags[i] = resume(rig, i + 2, cursor);
	rig_settle(rig);
	pthread_mutex_unlock(&gate);
	for (unsigned i = 0; i < MU_COUNT(tags); i++)
		assert_contains(rig_result(rig, i + 2, tags[i]), "\"replayed\":10");
	rig_settle(rig);
	for (unsigned i = 0; i < MU_COUNT(tags); i++)
		assert_int_equal(rig_count(rig, i + 2, "x.padded"), 10);
	/* Two were out when the others came. */
	assert_int_equal(atomic_load(&scans), scans_of_one * 3);
	const struct room *room = rig->hub->rooms;
	for (int64_t seq = room->recent_from; seq <= room->durable_seq; seq++)
		assert_int_equal(room->recent[(size_t)seq % room->recent_cap].seq, seq);
}

static void who_missed_too_much_takes_nothing_from_the_others(void **state)
{
	struct rig *rig = *state;
	uint32_t tags[4];
	char early[64], late[64];

	text_member(rig_sign_in(rig, 1, "ann"), "cursor", early, sizeof(early));
	publish(rig, 80);
	text_member(rig_sign_in(rig, 2, "ann"), "cursor", late, sizeof(late));
	publish(rig, 20);
	forget_all(rig);
	slow_down(rig);
	pthread_mutex_lock(&gate);
	for (unsigned i = 0; i < 3; i++) /* two are out, and one waits with who missed too much */
		tags[i] = resume(rig, i + 3, i < 2 ? early : late);
	tags[3] = resume(rig, 6, early);
	rig_settle(rig);
	pthread_mutex_unlock(&gate);
	assert_contains(rig_result(rig, 5, tags[2]), "\"replayed\":20");
	rig_settle(rig);
	assert_int_equal(rig_count(rig, 5, "x.padded"), 20);
	assert_contains(rig_result(rig, 6, tags[3]), "\"resumed\":false");
}

static void a_hub_may_end_while_reads_wait(void **state)
{
	struct rig *rig = *state;
	char cursor[64];

	text_member(rig_sign_in(rig, 1, "ann"), "cursor", cursor, sizeof(cursor));
	publish(rig, 10);
	slow_down(rig);
	pthread_mutex_lock(&gate);
	for (unsigned i = 2; i < 10; i++)
		resume(rig, i, cursor);
	rig_settle(rig);
	const struct room *waiting = rig->hub->reading;
	pthread_mutex_unlock(&gate);
	assert_non_null(waiting); /* and tear_down destroys it, with or without some of them answered */
}

#define CASE(test, options)                                                                                  \
	cmocka_unit_test_prestate_setup_teardown(test, set_up, tear_down, (void *)(options))

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(memory_of_recent_events_has_an_end, little_memory),
		CASE(without_memory_all_comes_from_the_log, no_memory),
		CASE(too_many_bytes_are_a_fresh_start, read_log),
		CASE(few_are_read_at_once_and_all_come_to_it, read_log),
		CASE(those_who_come_back_together_share_a_read, read_some),
		CASE(who_missed_too_much_takes_nothing_from_the_others, read_some),
		CASE(a_hub_may_end_while_reads_wait, read_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
