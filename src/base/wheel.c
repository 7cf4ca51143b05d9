/* The timer wheel.
 * Invariants: a timer with due tick d (due_ms / MU_WHEEL_TICK_MS, at least the wheel's tick when it was put
 * in) waits on the level whose span covers d - tick; level 0 holds the next 64 ticks, one slot each. The slot
 * of level L that covers a run of 64^L ticks is emptied into lower levels when the wheel reaches the first of
 * them, so a timer is always on level 0 by the time its tick comes. Only the slot of the present tick may
 * hold timers that are not due yet.
 * Thread: one owner. */
#include "muster/base/wheel.h"

#include "muster/base/mem.h"

#define SLOT_BITS 6
#define SLOT_MASK (MU_WHEEL_SLOTS - 1)
#define SPAN_TICKS(level) (INT64_C(1) << (SLOT_BITS * ((level) + 1)))

_Static_assert(MU_WHEEL_SLOTS == 1 << SLOT_BITS, "the number of slots is a power of two");

static void list_init(struct mu_timer *head)
{
	head->next = head;
	head->prev = head;
}

static bool list_empty(const struct mu_timer *head)
{
	return head->next == head;
}

static void list_append(struct mu_timer *head, struct mu_timer *timer)
{
	timer->prev = head->prev;
	timer->next = head;
	head->prev->next = timer;
	head->prev = timer;
}

static void list_remove(struct mu_timer *timer)
{
	timer->prev->next = timer->next;
	timer->next->prev = timer->prev;
	timer->next = NULL;
	timer->prev = NULL;
}

static struct mu_timer *slot_at(struct mu_wheel *wheel, int level, int64_t tick)
{
	return &wheel->slots[level][(tick >> (SLOT_BITS * level)) & SLOT_MASK];
}

void mu_wheel_init(struct mu_wheel *wheel, int64_t now_ms)
{
	wheel->tick = now_ms / MU_WHEEL_TICK_MS;
	wheel->n = 0;
	for (int level = 0; level < MU_WHEEL_LEVELS; level++) {
		for (int slot = 0; slot < MU_WHEEL_SLOTS; slot++)
			list_init(&wheel->slots[level][slot]);
	}
}

void mu_timer_init(struct mu_timer *timer, void (*fire)(struct mu_timer *, int64_t now_ms))
{
	*timer = (struct mu_timer){ .fire = fire };
}

bool mu_timer_armed(const struct mu_timer *timer)
{
	return timer->next != NULL;
}

/* What lies beyond the wheel waits in its last slot and is placed anew when that comes round. */
static void place(struct mu_wheel *wheel, struct mu_timer *timer)
{
	const int64_t last = wheel->tick + SPAN_TICKS(MU_WHEEL_LEVELS - 1) - 1;
	int64_t due = timer->due_ms / MU_WHEEL_TICK_MS;
	int level = 0;

	if (due < wheel->tick)
		due = wheel->tick;
	if (due > last)
		due = last;
	while (due - wheel->tick >= SPAN_TICKS(level))
		level++;
	list_append(slot_at(wheel, level, due), timer);
}

void mu_timer_set(struct mu_wheel *wheel, struct mu_timer *timer, int64_t due_ms)
{
	mu_timer_cancel(wheel, timer);
	timer->due_ms = due_ms;
	place(wheel, timer);
	wheel->n++;
}

void mu_timer_cancel(struct mu_wheel *wheel, struct mu_timer *timer)
{
	if (!mu_timer_armed(timer))
		return;
	list_remove(timer);
	wheel->n--;
}

/* The first tick after the present one at which one level has something to do: to fire or to move down.
 * A level looks 64 slots ahead: its present slot can hold what comes a whole turn later. */
static int64_t next_tick_of_level(const struct mu_wheel *wheel, int level)
{
	const int shift = SLOT_BITS * level;
	const int64_t here = wheel->tick >> shift;

	for (int64_t ahead = 1; ahead <= MU_WHEEL_SLOTS; ahead++) {
		if (!list_empty(&wheel->slots[level][(here + ahead) & SLOT_MASK]))
			return (here + ahead) << shift;
	}
	return INT64_MAX;
}

/* The first tick after the present one at which anything is to be done; INT64_MAX if nothing is. */
static int64_t next_tick(const struct mu_wheel *wheel)
{
	/* Higher levels move down at the first tick of a turn of level 0 only. */
	const int64_t next_turn = (wheel->tick | SLOT_MASK) + 1;
	int64_t next = next_tick_of_level(wheel, 0);

	for (int level = 1; level < MU_WHEEL_LEVELS && next > next_turn; level++) {
		int64_t tick = next_tick_of_level(wheel, level);

		if (tick < next)
			next = tick;
	}
	return next;
}

/* Move down what the higher levels hold for the ticks that begin now. */
static void cascade(struct mu_wheel *wheel)
{
	for (int level = 1; level < MU_WHEEL_LEVELS; level++) {
		struct mu_timer *slot = slot_at(wheel, level, wheel->tick);
		struct mu_timer moving;

		if (wheel->tick & (SPAN_TICKS(level - 1) - 1))
			return;
		list_init(&moving);
		while (!list_empty(slot)) {
			struct mu_timer *timer = slot->next;

			list_remove(timer);
			list_append(&moving, timer);
		}
		while (!list_empty(&moving)) {
			struct mu_timer *timer = moving.next;

			list_remove(timer);
			place(wheel, timer);
		}
	}
}

/* Move what is due in the slot of the present tick to the end of `due`. */
static void collect(struct mu_wheel *wheel, int64_t now_ms, struct mu_timer *due)
{
	struct mu_timer *slot = slot_at(wheel, 0, wheel->tick);
	struct mu_timer *timer = slot->next;

	while (timer != slot) {
		struct mu_timer *next = timer->next;

		if (timer->due_ms <= now_ms) {
			list_remove(timer);
			list_append(due, timer);
		}
		timer = next;
	}
}

/* All that is due leaves the wheel before the first callback runs, so what a callback arms waits for the next
 * call and a callback that always arms itself in the past cannot keep us here. */
void mu_wheel_advance(struct mu_wheel *wheel, int64_t now_ms)
{
	const int64_t target = now_ms / MU_WHEEL_TICK_MS;
	struct mu_timer due;

	list_init(&due);
	collect(wheel, now_ms, &due);
	while (wheel->tick < target) {
		int64_t tick = next_tick(wheel);

		wheel->tick = tick < target ? tick : target;
		cascade(wheel);
		collect(wheel, now_ms, &due);
	}
	while (!list_empty(&due)) {
		struct mu_timer *timer = due.next;

		list_remove(timer);
		wheel->n--;
		timer->fire(timer, now_ms);
	}
}

/* The earliest due time in a slot of level 0; INT64_MAX if it is empty. */
static int64_t earliest_ms(const struct mu_wheel *wheel, int64_t tick)
{
	const struct mu_timer *slot = &wheel->slots[0][tick & SLOT_MASK];
	int64_t earliest = INT64_MAX;

	for (const struct mu_timer *timer = slot->next; timer != slot; timer = timer->next) {
		if (timer->due_ms < earliest)
			earliest = timer->due_ms;
	}
	return earliest;
}

int64_t mu_wheel_next_ms(const struct mu_wheel *wheel, int64_t now_ms)
{
	int64_t due_ms, tick;

	if (wheel->n == 0)
		return -1;
	due_ms = earliest_ms(wheel, wheel->tick);
	if (due_ms == INT64_MAX) {
		tick = next_tick(wheel);
		if (tick == INT64_MAX)
			return 0; /* asked by a callback: what is armed is about to fire */
		due_ms = tick * MU_WHEEL_TICK_MS;
	}
	return due_ms > now_ms ? due_ms - now_ms : 0;
}
