/* Sessions that several nodes mirror, whatever happens to them and to the bus: once it is well again every
 * node shows the people as they are. */
#include "share_scene.h"

static const char *const conversations[] = { "c1", "c2", "c3" };

static void look(size_t node, size_t n)
{
	struct session *session = &scene->nodes[node].sessions[n];
	const char *id = conversations[random_below(&scene->random, MU_COUNT(conversations))];
	const bool on = random_below(&scene->random, 3) > 0;
	struct mu_fault fault = { 0 };

	if (session->looker.n < 2 || !on)
		assert_int_equal(viewers_view(session, id, on, &fault), MU_OK);
}

static void something_happens(void)
{
	const size_t node = random_below(&scene->random, NODES), n = random_below(&scene->random, SESSIONS);

	if (!scene->nodes[node].open[n])
		join(node, n, names[random_below(&scene->random, PEOPLE)],
		     (enum mu_device_kind)random_below(&scene->random, MU_DEVICE_API + 1));
	else if (random_below(&scene->random, 3) == 0)
		look(node, n);
	else if (random_below(&scene->random, 2))
		say(node, n, (enum mu_activity)random_below(&scene->random, MU_BACKGROUND + 1));
	else
		part(node, n, (enum mu_leave)random_below(&scene->random, MU_LEAVE_LOST + 1));
}

static void the_bus_works(void)
{
	const size_t node = random_below(&scene->random, NODES);

	if (scene->wires[node].n)
		deliver(node);
	if (random_below(&scene->random, 10) == 0)
		commit(node);
	if (random_below(&scene->random, 10) == 0)
		follow(node);
	if (random_below(&scene->random, 3) == 0)
		share_flush(&scene->nodes[node].room);
	if (random_below(&scene->random, 40) == 0) {
		scene->nodes[node].reaches = !scene->nodes[node].reaches;
		share_reach(&scene->nodes[node].room, scene->nodes[node].reaches);
	}
}

static void heal(void)
{
	scene->faulty = false;
	reach(true);
	settle();
	pass(AGAIN_MS);
	settle();
}

/* What the nodes themselves hold, by kind and activity. */
static void count_open(const char *user, uint32_t counts[MU_DEVICE_API + 1][MU_BACKGROUND + 1])
{
	for (size_t i = 0; i < NODES; i++)
		for (size_t n = 0; n < SESSIONS; n++) {
			const struct session *session = &scene->nodes[i].sessions[n];
			if (scene->nodes[i].open[n] && !strcmp(session->subject, user))
				counts[session->device_kind][session->activity]++;
		}
}

static void count_look(void *arg, const char *conversation, bool typing)
{
	size_t *counts = arg;

	for (size_t c = 0; c < MU_COUNT(conversations); c++)
		counts[c] += !strcmp(conversations[c], conversation);
}

/* Looks by conversation: of the nodes' own sessions, and of all that one node knows. */
static void count_own_looks(size_t node, size_t counts[MU_COUNT(conversations)])
{
	for (size_t n = 0; n < SESSIONS; n++)
		viewers_each(&scene->nodes[node].sessions[n].looker, count_look, counts);
}

static void check_looks(void)
{
	size_t truth[MU_COUNT(conversations)] = { 0 };

	for (size_t i = 0; i < NODES; i++)
		count_own_looks(i, truth);
	for (size_t i = 0; i < NODES; i++) {
		size_t known[MU_COUNT(conversations)] = { 0 };
		count_own_looks(i, known);
		const struct share *share = scene->nodes[i].room.share;
		for (const struct mirror *mirror = share->mirrors; mirror; mirror = mirror->hh.next)
			for (const struct remote *r = mirror->remotes; r; r = r->hh.next)
				viewers_each(&r->looker, count_look, known);
		CHECK_RANDOM(&scene->random, !memcmp(known, truth, sizeof(truth)));
	}
}

static bool same_to_people(const struct mu_person *a, const struct mu_person *b)
{
	return !strcmp(a->shown.status, b->shown.status) && a->link == b->link &&
	       a->shown.reachable_mobile == b->shown.reachable_mobile;
}

static void check_all_agree(void)
{
	for (size_t k = 0; k < PEOPLE; k++) {
		uint32_t counts[MU_DEVICE_API + 1][MU_BACKGROUND + 1] = { { 0 } };
		count_open(names[k], counts);
		for (size_t i = 0; i < NODES; i++) {
			const struct mu_person *person = person_at(i, names[k]);
			CHECK_RANDOM(&scene->random, !person->n_ghosts);
			CHECK_RANDOM(&scene->random, !memcmp(person->session_counts, counts, sizeof(counts)));
			CHECK_RANDOM(&scene->random, same_to_people(person, person_at(0, names[k])));
		}
	}
}

static void all_agree_whatever_the_bus_did(void **state)
{
	for (int round = 0; round < 60; round++) {
		scene->faulty = true;
		for (int step = 0; step < 200; step++) {
			if (random_below(&scene->random, 3) == 0)
				something_happens();
			the_bus_works();
			if (random_below(&scene->random, 10) == 0)
				pass((int64_t)random_below(&scene->random, 500));
		}
		heal();
		pass(times.background_ms + times.idle_after_ms);
		check_all_agree();
		check_looks();
	}
}

/* Nothing but the log. */
static void all_agree_by_the_log_alone(void **state)
{
	for (int round = 0; round < 60; round++) {
		reach(false);
		scene->faulty = true;
		for (int step = 0; step < 200; step++) {
			const size_t node = random_below(&scene->random, NODES);
			if (random_below(&scene->random, 3) == 0)
				something_happens();
			share_flush(&scene->nodes[node].room);
			if (random_below(&scene->random, 3) == 0)
				commit(node);
			if (random_below(&scene->random, 3) == 0)
				follow(node);
			pass((int64_t)random_below(&scene->random, 100));
		}
		scene->faulty = false;
		pass_and_settle(3 * AGAIN_BY_LOG_MS);
		pass_and_settle(times.background_ms + times.idle_after_ms);
		check_all_agree();
		check_looks();
		heal();
	}
}

static void check_the_same(const struct mu_person *a, const struct mu_person *b)
{
	CHECK_RANDOM(&scene->random, same_to_people(a, b));
	CHECK_RANDOM(&scene->random, a->shown.cause == b->shown.cause);
	CHECK_RANDOM(&scene->random, a->since_wall_ms == b->since_wall_ms);
	CHECK_RANDOM(&scene->random, a->told_seen_wall_ms == b->told_seen_wall_ms);
}

/* Without a fault no ghost is missed either: all agree at any time. */
static void all_agree_all_the_time(void **state)
{
	for (int step = 0; step < 3000; step++) {
		something_happens();
		settle();
		if (random_below(&scene->random, 3) == 0)
			pass((int64_t)random_below(&scene->random, 3000));
		for (size_t k = 0; k < PEOPLE; k++)
			for (size_t i = 1; i < NODES; i++)
				check_the_same(person_at(i, names[k]), person_at(0, names[k]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(all_agree_whatever_the_bus_did),
		CASE(all_agree_by_the_log_alone),
		CASE(all_agree_all_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
