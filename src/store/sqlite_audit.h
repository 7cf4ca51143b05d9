/* The audit log's indexes: picking the rows of a page.
 * Thread: as the store. */
#ifndef MUSTER_STORE_SQLITE_AUDIT_H
#define MUSTER_STORE_SQLITE_AUDIT_H

#include "pick.h"
#include "sqlite_db.h"

/* Its statements, which stand among those of the connection from `first` on. */
enum mu_audit_statement {
	MU_AUDIT_ACTIONS,
	MU_AUDIT_ALL,
	MU_AUDIT_ACTION,
	MU_AUDIT_WHO,
	MU_AUDIT_ABOUT,
	MU_AUDIT_STATEMENTS,
};

/* One index in its order, from a place on; ?5 is what the last three look for. */
#define MU_AUDIT_ROWS(condition)                                                                             \
	"SELECT at_ms, seq, action FROM event WHERE workspace = ?1 AND action IS NOT NULL" condition         \
	" AND (at_ms, seq) < (?2, ?3) AND at_ms >= ?4 ORDER BY at_ms DESC, seq DESC"

#define MU_AUDIT_SQL(first)                                                                                  \
	[(first) + MU_AUDIT_ACTIONS] = "SELECT action FROM event WHERE workspace = ?1 AND action > ?2"       \
				       " ORDER BY action LIMIT 1",                                           \
		   [(first) + MU_AUDIT_ALL] = MU_AUDIT_ROWS(""),                                             \
		   [(first) + MU_AUDIT_ACTION] = MU_AUDIT_ROWS(" AND action = ?5"),                          \
		   [(first) + MU_AUDIT_WHO] = MU_AUDIT_ROWS(" AND who = ?5"),                                \
		   [(first) + MU_AUDIT_ABOUT] = MU_AUDIT_ROWS(" AND about = ?5")

/* Pick the page of a query, whose bounds are settled, from the workspace with this key. SQLITE_OK or an
 * error.
 */
int mu_db_pick(struct mu_db *db, size_t first, int64_t key, const struct mu_audit_query *query,
	       struct mu_picks *picks);

#endif
