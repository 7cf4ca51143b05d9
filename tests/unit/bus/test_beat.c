/* Who lives, as beats tell: fed by hand, with a clock that stands still unless it is told otherwise. */
#include "testing.h"

#include "beat.h"

#include "muster/base/hash.h"
#include "muster/base/mem.h"

/* This node is "m" with epoch 10, on two servers. */
struct scene {
	struct beats beats;
	struct mu_buf told;
	uint64_t counter;
};

static void note_came(void *arg, const char *node, int64_t epoch)
{
	mu_buf_printf(&((struct scene *)arg)->told, "came %s %d. ", node, (int)epoch);
}

static void note_went(void *arg, const char *node, int64_t epoch)
{
	mu_buf_printf(&((struct scene *)arg)->told, "went %s %d. ", node, (int)epoch);
}

static void note_left(void *arg, const char *node, int64_t epoch)
{
	mu_buf_printf(&((struct scene *)arg)->told, "left %s %d. ", node, (int)epoch);
}

static void note_given_up(void *arg, enum mu_given_up why)
{
	static const char *const reasons[] = { "slept", "told", "namesake" };

	mu_buf_printf(&((struct scene *)arg)->told, "given up: %s. ", reasons[why]);
}

static const struct mu_bus_handler note = {
	.came = note_came, .went = note_went, .left = note_left, .given_up = note_given_up
};

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	assert_non_null(scene);
	beats_init(&scene->beats, "m", 10, 2, &note, scene);
	beats_up(&scene->beats, 0);
	*state = scene;
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;

	beats_finish(&scene->beats);
	mu_buf_finish(&scene->told);
	free(scene);
	return 0;
}

/* What was told since the last time. */
static void expect(struct scene *scene, const char *told)
{
	assert_string_equal(mu_buf_text(&scene->told), told);
	mu_buf_reset(&scene->told);
}

static struct letter letter_of(struct scene *scene, enum letter_kind kind, const char *node, int64_t epoch)
{
	struct letter letter = { .kind = kind, .epoch = epoch, .counter = ++scene->counter, .servers = 3 };

	memcpy(letter.node, node, strlen(node));
	return letter;
}

static enum beat_duty hear(struct scene *scene, size_t server, enum letter_kind kind, const char *node,
			   int64_t epoch)
{
	const struct letter letter = letter_of(scene, kind, node, epoch);

	return beats_heard(&scene->beats, server, &letter);
}

/* n beats of our own come back. */
static void beat(struct scene *scene, size_t server, int n)
{
	while (n-- > 0)
		assert_int_equal(hear(scene, server, LETTER_BEAT, "m", 10), BEAT_OWN);
}

/* A node makes itself known. */
static void come(struct scene *scene, const char *node, int64_t epoch)
{
	char told[64];

	snprintf(told, sizeof(told), "came %s %d. ", node, (int)epoch);
	hear(scene, 0, LETTER_BEAT, node, epoch);
	expect(scene, told);
}

/* It does so on both servers, which are up. */
static void come_on_both(struct scene *scene, const char *node, int64_t epoch)
{
	beats_up(&scene->beats, 1);
	come(scene, node, epoch);
	hear(scene, 1, LETTER_BEAT, node, epoch);
	expect(scene, "");
}

static bool admit(struct scene *scene, const char *node, int64_t epoch)
{
	const struct letter letter = letter_of(scene, LETTER_WORD, node, epoch);

	return beats_admit(&scene->beats, &letter);
}

static void silence_is_counted_in_our_own_beats(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(hear(scene, 0, LETTER_BEAT, "a", 1), BEAT_NOTHING);
	expect(scene, "came a 1. ");
	beat(scene, 0, MU_BEATS_LOST - 1);
	assert_int_equal(hear(scene, 0, LETTER_BEAT, "a", 1), BEAT_NOTHING);
	beat(scene, 0, MU_BEATS_LOST - 1);
	expect(scene, "");
	assert_int_equal(scene->beats.living, 1);
	beat(scene, 0, 1);
	expect(scene, "went a 1. ");
	assert_int_equal(scene->beats.living, 0);
	assert_int_equal(hear(scene, 0, LETTER_BEAT, "a", 1), BEAT_NOTHING); /* it woke up */
	expect(scene, "");
	hear(scene, 0, LETTER_HELLO, "a", 2);
	expect(scene, "came a 2. ");
}

static void only_beats_mark_time(void **state)
{
	struct scene *scene = *state;

	come(scene, "a", 1);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(hear(scene, 0, LETTER_SIGN, "m", 10), BEAT_OWN);
		assert_int_equal(hear(scene, 0, LETTER_HELLO, "m", 10), BEAT_OWN);
		assert_int_equal(hear(scene, 0, LETTER_BEAT, "m", 9), BEAT_NOTHING); /* of an earlier self */
	}
	expect(scene, "");
	assert_false(scene->beats.given_up);
}

static void every_server_that_is_up_must_be_silent(void **state)
{
	struct scene *scene = *state;

	come_on_both(scene, "a", 1);
	beat(scene, 0, 50); /* it can't reach the first any more */
	expect(scene, "");
	beat(scene, 1, MU_BEATS_LOST - 1);
	hear(scene, 1, LETTER_BEAT, "a", 1);
	beat(scene, 1, MU_BEATS_LOST - 1);
	expect(scene, "");
	beat(scene, 1, 1);
	expect(scene, "went a 1. ");
}

static void a_server_that_is_down_has_no_say(void **state)
{
	struct scene *scene = *state;

	come_on_both(scene, "a", 1);
	beats_down(&scene->beats, 1);
	beat(scene, 0, MU_BEATS_LOST - 1);
	expect(scene, "");
	beat(scene, 0, 1);
	expect(scene, "went a 1. ");
}

static void an_outage_makes_nobody_look_dead(void **state)
{
	struct scene *scene = *state;

	hear(scene, 0, LETTER_BEAT, "a", 1);
	beat(scene, 0, MU_BEATS_LOST - 1);
	beats_down(&scene->beats, 0);
	beats_up(&scene->beats, 0);
	expect(scene, "came a 1. ");
	beat(scene, 0, MU_BEATS_LOST + BEATS_GRACE - 1); /* time to come back as well */
	expect(scene, "");
	beat(scene, 0, 1);
	expect(scene, "went a 1. ");
}

static void epochs_only_grow(void **state)
{
	struct scene *scene = *state;

	hear(scene, 0, LETTER_BEAT, "a", 5);
	hear(scene, 0, LETTER_BEAT, "a", 6);
	expect(scene, "came a 5. came a 6. ");
	assert_int_equal(scene->beats.living, 1);
	assert_false(admit(scene, "a", 5));
	assert_true(admit(scene, "a", 6));
	assert_true(admit(scene, "a", 7)); /* a word makes it known too */
	assert_true(admit(scene, "b", 1));
	expect(scene, "came a 7. came b 1. ");
}

static void a_goodbye_is_for_good(void **state)
{
	struct scene *scene = *state;

	hear(scene, 0, LETTER_BEAT, "a", 5);
	hear(scene, 0, LETTER_BYE, "a", 5);
	expect(scene, "came a 5. left a 5. ");
	assert_int_equal(hear(scene, 0, LETTER_BEAT, "a", 5), BEAT_NOTHING);
	assert_false(admit(scene, "a", 5));
	hear(scene, 0, LETTER_BYE, "b", 1); /* who wasn't known needn't come to leave */
	expect(scene, "");
	come(scene, "a", 6);
}

static void who_is_given_up_is_told(void **state)
{
	struct scene *scene = *state;

	come(scene, "a", 5);
	beats_give_up(&scene->beats, "a", 5);
	beats_give_up(&scene->beats, "never heard of", 1);
	expect(scene, ""); /* whoever gives up knows it */
	assert_int_equal(scene->beats.living, 0);
	assert_int_equal(hear(scene, 0, LETTER_BEAT, "a", 5), BEAT_TELL);
	assert_int_equal(hear(scene, 0, LETTER_HELLO, "a", 4), BEAT_TELL);
	assert_int_equal(hear(scene, 0, LETTER_HELLO, "a", 6), BEAT_ANSWER);
	expect(scene, "came a 6. ");
	beats_give_up(&scene->beats, "a", 5); /* once more: that concerns 6 in no way */
	assert_int_equal(hear(scene, 0, LETTER_BEAT, "a", 6), BEAT_NOTHING);
}

static void a_notice_gives_this_node_up(void **state)
{
	struct scene *scene = *state;
	struct letter letter = letter_of(scene, LETTER_NOTICE, "a", 1);

	strcpy(letter.about.node, "b");
	letter.about.epoch = 10;
	beats_heard(&scene->beats, 0, &letter);
	strcpy(letter.about.node, "m");
	letter.about.epoch = 9; /* an earlier self */
	beats_heard(&scene->beats, 0, &letter);
	expect(scene, "");
	letter.about.epoch = 10;
	beats_heard(&scene->beats, 0, &letter);
	beats_heard(&scene->beats, 0, &letter);
	expect(scene, "given up: told. "); /* once */
	beats_renew(&scene->beats, 11);
	beats_heard(&scene->beats, 0, &letter);
	expect(scene, "");
}

static void another_of_our_name_gives_this_node_up(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(hear(scene, 0, LETTER_BEAT, "m", 11), BEAT_NOTHING);
	expect(scene, "given up: namesake. ");
	beats_renew(&scene->beats, 12);
	hear(scene, 0, LETTER_BEAT, "m", 11);
	expect(scene, "");
	const struct letter word = letter_of(scene, LETTER_WORD, "m", 13);

	assert_true(beats_is_own(&scene->beats, &word));
	expect(scene, "given up: namesake. ");
}

static void a_pause_gives_this_node_up_if_others_are_there(void **state)
{
	struct scene *scene = *state;

	assert_false(beats_awake(&scene->beats, 1000));
	assert_false(beats_awake(&scene->beats, 100000));
	expect(scene, "");
	come(scene, "a", 1);
	assert_false(beats_awake(&scene->beats, 100000 + MU_BUS_LEASE_MS - 1));
	expect(scene, "");
	assert_true(beats_awake(&scene->beats, 100000 + 2 * MU_BUS_LEASE_MS - 1));
	expect(scene, "given up: slept. ");
}

static void a_surer_reason_is_told_after_another(void **state)
{
	struct scene *scene = *state;

	hear(scene, 0, LETTER_BEAT, "a", 1);
	beats_awake(&scene->beats, 1000);
	beats_awake(&scene->beats, 1000 + MU_BUS_LEASE_MS);
	expect(scene, "came a 1. given up: slept. ");
	hear(scene, 0, LETTER_BEAT, "m", 11);
	expect(scene, "given up: namesake. ");
	beats_awake(&scene->beats, 1000 + 2 * MU_BUS_LEASE_MS);
	expect(scene, "");
}

static void nothing_counts_twice(void **state)
{
	struct scene *scene = *state;
	const struct letter sign = letter_of(scene, LETTER_BEAT, "a", 1),
			    own = letter_of(scene, LETTER_BEAT, "m", 10),
			    later = letter_of(scene, LETTER_BEAT, "a", 1);

	assert_int_equal(beats_heard(&scene->beats, 0, &sign), BEAT_NOTHING);
	assert_int_equal(beats_heard(&scene->beats, 0, &sign), BEAT_REFUSE);
	assert_int_equal(beats_heard(&scene->beats, 1, &sign), BEAT_NOTHING); /* it came on both */
	assert_int_equal(beats_heard(&scene->beats, 0, &later), BEAT_NOTHING);
	assert_int_equal(beats_heard(&scene->beats, 0, &sign), BEAT_REFUSE);
	assert_int_equal(beats_heard(&scene->beats, 0, &own), BEAT_OWN);
	for (int i = 0; i < 20; i++)
		assert_int_equal(beats_heard(&scene->beats, 0, &own), BEAT_REFUSE);
	expect(scene, "came a 1. ");
}

static void all_tell_which_servers_they_reach(void **state)
{
	struct scene *scene = *state;
	struct letter a = letter_of(scene, LETTER_SIGN, "a", 1), b = letter_of(scene, LETTER_SIGN, "b", 1),
		      older = a;

	assert_true(beats_common(&scene->beats) == UINT64_MAX);
	a.servers = 6;
	a.counter += 10;
	b.servers = 3;
	beats_heard(&scene->beats, 0, &a);
	assert_int_equal(beats_common(&scene->beats), 6);
	beats_heard(&scene->beats, 0, &b);
	assert_int_equal(beats_common(&scene->beats), 2);
	older.servers = 1; /* overtaken on the other server */
	beats_heard(&scene->beats, 1, &older);
	assert_int_equal(beats_common(&scene->beats), 2);
	beats_give_up(&scene->beats, "b", 1);
	assert_int_equal(beats_common(&scene->beats), 6);
}

static void rank_is_by_name(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(beats_rank(&scene->beats), 0);
	hear(scene, 0, LETTER_BEAT, "z", 1);
	hear(scene, 0, LETTER_BEAT, "a", 1);
	hear(scene, 0, LETTER_BEAT, "ma", 1);
	hear(scene, 0, LETTER_BEAT, "M", 1);
	assert_int_equal(beats_rank(&scene->beats), 2);
	hear(scene, 0, LETTER_BYE, "a", 1);
	assert_int_equal(beats_rank(&scene->beats), 1);
}

static void the_gone_are_forgotten_in_the_end(void **state)
{
	struct scene *scene = *state;
	char name[16];

	hear(scene, 0, LETTER_BEAT, "a", 1);
	for (int i = 0; i < GONE_MAX + 50; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		hear(scene, 0, LETTER_BEAT, name, 1);
		hear(scene, 0, LETTER_BYE, name, 1);
	}
	assert_int_equal(scene->beats.gone, GONE_MAX + 50);
	beat(scene, 0, 1);
	assert_int_equal(scene->beats.gone, GONE_MAX);
	assert_int_equal(scene->beats.living, 1);
	assert_true(admit(scene, "n0", 1));   /* forgotten */
	assert_false(admit(scene, "n60", 1)); /* not yet */
}

static int start(void **state)
{
	return mu_hash_start() ? -1 : 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(silence_is_counted_in_our_own_beats),
		TEST(only_beats_mark_time),
		TEST(every_server_that_is_up_must_be_silent),
		TEST(a_server_that_is_down_has_no_say),
		TEST(an_outage_makes_nobody_look_dead),
		TEST(epochs_only_grow),
		TEST(a_goodbye_is_for_good),
		TEST(who_is_given_up_is_told),
		TEST(a_notice_gives_this_node_up),
		TEST(another_of_our_name_gives_this_node_up),
		TEST(a_pause_gives_this_node_up_if_others_are_there),
		TEST(a_surer_reason_is_told_after_another),
		TEST(nothing_counts_twice),
		TEST(all_tell_which_servers_they_reach),
		TEST(rank_is_by_name),
		TEST(the_gone_are_forgotten_in_the_end),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
