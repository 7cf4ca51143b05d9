/* Who looks at a conversation and who types in it, so that two don't answer the same customer. Sessions say
 * so; it is in no log, and ends with the session, or when its person may not see the conversation any more.
 * Typing ends by itself a while after it was last said. A person counts once, however many tabs look.
 * What changed is collected for a tick, and told to all who may see the conversation.
 * Invariant: a look is in the lists of its session and of its viewer, and among the typing ones exactly
 * while it has an end; a viewer without looks, and a conversation without viewers, is kept until that is
 * told.
 * Thread: hub. */
#include "viewers.h"

#include "room.h"
#include "session.h"
#include "share.h"
#include "turn.h"
#include "viewers_inner.h"

#include <string.h>
#include <utlist.h>

/* ---- finding and making ---- */

static struct watched *watched_find(const struct room *room, const char *id)
{
	struct watched *watched = NULL;

	HASH_FIND_STR(room->watched, id, watched);
	return watched;
}

static struct watched *watched_get(struct room *room, const char *id)
{
	struct watched *watched = watched_find(room, id);
	const size_t n = strlen(id);

	if (watched)
		return watched;
	watched = calloc(1, sizeof(*watched) + n + 1);
	if (!watched)
		return NULL;
	memcpy(watched->id, id, n);
	HASH_ADD_KEYPTR(hh, room->watched, watched->id, n, watched);
	if (watched->hh.tbl)
		return watched;
	free(watched);
	return NULL;
}

static struct viewer *viewer_get(struct watched *watched, const char *user)
{
	struct viewer *viewer;

	DL_FOREACH (watched->viewers, viewer)
		if (!strcmp(viewer->user, user))
			return viewer;
	viewer = calloc(1, sizeof(*viewer));
	if (!viewer)
		return NULL;
	viewer->watched = watched;
	snprintf(viewer->user, sizeof(viewer->user), "%s", user);
	DL_APPEND(watched->viewers, viewer);
	return viewer;
}

static void mark(struct room *room, struct watched *watched)
{
	if (!watched->changed) {
		watched->changed = true;
		LL_PREPEND2(room->watched_changed, watched, next_changed);
	}
	hub_dirty(room);
}

/* ---- looks ---- */

static struct look *look_find(const struct looker *looker, const char *conversation)
{
	struct look *look = looker->looks;

	while (look && strcmp(look->viewer->watched->id, conversation) != 0)
		look = look->next_own;
	return look;
}

static void stop_typing(struct look *look)
{
	struct room *room = look->looker->room;

	if (!look->typing_until_ms)
		return;
	look->typing_until_ms = 0;
	DL_DELETE2(room->typing, look, prev_typed, next_typed);
	mark(room, look->viewer->watched);
}

/* Without a word to the other nodes. */
static void look_free(struct look *look)
{
	struct looker *looker = look->looker;

	stop_typing(look);
	mark(looker->room, look->viewer->watched);
	DL_DELETE(look->viewer->looks, look);
	DL_DELETE2(looker->looks, look, prev_own, next_own);
	looker->n--;
	free(look);
}

void look_drop(struct look *look)
{
	if (look->looker->session)
		share_look(look->looker->session, look->viewer->watched->id, false, false);
	look_free(look);
}

static enum mu_err look_add(struct looker *looker, const char *user, const char *conversation,
			    struct look **ret_look)
{
	struct watched *watched = watched_get(looker->room, conversation);
	struct viewer *viewer;
	struct look *look;

	if (!watched)
		return MU_NO_MEMORY;
	mark(looker->room, watched); /* if nobody comes to view it after all, the next flush forgets it */
	viewer = viewer_get(watched, user);
	look = viewer ? calloc(1, sizeof(*look)) : NULL;
	if (!look)
		return MU_NO_MEMORY;
	look->looker = looker;
	look->viewer = viewer;
	DL_APPEND(viewer->looks, look);
	DL_APPEND2(looker->looks, look, prev_own, next_own);
	looker->n++;
	*ret_look = look;
	return MU_OK;
}

static enum mu_err look_get(struct session *session, const char *conversation, struct look **ret_look,
			    struct mu_fault *fault)
{
	const int64_t most = session->room->hub->config->viewing_max;
	enum mu_err err;

	*ret_look = look_find(&session->looker, conversation);
	if (*ret_look)
		return MU_OK;
	if ((int64_t)session->looker.n >= most)
		return mu_fail(fault, MU_TOO_LARGE,
			       "A session may view at most %lld conversations at a time: say of one that it "
			       "doesn't any more",
			       (long long)most);
	err = look_add(&session->looker, session->subject, conversation, ret_look);
	if (!err)
		share_look(session, conversation, true, false);
	return err;
}

enum mu_err viewers_view(struct session *session, const char *conversation, bool on, struct mu_fault *fault)
{
	struct look *look = look_find(&session->looker, conversation);

	if (on)
		return look_get(session, conversation, &look, fault);
	if (look)
		look_drop(look);
	return MU_OK;
}

static void start_typing(struct look *look)
{
	struct room *room = look->looker->room;

	stop_typing(look);
	look->typing_until_ms = room->hub->now.mono_ms + room->hub->config->typing_ms;
	DL_APPEND2(room->typing, look, prev_typed, next_typed);
	mark(room, look->viewer->watched);
}

enum mu_err viewers_type(struct session *session, const char *conversation, bool on, struct mu_fault *fault)
{
	struct look *look = look_find(&session->looker, conversation);
	enum mu_err err = on ? look_get(session, conversation, &look, fault) : MU_OK;

	if (err || !look)
		return err;
	if (on)
		start_typing(look);
	else
		stop_typing(look);
	share_look(session, conversation, true, on);
	return MU_OK;
}

enum mu_err viewers_hear(struct looker *looker, const char *user, const char *conversation, bool on,
			 bool typing)
{
	struct look *look = look_find(looker, conversation);
	enum mu_err err = on && !look ? look_add(looker, user, conversation, &look) : MU_OK;

	if (err || !look)
		return err;
	if (!on)
		look_free(look);
	else if (typing)
		start_typing(look);
	else
		stop_typing(look);
	return MU_OK;
}

void viewers_each(const struct looker *looker, void (*each)(void *arg, const char *conversation, bool typing),
		  void *arg)
{
	for (const struct look *look = looker->looks; look; look = look->next_own)
		each(arg, look->viewer->watched->id, look->typing_until_ms != 0);
}

void viewers_leave(struct looker *looker)
{
	while (looker->looks)
		look_free(looker->looks);
}

void viewers_check(struct room *room, const char *conversation)
{
	struct watched *watched = watched_find(room, conversation);

	if (watched)
		mark(room, watched);
}

void viewers_check_session(struct session *session)
{
	for (const struct look *look = session->looker.looks; look; look = look->next_own)
		mark(session->room, look->viewer->watched);
}

void viewers_write(const struct room *room, const char *conversation, struct mu_buf *out)
{
	watched_write(room, watched_find(room, conversation), out);
}

static void settle_all(struct room *room)
{
	struct watched *watched = room->watched_changed, *next;

	for (room->watched_changed = NULL; watched; watched = next) {
		next = watched->next_changed;
		watched_settle(room, watched);
	}
	room->viewers_told_mono_ms = room->hub->now.mono_ms;
}

void viewers_flush(struct room *room)
{
	struct mu_hub *hub = room->hub;
	const int64_t now_ms = hub->now.mono_ms,
		      tick_ms = room->viewers_told_mono_ms + hub->config->presence_tick_ms;
	int64_t due_ms = INT64_MAX;

	while (room->typing && room->typing->typing_until_ms <= now_ms)
		stop_typing(room->typing);
	if (room->watched_changed && now_ms >= tick_ms)
		settle_all(room);
	if (room->watched_changed)
		due_ms = tick_ms;
	if (room->typing && room->typing->typing_until_ms < due_ms)
		due_ms = room->typing->typing_until_ms;
	if (due_ms == INT64_MAX)
		mu_timer_cancel(&hub->wheel, &room->viewers_timer);
	else
		mu_timer_set(&hub->wheel, &room->viewers_timer, due_ms);
}

void viewers_due(struct mu_timer *timer, int64_t now_ms)
{
	hub_dirty(MU_CONTAINER_OF(timer, struct room, viewers_timer));
}

void viewers_finish(struct room *room)
{
	struct watched *watched, *next;

	mu_timer_cancel(&room->hub->wheel, &room->viewers_timer);
	HASH_ITER (hh, room->watched, watched, next)
		watched_forget(room, watched);
}
