/* Notes: the log is to have what people are seen as (presence.changed), once for each time that it changes,
 * whichever node writes it. What is to be noted isn't kept, it follows: the last note of a person is in the
 * state, what others were told last is in the presence engine, and wherever the two differ a note is due. So
 * none is lost with a commit that failed, and none is written twice when two nodes see the same; a change
 * that was followed by another before it could be noted leaves none of its own.
 *
 * The node that has the person notes at once; the others wait whether it does. When somebody else notes what
 * isn't seen here, one of the two will learn soon what the other knows: that is waited for, so that two nodes
 * never overwrite each other's notes as fast as they can. While nothing is heard of the others, only what
 * happened here is noted.
 *
 * Invariant: a member is in the room's list exactly while their state and what they were last told as differ.
 * Thread: hub. */
#include "presence.h"

#include "cluster.h"
#include "commit.h"
#include "dispatch.h"
#include "origin.h"
#include "pen.h"
#include "room.h"
#include "session.h"
#include "turn.h"
#include "muster/model/choice.h"

#include <string.h>
#include <utlist.h>

/* How long others wait for the node that has the person, and each of them for those before it. */
#define OTHERS_MS 1000
/* How long to be of another opinion than the last note. */
#define DOUBT_MS 5000

static const char *noted_status(const struct mu_user *user)
{
	return user->shown ? user->shown : mu_base_status_names[MU_OFFLINE];
}

/* Also if the workspace gave the status another meaning. */
static bool is_due(const struct mu_user *user, const struct mu_person *person)
{
	return user && user->active &&
	       (strcmp(noted_status(user), person->before.status) != 0 ||
		(user->shown_base &&
		 strcmp(user->shown_base, mu_base_status_names[person->before.base]) != 0));
}

/* Who was never here is gone since somebody looked: another node has noted them, and told nothing else. */
static int64_t since_of(const struct room *room, const struct mu_person *person)
{
	return person->before_since_wall_ms ? person->before_since_wall_ms : room->hub->now.wall_ms;
}

static void note(struct room *room, const struct mu_user *user, const struct mu_person *person)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	const struct member *member = person->owner;
	const struct mu_presence_changed data = { .user = person->user,
						  .from = (char *)noted_status(user),
						  .to = (char *)person->before.status,
						  .base = (char *)mu_base_status_names[person->before.base],
						  .cause = (int)person->before.cause,
						  .since = since_of(room, person) };
	const bool came = data.cause == MU_CAUSE_CONNECT && member->sessions;

	commit_system_at(room, &mu_presence_changed_type, &data, MU_ACTOR_SYSTEM,
			 came ? origin_session(member->sessions, &arena) : NULL);
}

/* ---- when ---- */

static bool is_ours(const struct member *member)
{
	return member->sessions || member->ours;
}

int64_t note_turn_ms(const struct room *room, const struct member *member)
{
	const struct mu_hub *hub = room->hub;

	return cluster_alone(hub) || is_ours(member) ? 0 : (int64_t)(cluster_rank(hub) + 1) * OTHERS_MS;
}

static int64_t due_ms(const struct room *room, const struct member *member, bool doubted)
{
	const struct mu_hub *hub = room->hub;

	if (!hub->cluster)
		return hub->now.mono_ms;
	if (!cluster_reaches(room) && (doubted || !is_ours(member)))
		return INT64_MAX;
	if (doubted && !cluster_alone(hub))
		return hub->now.mono_ms + DOUBT_MS + note_turn_ms(room, member);
	return hub->now.mono_ms + note_turn_ms(room, member);
}

void note_forget(struct room *room, struct member *member)
{
	if (member->unnoted)
		DL_DELETE2(room->unnoted, member, prev_unnoted, next_unnoted);
	member->unnoted = false;
}

void note_check(struct room *room, struct mu_person *person, bool doubted)
{
	struct member *member = person->owner;

	if (!is_due(mu_workspace_user(room->ws, person->user), person)) {
		note_forget(room, member);
		return;
	}
	if (member->unnoted)
		return;
	member->unnoted = true;
	member->note_mono_ms = due_ms(room, member, doubted);
	DL_APPEND2(room->unnoted, member, prev_unnoted, next_unnoted);
	hub_dirty(room);
}

void note_check_all(struct room *room)
{
	for (struct mu_person *person = mu_presence_first(room->presence); person; person = person->hh.next)
		note_check(room, person, false);
}

void note_reach(struct room *room)
{
	struct member *member;

	DL_FOREACH2(room->unnoted, member, next_unnoted)
	if (member->note_mono_ms == INT64_MAX)
		member->note_mono_ms = due_ms(room, member, true);
	hub_dirty(room);
}

void note_heard(struct room *room, const struct mu_presence_changed *data)
{
	struct mu_person *person = mu_presence_find(room->presence, data->user);

	if (!person)
		return;
	/* Who was there before this node started may have left since then before the eyes of others. */
	if (data->base && !strcmp(data->base, mu_base_status_names[MU_OFFLINE]))
		mu_presence_forget_restored(room->presence, person, room->hub->now);
	if (!strcmp(person->shown.status, data->to))
		mu_presence_date(room->presence, person, data->since);
	note_check(room, person, true);
}

/* ---- the tick ---- */

int64_t notes_flush(struct room *room)
{
	struct member *member, *next;
	int64_t next_ms = INT64_MAX;

	DL_FOREACH_SAFE2(room->unnoted, member, next, next_unnoted)
	{
		if (member->note_mono_ms > room->hub->now.mono_ms) {
			if (member->note_mono_ms < next_ms)
				next_ms = member->note_mono_ms;
			continue;
		}
		const struct mu_person *person = member->person;
		const struct mu_user *user = mu_workspace_user(room->ws, person->user);
		if (!is_due(user, person)) {
			note_forget(room, member);
		} else if (dispatch_rests(room)) {
			if (room->own_from_mono_ms < next_ms)
				next_ms = room->own_from_mono_ms;
		} else if (pen_take(room)) {
			note(room, user, person);
			if (room->state != ROOM_READY)
				break;
			note_forget(room, member);
		}
	}
	return next_ms;
}
