/* Ending the views of who sees the workspace as somebody else, when their time or their reason is gone.
 * Invariant: no view outlives what has ended it: its end goes to the log in the same batch; and one that
 * ended while no hub was there is noted as soon as the workspace is read. Thread: hub. */
#include "viewing.h"

#include "commit.h"
#include "pen.h"
#include "room.h"
#include "turn.h"
#include "muster/model/view_as.h"

static struct mu_viewing *first_over(const struct room *room, enum mu_view_end *ret_reason)
{
	for (struct mu_viewing *viewing = room->ws->viewings; viewing; viewing = viewing->hh.next)
		if (mu_viewing_over(room->ws, viewing, room->hub->now.wall_ms, ret_reason))
			return viewing;
	return NULL;
}

static void arm(struct room *room)
{
	struct mu_hub *hub = room->hub;
	int64_t next_ms = INT64_MAX;

	for (const struct mu_viewing *viewing = room->ws->viewings; viewing; viewing = viewing->hh.next)
		if (viewing->expires_at_ms < next_ms)
			next_ms = viewing->expires_at_ms;
	if (next_ms == INT64_MAX)
		mu_timer_cancel(&hub->wheel, &room->viewing_timer);
	else
		mu_timer_set(&hub->wheel, &room->viewing_timer,
			     hub->now.mono_ms + next_ms - hub->now.wall_ms);
}

void viewing_settle(struct room *room)
{
	struct mu_viewing *viewing;
	enum mu_view_end reason;

	while (room->state == ROOM_READY && (viewing = first_over(room, &reason))) {
		if (!pen_take_turn(room))
			return;
		const struct mu_view_as_stopped data = mu_viewing_stopped(viewing, reason);
		commit_system(room, &mu_view_as_stopped_type, &data);
	}
	if (room->state == ROOM_READY)
		arm(room);
}

void viewing_due(struct mu_timer *timer, int64_t now_ms)
{
	viewing_settle(MU_CONTAINER_OF(timer, struct room, viewing_timer));
}
