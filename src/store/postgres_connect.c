/* Making a connection to a PostgreSQL server: what it must be, what holds on it, and when it is tried again.
 *
 * Invariant: nobody waits for a connection longer than its own limit, and not each of many that want one.
 * Thread: one at a time. */
#include "postgres_db.h"

#include "muster/base/clock.h"
#include "muster/base/mem.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define KNOW_MS 2000  /* for a call that has to know */
#define AGAIN_MS 1000 /* after a failed attempt to connect */
#define RETRY_MS 100  /* between its attempts */
#define OLDEST_SERVER 130000

/* What holds for a connection. The time-outs end what would hold others up, also when this machine is gone.
 * The planner shall take the index that a query was written for, whatever its statistics say; what it answers
 * is never sorted but for a page. */
static const char *const settings =
	"SET search_path = muster, pg_temp;"
	"SET default_transaction_isolation = 'read committed';"
	"SET statement_timeout = 2500;"
	"SET lock_timeout = 1500;"
	"SET idle_in_transaction_session_timeout = 60000;"
	"SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3;"
	"SET plan_cache_mode = force_generic_plan;"
	"SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; SET jit = off;"
	"SELECT set_config('synchronous_commit', 'on', false)"
	" WHERE current_setting('synchronous_commit') IN ('off', 'local')";

static int64_t now_ms(void)
{
	return mu_clock_mono_ms(&mu_clock_system);
}

/* libpq gives no SQLSTATE of a connection that it couldn't make, only words. Those that aren't known are
 * shown.
 */
static const struct {
	const char *words;
	const char *state;
} refusals[] = {
	{ "session is read-only", "25006" },
	{ "authentication failed", "28P01" },
	{ "no password supplied", "28P01" },
	{ "no pg_hba.conf entry", "28000" },
	{ "role \"", "28000" },
	{ "database \"", "3D000" },
	{ "connection slots are", "53300" },
	{ "too many ", "53300" },
	{ "system is starting up", "57P03" },
	{ "system is shutting down", "57P03" },
	{ "system is in recovery", "57P03" },
	{ "not yet accepting connections", "57P03" },
};

static enum mu_err fail_to_connect(struct pg_db *db)
{
	const char *message = PQerrorMessage(db->conn), *why = strstr(message, "failed: ");
	char what[160];

	why = why ? why + strlen("failed: ") : message;
	for (size_t i = 0; i < MU_COUNT(refusals); i++)
		if (strstr(why, refusals[i].words))
			return pg_db_fail_with(db, pg_db_sentence(refusals[i].state));
	snprintf(what, sizeof(what), "cannot be reached (%.*s): see whether it runs, and where",
		 (int)strcspn(why, "\n"), why);
	return pg_db_fail_with(db, what);
}

static void ignore_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

/* A URL's own words come after ours, so that they count; encoding and the rest are not for it to say. */
static enum mu_err start(struct pg_db *db)
{
	const char *keywords[64] = { "connect_timeout", "application_name", "target_session_attrs" };
	const char *values[64] = { "2", "muster", "read-write" };
	size_t n = 3;
	PQconninfoOption *options = PQconninfoParse(db->url, NULL);

	for (PQconninfoOption *option = options; option && option->keyword && n < MU_COUNT(values) - 2;
	     option++) {
		if (!option->val)
			continue;
		keywords[n] = option->keyword;
		values[n++] = option->val;
	}
	keywords[n] = "client_encoding";
	values[n] = "UTF8";
	db->conn = PQconnectdbParams(keywords, values, 0);
	PQconninfoFree(options);
	return db->conn ? MU_OK
			: mu_fail(db->fault, MU_UNAVAILABLE, "PostgreSQL can't be used: memory is out");
}

static void note_place(struct pg_db *db)
{
	const char *name = PQdb(db->conn), *host = PQhost(db->conn), *port = PQport(db->conn);

	snprintf(db->place, sizeof(db->place), "%.40s at %.40s:%.6s", name ? name : "", host ? host : "",
		 port ? port : "");
}

static enum mu_err check_server(struct pg_db *db)
{
	const char *encoding = PQparameterStatus(db->conn, "server_encoding");

	if (PQserverVersion(db->conn) < OLDEST_SERVER)
		return pg_db_fail_with(db, "is of a server that is too old: use PostgreSQL 13 or newer");
	if (!encoding || strcmp(encoding, "UTF8") != 0)
		return pg_db_fail_with(db, "isn't kept in UTF-8: make one with createdb -E UTF8");
	return MU_OK;
}

/* All at once: one way to the server and back. */
static enum mu_err prepare(struct pg_db *db)
{
	bool sent = PQenterPipelineMode(db->conn);
	enum mu_err err = MU_OK, trouble = MU_OK;

	for (size_t i = 0; sent && i < db->n_sql; i++) {
		char name[24];

		snprintf(name, sizeof(name), "s%zu", i);
		sent = PQsendPrepare(db->conn, name, db->sql[i], 0, NULL);
	}
	sent = sent && PQpipelineSync(db->conn);
	if (!sent)
		return pg_db_fail(db, NULL);
	for (ExecStatusType status = PGRES_COMMAND_OK; !err && status != PGRES_PIPELINE_SYNC;) {
		AUTO_RESULT PGresult *result = NULL;

		err = pg_db_next(db, &result);
		if (err || !result)
			continue;
		status = PQresultStatus(result);
		if (status == PGRES_FATAL_ERROR && !trouble)
			trouble = pg_db_fail(db, result);
		if (!db->conn)
			return trouble;
	}
	if (!err && !PQexitPipelineMode(db->conn))
		err = pg_db_fail(db, NULL);
	return err ? err : trouble;
}

static enum mu_err settle(struct pg_db *db)
{
	AUTO_RESULT PGresult *result = NULL;
	enum mu_err err = check_server(db);

	PQsetNoticeReceiver(db->conn, ignore_notice, NULL);
	if (!err && PQsetnonblocking(db->conn, 1))
		err = pg_db_fail(db, NULL);
	if (!err)
		err = pg_db_exec(db, settings, &result);
	if (!err)
		err = pg_schema_update(db);
	if (!err)
		err = prepare(db);
	return !err && db->greet ? db->greet(db) : err;
}

static enum mu_err try_to_connect(struct pg_db *db)
{
	enum mu_err err = start(db);

	if (err)
		return err;
	note_place(db);
	pg_db_go_on(db);
	return PQstatus(db->conn) == CONNECTION_OK ? settle(db) : fail_to_connect(db);
}

static enum mu_err make_connection(struct pg_db *db)
{
	enum mu_err err = try_to_connect(db);

	if (!err) {
		db->connects++;
		return MU_OK;
	}
	pg_db_drop(db);
	db->down = *db->fault;
	db->again_ms = now_ms() + AGAIN_MS;
	return err;
}

/* A server that speaks unasked is going away, or its settings have changed. */
static bool speaks_unasked(struct pg_db *db)
{
	struct pollfd fd = { .fd = PQsocket(db->conn), .events = POLLIN };

	return PQstatus(db->conn) != CONNECTION_OK || poll(&fd, 1, 0) != 0;
}

enum mu_err pg_db_ready(struct pg_db *db)
{
	pg_db_go_on(db);
	if (db->conn && speaks_unasked(db))
		pg_db_drop(db);
	if (db->conn)
		return MU_OK;
	if (now_ms() < db->again_ms) {
		*db->fault = db->down;
		return MU_UNAVAILABLE;
	}
	return make_connection(db);
}

enum mu_err pg_db_ready_again(struct pg_db *db)
{
	const int64_t until_ms = now_ms() + KNOW_MS;
	enum mu_err err;

	do {
		db->again_ms = 0;
		err = pg_db_ready(db);
		if (err)
			poll(NULL, 0, RETRY_MS);
	} while (err && now_ms() < until_ms);
	return err;
}

/* ---- opening ---- */

static enum mu_err check_url(const char *url, struct mu_fault *fault)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	bool password = false;

	if (!options)
		return mu_fail(
			fault, MU_INVALID_PARAMS,
			"The store's URL can't be read; it looks like postgres://USER@HOST:5432/DATABASE");
	for (PQconninfoOption *option = options; option->keyword; option++)
		password |= option->val && strcmp(option->keyword, "password") == 0;
	PQconninfoFree(options);
	return password ? mu_fail(fault, MU_INVALID_PARAMS,
				  "The store's URL holds a password, which others could read: say it by "
				  "PGPASSWORD or in the file that PGPASSFILE names")
			: MU_OK;
}

enum mu_err pg_db_init(struct pg_db *db, const char *url, const char *const *sql, size_t n,
		       enum mu_err (*greet)(struct pg_db *db), struct mu_fault *fault)
{
	enum mu_err err = check_url(url, fault);

	if (err)
		return err;
	*db = (struct pg_db){ .url = strdup(url), .sql = sql, .n_sql = n, .greet = greet, .fault = fault };
	if (!db->url)
		return mu_fail(fault, MU_NO_MEMORY, "PostgreSQL can't be used: memory is out");
	err = make_connection(db);
	if (err)
		pg_db_finish(db);
	return err;
}

void pg_db_finish(struct pg_db *db)
{
	pg_db_drop(db);
	free(db->url);
	*db = (struct pg_db){ 0 };
}
