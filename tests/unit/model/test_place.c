/* What a long queue costs: to find the place of a conversation in it, and to find whom it is for. Steps are
 * counted, a comparison of two conversations of the same age or a look into a list of names each. */
#include "conversations.h"

#include "muster/model/routing.h"
#include "place.h"
#include "state.h"

static size_t steps;

static int counted_compare(const char *a, const char *b)
{
	steps++;
	return strcmp(a, b);
}

static bool counted_has(const struct mu_strs *list, const char *text)
{
	steps++;
	return mu_strs_has(list, text);
}

#define strcmp counted_compare
#define mu_strs_has counted_has
#include "place.c"
#include "routing.c"
#undef strcmp
#undef mu_strs_has

#define QUEUE 2000
#define STEPS_EACH 32 /* far less than there wait, and enough for a look at everybody of a team */

static char *name_of(struct world *world, const char *queue, int i)
{
	return mu_arena_printf(&world->arena, "%s%05d", queue, i);
}

static void fill(struct world *world, const char *queue, const char *team)
{
	for (int i = 0; i < QUEUE; i++) {
		world->now_ms = NOW_MS + HOUR_MS; /* all are of the same age */
		create(world, name_of(world, queue, i), team);
	}
	world->now_ms = NOW_MS + 2 * HOUR_MS;
	steps = 0;
}

static void set_team(struct world *world, const char *team, struct mu_routing_settings settings)
{
	const struct mu_team_data data = { .given = 1 << MU_TEAM_STRATEGY | 1 << MU_TEAM_SETTINGS,
					   .id = (char *)team,
					   .strategy = MU_STRATEGY_ROUND_ROBIN,
					   .settings = &settings };

	world_emit(world, &mu_team_updated, &data);
}

static bool as_the_log_says(void *arg, const struct mu_user *user)
{
	return true;
}

static size_t route(struct world *world)
{
	struct mu_crew crew = { .there = as_the_log_says };
	struct mu_move move;
	size_t n = 0;

	for (;; n++) {
		assert_int_equal(mu_routing_next(world->ws, &crew, world->now_ms, &world->arena, &move),
				 MU_OK);
		if (!move.type)
			return n;
		apply(world, MU_OK, &move);
	}
}

static void check_order(struct world *world, const char *team, size_t n)
{
	const struct mu_inbox *inbox = mu_workspace_inbox(world->ws, team);
	const struct mu_conversation *last = NULL;

	for (const struct mu_conversation *each = mu_waiting_first(inbox); each;
	     each = mu_waiting_next(each)) {
		assert_true(!last || strcmp(last->record.id, each->record.id) < 0);
		last = each;
		n--;
	}
	assert_int_equal(n, 0);
}

static void what_arrives_is_put_in_few_steps(void **state)
{
	struct world *world = *state;

	fill(world, "c", "support");
	for (int i = 0; i < QUEUE; i++)
		create(world, name_of(world, "d", i), "support");
	assert_in_range(steps, 1, QUEUE * STEPS_EACH);
}

static void what_changes_goes_back_in_few_steps(void **state)
{
	struct world *world = *state;
	struct mu_move move;

	fill(world, "c", "support");
	for (int i = 0; i < QUEUE; i++) {
		const struct mu_conversation_record *record =
			record_of(world, name_of(world, "c", i * 769 % QUEUE)); /* here and there */
		struct mu_conversation_record wanted = *record;
		wanted.subject = (char *)"Refund";
		apply(world, mu_move_retag(record, &wanted, NULL, world->now_ms, &world->arena, &move),
		      &move);
	}
	assert_in_range(steps, 1, QUEUE * STEPS_EACH);
	check_order(world, "support", QUEUE);
}

static void a_queue_moves_between_others_in_few_steps(void **state)
{
	struct world *world = *state;
	struct mu_move move;

	fill(world, "a", "sales");
	fill(world, "z", "sales");
	fill(world, "m", "support");
	for (int i = 0; i < QUEUE; i++)
		apply(world,
		      mu_move_team(world->ws, record_of(world, name_of(world, "m", i)), "sales", NULL,
				   world->now_ms, &world->arena, &move),
		      &move);
	assert_in_range(steps, 1, QUEUE * STEPS_EACH);
	check_order(world, "sales", 3 * QUEUE);
}

static void a_deserted_queue_is_told_of_in_few_steps(void **state)
{
	struct world *world = *state;

	set_team(world, "support", (struct mu_routing_settings){ .overflow_nobody = true });
	fill(world, "c", "support");
	assert_int_equal(route(world), QUEUE);
	assert_in_range(steps, 1, QUEUE * STEPS_EACH);
	check_order(world, "support", QUEUE);
}

static void a_deserted_queue_goes_on_in_few_steps(void **state)
{
	struct world *world = *state;

	set_team(world, "support",
		 (struct mu_routing_settings){ .overflow_nobody = true, .overflow_team = (char *)"sales" });
	fill(world, "a", "sales");
	fill(world, "z", "sales");
	fill(world, "m", "support");
	assert_int_equal(route(world), QUEUE);
	assert_in_range(steps, 1, QUEUE * STEPS_EACH);
	check_order(world, "sales", 3 * QUEUE);
}

static void come(struct world *world, const char *user)
{
	const struct mu_presence_changed changed = { .user = (char *)user,
						     .from = (char *)"offline",
						     .to = (char *)"available",
						     .since = world->now_ms };

	world_emit(world, &mu_presence_changed_type, &changed);
}

/* A team of many, of whom one is there and has let everything pass. */
static void what_all_have_passed_is_passed_over_in_few_steps(void **state)
{
	struct world *world = *state;
	struct mu_move move;

	for (int i = 0; i < 2 * STEPS_EACH; i++) {
		const struct mu_team_member member = { .user = name_of(world, "u", i),
						       .team = (char *)"support" };
		world_user(world, member.user, "agent");
		world_emit(world, &mu_team_member_added, &member);
	}
	fill(world, "c", "support");
	for (int i = 0; i < QUEUE; i++) {
		const char *id = name_of(world, "c", i);
		offer(world, id, "ann");
		apply(world,
		      mu_move_decline(record_of(world, id), "ann", world->now_ms, &world->arena, &move),
		      &move);
	}
	set_team(world, "support", (struct mu_routing_settings){ 0 });
	come(world, "ann");
	steps = 0;
	assert_int_equal(route(world), QUEUE); /* each is told */
	assert_in_range(steps, 1, QUEUE * STEPS_EACH);
	steps = 0;
	assert_int_equal(route(world), 0);
	assert_in_range(steps, 1, QUEUE * STEPS_EACH);
	create(world, "d", "support");
	assert_int_equal(route(world), 1);
	assert_string_equal(record_of(world, "d")->assignee, "ann");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_arrives_is_put_in_few_steps),
		CASE(what_changes_goes_back_in_few_steps),
		CASE(a_queue_moves_between_others_in_few_steps),
		CASE(a_deserted_queue_is_told_of_in_few_steps),
		CASE(a_deserted_queue_goes_on_in_few_steps),
		CASE(what_all_have_passed_is_passed_over_in_few_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
