/* Writes with an idempotency key: done once, answered as often as they are asked for. */
#include "rig.h"

#include "room.h"
#include "turn.h"

static int set_up(void **state)
{
	*state = rig_create(NULL);
	return 0;
}

static int tear_down(void **state)
{
	rig_destroy(*state);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#define EVENT "{\"type\":\"x.count\",\"audience\":{\"everyone\":true},\"data\":{\"n\":1},\"durable\":true}"
#define OTHER "{\"type\":\"x.count\",\"audience\":{\"everyone\":true},\"data\":{\"n\":2},\"durable\":true}"
#define FINN "{\"name\":\"Finn\",\"email\":\"finn@acme.test\",\"roles\":[\"agent\"]}"
/* With a password, which takes a while to hash. */
#define GIL                                                                                                  \
	"{\"name\":\"Gil\",\"email\":\"gil@acme.test\",\"roles\":[\"agent\"],\"password\":\"copper lantern " \
	"9317\"}"

static int64_t events(struct rig *rig)
{
	return mu_metrics_get(&rig->metrics, MU_METRIC_EVENTS_TOTAL);
}

static const char *repeat(struct rig *rig, unsigned slot, const char *params, const char *key)
{
	return rig_result(rig, slot, rig_ask_with_key(rig, slot, "event.publish", params, key));
}

static void a_repeat_gets_the_first_answer(void **state)
{
	struct rig *rig = *state;
	const int64_t before = events(rig);
	const char *first = repeat(rig, 0, EVENT, "k");

	assert_string_equal(repeat(rig, 0, EVENT, "k"), first);
	assert_int_equal(events(rig) - before, 1);
	assert_string_not_equal(repeat(rig, 0, EVENT, "another"), first);
	assert_string_not_equal(repeat(rig, 0, EVENT, NULL), first);
	assert_int_equal(events(rig) - before, 3);
}

static void a_repeat_that_comes_too_early_waits(void **state)
{
	struct rig *rig = *state;
	const int64_t before = events(rig);
	uint32_t tags[6];

	rig_hold(rig);
	for (size_t i = 0; i < 3; i++)
		tags[i] = rig_ask_with_key(rig, 0, "user.create", FINN, "finn");
	for (size_t i = 3; i < 6; i++)
		tags[i] = rig_ask_with_key(rig, 0, "user.create", GIL, "gil");
	rig_release(rig);
	const char *finn = rig_result(rig, 0, tags[0]), *gil = rig_result(rig, 0, tags[3]);
	for (size_t i = 1; i < 3; i++) {
		assert_string_equal(rig_result(rig, 0, tags[i]), finn);
		assert_string_equal(rig_result(rig, 0, tags[3 + i]), gil);
	}
	assert_int_equal(events(rig) - before, 5); /* two people, their seats, one password */
}

static void the_order_of_members_is_no_difference(void **state)
{
	struct rig *rig = *state;
	const char *first = rig_result(rig, 0, rig_ask_with_key(rig, 0, "user.create", FINN, "k"));
	const char *turned = "{\"roles\":[\"agent\"],\"email\":\"finn@acme.test\",\"name\":\"Finn\"}";

	assert_string_equal(rig_result(rig, 0, rig_ask_with_key(rig, 0, "user.create", turned, "k")), first);
}

static void a_key_names_one_write_of_one_caller(void **state)
{
	struct rig *rig = *state;
	const char *first = repeat(rig, 0, EVENT, "k");
	const struct heard *heard;

	heard = rig_answer(rig, 0, rig_ask_with_key(rig, 0, "event.publish", OTHER, "k"));
	assert_int_equal(heard->fault.err, MU_CONFLICT);
	assert_contains(heard->fault.message, "idempotency key");
	rig_result(rig, 0, rig_ask_with_key(rig, 0, "user.create", FINN, "k"));
	rig_sign_in(rig, 1, "adm");
	assert_string_not_equal(repeat(rig, 1, EVENT, "k"), first);
	rig_result(rig, 0,
		   rig_ask_with_key(rig, 0, "user.list", NULL, "k")); /* a read has nothing to repeat */
}

static void keys_have_a_length(void **state)
{
	struct rig *rig = *state;
	char key[202];
	const struct heard *heard;

	memset(key, 'k', sizeof(key));
	key[200] = '\0';
	repeat(rig, 0, EVENT, key);
	key[200] = 'k';
	key[201] = '\0';
	heard = rig_answer(rig, 0, rig_ask_with_key(rig, 0, "event.publish", EVENT, key));
	assert_int_equal(heard->fault.err, MU_INVALID_PARAMS);
	assert_string_equal(heard->fault.fields[0].name, "idempotency_key");
	assert_int_equal(rig_refused(rig, 0, rig_ask_with_key(rig, 0, "event.publish", EVENT, "")),
			 MU_INVALID_PARAMS);
}

static void an_error_that_stays_is_remembered(void **state)
{
	struct rig *rig = *state;

	rig_call(rig, 0, "user.create", FINN);
	const struct heard *first = rig_answer(rig, 0, rig_ask_with_key(rig, 0, "user.create", FINN, "k"));
	const struct heard *again = rig_answer(rig, 0, rig_ask_with_key(rig, 0, "user.create", FINN, "k"));

	assert_int_equal(first->fault.err, MU_CONFLICT);
	assert_memory_equal(&again->fault, &first->fault, sizeof(first->fault));
	/* What was never begun, because a parameter is wrong, may be mended and sent again. */
	assert_int_equal(
		rig_refused(rig, 0, rig_ask_with_key(rig, 0, "user.create", "{\"name\":\"\"}", "typo")),
		MU_INVALID_PARAMS);
	rig_result(rig, 0, rig_ask_with_key(rig, 0, "user.create", GIL, "typo"));
}

static void an_error_that_passes_is_not_remembered(void **state)
{
	struct rig *rig = *state;
	uint32_t tags[2];

	mu_memory_fail_appends(rig->store, 1, MU_MEMORY_FAIL_BEFORE);
	rig_hold(rig);
	for (size_t i = 0; i < 2; i++)
		tags[i] = rig_ask_with_key(rig, 0, "user.create", FINN, "k");
	rig_release(rig);
	for (size_t i = 0; i < 2; i++) /* who waited shares the outcome */
		assert_int_equal(rig_refused(rig, 0, tags[i]), MU_UNAVAILABLE);
	assert_contains(rig_result(rig, 0, rig_ask_with_key(rig, 0, "user.create", FINN, "k")), "Finn");
}

static void ten_minutes_later_it_is_forgotten(void **state)
{
	struct rig *rig = *state;
	const char *first = repeat(rig, 0, EVENT, "k");

	rig_pass(rig, 10 * 60 * 1000 - 1);
	assert_string_equal(repeat(rig, 0, EVENT, "k"), first);
	rig_pass(rig, 1);
	assert_string_not_equal(repeat(rig, 0, EVENT, "k"), first);
}

static void the_oldest_go_when_there_are_too_many(void **state)
{
	struct rig *rig = *state;
	char first[64], second[64], key[16];
	uint32_t last = 0;

	snprintf(first, sizeof(first), "%s", repeat(rig, 0, EVENT, "first"));
	snprintf(second, sizeof(second), "%s", repeat(rig, 0, EVENT, "second"));
	for (int i = 0; i < 9999; i++) {
		snprintf(key, sizeof(key), "%d", i);
		last = rig_ask_with_key(rig, 0, "event.publish", EVENT, key);
		if (i % 1000 == 999)
			rig_result(rig, 0, last);
	}
	rig_result(rig, 0, last);
	assert_string_equal(repeat(rig, 0, EVENT, "second"), second);
	assert_string_not_equal(repeat(rig, 0, EVENT, "first"), first);
}

#define TEXT_80 "01234567890123456789012345678901234567890123456789012345678901234567890123456789"
#define LONG_ROLE "{\"role\":\"long\",\"description\":\"" TEXT_80 TEXT_80 TEXT_80 TEXT_80 TEXT_80 "\"}"

static void so_they_do_when_they_take_up_too_much(void **state)
{
	struct rig *rig = *state;
	const struct room *room = rig->hub->rooms;
	const size_t most = 4 << 20;
	uint32_t last = 0;
	char key[201];

	rig_call(rig, 0, "role.create", "{\"id\":\"long\",\"name\":\"Long\"}");
	const char *first = repeat(rig, 0, EVENT, "first");
	for (int i = 0; i < 7000; i++) {
		snprintf(key, sizeof(key), "%d" TEXT_80 TEXT_80, i);
		last = rig_ask_with_key(rig, 0, "role.update", LONG_ROLE, key);
		if (i % 1000 == 999)
			rig_result(rig, 0, last);
	}
	rig_settle(rig);
	assert_in_range(room->writes_bytes, most / 2, most);
	assert_string_not_equal(repeat(rig, 0, EVENT, "first"), first);
	assert_string_equal(rig_result(rig, 0, rig_ask_with_key(rig, 0, "role.update", LONG_ROLE, key)),
			    rig_result(rig, 0, last));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_repeat_gets_the_first_answer),
		CASE(a_repeat_that_comes_too_early_waits),
		CASE(the_order_of_members_is_no_difference),
		CASE(a_key_names_one_write_of_one_caller),
		CASE(keys_have_a_length),
		CASE(an_error_that_stays_is_remembered),
		CASE(an_error_that_passes_is_not_remembered),
		CASE(ten_minutes_later_it_is_forgotten),
		CASE(the_oldest_go_when_there_are_too_many),
		CASE(so_they_do_when_they_take_up_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
