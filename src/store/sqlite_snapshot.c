/* Snapshots in the SQLite store: the newest one of each workspace.
 * Invariant: a snapshot never goes further than its log.
 * Thread: as the store. */
#include "sqlite_inner.h"

#include <string.h>

static enum mu_err snapshot_write(struct sqlite *s, int64_t key, int64_t seq, const char *text, size_t bytes)
{
	AUTO_QUERY struct mu_query query = sqlite_query_at(s, SNAPSHOT_PUT, key, seq);

	mu_query_text_n(&query, text, bytes);
	return sqlite_outcome(s, mu_query_step(&query));
}

enum mu_err sqlite_snapshot_put(struct mu_store *store, const char *workspace, int64_t seq, const char *text,
				size_t bytes)
{
	struct sqlite *s = sqlite_of(store);
	struct log log;
	enum mu_err err = sqlite_begin_log(s, BEGIN_WRITE, workspace, &log);

	if (!err && (seq < 0 || seq > log.ends.head.seq))
		err = MU_CONFLICT;
	if (!err)
		err = snapshot_write(s, log.key, seq, text, bytes);
	return sqlite_end(s, err);
}

enum mu_err sqlite_snapshot_get(struct mu_store *store, const char *workspace, int64_t *ret_seq,
				char **ret_text)
{
	struct sqlite *s = sqlite_of(store);
	AUTO_QUERY struct mu_query query = mu_query_start(&s->db, SNAPSHOT_GET);
	char *copy = NULL;

	mu_query_text(&query, workspace);

	int rc = mu_query_step(&query);

	if (rc == SQLITE_DONE)
		return MU_NOT_FOUND;
	if (rc != SQLITE_ROW)
		return sqlite_fail(s, rc);
	if (sqlite3_column_type(query.stmt, 1) != SQLITE_NULL) {
		const char *text = (const char *)sqlite3_column_text(query.stmt, 1);

		if (!text || !(copy = strdup(text)))
			return MU_NO_MEMORY;
	}
	*ret_seq = sqlite3_column_int64(query.stmt, 0);
	*ret_text = copy;
	return MU_OK;
}

enum mu_err sqlite_snapshot_covers(struct sqlite *s, int64_t key, int64_t seq)
{
	AUTO_QUERY struct mu_query query = sqlite_query_at(s, SNAPSHOT_COVERS, key, seq);
	int rc = mu_query_step(&query);

	if (rc == SQLITE_DONE)
		return MU_CONFLICT;
	return rc == SQLITE_ROW ? MU_OK : sqlite_fail(s, rc);
}
