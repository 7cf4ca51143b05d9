/* Sessions that several nodes mirror, over a bus that loses, doubles and turns round what it is given. Once
 * it is well again every node shows the people as they are. */
#include "testing.h"

#include "muster/bus/bus.h"

#define cluster_say fake_say
#define cluster_reaches fake_reaches
#include "cluster.h"
/* The files under test, with the bus above. */
#include "share.c"
#include "share_mirror.c"

#define NODES 3
#define PEOPLE 6
#define SESSIONS 40
#define MESSAGES 4096
#define START_MS 1700000000000

static const struct mu_presence_times times = {
	.idle_after_ms = 60000, .reload_grace_ms = 500, .linger_ms = 2000, .background_ms = 5000
};
static const char *const names[] = { "ann", "bob", "cat", "dan", "eve", "fay" };
static const char *const node_names[] = { "a", "b", "c" };

struct node {
	struct mu_hub hub;
	struct mu_config config;
	struct room room;
	struct session sessions[SESSIONS];
	bool open[SESSIONS];
	bool reaches;
};

struct message {
	size_t from;
	enum cluster_word word;
	char *json;
};

/* What is on its way to one node. */
struct wire {
	struct message messages[MESSAGES];
	size_t n;
};

struct scene {
	struct node nodes[NODES];
	struct wire wires[NODES];
	struct random random;
	bool faulty;
	unsigned said[WORD_TICKET_GRANT + 1];
};

static struct scene *scene; /* for the bus */

/* ---- the bus ---- */

static void put(size_t from, size_t to, enum cluster_word word, const char *json, size_t bytes)
{
	struct wire *wire = &scene->wires[to];

	assert_true(wire->n < MESSAGES);
	wire->messages[wire->n++] = (struct message){ from, word, strndup(json, bytes) };
}

void fake_say(struct room *room, enum cluster_word word, const char *json, size_t bytes)
{
	const size_t from = (size_t)(MU_CONTAINER_OF(room, struct node, room) - scene->nodes);

	assert_true(bytes < MU_BUS_TEXT_MAX);
	scene->said[word]++;
	for (size_t to = 0; to < NODES; to++) {
		const bool lost = scene->faulty && random_below(&scene->random, 5) == 0;
		if (to == from || lost)
			continue;
		put(from, to, word, json, bytes);
		if (scene->faulty && random_below(&scene->random, 5) == 0)
			put(from, to, word, json, bytes);
	}
}

bool fake_reaches(const struct room *room)
{
	return MU_CONTAINER_OF(room, const struct node, room)->reaches;
}

static struct message take(struct wire *wire)
{
	const size_t i = scene->faulty ? random_below(&scene->random, wire->n < 3 ? wire->n : 3) : 0;
	const struct message message = wire->messages[i];

	memmove(&wire->messages[i], &wire->messages[i + 1], (wire->n - i - 1) * sizeof(message));
	wire->n--;
	return message;
}

static void deliver(size_t to)
{
	static void (*const hear[])(struct room *, const char *, const char *, size_t) = {
		[WORD_HERE] = share_hear_here,
		[WORD_HERE_ASK] = share_hear_ask,
		[WORD_HERE_ALL] = share_hear_all,
	};
	const struct message message = take(&scene->wires[to]);

	hear[message.word](&scene->nodes[to].room, node_names[message.from], message.json,
			   strlen(message.json));
	free(message.json);
}

static void end_turns(void)
{
	for (size_t i = 0; i < NODES; i++)
		share_flush(&scene->nodes[i].room);
}

/* Until nothing is on its way. */
static void settle(void)
{
	bool any = true;

	while (any) {
		any = false;
		end_turns();
		for (size_t i = 0; i < NODES; i++)
			for (; scene->wires[i].n; any = true)
				deliver(i);
	}
}

static void pass(int64_t ms)
{
	for (size_t i = 0; i < NODES; i++) {
		struct node *node = &scene->nodes[i];
		node->hub.now.mono_ms += ms;
		node->hub.now.wall_ms += ms;
		mu_wheel_advance(&node->hub.wheel, node->hub.now.mono_ms);
		mu_presence_advance(node->room.presence, node->hub.now);
	}
}

/* ---- nodes ---- */

static void add_person(struct node *node, const char *user)
{
	static const struct mu_chosen available = { .status = "available",
						    .base = MU_AVAILABLE,
						    .accepting = true };
	struct member *member = calloc(1, sizeof(*member));

	assert_int_equal(mu_presence_add(node->room.presence, user, &available, START_MS - 1000,
					 node->hub.now, &member->person),
			 MU_OK);
	member->person->owner = member;
}

static void remove_person(struct node *node, const char *user)
{
	struct mu_person *person = mu_presence_find(node->room.presence, user);

	share_person_gone(person);
	free(person->owner);
	mu_presence_remove(node->room.presence, user);
}

static void start_node(size_t i)
{
	struct node *node = &scene->nodes[i];
	struct mu_now now = { .mono_ms = 5000 + (int64_t)i * 100000, .wall_ms = START_MS };

	memset(node, 0, sizeof(*node));
	node->config.node = (char *)node_names[i];
	node->hub.config = &node->config;
	node->hub.cluster = (struct cluster *)node; /* there is one */
	node->hub.now = now;
	node->hub.next_session = i * 1000;
	mu_wheel_init(&node->hub.wheel, now.mono_ms);
	node->room.id = (char *)"acme";
	node->room.hub = &node->hub;
	node->room.state = ROOM_READY;
	node->hub.rooms = &node->room;
	node->room.presence = mu_presence_create(&times, now);
	assert_int_equal(share_start(&node->room), MU_OK);
	for (size_t k = 0; k < PEOPLE; k++)
		add_person(node, names[k]);
	node->reaches = true;
	share_reach(&node->room, true);
}

static void stop_node(struct node *node)
{
	share_finish(&node->room);
	while (mu_presence_first(node->room.presence))
		remove_person(node, mu_presence_first(node->room.presence)->user);
	mu_presence_destroy(node->room.presence);
	hub_clean(&node->room);
}

static int set_up(void **state)
{
	assert_int_equal(mu_hash_start(), MU_OK);
	mu_log_setup(MU_LOG_ERROR, MU_LOG_TEXT);
	*state = scene = calloc(1, sizeof(*scene));
	scene->random = random_start();
	for (size_t i = 0; i < NODES; i++)
		start_node(i);
	settle();
	return 0;
}

static int tear_down(void **state)
{
	for (size_t i = 0; i < NODES; i++) {
		while (scene->wires[i].n)
			free(take(&scene->wires[i]).json);
		stop_node(&scene->nodes[i]);
	}
	free(scene);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* ---- sessions ---- */

static struct session *join(size_t node, size_t n, const char *user, enum mu_device_kind kind)
{
	struct session *session = &scene->nodes[node].sessions[n];
	struct room *room = &scene->nodes[node].room;

	*session = (struct session){ .room = room,
				     .subject = (char *)user,
				     .token_id = (char *)"t",
				     .address = (char *)"10.0.0.1",
				     .device_id = (char *)"d",
				     .device_kind = kind,
				     .opened_at_ms = room->hub->now.wall_ms };
	snprintf(session->id, sizeof(session->id), "s-%s-%zu", node_names[node], n);
	session->person = mu_presence_find(room->presence, user);
	struct member *member = session->person->owner;
	DL_APPEND(member->sessions, session);
	assert_int_equal(share_enter(session), MU_OK);
	scene->nodes[node].open[n] = true;
	return session;
}

static void part(size_t node, size_t n, enum mu_leave how)
{
	struct session *session = &scene->nodes[node].sessions[n];
	struct member *member = session->person->owner;

	share_exit(session, how);
	DL_DELETE(member->sessions, session);
	scene->nodes[node].open[n] = false;
}

static void say(size_t node, size_t n, enum mu_activity activity)
{
	struct session *session = &scene->nodes[node].sessions[n];

	session->activity = activity;
	share_stir(session);
}

static struct mu_person *person_at(size_t node, const char *user)
{
	return mu_presence_find(scene->nodes[node].room.presence, user);
}

static void assert_shown(const char *user, const char *status)
{
	for (size_t i = 0; i < NODES; i++)
		assert_string_equal(person_at(i, user)->shown.status, status);
}

static size_t sessions_of(const struct mu_person *person)
{
	size_t n = 0;

	for (int kind = 0; kind <= MU_DEVICE_API; kind++)
		for (int activity = 0; activity <= MU_BACKGROUND; activity++)
			n += person->session_counts[kind][activity];
	return n - person->n_ghosts;
}

/* ---- one thing at a time ---- */

static void a_session_is_there_on_every_node(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	assert_shown("ann", "available");
	for (size_t i = 0; i < NODES; i++) {
		assert_int_equal(person_at(i, "ann")->since_wall_ms, START_MS);
		assert_true(mu_presence_attended(person_at(i, "ann")));
	}
	say(0, 0, MU_IDLE);
	settle();
	pass(times.idle_after_ms);
	assert_shown("ann", "away");
	part(0, 0, MU_LEAVE_NOW);
	settle();
	assert_shown("ann", "offline");
}

static void what_is_known_of_a_session_is_what_its_node_knows(void **state)
{
	struct session *session = join(0, 0, "ann", MU_DEVICE_DESKTOP);

	settle();
	const struct remote *remote = share_first(person_at(1, "ann"));
	assert_non_null(remote);
	assert_null(share_next(remote));
	assert_string_equal(share_info(remote)->session, session->id);
	assert_string_equal(share_info(remote)->address, "10.0.0.1");
	assert_int_equal(share_info(remote)->kind, MU_DEVICE_DESKTOP);
	session->token_id = (char *)"another-token";
	share_renew(session);
	settle();
	assert_string_equal(share_info(remote)->token, "another-token");
	assert_int_equal(sessions_of(person_at(1, "ann")), 1);
	session->token_id = (char *)"t";
}

static void who_comes_back_on_another_node_was_never_gone(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	part(0, 0, MU_LEAVE_LOST);
	settle();
	pass(times.linger_ms - 1);
	assert_shown("ann", "available");
	join(1, 0, "ann", MU_DEVICE_WEB);
	settle();
	pass(2);
	assert_shown("ann", "available");
	for (size_t i = 0; i < NODES; i++)
		assert_int_equal(person_at(i, "ann")->since_wall_ms, START_MS);
	part(1, 0, MU_LEAVE_CLEAN);
	settle();
	pass(times.reload_grace_ms);
	assert_shown("ann", "offline");
}

static void a_node_that_comes_later_shows_people_as_the_others_do(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	join(0, 1, "bob", MU_DEVICE_MOBILE);
	say(0, 0, MU_IDLE);
	say(0, 1, MU_BACKGROUND);
	settle();
	pass(times.background_ms - 1000);
	stop_node(&scene->nodes[2]);
	struct mu_now now = scene->nodes[0].hub.now;
	start_node(2);
	scene->nodes[2].hub.now.wall_ms = now.wall_ms;
	settle();
	assert_true(person_at(2, "bob")->shown.reachable_mobile);
	pass(1000);
	assert_shown("bob", "offline");
	assert_shown("ann", "available");
	pass(times.idle_after_ms - times.background_ms);
	assert_shown("ann", "away");
}

static void a_node_that_is_gone_takes_its_people_along(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	join(0, 1, "bob", MU_DEVICE_WEB);
	join(1, 0, "bob", MU_DEVICE_MOBILE);
	join(0, 2, "cat", MU_DEVICE_MOBILE);
	say(0, 2, MU_BACKGROUND);
	settle();
	for (size_t i = 1; i < NODES; i++) {
		share_drop_node(&scene->nodes[i].hub, "a", MU_LEAVE_NOW);
		assert_string_equal(person_at(i, "ann")->shown.status, "offline");
		assert_string_equal(person_at(i, "bob")->shown.status, "available");
		assert_true(person_at(i, "cat")->shown.reachable_mobile);
		assert_null(share_first(person_at(i, "ann")));
	}
	pass(times.background_ms);
	assert_string_equal(person_at(1, "cat")->shown.status, "offline");
}

static void the_people_of_a_node_that_says_goodbye_get_time(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	share_drop_node(&scene->nodes[1].hub, "a", MU_LEAVE_LOST);
	assert_string_equal(person_at(1, "ann")->shown.status, "available");
	pass(times.linger_ms);
	assert_string_equal(person_at(1, "ann")->shown.status, "offline");
}

/* A room that is read anew may learn of a person after their session. */
static void a_session_waits_for_its_person(void **state)
{
	remove_person(&scene->nodes[1], "ann");
	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	add_person(&scene->nodes[1], "ann");
	share_people(&scene->nodes[1].room);
	assert_shown("ann", "available");
	remove_person(&scene->nodes[1], "ann");
	part(0, 0, MU_LEAVE_NOW);
	settle();
	add_person(&scene->nodes[1], "ann");
	share_people(&scene->nodes[1].room);
	assert_shown("ann", "offline");
}

/* What it said before is void, and nobody waits for what it forgot. */
static void a_node_that_starts_anew_is_another_one(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	join(0, 1, "bob", MU_DEVICE_WEB);
	settle();
	for (size_t n = 0; n < 2; n++) { /* it is killed */
		struct session *session = &scene->nodes[0].sessions[n];
		struct member *member = session->person->owner;
		DL_DELETE(member->sessions, session);
	}
	stop_node(&scene->nodes[0]);
	start_node(0);
	join(0, 0, "bob", MU_DEVICE_WEB);
	settle();
	assert_int_equal(sessions_of(person_at(1, "ann")), 0);
	assert_int_equal(sessions_of(person_at(1, "bob")), 1);
	pass(times.linger_ms);
	assert_shown("ann", "offline");
	assert_shown("bob", "available");
}

static void what_nobody_could_hear_is_asked_for(void **state)
{
	scene->nodes[0].reaches = false;
	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	assert_string_equal(person_at(1, "ann")->shown.status, "offline");
	scene->nodes[0].reaches = true;
	share_reach(&scene->nodes[0].room, true);
	settle();
	assert_shown("ann", "available");
}

static void who_knows_all_isnt_told_again(void **state)
{
	join(0, 0, "ann", MU_DEVICE_WEB);
	settle();
	const unsigned said = scene->said[WORD_HERE_ALL];
	share_reach(&scene->nodes[1].room, true);
	share_reach(&scene->nodes[0].room, true);
	settle();
	assert_int_equal(scene->said[WORD_HERE_ALL], said);
}

/* More than one message holds. */
static void many_sessions_come_in_parts(void **state)
{
	static struct session many[3000];
	static char ids[3000][16];
	struct room *room = &scene->nodes[0].room;
	struct mu_person *ann = person_at(0, "ann");
	struct member *member = ann->owner;

	scene->nodes[0].reaches = false;
	for (size_t i = 0; i < MU_COUNT(many); i++) {
		snprintf(ids[i], sizeof(ids[i]), "device-%zu", i);
		many[i] = (struct session){ .room = room,
					    .person = ann,
					    .subject = (char *)"ann",
					    .token_id = (char *)"t",
					    .address = (char *)"10.0.0.1",
					    .device_id = ids[i] };
		snprintf(many[i].id, sizeof(many[i].id), "s-%zu", i);
		DL_APPEND(member->sessions, &many[i]);
		assert_int_equal(share_enter(&many[i]), MU_OK);
	}
	scene->nodes[0].reaches = true;
	share_reach(room, true);
	settle();
	assert_true(scene->said[WORD_HERE_ALL] > NODES + 1);
	for (size_t i = 1; i < NODES; i++)
		assert_int_equal(sessions_of(person_at(i, "ann")), MU_COUNT(many));
	for (size_t i = 0; i < MU_COUNT(many); i++) {
		share_exit(&many[i], MU_LEAVE_NOW);
		DL_DELETE(member->sessions, &many[i]);
	}
	settle();
	assert_shown("ann", "offline");
}

static void what_isnt_understood_changes_nothing(void **state)
{
	static const char *const texts[] = { "", "{}", "[]", "{\"run\":\"r\",\"v\":1}", "{\"run\":" };

	for (size_t i = 0; i < MU_COUNT(texts); i++) {
		share_hear_here(&scene->nodes[0].room, "x", texts[i], strlen(texts[i]));
		share_hear_all(&scene->nodes[0].room, "x", texts[i], strlen(texts[i]));
		share_hear_ask(&scene->nodes[0].room, "x", texts[i], strlen(texts[i]));
	}
	assert_int_equal(HASH_COUNT(scene->nodes[0].room.share->mirrors), NODES - 1);
}

/* ---- everything at once ---- */

static void something_happens(void)
{
	const size_t node = random_below(&scene->random, NODES), n = random_below(&scene->random, SESSIONS);

	if (!scene->nodes[node].open[n])
		join(node, n, names[random_below(&scene->random, PEOPLE)],
		     (enum mu_device_kind)random_below(&scene->random, MU_DEVICE_API + 1));
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
	for (size_t i = 0; i < NODES; i++) {
		scene->nodes[i].reaches = true;
		share_reach(&scene->nodes[i].room, true);
	}
	settle();
	pass(ASK_MS);
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
		CASE(a_session_is_there_on_every_node),
		CASE(what_is_known_of_a_session_is_what_its_node_knows),
		CASE(who_comes_back_on_another_node_was_never_gone),
		CASE(a_node_that_comes_later_shows_people_as_the_others_do),
		CASE(a_node_that_is_gone_takes_its_people_along),
		CASE(the_people_of_a_node_that_says_goodbye_get_time),
		CASE(a_session_waits_for_its_person),
		CASE(a_node_that_starts_anew_is_another_one),
		CASE(what_nobody_could_hear_is_asked_for),
		CASE(who_knows_all_isnt_told_again),
		CASE(many_sessions_come_in_parts),
		CASE(what_isnt_understood_changes_nothing),
		CASE(all_agree_whatever_the_bus_did),
		CASE(all_agree_all_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
