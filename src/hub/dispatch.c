/* The dispatcher of a room: at the end of a turn it asks routing (model/routing.h) for what is to be done,
 * until nothing is, and makes each an event of the system in the same group commit; then it notes whose load
 * has changed. It is woken by what happens and by one timer for what time alone brings; it never looks
 * around.
 *
 * A batch takes so many events of it and no more. What is left goes on when that batch is durable, so that
 * people's own commands are never far behind.
 *
 * Invariant: what it decides on is the state with all that is applied, and presence as the log has it: nobody
 * is given work whom the log doesn't show as accepting it at that moment. It keeps nothing of its own: after
 * a restart, a batch that failed or a race that was lost it goes on from the state.
 * Thread: hub. */
#include "dispatch.h"

#include "commit.h"
#include "pen.h"
#include "presence.h"
#include "room.h"
#include "turn.h"
#include "muster/model/capacity.h"
#include "muster/model/routing.h"

#include <string.h>

#define EVENTS_PER_BATCH 512
#define PAUSE_MS 500
/* The wall clock may be set: look again now and then. */
#define LOOK_MS INT64_C(3600000)

/* Changes after which somebody may take what they couldn't before. */
#define WAKING                                                                                               \
	(MU_EFFECT_ROUTING | MU_EFFECT_USER | MU_EFFECT_EVERYBODY | MU_EFFECT_SETTINGS | MU_EFFECT_CHOICE |  \
	 MU_EFFECT_TEAM | MU_EFFECT_ROLE | MU_EFFECT_GONE)

void dispatch_wake(struct room *room)
{
	room->routing = true;
	hub_dirty(room);
}

void dispatch_happened(struct room *room, const struct mu_event_type *type)
{
	if (type->effects & WAKING)
		room->routing = true;
}

/* ---- who is there ---- */

/* Business hours are asked for besides presence, which learns of new ones only once they are durable. */
static bool is_there(void *arg, const struct mu_user *user)
{
	const struct room *room = arg;
	const struct mu_person *person = mu_presence_find(room->presence, user->id);
	const char *noted = user->shown ? user->shown : mu_base_status_names[MU_OFFLINE];

	return person && person->shown.accepting && !strcmp(person->shown.status, noted) &&
	       mu_presence_attended(person) && mu_user_open(room->ws, user, room->hub->now.wall_ms);
}

/* ---- time ---- */

void dispatch_due(struct mu_timer *timer, int64_t now_ms)
{
	dispatch_wake(MU_CONTAINER_OF(timer, struct room, routing_timer));
}

static void arm(struct room *room)
{
	struct mu_hub *hub = room->hub;
	const int64_t due_ms = mu_routing_due_ms(room->ws), wait_ms = due_ms - hub->now.wall_ms;

	if (due_ms == INT64_MAX)
		mu_timer_cancel(&hub->wheel, &room->routing_timer);
	else
		mu_timer_set(&hub->wheel, &room->routing_timer,
			     hub->now.mono_ms + (wait_ms < LOOK_MS ? wait_ms : LOOK_MS));
}

/* ---- the end of the turn ---- */

static bool batch_full(const struct room *room)
{
	return room->pending && room->pending->n >= EVENTS_PER_BATCH;
}

/* One thing that is to be done; false: there is none, or the room is read anew. */
static bool route_one(struct room *room, struct mu_crew *crew)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_move move = { 0 };

	if (mu_routing_next(room->ws, crew, room->hub->now.wall_ms, &arena, &move)) {
		room_reset(room, MU_UNAVAILABLE);
		return false;
	}
	if (!move.type) {
		room->routing = false;
		arm(room);
		return false;
	}
	if (!pen_take_turn(room)) {
		room->routing = false; /* until it comes */
		return false;
	}
	commit_system(room, move.type, &move.data);
	return room->state == ROOM_READY;
}

static void route(struct room *room)
{
	struct mu_crew crew = { .there = is_there, .arg = room };

	while (!batch_full(room) && route_one(room, &crew))
		;
}

static void note_load(struct room *room, const struct mu_user *user)
{
	const struct mu_capacity_event data = { .user = user->id,
						.load = user->load,
						.capacity = user->capacity };
	const bool full = mu_user_full(user), turned = full != user->noted_full;

	if (user->load != user->noted_load)
		commit_system(room, &mu_load_changed, &data);
	if (turned && room->state == ROOM_READY)
		commit_system(room, full ? &mu_capacity_reached : &mu_capacity_freed, &data);
}

/* What a load came to is noted once per batch, when that goes out. */
static void note_loads(struct room *room)
{
	while (room->state == ROOM_READY && room->ws->unnoted && pen_take_turn(room))
		note_load(room, room->ws->unnoted);
}

void dispatch_pause(struct room *room)
{
	room->own_from_mono_ms = room->hub->now.mono_ms + PAUSE_MS;
}

bool dispatch_rests(const struct room *room)
{
	return !room->pending && room->own_from_mono_ms > room->hub->now.mono_ms;
}

void dispatch_run(struct room *room)
{
	if (room->hub->now.mono_ms < room->own_from_mono_ms) {
		mu_timer_set(&room->hub->wheel, &room->routing_timer, room->own_from_mono_ms);
		return;
	}
	if (room->state == ROOM_READY && room->routing)
		route(room);
	if (room->state == ROOM_READY && !room->inflight)
		note_loads(room);
}
