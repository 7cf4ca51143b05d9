/* Routing: who gets what waits, and what is to be done now.
 * Invariant: it changes nothing; every move that it asks for makes what asked for it go away, so asking again
 * and again ends. What is cheap to see is looked at first: most people are out by their load or rotation
 * before anybody has to ask who is there, and a queue whose people have no room is left at once.
 * Thread: hub. */
#include "muster/model/routing.h"

#include <string.h>

/* ---- who ---- */

/* Everybody whom an inbox may give something to: a team's people, or all people. */
struct crowd {
	const struct mu_team *team;
	size_t next;                  /* of team->people */
	const struct mu_user *person; /* the next one of all */
};

static const struct mu_team *inbox_team(const struct mu_workspace *ws, const struct mu_inbox *inbox)
{
	return inbox == &ws->inbox ? NULL : MU_CONTAINER_OF(inbox, struct mu_team, inbox);
}

static struct crowd crowd_of(const struct mu_workspace *ws, const struct mu_inbox *inbox)
{
	return (struct crowd){ .team = inbox_team(ws, inbox), .person = ws->users };
}

/* How many they are at most. */
static size_t crowd_size(const struct mu_workspace *ws, const struct crowd *crowd)
{
	return crowd->team ? crowd->team->members.n : HASH_COUNT(ws->users);
}

static const struct mu_user *crowd_next(struct crowd *crowd)
{
	const struct mu_user *person = crowd->person;

	if (crowd->team)
		return crowd->next < crowd->team->members.n ? crowd->team->people[crowd->next++] : NULL;
	if (person)
		crowd->person = person->hh.next;
	return person;
}

static bool may_hold(const struct mu_user *user)
{
	return user->active && mu_perms_has(&user->perms, MU_PERM_CONVERSATIONS_VIEW_OWN) &&
	       mu_perms_has(&user->perms, MU_PERM_CONVERSATIONS_REPLY);
}

static bool takes_work(const struct mu_workspace *ws, const struct mu_user *user)
{
	struct mu_chosen chosen;

	if (!user->shown || !may_hold(user))
		return false;
	mu_user_chosen(ws, user, &chosen);
	return chosen.accepting && !strcmp(user->shown, chosen.status);
}

static bool is_there(const struct mu_workspace *ws, const struct mu_user *user, const struct mu_crew *crew)
{
	return takes_work(ws, user) && crew->there(crew->arg, user);
}

/* Whether the log shows the user at work, be it that no tab of theirs is open at this moment: a page that is
 * loaded anew, a connection that was lost or a hub that starts takes nothing away from anybody. */
static bool at_work(const struct mu_workspace *ws, const struct mu_user *user)
{
	const struct mu_status *shown = mu_workspace_status(ws, user->shown);
	struct mu_chosen chosen;

	if (!shown || !shown->accepting || !may_hold(user))
		return false;
	mu_user_chosen(ws, user, &chosen);
	return chosen.accepting;
}

static bool has_room(const struct mu_conversation *conversation, const struct mu_user *user)
{
	return user->load + conversation->weight <= user->capacity;
}

static bool rotates_before(const struct mu_user *a, const struct mu_user *b)
{
	if (a->rotation != b->rotation)
		return a->rotation < b->rotation;
	return strcmp(a->id, b->id) < 0;
}

/* Compared as fractions; without capacity nobody has less to do than anybody. */
static bool loaded_before(const struct mu_user *a, const struct mu_user *b)
{
	const int64_t of_a = a->load * b->capacity, of_b = b->load * a->capacity;

	if (!a->capacity != !b->capacity)
		return a->capacity;
	return of_a != of_b ? of_a < of_b : rotates_before(a, b);
}

static bool goes_before(int strategy, const struct mu_user *a, const struct mu_user *b)
{
	return strategy == MU_STRATEGY_LOAD_BALANCED ? loaded_before(a, b) : rotates_before(a, b);
}

const struct mu_user *mu_routing_pick(const struct mu_workspace *ws,
				      const struct mu_conversation *conversation, const struct mu_crew *crew)
{
	const int strategy = conversation->inbox->strategy;
	struct crowd crowd = crowd_of(ws, conversation->inbox);
	const struct mu_user *best = NULL, *each;

	if (strategy == MU_STRATEGY_MANUAL)
		return NULL;
	while ((each = crowd_next(&crowd)))
		if (has_room(conversation, each) && (!best || goes_before(strategy, each, best)) &&
		    !mu_strs_has(&conversation->record.passed, each->id) && is_there(ws, each, crew))
			best = each;
	return best;
}

static bool belongs(const struct mu_user *user, const char *team)
{
	return !team || mu_strs_has(&user->teams, team);
}

/* Why somebody can't go on with a conversation of that team, but for their load. */
static enum mu_reason reason_lost(const struct mu_workspace *ws, const struct mu_user *user, const char *team)
{
	if (!user->active)
		return MU_REASON_DEACTIVATED;
	if (!belongs(user, team) || !may_hold(user))
		return MU_REASON_TEAM_CHANGED;
	return at_work(ws, user) ? MU_REASON_NONE : MU_REASON_OFFLINE;
}

enum mu_reason mu_routing_keeps(const struct mu_workspace *ws, const struct mu_conversation_record *record)
{
	const struct mu_user *user = mu_workspace_user(ws, record->assignee);
	const bool has_place = record->status == MU_CONVERSATION_PENDING;
	const enum mu_reason lost = user ? reason_lost(ws, user, record->team) : MU_REASON_NONE;

	if (!user || lost != MU_REASON_NONE || has_place)
		return lost;
	return user->load + mu_channel_weight(ws, record->channel) <= user->capacity ? MU_REASON_NONE
										     : MU_REASON_CAPACITY;
}

/* ---- what is due ---- */

/* Where a waiting conversation goes on to; NULL: it is only told of. */
static const char *overflow_team(const struct mu_conversation *conversation)
{
	const char *team = conversation->inbox->settings.overflow_team;

	return team && mu_strs_has(&conversation->record.left, team) ? NULL : team;
}

static enum mu_err move_overflow(const struct mu_workspace *ws, const struct mu_conversation *conversation,
				 const struct mu_crew *crew, int64_t now_ms, struct mu_arena *arena,
				 struct mu_move *ret_move)
{
	const char *team = overflow_team(conversation);

	if (mu_routing_pick(ws, conversation, crew))
		return MU_OK; /* it is given out in its turn, which is now */
	return mu_move_escalate(&conversation->record, team, team ? MU_REASON_OVERFLOW : MU_REASON_WAITING,
				now_ms, arena, ret_move);
}

static enum mu_err move_wake(const struct mu_workspace *ws, const struct mu_conversation *conversation,
			     const struct mu_crew *crew, int64_t now_ms, struct mu_arena *arena,
			     struct mu_move *ret_move)
{
	enum mu_err err = mu_move_reopen(&conversation->record, mu_routing_keeps(ws, &conversation->record),
					 NULL, now_ms, arena, ret_move);

	if (!err && ret_move->data.reason == MU_REASON_NONE)
		ret_move->data.reason = MU_REASON_TIMEOUT;
	return err;
}

static enum mu_err move_due(const struct mu_workspace *ws, const struct mu_crew *crew, int64_t now_ms,
			    struct mu_arena *arena, struct mu_move *ret_move)
{
	const struct mu_conversation *due = ws->n_due ? ws->due[0] : NULL;

	if (!due || due->due_ms > now_ms)
		return MU_OK;
	if (due->record.status == MU_CONVERSATION_RESOLVED)
		return mu_move_remove(&due->record, arena, ret_move);
	if (due->record.status == MU_CONVERSATION_SNOOZED)
		return move_wake(ws, due, crew, now_ms, arena, ret_move);
	if (due->waiting)
		return move_overflow(ws, due, crew, now_ms, arena, ret_move);
	return mu_move_leave(&due->record, due->record.assignee ? MU_REASON_OFFLINE : MU_REASON_TIMEOUT, NULL,
			     now_ms, arena, ret_move);
}

/* ---- offers whose agent isn't there any more ---- */

static enum mu_err move_offers(const struct mu_workspace *ws, struct mu_crew *crew, int64_t now_ms,
			       struct mu_arena *arena, struct mu_move *ret_move)
{
	for (const struct mu_conversation *each = crew->offers_seen ? NULL : ws->offered; each;
	     each = each->next_offered) {
		const enum mu_reason lost = reason_lost(ws, each->holder, each->record.team);
		if (lost != MU_REASON_NONE)
			return mu_move_expire(&each->record, lost, NULL, now_ms, arena, ret_move);
	}
	crew->offers_seen = true;
	return MU_OK;
}

/* ---- what waits ---- */

struct match {
	const struct mu_conversation *conversation;
	const struct mu_user *user;
};

/* The order over all inboxes. */
static bool comes_before(const struct mu_conversation *a, const struct mu_conversation *b)
{
	if (a->record.priority != b->record.priority)
		return a->record.priority > b->record.priority;
	if (a->record.queued_at != b->record.queued_at)
		return a->record.queued_at < b->record.queued_at;
	return strcmp(a->record.id, b->record.id) < 0;
}

/* Those of an inbox who are there with room, be it for what weighs nothing. */
struct able {
	const struct mu_user **people;
	size_t n;
	int64_t largest_room; /* that anybody of them has; -1: there is nobody */
};

static enum mu_err find_able(const struct mu_workspace *ws, const struct mu_inbox *inbox,
			     const struct mu_crew *crew, struct mu_arena *arena, struct able *ret_able)
{
	struct crowd crowd = crowd_of(ws, inbox);
	struct able able = { .people = mu_arena_alloc(arena, crowd_size(ws, &crowd) * sizeof(*able.people)),
			     .largest_room = -1 };
	const struct mu_user *each;

	if (!able.people)
		return MU_NO_MEMORY;
	while ((each = crowd_next(&crowd))) {
		const int64_t room = each->capacity - each->load;
		if (room < 0 || !is_there(ws, each, crew))
			continue;
		able.people[able.n++] = each;
		able.largest_room = room > able.largest_room ? room : able.largest_room;
	}
	*ret_able = able;
	return MU_OK;
}

static bool can_take(const struct able *able, const struct mu_conversation *conversation)
{
	for (size_t i = 0; i < able->n; i++)
		if (has_room(conversation, able->people[i]) &&
		    !mu_strs_has(&conversation->record.passed, able->people[i]->id))
			return true;
	return false;
}

/* How many of those that wait weigh no more than that. */
static size_t count_fitting(const struct mu_waiting *waiting, int64_t room)
{
	size_t n = 0;

	for (int64_t weight = 0; weight <= room && weight <= MU_WEIGHT_MAX; weight++)
		n += waiting->by_weight[weight];
	return n;
}

static bool goes_ahead(const struct mu_conversation *conversation, const struct match *found)
{
	return conversation && (!found->conversation || comes_before(conversation, found->conversation));
}

/* Find the first conversation of an inbox that somebody could take, if it goes before what was found
 * elsewhere. When the very first can't be given out, only those that are light enough for anybody are looked
 * at, and only with those who are there: many may wait that everybody has passed. */
static enum mu_err find_in(const struct mu_workspace *ws, const struct mu_inbox *inbox,
			   const struct mu_crew *crew, struct mu_arena *arena, struct match *found)
{
	const struct mu_conversation *each = mu_waiting_first(inbox);
	const struct mu_user *user = NULL;
	struct able able;
	enum mu_err err;

	if (inbox->strategy == MU_STRATEGY_MANUAL || !goes_ahead(each, found))
		return MU_OK;
	if ((user = mu_routing_pick(ws, each, crew))) {
		*found = (struct match){ each, user };
		return MU_OK;
	}
	if ((err = find_able(ws, inbox, crew, arena, &able)))
		return err;
	for (size_t left = count_fitting(&inbox->waiting, able.largest_room); left && goes_ahead(each, found);
	     each = mu_waiting_next(each)) {
		left -= each->weight <= able.largest_room;
		if (can_take(&able, each))
			*found = (struct match){ each, mu_routing_pick(ws, each, crew) };
	}
	return MU_OK;
}

static enum mu_err move_waiting(const struct mu_workspace *ws, const struct mu_crew *crew, int64_t now_ms,
				struct mu_arena *arena, struct mu_move *ret_move)
{
	struct match found = { 0 };
	enum mu_err err = find_in(ws, &ws->inbox, crew, arena, &found);

	for (const struct mu_team *team = ws->teams; !err && team; team = team->hh.next)
		err = find_in(ws, &team->inbox, crew, arena, &found);
	if (err || !found.conversation)
		return err;
	const struct mu_conversation_record *record = &found.conversation->record;
	const int64_t offer_ms = found.conversation->inbox->settings.offer_ms;
	return offer_ms ? mu_move_offer(record, found.user->id, now_ms + offer_ms, now_ms, arena, ret_move)
			: mu_move_assign(record, found.user->id, MU_REASON_AUTO, NULL, now_ms, arena,
					 ret_move);
}

/* ---- what waits where nobody is ---- */

static bool nobody_there(const struct mu_workspace *ws, const struct mu_inbox *inbox)
{
	struct crowd crowd = crowd_of(ws, inbox);
	const struct mu_user *each;

	while ((each = crowd_next(&crowd)))
		if (at_work(ws, each))
			return false;
	return true;
}

static bool deserted(const struct mu_workspace *ws, const struct mu_inbox *inbox)
{
	return inbox->settings.overflow_nobody && inbox->waiting.n > inbox->waiting.n_left &&
	       nobody_there(ws, inbox);
}

static enum mu_err move_deserted(const struct mu_inbox *inbox, int64_t now_ms, struct mu_arena *arena,
				 struct mu_move *ret_move)
{
	const struct mu_conversation *fresh = mu_waiting_fresh(inbox);

	return mu_move_escalate(&fresh->record, overflow_team(fresh), MU_REASON_NOBODY, now_ms, arena,
				ret_move);
}

static enum mu_err move_nobody(const struct mu_workspace *ws, int64_t now_ms, struct mu_arena *arena,
			       struct mu_move *ret_move)
{
	if (deserted(ws, &ws->inbox))
		return move_deserted(&ws->inbox, now_ms, arena, ret_move);
	for (const struct mu_team *team = ws->teams; team; team = team->hh.next)
		if (deserted(ws, &team->inbox))
			return move_deserted(&team->inbox, now_ms, arena, ret_move);
	return MU_OK;
}

/* ---- what everybody has let pass ---- */

/* Those of an inbox whom the log shows at work. */
static enum mu_err find_at_work(const struct mu_workspace *ws, const struct mu_inbox *inbox,
				struct mu_arena *arena, struct able *ret_able)
{
	struct crowd crowd = crowd_of(ws, inbox);
	struct able able = { .people = mu_arena_alloc(arena, crowd_size(ws, &crowd) * sizeof(*able.people)) };
	const struct mu_user *each;

	if (!able.people)
		return MU_NO_MEMORY;
	while ((each = crowd_next(&crowd)))
		if (at_work(ws, each))
			able.people[able.n++] = each;
	*ret_able = able;
	return MU_OK;
}

/* Whoever could never have room for it isn't waited for. */
static bool passed_by_all(const struct able *able, const struct mu_conversation *conversation)
{
	bool anybody = false;

	for (size_t i = 0; i < able->n; i++) {
		if (able->people[i]->capacity < conversation->weight)
			continue;
		if (!mu_strs_has(&conversation->record.passed, able->people[i]->id))
			return false;
		anybody = true;
	}
	return anybody;
}

static enum mu_err move_passed_in(const struct mu_workspace *ws, const struct mu_inbox *inbox, int64_t now_ms,
				  struct mu_arena *arena, struct mu_move *ret_move)
{
	const struct mu_conversation *each = inbox->waiting.some_passed;
	struct able able;
	enum mu_err err;

	if (!each || inbox->strategy == MU_STRATEGY_MANUAL)
		return MU_OK;
	if ((err = find_at_work(ws, inbox, arena, &able)))
		return err;
	for (; each; each = each->next_passed)
		if (passed_by_all(&able, each))
			return mu_move_pass(&each->record, now_ms, arena, ret_move);
	return MU_OK;
}

/* Once one is told the others are next: who could be given something is nobody else by that. */
static enum mu_err move_passed(const struct mu_workspace *ws, struct mu_crew *crew, int64_t now_ms,
			       struct mu_arena *arena, struct mu_move *ret_move)
{
	enum mu_err err = move_passed_in(ws, &ws->inbox, now_ms, arena, ret_move);

	for (const struct mu_team *team = ws->teams; !err && !ret_move->type && team; team = team->hh.next)
		err = move_passed_in(ws, &team->inbox, now_ms, arena, ret_move);
	crew->passing = ret_move->type;
	return err;
}

enum mu_err mu_routing_next(const struct mu_workspace *ws, struct mu_crew *crew, int64_t now_ms,
			    struct mu_arena *arena, struct mu_move *ret_move)
{
	enum mu_err err;

	*ret_move = (struct mu_move){ 0 };
	if (crew->passing) {
		err = move_passed(ws, crew, now_ms, arena, ret_move);
		if (err || ret_move->type)
			return err;
	}
	err = move_due(ws, crew, now_ms, arena, ret_move);
	if (!err && !ret_move->type)
		err = move_offers(ws, crew, now_ms, arena, ret_move);
	if (!err && !ret_move->type)
		err = move_waiting(ws, crew, now_ms, arena, ret_move);
	if (!err && !ret_move->type)
		err = move_nobody(ws, now_ms, arena, ret_move);
	if (!err && !ret_move->type)
		err = move_passed(ws, crew, now_ms, arena, ret_move);
	return err;
}
