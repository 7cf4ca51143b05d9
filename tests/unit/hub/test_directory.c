/* A whole directory in one call: what differs is told once, and what is the same not at all (A17). */
#include "rig.h"

#include "muster/base/buf.h"

#define PEOPLE 5000
#define TEAMS 50

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

/* As many teams and people; the last person is called `last`. The caller frees it. */
static char *directory(const char *last)
{
	struct mu_buf out = { 0 };

	mu_buf_str(&out, "{\"remove_missing\":false,\"teams\":[");
	for (int i = 0; i < TEAMS; i++)
		mu_buf_printf(&out, "%s{\"id\":\"t%d\",\"name\":\"Team %d\"}", i ? "," : "", i, i);
	mu_buf_str(&out, "],\"users\":[");
	for (int i = 0; i < PEOPLE; i++)
		mu_buf_printf(
			&out,
			"%s{\"id\":\"u%d\",\"name\":\"%s\",\"email\":\"u%d@big.test\",\"roles\":[\"agent\"],"
			"\"teams\":[\"t%d\"]}",
			i ? "," : "", i, i == PEOPLE - 1 ? last : "Somebody", i, i % TEAMS);
	mu_buf_str(&out, "]}");
	return mu_buf_take(&out);
}

/* How many events of a type the admin has heard. */
static size_t told(struct rig *rig, const char *type)
{
	char part[64];

	snprintf(part, sizeof(part), "\"event\",\"params\":{\"type\":\"%s\"", type);
	return rig_count(rig, 1, part);
}

static size_t durable(struct rig *rig)
{
	return rig_count(rig, 1, "\"cursor\":");
}

static void only_differences_are_told(void **state)
{
	struct rig *rig = *state;
	AUTO_FREE char *first = directory("Zed"), *second = directory("Zoe");

	rig_sign_in(rig, 1, "adm");
	assert_contains(rig_call(rig, 0, "directory.sync", first), "\"users\":{\"created\":5000,");
	assert_int_equal(told(rig, "user.created"), PEOPLE);
	assert_int_equal(told(rig, "team.created"), TEAMS);
	assert_int_equal(told(rig, "team.member_added"), PEOPLE);
	assert_int_equal(told(rig, "seats.changed"), 1);
	const size_t before = durable(rig);
	assert_contains(rig_call(rig, 0, "directory.sync", first), "\"users\":{\"created\":0,\"updated\":0,");
	assert_int_equal(durable(rig), before);
	assert_contains(rig_call(rig, 0, "directory.sync", second),
			"\"users\":{\"created\":0,\"updated\":1,");
	assert_int_equal(durable(rig), before + 1);
	assert_contains(rig_frame(rig, 1, "\"type\":\"user.updated\"")->text, "\"name\":\"Zoe\"");
}

static void a_store_that_fails_leaves_all_as_it_was(void **state)
{
	struct rig *rig = *state;
	AUTO_FREE char *whole = directory("Zed");

	mu_memory_fail_appends(rig->store, 1, MU_MEMORY_FAIL_BEFORE);
	assert_int_equal(rig_refused(rig, 0, rig_ask(rig, 0, "directory.sync", whole)), MU_UNAVAILABLE);
	assert_contains(rig_call(rig, 0, "seats.get", NULL), "\"used\":5,");
	assert_contains(rig_call(rig, 0, "directory.sync", whole), "\"created\":5000,");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(only_differences_are_told),
		CASE(a_store_that_fails_leaves_all_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
