/* Presence of a room: keeping the engine's people in step with the workspace, and sending what changed on a
 * short tick. The first change after a quiet time goes out at once; while changes keep coming they are
 * collected, so that a storm of arrivals costs each watcher a few frames.
 * Invariant: a person's encoded record and every view's snapshot are those of the last flush, and that is
 * what `version` names. Thread: hub. */
#include "presence.h"

#include "commit.h"
#include "origin.h"
#include "room.h"
#include "session.h"
#include "turn.h"
#include "view.h"
#include "muster/model/choice.h"

#include <string.h>

/* A person has a few devices; a program that makes them up by the hundred shall not make everybody's records
 * grow. */
#define DEVICES_SHOWN 8

static void write_devices(const struct mu_person *person, struct mu_buf *out)
{
	const struct mu_device *device = mu_presence_devices_visible(person) ? person->devices : NULL;

	mu_buf_str(out, ",\"devices\":[");
	for (size_t n = 0; device && n < DEVICES_SHOWN; n++, device = device->next) {
		mu_json_comma(out);
		mu_buf_printf(out, "{\"kind\":\"%s\",\"state\":\"%s\"}", mu_device_kind_names[device->kind],
			      mu_activity_names[device->activity]);
	}
	mu_buf_char(out, ']');
}

/* What people see of a person whom they, or the person themself, look at. Who appears offline looks to others
 * like somebody who left when they chose to, by whatever name they call it, and nothing that they do from
 * then on shows; so nobody who is shown as offline has a note. */
struct look {
	const char *status, *note;
	enum mu_cause cause;
	int64_t until_ms, last_seen_ms;
};

static struct look look_of(const struct mu_person *person, bool own)
{
	const struct mu_effective *shown = &person->shown;

	if (!own && shown->base == MU_OFFLINE)
		return (struct look){ .status = mu_base_status_names[MU_OFFLINE],
				      .cause = MU_CAUSE_DISCONNECT,
				      .last_seen_ms = person->told_seen_wall_ms };
	return (struct look){ .status = shown->status,
			      .note = person->chosen.note,
			      .cause = shown->cause,
			      .until_ms = person->chosen.until_ms,
			      .last_seen_ms = own ? person->last_seen_wall_ms : person->told_seen_wall_ms };
}

const char *presence_status(const struct mu_person *person, bool own)
{
	return look_of(person, own).status;
}

void presence_write_choice(const struct mu_person *person, struct mu_buf *out)
{
	mu_buf_str(out, "{\"status\":");
	mu_json_string(out, person->chosen.status);
	mu_buf_str(out, ",\"note\":");
	mu_json_string(out, person->chosen.note);
	mu_buf_str(out, ",\"until\":");
	mu_json_time(out, person->chosen.until_ms);
	mu_buf_char(out, '}');
}

/* Stands last in a record: that somebody was seen again is no news as long as they are there. */
#define LAST_SEEN ",\"last_seen\":"

void presence_write(struct room *room, const struct mu_person *person, bool own, struct mu_buf *out)
{
	const struct mu_user *user = mu_workspace_user(room->ws, person->user);
	const struct mu_effective *shown = &person->shown;
	const struct look look = look_of(person, own);

	mu_buf_str(out, "{\"user\":");
	mu_json_string(out, person->user);
	mu_buf_str(out, ",\"name\":");
	mu_json_string(out, user ? user->name : "");
	mu_buf_str(out, ",\"status\":");
	mu_json_string(out, look.status);
	mu_buf_printf(out, ",\"base\":\"%s\",\"since\":", mu_base_status_names[shown->base]);
	mu_json_time(out, person->since_wall_ms);
	mu_buf_printf(out, ",\"cause\":\"%s\",\"note\":", mu_cause_names[look.cause]);
	mu_json_string(out, look.note);
	mu_buf_str(out, ",\"until\":");
	mu_json_time(out, look.until_ms);
	write_devices(person, out);
	if (own) {
		mu_buf_str(out, ",\"chosen\":");
		presence_write_choice(person, out);
	}
	mu_buf_printf(out, ",\"load\":0,\"capacity\":%lld,\"accepting\":%s%s" LAST_SEEN,
		      (long long)(user ? user->capacity : 0), shown->accepting ? "true" : "false",
		      shown->reachable_mobile ? ",\"reachable\":\"mobile\"" : "");
	mu_json_time(out, look.last_seen_ms);
	mu_buf_char(out, '}');
}

const char *presence_json(struct room *room, struct mu_person *person)
{
	struct member *member = person->owner;
	AUTO_BUF struct mu_buf out = { 0 };

	if (!member->json) {
		presence_write(room, person, false, &out);
		member->json = mu_buf_take(&out);
	}
	return member->json ? member->json : "{}";
}

static size_t news_length(const char *json)
{
	const char *end = strstr(json, LAST_SEEN);

	return end ? (size_t)(end - json) : strlen(json);
}

/* Encode the person anew; whether there is news in it for others. */
static bool refresh_json(struct room *room, struct mu_person *person)
{
	struct member *member = person->owner;
	AUTO_FREE char *before = member->json;

	member->json = NULL;
	const char *now = presence_json(room, person);
	if (member->unseen) {
		member->unseen = false;
		return true;
	}
	return !before || news_length(before) != news_length(now) ||
	       strncmp(before, now, news_length(now)) != 0;
}

/* Whether the person is to be seen as the state has it, which may be ahead of what is durable: whoever is not
 * leaves with the commit that is under way. */
static bool is_here(const struct room *room, const struct mu_person *person)
{
	const struct mu_user *user = mu_workspace_user(room->ws, person->user);

	return user && user->active;
}

static void note_transition(struct room *room, const struct mu_person *person, const char *from)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	const struct member *member = person->owner;
	const struct mu_presence_changed data = { .user = person->user,
						  .from = (char *)from,
						  .to = (char *)person->shown.status,
						  .cause = (int)person->shown.cause,
						  .since = person->since_wall_ms };
	const bool came = data.cause == MU_CAUSE_CONNECT && member && member->sessions;

	commit_system_at(room, &mu_presence_changed_type, &data, "{\"system\":true}",
			 came ? origin_session(member->sessions, &arena) : NULL);
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
	view_gone(room, person->user, &member->teams);
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
	if (err)
		member_free(member);
	else
		(*ret_person)->owner = member;
	return err;
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
	return err;
}

/* A transition that was shown while it couldn't be noted in the log is noted now. */
static void note_again(struct room *room, const struct mu_user *user)
{
	const struct mu_person *person = mu_presence_find(room->presence, user->id);
	const char *noted = user->shown ? user->shown : mu_base_status_names[MU_OFFLINE];

	if (person && !person->changed && strcmp(noted, person->shown.status) != 0)
		note_transition(room, person, noted);
}

/* The state was read anew: take out who is gone, put in who came, and what they chose. */
static void same_people(struct room *room)
{
	for (struct mu_person *person = mu_presence_first(room->presence), *next; person; person = next) {
		next = person->hh.next;
		if (!mu_workspace_user(room->ws, person->user))
			remove_person(room, person);
	}
	for (const struct mu_user *user = room->ws->users; user && room->state == ROOM_READY;
	     user = user->hh.next) {
		note_again(room, user);
		presence_sync_user(room, user->id);
	}
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

static int64_t earlier(int64_t a, const struct mu_hours *hours, int64_t wall_ms)
{
	int64_t b = hours ? mu_schedule_next_ms(hours->schedule, wall_ms) : INT64_MAX;

	return a < b ? a : b;
}

void presence_arm_schedule(struct room *room)
{
	struct mu_hub *hub = room->hub;
	int64_t next_ms = earlier(INT64_MAX, room->ws->hours, hub->now.wall_ms);

	for (const struct mu_team *team = room->ws->teams; team; team = team->hh.next)
		next_ms = earlier(next_ms, team->hours, hub->now.wall_ms);
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

/* A choice whose time is over: the person is available again, durably, so that every node and the history
 * agree. */
static void return_expired(struct room *room)
{
	struct mu_person *person;

	while ((person = mu_presence_take_expired(room->presence)) && room->state == ROOM_READY) {
		const struct mu_presence_chosen data = { .user = person->user,
							 .status = (char *)mu_base_status_names[MU_AVAILABLE],
							 .cause = MU_CAUSE_EXPIRY };
		if (is_here(room, person))
			commit_system(room, &mu_presence_chosen_type, &data);
	}
}

/* Collect who changed, and note in the log who is now seen differently. */
static size_t take_changed(struct room *room, struct mu_person **changed)
{
	struct mu_person *person;
	struct mu_effective before;
	size_t n = 0;

	while ((person = mu_presence_take_changed(room->presence, &before))) {
		if (!is_here(room, person))
			continue;
		if (refresh_json(room, person))
			changed[n++] = person;
		if (strcmp(before.status, person->shown.status) != 0 && room->state == ROOM_READY)
			note_transition(room, person, before.status);
	}
	return n;
}

static bool anything_down(const struct room *room)
{
	for (const struct view *view = room->views; view; view = view->hh.next)
		if (view->down.n)
			return true;
	return false;
}

static void send_changes(struct room *room)
{
	AUTO_FREE struct mu_person **changed =
		malloc((mu_presence_count(room->presence) + 1) * sizeof(struct mu_person *));
	size_t n = changed ? take_changed(room, changed) : 0;

	if (!n && !anything_down(room))
		return;
	room->version++;
	room->flushed_mono_ms = room->hub->now.mono_ms;
	mu_metrics_add(room->hub->metrics, MU_METRIC_PRESENCE_CHANGES_TOTAL, (int64_t)n);
	for (struct view *view = room->views; view; view = view->hh.next)
		view_diff(room, view, changed, n);
}

void presence_flush(struct room *room)
{
	struct mu_hub *hub = room->hub;
	int64_t due_ms = room->flushed_mono_ms + hub->config->presence_tick_ms, next_ms;

	if (room->state != ROOM_READY)
		return;
	mu_presence_advance(room->presence, hub->now);
	return_expired(room);
	if (room->state != ROOM_READY)
		return;
	if (hub->now.mono_ms >= due_ms) {
		send_changes(room);
		next_ms = mu_presence_next_ms(room->presence, hub->now.mono_ms);
		due_ms = hub->now.mono_ms + next_ms;
		if (next_ms < 0) {
			mu_timer_cancel(&hub->wheel, &room->presence_timer);
			return;
		}
	}
	mu_timer_set(&hub->wheel, &room->presence_timer, due_ms);
}
