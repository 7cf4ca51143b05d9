/* Three nodes that mirror each other's sessions, over a bus that can be told to lose, double and turn round
 * what it is given, and a log to which one of them at a time may add. It brings the files under test along.
 */
#ifndef MUSTER_TEST_HUB_SHARE_SCENE_H
#define MUSTER_TEST_HUB_SHARE_SCENE_H

#include "testing.h"

#include "muster/base/hash.h"
#include "muster/bus/bus.h"
#include "muster/wire/codec.h"

enum mu_err fake_read_text(const struct mu_shape *shape, const char *text, size_t bytes,
			   struct mu_arena *arena, void *out);
uint32_t fake_random_below(uint32_t below);

#define cluster_say fake_say
#define cluster_reaches fake_reaches
#define cluster_alone fake_alone
#define commit_system fake_system
#define dispatch_rests fake_rests
#define pen_take fake_pen
#define mu_random_below(below) fake_random_below(below)
#define mu_codec_read_text(...) fake_read_text(__VA_ARGS__)
#include "cluster.h"
/* The files under test, with the bus and the log above. */
#include "share.c"
#include "share_log.c"
#include "share_mirror.c"

#define NODES 3
#define PEOPLE 6
#define SESSIONS 40
#define MESSAGES 4096
#define BATCH 64
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
	bool short_of_memory; /* for what it hears */
	bool full;            /* of what waits for the bus: nothing goes out */
	struct mu_said batch[BATCH];
	size_t n_batch;
	size_t read; /* of the log */
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
	struct mu_said *log;
	size_t n_log;
	bool faulty;
	bool away;  /* the bus */
	bool alone; /* as far as the nodes know */
	const struct node *hearing;
	uint32_t chance; /* what chance gives */
	unsigned said[WORD_TICKET_GRANT + 1];
};

static struct scene *scene; /* for the bus */

enum mu_err fake_read_text(const struct mu_shape *shape, const char *text, size_t bytes,
			   struct mu_arena *arena, void *out)
{
	if (scene->hearing && scene->hearing->short_of_memory)
		return MU_NO_MEMORY;
	return (mu_codec_read_text)(shape, text, bytes, arena, out);
}

uint32_t fake_random_below(uint32_t below)
{
	assert_true(scene->chance < below);
	return scene->chance;
}

/* ---- the bus ---- */

static inline void put(size_t from, size_t to, enum cluster_word word, const char *json, size_t bytes)
{
	struct wire *wire = &scene->wires[to];

	assert_true(wire->n < MESSAGES);
	wire->messages[wire->n++] = (struct message){ from, word, strndup(json, bytes) };
}

bool fake_say(struct room *room, enum cluster_word word, const char *json, size_t bytes)
{
	const size_t from = (size_t)(MU_CONTAINER_OF(room, struct node, room) - scene->nodes);

	assert_true(bytes < MU_BUS_TEXT_MAX);
	if (scene->nodes[from].full)
		return false;
	scene->said[word]++;
	for (size_t to = 0; to < NODES; to++) {
		const bool lost = scene->faulty && random_below(&scene->random, 5) == 0;
		if (to == from || lost)
			continue;
		put(from, to, word, json, bytes);
		if (scene->faulty && random_below(&scene->random, 5) == 0)
			put(from, to, word, json, bytes);
	}
	return true;
}

bool fake_reaches(const struct room *room)
{
	return MU_CONTAINER_OF(room, const struct node, room)->reaches;
}

static inline struct message take(struct wire *wire)
{
	const size_t i = scene->faulty ? random_below(&scene->random, wire->n < 3 ? wire->n : 3) : 0;
	const struct message message = wire->messages[i];

	memmove(&wire->messages[i], &wire->messages[i + 1], (wire->n - i - 1) * sizeof(message));
	wire->n--;
	return message;
}

static inline void deliver(size_t to)
{
	static void (*const hear[])(struct room *, const char *, const char *, size_t) = {
		[WORD_HERE] = share_hear_here,
		[WORD_HERE_ASK] = share_hear_ask,
		[WORD_HERE_ALL] = share_hear_all,
	};
	const struct message message = take(&scene->wires[to]);

	scene->hearing = &scene->nodes[to];
	hear[message.word](&scene->nodes[to].room, node_names[message.from], message.json,
			   strlen(message.json));
	scene->hearing = NULL;
	free(message.json);
}

/* ---- the log ---- */

bool fake_alone(const struct mu_hub *hub)
{
	return scene->alone;
}

bool fake_rests(const struct room *room)
{
	return false;
}

bool fake_pen(struct room *room)
{
	return true;
}

void fake_system(struct room *room, const struct mu_event_type *type, const void *data)
{
	struct node *node = MU_CONTAINER_OF(room, struct node, room);
	const struct mu_said *said = data;

	assert_ptr_equal(type, &mu_said_type);
	assert_true(node->n_batch < BATCH);
	node->batch[node->n_batch++] =
		(struct mu_said){ strdup(said->node), strdup(said->word), strdup(said->text) };
}

static inline void said_free(struct mu_said *said)
{
	free(said->node);
	free(said->word);
	free(said->text);
}

/* Read what others wrote, and what became of one's own. */
static inline void follow(size_t i)
{
	struct node *node = &scene->nodes[i];

	while (node->read < scene->n_log)
		share_logged(&node->room, &scene->log[node->read++]);
}

static inline void forget_batch(struct node *node)
{
	for (size_t i = 0; i < node->n_batch; i++)
		said_free(&node->batch[i]);
	node->n_batch = 0;
}

static inline void write_batch(struct node *node)
{
	scene->log = realloc(scene->log, (scene->n_log + node->n_batch) * sizeof(*scene->log));
	assert_non_null(scene->log);
	memcpy(scene->log + scene->n_log, node->batch, node->n_batch * sizeof(*node->batch));
	scene->n_log += node->n_batch;
	node->n_batch = 0;
}

/* Who hasn't read all loses the batch, and reads then. Now and then the store says too late that it took one.
 */
static inline void commit(size_t i)
{
	struct node *node = &scene->nodes[i];

	if (!node->n_batch)
		return;
	if (node->read == scene->n_log) {
		write_batch(node);
		if (scene->faulty && random_below(&scene->random, 5) == 0)
			share_unlogged(&node->room);
		else
			follow(i);
	} else {
		forget_batch(node);
		share_unlogged(&node->room);
		follow(i);
	}
}

static inline void end_turns(void)
{
	for (size_t i = 0; i < NODES; i++)
		share_flush(&scene->nodes[i].room);
}

/* Until nothing is on its way. */
static inline void settle(void)
{
	bool any = true;

	while (any) {
		any = false;
		end_turns();
		for (size_t i = 0; i < NODES; i++) {
			for (; scene->wires[i].n; any = true)
				deliver(i);
			any |= scene->nodes[i].n_batch || scene->nodes[i].read < scene->n_log;
			commit(i);
			follow(i);
		}
	}
}

static inline void pass(int64_t ms)
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

static inline void add_person(struct node *node, const char *user)
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

static inline void remove_person(struct node *node, const char *user)
{
	struct mu_person *person = mu_presence_find(node->room.presence, user);

	share_person_gone(person);
	free(person->owner);
	mu_presence_remove(node->room.presence, user);
}

static inline void start_node(size_t i)
{
	struct node *node = &scene->nodes[i];
	struct mu_now now = { .mono_ms = 5000 + (int64_t)i * 100000, .wall_ms = START_MS };

	memset(node, 0, sizeof(*node));
	node->config.node = (char *)node_names[i];
	node->config.viewing_max = 2;
	node->config.typing_ms = 1000;
	node->hub.config = &node->config;
	node->hub.cluster = (struct cluster *)node; /* there is one */
	node->hub.now = now;
	node->hub.next_session = i * 1000;
	mu_wheel_init(&node->hub.wheel, now.mono_ms);
	node->room.id = (char *)"acme";
	node->room.hub = &node->hub;
	node->room.state = ROOM_READY;
	node->hub.rooms = &node->room;
	mu_timer_init(&node->room.viewers_timer, viewers_due);
	node->room.presence = mu_presence_create(&times, now);
	assert_int_equal(share_start(&node->room), MU_OK);
	for (size_t k = 0; k < PEOPLE; k++)
		add_person(node, names[k]);
	node->read = scene->n_log;
	node->reaches = !scene->away;
	if (node->reaches)
		share_reach(&node->room, true);
}

static inline void stop_node(struct node *node)
{
	for (size_t n = 0; n < SESSIONS; n++)
		viewers_leave(&node->sessions[n].looker);
	share_finish(&node->room);
	viewers_finish(&node->room);
	while (mu_presence_first(node->room.presence))
		remove_person(node, mu_presence_first(node->room.presence)->user);
	mu_presence_destroy(node->room.presence);
	hub_clean(&node->room);
	forget_batch(node);
}

/* Its sessions end with it; nobody is told. */
static inline void kill_node(size_t i)
{
	for (size_t n = 0; n < SESSIONS; n++) {
		struct session *session = &scene->nodes[i].sessions[n];
		struct member *member = scene->nodes[i].open[n] ? session->person->owner : NULL;
		if (member)
			DL_DELETE(member->sessions, session);
	}
	stop_node(&scene->nodes[i]);
}

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
{
	for (size_t i = 0; i < NODES; i++) {
		while (scene->wires[i].n)
			free(take(&scene->wires[i]).json);
		stop_node(&scene->nodes[i]);
	}
	for (size_t i = 0; i < scene->n_log; i++)
		said_free(&scene->log[i]);
	free(scene->log);
	free(scene);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

/* The bus is away for all, or back. */
static inline void reach(bool reaches)
{
	scene->away = !reaches;
	for (size_t i = 0; i < NODES; i++) {
		scene->nodes[i].reaches = reaches;
		share_reach(&scene->nodes[i].room, reaches);
	}
}

/* Time goes on, and nodes look into the log now and then. */
static inline void pass_and_settle(int64_t ms)
{
	for (; ms > 0; ms -= 500) {
		pass(ms < 500 ? ms : 500);
		settle();
	}
}

/* ---- sessions ---- */

static inline struct session *join(size_t node, size_t n, const char *user, enum mu_device_kind kind)
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
	session->looker = (struct looker){ .room = room, .session = session };
	session->person = mu_presence_find(room->presence, user);
	struct member *member = session->person->owner;
	DL_APPEND(member->sessions, session);
	assert_int_equal(share_enter(session), MU_OK);
	scene->nodes[node].open[n] = true;
	return session;
}

static inline void part(size_t node, size_t n, enum mu_leave how)
{
	struct session *session = &scene->nodes[node].sessions[n];
	struct member *member = session->person->owner;

	share_exit(session, how);
	viewers_leave(&session->looker);
	DL_DELETE(member->sessions, session);
	scene->nodes[node].open[n] = false;
}

static inline void say(size_t node, size_t n, enum mu_activity activity)
{
	struct session *session = &scene->nodes[node].sessions[n];

	session->activity = activity;
	share_stir(session);
}

static inline struct mu_person *person_at(size_t node, const char *user)
{
	return mu_presence_find(scene->nodes[node].room.presence, user);
}

static inline void assert_shown(const char *user, const char *status)
{
	for (size_t i = 0; i < NODES; i++)
		assert_string_equal(person_at(i, user)->shown.status, status);
}

static inline size_t sessions_of(const struct mu_person *person)
{
	size_t n = 0;

	for (int kind = 0; kind <= MU_DEVICE_API; kind++)
		for (int activity = 0; activity <= MU_BACKGROUND; activity++)
			n += person->session_counts[kind][activity];
	return n - person->n_ghosts;
}

#endif
