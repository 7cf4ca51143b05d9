/* What waits, told live: whoever may see a queue hears what it looks like now, at most once per tick however
 * much happens in it. It isn't kept in the log: who comes asks with queue.list.
 * Invariant: an inbox is marked as news exactly from a change until it is told.
 * Thread: hub. */
#include "queues.h"

#include "commit.h"
#include "room.h"
#include "telling.h"
#include "topics.h"
#include "turn.h"
#include "muster/api/api.h"
#include "muster/model/conversation.h"

#include <string.h>

#define ITEMS_TOLD 100

void queues_wake(struct room *room)
{
	room->queues_news = true;
	hub_dirty(room);
}

void queues_loaded(struct room *room)
{
	room->ws->inbox.waiting.news = true;
	for (struct mu_team *team = room->ws->teams; team; team = team->hh.next)
		team->inbox.waiting.news = true;
	queues_wake(room);
}

void queues_due(struct mu_timer *timer, int64_t now_ms)
{
	hub_dirty(MU_CONTAINER_OF(timer, struct room, queues_timer));
}

/* ---- telling ---- */

/* What waits longest: the first of a priority waits longer than the others of it. */
static int64_t oldest(const struct mu_waiting *waiting)
{
	int64_t oldest_ms = 0;

	for (size_t i = 0; i < MU_COUNT(waiting->first); i++) {
		const struct mu_conversation *first = waiting->first[i];
		if (first && (!oldest_ms || first->record.queued_at < oldest_ms))
			oldest_ms = first->record.queued_at;
	}
	return oldest_ms;
}

static void write_queue(const struct mu_inbox *inbox, const char *team, struct mu_buf *out)
{
	const struct mu_conversation *each = mu_waiting_first(inbox);

	mu_buf_str(out, "{\"team\":");
	mu_json_string(out, team);
	mu_buf_printf(out, ",\"waiting\":%zu,\"oldest\":", inbox->waiting.n);
	mu_json_time(out, oldest(&inbox->waiting));
	mu_buf_printf(out, ",\"passed\":%zu,\"items\":[", inbox->waiting.n_passed);
	for (size_t i = 1; each && i <= ITEMS_TOLD; i++, each = mu_waiting_next(each)) {
		mu_json_comma(out);
		mu_buf_char(out, '{');
		mu_write_waiting(each, i, out);
		mu_buf_char(out, '}');
	}
	mu_buf_str(out, "]}");
}

static void tell(struct room *room, const struct mu_inbox *inbox, const char *team, const char *audience)
{
	const struct mu_event event = { .name = "queue.changed", .at_ms = room->hub->now.wall_ms };
	AUTO_BUF struct mu_buf data = { 0 };
	AUTO_FRAME struct mu_frame *frame = NULL;

	write_queue(inbox, team, &data);
	/* Without the frame it is told with the next change. */
	if (!mu_buf_error(&data) && !event_frame(room, &event, mu_buf_text(&data), &frame))
		topics_cast(room, &(struct telling){ .full = frame, .audience = audience },
			    MU_CLASS_EPHEMERAL, false);
}

#define SEE_ALL "may/queue.view:all"
#define SEE_TEAM "may/queue.view:team"

static void tell_team(struct room *room, const struct mu_team *team)
{
	char own[sizeof("team//" SEE_TEAM) + MU_ID_MAX], audience[sizeof(own) + sizeof(SEE_ALL)];

	snprintf(own, sizeof(own), "team/%s/" SEE_TEAM, team->id);
	snprintf(audience, sizeof(audience), "%s\n" SEE_ALL, own);
	if (topics_heard(room, own) || topics_heard(room, SEE_ALL))
		tell(room, &team->inbox, team->id, audience);
}

static bool take_news(struct mu_inbox *inbox)
{
	const bool news = inbox->waiting.news;

	inbox->waiting.news = false;
	return news;
}

static void tell_all(struct room *room)
{
	struct mu_workspace *ws = room->ws;

	/* Whoever sees all queues holds the narrower permission as well. */
	if (take_news(&ws->inbox) && topics_heard(room, SEE_TEAM))
		tell(room, &ws->inbox, NULL, SEE_TEAM);
	for (struct mu_team *team = ws->teams; team; team = team->hh.next)
		if (take_news(&team->inbox))
			tell_team(room, team);
}

void queues_flush(struct room *room)
{
	struct mu_hub *hub = room->hub;
	const int64_t due_ms = room->queues_told_mono_ms + hub->config->presence_tick_ms;

	if (room->state != ROOM_READY || !room->queues_news)
		return;
	if (hub->now.mono_ms < due_ms) {
		mu_timer_set(&hub->wheel, &room->queues_timer, due_ms);
		return;
	}
	room->queues_news = false;
	room->queues_told_mono_ms = hub->now.mono_ms;
	tell_all(room);
}
