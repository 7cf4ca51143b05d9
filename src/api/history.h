/* How the history of presence looks as JSON; see history_write.c. Private to the api.
 * Thread: hub. */
#ifndef MUSTER_API_HISTORY_H
#define MUSTER_API_HISTORY_H

#include "muster/base/buf.h"
#include "muster/model/history.h"
#include "muster/model/workspace.h"

/* The answer up to its first item. */
void history_write_head(int64_t from_ms, int64_t to_ms, const char *zone, struct mu_buf *out);
/* INTERVAL; nothing if there is no such user any more. open: it had not ended. */
void history_write_interval(const struct mu_workspace *ws, const char *user, const struct mu_span *span,
			    bool open, struct mu_buf *out);
/* SUM of a user or a team, of one day or of all the time; nothing if they are gone. */
void history_write_sum(const struct mu_workspace *ws, const char *id, bool of_team, bool of_day,
		       const struct mu_sum *sum, struct mu_buf *out);

#endif
