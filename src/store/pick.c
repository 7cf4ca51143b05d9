/* Picking the rows of a page.
 * Thread: as the store. */
#include "pick.h"

#include <string.h>

#define PICKS_FIRST 64

void mu_picks_finish(struct mu_picks *picks)
{
	free(picks->v);
	*picks = (struct mu_picks){ 0 };
}

enum mu_err mu_picks_add(struct mu_picks *picks, int64_t at_ms, int64_t seq)
{
	if (picks->n == picks->cap) {
		size_t cap = picks->cap ? picks->cap * 2 : PICKS_FIRST;
		struct mu_pick *v = realloc(picks->v, cap * sizeof(*v));

		if (!v)
			return MU_NO_MEMORY;
		picks->v = v;
		picks->cap = cap;
	}
	picks->v[picks->n++] = (struct mu_pick){ at_ms, seq };
	return MU_OK;
}

static int newest_first(const void *a, const void *b)
{
	const struct mu_pick *x = a, *y = b;

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? 1 : -1;
	return (x->seq < y->seq) - (x->seq > y->seq);
}

void mu_picks_newest(struct mu_picks *picks, int64_t limit)
{
	size_t n = 0;

	if (picks->n)
		qsort(picks->v, picks->n, sizeof(*picks->v), newest_first);
	for (size_t i = 0; i < picks->n && (int64_t)n < limit; i++)
		if (!n || picks->v[n - 1].seq != picks->v[i].seq)
			picks->v[n++] = picks->v[i];
	picks->n = n;
}

static int oldest_first(const void *a, const void *b)
{
	return newest_first(b, a);
}

void mu_picks_oldest(struct mu_picks *picks, int64_t limit)
{
	if (picks->n)
		qsort(picks->v, picks->n, sizeof(*picks->v), oldest_first);
	if ((int64_t)picks->n > limit)
		picks->n = limit > 0 ? (size_t)limit : 0;
}

bool mu_pick_after(int64_t at_ms, int64_t seq, int64_t after_at_ms, int64_t after_seq)
{
	return at_ms > after_at_ms || (at_ms == after_at_ms && seq > after_seq);
}

bool mu_action_fits(const char *action, const char *wanted)
{
	size_t n = wanted ? strlen(wanted) : 0;

	if (!action || !wanted)
		return action;
	return n && wanted[n - 1] == '.' ? !strncmp(action, wanted, n) : !strcmp(action, wanted);
}
