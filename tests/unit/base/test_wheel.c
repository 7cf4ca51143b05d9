/* The wheel against a plain list of timers, over random sequences of everything one can do with it. */
#include "testing.h"

#include "muster/base/mem.h"
#include "muster/base/wheel.h"

#define DAY_MS INT64_C(86400000)

enum { TIMERS = 300, STEPS = 4000 };

/* What the list knows of a timer. */
struct modelled {
	struct mu_timer timer;
	bool armed;
	int64_t due_ms;
	int64_t placed_tick;  /* where it was put: its own tick, or the wheel's for one in the past */
	unsigned set_in_turn; /* the advance during which it was armed, if any */
};

struct world {
	struct random random;
	struct mu_wheel wheel;
	struct modelled timers[TIMERS];
	int64_t now_ms;
	unsigned turn; /* grows with every advance */
	bool advancing;
	int64_t last_fired_tick;
};

static struct world *the_world; /* callbacks get the timer only */

static int64_t random_delay_ms(struct random *random)
{
	static const int64_t spans[] = {
		1, 8, 64, 600, 5000, 40000, 600000, DAY_MS, 30 * DAY_MS, 400 * DAY_MS
	};
	int64_t span = spans[random_below(random, MU_COUNT(spans))];

	return (int64_t)random_below(random, (uint64_t)span) - (random_below(random, 20) == 0 ? 5000 : 0);
}

static void set(struct world *world, struct modelled *timer)
{
	int64_t due_ms = world->now_ms + random_delay_ms(&world->random);

	mu_timer_set(&world->wheel, &timer->timer, due_ms);
	timer->armed = true;
	timer->due_ms = due_ms;
	timer->placed_tick =
		due_ms / MU_WHEEL_TICK_MS > world->wheel.tick ? due_ms / MU_WHEEL_TICK_MS : world->wheel.tick;
	timer->set_in_turn = world->advancing ? world->turn : 0;
}

static void cancel(struct world *world, struct modelled *timer)
{
	mu_timer_cancel(&world->wheel, &timer->timer);
	timer->armed = false;
}

static struct modelled *any_timer(struct world *world)
{
	return &world->timers[random_below(&world->random, TIMERS)];
}

static void on_fire(struct mu_timer *fired, int64_t now_ms)
{
	struct world *world = the_world;
	struct modelled *timer = MU_CONTAINER_OF(fired, struct modelled, timer);

	CHECK_RANDOM(&world->random, world->advancing && now_ms == world->now_ms);
	CHECK_RANDOM(&world->random, timer->armed && timer->due_ms <= now_ms);
	CHECK_RANDOM(&world->random, timer->set_in_turn != world->turn);
	CHECK_RANDOM(&world->random, timer->placed_tick >= world->last_fired_tick);
	CHECK_RANDOM(&world->random, !mu_timer_armed(fired));
	world->last_fired_tick = timer->placed_tick;
	timer->armed = false;
	if (random_below(&world->random, 3) == 0)
		set(world, timer);
	if (random_below(&world->random, 4) == 0)
		set(world, any_timer(world));
	if (random_below(&world->random, 4) == 0)
		cancel(world, any_timer(world));
}

static void advance(struct world *world)
{
	int64_t step_ms = random_delay_ms(&world->random);

	world->now_ms += step_ms > 0 ? step_ms : 0;
	world->turn++;
	world->advancing = true;
	world->last_fired_tick = 0;
	mu_wheel_advance(&world->wheel, world->now_ms);
	world->advancing = false;
	for (int i = 0; i < TIMERS; i++) {
		struct modelled *timer = &world->timers[i];

		if (timer->armed && timer->due_ms <= world->now_ms)
			CHECK_RANDOM(&world->random, timer->set_in_turn == world->turn);
	}
}

static void compare(struct world *world)
{
	int64_t earliest_ms = INT64_MAX;
	int64_t next_ms = mu_wheel_next_ms(&world->wheel, world->now_ms);
	size_t n = 0;

	for (int i = 0; i < TIMERS; i++) {
		struct modelled *timer = &world->timers[i];

		CHECK_RANDOM(&world->random, mu_timer_armed(&timer->timer) == timer->armed);
		if (!timer->armed)
			continue;
		n++;
		if (timer->due_ms < earliest_ms)
			earliest_ms = timer->due_ms;
	}
	CHECK_RANDOM(&world->random, world->wheel.n == n);
	if (n == 0)
		CHECK_RANDOM(&world->random, next_ms == -1);
	else if (earliest_ms <= world->now_ms)
		CHECK_RANDOM(&world->random, next_ms == 0);
	else
		CHECK_RANDOM(&world->random, next_ms > 0 && world->now_ms + next_ms <= earliest_ms);
}

static void run_random_steps(struct random random)
{
	AUTO_FREE struct world *world = calloc(1, sizeof(*world));

	the_world = world;
	world->random = random;
	world->now_ms = (int64_t)random_below(&world->random, 1000000);
	mu_wheel_init(&world->wheel, world->now_ms);
	for (int i = 0; i < TIMERS; i++)
		mu_timer_init(&world->timers[i].timer, on_fire);
	for (int step = 0; step < STEPS; step++) {
		switch (random_below(&world->random, 4)) {
		case 0:
			advance(world);
			break;
		case 1:
			cancel(world, any_timer(world));
			break;
		default:
			set(world, any_timer(world));
			break;
		}
		compare(world);
	}
}

static void it_equals_a_list(void **state)
{
	struct random first = random_start();

	for (uint64_t round = 0; round < 20; round++)
		run_random_steps((struct random){ .seed = first.seed + round, .state = first.seed + round });
}

/* A timer that counts, and may do something else, too. */
struct counting {
	struct mu_timer timer;
	struct mu_wheel *wheel;
	int fired;
	int64_t fired_ms;
	int64_t rearm_ms; /* 0: not again */
	struct counting *cancels;
};

static void on_count(struct mu_timer *fired, int64_t now_ms)
{
	struct counting *counting = MU_CONTAINER_OF(fired, struct counting, timer);

	counting->fired++;
	counting->fired_ms = now_ms;
	if (counting->rearm_ms)
		mu_timer_set(counting->wheel, fired, counting->rearm_ms);
	if (counting->cancels)
		mu_timer_cancel(counting->wheel, &counting->cancels->timer);
}

static void counting_init(struct counting *counting, struct mu_wheel *wheel)
{
	*counting = (struct counting){ .wheel = wheel };
	mu_timer_init(&counting->timer, on_count);
}

/* A loop that sleeps as long as it is told wakes up just in time, and on the way once per level at most. */
static void sleeping_as_told_is_never_late(void **state)
{
	static const int64_t delays[] = {
		1, 7, 8, 511, 512, 25000, 3600000, DAY_MS, 98 * DAY_MS, 300 * DAY_MS
	};

	for (size_t i = 0; i < MU_COUNT(delays); i++) {
		for (int64_t start_ms = 12345; start_ms < 12345 + 8; start_ms++) {
			struct mu_wheel wheel;
			struct counting one;
			int64_t now_ms = start_ms;
			int wakes = 0;

			mu_wheel_init(&wheel, now_ms);
			counting_init(&one, &wheel);
			mu_timer_set(&wheel, &one.timer, start_ms + delays[i]);
			while (!one.fired) {
				int64_t sleep_ms = mu_wheel_next_ms(&wheel, now_ms);

				assert_true(sleep_ms > 0);
				now_ms += sleep_ms;
				mu_wheel_advance(&wheel, now_ms);
				assert_true(++wakes <= 12);
			}
			assert_int_equal(one.fired_ms, start_ms + delays[i]);
			assert_int_equal(mu_wheel_next_ms(&wheel, now_ms), -1);
		}
	}
}

static void a_timer_in_the_past_fires_at_the_next_advance(void **state)
{
	struct mu_wheel wheel;
	struct counting one;

	mu_wheel_init(&wheel, 1003);
	counting_init(&one, &wheel);
	mu_timer_set(&wheel, &one.timer, 0);
	assert_int_equal(mu_wheel_next_ms(&wheel, 1003), 0);
	mu_wheel_advance(&wheel, 1003);
	assert_int_equal(one.fired, 1);
	mu_wheel_advance(&wheel, 1003);
	assert_int_equal(one.fired, 1);
}

static void a_timer_that_is_always_due_fires_once_per_advance(void **state)
{
	struct mu_wheel wheel;
	struct counting one;

	mu_wheel_init(&wheel, 1000);
	counting_init(&one, &wheel);
	one.rearm_ms = 1;
	mu_timer_set(&wheel, &one.timer, 1);
	mu_wheel_advance(&wheel, 1000);
	assert_int_equal(one.fired, 1);
	mu_wheel_advance(&wheel, 1000 + DAY_MS);
	assert_int_equal(one.fired, 2);
	assert_int_equal(mu_wheel_next_ms(&wheel, 1000 + DAY_MS), 0);
}

static void a_callback_may_cancel_what_is_due_with_it(void **state)
{
	struct mu_wheel wheel;
	struct counting first, second;

	mu_wheel_init(&wheel, 0);
	counting_init(&first, &wheel);
	counting_init(&second, &wheel);
	first.cancels = &second;
	mu_timer_set(&wheel, &first.timer, 100);
	mu_timer_set(&wheel, &second.timer, 500);
	mu_wheel_advance(&wheel, 1000);
	assert_int_equal(first.fired, 1);
	assert_int_equal(second.fired, 0);
	assert_int_equal(wheel.n, 0);
}

static void on_free(struct mu_timer *fired, int64_t now_ms)
{
	free(MU_CONTAINER_OF(fired, struct counting, timer));
}

static void a_callback_may_free_its_timer(void **state)
{
	struct mu_wheel wheel;

	mu_wheel_init(&wheel, 0);
	for (int i = 0; i < 10; i++) {
		struct counting *one = calloc(1, sizeof(*one));

		mu_timer_init(&one->timer, on_free);
		mu_timer_set(&wheel, &one->timer, 50);
	}
	mu_wheel_advance(&wheel, 50);
	assert_int_equal(wheel.n, 0);
}

static int64_t asked_ms;

static void on_ask(struct mu_timer *fired, int64_t now_ms)
{
	asked_ms = mu_wheel_next_ms(MU_CONTAINER_OF(fired, struct counting, timer)->wheel, now_ms);
}

static void a_callback_may_ask_what_comes_next(void **state)
{
	struct mu_wheel wheel;
	struct counting first, second;

	mu_wheel_init(&wheel, 0);
	counting_init(&first, &wheel);
	counting_init(&second, &wheel);
	mu_timer_init(&first.timer, on_ask);
	mu_timer_set(&wheel, &first.timer, 100);
	mu_timer_set(&wheel, &second.timer, 100);
	asked_ms = 42;
	mu_wheel_advance(&wheel, 100);
	assert_int_equal(asked_ms, 0);
	assert_int_equal(second.fired, 1);
}

static void setting_again_moves_a_timer(void **state)
{
	struct mu_wheel wheel;
	struct counting one;

	mu_wheel_init(&wheel, 0);
	counting_init(&one, &wheel);
	mu_timer_set(&wheel, &one.timer, 100);
	mu_timer_set(&wheel, &one.timer, 5000);
	assert_int_equal(wheel.n, 1);
	mu_wheel_advance(&wheel, 4999);
	assert_int_equal(one.fired, 0);
	mu_wheel_advance(&wheel, 5000);
	assert_int_equal(one.fired, 1);
	mu_timer_cancel(&wheel, &one.timer);
	assert_int_equal(wheel.n, 0);
}

static void a_clock_that_steps_back_does_no_harm(void **state)
{
	struct mu_wheel wheel;
	struct counting one;

	mu_wheel_init(&wheel, 10000);
	counting_init(&one, &wheel);
	mu_timer_set(&wheel, &one.timer, 10100);
	mu_wheel_advance(&wheel, 9000);
	assert_int_equal(one.fired, 0);
	mu_wheel_advance(&wheel, 10100);
	assert_int_equal(one.fired, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_equals_a_list),
		cmocka_unit_test(sleeping_as_told_is_never_late),
		cmocka_unit_test(a_timer_in_the_past_fires_at_the_next_advance),
		cmocka_unit_test(a_timer_that_is_always_due_fires_once_per_advance),
		cmocka_unit_test(a_callback_may_cancel_what_is_due_with_it),
		cmocka_unit_test(a_callback_may_free_its_timer),
		cmocka_unit_test(a_callback_may_ask_what_comes_next),
		cmocka_unit_test(setting_again_moves_a_timer),
		cmocka_unit_test(a_clock_that_steps_back_does_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
