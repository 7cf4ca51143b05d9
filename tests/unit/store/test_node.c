/* Who may write to a store, over every back-end: nodes, their epochs, and what becomes of one that is over.
 */
#include "store/rig.h"

/* Nothing that writes is done any more; a log of 3 events with a snapshot at 1 is there and can be read. */
static void expect_fenced(struct mu_store *store)
{
	AUTO_FREE char *text = NULL;
	int64_t seq = 0;

	assert_int_equal(rig_try_append(store, "acme", 3, 1), MU_FENCED);
	assert_int_equal(rig_try_append(store, "acme", 0, 1), MU_FENCED);
	assert_int_equal(rig_try_append(store, "nowhere", 0, 1), MU_FENCED);
	assert_int_equal(mu_store_create(store, "b", RIG_AT_MS), MU_FENCED);
	assert_int_equal(mu_store_create(store, "acme", RIG_AT_MS), MU_FENCED);
	assert_int_equal(mu_store_snapshot_put(store, "acme", 3, "{}", 2), MU_FENCED);
	assert_int_equal(mu_store_trim(store, "acme", 1), MU_FENCED);
	assert_int_equal(mu_store_erase(store, "acme", 1), MU_FENCED);
	assert_non_null(strstr(mu_fault_text(mu_store_fault(store)), "takes nothing from node n1"));
	rig_expect(store, "acme", 3);
	assert_int_equal(mu_store_snapshot_get(store, "acme", &seq, &text), MU_OK);
	assert_int_equal(seq, 1);
}

static void make_log(struct rig *rig)
{
	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 3);
	assert_int_equal(mu_store_snapshot_put(rig->store, "acme", 1, "{}", 2), MU_OK);
}

static void a_fenced_epoch_writes_nothing(void **state)
{
	struct rig *rig = *state;
	const int64_t first = rig_enter(rig->store, "n1");

	make_log(rig);
	assert_int_equal(mu_store_fence(rig->store, "n1", first), MU_OK);
	expect_fenced(rig->store);
	assert_int_equal(mu_store_fence(rig->store, "n1", first), MU_OK);
	expect_fenced(rig->store);

	assert_true(rig_enter(rig->store, "n1") > first);
	rig_append(rig, "acme", 3, 1);
	rig_expect(rig->store, "acme", 4);
}

static void fencing_what_is_over_or_never_was_changes_nothing(void **state)
{
	struct rig *rig = *state;
	const int64_t first = rig_enter(rig->store, "n1"), second = rig_enter(rig->store, "n1");

	assert_true(second > first);
	make_log(rig);
	assert_int_equal(mu_store_fence(rig->store, "n1", first), MU_OK);
	assert_int_equal(mu_store_fence(rig->store, "n1", second + 1), MU_OK);
	assert_int_equal(mu_store_fence(rig->store, "n1", 0), MU_OK);
	assert_int_equal(mu_store_fence(rig->store, "n1", INT64_MIN), MU_OK);
	assert_int_equal(mu_store_fence(rig->store, "n2", second), MU_OK);
	assert_int_equal(mu_store_fence(rig->store, "", 0), MU_OK);
	rig_append(rig, "acme", 3, 1);
	rig_expect(rig->store, "acme", 4);
}

static void a_node_has_an_id(void **state)
{
	struct rig *rig = *state;
	char id[MU_ID_MAX + 2];
	int64_t epoch = 77;

	memset(id, 'n', sizeof(id));
	id[MU_ID_MAX + 1] = '\0';
	assert_int_equal(mu_store_enter(rig->store, id, &epoch), MU_INVALID_PARAMS);
	assert_int_equal(mu_store_enter(rig->store, "", &epoch), MU_INVALID_PARAMS);
	assert_int_equal(mu_store_enter(rig->store, "\xff", &epoch), MU_INVALID_PARAMS);
	assert_int_equal(mu_store_fence(rig->store, "\xff", 1), MU_OK);
	assert_int_equal(epoch, 77);
	id[MU_ID_MAX] = '\0';
	assert_int_equal(mu_store_fence(rig->store, id, rig_enter(rig->store, id)), MU_OK);
	assert_int_equal(mu_store_create(rig->store, "acme", RIG_AT_MS), MU_FENCED);
}

static void a_newer_epoch_ends_the_older_one(void **state)
{
	struct rig *rig = *state;
	struct mu_store *other = rig_another(rig);
	const int64_t first = rig_enter(rig->store, "n1");

	make_log(rig);
	assert_true(rig_enter(other, "n1") > first);
	expect_fenced(rig->store);
	assert_int_equal(rig_try_append(other, "acme", 3, 1), MU_OK);
	rig_expect(rig->store, "acme", 4);
	mu_store_close(other);
}

static void a_node_that_is_fenced_by_another_stands_alone(void **state)
{
	struct rig *rig = *state;
	struct mu_store *other = rig_another(rig), *nobody = rig_another(rig);
	const int64_t first = rig_enter(rig->store, "n1");

	rig_enter(other, "n2");
	make_log(rig);
	assert_int_equal(mu_store_fence(other, "n1", first), MU_OK);
	expect_fenced(rig->store);
	assert_int_equal(rig_try_append(other, "acme", 3, 1), MU_OK);
	assert_int_equal(rig_try_append(nobody, "acme", 4, 1), MU_OK);

	/* A store that is closed ends its epoch, but no newer one. */
	assert_true(rig_enter(nobody, "n1") > first);
	rig_reopen(rig);
	assert_int_equal(rig_try_append(nobody, "acme", 5, 1), MU_OK);
	rig_expect(rig->store, "acme", 6);
	mu_store_close(other);
	mu_store_close(nobody);
}

#define ALONE(name, setup)                                                                                   \
	RIG_CASE(a_fenced_epoch_writes_nothing, name, setup),                                                \
		RIG_CASE(fencing_what_is_over_or_never_was_changes_nothing, name, setup),                    \
		RIG_CASE(a_node_has_an_id, name, setup)
#define TOGETHER(name, setup)                                                                                \
	RIG_CASE(a_newer_epoch_ends_the_older_one, name, setup),                                             \
		RIG_CASE(a_node_that_is_fenced_by_another_stands_alone, name, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ALONE("memory", rig_setup_memory),        ALONE("sqlite", rig_setup_sqlite),
		ALONE("postgres", rig_setup_postgres),    TOGETHER("sqlite", rig_setup_sqlite),
		TOGETHER("postgres", rig_setup_postgres),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
