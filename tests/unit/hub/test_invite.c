/* Invitations in the hub (A3): a mail goes out for what is durable, once and for nothing else; and time runs
 * out by the hub's clock. */
#include "heard.h"

#define MINUTE_MS INT64_C(60000)
#define EVE "{\"email\":\"eve@acme.test\",\"roles\":[\"agent\"]}"
#define KIM "{\"email\":\"kim@acme.test\",\"roles\":[\"agent\"]}"
#define EXPIRED "{\"type\":\"invite.expired\""
#define EVES_MAIL "eve@acme.test: Your team invites you to Acme\n"

static int set_up(void **state)
{
	static const char *const options[][2] = { { "smtp_url", "smtp://mail.test" },
						  { "invite_ttl_ms", "72m" },
						  { NULL, NULL } };

	*state = rig_create(options);
	return 0;
}

static int tear_down(void **state)
{
	rig_destroy(*state);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static const char *mails(struct rig *rig)
{
	rig_settle(rig);
	return rig->mails ? rig->mails : "";
}

static void a_mail_follows_what_is_durable(void **state)
{
	struct rig *rig = *state;

	rig_call(rig, 0, "invite.create", EVE);
	assert_string_equal(mails(rig), EVES_MAIL);
}

static void what_was_not_kept_is_not_mailed(void **state)
{
	struct rig *rig = *state;

	mu_memory_fail_appends(rig->store, 1, MU_MEMORY_FAIL_BEFORE);
	assert_int_equal(rig_refused(rig, 0, rig_ask(rig, 0, "invite.create", EVE)), MU_UNAVAILABLE);
	assert_string_equal(mails(rig), "");
	rig_call(rig, 0, "invite.create", EVE);
	assert_string_equal(mails(rig), EVES_MAIL);
}

static void what_is_asked_twice_is_mailed_once(void **state)
{
	struct rig *rig = *state;
	const char *first = rig_result(rig, 0, rig_ask_with_key(rig, 0, "invite.create", EVE, "k1"));

	assert_string_equal(rig_result(rig, 0, rig_ask_with_key(rig, 0, "invite.create", EVE, "k1")), first);
	assert_string_equal(mails(rig), EVES_MAIL);
}

static void what_is_refused_is_not_mailed(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(rig_refused(rig, 0,
				     rig_ask(rig, 0, "invite.create",
					     "{\"email\":\"ann@acme.test\",\"roles\":[\"agent\"]}")),
			 MU_CONFLICT);
	rig_sign_in(rig, 1, "ann");
	assert_int_equal(rig_refused(rig, 1, rig_ask(rig, 1, "invite.create", EVE)), MU_FORBIDDEN);
	assert_string_equal(mails(rig), "");
}

static void each_expires_at_its_own_time_and_once(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "adm");
	rig_call(rig, 0, "invite.create", EVE);
	rig_pass(rig, MINUTE_MS);
	rig_call(rig, 0, "invite.create", KIM);
	rig_pass(rig, 71 * MINUTE_MS - 100);
	assert_int_equal(rig_count(rig, 1, EXPIRED), 0);
	rig_pass(rig, 200);
	rig_frame(rig, 1, EXPIRED);
	rig_pass(rig, MINUTE_MS - 1000);
	assert_int_equal(rig_count(rig, 1, EXPIRED), 1);
	rig_pass(rig, 2000);
	rig_pass(rig, 100 * MINUTE_MS);
	assert_int_equal(rig_count(rig, 1, EXPIRED), 2);
}

/* Who asks while the commit is under way hears that it failed. */
static void ask_until_it_has_failed(struct rig *rig)
{
	enum mu_err err;

	do {
		err = rig_answer(rig, 0, rig_ask(rig, 0, "workspace.get", NULL))->fault.err;
	} while (err || !mu_metrics_get(&rig->metrics, MU_METRIC_COMMIT_FAILURES_TOTAL));
}

static void what_expired_is_told_even_if_the_store_failed_in_between(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "adm");
	rig_call(rig, 0, "invite.create", EVE);
	mu_memory_fail_appends(rig->store, 1, MU_MEMORY_FAIL_BEFORE);
	atomic_fetch_add(&rig->passed_ms, 73 * MINUTE_MS);
	ask_until_it_has_failed(rig);
	rig_pass(rig, 1000); /* the workspace is read again, and what is due is due again */
	rig_pass(rig, 1000);
	rig_frame(rig, 1, EXPIRED);
	assert_int_equal(rig_count(rig, 1, EXPIRED), 1);
}

static void a_new_link_has_its_own_time(void **state)
{
	struct rig *rig = *state;
	char id[64], params[128];

	rig_sign_in(rig, 1, "adm");
	text_member(rig_call(rig, 0, "invite.create", EVE), "id", id, sizeof(id));
	rig_pass(rig, 71 * MINUTE_MS);
	snprintf(params, sizeof(params), "{\"id\":\"%s\"}", id);
	rig_call(rig, 0, "invite.resend", params);
	rig_pass(rig, 71 * MINUTE_MS);
	assert_int_equal(rig_count(rig, 1, EXPIRED), 0);
	rig_pass(rig, 2 * MINUTE_MS);
	rig_frame(rig, 1, EXPIRED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_mail_follows_what_is_durable),
		CASE(what_was_not_kept_is_not_mailed),
		CASE(what_is_asked_twice_is_mailed_once),
		CASE(what_is_refused_is_not_mailed),
		CASE(each_expires_at_its_own_time_and_once),
		CASE(what_expired_is_told_even_if_the_store_failed_in_between),
		CASE(a_new_link_has_its_own_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
