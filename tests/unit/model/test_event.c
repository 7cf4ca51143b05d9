/* Events: the table, what does not fit the state, and who is told. */
#include "world.h"

#include "muster/model/audience.h"
#include "muster/model/permission.h"

/* ---- the table ---- */

static void every_type_has_its_own_name_and_finds_itself(void **state)
{
	unsigned n = 0;

	for (const struct mu_event_type *type; (type = mu_event_type(n)); n++) {
		assert_ptr_equal(mu_event_type_find(type->name), type);
		assert_non_null(type->shape);
		assert_true(type->help && *type->help);
		for (unsigned k = 0; k < n; k++)
			assert_string_not_equal(mu_event_type(k)->name, type->name);
	}
	assert_true(n >= 20);
	assert_null(mu_event_type(n + 1));
	assert_ptr_equal(mu_event_type_find("x.anything.at-all"), &mu_custom_event);
	assert_null(mu_event_type_find("user.flown"));
	assert_null(mu_event_type_find(""));
}

static void the_subject_is_a_user_of_the_data(void **state)
{
	for (unsigned i = 0; mu_event_type(i); i++) {
		const struct mu_event_type *type = mu_event_type(i);
		if (type->subject == MU_NO_SUBJECT)
			continue;
		const char *name = type == &mu_owner_transferred_type || !strncmp(type->name, "conversation.",
										  strlen("conversation."))
					   ? "to"
					   : "user";
		bool found = false;
		for (size_t k = 0; k < type->shape->n; k++)
			found |= type->shape->fields[k].offset == (size_t)type->subject &&
				 !strcmp(type->shape->fields[k].name, name);
		if (!found)
			fail_msg("%s: its subject is no field that names a user", type->name);
	}
}

/* ---- what doesn't fit ---- */

static void an_event_must_be_the_next_one(void **state)
{
	struct world *world = *state;
	const struct mu_id_data team = { .id = (char *)"sales" };
	struct mu_event event = { .type = &mu_team_deleted, .name = "team.deleted", .data = (void *)&team };

	for (int64_t off = -1; off <= 2; off++) {
		event.seq = world->ws->seq + off;
		if (off != 1)
			assert_int_equal(mu_event_apply(world->ws, &event), MU_CONFLICT);
	}
	assert_non_null(mu_workspace_team(world->ws, "sales"));
}

static void what_names_nobody_does_not_apply(void **state)
{
	struct world *world = *state;
	const struct mu_team_member stranger = { .user = (char *)"zoe", .team = (char *)"sales" };
	const struct mu_team_member nowhere = { .user = (char *)"ann", .team = (char *)"nowhere" };
	const struct mu_role_assigned roles = { .user = (char *)"zoe", .roles = words(world, "agent") };
	const struct mu_password_set password = { .user = (char *)"zoe", .hash = (char *)"h" };
	const struct mu_presence_chosen chosen = { .user = (char *)"zoe", .status = (char *)"away" };
	const struct mu_presence_changed changed = { .user = (char *)"zoe",
						     .from = (char *)"away",
						     .to = (char *)"busy" };
	const struct mu_session_revoked revoked = { .user = (char *)"zoe" };
	const struct mu_second_factor_ended ended = { .user = (char *)"zoe" };
	const struct mu_user_data user = { .given = 1, .user = (char *)"zoe" };
	const struct mu_team_data team = { .given = 1, .id = (char *)"nowhere" };
	const struct mu_id_data id = { .id = (char *)"nowhere" };
	const struct {
		const struct mu_event_type *type;
		const void *data;
	} rows[] = {
		{ &mu_team_member_added, &stranger },
		{ &mu_team_member_added, &nowhere },
		{ &mu_team_member_removed, &stranger },
		{ &mu_team_member_removed, &nowhere },
		{ &mu_role_assigned_type, &roles },
		{ &mu_user_password_set, &password },
		{ &mu_presence_chosen_type, &chosen },
		{ &mu_presence_changed_type, &changed },
		{ &mu_session_revoked_type, &revoked },
		{ &mu_user_updated, &user },
		{ &mu_second_factor_reset, &ended },
		{ &mu_team_updated, &team },
		{ &mu_team_deleted, &id },
		{ &mu_key_revoked, &id },
	};

	for (size_t i = 0; i < MU_COUNT(rows); i++)
		if (world_try(world, rows[i].type, rows[i].data) != MU_CONFLICT)
			fail_msg("%s of nobody applies", rows[i].type->name);
}

static void what_is_there_is_not_made_twice(void **state)
{
	struct world *world = *state;
	const struct mu_user_data same_id = { .given = UINT64_MAX,
					      .user = (char *)"ann",
					      .email = (char *)"x@y.test" };
	const struct mu_user_data same_email = { .given = UINT64_MAX,
						 .user = (char *)"eve",
						 .email = (char *)"ANN@ACME.test" };
	const struct mu_team_data team = { .given = UINT64_MAX, .id = (char *)"sales" };
	const struct mu_role_data role = { .id = (char *)"agent" };
	const struct mu_key_data key = { .id = (char *)"k" };

	assert_int_equal(world_try(world, &mu_user_created, &same_id), MU_CONFLICT);
	assert_int_equal(world_try(world, &mu_user_created, &same_email), MU_CONFLICT);
	assert_int_equal(world_try(world, &mu_team_created, &team), MU_CONFLICT);
	assert_int_equal(world_try(world, &mu_role_created, &role), MU_CONFLICT);
	world_emit(world, &mu_key_created, &key);
	assert_int_equal(world_try(world, &mu_key_created, &key), MU_CONFLICT);
}

/* ---- who is told ---- */

static const char *told(struct world *world, const struct mu_event_type *type, const void *data)
{
	const struct mu_event event = { .type = type, .name = type->name, .data = (void *)data };
	struct mu_strs topics = { 0 };

	assert_non_null(type->audience);
	assert_int_equal(type->audience(world->ws, &event, &world->arena, &topics), MU_OK);
	return spell(world, &topics);
}

static void events_are_told_to_those_whom_they_concern(void **state)
{
	struct world *world = *state;
	const struct mu_user_data user = { .user = (char *)"ann" };
	const struct mu_role_assigned roles = { .user = (char *)"ann" };
	const struct mu_permissions_changed permissions = { .user = (char *)"ann" };
	const struct mu_role_data role = { .id = (char *)"agent" };
	const struct mu_team_data team = { .id = (char *)"sales" };
	const struct mu_id_data id = { .id = (char *)"sales" }, gone = { .id = (char *)"agent" };
	const struct mu_permission_data permission = { .key = (char *)"orders.read" };
	const struct mu_team_member member = { .user = (char *)"ann", .team = (char *)"sales" };
	const struct mu_session_revoked revoked = { .user = (char *)"ann" };
	const struct mu_presence_forced forced = { .user = (char *)"ann" };
	const struct mu_presence_chosen chosen = { .user = (char *)"ann" };
	const struct mu_workspace_data settings = { .given = 0 };

	assert_string_equal(told(world, &mu_user_created, &user), "user/ann may/users.view");
	assert_string_equal(told(world, &mu_user_updated, &user), "user/ann may/users.view");
	assert_string_equal(told(world, &mu_role_assigned_type, &roles), "user/ann may/users.view");
	assert_string_equal(told(world, &mu_permissions_changed_type, &permissions), "user/ann");
	assert_string_equal(told(world, &mu_role_created, &role), "role/agent may/roles.manage");
	assert_string_equal(told(world, &mu_role_updated, &role), "role/agent may/roles.manage");
	assert_string_equal(told(world, &mu_role_deleted, &gone), "role/agent may/roles.manage");
	assert_string_equal(told(world, &mu_permission_registered, &permission), "everyone");
	assert_string_equal(told(world, &mu_permission_removed, &permission), "everyone");
	assert_string_equal(told(world, &mu_team_created, &team),
			    "team/sales may/teams.manage may/users.view");
	assert_string_equal(told(world, &mu_team_updated, &team),
			    "team/sales may/teams.manage may/users.view");
	assert_string_equal(told(world, &mu_team_deleted, &id),
			    "team/sales may/teams.manage may/users.view user/cat user/dan");
	assert_string_equal(told(world, &mu_team_member_added, &member),
			    "user/ann team/sales may/teams.manage may/users.view");
	assert_string_equal(told(world, &mu_team_member_removed, &member),
			    "user/ann team/sales may/teams.manage may/users.view");
	assert_string_equal(told(world, &mu_session_revoked_type, &revoked), "user/ann");
	assert_string_equal(told(world, &mu_presence_forced_type, &forced), "user/ann");
	assert_string_equal(told(world, &mu_presence_chosen_type, &chosen), "user/ann");
	assert_string_equal(told(world, &mu_workspace_updated, &settings), "everyone");
	const struct mu_event_type *const invites[] = { &mu_invite_created, &mu_invite_resent_type,
							&mu_invite_accepted_type, &mu_invite_revoked,
							&mu_invite_expired };
	for (size_t i = 0; i < MU_COUNT(invites); i++)
		assert_string_equal(told(world, invites[i], NULL), "may/users.manage");
}

static void secrets_and_history_are_for_the_log_only(void **state)
{
	const struct mu_event_type *const quiet[] = {
		&mu_workspace_created, &mu_user_password_set,     &mu_key_created,
		&mu_key_revoked,       &mu_presence_changed_type,
	};

	for (size_t i = 0; i < MU_COUNT(quiet); i++)
		assert_null(quiet[i]->audience);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_has_its_own_name_and_finds_itself),
		cmocka_unit_test(the_subject_is_a_user_of_the_data),
		CASE(an_event_must_be_the_next_one),
		CASE(what_names_nobody_does_not_apply),
		CASE(what_is_there_is_not_made_twice),
		CASE(events_are_told_to_those_whom_they_concern),
		cmocka_unit_test(secrets_and_history_are_for_the_log_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
