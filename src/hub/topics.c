/* Topics as numbers: names that live sessions hold get a number while somebody holds them; edges only know
 * numbers.
 * Thread: hub. */
#include "topics.h"

#include "room.h"
#include "session.h"
#include "turn.h"
#include "muster/base/log.h"

#include <string.h>

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
	topic->id = number_take(room->hub);
	topic->refs = 1;
	if (topic->id)
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
	free(topic->groups);
	free(topic);
}

void topics_send(struct session *session, uint32_t join, uint32_t leave)
{
	struct mu_down *down;

	if (join == leave)
		return;
	down = mu_down_create(MU_DOWN_TOPICS);
	if (!down) {
		session_cut(session, MU_CLOSE_OVERLOADED);
		return;
	}
	down->conn = session->conn;
	down->topics.join = join;
	down->topics.leave = leave;
	hub_send(session->room->hub, session->conn.edge, down);
}

/* ---- groups ---- */

#define OWN_PREFIX "user/"
#define OWN_LENGTH (sizeof(OWN_PREFIX) - 1)

static bool is_own(const char *name)
{
	return !strncmp(name, OWN_PREFIX, OWN_LENGTH);
}

static char *group_key(const struct mu_strs *names)
{
	struct mu_buf out = { 0 };

	for (size_t i = 0; i < names->n; i++)
		if (!is_own(names->v[i]))
			mu_buf_printf(&out, "%s\n", names->v[i]);
	return mu_buf_take(&out);
}

static bool topic_add_group(struct topic *topic, struct group *group)
{
	struct group **grown = realloc(topic->groups, (topic->n_groups + 1) * sizeof(struct group *));

	if (!grown)
		return false;
	topic->groups = grown;
	topic->groups[topic->n_groups++] = group;
	return true;
}

static void topic_remove_group(struct topic *topic, const struct group *group)
{
	for (size_t i = 0; i < topic->n_groups; i++)
		if (topic->groups[i] == group) {
			topic->groups[i] = topic->groups[--topic->n_groups];
			return;
		}
}

void group_drop(struct room *room, struct group *group)
{
	for (size_t i = 0; i < group->n; i++) {
		topic_remove_group(group->topics[i], group);
		topic_unref(room, group->topics[i]);
	}
	if (group->hh.tbl)
		HASH_DEL(room->groups, group);
	free(group->topics);
	free(group->key);
	free(group);
}

static bool group_fill(struct room *room, struct group *group, const struct mu_strs *names)
{
	group->topics = calloc(names->n + 1, sizeof(struct topic *));
	for (size_t i = 0; group->topics && i < names->n; i++) {
		struct topic *topic = is_own(names->v[i]) ? NULL : topic_ref(room, names->v[i]);
		if (is_own(names->v[i]))
			continue;
		if (!topic)
			return false;
		group->topics[group->n++] = topic;
		if (!topic_add_group(topic, group))
			return false;
	}
	return group->topics != NULL;
}

static struct group *group_get(struct room *room, const struct mu_strs *names)
{
	char *key = group_key(names);
	struct group *group = NULL;

	if (!key)
		return NULL;
	HASH_FIND_STR(room->groups, key, group);
	if (group) {
		free(key);
		return group;
	}
	group = calloc(1, sizeof(*group));
	if (!group) {
		free(key);
		return NULL;
	}
	group->key = key;
	if (group_fill(room, group, names))
		group->id =
			number_take(room->hub); /* after its topics have theirs: it isn't in the table yet */
	if (group->id)
		HASH_ADD_KEYPTR(hh, room->groups, group->key, strlen(group->key), group);
	if (group->hh.tbl)
		return group;
	group_drop(room, group);
	return NULL;
}

static void move_to(struct session *session, struct group *group)
{
	struct group *before = session->group;

	session->group = group;
	if (group)
		group->sessions++;
	if (before && !--before->sessions)
		group_drop(session->room, before);
}

static const char *own_name(const struct mu_strs *names)
{
	for (size_t i = 0; i < names->n; i++)
		if (is_own(names->v[i]))
			return names->v[i];
	return NULL;
}

bool topics_replace(struct session *session, const struct mu_strs *names)
{
	const char *own = own_name(names);
	struct group *group = NULL;

	if (session->self && !own) {
		topics_send(session, 0, session->self->id);
		topic_unref(session->room, session->self);
		session->self = NULL;
	}
	if (!session->self && own) {
		session->self = topic_ref(session->room, own);
		topics_send(session, session->self ? session->self->id : 0, 0);
	}
	if (!own || session->self)
		group = group_get(session->room, names);
	if (!group) {
		/* A session that can't be told what it may hear must not hear what it may not. */
		session_end(session, MU_CLOSE_OVERLOADED, MU_LEAVE_LOST);
		return false;
	}
	topics_send(session, group->id, session->group ? session->group->id : 0);
	if (group != session->group)
		move_to(session, group);
	return true;
}

bool topics_holds(const struct session *session, const char *name)
{
	for (size_t i = 0; session->group && i < session->group->n; i++)
		if (!strcmp(session->group->topics[i]->name, name))
			return true;
	return false;
}

void topics_mute(struct session *session)
{
	topics_send(session, 0, session->group ? session->group->id : 0);
	topics_send(session, 0, session->self ? session->self->id : 0);
}

void topics_leave(struct session *session)
{
	move_to(session, NULL);
	topic_unref(session->room, session->self);
	session->self = NULL;
}

/* ---- casting ---- */

static void cast(struct room *room, struct mu_frame *frame, enum mu_class class, const uint32_t *ids,
		 size_t n)
{
	struct mu_hub *hub = room->hub;

	for (size_t i = 0; n && i < hub->n_edges; i++) {
		struct mu_down *down = mu_down_create(MU_DOWN_CAST);
		uint32_t *copy = malloc(n * sizeof(*copy));
		if (!down || !copy) {
			mu_log(MU_LOG_ERROR, "hub", "out of memory: a frame was not sent",
			       MU_KS("workspace", room->id));
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

bool topics_heard(const struct room *room, const char *name)
{
	const struct topic *topic = NULL;

	HASH_FIND_STR(room->topics, name, topic);
	return topic;
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

/* The numbers under which an edge finds those who hold a topic; a group counts once in a cast. */
static size_t add_ids(struct room *room, const char *name, size_t length, uint32_t *ids, size_t n)
{
	struct topic *topic = NULL;

	HASH_FIND(hh, room->topics, name, length, topic);
	if (!topic)
		return n;
	if (is_own(name))
		ids[n++] = topic->id;
	for (size_t i = 0; i < topic->n_groups; i++) {
		if (topic->groups[i]->cast == room->cast)
			continue;
		topic->groups[i]->cast = room->cast;
		ids[n++] = topic->groups[i]->id;
	}
	return n;
}

/* user/<id> reaches as/<id> as well. */
static size_t add_viewers(struct room *room, const char *own, size_t length, uint32_t *ids, size_t n)
{
	char name[sizeof("as/") + MU_ID_MAX];
	int bytes = snprintf(name, sizeof(name), "as/%.*s", (int)(length - OWN_LENGTH), own + OWN_LENGTH);

	return bytes < (int)sizeof(name) ? add_ids(room, name, (size_t)bytes, ids, n) : n;
}

void topics_cast(struct room *room, struct mu_frame *frame, enum mu_class class, const char *audience,
		 bool personal)
{
	size_t n = 0, most = count_lines(audience) + HASH_COUNT(room->groups);
	AUTO_FREE uint32_t *ids = malloc(most * sizeof(*ids));

	if (!ids) {
		mu_log(MU_LOG_ERROR, "hub", "out of memory: an event was not sent",
		       MU_KS("workspace", room->id));
		return;
	}
	room->cast++;
	while (*audience) {
		size_t length = strcspn(audience, "\n");
		n = add_ids(room, audience, length, ids, n);
		if (!personal && room->ws->viewings && is_own(audience))
			n = add_viewers(room, audience, length, ids, n);
		audience += length + (audience[length] == '\n');
	}
	cast(room, frame, class, ids, n);
}
