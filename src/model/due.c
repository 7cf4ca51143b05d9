/* When time alone makes something of a conversation due, and the heap that knows the earliest.
 * Invariant: ws->due holds exactly the conversations with a due time, none earlier than the one above it, and
 * each knows its place. What the time follows from is looked at again when it changes: the conversation, its
 * inbox's settings, whether its agent is away.
 * Thread: hub. */
#include "place.h"

#include "muster/model/routing.h"
#include "state.h"

#define HEAP_FIRST 64

static int64_t later(int64_t since_ms, int64_t by_ms)
{
	return by_ms ? since_ms + by_ms : INT64_MAX;
}

/* Away since: they were so already when it became theirs, or became so afterwards. */
static int64_t requeue_ms(const struct mu_conversation *conversation)
{
	const struct mu_user *user = conversation->holder;
	const int64_t assigned = conversation->record.assigned_at;

	if (user->shown && !user->absent_since_ms)
		return INT64_MAX;
	return later(user->absent_since_ms > assigned ? user->absent_since_ms : assigned,
		     conversation->inbox->settings.requeue_ms);
}

static int64_t open_due_ms(const struct mu_conversation *conversation)
{
	const struct mu_conversation_record *record = &conversation->record;

	if (record->offered_to)
		return record->offer_expires_at;
	if (record->assignee)
		return requeue_ms(conversation);
	return mu_strs_has(&record->left, place_inbox_name(record))
		       ? INT64_MAX
		       : later(record->queued_at, conversation->inbox->settings.overflow_ms);
}

static int64_t due_ms(const struct mu_workspace *ws, const struct mu_conversation *conversation)
{
	const struct mu_conversation_record *record = &conversation->record;

	switch (record->status) {
	case MU_CONVERSATION_OPEN:
		return open_due_ms(conversation);
	case MU_CONVERSATION_SNOOZED:
		return record->snoozed_until ? record->snoozed_until : INT64_MAX;
	case MU_CONVERSATION_RESOLVED:
		return record->resolved_at + ws->resolved_keep_ms;
	default:
		return INT64_MAX;
	}
}

/* ---- the heap: places count from 1, so that the parent of i is i / 2 ---- */

static void stand(struct mu_workspace *ws, struct mu_conversation *conversation, size_t at)
{
	ws->due[at - 1] = conversation;
	conversation->due_at = at;
}

static void rise(struct mu_workspace *ws, struct mu_conversation *conversation)
{
	size_t at = conversation->due_at;

	for (; at > 1 && ws->due[at / 2 - 1]->due_ms > conversation->due_ms; at /= 2)
		stand(ws, ws->due[at / 2 - 1], at);
	stand(ws, conversation, at);
}

static void sink(struct mu_workspace *ws, struct mu_conversation *conversation)
{
	size_t at = conversation->due_at;

	for (size_t below; (below = at * 2) <= ws->n_due; at = below) {
		if (below < ws->n_due && ws->due[below]->due_ms < ws->due[below - 1]->due_ms)
			below++;
		if (ws->due[below - 1]->due_ms >= conversation->due_ms)
			break;
		stand(ws, ws->due[below - 1], at);
	}
	stand(ws, conversation, at);
}

void due_drop(struct mu_workspace *ws, struct mu_conversation *conversation)
{
	const size_t at = conversation->due_at;
	struct mu_conversation *last;

	if (!at)
		return;
	last = ws->due[--ws->n_due];
	conversation->due_at = 0;
	if (last == conversation)
		return;
	stand(ws, last, at);
	rise(ws, last);
	sink(ws, last);
}

void due_update(struct mu_workspace *ws, struct mu_conversation *conversation)
{
	due_drop(ws, conversation);
	conversation->due_ms = due_ms(ws, conversation);
	if (conversation->due_ms == INT64_MAX)
		return;
	stand(ws, conversation, ++ws->n_due);
	rise(ws, conversation);
}

enum mu_err place_reserve(struct mu_workspace *ws, size_t n)
{
	size_t room = ws->due_room ? ws->due_room : HEAP_FIRST;

	if (n <= ws->due_room)
		return MU_OK;
	while (room < n)
		room *= 2;
	struct mu_conversation **grown = realloc(ws->due, room * sizeof(*grown));
	if (!grown)
		return MU_NO_MEMORY;
	ws->due = grown;
	ws->due_room = room;
	return MU_OK;
}

void due_update_held(struct mu_workspace *ws, const struct mu_user *user)
{
	for (struct mu_conversation *each = user->held; each; each = each->next_held)
		due_update(ws, each);
}

void due_update_inbox(struct mu_workspace *ws, const struct mu_inbox *inbox)
{
	for (struct mu_conversation *each = ws->unresolved; each; each = each->next_unresolved)
		if (each->inbox == inbox)
			due_update(ws, each);
}

int64_t mu_routing_due_ms(const struct mu_workspace *ws)
{
	return ws->n_due ? ws->due[0]->due_ms : INT64_MAX;
}
