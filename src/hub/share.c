/* Sessions on all nodes: the presence engine of every node holds the sessions of all of them, so that each
 * shows people as the others do, by the same rules. A node tells what changes in its own sessions (here),
 * with a version that shows whether something was missed, and all of them to who asks (here.ask, here.all).
 *
 * This is the one way of a session into presence and out of it: what the engine is told the others are told.
 *
 * Invariant: what was said so far, in the order of versions, makes what this node's sessions are; a change
 * that can't be said makes a version that nobody has seen, so that all will ask. Which version holds is said
 * again until it went out. While the bus is away the same is said through the log; see share_log.c.
 * Thread: hub. */
#include "share.h"

#include "cluster.h"
#include "presence.h"
#include "room.h"
#include "session.h"
#include "share_inner.h"
#include "turn.h"
#include "muster/wire/codec.h"

#include <string.h>

/* A message is sent when it is this large; one more session fits into what is left of MU_BUS_TEXT_MAX. */
#define SAY_BYTES ((size_t)192 * 1024)
/* An answer that doesn't come is asked for again, and what didn't go out is said again. */
#define AGAIN_MS 1000
#define AGAIN_BY_LOG_MS 3000 /* an answer takes as long as two nodes to look into the log */

/* ---- what is said ---- */

void share_describe(const struct session *session, struct share_session *ret_info)
{
	const struct room *room = session->room;
	struct mu_elsewhere elsewhere = { 0 };

	mu_presence_describe(room->presence, session->key, room->hub->now, &elsewhere);
	*ret_info = (struct share_session){ .key = (int64_t)session->key,
					    .user = session->subject,
					    .session = (char *)session->id,
					    .device = session->device_id,
					    .name = session->device_name,
					    .address = session->address,
					    .token = session->token_id,
					    .kind = (int)session->device_kind,
					    .activity = (int)session->activity,
					    .opened = session->opened_at_ms,
					    .expires = session->expires_at_ms,
					    .for_ms = elsewhere.activity_ms,
					    .quiet_ms = elsewhere.quiet_ms,
					    .came = elsewhere.came_wall_ms,
					    .seen = elsewhere.seen_wall_ms };
}

static void add(struct mu_buf *out, const struct mu_shape *shape, const void *record)
{
	if (out->n)
		mu_buf_char(out, ',');
	mu_codec_write(shape, record, MU_FORM_FULL, out);
}

static void add_look(void *arg, const char *conversation, bool typing)
{
	struct mu_records *looks = arg;

	((struct share_look *)looks->v)[looks->n++] =
		(struct share_look){ .conversation = (char *)conversation, .typing = typing };
}

/* All that others are to know of a session. */
static void add_up(struct mu_buf *out, const struct session *session)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct share_session info;

	share_describe(session, &info);
	info.looks.v = mu_arena_alloc(&arena, (session->looker.n + 1) * sizeof(struct share_look));
	if (!info.looks.v) {
		out->failed = true;
		return;
	}
	viewers_each(&session->looker, add_look, &info.looks);
	add(out, &share_session_shape, &info);
}

static void forget_changes(struct share *share)
{
	mu_buf_reset(&share->up);
	mu_buf_reset(&share->act);
	mu_buf_reset(&share->look);
	mu_buf_reset(&share->down);
	share->changed = share->unsaid = false;
}

static void add_list(struct mu_buf *out, const char *name, const struct mu_buf *list)
{
	mu_buf_printf(out, ",\"%s\":[", name);
	mu_buf_add(out, mu_buf_text(list), list->n);
	mu_buf_char(out, ']');
	out->failed |= list->failed;
}

/* The version that holds, and what made it of the one before; or else just the version. */
static void write_here(const struct room *room, int64_t from, struct mu_buf *out)
{
	const struct share *share = room->share;

	mu_buf_printf(out, "{\"run\":\"%s\",\"from\":%lld,\"v\":%lld,\"at\":%lld", share->run,
		      (long long)from, (long long)share->version, (long long)room->hub->now.wall_ms);
	add_list(out, "up", &share->up);
	add_list(out, "act", &share->act);
	add_list(out, "look", &share->look);
	add_list(out, "down", &share->down);
	mu_buf_char(out, '}');
}

void share_again(struct room *room)
{
	struct mu_timer *timer = &room->share->timer;

	if (!mu_timer_armed(timer))
		mu_timer_set(&room->hub->wheel, timer,
			     room->hub->now.mono_ms + (share_by_log(room) ? AGAIN_BY_LOG_MS : AGAIN_MS));
}

static void say_here(struct room *room, int64_t from)
{
	struct share *share = room->share;
	AUTO_BUF struct mu_buf text = { 0 };

	write_here(room, from, &text);
	share->unheard = mu_buf_error(&text) || !cluster_say(room, WORD_HERE, mu_buf_text(&text), text.n);
	if (share->unheard)
		share_again(room);
	else
		share->said_mono_ms = room->hub->now.mono_ms;
}

static void say_changes(struct room *room)
{
	struct share *share = room->share;

	if (!share->changed)
		return;
	share->version++;
	if (!share->unsaid)
		say_here(room, share->version - 1);
	forget_changes(share);
}

void share_write_next(struct room *room, struct mu_buf *out)
{
	struct share *share = room->share;
	const int64_t before = share->version++;

	if (!share->unsaid) {
		write_here(room, before, out);
		forget_changes(share);
	} else {
		forget_changes(share);
		write_here(room, share->version, out);
	}
}

void share_say_version(struct room *room)
{
	say_changes(room);
	say_here(room, room->share->version);
}

/* Something has changed: begin or end to tell of it. False: it can't be told. */
static bool begin_change(struct room *room)
{
	room->share->changed = true;
	hub_dirty(room);
	if (cluster_reaches(room) || (share_by_log(room) && !room->share->unsaid))
		return true;
	room->share->unsaid = true;
	return false;
}

/* The log takes a row now and then: what is too much for one has to be asked for. */
static void end_change(struct room *room)
{
	struct share *share = room->share;

	if (share->up.n + share->act.n + share->look.n + share->down.n <= SAY_BYTES)
		return;
	if (share_by_log(room))
		share->unsaid = true;
	else
		say_changes(room);
}

static void note_change(struct room *room, struct mu_buf *list, const struct mu_shape *shape,
			const void *record)
{
	if (!begin_change(room))
		return;
	add(list, shape, record);
	end_change(room);
}

static void note_up(const struct session *session)
{
	struct room *room = session->room;

	if (!room->share || !begin_change(room))
		return;
	add_up(&room->share->up, session);
	end_change(room);
}

/* ---- own sessions ---- */

static void touched_here(struct session *session)
{
	struct member *member = session->person->owner;

	member->ours = true;
}

enum mu_err share_enter(struct session *session)
{
	struct room *room = session->room;
	enum mu_err err;

	session->key = ++room->hub->next_session;
	session->activity = MU_ACTIVE;
	err = mu_presence_connect(room->presence, session->person, session->key, session->device_id,
				  session->device_kind, room->hub->now);
	if (err)
		return err;
	session->shared = true;
	touched_here(session);
	hub_dirty(room);
	note_up(session);
	return MU_OK;
}

void share_stir(struct session *session)
{
	struct room *room = session->room;
	const struct share_act act = { .key = (int64_t)session->key, .activity = (int)session->activity };

	if (!session->shared)
		return;
	mu_presence_activity(room->presence, session->key, session->activity, room->hub->now);
	touched_here(session);
	hub_dirty(room);
	if (room->share)
		note_change(room, &room->share->act, &share_act_shape, &act);
}

void share_renew(struct session *session)
{
	if (session->shared)
		note_up(session);
}

void share_look(struct session *session, const char *conversation, bool on, bool typing)
{
	struct room *room = session->room;
	const struct share_view view = {
		.key = (int64_t)session->key, .conversation = (char *)conversation, .on = on, .typing = typing
	};

	if (session->shared && room->share)
		note_change(room, &room->share->look, &share_view_shape, &view);
}

void share_exit(struct session *session, enum mu_leave leave)
{
	struct room *room = session->room;
	const struct share_down down = { .key = (int64_t)session->key, .leave = (int)leave };

	if (!session->shared)
		return;
	session->shared = false;
	mu_presence_disconnect(room->presence, session->key, leave, room->hub->now);
	touched_here(session);
	hub_dirty(room);
	if (room->share)
		note_change(room, &room->share->down, &share_down_shape, &down);
}

/* ---- all of them ---- */

struct whole {
	struct room *room;
	struct mu_buf up;
	int64_t part;
};

static void say_part(struct whole *whole, bool last)
{
	const struct share *share = whole->room->share;
	AUTO_BUF struct mu_buf text = { 0 };

	mu_buf_printf(&text, "{\"run\":\"%s\",\"v\":%lld,\"at\":%lld,\"part\":%lld,\"last\":%s,\"up\":[",
		      share->run, (long long)share->version, (long long)whole->room->hub->now.wall_ms,
		      (long long)whole->part++, last ? "true" : "false");
	mu_buf_add(&text, mu_buf_text(&whole->up), whole->up.n);
	mu_buf_str(&text, "]}");
	if (!mu_buf_error(&text) && !mu_buf_error(&whole->up))
		share_say(whole->room, WORD_HERE_ALL, mu_buf_text(&text), text.n);
	mu_buf_reset(&whole->up);
}

static void add_session(struct session *session, void *arg)
{
	struct whole *whole = arg;

	if (!session->shared)
		return;
	add_up(&whole->up, session);
	if (whole->up.n > SAY_BYTES)
		say_part(whole, false);
}

static void say_all(struct room *room)
{
	struct whole whole = { .room = room };

	session_each(room, add_session, &whole);
	say_part(&whole, true);
	mu_buf_finish(&whole.up);
}

void share_flush(struct room *room)
{
	struct share *share = room->share;

	if (!share)
		return;
	if (!share_by_log(room))
		say_changes(room);
	else if (!share_log_flush(room))
		return;
	const bool asked = share->asked;
	share->asked = false;
	if (asked && (cluster_reaches(room) || share_by_log(room)))
		say_all(room);
}

/* ---- asking and answering ---- */

static bool read_word(const struct mu_shape *shape, const char *json, size_t bytes, struct mu_arena *arena,
		      void *out)
{
	return mu_codec_read_text(shape, json, bytes, arena, out) == MU_OK;
}

void share_hear_ask(struct room *room, const char *node, const char *json, size_t bytes)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct share *share = room->share;
	struct share_ask ask;

	if (!share || !read_word(&share_ask_shape, json, bytes, &arena, &ask))
		return;
	const struct share_known *known = ask.know.v;
	for (size_t i = 0; i < ask.know.n; i++)
		if (!strcmp(known[i].node, cluster_self(room->hub)) && !strcmp(known[i].run, share->run) &&
		    known[i].v == share->version)
			return; /* and hears what changes from then on */
	share->asked = true;
	hub_dirty(room);
}

void share_reach(struct room *room, bool reaches)
{
	if (!room->share)
		return;
	share_log_reach(room, reaches);
	if (!reaches)
		return;
	note_reach(room);
	share_say_version(room);
	share_ask(room);
}

/* ---- looking at others' ---- */

const struct remote *share_first(const struct mu_person *person)
{
	const struct member *member = person->owner;

	return member->remotes;
}

const struct remote *share_next(const struct remote *remote)
{
	return remote->next;
}

const struct share_session *share_info(const struct remote *remote)
{
	return &remote->info;
}

/* ---- the room ---- */

enum mu_err share_start(struct room *room)
{
	struct share *share;

	if (!room->hub->cluster)
		return MU_OK;
	share = calloc(1, sizeof(*share));
	if (!share)
		return MU_NO_MEMORY;
	share->room = room;
	mu_id_random("r-", share->run);
	mu_timer_init(&share->timer, share_due);
	room->share = share;
	share_log_init(share);
	return MU_OK;
}

void share_finish(struct room *room)
{
	struct share *share = room->share;
	struct mirror *mirror, *next;

	if (!share)
		return;
	mu_timer_cancel(&room->hub->wheel, &share->timer);
	share_log_finish(share);
	HASH_ITER (hh, share->mirrors, mirror, next)
		mirror_free(mirror);
	mu_buf_finish(&share->up);
	mu_buf_finish(&share->act);
	mu_buf_finish(&share->look);
	mu_buf_finish(&share->down);
	free(share);
	room->share = NULL;
}
