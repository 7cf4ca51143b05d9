/* One connection to a PostgreSQL server: making it, its schema, prepared statements, waiting with a limit,
 * and errors as sentences. Thread: one at a time. */
#ifndef MUSTER_STORE_POSTGRES_DB_H
#define MUSTER_STORE_POSTGRES_DB_H

#include "muster/base/fault.h"
#include "muster/base/hash.h"

#include <libpq-fe.h>

#define PG_PARAMS_MAX 20

struct pg_db {
	char *url;
	const char *const *sql; /* by statement; each is prepared when a connection is made */
	size_t n_sql;
	enum mu_err (*greet)(struct pg_db *db); /* what is done first on each connection; MU_UNAVAILABLE */
	char place[96];                         /* database and server, for sentences */
	PGconn *conn;                           /* NULL: there is none */
	uint64_t connects;      /* connections so far: who remembers something of an older one forgets it */
	int64_t until_ms;       /* when the server has had its time, monotonic */
	int64_t again_ms;       /* until then no other connection is tried */
	struct mu_fault *fault; /* where sentences go; the store's */
	struct mu_fault down;   /* why there was no connection lately */
};

/* Parameters of a statement, in order; texts and bytes are borrowed. It points into itself: not to be copied.
 */
struct pg_params {
	int n;
	const char *values[PG_PARAMS_MAX];
	int bytes[PG_PARAMS_MAX];
	int formats[PG_PARAMS_MAX];
	int64_t numbers[PG_PARAMS_MAX]; /* what values of numbers point to */
};

void pg_text(struct pg_params *params, const char *text); /* NULL is NULL there */
void pg_bytes(struct pg_params *params, const void *bytes, size_t n);
void pg_i64(struct pg_params *params, int64_t value);

/* Columns of a row. A text ends with a NUL. */
int64_t pg_column_i64(const PGresult *result, int row, int column);
const char *pg_column_text(const PGresult *result, int row, int column); /* NULL is NULL */
bool pg_column_digest(const PGresult *result, int row, int column,
		      uint8_t ret_digest[static MU_DIGEST_BYTES]);

static inline void pg_auto_clear(PGresult **result)
{
	PQclear(*result);
}
#define AUTO_RESULT __attribute__((cleanup(pg_auto_clear)))

/* Connect and bring the schema up to date; sentences go to `fault`, which outlives `db`. greet may be NULL.
 * Errors: MU_INVALID_PARAMS (URL), MU_UNAVAILABLE, MU_NO_MEMORY; `db` is then finished. */
MU_MUST enum mu_err pg_db_init(struct pg_db *db, const char *url, const char *const *sql, size_t n,
			       enum mu_err (*greet)(struct pg_db *db), struct mu_fault *fault);
void pg_db_finish(struct pg_db *db);

/* Begin a call: it may take a few seconds from now on, on a connection that is made anew if it was lost.
 * After one that couldn't be made calls fail at once for a moment, so that a queue of them doesn't wait for
 * each.
 * Errors: MU_UNAVAILABLE. */
MU_MUST enum mu_err pg_db_ready(struct pg_db *db);

/* As pg_db_ready, but tries again and again until the time is over. */
MU_MUST enum mu_err pg_db_ready_again(struct pg_db *db);

/* The server has shown that it is there: it has its time again. */
void pg_db_go_on(struct pg_db *db);

/* Give the connection up. */
void pg_db_drop(struct pg_db *db);

/* Note what is wrong with a result (NULL: with the connection), and give up a connection that is no good any
 * more. Returns MU_UNAVAILABLE. */
enum mu_err pg_db_fail(struct pg_db *db, const PGresult *result);
enum mu_err pg_db_fail_with(struct pg_db *db, const char *what);

/* What a state of the server (SQLSTATE) means, as the end of a sentence about the database; NULL: not known.
 */
const char *pg_db_sentence(const char *state);

/* Put a statement on its way. Errors: MU_UNAVAILABLE. */
MU_MUST enum mu_err pg_db_send(struct pg_db *db, size_t statement, const struct pg_params *params);

/* Send what is to be sent, and ask for the results of what was sent so far: so that of a long pipeline not
 * all is in memory, and its answers show that it gets on. Errors: MU_UNAVAILABLE. */
MU_MUST enum mu_err pg_db_push(struct pg_db *db);

/* The next result, NULL at the end of a statement's. Errors: MU_UNAVAILABLE (the connection was lost, and is
 * given up); an error of the server is a result. */
MU_MUST enum mu_err pg_db_next(struct pg_db *db, PGresult **ret_result);

/* Run one statement; the result is its rows, or empty. Errors: MU_UNAVAILABLE. */
MU_MUST enum mu_err pg_db_ask(struct pg_db *db, size_t statement, const struct pg_params *params,
			      PGresult **ret_result);
MU_MUST enum mu_err pg_db_run(struct pg_db *db, size_t statement);

/* As pg_db_ask, row by row, so that only one is in memory, until `each` returns false. */
MU_MUST enum mu_err pg_db_each(struct pg_db *db, size_t statement, const struct pg_params *params,
			       bool (*each)(void *arg, const PGresult *row), void *arg);

/* Run SQL that takes no parameters; *ret_result is that of its last statement, with texts. Errors:
 * MU_UNAVAILABLE. */
MU_MUST enum mu_err pg_db_exec(struct pg_db *db, const char *sql, PGresult **ret_result);

/* Take back the open transaction, if there is one. */
void pg_db_rollback(struct pg_db *db);

/* Bring the schema of a new connection up to date. Only one of several programs that start does it, the
 * others wait. Errors: MU_UNAVAILABLE (also when it is of a newer version, or not ours; it is left as it
 * was). */
MU_MUST enum mu_err pg_schema_update(struct pg_db *db);

#endif
