/* Conversations: who hears of one and who sees it, what the rules say, what is left when people and teams go,
 * what is told of loads. */
#include "conversations.h"

#include "muster/model/capacity.h"

/* ---- who hears ---- */

static const char *topics(struct world *world, const struct mu_move *move, bool parting)
{
	const struct mu_event event = { .type = move->type, .data = (void *)&move->data };
	struct mu_strs told = { 0 };

	assert_int_equal((parting ? move->type->parting : move->type->audience)(world->ws, &event,
										&world->arena, &told),
			 MU_OK);
	return spell(world, &told);
}

#define ALL "may/conversations.view:all"
#define UNASSIGNED "may/conversations.view:unassigned"
#define TEAM(team) "team/" team "/may/conversations.view:team"

static void those_who_may_see_it_hear_it_in_full(void **state)
{
	struct world *world = *state;
	const struct mu_conversation_record *record = create(world, "c", "support");
	const int64_t now_ms = world->now_ms;
	struct mu_move move;

	assert_int_equal(mu_move_offer(record, "ann", now_ms, now_ms, &world->arena, &move), MU_OK);
	assert_string_equal(topics(world, &move, false), ALL " " TEAM("support") " own/ann " UNASSIGNED);
	assert_string_equal(topics(world, &move, true), "");
	record = apply(world, MU_OK, &move);

	assert_int_equal(MOVE(mu_move_assign, "bob", MU_REASON_MANUAL), MU_OK);
	assert_string_equal(topics(world, &move, false), ALL " " TEAM("support") " own/bob");
	assert_string_equal(topics(world, &move, true), "own/ann " UNASSIGNED " user/ann");
	record = apply(world, MU_OK, &move);

	assert_int_equal(MOVE(mu_move_assign, "ann", MU_REASON_MANUAL), MU_OK);
	assert_string_equal(topics(world, &move, true), "own/bob user/bob");
	record = apply(world, MU_OK, &move);

	assert_int_equal(mu_move_team(world->ws, record, "sales", NULL, now_ms, &world->arena, &move), MU_OK);
	assert_string_equal(topics(world, &move, false), ALL " " TEAM("sales") " " UNASSIGNED);
	assert_string_equal(topics(world, &move, true), TEAM("support") " own/ann user/ann");
	record = apply(world, MU_OK, &move);

	assert_int_equal(mu_move_remove(record, &world->arena, &move), MU_OK);
	assert_null(move.data.record);
	assert_string_equal(topics(world, &move, false), ALL " " TEAM("sales") " " UNASSIGNED);
	assert_string_equal(topics(world, &move, true), "");
	world_emit(world, move.type, &move.data);
	assert_null(mu_workspace_conversation(world->ws, "c"));
}

static void a_new_one_has_nobody_who_parts(void **state)
{
	struct world *world = *state;
	const struct mu_conversation_record wanted = { .id = (char *)"c" };
	struct mu_move move;

	assert_int_equal(mu_move_create(&wanted, NULL, 1, &world->arena, &move), MU_OK);
	assert_string_equal(topics(world, &move, false), ALL " " UNASSIGNED);
	assert_string_equal(topics(world, &move, true), "");
}

static void it_is_seen_by_permission_team_and_holder(void **state)
{
	static const struct {
		const char *permissions, *user, *holder;
		bool offered, seen;
	} rows[] = {
		{ "conversations.view:all", NULL, "ann", false, true },
		{ "conversations.view:team", "bob", "ann", false, true },
		{ "conversations.view:team", "cat", "ann", false, false },
		{ "conversations.view:team", NULL, "ann", false, false },
		{ "conversations.view:team", "cat", "cat", false, true },
		{ "conversations.view:own", "ann", "ann", false, true },
		{ "conversations.view:own", "ann", "ann", true, true },
		{ "conversations.view:own", "bob", "ann", false, false },
		{ "conversations.view:own", "bob", NULL, false, false },
		{ "conversations.view:unassigned", "cat", NULL, false, true },
		{ "conversations.view:unassigned", NULL, NULL, false, true },
		{ "conversations.view:unassigned", "cat", "ann", true, true },
		{ "conversations.view:unassigned", "cat", "ann", false, false },
		{ "conversations.reply", "ann", "ann", false, false },
	};
	struct world *world = *state;

	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		const char *id = mu_arena_printf(&world->arena, "c%zu", i);
		struct mu_perms perms = { 0 };
		create(world, id, "support");
		if (rows[i].holder && rows[i].offered)
			offer(world, id, rows[i].holder);
		else if (rows[i].holder)
			assign(world, id, rows[i].holder);
		mu_perms_add(&perms, mu_perm_find(rows[i].permissions));
		if (mu_conversation_visible(world->ws, mu_workspace_conversation(world->ws, id),
					    mu_workspace_user(world->ws, rows[i].user),
					    &perms) != rows[i].seen)
			fail_msg("row %zu: %s as %s", i, rows[i].permissions,
				 rows[i].user ? rows[i].user : "a key");
	}
}

/* ---- rules ---- */

static void who_may_hold_one_is_of_its_team_and_may_reply(void **state)
{
	struct world *world = *state;
	const struct mu_user_ref ann = { .user = (char *)"ann" };
	struct mu_conversation_record record = { .team = (char *)"support" };
	struct mu_fault fault = { 0 };
	const struct {
		const char *user, *reason;
	} rows[] = {
		{ "bob", NULL },
		{ "cat", "is not of the conversation's team" },
		{ "ann", "is deactivated" },
		{ "eve", "may not reply in conversations of their own" },
	};

	world_user(world, "eve", "");
	world_emit(world, &mu_user_deactivated, &ann);
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		fault = (struct mu_fault){ 0 };
		const enum mu_err err = mu_rule_conversation_holder(
			world->ws, &record, mu_workspace_user(world->ws, rows[i].user), &fault);
		assert_int_equal(err, rows[i].reason ? MU_INVALID_PARAMS : MU_OK);
		if (rows[i].reason) {
			assert_string_equal(fault.fields[0].name, "user");
			assert_string_equal(fault.fields[0].reason, rows[i].reason);
		}
	}
	record.team = NULL;
	assert_int_equal(
		mu_rule_conversation_holder(world->ws, &record, mu_workspace_user(world->ws, "cat"), &fault),
		MU_OK);
	assert_int_equal(mu_rule_conversation_team(world->ws, NULL, &fault), MU_OK);
	assert_int_equal(mu_rule_conversation_team(world->ws, "sales", &fault), MU_OK);
	assert_int_equal(mu_rule_conversation_team(world->ws, "nowhere", &fault), MU_INVALID_PARAMS);
}

static void who_is_full_has_room_only_for_what_they_hold(void **state)
{
	struct world *world = *state;
	struct mu_user *ann = mu_workspace_user(world->ws, "ann");
	struct mu_fault fault = { 0 };

	create(world, "c", "support");
	create(world, "d", "support");
	assign(world, "c", "ann");
	ann->capacity = 1;
	assert_int_equal(mu_rule_conversation_room(world->ws, record_of(world, "c"), ann, &fault), MU_OK);
	assert_int_equal(mu_rule_conversation_room(world->ws, record_of(world, "d"), ann, &fault),
			 MU_CONFLICT);
	assert_string_equal(fault.message, "ann has no room for it: 1 of 1 are taken");
	ann->capacity = 2;
	assert_int_equal(mu_rule_conversation_room(world->ws, record_of(world, "d"), ann, &fault), MU_OK);
	resolve(world, "c");
	ann->capacity = 0;
	assert_int_equal(mu_rule_conversation_room(world->ws, record_of(world, "c"), ann, &fault),
			 MU_CONFLICT);
}

static void settings_name_another_team_that_is_there(void **state)
{
	struct world *world = *state;
	struct mu_routing_settings settings = { .overflow_team = (char *)"sales" };
	struct mu_channel channels[] = { { (char *)"a", 1 }, { (char *)"b", 2 }, { (char *)"a", 3 } };
	struct mu_records list = { channels, 2 };
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_rule_routing_settings(world->ws, NULL, "sales", &fault), MU_OK);
	assert_int_equal(mu_rule_routing_settings(world->ws, &settings, "support", &fault), MU_OK);
	assert_int_equal(mu_rule_routing_settings(world->ws, &settings, NULL, &fault), MU_OK);
	assert_int_equal(mu_rule_routing_settings(world->ws, &settings, "sales", &fault), MU_INVALID_PARAMS);
	assert_string_equal(fault.fields[0].name, "settings.overflow_team");
	settings.overflow_team = (char *)"nowhere";
	fault = (struct mu_fault){ 0 };
	assert_int_equal(mu_rule_routing_settings(world->ws, &settings, NULL, &fault), MU_INVALID_PARAMS);
	assert_string_equal(fault.fields[0].reason, "there is no such team");
	assert_int_equal(mu_rule_channels(&list, &fault), MU_OK);
	list.n = 3;
	fault = (struct mu_fault){ 0 };
	assert_int_equal(mu_rule_channels(&list, &fault), MU_INVALID_PARAMS);
	assert_string_equal(fault.fields[0].name, "channels.2.id");
}

/* ---- who goes ---- */

static void whoever_is_removed_leaves_no_name(void **state)
{
	struct world *world = *state;
	const struct mu_user_ref ann = { .user = (char *)"ann" };
	struct mu_move move;

	create(world, "held", "support");
	assign(world, "held", "ann");
	create(world, "offered", "support");
	offer(world, "offered", "ann");
	create(world, "kept", "support");
	assign(world, "kept", "ann");
	resolve(world, "kept");
	create(world, "passed", "support");
	apply(world,
	      mu_move_decline(offer(world, "passed", "ann"), NULL, world->now_ms, &world->arena, &move),
	      &move);
	world_emit(world, &mu_user_removed, &ann);
	assert_null(record_of(world, "held")->assignee);
	assert_null(record_of(world, "offered")->offered_to);
	assert_int_equal(record_of(world, "offered")->offer_expires_at, 0);
	assert_null(record_of(world, "kept")->assignee);
	assert_int_equal(record_of(world, "kept")->assigned_at, 0);
	assert_int_equal(record_of(world, "passed")->passed.n, 0);
	assert_int_equal(mu_workspace_inbox(world->ws, "support")->waiting.n, 3);
	mu_workspace_destroy(world_copy(world->ws));
}

static void a_team_that_is_deleted_is_named_nowhere(void **state)
{
	struct world *world = *state;
	struct mu_routing_settings settings = { .overflow_ms = 1, .overflow_team = (char *)"support" };
	const struct mu_team_data sales = { .given = 1 << MU_TEAM_SETTINGS,
					    .id = (char *)"sales",
					    .settings = &settings };
	const struct mu_workspace_data all = { .given = 1 << MU_WS_SETTINGS, .settings = &settings };
	const struct mu_id_data support = { .id = (char *)"support" };
	struct mu_move move;

	world_emit(world, &mu_team_updated, &sales);
	world_emit(world, &mu_workspace_updated, &all);
	create(world, "waits", "support");
	create(world, "kept", "support");
	assign(world, "kept", "ann");
	resolve(world, "kept");
	create(world, "left", "support");
	apply(world,
	      mu_move_escalate(record_of(world, "left"), "sales", MU_REASON_OVERFLOW, world->now_ms,
			       &world->arena, &move),
	      &move);
	assert_string_equal(spell(world, &record_of(world, "left")->left), "support");
	world_emit(world, &mu_team_deleted, &support);
	assert_null(record_of(world, "waits")->team);
	assert_null(record_of(world, "kept")->team);
	assert_string_equal(record_of(world, "kept")->assignee, "ann");
	assert_int_equal(record_of(world, "left")->left.n, 0);
	assert_null(mu_workspace_inbox(world->ws, "sales")->settings.overflow_team);
	assert_null(mu_workspace_inbox(world->ws, NULL)->settings.overflow_team);
	assert_int_equal(mu_workspace_inbox(world->ws, NULL)->waiting.n, 1);
}

static void a_snapshot_keeps_what_nobody_is_shown(void **state)
{
	struct world *world = *state;
	const int64_t now_ms = world->now_ms;
	const struct mu_conversation_record *record;
	struct mu_workspace *copy;
	struct mu_move move;

	create(world, "a", "support");
	create(world, "b", "support");
	assign(world, "b", "bob");
	record = assign(world, "a", "ann");
	record = apply(world, MOVE(mu_move_unassign, MU_REASON_RELEASED), &move);
	apply(world, mu_move_escalate(record, "sales", MU_REASON_OVERFLOW, now_ms, &world->arena, &move),
	      &move);
	copy = world_copy(world->ws);
	record = &mu_workspace_conversation(copy, "a")->record;
	assert_int_equal(record->version, 4);
	assert_string_equal(spell(world, &record->passed), "ann");
	assert_string_equal(spell(world, &record->left), "support");
	assert_int_equal(mu_workspace_user(copy, "bob")->rotation, 1);
	assert_int_equal(mu_workspace_user(copy, "ann")->rotation, 2);
	assert_int_equal(copy->n_assignments, 2);
	assert_int_equal(mu_workspace_user(copy, "bob")->load, 1);
	mu_workspace_destroy(copy);
}

/* ---- load and capacity ---- */

static void loads_are_noted_until_they_are_told(void **state)
{
	struct world *world = *state;
	const struct mu_user *ann = mu_workspace_user(world->ws, "ann");
	const struct mu_user_data limit = { .given = 1 << MU_USER_CAPACITY,
					    .user = (char *)"ann",
					    .capacity = 1 };
	struct mu_capacity_event data = { .user = (char *)"ann", .load = 1, .capacity = 1 };
	struct mu_workspace *copy;

	assert_null(world->ws->unnoted);
	create(world, "c", "support");
	assign(world, "c", "ann");
	assert_ptr_equal(world->ws->unnoted, ann);
	world_emit(world, &mu_load_changed, &data);
	assert_null(world->ws->unnoted);
	world_emit(world, &mu_user_updated, &limit);
	assert_true(mu_user_full(ann));
	assert_ptr_equal(world->ws->unnoted, ann);
	world_emit(world, &mu_capacity_reached, &data);
	assert_null(world->ws->unnoted);
	copy = world_copy(world->ws);
	assert_null(copy->unnoted);
	assert_true(mu_workspace_user(copy, "ann")->noted_full);
	mu_workspace_destroy(copy);
	resolve(world, "c");
	data.load = 0;
	world_emit(world, &mu_load_changed, &data);
	assert_ptr_equal(world->ws->unnoted, ann);
	world_emit(world, &mu_capacity_freed, &data);
	assert_null(world->ws->unnoted);
}

static void who_sees_somebodys_presence_hears_of_their_limit(void **state)
{
	struct world *world = *state;
	const struct mu_capacity_event data = { .user = (char *)"dan" };
	const struct mu_event event = { .type = &mu_capacity_reached, .data = (void *)&data };
	struct mu_strs told = { 0 };

	assert_int_equal(mu_capacity_reached.audience(world->ws, &event, &world->arena, &told), MU_OK);
	assert_string_equal(spell(world, &told),
			    "user/dan may/presence.view:all team/sales/may/presence.view:team "
			    "team/support/may/presence.view:team");
	assert_null(mu_load_changed.audience);
	assert_string_equal(mu_event_action(world->ws, &event), "capacity.reached");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(those_who_may_see_it_hear_it_in_full),
		CASE(a_new_one_has_nobody_who_parts),
		CASE(it_is_seen_by_permission_team_and_holder),
		CASE(who_may_hold_one_is_of_its_team_and_may_reply),
		CASE(who_is_full_has_room_only_for_what_they_hold),
		CASE(settings_name_another_team_that_is_there),
		CASE(whoever_is_removed_leaves_no_name),
		CASE(a_team_that_is_deleted_is_named_nowhere),
		CASE(a_snapshot_keeps_what_nobody_is_shown),
		CASE(loads_are_noted_until_they_are_told),
		CASE(who_sees_somebodys_presence_hears_of_their_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
