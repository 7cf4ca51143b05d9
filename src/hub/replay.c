/* What was committed lately, kept encoded for those who come back soon, and what they missed: gathered from
 * there, or from rows of the log, as far as they may hear it now.
 * Invariant: the ring holds every event from recent_from to durable_seq, and no more bytes than it may.
 * Thread: hub. */
#include "replay.h"

#include "room.h"
#include "turn.h"
#include "muster/model/audience.h"

#include <string.h>

/* ---- the ring ---- */

/* Most workspaces see few events: the ring starts small. */
#define RECENT_FIRST 64

/* Have room for `n` events, or for as many as may be kept. */
static void recent_grow(struct room *room, int64_t n)
{
	size_t most = (size_t)room->hub->config->recent_events,
	       cap = room->recent_cap ? room->recent_cap : RECENT_FIRST;
	struct recent *grown;

	while (cap < most && (int64_t)cap < n)
		cap *= 2;
	cap = cap < most ? cap : most;
	grown = cap > room->recent_cap ? calloc(cap, sizeof(*grown)) : NULL;
	if (!grown)
		return;
	for (size_t i = 0; i < room->recent_cap; i++)
		if (room->recent[i].seq)
			grown[(size_t)room->recent[i].seq % cap] = room->recent[i];
	free(room->recent);
	room->recent = grown;
	room->recent_cap = cap;
}

static int64_t recent_size(const struct recent *slot)
{
	return (int64_t)((slot->full ? slot->full->n : 0) + (slot->brief ? slot->brief->n : 0) +
			 (slot->audience ? strlen(slot->audience) : 0));
}

static void recent_drop_slot(struct recent *slot)
{
	mu_frame_unref(slot->full);
	mu_frame_unref(slot->brief);
	free(slot->audience);
	*slot = (struct recent){ 0 };
}

static void recent_drop(struct room *room, struct recent *slot)
{
	room->recent_bytes -= recent_size(slot);
	recent_drop_slot(slot);
}

/* Drop the oldest until the rest may stay. */
static void recent_shrink(struct room *room, int64_t last_seq)
{
	for (; room->recent_bytes > room->hub->config->recent_bytes && room->recent_from <= last_seq;
	     room->recent_from++)
		recent_drop(room, &room->recent[(size_t)room->recent_from % room->recent_cap]);
}

/* False when memory is out. */
static bool recent_fill(struct recent *slot, const struct telling *telling)
{
	if (!*telling->audience)
		return true;
	slot->audience = strdup(telling->audience);
	if (!slot->audience)
		return false;
	slot->full = telling->full ? mu_frame_ref(telling->full) : NULL;
	slot->brief = telling->brief ? mu_frame_ref(telling->brief) : NULL;
	return true;
}

void recent_add(struct room *room, int64_t seq, int64_t at_ms, const struct telling *telling)
{
	struct recent *slot;
	bool whole;

	recent_grow(room, seq - room->recent_from + 1);
	if (!room->recent_cap) {
		room->recent_from = seq + 1;
		return;
	}
	slot = &room->recent[(size_t)seq % room->recent_cap];
	recent_drop(room, slot);
	slot->seq = seq;
	slot->at_ms = at_ms;
	whole = recent_fill(slot, telling);
	room->recent_bytes += recent_size(slot);
	if (seq - room->recent_from >= (int64_t)room->recent_cap)
		room->recent_from = seq - (int64_t)room->recent_cap + 1;
	if (!whole)
		room->recent_from = seq + 1; /* it isn't all there: the log will be asked */
	recent_shrink(room, seq);
}

/* Put an event before all that are there, if there is room for it; false when it has to stay out. */
static bool recent_prepend(struct room *room, const struct mu_row *row)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct telling telling = { .audience = row->payload ? row->audience : "" };
	struct recent slot = { .seq = row->seq, .at_ms = row->at_ms };
	struct mu_event event;
	bool whole = !row->payload ||
		     (!event_of_row(row, &arena, &event) && !telling_encode(room, &event, &telling));

	whole = whole && recent_fill(&slot, &telling);
	telling_finish(&telling);
	recent_grow(room, room->durable_seq - row->seq + 1);
	if (whole && room->durable_seq - row->seq < (int64_t)room->recent_cap &&
	    room->recent_bytes + recent_size(&slot) <= room->hub->config->recent_bytes) {
		recent_drop(room, &room->recent[(size_t)row->seq % room->recent_cap]);
		room->recent[(size_t)row->seq % room->recent_cap] = slot;
		room->recent_bytes += recent_size(&slot);
		room->recent_from = row->seq;
		return true;
	}
	recent_drop_slot(&slot);
	return false;
}

void recent_extend(struct room *room, const struct mu_row *rows, size_t n)
{
	for (size_t i = n; i-- > 0;) {
		if (rows[i].seq >= room->recent_from)
			continue;
		if (rows[i].seq + 1 != room->recent_from || !recent_prepend(room, &rows[i]))
			return;
	}
}

void recent_clear(struct room *room, int64_t seq)
{
	for (size_t i = 0; i < room->recent_cap; i++)
		recent_drop(room, &room->recent[i]);
	room->recent_from = seq + 1;
}

bool recent_reaches(const struct room *room, int64_t seq)
{
	return seq == room->durable_seq || seq + 1 >= room->recent_from;
}

/* ---- the replay ---- */

static void replay_add(struct replay *replay, struct mu_frame *frame)
{
	if (replay->n == replay->cap) {
		size_t cap = replay->cap ? replay->cap * 2 : 64;
		struct mu_frame **v = realloc(replay->v, cap * sizeof(struct mu_frame *));
		if (!v) {
			replay->failed = true;
			mu_frame_unref(frame);
			return;
		}
		replay->v = v;
		replay->cap = cap;
	}
	replay->v[replay->n++] = frame;
}

void replay_finish(struct replay *replay)
{
	for (size_t i = 0; i < replay->n; i++)
		mu_frame_unref(replay->v[i]);
	free(replay->v);
}

void replay_recent(const struct room *room, int64_t after_seq, const struct mu_strs *topics,
		   struct replay *replay)
{
	for (int64_t seq = after_seq + 1; seq <= room->durable_seq; seq++) {
		const struct recent *recent = &room->recent[(size_t)seq % room->recent_cap];
		enum mu_meeting meeting = recent->seq == seq && recent->audience
						  ? mu_audience_meets(recent->audience, topics)
						  : MU_MEET_NOT;
		if (meeting)
			replay_add(replay,
				   mu_frame_ref(meeting == MU_MEET_FULLY ? recent->full : recent->brief));
	}
}

/* An event from the log in the form in which it is told. Of a type that this program doesn't know it can't be
 * said what may be told. Errors: MU_NO_MEMORY, MU_INVALID_PARAMS. */
static enum mu_err row_frame(const struct room *room, const struct mu_row *row, enum mu_form form,
			     struct mu_frame **ret_frame)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct mu_event event;
	enum mu_err err = event_of_row(row, &arena, &event);

	return err ? err : event_encode(room, &event, form, ret_frame);
}

void replay_rows(const struct room *room, const struct mu_job *job, int64_t after_seq,
		 const struct mu_strs *topics, struct replay *replay)
{
	for (size_t i = 0; i < job->n_rows && !replay->failed; i++) {
		const struct mu_row *row = &job->rows[i];
		struct mu_frame *frame = NULL;
		enum mu_meeting meeting =
			row->payload && row->seq > after_seq && row->seq <= room->durable_seq
				? mu_audience_meets(row->audience, topics)
				: MU_MEET_NOT;
		if (!meeting)
			continue;
		if (row_frame(room, row, meeting == MU_MEET_FULLY ? MU_FORM_FULL : MU_FORM_BRIEF, &frame))
			replay->failed = true;
		else
			replay_add(replay, frame);
	}
}
