/* The rules of custom roles, and what editing one does to those who hold it. */
#include "world.h"

#include "muster/model/permission.h"

static const struct mu_perms *perms_of(struct world *world, const char *user)
{
	return user ? &mu_workspace_user(world->ws, user)->perms : NULL;
}

static void add_role(struct world *world, const char *id, const char *keys)
{
	const struct mu_role_data data = { .id = (char *)id,
					   .name = (char *)id,
					   .permissions = words(world, keys) };

	world_emit(world, &mu_role_created, &data);
}

static void fits(enum mu_err got, enum mu_err want, const struct mu_fault *fault, const char *field,
		 const char *what)
{
	if (got != want)
		fail_msg("%s: %s (%s), not %s", what, mu_err_info(got)->kind, mu_fault_text(fault),
			 mu_err_info(want)->kind);
	if (strcmp(fault->n_fields ? fault->fields[0].name : "", field) != 0)
		fail_msg("%s: the fault names %s, not %s", what,
			 fault->n_fields ? fault->fields[0].name : "-", field);
}

static void a_new_role_is_checked(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *granter, *id, *name, *keys;
		enum mu_err err;
		const char *field;
	} rows[] = {
		{ "adm", "night", "Night shift", "presence.self", MU_OK, "" },
		{ "adm", "night", "Night shift", "", MU_OK, "" },
		{ NULL, "night", "Night shift", "owner.transfer", MU_OK, "" },
		{ "olga", "night", "Night shift", "owner.transfer billing.manage", MU_OK, "" },
		{ "adm", "night", "Night shift", "presence.self owner.transfer", MU_FORBIDDEN, "" },
		{ "adm", "night", "Night shift", "billing.manage", MU_FORBIDDEN, "" },
		{ "sue", "night", "Night shift", "contacts.write", MU_FORBIDDEN, "" },
		{ "sue", "night", "Night shift", "contacts.read:own", MU_OK, "" }, /* narrower than theirs */
		{ "adm", "night", "Night shift", "presence.self fly", MU_INVALID_PARAMS, "permissions.1" },
		{ "olga", "night", "Night shift", "orders.read", MU_INVALID_PARAMS, "permissions.0" },
		{ "adm", "agent", "Night shift", "presence.self", MU_CONFLICT, "id" },
		{ "adm", "night", "aGENT", "presence.self", MU_CONFLICT, "name" },
		{ "adm", "night", "Owner", "presence.self", MU_CONFLICT, "name" },
		{ "adm", "owner", "Other", "presence.self", MU_CONFLICT, "id" },
	};

	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_fault fault = { 0 };
		const struct mu_role_data data = { .id = (char *)rows[i].id,
						   .name = (char *)rows[i].name,
						   .permissions = words(world, rows[i].keys) };
		fits(mu_rule_role(world->ws, perms_of(world, rows[i].granter), NULL, &data, &fault),
		     rows[i].err, &fault, rows[i].field, rows[i].keys);
	}
}

static void a_role_is_edited_from_above(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *granter, *role, *name, *keys;
		enum mu_err err;
		const char *field;
	} rows[] = {
		{ "adm", "agent", "Agent", "presence.self", MU_OK, "" },
		{ "adm", "agent", "AGENT", "presence.self", MU_OK, "" }, /* its own name in other case */
		{ "adm", "agent", "Admin", "presence.self", MU_CONFLICT, "name" },
		{ "adm", "admin", "Admin", "presence.self", MU_OK, "" }, /* fewer rights for oneself */
		{ "adm", "admin", "Admin", "billing.manage", MU_FORBIDDEN, "" },  /* own promotion */
		{ "adm", "banker", "Banker", "presence.self", MU_FORBIDDEN, "" }, /* above the granter */
		{ "sue", "admin", "Admin", "presence.self", MU_FORBIDDEN, "" },
		{ "olga", "banker", "Banker", "presence.self", MU_OK, "" },
		{ "olga", "owner", "Owner", "presence.self", MU_FORBIDDEN, "" },
		{ NULL, "owner", "Chief", "owner.transfer", MU_FORBIDDEN, "" },
		{ "adm", "agent", "Agent", "fly", MU_INVALID_PARAMS, "permissions.0" },
	};

	add_role(world, "banker", "billing.manage");
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_fault fault = { 0 };
		const struct mu_role *role = mu_workspace_role(world->ws, rows[i].role);
		const struct mu_role_data data = { .id = role->id,
						   .name = (char *)rows[i].name,
						   .permissions = words(world, rows[i].keys) };
		fits(mu_rule_role(world->ws, perms_of(world, rows[i].granter), role, &data, &fault),
		     rows[i].err, &fault, rows[i].field, rows[i].role);
	}
}

static void a_role_goes_when_nobody_is_left_without(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *granter, *role, *replacement;
		enum mu_err err;
		const char *field;
	} rows[] = {
		{ "adm", "unused", NULL, MU_OK, "" },
		{ "adm", "unused", "agent", MU_OK, "" },
		{ "adm", "agent", NULL, MU_CONFLICT, "replace_with" },
		{ "adm", "agent", "supervisor", MU_OK, "" },
		{ "adm", "agent", "agent", MU_INVALID_PARAMS, "replace_with" },
		{ "adm", "agent", "king", MU_INVALID_PARAMS, "replace_with" },
		{ "adm", "agent", "owner", MU_FORBIDDEN, "" },
		{ "adm", "agent", "banker", MU_FORBIDDEN, "" },
		{ "adm", "banker", NULL, MU_FORBIDDEN, "" },
		{ "olga", "banker", NULL, MU_OK, "" },
		{ "olga", "owner", "admin", MU_FORBIDDEN, "" },
		{ NULL, "owner", NULL, MU_FORBIDDEN, "" },
	};

	add_role(world, "unused", "presence.self");
	add_role(world, "banker", "billing.manage");
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_fault fault = { 0 };
		const struct mu_role *role = mu_workspace_role(world->ws, rows[i].role);
		fits(mu_rule_role_delete(world->ws, perms_of(world, rows[i].granter), role,
					 rows[i].replacement, &fault),
		     rows[i].err, &fault, rows[i].field, rows[i].role);
		if (rows[i].err == MU_CONFLICT)
			assert_string_equal(mu_fault_text(&fault),
					    "4 people hold this role, and 0 are invited to it");
	}
}

static void an_edited_role_reaches_its_holders_and_nobody_else(void **state)
{
	struct world *world = *state;
	const struct mu_perms sue = *perms_of(world, "sue");
	const struct mu_role_data data = { .id = (char *)"agent",
					   .name = (char *)"Agent",
					   .permissions = words(world, "audit.view") };

	world_emit(world, &mu_role_updated, &data);
	assert_true(mu_perms_has(perms_of(world, "ann"), MU_PERM_AUDIT_VIEW));
	assert_false(mu_perms_has(perms_of(world, "ann"), MU_PERM_PRESENCE_SELF));
	assert_true(mu_perms_has(perms_of(world, "dan"), MU_PERM_AUDIT_VIEW));
	assert_true(mu_perms_has(perms_of(world, "dan"), MU_PERM_PRESENCE_SELF)); /* by the other role */
	assert_true(mu_perms_equal(perms_of(world, "sue"), &sue));
}

static void a_log_that_takes_a_held_role_away_is_not_believed(void **state)
{
	struct world *world = *state;
	const struct mu_id_data held = { .id = (char *)"agent" }, missing = { .id = (char *)"king" };
	const struct mu_role_data unknown = { .id = (char *)"king", .name = (char *)"King" };

	assert_int_equal(world_try(world, &mu_role_deleted, &held), MU_CONFLICT);
	assert_int_equal(world_try(world, &mu_role_deleted, &missing), MU_CONFLICT);
	assert_int_equal(world_try(world, &mu_role_updated, &unknown), MU_CONFLICT);
}

static void the_owner_may_everything_whatever_the_log_knew(void **state)
{
	struct world *world = *state;
	const struct mu_role_data data = { .id = (char *)"owner",
					   .name = (char *)"Owner",
					   .permissions = words(world, "presence.self") };

	world_emit(world, &mu_role_updated, &data);
	for (int i = 0; mu_permission_info(world->ws, i); i++)
		assert_true(mu_perms_has(perms_of(world, "olga"), (enum mu_perm)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_new_role_is_checked),
		CASE(a_role_is_edited_from_above),
		CASE(a_role_goes_when_nobody_is_left_without),
		CASE(an_edited_role_reaches_its_holders_and_nobody_else),
		CASE(a_log_that_takes_a_held_role_away_is_not_believed),
		CASE(the_owner_may_everything_whatever_the_log_knew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
