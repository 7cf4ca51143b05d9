/* What is too large for one statement: snapshots in pieces, and batches in parts. */
#include "store/relay.h"

#define MB ((size_t)1 << 20)

/* ---- snapshots ---- */

/* A text of so many bytes, in which no two megabytes are the same. */
static char *long_text(size_t bytes, unsigned seed)
{
	char *text = malloc(bytes + 1);

	assert_non_null(text);
	for (size_t i = 0; i < bytes; i++) {
		seed = seed * 1103515245 + 12345;
		text[i] = (char)('!' + (seed >> 16) % 90);
	}
	text[bytes] = '\0';
	return text;
}

static enum mu_err put(struct mu_store *store, int64_t seq, const char *text)
{
	return mu_store_snapshot_put(store, "acme", seq, text, strlen(text));
}

static void expect_snapshot(struct mu_store *store, int64_t right_seq, const char *right)
{
	AUTO_FREE char *text = NULL;
	int64_t seq = -1;

	assert_int_equal(mu_store_snapshot_get(store, "acme", &seq, &text), MU_OK);
	assert_int_equal(seq, right_seq);
	assert_int_equal(strlen(text), strlen(right));
	assert_memory_equal(text, right, strlen(right));
}

static int64_t count_pieces(void)
{
	return rig_sql("SELECT count(*) FROM muster.snapshot_piece");
}

static void make_log(struct rig *rig)
{
	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 10);
}

static void a_snapshot_lies_in_pieces(void **state)
{
	static const size_t sizes[] = { 0, 1, MB - 1, MB, MB + 1, 3 * MB, 5 * MB + 7 };
	struct rig *rig = *state;

	make_log(rig);
	for (size_t i = 0; i < MU_COUNT(sizes); i++) {
		AUTO_FREE char *text = long_text(sizes[i], (unsigned)i);

		assert_int_equal(put(rig->store, 3, text), MU_OK);
		expect_snapshot(rig->store, 3, text);
		assert_int_equal(count_pieces(), (sizes[i] + MB - 1) / MB);
	}
}

static void half_a_snapshot_leaves_the_older_one(void **state)
{
	struct rig *rig = *state;
	AUTO_FREE char *older = long_text(2 * MB, 1), *newer = long_text(5 * MB, 2);

	make_log(rig);
	assert_int_equal(put(rig->store, 3, older), MU_OK);
	rig_sql("ALTER TABLE muster.snapshot_piece ADD CONSTRAINT crash CHECK (piece < 3)");
	assert_int_equal(put(rig->store, 4, newer), MU_UNAVAILABLE);
	expect_snapshot(rig->store, 3, older);
	assert_int_equal(count_pieces(), 2 + 3);
	rig_sql("ALTER TABLE muster.snapshot_piece DROP CONSTRAINT crash");
	assert_int_equal(put(rig->store, 4, newer), MU_OK);
	expect_snapshot(rig->store, 4, newer);
	assert_int_equal(count_pieces(), 5);
}

static void an_epoch_that_ends_amid_a_snapshot_keeps_none(void **state)
{
	struct rig *rig = *state;
	AUTO_FREE char *text = long_text(2 * MB, 1);

	make_log(rig);
	rig_enter(rig->store, "n1");
	rig_sql("CREATE FUNCTION muster.fence() RETURNS trigger LANGUAGE plpgsql AS"
		" 'BEGIN DELETE FROM muster.node; RETURN NULL; END';"
		"CREATE TRIGGER fence AFTER INSERT ON muster.snapshot_piece EXECUTE FUNCTION muster.fence()");
	assert_int_equal(put(rig->store, 3, text), MU_FENCED);
	assert_int_equal(rig_sql("SELECT count(*) FROM muster.snapshot"), 0);
}

/* Two nodes that keep one at the same time take nothing from each other. */
static void pieces_in_the_making_are_left_alone(void **state)
{
	struct rig *rig = *state;

	make_log(rig);
	rig_sql("INSERT INTO muster.snapshot_piece SELECT key, 999, 0, 'half' FROM muster.workspace");
	assert_int_equal(put(rig->store, 3, "{\"a\":1}"), MU_OK);
	assert_int_equal(count_pieces(), 2);

	/* The other one is done, and was begun later: what was begun before it counts no more. */
	rig_sql("UPDATE muster.snapshot SET made = 999, bytes = 4");
	expect_snapshot(rig->store, 3, "half");
	assert_int_equal(put(rig->store, 4, "{\"a\":2}"), MU_OK);
	expect_snapshot(rig->store, 3, "half");
	assert_int_equal(count_pieces(), 1);
}

static void a_missing_piece_is_damage(void **state)
{
	struct rig *rig = *state;
	AUTO_FREE char *text = long_text(3 * MB, 1);
	char *got = NULL;
	int64_t seq = 77;

	make_log(rig);
	assert_int_equal(put(rig->store, 3, text), MU_OK);
	rig_sql("DELETE FROM muster.snapshot_piece WHERE piece = 1");
	assert_int_equal(mu_store_snapshot_get(rig->store, "acme", &seq, &got), MU_UNAVAILABLE);
	assert_non_null(strstr(mu_store_fault(rig->store)->message, "a piece of a snapshot is missing"));
	assert_int_equal(seq, 77);
	assert_null(got);
	assert_int_equal(put(rig->store, 3, text), MU_OK);
	expect_snapshot(rig->store, 3, text);
}

static void a_snapshot_of_version_1_is_read_on(void **state)
{
	struct rig *rig = *state;

	make_log(rig);
	assert_int_equal(put(rig->store, 3, "{}"), MU_OK);
	rig_sql("DROP TABLE muster.snapshot, muster.snapshot_piece, muster.node;"
		"DROP SEQUENCE muster.made, muster.epoch;"
		"CREATE TABLE muster.snapshot (workspace bigint PRIMARY KEY, seq bigint NOT NULL,"
		" text text NOT NULL);"
		"CREATE TABLE muster.writer (id text);"
		"INSERT INTO muster.snapshot SELECT key, 5, repeat('grüße', 500000) FROM muster.workspace;"
		"UPDATE muster.version SET version = 1");
	rig_reopen(rig);

	AUTO_FREE char *right = malloc(500000 * strlen("grüße") + 1);

	for (size_t i = 0; i < 500000; i++)
		strcpy(right + i * strlen("grüße"), "grüße");
	expect_snapshot(rig->store, 5, right);
	assert_int_equal(put(rig->store, 6, "{}"), MU_OK);
	expect_snapshot(rig->store, 6, "{}");
	assert_int_equal(count_pieces(), 1);
}

/* ---- batches ---- */

#define MANY 5000

/* Each part waits on the server, all together longer than any call may take that doesn't get on. */
static void a_batch_may_take_as_long_as_it_gets_on(void **state)
{
	struct rig *rig = *state;
	const int64_t began_ms = rig_now_ms();

	rig_workspace(rig, "acme");
	rig_sql("CREATE FUNCTION muster.slow() RETURNS trigger LANGUAGE plpgsql AS"
		" 'BEGIN PERFORM pg_sleep(1.2); RETURN NULL; END';"
		"CREATE TRIGGER slow AFTER INSERT ON muster.event EXECUTE FUNCTION muster.slow()");
	rig_append(rig, "acme", 0, MANY);
	assert_true(rig_now_ms() - began_ms > 3000);
	rig_sql("DROP TRIGGER slow ON muster.event");
	rig_expect(rig->store, "acme", MANY);
}

static void of_a_large_batch_all_is_there_or_nothing(void **state)
{
	struct rig *rig = *state;
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_store *other = rig_another(rig);

	rig_workspace(rig, "acme");
	rig_workspace(rig, "b");
	rig_append(rig, "acme", 0, 0);
	assert_int_equal(rig_try_append(other, "acme", 0, 1), MU_OK);
	assert_int_equal(rig_try_append(rig->store, "acme", 0, MANY), MU_CONFLICT);
	rig_expect(other, "acme", 1);

	rig_sql("ALTER TABLE muster.event ADD CONSTRAINT full_disk CHECK (seq <> 4321)");
	assert_int_equal(rig_try_append(rig->store, "acme", 1, MANY), MU_UNAVAILABLE);
	rig_expect(other, "acme", 1);
	rig_sql("ALTER TABLE muster.event DROP CONSTRAINT full_disk");

	/* Several large ones and small ones in one transaction, of one workspace too. */
	struct mu_append batches[] = { rig_batch(&arena, "b", 0, MANY), rig_batch(&arena, "acme", 1, 2),
				       rig_batch(&arena, "acme", 3, MANY), rig_batch(&arena, "b", 7, MANY),
				       rig_batch(&arena, "b", MANY, 1) };
	static const enum mu_err right[] = { MU_OK, MU_OK, MU_OK, MU_CONFLICT, MU_OK };

	assert_int_equal(mu_store_append(rig->store, batches, MU_COUNT(batches)), MU_OK);
	for (size_t i = 0; i < MU_COUNT(batches); i++)
		assert_int_equal(batches[i].err, right[i]);
	rig_expect(other, "acme", MANY + 3);
	rig_expect(other, "b", MANY + 1);
	mu_store_close(other);
}

static void a_long_log_is_trimmed_step_by_step(void **state)
{
	struct rig *rig = *state;
	const int64_t all = 3 * MANY;

	rig_workspace(rig, "acme");
	for (int64_t seq = 0; seq < all; seq += MANY)
		rig_append(rig, "acme", seq, MANY);
	assert_int_equal(put(rig->store, all - 5, "{}"), MU_OK);
	assert_int_equal(mu_store_trim(rig->store, "acme", all - 4), MU_CONFLICT);
	assert_int_equal(rig_head(rig->store, "acme").first_seq, 1);

	/* What was trimmed before a failure stays trimmed, and the next goes on. */
	rig_sql("CREATE FUNCTION muster.crash() RETURNS trigger LANGUAGE plpgsql AS"
		" 'BEGIN RAISE EXCEPTION ''crash''; END';"
		"CREATE TRIGGER crash BEFORE DELETE ON muster.event FOR EACH ROW WHEN (OLD.seq = 12000)"
		" EXECUTE FUNCTION muster.crash()");
	assert_int_equal(mu_store_trim(rig->store, "acme", all - 6), MU_UNAVAILABLE);
	assert_int_equal(rig_head(rig->store, "acme").first_seq, 10001);
	assert_int_equal(rig_verify(rig->store, "acme"), 0);
	rig_sql("DROP TRIGGER crash ON muster.event");
	assert_int_equal(mu_store_trim(rig->store, "acme", all - 6), MU_OK);
	assert_int_equal(rig_head(rig->store, "acme").first_seq, all - 5);
	assert_int_equal(rig_read(rig->store, "acme", all - 6), 6);
	assert_int_equal(rig_verify(rig->store, "acme"), 0);
}

static void a_large_batch_that_got_lost_on_the_way_is_sent_again(void **state)
{
	static const enum relay_mode faults[] = { RELAY_CUT_BEFORE, RELAY_CUT_AFTER, RELAY_HOLD };
	struct rig *rig = *state;
	struct relay *relay = relay_start(rig);
	char said[4096];

	rig_open(rig);
	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 0);
	for (size_t i = 0; i < MU_COUNT(faults); i++) {
		relay_set(relay, faults[i]);
		rig_append(rig, "acme", (int64_t)i * MANY, MANY);
		assert_int_equal(atomic_load(&relay->cuts), i + 1);
	}
	relay_deliver(relay, said, sizeof(said));
	rig_expect(rig->store, "acme", (int64_t)MU_COUNT(faults) * MANY);
	mu_store_close(rig->store);
	rig->store = NULL;
	relay_stop(relay);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_OPEN(a_snapshot_lies_in_pieces, postgres),
		RIG_OPEN(half_a_snapshot_leaves_the_older_one, postgres),
		RIG_OPEN(an_epoch_that_ends_amid_a_snapshot_keeps_none, postgres),
		RIG_OPEN(pieces_in_the_making_are_left_alone, postgres),
		RIG_OPEN(a_missing_piece_is_damage, postgres),
		RIG_OPEN(a_snapshot_of_version_1_is_read_on, postgres),
		RIG_OPEN(a_batch_may_take_as_long_as_it_gets_on, postgres),
		RIG_OPEN(of_a_large_batch_all_is_there_or_nothing, postgres),
		RIG_OPEN(a_long_log_is_trimmed_step_by_step, postgres),
		RIG_CLOSED(a_large_batch_that_got_lost_on_the_way_is_sent_again, postgres),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
