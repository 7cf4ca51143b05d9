/* How long people were what: what closes a span, what makes none, sums against a model that counts second by
 * second, and days where the clocks are set. */
#include "muster/model/history.h"

#include "muster/base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HOUR_MS INT64_C(3600000)
#define SPANS_MAX 64

static int64_t at(const char *text)
{
	int64_t wall_ms;

	assert_true(mu_time_parse(text, &wall_ms));
	return wall_ms;
}

struct spans {
	struct mu_span v[SPANS_MAX];
	size_t n;
};

static void keep(void *arg, const struct mu_span *span)
{
	struct spans *spans = arg;

	assert_true(spans->n < SPANS_MAX);
	assert_true(span->from_ms < span->to_ms);
	spans->v[spans->n++] = *span;
}

static void expect(const struct spans *spans, size_t i, int64_t from_ms, int64_t to_ms, const char *status)
{
	assert_true(i < spans->n);
	assert_int_equal(spans->v[i].from_ms, from_ms);
	assert_int_equal(spans->v[i].to_ms, to_ms);
	assert_string_equal(spans->v[i].status, status);
}

static void without_a_word_one_is_offline(void **state)
{
	struct mu_history history;
	struct spans spans = { 0 };

	mu_history_init(&history, 100, 200, keep, &spans);
	mu_history_finish(&history);
	assert_int_equal(spans.n, 1);
	expect(&spans, 0, 100, 200, "offline");
	assert_int_equal(spans.v[0].cause, MU_CAUSE_DISCONNECT);
	assert_int_equal(spans.v[0].base, MU_OFFLINE);
}

static void what_was_before_is_carried_in_and_what_lasts_is_closed(void **state)
{
	struct mu_history history;
	struct spans spans = { 0 };

	mu_history_init(&history, 100, 200, keep, &spans);
	mu_history_status(&history, 20, "available", MU_AVAILABLE, MU_CAUSE_CONNECT);
	mu_history_status(&history, 40, "lunch", MU_AWAY, MU_CAUSE_SELF);
	mu_history_status(&history, 150, "available", MU_AVAILABLE, MU_CAUSE_EXPIRY);
	mu_history_finish(&history);
	mu_history_finish(&history);
	assert_int_equal(spans.n, 2);
	expect(&spans, 0, 100, 150, "lunch");
	assert_int_equal(spans.v[0].cause, MU_CAUSE_SELF);
	expect(&spans, 1, 150, 200, "available");
	assert_int_equal(spans.v[1].cause, MU_CAUSE_EXPIRY);
}

static void what_comes_after_the_end_changes_nothing(void **state)
{
	struct mu_history history;
	struct spans spans = { 0 };

	mu_history_init(&history, 100, 200, keep, &spans);
	mu_history_status(&history, 120, "busy", MU_BUSY, MU_CAUSE_SELF);
	mu_history_status(&history, 200, "away", MU_AWAY, MU_CAUSE_IDLE);
	mu_history_status(&history, 300, "busy", MU_BUSY, MU_CAUSE_SELF);
	mu_history_finish(&history);
	assert_int_equal(spans.n, 2);
	expect(&spans, 1, 120, 200, "busy");
}

static void ways_of_being_offline_look_alike(void **state)
{
	struct mu_history history;
	struct spans spans = { 0 };

	mu_history_init(&history, 0, 100, keep, &spans);
	mu_history_status(&history, 10, "available", MU_AVAILABLE, MU_CAUSE_CONNECT);
	mu_history_status(&history, 20, "ghost", MU_OFFLINE, MU_CAUSE_SELF);
	mu_history_status(&history, 40, "offline", MU_OFFLINE, MU_CAUSE_DISCONNECT);
	mu_history_status(&history, 60, "ghost", MU_OFFLINE, MU_CAUSE_SUPERVISOR);
	mu_history_finish(&history);
	assert_int_equal(spans.n, 3);
	expect(&spans, 2, 20, 100, "offline");
	assert_int_equal(spans.v[2].cause, MU_CAUSE_DISCONNECT);
}

static void what_is_said_twice_or_out_of_order_makes_no_gap(void **state)
{
	struct mu_history history;
	struct spans spans = { 0 };

	mu_history_init(&history, 0, 100, keep, &spans);
	mu_history_status(&history, 50, "away", MU_AWAY, MU_CAUSE_SELF);
	mu_history_status(&history, 60, "away", MU_AWAY, MU_CAUSE_IDLE);
	mu_history_status(&history, 30, "busy", MU_BUSY, MU_CAUSE_SELF);
	mu_history_finish(&history);
	assert_int_equal(spans.n, 2);
	expect(&spans, 0, 0, 50, "offline");
	expect(&spans, 1, 50, 100, "busy");
}

static void what_lasted_no_time_never_was(void **state)
{
	struct mu_history history;
	struct spans spans = { 0 };

	mu_history_init(&history, 0, 100, keep, &spans);
	mu_history_status(&history, 10, "away", MU_AWAY, MU_CAUSE_SELF);
	mu_history_status(&history, 50, "busy", MU_BUSY, MU_CAUSE_SELF);
	mu_history_status(&history, 50, "away", MU_AWAY, MU_CAUSE_IDLE);
	mu_history_finish(&history);
	assert_int_equal(spans.n, 2);
	expect(&spans, 1, 10, 100, "away");
	assert_int_equal(spans.v[1].cause, MU_CAUSE_SELF);
}

static void the_same_status_with_another_meaning_is_another_span(void **state)
{
	struct mu_history history;
	struct spans spans = { 0 };

	mu_history_init(&history, 0, 100, keep, &spans);
	mu_history_status(&history, 0, "lunch", MU_AWAY, MU_CAUSE_SELF);
	mu_history_status(&history, 50, "lunch", MU_BUSY, MU_CAUSE_SELF);
	mu_history_finish(&history);
	assert_int_equal(spans.n, 2);
	assert_int_equal(spans.v[0].base, MU_AWAY);
	assert_int_equal(spans.v[1].base, MU_BUSY);
}

/* ---- sums ---- */

struct summing {
	struct mu_arena arena;
	struct mu_sum sums[4];
};

static void add(void *arg, const struct mu_span *span)
{
	struct summing *summing = arg;

	assert_int_equal(mu_sums_add(summing->sums, MU_COUNT(summing->sums), span, &summing->arena), MU_OK);
}

static int64_t duration(const struct mu_sum *sum, const char *status)
{
	for (size_t i = 0; i < sum->n_statuses; i++)
		if (!strcmp(sum->statuses[i].status, status))
			return sum->statuses[i].duration_ms;
	return 0;
}

static void load_counts_while_one_is_there(void **state)
{
	struct summing summing = { .sums = { { .from_ms = 0, .to_ms = 100 },
					     { .from_ms = 100, .to_ms = 200 } } };
	struct mu_history history;

	mu_history_init(&history, 0, 200, add, &summing);
	mu_history_load(&history, 0, 4); /* of who isn't there */
	mu_history_status(&history, 40, "available", MU_AVAILABLE, MU_CAUSE_CONNECT);
	mu_history_load(&history, 60, 2);
	mu_history_load(&history, 150, 7);
	mu_history_finish(&history);
	assert_int_equal(summing.sums[0].present_ms, 60);
	assert_int_equal(summing.sums[0].load_ms, 20 * 4 + 40 * 2);
	assert_int_equal(summing.sums[0].load_largest, 4);
	assert_int_equal(summing.sums[1].load_ms, 50 * 2 + 50 * 7);
	assert_int_equal(summing.sums[1].load_largest, 7);
	assert_int_equal(summing.sums[1].total_ms, 100);
	assert_int_equal(summing.sums[2].total_ms, 0);
	mu_arena_finish(&summing.arena);
}

static unsigned next_random(unsigned *seed, unsigned below)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % below;
}

/* Random changes; beside them what holds in each unit of time, as an array. */
static void sums_are_what_counting_gives(void **state)
{
	static const char *const names[] = { "available", "away", "busy", "offline" };
	enum { TIME = 400, FIRST = 37 };
	unsigned seed = 11;

	for (unsigned round = 0; round < 300; round++) {
		struct summing summing = { 0 };
		struct mu_history history;
		int status[TIME], load[TIME], now = MU_OFFLINE, held = 0;
		int64_t edge = FIRST;

		for (size_t i = 0; i < MU_COUNT(summing.sums); i++) {
			summing.sums[i].from_ms = edge;
			edge = i == 3 ? TIME : edge + 1 + next_random(&seed, 90);
			summing.sums[i].to_ms = edge;
		}
		mu_history_init(&history, FIRST, TIME, add, &summing);
		for (int t = 0; t < TIME; t++) {
			if (!next_random(&seed, 20)) {
				now = (int)next_random(&seed, 4);
				mu_history_status(&history, t, names[now], (enum mu_base_status)now,
						  MU_CAUSE_SELF);
			}
			if (!next_random(&seed, 20)) {
				held = (int)next_random(&seed, 6);
				mu_history_load(&history, t, held);
			}
			status[t] = now;
			load[t] = held;
		}
		mu_history_finish(&history);
		for (size_t i = 0; i < MU_COUNT(summing.sums); i++) {
			const struct mu_sum *sum = &summing.sums[i];
			int64_t counts[4] = { 0 }, load_ms = 0, largest = 0;

			for (int64_t t = sum->from_ms; t < sum->to_ms; t++) {
				counts[status[t]]++;
				load_ms += status[t] == MU_OFFLINE ? 0 : load[t];
				largest = load[t] > largest ? load[t] : largest;
			}
			for (size_t k = 0; k < MU_COUNT(names); k++)
				assert_int_equal(duration(sum, names[k]), counts[k]);
			assert_int_equal(sum->total_ms, sum->to_ms - sum->from_ms);
			assert_int_equal(sum->present_ms, sum->total_ms - counts[MU_OFFLINE]);
			assert_int_equal(sum->load_ms, load_ms);
			assert_int_equal(sum->load_largest, largest);
		}
		mu_arena_finish(&summing.arena);
	}
}

/* ---- days ---- */

static struct mu_zone *zone_of(const char *name)
{
	struct mu_zone *zone = NULL;

	assert_int_equal(mu_zone_create(name, &zone), MU_OK);
	return zone;
}

static void expect_day(const char *zone_name, const char *day, const char *begins, int hours)
{
	struct mu_zone *zone = zone_of(zone_name);
	int64_t start_ms = at(begins), number = mu_day_of(zone, start_ms);
	char text[MU_DAY_TEXT];

	mu_day_text(number, text);
	assert_string_equal(text, day);
	assert_int_equal(mu_day_of(zone, start_ms - 1), number - 1);
	assert_int_equal(mu_day_start_ms(zone, number), start_ms);
	assert_int_equal(mu_day_start_ms(zone, number + 1), start_ms + hours * HOUR_MS);
	mu_zone_destroy(zone);
}

static void days_are_as_long_as_the_clocks_make_them(void **state)
{
	expect_day("UTC", "2026-03-29", "2026-03-29T00:00:00Z", 24);
	expect_day("Europe/Berlin", "2026-03-28", "2026-03-27T23:00:00Z", 24);
	expect_day("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", 23);
	expect_day("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", 25);
	expect_day("Asia/Kolkata", "2024-02-29", "2024-02-28T18:30:00Z", 24);
	/* Set at midnight, forward: the day begins at one o'clock. */
	expect_day("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", 23);
}

static void days_follow_each_other_without_gaps(void **state)
{
	static const char *const names[] = { "Europe/Berlin",  "America/Sao_Paulo", "Pacific/Kiritimati",
					     "America/Havana", "Atlantic/Azores",   "Asia/Beirut" };

	for (size_t i = 0; i < MU_COUNT(names); i++) {
		struct mu_zone *zone = zone_of(names[i]);
		int64_t last = mu_day_of(zone, at("2017-12-31T00:00:00Z"));

		for (int64_t t = at("2017-12-31T00:00:00Z"); t < at("2019-01-02T00:00:00Z");
		     t += HOUR_MS / 2) {
			int64_t day = mu_day_of(zone, t);

			assert_in_range(t, mu_day_start_ms(zone, day), mu_day_start_ms(zone, day + 1) - 1);
			assert_true(day == last || day == last + 1);
			last = day;
		}
		mu_zone_destroy(zone);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_word_one_is_offline),
		cmocka_unit_test(what_was_before_is_carried_in_and_what_lasts_is_closed),
		cmocka_unit_test(what_comes_after_the_end_changes_nothing),
		cmocka_unit_test(ways_of_being_offline_look_alike),
		cmocka_unit_test(what_is_said_twice_or_out_of_order_makes_no_gap),
		cmocka_unit_test(what_lasted_no_time_never_was),
		cmocka_unit_test(the_same_status_with_another_meaning_is_another_span),
		cmocka_unit_test(load_counts_while_one_is_there),
		cmocka_unit_test(sums_are_what_counting_gives),
		cmocka_unit_test(days_are_as_long_as_the_clocks_make_them),
		cmocka_unit_test(days_follow_each_other_without_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
