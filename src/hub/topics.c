/* Topics as numbers: names that live sessions hold get a number while somebody holds them; edges only know
 * numbers.
 * Thread: hub. */
#include "topics.h"

#include "room.h"
#include "session.h"
#include "telling.h"
#include "turn.h"
#include "muster/base/log.h"
#include "muster/model/audience.h"

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

static const char *const own_prefixes[OWN_TOPICS] = { [OWN_USER] = "user/", [OWN_CONVERSATIONS] = "own/" };

static bool is_own_of(const char *name, int kind)
{
	return !strncmp(name, own_prefixes[kind], strlen(own_prefixes[kind]));
}

static bool is_own(const char *name)
{
	for (int kind = 0; kind < OWN_TOPICS; kind++)
		if (is_own_of(name, kind))
			return true;
	return false;
}

static char *group_key(const struct mu_strs *names)
{
	struct mu_buf out = { 0 };

	for (size_t i = 0; i < names->n; i++) {
		if (is_own(names->v[i]))
			continue;
		mu_buf_str(&out, names->v[i]);
		mu_buf_char(&out, '\n');
	}
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

static const char *own_name(const struct mu_strs *names, int kind)
{
	for (size_t i = 0; i < names->n; i++)
		if (is_own_of(names->v[i], kind))
			return names->v[i];
	return NULL;
}

/* False when memory is out: one that it should hold it doesn't. */
static bool replace_own(struct session *session, const struct mu_strs *names, int kind)
{
	const char *name = own_name(names, kind);
	struct topic **own = &session->own[kind];

	if (*own && !name) {
		topics_send(session, 0, (*own)->id);
		topic_unref(session->room, *own);
		*own = NULL;
	}
	if (!*own && name) {
		*own = topic_ref(session->room, name);
		topics_send(session, *own ? (*own)->id : 0, 0);
	}
	return !name || *own;
}

bool topics_replace(struct session *session, const struct mu_strs *names)
{
	struct group *group = NULL;
	bool whole = true;

	for (int kind = 0; kind < OWN_TOPICS; kind++)
		whole = replace_own(session, names, kind) && whole;
	if (whole)
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
	for (int kind = 0; kind < OWN_TOPICS; kind++)
		topics_send(session, 0, session->own[kind] ? session->own[kind]->id : 0);
}

void topics_leave(struct session *session)
{
	move_to(session, NULL);
	for (int kind = 0; kind < OWN_TOPICS; kind++) {
		topic_unref(session->room, session->own[kind]);
		session->own[kind] = NULL;
	}
}

/* ---- casting ---- */

/* Numbers for the edges: the first n_full hear the full form, the others the brief one. */
struct cast {
	uint32_t *ids;
	size_t n_full, n;
};

static bool cast(struct room *room, const struct telling *telling, enum mu_class class, const struct cast *to)
{
	struct mu_hub *hub = room->hub;
	bool whole = true;

	for (size_t i = 0; to->n && i < hub->n_edges; i++) {
		struct mu_down *down = mu_down_create(MU_DOWN_CAST);
		uint32_t *copy = malloc(to->n * sizeof(*copy));
		if (!down || !copy) {
			free(copy);
			mu_down_destroy(down);
			whole = false;
			continue;
		}
		memcpy(copy, to->ids, to->n * sizeof(*copy));
		down->cast.frame = telling->full ? mu_frame_ref(telling->full) : NULL;
		down->cast.brief = telling->brief ? mu_frame_ref(telling->brief) : NULL;
		down->cast.class = class;
		down->cast.topics = copy;
		down->cast.n_topics = to->n_full;
		down->cast.n_brief = to->n - to->n_full;
		hub_send(hub, (unsigned)i, down);
	}
	if (!whole)
		mu_log(MU_LOG_ERROR, "hub", "out of memory: not everybody was told of something",
		       MU_KS("workspace", room->id));
	return whole;
}

bool topic_cast(struct room *room, struct mu_frame *frame, enum mu_class class, const struct topic *topic)
{
	uint32_t id = topic->id;

	return cast(room, &(struct telling){ .full = frame }, class, &(struct cast){ &id, 1, 1 });
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
static void add_ids(struct room *room, const char *name, size_t length, struct cast *to)
{
	struct topic *topic = NULL;

	HASH_FIND(hh, room->topics, name, length, topic);
	if (!topic)
		return;
	if (is_own(name))
		to->ids[to->n++] = topic->id;
	for (size_t i = 0; i < topic->n_groups; i++) {
		if (topic->groups[i]->cast == room->cast)
			continue;
		topic->groups[i]->cast = room->cast;
		to->ids[to->n++] = topic->groups[i]->id;
	}
}

/* user/<id> reaches as/<id> as well. */
static void add_viewers(struct room *room, const char *own, size_t length, struct cast *to)
{
	const size_t skip = strlen(own_prefixes[OWN_USER]);
	char name[sizeof("as/") + MU_ID_MAX];
	int bytes = snprintf(name, sizeof(name), "as/%.*s", (int)(length - skip), own + skip);

	if (bytes < (int)sizeof(name))
		add_ids(room, name, (size_t)bytes, to);
}

/* All who hold a topic of those that hear one form. */
static void add_form(struct room *room, const char *audience, bool parting, bool personal, struct cast *to)
{
	for (size_t length; *audience; audience += length + (audience[length] == '\n')) {
		const char *name = audience + parting;
		length = strcspn(audience, "\n");
		if ((*audience == MU_TOPIC_PARTING) != parting)
			continue;
		add_ids(room, name, length - parting, to);
		if (!personal && room->ws->viewings && is_own_of(name, OWN_USER))
			add_viewers(room, name, length - parting, to);
	}
}

bool topics_cast(struct room *room, const struct telling *telling, enum mu_class class, bool personal)
{
	size_t most = count_lines(telling->audience) + HASH_COUNT(room->groups);
	AUTO_FREE uint32_t *ids = malloc(most * sizeof(*ids));
	struct cast to = { .ids = ids };
	bool whole = false;

	if (ids) {
		room->cast++;
		add_form(room, telling->audience, false, personal, &to);
		to.n_full = to.n;
		add_form(room, telling->audience, true, personal, &to);
		whole = cast(room, telling, class, &to);
	}
	if (!whole && class == MU_CLASS_DURABLE)
		session_send_back(room);
	return whole;
}
