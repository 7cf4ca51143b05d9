/* The index by whom events are about: picking the rows of somebody's history.
 * Thread: as the store. */
#ifndef MUSTER_STORE_SQLITE_HISTORY_H
#define MUSTER_STORE_SQLITE_HISTORY_H

#include "pick.h"
#include "sqlite_db.h"

/* Its statements, which stand among those of the connection from `first` on. */
enum mu_history_statement {
	MU_HISTORY_PRIOR,
	MU_HISTORY_WITHIN,
	MU_HISTORY_STATEMENTS,
};

#define MU_HISTORY_OF "SELECT at_ms, seq FROM event WHERE workspace = ?1 AND subject = ?2 AND type = ?3"

#define MU_HISTORY_SQL(first)                                                                                \
	[(first) + MU_HISTORY_PRIOR] =                                                                       \
		MU_HISTORY_OF " AND at_ms < ?4 ORDER BY at_ms DESC, seq DESC LIMIT 1",                       \
		   [(first) + MU_HISTORY_WITHIN] = MU_HISTORY_OF                                             \
		   " AND (at_ms, seq) > (?4, ?5) AND at_ms < ?6 ORDER BY at_ms, seq LIMIT ?7"

/* Pick the rows of a query from the workspace with this key. SQLITE_OK or an error. */
int mu_db_pick_history(struct mu_db *db, size_t first, int64_t key, const struct mu_history_query *query,
		       struct mu_picks *picks);

#endif
