/* Conversations when memory runs out: an event says so, and the state can still be thrown away. */
#include "conversations.h"

#include "failing_alloc.h"

#include "conversation.c"
#include "place.c"

/* Try an event with ever more memory in worlds of their own, until it applies. */
static void until_it_applies(void (*prepare)(struct world *, struct mu_move *))
{
	enum mu_err err = MU_NO_MEMORY;
	long n = 0;

	for (; err; n++) {
		void *state = NULL;
		struct mu_move move;
		world_create(&state);
		prepare(state, &move);
		failing_after(n);
		err = world_try(state, move.type, &move.data);
		failing_never();
		assert_true(err == MU_OK || err == MU_NO_MEMORY);
		world_destroy(&state);
	}
	assert_true(n > 1);
}

static void prepare_created(struct world *world, struct mu_move *move)
{
	const struct mu_conversation_record wanted = { .id = (char *)"c",
						       .team = (char *)"support",
						       .labels = words(world, "vip late") };

	assert_int_equal(mu_move_create(&wanted, NULL, world->now_ms, &world->arena, move), MU_OK);
}

static void prepare_assigned(struct world *world, struct mu_move *move)
{
	const struct mu_conversation_record *record = create(world, "c", "support");

	assert_int_equal(
		mu_move_assign(record, "ann", MU_REASON_AUTO, NULL, world->now_ms, &world->arena, move),
		MU_OK);
}

static void what_can_not_be_kept_is_reported(void **state)
{
	until_it_applies(prepare_created);
	until_it_applies(prepare_assigned);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_can_not_be_kept_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
