/* The sessions of other nodes, as those told of them: they are in the presence engine like our own, with keys
 * of their own. A gap in the versions of a node makes us ask for all of its sessions; those that it doesn't
 * name then are lost.
 *
 * A mirror doesn't hang on the state of the room: while that is read, and for people whom it doesn't know
 * yet, sessions are kept beside the engine.
 *
 * Invariant: a session is in the engine, and in its person's list, exactly while its person is; until then,
 * and after that, it is among the strangers.
 * Thread: hub. */
#include "share_inner.h"

#include "cluster.h"
#include "dispatch.h"
#include "presence.h"
#include "room.h"
#include "turn.h"
#include "muster/base/log.h"
#include "muster/wire/codec.h"

#include <string.h>
#include <utlist.h>

/* Another node's wall clock is taken for what it says of its sessions, so that both show the same; one that
 * is wrong by more isn't. */
#define CLOCKS_MS 60000

/* ---- asking ---- */

static void add_known(const struct mirror *mirror, struct mu_buf *out)
{
	const struct share_known known = { .node = (char *)mirror->node,
					   .run = (char *)mirror->run,
					   .v = mirror->version };

	mu_json_comma(out);
	mu_codec_write(&share_known_shape, &known, MU_FORM_FULL, out);
}

static bool any_behind(const struct share *share)
{
	if (share->missed)
		return true;
	for (const struct mirror *mirror = share->mirrors; mirror; mirror = mirror->hh.next)
		if (mirror->behind)
			return true;
	return false;
}

void share_ask_now(struct room *room)
{
	struct share *share = room->share;
	AUTO_BUF struct mu_buf text = { 0 };

	mu_buf_str(&text, "{\"know\":[");
	for (const struct mirror *mirror = share->mirrors; mirror; mirror = mirror->hh.next)
		if (!mirror->behind)
			add_known(mirror, &text);
	mu_buf_str(&text, "]}");
	if (!mu_buf_error(&text) && share_say(room, WORD_HERE_ASK, mu_buf_text(&text), text.n))
		share->missed = false;
}

void share_ask(struct room *room)
{
	struct share *share = room->share;

	if (share_by_log(room)) {
		share->asking = true;
		hub_dirty(room);
	} else {
		share_ask_now(room);
	}
	if (any_behind(share))
		share_again(room);
}

void share_due(struct mu_timer *timer, int64_t now_ms)
{
	const struct share *share = MU_CONTAINER_OF(timer, struct share, timer);

	if (share_by_log(share->room) && any_behind(share))
		share_ask(share->room);
	if (!cluster_reaches(share->room)) /* once it does, all that is said and asked */
		return;
	if (share->unheard)
		share_say_version(share->room);
	if (any_behind(share))
		share_ask(share->room);
}

/* All is known that was said. */
static void catch_up(struct mirror *mirror, int64_t version)
{
	struct room *room = mirror->room;

	mirror->version = version;
	mirror->whole = -1;
	mirror->behind = false;
	if (!any_behind(room->share) && !room->share->unheard)
		mu_timer_cancel(&room->hub->wheel, &room->share->timer);
}

/* Something was missed. */
static void fall_behind(struct mirror *mirror)
{
	struct room *room = mirror->room;

	mirror->behind = true;
	mirror->whole = -1;
	if (!mu_timer_armed(&room->share->timer))
		share_ask(room);
}

/* There was no memory for what a node said. Who isn't known yet is asked with all others, in a while. */
static void miss(struct room *room, const char *node)
{
	struct mirror *mirror = NULL;

	HASH_FIND_STR(room->share->mirrors, node, mirror);
	if (mirror) {
		fall_behind(mirror);
		return;
	}
	room->share->missed = true;
	share_again(room);
}

/* ---- mirrors ---- */

static struct mirror *mirror_get(struct room *room, const char *node)
{
	const size_t n = strlen(node);
	struct mirror *mirror = NULL;

	HASH_FIND_STR(room->share->mirrors, node, mirror);
	if (mirror)
		return mirror;
	mirror = calloc(1, sizeof(*mirror) + n + 1);
	if (!mirror)
		return NULL;
	memcpy(mirror->node, node, n);
	mirror->room = room;
	mirror->by_log = !cluster_reaches(room);
	mirror->version = mirror->whole = -1;
	HASH_ADD_KEYPTR(hh, room->share->mirrors, mirror->node, n, mirror);
	if (mirror->hh.tbl)
		return mirror;
	free(mirror);
	return NULL;
}

static struct remote *remote_find(const struct mirror *mirror, int64_t key)
{
	struct remote *remote = NULL;

	HASH_FIND(hh, mirror->remotes, &key, sizeof(key), remote);
	return remote;
}

/* ---- the engine ---- */

/* As of the turn in which the other node said it, unless its clock is wrong. */
static struct mu_now now_of(const struct room *room, int64_t at_ms)
{
	struct mu_now now = room->hub->now;

	if (llabs(at_ms - now.wall_ms) <= CLOCKS_MS)
		now.wall_ms = at_ms;
	return now;
}

static void touched_elsewhere(struct remote *remote)
{
	struct room *room = remote->mirror->room;
	struct member *member = remote->person->owner;

	member->ours = false;
	dispatch_wake(room);
}

/* Errors: MU_NO_MEMORY. */
static enum mu_err admit(struct remote *remote, struct mu_now now)
{
	const struct share_session *info = &remote->info;
	const struct mu_elsewhere elsewhere = { .activity = (enum mu_activity)info->activity,
						.activity_ms = info->for_ms,
						.quiet_ms = info->quiet_ms,
						.came_wall_ms = info->came,
						.seen_wall_ms = info->seen };
	struct room *room = remote->mirror->room;
	struct mu_person *person = room->presence ? mu_presence_find(room->presence, info->user) : NULL;
	struct member *member = person ? person->owner : NULL;

	if (!member)
		return MU_OK;
	remote->engine_key = ++room->hub->next_session;
	enum mu_err err = mu_presence_adopt(room->presence, person, remote->engine_key, info->device,
					    (enum mu_device_kind)info->kind, &elsewhere, now);
	if (err)
		return err;
	remote->person = person;
	DL_DELETE(room->share->strangers, remote);
	DL_APPEND(member->remotes, remote);
	touched_elsewhere(remote);
	return MU_OK;
}

static void detach(struct remote *remote)
{
	struct member *member = remote->person->owner;

	DL_DELETE(member->remotes, remote);
	remote->person = NULL;
	DL_APPEND(remote->mirror->room->share->strangers, remote);
}

static void remote_free(struct remote *remote)
{
	if (remote->person)
		detach(remote);
	DL_DELETE(remote->mirror->room->share->strangers, remote);
	HASH_DEL(remote->mirror->remotes, remote);
	viewers_leave(&remote->looker);
	free(remote->texts);
	free(remote);
}

static void leave(struct remote *remote, enum mu_leave how, struct mu_now now)
{
	if (remote->person) {
		mu_presence_disconnect(remote->mirror->room->presence, remote->engine_key, how, now);
		touched_elsewhere(remote);
	}
	remote_free(remote);
}

/* ---- sessions ---- */

/* A copy whose texts are in one piece of memory. */
static char *copy_info(const struct share_session *from, struct share_session *ret_to)
{
	struct share_session copy = *from;
	char **const texts[] = { &copy.user, &copy.session, &copy.device,
				 &copy.name, &copy.address, &copy.token };
	size_t bytes = 0;
	char *piece, *place;

	for (size_t i = 0; i < MU_COUNT(texts); i++)
		bytes += *texts[i] ? strlen(*texts[i]) + 1 : 0;
	place = piece = malloc(bytes);
	for (size_t i = 0; piece && i < MU_COUNT(texts); i++) {
		if (!*texts[i])
			continue;
		const char *text = *texts[i];
		*texts[i] = place;
		place = stpcpy(place, text) + 1;
	}
	copy.looks = (struct mu_records){ 0 }; /* they are kept as looks are */
	if (piece)
		*ret_to = copy;
	return piece;
}

static enum mu_err set_info(struct remote *remote, const struct share_session *info)
{
	char *texts = copy_info(info, &remote->info);

	if (!texts)
		return MU_NO_MEMORY;
	free(remote->texts);
	remote->texts = texts;
	return MU_OK;
}

struct unnamed {
	const struct mu_records *looks;
	const char *found; /* one that the session has and that isn't among them */
};

static void find_unnamed(void *arg, const char *conversation, bool typing)
{
	struct unnamed *unnamed = arg;
	const struct share_look *looks = unnamed->looks->v;

	for (size_t i = 0; i < unnamed->looks->n; i++)
		if (!strcmp(looks[i].conversation, conversation))
			return;
	unnamed->found = conversation;
}

/* It views these conversations and no others. */
static enum mu_err looks_up(struct remote *remote, const struct mu_records *named)
{
	const struct share_look *looks = named->v;
	enum mu_err err = MU_OK;

	for (size_t i = 0; !err && i < named->n; i++)
		err = viewers_hear(&remote->looker, remote->info.user, looks[i].conversation, true,
				   looks[i].typing);
	while (!err) {
		struct unnamed unnamed = { .looks = named };
		viewers_each(&remote->looker, find_unnamed, &unnamed);
		if (!unnamed.found)
			break;
		err = viewers_hear(&remote->looker, remote->info.user, unnamed.found, false, false);
	}
	return err;
}

static enum mu_err remote_add(struct mirror *mirror, const struct share_session *info, struct mu_now now)
{
	struct remote *remote = calloc(1, sizeof(*remote));

	if (!remote)
		return MU_NO_MEMORY;
	remote->mirror = mirror;
	remote->looker.room = mirror->room;
	enum mu_err err = set_info(remote, info);
	if (!err)
		HASH_ADD(hh, mirror->remotes, info.key, sizeof(remote->info.key), remote);
	if (err || !remote->hh.tbl) {
		free(remote->texts);
		free(remote);
		return MU_NO_MEMORY;
	}
	remote->mark = mirror->mark;
	DL_APPEND(mirror->room->share->strangers, remote);
	err = admit(remote, now);
	if (!err)
		err = looks_up(remote, &info->looks);
	if (err)
		leave(remote, MU_LEAVE_NOW, now);
	return err;
}

static void stir(struct remote *remote, enum mu_activity activity, struct mu_now now)
{
	remote->info.activity = (int)activity;
	remote->info.for_ms = 0;
	if (!remote->person)
		return;
	mu_presence_activity(remote->mirror->room->presence, remote->engine_key, activity, now);
	touched_elsewhere(remote);
}

/* It is there, whether that is news or not. */
static enum mu_err session_up(struct mirror *mirror, const struct share_session *info, struct mu_now now)
{
	struct remote *remote = remote_find(mirror, info->key);

	if (!remote)
		return remote_add(mirror, info, now);
	remote->mark = mirror->mark;
	if (remote->info.activity != info->activity)
		stir(remote, (enum mu_activity)info->activity, now);
	enum mu_err err = set_info(remote, info);
	if (!err && !remote->person) /* memory may have been out */
		err = admit(remote, now);
	return err ? err : looks_up(remote, &info->looks);
}

static enum mu_err sessions_up(struct mirror *mirror, const struct mu_records *up, struct mu_now now)
{
	const struct share_session *sessions = up->v;
	enum mu_err err = MU_OK;

	for (size_t i = 0; !err && i < up->n; i++)
		err = session_up(mirror, &sessions[i], now);
	return err;
}

/* ---- hearing ---- */

static enum mu_err views(struct mirror *mirror, const struct mu_records *look)
{
	const struct share_view *each = look->v;
	enum mu_err err = MU_OK;

	for (size_t i = 0; !err && i < look->n; i++) {
		struct remote *remote = remote_find(mirror, each[i].key);
		if (remote)
			err = viewers_hear(&remote->looker, remote->info.user, each[i].conversation,
					   each[i].on, each[i].typing);
	}
	return err;
}

static void apply(struct mirror *mirror, const struct share_here *here)
{
	const struct mu_now now = now_of(mirror->room, here->at);
	const struct share_act *acts = here->act.v;
	const struct share_down *downs = here->down.v;
	struct remote *remote;

	if (sessions_up(mirror, &here->up, now) || views(mirror, &here->look)) {
		fall_behind(mirror);
		return;
	}
	for (size_t i = 0; i < here->act.n; i++)
		if ((remote = remote_find(mirror, acts[i].key)))
			stir(remote, (enum mu_activity)acts[i].activity, now);
	for (size_t i = 0; i < here->down.n; i++)
		if ((remote = remote_find(mirror, downs[i].key)))
			leave(remote, (enum mu_leave)downs[i].leave, now);
	mirror->version = here->v;
}

/* The mirror of the node whose word it is, which is read into `out`; NULL: nothing comes of it. */
static struct mirror *hear(struct room *room, const char *node, const struct mu_shape *shape,
			   const char *json, size_t bytes, struct mu_arena *arena, void *out)
{
	struct mirror *mirror = NULL;

	if (!room->share)
		return NULL;
	enum mu_err err = mu_codec_read_text(shape, json, bytes, arena, out);
	if (!err) {
		mirror = mirror_get(room, node);
		err = mirror ? MU_OK : MU_NO_MEMORY;
	}
	if (err)
		mu_log(MU_LOG_WARN, "hub", "a word of another node is lost", MU_KS("workspace", room->id),
		       MU_KS("node", node), MU_KS("word", shape->name),
		       MU_KS("error", mu_err_info(err)->kind));
	if (err == MU_NO_MEMORY)
		miss(room, node);
	return mirror;
}

void share_hear_here(struct room *room, const char *node, const char *json, size_t bytes)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct share_here here;
	struct mirror *mirror = hear(room, node, &share_here_shape, json, bytes, &arena, &here);
	const bool known = mirror && mirror->version >= 0 && !strcmp(mirror->run, here.run);

	if (!mirror || (known && here.v <= mirror->version))
		return;
	if (known && here.from == mirror->version)
		apply(mirror, &here);
	else
		fall_behind(mirror);
	hub_dirty(room);
}

static void all_leave(struct mirror *mirror, enum mu_leave how, struct mu_now now)
{
	struct remote *remote, *next;

	HASH_ITER (hh, mirror->remotes, remote, next)
		leave(remote, how, now);
}

/* Sessions that the whole didn't name. */
static void sweep(struct mirror *mirror, struct mu_now now)
{
	struct remote *remote, *next;

	HASH_ITER (hh, mirror->remotes, remote, next)
		if (remote->mark != mirror->mark)
			leave(remote, MU_LEAVE_LOST, now);
}

/* The first part of a whole. What is known of an older run of the node is of the past. */
static void begin_whole(struct mirror *mirror, const struct share_all *all, struct mu_now now)
{
	if (strcmp(mirror->run, all->run) != 0) {
		all_leave(mirror, MU_LEAVE_LOST, now);
		snprintf(mirror->run, sizeof(mirror->run), "%s", all->run);
		mirror->version = -1;
	}
	mirror->whole = all->v;
	mirror->part = 0;
	mirror->mark++;
}

static void hear_part(struct mirror *mirror, const struct share_all *all)
{
	const struct mu_now now = now_of(mirror->room, all->at);
	const bool same_run = !strcmp(mirror->run, all->run);

	if (same_run && (all->v < mirror->version || (all->v == mirror->version && !mirror->behind)))
		return;
	if (all->part == 0)
		begin_whole(mirror, all, now);
	if (strcmp(mirror->run, all->run) != 0 || all->v != mirror->whole || all->part != mirror->part ||
	    sessions_up(mirror, &all->up, now)) {
		fall_behind(mirror);
		return;
	}
	mirror->part++;
	if (!all->last)
		return;
	sweep(mirror, now);
	catch_up(mirror, all->v);
}

void share_hear_all(struct room *room, const char *node, const char *json, size_t bytes)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct share_all all;
	struct mirror *mirror = hear(room, node, &share_all_shape, json, bytes, &arena, &all);

	if (!mirror)
		return;
	hear_part(mirror, &all);
	hub_dirty(room);
}

/* ---- nodes and people that go ---- */

void mirror_free(struct mirror *mirror)
{
	struct remote *remote, *next;

	HASH_ITER (hh, mirror->remotes, remote, next)
		remote_free(remote);
	HASH_DEL(mirror->room->share->mirrors, mirror);
	free(mirror);
}

/* A phone in the background wasn't expected to keep its connection, whatever became of its node. */
static enum mu_leave how_it_goes(const struct remote *remote, enum mu_leave how)
{
	return remote->info.kind == MU_DEVICE_MOBILE && remote->info.activity == MU_BACKGROUND ? MU_LEAVE_LOST
											       : how;
}

/* There is no node any more for which the others would wait with a note of this person. */
static void inherit(struct mu_person *person)
{
	struct member *member = person ? person->owner : NULL;

	if (member)
		member->ours = true;
}

static void mirror_drop(struct mirror *mirror, enum mu_leave how)
{
	struct room *room = mirror->room;
	struct remote *remote, *next;

	HASH_ITER (hh, mirror->remotes, remote, next) {
		struct mu_person *person = remote->person;
		leave(remote, how_it_goes(remote, how), room->hub->now);
		inherit(person);
	}
	mirror_free(mirror);
	hub_dirty(room);
}

void share_drop_node(struct mu_hub *hub, const char *node, enum mu_leave how)
{
	for (struct room *room = hub->rooms; room; room = room->hh.next) {
		struct mirror *mirror = NULL;
		if (room->share)
			HASH_FIND_STR(room->share->mirrors, node, mirror);
		if (mirror)
			mirror_drop(mirror, how);
	}
}

/* Nobody would ever say that such a node is gone. If it lives its people get time until it says so. */
void share_drop_unwatched(struct room *room)
{
	struct mirror *mirror, *next;

	HASH_ITER (hh, room->share->mirrors, mirror, next)
		if (mirror->by_log)
			mirror_drop(mirror, MU_LEAVE_LOST);
}

void share_people(struct room *room)
{
	struct remote *next;

	for (struct remote *remote = room->share ? room->share->strangers : NULL; remote; remote = next) {
		next = remote->next;
		if (admit(remote, room->hub->now)) {
			fall_behind(remote->mirror);
			return;
		}
	}
}

void share_person_gone(struct mu_person *person)
{
	struct member *member = person->owner;

	while (member->remotes)
		detach(member->remotes);
}
