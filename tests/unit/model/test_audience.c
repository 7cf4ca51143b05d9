/* Topics: what people and keys may hear, what callers may name, and when the two meet. */
#include "world.h"

#include "muster/model/audience.h"
#include "muster/model/conversation.h"

static const char *topics_of(struct world *world, const char *user)
{
	struct mu_strs topics = { 0 };

	assert_int_equal(
		mu_user_topics(world->ws, mu_workspace_user(world->ws, user), &world->arena, &topics), MU_OK);
	return spell(world, &topics);
}

static void a_person_hears_what_they_are_and_may(void **state)
{
	struct world *world = *state;

	assert_string_equal(
		topics_of(world, "ann"),
		"everyone user/ann own/ann role/agent team/support team/support/may/presence.view:team "
		"team/support/may/queue.view:team may/conversations.view:own "
		"may/conversations.view:unassigned may/conversations.reply "
		"may/conversations.assign_self may/queue.view:team may/presence.self "
		"may/presence.view:team may/contacts.read:own may/contacts.read may/templates.use");
	assert_contains(topics_of(world, "sue"), "may/presence.view:all");
	assert_null(strstr(topics_of(world, "sue"), "team/"));
	assert_contains(topics_of(world, "sue"), " own/sue ");
	assert_contains(topics_of(world, "dan"), "role/agent role/supervisor team/sales");
	assert_contains(topics_of(world, "dan"), "team/support/may/conversations.view:team");
}

static void topics_follow_every_change(void **state)
{
	struct world *world = *state;
	const struct mu_team_member out = { .user = (char *)"ann", .team = (char *)"support" };
	const struct mu_role_assigned none = { .user = (char *)"ann" };

	world_emit(world, &mu_team_member_removed, &out);
	assert_null(strstr(topics_of(world, "ann"), "team/"));
	world_emit(world, &mu_role_assigned_type, &none);
	assert_string_equal(topics_of(world, "ann"), "everyone user/ann");
	mu_workspace_user(world->ws, "ann")->active = false;
	assert_string_equal(topics_of(world, "ann"), "");
}

static void a_key_hears_by_its_scopes(void **state)
{
	struct world *world = *state;
	struct mu_strs topics = { 0 };

	world_key(world, "k", "users.manage audit.view conversations.view:own");
	assert_int_equal(mu_key_topics(world->ws, mu_workspace_key(world->ws, "k"), &world->arena, &topics),
			 MU_OK);
	assert_string_equal(
		spell(world, &topics),
		"everyone may/conversations.view:own may/users.view may/users.manage may/audit.view");
}

static void audiences_meet_whole_topics(void **state)
{
	struct world *world = *state;
	const struct mu_strs topics = words(world, "everyone user/ann team/support may/users.view");
	static const struct {
		const char *audience;
		enum mu_meeting meeting;
	} rows[] = {
		{ "", MU_MEET_NOT },
		{ "everyone", MU_MEET_FULLY },
		{ "user/ann", MU_MEET_FULLY },
		{ "user/an", MU_MEET_NOT },
		{ "user/anna", MU_MEET_NOT },
		{ "user", MU_MEET_NOT },
		{ "role/agent\nteam/support", MU_MEET_FULLY },
		{ "role/agent\nteam/sales", MU_MEET_NOT },
		{ "team/sales\nrole/agent\nmay/users.view", MU_MEET_FULLY },
		{ "may/users.manage", MU_MEET_NOT },
		{ "~user/ann", MU_MEET_BRIEFLY },
		{ "~user/an", MU_MEET_NOT },
		{ "~user/anna", MU_MEET_NOT },
		{ "user/bob\n~user/ann", MU_MEET_BRIEFLY },
		{ "user/bob\n~user/cat", MU_MEET_NOT },
		{ "may/users.view\n~user/ann\n~team/support", MU_MEET_FULLY },
		{ "~user/ann\nmay/users.view", MU_MEET_FULLY },
		{ "team/sales\n~role/agent\n~team/support", MU_MEET_BRIEFLY },
	};

	for (size_t i = 0; i < MU_COUNT(rows); i++)
		if (mu_audience_meets(rows[i].audience, &topics) != rows[i].meeting)
			fail_msg("\"%s\" meets otherwise", rows[i].audience);
	assert_int_equal(mu_audience_meets("everyone", &(struct mu_strs){ 0 }), MU_MEET_NOT);
}

static void an_audience_names_what_is_there(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *users, *teams, *roles, *permission, *conversation;
		bool everyone;
		const char *topics; /* NULL: refused */
		const char *field;
	} rows[] = {
		{ "ann bob", "", "", NULL, NULL, false, "user/ann user/bob", "" },
		{ "ann ann", "", "", NULL, NULL, false, "user/ann", "" },
		{ "bob ann bob", "", "", NULL, NULL, false, "user/ann user/bob", "" },
		{ "", "", "agent admin agent", NULL, NULL, false, "role/admin role/agent", "" },
		{ "", "support", "agent", NULL, NULL, false, "team/support role/agent", "" },
		{ "", "", "", "audit.view", NULL, false, "may/audit.view", "" },
		{ "", "", "", NULL, NULL, true, "everyone", "" },
		{ "cat", "support", "admin", "users.view", NULL, true,
		  "user/cat team/support role/admin may/users.view everyone", "" },
		{ "", "", "", NULL, "c1", false,
		  "may/conversations.view:all team/support/may/conversations.view:team "
		  "may/conversations.view:unassigned",
		  "" },
		{ "", "", "", NULL, "c2", false, NULL, "audience.conversation" },
		{ "", "", "", NULL, NULL, false, NULL, "audience" },
		{ "ann zoe", "", "", NULL, NULL, false, NULL, "audience.users.1" },
		{ "", "nowhere", "", NULL, NULL, false, NULL, "audience.teams.0" },
		{ "", "", "king", NULL, NULL, false, NULL, "audience.roles.0" },
		{ "", "", "", "world.rule", NULL, false, NULL, "audience.permission" },
		{ "ann bob cat dan", "", "", NULL, NULL, false, NULL,
		  "audience.users" }, /* more than three by name */
	};

	struct mu_conversation_record record = {
		.id = (char *)"c1", .team = (char *)"support", .version = 1, .created_at = 1
	};
	const struct mu_conversation_event created = { .conversation = record.id,
						       .version = 1,
						       .record = &record };

	world_emit(world, &mu_conversation_created, &created);
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		const struct mu_audience audience = { .users = words(world, rows[i].users),
						      .teams = words(world, rows[i].teams),
						      .roles = words(world, rows[i].roles),
						      .permission = (char *)rows[i].permission,
						      .conversation = (char *)rows[i].conversation,
						      .everyone = rows[i].everyone };
		struct mu_strs topics = { 0 };
		struct mu_fault fault = { 0 };
		enum mu_err err = mu_audience_topics(world->ws, &audience, 3, &world->arena, &topics, &fault);
		assert_int_equal(err, rows[i].topics ? MU_OK : MU_INVALID_PARAMS);
		if (err)
			assert_string_equal(fault.fields[0].name, rows[i].field);
		else
			assert_string_equal(spell(world, &topics), rows[i].topics);
	}
}

static void everything_wrong_is_named_at_once(void **state)
{
	struct world *world = *state;
	const struct mu_audience audience = { .users = words(world, "x ann y") };
	struct mu_strs topics = { 0 };
	struct mu_fault fault = { 0 };

	assert_int_equal(mu_audience_topics(world->ws, &audience, 10, &world->arena, &topics, &fault),
			 MU_INVALID_PARAMS);
	assert_int_equal(fault.n_fields, 2);
	assert_string_equal(fault.fields[0].name, "audience.users.0");
	assert_string_equal(fault.fields[1].name, "audience.users.2");
	assert_int_equal(topics.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_person_hears_what_they_are_and_may),
		CASE(topics_follow_every_change),
		CASE(a_key_hears_by_its_scopes),
		CASE(audiences_meet_whole_topics),
		CASE(an_audience_names_what_is_there),
		CASE(everything_wrong_is_named_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
