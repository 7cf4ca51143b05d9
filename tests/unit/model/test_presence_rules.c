/* The precedence table of presence against an expectation that was written without it. */
#include "muster/model/presence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* One line for each link, choice and schedule. Status "=" is the chosen one; causes: o the choice's own, c
 * connect, else as spelled, for somebody who came before and after choosing; accepting: - no, = as the
 * chosen status says. */
static const struct expectation {
	enum mu_link link;
	enum mu_base_status chosen;
	bool open;
	const char *status, *cause, *cause_came;
	char accepting;
	bool reachable;
} expectations[] = {
	{ MU_LINK_NONE, MU_AVAILABLE, true, "offline", "disconnect", "disconnect", '-', false },
	{ MU_LINK_NONE, MU_AVAILABLE, false, "offline", "disconnect", "disconnect", '-', false },
	{ MU_LINK_NONE, MU_AWAY, true, "offline", "disconnect", "disconnect", '-', false },
	{ MU_LINK_NONE, MU_AWAY, false, "offline", "disconnect", "disconnect", '-', false },
	{ MU_LINK_NONE, MU_BUSY, true, "offline", "disconnect", "disconnect", '-', false },
	{ MU_LINK_NONE, MU_BUSY, false, "offline", "disconnect", "disconnect", '-', false },
	{ MU_LINK_NONE, MU_OFFLINE, true, "offline", "disconnect", "disconnect", '-', false },
	{ MU_LINK_NONE, MU_OFFLINE, false, "offline", "disconnect", "disconnect", '-', false },

	{ MU_LINK_BACKGROUND, MU_AVAILABLE, true, "=", "o", "c", '-', true },
	{ MU_LINK_BACKGROUND, MU_AVAILABLE, false, "away", "schedule", "schedule", '-', false },
	{ MU_LINK_BACKGROUND, MU_AWAY, true, "=", "o", "o", '-', true },
	{ MU_LINK_BACKGROUND, MU_AWAY, false, "=", "o", "o", '-', true },
	{ MU_LINK_BACKGROUND, MU_BUSY, true, "=", "o", "o", '-', true },
	{ MU_LINK_BACKGROUND, MU_BUSY, false, "=", "o", "o", '-', true },
	{ MU_LINK_BACKGROUND, MU_OFFLINE, true, "=", "o", "o", '-', false },
	{ MU_LINK_BACKGROUND, MU_OFFLINE, false, "=", "o", "o", '-', false },

	{ MU_LINK_IDLE, MU_AVAILABLE, true, "away", "idle", "idle", '-', false },
	{ MU_LINK_IDLE, MU_AVAILABLE, false, "away", "schedule", "schedule", '-', false },
	{ MU_LINK_IDLE, MU_AWAY, true, "=", "o", "o", '=', false },
	{ MU_LINK_IDLE, MU_AWAY, false, "=", "o", "o", '=', false },
	{ MU_LINK_IDLE, MU_BUSY, true, "=", "o", "o", '=', false },
	{ MU_LINK_IDLE, MU_BUSY, false, "=", "o", "o", '=', false },
	{ MU_LINK_IDLE, MU_OFFLINE, true, "=", "o", "o", '-', false },
	{ MU_LINK_IDLE, MU_OFFLINE, false, "=", "o", "o", '-', false },

	{ MU_LINK_ACTIVE, MU_AVAILABLE, true, "=", "o", "c", '=', false },
	{ MU_LINK_ACTIVE, MU_AVAILABLE, false, "away", "schedule", "schedule", '-', false },
	{ MU_LINK_ACTIVE, MU_AWAY, true, "=", "o", "o", '=', false },
	{ MU_LINK_ACTIVE, MU_AWAY, false, "=", "o", "o", '=', false },
	{ MU_LINK_ACTIVE, MU_BUSY, true, "=", "o", "o", '=', false },
	{ MU_LINK_ACTIVE, MU_BUSY, false, "=", "o", "o", '=', false },
	{ MU_LINK_ACTIVE, MU_OFFLINE, true, "=", "o", "o", '-', false },
	{ MU_LINK_ACTIVE, MU_OFFLINE, false, "=", "o", "o", '-', false },
};

static bool row_fits(const struct mu_presence_rule *rule, const struct expectation *e)
{
	return (rule->link & 1U << e->link) && (rule->chosen & 1U << e->chosen) &&
	       (rule->schedule & 1U << e->open);
}

/* The row that decides, by its number. */
static unsigned deciding_row(const struct expectation *e)
{
	unsigned i = 0;

	while (mu_presence_rule(i) && !row_fits(mu_presence_rule(i), e))
		i++;
	return i;
}

static void check_expectation(const struct expectation *e, bool came_after, bool custom, bool accepting)
{
	const struct mu_chosen chosen = {
		.status = custom ? "training" : mu_base_status_names[e->chosen],
		.base = e->chosen,
		.accepting = accepting,
		.cause = MU_CAUSE_SUPERVISOR,
	};
	const char *status = strcmp(e->status, "=") == 0 ? chosen.status : e->status;
	const char *cause = came_after ? e->cause_came : e->cause;
	struct mu_effective shown;

	cause = strcmp(cause, "o") == 0 ? "supervisor" : strcmp(cause, "c") == 0 ? "connect" : cause;
	mu_presence_effective(&chosen, e->link, e->open, came_after, &shown);
	assert_string_equal(shown.status, status);
	if (status == chosen.status)
		assert_int_equal(shown.base, e->chosen);
	else
		assert_string_equal(mu_base_status_names[shown.base], status);
	assert_string_equal(mu_cause_names[shown.cause], cause);
	assert_int_equal(shown.accepting, e->accepting == '=' && accepting);
	assert_int_equal(shown.reachable_mobile, e->reachable);
}

static void test_table_gives_what_is_expected(void **state)
{
	for (size_t i = 0; i < MU_COUNT(expectations); i++) {
		for (unsigned bits = 0; bits < 8; bits++)
			check_expectation(&expectations[i], bits & 1, bits & 2, bits & 4);
	}
}

/* The rows themselves say the same, read from top to bottom: what is documented is what decides. */
static void test_table_rows_say_what_is_expected(void **state)
{
	for (size_t i = 0; i < MU_COUNT(expectations); i++) {
		const struct expectation *e = &expectations[i];
		const struct mu_presence_rule *rule = mu_presence_rule(deciding_row(e));
		const char *cause, *came;

		assert_non_null(rule);
		assert_string_equal(rule->status == MU_RULE_AS_CHOSEN ? "="
								      : mu_base_status_names[rule->status],
				    e->status);
		cause = rule->cause < 0 ? "o" : mu_cause_names[rule->cause];
		came = rule->cause == MU_RULE_OWN_OR_CONNECT ? "c" : cause;
		assert_string_equal(cause, e->cause);
		assert_string_equal(came, e->cause_came);
		assert_int_equal(rule->accepting == MU_RULE_AS_CHOSEN ? '=' : '-', e->accepting);
		assert_int_equal(rule->reachable_mobile, e->reachable);
	}
}

static void test_table_is_total_and_has_no_idle_row(void **state)
{
	const struct mu_presence_rule *rule, *last = NULL;
	bool seen[4][4][2] = { 0 }, decides[32] = { false };
	unsigned n = 0;

	for (size_t i = 0; i < MU_COUNT(expectations); i++) {
		const struct expectation *e = &expectations[i];

		assert_false(seen[e->link][e->chosen][e->open]);
		seen[e->link][e->chosen][e->open] = true;
		decides[deciding_row(e)] = true;
	}
	assert_int_equal(MU_COUNT(expectations), sizeof(seen));
	for (; (rule = mu_presence_rule(n)); n++) {
		assert_true(decides[n]);
		assert_true(rule->link > 0 && rule->link < 1U << 4);
		assert_true(rule->chosen > 0 && rule->chosen < 1U << 4);
		assert_true(rule->schedule > 0 && rule->schedule < 1U << 2);
		assert_true(strlen(rule->why) > 20);
		last = rule;
	}
	assert_int_equal(last->link, 0xf);
	assert_int_equal(last->chosen, 0xf);
	assert_int_equal(last->schedule, 0x3);
	assert_null(mu_presence_rule(n + 1));
}

static size_t count_names(const char *const *names)
{
	size_t n = 0;

	while (names[n])
		n++;
	return n;
}

static void test_names_follow_their_enums(void **state)
{
	assert_int_equal(count_names(mu_base_status_names), MU_OFFLINE + 1);
	assert_string_equal(mu_base_status_names[MU_BUSY], "busy");
	assert_int_equal(count_names(mu_cause_names), MU_CAUSE_EXPIRY + 1);
	assert_string_equal(mu_cause_names[MU_CAUSE_SCHEDULE], "schedule");
	assert_string_equal(mu_cause_names[MU_CAUSE_EXPIRY], "expiry");
	assert_int_equal(count_names(mu_device_kind_names), MU_DEVICE_API + 1);
	assert_string_equal(mu_device_kind_names[MU_DEVICE_DESKTOP], "desktop");
	assert_int_equal(count_names(mu_activity_names), MU_BACKGROUND + 1);
	assert_string_equal(mu_activity_names[MU_IDLE], "idle");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_gives_what_is_expected),
		cmocka_unit_test(test_table_rows_say_what_is_expected),
		cmocka_unit_test(test_table_is_total_and_has_no_idle_row),
		cmocka_unit_test(test_names_follow_their_enums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
