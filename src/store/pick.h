/* Picking the rows of a page, of the audit log or of somebody's history: which fit, and the newest or oldest
 * of them. Private to the store. Thread: as the store. */
#ifndef MUSTER_STORE_PICK_H
#define MUSTER_STORE_PICK_H

#include "muster/store/store.h"

struct mu_pick {
	int64_t at_ms, seq;
};

struct mu_picks {
	struct mu_pick *v;
	size_t n, cap;
};

void mu_picks_finish(struct mu_picks *picks);
#define AUTO_PICKS __attribute__((cleanup(mu_picks_finish)))

/* Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err mu_picks_add(struct mu_picks *picks, int64_t at_ms, int64_t seq);

/* Leave the newest ones, each once and at most `limit`, newest first. */
void mu_picks_newest(struct mu_picks *picks, int64_t limit);

/* Leave the oldest ones, at most `limit`, oldest first. */
void mu_picks_oldest(struct mu_picks *picks, int64_t limit);

/* Whether a row comes after another one that was given already, in the order from old to new. */
bool mu_pick_after(int64_t at_ms, int64_t seq, int64_t after_at_ms, int64_t after_seq);

/* Whether an action is what a query wants; see struct mu_audit_query. */
bool mu_action_fits(const char *action, const char *wanted);

#endif
