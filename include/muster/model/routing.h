/* Routing: who gets what waits, and what time or people's coming and going make of conversations. Pure: it
 * reads the state and asks one question about who is there; what it wants done comes out as moves, one at a
 * time, which the caller makes events of.
 *
 * Whether somebody takes work by the log alone: active, holds conversations.view:own and
 * conversations.reply, and the status they chose, which is the one that the log last says others saw, accepts
 * work. Routable for a conversation: that, and of its team (anybody if it has none), there, with room for its
 * weight, and not in `passed`.
 *
 * Order: urgent first, then since when it waits, then id; over all inboxes. One goes ahead of an earlier one
 * of its inbox only if nobody routable could take the earlier one.
 * Who: round robin: smallest rotation, then id. Load balanced: smallest load in relation to capacity, then
 * rotation, then id. Manual: nobody.
 * Offers end, and who gets a conversation reopened loses it, when the log shows them as not at work; a tab
 * that is gone for a moment takes nothing away.
 * Overflow: what waited overflow_ms in all and can't be given out now, or waits while the log shows nobody of
 * the team at work, leaves an inbox once: for overflow_team, unless it was there before or there is none;
 * then it is only told.
 * Passed: what waits and everybody has let pass whom the log shows at work, and who could ever have room for
 * it, waits for a hand or for somebody else to come. That is told, anew after each offer. Thread: hub. */
#ifndef MUSTER_MODEL_ROUTING_H
#define MUSTER_MODEL_ROUTING_H

#include "muster/model/conversation.h"

/* The live part of routable, answered by the hub: an open session of the user's is attended and presence
 * accepts work, with the status that the log last noted (user->shown). It must not change while
 * mu_routing_next is asked again and again, so make a new crew for each such turn. */
struct mu_crew {
	bool (*there)(void *arg, const struct mu_user *user);
	void *arg;
	/* mu_routing_next's own, false at first: */
	bool offers_seen; /* all offers were looked through this turn */
	bool passing;     /* the last move told what all have passed */
};

/* Who gets the conversation now by its inbox's strategy; NULL: nobody. */
const struct mu_user *mu_routing_pick(const struct mu_workspace *ws,
				      const struct mu_conversation *conversation, const struct mu_crew *crew);

/* Whether the assignee keeps a conversation that is reopened, as this record says it is: NONE (also if there
 * is no assignee), else why not: DEACTIVATED, TEAM_CHANGED (not of its team, or may not hold it any more),
 * OFFLINE (the log shows them as not at work), CAPACITY. A pending one has its place and needs no other. */
enum mu_reason mu_routing_keeps(const struct mu_workspace *ws, const struct mu_conversation_record *record);

/* The next thing that is to be done now, as a move in the arena; move.type NULL: nothing. Apply it and ask
 * again: it ends. In this order: what is due by time (a snooze or offer over, back to the queue after its
 * agent went away, forgetting, overflow); offers whose agent isn't there any more; what waits; what there is
 * nobody for. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err mu_routing_next(const struct mu_workspace *ws, struct mu_crew *crew, int64_t now_ms,
				    struct mu_arena *arena, struct mu_move *ret_move);

/* The wall time at which time alone makes something due; INT64_MAX: never. */
int64_t mu_routing_due_ms(const struct mu_workspace *ws);

#endif
