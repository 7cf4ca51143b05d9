/* The SQLite store as a file: who may use it, what is in it, and that every change by another hand is found.
 * A second connection of the test's own plays that hand. */
#include "store/rig.h"

#include <pthread.h>
#include <sqlite3.h>
#include <sys/stat.h>

static sqlite3 *stranger_open(const char *path)
{
	sqlite3 *conn = NULL;

	assert_int_equal(sqlite3_open(path, &conn), SQLITE_OK);
	return conn;
}

static void stranger_does(sqlite3 *conn, const char *sql)
{
	char *message = NULL;

	if (sqlite3_exec(conn, sql, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", sql, message);
}

__attribute__((format(printf, 2, 3))) static void change_file(const struct rig *rig, const char *format, ...)
{
	sqlite3 *conn = stranger_open(rig->path);
	char sql[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(sql, sizeof(sql), format, args);
	va_end(args);
	stranger_does(conn, sql);
	sqlite3_close(conn);
}

static void everything_outlives_the_process(void **state)
{
	struct rig *rig = *state;
	AUTO_FREE char *text = NULL;
	int64_t seq;

	rig_workspace(rig, "acme");
	rig_workspace(rig, "empty");
	rig_append(rig, "acme", 0, 20);
	assert_int_equal(mu_store_snapshot_put(rig->store, "acme", 15, "{\"at\":15}", 9), MU_OK);
	rig_reopen(rig);
	rig_expect(rig->store, "acme", 20);
	rig_expect(rig->store, "empty", 0);
	assert_int_equal(rig_head(rig->store, "acme").epoch, RIG_AT_MS);
	assert_int_equal(mu_store_snapshot_get(rig->store, "acme", &seq, &text), MU_OK);
	assert_int_equal(seq, 15);
	assert_string_equal(text, "{\"at\":15}");

	rig_append(rig, "acme", 20, 1);
	assert_int_equal(mu_store_trim(rig->store, "acme", 15), MU_OK);
	rig_reopen(rig);
	assert_int_equal(rig_head(rig->store, "acme").first_seq, 16);
	assert_int_equal(rig_read(rig->store, "acme", 15), 6);
	assert_int_equal(rig_verify(rig->store, "acme"), 0);
}

static unsigned mode_of(const char *path, const char *ending)
{
	char name[192];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, ending);
	assert_int_equal(stat(name, &st), 0);
	return st.st_mode & 0777;
}

static void the_file_is_the_owners_alone(void **state)
{
	struct rig *rig = *state;

	rig_workspace(rig, "acme");
	assert_int_equal(mode_of(rig->path, ""), 0600);
	assert_int_equal(mode_of(rig->path, "-wal"), 0600);
	assert_int_equal(mode_of(rig->path, "-shm"), 0600);
}

/* Opening fails with a sentence that names the file and says `why`. */
static void expect_refused(struct rig *rig, const char *why)
{
	struct mu_fault fault = { 0 };
	struct mu_store *store = NULL;

	mu_store_close(rig->store);
	rig->store = NULL;
	assert_int_equal(mu_store_open(rig->url, &store, &fault), MU_UNAVAILABLE);
	assert_null(store);
	assert_int_equal(fault.err, MU_UNAVAILABLE);
	if (!strstr(fault.message, rig->path) || !strstr(fault.message, why))
		fail_msg("\"%s\" should name %s and say \"%s\"", fault.message, rig->path, why);
}

static size_t read_file(const char *path, char *bytes, size_t cap)
{
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	size_t n = fread(bytes, 1, cap, file);
	fclose(file);
	return n;
}

static void a_foreign_file_is_refused_and_left_alone(void **state)
{
	static char before[65536], after[65536];
	struct rig *rig = *state;
	FILE *file = fopen(rig->path, "wb");
	size_t n;

	for (int i = 0; i < 500; i++)
		fprintf(file, "Dear diary, this is line %d.\n", i);
	fclose(file);
	n = read_file(rig->path, before, sizeof(before));
	expect_refused(rig, "is not a database of Muster");
	assert_int_equal(read_file(rig->path, after, sizeof(after)), n);
	assert_memory_equal(before, after, n);

	/* A sound database, but of another program. */
	unlink(rig->path);
	change_file(rig, "CREATE TABLE song (title TEXT)");
	n = read_file(rig->path, before, sizeof(before));
	expect_refused(rig, "is not a database of Muster");
	assert_int_equal(read_file(rig->path, after, sizeof(after)), n);
	assert_memory_equal(before, after, n);
}

static void a_newer_schema_is_refused(void **state)
{
	struct rig *rig = *state;

	rig_workspace(rig, "acme");
	change_file(rig, "PRAGMA user_version = 6");
	expect_refused(rig, "has schema version 6; this Muster knows 5: use a newer one");
	change_file(rig, "PRAGMA user_version = 5");
	rig_open(rig);
	rig_expect(rig->store, "acme", 0);
}

static void an_older_file_is_brought_up_to_date(void **state)
{
	struct rig *rig = *state;
	struct rig_reading reading = { .workspace = "acme", .after_seq = 3 };

	rig_open(rig);
	rig_append_v1(rig, "acme", 3);
	change_file(rig, "%s", rig_back_to_v1);
	rig_reopen(rig);
	assert_int_equal(rig_head(rig->store, "acme").seq, 3);
	assert_int_equal(rig_verify(rig->store, "acme"), 0);
	rig_append(rig, "acme", 3, 3);
	assert_int_equal(mu_store_read(rig->store, "acme", 3, 10, rig_check_row, &reading), MU_OK);
	assert_int_equal(reading.n, 3);
	assert_int_equal(rig_verify(rig->store, "acme"), 0);
	rig_reopen(rig);
	assert_int_equal(rig_verify(rig->store, "acme"), 0);
	/* What is old stays under the same guard. */
	change_file(rig, "UPDATE event SET action = 'team.created' WHERE seq = 2");
	assert_int_equal(rig_verify(rig->store, "acme"), 2);
}

static bool note_seq(void *arg, const struct mu_row *row)
{
	*(int64_t *)arg = *(int64_t *)arg * 10 + row->seq;
	return true;
}

/* Rows of version 2 that the audit log doesn't show don't say whom they are about, but what they say does. */
static void a_file_of_version_2_gives_the_history_of_its_people(void **state)
{
	static const char *const types[] = { "presence.changed" };
	const struct mu_history_query query = {
		.about = "ann", .types = types, .n_types = 1, .to_ms = INT64_MAX, .limit = 10
	};
	struct rig *rig = *state;
	struct mu_row rows[4];
	struct mu_append batch = { .workspace = "acme", .rows = rows, .n = MU_COUNT(rows) };
	int64_t seqs = 0;

	rig_open(rig);
	rig_workspace(rig, "acme");
	for (size_t i = 0; i < MU_COUNT(rows); i++)
		rows[i] = (struct mu_row){
			.seq = (int64_t)i + 1, .at_ms = RIG_AT_MS, .actor = "{}", .audience = ""
		};
	for (size_t i = 0; i < MU_COUNT(rows); i++)
		rows[i].type = i == 1 ? "presence.chosen" : "presence.changed";
	rows[0].payload = rows[1].payload = "{\"user\":\"ann\"}";
	rows[2].payload = "{\"user\":\"ben\"}";
	rows[3].payload = "{\"user\":\"nobody\"}";
	rows[3].about = "ann";
	rows[3].action = "presence.away";
	assert_int_equal(mu_store_append(rig->store, &batch, 1), MU_OK);
	assert_int_equal(batch.err, MU_OK);
	change_file(rig, "%s", rig_back_to_v2);
	rig_reopen(rig);
	assert_int_equal(mu_store_history(rig->store, "acme", &query, note_seq, &seqs), MU_OK);
	assert_int_equal(seqs, 14);
	assert_int_equal(rig_verify(rig->store, "acme"), 0);
}

/* What isn't JSON is for the check to find; it must not keep the file from being opened. */
static void a_file_of_version_2_that_was_tampered_with_opens(void **state)
{
	struct rig *rig = *state;

	rig_open(rig);
	rig_append_v1(rig, "acme", 3);
	change_file(rig, "%s", rig_back_to_v2);
	change_file(rig, "UPDATE event SET type = 'presence.changed', payload = '{' WHERE seq = 2");
	rig_reopen(rig);
	assert_int_equal(rig_verify(rig->store, "acme"), 2);
}

static void a_place_that_cannot_be_is_refused(void **state)
{
	struct rig *rig = *state;
	char path[sizeof(rig->path)];

	memcpy(path, rig->path, sizeof(path));
	snprintf(rig->path, sizeof(rig->path), "%s/not/there.db", rig->dir);
	snprintf(rig->url, sizeof(rig->url), "sqlite:%s", rig->path);
	expect_refused(rig, "No such file or directory");
	snprintf(rig->path, sizeof(rig->path), "%s", rig->dir);
	snprintf(rig->url, sizeof(rig->url), "sqlite:%s", rig->path);
	expect_refused(rig, "cannot be opened");
	memcpy(rig->path, path, sizeof(path));
}

/* Each of these is one change by hand to a log of 6 events; the check must name the sequence. */
static const struct {
	const char *sql; /* on the workspace whose key is %d */
	int64_t bad_seq;
} tamperings[] = {
	{ "UPDATE event SET type = 'presence.Chosen' WHERE workspace = %d AND seq = 3", 3 },
	{ "UPDATE event SET actor = '{\"user\":\"u1\"}' WHERE workspace = %d AND seq = 2", 2 },
	{ "UPDATE event SET audience = audience || 'x' WHERE workspace = %d AND seq = 1", 1 },
	{ "UPDATE event SET payload = replace(payload, 'text', 'test') WHERE workspace = %d AND seq = 4", 4 },
	{ "UPDATE event SET at_ms = at_ms + 1 WHERE workspace = %d AND seq = 5", 5 },
	{ "UPDATE event SET payload_digest = zeroblob(32) WHERE workspace = %d AND seq = 3", 3 },
	{ "UPDATE event SET payload_digest = zeroblob(32), payload = NULL WHERE workspace = %d AND seq = 3",
	  3 },
	{ "UPDATE event SET payload_digest = x'00' WHERE workspace = %d AND seq = 3", 3 },
	{ "UPDATE event SET action = 'team.deleted' WHERE workspace = %d AND seq = 4", 4 },
	{ "UPDATE event SET action = NULL, who = NULL, about = NULL WHERE workspace = %d AND seq = 3", 3 },
	{ "UPDATE event SET action = 'team.created' WHERE workspace = %d AND seq = 1", 1 },
	{ "UPDATE event SET who = 'u1' WHERE workspace = %d AND seq = 3", 3 },
	{ "UPDATE event SET who = NULL WHERE workspace = %d AND seq = 4", 4 },
	{ "UPDATE event SET about = 'u4' WHERE workspace = %d AND seq = 3", 3 },
	{ "UPDATE event SET who = about, about = who WHERE workspace = %d AND seq = 6", 6 },
	{ "UPDATE event SET origin = replace(origin, '192', '193') WHERE workspace = %d AND seq = 2", 2 },
	{ "UPDATE event SET origin = NULL WHERE workspace = %d AND seq = 2", 2 },
	{ "UPDATE event SET before = '{\"n\":4}' WHERE workspace = %d AND seq = 6", 6 },
	{ "UPDATE event SET before = origin, origin = before WHERE workspace = %d AND seq = 6", 6 },
	{ "UPDATE event SET payload = NULL WHERE workspace = %d AND seq = 6", 6 },
	{ "UPDATE event SET hash = zeroblob(32) WHERE workspace = %d AND seq = 2", 2 },
	{ "UPDATE event SET hash = CAST(hash || 'x' AS BLOB) WHERE workspace = %d AND seq = 2", 2 },
	{ "UPDATE event SET type = type || char(0) || 'more' WHERE workspace = %d AND seq = 4", 4 },
	{ "UPDATE event SET payload = payload || char(0) || 'more' WHERE workspace = %d AND seq = 4", 4 },
	{ "DELETE FROM event WHERE workspace = %d AND seq = 1", 1 },
	{ "DELETE FROM event WHERE workspace = %d AND seq = 3", 3 },
	{ "DELETE FROM event WHERE workspace = %d AND seq >= 4", 4 },
	{ "UPDATE event SET seq = 7 WHERE workspace = %d AND seq = 6", 6 },
	{ "UPDATE event SET seq = CASE seq WHEN 3 THEN -4 ELSE -3 END WHERE workspace = %d AND seq IN (3, 4);"
	  "UPDATE event SET seq = -seq WHERE seq < 0",
	  3 },
	{ "INSERT INTO event (workspace, seq, at_ms, type, actor, audience, payload_digest, hash, payload)"
	  " SELECT workspace, 7, at_ms, type, actor, audience, payload_digest, hash, payload"
	  " FROM event WHERE workspace = %d AND seq = 6",
	  7 },
	{ "UPDATE workspace SET seq = 4 WHERE key = %d", 5 },
	{ "UPDATE workspace SET seq = 7 WHERE key = %d", 7 },
	{ "UPDATE workspace SET hash = zeroblob(32) WHERE key = %d", 6 },
	{ "UPDATE workspace SET dropped_seq = 1 WHERE key = %d", 2 },
	{ "UPDATE workspace SET dropped_hash = randomblob(32) WHERE key = %d", 1 },
};

static void every_change_by_hand_is_found(void **state)
{
	struct rig *rig = *state;
	char name[16], sql[768];

	for (size_t i = 0; i < MU_COUNT(tamperings); i++) {
		snprintf(name, sizeof(name), "w%zu", i);
		rig_workspace(rig, name);
		rig_append(rig, name, 0, 6);
	}
	for (size_t i = 0; i < MU_COUNT(tamperings); i++) {
		snprintf(name, sizeof(name), "w%zu", i);
		assert_int_equal(rig_verify(rig->store, name), 0);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(sql, sizeof(sql), tamperings[i].sql, (int)i + 1);
#pragma GCC diagnostic pop
		change_file(rig, "%s", sql);
		if (rig_verify(rig->store, name) != tamperings[i].bad_seq)
			fail_msg("%s: found at %" PRId64, sql, rig_verify(rig->store, name));
	}
}

/* The end of a log cut off together with the workspace's own record of it. */
static void a_log_cut_short_is_found_by_what_is_elsewhere(void **state)
{
	struct rig *rig = *state;
	struct mu_verdict verdict;

	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 6);
	const struct mu_anchor end = rig_judge(rig->store, "acme", NULL).end;

	assert_int_equal(end.seq, 6);
	assert_int_equal(rig_judge(rig->store, "acme", &end).bad_seq, 0);
	change_file(rig, "DELETE FROM event WHERE seq > 4;"
			 "UPDATE workspace SET seq = 4, hash = (SELECT hash FROM event WHERE seq = 4)");
	/* Nothing in what is left shows it. */
	assert_int_equal(rig_judge(rig->store, "acme", NULL).bad_seq, 0);
	verdict = rig_judge(rig->store, "acme", &end);
	assert_int_equal(verdict.bad_seq, 5);
	assert_string_equal(verdict.what, "is missing");
	change_file(rig, "INSERT INTO snapshot (workspace, seq, text) VALUES (1, 6, '{}')");
	assert_int_equal(rig_judge(rig->store, "acme", NULL).bad_seq, 5);
	/* Written anew behind the cut, it holds by itself, but it isn't what was noted. */
	change_file(rig, "DELETE FROM snapshot");
	rig_append(rig, "acme", 4, 1);
	struct mu_row other = {
		.seq = 6, .at_ms = 1, .type = "x", .actor = "{}", .audience = "", .payload = "{}"
	};
	struct mu_append batch = { .workspace = "acme", .expected_seq = 5, .rows = &other, .n = 1 };
	assert_int_equal(mu_store_append(rig->store, &batch, 1), MU_OK);
	assert_int_equal(rig_judge(rig->store, "acme", NULL).bad_seq, 0);
	assert_int_equal(rig_judge(rig->store, "acme", &end).bad_seq, 6);
}

static void an_anchor_that_was_trimmed_says_so(void **state)
{
	struct rig *rig = *state;
	struct mu_anchor early = { .seq = 2 };
	struct mu_verdict verdict;

	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 6);
	assert_int_equal(mu_store_snapshot_put(rig->store, "acme", 6, "{}", 2), MU_OK);
	assert_int_equal(mu_store_trim(rig->store, "acme", 3), MU_OK);
	assert_int_equal(mu_store_verify(rig->store, "acme", &early, &verdict), MU_GONE);
	assert_int_equal(rig_verify(rig->store, "acme"), 0);
}

/* A row that no append can have written isn't handed out as if it were one. */
static void an_unsound_row_is_not_read(void **state)
{
	struct rig *rig = *state;
	struct rig_reading reading = { .workspace = "acme" };

	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 5);
	change_file(rig, "UPDATE event SET audience = audience || char(0) || 'w/other' WHERE seq = 3");
	assert_int_equal(mu_store_read(rig->store, "acme", 0, 10, rig_check_row, &reading), MU_UNAVAILABLE);
	assert_int_equal(reading.n, 2);
	assert_string_equal(mu_store_fault(rig->store)->message,
			    "The log of workspace acme is damaged at event 3");
}

static bool file_contains(const struct rig *rig, const char *ending, const char *needle)
{
	static char bytes[1 << 20];
	char path[192];

	snprintf(path, sizeof(path), "%s%s", rig->path, ending);

	size_t n = read_file(path, bytes, sizeof(bytes));

	assert_true(n < sizeof(bytes));
	return memmem(bytes, n, needle, strlen(needle)) != NULL;
}

static void append_secret(struct rig *rig, int64_t seq, size_t padding)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	char *x = mu_arena_alloc(&arena, padding + 1);
	struct mu_row row = rig_row(&arena, "acme", seq);
	struct mu_append batch = { .workspace = "acme", .expected_seq = seq - 1, .rows = &row, .n = 1 };

	memset(x, 'x', padding);
	row.payload = mu_arena_printf(&arena, "{\"%s\":\"Schwanensee-%" PRId64 "\"}", x, seq);
	assert_int_equal(mu_store_append(rig->store, &batch, 1), MU_OK);
	assert_int_equal(batch.err, MU_OK);
}

static void an_erased_payload_leaves_the_files(void **state)
{
	struct rig *rig = *state;
	sqlite3 *reader;

	rig_workspace(rig, "acme");
	append_secret(rig, 1, 10);
	append_secret(rig, 2, 30000);
	rig_reopen(rig); /* in the main file now */
	append_secret(rig, 3, 10);
	assert_true(file_contains(rig, "", "Schwanensee-1"));
	assert_true(file_contains(rig, "", "Schwanensee-2"));
	assert_true(file_contains(rig, "-wal", "Schwanensee-3"));
	for (int64_t seq = 1; seq <= 2; seq++)
		assert_int_equal(mu_store_erase(rig->store, "acme", seq), MU_OK);
	assert_false(file_contains(rig, "", "Schwanensee-1"));
	assert_false(file_contains(rig, "", "Schwanensee-2"));
	assert_true(file_contains(rig, "", "Schwanensee-3"));

	/* Someone who still reads an older version keeps the traces; the caller is told, and the event is
	 * erased all the same. */
	reader = stranger_open(rig->path);
	stranger_does(reader, "BEGIN; SELECT payload FROM event");
	assert_int_equal(mu_store_erase(rig->store, "acme", 3), MU_UNAVAILABLE);
	assert_int_equal(rig_verify(rig->store, "acme"), 0);
	sqlite3_close(reader);
	assert_int_equal(mu_store_erase(rig->store, "acme", 3), MU_OK);
	assert_false(file_contains(rig, "", "Schwanensee"));
	assert_false(file_contains(rig, "-wal", "Schwanensee"));
	assert_int_equal(rig_verify(rig->store, "acme"), 0);
}

static void a_locked_file_is_unavailable_until_it_is_free(void **state)
{
	struct rig *rig = *state;
	sqlite3 *other;

	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 2);
	other = stranger_open(rig->path);
	stranger_does(other, "BEGIN IMMEDIATE");
	assert_int_equal(rig_try_append(rig->store, "acme", 2, 1), MU_UNAVAILABLE);
	assert_non_null(strstr(mu_store_fault(rig->store)->message, rig->path));
	assert_non_null(strstr(mu_store_fault(rig->store)->message, "is locked by another program"));
	rig_expect(rig->store, "acme", 2); /* reading goes on */
	stranger_does(other, "COMMIT");
	rig_append(rig, "acme", 2, 1);
	rig_expect(rig->store, "acme", 3);
	sqlite3_close(other);
}

static void a_reader_does_not_hold_up_the_writer(void **state)
{
	struct rig *rig = *state;
	sqlite3 *reader;

	rig_workspace(rig, "acme");
	rig_append(rig, "acme", 0, 2);
	reader = stranger_open(rig->path);
	stranger_does(reader, "BEGIN; SELECT * FROM event");
	rig_append(rig, "acme", 2, 5);
	rig_expect(rig->store, "acme", 7);
	sqlite3_close(reader);
}

static void two_stores_on_one_file_never_both_win(void **state)
{
	struct rig *rig = *state;
	struct mu_store *other = NULL;

	rig_workspace(rig, "acme");
	assert_int_equal(mu_store_open(rig->url, &other, NULL), MU_OK);
	rig_append(rig, "acme", 0, 1);
	assert_int_equal(rig_try_append(other, "acme", 0, 1), MU_CONFLICT);
	assert_int_equal(rig_try_append(other, "acme", 1, 2), MU_OK);
	assert_int_equal(rig_try_append(rig->store, "acme", 1, 1), MU_CONFLICT);
	rig_append(rig, "acme", 3, 1);
	rig_expect(rig->store, "acme", 4);
	rig_expect(other, "acme", 4);
	mu_store_close(other);
}

#define RACE_APPENDS 100

struct racer {
	pthread_t thread;
	struct mu_store *store;
	int won, lost;
	bool failed;
};

/* Append at the head that was last seen, until RACE_APPENDS of them won. No asserts here: cmocka's belong to
 * its own thread. */
static void *race(void *arg)
{
	struct racer *racer = arg;
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_head head;

	while (racer->won < RACE_APPENDS && !racer->failed) {
		racer->failed = mu_store_head(racer->store, "acme", &head) != MU_OK;

		struct mu_append batch = rig_batch(&arena, "acme", head.seq, 1);

		racer->failed |= mu_store_append(racer->store, &batch, 1) != MU_OK;
		racer->won += batch.err == MU_OK;
		racer->lost += batch.err == MU_CONFLICT;
	}
	return NULL;
}

static void racing_writers_lose_nothing(void **state)
{
	struct rig *rig = *state;
	struct racer racers[2] = { { .store = rig->store } };

	rig_workspace(rig, "acme");
	assert_int_equal(mu_store_open(rig->url, &racers[1].store, NULL), MU_OK);
	for (size_t i = 0; i < MU_COUNT(racers); i++)
		assert_int_equal(pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
	for (size_t i = 0; i < MU_COUNT(racers); i++) {
		pthread_join(racers[i].thread, NULL);
		assert_false(racers[i].failed);
		assert_int_equal(racers[i].won, RACE_APPENDS);
	}
	rig_expect(rig->store, "acme", RACE_APPENDS * 2);
	mu_store_close(racers[1].store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_OPEN(everything_outlives_the_process, sqlite),
		RIG_OPEN(the_file_is_the_owners_alone, sqlite),
		RIG_CLOSED(a_foreign_file_is_refused_and_left_alone, sqlite),
		RIG_OPEN(a_newer_schema_is_refused, sqlite),
		RIG_CLOSED(an_older_file_is_brought_up_to_date, sqlite),
		RIG_CLOSED(a_file_of_version_2_gives_the_history_of_its_people, sqlite),
		RIG_CLOSED(a_file_of_version_2_that_was_tampered_with_opens, sqlite),
		RIG_CLOSED(a_place_that_cannot_be_is_refused, sqlite),
		RIG_OPEN(every_change_by_hand_is_found, sqlite),
		RIG_OPEN(a_log_cut_short_is_found_by_what_is_elsewhere, sqlite),
		RIG_OPEN(an_anchor_that_was_trimmed_says_so, sqlite),
		RIG_OPEN(an_unsound_row_is_not_read, sqlite),
		RIG_OPEN(an_erased_payload_leaves_the_files, sqlite),
		RIG_OPEN(a_locked_file_is_unavailable_until_it_is_free, sqlite),
		RIG_OPEN(a_reader_does_not_hold_up_the_writer, sqlite),
		RIG_OPEN(two_stores_on_one_file_never_both_win, sqlite),
		RIG_OPEN(racing_writers_lose_nothing, sqlite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
