/* Who writes to a PostgreSQL database: the nodes' rows, and transactions that hold one.
 *
 * Invariants:
 * - A transaction that writes holds its node's row, which names the epoch and the connection, from its
 *   beginning to its end. Who ends an epoch takes the row away, and who makes a new connection changes it: so
 *   both wait for such a transaction, and one that comes later finds nothing to hold and does nothing.
 * - Nobody waits long for a process that was stopped amid a transaction: the server's end of its
 *   connection is ended first.
 * Thread: as the store. */
#include "postgres_inner.h"

#include <string.h>

static const char *node_of(const struct pg *pg)
{
	return pg->store.epoch ? pg->store.node : pg->self;
}

/* Run a statement about an epoch of a node. Errors: MU_UNAVAILABLE. */
static enum mu_err ask(struct pg *pg, enum pg_statement which, const char *node, int64_t epoch,
		       PGresult **ret_result)
{
	struct pg_params params = { 0 };

	pg_text(&params, node);
	pg_i64(&params, epoch);
	return pg_db_ask(&pg->db, which, &params, ret_result);
}

static enum mu_err run(struct pg *pg, enum pg_statement which, const char *node, int64_t epoch)
{
	AUTO_RESULT PGresult *result = NULL;

	return ask(pg, which, node, epoch, &result);
}

/* The store's own epoch is over, or its row was cleaned away while it had no connection. */
static enum mu_err lost(struct pg *pg)
{
	pg->connection = 0;
	if (pg->store.epoch)
		return mu_store_fenced(&pg->store);
	pg->epoch = 0;
	return pg_db_fail_with(&pg->db, "has forgotten this store, which was away for long: try again");
}

enum mu_err pg_node_greet(struct pg_db *db)
{
	struct pg *pg = MU_CONTAINER_OF(db, struct pg, db);
	AUTO_RESULT PGresult *result = NULL;
	enum mu_err err;

	pg->connection = 0;
	if (!pg->epoch)
		return MU_OK;
	err = run(pg, PG_NODE_END, node_of(pg), pg->epoch);
	if (!err)
		err = ask(pg, PG_NODE_RESUME, node_of(pg), pg->epoch, &result);
	if (err)
		return err;
	if (PQntuples(result) == 1)
		pg->connection = pg_column_i64(result, 0, 0);
	else
		lost(pg); /* it may still read */
	return MU_OK;
}

/* ---- epochs ---- */

/* Those that enter do so one after the other, so that of two the later one's epoch is the larger. Its own
 * older epoch, perhaps of another node, goes. */
static enum mu_err take_row(struct pg *pg, const char *node, PGresult **ret_row)
{
	struct pg_params params = { 0 };
	enum mu_err err = pg_db_run(&pg->db, PG_BEGIN_WRITE);

	pg_text(&params, node);
	if (!err)
		err = pg_db_run(&pg->db, PG_NODE_LOCK);
	if (!err)
		err = pg_db_run(&pg->db, PG_NODE_CLEAN);
	if (!err && pg->epoch)
		err = run(pg, PG_NODE_FENCE, node_of(pg), pg->epoch);
	if (!err)
		err = pg_db_ask(&pg->db, PG_NODE_ENTER, &params, ret_row);
	if (!err)
		err = pg_db_run(&pg->db, PG_COMMIT);
	pg_db_rollback(&pg->db);
	return err;
}

static enum mu_err enter(struct pg *pg, const char *node)
{
	AUTO_RESULT PGresult *row = NULL;
	enum mu_err err = run(pg, PG_NODE_END, node, 0);

	if (!err)
		err = take_row(pg, node, &row);
	if (err)
		return err;
	pg->epoch = pg_column_i64(row, 0, 0);
	pg->connection = pg_column_i64(row, 0, 1);
	return MU_OK;
}

enum mu_err pg_enter(struct mu_store *store, const char *node, int64_t *ret_epoch)
{
	struct pg *pg = pg_of(store);
	enum mu_err err = pg_db_ready(&pg->db);

	if (!err)
		err = enter(pg, node);
	if (!err)
		*ret_epoch = pg->epoch;
	return err;
}

enum mu_err pg_fence(struct mu_store *store, const char *node, int64_t epoch)
{
	struct pg *pg = pg_of(store);
	enum mu_err err = pg_db_ready(&pg->db);

	if (!err && epoch > 0)
		err = run(pg, PG_NODE_END, node, epoch);
	return err ? err : run(pg, PG_NODE_FENCE, node, epoch);
}

void pg_node_leave(struct pg *pg)
{
	if (!pg->db.conn || !pg->connection)
		return;
	pg_db_go_on(&pg->db);
	if (run(pg, PG_NODE_FENCE, node_of(pg), pg->epoch))
		pg->connection = 0; /* a row that can't be taken away does no harm */
}

/* ---- writing ---- */

enum mu_err pg_write_begin(struct pg *pg)
{
	struct pg_params hold = { 0 };
	enum mu_err err = MU_OK;

	if (pg->store.over)
		return mu_store_fenced(&pg->store);
	if (!pg->connection)
		err = enter(pg, pg->self);
	if (err)
		return err;

	pg_text(&hold, node_of(pg));
	pg_i64(&hold, pg->connection);
	if (!PQenterPipelineMode(pg->db.conn))
		return pg_db_fail(&pg->db, NULL);
	err = pg_db_send(&pg->db, PG_BEGIN_WRITE, NULL);
	return err ? err : pg_db_send(&pg->db, PG_HOLD, &hold);
}

enum mu_err pg_write_end(struct pg *pg)
{
	enum mu_err err = pg_db_send(&pg->db, PG_COMMIT, NULL);

	return !err && !PQpipelineSync(pg->db.conn) ? pg_db_fail(&pg->db, NULL) : err;
}

static void note_trouble(struct pg *pg, size_t statement, const PGresult *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (statement == 1 && state && strcmp(state, "22012") == 0) /* PG_HOLD's division by zero */
		lost(pg);
	else
		pg_db_fail(&pg->db, result);
}

/* The answers come in the order of the statements: BEGIN and PG_HOLD, the n, COMMIT. An error ends the
 * transaction: what follows is passed over by the server. */
static enum pg_fate take_answers(struct pg *pg, size_t n,
				 void (*each)(void *arg, size_t i, const PGresult *rows), void *arg)
{
	size_t statement = 0;
	bool committed = false;
	ExecStatusType status = PGRES_COMMAND_OK;

	while (status != PGRES_PIPELINE_SYNC) {
		AUTO_RESULT PGresult *result = NULL;

		if (pg_db_next(&pg->db, &result))
			return committed ? PG_DONE : PG_UNKNOWN;
		pg_db_go_on(&pg->db);
		if (!result) {
			statement++;
			continue;
		}
		status = PQresultStatus(result);
		if (status == PGRES_FATAL_ERROR)
			note_trouble(pg, statement, result);
		if (!pg->db.conn)
			return PG_UNKNOWN;
		if (status == PGRES_TUPLES_OK && statement >= 2)
			each(arg, statement - 2, result);
		if (status == PGRES_COMMAND_OK && statement == n + 2)
			committed = strcmp(PQcmdStatus(result), "COMMIT") == 0;
	}
	if (!PQexitPipelineMode(pg->db.conn))
		pg_db_drop(&pg->db);
	return committed ? PG_DONE : PG_FAILED;
}

enum pg_fate pg_write_wait(struct pg *pg, size_t n, void (*each)(void *arg, size_t i, const PGresult *rows),
			   void *arg)
{
	const enum pg_fate fate = take_answers(pg, n, each, arg);

	pg_db_rollback(&pg->db);
	return fate;
}

static void keep_answer(void *arg, size_t i, const PGresult *rows)
{
	struct pg_answer *answer = arg;

	(void)i;
	answer->n = PQntuples(rows);
	answer->number = answer->n ? pg_column_i64(rows, 0, 0) : 0;
}

enum mu_err pg_write_one(struct pg *pg, enum pg_statement which, const struct pg_params *params,
			 struct pg_answer *ret_answer)
{
	enum mu_err err = pg_db_ready(&pg->db);

	if (err)
		return err;
	err = pg_write_begin(pg);
	if (!err)
		err = pg_db_send(&pg->db, which, params);
	if (!err)
		err = pg_write_end(pg);
	if (err) {
		pg_db_drop(&pg->db);
		return err;
	}
	if (pg_write_wait(pg, 1, keep_answer, ret_answer) == PG_DONE)
		return MU_OK;
	return pg->store.over ? MU_FENCED : MU_UNAVAILABLE;
}
