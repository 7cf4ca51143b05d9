/* Events as they are told: what each form holds, and who hears which one of what is kept in memory. */
#include "testing.h"

#include "replay.h"
#include "room.h"
#include "turn.h"
#include "muster/model/audience.h"
#include "muster/model/conversation.h"

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

	recent_clear(room, room->durable_seq);
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

/* What a replay holds: a letter for each event and form. */
static const char *spell(struct replay *replay)
{
	static char out[16];
	size_t n = 0;

	assert_in_range(replay->n, 0, sizeof(out) - 1);
	for (size_t i = 0; i < replay->n; i++) {
		AUTO_FREE char *text = payload(replay->v[i]);
		out[n++] = strstr(text, "A leaking roof") ? 'F' : 'b';
		assert_null(strstr(text, "f00d"));
	}
	out[n] = '\0';
	replay_finish(replay);
	return out;
}

/* What a holder of these topics hears of what is kept. */
static const char *heard(const struct room *room, const char *topics)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	const struct mu_strs held = lines(&arena, topics);
	struct replay replay = { 0 };

	replay_recent(room, 0, &held, &replay);
	assert_false(replay.failed);
	return spell(&replay);
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

/* ---- from the log ---- */

static char *const passed[] = { (char *)"f00d" };
static struct mu_conversation_record record = { .id = (char[]){ "c1" },
						.subject = (char[]){ "A leaking roof" },
						.assignee = (char[]){ "bob" },
						.version = 2,
						.created_at = 1700000000000,
						.passed = { .v = (char **)passed, .n = 1 } };
static const struct mu_conversation_event reassigned = { .conversation = (char[]){ "c1" },
							 .from = (char[]){ "ann" },
							 .to = (char[]){ "bob" },
							 .version = 2,
							 .record = &record };

static struct mu_row make_row(struct mu_arena *arena, int64_t seq, const char *type, const char *audience)
{
	AUTO_BUF struct mu_buf payload = { 0 };

	mu_codec_write(mu_conversation_reassigned.shape, &reassigned, MU_FORM_LOG, &payload);
	assert_contains(mu_buf_text(&payload), "f00d");
	return (struct mu_row){ .seq = seq,
				.type = type,
				.actor = "{}",
				.audience = audience,
				.payload = mu_arena_strdup(arena, mu_buf_text(&payload)) };
}

static bool read_rows(const struct room *room, const struct mu_job *job, const char *topics,
		      struct replay *replay)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	const struct mu_strs held = lines(&arena, topics);

	replay_rows(room, job, 0, &held, replay);
	return !replay->failed;
}

static void what_is_read_is_replayed_to_each_in_their_form(void **state)
{
	static const struct {
		const char *topics, *heard;
	} rows[] = {
		{ "own/bob", "F" },
		{ "user/ann", "b" },
		{ "user/ann may/conversations.view:all", "F" },
		{ "team/b/may/conversations.view:team", "b" },
		{ "user/bob", "" },
	};
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_row row = make_row(&arena, 1, "conversation.reassigned",
				     "may/conversations.view:all\nown/bob\n"
				     "~team/b/may/conversations.view:team\n~own/ann\n~user/ann");
	struct mu_job job = { .rows = &row, .n_rows = 1 };
	struct room *room = *state;

	room->durable_seq = 1;
	for (size_t i = 0; i < MU_COUNT(rows); i++) {
		struct replay replay = { 0 };
		assert_true(read_rows(room, &job, rows[i].topics, &replay));
		assert_string_equal(spell(&replay), rows[i].heard);
	}
}

/* What may be told of it is not known: rather nothing is replayed than too much. */
static void an_event_of_an_unknown_type_is_told_to_nobody(void **state)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_row row = make_row(&arena, 1, "conversation.sealed", "everyone");
	struct mu_job job = { .rows = &row, .n_rows = 1 };
	struct room *room = *state;
	struct replay replay = { 0 };

	room->durable_seq = 1;
	assert_false(read_rows(room, &job, "everyone", &replay));
	assert_int_equal(replay.n, 0);
	replay_finish(&replay);
	replay = (struct replay){ 0 };
	assert_true(read_rows(room, &job, "user/ann", &replay));
	replay_finish(&replay);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(who_parts_hears_that_it_happened_and_no_more),
		CASE(a_form_that_nobody_hears_is_not_made),
		CASE(what_is_kept_is_replayed_to_each_in_their_form),
		CASE(both_forms_count_as_memory),
		CASE(what_is_read_is_replayed_to_each_in_their_form),
		CASE(an_event_of_an_unknown_type_is_told_to_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
