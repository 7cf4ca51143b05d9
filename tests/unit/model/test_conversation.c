/* Conversations: what each move makes of a record, and what doesn't fit the state. */
#include "conversations.h"

#include "muster/model/routing.h"

static void a_new_one_waits_since_now(void **state)
{
	struct world *world = *state;
	const int64_t now_ms = world->now_ms;
	const struct mu_conversation_record *record = create(world, "c", "support");

	assert_int_equal(record->version, 1);
	assert_int_equal(record->status, MU_CONVERSATION_OPEN);
	assert_int_equal(record->queued_at, now_ms);
	assert_int_equal(record->created_at, now_ms);
	assert_ptr_equal(mu_waiting_first(mu_workspace_inbox(world->ws, "support")),
			 mu_workspace_conversation(world->ws, "c"));
	assert_int_equal(mu_workspace_inbox(world->ws, NULL)->waiting.n, 0);
	assert_null(mu_workspace_inbox(world->ws, "nowhere"));
}

static void an_assignment_is_the_assignees_load(void **state)
{
	struct world *world = *state;
	const struct mu_user *ann = mu_workspace_user(world->ws, "ann"),
			     *bob = mu_workspace_user(world->ws, "bob");
	const struct mu_conversation_record *record;
	struct mu_move move;

	create(world, "c", "support");
	record = assign(world, "c", "ann");
	assert_string_equal(record->assignee, "ann");
	assert_int_equal(record->assigned_at, world->now_ms - 1);
	assert_int_equal(ann->load, 1);
	assert_int_equal(ann->rotation, 1);
	assert_int_equal(mu_move_assign(record, "ann", MU_REASON_MANUAL, NULL, 1, &world->arena, &move),
			 MU_OK);
	assert_null(move.type);

	assert_int_equal(
		mu_move_assign(record, "bob", MU_REASON_MANUAL, "adm", world->now_ms, &world->arena, &move),
		MU_OK);
	assert_ptr_equal(move.type, &mu_conversation_reassigned);
	assert_string_equal(move.data.from, "ann");
	assert_string_equal(move.data.to, "bob");
	assert_string_equal(move.data.by, "adm");
	assert_string_equal(move.data.team, "support");
	apply(world, MU_OK, &move);
	assert_int_equal(ann->load, 0);
	assert_int_equal(bob->load, 1);
	assert_int_equal(bob->rotation, 2);
	assert_int_equal(record_of(world, "c")->version, 3);
}

static void what_is_taken_away_does_not_come_back_to_them(void **state)
{
	static const struct {
		enum mu_reason reason;
		const char *passed;
	} rows[] = {
		{ MU_REASON_RELEASED, "ann" }, { MU_REASON_MANUAL, "ann" }, { MU_REASON_OFFLINE, "" },
		{ MU_REASON_DEACTIVATED, "" }, { MU_REASON_CAPACITY, "" },  { MU_REASON_TEAM_CHANGED, "" },
	};
	struct world *world = *state;
	const int64_t now_ms = world->now_ms;

	create(world, "c", "support");
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		const struct mu_conversation_record *record = assign(world, "c", "ann");
		struct mu_move move;
		assert_string_equal(spell(world, &record->passed), "");
		record = apply(world, MOVE(mu_move_unassign, rows[i].reason), &move);
		assert_null(record->assignee);
		assert_int_equal(record->assigned_at, 0);
		assert_int_equal(record->queued_at, now_ms);
		assert_string_equal(spell(world, &record->passed), rows[i].passed);
		assert_ptr_equal(move.type, &mu_conversation_unassigned);
		assert_string_equal(move.data.from, "ann");
	}
}

static void an_offer_is_accepted_in_two_steps(void **state)
{
	struct world *world = *state;
	const int64_t now_ms = world->now_ms;
	const struct mu_user *ann = mu_workspace_user(world->ws, "ann");
	const struct mu_conversation_record *record;
	struct mu_move move;

	create(world, "c", "support");
	record = offer(world, "c", "ann");
	assert_string_equal(record->offered_to, "ann");
	assert_int_equal(ann->load, 1);
	assert_int_equal(ann->rotation, 0);
	record = apply(world, mu_move_accept(record, "ann", now_ms, &world->arena, &move), &move);
	assert_string_equal(record->offered_to, "ann");
	assert_null(mu_waiting_first(mu_workspace_inbox(world->ws, "support")));
	record = apply(world,
		       mu_move_assign(record, "ann", MU_REASON_AUTO, NULL, now_ms, &world->arena, &move),
		       &move);
	assert_ptr_equal(move.type, &mu_conversation_assigned);
	assert_string_equal(record->assignee, "ann");
	assert_null(record->offered_to);
	assert_int_equal(record->offer_expires_at, 0);
	assert_int_equal(ann->load, 1);
	assert_int_equal(ann->rotation, 1);
}

static void an_offer_that_is_over_is_passed(void **state)
{
	struct world *world = *state;
	const int64_t now_ms = world->now_ms;
	const struct mu_conversation_record *record;
	struct mu_move move;

	create(world, "c", "support");
	record = offer(world, "c", "ann");
	record = apply(world, mu_move_decline(record, "ann", now_ms, &world->arena, &move), &move);
	assert_string_equal(spell(world, &record->passed), "ann");
	assert_int_equal(move.data.reason, MU_REASON_DECLINED);
	assert_int_equal(mu_workspace_user(world->ws, "ann")->load, 0);
	record = offer(world, "c", "bob");
	record = apply(world, MOVE(mu_move_leave, MU_REASON_DEACTIVATED), &move);
	assert_ptr_equal(move.type, &mu_conversation_expired);
	assert_string_equal(spell(world, &record->passed), "ann bob");
	assert_true(mu_workspace_conversation(world->ws, "c")->waiting);
	assert_int_equal(MOVE(mu_move_leave, MU_REASON_DEACTIVATED), MU_OK);
	assert_null(move.type);
	record = offer(world, "c", "dan");
	record = assign(world, "c", "ann");
	assert_null(record->offered_to);
	assert_string_equal(spell(world, &record->passed), "bob");
}

static void every_status_ends_an_offer(void **state)
{
	struct world *world = *state;
	const int64_t now_ms = world->now_ms;
	const struct mu_conversation_record *record;
	struct mu_move move;

	create(world, "c", NULL);
	for (int way = 0; way < 3; way++) {
		record = offer(world, "c", "ann");
		if (way == 0)
			assert_int_equal(mu_move_pend(record, NULL, now_ms, &world->arena, &move), MU_OK);
		else if (way == 1)
			assert_int_equal(mu_move_snooze(record, 0, NULL, now_ms, &world->arena, &move),
					 MU_OK);
		else
			assert_int_equal(mu_move_resolve(record, NULL, now_ms, &world->arena, &move), MU_OK);
		record = apply(world, MU_OK, &move);
		assert_null(record->offered_to);
		assert_string_equal(spell(world, &record->passed), "");
		assert_int_equal(mu_workspace_user(world->ws, "ann")->load, 0);
		record = apply(world, MOVE(mu_move_reopen, MU_REASON_NONE), &move);
	}
}

static void statuses_keep_the_assignee_but_weigh_differently(void **state)
{
	struct world *world = *state;
	const int64_t now_ms = world->now_ms;
	const struct mu_user *ann = mu_workspace_user(world->ws, "ann");
	const struct mu_conversation_record *record;
	struct mu_move move;

	create(world, "c", "support");
	record = assign(world, "c", "ann");
	record = apply(world, mu_move_pend(record, NULL, now_ms, &world->arena, &move), &move);
	assert_int_equal(ann->load, 1);
	record = apply(world, MOVE(mu_move_snooze, now_ms + HOUR_MS), &move);
	assert_int_equal(record->snoozed_until, now_ms + HOUR_MS);
	assert_int_equal(move.data.until, now_ms + HOUR_MS);
	assert_int_equal(ann->load, 0);
	assert_int_equal(mu_routing_due_ms(world->ws), now_ms + HOUR_MS);
	assert_int_equal(MOVE(mu_move_snooze, now_ms + HOUR_MS), MU_OK);
	assert_null(move.type);
	record = resolve(world, "c");
	assert_string_equal(record->assignee, "ann");
	assert_int_equal(record->snoozed_until, 0);
	assert_int_equal(ann->load, 0);
	assert_ptr_equal(ann->kept, mu_workspace_conversation(world->ws, "c"));
	record = apply(world, MOVE(mu_move_reopen, MU_REASON_NONE), &move);
	assert_string_equal(record->assignee, "ann");
	assert_int_equal(ann->load, 1);
	assert_int_equal(ann->rotation, 1);
	assert_int_equal(record->resolved_at, 0);
}

static void a_reopened_one_may_lose_its_assignee_and_starts_anew(void **state)
{
	struct world *world = *state;
	const struct mu_conversation_record *record;
	int64_t now_ms = world->now_ms;
	struct mu_move move;

	create(world, "c", "support");
	record = assign(world, "c", "ann");
	record = apply(world, MOVE(mu_move_unassign, MU_REASON_RELEASED), &move);
	assign(world, "c", "bob");
	record = resolve(world, "c");
	now_ms = world->now_ms + HOUR_MS;
	record = apply(world, MOVE(mu_move_reopen, MU_REASON_CAPACITY), &move);
	assert_null(record->assignee);
	assert_int_equal(record->queued_at, now_ms);
	assert_string_equal(spell(world, &record->passed), "");
	assert_string_equal(move.data.from, "bob");
	assert_null(move.data.to);
	assert_int_equal(move.data.reason, MU_REASON_CAPACITY);
}

static void a_change_of_nothing_is_no_move(void **state)
{
	struct world *world = *state;
	const int64_t now_ms = world->now_ms;
	const struct mu_conversation_record *record = create(world, "c", "support");
	struct mu_conversation_record wanted = *record;
	struct mu_move move;

	assert_int_equal(MOVE(mu_move_retag, record), MU_OK);
	assert_null(move.type);
	assert_int_equal(mu_move_team(world->ws, record, "support", NULL, now_ms, &world->arena, &move),
			 MU_OK);
	assert_null(move.type);
	assert_int_equal(MOVE(mu_move_unassign, MU_REASON_MANUAL), MU_OK);
	assert_null(move.type);
	assert_int_equal(MOVE(mu_move_reopen, MU_REASON_NONE), MU_OK);
	assert_null(move.type);
	wanted.labels = words(world, "vip");
	wanted.subject = (char *)"Hello";
	wanted.priority = MU_PRIORITY_URGENT;
	record = apply(world, MOVE(mu_move_retag, &wanted), &move);
	assert_string_equal(spell(world, &record->labels), "vip");
	assert_string_equal(record->subject, "Hello");
	assert_int_equal(record->priority, MU_PRIORITY_URGENT);
	resolve(world, "c");
	record = record_of(world, "c");
	assert_int_equal(mu_move_resolve(record, NULL, now_ms, &world->arena, &move), MU_OK);
	assert_null(move.type);
}

static void another_team_keeps_only_whom_it_knows(void **state)
{
	static const struct {
		const char *holder;
		bool offered;
		const char *team;
		const struct mu_event_type *type;
		bool keeps;
	} rows[] = {
		{ NULL, false, "sales", &mu_conversation_updated, false },
		{ NULL, false, NULL, &mu_conversation_updated, false },
		{ "ann", false, "sales", &mu_conversation_unassigned, false },
		{ "dan", false, "sales", &mu_conversation_reassigned, true },
		{ "ann", false, NULL, &mu_conversation_reassigned, true },
		{ "ann", true, "sales", &mu_conversation_updated, false },
		{ "dan", true, "sales", &mu_conversation_updated, true },
	};
	struct world *world = *state;

	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		const char *id = mu_arena_printf(&world->arena, "c%zu", i);
		const struct mu_conversation_record *record = create(world, id, "support");
		const int64_t queued_at = record->queued_at;
		struct mu_move move;
		if (rows[i].holder)
			record = rows[i].offered ? offer(world, id, rows[i].holder)
						 : assign(world, id, rows[i].holder);
		record = apply(world,
			       mu_move_team(world->ws, record, rows[i].team, "adm", world->now_ms,
					    &world->arena, &move),
			       &move);
		assert_ptr_equal(move.type, rows[i].type);
		assert_int_equal(record->assignee || record->offered_to, rows[i].keeps);
		assert_int_equal(record->queued_at, queued_at);
		assert_int_equal(move.data.reason, rows[i].type == &mu_conversation_updated
							   ? MU_REASON_NONE
							   : MU_REASON_TEAM_CHANGED);
		assert_ptr_equal(mu_workspace_conversation(world->ws, id)->inbox,
				 mu_workspace_inbox(world->ws, rows[i].team));
	}
}

static void that_all_let_it_pass_holds_while_it_waits_on(void **state)
{
	struct world *world = *state;
	struct mu_arena *arena = &world->arena;
	const int64_t now_ms = world->now_ms;
	struct mu_conversation_record wanted = { .priority = MU_PRIORITY_URGENT };
	struct mu_move pass, move;
	const struct mu_conversation_record *record = create(world, "c", "support");

	record = apply(world, mu_move_pass(record, now_ms, arena, &pass), &pass);
	assert_ptr_equal(pass.type, &mu_conversation_escalated);
	assert_int_equal(pass.data.reason, MU_REASON_PASSED);
	assert_string_equal(pass.data.team, "support");
	assert_int_equal(record->passed_at, now_ms);
	assert_int_equal(record->left.n, 0);
#define STAYS(stays, call)                                                                                   \
	do {                                                                                                 \
		assert_int_equal((call), MU_OK);                                                             \
		assert_int_equal(move.data.record->passed_at, (stays) ? now_ms : 0);                         \
	} while (0)
	STAYS(true, mu_move_retag(record, &wanted, NULL, now_ms, arena, &move));
	STAYS(true, mu_move_escalate(record, NULL, MU_REASON_WAITING, now_ms, arena, &move));
	STAYS(false, mu_move_escalate(record, "sales", MU_REASON_OVERFLOW, now_ms, arena, &move));
	STAYS(false, mu_move_team(world->ws, record, "sales", NULL, now_ms, arena, &move));
	STAYS(false, mu_move_offer(record, "ann", now_ms + 1, now_ms, arena, &move));
	STAYS(false, mu_move_assign(record, "ann", MU_REASON_TAKEN, NULL, now_ms, arena, &move));
	STAYS(false, mu_move_pend(record, NULL, now_ms, arena, &move));
	STAYS(false, mu_move_snooze(record, now_ms + 1, NULL, now_ms, arena, &move));
	STAYS(false, mu_move_resolve(record, NULL, now_ms, arena, &move));
#undef STAYS
}

static void channels_say_what_weighs(void **state)
{
	struct world *world = *state;
	struct mu_channel channels[] = { { (char *)"phone", 3 }, { (char *)"sms", 0 } };
	struct mu_workspace_data data = { .given = 1 << MU_WS_CHANNELS, .channels = { channels, 2 } };
	const struct mu_user *ann = mu_workspace_user(world->ws, "ann");
	struct mu_conversation_record wanted = { .channel = (char *)"phone" };
	struct mu_move move;

	create(world, "c", "support");
	apply(world,
	      mu_move_retag(assign(world, "c", "ann"), &wanted, NULL, world->now_ms, &world->arena, &move),
	      &move);
	assert_int_equal(ann->load, 1);
	world_emit(world, &mu_workspace_updated, &data);
	assert_int_equal(ann->load, 3);
	assert_int_equal(mu_channel_weight(world->ws, "sms"), 0);
	assert_int_equal(mu_channel_weight(world->ws, "email"), 1);
	assert_int_equal(mu_channel_weight(world->ws, NULL), 1);
	data.channels.n = 0;
	world_emit(world, &mu_workspace_updated, &data);
	assert_int_equal(ann->load, 1);
}

/* ---- what doesn't fit ---- */

static void what_does_not_fit_does_not_apply(void **state)
{
	struct world *world = *state;
	const struct mu_conversation_record *record = create(world, "c", "support");
	struct mu_move good;
	static const char *const names[] = { "version", "record's version", "id",   "team",
					     "user",    "offered",          "both", "closed offer",
					     "nothing", "stranger" };

	assert_int_equal(mu_move_assign(record, "ann", MU_REASON_MANUAL, NULL, 1, &world->arena, &good),
			 MU_OK);
	for (size_t i = 0; i < MU_COUNT(names); i++) {
		struct mu_conversation_record bad = *good.data.record;
		struct mu_conversation_event data = good.data;
		data.record = &bad;
		data.version += i == 0;
		bad.version += i <= 1;
		bad.id = i == 2 ? (char *)"d" : bad.id;
		bad.team = i == 3 ? (char *)"nowhere" : bad.team;
		bad.assignee = i == 4 ? (char *)"zoe" : i == 5 || i == 7 ? NULL : bad.assignee;
		bad.offered_to = i == 5 ? (char *)"zoe" : i == 6 || i == 7 ? (char *)"bob" : NULL;
		bad.status = i == 7 ? MU_CONVERSATION_PENDING : bad.status;
		data.record = i == 8 ? NULL : &bad;
		data.conversation = i == 9 ? (char *)"e" : data.conversation;
		if (world_try(world, good.type, &data) != MU_CONFLICT)
			fail_msg("%s: applies", names[i]);
	}
	assert_int_equal(world_try(world, &mu_conversation_created, &good.data), MU_CONFLICT);
	assert_int_equal(world_try(world, good.type, &good.data), MU_OK);
	assert_int_equal(world_try(world, good.type, &good.data), MU_CONFLICT);
	assert_int_equal(world_try(world, &mu_conversation_removed, &good.data), MU_CONFLICT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_new_one_waits_since_now),
		CASE(an_assignment_is_the_assignees_load),
		CASE(what_is_taken_away_does_not_come_back_to_them),
		CASE(an_offer_is_accepted_in_two_steps),
		CASE(an_offer_that_is_over_is_passed),
		CASE(every_status_ends_an_offer),
		CASE(statuses_keep_the_assignee_but_weigh_differently),
		CASE(a_reopened_one_may_lose_its_assignee_and_starts_anew),
		CASE(a_change_of_nothing_is_no_move),
		CASE(another_team_keeps_only_whom_it_knows),
		CASE(that_all_let_it_pass_holds_while_it_waits_on),
		CASE(channels_say_what_weighs),
		CASE(what_does_not_fit_does_not_apply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
