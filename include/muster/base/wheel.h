/* Timer wheel: O(1) insert and cancel, for the tens of thousands of timers that a room of sessions needs.
 * Hierarchical (levels of 64 slots at a resolution of 8 ms); see G. Varghese and T. Lauck, "Hashed and
 * Hierarchical Timing Wheels", 1987.
 *
 * A timer is embedded in its owner. It fires once, in the first mu_wheel_advance with a time at or past its
 * own; what a callback arms waits for the next call, even if it is due at once.
 * Thread: one owner. */
#ifndef MUSTER_BASE_WHEEL_H
#define MUSTER_BASE_WHEEL_H

#include "muster/base/err.h"

#include <stddef.h>

#define MU_WHEEL_TICK_MS 8
#define MU_WHEEL_LEVELS 5
#define MU_WHEEL_SLOTS 64

struct mu_timer {
	struct mu_timer *next, *prev; /* NULL while not armed */
	int64_t due_ms;
	void (*fire)(struct mu_timer *timer, int64_t now_ms);
};

struct mu_wheel {
	int64_t tick;                                           /* the last tick that was run */
	size_t n;                                               /* armed timers */
	struct mu_timer slots[MU_WHEEL_LEVELS][MU_WHEEL_SLOTS]; /* list heads */
};

/* The wheel holds pointers to timers that others own: it must not move, and has nothing to finish. */
void mu_wheel_init(struct mu_wheel *wheel, int64_t now_ms);

void mu_timer_init(struct mu_timer *timer, void (*fire)(struct mu_timer *, int64_t now_ms));
bool mu_timer_armed(const struct mu_timer *timer);

/* (Re-)arm for due_ms (monotonic). A time in the past fires at the next advance. */
void mu_timer_set(struct mu_wheel *wheel, struct mu_timer *timer, int64_t due_ms);
void mu_timer_cancel(struct mu_wheel *wheel, struct mu_timer *timer); /* does nothing when not armed */

/* Fire everything that is due at now_ms, oldest first by tick. A callback may arm and cancel any timer. */
void mu_wheel_advance(struct mu_wheel *wheel, int64_t now_ms);

/* Milliseconds from now_ms until advance must be called next (an upper bound that never oversleeps a timer),
 * 0 if something is due, -1 if no timer is armed. */
int64_t mu_wheel_next_ms(const struct mu_wheel *wheel, int64_t now_ms);

#endif
