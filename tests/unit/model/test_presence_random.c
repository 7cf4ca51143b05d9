/* Presence under random sequences of everything that can happen, compared after each step with a model
 * that plays the whole history back.
 *
 * A failure prints the seed of its sequence and what happened in it. MUSTER_TEST_SEED repeats one
 * sequence, MUSTER_TEST_SEQUENCES says how many are run from there on. */
#include "model/presence_reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define SEQUENCES 2500
#define STEPS 40
#define EVENTS (STEPS * 16)
#define HOUR 3600000

static const char *const names[REF_PEOPLE] = { "ada", "bob", "eve" };
static const char *const op_names[] = {
	"look",     "add",   "remove", "restore", "forget", "choose",  "connect",
	"activity", "leave", "hours",  "times",   "told",   "restart",
};
static const struct mu_chosen choices[] = {
	{ .status = "available", .base = MU_AVAILABLE, .accepting = true },
	{ .status = "available", .base = MU_AVAILABLE, .accepting = true },
	{ .status = "away", .base = MU_AWAY },
	{ .status = "busy", .base = MU_BUSY },
	{ .status = "offline", .base = MU_OFFLINE },
	{ .status = "training", .base = MU_AVAILABLE, .accepting = false },
	{ .status = "lunch", .base = MU_AWAY, .accepting = false },
	{ .status = "focus", .base = MU_BUSY, .accepting = true },
	{ .status = "invisible", .base = MU_OFFLINE, .accepting = true },
};
static const char *const notes[] = { NULL, NULL, "back soon", "call me" };

struct run {
	uint64_t seed, random;
	int step;
	struct mu_presence *p;
	struct mu_now now;
	struct mu_presence_times times;
	struct ref_event history[EVENTS];
	size_t n;
	struct ref_world world; /* the reference now */
	uint64_t next_key;
	struct mu_chosen chosen[REF_PEOPLE];
	int64_t chosen_ms[REF_PEOPLE];
	bool open[REF_PEOPLE], touched[REF_PEOPLE];
	struct ref_view watcher[REF_PEOPLE]; /* a snapshot with every taken change folded in */
};

/* ---- chance ---- */

/* SplitMix64, by S. Vigna. */
static uint64_t draw(struct run *r)
{
	uint64_t z = r->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static unsigned below(struct run *r, unsigned n)
{
	return (unsigned)(draw(r) % n);
}

#define ONE_OF(r, array) ((array)[below(r, MU_COUNT(array))])

/* ---- failing ---- */

static void print_history(const struct run *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct ref_event *e = &r->history[i];

		print_error("  %3zu mono %8lld wall %+lld %s %s", i, (long long)e->at.mono_ms,
			    (long long)(e->at.wall_ms - r->history[0].at.wall_ms), op_names[e->op],
			    names[e->person]);
		if (e->op == REF_CONNECT || e->op == REF_ACTIVITY || e->op == REF_LEAVE)
			print_error(" key %llu device %s kind %s activity %s leave %d",
				    (unsigned long long)e->key, e->device ? e->device : "-",
				    mu_device_kind_names[e->kind], mu_activity_names[e->activity],
				    (int)e->leave);
		if (e->op == REF_CHOOSE || e->op == REF_ADD)
			print_error(" %s until %+lld", e->chosen.status,
				    (long long)(e->chosen.until_ms
							? e->chosen.until_ms - r->history[0].at.wall_ms
							: 0));
		if (e->op == REF_RESTORE)
			print_error(" as %s", e->status);
		if (e->op == REF_TIMES)
			print_error(" idle %lld grace %lld linger %lld background %lld",
				    (long long)e->times.idle_after_ms, (long long)e->times.reload_grace_ms,
				    (long long)e->times.linger_ms, (long long)e->times.background_ms);
		print_error("%s\n", e->op == REF_HOURS ? (e->open ? " open" : " closed") : "");
	}
}

static void print_view(const char *label, const struct ref_view *v)
{
	print_error("%s: %s/%s cause %s accepting %d reachable %d since %lld seen %lld came %lld note %s "
		    "until %lld expired %d devices",
		    label, v->shown.status, mu_base_status_names[v->shown.base],
		    mu_cause_names[v->shown.cause], v->shown.accepting, v->shown.reachable_mobile,
		    (long long)v->since_ms, (long long)v->last_seen_ms, (long long)v->came_ms,
		    v->note ? v->note : "-", (long long)v->until_ms, v->expired);
	for (int kind = 0; kind < MU_DEVICE_API; kind++)
		print_error(" %u,%u,%u", v->devices[kind][0], v->devices[kind][1], v->devices[kind][2]);
	print_error("\n");
}

#define CHECK(r, condition)                                                                                  \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			print_history(r);                                                                    \
			print_error("MUSTER_TEST_SEED=%llu step %d: %s\n", (unsigned long long)(r)->seed,    \
				    (r)->step, #condition);                                                  \
			fail();                                                                              \
		}                                                                                            \
	} while (0)

/* ---- the engine as a reference view ---- */

/* The constant text that equals this one, so that views outlive the engine's memory. */
static const char *constant(const char *text)
{
	for (size_t i = 0; i < MU_COUNT(choices); i++) {
		if (strcmp(choices[i].status, text) == 0)
			return choices[i].status;
	}
	for (size_t i = 0; i < MU_COUNT(notes); i++) {
		if (notes[i] && strcmp(notes[i], text) == 0)
			return notes[i];
	}
	fail_msg("a text that nobody chose: %s", text);
	return NULL;
}

static struct ref_view view_of(struct run *r, int person)
{
	const struct mu_person *p = mu_presence_find(r->p, names[person]);
	struct ref_view v = { .there = p != NULL };

	if (!p)
		return v;
	v.shown = p->shown;
	v.shown.status = constant(p->shown.status);
	v.since_ms = p->since_wall_ms;
	v.last_seen_ms = p->last_seen_wall_ms;
	v.told_seen_ms = p->told_seen_wall_ms;
	v.came_ms = p->came_wall_ms;
	v.note = p->chosen.note ? constant(p->chosen.note) : NULL;
	v.until_ms = p->chosen.until_ms;
	v.expired = p->expired;
	for (const struct mu_device *device = p->devices; device; device = device->next) {
		if (mu_presence_devices_visible(p))
			v.devices[device->kind][device->activity]++;
	}
	return v;
}

static bool same_shown(const struct mu_effective *a, const struct mu_effective *b)
{
	return ref_same_status(a, b) && a->cause == b->cause && a->accepting == b->accepting &&
	       a->reachable_mobile == b->reachable_mobile;
}

/* What a watcher is told of. */
static bool same_record(const struct ref_view *a, const struct ref_view *b)
{
	return same_shown(&a->shown, &b->shown) && a->note == b->note && a->until_ms == b->until_ms &&
	       memcmp(a->devices, b->devices, sizeof(a->devices)) == 0;
}

static bool same_view(const struct ref_view *a, const struct ref_view *b)
{
	if (!a->there || !b->there)
		return a->there == b->there;
	return same_record(a, b) && a->since_ms == b->since_ms && a->last_seen_ms == b->last_seen_ms &&
	       a->told_seen_ms == b->told_seen_ms && a->came_ms == b->came_ms && a->expired == b->expired;
}

static void check_all(struct run *r)
{
	ref_play(r->history, r->n, &r->world);
	for (int i = 0; i < REF_PEOPLE; i++) {
		struct ref_view got = view_of(r, i);
		bool same = same_view(&got, &r->world.people[i].view);

		if (!same) {
			print_error("%s differs\n", names[i]);
			print_view("engine   ", &got);
			print_view("reference", &r->world.people[i].view);
		}
		CHECK(r, same);
	}
}

/* ---- what can happen ---- */

static struct ref_event *happens(struct run *r, enum ref_op op, int person)
{
	CHECK(r, r->n < EVENTS);
	r->history[r->n] = (struct ref_event){ .op = op, .at = r->now, .person = person };
	return &r->history[r->n++];
}

static struct mu_chosen draw_choice(struct run *r)
{
	struct mu_chosen chosen = ONE_OF(r, choices);

	chosen.note = ONE_OF(r, notes);
	chosen.cause = below(r, 4) ? MU_CAUSE_SELF : MU_CAUSE_SUPERVISOR;
	if (below(r, 3) == 0)
		chosen.until_ms = r->now.wall_ms + below(r, 60000) - 2000;
	return chosen;
}

static void add(struct run *r, int person)
{
	struct mu_person *added;
	struct ref_event *e = happens(r, REF_ADD, person);

	e->chosen = r->chosen[person];
	e->stamp_ms = r->chosen_ms[person];
	CHECK(r, mu_presence_add(r->p, names[person], &e->chosen, e->stamp_ms, r->now, &added) == MU_OK);
	r->open[person] = true;
	r->touched[person] = false;
	r->watcher[person] = view_of(r, person);
}

static void add_newcomer(struct run *r, int person)
{
	r->chosen[person] = draw_choice(r);
	r->chosen_ms[person] = r->now.wall_ms - below(r, 2) * below(r, 5000);
	add(r, person);
}

static void leave_for_good(struct run *r, int person)
{
	happens(r, REF_REMOVE, person);
	mu_presence_remove(r->p, names[person]);
	r->watcher[person].there = false;
}

static void choose(struct run *r, int person, struct mu_chosen chosen)
{
	struct ref_event *e = happens(r, REF_CHOOSE, person);

	e->chosen = r->chosen[person] = chosen;
	r->chosen_ms[person] = r->now.wall_ms;
	CHECK(r,
	      mu_presence_choose(r->p, mu_presence_find(r->p, names[person]), &e->chosen, r->now) == MU_OK);
}

static void connect(struct run *r, int person)
{
	static const enum mu_device_kind kinds[] = { MU_DEVICE_WEB,    MU_DEVICE_WEB,     MU_DEVICE_MOBILE,
						     MU_DEVICE_MOBILE, MU_DEVICE_DESKTOP, MU_DEVICE_API };
	static const char *const devices[] = { "d-1", "d-1", "d-2" };
	struct ref_event *e = happens(r, REF_CONNECT, person);

	e->key = r->next_key++;
	e->kind = ONE_OF(r, kinds);
	e->device = ONE_OF(r, devices);
	CHECK(r, mu_presence_connect(r->p, mu_presence_find(r->p, names[person]), e->key, e->device, e->kind,
				     r->now) == MU_OK);
}

/* One of the latest keys: open, lingering, long gone or not yet given out. */
static uint64_t draw_key(struct run *r)
{
	return r->next_key - below(r, 6) + below(r, 8) / 7;
}

static void report(struct run *r)
{
	struct ref_event *e = happens(r, REF_ACTIVITY, 0);

	e->key = draw_key(r);
	e->activity = (enum mu_activity)below(r, 3);
	mu_presence_activity(r->p, e->key, e->activity, r->now);
}

static void leave(struct run *r)
{
	struct ref_event *e = happens(r, REF_LEAVE, 0);

	e->key = draw_key(r);
	e->leave = (enum mu_leave)below(r, MU_LEAVE_NODE + 1);
	mu_presence_disconnect(r->p, e->key, e->leave, r->now);
}

static void set_hours(struct run *r, int person, bool open)
{
	happens(r, REF_HOURS, person)->open = r->open[person] = open;
	mu_presence_set_open(r->p, mu_presence_find(r->p, names[person]), open, r->now);
}

static struct mu_presence_times draw_times(struct run *r)
{
	static const int64_t idle[] = { 0, 300, 5000, 60000 }, grace[] = { 0, 50, 5000 },
			     linger[] = { 0, 200, 15000 }, background[] = { 0, 1000, 600000 };

	return (struct mu_presence_times){ ONE_OF(r, idle), ONE_OF(r, grace), ONE_OF(r, linger),
					   ONE_OF(r, background) };
}

static void set_times(struct run *r)
{
	happens(r, REF_TIMES, 0)->times = r->times = draw_times(r);
	mu_presence_set_times(r->p, &r->times, r->now);
}

static void restore(struct run *r, int person)
{
	struct ref_event *e = happens(r, REF_RESTORE, person);
	const struct ref_view *last = &r->world.people[person].told;

	e->status = below(r, 4) ? last->shown.status : ONE_OF(r, choices).status;
	e->stamp_ms = last->since_ms;
	CHECK(r, mu_presence_restore(r->p, mu_presence_find(r->p, names[person]), e->status, e->stamp_ms,
				     r->now) == MU_OK);
	r->watcher[person] = view_of(r, person);
}

static void forget_restored(struct run *r, int person)
{
	happens(r, REF_FORGET, person);
	mu_presence_forget_restored(r->p, mu_presence_find(r->p, names[person]), r->now);
}

/* The hub starts anew and tells the engine what its log knows. */
static void restart(struct run *r)
{
	happens(r, REF_RESTART, 0);
	mu_presence_destroy(r->p);
	r->p = mu_presence_create(&r->times, r->now);
	CHECK(r, r->p != NULL);
	for (int i = 0; i < REF_PEOPLE; i++) {
		bool open = r->open[i];

		if (!r->world.people[i].view.there)
			continue;
		add(r, i);
		set_hours(r, i, open);
		restore(r, i);
	}
}

static void touch(struct run *r, int person)
{
	mu_presence_touch(r->p, mu_presence_find(r->p, names[person]));
	r->touched[person] = true;
}

static void something_happens(struct run *r)
{
	int person = (int)below(r, REF_PEOPLE);
	unsigned what = below(r, 100);

	if (!mu_presence_find(r->p, names[person]))
		add_newcomer(r, person);
	else if (what < 25)
		connect(r, person);
	else if (what < 48)
		leave(r);
	else if (what < 72)
		report(r);
	else if (what < 82)
		choose(r, person, draw_choice(r));
	else if (what < 88)
		set_hours(r, person, below(r, 2));
	else if (what < 91)
		set_times(r);
	else if (what < 94)
		touch(r, person);
	else if (what < 95)
		forget_restored(r, person);
	else if (what < 97)
		leave_for_good(r, person);
	else
		restart(r);
}

/* ---- time and what is told ---- */

static void look(struct run *r)
{
	happens(r, REF_LOOK, 0);
	mu_presence_advance(r->p, r->now);
	CHECK(r, mu_presence_next_ms(r->p, r->now.mono_ms) != 0);
	check_all(r);
}

static void pass(struct run *r, int64_t ms)
{
	r->now.mono_ms += ms;
	r->now.wall_ms += ms;
}

/* Until the moment that the engine names, nothing may change by time alone. */
static void sleep_until_just_before(struct run *r, int64_t next_ms)
{
	struct ref_view before[REF_PEOPLE];

	for (int i = 0; i < REF_PEOPLE; i++)
		before[i] = view_of(r, i);
	pass(r, next_ms < 0 ? HOUR : next_ms - 1);
	look(r);
	for (int i = 0; i < REF_PEOPLE; i++) {
		struct ref_view after = view_of(r, i);

		CHECK(r, same_view(&before[i], &after));
	}
}

static void time_passes(struct run *r)
{
	static const unsigned spans[] = { 1, 60, 400, 6000, 20000, 700000 };
	int64_t next_ms = mu_presence_next_ms(r->p, r->now.mono_ms);
	unsigned how = below(r, 10);

	if (how < 2) {
		sleep_until_just_before(r, next_ms);
		if (next_ms >= 0)
			pass(r, 1);
	} else if (how < 5 && next_ms > 0) {
		pass(r, next_ms);
	} else if (how < 9) {
		pass(r, below(r, ONE_OF(r, spans)));
	} else {
		r->now.wall_ms += (below(r, 2) ? 1 : -1) * (int64_t)(1001 + below(r, 20000));
	}
	if (below(r, 2))
		look(r);
}

static int person_named(const char *name)
{
	int i = 0;

	while (strcmp(names[i], name) != 0)
		i++;
	return i;
}

static void take_changes(struct run *r)
{
	struct mu_effective was;
	struct mu_person *p;
	bool expected[REF_PEOPLE];

	for (int i = 0; i < REF_PEOPLE; i++) {
		const struct ref_person *person = &r->world.people[i];

		expected[i] =
			person->view.there && (r->touched[i] || !same_record(&person->view, &person->told));
		r->touched[i] = false;
	}
	while ((p = mu_presence_take_changed(r->p, &was))) {
		int i = person_named(p->user);

		CHECK(r, expected[i]);
		CHECK(r, same_shown(&was, &r->world.people[i].told.shown));
		r->watcher[i] = view_of(r, i);
		expected[i] = false;
	}
	for (int i = 0; i < REF_PEOPLE; i++) {
		const struct ref_view *view = &r->world.people[i].view, *seen = &r->watcher[i];

		CHECK(r, !expected[i]);
		CHECK(r, seen->there == view->there);
		CHECK(r, !view->there || (same_record(seen, view) && seen->since_ms == view->since_ms));
	}
	happens(r, REF_TOLD, 0);
	check_all(r);
}

static void renew_expired(struct run *r)
{
	struct mu_chosen back = {
		.status = "available", .base = MU_AVAILABLE, .accepting = true, .cause = MU_CAUSE_EXPIRY
	};
	bool expired[REF_PEOPLE] = { false };

	for (const struct mu_person *p = mu_presence_expired(r->p); p; p = p->next_expired) {
		int i = person_named(p->user);

		CHECK(r, r->world.people[i].view.there && r->world.people[i].view.expired);
		CHECK(r, !expired[i]);
		expired[i] = true;
	}
	for (int i = 0; i < REF_PEOPLE; i++) {
		CHECK(r, !r->world.people[i].view.there || r->world.people[i].view.expired == expired[i]);
		if (expired[i] && below(r, 3))
			choose(r, i, back);
	}
	look(r);
}

/* ---- the runs ---- */

static void run_steps(struct run *r)
{
	r->now = (struct mu_now){ .mono_ms = below(r, 100000), .wall_ms = 1800000000000 };
	r->times = draw_times(r);
	r->p = mu_presence_create(&r->times, r->now);
	CHECK(r, r->p != NULL);
	happens(r, REF_TIMES, 0)->times = r->times;
	for (r->step = 0; r->step < STEPS; r->step++) {
		if (below(r, 3))
			time_passes(r);
		something_happens(r);
		look(r);
		if (below(r, 2))
			take_changes(r);
		if (below(r, 2))
			renew_expired(r);
	}
	take_changes(r);
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

static void test_random_sequences_match_the_reference(void **state)
{
	const uint64_t first = from_environment("MUSTER_TEST_SEED", 1);
	const uint64_t n =
		from_environment("MUSTER_TEST_SEQUENCES", getenv("MUSTER_TEST_SEED") ? 1 : SEQUENCES);
	struct run *r = malloc(sizeof(*r));

	assert_non_null(r);
	assert_int_equal(mu_hash_start(), MU_OK);
	for (uint64_t i = 0; i < n; i++) {
		memset(r, 0, sizeof(*r));
		r->seed = r->random = first + i;
		r->next_key = 10;
		run_steps(r);
		mu_presence_destroy(r->p);
	}
	free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_sequences_match_the_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
