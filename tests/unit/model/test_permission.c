/* Keys that a platform registers, and levels of its modules. */
#include "world.h"

#include "muster/model/permission.h"

static void add_key(struct world *world, const char *key)
{
	const struct mu_permission_data data = { .key = (char *)key, .help = (char *)"Help." };

	world_emit(world, &mu_permission_registered, &data);
}

static void remove_key(struct world *world, const char *key)
{
	const struct mu_permission_data data = { .key = (char *)key };

	world_emit(world, &mu_permission_removed, &data);
}

static void set_role(struct world *world, const char *id, const char *keys)
{
	const struct mu_role_data data = { .id = (char *)id,
					   .name = (char *)id,
					   .permissions = words(world, keys) };

	world_emit(world, mu_workspace_role(world->ws, id) ? &mu_role_updated : &mu_role_created, &data);
}

static bool may(struct world *world, const char *user, const char *key)
{
	return mu_perms_has(&mu_workspace_user(world->ws, user)->perms, mu_permission_find(world->ws, key));
}

static void a_key_is_a_module_and_a_verb(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *key;
		enum mu_err err;
	} rows[] = {
		{ "orders.read", MU_OK },
		{ "purchase_orders.write", MU_OK },
		{ "x.delete", MU_OK },
		{ "campaigns.delete", MU_OK }, /* more of a module that is there */
		{ "orders", MU_INVALID_PARAMS },
		{ "orders.", MU_INVALID_PARAMS },
		{ ".read", MU_INVALID_PARAMS },
		{ "orders.manage", MU_INVALID_PARAMS },
		{ "orders.read:own", MU_INVALID_PARAMS },
		{ "Orders.read", MU_INVALID_PARAMS },
		{ "orders.read\n", MU_INVALID_PARAMS },
		{ "orders.items.read", MU_INVALID_PARAMS },
		{ "users.delete", MU_INVALID_PARAMS }, /* looks like Muster's own */
		{ "presence.read", MU_INVALID_PARAMS },
		{ "contacts.read", MU_CONFLICT },
		{ "deals.read", MU_CONFLICT },
	};

	add_key(world, "deals.read");
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_fault fault = { 0 };
		if (mu_rule_permission_register(world->ws, rows[i].key, &fault) != rows[i].err)
			fail_msg("%s: %s", rows[i].key, mu_fault_text(&fault));
		assert_true(!rows[i].err || !strcmp(fault.fields[0].name, "key"));
	}
}

static void a_registered_key_is_a_permission_like_any_other(void **state)
{
	struct world *world = *state;

	add_key(world, "orders.write");
	add_key(world, "orders.delete");
	set_role(world, "agent", "orders.write");
	assert_true(may(world, "ann", "orders.write"));
	assert_false(may(world, "ann", "orders.delete"));
	assert_true(may(world, "olga", "orders.delete")); /* the owner may everything */
	assert_false(may(world, "adm", "orders.write"));
	add_key(world, "orders.read"); /* comes later, and write includes it at once */
	assert_true(may(world, "ann", "orders.read"));
}

static void bits_that_move_take_nobodys_rights(void **state)
{
	struct world *world = *state;

	add_key(world, "first.read");
	add_key(world, "second.read");
	add_key(world, "third.read");
	set_role(world, "agent", "third.read presence.self");
	set_role(world, "supervisor", "second.read");
	world_key(world, "k-1", "third.read first.read");
	remove_key(world, "first.read");
	assert_int_equal(mu_permission_find(world->ws, "first.read"), MU_PERM_NONE);
	assert_true(may(world, "ann", "third.read"));
	assert_false(may(world, "ann", "second.read"));
	assert_true(may(world, "sue", "second.read"));
	assert_false(may(world, "sue", "third.read"));
	assert_string_equal(spell(world, &mu_workspace_key(world->ws, "k-1")->scopes), "third.read");
	add_key(world, "first.read"); /* nobody has it back by itself */
	assert_false(mu_perms_has(&mu_workspace_key(world->ws, "k-1")->perms,
				  mu_permission_find(world->ws, "first.read")));
}

static void the_api_key_that_registers_holds_it(void **state)
{
	struct world *world = *state;
	const struct mu_permission_data data = { .key = (char *)"orders.read", .api_key = (char *)"k-1" };

	world_key(world, "k-1", "users.view");
	world_key(world, "k-2", "users.view");
	world_emit(world, &mu_permission_registered, &data);
	assert_string_equal(spell(world, &mu_workspace_key(world->ws, "k-1")->scopes),
			    "users.view orders.read");
	assert_string_equal(spell(world, &mu_workspace_key(world->ws, "k-2")->scopes), "users.view");
}

static void there_is_room_for_as_many_as_are_documented(void **state)
{
	struct world *world = *state;
	struct mu_fault fault = { 0 };
	const struct mu_permission_data more = { .key = (char *)"more.read" };

	for (int i = 0; i < MU_OWN_PERMS_MAX; i++) {
		char key[] = "aa.read";
		key[0] = (char)('a' + i / 26);
		key[1] = (char)('a' + i % 26);
		assert_int_equal(mu_rule_permission_register(world->ws, key, &fault), MU_OK);
		add_key(world, key);
		assert_true(may(world, "olga", key));
	}
	assert_true(mu_perm_count() + MU_OWN_PERMS_MAX <= MU_PERM_MAX);
	assert_int_equal(mu_rule_permission_register(world->ws, "more.read", &fault), MU_CONFLICT);
	assert_int_equal(world_try(world, &mu_permission_registered, &more), MU_CONFLICT);
}

static void a_key_goes_when_no_role_holds_it(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *granter, *key;
		enum mu_err err;
	} rows[] = {
		{ "olga", "free.read", MU_OK },       { NULL, "free.read", MU_OK },
		{ "adm", "free.read", MU_FORBIDDEN }, { "olga", "held.read", MU_CONFLICT },
		{ NULL, "held.read", MU_CONFLICT },   { "olga", "contacts.read", MU_NOT_FOUND },
		{ "olga", "missing", MU_NOT_FOUND },
	};

	add_key(world, "free.read");
	add_key(world, "held.read");
	set_role(world, "agent", "held.read");
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_fault fault = { 0 };
		const struct mu_user *granter = mu_workspace_user(world->ws, rows[i].granter);
		if (mu_rule_permission_remove(world->ws, granter ? &granter->perms : NULL, rows[i].key,
					      &fault) != rows[i].err)
			fail_msg("%s: %s", rows[i].key, mu_fault_text(&fault));
	}
}

/* ---- levels ---- */

static void levels_stand_for_keys(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *module;
		enum mu_level level;
		const char *before, *after;
	} rows[] = {
		{ "contacts", MU_LEVEL_VIEW, "", "contacts.read" },
		{ "contacts", MU_LEVEL_EDIT, "", "contacts.read contacts.write contacts.delete" },
		{ "contacts", MU_LEVEL_NONE, "contacts.read:own presence.self contacts.write",
		  "presence.self" },
		{ "contacts", MU_LEVEL_VIEW, "contacts.write campaigns.read",
		  "campaigns.read contacts.read" },
		{ "campaigns", MU_LEVEL_EDIT, "contacts.read",
		  "contacts.read campaigns.read campaigns.write" },
		{ "templates", MU_LEVEL_NONE, "templates.use templates.read", "templates.use" },
		{ "analytics", MU_LEVEL_VIEW, "", "analytics.read" },
		{ "orders", MU_LEVEL_VIEW, "", "orders.read" },
		{ "orders", MU_LEVEL_EDIT, "orders.read", "orders.read orders.delete" },
	};

	add_key(world, "orders.read");
	add_key(world, "orders.delete");
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_strs keys = words(world, rows[i].before);
		struct mu_perms perms = { 0 };
		struct mu_fault fault = { 0 };
		assert_int_equal(
			mu_module_set(world->ws, rows[i].module, rows[i].level, &world->arena, &keys, &fault),
			MU_OK);
		assert_string_equal(spell(world, &keys), rows[i].after);
		for (size_t k = 0; k < keys.n; k++)
			mu_permission_add(world->ws, keys.v[k], &perms);
		assert_int_equal(mu_module_level(world->ws, rows[i].module, &perms), rows[i].level);
	}
}

static void what_is_between_levels_is_custom(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *keys, *module;
		enum mu_level level;
	} rows[] = {
		{ "contacts.read:own", "contacts", MU_LEVEL_CUSTOM },
		{ "contacts.write", "contacts", MU_LEVEL_CUSTOM }, /* not delete */
		{ "contacts.read contacts.delete", "contacts", MU_LEVEL_CUSTOM },
		{ "campaigns.write", "campaigns", MU_LEVEL_EDIT }, /* includes read */
		{ "templates.use", "templates", MU_LEVEL_NONE },
		{ "campaigns.write", "contacts", MU_LEVEL_NONE },
	};

	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		const struct mu_strs keys = words(world, rows[i].keys);
		struct mu_perms perms = { 0 };
		for (size_t k = 0; k < keys.n; k++)
			mu_permission_add(world->ws, keys.v[k], &perms);
		assert_int_equal(mu_module_level(world->ws, rows[i].module, &perms), rows[i].level);
	}
}

static void a_level_that_a_module_has_not_is_refused(void **state)
{
	struct world *world = *state;
	static const struct {
		const char *module;
		enum mu_level level;
	} rows[] = { { "analytics", MU_LEVEL_EDIT },
		     { "contacts", MU_LEVEL_CUSTOM },
		     { "orders", MU_LEVEL_VIEW },
		     { "users", MU_LEVEL_VIEW },
		     { "", MU_LEVEL_NONE } };

	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct mu_strs keys = words(world, "contacts.read");
		struct mu_fault fault = { 0 };
		assert_int_equal(
			mu_module_set(world->ws, rows[i].module, rows[i].level, &world->arena, &keys, &fault),
			MU_INVALID_PARAMS);
		assert_string_equal(spell(world, &keys), "contacts.read");
	}
}

static void every_module_is_listed_once(void **state)
{
	struct world *world = *state;
	struct mu_strs modules;

	add_key(world, "orders.read");
	add_key(world, "orders.write");
	add_key(world, "campaigns.delete");
	assert_int_equal(mu_modules(world->ws, &world->arena, &modules), MU_OK);
	assert_string_equal(spell(world, &modules),
			    "contacts campaigns templates cms chatbot settings account analytics orders");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_key_is_a_module_and_a_verb),
		CASE(a_registered_key_is_a_permission_like_any_other),
		CASE(bits_that_move_take_nobodys_rights),
		CASE(the_api_key_that_registers_holds_it),
		CASE(there_is_room_for_as_many_as_are_documented),
		CASE(a_key_goes_when_no_role_holds_it),
		CASE(levels_stand_for_keys),
		CASE(what_is_between_levels_is_custom),
		CASE(a_level_that_a_module_has_not_is_refused),
		CASE(every_module_is_listed_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
