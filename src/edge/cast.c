/* Casting: frames for all who joined one of some topics.
 *
 * Casts that follow each other to the same people are held until something else comes, or until the hub has
 * said all that it had to say. Then they go out together, put into one run of bytes that is made once and
 * shared by all: what a burst of events costs a session is one entry in its outbox.
 *
 * Invariant: everybody hears casts in the order in which they came, and what is for one connection alone
 * comes behind all casts before it: cast_catch_up gives it what is held, ahead of the others.
 * Thread: the edge's. */
#include "inner.h"

#include <string.h>

#define TOGETHER_MAX_BYTES 16384
/* What may be left out or refused as a whole is one of so many parts of a reader's budget. */
#define BUDGET_PARTS 8

/* NULL: nobody hears that form. It may be there all the same, for those who have left meanwhile. */
static struct mu_frame *form_of(const struct mu_down *down, bool brief)
{
	if (brief)
		return down->cast.n_brief ? down->cast.brief : NULL;
	return down->cast.n_topics ? down->cast.frame : NULL;
}

static size_t bytes_of(const struct mu_down *down)
{
	size_t full = form_of(down, false) ? down->cast.frame->n : 0;
	size_t brief = form_of(down, true) ? down->cast.brief->n : 0;

	return full > brief ? full : brief;
}

static bool goes_along(const struct mu_edge *edge, const struct mu_down *down)
{
	const struct held_casts *held = &edge->held;
	const struct mu_down *first = held->v[0];
	const size_t share = (size_t)config_of(edge)->send_budget_bytes / BUDGET_PARTS;

	return held->n < MU_HELD_CASTS && first->cast.class == down->cast.class &&
	       first->cast.n_topics == down->cast.n_topics && first->cast.n_brief == down->cast.n_brief &&
	       !memcmp(first->cast.topics, down->cast.topics,
		       (down->cast.n_topics + down->cast.n_brief) * sizeof(*down->cast.topics)) &&
	       held->bytes + bytes_of(down) <= (share < TOGETHER_MAX_BYTES ? share : TOGETHER_MAX_BYTES);
}

void cast_hold(struct mu_edge *edge, struct mu_down *down)
{
	struct held_casts *held = &edge->held;

	if (held->n && !goes_along(edge, down))
		cast_flush(edge, false);
	held->v[held->n++] = down;
	held->bytes += bytes_of(down);
	edge->cast++;
}

/* The number of the first cast that is held. */
static uint64_t first_number(const struct mu_edge *edge)
{
	return edge->cast - edge->held.n + 1;
}

/* Give what the connection has not had yet, one by one. */
static void give_each(struct conn *conn, bool brief)
{
	struct mu_edge *edge = conn->edge;
	const uint64_t first = first_number(edge);
	size_t i = conn->cast < first ? 0 : (size_t)(conn->cast - first + 1);

	conn->cast = edge->cast;
	for (; i < edge->held.n; i++)
		send_frame(conn, form_of(edge->held.v[i], brief), edge->held.v[i]->cast.class);
}

/* Whether the connection hears what is held, and in which form. */
static bool hears(const struct conn *conn, bool *ret_brief)
{
	const struct mu_down *first = conn->edge->held.v[0];

	for (size_t i = 0; i < first->cast.n_topics + first->cast.n_brief; i++) {
		if (!mu_topics_joined(&conn->joined, first->cast.topics[i]))
			continue;
		*ret_brief = i >= first->cast.n_topics;
		return true;
	}
	return false;
}

void cast_catch_up(struct conn *conn)
{
	bool brief;

	if (conn->cast == conn->edge->cast || !conn->edge->held.n)
		return;
	if (hears(conn, &brief))
		give_each(conn, brief);
	conn->cast = conn->edge->cast; /* what it joins now it hears from now on */
}

/* All that is held in one frame; NULL when memory is out or there is nothing in this form. */
static struct mu_frame *put_together(const struct held_casts *held, bool brief)
{
	struct mu_frame *whole;
	size_t n = 0;

	if (!form_of(held->v[0], brief))
		return NULL;
	if (held->n == 1)
		return mu_frame_ref(form_of(held->v[0], brief));
	for (size_t i = 0; i < held->n; i++)
		n += form_of(held->v[i], brief)->n;
	whole = mu_frame_create(n);
	if (!whole)
		return NULL;
	whole->count = 0;
	n = 0;
	for (size_t i = 0; i < held->n; i++) {
		const struct mu_frame *frame = form_of(held->v[i], brief);

		memcpy(whole->data + n, frame->data, frame->n);
		n += frame->n;
		whole->count = (uint16_t)(whole->count + frame->count);
	}
	return whole;
}

static void give(struct conn *conn, struct mu_frame *whole, bool brief, bool last)
{
	struct mu_edge *edge = conn->edge;

	if (!whole || conn->cast >= first_number(edge)) {
		give_each(conn, brief);
		return;
	}
	conn->cast = edge->cast;
	(last ? send_at_once : send_frame)(conn, whole, edge->held.v[0]->cast.class);
}

/* To the members of a topic who have not had all of it. */
static void give_members(struct mu_edge *edge, uint32_t id, struct mu_frame *whole, bool brief, bool last)
{
	const struct mu_topic *topic = mu_topics_find(&edge->topics, id);

	/* Sending may close a slow reader, which then leaves this topic: from the end, removal moves nobody
	 * that is still to come, and the topic goes with its last member. */
	for (uint32_t m = topic ? topic->n : 0; m-- > 0;) {
		struct conn *conn = conn_at(edge, topic->members[m].slot);

		if (m) /* the next one comes from far in memory, while the kernel writes to this one */
			__builtin_prefetch(conn_at(edge, topic->members[m - 1].slot), 1);
		if (conn->cast != edge->cast)
			give(conn, whole, brief, last);
	}
}

static void forget(struct held_casts *held)
{
	while (held->n)
		mu_down_destroy(held->v[--held->n]);
	held->bytes = 0;
}

void cast_flush(struct mu_edge *edge, bool last)
{
	struct held_casts *held = &edge->held;
	const struct mu_down *first = held->v[0];
	AUTO_FRAME struct mu_frame *full = NULL, *brief = NULL;

	if (!held->n)
		return;
	edge->casts += (int64_t)held->n;
	edge->casts_joined += (int64_t)held->n - 1;
	full = put_together(held, false);
	brief = put_together(held, true);
	for (size_t i = 0; i < first->cast.n_topics + first->cast.n_brief; i++) {
		const bool is_brief = i >= first->cast.n_topics;

		give_members(edge, first->cast.topics[i], is_brief ? brief : full, is_brief, last);
	}
	forget(held);
}
