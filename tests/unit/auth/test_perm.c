/* The catalogue of permissions is whole, and sets are closed: whoever holds a permission holds what is
 * narrower. */
#include "testing.h"

#include "muster/auth/perm.h"

/* Every key that the contract with clients names. */
static const char *const keys[] = {
	"conversations.view:own",
	"conversations.view:unassigned",
	"conversations.view:team",
	"conversations.view:all",
	"conversations.reply",
	"conversations.write",
	"conversations.assign_self",
	"conversations.assign_others",
	"queue.view:team",
	"queue.view:all",
	"contacts.read",
	"contacts.read:own",
	"contacts.write",
	"contacts.write:own",
	"contacts.delete",
	"contacts.delete:own",
	"campaigns.read",
	"campaigns.write",
	"templates.use",
	"templates.read",
	"templates.write",
	"cms.read",
	"cms.write",
	"chatbot.read",
	"chatbot.write",
	"integrations.manage",
	"developers.manage",
	"settings.read",
	"settings.write",
	"account.read",
	"account.write",
	"analytics.read",
	"users.view",
	"users.manage",
	"roles.manage",
	"teams.manage",
	"capacity.manage",
	"presence.self",
	"presence.view:team",
	"presence.view:all",
	"presence.force",
	"sessions.revoke",
	"dashboard.view",
	"notifications.send",
	"events.publish",
	"audit.view",
	"security.manage",
	"billing.manage",
	"workspace.manage",
	"impersonate",
	"owner.transfer",
};

/* Wider key, narrower key, whether the first includes the second. */
static const struct {
	const char *wide, *narrow;
	bool includes;
} scopes[] = {
	{ "conversations.view:all", "conversations.view:team", true },
	{ "conversations.view:all", "conversations.view:own", true },
	{ "conversations.view:all", "conversations.view:unassigned", true },
	{ "conversations.view:team", "conversations.view:own", true },
	{ "conversations.view:team", "conversations.view:unassigned", false },
	{ "conversations.view:team", "conversations.view:all", false },
	{ "conversations.view:unassigned", "conversations.view:own", false },
	{ "conversations.view:own", "conversations.view:unassigned", false },
	{ "conversations.assign_others", "conversations.assign_self", true },
	{ "conversations.assign_self", "conversations.assign_others", false },
	{ "queue.view:all", "queue.view:team", true },
	{ "presence.view:all", "presence.view:team", true },
	{ "presence.force", "presence.view:team", false },
	{ "users.manage", "users.view", true },
	{ "users.view", "users.manage", false },
	{ "contacts.read", "contacts.read:own", true },
	{ "contacts.write", "contacts.read", true },
	{ "contacts.write", "contacts.write:own", true },
	{ "contacts.write", "contacts.read:own", true },
	{ "contacts.write:own", "contacts.read:own", true },
	{ "contacts.write:own", "contacts.read", false },
	{ "contacts.delete", "contacts.delete:own", true },
	{ "contacts.delete", "contacts.read:own", false },
	{ "campaigns.write", "campaigns.read", true },
	{ "templates.write", "templates.read", true },
	{ "templates.use", "templates.read", false },
	{ "cms.write", "cms.read", true },
	{ "chatbot.write", "chatbot.read", true },
	{ "settings.write", "settings.read", true },
	{ "account.write", "account.read", true },
	{ "workspace.manage", "security.manage", false },
	{ "owner.transfer", "workspace.manage", false },
};

static void the_catalogue_has_every_key_of_the_contract_and_no_other(void **state)
{
	size_t n = 0;

	for (size_t i = 0; i < MU_COUNT(keys); i++) {
		enum mu_perm perm = mu_perm_find(keys[i]);

		assert_int_not_equal(perm, MU_PERM_NONE);
		assert_string_equal(mu_perm_info((int)perm)->key, keys[i]);
	}
	while (mu_perm_info((int)n))
		n++;
	assert_int_equal(n, MU_COUNT(keys));
}

static void every_row_is_filled_and_its_key_stands_once(void **state)
{
	for (int i = 0; mu_perm_info(i); i++) {
		const struct mu_perm_info *info = mu_perm_info(i);
		size_t n = strlen(info->help);

		assert_non_null(info->key);
		assert_int_equal(mu_perm_find(info->key), i);
		assert_true(n > 10);
		assert_int_equal(info->help[n - 1], '.');
		assert_true(info->help[0] >= 'A' && info->help[0] <= 'Z');
	}
}

static void rows_outside_the_catalogue_are_null(void **state)
{
	assert_null(mu_perm_info(-1));
	assert_null(mu_perm_info((int)MU_COUNT(keys)));
	assert_null(mu_perm_info(MU_PERM_MAX));
}

static void the_programs_own_keys_come_first_and_modules_after(void **state)
{
	assert_int_equal(mu_perm_find("conversations.view:own"), MU_PERM_CONVERSATIONS_VIEW_OWN);
	assert_int_equal(mu_perm_find("presence.view:team"), MU_PERM_PRESENCE_VIEW_TEAM);
	assert_int_equal(mu_perm_find("owner.transfer"), MU_PERM_OWNER_TRANSFER);
	assert_int_equal(mu_perm_find("developers.manage"), MU_PERM_DEVELOPERS_MANAGE);
	for (int i = 0; mu_perm_info(i); i++)
		assert_int_equal(mu_perm_info(i)->module, i >= (int)MU_PERM_MODULES_FIRST);
}

static void unknown_keys_are_not_found(void **state)
{
	static const char *const unknown[] = { "",
					       "presence",
					       "presence.view",
					       "presence.view:",
					       "Presence.self",
					       "presence.self ",
					       "conversations.view:everything" };

	for (size_t i = 0; i < MU_COUNT(unknown); i++)
		assert_int_equal(mu_perm_find(unknown[i]), MU_PERM_NONE);
	assert_int_equal(mu_perm_find(NULL), MU_PERM_NONE);
}

static void wider_scopes_include_the_narrower(void **state)
{
	for (size_t i = 0; i < MU_COUNT(scopes); i++) {
		struct mu_perms perms = { 0 };

		mu_perms_add(&perms, mu_perm_find(scopes[i].wide));
		if (mu_perms_has(&perms, mu_perm_find(scopes[i].narrow)) != scopes[i].includes)
			fail_msg("%s should %sinclude %s", scopes[i].wide, scopes[i].includes ? "" : "not ",
				 scopes[i].narrow);
	}
}

/* If a includes b, then a includes all that b includes; and no two keys include each other. */
static void sets_are_closed_and_the_order_has_no_cycle(void **state)
{
	for (int a = 0; mu_perm_info(a); a++) {
		struct mu_perms outer = { 0 };

		mu_perms_add(&outer, (enum mu_perm)a);
		assert_true(mu_perms_has(&outer, (enum mu_perm)a));
		for (int b = 0; mu_perm_info(b); b++) {
			struct mu_perms inner = { 0 };

			mu_perms_add(&inner, (enum mu_perm)b);
			assert_int_equal(mu_perms_has(&outer, (enum mu_perm)b),
					 mu_perms_include(&outer, &inner));
			if (a != b)
				assert_false(mu_perms_include(&outer, &inner) &&
					     mu_perms_include(&inner, &outer));
		}
	}
}

static void an_empty_set_holds_nothing_and_is_in_every_set(void **state)
{
	struct mu_perms none = { 0 }, all = { 0 };

	mu_perms_all(&all);
	for (int i = 0; mu_perm_info(i); i++) {
		assert_false(mu_perms_has(&none, (enum mu_perm)i));
		assert_true(mu_perms_has(&all, (enum mu_perm)i));
	}
	assert_true(mu_perms_include(&none, &none));
	assert_true(mu_perms_include(&all, &none));
	assert_false(mu_perms_include(&none, &all));
}

static void what_is_no_permission_changes_nothing(void **state)
{
	struct mu_perms perms = { 0 }, none = { 0 };

	mu_perms_add(&perms, MU_PERM_NONE);
	mu_perms_add(&perms, (enum mu_perm)MU_COUNT(keys));
	mu_perms_add(&perms, MU_PERM_MAX);
	assert_true(mu_perms_equal(&perms, &none));
	mu_perms_all(&perms);
	assert_false(mu_perms_has(&perms, MU_PERM_NONE));
	assert_false(mu_perms_has(&perms, (enum mu_perm)MU_COUNT(keys)));
	assert_false(mu_perms_has(&perms, MU_PERM_MAX));
}

static void a_union_holds_what_either_holds(void **state)
{
	struct mu_perms a = { 0 }, b = { 0 }, both = { 0 };

	mu_perms_add(&a, MU_PERM_PRESENCE_VIEW_ALL);
	mu_perms_add(&b, mu_perm_find("account.write"));
	mu_perms_union(&both, &a);
	assert_true(mu_perms_equal(&both, &a));
	mu_perms_union(&both, &b);
	assert_true(mu_perms_has(&both, MU_PERM_PRESENCE_VIEW_TEAM));
	assert_true(mu_perms_has(&both, mu_perm_find("account.read")));
	assert_true(mu_perms_include(&both, &a));
	assert_true(mu_perms_include(&both, &b));
	assert_false(mu_perms_include(&a, &both));
	assert_false(mu_perms_equal(&both, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_catalogue_has_every_key_of_the_contract_and_no_other),
		cmocka_unit_test(every_row_is_filled_and_its_key_stands_once),
		cmocka_unit_test(rows_outside_the_catalogue_are_null),
		cmocka_unit_test(the_programs_own_keys_come_first_and_modules_after),
		cmocka_unit_test(unknown_keys_are_not_found),
		cmocka_unit_test(wider_scopes_include_the_narrower),
		cmocka_unit_test(sets_are_closed_and_the_order_has_no_cycle),
		cmocka_unit_test(an_empty_set_holds_nothing_and_is_in_every_set),
		cmocka_unit_test(what_is_no_permission_changes_nothing),
		cmocka_unit_test(a_union_holds_what_either_holds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
