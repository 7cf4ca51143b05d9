/* Routing as it follows from a plain look at everything: slow, without lists, sums or heaps.
 * Thread: the test's. */
#ifndef MUSTER_TEST_MODEL_ROUTING_REFERENCE_H
#define MUSTER_TEST_MODEL_ROUTING_REFERENCE_H

#include "world.h"

#include "muster/model/routing.h"

struct day {
	struct world *world;
	struct random random;
	struct mu_arena arena; /* of one step */
	unsigned made;
	struct mu_strs gone; /* not there, whatever the log says */
};

static inline bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static inline int64_t plain_weight(const struct mu_workspace *ws, const struct mu_conversation *conversation)
{
	for (size_t i = 0; i < ws->n_channels; i++)
		if (same(ws->channels[i].id, conversation->record.channel))
			return ws->channels[i].weight;
	return 1;
}

static inline bool plain_waits(const struct mu_conversation *conversation)
{
	const struct mu_conversation_record *record = &conversation->record;

	return record->status == MU_CONVERSATION_OPEN && !record->assignee && !record->offered_to;
}

static inline int64_t plain_load(const struct mu_workspace *ws, const struct mu_user *user)
{
	int64_t load = 0;

	for (const struct mu_conversation *each = ws->conversations; each; each = each->hh.next)
		if (each->record.status <= MU_CONVERSATION_PENDING &&
		    (same(each->record.assignee, user->id) || same(each->record.offered_to, user->id)))
			load += plain_weight(ws, each);
	return load;
}

static inline bool plain_before(const struct mu_conversation *a, const struct mu_conversation *b)
{
	if (a->record.priority != b->record.priority)
		return a->record.priority > b->record.priority;
	return a->record.queued_at < b->record.queued_at ||
	       (a->record.queued_at == b->record.queued_at && strcmp(a->record.id, b->record.id) < 0);
}

static inline bool plain_at_work(const struct mu_user *user)
{
	return user->active && mu_perms_has(&user->perms, MU_PERM_CONVERSATIONS_VIEW_OWN) &&
	       mu_perms_has(&user->perms, MU_PERM_CONVERSATIONS_REPLY) &&
	       same(user->choice.status, "available") && same(user->shown, "available");
}

static inline bool plain_takes(const struct day *day, const struct mu_user *user)
{
	return plain_at_work(user) && !mu_strs_has(&day->gone, user->id);
}

/* Whether anybody of a team (NULL: anybody at all) is there to work. */
static inline bool plain_anybody(const struct day *day, const char *team)
{
	for (const struct mu_user *user = day->world->ws->users; user; user = user->hh.next)
		if (plain_at_work(user) && (!team || mu_strs_has(&user->teams, team)))
			return true;
	return false;
}

static inline bool plain_could(const struct day *day, const struct mu_conversation *conversation,
			       const struct mu_user *user)
{
	const struct mu_workspace *ws = day->world->ws;
	const char *team = conversation->record.team;

	return plain_takes(day, user) && (!team || mu_strs_has(&user->teams, team)) &&
	       plain_load(ws, user) + plain_weight(ws, conversation) <= user->capacity &&
	       !mu_strs_has(&conversation->record.passed, user->id);
}

/* Whether a gets it rather than b. */
static inline bool plain_rather(const struct mu_workspace *ws, int strategy, const struct mu_user *a,
				const struct mu_user *b)
{
	const double load_a = a->capacity ? (double)plain_load(ws, a) / (double)a->capacity : 1e9,
		     load_b = b->capacity ? (double)plain_load(ws, b) / (double)b->capacity : 1e9;

	if (strategy == MU_STRATEGY_LOAD_BALANCED && load_a != load_b)
		return load_a < load_b;
	return a->rotation < b->rotation || (a->rotation == b->rotation && strcmp(a->id, b->id) < 0);
}

static inline const struct mu_user *plain_pick(const struct day *day,
					       const struct mu_conversation *conversation)
{
	const struct mu_workspace *ws = day->world->ws;
	const int strategy = mu_workspace_inbox(ws, conversation->record.team)->strategy;
	const struct mu_user *best = NULL;

	for (const struct mu_user *user = ws->users; user; user = user->hh.next)
		if (strategy != MU_STRATEGY_MANUAL && plain_could(day, conversation, user) &&
		    (!best || plain_rather(ws, strategy, user, best)))
			best = user;
	return best;
}

/* The first of all that wait that somebody gets. */
static inline const struct mu_conversation *plain_next(const struct day *day)
{
	const struct mu_conversation *first = NULL;

	for (const struct mu_conversation *each = day->world->ws->conversations; each; each = each->hh.next)
		if (plain_waits(each) && (!first || plain_before(each, first)) && plain_pick(day, each))
			first = each;
	return first;
}

static inline bool plain_left(const struct mu_conversation *conversation)
{
	return mu_strs_has(&conversation->record.left,
			   conversation->record.team ? conversation->record.team : "");
}

/* Whether all let it pass whom it could ever be given to, and somebody did. */
static inline bool plain_passed(const struct day *day, const struct mu_conversation *conversation)
{
	const struct mu_workspace *ws = day->world->ws;
	const char *team = conversation->record.team;
	bool anybody = false;

	for (const struct mu_user *user = ws->users; user; user = user->hh.next) {
		if (!plain_at_work(user) || (team && !mu_strs_has(&user->teams, team)) ||
		    user->capacity < plain_weight(ws, conversation))
			continue;
		if (!mu_strs_has(&conversation->record.passed, user->id))
			return false;
		anybody = true;
	}
	return anybody;
}

/* Whether the assignee goes on with it when it is reopened. */
static inline bool plain_keeps(const struct mu_workspace *ws, const struct mu_conversation *conversation)
{
	const struct mu_conversation_record *record = &conversation->record;
	const struct mu_user *user = mu_workspace_user(ws, record->assignee);

	if (!user)
		return true;
	return plain_at_work(user) && (!record->team || mu_strs_has(&user->teams, record->team)) &&
	       (record->status == MU_CONVERSATION_PENDING ||
		plain_load(ws, user) + plain_weight(ws, conversation) <= user->capacity);
}

static inline int64_t plain_requeue(const struct mu_workspace *ws, const struct mu_conversation *conversation)
{
	const struct mu_user *user = mu_workspace_user(ws, conversation->record.assignee);
	const int64_t after = mu_workspace_inbox(ws, conversation->record.team)->settings.requeue_ms;
	const bool absent = !user->shown || same(user->shown, "away") || same(user->shown, "offline");
	const int64_t since = user->absent_since_ms > conversation->record.assigned_at
				      ? user->absent_since_ms
				      : conversation->record.assigned_at;

	return absent && after ? since + after : INT64_MAX;
}

static inline int64_t plain_due(const struct mu_workspace *ws, const struct mu_conversation *conversation)
{
	const struct mu_conversation_record *record = &conversation->record;
	const int64_t overflow = mu_workspace_inbox(ws, record->team)->settings.overflow_ms;

	if (record->status == MU_CONVERSATION_RESOLVED)
		return record->resolved_at + ws->resolved_keep_ms;
	if (record->status == MU_CONVERSATION_SNOOZED)
		return record->snoozed_until ? record->snoozed_until : INT64_MAX;
	if (record->status == MU_CONVERSATION_PENDING)
		return INT64_MAX;
	if (record->offered_to)
		return record->offer_expires_at;
	if (record->assignee)
		return plain_requeue(ws, conversation);
	return overflow && !plain_left(conversation) ? record->queued_at + overflow : INT64_MAX;
}

#endif
