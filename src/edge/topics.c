/* The topic index.
 * Invariant: topic->members[m.at] of a membership m is that member, and its `at` leads back; a topic without
 * members does not exist.
 * Thread: one owner. */
#include "topics.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64

void mu_topics_init(struct mu_topics *topics, struct mu_joined *(*joined)(void *arg, uint32_t slot),
		    void *arg)
{
	*topics = (struct mu_topics){ .joined = joined, .arg = arg };
}

void mu_topics_finish(struct mu_topics *topics)
{
	for (uint32_t i = 0; i < topics->cap; i++) {
		if (!topics->table[i])
			continue;
		free(topics->table[i]->members);
		free(topics->table[i]);
	}
	free(topics->table);
	*topics = (struct mu_topics){ .joined = topics->joined, .arg = topics->arg };
}

/* The hub numbers topics, no outsider chooses them: multiplicative hashing is enough. */
static uint32_t home(const struct mu_topics *topics, uint32_t id)
{
	return (id * 2654435769u >> 7) & (topics->cap - 1);
}

/* Where a topic is, or the free place where it would be. */
static uint32_t place(const struct mu_topics *topics, uint32_t id)
{
	uint32_t i = home(topics, id);

	while (topics->table[i] && topics->table[i]->id != id)
		i = (i + 1) & (topics->cap - 1);
	return i;
}

const struct mu_topic *mu_topics_find(const struct mu_topics *topics, uint32_t id)
{
	return topics->cap ? topics->table[place(topics, id)] : NULL;
}

static bool grow_table(struct mu_topics *topics)
{
	struct mu_topics bigger = { .cap = topics->cap ? topics->cap * 2 : FIRST_CAP };

	bigger.table = calloc(bigger.cap, sizeof(*bigger.table));
	if (!bigger.table)
		return false;
	for (uint32_t i = 0; i < topics->cap; i++)
		if (topics->table[i])
			bigger.table[place(&bigger, topics->table[i]->id)] = topics->table[i];
	free(topics->table);
	topics->table = bigger.table;
	topics->cap = bigger.cap;
	return true;
}

static struct mu_topic *make(struct mu_topics *topics, uint32_t id)
{
	struct mu_topic *topic = (struct mu_topic *)mu_topics_find(topics, id);

	if (topic)
		return topic;
	if (topics->n * 4 >= topics->cap * 3 && !grow_table(topics))
		return NULL;
	topic = calloc(1, sizeof(*topic));
	if (!topic)
		return NULL;
	topic->id = id;
	topics->table[place(topics, id)] = topic;
	topics->n++;
	return topic;
}

/* Take an empty topic out and close the gap in its probe chain. */
static void drop(struct mu_topics *topics, struct mu_topic *topic)
{
	uint32_t mask = topics->cap - 1, gap = place(topics, topic->id), i = gap;

	for (;;) {
		i = (i + 1) & mask;
		if (!topics->table[i])
			break;
		/* An entry may move into the gap if its home is not between the two (cyclically). */
		if (((i - home(topics, topics->table[i]->id)) & mask) >= ((i - gap) & mask)) {
			topics->table[gap] = topics->table[i];
			gap = i;
		}
	}
	topics->table[gap] = NULL;
	topics->n--;
	free(topic->members);
	free(topic);
}

static bool room_for_member(struct mu_topic *topic)
{
	uint32_t cap = topic->cap ? topic->cap * 2 : 1;
	struct mu_topic_member *members;

	if (topic->n < topic->cap)
		return true;
	members = realloc(topic->members, cap * sizeof(*members));
	if (!members)
		return false;
	topic->members = members;
	topic->cap = cap;
	return true;
}

static bool room_for_membership(struct mu_joined *joined)
{
	uint32_t cap = joined->cap ? joined->cap + joined->cap / 2 + 1 : 4;
	struct mu_membership *v;

	if (joined->n < joined->cap)
		return true;
	v = realloc(joined->v, cap * sizeof(*v));
	if (!v)
		return false;
	joined->v = v;
	joined->cap = cap;
	return true;
}

/* A member's topics are few; finding one of them is a walk over an array. */
static bool find_membership(const struct mu_joined *joined, uint32_t id, uint32_t *ret_at)
{
	for (uint32_t i = 0; i < joined->n; i++) {
		if (joined->v[i].topic->id != id)
			continue;
		*ret_at = i;
		return true;
	}
	return false;
}

bool mu_topics_joined(const struct mu_joined *joined, uint32_t id)
{
	uint32_t at;

	return find_membership(joined, id, &at);
}

enum mu_err mu_topics_join(struct mu_topics *topics, uint32_t slot, uint32_t id)
{
	struct mu_joined *joined = topics->joined(topics->arg, slot);
	struct mu_topic *topic;
	uint32_t at;

	if (find_membership(joined, id, &at))
		return MU_OK;
	if (!room_for_membership(joined))
		return MU_NO_MEMORY;
	topic = make(topics, id);
	if (!topic)
		return MU_NO_MEMORY;
	if (!room_for_member(topic)) {
		if (!topic->n)
			drop(topics, topic);
		return MU_NO_MEMORY;
	}
	topic->members[topic->n] = (struct mu_topic_member){ .slot = slot, .at = joined->n };
	joined->v[joined->n++] = (struct mu_membership){ .topic = topic, .at = topic->n++ };
	return MU_OK;
}

/* Take a membership out of both arrays; the last entry of each moves into the gap. */
static void remove_at(struct mu_topics *topics, struct mu_joined *joined, uint32_t at)
{
	struct mu_membership gone = joined->v[at];
	struct mu_topic *topic = gone.topic;

	if (gone.at != --topic->n) {
		struct mu_topic_member *moved = &topic->members[gone.at];

		*moved = topic->members[topic->n];
		topics->joined(topics->arg, moved->slot)->v[moved->at].at = gone.at;
	}
	if (at != --joined->n) {
		joined->v[at] = joined->v[joined->n];
		joined->v[at].topic->members[joined->v[at].at].at = at;
	}
	if (!topic->n)
		drop(topics, topic);
}

void mu_topics_leave(struct mu_topics *topics, uint32_t slot, uint32_t id)
{
	struct mu_joined *joined = topics->joined(topics->arg, slot);
	uint32_t at;

	if (find_membership(joined, id, &at))
		remove_at(topics, joined, at);
}

void mu_topics_leave_all(struct mu_topics *topics, uint32_t slot)
{
	struct mu_joined *joined = topics->joined(topics->arg, slot);

	while (joined->n)
		remove_at(topics, joined, joined->n - 1);
	free(joined->v);
	*joined = (struct mu_joined){ 0 };
}
