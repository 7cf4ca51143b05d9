/* What becomes of conversations when people or teams go: each is told of by an event of its own, before what
 * made it so.
 * Thread: hub. */
#include "conversation.h"

enum mu_err emit_leaving(struct mu_call *call, const struct mu_user *user, const char *team)
{
	const enum mu_reason reason = team ? MU_REASON_TEAM_CHANGED : MU_REASON_DEACTIVATED;
	enum mu_err err = MU_OK;

	for (const struct mu_conversation *each = user->held; !err && each; each = each->next_held) {
		struct mu_move move = { 0 };
		if (team && !same_text(each->record.team, team))
			continue;
		err = mu_move_leave(&each->record, reason, mu_call_user(call), call->now_ms, call->arena,
				    &move);
		err = emit_move(call, err, &move, NULL);
	}
	return err;
}

enum mu_err emit_team_deleted(struct mu_call *call, const struct mu_team *team, const char *move_to)
{
	const struct mu_id_data data = { .id = team->id };
	const struct mu_workspace *ws = call->ws;
	enum mu_err err = MU_OK;

	for (const struct mu_conversation *each = ws->unresolved; !err && each;
	     each = each->next_unresolved) {
		struct mu_move move = { 0 };
		if (each->inbox != &team->inbox)
			continue;
		err = mu_move_team(ws, &each->record, move_to, mu_call_user(call), call->now_ms, call->arena,
				   &move);
		err = emit_move(call, err, &move, NULL);
	}
	return err ? err : mu_call_emit_record(call, &mu_team_deleted, &data);
}
