/* Where conversations stand: in the waiting list of an inbox, with whoever holds them, among the unresolved
 * and the offered ones. Everything that is summed up over them (loads, counts of what waits) is kept here.
 * Invariant: between place_take and place_put a conversation is in no list and weighs on nobody.
 * Thread: hub. */
#include "place.h"

#include "muster/model/conversation.h"
#include "state.h"

#include <utlist.h>

/* ---- what a conversation says ---- */

static const size_t texts[] = {
	offsetof(struct mu_conversation_record, id),
	offsetof(struct mu_conversation_record, team),
	offsetof(struct mu_conversation_record, channel),
	offsetof(struct mu_conversation_record, subject),
	offsetof(struct mu_conversation_record, assignee),
	offsetof(struct mu_conversation_record, offered_to),
};
static const size_t lists[] = {
	offsetof(struct mu_conversation_record, labels),
	offsetof(struct mu_conversation_record, passed),
	offsetof(struct mu_conversation_record, left),
};

static char **text_at(const struct mu_conversation_record *record, size_t i)
{
	return (char **)((char *)record + texts[i]);
}

static struct mu_strs *list_at(const struct mu_conversation_record *record, size_t i)
{
	return (struct mu_strs *)((char *)record + lists[i]);
}

static size_t bytes_of(const struct mu_conversation_record *record)
{
	size_t bytes = 0;

	for (size_t i = 0; i < MU_COUNT(texts); i++)
		bytes += *text_at(record, i) ? strlen(*text_at(record, i)) + 1 : 0;
	for (size_t i = 0; i < MU_COUNT(lists); i++)
		for (size_t k = 0; k < list_at(record, i)->n; k++)
			bytes += sizeof(char *) + strlen(list_at(record, i)->v[k]) + 1;
	return bytes;
}

static char *pack_text(char **rest, const char *text)
{
	char *copy = *rest;

	*rest = stpcpy(copy, text) + 1;
	return copy;
}

/* All that the record points to goes into one block: first the arrays, which are aligned, then the texts. */
static void pack(char *block, struct mu_conversation_record *record)
{
	char **slots = (char **)(void *)block, *rest;
	size_t n = 0;

	for (size_t i = 0; i < MU_COUNT(lists); i++)
		n += list_at(record, i)->n;
	rest = block + n * sizeof(*slots);
	for (size_t i = 0; i < MU_COUNT(lists); i++) {
		struct mu_strs *list = list_at(record, i);
		for (size_t k = 0; k < list->n; k++)
			slots[k] = pack_text(&rest, list->v[k]);
		*list = (struct mu_strs){ .v = list->n ? slots : NULL, .n = list->n };
		slots += list->n;
	}
	for (size_t i = 0; i < MU_COUNT(texts); i++)
		if (*text_at(record, i))
			*text_at(record, i) = pack_text(&rest, *text_at(record, i));
}

enum mu_err place_record(struct mu_conversation *conversation, const struct mu_conversation_record *record)
{
	char *block = malloc(bytes_of(record));

	if (!block)
		return MU_NO_MEMORY;
	struct mu_conversation_record copy = *record;
	pack(block, &copy);
	free(conversation->block);
	conversation->block = block;
	conversation->record = copy;
	conversation->hh.key = copy.id; /* the same text in the new block */
	return MU_OK;
}

void state_conversation_free(struct mu_conversation *conversation)
{
	free(conversation->block);
	free(conversation);
}

/* ---- what waits ---- */

static bool waits_before(const struct mu_conversation *a, const struct mu_conversation *b)
{
	if (a->record.queued_at != b->record.queued_at)
		return a->record.queued_at < b->record.queued_at;
	return strcmp(a->record.id, b->record.id) < 0;
}

/* After which one it has to stand; NULL: it is the first. Most stand next to where one was put or taken last:
 * one that changes goes back to its place, and a whole queue is moved in its order. So the part of the list
 * on the right side of that place is searched, from both ends at once. */
static struct mu_conversation *find_before(const struct mu_waiting *waiting,
					   const struct mu_conversation *conversation)
{
	const int priority = conversation->record.priority;
	struct mu_conversation *up = waiting->first[priority], *down = waiting->last[priority],
			       *near = waiting->near[priority];

	if (!near)
		return NULL;
	*(waits_before(near, conversation) ? &up : &down) = near;
	for (;; up = up->next_waiting, down = down->prev_waiting) {
		if (waits_before(down, conversation))
			return down;
		if (!waits_before(up, conversation))
			return up->prev_waiting;
	}
}

static bool has_left(const struct mu_conversation_record *record)
{
	return mu_strs_has(&record->left, place_inbox_name(record));
}

static bool all_left(const struct mu_waiting *waiting)
{
	return waiting->n == waiting->n_left;
}

static void fresh_put(struct mu_waiting *waiting, struct mu_conversation *conversation)
{
	struct mu_conversation **fresh = &waiting->fresh[conversation->record.priority];

	if (!has_left(&conversation->record) && (!*fresh || waits_before(conversation, *fresh)))
		*fresh = conversation;
}

/* The counts are without it already. */
static void fresh_take(struct mu_waiting *waiting, const struct mu_conversation *conversation)
{
	struct mu_conversation **fresh = &waiting->fresh[conversation->record.priority];

	if (*fresh != conversation)
		return;
	*fresh = all_left(waiting) ? NULL : conversation->next_waiting;
	while (*fresh && has_left(&(*fresh)->record))
		*fresh = (*fresh)->next_waiting;
}

/* Exactly those that wait and that somebody has let pass, but not all as far as is told. */
static void passed_put(struct mu_waiting *waiting, struct mu_conversation *conversation)
{
	const struct mu_conversation_record *record = &conversation->record;

	waiting->n_passed += record->passed_at != 0;
	if (record->passed.n && !record->passed_at)
		DL_APPEND2(waiting->some_passed, conversation, prev_passed, next_passed);
}

static void passed_take(struct mu_waiting *waiting, struct mu_conversation *conversation)
{
	waiting->n_passed -= conversation->record.passed_at != 0;
	if (conversation->prev_passed)
		DL_DELETE2(waiting->some_passed, conversation, prev_passed, next_passed);
	conversation->prev_passed = NULL;
}

static void waiting_put(struct mu_waiting *waiting, struct mu_conversation *conversation)
{
	const int priority = conversation->record.priority;
	struct mu_conversation *before = find_before(waiting, conversation);
	struct mu_conversation **back = before ? &before->next_waiting : &waiting->first[priority];

	conversation->prev_waiting = before;
	conversation->next_waiting = *back;
	if (*back)
		(*back)->prev_waiting = conversation;
	else
		waiting->last[priority] = conversation;
	*back = conversation;
	waiting->near[priority] = conversation;
	fresh_put(waiting, conversation);
	passed_put(waiting, conversation);
	waiting->n++;
	waiting->n_left += has_left(&conversation->record);
	waiting->by_weight[conversation->weight]++;
	waiting->news = true;
	conversation->waiting = true;
}

static void waiting_take(struct mu_waiting *waiting, struct mu_conversation *conversation)
{
	const int priority = conversation->record.priority;
	struct mu_conversation *before = conversation->prev_waiting, *after = conversation->next_waiting;

	*(before ? &before->next_waiting : &waiting->first[priority]) = after;
	*(after ? &after->prev_waiting : &waiting->last[priority]) = before;
	waiting->near[priority] = before ? before : after;
	waiting->n--;
	waiting->n_left -= has_left(&conversation->record);
	fresh_take(waiting, conversation);
	passed_take(waiting, conversation);
	waiting->by_weight[conversation->weight]--;
	waiting->news = true;
	conversation->waiting = false;
}

const struct mu_conversation *mu_waiting_first(const struct mu_inbox *inbox)
{
	for (int priority = MU_PRIORITY_URGENT; priority >= MU_PRIORITY_LOW; priority--)
		if (inbox->waiting.first[priority])
			return inbox->waiting.first[priority];
	return NULL;
}

const struct mu_conversation *mu_waiting_fresh(const struct mu_inbox *inbox)
{
	for (int priority = MU_PRIORITY_URGENT; priority >= MU_PRIORITY_LOW; priority--)
		if (inbox->waiting.fresh[priority])
			return inbox->waiting.fresh[priority];
	return NULL;
}

const struct mu_conversation *mu_waiting_next(const struct mu_conversation *conversation)
{
	if (conversation->next_waiting)
		return conversation->next_waiting;
	for (int priority = conversation->record.priority - 1; priority >= MU_PRIORITY_LOW; priority--)
		if (conversation->inbox->waiting.first[priority])
			return conversation->inbox->waiting.first[priority];
	return NULL;
}

/* ---- weights ---- */

int64_t mu_channel_weight(const struct mu_workspace *ws, const char *channel)
{
	for (size_t i = 0; channel && i < ws->n_channels; i++)
		if (!strcmp(ws->channels[i].id, channel))
			return ws->channels[i].weight;
	return 1;
}

static bool weighs(const struct mu_conversation *conversation)
{
	const int status = conversation->record.status;

	return conversation->holder && (status == MU_CONVERSATION_OPEN || status == MU_CONVERSATION_PENDING);
}

static void add_load(struct mu_workspace *ws, struct mu_user *user, int64_t weight)
{
	user->load += weight;
	state_note(ws, user);
}

void place_weigh_all(struct mu_workspace *ws)
{
	for (struct mu_conversation *each = ws->unresolved; each; each = each->next_unresolved) {
		const int64_t weight = mu_channel_weight(ws, each->record.channel);
		if (weighs(each))
			add_load(ws, each->holder, weight - each->weight);
		if (each->waiting) {
			each->inbox->waiting.by_weight[each->weight]--;
			each->inbox->waiting.by_weight[weight]++;
		}
		each->weight = weight;
	}
}

/* ---- all of it ---- */

void place_put(struct mu_workspace *ws, struct mu_conversation *conversation)
{
	const struct mu_conversation_record *record = &conversation->record;
	const bool resolved = record->status == MU_CONVERSATION_RESOLVED;
	struct mu_team *team = mu_workspace_team(ws, record->team);
	struct mu_user *holder =
		mu_workspace_user(ws, record->assignee ? record->assignee : record->offered_to);

	conversation->inbox = team ? &team->inbox : &ws->inbox;
	conversation->holder = holder;
	conversation->weight = mu_channel_weight(ws, record->channel);
	if (holder && resolved)
		DL_APPEND2(holder->kept, conversation, prev_held, next_held);
	else if (holder)
		DL_APPEND2(holder->held, conversation, prev_held, next_held);
	if (!resolved)
		DL_APPEND2(ws->unresolved, conversation, prev_unresolved, next_unresolved);
	if (record->offered_to)
		DL_APPEND2(ws->offered, conversation, prev_offered, next_offered);
	if (weighs(conversation))
		add_load(ws, holder, conversation->weight);
	if (record->status == MU_CONVERSATION_OPEN && !holder)
		waiting_put(&conversation->inbox->waiting, conversation);
	due_update(ws, conversation);
}

void place_take(struct mu_workspace *ws, struct mu_conversation *conversation)
{
	const struct mu_conversation_record *record = &conversation->record;
	const bool resolved = record->status == MU_CONVERSATION_RESOLVED;
	struct mu_user *holder = conversation->holder;

	due_drop(ws, conversation);
	if (conversation->waiting)
		waiting_take(&conversation->inbox->waiting, conversation);
	if (weighs(conversation))
		add_load(ws, holder, -conversation->weight);
	if (record->offered_to)
		DL_DELETE2(ws->offered, conversation, prev_offered, next_offered);
	if (!resolved)
		DL_DELETE2(ws->unresolved, conversation, prev_unresolved, next_unresolved);
	if (holder && resolved)
		DL_DELETE2(holder->kept, conversation, prev_held, next_held);
	else if (holder)
		DL_DELETE2(holder->held, conversation, prev_held, next_held);
	conversation->holder = NULL;
}

/* ---- who goes ---- */

/* The text itself is in the record's block. */
static void drop_name(struct mu_strs *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list->v[i], name))
			continue;
		memmove(&list->v[i], &list->v[i + 1], (list->n - i - 1) * sizeof(*list->v));
		list->n--;
		return;
	}
}

void place_forget_team(struct mu_workspace *ws, struct mu_team *team)
{
	struct mu_conversation *each, *next;

	HASH_ITER (hh, ws->conversations, each, next) {
		const bool of_it = each->inbox == &team->inbox;
		if (!of_it && !each->record.left.n)
			continue;
		place_take(ws, each);
		drop_name(&each->record.left, team->id);
		if (of_it) {
			each->record.team = NULL;
			each->record.passed_at = 0;
		}
		place_put(ws, each);
	}
}

static void forget_passed(struct mu_conversation *conversation, const char *user)
{
	if (conversation->waiting)
		passed_take(&conversation->inbox->waiting, conversation);
	drop_name(&conversation->record.passed, user);
	if (conversation->waiting)
		passed_put(&conversation->inbox->waiting, conversation);
}

void place_forget_user(struct mu_workspace *ws, struct mu_user *user)
{
	struct mu_conversation *each;

	while ((each = user->held ? user->held : user->kept)) {
		place_take(ws, each);
		each->record.assignee = each->record.offered_to = NULL;
		each->record.assigned_at = each->record.offer_expires_at = 0;
		place_put(ws, each);
	}
	for (each = ws->unresolved; each; each = each->next_unresolved)
		forget_passed(each, user->id);
}
