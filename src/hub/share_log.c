/* Sessions of nodes that reach each other in no other way: while the bus is away, what it would carry of them
 * goes through the log, as rows that nobody else is told of (node.said). So who comes and goes is seen by all
 * of them a moment later, by the same versions, questions and answers.
 *
 * A node writes a row every now and then, of all that changed since the last one, however many others there
 * are; the next only when that is durable. What is lost with its batch is said again, a version as it was: so
 * versions in the log follow each other, and a gap is as rare as the bus itself makes one when it goes.
 *
 * Words in the log are read late. Once the bus is back, what it says of a node is newer: from then on a row
 * only shows that something was missed of a node that is known by then.
 *
 * Invariant: `row` is empty, or the last version made, which isn't durable as far as is known here.
 * Thread: hub. */
#include "share_inner.h"

#include "cluster.h"
#include "commit.h"
#include "dispatch.h"
#include "pen.h"
#include "room.h"
#include "turn.h"
#include "muster/model/said.h"

#include <string.h>

/* How long the bus has to be away before anything is written, by up to so much later by chance, so that not
 * all rooms of all nodes write at the same moment; and how often it is then. */
#define AWAY_MS 500
#define SPREAD_MS 300
#define EACH_MS 500
#define LITTLE_SESSIONS 200
/* What was said longer ago than this was heard before the bus went. */
#define HEARD_MS 10000

static const struct word {
	const char *name;
	enum cluster_word word;
	void (*hear)(struct room *room, const char *node, const char *json, size_t bytes);
} words[] = {
	{ "here", WORD_HERE, share_hear_here },
	{ "here.ask", WORD_HERE_ASK, share_hear_ask },
	{ "here.all", WORD_HERE_ALL, share_hear_all },
};

/* ---- saying ---- */

/* Nobody would read it: there was no other node when there was a bus, and none has spoken since. */
static bool is_lonely(const struct room *room)
{
	const struct share *share = room->share;

	return share->reached && !share->called && !share->mirrors && cluster_alone(room->hub);
}

bool share_by_log(const struct room *room)
{
	return !cluster_reaches(room) && !is_lonely(room);
}

static unsigned bit(enum cluster_word word)
{
	return 1U << word;
}

static bool add_row(struct room *room, enum cluster_word word, const char *json)
{
	struct share *share = room->share;
	struct mu_said said = { .node = (char *)cluster_self(room->hub), .text = (char *)json };

	if (room->state != ROOM_READY)
		return false;
	for (size_t i = 0; i < MU_COUNT(words); i++)
		if (words[i].word == word)
			said.word = (char *)words[i].name;
	share->added |= bit(word);
	commit_system(room, &mu_said_type, &said);
	return room->state == ROOM_READY;
}

bool share_say(struct room *room, enum cluster_word word, const char *json, size_t bytes)
{
	return share_by_log(room) ? add_row(room, word, json) : cluster_say(room, word, json, bytes);
}

static bool is_due(const struct share *share)
{
	const bool version = share->row.n ? !(share->added & bit(WORD_HERE)) : share->changed;

	return version || share->asking || share->asked;
}

/* Not before the bus was away for long enough, nor at every turn, nor while the store takes nothing. */
static int64_t wait_ms(const struct room *room)
{
	const int64_t from_ms = dispatch_rests(room) ? room->own_from_mono_ms : 0;
	const struct share *share = room->share;

	return (from_ms > share->log_from_mono_ms ? from_ms : share->log_from_mono_ms) -
	       room->hub->now.mono_ms;
}

static void say_version(struct room *room)
{
	struct share *share = room->share;

	if (!share->row.n && share->changed)
		share_write_next(room, &share->row);
	if (mu_buf_error(&share->row)) { /* all will ask */
		mu_buf_reset(&share->row);
		share->changed = share->unsaid = true;
	}
	if (share->row.n && !(share->added & bit(WORD_HERE)))
		share_say(room, WORD_HERE, mu_buf_text(&share->row), share->row.n);
}

bool share_log_flush(struct room *room)
{
	struct share *share = room->share;

	if (room->state != ROOM_READY || room->hub->fenced || !is_due(share))
		return false;
	if (wait_ms(room) > 0) {
		mu_timer_set(&room->hub->wheel, &share->log_timer, room->hub->now.mono_ms + wait_ms(room));
		return false;
	}
	if (!pen_take(room))
		return false;
	share->log_from_mono_ms = room->hub->now.mono_ms + EACH_MS;
	say_version(room);
	if (share->asking && room->state == ROOM_READY)
		share_ask_now(room);
	share->asking &= room->state != ROOM_READY;
	return room->state == ROOM_READY;
}

/* ---- hearing ---- */

static void heard_own(struct room *room, const struct mu_said *said, enum cluster_word word)
{
	struct share *share = room->share;

	if (word == WORD_HERE && share->row.n && strcmp(said->text, mu_buf_text(&share->row)) != 0)
		return; /* of an earlier run */
	if (word == WORD_HERE)
		mu_buf_reset(&share->row);
	share->added &= ~bit(word);
	hub_dirty(room);
}

static const struct word *find_word(const char *name)
{
	for (size_t i = 0; i < MU_COUNT(words); i++)
		if (!strcmp(words[i].name, name))
			return &words[i];
	return NULL;
}

/* An answer that comes late may be of a node that is gone, or of what it was. */
static bool is_news(const struct room *room, const struct mu_said *said, enum cluster_word word)
{
	struct mirror *mirror = NULL;

	if (!cluster_reaches(room))
		return true;
	HASH_FIND_STR(room->share->mirrors, said->node, mirror);
	return mirror && word == WORD_HERE;
}

void share_logged(struct room *room, const struct mu_said *said)
{
	const struct word *word = room->share ? find_word(said->word) : NULL;
	const bool own = !strcmp(said->node, cluster_self(room->hub));

	if (!word) /* a newer program may know more words */
		return;
	room->share->called |= !own;
	if (own)
		heard_own(room, said, word->word);
	else if (is_news(room, said, word->word))
		word->hear(room, said->node, said->text, strlen(said->text));
}

void share_unlogged(struct room *room)
{
	struct share *share = room->share;

	if (!share)
		return;
	share->asked |= (share->added & bit(WORD_HERE_ALL)) != 0;
	share->asking |= (share->added & bit(WORD_HERE_ASK)) != 0;
	share->added = 0;
}

/* ---- the bus comes and goes ---- */

/* There is nobody of whom to speak, and the others know that. */
static bool is_known_empty(const struct room *room)
{
	const struct share *share = room->share;

	return !room->n_sessions && !share->changed && !share->unheard &&
	       room->hub->now.mono_ms - share->said_mono_ms > HEARD_MS;
}

/* What was said with its last breath may have been lost, and nodes take a while to notice: who has little to
 * say says all of it, so that nobody must ask. */
static void went(struct room *room)
{
	struct share *share = room->share;

	share->log_from_mono_ms = room->hub->now.mono_ms + AWAY_MS + mu_random_below(SPREAD_MS);
	if (share->version > 0 && !is_known_empty(room)) {
		share->asked |= room->n_sessions <= LITTLE_SESSIONS;
		share->changed |= room->n_sessions > LITTLE_SESSIONS;
	}
	share->asking = !share->mirrors;
	hub_dirty(room);
}

static void came(struct room *room)
{
	struct share *share = room->share;

	share->reached = true;
	share->asking = false;
	share->added = 0;
	mu_buf_reset(&share->row);
	mu_timer_cancel(&room->hub->wheel, &share->log_timer);
	share_drop_unwatched(room);
}

void share_log_reach(struct room *room, bool reaches)
{
	if (reaches)
		came(room);
	else
		went(room);
}

static void on_timer(struct mu_timer *timer, int64_t now_ms)
{
	hub_dirty(MU_CONTAINER_OF(timer, struct share, log_timer)->room);
}

void share_log_init(struct share *share)
{
	mu_timer_init(&share->log_timer, on_timer);
	went(share->room);
}

void share_log_finish(struct share *share)
{
	mu_timer_cancel(&share->room->hub->wheel, &share->log_timer);
	mu_buf_finish(&share->row);
}
