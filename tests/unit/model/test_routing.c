/* Routing, by the table of routing_cases.h. */
#include "routing_cases.h"
#include "world.h"

#include "muster/model/capacity.h"
#include "muster/model/routing.h"

#define NO_LIMIT 1000 /* moves after which routing is taken for endless */

struct scene {
	struct mu_workspace *ws;
	struct mu_arena arena;
	int64_t now_ms;
	struct mu_strs away; /* not there, whatever the log says */
	struct mu_strs moves;
};

/* ---- words ---- */

static char *next_word(char **rest)
{
	char *word;

	while ((word = strsep(rest, " ")) && !*word)
		;
	return word;
}

static char *need_word(char **rest)
{
	char *word = next_word(rest);

	if (!word)
		fail_msg("a word is missing");
	return word;
}

static int64_t need_number(char **rest)
{
	return strtoll(need_word(rest), NULL, 10);
}

static bool is(const char *word, const char *other)
{
	return word && other && !strcmp(word, other);
}

static int find_name(const char *const *names, const char *name)
{
	for (int i = 0; names[i]; i++)
		if (is(name, names[i]))
			return i;
	return -1;
}

/* ---- the state ---- */

static void emit(struct scene *scene, const struct mu_event_type *type, const void *data)
{
	const struct mu_event event = { .type = type,
					.name = type->name,
					.seq = scene->ws->seq + 1,
					.at_ms = scene->now_ms,
					.data = (void *)data };

	if (mu_event_apply(scene->ws, &event))
		fail_msg("%s does not apply", type->name);
}

static void read_settings(char **rest, int *ret_strategy, struct mu_routing_settings *settings)
{
	const char *word;

	*ret_strategy = find_name(mu_strategy_names, need_word(rest));
	while ((word = next_word(rest))) {
		if (is(word, "offer"))
			settings->offer_ms = need_number(rest);
		else if (is(word, "requeue"))
			settings->requeue_ms = need_number(rest);
		else if (is(word, "overflow"))
			settings->overflow_ms = need_number(rest);
		else if (is(word, "nobody"))
			settings->overflow_nobody = true;
		else if (is(word, "to"))
			settings->overflow_team = need_word(rest);
		else
			fail_msg("settings: %s?", word);
	}
}

static void do_team(struct scene *scene, char **rest)
{
	struct mu_routing_settings settings = { 0 };
	struct mu_team_data data = { .given = UINT64_MAX, .settings = &settings };

	data.id = data.name = need_word(rest);
	read_settings(rest, &data.strategy, &settings);
	emit(scene, mu_workspace_team(scene->ws, data.id) ? &mu_team_updated : &mu_team_created, &data);
}

static void do_inbox(struct scene *scene, char **rest)
{
	struct mu_routing_settings settings = { 0 };
	struct mu_workspace_data data = { .given = 1 << MU_WS_STRATEGY | 1 << MU_WS_SETTINGS,
					  .settings = &settings };

	read_settings(rest, &data.strategy, &settings);
	emit(scene, &mu_workspace_updated, &data);
}

static void do_channel(struct scene *scene, char **rest)
{
	struct mu_channel channel = { .id = need_word(rest), .weight = need_number(rest) };
	const struct mu_workspace_data data = { .given = 1 << MU_WS_CHANNELS, .channels = { &channel, 1 } };

	emit(scene, &mu_workspace_updated, &data);
}

static void show(struct scene *scene, const char *user, const char *chosen, const char *shown)
{
	const struct mu_presence_chosen choice = { .user = (char *)user, .status = (char *)chosen };
	const struct mu_presence_changed changed = {
		.user = (char *)user, .from = (char *)"offline", .to = (char *)shown, .since = scene->now_ms
	};

	emit(scene, &mu_presence_chosen_type, &choice);
	emit(scene, &mu_presence_changed_type, &changed);
}

static void do_status(struct scene *scene, char **rest)
{
	const char *user = need_word(rest), *status = need_word(rest);

	show(scene, user, status, status);
}

static void join(struct scene *scene, const char *user, const char *team)
{
	const struct mu_team_member member = { .user = (char *)user, .team = (char *)team };

	emit(scene, &mu_team_member_added, &member);
}

static void add_conversation(struct scene *scene, struct mu_conversation_record *record)
{
	const struct mu_conversation_event data = { .conversation = record->id,
						    .version = record->version,
						    .record = record };

	emit(scene, &mu_conversation_created, &data);
}

static void add_load(struct scene *scene, const char *user, int64_t load)
{
	for (; load > 0; load--) {
		struct mu_conversation_record record = { .version = 1, .created_at = 1, .queued_at = 1 };
		record.id = mu_arena_printf(&scene->arena, "%s.%" PRId64, user, load);
		record.assignee = (char *)user;
		add_conversation(scene, &record);
	}
}

static void add_user(struct scene *scene, const char *id, int64_t capacity, const char *role)
{
	struct mu_user_data data = { .given = UINT64_MAX, .user = (char *)id, .name = (char *)id };

	data.capacity = capacity;
	data.email = mu_arena_printf(&scene->arena, "%s@acme.test", id);
	if (role)
		assert_int_equal(mu_strs_add(&scene->arena, &data.roles, role), MU_OK);
	emit(scene, &mu_user_created, &data);
}

static void do_user(struct scene *scene, char **rest)
{
	const char *id = need_word(rest), *team = "t", *status = "available", *shown = NULL, *word;
	const char *role = "agent";
	int64_t capacity = 5, load = 0;
	struct mu_capacity_event noted = { .user = (char *)id };

	while ((word = next_word(rest))) {
		if (is(word, "of"))
			team = need_word(rest);
		else if (is(word, "capacity"))
			capacity = need_number(rest);
		else if (is(word, "load"))
			load = need_number(rest);
		else if (is(word, "rotation"))
			noted.rotation = need_number(rest);
		else if (is(word, "unseen"))
			assert_int_equal(mu_strs_add(&scene->arena, &scene->away, id), MU_OK);
		else if (is(word, "idle"))
			shown = "away";
		else if (is(word, "bare"))
			role = NULL;
		else
			status = word;
	}
	add_user(scene, id, capacity, role);
	show(scene, id, status, shown ? shown : status);
	if (!is(team, "none"))
		join(scene, id, team);
	add_load(scene, id, load);
	emit(scene, &mu_load_changed, &noted);
}

static void read_state(struct scene *scene, const char *word, char **rest,
		       struct mu_conversation_record *record)
{
	if (is(word, "pending")) {
		record->status = MU_CONVERSATION_PENDING;
	} else if (is(word, "snoozed")) {
		record->status = MU_CONVERSATION_SNOOZED;
		record->snoozed_until = scene->now_ms + need_number(rest);
	} else if (is(word, "resolved")) {
		record->status = MU_CONVERSATION_RESOLVED;
		record->resolved_at = scene->now_ms - need_number(rest);
	} else {
		record->priority = find_name(mu_priority_names, word);
		if (record->priority < 0)
			fail_msg("conv: %s?", word);
	}
}

static void do_conv(struct scene *scene, char **rest)
{
	struct mu_conversation_record record = { .team = (char *)"t",
						 .priority = MU_PRIORITY_NORMAL,
						 .version = 1,
						 .created_at = scene->now_ms,
						 .queued_at = scene->now_ms };
	const char *word;

	record.id = need_word(rest);
	while ((word = next_word(rest))) {
		if (is(word, "team"))
			record.team = need_word(rest);
		else if (is(word, "age"))
			record.queued_at = scene->now_ms - need_number(rest);
		else if (is(word, "channel"))
			record.channel = need_word(rest);
		else if (is(word, "passed"))
			assert_int_equal(mu_strs_add(&scene->arena, &record.passed, need_word(rest)), MU_OK);
		else if (is(word, "left"))
			assert_int_equal(mu_strs_add(&scene->arena, &record.left, need_word(rest)), MU_OK);
		else if (is(word, "of"))
			record.assignee = need_word(rest);
		else
			read_state(scene, word, rest, &record);
	}
	if (is(record.team, "none"))
		record.team = NULL;
	if (record.assignee)
		record.assigned_at = scene->now_ms;
	add_conversation(scene, &record);
}

/* ---- routing ---- */

static bool is_there(void *arg, const struct mu_user *user)
{
	const struct scene *scene = arg;

	return !mu_strs_has(&scene->away, user->id);
}

static const char *whom(const struct mu_move *move, const struct mu_conversation *before)
{
	const struct mu_conversation_event *data = &move->data;

	if (move->type == &mu_conversation_escalated)
		return data->team && !is(data->team, before->record.team) ? data->team : "-";
	if (move->type == &mu_conversation_reopened)
		return data->to ? data->to : "-";
	return data->to ? data->to : data->from;
}

static void note(struct scene *scene, const struct mu_move *move)
{
	const struct mu_conversation *before = mu_workspace_conversation(scene->ws, move->data.conversation);
	const char *type = strchr(move->type->name, '.') + 1, *who = whom(move, before);
	const char *reason = move->data.reason ? mu_reason_names[move->data.reason] : NULL;
	char *text;

	text = mu_arena_printf(&scene->arena, "%s %s%s%s%s%s", move->data.conversation, type, who ? " " : "",
			       who ? who : "", reason ? " " : "", reason ? reason : "");
	assert_int_equal(mu_strs_add(&scene->arena, &scene->moves, text), MU_OK);
}

static void route(struct scene *scene)
{
	struct mu_crew crew = { .there = is_there, .arg = scene };
	struct mu_move move;

	for (int n = 0;; n++) {
		assert_int_equal(mu_routing_next(scene->ws, &crew, scene->now_ms, &scene->arena, &move),
				 MU_OK);
		if (!move.type)
			break;
		note(scene, &move);
		emit(scene, move.type, &move.data);
		if (n > NO_LIMIT)
			fail_msg("routing doesn't end");
	}
	assert_true(mu_routing_due_ms(scene->ws) > scene->now_ms);
}

/* ---- when ---- */

static const struct mu_conversation_record *need_conversation(struct scene *scene, char **rest)
{
	const char *id = need_word(rest);
	const struct mu_conversation *conversation = mu_workspace_conversation(scene->ws, id);

	if (!conversation)
		fail_msg("there is no conversation %s", id);
	return &conversation->record;
}

static void make(struct scene *scene, enum mu_err err, const struct mu_move *move)
{
	assert_int_equal(err, MU_OK);
	assert_non_null(move->type);
	emit(scene, move->type, &move->data);
}

static void do_wait(struct scene *scene, char **rest)
{
	scene->now_ms += need_number(rest);
}

static void do_leave(struct scene *scene, char **rest)
{
	assert_int_equal(mu_strs_add(&scene->arena, &scene->away, need_word(rest)), MU_OK);
}

static void do_return(struct scene *scene, char **rest)
{
	assert_string_equal(scene->away.v[0], need_word(rest));
	scene->away.n = 0;
}

static void do_deactivate(struct scene *scene, char **rest)
{
	const struct mu_user_ref data = { .user = need_word(rest) };

	emit(scene, &mu_user_deactivated, &data);
}

static void do_join(struct scene *scene, char **rest)
{
	const char *user = need_word(rest);

	join(scene, user, need_word(rest));
}

static void do_part(struct scene *scene, char **rest)
{
	const struct mu_team_member member = { .user = need_word(rest), .team = need_word(rest) };

	emit(scene, &mu_team_member_removed, &member);
}

static void do_capacity(struct scene *scene, char **rest)
{
	const struct mu_user_data data = { .given = 1 << MU_USER_CAPACITY,
					   .user = need_word(rest),
					   .capacity = need_number(rest) };

	emit(scene, &mu_user_updated, &data);
}

static void do_assign(struct scene *scene, char **rest)
{
	const struct mu_conversation_record *record = need_conversation(scene, rest);
	struct mu_move move = { 0 };

	make(scene,
	     mu_move_assign(record, need_word(rest), MU_REASON_MANUAL, NULL, scene->now_ms, &scene->arena,
			    &move),
	     &move);
}

static void do_unassign(struct scene *scene, char **rest)
{
	struct mu_move move = { 0 };

	make(scene,
	     mu_move_unassign(need_conversation(scene, rest), MU_REASON_RELEASED, NULL, scene->now_ms,
			      &scene->arena, &move),
	     &move);
}

static void do_resolve(struct scene *scene, char **rest)
{
	struct mu_move move = { 0 };

	make(scene,
	     mu_move_resolve(need_conversation(scene, rest), NULL, scene->now_ms, &scene->arena, &move),
	     &move);
}

static void do_reopen(struct scene *scene, char **rest)
{
	const struct mu_conversation_record *record = need_conversation(scene, rest);
	const enum mu_reason lost = mu_routing_keeps(scene->ws, record);
	struct mu_move move = { 0 };

	make(scene, mu_move_reopen(record, lost, NULL, scene->now_ms, &scene->arena, &move), &move);
}

static void do_decline(struct scene *scene, char **rest)
{
	struct mu_move move = { 0 };

	make(scene,
	     mu_move_decline(need_conversation(scene, rest), NULL, scene->now_ms, &scene->arena, &move),
	     &move);
}

static void do_accept(struct scene *scene, char **rest)
{
	const struct mu_conversation_record *record = need_conversation(scene, rest);
	struct mu_move move = { 0 };

	make(scene, mu_move_accept(record, NULL, scene->now_ms, &scene->arena, &move), &move);
	record = move.data.record;
	make(scene,
	     mu_move_assign(record, record->offered_to, MU_REASON_AUTO, NULL, scene->now_ms, &scene->arena,
			    &move),
	     &move);
}

static void do_rebuild(struct scene *scene, char **rest)
{
	struct mu_workspace *copy = world_copy(scene->ws);

	mu_workspace_destroy(scene->ws);
	scene->ws = copy;
}

static void do_route(struct scene *scene, char **rest)
{
}

static const struct {
	const char *word;
	void (*run)(struct scene *scene, char **rest);
} statements[] = {
	{ "team", do_team },         { "inbox", do_inbox },     { "channel", do_channel },
	{ "user", do_user },         { "conv", do_conv },       { "status", do_status },
	{ "wait", do_wait },         { "leave", do_leave },     { "return", do_return },
	{ "join", do_join },         { "part", do_part },       { "deactivate", do_deactivate },
	{ "capacity", do_capacity }, { "assign", do_assign },   { "unassign", do_unassign },
	{ "resolve", do_resolve },   { "reopen", do_reopen },   { "decline", do_decline },
	{ "accept", do_accept },     { "rebuild", do_rebuild }, { "route", do_route },
};

static void run_statement(struct scene *scene, char *text)
{
	const char *word = next_word(&text);

	for (size_t i = 0; i < MU_COUNT(statements); i++)
		if (is(word, statements[i].word)) {
			statements[i].run(scene, &text);
			if (next_word(&text))
				fail_msg("%s: a word too many", word);
			return;
		}
	fail_msg("statement %s?", word);
}

static void run_all(struct scene *scene, const char *text, bool routed)
{
	char *rest = mu_arena_strdup(&scene->arena, text), *statement;

	while ((statement = strsep(&rest, ";"))) {
		run_statement(scene, statement);
		if (routed)
			route(scene);
	}
}

/* A workspace with custom statuses, and zoe, whom nobody has seen. */
static void begin(struct scene *scene)
{
	struct mu_status_record statuses[] = {
		{ (char *)"lunch", (char *)"Lunch", MU_AWAY, false },
		{ (char *)"shift", (char *)"On shift", MU_BUSY, true },
		{ (char *)"stroll", (char *)"Strolling", MU_AWAY, true },
		{ (char *)"ghost", (char *)"Unseen", MU_OFFLINE, true },
	};
	const struct mu_workspace_data data = { .given = 1 << MU_WS_NAME | 1 << MU_WS_STATUSES,
						.name = (char *)"Acme",
						.statuses = { statuses, MU_COUNT(statuses) } };
	struct mu_role_data role;

	assert_int_equal(mu_hash_start(), MU_OK);
	*scene = (struct scene){ .ws = mu_workspace_create("acme"), .now_ms = NOW_MS };
	for (unsigned i = 0; mu_builtin_role(i); i++) {
		assert_int_equal(mu_builtin_role_data(mu_builtin_role(i), &scene->arena, &role), MU_OK);
		emit(scene, &mu_role_created, &role);
	}
	emit(scene, &mu_workspace_created, &data);
	add_user(scene, "zoe", 5, "agent");
}

static const char *spell_moves(struct scene *scene)
{
	const char *text = "";

	for (size_t i = 0; i < scene->moves.n; i++)
		text = mu_arena_printf(&scene->arena, "%s%s%s", text, i ? "; " : "", scene->moves.v[i]);
	return text;
}

static void every_rule_holds(void **state)
{
	unsigned failed = 0;

	for (size_t i = 0; i < MU_COUNT(cases); i++) {
		struct scene scene;
		begin(&scene);
		run_all(&scene, cases[i].given, false);
		run_all(&scene, cases[i].when, true);
		if (strcmp(spell_moves(&scene), cases[i].then)) {
			print_error("%s\n  is:       %s\n  wanted:   %s\n", cases[i].rule,
				    spell_moves(&scene), cases[i].then);
			failed++;
		}
		mu_workspace_destroy(scene.ws);
		mu_arena_finish(&scene.arena);
	}
	assert_int_equal(failed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_rule_holds) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
