/* Viewing as somebody else through the hub: what a view may ask, what it hears, who notices, and how it ends.
 */
#include "heard.h"

static int set_up(void **state)
{
	static const char *const options[][2] = { { "view_as_ttl_ms", "10m" }, { NULL, NULL } };

	*state = rig_create(options);
	return 0;
}

static int tear_down(void **state)
{
	rig_destroy(*state);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* Adm, in slot 1, starts a view; the edge would read it from the token, so slot `slot` gets its identity. */
static void view(struct rig *rig, unsigned slot, const char *params)
{
	char id[MU_ID_TEXT];
	const struct heard *last = rig->slots[1].last;

	rig_call(rig, 1, "view_as.start", params);
	const struct heard *started = rig_find(rig, 1, last, HEARD_FRAME, 0, "view_as.started");
	text_member(started->text, "view", id, sizeof(id));
	rig_connect(rig, slot, id);
	rig->slots[slot].identity.kind = MU_IDENTITY_VIEW;
	snprintf(rig->slots[slot].identity.viewer, MU_ID_MAX, "adm");
}

static const char *view_opens(struct rig *rig, unsigned slot, const char *params)
{
	view(rig, slot, params);
	return rig_call(rig, slot, "session.open", "{}");
}

#define AS_ANN "{\"user\":\"ann\"}"
#define AS_AGENT "{\"role\":\"agent\"}"

static void publish(struct rig *rig, const char *type, const char *audience)
{
	char params[256];

	snprintf(params, sizeof(params), "{\"type\":\"%s\",\"audience\":%s,\"data\":{},\"durable\":true}",
		 type, audience);
	rig_call(rig, 0, "event.publish", params);
}

/* ---- what it may ---- */

static bool reads(const struct mu_command *command)
{
	static const char *const without_get[] = { "session.open", "session.close", "presence.watch" };

	for (size_t i = 0; i < MU_COUNT(without_get); i++)
		if (!strcmp(command->name, without_get[i]))
			return true;
	return command->route && !strncmp(command->route, "GET ", 4);
}

static bool is_personal(const struct mu_command *command)
{
	return !strcmp(command->name, "session.list") || !strcmp(command->name, "totp.get");
}

static void a_view_may_look_but_not_touch(void **state)
{
	struct rig *rig = *state;
	const struct mu_command *command;
	size_t n_shut = 0;

	rig_sign_in(rig, 1, "adm");
	view_opens(rig, 2, AS_ANN);
	view(rig, 3, AS_ANN); /* which ends the one before: only HTTP uses it */
	rig->slots[3].transport = MU_TRANSPORT_HTTP;
	view_opens(rig, 2, AS_ANN);
	rig->slots[3].identity = rig->slots[2].identity;
	for (unsigned i = 0; (command = mu_command(i)); i++) {
		bool shut = !reads(command) || is_personal(command);
		if (command->flags & (MU_METHOD_PUBLIC | MU_METHOD_OPERATOR) ||
		    !strcmp(command->name, "view_as.stop") || !strcmp(command->name, "session.close"))
			continue;
		for (unsigned slot = 2; slot <= 3; slot++) {
			const struct heard *heard =
				rig_answer(rig, slot, rig_ask(rig, slot, command->name, "{}"));
			bool refused = heard->fault.err == MU_FORBIDDEN &&
				       strstr(heard->fault.message, "You view as somebody else");
			if (refused != shut)
				fail_msg("%s: %s", command->name, mu_fault_text(&heard->fault));
		}
		n_shut += shut;
	}
	assert_true(n_shut > 20);
}

static void a_view_shows_what_the_person_may(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "adm");
	const char *opened = view_opens(rig, 2, AS_ANN);
	assert_non_null(strstr(opened, "\"user\":{\"id\":\"ann\""));
	assert_non_null(strstr(opened, "\"by\":\"adm\",\"user\":\"ann\",\"expires_at\":"));
	assert_null(strstr(opened, "users.manage"));
	assert_non_null(strstr(opened, "presence.view:team"));
	assert_int_equal(rig_refused(rig, 2, rig_ask(rig, 2, "user.list", NULL)), MU_FORBIDDEN);
	rig_call(rig, 2, "presence.get", NULL);
}

static void a_role_is_seen_without_a_person(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "adm");
	const char *opened = view_opens(rig, 2, AS_AGENT);
	assert_non_null(strstr(opened, "\"user\":{\"id\":\"v-"));
	assert_non_null(strstr(opened, "\"roles\":[\"agent\"],\"teams\":[]"));
	assert_non_null(strstr(opened, "\"by\":\"adm\",\"role\":\"agent\""));
	publish(rig, "x.role", "{\"roles\":[\"agent\"]}");
	publish(rig, "x.team", "{\"teams\":[\"support\"]}");
	publish(rig, "x.last", "{\"everyone\":true}");
	rig_frame(rig, 2, "x.last");
	assert_int_equal(rig_count(rig, 2, "x.role"), 1);
	assert_int_equal(rig_count(rig, 2, "x.team"), 0);
}

/* ---- what it hears ---- */

static void a_view_hears_what_the_person_hears_but_for_the_personal(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "adm");
	rig_sign_in(rig, 3, "ann");
	view_opens(rig, 2, AS_ANN);
	publish(rig, "x.person", "{\"users\":[\"ann\"]}");
	publish(rig, "x.team", "{\"teams\":[\"support\"]}");
	publish(rig, "x.other", "{\"users\":[\"bob\"]}");
	rig_call(rig, 3, "session.revoke", "{\"user\":\"ann\"}");
	rig_goodbye(rig, 3);
	publish(rig, "x.last", "{\"everyone\":true}");
	rig_frame(rig, 2, "x.last");
	assert_int_equal(rig_count(rig, 2, "x.person"), 1);
	assert_int_equal(rig_count(rig, 2, "x.team"), 1);
	assert_int_equal(rig_count(rig, 2, "x.other"), 0);
	assert_int_equal(rig_count(rig, 2, "session.revoked"), 0);
	assert_int_equal(rig_count(rig, 2, "view_as"), 0);
}

static void a_view_follows_the_persons_rights(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "adm");
	view_opens(rig, 2, AS_ANN);
	rig_call(rig, 0, "team.remove", "{\"team\":\"support\",\"user\":\"ann\"}");
	publish(rig, "x.team", "{\"teams\":[\"support\"]}");
	rig_call(rig, 0, "role.assign", "{\"user\":\"ann\",\"roles\":[\"supervisor\"]}");
	publish(rig, "x.role", "{\"permission\":\"dashboard.view\"}");
	rig_frame(rig, 2, "x.role");
	assert_int_equal(rig_count(rig, 2, "x.team"), 0);
	assert_int_equal(rig_count(rig, 2, "permissions.changed"), 1);
}

/* ---- who notices ---- */

static void nobody_sees_a_view_come_or_go(void **state)
{
	struct rig *rig = *state;

	rig_connect(rig, 4, "sue");
	rig_call(rig, 4, "session.open", "{}");
	rig_sign_in(rig, 1, "adm");
	rig_quiet(rig);
	const struct heard *before = rig->slots[4].last;
	view_opens(rig, 2, AS_ANN);
	rig_quiet(rig);
	rig_call(rig, 2, "presence.get", NULL);
	rig_disconnect(rig, 2, 1000);
	rig_pass(rig, 60000);
	rig_publish(rig, 0, 1);
	const struct heard *next = rig_find(rig, 4, before, HEARD_FRAME, 0, NULL);
	assert_non_null(strstr(next->text, "\"n\":1"));
	assert_string_equal(rig_call(rig, 4, "session.list", "{\"user\":\"ann\"}"),
			    "{\"items\":[],\"next\":null}");
}

/* ---- how it ends ---- */

/* The view in slot 2 has ended, nothing leaked, and what it goes by counts no more. */
static void check_over(struct rig *rig)
{
	rig_sign_in(rig, 9, "bob");
	assert_int_equal(rig_goodbye(rig, 2)->code, MU_CLOSE_REVOKED);
	publish(rig, "x.after", "{\"everyone\":true}");
	rig_frame(rig, 9, "x.after");
	assert_int_equal(rig_count(rig, 2, "x.after"), 0);
	rig->slots[3].identity = rig->slots[2].identity;
	rig->slots[3].transport = MU_TRANSPORT_HTTP;
	assert_int_equal(rig_refused(rig, 3, rig_ask(rig, 3, "workspace.get", NULL)), MU_UNAUTHENTICATED);
}

/* A watcher with the permission to read the audit, who isn't the one who looks. */
static void auditor(struct rig *rig)
{
	rig_call(rig, 0, "user.create",
		 "{\"id\":\"eve\",\"name\":\"Eve\",\"email\":\"eve@acme.test\",\"roles\":[\"admin\"]}");
	rig_sign_in(rig, 8, "eve");
}

static void check_stopped(struct rig *rig, const char *reason)
{
	char part[64];

	snprintf(part, sizeof(part), "\"reason\":\"%s\"", reason);
	assert_non_null(strstr(rig_frame(rig, 8, "view_as.stopped")->text, part));
	assert_int_equal(rig_count(rig, 8, "\"type\":\"view_as.started\""), 1);
	check_over(rig);
	assert_int_equal(rig_count(rig, 8, "\"type\":\"view_as.stopped\""), 1);
}

static void it_ends_when_who_looks_says_so(void **state)
{
	struct rig *rig = *state;

	auditor(rig);
	rig_sign_in(rig, 1, "adm");
	view_opens(rig, 2, AS_ANN);
	rig_call(rig, 1, "view_as.stop", NULL);
	check_stopped(rig, "stopped");
}

static void it_ends_when_the_view_says_so(void **state)
{
	struct rig *rig = *state;

	auditor(rig);
	rig_sign_in(rig, 1, "adm");
	view_opens(rig, 2, AS_ANN);
	rig_call(rig, 2, "view_as.stop", NULL);
	check_stopped(rig, "stopped");
}

static void it_ends_with_its_time(void **state)
{
	struct rig *rig = *state;

	auditor(rig);
	rig_sign_in(rig, 1, "adm");
	view_opens(rig, 2, AS_ANN);
	rig_pass(rig, 10 * 60000 - 2000); /* tokens end on a whole second */
	assert_int_equal(rig_count(rig, 8, "\"type\":\"view_as.stopped\""), 0);
	rig_pass(rig, 2000);
	check_stopped(rig, "expired");
}

static void it_ends_with_the_sign_in_of_who_looks(void **state)
{
	struct rig *rig = *state;

	auditor(rig);
	rig_sign_in(rig, 1, "adm");
	view_opens(rig, 2, AS_ANN);
	rig_call(rig, 1, "auth.logout", NULL);
	assert_non_null(strstr(rig_frame(rig, 8, "view_as.stopped")->text, "signed_out"));
	assert_int_equal(rig_goodbye(rig, 2)->code, MU_CLOSE_REVOKED);
}

static void it_ends_when_who_looks_loses_the_permission(void **state)
{
	struct rig *rig = *state;

	auditor(rig);
	rig_sign_in(rig, 1, "adm");
	view_opens(rig, 2, "{\"user\":\"sue\"}");
	rig_call(rig, 0, "role.assign", "{\"user\":\"adm\",\"roles\":[\"supervisor\"]}");
	check_stopped(rig, "permission");
	assert_int_equal(rig_count(rig, 2, "role.assigned"), 0);
}

static void it_ends_when_the_other_gets_more_rights(void **state)
{
	struct rig *rig = *state;

	auditor(rig);
	rig_call(
		rig, 0, "role.create",
		"{\"id\":\"looker\",\"name\":\"Looker\",\"permissions\":[\"impersonate\",\"presence.self\","
		"\"presence.view:team\",\"conversations.view:own\",\"conversations.view:unassigned\","
		"\"conversations.reply\",\"conversations.assign_self\",\"queue.view:team\",\"contacts.read\","
		"\"templates.use\"]}");
	rig_call(rig, 0, "role.assign", "{\"user\":\"adm\",\"roles\":[\"looker\"]}");
	rig_sign_in(rig, 1, "adm");
	view_opens(rig, 2, AS_ANN);
	rig_call(rig, 0, "role.assign", "{\"user\":\"ann\",\"roles\":[\"supervisor\"]}");
	check_stopped(rig, "permission");
	assert_int_equal(rig_count(rig, 2, "role.assigned"), 0);
}

static void it_ends_when_who_looks_must_enroll(void **state)
{
	struct rig *rig = *state;

	auditor(rig);
	rig_connect(rig, 1, "adm");
	rig->slots[1].identity.by_password = true;
	rig_call(rig, 1, "session.open", "{}");
	view_opens(rig, 2, AS_ANN);
	rig_call(rig, 0, "security.update", "{\"require_2fa\":true}");
	check_stopped(rig, "permission");
}

static void another_one_takes_its_place(void **state)
{
	struct rig *rig = *state;

	auditor(rig);
	rig_sign_in(rig, 1, "adm");
	view_opens(rig, 2, AS_ANN);
	view_opens(rig, 4, AS_AGENT);
	assert_non_null(strstr(rig_frame(rig, 8, "view_as.stopped")->text, "\"reason\":\"replaced\""));
	assert_int_equal(rig_goodbye(rig, 2)->code, MU_CLOSE_REVOKED);
	publish(rig, "x.after", "{\"everyone\":true}");
	rig_frame(rig, 4, "x.after");
	assert_int_equal(rig_count(rig, 2, "x.after"), 0);
}

static void only_who_looks_the_other_and_auditors_are_told(void **state)
{
	struct rig *rig = *state;

	auditor(rig);
	rig_sign_in(rig, 1, "adm");
	rig_sign_in(rig, 3, "ann");
	rig_sign_in(rig, 4, "bob");
	view_opens(rig, 2, AS_ANN);
	rig_call(rig, 1, "view_as.stop", NULL);
	publish(rig, "x.last", "{\"everyone\":true}");
	rig_frame(rig, 4, "x.last");
	rig_frame(rig, 3, "x.last");
	assert_int_equal(rig_count(rig, 1, "\"type\":\"view_as."), 2);
	assert_int_equal(rig_count(rig, 3, "\"type\":\"view_as."), 2);
	assert_int_equal(rig_count(rig, 8, "\"type\":\"view_as."), 2);
	assert_int_equal(rig_count(rig, 4, "\"type\":\"view_as."), 0);
	assert_int_equal(rig_count(rig, 8, "t-adm"), 0); /* the token is nobody's business */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_view_may_look_but_not_touch),
		CASE(a_view_shows_what_the_person_may),
		CASE(a_role_is_seen_without_a_person),
		CASE(a_view_hears_what_the_person_hears_but_for_the_personal),
		CASE(a_view_follows_the_persons_rights),
		CASE(nobody_sees_a_view_come_or_go),
		CASE(it_ends_when_who_looks_says_so),
		CASE(it_ends_when_the_view_says_so),
		CASE(it_ends_with_its_time),
		CASE(it_ends_with_the_sign_in_of_who_looks),
		CASE(it_ends_when_who_looks_loses_the_permission),
		CASE(it_ends_when_the_other_gets_more_rights),
		CASE(it_ends_when_who_looks_must_enroll),
		CASE(another_one_takes_its_place),
		CASE(only_who_looks_the_other_and_auditors_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
