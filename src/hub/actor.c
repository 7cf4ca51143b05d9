/* Who asks: from what an edge proved to a person or key that still may, as the workspace is now.
 * Thread: hub. */
#include "request.h"
#include "room.h"
#include "session.h"
#include "ticket.h"
#include "muster/auth/token.h"

static enum mu_err refuse(struct request *request)
{
	return mu_fail(&request->fault, MU_UNAUTHENTICATED, "The token is no longer good: sign in again");
}

static enum mu_err actor_user(struct request *request, const char *id, const char *token_id,
			      int64_t issued_at_ms)
{
	struct mu_call *call = &request->call;
	const struct mu_user *user = mu_workspace_user(call->ws, id);

	if (!user || !mu_user_token_valid(call->ws, user, token_id, issued_at_ms)) {
		request->close_code = user && !user->active ? MU_CLOSE_DEACTIVATED : MU_CLOSE_TOKEN_INVALID;
		return refuse(request);
	}
	call->actor =
		(struct mu_actor){ .kind = MU_IDENTITY_USER,
				   .user = user,
				   .perms = &user->perms,
				   .json = mu_arena_printf(&request->arena, "{\"user\":\"%s\"}", user->id) };
	return call->actor.json ? MU_OK : MU_NO_MEMORY;
}

static enum mu_err actor_key(struct request *request, const char *id)
{
	struct mu_call *call = &request->call;
	const struct mu_key *key = mu_workspace_key(call->ws, id);

	if (!key || key->alg != MU_ALG_API_KEY)
		return refuse(request);
	call->actor =
		(struct mu_actor){ .kind = MU_IDENTITY_KEY,
				   .key = key,
				   .perms = &key->perms,
				   .json = mu_arena_printf(&request->arena, "{\"key\":\"%s\"}", key->id) };
	return call->actor.json ? MU_OK : MU_NO_MEMORY;
}

static void use_session(struct request *request)
{
	const struct session *session = request_session(request);
	struct mu_identity *identity = &request->call.identity;

	if (!session)
		return;
	*identity = (struct mu_identity){ .kind = session->kind,
					  .issued_at_ms = session->issued_at_ms,
					  .expires_at_ms = session->expires_at_ms };
	snprintf(identity->workspace, sizeof(identity->workspace), "%s", session->room->id);
	snprintf(identity->subject, sizeof(identity->subject), "%s", session->subject);
	snprintf(identity->token_id, sizeof(identity->token_id), "%s", session->token_id);
}

enum mu_err actor_resolve(struct request *request)
{
	struct mu_identity *identity = &request->call.identity;

	use_session(request);
	if (identity->kind == MU_IDENTITY_TICKET) {
		struct mu_identity owner;
		if (!ticket_take(request->hub, identity, &owner))
			return mu_fail(&request->fault, MU_UNAUTHENTICATED,
				       "The ticket was used, has expired or is unknown: ask for another one");
		*identity = owner;
	}
	switch (identity->kind) {
	case MU_IDENTITY_USER:
		return actor_user(request, identity->subject, identity->token_id, identity->issued_at_ms);
	case MU_IDENTITY_KEY:
		return actor_key(request, identity->subject);
	case MU_IDENTITY_OPERATOR:
		request->call.actor =
			(struct mu_actor){ .kind = MU_IDENTITY_OPERATOR, .json = "{\"operator\":true}" };
		return MU_OK;
	case MU_IDENTITY_NONE:
	case MU_IDENTITY_TICKET:
		break;
	}
	request->call.actor = (struct mu_actor){ .kind = MU_IDENTITY_NONE, .json = "{}" };
	return MU_OK;
}
