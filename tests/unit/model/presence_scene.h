/* A scene for tests of presence: an engine, a clock that the test moves and one person, Ada, who chose to
 * be available a minute ago. Include it in one test program; it brings the test library along. */
#ifndef MUSTER_TEST_PRESENCE_SCENE_H
#define MUSTER_TEST_PRESENCE_SCENE_H

#include "muster/model/presence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define IDLE_AFTER 300000
#define GRACE 5000
#define LINGER 15000
#define BACKGROUND 600000
#define MINUTE 60000

static const struct mu_presence_times times = { IDLE_AFTER, GRACE, LINGER, BACKGROUND };

struct scene {
	struct mu_presence *p;
	struct mu_now now;
	struct mu_person *ada;
};

__attribute__((unused)) static const struct mu_chosen available = { .status = "available",
								    .base = MU_AVAILABLE,
								    .accepting = true };
__attribute__((unused)) static const struct mu_chosen away = { .status = "away", .base = MU_AWAY };
__attribute__((unused)) static const struct mu_chosen busy = { .status = "busy", .base = MU_BUSY };
__attribute__((unused)) static const struct mu_chosen hidden = { .status = "offline", .base = MU_OFFLINE };

static inline int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	if (!s || mu_hash_start() != MU_OK)
		return -1;
	s->now = (struct mu_now){ .mono_ms = 5003, .wall_ms = 1800000000000 };
	s->p = mu_presence_create(&times, s->now);
	*state = s;
	if (!s->p ||
	    mu_presence_add(s->p, "ada", &available, s->now.wall_ms - MINUTE, s->now, &s->ada) != MU_OK)
		return -1;
	return 0;
}

static inline int teardown(void **state)
{
	struct scene *s = *state;

	mu_presence_destroy(s->p);
	free(s);
	return 0;
}

static inline void pass(struct scene *s, int64_t ms)
{
	s->now.mono_ms += ms;
	s->now.wall_ms += ms;
	mu_presence_advance(s->p, s->now);
}

static inline void join_on(struct scene *s, uint64_t key, const char *device, enum mu_device_kind kind)
{
	assert_int_equal(mu_presence_connect(s->p, s->ada, key, device, kind, s->now), MU_OK);
}

static inline void join(struct scene *s, uint64_t key, enum mu_device_kind kind)
{
	join_on(s, key, "d", kind);
}

static inline void say(struct scene *s, uint64_t key, enum mu_activity activity)
{
	mu_presence_activity(s->p, key, activity, s->now);
}

static inline void leave(struct scene *s, uint64_t key, enum mu_leave way)
{
	mu_presence_disconnect(s->p, key, way, s->now);
}

static inline void choose(struct scene *s, const struct mu_chosen *chosen)
{
	assert_int_equal(mu_presence_choose(s->p, s->ada, chosen, s->now), MU_OK);
}

static inline void assert_shown(const struct scene *s, const char *status, const char *cause)
{
	assert_string_equal(s->ada->shown.status, status);
	assert_string_equal(mu_cause_names[s->ada->shown.cause], cause);
}

/* Exactly one change is waiting: Ada's, from this status. */
static inline void assert_told_from(struct scene *s, const char *before)
{
	struct mu_effective was;

	assert_ptr_equal(mu_presence_take_changed(s->p, &was), s->ada);
	assert_string_equal(was.status, before);
	assert_null(mu_presence_take_changed(s->p, &was));
}

static inline void assert_nothing_told(struct scene *s)
{
	struct mu_effective was;

	assert_null(mu_presence_take_changed(s->p, &was));
}

/* Visible devices as "web:active mobile:background", oldest first. */
static inline void assert_devices(const struct scene *s, const char *expected)
{
	char text[256] = "";
	size_t n = 0;

	for (const struct mu_device *device = s->ada->devices; device; device = device->next) {
		if (mu_presence_devices_visible(s->ada))
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s:%s", n ? " " : "",
					      mu_device_kind_names[device->kind],
					      mu_activity_names[device->activity]);
	}
	assert_string_equal(text, expected);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
