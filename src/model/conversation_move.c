/* Moves: what becomes of a conversation's record, one event each.
 * Invariant: an offer is only on an open one without assignee; every move makes the version one more.
 * Thread: hub. */
#include "muster/model/conversation.h"
#include "place.h"
#include "state.h"

#include <string.h>

/* The record as it is, to be changed: the arena's. That all let it pass holds only while it waits on as it
 * does. NULL when memory is out. */
static struct mu_conversation_record *begin(const struct mu_conversation_record *record,
					    struct mu_arena *arena)
{
	struct mu_conversation_record *next = mu_arena_alloc(arena, sizeof(*next));

	if (!next || mu_record_copy(&mu_conversation_shape, arena, record, next))
		return NULL;
	next->version++;
	next->passed_at = 0;
	return next;
}

/* `said`: what is not in the record, that is from, to, reason and until. Its texts are the arena's. */
static enum mu_err end(const struct mu_event_type *type, struct mu_conversation_record *next,
		       struct mu_conversation_event said, const char *by, struct mu_arena *arena,
		       struct mu_move *ret_move)
{
	said.by = mu_arena_strdup(arena, by);
	if (by && !said.by)
		return MU_NO_MEMORY;
	said.conversation = next->id;
	said.team = next->team;
	said.version = next->version;
	said.record = next;
	*ret_move = (struct mu_move){ .type = type, .data = said };
	return MU_OK;
}

static enum mu_err nothing(struct mu_move *ret_move)
{
	*ret_move = (struct mu_move){ 0 };
	return MU_OK;
}

static bool same_list(const struct mu_strs *a, const struct mu_strs *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]))
			return false;
	return true;
}

static void end_offer(struct mu_conversation_record *next)
{
	next->offered_to = NULL;
	next->offer_expires_at = 0;
}

static enum mu_err pass(struct mu_conversation_record *next, const char *user, struct mu_arena *arena)
{
	return mu_strs_has(&next->passed, user) ? MU_OK : mu_strs_add(arena, &next->passed, user);
}

static void pass_no_more(struct mu_conversation_record *next, const char *user)
{
	struct mu_strs *passed = &next->passed;
	size_t n = 0;

	for (size_t i = 0; i < passed->n; i++)
		if (strcmp(passed->v[i], user))
			passed->v[n++] = passed->v[i];
	passed->n = n;
}

enum mu_err mu_move_create(const struct mu_conversation_record *record, const char *by, int64_t now_ms,
			   struct mu_arena *arena, struct mu_move *ret_move)
{
	struct mu_conversation_record *next = mu_arena_alloc(arena, sizeof(*next));
	const bool snoozed = record->status == MU_CONVERSATION_SNOOZED;
	const struct mu_conversation_record is = {
		.id = record->id,
		.team = record->team,
		.channel = record->channel,
		.subject = record->subject,
		.priority = record->priority,
		.labels = record->labels,
		.status = record->status,
		.version = 1,
		.created_at = now_ms,
		.queued_at = record->status == MU_CONVERSATION_OPEN ? now_ms : 0,
		.snoozed_until = snoozed ? record->snoozed_until : 0,
		.resolved_at = record->status == MU_CONVERSATION_RESOLVED ? now_ms : 0,
	};

	if (!next || mu_record_copy(&mu_conversation_shape, arena, &is, next))
		return MU_NO_MEMORY;
	return end(&mu_conversation_created, next,
		   (struct mu_conversation_event){ .until = next->snoozed_until }, by, arena, ret_move);
}

enum mu_err mu_move_retag(const struct mu_conversation_record *record,
			  const struct mu_conversation_record *wanted, const char *by, int64_t now_ms,
			  struct mu_arena *arena, struct mu_move *ret_move)
{
	struct mu_conversation_record is = *record, *next;

	if (state_same(record->channel, wanted->channel) && state_same(record->subject, wanted->subject) &&
	    record->priority == wanted->priority && same_list(&record->labels, &wanted->labels))
		return nothing(ret_move);
	is.channel = wanted->channel;
	is.subject = wanted->subject;
	is.priority = wanted->priority;
	is.labels = wanted->labels;
	if (!(next = begin(&is, arena)))
		return MU_NO_MEMORY;
	next->passed_at = record->passed_at;
	return end(&mu_conversation_updated, next, (struct mu_conversation_event){ 0 }, by, arena, ret_move);
}

enum mu_err mu_move_assign(const struct mu_conversation_record *record, const char *user,
			   enum mu_reason reason, const char *by, int64_t now_ms, struct mu_arena *arena,
			   struct mu_move *ret_move)
{
	struct mu_conversation_record *next;
	char *from;

	if (state_same(record->assignee, user))
		return nothing(ret_move);
	if (!(next = begin(record, arena)))
		return MU_NO_MEMORY;
	from = next->assignee;
	end_offer(next);
	pass_no_more(next, user);
	next->assignee = mu_arena_strdup(arena, user);
	next->assigned_at = now_ms;
	if (!next->assignee)
		return MU_NO_MEMORY;
	return end(
		from ? &mu_conversation_reassigned : &mu_conversation_assigned, next,
		(struct mu_conversation_event){ .from = from, .to = next->assignee, .reason = (int)reason },
		by, arena, ret_move);
}

/* It has no assignee any more. */
static char *let_go(struct mu_conversation_record *next)
{
	char *from = next->assignee;

	next->assignee = NULL;
	next->assigned_at = 0;
	return from;
}

enum mu_err mu_move_unassign(const struct mu_conversation_record *record, enum mu_reason reason,
			     const char *by, int64_t now_ms, struct mu_arena *arena, struct mu_move *ret_move)
{
	const bool passes = reason == MU_REASON_RELEASED || reason == MU_REASON_MANUAL;
	struct mu_conversation_record *next;
	char *from;

	if (!record->assignee)
		return nothing(ret_move);
	if (!(next = begin(record, arena)))
		return MU_NO_MEMORY;
	from = let_go(next);
	if (passes && pass(next, from, arena))
		return MU_NO_MEMORY;
	return end(&mu_conversation_unassigned, next,
		   (struct mu_conversation_event){ .from = from, .reason = (int)reason }, by, arena,
		   ret_move);
}

enum mu_err mu_move_offer(const struct mu_conversation_record *record, const char *user,
			  int64_t expires_at_ms, int64_t now_ms, struct mu_arena *arena,
			  struct mu_move *ret_move)
{
	struct mu_conversation_record *next = begin(record, arena);

	if (!next || !(next->offered_to = mu_arena_strdup(arena, user)))
		return MU_NO_MEMORY;
	next->offer_expires_at = expires_at_ms;
	return end(&mu_conversation_offered, next,
		   (struct mu_conversation_event){
			   .to = next->offered_to, .reason = MU_REASON_AUTO, .until = expires_at_ms },
		   NULL, arena, ret_move);
}

enum mu_err mu_move_accept(const struct mu_conversation_record *record, const char *by, int64_t now_ms,
			   struct mu_arena *arena, struct mu_move *ret_move)
{
	struct mu_conversation_record *next = begin(record, arena);

	if (!next)
		return MU_NO_MEMORY;
	return end(&mu_conversation_accepted, next, (struct mu_conversation_event){ .to = next->offered_to },
		   by, arena, ret_move);
}

static enum mu_err move_offer_over(const struct mu_event_type *type,
				   const struct mu_conversation_record *record, enum mu_reason reason,
				   const char *by, struct mu_arena *arena, struct mu_move *ret_move)
{
	struct mu_conversation_record *next;
	char *from;

	if (!record->offered_to)
		return nothing(ret_move);
	if (!(next = begin(record, arena)))
		return MU_NO_MEMORY;
	from = next->offered_to;
	end_offer(next);
	if (pass(next, from, arena))
		return MU_NO_MEMORY;
	return end(type, next, (struct mu_conversation_event){ .from = from, .reason = (int)reason }, by,
		   arena, ret_move);
}

enum mu_err mu_move_decline(const struct mu_conversation_record *record, const char *by, int64_t now_ms,
			    struct mu_arena *arena, struct mu_move *ret_move)
{
	return move_offer_over(&mu_conversation_declined, record, MU_REASON_DECLINED, by, arena, ret_move);
}

enum mu_err mu_move_expire(const struct mu_conversation_record *record, enum mu_reason reason, const char *by,
			   int64_t now_ms, struct mu_arena *arena, struct mu_move *ret_move)
{
	return move_offer_over(&mu_conversation_expired, record, reason, by, arena, ret_move);
}

enum mu_err mu_move_leave(const struct mu_conversation_record *record, enum mu_reason reason, const char *by,
			  int64_t now_ms, struct mu_arena *arena, struct mu_move *ret_move)
{
	return record->assignee ? mu_move_unassign(record, reason, by, now_ms, arena, ret_move)
				: mu_move_expire(record, reason, by, now_ms, arena, ret_move);
}

/* A new status, with what belongs to the old one gone. */
static struct mu_conversation_record *begin_status(const struct mu_conversation_record *record,
						   enum mu_conversation_status status, struct mu_arena *arena)
{
	struct mu_conversation_record *next = begin(record, arena);

	if (!next)
		return NULL;
	next->status = (int)status;
	next->snoozed_until = next->resolved_at = 0;
	end_offer(next);
	return next;
}

enum mu_err mu_move_pend(const struct mu_conversation_record *record, const char *by, int64_t now_ms,
			 struct mu_arena *arena, struct mu_move *ret_move)
{
	struct mu_conversation_record *next;

	if (record->status == MU_CONVERSATION_PENDING)
		return nothing(ret_move);
	next = begin_status(record, MU_CONVERSATION_PENDING, arena);
	return next ? end(&mu_conversation_updated, next, (struct mu_conversation_event){ 0 }, by, arena,
			  ret_move)
		    : MU_NO_MEMORY;
}

enum mu_err mu_move_snooze(const struct mu_conversation_record *record, int64_t until_ms, const char *by,
			   int64_t now_ms, struct mu_arena *arena, struct mu_move *ret_move)
{
	struct mu_conversation_record *next;

	if (record->status == MU_CONVERSATION_SNOOZED && record->snoozed_until == until_ms)
		return nothing(ret_move);
	if (!(next = begin_status(record, MU_CONVERSATION_SNOOZED, arena)))
		return MU_NO_MEMORY;
	next->snoozed_until = until_ms;
	return end(&mu_conversation_snoozed, next, (struct mu_conversation_event){ .until = until_ms }, by,
		   arena, ret_move);
}

enum mu_err mu_move_resolve(const struct mu_conversation_record *record, const char *by, int64_t now_ms,
			    struct mu_arena *arena, struct mu_move *ret_move)
{
	struct mu_conversation_record *next;

	if (record->status == MU_CONVERSATION_RESOLVED)
		return nothing(ret_move);
	if (!(next = begin_status(record, MU_CONVERSATION_RESOLVED, arena)))
		return MU_NO_MEMORY;
	next->resolved_at = now_ms;
	return end(&mu_conversation_resolved, next, (struct mu_conversation_event){ 0 }, by, arena, ret_move);
}

enum mu_err mu_move_reopen(const struct mu_conversation_record *record, enum mu_reason lost, const char *by,
			   int64_t now_ms, struct mu_arena *arena, struct mu_move *ret_move)
{
	struct mu_conversation_record *next;
	char *from;

	if (record->status == MU_CONVERSATION_OPEN)
		return nothing(ret_move);
	if (!(next = begin_status(record, MU_CONVERSATION_OPEN, arena)))
		return MU_NO_MEMORY;
	if (record->status == MU_CONVERSATION_RESOLVED) {
		next->queued_at = now_ms;
		next->passed = next->left = (struct mu_strs){ 0 };
	} else if (!next->queued_at) {
		next->queued_at = now_ms;
	}
	from = lost == MU_REASON_NONE ? next->assignee : let_go(next);
	return end(&mu_conversation_reopened, next,
		   (struct mu_conversation_event){ .from = from, .to = next->assignee, .reason = (int)lost },
		   by, arena, ret_move);
}

/* Whether somebody belongs to the team a conversation goes to; NULL team: everybody does. */
static bool belongs(const struct mu_workspace *ws, const char *user, const char *team)
{
	const struct mu_user *found = mu_workspace_user(ws, user);

	return !team || (found && mu_strs_has(&found->teams, team));
}

enum mu_err mu_move_team(const struct mu_workspace *ws, const struct mu_conversation_record *record,
			 const char *team, const char *by, int64_t now_ms, struct mu_arena *arena,
			 struct mu_move *ret_move)
{
	const struct mu_event_type *type = &mu_conversation_updated;
	struct mu_conversation_event said = { 0 };
	struct mu_conversation_record *next;

	if (state_same(record->team, team))
		return nothing(ret_move);
	if (!(next = begin(record, arena)) || (team && !(next->team = mu_arena_strdup(arena, team))))
		return MU_NO_MEMORY;
	if (!team)
		next->team = NULL;
	if (record->offered_to && !belongs(ws, record->offered_to, team))
		end_offer(next);
	if (record->assignee && record->status != MU_CONVERSATION_RESOLVED) {
		const bool stays = belongs(ws, record->assignee, team);
		type = stays ? &mu_conversation_reassigned : &mu_conversation_unassigned;
		said.reason = MU_REASON_TEAM_CHANGED;
		said.from = stays ? next->assignee : let_go(next);
		said.to = next->assignee;
	}
	return end(type, next, said, by, arena, ret_move);
}

enum mu_err mu_move_escalate(const struct mu_conversation_record *record, const char *team,
			     enum mu_reason reason, int64_t now_ms, struct mu_arena *arena,
			     struct mu_move *ret_move)
{
	struct mu_conversation_record *next = begin(record, arena);

	if (!next || mu_strs_add(arena, &next->left, place_inbox_name(record)) ||
	    (team && !(next->team = mu_arena_strdup(arena, team))))
		return MU_NO_MEMORY;
	if (!team)
		next->passed_at = record->passed_at;
	return end(&mu_conversation_escalated, next, (struct mu_conversation_event){ .reason = (int)reason },
		   NULL, arena, ret_move);
}

enum mu_err mu_move_pass(const struct mu_conversation_record *record, int64_t now_ms, struct mu_arena *arena,
			 struct mu_move *ret_move)
{
	struct mu_conversation_record *next = begin(record, arena);

	if (!next)
		return MU_NO_MEMORY;
	next->passed_at = now_ms;
	return end(&mu_conversation_escalated, next,
		   (struct mu_conversation_event){ .reason = MU_REASON_PASSED }, NULL, arena, ret_move);
}

enum mu_err mu_move_remove(const struct mu_conversation_record *record, struct mu_arena *arena,
			   struct mu_move *ret_move)
{
	struct mu_conversation_record *next = begin(record, arena);
	enum mu_err err = next ? end(&mu_conversation_removed, next, (struct mu_conversation_event){ 0 },
				     NULL, arena, ret_move)
			       : MU_NO_MEMORY;

	if (!err)
		ret_move->data.record = NULL;
	return err;
}
