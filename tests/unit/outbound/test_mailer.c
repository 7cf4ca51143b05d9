/* Mails that wait: which are tried again and when, which are given up, how many may wait, and how it ends.
 * What takes them is a carrier that does what the test tells it. */
#include "testing.h"

#include "carrier.h"
#include "muster/base/hash.h"

#include <pthread.h>

#define WAIT_S 60

struct fake {
	struct carrier carrier;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum carried next; /* what comes of an attempt */
	unsigned failures; /* attempts that fail before; then all goes well */
	bool held;         /* an attempt waits until it is let go, or is overdue */
	unsigned begun, done;
	char to[8][64]; /* of the latest attempts */
	bool *destroyed;
};

static enum carried fake_carry(struct carrier *carrier, const char *to, const char *message, size_t bytes,
			       char why[static WHY_BYTES])
{
	struct fake *fake = (struct fake *)carrier;
	enum carried carried = CARRIED;

	pthread_mutex_lock(&fake->lock);
	snprintf(fake->to[fake->begun++ % 8], sizeof(*fake->to), "%s", to);
	pthread_cond_broadcast(&fake->changed);
	while (fake->held && !carrier->overdue(carrier->arg)) {
		struct timespec until;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 1000000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&fake->changed, &fake->lock, &until);
	}
	if (fake->failures) {
		fake->failures--;
		carried = fake->next;
		snprintf(why, WHY_BYTES, "as told");
	}
	fake->done++;
	pthread_cond_broadcast(&fake->changed);
	pthread_mutex_unlock(&fake->lock);
	return carried;
}

static void fake_destroy(struct carrier *carrier)
{
	struct fake *fake = (struct fake *)carrier;

	*fake->destroyed = true;
	pthread_cond_destroy(&fake->changed);
	pthread_mutex_destroy(&fake->lock);
	free(fake);
}

struct post {
	struct mu_metrics metrics;
	struct fake *fake;
	struct mu_mailer *mailer;
	bool destroyed;
};

static int set_up_with(void **state, int64_t retry_ms)
{
	struct post *post = calloc(1, sizeof(*post));
	const struct mu_mailer_setup setup = { .from = "m@acme.test",
					       .retry_ms = retry_ms,
					       .metrics = &post->metrics };

	assert_int_equal(mu_hash_start(), MU_OK);
	mu_metrics_init(&post->metrics);
	post->fake = calloc(1, sizeof(*post->fake));
	post->fake->carrier = (struct carrier){ .carry = fake_carry, .destroy = fake_destroy };
	post->fake->destroyed = &post->destroyed;
	pthread_mutex_init(&post->fake->lock, NULL);
	pthread_cond_init(&post->fake->changed, NULL);
	assert_int_equal(mailer_create(&setup, &post->fake->carrier, &post->mailer), MU_OK);
	*state = post;
	return 0;
}

static int set_up(void **state)
{
	return set_up_with(state, 1);
}

static int set_up_patient(void **state)
{
	return set_up_with(state, 3600000);
}

static int tear_down(void **state)
{
	struct post *post = *state;

	mu_mailer_destroy(post->mailer, 1000);
	assert_true(post->destroyed);
	free(post);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void tell(struct post *post, enum carried next, unsigned failures, bool held)
{
	pthread_mutex_lock(&post->fake->lock);
	post->fake->next = next;
	post->fake->failures = failures;
	post->fake->held = held;
	pthread_cond_broadcast(&post->fake->changed);
	pthread_mutex_unlock(&post->fake->lock);
}

/* Until so many attempts have begun and ended. */
static void wait_for(struct post *post, unsigned begun, unsigned done)
{
	struct timespec until;
	bool late = false;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WAIT_S;
	pthread_mutex_lock(&post->fake->lock);
	while (!late && (post->fake->begun < begun || post->fake->done < done))
		late = pthread_cond_timedwait(&post->fake->changed, &post->fake->lock, &until);
	pthread_mutex_unlock(&post->fake->lock);
	if (late)
		fail_msg("no %u attempts within %d s", begun, WAIT_S);
}

static enum mu_err send(struct post *post, const char *to)
{
	return mu_mailer_send(post->mailer, to, "s", "t\n");
}

static int64_t count(struct post *post, enum mu_metric metric)
{
	return mu_metrics_get(&post->metrics, metric);
}

/* End it, so that all that is to be counted is. */
static void finish(struct post *post, int64_t drain_ms)
{
	mu_mailer_destroy(post->mailer, drain_ms);
	post->mailer = NULL;
	assert_int_equal(count(post, MU_METRIC_MAILS), 0);
}

static void mails_go_out_in_order(void **state)
{
	struct post *post = *state;

	tell(post, CARRIED, 0, true);
	assert_int_equal(send(post, "a@acme.test"), MU_OK);
	assert_int_equal(send(post, "b@acme.test"), MU_OK);
	assert_int_equal(send(post, "c@acme.test"), MU_OK);
	assert_int_equal(count(post, MU_METRIC_MAILS), 3);
	tell(post, CARRIED, 0, false);
	wait_for(post, 3, 3);
	assert_string_equal(post->fake->to[0], "a@acme.test");
	assert_string_equal(post->fake->to[1], "b@acme.test");
	assert_string_equal(post->fake->to[2], "c@acme.test");
	finish(post, 60000);
	assert_int_equal(count(post, MU_METRIC_MAILS_SENT_TOTAL), 3);
	assert_int_equal(count(post, MU_METRIC_MAILS_LOST_TOTAL), 0);
}

static void what_fails_for_now_is_tried_again(void **state)
{
	struct post *post = *state;

	tell(post, CARRIED_LATER, 3, false);
	assert_int_equal(send(post, "a@acme.test"), MU_OK);
	wait_for(post, 4, 4);
	finish(post, 60000);
	assert_int_equal(count(post, MU_METRIC_MAILS_RETRIED_TOTAL), 3);
	assert_int_equal(count(post, MU_METRIC_MAILS_SENT_TOTAL), 1);
}

static void what_is_refused_is_not(void **state)
{
	struct post *post = *state;

	tell(post, CARRIED_NEVER, 1, false);
	assert_int_equal(send(post, "a@acme.test"), MU_OK);
	assert_int_equal(send(post, "b@acme.test"), MU_OK);
	wait_for(post, 2, 2);
	assert_string_equal(post->fake->to[1], "b@acme.test");
	finish(post, 60000);
	assert_int_equal(count(post, MU_METRIC_MAILS_LOST_TOTAL), 1);
	assert_int_equal(count(post, MU_METRIC_MAILS_SENT_TOTAL), 1);
}

static void what_fails_too_often_is_given_up(void **state)
{
	struct post *post = *state;

	tell(post, CARRIED_LATER, 1000, false);
	assert_int_equal(send(post, "a@acme.test"), MU_OK);
	wait_for(post, 13, 13);
	finish(post, 60000);
	assert_int_equal(count(post, MU_METRIC_MAILS_LOST_TOTAL), 1);
}

static void only_so_many_wait(void **state)
{
	struct post *post = *state;

	tell(post, CARRIED, 0, true);
	for (int i = 0; i < MU_MAILS_MAX; i++)
		assert_int_equal(send(post, "a@acme.test"), MU_OK);
	assert_int_equal(send(post, "b@acme.test"), MU_UNAVAILABLE);
	tell(post, CARRIED, 0, false);
	wait_for(post, MU_MAILS_MAX, MU_MAILS_MAX);
	finish(post, 60000);
	assert_int_equal(count(post, MU_METRIC_MAILS_SENT_TOTAL), MU_MAILS_MAX);
}

static void what_is_no_address_is_refused_at_once(void **state)
{
	struct post *post = *state;

	assert_int_equal(send(post, "a@acme.test\r\nRCPT TO:<e@evil.test>"), MU_INVALID_PARAMS);
	assert_int_equal(count(post, MU_METRIC_MAILS), 0);
}

/* What waits for another attempt gets it at the end, however far off it was. */
static void the_end_tries_once_more(void **state)
{
	struct post *post = *state;

	tell(post, CARRIED_LATER, 1, false);
	assert_int_equal(send(post, "a@acme.test"), MU_OK);
	assert_int_equal(send(post, "b@acme.test"), MU_OK);
	wait_for(post, 2, 2); /* the second one is tried after the first was put off */
	finish(post, 60000);
	assert_int_equal(count(post, MU_METRIC_MAILS_SENT_TOTAL), 2);
}

static void the_end_waits_for_nobody_for_ever(void **state)
{
	struct post *post = *state;

	tell(post, CARRIED_LATER, 1000, true);
	assert_int_equal(send(post, "a@acme.test"), MU_OK);
	assert_int_equal(send(post, "b@acme.test"), MU_OK);
	wait_for(post, 1, 0);
	finish(post, 0);
	assert_int_equal(count(post, MU_METRIC_MAILS_LOST_TOTAL), 2);
}

static void waits_double_up_to_an_hour_and_are_spread(void **state)
{
	int64_t whole_ms = 10000;

	for (unsigned failures = 1; failures < 70; failures++) {
		assert_int_equal(mailer_wait_ms(10000, failures, 0), whole_ms / 2);
		assert_int_equal(mailer_wait_ms(10000, failures, (uint64_t)(whole_ms - whole_ms / 2)),
				 whole_ms);
		assert_in_range(mailer_wait_ms(10000, failures, UINT64_MAX), whole_ms / 2, whole_ms);
		whole_ms = whole_ms * 2 < 3600000 ? whole_ms * 2 : 3600000;
	}
	assert_in_range(mailer_wait_ms(1, 1, 12345), 0, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(mails_go_out_in_order),
		CASE(what_fails_for_now_is_tried_again),
		CASE(what_is_refused_is_not),
		CASE(what_fails_too_often_is_given_up),
		CASE(only_so_many_wait),
		CASE(what_is_no_address_is_refused_at_once),
		cmocka_unit_test_setup_teardown(the_end_tries_once_more, set_up_patient, tear_down),
		CASE(the_end_waits_for_nobody_for_ever),
		cmocka_unit_test(waits_double_up_to_an_hour_and_are_spread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
