/* The rules of the directory: each row is a change that somebody asks for and the outcome. */
#include "world.h"

static const struct mu_perms *perms_of(struct world *world, const char *user)
{
	return user ? &mu_workspace_user(world->ws, user)->perms : NULL;
}

static void expect(enum mu_err got, enum mu_err want, const struct mu_fault *fault, const char *field,
		   const char *what)
{
	if (got != want)
		fail_msg("%s: %s (%s), not %s", what, mu_err_info(got)->kind, mu_fault_text(fault),
			 mu_err_info(want)->kind);
	if (got && got != MU_FORBIDDEN && strcmp(fault->n_fields ? fault->fields[0].name : "", field) != 0)
		fail_msg("%s: the fault names %s, not %s", what, fault->fields[0].name, field);
	if (got)
		assert_true(*mu_fault_text(fault));
}

/* ---- roles ---- */

static void each_builtin_role_may_what_the_next_one_may(void **state)
{
	struct world *world = *state;
	const struct mu_perm_info *info;

	for (unsigned i = 1; mu_builtin_role(i); i++) {
		const struct mu_role *wider = mu_workspace_role(world->ws, mu_builtin_role(i - 1)->id);
		const struct mu_role *narrower = mu_workspace_role(world->ws, mu_builtin_role(i)->id);
		for (int perm = 0; (info = mu_perm_info(perm)); perm++)
			if (mu_perms_has(&narrower->perms, (enum mu_perm)perm) &&
			    !mu_perms_has(&wider->perms, (enum mu_perm)perm))
				fail_msg("%s may %s, but %s may not", narrower->id, info->key, wider->id);
		assert_false(mu_perms_equal(&wider->perms, &narrower->perms));
	}
	assert_true(mu_perms_has(&mu_workspace_role(world->ws, "owner")->perms, MU_PERM_OWNER_TRANSFER));
	assert_false(mu_perms_has(&mu_workspace_role(world->ws, "admin")->perms, MU_PERM_OWNER_TRANSFER));
}

static void builtin_roles_name_what_is_in_the_catalogue(void **state)
{
	for (unsigned i = 0; mu_builtin_role(i); i++)
		for (const char *const *key = mu_builtin_role(i)->permissions; *key; key++)
			if (strcmp(*key, "*") != 0 && mu_perm_find(*key) == MU_PERM_NONE)
				fail_msg("%s: %s is no permission", mu_builtin_role(i)->id, *key);
}

static void nobody_gives_more_than_they_have(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *granter, *roles;
		enum mu_err err;
		const char *field;
	} rows[] = {
		{ NULL, "agent", MU_OK, "" },
		{ NULL, "admin supervisor agent", MU_OK, "" },
		{ "olga", "admin", MU_OK, "" },
		{ "adm", "admin", MU_OK, "" },
		{ "adm", "agent supervisor", MU_OK, "" },
		{ "sue", "agent", MU_OK, "" },
		{ "sue", "admin", MU_FORBIDDEN, "" },
		{ "sue", "agent admin", MU_FORBIDDEN, "" },
		{ "ann", "supervisor", MU_FORBIDDEN, "" },
		{ NULL, "owner", MU_FORBIDDEN, "" },
		{ "olga", "owner", MU_FORBIDDEN, "" },
		{ "olga", "king", MU_INVALID_PARAMS, "roles.0" },
		{ "olga", "agent king", MU_INVALID_PARAMS, "roles.1" },
		{ "olga", "", MU_INVALID_PARAMS, "roles" },
	};

	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_fault fault = { 0 };
		const struct mu_strs roles = words(world, rows[i].roles);
		expect(mu_rule_roles(world->ws, perms_of(world, rows[i].granter), &roles, &fault),
		       rows[i].err, &fault, rows[i].field, rows[i].roles);
	}
}

static void roles_are_assigned_from_above(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *granter, *user, *roles;
		enum mu_err err;
	} rows[] = {
		{ NULL, "ann", "supervisor", MU_OK },
		{ "olga", "adm", "agent", MU_OK },
		{ "adm", "sue", "agent", MU_OK },
		{ "adm", "ann", "admin", MU_OK },
		{ "olga", "olga", "agent", MU_FORBIDDEN }, /* the owner stays the owner */
		{ NULL, "olga", "admin", MU_FORBIDDEN },
		{ "adm", "adm", "agent", MU_FORBIDDEN }, /* nobody changes their own */
		{ "sue", "adm", "agent", MU_FORBIDDEN }, /* nor those of somebody above them */
		{ "sue", "ann", "admin", MU_FORBIDDEN },
		{ "adm", "ann", "king", MU_INVALID_PARAMS },
	};

	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_fault fault = { 0 };
		const struct mu_strs roles = words(world, rows[i].roles);
		expect(mu_rule_role_assign(world->ws, perms_of(world, rows[i].granter), rows[i].granter,
					   mu_workspace_user(world->ws, rows[i].user), &roles, &fault),
		       rows[i].err, &fault, "roles.0", rows[i].user);
	}
}

/* ---- people ---- */

static void new_people_are_checked(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *granter, *id, *email, *roles, *teams;
		enum mu_err err;
		const char *field;
	} rows[] = {
		{ "adm", "eve", "eve@acme.test", "agent", "", MU_OK, "" },
		{ "adm", "eve", "eve@acme.test", "agent", "support sales", MU_OK, "" },
		{ "adm", "ann", "eve@acme.test", "agent", "", MU_CONFLICT, "id" },
		{ "adm", "eve", "ann@acme.test", "agent", "", MU_CONFLICT, "email" },
		{ "adm", "eve", "ANN@ACME.TEST", "agent", "", MU_CONFLICT, "email" },
		{ "adm", "eve", "eve", "agent", "", MU_INVALID_PARAMS, "email" },
		{ "adm", "eve", "eve@acme.test", "king", "", MU_INVALID_PARAMS, "roles.0" },
		{ "adm", "eve", "eve@acme.test", "", "", MU_INVALID_PARAMS, "roles" },
		{ "adm", "eve", "eve@acme.test", "agent", "support nowhere", MU_INVALID_PARAMS, "teams.1" },
		{ "sue", "eve", "eve@acme.test", "admin", "", MU_FORBIDDEN, "" },
	};

	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_fault fault = { 0 };
		const struct mu_user_data data = { .user = (char *)rows[i].id,
						   .email = (char *)rows[i].email,
						   .roles = words(world, rows[i].roles) };
		const struct mu_strs teams = words(world, rows[i].teams);
		expect(mu_rule_user_create(world->ws, perms_of(world, rows[i].granter), &data, &teams,
					   &fault),
		       rows[i].err, &fault, rows[i].field, rows[i].email);
	}
}

static void emails_are_addresses(void **state)
{
	static const char *const good[] = { "a@b.c", "ada.lovelace+mail@mail.example.org", "ünï@exämple.test",
					    "a'b@c-d.test" };
	static const char *const bad[] = {
		"",        "@",       "a",       "a@",       "@b.c",     "a@b",
		"a@.c",    "a@b.",    "a@b@c.d", "a b@c.d",  "a@b c.d",  "a@b.c\n",
		"<a@b.c>", "a,b@c.d", "a@b..",   "a\"b@c.d", "a\\b@c.d", "a;b@c.d"
	};
	char longest[300];

	for (size_t i = 0; i < MU_COUNT(good); i++)
		if (!mu_email_valid(good[i]))
			fail_msg("%s is an address", good[i]);
	for (size_t i = 0; i < MU_COUNT(bad); i++)
		if (mu_email_valid(bad[i]))
			fail_msg("\"%s\" is no address", bad[i]);
	memset(longest, 'a', sizeof(longest));
	memcpy(longest + 254 - 4, "@b.c", 5);
	assert_true(mu_email_valid(longest));
	memset(longest, 'a', sizeof(longest));
	memcpy(longest + 255 - 4, "@b.c", 5);
	assert_false(mu_email_valid(longest));
}

/* ---- teams ---- */

static void teams_have_names_of_their_own(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *id, *name, *lead, *except;
		enum mu_err err;
		const char *field;
	} rows[] = {
		{ "new", "New", NULL, NULL, MU_OK, "" },
		{ "new", "New", "ann", NULL, MU_OK, "" },
		{ "sales", "New", NULL, NULL, MU_CONFLICT, "id" },
		{ "new", "Team sales", NULL, NULL, MU_CONFLICT, "name" },
		{ "new", "TEAM SALES", NULL, NULL, MU_CONFLICT, "name" },
		{ "new", "New", "nobody", NULL, MU_INVALID_PARAMS, "lead" },
		{ NULL, "Team sales", NULL, "sales", MU_OK, "" }, /* it may keep its name */
		{ NULL, "team SALES", NULL, "sales", MU_OK, "" },
		{ NULL, "Team support", NULL, "sales", MU_CONFLICT, "name" },
		{ NULL, NULL, "nobody", "sales", MU_INVALID_PARAMS, "lead" },
		{ NULL, NULL, NULL, "sales", MU_OK, "" },
	};

	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_fault fault = { 0 };
		expect(mu_rule_team(world->ws, rows[i].id, rows[i].name, rows[i].lead,
				    mu_workspace_team(world->ws, rows[i].except), &fault),
		       rows[i].err, &fault, rows[i].field, rows[i].name ? rows[i].name : "no name");
	}
}

/* ---- statuses ---- */

static void a_choice_is_of_a_status_and_of_the_future(void **state)
{
	struct world *world = *state;
	static const int64_t day_ms = 24 * 3600 * 1000;
	const struct {
		const char *status;
		int64_t until_ms;
		enum mu_err err;
		const char *field;
	} rows[] = {
		{ "away", 0, MU_OK, "" },
		{ "offline", NOW_MS + 1, MU_OK, "" },
		{ "busy", NOW_MS + 366 * day_ms, MU_OK, "" },
		{ "flying", 0, MU_INVALID_PARAMS, "status" },
		{ "Away", 0, MU_INVALID_PARAMS, "status" },
		{ "away", NOW_MS, MU_INVALID_PARAMS, "until" },
		{ "away", 1, MU_INVALID_PARAMS, "until" },
		{ "away", NOW_MS + 366 * day_ms + 1, MU_INVALID_PARAMS, "until" },
	};

	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_fault fault = { 0 };
		expect(mu_rule_choice(world->ws, rows[i].status, rows[i].until_ms, NOW_MS, &fault),
		       rows[i].err, &fault, rows[i].field, rows[i].status);
	}
	struct mu_fault fault = { 0 };
	assert_int_equal(mu_rule_choice(world->ws, "flying", 0, NOW_MS, &fault), MU_INVALID_PARAMS);
	assert_contains(fault.fields[0].reason, "available, away, busy, offline");
}

static void custom_statuses_are_new_words(void **state)
{
	static const struct {
		const char *ids[3];
		enum mu_err err;
		const char *field;
	} rows[] = {
		{ { "lunch", "training", NULL }, MU_OK, "" },
		{ { NULL }, MU_OK, "" },
		{ { "lunch", "away", NULL }, MU_INVALID_PARAMS, "statuses.1.id" },
		{ { "offline", NULL }, MU_INVALID_PARAMS, "statuses.0.id" },
		{ { "lunch", "lunch", NULL }, MU_INVALID_PARAMS, "statuses.1.id" },
	};

	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_fault fault = { 0 };
		struct mu_status_record records[3] = { 0 };
		struct mu_records list = { .v = records };
		for (; rows[i].ids[list.n]; list.n++)
			records[list.n].id = (char *)rows[i].ids[list.n];
		expect(mu_rule_statuses(&list, &fault), rows[i].err, &fault, rows[i].field, "statuses");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(each_builtin_role_may_what_the_next_one_may),
		cmocka_unit_test(builtin_roles_name_what_is_in_the_catalogue),
		CASE(nobody_gives_more_than_they_have),
		CASE(roles_are_assigned_from_above),
		CASE(new_people_are_checked),
		cmocka_unit_test(emails_are_addresses),
		CASE(teams_have_names_of_their_own),
		CASE(a_choice_is_of_a_status_and_of_the_future),
		cmocka_unit_test(custom_statuses_are_new_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
