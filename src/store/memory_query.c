/* The memory store's answers to who asks for some rows only. It looks at every row: its logs are small.
 * Thread: as the store. */
#include "memory_inner.h"
#include "pick.h"

#include <string.h>

static bool is_user(const char *id, const char *wanted)
{
	return id && !strcmp(id, wanted);
}

static bool fits(const struct mu_row *row, const struct mu_audit_query *query)
{
	if (!mu_action_fits(row->action, query->action) || row->at_ms < query->from_ms)
		return false;
	if (query->user && !is_user(row->who, query->user) && !is_user(row->about, query->user))
		return false;
	return row->at_ms < query->after_at_ms ||
	       (row->at_ms == query->after_at_ms && row->seq < query->after_seq);
}

enum mu_err memory_audit(struct mu_store *store, const char *workspace, const struct mu_audit_query *query,
			 bool (*each)(void *arg, const struct mu_kept *kept), void *arg)
{
	const struct log *log = memory_find(store, workspace);
	AUTO_PICKS struct mu_picks picks = { 0 };

	if (!log)
		return MU_NOT_FOUND;
	for (size_t i = 0; i < log->n; i++) {
		const struct mu_row *row = &log->slots[i].kept.row;

		if (fits(row, query) && mu_picks_add(&picks, row->at_ms, row->seq))
			return MU_NO_MEMORY;
	}
	mu_picks_newest(&picks, query->limit);
	for (size_t i = 0; i < picks.n; i++)
		if (!each(arg, &log->slots[picks.v[i].seq - log->dropped_seq - 1].kept))
			break;
	return MU_OK;
}

static bool is_about(const struct mu_row *row, const struct mu_history_query *query, const char *type)
{
	return is_user(row->about, query->about) && !strcmp(row->type, type);
}

/* The last row of a type from before the time that is asked for, and those within it. */
static enum mu_err pick_type(const struct log *log, const struct mu_history_query *query, const char *type,
			     struct mu_picks *picks)
{
	const struct mu_row *prior = NULL;

	for (size_t i = 0; i < log->n; i++) {
		const struct mu_row *row = &log->slots[i].kept.row;

		if (row->at_ms >= query->to_ms || !is_about(row, query, type))
			continue;
		if (row->at_ms < query->from_ms) {
			if (!prior || row->at_ms >= prior->at_ms)
				prior = row;
		} else if (mu_pick_after(row->at_ms, row->seq, query->after_at_ms, query->after_seq) &&
			   mu_picks_add(picks, row->at_ms, row->seq)) {
			return MU_NO_MEMORY;
		}
	}
	return prior && mu_pick_after(prior->at_ms, prior->seq, query->after_at_ms, query->after_seq)
		       ? mu_picks_add(picks, prior->at_ms, prior->seq)
		       : MU_OK;
}

enum mu_err memory_history(struct mu_store *store, const char *workspace,
			   const struct mu_history_query *query,
			   bool (*each)(void *arg, const struct mu_kept *kept), void *arg)
{
	const struct log *log = memory_find(store, workspace);
	AUTO_PICKS struct mu_picks picks = { 0 };

	if (!log)
		return MU_NOT_FOUND;
	for (size_t i = 0; i < query->n_types; i++)
		if (pick_type(log, query, query->types[i], &picks))
			return MU_NO_MEMORY;
	mu_picks_oldest(&picks, query->limit);
	for (size_t i = 0; i < picks.n; i++)
		if (!each(arg, &log->slots[picks.v[i].seq - log->dropped_seq - 1].kept))
			break;
	return MU_OK;
}
