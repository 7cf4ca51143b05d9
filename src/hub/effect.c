/* What a durable event changes outside the state: sessions' rights, presence, keys.
 * Runs before the event is told, so that nobody hears it whom it has just shut out, and before the next
 * event, so that nothing leaks after it.
 * Thread: hub. */
#include "effect.h"

#include "dispatch.h"
#include "invite.h"
#include "presence.h"
#include "queues.h"
#include "room.h"
#include "session.h"
#include "share.h"
#include "topics.h"
#include "turn.h"
#include "view.h"
#include "viewers.h"
#include "muster/model/choice.h"
#include "muster/model/conversation.h"
#include "muster/model/revocation.h"
#include "muster/model/said.h"
#include "muster/model/team.h"
#include "muster/wire/json.h"

#include <stdio.h>
#include <string.h>

static void rights(struct session *session, void *arg)
{
	session_rights(session);
}

/* Who views as somebody is in none of that person's lists, and may be shut out by what happens to others. */
static void view_effect(struct room *room)
{
	for (struct session *session = room->key_sessions, *next; session; session = next) {
		next = session->next;
		if (session->kind == MU_IDENTITY_VIEW)
			session_rights(session);
	}
}

static void user_effect(struct room *room, const char *user)
{
	presence_sync_user(room, user);
	for (struct session *session = session_first(room, user), *next; session; session = next) {
		next = session->next;
		session_rights(session);
	}
}

/* Who follows a list of people with this one in it may see others of them now than before. */
static void look_again(struct session *session, void *arg)
{
	const char *user = arg;
	const json_t *list = json_object_get(session->scope, "users");

	for (size_t i = 0; i < json_array_size(list); i++)
		if (!strcmp(user, json_string_value(json_array_get(list, i)))) {
			session_rights(session);
			return;
		}
}

static void team_effect(struct room *room, const struct mu_event *event)
{
	const struct mu_team_member *member = event->data;

	if (event->type == &mu_team_member_removed)
		view_left_team(room, member->user, member->team);
	else
		presence_show(room, member->user);
	presence_arm_schedule(room);
}

static void rights_of_holder(struct session *session, void *arg)
{
	if (topics_holds(session, arg))
		session_rights(session);
}

/* Who holds a role is who hears it: the state may be ahead of this event, what a session hears is not. */
static void role_effect(struct room *room, const char *role)
{
	char name[MU_ID_MAX + 8];

	snprintf(name, sizeof(name), "role/%s", role);
	session_each(room, rights_of_holder, name);
}

static void end_if_revoked(struct session *session, void *arg)
{
	const struct mu_session_revoked *revoked = arg;

	if (session->kind != MU_IDENTITY_USER || strcmp(session->subject, revoked->user))
		return;
	if ((!revoked->session && !revoked->token) ||
	    (revoked->session && !strcmp(session->id, revoked->session)) ||
	    (revoked->token && *revoked->token && !strcmp(session->token_id, revoked->token)))
		session_end(session, MU_CLOSE_REVOKED, MU_LEAVE_NOW);
}

static void end_if_key_gone(struct session *session, void *arg)
{
	const char *key = session->kind == MU_IDENTITY_KEY ? session->subject : session->kid;

	if (*key && !mu_workspace_key(session->room->ws, key))
		session_end(session, MU_CLOSE_REVOKED, MU_LEAVE_NOW);
}

/* The choice's own time dates what it shows: it is the same at all nodes, so that none must correct its own
 * later. */
static void choice_effect(struct room *room, const char *user, int64_t at_ms)
{
	struct mu_person *person = mu_presence_find(room->presence, user);
	const struct mu_user *record = mu_workspace_user(room->ws, user);
	struct mu_chosen chosen;

	if (!person || !record)
		return;
	mu_user_chosen(room->ws, record, &chosen);
	const int64_t since_ms = person->since_wall_ms;
	if (mu_presence_choose(room->presence, person, &chosen, room->hub->now))
		room_reset(room, MU_UNAVAILABLE);
	else if (person->since_wall_ms != since_ms && person->since_wall_ms == room->hub->now.wall_ms)
		mu_presence_date(room->presence, person, at_ms);
	hub_dirty(room);
}

void effect_run(struct room *room, const struct mu_event *event)
{
	unsigned effects = event->type->effects;
	const char *subject = mu_event_subject(event->type, event->data);

	if (effects & (MU_EFFECT_USER | MU_EFFECT_ROLE | MU_EFFECT_GONE | MU_EFFECT_REVOKED | MU_EFFECT_KEYS |
		       MU_EFFECT_VIEWING))
		view_effect(room);
	if (effects & MU_EFFECT_GONE)
		presence_drop_user(room, subject);
	if (effects & MU_EFFECT_USER)
		user_effect(room, subject);
	if (effects & MU_EFFECT_TEAM)
		team_effect(room, event);
	if (effects & MU_EFFECT_ROLE)
		role_effect(room, *(char *const *)event->data);
	if (effects & MU_EFFECT_LISTS)
		session_each(room, look_again, (void *)subject);
	if (effects & MU_EFFECT_EVERYBODY)
		session_each(room, rights, NULL);
	if (effects &
	    (MU_EFFECT_SETTINGS | MU_EFFECT_EVERYBODY)) /* a team that is gone takes its hours along */
		presence_settings(room);
	if (effects & MU_EFFECT_KEYS) {
		room_send_keys(room->hub, room->id, -1, MU_OK);
		session_each(room, end_if_key_gone, NULL);
	}
	if (event->type == &mu_presence_changed_type)
		note_heard(room, event->data);
	if (event->type == &mu_said_type)
		share_logged(room, event->data);
	if (effects & MU_EFFECT_CHOICE)
		choice_effect(room, subject, event->at_ms);
	if (effects & MU_EFFECT_SIGHT)
		viewers_check(room, ((const struct mu_conversation_event *)event->data)->conversation);
	if (effects & MU_EFFECT_INVITES)
		invite_watch(room);
	if (effects & MU_EFFECT_REVOKED)
		session_each(room, end_if_revoked, event->data);
	if (effects & MU_EFFECT_LOAD)
		presence_touch(room, subject);
	if (effects & MU_EFFECT_ROUTING)
		queues_wake(room);
	dispatch_happened(room, event->type);
}
