/* Invitations run out by time: one timer per room, for the one that is next, says so in the log and to those
 * who manage people. What ran out while no hub was there is told when the room is read.
 * Invariant: an invitation is refused from its time on, whether this has been told or not; see
 * mu_invite_state.
 * Thread: hub. */
#include "invite.h"

#include "commit.h"
#include "pen.h"
#include "room.h"
#include "turn.h"
#include "muster/model/invite.h"

/* The wall clock may be set: look again now and then. */
#define LOOK_MS INT64_C(3600000)

static bool is_over(const struct room *room, const struct mu_invite *invite)
{
	return invite->state == MU_INVITE_PENDING && invite->expires_at_ms <= room->hub->now.wall_ms;
}

/* Whether all of it could be told. */
static bool tell_expired(struct room *room)
{
	for (struct mu_invite *invite = room->ws->invites, *next; invite; invite = next) {
		const struct mu_id_data data = { .id = invite->id };
		next = invite->hh.next;
		if (!is_over(room, invite))
			continue;
		if (!pen_take_turn(room))
			return false;
		commit_system(room, &mu_invite_expired, &data);
		if (room->state != ROOM_READY) /* memory ran out; it is read anew */
			return false;
	}
	return true;
}

void invite_settle(struct room *room)
{
	if (room->state == ROOM_READY && tell_expired(room))
		invite_watch(room);
}

void invite_due(struct mu_timer *timer, int64_t now_ms)
{
	invite_settle(MU_CONTAINER_OF(timer, struct room, invite_timer));
}

void invite_watch(struct room *room)
{
	struct mu_hub *hub = room->hub;
	int64_t next_ms = INT64_MAX;

	for (const struct mu_invite *invite = room->ws->invites; invite; invite = invite->hh.next)
		if (invite->state == MU_INVITE_PENDING && invite->expires_at_ms < next_ms)
			next_ms = invite->expires_at_ms;
	if (next_ms == INT64_MAX) {
		mu_timer_cancel(&hub->wheel, &room->invite_timer);
		return;
	}
	const int64_t wait_ms = next_ms - hub->now.wall_ms;
	mu_timer_set(&hub->wheel, &room->invite_timer,
		     hub->now.mono_ms + (wait_ms < LOOK_MS ? wait_ms : LOOK_MS));
}
