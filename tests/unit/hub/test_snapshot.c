/* Snapshots are made of the log beside everything else: they say what is in memory, and a store that gives or
 * takes none of them stops nothing (I6). */
#include "heard.h"
#include "room.h"
#include "shared_store.h"
#include "snapshot.h"
#include "state.h"
#include "turn.h"

#include "muster/model/event.h"
#include "muster/wire/codec.h"

#define EVERY 16

static const char *const options[][2] = { { "snapshot_every", "16" },
					  { "resolved_keep_ms", "1h" },
					  { NULL, NULL } };

struct world {
	struct rig *rig;
	struct mu_store *look; /* a share of the test's own */
};

static int set_up_on(void **state, const struct mu_store_ops *ops)
{
	struct world *world = calloc(1, sizeof(*world));
	struct common *common = common_create(memory_store());
	struct mu_store *store = share_of(common);

	store->ops = ops;
	world->look = share_of(common);
	world->rig = rig_on(store, options);
	rig_people(world->rig);
	rig_platform(world->rig, 0);
	*state = world;
	return 0;
}

static int set_up(void **state)
{
	return set_up_on(state, &share_ops);
}

static int tear_down(void **state)
{
	struct world *world = *state;

	rig_destroy(world->rig);
	mu_store_close(world->look);
	free(world);
	return 0;
}

static void large_ones_are_made_less_often(void **state)
{
	assert_int_equal(snapshot_interval(16, 0), 16);
	assert_int_equal(snapshot_interval(16, 1 << 20), 16);
	assert_int_equal(snapshot_interval(10000, 3 << 20), 10000);
	assert_int_equal(snapshot_interval(10000, 11 << 20), 10 * 4096);
}

/* ---- what they say ---- */

/* n calls; each # in the parameters is the number of one, a letter. */
static void call_each(struct rig *rig, const char *method, const char *params, int n)
{
	char text[160];

	for (int i = 0; i < n; i++) {
		snprintf(text, sizeof(text), "%s", params);
		for (char *at = text; (at = strchr(at, '#'));)
			*at = (char)('a' + i);
		rig_call(rig, 0, method, text);
	}
}

static void live_a_day(struct rig *rig)
{
	rig_sign_in(rig, 1, "sue");
	rig_call(rig, 0, "workspace.update",
		 "{\"idle_after_ms\":60000,\"statuses\":[{\"id\":\"lunch\",\"label\":\"Lunch\",\"base\":"
		 "\"away\"}]}");
	rig_call(rig, 0, "key.create", "{\"id\":\"k\",\"alg\":\"EdDSA\"}");
	call_each(rig, "team.create", "{\"id\":\"t#\",\"name\":\"Team #\",\"members\":[\"sue\"]}", 20);
	call_each(rig, "conversation.put", "{\"id\":\"c#\",\"team\":\"support\",\"priority\":\"high\"}", 20);
	rig_call(rig, 0, "team.update", "{\"team\":\"support\",\"strategy\":\"load_balanced\"}");
	rig_call(rig, 0, "user.update", "{\"user\":\"ann\",\"capacity\":5}");
	rig_call(rig, 0, "user.update", "{\"user\":\"bob\",\"capacity\":5}");
	rig_sign_in(rig, 2, "ann");
	rig_sign_in(rig, 3, "bob");
	rig_quiet(rig);
	rig_frame(rig, 1, "\"capacity.reached\"");
	call_each(rig, "conversation.resolve", "{\"id\":\"c#\"}", 9);
	call_each(rig, "team.delete", "{\"team\":\"t#\"}", 7);
	rig_pass(rig, 2 * 60 * 60000); /* what was resolved is forgotten */
	call_each(rig, "conversation.put", "{\"id\":\"d#\",\"team\":\"tk\"}", 20);
	rig_call(rig, 0, "user.deactivate", "{\"user\":\"bob\"}");
	call_each(rig, "conversation.resolve", "{\"id\":\"d#\"}", 5);
	rig_settle(rig);
}

static enum mu_err add_line(void *arg, const struct mu_event_type *type, const void *data, int64_t at_ms)
{
	mu_buf_printf(arg, "%s %lld ", type->name, (long long)at_ms);
	mu_codec_write(type->shape, data, MU_FORM_LOG, arg);
	mu_buf_char(arg, '\n');
	return mu_buf_error(arg);
}

static char *dump(const struct mu_workspace *ws)
{
	struct mu_buf text = { 0 };

	assert_int_equal(mu_workspace_dump(ws, add_line, &text), MU_OK);
	return mu_buf_take(&text);
}

struct reading {
	struct mu_job *job;
	size_t cap;
};

static bool keep(void *arg, const struct mu_row *row)
{
	struct reading *reading = arg;
	struct mu_job *job = reading->job;
	struct mu_row *copy;

	assert_true(job->n_rows < reading->cap);
	copy = &job->rows[job->n_rows++];
	*copy = *row;
	copy->type = mu_arena_strdup(&job->arena, row->type);
	copy->payload = mu_arena_strdup(&job->arena, row->payload);
	return true;
}

/* The workspace as the log alone says, up to a sequence, from the snapshot if one is given. */
static char *dump_of_log(struct world *world, int64_t snapshot_seq, const char *snapshot, int64_t seq)
{
	struct reading reading = { .job = mu_job_create(MU_JOB_LOAD, "acme"), .cap = (size_t)seq };
	struct mu_job *job = reading.job;
	struct mu_workspace *ws;
	char *text;

	job->snapshot_seq = snapshot_seq;
	job->snapshot = snapshot ? strdup(snapshot) : NULL;
	job->rows = mu_arena_alloc(&job->arena, (reading.cap + 1) * sizeof(*job->rows));
	assert_int_equal(mu_store_read(world->look, "acme", snapshot_seq, seq - snapshot_seq, keep, &reading),
			 MU_OK);
	state_load(job, world->rig->config.resolved_keep_ms);
	assert_int_equal(job->make(job, &job->made, &job->fault), MU_OK);
	ws = state_take(job);
	assert_int_equal(ws->seq, seq);
	text = dump(ws);
	mu_workspace_destroy(ws);
	mu_job_destroy(job);
	return text;
}

/* One more is made of what has come since the last one; on a busy machine that takes its time. */
static void go_on_until_one_is_new(struct world *world)
{
	struct mu_head head;
	int64_t seq = 0;

	for (int i = 0; !i || head.seq - seq > 2 * EVERY; i++) {
		char *text = NULL;
		rig_call(world->rig, 0, "user.update",
			 i % 2 ? "{\"user\":\"ann\",\"capacity\":5}" : "{\"user\":\"ann\",\"capacity\":6}");
		assert_int_equal(mu_store_head(world->look, "acme", &head), MU_OK);
		assert_int_equal(mu_store_snapshot_get(world->look, "acme", &seq, &text), MU_OK);
		free(text);
	}
}

static void a_snapshot_says_what_is_in_memory(void **state)
{
	struct world *world = *state;
	AUTO_FREE char *snapshot = NULL, *by_log = NULL, *live = NULL, *loaded = NULL;
	int64_t seq = 0;

	live_a_day(world->rig);
	go_on_until_one_is_new(world);
	mu_hub_stop(world->rig->hub);
	assert_int_equal(mu_store_snapshot_get(world->look, "acme", &seq, &snapshot), MU_OK);

	const struct room *room = room_find(world->rig->hub, "acme");

	assert_in_range(seq, room->durable_seq - 3 * EVERY, room->durable_seq);
	by_log = dump_of_log(world, 0, NULL, seq);
	assert_string_equal(snapshot, by_log);
	live = dump(room->ws);
	loaded = dump_of_log(world, seq, snapshot, room->durable_seq);
	assert_string_equal(loaded, live);
}

/* ---- a store that has none to give, or takes none ---- */

static atomic_bool blind;

static enum mu_err fail_to_look(struct mu_store *store, const char *workspace, int64_t *ret_seq,
				char **ret_text)
{
	return atomic_load(&blind) ? mu_fail(&store->fault, MU_UNAVAILABLE, "Nothing is seen here")
				   : share_snapshot_get(store, workspace, ret_seq, ret_text);
}

static enum mu_err open_blind(const struct mu_store *store, struct mu_store **ret_reader,
			      struct mu_fault *ret_fault)
{
	static struct mu_store_ops ops;
	enum mu_err err = share_reader(store, ret_reader, ret_fault);

	ops = share_ops;
	ops.snapshot_get = fail_to_look;
	(*ret_reader)->ops = &ops;
	return err;
}

static int set_up_blind(void **state)
{
	static struct mu_store_ops ops;

	ops = share_ops;
	ops.reader = open_blind;
	return set_up_on(state, &ops);
}

static int64_t kept(struct world *world)
{
	AUTO_FREE char *text = NULL;
	int64_t seq = 0;

	assert_int_equal(mu_store_snapshot_get(world->look, "acme", &seq, &text), MU_OK);
	return seq;
}

static void publish(struct world *world, int n)
{
	for (int i = 0; i < n; i++)
		rig_result(world->rig, 0, rig_publish(world->rig, 0, i));
}

/* Snapshots are made beside what goes on, and stopping waits for none: more goes on until it is so. */
#define PUBLISH_UNTIL(world, condition)                                                                      \
	for (int n_ = 0; !(condition); n_++) {                                                               \
		assert_true(n_ < 10000);                                                                     \
		publish(world, 1);                                                                           \
	}

static void what_cannot_be_read_stops_no_writes_and_is_tried_again(void **state)
{
	struct world *world = *state;
	int64_t before, after;

	publish(world, 4 * EVERY);
	atomic_store(&blind, true);
	publish(world, 2 * EVERY); /* one may still have been under way */
	before = kept(world);
	publish(world, 4 * EVERY);
	assert_true(mu_hub_ready(world->rig->hub));
	after = kept(world);
	atomic_store(&blind, false);
	assert_int_equal(after, before);
	PUBLISH_UNTIL(world, kept(world) > before);
	mu_hub_stop(world->rig->hub);
}

static atomic_uint refused;

static enum mu_err refuse_snapshot(struct mu_store *store, const char *workspace, int64_t seq,
				   const char *text, size_t bytes)
{
	refused++;
	return mu_fail(&store->fault, MU_UNAVAILABLE, "No snapshot is kept here");
}

static int set_up_refusing(void **state)
{
	static struct mu_store_ops ops;

	ops = share_ops;
	ops.snapshot_put = refuse_snapshot;
	return set_up_on(state, &ops);
}

static void one_that_was_refused_is_not_tried_at_once_again(void **state)
{
	struct world *world = *state;
	const unsigned before = refused;

	publish(world, 4 * EVERY);
	PUBLISH_UNTIL(world, refused > before);
	mu_hub_stop(world->rig->hub);
	assert_in_range(refused - before, 1, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(large_ones_are_made_less_often),
		cmocka_unit_test_setup_teardown(a_snapshot_says_what_is_in_memory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_cannot_be_read_stops_no_writes_and_is_tried_again,
						set_up_blind, tear_down),
		cmocka_unit_test_setup_teardown(one_that_was_refused_is_not_tried_at_once_again,
						set_up_refusing, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
