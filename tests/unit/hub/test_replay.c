/* What was missed: how much of it is kept in memory, and how much is read for one session and for all. */
#include "rig.h"

#include "replay.h"
#include "room.h"
#include "turn.h"

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

static int tear_down(void **state)
{
	rig_destroy(*state);
	return 0;
}

/* ---- in memory ---- */

static int set_up_small(void **state)
{
	static const char *const options[][2] = { { "recent_bytes", "2000" }, { NULL, NULL } };

	*state = rig_create(options);
	return 0;
}

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

static int set_up_none(void **state)
{
	static const char *const options[][2] = { { "recent_bytes", "0" }, { NULL, NULL } };

	*state = rig_create(options);
	return 0;
}

static void without_memory_all_comes_from_the_log(void **state)
{
	struct rig *rig = *state;
	char cursor[64];

	text_member(rig_sign_in(rig, 1, "ann"), "cursor", cursor, sizeof(cursor));
	publish(rig, 3);
	assert_int_equal(rig->hub->rooms->recent_bytes, 0);
	assert_contains(rig_result(rig, 2, resume(rig, 2, cursor)), "\"replayed\":3");
}

#define CASE(test, set_up) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(memory_of_recent_events_has_an_end, set_up_small),
		CASE(without_memory_all_comes_from_the_log, set_up_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
