/* The brake on guessing: each account has its own, whatever the caller calls it. */
#include "rig.h"

#define ATTEMPTS 3

#define ZOE_SIGNS_IN                                                                                         \
	"{\"workspace\":\"acme\",\"email\":\"zoe@acme.test\",\"password\":\"correct horse battery\"}"

static int set_up(void **state)
{
	static const char *const options[][2] = { { "login_attempts", "3" },
						  { "password_queue", "1" },
						  { NULL, NULL } };

	*state = rig_create(options);
	rig_call(*state, 0, "user.create",
		 "{\"id\":\"zoe\",\"name\":\"Zoe\",\"email\":\"zoe@acme.test\",\"roles\":[\"agent\"],"
		 "\"password\":\"correct horse battery\"}");
	return 0;
}

static int tear_down(void **state)
{
	rig_destroy(*state);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* How a sign-in from an address of its own ends. */
static enum mu_err login(struct rig *rig, unsigned slot, const char *workspace, const char *email,
			 const char *password)
{
	char params[256];

	snprintf(params, sizeof(params), "{\"workspace\":\"%s\",\"email\":\"%s\",\"password\":\"%s\"}",
		 workspace, email, password);
	return rig_answer(rig, slot, rig_ask(rig, slot, "auth.login", params))->fault.err;
}

/* A caller over HTTP without any proof. */
static void stranger(struct rig *rig, unsigned slot)
{
	rig_platform(rig, slot);
	rig->slots[slot].identity = (struct mu_identity){ 0 };
}

static void a_session_elsewhere_lends_no_workspace_to_a_sign_in(void **state)
{
	struct rig *rig = *state;

	rig_sign_in(rig, 1, "ann");
	assert_int_equal(login(rig, 1, "acme", "zoe@acme.test", "correct horse battery"), MU_OK);
	assert_int_equal(login(rig, 1, "other", "zoe@acme.test", "correct horse battery"),
			 MU_UNAUTHENTICATED);
}

static void an_account_is_no_address(void **state)
{
	struct rig *rig = *state;

	stranger(rig, 1);
	for (int i = 0; i < ATTEMPTS; i++)
		login(rig, 1, "address", "10.0.0.9", "a guess");
	stranger(rig, 2);
	snprintf(rig->slots[2].address, sizeof(rig->slots[2].address), "10.0.0.9");
	assert_int_equal(login(rig, 2, "acme", "zoe@acme.test", "correct horse battery"), MU_OK);
}

/* Whoever has one address of an IPv6 network has all of them. */
static void an_ipv6_network_is_one_address(void **state)
{
	struct rig *rig = *state;

	for (unsigned i = 0; i < ATTEMPTS; i++) {
		char account[32];
		snprintf(account, sizeof(account), "nobody%u@acme.test", i);
		stranger(rig, 1);
		snprintf(rig->slots[1].address, sizeof(rig->slots[1].address), "2001:db8:0:7::%x", i + 1);
		assert_int_equal(login(rig, 1, "acme", account, "a guess"), MU_UNAUTHENTICATED);
	}
	stranger(rig, 2);
	snprintf(rig->slots[2].address, sizeof(rig->slots[2].address), "2001:db8:0:7:ffff::1");
	assert_int_equal(login(rig, 2, "acme", "zoe@acme.test", "correct horse battery"), MU_RATE_LIMITED);
	stranger(rig, 3);
	snprintf(rig->slots[3].address, sizeof(rig->slots[3].address), "2001:db8:0:8::1");
	assert_int_equal(login(rig, 3, "acme", "zoe@acme.test", "correct horse battery"), MU_OK);
}

static void failures_only_grow(void **state)
{
	struct rig *rig = *state;

	stranger(rig, 1);
	assert_int_equal(login(rig, 1, "acme", "zoe@acme.test", "correct horse battery"), MU_OK);
	assert_int_equal(mu_metrics_get(&rig->metrics, MU_METRIC_LOGIN_FAILURES_TOTAL), 0);
	assert_int_equal(login(rig, 1, "acme", "zoe@acme.test", "a guess"), MU_UNAUTHENTICATED);
	assert_int_equal(mu_metrics_get(&rig->metrics, MU_METRIC_LOGIN_FAILURES_TOTAL), 1);
	assert_int_equal(login(rig, 1, "acme", "zoe@acme.test", "a guess"), MU_UNAUTHENTICATED);
	assert_int_equal(login(rig, 1, "acme", "zoe@acme.test", "a guess"), MU_UNAUTHENTICATED);
	assert_int_equal(login(rig, 1, "acme", "zoe@acme.test", "correct horse battery"), MU_RATE_LIMITED);
	assert_int_equal(mu_metrics_get(&rig->metrics, MU_METRIC_LOGIN_FAILURES_TOTAL), 3);
}

static void who_was_not_looked_at_has_not_guessed(void **state)
{
	struct rig *rig = *state;
	uint32_t tags[ATTEMPTS + 2];

	stranger(rig, 1);
	rig_hold(rig);
	for (size_t i = 0; i < MU_COUNT(tags); i++)
		tags[i] = rig_ask(rig, 1, "auth.login", ZOE_SIGNS_IN);
	rig_release(rig);
	rig_result(rig, 1, tags[0]);
	for (size_t i = 1; i < MU_COUNT(tags); i++)
		assert_int_equal(rig_refused(rig, 1, tags[i]), MU_UNAVAILABLE); /* the queue has one place */
	rig_call(rig, 1, "auth.login", ZOE_SIGNS_IN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_session_elsewhere_lends_no_workspace_to_a_sign_in),
		CASE(an_account_is_no_address),
		CASE(an_ipv6_network_is_one_address),
		CASE(failures_only_grow),
		CASE(who_was_not_looked_at_has_not_guessed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
