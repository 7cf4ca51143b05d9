/* Who asks: from what an edge proved to a person or key that still may, as the workspace is now.
 * Thread: hub. */
#include "actor.h"

#include "request.h"
#include "room.h"
#include "session.h"
#include "ticket.h"
#include "muster/auth/token.h"
#include "muster/model/second_factor.h"
#include "muster/model/view_as.h"

/* Who must enrol a second factor first may nothing, and hears nothing. */
static const struct mu_perms no_perms = { 0 };
#define NOTHING_TO_HEAR "enrolling"

static enum mu_err find_user(const struct mu_workspace *ws, const char *id, bool by_password,
			     struct mu_actor *ret_actor)
{
	const struct mu_user *user = mu_workspace_user(ws, id);

	if (!user)
		return MU_NOT_FOUND;
	*ret_actor = (struct mu_actor){ .kind = MU_IDENTITY_USER,
					.user = user,
					.perms = &user->perms,
					.must_enroll = mu_must_enroll(ws, user, by_password) };
	if (ret_actor->must_enroll)
		ret_actor->perms = &no_perms;
	return MU_OK;
}

static enum mu_err find_key(const struct mu_workspace *ws, const char *id, struct mu_actor *ret_actor)
{
	const struct mu_key *key = mu_workspace_key(ws, id);

	if (!key || key->alg != MU_ALG_API_KEY)
		return MU_NOT_FOUND;
	*ret_actor = (struct mu_actor){ .kind = MU_IDENTITY_KEY, .key = key, .perms = &key->perms };
	return MU_OK;
}

static enum mu_err find_view(const struct mu_workspace *ws, const char *id, struct mu_actor *ret_actor)
{
	struct mu_viewing *viewing = mu_workspace_viewing(ws, id);
	const struct mu_user *person = viewing ? mu_viewing_person(ws, viewing) : NULL;

	if (!person)
		return MU_NOT_FOUND;
	*ret_actor = (struct mu_actor){
		.kind = MU_IDENTITY_VIEW, .user = person, .perms = &person->perms, .viewing = viewing
	};
	return MU_OK;
}

enum mu_err actor_find(const struct mu_workspace *ws, enum mu_identity_kind kind, const char *subject,
		       bool by_password, struct mu_actor *ret_actor)
{
	if (!ws) /* a workspace that is to be made: nobody is in it */
		return MU_NOT_FOUND;
	switch (kind) {
	case MU_IDENTITY_USER:
		return find_user(ws, subject, by_password, ret_actor);
	case MU_IDENTITY_KEY:
		return find_key(ws, subject, ret_actor);
	case MU_IDENTITY_VIEW:
		return find_view(ws, subject, ret_actor);
	case MU_IDENTITY_OPERATOR:
	case MU_IDENTITY_NONE:
	case MU_IDENTITY_TICKET:
		break;
	}
	return MU_NOT_FOUND;
}

enum mu_err actor_of_session(const struct session *session, struct mu_actor *ret_actor)
{
	return actor_find(session->room->ws, session->kind, session->subject, session->by_password,
			  ret_actor);
}

enum mu_err actor_topics(const struct mu_workspace *ws, const struct mu_actor *actor, struct mu_arena *arena,
			 struct mu_strs *ret_topics)
{
	if (actor->viewing)
		return mu_viewing_topics(ws, actor->viewing, arena, ret_topics);
	if (actor->key)
		return mu_key_topics(ws, actor->key, arena, ret_topics);
	if (!actor->must_enroll || !actor->user->active)
		return mu_user_topics(ws, actor->user, arena, ret_topics);
	struct mu_strs topics = { 0 };
	enum mu_err err = mu_strs_add(arena, &topics, NOTHING_TO_HEAR);
	if (!err)
		*ret_topics = topics;
	return err;
}

/* ---- requests ---- */

static enum mu_err refuse(struct request *request)
{
	return mu_fail(&request->fault, MU_UNAUTHENTICATED, "The token is no longer good: sign in again");
}

static bool user_is_out(const struct mu_workspace *ws, const char *id)
{
	const struct mu_user *user = mu_workspace_user(ws, id);

	return user ? !user->active : mu_workspace_tombstone(ws, id) != NULL;
}

static enum mu_err actor_user(struct request *request, const struct mu_identity *identity)
{
	struct mu_call *call = &request->call;
	struct mu_actor *actor = &call->actor;
	enum mu_err err =
		actor_find(call->ws, identity->kind, identity->subject, identity->by_password, actor);

	if (err || !mu_user_token_valid(call->ws, actor->user, identity->token_id, identity->issued_at_ms)) {
		request->close_code = user_is_out(call->ws, identity->subject) ? MU_CLOSE_DEACTIVATED
									       : MU_CLOSE_TOKEN_INVALID;
		return refuse(request);
	}
	actor->json = mu_arena_printf(&request->arena, "{\"user\":\"%s\"}", actor->user->id);
	return actor->json ? MU_OK : MU_NO_MEMORY;
}

static enum mu_err actor_key(struct request *request, const struct mu_identity *identity)
{
	struct mu_actor *actor = &request->call.actor;

	if (actor_find(request->call.ws, identity->kind, identity->subject, false, actor))
		return refuse(request);
	actor->json = mu_arena_printf(&request->arena, "{\"key\":\"%s\"}", actor->key->id);
	return actor->json ? MU_OK : MU_NO_MEMORY;
}

static enum mu_err actor_view(struct request *request, const struct mu_identity *identity)
{
	struct mu_call *call = &request->call;
	struct mu_actor *actor = &call->actor;
	enum mu_view_end reason;

	if (actor_find(call->ws, identity->kind, identity->subject, false, actor) ||
	    strcmp(actor->viewing->by, identity->viewer) ||
	    mu_viewing_over(call->ws, actor->viewing, call->now_ms, &reason))
		return refuse(request);
	actor->json = mu_arena_printf(&request->arena, "{\"user\":\"%s\",\"view\":\"%s\"}",
				      actor->viewing->by, actor->viewing->id);
	return actor->json ? MU_OK : MU_NO_MEMORY;
}

static void copy_text(char *to, size_t cap, const char *from)
{
	const size_t n = strnlen(from, cap - 1);

	memcpy(to, from, n);
	to[n] = '\0';
}

static void use_session(struct request *request)
{
	const struct session *session = request_session(request);
	struct mu_identity *identity = &request->call.identity;

	if (!session)
		return;
	*identity = (struct mu_identity){ .kind = session->kind,
					  .by_password = session->by_password,
					  .issued_at_ms = session->issued_at_ms,
					  .expires_at_ms = session->expires_at_ms };
	copy_text(identity->workspace, sizeof(identity->workspace), session->room->id);
	copy_text(identity->subject, sizeof(identity->subject), session->subject);
	copy_text(identity->token_id, sizeof(identity->token_id), session->token_id);
	copy_text(identity->kid, sizeof(identity->kid), session->kid);
	copy_text(identity->viewer, sizeof(identity->viewer), session->viewer);
}

/* An edge may have checked the token before it heard that its key has ended; a ticket may be older. */
static bool key_gone(const struct request *request)
{
	const struct mu_workspace *ws = request->call.ws;
	const char *kid = request->call.identity.kid;

	return *kid && ws && !mu_workspace_key(ws, kid);
}

enum mu_err actor_resolve(struct request *request)
{
	struct mu_identity *identity = &request->call.identity;

	use_session(request);
	if (identity->kind == MU_IDENTITY_TICKET) {
		struct mu_identity owner;
		const bool taken = ticket_take(request->hub, identity, &owner);
		if (!taken && ticket_claim(request))
			return MU_DEFERRED;
		if (!taken)
			return mu_fail(&request->fault, MU_UNAUTHENTICATED,
				       "The ticket was used, has expired or is unknown: ask for another one");
		*identity = owner;
	}
	if (key_gone(request))
		return refuse(request);
	switch (identity->kind) {
	case MU_IDENTITY_USER:
		return actor_user(request, identity);
	case MU_IDENTITY_KEY:
		return actor_key(request, identity);
	case MU_IDENTITY_VIEW:
		return actor_view(request, identity);
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

void actor_refresh(struct request *request)
{
	struct mu_call *call = &request->call;
	const struct mu_identity *identity = &call->identity;
	const char *json = call->actor.json;

	call->ws = request->room->ws;
	if (call->actor.kind == MU_IDENTITY_OPERATOR)
		return;
	if (actor_find(call->ws, identity->kind, identity->subject, identity->by_password, &call->actor))
		call->actor = (struct mu_actor){ .kind = identity->kind, .perms = &no_perms };
	call->actor.json = json;
}
