/* One SQLite connection: opening the file safely, its schema, kept statements, and errors as sentences.
 * Thread: one at a time. */
#ifndef MUSTER_STORE_SQLITE_DB_H
#define MUSTER_STORE_SQLITE_DB_H

#include "muster/base/fault.h"

#include <sqlite3.h>

struct mu_db {
	sqlite3 *conn;
	char *path;
	sqlite3_stmt **stmts; /* kept from open to close */
	size_t n_stmts;
};

enum mu_db_use {
	MU_DB_WRITE,
	MU_DB_READ, /* beside a connection that writes: the file is there, and its schema up to date */
};

/* Open the file, made with mode 0600 if missing, bring its schema up to date and prepare n statements, which
 * are then known by their index in `sql`. A file of another program or of a newer version is refused and left
 * as it was.
 * Errors: MU_INVALID_PARAMS (path), MU_UNAVAILABLE, MU_NO_MEMORY, with a sentence; `db` needs no
 * finish then. */
MU_MUST enum mu_err mu_db_init(struct mu_db *db, const char *path, enum mu_db_use use, const char *const *sql,
			       size_t n, struct mu_fault *ret_fault);
void mu_db_finish(struct mu_db *db);

/* Say which file has which trouble (an SQLite result code). Returns MU_UNAVAILABLE. */
enum mu_err mu_db_fail(struct mu_db *db, int rc, struct mu_fault *ret_fault);

/* Take back the open transaction, if there is one: some errors have done so already. */
void mu_db_rollback(struct mu_db *db);

/* One use of a kept statement. An error while binding is remembered and comes out of the first step. */
struct mu_query {
	sqlite3_stmt *stmt;
	int parameter; /* the last one bound */
	int rc;
};

struct mu_query mu_query_start(struct mu_db *db, size_t statement);
void mu_query_finish(struct mu_query *query);
#define AUTO_QUERY __attribute__((cleanup(mu_query_finish)))

/* Bind the next parameter; texts and bytes are borrowed until finish. A text that is NULL is NULL there. */
void mu_query_text(struct mu_query *query, const char *text);
void mu_query_text_n(struct mu_query *query, const char *text, size_t bytes);
void mu_query_i64(struct mu_query *query, int64_t value);
void mu_query_bytes(struct mu_query *query, const void *bytes, size_t n);

/* SQLITE_ROW, SQLITE_DONE or an error. */
int mu_query_step(struct mu_query *query);

/* Run a statement that takes no parameters and gives no rows. SQLITE_OK or an error. */
int mu_db_run(struct mu_db *db, size_t statement);

#endif
