/* The schema of the PostgreSQL store: the tables in the database's schema "muster", made and brought up to
 * date when a store is opened.
 *
 * Invariants: a schema that isn't ours is never written to; each step is all or nothing.
 * Thread: as the store. */
#include "postgres_db.h"

#include "muster/base/mem.h"

#include <stdio.h>

/* Step i makes version i + 1 out of version i.
 *
 * workspace: both ends of each log. The hashes at the ends let a check find rows that are missing there. Its
 * rows change with every append, so their pages have room for newer versions.
 * event.payload: NULL once erased, as are origin and before; their digest stays (payload_digest).
 * node: the newest epoch of each node, as long as it isn't over, and its newest connection: which one, the
 * server's process for it, and when it was made. Both numbers come from the sequence, so none comes twice.
 * snapshot: the one that counts of each workspace. Its text lies in the pieces that have the same `made`;
 * pieces of smaller ones are left over, of larger ones in the making.
 * Names sort by their bytes, as in the other stores. */
static const char *const steps[] = {
	"CREATE TABLE muster.version (version bigint NOT NULL);"
	"INSERT INTO muster.version VALUES (0);"
	"CREATE TABLE muster.workspace ("
	" key bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
	" id text COLLATE \"C\" NOT NULL UNIQUE,"
	" epoch bigint NOT NULL,"
	" dropped_seq bigint NOT NULL,"
	" dropped_hash bytea NOT NULL,"
	" seq bigint NOT NULL,"
	" hash bytea NOT NULL"
	") WITH (fillfactor = 50);"
	"CREATE TABLE muster.event ("
	" workspace bigint NOT NULL,"
	" seq bigint NOT NULL,"
	" at_ms bigint NOT NULL,"
	" type text COLLATE \"C\" NOT NULL,"
	" actor text NOT NULL,"
	" audience text NOT NULL,"
	" payload_digest bytea NOT NULL,"
	" hash bytea NOT NULL,"
	" payload text,"
	" action text COLLATE \"C\","
	" who text COLLATE \"C\","
	" about text COLLATE \"C\","
	" origin text,"
	" before text,"
	" PRIMARY KEY (workspace, seq)"
	");"
	"CREATE INDEX audit_at ON muster.event (workspace, at_ms, seq) WHERE action IS NOT NULL;"
	"CREATE INDEX audit_action ON muster.event (workspace, action, at_ms, seq)"
	" WHERE action IS NOT NULL;"
	"CREATE INDEX audit_who ON muster.event (workspace, who, at_ms, seq)"
	" WHERE action IS NOT NULL AND who IS NOT NULL;"
	"CREATE INDEX audit_about ON muster.event (workspace, about, at_ms, seq)"
	" WHERE action IS NOT NULL AND about IS NOT NULL;"
	"CREATE INDEX event_about ON muster.event (workspace, about, type, at_ms, seq)"
	" WHERE about IS NOT NULL;"
	"CREATE TABLE muster.snapshot ("
	" workspace bigint PRIMARY KEY,"
	" seq bigint NOT NULL,"
	" text text NOT NULL"
	");"
	"CREATE TABLE muster.writer ("
	" id text COLLATE \"C\" PRIMARY KEY,"
	" epoch bigint NOT NULL"
	") WITH (fillfactor = 50);",
	"DROP TABLE muster.writer;"
	"CREATE SEQUENCE muster.epoch;"
	"CREATE TABLE muster.node ("
	" id text COLLATE \"C\" PRIMARY KEY,"
	" epoch bigint NOT NULL,"
	" connection bigint NOT NULL,"
	" backend integer NOT NULL,"
	" backend_start timestamptz,"
	" seen timestamptz NOT NULL"
	") WITH (fillfactor = 50);",
	"CREATE SEQUENCE muster.made;"
	"CREATE TABLE muster.snapshot_piece ("
	" workspace bigint NOT NULL,"
	" made bigint NOT NULL,"
	" piece bigint NOT NULL,"
	" bytes bytea NOT NULL,"
	" PRIMARY KEY (workspace, made, piece)"
	");"
	"ALTER TABLE muster.snapshot_piece ALTER bytes SET STORAGE EXTERNAL;"
	"INSERT INTO muster.snapshot_piece"
	" SELECT workspace, 0, 0, convert_to(text, 'UTF8') FROM muster.snapshot;"
	"ALTER TABLE muster.snapshot ADD made bigint NOT NULL DEFAULT 0,"
	" ADD bytes bigint NOT NULL DEFAULT 0;"
	"UPDATE muster.snapshot SET bytes = octet_length(text);"
	"ALTER TABLE muster.snapshot DROP text;",
};

static const int64_t newest = MU_COUNT(steps);

/* Errors: MU_UNAVAILABLE. */
static enum mu_err read_i64(struct pg_db *db, const char *sql, int64_t *ret_value)
{
	AUTO_RESULT PGresult *result = NULL;
	enum mu_err err = pg_db_exec(db, sql, &result);

	if (!err && PQntuples(result) != 1)
		err = pg_db_fail_with(db, "is damaged: the version of its schema is missing");
	if (!err)
		*ret_value = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	return err;
}

/* -1: there is no schema; 0: it is empty, somebody made it for us. */
static enum mu_err read_version(struct pg_db *db, int64_t *ret_version)
{
	static const char *const what_is_there =
		"SELECT CASE WHEN to_regnamespace('muster') IS NULL THEN -1"
		" WHEN to_regclass('muster.version') IS NOT NULL THEN 1"
		" WHEN EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace('muster')) THEN 2"
		" ELSE 0 END";
	int64_t version = 0;
	enum mu_err err = read_i64(db, what_is_there, &version);

	if (!err && version == 2)
		return pg_db_fail_with(db, "has a schema \"muster\" that isn't ours: use another database");
	if (!err && version == 1)
		err = read_i64(db, "SELECT version FROM muster.version", &version);
	if (!err && version > newest)
		return mu_fail(db->fault, MU_UNAVAILABLE,
			       "The PostgreSQL database %s has schema version %lld; this Muster knows %lld: "
			       "use a newer one",
			       db->place, (long long)version, (long long)newest);
	if (!err)
		*ret_version = version;
	return err;
}

static enum mu_err run(struct pg_db *db, const char *sql)
{
	AUTO_RESULT PGresult *result = NULL;

	return pg_db_exec(db, sql, &result);
}

/* The key of the lock is only that it is always the same. Changing large tables takes the time that it takes.
 */
static enum mu_err migrate(struct pg_db *db)
{
	char stamp[64];
	int64_t version = 0;
	enum mu_err err = run(db, "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;"
				  " SELECT pg_advisory_xact_lock(5571573870641374)");

	if (!err)
		err = read_version(db, &version);
	if (!err && version < 0)
		err = run(db, "CREATE SCHEMA muster");
	for (int64_t i = version < 0 ? 0 : version; !err && i < newest; i++)
		err = run(db, steps[i]);
	snprintf(stamp, sizeof(stamp), "UPDATE muster.version SET version = %lld; COMMIT", (long long)newest);
	return err ? err : run(db, stamp);
}

enum mu_err pg_schema_update(struct pg_db *db)
{
	int64_t version = 0;
	enum mu_err err = read_version(db, &version);

	if (err || version == newest)
		return err;
	db->until_ms = INT64_MAX;
	err = migrate(db);
	pg_db_rollback(db);
	pg_db_go_on(db);
	return err;
}
