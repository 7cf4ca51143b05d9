/* Topics as numbers: names that live sessions hold get a number while somebody holds them; edges only know numbers.
 * Thread: hub. */
#include "inner.h"

struct topic *topic_ref(struct room *room, const char *name)
{
	struct topic *topic = NULL;
	size_t n = strlen(name);

	HASH_FIND(hh, room->topics, name, n, topic);
	if (topic) {
		topic->refs++;
		return topic;
	}
	topic = calloc(1, sizeof(*topic) + n + 1);
	if (!topic)
		return NULL;
	memcpy(topic->name, name, n);
	topic->id = ++room->hub->next_topic;
	topic->refs = 1;
	HASH_ADD_KEYPTR(hh, room->topics, topic->name, n, topic);
	if (topic->hh.tbl)
		return topic;
	free(topic);
	return NULL;
}

void topic_unref(struct room *room, struct topic *topic)
{
	if (!topic || --topic->refs)
		return;
	HASH_DEL(room->topics, topic);
	free(topic);
}

void topics_send(struct session *session, struct topic *const *join, size_t n_join, struct topic *const *leave, size_t n_leave)
{
	struct mu_down *down = n_join + n_leave ? mu_down_create(MU_DOWN_TOPICS) : NULL;

	if (!down)
		return;
	down->conn = session->conn;
	down->topics.v = malloc((n_join + n_leave) * sizeof(*down->topics.v));
	if (!down->topics.v) {
		mu_down_destroy(down);
		return;
	}
	for (size_t i = 0; i < n_join; i++)
		down->topics.v[i] = join[i]->id;
	for (size_t i = 0; i < n_leave; i++)
		down->topics.v[n_join + i] = leave[i]->id;
	down->topics.n_join = n_join;
	down->topics.n_leave = n_leave;
	hub_send(session->room->hub, session->conn.edge, down);
}

static bool has(const struct topic_set *set, const struct topic *topic)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i] == topic)
			return true;
	return false;
}

/* Members of a that aren't in b, moved to the front of `out`. */
static size_t minus(const struct topic_set *a, const struct topic_set *b, struct topic **out)
{
	size_t n = 0;

	for (size_t i = 0; i < a->n; i++)
		if (!has(b, a->v[i]))
			out[n++] = a->v[i];
	return n;
}

static void set_clear(struct room *room, struct topic_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		topic_unref(room, set->v[i]);
	free(set->v);
	*set = (struct topic_set){ 0 };
}

void topics_replace(struct session *session, const struct mu_strs *names)
{
	struct room *room = session->room;
	struct topic_set next = { .v = calloc(names->n + 1, sizeof(struct topic *)) };
	struct topic **changes = calloc(names->n + session->topics.n + 1, sizeof(*changes));
	bool complete = next.v && changes;

	for (size_t i = 0; complete && i < names->n; i++) {
		struct topic *topic = topic_ref(room, names->v[i]);
		complete = topic != NULL;
		if (topic)
			next.v[next.n++] = topic;
	}
	if (complete) {
		size_t join = minus(&next, &session->topics, changes);
		size_t leave = minus(&session->topics, &next, changes + join);
		topics_send(session, changes, join, changes + join, leave);
		struct topic_set old = session->topics;
		session->topics = next;
		next = old;
	}
	set_clear(room, &next);
	free(changes);
	/* A session that can't be told what it may hear must not hear what it may not. */
	if (!complete)
		session_end(session, MU_CLOSE_OVERLOADED, MU_LEAVE_LOST);
}

void topics_leave(struct session *session)
{
	set_clear(session->room, &session->topics);
}

static void cast(struct room *room, struct mu_frame *frame, enum mu_class class, const uint32_t *ids, size_t n)
{
	struct mu_hub *hub = room->hub;

	for (size_t i = 0; n && i < hub->n_edges; i++) {
		struct mu_down *down = mu_down_create(MU_DOWN_CAST);
		uint32_t *copy = malloc(n * sizeof(*copy));
		if (!down || !copy) {
			mu_log(MU_LOG_ERROR, "hub", "out of memory: a frame was not sent", MU_KS("workspace", room->id));
			free(copy);
			mu_down_destroy(down);
			continue;
		}
		memcpy(copy, ids, n * sizeof(*copy));
		down->cast.frame = mu_frame_ref(frame);
		down->cast.class = class;
		down->cast.topics = copy;
		down->cast.n_topics = n;
		hub_send(hub, (unsigned)i, down);
	}
}

void topic_cast(struct room *room, struct mu_frame *frame, enum mu_class class, const struct topic *topic)
{
	cast(room, frame, class, &topic->id, 1);
}

static size_t count_lines(const char *text)
{
	size_t n = 1;

	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

void topics_cast(struct room *room, struct mu_frame *frame, enum mu_class class, const char *audience)
{
	uint32_t few[32], *ids = few;
	AUTO_FREE uint32_t *many = NULL;
	size_t n = 0, lines = count_lines(audience);

	if (lines > MU_COUNT(few)) {
		ids = many = malloc(lines * sizeof(*many));
		if (!ids)
			return;
	}
	while (*audience) {
		size_t length = strcspn(audience, "\n");
		struct topic *topic = NULL;
		HASH_FIND(hh, room->topics, audience, length, topic);
		if (topic)
			ids[n++] = topic->id;
		audience += length + (audience[length] == '\n');
	}
	cast(room, frame, class, ids, n);
}
