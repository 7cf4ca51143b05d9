/* The registry of sessions: finding them, ending them, and keeping what they hear in step with what they may
 * hear.
 * Invariant: a session is in its edge's table and in exactly one list (its person's, or the room's keys)
 * from open to free.
 * Thread: hub. */
#include "session.h"

#include "actor.h"
#include "dispatch.h"
#include "presence.h"
#include "request.h"
#include "room.h"
#include "share.h"
#include "telling.h"
#include "topics.h"
#include "turn.h"
#include "view.h"
#include "viewers.h"
#include "muster/base/log.h"
#include "muster/model/permission.h"
#include "muster/model/role.h"
#include "muster/wire/codec.h"

#include <string.h>
#include <utlist.h>

/* The place of a connection's session in its edge's table; NULL: beyond its end. */
static struct session **place_of(struct mu_hub *hub, struct mu_conn conn)
{
	struct outlet *outlet = conn.edge < hub->n_edges ? &hub->outlets[conn.edge] : NULL;

	return outlet && conn.slot < outlet->n_slots ? &outlet->sessions[conn.slot] : NULL;
}

struct session *session_find(struct mu_hub *hub, struct mu_conn conn)
{
	struct session **place = place_of(hub, conn);

	return place && *place && (*place)->conn.generation == conn.generation ? *place : NULL;
}

/* Room for a slot. An edge numbers them from 0 and gives them out again. */
static bool grow_places(struct outlet *outlet, uint32_t slot)
{
	size_t n = 2 * outlet->n_slots > slot ? 2 * outlet->n_slots : (size_t)slot + 1;
	struct session **sessions = realloc(outlet->sessions, n * sizeof(struct session *));

	if (!sessions)
		return false;
	memset(sessions + outlet->n_slots, 0, (n - outlet->n_slots) * sizeof(struct session *));
	outlet->sessions = sessions;
	outlet->n_slots = n;
	return true;
}

bool session_register(struct session *session)
{
	struct mu_hub *hub = session->room->hub;
	const struct mu_conn *conn = &session->conn;

	if (conn->edge >= hub->n_edges ||
	    (!place_of(hub, *conn) && !grow_places(&hub->outlets[conn->edge], conn->slot)))
		return false;
	*place_of(hub, *conn) = session;
	return true;
}

static void unregister(struct session *session)
{
	struct session **place = place_of(session->room->hub, session->conn);

	if (place && *place == session)
		*place = NULL;
}

bool session_identify(struct session *session, const struct mu_identity *identity)
{
	struct mu_hub *hub = session->room->hub;
	const char *const texts[] = { identity->subject, identity->token_id, identity->kid,
				      identity->viewer };
	char *copies[MU_COUNT(texts)];

	if (mu_texts_copy(texts, MU_COUNT(texts), copies))
		return false;
	free(session->subject);
	session->kind = identity->kind;
	session->by_password = identity->by_password;
	session->subject = copies[0];
	session->token_id = copies[1];
	session->kid = copies[2];
	session->viewer = copies[3];
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
	viewers_leave(&session->looker);
	topics_leave(session);
	mu_down_destroy(session->goodbye);
	json_decref(session->scope);
	free(session->subject);
	free(session->address);
	if (member)
		DL_DELETE(member->sessions, session);
	else
		DL_DELETE(room->key_sessions, session);
	unregister(session);
	room->n_sessions--;
	mu_metrics_add(room->hub->metrics, MU_METRIC_SESSIONS, -1);
	free(session);
}

static void leave(struct session *session, enum mu_leave leave)
{
	struct room *room = session->room;

	mu_log(MU_LOG_DEBUG, "hub", "session closed", MU_KS("workspace", room->id),
	       MU_KS("subject", session->subject), MU_KS("session", session->id), MU_KI("how", leave));
	share_exit(session, leave);
	session_free(session);
	dispatch_wake(room);
}

/* Fill in the goodbye, which is the caller's from now on; NULL: it was said. */
static struct mu_down *take_goodbye(struct session *session, int code)
{
	struct mu_down *down = session->goodbye;

	session->goodbye = NULL;
	if (!down)
		return NULL;
	down->conn = session->conn;
	down->close.code = code;
	down->close.retry_after_ms = -1;
	return down;
}

void session_cut(struct session *session, int code)
{
	struct mu_down *down = take_goodbye(session, code);

	if (down)
		hub_send(session->room->hub, session->conn.edge, down);
}

void session_end(struct session *session, int code, enum mu_leave how)
{
	struct mu_down *down;

	view_leave(session);
	topics_mute(session);
	down = take_goodbye(session, code);
	if (down)
		hub_send_bye(session->room->hub, session->conn.edge, down);
	leave(session, how);
}

static void send_back(struct session *session, void *arg)
{
	if (session->live)
		session_end(session, MU_CLOSE_RESYNC, MU_LEAVE_LOST);
}

void session_send_back(struct room *room)
{
	session_each(room, send_back, NULL);
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

enum mu_err session_gate(struct session *session, bool must_enroll)
{
	enum mu_err err = MU_OK;

	if (must_enroll)
		share_exit(session, MU_LEAVE_NOW);
	else
		err = share_enter(session);
	if (err)
		return err;
	session->must_enroll = must_enroll;
	dispatch_wake(session->room);
	return MU_OK;
}

/* Tell one session of its new rights: they are not those of all sessions of its person. */
static enum mu_err tell_rights(struct session *session, const struct mu_actor *actor, struct mu_arena *arena)
{
	struct room *room = session->room;
	struct mu_permissions_changed data = { .user = session->subject,
					       .roles = actor->user->roles,
					       .must_enroll = actor->must_enroll };
	const struct mu_event event = { .type = &mu_permissions_changed_type,
					.name = mu_permissions_changed_type.name,
					.at_ms = room->hub->now.wall_ms,
					.data = &data };
	struct mu_down *down = mu_down_create(MU_DOWN_SEND);
	enum mu_err err = mu_permission_keys(room->ws, actor->perms, arena, &data.permissions);

	if (!err)
		err = down ? event_encode(room, &event, MU_FORM_FULL, &down->send.frame) : MU_NO_MEMORY;
	if (err) {
		mu_down_destroy(down);
		return err;
	}
	down->conn = session->conn;
	down->send.class = MU_CLASS_DURABLE;
	hub_send(room->hub, session->conn.edge, down);
	return MU_OK;
}

/* Why a session without rights ends. */
static int end_code(const struct session *session, enum mu_err err)
{
	if (err == MU_NO_MEMORY)
		return MU_CLOSE_OVERLOADED;
	return session->kind == MU_IDENTITY_VIEW ? MU_CLOSE_REVOKED : MU_CLOSE_DEACTIVATED;
}

void session_rights(struct session *session)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_actor actor = { 0 };
	struct mu_strs names = { 0 };
	struct mu_fault fault = { 0 };

	if (!session->live)
		return; /* rights are taken when it goes live */
	enum mu_err err = actor_of_session(session, &actor);
	if (!err)
		err = actor_topics(session->room->ws, &actor, &arena, &names);
	const bool turned = !err && names.n && actor.must_enroll != session->must_enroll;
	if (turned)
		err = session_gate(session, actor.must_enroll);
	if (err || !names.n) {
		session_end(session, end_code(session, err),
			    err == MU_NO_MEMORY ? MU_LEAVE_LOST : MU_LEAVE_NOW);
		return;
	}
	viewers_check_session(session);
	const struct view *before = session->view;
	err = view_join(session, session->scope, &fault);
	if (err == MU_NO_MEMORY) {
		session_end(session, MU_CLOSE_OVERLOADED, MU_LEAVE_LOST);
		return;
	}
	if (err) /* what it watched is not to be seen any more */
		view_leave(session);
	if (session->view != before && !actor.must_enroll)
		view_gap(session);
	if (topics_replace(session, &names) && turned && tell_rights(session, &actor, &arena))
		session_end(session, MU_CLOSE_OVERLOADED, MU_LEAVE_LOST);
}
