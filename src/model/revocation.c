/* Sessions and tokens that were ended before their time.
 * Thread: hub. */
#include "concept.h"
#include "muster/auth/identity.h"
#include "muster/model/revocation.h"
#include "state.h"

static const struct mu_field revoked_fields[] = {
	MU_FIELD(struct mu_session_revoked, user, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_session_revoked, session, MU_ID, MU_NULLABLE,
		 .help = "One session; null: all of them"),
	MU_FIELD(struct mu_session_revoked, token, MU_STRING, MU_SECRET, .max = 64),
	MU_FIELD(struct mu_session_revoked, expires_at, MU_TIME, MU_SECRET),
	MU_FIELD(struct mu_session_revoked, before, MU_TIME, 0, .help = "Tokens issued before this are void"),
};
static const struct mu_shape revoked_shape =
	MU_SHAPE(struct mu_session_revoked, "SESSION_REVOKED", revoked_fields);

void state_revocation_free(struct mu_revocation *revocation)
{
	free(revocation->user);
	free(revocation->token);
	free(revocation);
}

/* Forget revocations of tokens that nobody would take any more anyway. */
static void prune_revocations(struct mu_workspace *ws, int64_t now_ms)
{
	struct mu_revocation *each, *next;

	HASH_ITER (hh, ws->revocations, each, next) {
		if (each->expires_at_ms + MU_TOKEN_LEEWAY_MS > now_ms)
			continue;
		HASH_DEL(ws->revocations, each);
		state_revocation_free(each);
	}
}

void state_revocations_drop(struct mu_workspace *ws, const char *user)
{
	struct mu_revocation *each, *next;

	HASH_ITER (hh, ws->revocations, each, next) {
		if (strcmp(each->user, user) != 0)
			continue;
		HASH_DEL(ws->revocations, each);
		state_revocation_free(each);
	}
}

static enum mu_err revoke_token(struct mu_workspace *ws, const char *user, const char *token,
				int64_t expires_at_ms)
{
	struct mu_revocation *revocation = NULL;
	bool added = false;

	HASH_FIND_STR(ws->revocations, token, revocation);
	if (revocation)
		return MU_OK;
	revocation = calloc(1, sizeof(*revocation));
	if (!revocation)
		return MU_NO_MEMORY;
	revocation->expires_at_ms = expires_at_ms;
	if (!state_text(&revocation->token, token) && !state_text(&revocation->user, user))
		ADD_STR(ws->revocations, revocation, token);
	if (added)
		return MU_OK;
	state_revocation_free(revocation);
	return MU_NO_MEMORY;
}

static enum mu_err apply_session_revoked(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_session_revoked *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);

	if (!user)
		return MU_CONFLICT;
	prune_revocations(ws, event->at_ms);
	if (data->before > user->tokens_after_ms)
		user->tokens_after_ms = data->before;
	return data->token ? revoke_token(ws, data->user, data->token, data->expires_at) : MU_OK;
}

/* Who ends the token that they came with signs out. */
static const char *action_revoked(const struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_session_revoked *data = event->data;
	const bool own = event->by && !strcmp(event->by, data->user);

	return own && data->token && !data->session ? "auth.logout" : event->type->name;
}

enum mu_err dump_revocation(const struct mu_revocation *revocation, dump_each *each, void *arg)
{
	const struct mu_session_revoked data = { .user = revocation->user,
						 .token = revocation->token,
						 .expires_at = revocation->expires_at_ms };
	return each(arg, &mu_session_revoked_type, &data, 0);
}

EVENT(mu_session_revoked_type, "session.revoked", revoked_shape, apply_session_revoked, tell_user,
      ABOUT(struct mu_session_revoked), .action = action_revoked, .effects = MU_EFFECT_REVOKED,
      .personal = true, .help = "One or all of your sessions were signed out");
