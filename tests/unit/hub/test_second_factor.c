/* The second factor through the hub, on a clock that only this test moves: codes of the right moment, who
 * must enrol first, and what that shuts. */
#include "heard.h"

#include "muster/auth/totp.h"

#define PASSWORD "correct horse battery"
#define STEP(rig) ((RIG_START_MS + 2000 + atomic_load(&(rig)->passed_ms)) / MU_TOTP_STEP_MS)

static int set_up(void **state)
{
	static const char *const options[][2] = { { "login_attempts", "5" }, { NULL, NULL } };

	*state = rig_create(options);
	rig_call(*state, 0, "user.create",
		 "{\"id\":\"zoe\",\"name\":\"Zoe\",\"email\":\"zoe@acme.test\",\"roles\":[\"agent\"],"
		 "\"password\":\"" PASSWORD "\"}");
	return 0;
}

static int tear_down(void **state)
{
	rig_destroy(*state);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* Zoe in a slot, signed in with her password just now. */
static void zoe(struct rig *rig, unsigned slot)
{
	rig_connect(rig, slot, "zoe");
	rig->slots[slot].identity.by_password = true;
	rig->slots[slot].identity.issued_at_ms = STEP(rig) * MU_TOTP_STEP_MS;
}

static void zoe_opens(struct rig *rig, unsigned slot)
{
	zoe(rig, slot);
	rig_call(rig, slot, "session.open", "{\"watch\":{\"presence\":\"none\"}}");
}

static void require_2fa(struct rig *rig, bool on)
{
	rig_call(rig, 0, "security.update", on ? "{\"require_2fa\":true}" : "{\"require_2fa\":false}");
}

static const char *code_params(struct rig *rig, const char *secret, int64_t step)
{
	static char params[64];
	char code[MU_TOTP_DIGITS + 1];

	assert_int_equal(mu_totp_code(secret, step, code), MU_OK);
	snprintf(params, sizeof(params), "{\"code\":\"%s\"}", code);
	return params;
}

/* Enrol Zoe, who is signed in in a slot; the step of the code is used up. */
static void enroll(struct rig *rig, unsigned slot, char secret[static 64])
{
	text_member(rig_call(rig, slot, "totp.enroll", NULL), "secret", secret, 64);
	rig_call(rig, slot, "totp.confirm", code_params(rig, secret, STEP(rig)));
}

/* How a sign-in with a code of a step (0: none) ends. */
static enum mu_err login(struct rig *rig, const char *secret, int64_t step)
{
	char params[256], code[MU_TOTP_DIGITS + 1], member[32] = "";

	rig_platform(rig, 5);
	rig->slots[5].identity = (struct mu_identity){ 0 };
	if (step) {
		assert_int_equal(mu_totp_code(secret, step, code), MU_OK);
		snprintf(member, sizeof(member), ",\"code\":\"%s\"", code);
	}
	snprintf(params, sizeof(params),
		 "{\"workspace\":\"acme\",\"email\":\"zoe@acme.test\",\"password\":\"" PASSWORD "\"%s}",
		 member);
	return rig_answer(rig, 5, rig_ask(rig, 5, "auth.login", params))->fault.err;
}

/* ---- codes ---- */

static void a_code_counts_within_one_step_and_once(void **state)
{
	struct rig *rig = *state;
	char secret[64];

	zoe_opens(rig, 1);
	enroll(rig, 1, secret);
	assert_int_equal(login(rig, secret, 0), MU_SECOND_FACTOR);
	assert_int_equal(login(rig, secret, STEP(rig)), MU_UNAUTHENTICATED); /* the one that proved it */
	rig_pass(rig, 10 * MU_TOTP_STEP_MS);
	assert_int_equal(login(rig, secret, STEP(rig) - 2), MU_UNAUTHENTICATED);
	assert_int_equal(login(rig, secret, STEP(rig) + 2), MU_UNAUTHENTICATED);
	assert_int_equal(login(rig, secret, STEP(rig) - 1), MU_OK);
	assert_int_equal(login(rig, secret, STEP(rig)), MU_OK);
	assert_int_equal(login(rig, secret, STEP(rig) + 1), MU_OK);
	assert_int_equal(login(rig, secret, STEP(rig) + 1), MU_UNAUTHENTICATED);
	assert_int_equal(login(rig, secret, STEP(rig)), MU_UNAUTHENTICATED);
}

static void of_two_who_bring_one_code_at_once_one_wins(void **state)
{
	struct rig *rig = *state;
	char secret[64], params[256], code[MU_TOTP_DIGITS + 1];
	uint32_t tags[4];
	size_t won = 0;

	zoe_opens(rig, 1);
	enroll(rig, 1, secret);
	rig_pass(rig, 5 * MU_TOTP_STEP_MS);
	assert_int_equal(mu_totp_code(secret, STEP(rig), code), MU_OK);
	snprintf(params, sizeof(params),
		 "{\"workspace\":\"acme\",\"email\":\"zoe@acme.test\",\"password\":\"" PASSWORD
		 "\",\"code\":\"%s\"}",
		 code);
	rig_hold(rig);
	for (size_t i = 0; i < MU_COUNT(tags); i++)
		tags[i] = rig_ask(rig, 0, "auth.login", params);
	rig_release(rig);
	for (size_t i = 0; i < MU_COUNT(tags); i++)
		won += rig_answer(rig, 0, tags[i])->fault.err == MU_OK;
	assert_int_equal(won, 1);
}

static void wrong_codes_count_as_wrong_passwords(void **state)
{
	struct rig *rig = *state;
	char secret[64];

	zoe_opens(rig, 1);
	enroll(rig, 1, secret);
	rig_pass(rig, 5 * MU_TOTP_STEP_MS);
	for (int i = 0; i < 8; i++) /* to leave it out is no guess */
		assert_int_equal(login(rig, secret, 0), MU_SECOND_FACTOR);
	for (int i = 0; i < 5; i++)
		assert_int_equal(login(rig, secret, STEP(rig) + 9), MU_UNAUTHENTICATED);
	assert_int_equal(login(rig, secret, STEP(rig)), MU_RATE_LIMITED);
	assert_int_equal(mu_metrics_get(&rig->metrics, MU_METRIC_LOGIN_FAILURES_TOTAL), 5);
}

static void guessing_with_an_open_session_is_braked_too(void **state)
{
	struct rig *rig = *state;
	char secret[64];

	zoe_opens(rig, 1);
	enroll(rig, 1, secret);
	for (int i = 0; i < 5; i++)
		assert_int_equal(
			rig_refused(rig, 1, rig_ask(rig, 1, "totp.disable", "{\"code\":\"000000\"}")),
			MU_INVALID_PARAMS);
	assert_int_equal(rig_refused(rig, 1, rig_ask(rig, 1, "totp.recovery", "{\"code\":\"000000\"}")),
			 MU_RATE_LIMITED);
}

static void a_secret_waits_a_quarter_of_an_hour(void **state)
{
	struct rig *rig = *state;
	char secret[64], other[64];

	zoe_opens(rig, 1);
	text_member(rig_call(rig, 1, "totp.enroll", NULL), "secret", secret, sizeof(secret));
	rig_pass(rig, 15 * 60000);
	assert_int_equal(
		rig_refused(rig, 1, rig_ask(rig, 1, "totp.confirm", code_params(rig, secret, STEP(rig)))),
		MU_GONE);
	/* By now the sign-in isn't fresh any more. */
	assert_int_equal(rig_refused(rig, 1, rig_ask(rig, 1, "totp.enroll", NULL)), MU_INVALID_PARAMS);
	assert_int_equal(
		rig_refused(rig, 1, rig_ask(rig, 1, "totp.enroll", "{\"password\":\"not this one\"}")),
		MU_INVALID_PARAMS);
	text_member(rig_call(rig, 1, "totp.enroll", "{\"password\":\"" PASSWORD "\"}"), "secret", other,
		    sizeof(other));
	assert_string_not_equal(secret, other);
	assert_int_equal(
		rig_refused(rig, 1, rig_ask(rig, 1, "totp.confirm", code_params(rig, secret, STEP(rig)))),
		MU_INVALID_PARAMS);
	rig_call(rig, 1, "totp.confirm", code_params(rig, other, STEP(rig)));
}

/* ---- who must enrol first ---- */

/* What somebody who must enrol may ask for; everything else is shut. */
static const char *const open_to_all[] = { "auth.login",      "auth.logout", "session.open", "session.close",
					   "session.refresh", "totp.get",    "totp.enroll",  "totp.confirm" };

static bool is_open(const struct mu_command *command)
{
	for (size_t i = 0; i < MU_COUNT(open_to_all); i++)
		if (!strcmp(command->name, open_to_all[i]))
			return true;
	return command->flags &
	       (MU_METHOD_PUBLIC | MU_METHOD_OPERATOR); /* edges take no operator's methods */
}

static void who_must_enroll_can_do_nothing_else(void **state)
{
	struct rig *rig = *state;
	const struct mu_command *command;

	require_2fa(rig, true);
	zoe_opens(rig, 1);
	zoe(rig, 2);
	rig->slots[2].transport = MU_TRANSPORT_HTTP;
	for (unsigned i = 0; (command = mu_command(i)); i++) {
		if (is_open(command))
			continue;
		for (unsigned slot = 1; slot <= 2; slot++) {
			const struct heard *heard =
				rig_answer(rig, slot, rig_ask(rig, slot, command->name, "{}"));
			if (heard->fault.err != MU_FORBIDDEN ||
			    !strstr(heard->fault.message, "second factor"))
				fail_msg("%s: %s", command->name, mu_fault_text(&heard->fault));
		}
	}
}

static void who_must_enroll_sees_nothing_and_is_seen_by_nobody(void **state)
{
	struct rig *rig = *state;

	require_2fa(rig, true);
	rig_connect(rig, 2, "adm");
	rig_call(rig, 2, "session.open", "{}");
	zoe(rig, 1);
	const char *opened = rig_call(rig, 1, "session.open", "{}");
	assert_non_null(strstr(opened, "\"must_enroll\":true"));
	assert_non_null(strstr(opened, "\"permissions\":[]"));
	assert_non_null(strstr(opened, "\"users\":[]"));
	rig_call(rig, 0, "event.publish",
		 "{\"type\":\"x.secret\",\"audience\":{\"users\":[\"zoe\"]},\"data\":{},\"durable\":true}");
	rig_publish(rig, 0, 7);
	rig_frame(rig, 2, "\"n\":7");
	rig_quiet(rig);
	assert_int_equal(rig_count(rig, 1, "x."), 0);
	assert_int_equal(rig_count(rig, 2, "\"user\":\"zoe\""), 0);
}

static void rights_come_with_the_confirmation(void **state)
{
	struct rig *rig = *state;
	char secret[64];

	require_2fa(rig, true);
	rig_connect(rig, 2, "adm");
	rig_call(rig, 2, "session.open", "{}");
	zoe_opens(rig, 1);
	enroll(rig, 1, secret);
	const struct heard *told = rig_frame(rig, 1, "permissions.changed");
	assert_non_null(strstr(told->text, "presence.self"));
	assert_null(strstr(told->text, "must_enroll"));
	rig_call(rig, 1, "presence.set", "{\"status\":\"busy\"}");
	rig_quiet(rig);
	rig_frame(rig, 2, "\"user\":\"zoe\",\"name\":\"Zoe\",\"status\":\"busy\"");
	rig_publish(rig, 0, 8);
	rig_frame(rig, 1, "\"n\":8");
}

static void rights_go_when_everybody_needs_one(void **state)
{
	struct rig *rig = *state;

	rig_connect(rig, 2, "adm");
	rig_call(rig, 2, "session.open", "{}");
	zoe_opens(rig, 1);
	rig_sign_in(rig, 3, "zoe"); /* by a token of the platform */
	require_2fa(rig, true);
	const struct heard *told = rig_frame(rig, 1, "permissions.changed");
	assert_non_null(strstr(told->text, "\"permissions\":[],\"must_enroll\":true"));
	rig_publish(rig, 0, 9);
	rig_frame(rig, 2, "\"n\":9");
	rig_frame(rig, 3, "\"n\":9");
	assert_int_equal(rig_count(rig, 1, "\"n\":9"), 0);
	assert_int_equal(rig_count(rig, 3, "permissions.changed"), 0);
	assert_int_equal(rig_refused(rig, 1, rig_ask(rig, 1, "presence.get", NULL)), MU_FORBIDDEN);
	rig_call(rig, 3, "presence.set", "{\"status\":\"away\"}");
	require_2fa(rig, false);
	rig_find(rig, 1, told, HEARD_FRAME, 0, "permissions.changed");
	rig_call(rig, 1, "presence.set", "{\"status\":\"available\"}");
	rig_publish(rig, 0, 10);
	rig_frame(rig, 1, "\"n\":10");
}

static void a_newer_proof_opens_the_gate(void **state)
{
	struct rig *rig = *state;

	require_2fa(rig, true);
	zoe_opens(rig, 1);
	rig->slots[1].identity.by_password = false; /* the token that refresh brings is the platform's */
	rig_call(rig, 1, "session.refresh", "{\"token\":\"checked by the edge\"}");
	rig_frame(rig, 1, "permissions.changed");
	rig_call(rig, 1, "presence.set", "{\"status\":\"away\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_code_counts_within_one_step_and_once),
		CASE(of_two_who_bring_one_code_at_once_one_wins),
		CASE(wrong_codes_count_as_wrong_passwords),
		CASE(guessing_with_an_open_session_is_braked_too),
		CASE(a_secret_waits_a_quarter_of_an_hour),
		CASE(who_must_enroll_can_do_nothing_else),
		CASE(who_must_enroll_sees_nothing_and_is_seen_by_nobody),
		CASE(rights_come_with_the_confirmation),
		CASE(rights_go_when_everybody_needs_one),
		CASE(a_newer_proof_opens_the_gate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
