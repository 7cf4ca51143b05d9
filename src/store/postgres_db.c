/* Asking a PostgreSQL server, and what its answers mean; postgres_connect.c makes the connection.
 *
 * Invariants:
 * - Nobody waits for the server longer than CALL_MS without a sign of it.
 * - A connection on which something went wrong midway is closed, never used again.
 * Thread: one at a time. */
#include "postgres_db.h"

#include "muster/base/clock.h"
#include "muster/base/mem.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define CALL_MS 3000

static const struct {
	const char *state; /* how an SQLSTATE begins */
	const char *sentence;
} troubles[] = {
	{ "23", "is damaged: it holds what its own index doesn't know" },
	{ "25006", "may only be read: name the server that takes writes" },
	{ "25", "ended a transaction that took too long" },
	{ "28", "doesn't let this user in: mend the user, the password (PGPASSFILE) or pg_hba.conf" },
	{ "3D", "doesn't exist: make it with createdb, or name another one" },
	{ "3F", "is damaged: a table is missing" },
	{ "40", "was changed by another program at the same time" },
	{ "42501", "doesn't allow it: make this user the owner of the database and of its schema muster" },
	{ "42", "is damaged: a table or column is missing" },
	{ "53100", "cannot grow: its disk is full" },
	{ "53300", "has no connection left: raise max_connections, or end some" },
	{ "53", "is out of memory or other means" },
	{ "55P03", "is locked by another program" },
	{ "57014", "took too long for an answer" },
	{ "57P03", "is just starting or stopping" },
	{ "57", "is stopping, or somebody ended the connection" },
	{ "58", "cannot read or write its files" },
	{ "XX", "is damaged" },
};

static int64_t now_ms(void)
{
	return mu_clock_mono_ms(&mu_clock_system);
}

/* ---- errors ---- */

enum mu_err pg_db_fail_with(struct pg_db *db, const char *what)
{
	return mu_fail(db->fault, MU_UNAVAILABLE, "The PostgreSQL database %s %s", db->place, what);
}

const char *pg_db_sentence(const char *state)
{
	for (size_t i = 0; state && i < MU_COUNT(troubles); i++)
		if (strncmp(troubles[i].state, state, strlen(troubles[i].state)) == 0)
			return troubles[i].sentence;
	return NULL;
}

/* Whether what went wrong will go on as long as this connection does. */
static bool is_lasting(const char *state)
{
	return !state || strncmp(state, "57P", 3) == 0 || strcmp(state, "25006") == 0;
}

enum mu_err pg_db_fail(struct pg_db *db, const PGresult *result)
{
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	const char *sentence = pg_db_sentence(state);
	char what[64];

	snprintf(what, sizeof(what), "answered with error %.5s", state ? state : "");
	pg_db_fail_with(db, sentence ? sentence : state ? what : "went away while it was asked");
	if (is_lasting(state) || PQstatus(db->conn) != CONNECTION_OK)
		pg_db_drop(db);
	return MU_UNAVAILABLE;
}

void pg_db_drop(struct pg_db *db)
{
	PQfinish(db->conn);
	db->conn = NULL;
}

/* ---- parameters and columns ---- */

static void add(struct pg_params *params, const char *value, size_t n)
{
	params->values[params->n] = value;
	params->bytes[params->n] = (int)n;
	params->formats[params->n++] = 1;
}

void pg_text(struct pg_params *params, const char *text)
{
	add(params, text, text ? strlen(text) : 0);
}

void pg_bytes(struct pg_params *params, const void *bytes, size_t n)
{
	add(params, bytes, n);
}

void pg_i64(struct pg_params *params, int64_t value)
{
	int64_t *number = &params->numbers[params->n];

	*number = (int64_t)htobe64((uint64_t)value);
	add(params, (const char *)number, sizeof(*number));
}

int64_t pg_column_i64(const PGresult *result, int row, int column)
{
	uint64_t value = 0;

	if (PQgetlength(result, row, column) == sizeof(value))
		memcpy(&value, PQgetvalue(result, row, column), sizeof(value));
	return (int64_t)be64toh(value);
}

const char *pg_column_text(const PGresult *result, int row, int column)
{
	return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

bool pg_column_digest(const PGresult *result, int row, int column, uint8_t ret_digest[static MU_DIGEST_BYTES])
{
	memset(ret_digest, 0, MU_DIGEST_BYTES);
	if (PQgetlength(result, row, column) != MU_DIGEST_BYTES)
		return false;
	memcpy(ret_digest, PQgetvalue(result, row, column), MU_DIGEST_BYTES);
	return true;
}

/* ---- asking ---- */

void pg_db_go_on(struct pg_db *db)
{
	db->until_ms = now_ms() + CALL_MS;
}

/* Wait until something can be read, or sent if something is left to send, and read it. False: the connection
 * is no good. */
static bool wait_a_while(struct pg_db *db, bool unsent)
{
	const int64_t left_ms = db->until_ms - now_ms();
	struct pollfd fd = { .fd = PQsocket(db->conn), .events = POLLIN };

	if (left_ms <= 0) {
		pg_db_fail_with(db, "doesn't answer");
		return false;
	}
	if (unsent)
		fd.events |= POLLOUT;
	const int n = poll(&fd, 1, left_ms < CALL_MS ? (int)left_ms : CALL_MS);
	if (n > 0 && (fd.revents & ~POLLOUT) && !PQconsumeInput(db->conn)) {
		pg_db_fail_with(db, "went away while it was asked");
		return false;
	}
	return n >= 0 || errno == EINTR;
}

/* Send what is to be sent and wait until there is a result. False: the connection is no good. */
static bool wait_for_result(struct pg_db *db)
{
	while (PQisBusy(db->conn))
		if (!wait_a_while(db, PQflush(db->conn) > 0))
			return false;
	return true;
}

enum mu_err pg_db_push(struct pg_db *db)
{
	int unsent = PQsendFlushRequest(db->conn) ? 1 : -1;

	while (unsent > 0 && (unsent = PQflush(db->conn)) > 0)
		if (!wait_a_while(db, true))
			return MU_UNAVAILABLE;
	pg_db_go_on(db);
	return unsent ? pg_db_fail(db, NULL) : MU_OK;
}

enum mu_err pg_db_next(struct pg_db *db, PGresult **ret_result)
{
	PGresult *result = NULL;

	if (wait_for_result(db)) {
		result = PQgetResult(db->conn);
		if (result || PQstatus(db->conn) == CONNECTION_OK) {
			*ret_result = result;
			return MU_OK;
		}
	}
	pg_db_drop(db);
	return MU_UNAVAILABLE;
}

enum mu_err pg_db_send(struct pg_db *db, size_t statement, const struct pg_params *params)
{
	static const struct pg_params none = { 0 };
	char name[24];

	if (!params)
		params = &none;
	snprintf(name, sizeof(name), "s%zu", statement);
	return PQsendQueryPrepared(db->conn, name, params->n, params->values, params->bytes, params->formats,
				   1)
		       ? MU_OK
		       : pg_db_fail(db, NULL);
}

static bool is_good(const PGresult *result)
{
	const ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE;
}

/* The last result of what was sent, or the first that isn't good. */
static enum mu_err finish_asking(struct pg_db *db, PGresult **ret_result)
{
	PGresult *result = NULL, *next = NULL;
	enum mu_err err;

	while (!(err = pg_db_next(db, &next)) && next) {
		if (result && !is_good(result)) {
			PQclear(next);
			continue;
		}
		PQclear(result);
		result = next;
	}
	if (!err && !(result && is_good(result)))
		err = pg_db_fail(db, result);
	if (err)
		PQclear(result);
	else
		*ret_result = result;
	return err;
}

enum mu_err pg_db_ask(struct pg_db *db, size_t statement, const struct pg_params *params,
		      PGresult **ret_result)
{
	enum mu_err err = pg_db_send(db, statement, params);

	return err ? err : finish_asking(db, ret_result);
}

enum mu_err pg_db_exec(struct pg_db *db, const char *sql, PGresult **ret_result)
{
	return PQsendQuery(db->conn, sql) ? finish_asking(db, ret_result) : pg_db_fail(db, NULL);
}

enum mu_err pg_db_run(struct pg_db *db, size_t statement)
{
	AUTO_RESULT PGresult *result = NULL;

	return pg_db_ask(db, statement, NULL, &result);
}

enum mu_err pg_db_each(struct pg_db *db, size_t statement, const struct pg_params *params,
		       bool (*each)(void *arg, const PGresult *row), void *arg)
{
	enum mu_err err = pg_db_send(db, statement, params), trouble = MU_OK;
	bool on = true;

	if (!err && !PQsetSingleRowMode(db->conn))
		err = pg_db_fail(db, NULL);
	while (!err) {
		AUTO_RESULT PGresult *result = NULL;

		err = pg_db_next(db, &result);
		if (err || !result)
			break;
		pg_db_go_on(db);
		if (!is_good(result))
			trouble = pg_db_fail(db, result);
		else if (on && PQntuples(result) == 1)
			on = each(arg, result);
		if (!db->conn)
			break;
	}
	return err ? err : trouble;
}

void pg_db_rollback(struct pg_db *db)
{
	AUTO_RESULT PGresult *result = NULL;
	const struct mu_fault why = *db->fault;

	if (!db->conn || PQtransactionStatus(db->conn) == PQTRANS_IDLE)
		return;
	if (pg_db_exec(db, "ROLLBACK", &result))
		pg_db_drop(db);
	*db->fault = why;
}
