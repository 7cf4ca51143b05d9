/* Events as they are told: what each form holds, and who hears which one of what is kept in memory. */
#include "testing.h"

#include "replay.h"
#include "room.h"
#include "turn.h"
#include "muster/model/audience.h"

struct moved {
	char *id, *from, *subject, *hash;
};
static const struct mu_field moved_fields[] = {
	MU_FIELD(struct moved, id, MU_ID, MU_REQUIRED),
	MU_FIELD(struct moved, from, MU_ID, MU_NULLABLE),
	MU_FIELD(struct moved, subject, MU_STRING, MU_SIGHT),
	MU_FIELD(struct moved, hash, MU_STRING, MU_SECRET),
};
static const struct mu_shape moved_shape = MU_SHAPE(struct moved, "MOVED", moved_fields);
static const struct mu_event_type moved_type = { .name = "thing.moved", .shape = &moved_shape };

static struct moved data = { .id = (char[]){ "c1" },
			     .subject = (char[]){ "A leaking roof" },
			     .hash = (char[]){ "f00d" } };

static struct mu_strs lines(struct mu_arena *arena, const char *text)
{
	struct mu_strs strs = { 0 };

	for (size_t n; *text; text += n + (text[n] == ' ')) {
		n = strcspn(text, " ");
		assert_int_equal(mu_strs_add(arena, &strs, mu_arena_strndup(arena, text, n)), MU_OK);
	}
	return strs;
}

static struct mu_event make_event(struct mu_arena *arena, const char *audience, const char *parting)
{
	return (struct mu_event){ .type = &moved_type,
				  .name = moved_type.name,
				  .seq = 7,
				  .audience = lines(arena, audience),
				  .parting = lines(arena, parting),
				  .data = &data };
}

static char *payload(const struct mu_frame *frame)
{
	return strndup(frame->data + frame->payload, frame->n - frame->payload);
}

static struct room *set_up_room(void)
{
	static struct mu_config config;
	static struct mu_hub hub;
	struct room *room = calloc(1, sizeof(*room));

	assert_int_equal(mu_config_init(&config), MU_OK);
	hub.config = &config;
	room->hub = &hub;
	room->id = (char *)"acme";
	room->epoch = 3;
	room->recent_from = 1;
	return room;
}

static int set_up(void **state)
{
	*state = set_up_room();
	return 0;
}

static int tear_down(void **state)
{
	struct room *room = *state;

	recent_clear(room);
	assert_int_equal(room->recent_bytes, 0);
	mu_config_finish((struct mu_config *)room->hub->config);
	free(room->recent);
	free(room);
	return 0;
}

static void who_parts_hears_that_it_happened_and_no_more(void **state)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	const struct mu_event event = make_event(&arena, "team/a own/ann", "team/b");
	struct telling telling = { .audience = telling_audience(&event, &arena) };

	assert_string_equal(telling.audience, "team/a\nown/ann\n~team/b");
	assert_int_equal(telling_encode(*state, &event, &telling), MU_OK);
	AUTO_FREE char *full = payload(telling.full), *brief = payload(telling.brief);
	assert_contains(full, "\"type\":\"thing.moved\",\"seq\":7,\"cursor\":\"acme:3:7\"");
	assert_contains(full, "\"data\":{\"id\":\"c1\",\"from\":null,\"subject\":\"A leaking roof\"}}");
	assert_contains(brief, "\"type\":\"thing.moved\",\"seq\":7,\"cursor\":\"acme:3:7\"");
	assert_contains(brief, "\"data\":{\"id\":\"c1\",\"from\":null}}");
	telling_finish(&telling);
}

static void a_form_that_nobody_hears_is_not_made(void **state)
{
	static const struct {
		const char *audience, *parting;
		bool full, brief;
	} rows[] = {
		{ "", "", false, false },
		{ "team/a", "", true, false },
		{ "", "team/a", false, true },
	};

	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		AUTO_ARENA struct mu_arena arena = { 0 };
		const struct mu_event event = make_event(&arena, rows[i].audience, rows[i].parting);
		struct telling telling = { .audience = telling_audience(&event, &arena) };

		assert_int_equal(telling_encode(*state, &event, &telling), MU_OK);
		assert_int_equal(telling.full != NULL, rows[i].full);
		assert_int_equal(telling.brief != NULL, rows[i].brief);
		telling_finish(&telling);
	}
}

static void keep(struct room *room, const char *audience, const char *parting)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	const struct mu_event event = make_event(&arena, audience, parting);
	struct telling telling = { .audience = telling_audience(&event, &arena) };

	assert_int_equal(telling_encode(room, &event, &telling), MU_OK);
	room->durable_seq++;
	recent_add(room, room->durable_seq, 1, &telling);
	telling_finish(&telling);
}

/* What a holder of these topics hears of what is kept: a letter for each event and form. */
static const char *heard(const struct room *room, const char *topics)
{
	static char out[16];
	AUTO_ARENA struct mu_arena arena = { 0 };
	const struct mu_strs held = lines(&arena, topics);
	struct replay replay = { 0 };
	size_t n = 0;

	replay_recent(room, 0, &held, &replay);
	assert_false(replay.failed);
	for (size_t i = 0; i < replay.n; i++) {
		AUTO_FREE char *text = payload(replay.v[i]);
		out[n++] = strstr(text, "subject") ? 'F' : 'b';
		assert_null(strstr(text, "f00d"));
	}
	out[n] = '\0';
	replay_finish(&replay);
	return out;
}

static void what_is_kept_is_replayed_to_each_in_their_form(void **state)
{
	struct room *room = *state;

	keep(room, "team/a", "team/b user/bob");
	keep(room, "", "user/bob");
	keep(room, "", "");
	keep(room, "team/b", "team/a");
	assert_string_equal(heard(room, "team/a"), "Fb");
	assert_string_equal(heard(room, "team/b"), "bF");
	assert_string_equal(heard(room, "team/a team/b"), "FF");
	assert_string_equal(heard(room, "user/bob team/a"), "Fbb");
	assert_string_equal(heard(room, "user/bob"), "bb");
	assert_string_equal(heard(room, "user/ann"), "");
}

static void both_forms_count_as_memory(void **state)
{
	struct room *room = *state;
	int64_t without;

	keep(room, "team/a", "");
	without = room->recent_bytes;
	keep(room, "team/a", "team/b");
	assert_true(room->recent_bytes > 2 * without);
	keep(room, "", "");
	assert_true(room->recent_bytes < 3 * without);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_parts_hears_that_it_happened_and_no_more),
		CASE(a_form_that_nobody_hears_is_not_made),
		CASE(what_is_kept_is_replayed_to_each_in_their_form),
		CASE(both_forms_count_as_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
