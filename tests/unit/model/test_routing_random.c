/* Random days: whatever people, the platform and time do, what the state keeps about conversations is what a
 * plain count over all of them gives, and what routing does is what a plain look at everything would do. */
#include "routing_reference.h"

#include "muster/model/capacity.h"

#define STEPS 1500
#define AGENTS 8
#define CONVERSATIONS_MAX 60

#define CHECK(day, condition) CHECK_RANDOM(&(day)->random, condition)

/* ---- what must hold after every event ---- */

static void check_people(struct day *day)
{
	const struct mu_workspace *ws = day->world->ws;
	size_t unnoted = 0, listed = 0;

	for (const struct mu_user *user = ws->users; user; user = user->hh.next) {
		size_t held = 0, kept = 0;
		CHECK(day, user->load == plain_load(ws, user));
		for (const struct mu_conversation *each = user->held; each; each = each->next_held)
			held += each->holder == user && each->record.status != MU_CONVERSATION_RESOLVED;
		for (const struct mu_conversation *each = user->kept; each; each = each->next_held)
			kept += each->holder == user && each->record.status == MU_CONVERSATION_RESOLVED;
		for (const struct mu_conversation *each = ws->conversations; each; each = each->hh.next) {
			const bool theirs = same(each->record.assignee, user->id) ||
					    same(each->record.offered_to, user->id);
			held -= theirs && each->record.status != MU_CONVERSATION_RESOLVED;
			kept -= theirs && each->record.status == MU_CONVERSATION_RESOLVED;
		}
		CHECK(day, !held && !kept);
		unnoted += user->load != user->noted_load || mu_user_full(user) != user->noted_full;
	}
	for (const struct mu_user *user = ws->unnoted; user; user = user->next_unnoted)
		listed++;
	CHECK(day, listed == unnoted);
}

static void check_inbox(struct day *day, const char *team)
{
	const struct mu_workspace *ws = day->world->ws;
	const struct mu_inbox *inbox = mu_workspace_inbox(ws, team);
	const struct mu_conversation *last = NULL, *fresh = NULL;
	size_t waiting = 0, left = 0, n = 0, passed = 0, some_passed = 0;
	uint32_t by_weight[MU_WEIGHT_MAX + 1] = { 0 };

	for (const struct mu_conversation *each = ws->conversations; each; each = each->hh.next) {
		if (!plain_waits(each) || !same(each->record.team, team))
			continue;
		waiting++;
		left += plain_left(each);
		passed += each->record.passed_at != 0;
		some_passed += each->record.passed.n && !each->record.passed_at;
		by_weight[plain_weight(ws, each)]++;
	}
	for (const struct mu_conversation *each = mu_waiting_first(inbox); each;
	     each = mu_waiting_next(each)) {
		CHECK(day, plain_waits(each) && same(each->record.team, team));
		CHECK(day, !last || plain_before(last, each));
		n++;
		last = each;
		fresh = fresh || plain_left(each) ? fresh : each;
	}
	CHECK(day, n == waiting && inbox->waiting.n == waiting && inbox->waiting.n_left == left);
	CHECK(day, mu_waiting_fresh(inbox) == fresh);
	for (const struct mu_conversation *each = inbox->waiting.some_passed; each;
	     each = each->next_passed) {
		CHECK(day, plain_waits(each) && each->record.passed.n && !each->record.passed_at);
		some_passed--;
	}
	CHECK(day, inbox->waiting.n_passed == passed && !some_passed);
	CHECK(day, !memcmp(by_weight, inbox->waiting.by_weight, sizeof(by_weight)));
}

static void check_state(struct day *day)
{
	const struct mu_workspace *ws = day->world->ws;
	int64_t due = INT64_MAX;
	size_t unresolved = 0, offered = 0;

	for (const struct mu_conversation *each = ws->conversations; each; each = each->hh.next) {
		CHECK(day, !each->record.assignee || !each->record.offered_to);
		due = plain_due(ws, each) < due ? plain_due(ws, each) : due;
		unresolved += each->record.status != MU_CONVERSATION_RESOLVED;
		offered += each->record.offered_to != NULL;
	}
	CHECK(day, due == mu_routing_due_ms(ws));
	for (const struct mu_conversation *each = ws->unresolved; each; each = each->next_unresolved)
		unresolved--;
	for (const struct mu_conversation *each = ws->offered; each; each = each->next_offered)
		offered--;
	CHECK(day, !unresolved && !offered);
	check_people(day);
	check_inbox(day, NULL);
	for (const struct mu_team *team = ws->teams; team; team = team->hh.next)
		check_inbox(day, team->id);
}

static void emit(struct day *day, const struct mu_event_type *type, const void *data)
{
	if (world_try(day->world, type, data))
		fail_msg("%s does not apply; run again with MU_TEST_SEED=%" PRIu64, type->name,
			 day->random.seed);
	check_state(day);
}

static void emit_move(struct day *day, enum mu_err err, const struct mu_move *move)
{
	const struct mu_conversation *is;

	assert_int_equal(err, MU_OK);
	if (!move->type)
		return;
	is = mu_workspace_conversation(day->world->ws, move->data.conversation);
	CHECK(day, move->data.version == (is ? is->record.version : 0) + 1);
	emit(day, move->type, &move->data);
}

/* ---- routing, next to the reference ---- */

static bool is_there(void *arg, const struct mu_user *user)
{
	const struct day *day = arg;

	return !mu_strs_has(&day->gone, user->id);
}

/* Work that is given out is the first that somebody gets, and goes to the right one. */
static void check_given(struct day *day, const struct mu_move *move)
{
	const struct mu_conversation *first = plain_next(day);
	const struct mu_crew crew = { .there = is_there, .arg = day };

	CHECK(day, first && same(first->record.id, move->data.conversation));
	CHECK(day, same(plain_pick(day, first)->id, move->data.to));
	CHECK(day, mu_routing_pick(day->world->ws, first, &crew) == plain_pick(day, first));
}

static void check_settled(struct day *day)
{
	const struct mu_workspace *ws = day->world->ws;

	CHECK(day, !plain_next(day));
	CHECK(day, mu_routing_due_ms(ws) > day->world->now_ms);
	for (const struct mu_conversation *each = ws->offered; each; each = each->next_offered)
		CHECK(day, plain_at_work(mu_workspace_user(ws, each->record.offered_to)));
	for (const struct mu_conversation *each = ws->unresolved; each; each = each->next_unresolved)
		CHECK(day, !plain_waits(each) || each->inbox->strategy == MU_STRATEGY_MANUAL ||
				   each->record.passed_at || !plain_passed(day, each));
	for (const struct mu_conversation *each = ws->unresolved; each; each = each->next_unresolved)
		CHECK(day, !plain_waits(each) || !each->inbox->settings.overflow_nobody || plain_left(each) ||
				   plain_anybody(day, each->record.team));
}

static void route(struct day *day)
{
	struct mu_crew crew = { .there = is_there, .arg = day };

	for (int n = 0; n < 10 * CONVERSATIONS_MAX; n++) {
		struct mu_move move = { 0 };
		assert_int_equal(
			mu_routing_next(day->world->ws, &crew, day->world->now_ms, &day->arena, &move),
			MU_OK);
		if (!move.type) {
			check_settled(day);
			return;
		}
		if (move.type == &mu_conversation_assigned || move.type == &mu_conversation_offered)
			check_given(day, &move);
		emit_move(day, MU_OK, &move);
	}
	fail_msg("routing doesn't end; run again with MU_TEST_SEED=%" PRIu64, day->random.seed);
}

/* ---- what happens ---- */

static uint64_t below(struct day *day, uint64_t n)
{
	return random_below(&day->random, n);
}

static const struct mu_user *some_user(struct day *day)
{
	const struct mu_user *user = day->world->ws->users;

	for (uint64_t n = below(day, HASH_COUNT(day->world->ws->users)); n; n--)
		user = user->hh.next;
	return user;
}

static const char *some_team(struct day *day)
{
	static const char *const teams[] = { "support", "sales", "night", NULL };
	const char *team = teams[below(day, MU_COUNT(teams))];

	return mu_workspace_team(day->world->ws, team) ? team : NULL;
}

static const struct mu_conversation *some_conversation(struct day *day)
{
	const struct mu_conversation *each = day->world->ws->conversations;

	for (uint64_t n = each ? below(day, HASH_COUNT(day->world->ws->conversations)) : 0; n; n--)
		each = each->hh.next;
	return each;
}

static void arrive(struct day *day)
{
	static const char *const channels[] = { NULL, "email", "phone", "sms" };
	struct mu_conversation_record record = { .team = (char *)some_team(day),
						 .channel = (char *)channels[below(day, 4)],
						 .priority = (int)below(day, 4),
						 .status = below(day, 8) ? MU_CONVERSATION_OPEN
									 : (int)below(day, 4) };
	struct mu_move move = { 0 };

	if (HASH_COUNT(day->world->ws->conversations) >= CONVERSATIONS_MAX)
		return;
	record.id = mu_arena_printf(&day->arena, "c%u", ++day->made);
	emit_move(day, mu_move_create(&record, NULL, day->world->now_ms, &day->arena, &move), &move);
}

static void assign(struct day *day)
{
	const struct mu_conversation *conversation = some_conversation(day);
	struct mu_move move = { 0 };

	if (conversation && conversation->record.status != MU_CONVERSATION_RESOLVED)
		emit_move(day,
			  mu_move_assign(&conversation->record, some_user(day)->id, MU_REASON_MANUAL, NULL,
					 day->world->now_ms, &day->arena, &move),
			  &move);
}

static void unassign(struct day *day)
{
	const struct mu_conversation *conversation = some_conversation(day);
	struct mu_move move = { 0 };

	if (conversation)
		emit_move(day,
			  mu_move_unassign(&conversation->record, MU_REASON_RELEASED, NULL,
					   day->world->now_ms, &day->arena, &move),
			  &move);
}

static void answer(struct day *day)
{
	const struct mu_conversation *offered = day->world->ws->offered;
	const struct mu_conversation_record *record = offered ? &offered->record : NULL;
	const int64_t now_ms = day->world->now_ms;
	struct mu_move move = { 0 };

	if (!offered)
		return;
	if (below(day, 2)) {
		emit_move(day, mu_move_decline(record, NULL, now_ms, &day->arena, &move), &move);
		return;
	}
	emit_move(day, mu_move_accept(record, NULL, now_ms, &day->arena, &move), &move);
	record = move.data.record;
	emit_move(
		day,
		mu_move_assign(record, record->offered_to, MU_REASON_AUTO, NULL, now_ms, &day->arena, &move),
		&move);
}

static enum mu_err reopen(struct day *day, const struct mu_conversation *conversation,
			  struct mu_move *ret_move)
{
	const enum mu_reason lost = mu_routing_keeps(day->world->ws, &conversation->record);

	CHECK(day, (lost == MU_REASON_NONE) == plain_keeps(day->world->ws, conversation));
	return mu_move_reopen(&conversation->record, lost, NULL, day->world->now_ms, &day->arena, ret_move);
}

static void change_status(struct day *day)
{
	const struct mu_conversation *conversation = some_conversation(day);
	const int64_t now_ms = day->world->now_ms;
	struct mu_arena *arena = &day->arena;
	struct mu_move move = { 0 };
	enum mu_err err;

	if (!conversation)
		return;
	switch (below(day, 6)) {
	case 0:
		err = mu_move_pend(&conversation->record, NULL, now_ms, arena, &move);
		break;
	case 1:
		err = mu_move_snooze(&conversation->record, now_ms + (int64_t)below(day, 5000), NULL, now_ms,
				     arena, &move);
		break;
	case 2:
		err = reopen(day, conversation, &move);
		break;
	default:
		err = mu_move_resolve(&conversation->record, NULL, now_ms, arena, &move);
	}
	emit_move(day, err, &move);
}

static void change_tags(struct day *day)
{
	const struct mu_conversation *conversation = some_conversation(day);
	struct mu_conversation_record wanted;
	struct mu_move move = { 0 };

	if (!conversation)
		return;
	wanted = conversation->record;
	wanted.priority = (int)below(day, 4);
	wanted.channel = below(day, 2) ? (char *)"phone" : NULL;
	emit_move(day,
		  mu_move_retag(&conversation->record, &wanted, NULL, day->world->now_ms, &day->arena, &move),
		  &move);
}

static void change_team(struct day *day)
{
	const struct mu_conversation *conversation = some_conversation(day);
	struct mu_move move = { 0 };

	if (conversation)
		emit_move(day,
			  mu_move_team(day->world->ws, &conversation->record, some_team(day), NULL,
				       day->world->now_ms, &day->arena, &move),
			  &move);
}

static void toggle(struct day *day)
{
	static const char *const statuses[] = { "available", "available", "away", "busy", "offline" };
	const struct mu_user *user = some_user(day);
	char *status = (char *)statuses[below(day, MU_COUNT(statuses))];
	const struct mu_presence_chosen chosen = { .user = user->id, .status = status };
	const struct mu_presence_changed changed = {
		.user = user->id, .from = (char *)"away", .to = status, .since = day->world->now_ms
	};

	if (below(day, 4) == 0) {
		assert_int_equal(mu_strs_add(&day->world->arena, &day->gone, user->id), MU_OK);
		return;
	}
	if (below(day, 4) == 0)
		day->gone.n = 0;
	emit(day, &mu_presence_chosen_type, &chosen);
	if (user->active && below(day, 5))
		emit(day, &mu_presence_changed_type, &changed);
}

/* What somebody holds goes before they do; now and then a log says nothing of it. */
static void leave(struct day *day, const struct mu_user *user, const char *team, enum mu_reason reason)
{
	const struct mu_conversation *next, *each = below(day, 5) ? user->held : NULL;

	for (; each; each = next) {
		struct mu_move move = { 0 };
		next = each->next_held;
		if (!team || same(each->record.team, team))
			emit_move(day,
				  mu_move_leave(&each->record, reason, NULL, day->world->now_ms, &day->arena,
						&move),
				  &move);
	}
}

static void change_member(struct day *day)
{
	const struct mu_user *user = some_user(day);
	const struct mu_team_member member = { .user = user->id, .team = (char *)some_team(day) };

	if (!member.team)
		return;
	if (!mu_strs_has(&user->teams, member.team)) {
		emit(day, &mu_team_member_added, &member);
		return;
	}
	leave(day, user, member.team, MU_REASON_TEAM_CHANGED);
	emit(day, &mu_team_member_removed, &member);
}

static void change_person(struct day *day)
{
	const struct mu_user *user = some_user(day);
	const struct mu_user_ref ref = { .user = user->id };
	const struct mu_user_data data = { .given = 1 << MU_USER_CAPACITY,
					   .user = user->id,
					   .capacity = (int64_t)below(day, 7) };

	if (below(day, 3)) {
		emit(day, &mu_user_updated, &data);
	} else if (!user->active) {
		emit(day, &mu_user_reactivated, &ref);
	} else if (strcmp(user->id, "olga") != 0) {
		leave(day, user, NULL, MU_REASON_DEACTIVATED);
		if (below(day, 2)) {
			emit(day, &mu_user_deactivated, &ref);
			return;
		}
		char *id = mu_arena_strdup(&day->arena, user->id);
		emit(day, &mu_user_removed, &(struct mu_user_ref){ .user = id });
		world_user(day->world, id, "agent");
		check_state(day);
	}
}

static void change_settings(struct day *day)
{
	struct mu_channel channels[] = { { (char *)"phone", (int64_t)below(day, 4) },
					 { (char *)"sms", (int64_t)below(day, 2) } };
	struct mu_routing_settings settings = { .offer_ms = below(day, 2) ? 500 : 0,
						.requeue_ms = below(day, 2) ? 300 : 0,
						.overflow_ms = below(day, 2) ? 900 : 0,
						.overflow_nobody = below(day, 2),
						.overflow_team = (char *)some_team(day) };
	const struct mu_workspace_data all = { .given = 1 << MU_WS_STRATEGY | 1 << MU_WS_SETTINGS |
							1 << MU_WS_CHANNELS,
					       .strategy = (int)below(day, 3),
					       .settings = &settings,
					       .channels = { channels, below(day, 3) } };
	const struct mu_team_data data = { .given = 1 << MU_TEAM_STRATEGY | 1 << MU_TEAM_SETTINGS,
					   .id = (char *)some_team(day),
					   .strategy = (int)below(day, 3),
					   .settings = &settings };

	if (!data.id)
		emit(day, &mu_workspace_updated, &all);
	else if (!same(settings.overflow_team, data.id))
		emit(day, &mu_team_updated, &data);
}

/* The team of the night comes and goes. */
static void change_teams(struct day *day)
{
	const struct mu_id_data id = { .id = (char *)"night" };

	if (mu_workspace_team(day->world->ws, "night")) {
		emit(day, &mu_team_deleted, &id);
	} else {
		world_team(day->world, "night", "dan");
		check_state(day);
	}
}

static void pass_time(struct day *day)
{
	day->world->now_ms += (int64_t)below(day, 400);
	if (below(day, 50) == 0)
		day->world->now_ms += day->world->ws->resolved_keep_ms;
}

static void note_loads(struct day *day)
{
	const struct mu_workspace *ws = day->world->ws;

	while (ws->unnoted) {
		const struct mu_user *user = ws->unnoted;
		const struct mu_capacity_event data = { .user = user->id,
							.load = user->load,
							.capacity = user->capacity };
		if (user->load != user->noted_load)
			emit(day, &mu_load_changed, &data);
		else
			emit(day, mu_user_full(user) ? &mu_capacity_reached : &mu_capacity_freed, &data);
	}
}

/* A snapshot of the state gives the state (I6). */
static void rebuild(struct day *day)
{
	struct mu_workspace *copy = world_copy(day->world->ws);
	char *before = world_text(day->world->ws), *after = world_text(copy);

	if (strcmp(before, after))
		fail_msg("a snapshot differs; run again with MU_TEST_SEED=%" PRIu64, day->random.seed);
	free(before);
	free(after);
	mu_workspace_destroy(day->world->ws);
	day->world->ws = copy;
	check_state(day);
}

static void random_days_keep_every_promise(void **state)
{
	static void (*const happenings[])(struct day *) = {
		arrive,        arrive,        arrive,        arrive,          assign,
		unassign,      answer,        answer,        change_status,   change_status,
		change_status, change_tags,   change_team,   toggle,          toggle,
		toggle,        change_member, change_person, change_settings, change_teams,
		pass_time,     pass_time,     pass_time,     note_loads,      rebuild,
	};
	struct day day = { .world = *state, .random = random_start() };

	for (int i = 0; i < AGENTS; i++) {
		char *id = mu_arena_printf(&day.world->arena, "a%d", i);
		world_user(day.world, id, "agent");
	}
	for (int step = 0; step < STEPS; step++) {
		happenings[below(&day, MU_COUNT(happenings))](&day);
		if (below(&day, 2))
			route(&day);
		mu_arena_finish(&day.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { CASE(random_days_keep_every_promise) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
