/* Where conversations stand in the state: inboxes, holders, what is due. Private to the model.
 * Thread: hub. */
#ifndef MUSTER_MODEL_PLACE_H
#define MUSTER_MODEL_PLACE_H

#include "muster/model/workspace.h"

/* How the inbox of a conversation is called in `left`. */
static inline char *place_inbox_name(const struct mu_conversation_record *record)
{
	return record->team ? record->team : (char *)"";
}

/* Replace what the conversation says by a copy; on failure it stays. Only while it has no place. */
MU_MUST enum mu_err place_record(struct mu_conversation *conversation,
				 const struct mu_conversation_record *record);

/* Put a conversation where its record says, and take it away before that changes: load, lists, due time. What
 * the record names exists; place_reserve made room. */
void place_put(struct mu_workspace *ws, struct mu_conversation *conversation);
void place_take(struct mu_workspace *ws, struct mu_conversation *conversation);
/* Room for n conversations in all. */
MU_MUST enum mu_err place_reserve(struct mu_workspace *ws, size_t n);

/* Weights of channels are others now. */
void place_weigh_all(struct mu_workspace *ws);

/* Look again when things are due: of one, of all that somebody holds, of all in an inbox. */
void due_update(struct mu_workspace *ws, struct mu_conversation *conversation);
void due_update_held(struct mu_workspace *ws, const struct mu_user *user);
void due_update_inbox(struct mu_workspace *ws, const struct mu_inbox *inbox);
void due_drop(struct mu_workspace *ws, struct mu_conversation *conversation);

/* What a team or user that goes leaves behind loses their name. */
void place_forget_team(struct mu_workspace *ws, struct mu_team *team);
void place_forget_user(struct mu_workspace *ws, struct mu_user *user);

#endif
