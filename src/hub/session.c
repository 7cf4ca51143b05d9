/* The registry of sessions: finding them, ending them, and keeping what they hear in step with what they may
 * hear.
 * Invariant: a session is in the hub's table and in exactly one list (its person's, or the room's keys)
 * from open to free.
 * Thread: hub. */
#include "session.h"

#include "presence.h"
#include "request.h"
#include "room.h"
#include "topics.h"
#include "turn.h"
#include "view.h"
#include "muster/base/log.h"

#include <string.h>
#include <utlist.h>

struct session *session_find(struct mu_hub *hub, struct mu_conn conn)
{
	struct session *session = NULL;
	struct mu_conn key;

	memset(&key, 0, sizeof(key)); /* padding is part of the hashed bytes */
	key.edge = conn.edge;
	key.slot = conn.slot;
	key.generation = conn.generation;
	HASH_FIND(hh, hub->sessions, &key, sizeof(key), session);
	return session;
}

const struct mu_user *session_user(const struct session *session)
{
	return mu_workspace_user(session->room->ws,
				 session->kind == MU_IDENTITY_USER ? session->subject : NULL);
}

const struct mu_key *session_key(const struct session *session)
{
	return mu_workspace_key(session->room->ws,
				session->kind == MU_IDENTITY_KEY ? session->subject : NULL);
}

bool session_identify(struct session *session, const struct mu_identity *identity)
{
	struct mu_hub *hub = session->room->hub;
	char *subject = strdup(identity->subject), *token_id = strdup(identity->token_id);

	if (!subject || !token_id) {
		free(subject);
		free(token_id);
		return false;
	}
	free(session->subject);
	free(session->token_id);
	session->kind = identity->kind;
	session->subject = subject;
	session->token_id = token_id;
	session->issued_at_ms = identity->issued_at_ms;
	session->expires_at_ms = identity->expires_at_ms;
	if (identity->expires_at_ms)
		mu_timer_set(&hub->wheel, &session->expiry,
			     hub->now.mono_ms + identity->expires_at_ms + MU_TOKEN_LEEWAY_MS -
				     hub->now.wall_ms);
	else
		mu_timer_cancel(&hub->wheel, &session->expiry);
	return true;
}

struct session *session_first(struct room *room, const char *user)
{
	struct mu_person *person = room->presence ? mu_presence_find(room->presence, user) : NULL;
	struct member *member = person ? person->owner : NULL;

	return member ? member->sessions : NULL;
}

static void each_in(struct session *first, void (*each)(struct session *, void *), void *arg)
{
	for (struct session *session = first, *next; session; session = next) {
		next = session->next;
		each(session, arg);
	}
}

void session_each(struct room *room, void (*each)(struct session *, void *), void *arg)
{
	each_in(room->key_sessions, each, arg);
	for (struct mu_person *person = room->presence ? mu_presence_first(room->presence) : NULL, *next;
	     person; person = next) {
		next = person->hh.next;
		struct member *member = person->owner;
		if (member)
			each_in(member->sessions, each, arg);
	}
}

void session_free(struct session *session)
{
	struct room *room = session->room;
	struct member *member = session->person ? session->person->owner : NULL;

	if (session->opening)
		request_answer(session->opening, mu_fail(&session->opening->fault, MU_UNAVAILABLE, NULL),
			       NULL);
	mu_timer_cancel(&room->hub->wheel, &session->expiry);
	view_leave(session);
	topics_leave(session);
	json_decref(session->scope);
	free(session->subject);
	free(session->token_id);
	free(session->address);
	free(session->device_id);
	free(session->device_name);
	if (member)
		DL_DELETE(member->sessions, session);
	else
		DL_DELETE(room->key_sessions, session);
	HASH_DEL(room->hub->sessions, session);
	room->n_sessions--;
	mu_metrics_add(room->hub->metrics, MU_METRIC_SESSIONS, -1);
	free(session);
}

static void leave(struct session *session, enum mu_leave leave)
{
	struct room *room = session->room;

	mu_log(MU_LOG_DEBUG, "hub", "session closed", MU_KS("workspace", room->id),
	       MU_KS("subject", session->subject), MU_KS("session", session->id), MU_KI("how", leave));
	if (session->person)
		mu_presence_disconnect(room->presence, session->key, leave, room->hub->now);
	session_free(session);
	hub_dirty(room);
}

void session_end(struct session *session, int code, enum mu_leave how)
{
	struct mu_down *down = mu_down_create(MU_DOWN_CLOSE);

	if (down) {
		down->conn = session->conn;
		down->close.code = code;
		down->close.retry_after_ms = -1;
		hub_send_bye(session->room->hub, session->conn.edge, down);
	}
	topics_mute(session);
	leave(session, how);
}

/* 1000 is a goodbye that means it; 1001 is what a browser says when a page is left or reloaded. */
static enum mu_leave how_it_left(const struct mu_up *up)
{
	if (!up->closed.clean)
		return MU_LEAVE_LOST;
	return up->closed.code == MU_CLOSE_NORMAL ? MU_LEAVE_NOW : MU_LEAVE_CLEAN;
}

void session_closed(struct mu_hub *hub, const struct mu_up *up)
{
	struct session *session = session_find(hub, up->conn);

	if (session)
		leave(session, how_it_left(up));
	else
		room_forget_waiting(hub, up->conn);
}

enum mu_err session_topics(const struct session *session, struct mu_arena *arena, struct mu_strs *ret_names)
{
	const struct mu_workspace *ws = session->room->ws;
	const struct mu_user *user = session_user(session);
	const struct mu_key *key = session_key(session);

	if (user)
		return mu_user_topics(ws, user, arena, ret_names);
	return key ? mu_key_topics(ws, key, arena, ret_names) : MU_NOT_FOUND;
}

void session_rights(struct session *session)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_strs names = { 0 };
	struct mu_fault fault = { 0 };
	enum mu_err err;

	if (!session->live)
		return; /* rights are taken when it goes live */
	err = session_topics(session, &arena, &names);
	if (err || !names.n) {
		session_end(session, err == MU_NO_MEMORY ? MU_CLOSE_OVERLOADED : MU_CLOSE_DEACTIVATED,
			    MU_LEAVE_NOW);
		return;
	}
	const struct view *before = session->view;
	if (view_join(session, session->scope, &fault)) /* what it watched is not to be seen any more */
		view_leave(session);
	if (session->view != before)
		view_gap(session);
	topics_replace(session, &names);
}
