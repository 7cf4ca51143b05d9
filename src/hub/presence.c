/* Presence of a room: keeping the engine's people in step with the workspace, and sending what changed on a
 * short tick. The first change after a quiet time goes out at once; while changes keep coming they are
 * collected, so that a storm of arrivals costs each watcher a few frames.
 * Invariant: a person's encoded record and every view's snapshot are those of the last flush, and that is
 * what `version` names.
 * Thread: hub. */
#include "presence.h"

#include "commit.h"
#include "dispatch.h"
#include "pen.h"
#include "room.h"
#include "session.h"
#include "share.h"
#include "turn.h"
#include "view.h"
#include "muster/model/choice.h"

#include <string.h>

/* Whether the person is to be seen as the state has it, which may be ahead of what is durable: whoever is not
 * leaves with the commit that is under way. */
static bool is_here(const struct room *room, const struct mu_person *person)
{
	const struct mu_user *user = mu_workspace_user(room->ws, person->user);

	return user && user->active;
}

/* ---- people ---- */

void member_free(struct member *member)
{
	if (!member)
		return;
	mu_strs_clear(&member->teams);
	free(member->json);
	free(member);
}

static enum mu_err note_teams(struct member *member, const struct mu_user *user)
{
	mu_strs_clear(&member->teams);
	return mu_strs_clone(&user->teams, &member->teams);
}

static void remove_person(struct room *room, struct mu_person *person)
{
	struct member *member = person->owner;

	while (member->sessions)
		session_end(member->sessions, MU_CLOSE_DEACTIVATED, MU_LEAVE_NOW);
	share_person_gone(person);
	view_gone(room, person->user, &member->teams);
	note_forget(room, member);
	member_free(member);
	mu_presence_remove(room->presence, person->user);
}

static enum mu_err add_person(struct room *room, const struct mu_user *user, struct mu_person **ret_person)
{
	struct member *member = calloc(1, sizeof(*member));
	struct mu_chosen chosen;

	if (!member)
		return MU_NO_MEMORY;
	mu_user_chosen(room->ws, user, &chosen);
	enum mu_err err = note_teams(member, user);
	if (!err)
		err = mu_presence_add(room->presence, user->id, &chosen, user->choice.at_ms, room->hub->now,
				      ret_person);
	if (err) {
		member_free(member);
		return err;
	}
	member->person = *ret_person;
	(*ret_person)->owner = member;
	return MU_OK;
}

void presence_sync_user(struct room *room, const char *id)
{
	const struct mu_user *user = mu_workspace_user(room->ws, id);
	struct mu_person *person = mu_presence_find(room->presence, id);
	enum mu_err err = MU_OK;

	if (person && (!user || !user->active)) {
		remove_person(room, person);
		person = NULL;
	} else if (!person && user && user->active) {
		err = add_person(room, user, &person);
		presence_show(room, id);
		share_people(room);
	}
	if (person && !err)
		err = note_teams(person->owner, user);
	if (err) {
		room_reset(room, MU_UNAVAILABLE);
		return;
	}
	if (person) {
		mu_presence_set_open(room->presence, person,
				     mu_user_open(room->ws, user, room->hub->now.wall_ms), room->hub->now);
		mu_presence_touch(room->presence, person);
	}
	hub_dirty(room);
}

void presence_drop_user(struct room *room, const char *user)
{
	struct mu_person *person = mu_presence_find(room->presence, user);

	if (person)
		remove_person(room, person);
	hub_dirty(room);
}

void presence_show(struct room *room, const char *user)
{
	struct mu_person *person = mu_presence_find(room->presence, user);
	struct member *member = person ? person->owner : NULL;

	if (!member)
		return;
	member->unseen = true;
	mu_presence_touch(room->presence, person);
	hub_dirty(room);
}

void presence_touch(struct room *room, const char *user)
{
	struct mu_person *person = mu_presence_find(room->presence, user);

	if (!person)
		return;
	mu_presence_touch(room->presence, person);
	hub_dirty(room);
}

static struct mu_presence_times times_of(const struct room *room)
{
	const struct mu_config *config = room->hub->config;

	return (struct mu_presence_times){ .idle_after_ms = room->ws->idle_after_ms,
					   .reload_grace_ms = config->reload_grace_ms,
					   .linger_ms = config->linger_ms,
					   .background_ms = config->background_ms };
}

/* Who was shown as present when the last hub stopped gets the time to come back before anybody sees them
 * gone. */
static enum mu_err restore(struct room *room, const struct mu_user *user, struct mu_person *person)
{
	if (!user->shown)
		return MU_OK;
	return mu_presence_restore(room->presence, person, user->shown, user->shown_since_ms, room->hub->now);
}

static enum mu_err first_people(struct room *room)
{
	const struct mu_presence_times times = times_of(room);
	enum mu_err err = MU_OK;

	room->presence = mu_presence_create(&times, room->hub->now);
	if (!room->presence)
		return MU_NO_MEMORY;
	for (const struct mu_user *user = room->ws->users; !err && user; user = user->hh.next) {
		struct mu_person *person = NULL;
		if (!user->active)
			continue;
		err = add_person(room, user, &person);
		if (!err)
			err = restore(room, user, person);
	}
	share_people(room);
	return err;
}

/* The state was read anew: take out who is gone, put in who came, and what they chose. */
static void same_people(struct room *room)
{
	for (struct mu_person *person = mu_presence_first(room->presence), *next; person; person = next) {
		next = person->hh.next;
		if (!mu_workspace_user(room->ws, person->user))
			remove_person(room, person);
	}
	note_check_all(room);
	for (const struct mu_user *user = room->ws->users; user && room->state == ROOM_READY;
	     user = user->hh.next)
		presence_sync_user(room, user->id);
}

enum mu_err presence_start(struct room *room)
{
	enum mu_err err = MU_OK;

	if (room->presence)
		same_people(room);
	else
		err = first_people(room);
	if (!err)
		presence_settings(room);
	return err;
}

/* ---- settings and schedules ---- */

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t next_of(const struct mu_hours *hours, int64_t wall_ms)
{
	return hours ? mu_schedule_next_ms(hours->schedule, wall_ms) : INT64_MAX;
}

void presence_arm_schedule(struct room *room)
{
	struct mu_hub *hub = room->hub;
	int64_t next_ms = next_of(room->ws->hours, hub->now.wall_ms);

	if (room->state != ROOM_READY)
		return; /* the timer may be the one of the next reading */
	for (const struct mu_team *team = room->ws->teams; team; team = team->hh.next)
		next_ms = earlier(next_ms, next_of(team->hours, hub->now.wall_ms));
	if (next_ms == INT64_MAX)
		mu_timer_cancel(&hub->wheel, &room->schedule_timer);
	else
		mu_timer_set(&hub->wheel, &room->schedule_timer,
			     hub->now.mono_ms + next_ms - hub->now.wall_ms);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Choosing anew what was chosen already would count as a new choice. */
static bool same_choice(const struct mu_chosen *a, const struct mu_chosen *b)
{
	return same_text(a->status, b->status) && a->base == b->base && a->accepting == b->accepting &&
	       a->until_ms == b->until_ms && same_text(a->note, b->note);
}

void presence_settings(struct room *room)
{
	const struct mu_presence_times times = times_of(room);
	struct mu_now now = room->hub->now;

	mu_presence_set_times(room->presence, &times, now);
	for (struct mu_person *person = mu_presence_first(room->presence); person; person = person->hh.next) {
		const struct mu_user *user = mu_workspace_user(room->ws, person->user);
		struct mu_chosen chosen;
		if (!user)
			continue;
		mu_user_chosen(room->ws, user, &chosen);
		if (note_teams(person->owner, user) ||
		    (!same_choice(&chosen, &person->chosen) &&
		     mu_presence_choose(room->presence, person, &chosen, now))) {
			room_reset(room, MU_UNAVAILABLE);
			return;
		}
		mu_presence_set_open(room->presence, person, mu_user_open(room->ws, user, now.wall_ms), now);
	}
	presence_arm_schedule(room);
	hub_dirty(room);
}

/* ---- the tick ---- */

/* When a choice is over as the state has it, which may be ahead of what the engine knows, or behind: that
 * goes by the clocks of all nodes. INT64_MAX: never. */
static int64_t over_ms(const struct room *room, const struct mu_person *person)
{
	const struct mu_user *user = mu_workspace_user(room->ws, person->user);

	return user && user->active && user->choice.until_ms ? user->choice.until_ms : INT64_MAX;
}

/* A choice whose time is over: the person is available again, durably, so that every node and the history
 * agree. When to look again. */
static int64_t return_expired(struct room *room)
{
	const struct mu_now now = room->hub->now;
	int64_t next_ms = INT64_MAX;

	for (struct mu_person *person = mu_presence_expired(room->presence); person;
	     person = person->next_expired) {
		const struct mu_presence_chosen data = { .user = person->user,
							 .status = (char *)mu_base_status_names[MU_AVAILABLE],
							 .cause = MU_CAUSE_EXPIRY };
		const int64_t until_ms = over_ms(room, person);
		if (until_ms == INT64_MAX)
			continue;
		const int64_t wait_ms = until_ms + note_turn_ms(room, person->owner) - now.wall_ms;
		if (wait_ms > 0 && now.mono_ms + wait_ms < next_ms)
			next_ms = now.mono_ms + wait_ms;
		if (wait_ms <= 0 && dispatch_rests(room))
			next_ms = earlier(next_ms, room->own_from_mono_ms);
		else if (wait_ms <= 0 && pen_take(room))
			commit_system(room, &mu_presence_chosen_type, &data);
		if (room->state != ROOM_READY)
			break;
	}
	return next_ms;
}

/* Collect who changed. */
static size_t take_changed(struct room *room, struct mu_person **changed)
{
	struct mu_person *person;
	struct mu_effective before;
	size_t n = 0;

	while ((person = mu_presence_take_changed(room->presence, &before))) {
		if (!is_here(room, person))
			continue;
		if (presence_renew(room, person))
			changed[n++] = person;
		note_check(room, person, false);
	}
	return n;
}

static bool anything_down(const struct room *room)
{
	for (const struct view *view = room->views; view; view = view->hh.next)
		if (view->down.n || view->torn)
			return true;
	return false;
}

static bool anything_torn(const struct room *room)
{
	for (const struct view *view = room->views; view; view = view->hh.next)
		if (view->torn)
			return true;
	return false;
}

/* False when memory is out: not everything is told. */
static bool send_changes(struct room *room)
{
	AUTO_FREE struct mu_person **changed =
		malloc((mu_presence_count(room->presence) + 1) * sizeof(struct mu_person *));
	size_t n = changed ? take_changed(room, changed) : 0;

	if (n)
		dispatch_wake(room);
	if (!n && !anything_down(room))
		return changed;
	room->version++;
	room->flushed_mono_ms = room->hub->now.mono_ms;
	mu_metrics_add(room->hub->metrics, MU_METRIC_PRESENCE_CHANGES_TOTAL, (int64_t)n);
	for (struct view *view = room->views; view; view = view->hh.next)
		view_diff(room, view, changed, n);
	return changed && !anything_torn(room);
}

void presence_flush(struct room *room)
{
	struct mu_hub *hub = room->hub;
	int64_t due_ms = room->flushed_mono_ms + hub->config->presence_tick_ms, expiry_ms, next_ms;

	if (room->state != ROOM_READY)
		return;
	mu_presence_advance(room->presence, hub->now);
	expiry_ms = return_expired(room);
	if (room->state != ROOM_READY)
		return;
	if (hub->now.mono_ms >= due_ms) {
		const bool all = send_changes(room);
		next_ms = mu_presence_next_ms(room->presence, hub->now.mono_ms);
		due_ms = next_ms < 0 ? INT64_MAX : hub->now.mono_ms + next_ms;
		if (!all)
			due_ms = earlier(due_ms, hub->now.mono_ms + hub->config->presence_tick_ms);
	}
	due_ms = earlier(earlier(due_ms, expiry_ms), notes_flush(room));
	if (due_ms == INT64_MAX)
		mu_timer_cancel(&hub->wheel, &room->presence_timer);
	else
		mu_timer_set(&hub->wheel, &room->presence_timer, due_ms);
}
