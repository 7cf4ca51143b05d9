/* The command table as a whole, and what every command goes through before it runs. */
#include "testing.h"

#include "muster/api/api.h"
#include "muster/base/mem.h"
#include "muster/wire/json.h"

#include <ctype.h>

/* ---- the rows ---- */

static void each_command_is_found_by_its_name_alone(void **state)
{
	const struct mu_command *command;

	for (unsigned i = 0; (command = mu_command(i)); i++)
		assert_int_equal(mu_command_find(command->name), (int)i);
	assert_int_equal(mu_command_find("no.such"), -1);
	assert_int_equal(mu_command_find(""), -1);
}

static void each_route_is_one_commands(void **state)
{
	const struct mu_command *one, *other;

	for (unsigned i = 0; (one = mu_command(i)); i++)
		for (unsigned k = 0; k < i && (other = mu_command(k)); k++)
			if (one->route && other->route && !strcmp(one->route, other->route))
				fail_msg("%s and %s share %s", one->name, other->name, one->route);
}

static void check_sentence(const char *of, const char *help)
{
	if (!help || !isupper((unsigned char)help[0]) || help[strlen(help) - 1] != '.')
		fail_msg("%s: its help is no sentence: %s", of, help ? help : "(none)");
}

static void check_fields(const char *command, const struct mu_shape *shape)
{
	for (size_t i = 0; shape && i < shape->n; i++) {
		if (!shape->fields[i].help || !*shape->fields[i].help)
			fail_msg("%s: nothing is said about %s.%s", command, shape->name,
				 shape->fields[i].name);
		check_fields(command, shape->fields[i].shape);
	}
}

static void each_command_is_documented(void **state)
{
	const struct mu_command *command;

	for (unsigned i = 0; (command = mu_command(i)); i++) {
		check_sentence(command->name, command->help);
		check_fields(command->name, command->params);
		assert_true(command->result && *command->result);
	}
}

static void flags_go_together(void **state)
{
	const struct mu_command *command;

	for (unsigned i = 0; (command = mu_command(i)); i++) {
		const unsigned flags = command->flags;
		assert_non_null(command->run);
		assert_true(command->cost > 0);
		if (flags & MU_COMMAND_DIRECT) /* run writes the result */
			assert_null(command->reply);
		if (flags & MU_COMMAND_LATE)
			assert_non_null(command->reply);
		if (flags & (MU_METHOD_OPERATOR | MU_METHOD_SESSION | MU_METHOD_OPENS)) /* never over HTTP */
			assert_null(command->route);
		if (flags & MU_COMMAND_CREATES)
			assert_true(flags & MU_METHOD_OPERATOR);
		if (flags & MU_METHOD_PUBLIC) /* asked of the workspace that it names, by nobody */
			assert_true(command->need == MU_PERM_NONE && !(flags & MU_METHOD_TOKEN));
	}
}

static void edges_get_every_row(void **state)
{
	struct mu_methods methods = { 0 };

	assert_int_equal(mu_command_methods(&methods), MU_OK);
	for (size_t i = 0; i < methods.n; i++) {
		const struct mu_command *command = mu_command((unsigned)i);
		assert_string_equal(methods.v[i].name, command->name);
		assert_ptr_equal(methods.v[i].params, command->params);
		assert_int_equal(methods.v[i].flags & (MU_COMMAND_LATE | MU_COMMAND_DIRECT), 0);
	}
	assert_null(mu_command((unsigned)methods.n));
	free((void *)methods.v);
}

/* ---- before a command runs ---- */

/* How a check ends for an actor who holds at most one permission. */
static enum mu_err check(const char *name, enum mu_identity_kind kind, enum mu_perm perm, const char *params)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	AUTO_JSON json_t *raw = params ? json_loads(params, 0, NULL) : NULL;
	struct mu_fault fault = { 0 };
	struct mu_perms perms = { 0 };
	struct mu_call call = { .command = mu_command((unsigned)mu_command_find(name)),
				.arena = &arena,
				.actor = { .kind = kind, .perms = kind == MU_IDENTITY_USER ? &perms : NULL },
				.raw = raw,
				.fault = &fault };

	if (perm != MU_PERM_NONE)
		mu_perms_add(&perms, perm);
	return mu_command_check(&call);
}

#define USER MU_IDENTITY_USER
#define OPERATOR MU_IDENTITY_OPERATOR
#define NOBODY MU_IDENTITY_NONE
#define TEAM "{\"team\":\"support\"}"

static void permission_comes_before_parameters(void **state)
{
	assert_int_equal(check("team.delete", NOBODY, MU_PERM_NONE, "{}"), MU_UNAUTHENTICATED);
	assert_int_equal(check("team.delete", USER, MU_PERM_NONE, "{}"), MU_FORBIDDEN);
	assert_int_equal(check("team.delete", USER, MU_PERM_TEAMS_MANAGE, "{}"), MU_INVALID_PARAMS);
	assert_int_equal(check("team.delete", USER, MU_PERM_TEAMS_MANAGE, TEAM), MU_OK);
	assert_int_equal(check("team.delete", OPERATOR, MU_PERM_NONE, TEAM), MU_OK);
	assert_int_equal(check("workspace.create", USER, MU_PERM_WORKSPACE_MANAGE, "{}"), MU_FORBIDDEN);
	assert_int_equal(check("auth.login", NOBODY, MU_PERM_NONE, "{}"), MU_INVALID_PARAMS);
}

static void a_command_without_parameters_takes_none(void **state)
{
	assert_int_equal(check("workspace.get", USER, MU_PERM_NONE, NULL), MU_OK);
	assert_int_equal(check("workspace.get", USER, MU_PERM_NONE, "{}"), MU_OK);
	assert_int_equal(check("workspace.get", USER, MU_PERM_NONE, TEAM), MU_INVALID_PARAMS);
	assert_int_equal(check("workspace.get", USER, MU_PERM_NONE, "[]"), MU_INVALID_PARAMS);
	assert_int_equal(check("workspace.get", USER, MU_PERM_NONE, "[1]"), MU_INVALID_PARAMS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_command_is_found_by_its_name_alone),
		cmocka_unit_test(each_route_is_one_commands),
		cmocka_unit_test(each_command_is_documented),
		cmocka_unit_test(flags_go_together),
		cmocka_unit_test(edges_get_every_row),
		cmocka_unit_test(permission_comes_before_parameters),
		cmocka_unit_test(a_command_without_parameters_takes_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
