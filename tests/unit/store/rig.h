/* What the tests of the store share: a store in a directory of its own, rows that carry their sequence in
 * every field, and a reader that checks them.
 * Thread: one per rig. */
#ifndef MUSTER_TEST_STORE_RIG_H
#define MUSTER_TEST_STORE_RIG_H

#include "muster/store/store.h"

#include <libpq-fe.h>

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define RIG_SERVER                                                                                           \
	"MUSTER_TEST_POSTGRES" /* names the file that tests/tools/postgres.sh made; ctest sets it */
#define RIG_AT_MS 1700000000000

struct rig {
	char dir[128];
	char path[160];
	char url[256];
	struct mu_store *store;
};

static inline void rig_open(struct rig *rig)
{
	struct mu_fault fault = { 0 };

	if (mu_store_open(rig->url, &rig->store, &fault))
		fail_msg("open %s: %s", rig->url, mu_fault_text(&fault));
}

static inline void rig_reopen(struct rig *rig)
{
	mu_store_close(rig->store);
	rig->store = NULL;
	rig_open(rig);
}

/* One more store on what the rig's is on. The caller closes it. */
static inline struct mu_store *rig_another(const struct rig *rig)
{
	struct mu_fault fault = { 0 };
	struct mu_store *store = NULL;

	if (mu_store_open(rig->url, &store, &fault))
		fail_msg("open %s: %s", rig->url, mu_fault_text(&fault));
	return store;
}

static inline int64_t rig_enter(struct mu_store *store, const char *node)
{
	int64_t epoch = 0;

	if (mu_store_enter(store, node, &epoch))
		fail_msg("enter %s: %s", node, mu_fault_text(mu_store_fault(store)));
	assert_true(epoch > 0);
	return epoch;
}

/* A new directory; the URL points into it, or is "memory:". Nothing is opened yet. */
static inline struct rig *rig_create(bool memory)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	assert_int_equal(mu_hash_start(), MU_OK);
	snprintf(rig->dir, sizeof(rig->dir), "%s/muster-store-XXXXXX", P_tmpdir);
	assert_non_null(mkdtemp(rig->dir));
	snprintf(rig->path, sizeof(rig->path), "%s/muster.db", rig->dir);
	if (memory)
		snprintf(rig->url, sizeof(rig->url), "memory:");
	else
		snprintf(rig->url, sizeof(rig->url), "sqlite:%s", rig->path);
	return rig;
}

static inline void rig_destroy(struct rig *rig)
{
	static const char *const endings[] = { "", "-wal", "-shm", "-journal" };
	char path[192];

	mu_store_close(rig->store);
	for (size_t i = 0; i < MU_COUNT(endings); i++) {
		snprintf(path, sizeof(path), "%s%s", rig->path, endings[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(rig->dir), 0);
	free(rig);
}

static inline int rig_setup_sqlite_closed(void **state)
{
	*state = rig_create(false);
	return 0;
}

static inline int rig_setup_memory(void **state)
{
	struct rig *rig = rig_create(true);

	rig_open(rig);
	*state = rig;
	return 0;
}

static inline int rig_setup_sqlite(void **state)
{
	struct rig *rig = rig_create(false);

	rig_open(rig);
	*state = rig;
	return 0;
}

/* The directory of the tests' PostgreSQL server. */
static inline void rig_server(char directory[static 128])
{
	const char *path = getenv(RIG_SERVER);
	FILE *file = path ? fopen(path, "r") : NULL;

	if (!file || !fgets(directory, 128, file))
		fail_msg("there is no PostgreSQL server at hand; run this by ctest");
	directory[strcspn(directory, "\n")] = '\0';
	fclose(file);
}

/* Run SQL on the tests' server, apart from any store. Returns the first value of the last result as a number.
 */
static inline int64_t rig_sql(const char *sql)
{
	char directory[128], place[192];
	int64_t value = 0;

	rig_server(directory);
	snprintf(place, sizeof(place), "host=%s user=muster dbname=muster", directory);
	PGconn *conn = PQconnectdb(place);
	PGresult *result = PQexec(conn, "SET client_min_messages = error");
	PQclear(result);
	result = PQexec(conn, sql);
	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(conn));
	if (PQntuples(result) > 0 && PQnfields(result) > 0)
		value = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	PQfinish(conn);
	return value;
}

/* A store on the tests' server, with nothing in it. */
static inline struct rig *rig_create_postgres(void)
{
	struct rig *rig = rig_create(true);
	char directory[128];

	rig_server(directory);
	snprintf(rig->url, sizeof(rig->url), "postgres://muster@/muster?host=%s", directory);
	rig_sql("DROP SCHEMA IF EXISTS muster CASCADE");
	return rig;
}

static inline int rig_setup_postgres_closed(void **state)
{
	*state = rig_create_postgres();
	return 0;
}

static inline int rig_setup_postgres(void **state)
{
	struct rig *rig = rig_create_postgres();

	rig_open(rig);
	*state = rig;
	return 0;
}

static inline int rig_teardown(void **state)
{
	rig_destroy(*state);
	return 0;
}

static inline int64_t rig_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline void rig_workspace(struct rig *rig, const char *workspace)
{
	assert_int_equal(mu_store_create(rig->store, workspace, RIG_AT_MS), MU_OK);
}

static const char *const rig_actions[] = { "presence.away", NULL, "team.changed", "team.created" };

/* Every field tells the workspace or the sequence, so that a mix-up is seen wherever it happens. */
static inline struct mu_row rig_row(struct mu_arena *arena, const char *workspace, int64_t seq)
{
	const char *action = rig_actions[(uint64_t)seq % MU_COUNT(rig_actions)];

	return (struct mu_row){
		.action = action,
		.who = action && seq % 7 ? mu_arena_printf(arena, "u%" PRId64, seq % 7) : NULL,
		.about = action && seq % 5 ? mu_arena_printf(arena, "u%" PRId64, seq % 5) : NULL,
		.origin =
			action ? mu_arena_printf(arena, "{\"address\":\"192.0.2.%" PRId64 "\"}", seq) : NULL,
		.before = seq % 6 ? NULL : mu_arena_printf(arena, "{\"n\":%" PRId64 "}", seq - 1),
		.seq = seq,
		.at_ms = RIG_AT_MS + seq,
		.type = seq % 2 ? "presence.chosen" : "team.changed",
		.actor = mu_arena_printf(arena, "{\"user\":\"u%" PRId64 "\"}", seq % 7),
		.audience = seq % 3 ? mu_arena_printf(arena, "w/%s/user/%" PRId64 "\nw/%s/all", workspace,
						      seq, workspace)
				    : "",
		.payload = mu_arena_printf(arena, "{\"in\":\"%s\",\"n\":%" PRId64 ",\"text\":\"grüße ✓\"}",
					   workspace, seq),
	};
}

static inline struct mu_append rig_batch(struct mu_arena *arena, const char *workspace, int64_t expected_seq,
					 size_t n)
{
	struct mu_row *rows = mu_arena_alloc(arena, (n + 1) * sizeof(*rows));

	for (size_t i = 0; i < n; i++)
		rows[i] = rig_row(arena, workspace, expected_seq + 1 + (int64_t)i);
	return (struct mu_append){
		.workspace = workspace, .expected_seq = expected_seq, .rows = rows, .n = n
	};
}

/* Append n rows to one workspace: the error of the call, else that of the batch. */
static inline enum mu_err rig_try_append(struct mu_store *store, const char *workspace, int64_t expected_seq,
					 size_t n)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_append batch = rig_batch(&arena, workspace, expected_seq, n);
	enum mu_err err = mu_store_append(store, &batch, 1);

	assert_true(!err || batch.err == err);
	return batch.err;
}

static inline void rig_append(struct rig *rig, const char *workspace, int64_t expected_seq, size_t n)
{
	if (rig_try_append(rig->store, workspace, expected_seq, n))
		fail_msg("append: %s", mu_fault_text(mu_store_fault(rig->store)));
}

/* Rows as version 1 of the schema knew them, into a new log. */
static inline void rig_append_v1(struct rig *rig, const char *workspace, size_t n)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_row *rows = mu_arena_alloc(&arena, n * sizeof(*rows));
	struct mu_append batch = { .workspace = workspace, .rows = rows, .n = n };

	rig_workspace(rig, workspace);
	for (size_t i = 0; i < n; i++) {
		rows[i] = rig_row(&arena, workspace, (int64_t)i + 1);
		rows[i].action = rows[i].who = rows[i].about = rows[i].origin = rows[i].before = NULL;
	}
	assert_int_equal(mu_store_append(rig->store, &batch, 1), MU_OK);
	assert_int_equal(batch.err, MU_OK);
}

/* Take from a file what version 2 of the schema, or version 1, didn't have. */
#define RIG_BACK_TO_V2                                                                                       \
	"DROP TABLE snapshot_piece; ALTER TABLE snapshot DROP COLUMN made;"                                  \
	"DROP TABLE node; DROP INDEX event_about; ALTER TABLE event DROP COLUMN subject;"
static const char *const rig_back_to_v2 = RIG_BACK_TO_V2 "PRAGMA user_version = 2";
static const char *const rig_back_to_v1 = RIG_BACK_TO_V2 "DROP INDEX audit_at; DROP INDEX audit_action;"
							 "DROP INDEX audit_who; DROP INDEX audit_about;"
							 "ALTER TABLE event DROP COLUMN action;"
							 "ALTER TABLE event DROP COLUMN who;"
							 "ALTER TABLE event DROP COLUMN about;"
							 "ALTER TABLE event DROP COLUMN origin;"
							 "ALTER TABLE event DROP COLUMN before;"
							 "PRAGMA user_version = 1";

static inline struct mu_head rig_head(struct mu_store *store, const char *workspace)
{
	struct mu_head head = { 0 };

	assert_int_equal(mu_store_head(store, workspace, &head), MU_OK);
	return head;
}

static inline void rig_same_text(const char *text, const char *right)
{
	if (text && right)
		assert_string_equal(text, right);
	else
		assert_true(text == right);
}

static inline void rig_same_row(const struct mu_row *row, const struct mu_row *right)
{
	assert_int_equal(row->seq, right->seq);
	assert_int_equal(row->at_ms, right->at_ms);
	rig_same_text(row->type, right->type);
	rig_same_text(row->actor, right->actor);
	rig_same_text(row->audience, right->audience);
	rig_same_text(row->payload, right->payload);
	rig_same_text(row->action, right->action);
	rig_same_text(row->who, right->who);
	rig_same_text(row->about, right->about);
	rig_same_text(row->origin, right->origin);
	rig_same_text(row->before, right->before);
}

struct rig_reading {
	const char *workspace;
	int64_t after_seq; /* moves with each row */
	int64_t n;
};

static inline bool rig_check_row(void *arg, const struct mu_row *row)
{
	struct rig_reading *reading = arg;
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_row right = rig_row(&arena, reading->workspace, ++reading->after_seq);

	rig_same_row(row, &right);
	reading->n++;
	return true;
}

/* Read all after after_seq; each row must be the one rig_row makes. Returns how many. */
static inline int64_t rig_read(struct mu_store *store, const char *workspace, int64_t after_seq)
{
	struct rig_reading reading = { .workspace = workspace, .after_seq = after_seq };

	assert_int_equal(mu_store_read(store, workspace, after_seq, INT64_MAX, rig_check_row, &reading),
			 MU_OK);
	return reading.n;
}

static inline struct mu_verdict rig_judge(struct mu_store *store, const char *workspace,
					  const struct mu_anchor *anchor)
{
	struct mu_verdict verdict = { .bad_seq = -1 };

	assert_int_equal(mu_store_verify(store, workspace, anchor, &verdict), MU_OK);
	assert_true(!verdict.bad_seq == !verdict.what);
	return verdict;
}

/* The first broken sequence, 0 when the chain holds. */
static inline int64_t rig_verify(struct mu_store *store, const char *workspace)
{
	return rig_judge(store, workspace, NULL).bad_seq;
}

/* The log holds 1 … seq, whole and sound. */
static inline void rig_expect(struct mu_store *store, const char *workspace, int64_t seq)
{
	struct mu_head head = rig_head(store, workspace);

	assert_int_equal(head.first_seq, 1);
	assert_int_equal(head.seq, seq);
	assert_int_equal(rig_read(store, workspace, 0), seq);
	assert_int_equal(rig_verify(store, workspace), 0);
}

/* A test with a back-end that is open, or that it opens itself. */
#define RIG_OPEN(test, back_end) cmocka_unit_test_setup_teardown(test, rig_setup_##back_end, rig_teardown)
#define RIG_CLOSED(test, back_end) RIG_OPEN(test, back_end##_closed)
/* One of several of the same name: that of the back-end is shown too. */
#define RIG_CASE(test, name, setup)                                                                          \
	{                                                                                                    \
#test ", " name, test, setup, rig_teardown, NULL                                             \
	}

#endif
