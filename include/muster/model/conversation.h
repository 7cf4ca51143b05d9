/* Conversations: whose they are, what waits, and the events that change it. The platform keeps the messages;
 * here is only who takes care of what.
 *
 * Every event carries the record that it leads to, and applying it puts that in place. What the record must
 * be is made by the mu_move_ functions: from a record as it is, one event to emit. Several can be chained,
 * each from the record of the one before.
 *
 * Who hears an event in full: conversations.view:all, view:team in the conversation's team, the assignee and
 * whom it is offered to, and while it has no assignee view:unassigned. In brief, without the record: who
 * could see it before but can't any more, and whose it was, or to whom it was offered, before.
 * Thread: hub; rules answer MU_OK or a fault that says what to do, and change nothing. */
#ifndef MUSTER_MODEL_CONVERSATION_H
#define MUSTER_MODEL_CONVERSATION_H

#include "muster/base/fault.h"
#include "muster/model/event.h"

/* Names on the wire, NULL-terminated, in enum order. */
extern const char *const mu_priority_names[];
extern const char *const mu_conversation_status_names[];
extern const char *const mu_reason_names[];

extern const struct mu_shape mu_conversation_shape; /* struct mu_conversation_record, "CONVERSATION" */

/* Why. NONE is left out on the wire. */
enum mu_reason {
	MU_REASON_NONE,
	MU_REASON_MANUAL,       /* somebody who may assign to others decided so */
	MU_REASON_AUTO,         /* by the inbox's strategy */
	MU_REASON_CAPACITY,     /* the assignee has no room for it any more */
	MU_REASON_OFFLINE,      /* the agent went away */
	MU_REASON_DEACTIVATED,  /* the agent is out */
	MU_REASON_TAKEN,        /* the agent took it */
	MU_REASON_TEAM_CHANGED, /* the conversation, or the agent, is of another team */
	MU_REASON_RELEASED,     /* the agent gave it back */
	MU_REASON_DECLINED,
	MU_REASON_TIMEOUT,  /* the time of the offer, or of the snooze, was over */
	MU_REASON_OVERFLOW, /* waited too long and goes on to another team */
	MU_REASON_NOBODY,   /* nobody of the team is there: goes on, or is only told */
	MU_REASON_WAITING,  /* waited too long, which is only told */
	MU_REASON_PASSED,   /* everybody at work has let it pass, which is only told */
};

/* Data of all conversation events. */
struct mu_conversation_event {
	char *conversation;
	char *from; /* whose it was; declined, expired: whom it was offered to */
	char *to;   /* whose it is now; offered, accepted: whom it is offered to */
	char *team; /* of the conversation, afterwards */
	int reason; /* enum mu_reason */
	char *by;   /* user who did it, or NULL */
	int64_t version;
	int64_t until;                         /* end of the offer or snooze, or 0 */
	struct mu_conversation_record *record; /* MU_SIGHT; removed: NULL */
};

extern const struct mu_event_type mu_conversation_created, mu_conversation_updated, mu_conversation_assigned,
	mu_conversation_reassigned, mu_conversation_unassigned, mu_conversation_offered,
	mu_conversation_accepted, mu_conversation_declined, mu_conversation_expired, mu_conversation_resolved,
	mu_conversation_reopened, mu_conversation_snoozed, mu_conversation_escalated, mu_conversation_removed;

/* Whether somebody with these permissions may see it: view:all; view:team and it is of a team of the user's;
 * view:own and it is the user's or offered to them; view:unassigned and it has no assignee. NULL user: an API
 * key. */
bool mu_conversation_visible(const struct mu_workspace *ws, const struct mu_conversation *conversation,
			     const struct mu_user *user, const struct mu_perms *perms);

/* Append the topics of those who may see a conversation that is as the record says. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err mu_conversation_topics(const struct mu_conversation_record *record,
					   struct mu_arena *arena, struct mu_strs *topics);

/* What it weighs while it is open or pending: as its channel; no channel, or one that isn't listed: 1. */
int64_t mu_channel_weight(const struct mu_workspace *ws, const char *channel); /* accepts NULL */

/* What waits in an inbox, in the order in which it is given out: first, then next until NULL (borrowed). */
const struct mu_conversation *mu_waiting_first(const struct mu_inbox *inbox);
const struct mu_conversation *mu_waiting_next(const struct mu_conversation *conversation);
/* The first of them that neither went nor was told of from there (borrowed); NULL: there is none. */
const struct mu_conversation *mu_waiting_fresh(const struct mu_inbox *inbox);

/* ---- rules ---- */

/* The team exists. Errors: MU_INVALID_PARAMS on `team`. */
MU_MUST enum mu_err mu_rule_conversation_team(const struct mu_workspace *ws, const char *team,
					      struct mu_fault *ret_fault);
/* The user may hold the conversation as it is in this record: active, holds conversations.reply and view:own,
 * is of its team. Errors: MU_INVALID_PARAMS on `user`. */
MU_MUST enum mu_err mu_rule_conversation_holder(const struct mu_workspace *ws,
						const struct mu_conversation_record *record,
						const struct mu_user *user, struct mu_fault *ret_fault);
/* The user has room for it, which who holds it already always has. Errors: MU_CONFLICT. */
MU_MUST enum mu_err mu_rule_conversation_room(const struct mu_workspace *ws,
					      const struct mu_conversation_record *record,
					      const struct mu_user *user, struct mu_fault *ret_fault);

/* ---- moves ----
 *
 * Each makes one event of a record as it is (borrowed): all of it is in the arena. `by` is a user or NULL.
 * They don't ask whether anybody may do it. Errors: MU_NO_MEMORY. */

struct mu_move {
	const struct mu_event_type *type;  /* NULL: there is nothing to do */
	struct mu_conversation_event data; /* data.record: as it is afterwards */
};

/* A new one, open, pending, snoozed or resolved as the record says: id, team, channel, subject, priority,
 * labels, status and snoozed_until are taken from it. */
MU_MUST enum mu_err mu_move_create(const struct mu_conversation_record *record, const char *by,
				   int64_t now_ms, struct mu_arena *arena, struct mu_move *ret_move);

/* Channel, subject, priority and labels become those of `wanted`: conversation.updated, or nothing if they
 * are so. */
MU_MUST enum mu_err mu_move_retag(const struct mu_conversation_record *record,
				  const struct mu_conversation_record *wanted, const char *by, int64_t now_ms,
				  struct mu_arena *arena, struct mu_move *ret_move);

/* It becomes the user's, who may be in `passed` no more; an offer just ends. conversation.assigned, or
 * .reassigned if it was somebody else's; nothing if it is theirs. Reasons: MANUAL, AUTO, TAKEN. */
MU_MUST enum mu_err mu_move_assign(const struct mu_conversation_record *record, const char *user,
				   enum mu_reason reason, const char *by, int64_t now_ms,
				   struct mu_arena *arena, struct mu_move *ret_move);
/* It is nobody's: an open one waits with its old age. With RELEASED or MANUAL the agent goes into `passed`.
 * Nothing if it has no assignee. */
MU_MUST enum mu_err mu_move_unassign(const struct mu_conversation_record *record, enum mu_reason reason,
				     const char *by, int64_t now_ms, struct mu_arena *arena,
				     struct mu_move *ret_move);
MU_MUST enum mu_err mu_move_offer(const struct mu_conversation_record *record, const char *user,
				  int64_t expires_at_ms, int64_t now_ms, struct mu_arena *arena,
				  struct mu_move *ret_move);
/* The offer is accepted: mu_move_assign with AUTO to the same user has to follow. */
MU_MUST enum mu_err mu_move_accept(const struct mu_conversation_record *record, const char *by,
				   int64_t now_ms, struct mu_arena *arena, struct mu_move *ret_move);
/* The offer is over, by the agent or not: it waits again with its old age, the agent goes into `passed`. */
MU_MUST enum mu_err mu_move_decline(const struct mu_conversation_record *record, const char *by,
				    int64_t now_ms, struct mu_arena *arena, struct mu_move *ret_move);
MU_MUST enum mu_err mu_move_expire(const struct mu_conversation_record *record, enum mu_reason reason,
				   const char *by, int64_t now_ms, struct mu_arena *arena,
				   struct mu_move *ret_move);
/* Whoever holds it loses it: unassigned if it is theirs, expired if it is offered to them. For people who are
 * out (DEACTIVATED) or leave its team (TEAM_CHANGED). Nothing if nobody holds it. */
MU_MUST enum mu_err mu_move_leave(const struct mu_conversation_record *record, enum mu_reason reason,
				  const char *by, int64_t now_ms, struct mu_arena *arena,
				  struct mu_move *ret_move);

/* Each ends an offer and keeps the assignee. Nothing if it is so already; an other snooze time is a move. */
MU_MUST enum mu_err mu_move_pend(const struct mu_conversation_record *record, const char *by, int64_t now_ms,
				 struct mu_arena *arena, struct mu_move *ret_move); /* conversation.updated */
MU_MUST enum mu_err mu_move_snooze(const struct mu_conversation_record *record,
				   int64_t until_ms, /* 0: until somebody reopens it */
				   const char *by, int64_t now_ms, struct mu_arena *arena,
				   struct mu_move *ret_move);
MU_MUST enum mu_err mu_move_resolve(const struct mu_conversation_record *record, const char *by,
				    int64_t now_ms, struct mu_arena *arena, struct mu_move *ret_move);
/* Open again, with its assignee if `lost` is NONE (see mu_routing_keeps), else waiting, and `lost` says why.
 * A resolved one starts anew: age, `passed` and `left`. Nothing if it is open. */
MU_MUST enum mu_err mu_move_reopen(const struct mu_conversation_record *record, enum mu_reason lost,
				   const char *by, int64_t now_ms, struct mu_arena *arena,
				   struct mu_move *ret_move);

/* It goes to another team (NULL: none) with its age, whatever its status. The assignee keeps it if they are
 * of that team, or it is none: conversation.reassigned from and to them; else conversation.unassigned. Both
 * with reason TEAM_CHANGED. Without an assignee: conversation.updated, and an offer to who isn't of the team
 * just ends. Nothing if it is of that team. */
MU_MUST enum mu_err mu_move_team(const struct mu_workspace *ws, const struct mu_conversation_record *record,
				 const char *team, const char *by, int64_t now_ms, struct mu_arena *arena,
				 struct mu_move *ret_move);

/* A waiting one leaves its inbox for another team's, or is only told of (NULL team). OVERFLOW, NOBODY,
 * WAITING. */
MU_MUST enum mu_err mu_move_escalate(const struct mu_conversation_record *record, const char *team,
				     enum mu_reason reason, int64_t now_ms, struct mu_arena *arena,
				     struct mu_move *ret_move);
/* Everybody at work has let it pass, which is only told, by conversation.escalated with PASSED: passed_at is
 * now, until it is given to somebody, parked, ended or moved. */
MU_MUST enum mu_err mu_move_pass(const struct mu_conversation_record *record, int64_t now_ms,
				 struct mu_arena *arena, struct mu_move *ret_move);
/* It is forgotten. */
MU_MUST enum mu_err mu_move_remove(const struct mu_conversation_record *record, struct mu_arena *arena,
				   struct mu_move *ret_move);

#endif
