/* The pen of a room: of all nodes, one at a time decides durable events, so that no two of them write at the
 * same place of the log and one has to read the workspace anew. It is handed on by its holder to who asked
 * for it first, with the line of those who still wait (after I. Suzuki and T. Kasami, "A distributed mutual
 * exclusion algorithm", 1985), when all that the holder wrote was said to the others: who gets it has
 * followed the log then, or does so first. A node that is the only one always has it.
 *
 * When nodes don't reach each other all write at will, but none at a place of the log where another has
 * written already: each reads what is new, decides all that waits, and reads again when that is durable. A
 * race is lost then only to who writes in the few milliseconds between; and who wrote while others do rests
 * for a moment, so that whoever came too late is next. Who seizes the pen reads first as well.
 *
 * Invariant: it makes races rare, no more: what keeps the log right is the store's compare-and-set. So a pen
 * may be lost or be there twice for a moment: who waits in vain seizes it, and who loses a race gives it up.
 * Nothing is decided and kept: what was refused the pen is decided from the state when it comes. While it is
 * wanted and not held, or held and unsure or ahead of what was followed, the patience runs that ends in a
 * seizure or in a reading; and until then it isn't passed on.
 * Thread: hub. */
#include "pen.h"

#include "cluster.h"
#include "commit.h"
#include "dispatch.h"
#include "failures.h"
#include "follow.h"
#include "invite.h"
#include "room.h"
#include "turn.h"
#include "viewing.h"
#include "muster/wire/codec.h"

#include <string.h>

/* How long to wait for an answer: if nobody is known to have it; after a lost race, when somebody should; of
 * who is known to have it, before they are asked once more, and before it is seized. */
#define NOBODY_MS 50
#define SOMEBODY_MS 200
#define HOLDER_MS 500
/* Without the bus: how long a reading may take before it is tried again, and how long a writer rests at most.
 */
#define READING_MS 500
#define REST_MS 30
/* How long each of the nodes that come before this one may take to do what all notice at once. */
#define TURN_MS 1000

struct passed {
	char *to;
	int64_t seq; /* the holder's last one */
	struct mu_strs queue;
};

static const struct mu_field passed_fields[] = {
	MU_FIELD(struct passed, to, MU_STRING, MU_REQUIRED),
	MU_FIELD(struct passed, seq, MU_INT, MU_REQUIRED),
	MU_FIELD(struct passed, queue, MU_STRINGS, MU_REQUIRED),
};
static const struct mu_shape passed_shape = MU_SHAPE(struct passed, "PASSED", passed_fields);

/* ---- who has it, who waits ---- */

static bool is_self(const struct room *room, const char *node)
{
	return !strcmp(node, cluster_self(room->hub));
}

/* Without memory for the name nobody is known to have it. */
static void set_holder(struct pen *pen, const char *node)
{
	free(pen->holder);
	pen->holder = node ? strdup(node) : NULL;
}

static void add_all(struct mu_arena *arena, struct mu_strs *queue, const struct mu_strs *more,
		    const char *but, const char *and_but)
{
	enum mu_err err = MU_OK;

	for (size_t i = 0; !err && i < more->n; i++)
		if (strcmp(more->v[i], but) != 0 && (!and_but || strcmp(more->v[i], and_but) != 0) &&
		    !mu_strs_has(queue, more->v[i]))
			err = mu_strs_add(arena, queue, more->v[i]);
}

/* Without memory the line is forgotten: who waits asks again. */
static void set_queue(struct pen *pen, const struct mu_strs *queue)
{
	struct mu_strs copy = { 0 };

	if (mu_strs_clone(queue, &copy))
		copy = (struct mu_strs){ 0 };
	mu_strs_clear(&pen->queue);
	pen->queue = copy;
}

static void queue_drop(struct pen *pen, const char *node)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_strs rest = { 0 };

	if (!mu_strs_has(&pen->queue, node))
		return;
	add_all(&arena, &rest, &pen->queue, node, NULL);
	set_queue(pen, &rest);
}

static void give_up(struct pen *pen, const char *holder)
{
	pen->held = pen->leaving = pen->unsure = false;
	set_holder(pen, holder);
}

/* ---- asking ---- */

static void wait_for(struct room *room, int64_t ms)
{
	struct mu_hub *hub = room->hub;

	mu_timer_set(&hub->wheel, &room->pen.patience,
		     hub->now.mono_ms + ms + mu_random_below((uint32_t)ms / 2));
}

static void ask(struct room *room, int64_t patience_ms)
{
	cluster_say(room, WORD_PEN_WANT, "{}", 2);
	wait_for(room, patience_ms);
}

/* Read the log to its end: at once, or when what is under way is durable. */
static void read_first(struct room *room)
{
	const int64_t rest_ms = room->pen.rest_mono_ms - room->hub->now.mono_ms;

	if (rest_ms > 0) {
		mu_timer_set(&room->hub->wheel, &room->pen.patience, room->pen.rest_mono_ms);
		return;
	}
	wait_for(room, READING_MS);
	follow_look(room, INT64_MAX);
}

/* What others wrote before it came here may not be known yet. */
static bool is_ahead(const struct room *room)
{
	const struct pen *pen = &room->pen;

	return pen->held && (pen->unsure || room->durable_seq < pen->from_seq);
}

static void want(struct room *room)
{
	struct pen *pen = &room->pen;

	if (pen->wanted)
		return;
	pen->wanted = true;
	pen->asked_twice = false;
	if (!cluster_reaches(room) || is_ahead(room))
		read_first(room);
	else if (!pen->held)
		ask(room, pen->holder ? HOLDER_MS : NOBODY_MS);
}

/* Whether it may be used; the only node has it without asking. */
static bool has(struct room *room)
{
	struct pen *pen = &room->pen;

	if (!cluster_reaches(room))
		return !room->hub->cluster || (pen->fresh && !room->inflight);
	if (cluster_alone(room->hub) && !pen->held) {
		give_up(pen, NULL);
		pen->held = true;
		pen->from_seq = 0;
		hub_dirty(room); /* others may wait for it already */
	}
	return pen->held && !pen->leaving && !is_ahead(room);
}

bool pen_take(struct room *room)
{
	if (has(room))
		return true;
	want(room);
	return false;
}

/* ---- what waited ---- */

static void look_again(struct room *room)
{
	viewing_settle(room);
	invite_settle(room);
	failures_settle(room);
	if (room->state == ROOM_READY)
		dispatch_wake(room);
}

static void came(struct room *room)
{
	struct pen *pen = &room->pen;

	pen->wanted = false;
	mu_timer_cancel(&room->hub->wheel, &pen->patience);
	mu_timer_cancel(&room->hub->wheel, &pen->turn);
	if (room->state != ROOM_READY)
		return; /* all of it is looked at when the room is read */
	room_wake(room);
	look_again(room);
}

static void on_turn(struct mu_timer *timer, int64_t now_ms)
{
	struct room *room = MU_CONTAINER_OF(MU_CONTAINER_OF(timer, struct pen, turn), struct room, pen);

	room->pen.turn_over = true;
	hub_dirty(room);
	if (room->state == ROOM_READY)
		look_again(room);
}

bool pen_take_turn(struct room *room)
{
	struct mu_hub *hub = room->hub;
	struct pen *pen = &room->pen;
	const int64_t wait_ms = TURN_MS * ((int64_t)cluster_rank(hub) + (pen->holder ? 1 : 0));

	if (dispatch_rests(room)) {
		if (!mu_timer_armed(&pen->turn))
			mu_timer_set(&hub->wheel, &pen->turn, room->own_from_mono_ms);
		return false;
	}
	if (has(room))
		return true;
	if (pen->turn_over || !wait_ms || !cluster_reaches(room))
		want(room);
	else if (!mu_timer_armed(&pen->turn))
		mu_timer_set(&hub->wheel, &pen->turn, hub->now.mono_ms + wait_ms);
	return false;
}

static void on_patience(struct mu_timer *timer, int64_t now_ms)
{
	struct room *room = MU_CONTAINER_OF(MU_CONTAINER_OF(timer, struct pen, patience), struct room, pen);
	struct pen *pen = &room->pen;

	if (!pen->wanted || (pen->held && !is_ahead(room)))
		return;
	if (pen->held || !cluster_reaches(room)) {
		read_first(room);
		return;
	}
	if (pen->holder && !pen->asked_twice) {
		pen->asked_twice = true;
		ask(room, HOLDER_MS);
		return;
	}
	mu_metrics_add(room->hub->metrics, MU_METRIC_PEN_SEIZED_TOTAL, 1);
	give_up(pen, NULL);
	pen->held = pen->unsure = true;
	pen->from_seq = pen->rest_mono_ms = 0;
	read_first(room);
}

/* ---- reading first ---- */

static void followed(struct room *room)
{
	if (room->pen.held && room->pen.wanted && has(room))
		came(room);
}

void pen_read(struct room *room)
{
	struct pen *pen = &room->pen;
	const bool at_will = !cluster_reaches(room);

	if (!at_will && !is_ahead(room))
		return;
	pen->unsure = false;
	pen->from_seq = 0; /* what it was said to follow is here, or never came into the log */
	pen->fresh = at_will;
	hub_dirty(room);
	if (!pen->wanted || !has(room))
		return;
	if (at_will && pen->others)
		pen->rest_mono_ms = room->hub->now.mono_ms + 1 + mu_random_below(REST_MS);
	pen->others = false;
	came(room);
}

void pen_loaded(struct room *room)
{
	struct pen *pen = &room->pen;

	pen->unsure = pen->fresh = false;
	if (pen->wanted && !cluster_reaches(room))
		read_first(room);
	followed(room);
}

/* ---- passing it on ---- */

static void say_passed(struct room *room, const struct passed *passed)
{
	AUTO_BUF struct mu_buf json = { 0 };

	mu_codec_write(&passed_shape, passed, MU_FORM_LOG, &json);
	if (!mu_buf_error(&json))
		cluster_say(room, WORD_PEN, mu_buf_text(&json), json.n);
}

static void pass(struct room *room)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct pen *pen = &room->pen;
	struct passed passed = { .seq = room->durable_seq };

	passed.to = mu_arena_strdup(&arena, pen->queue.v[0]);
	if (!passed.to)
		return; /* when something else happens here, or who waits asks again */
	add_all(&arena, &passed.queue, &pen->queue, passed.to, NULL);
	set_queue(pen, &passed.queue);
	const bool in_line =
		pen->wanted && mu_strs_add(&arena, &passed.queue, cluster_self(room->hub)) == MU_OK;
	say_passed(room, &passed);
	mu_metrics_add(room->hub->metrics, MU_METRIC_PEN_PASSED_TOTAL, 1);
	give_up(pen, passed.to);
	pen->asked_twice = false;
	if (in_line)
		wait_for(room, HOLDER_MS);
	else if (pen->wanted)
		ask(room, HOLDER_MS);
}

void pen_turn_end(struct room *room)
{
	struct pen *pen = &room->pen;

	pen->turn_over = pen->fresh = false;
	if (!pen->held)
		return;
	if (!pen->queue.n) { /* whoever was waited for may be gone */
		pen->leaving = false;
		followed(room);
		return;
	}
	if (is_ahead(room)) /* its end isn't known yet from which the next one goes on */
		return;
	pen->leaving = true;
	if (!room->pending && !room->inflight)
		pass(room);
}

/* ---- what others say and do ---- */

void pen_hear_want(struct room *room, const char *node, const char *json, size_t bytes)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct pen *pen = &room->pen;
	struct mu_strs queue = { 0 }, one = { .v = (char *[]){ (char *)node }, .n = 1 };

	add_all(&arena, &queue, &pen->queue, node, NULL);
	add_all(&arena, &queue, &one, cluster_self(room->hub), NULL);
	set_queue(pen, &queue);
	if (pen->held)
		hub_dirty(room);
}

static void hear_mine(struct room *room, const struct passed *passed)
{
	struct pen *pen = &room->pen;

	give_up(pen, NULL);
	pen->held = true;
	pen->from_seq = passed->seq;
	follow_look(room, passed->seq);
	hub_dirty(room);
	if (!is_ahead(room))
		came(room);
}

static void hear_others(struct room *room, const struct passed *passed)
{
	struct pen *pen = &room->pen;

	give_up(pen, passed->to);
	pen->asked_twice = false;
	if (!pen->wanted)
		return;
	if (mu_strs_has(&passed->queue, cluster_self(room->hub)))
		wait_for(room, HOLDER_MS);
	else
		ask(room, HOLDER_MS);
}

void pen_hear(struct room *room, const char *node, const char *json, size_t bytes)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_strs queue = { 0 };
	struct passed passed = { 0 };

	if (mu_codec_read_text(&passed_shape, json, bytes, &arena, &passed))
		return; /* who waits for it seizes it */
	/* What the holder hadn't heard when it passed it on counts as well. */
	add_all(&arena, &queue, &passed.queue, passed.to, cluster_self(room->hub));
	add_all(&arena, &queue, &room->pen.queue, passed.to, cluster_self(room->hub));
	set_queue(&room->pen, &queue);
	if (is_self(room, passed.to))
		hear_mine(room, &passed);
	else
		hear_others(room, &passed);
}

void pen_followed(struct room *room)
{
	room->pen.others = true;
	followed(room);
}

void pen_written(struct room *room, const char *node, int64_t seq)
{
	struct pen *pen = &room->pen;

	if (pen->held && (room->pending || room->inflight || seq <= pen->from_seq))
		return; /* the log will say who it was */
	if (pen->held && pen->wanted)
		ask(room, HOLDER_MS);
	if (pen->held || !pen->holder || strcmp(pen->holder, node) != 0)
		give_up(pen, node);
}

void pen_lost(struct room *room)
{
	struct pen *pen = &room->pen;

	if (!cluster_reaches(room)) {
		pen->rest_mono_ms = 0; /* whoever was first rests */
		return;
	}
	if (cluster_alone(room->hub))
		return;
	pen->held = pen->leaving = pen->unsure = false;
	pen->wanted = pen->asked_twice = true;
	ask(room, SOMEBODY_MS);
}

void pen_reach(struct room *room, bool reaches)
{
	struct pen *pen = &room->pen;

	if (reaches && pen->wanted && !pen->held)
		ask(room, NOBODY_MS);
	if (reaches)
		return;
	give_up(pen, NULL);
	mu_strs_clear(&pen->queue);
	pen->queue = (struct mu_strs){ 0 };
	if (pen->wanted)
		read_first(room);
}

void pen_node_gone(struct mu_hub *hub, const char *node)
{
	struct room *room, *next;

	HASH_ITER (hh, hub->rooms, room, next) {
		struct pen *pen = &room->pen;
		queue_drop(pen, node);
		hub_dirty(room);
		if (!pen->holder || strcmp(pen->holder, node) != 0)
			continue;
		set_holder(pen, NULL);
		if (pen->wanted)
			ask(room, NOBODY_MS);
	}
}

/* ---- the room's ---- */

void pen_init(struct room *room)
{
	mu_timer_init(&room->pen.patience, on_patience);
	mu_timer_init(&room->pen.turn, on_turn);
}

void pen_finish(struct room *room)
{
	struct pen *pen = &room->pen;

	mu_timer_cancel(&room->hub->wheel, &pen->patience);
	mu_timer_cancel(&room->hub->wheel, &pen->turn);
	mu_strs_clear(&pen->queue);
	free(pen->holder);
}
