/* Topics of people, of keys and of audiences.
 * Thread: hub. */
#include "muster/model/audience.h"
#include "muster/model/conversation.h"
#include "muster/model/permission.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOPIC_BYTES 256

/* The format with a text in place of each %s. Events make many topics, and nothing else is ever in them. */
static void write_topic(char text[static TOPIC_BYTES], const char *format, va_list args)
{
	char *at = text, *const end = text + TOPIC_BYTES - 1;

	while (*format && at < end) {
		const bool given = *format == '%';
		const char *piece = given ? va_arg(args, const char *) : format;
		size_t n = given ? strlen(piece) : (size_t)(strchrnul(format, '%') - format);

		format += given ? 2 : n;
		n = n < (size_t)(end - at) ? n : (size_t)(end - at);
		at = mempcpy(at, piece, n);
	}
	*at = '\0';
}

static void topic_of(char text[static TOPIC_BYTES], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_topic(text, format, args);
	va_end(args);
}

enum mu_err mu_topic_add(struct mu_arena *arena, struct mu_strs *topics, const char *format, ...)
{
	char text[TOPIC_BYTES];
	va_list args;

	va_start(args, format);
	write_topic(text, format, args);
	va_end(args);
	return mu_strs_has(topics, text) ? MU_OK : mu_strs_add(arena, topics, text);
}

/* A person holds many permissions, and comes often: nothing else makes these topics, and none of them twice,
 * so nobody looks whether it is there. */
static enum mu_err add_perms(const struct mu_workspace *ws, const struct mu_perms *perms,
			     struct mu_arena *arena, struct mu_strs *topics)
{
	const struct mu_perm_info *info;
	char text[TOPIC_BYTES];
	enum mu_err err = MU_OK;

	for (int i = 0; !err && (info = mu_permission_info(ws, i)); i++)
		if (mu_perms_has(perms, (enum mu_perm)i)) {
			topic_of(text, "may/%s", info->key);
			err = mu_strs_add(arena, topics, text);
		}
	return err;
}

/* Permissions that reach only as far as the holder's teams. */
static enum mu_err add_team(const struct mu_user *user, const char *team, struct mu_arena *arena,
			    struct mu_strs *topics)
{
	static const enum mu_perm by_team[] = { MU_PERM_PRESENCE_VIEW_TEAM, MU_PERM_CONVERSATIONS_VIEW_TEAM,
						MU_PERM_QUEUE_VIEW_TEAM };
	enum mu_err err = mu_topic_add(arena, topics, "team/%s", team);

	for (size_t i = 0; !err && i < MU_COUNT(by_team); i++)
		if (mu_perms_has(&user->perms, by_team[i]))
			err = mu_topic_add(arena, topics, "team/%s/may/%s", team,
					   mu_perm_info(by_team[i])->key);
	return err;
}

enum mu_err mu_user_topics(const struct mu_workspace *ws, const struct mu_user *user, struct mu_arena *arena,
			   struct mu_strs *ret_topics)
{
	struct mu_strs topics = { 0 };
	enum mu_err err = MU_OK;

	if (user->active) {
		err = mu_topic_add(arena, &topics, "everyone");
		if (!err)
			err = mu_topic_add(arena, &topics, "user/%s", user->id);
		if (!err && mu_perms_has(&user->perms, MU_PERM_CONVERSATIONS_VIEW_OWN))
			err = mu_topic_add(arena, &topics, "own/%s", user->id);
		for (size_t i = 0; !err && i < user->roles.n; i++)
			err = mu_topic_add(arena, &topics, "role/%s", user->roles.v[i]);
		for (size_t i = 0; !err && i < user->teams.n; i++)
			err = add_team(user, user->teams.v[i], arena, &topics);
		if (!err)
			err = add_perms(ws, &user->perms, arena, &topics);
	}
	if (!err)
		*ret_topics = topics;
	return err;
}

enum mu_err mu_key_topics(const struct mu_workspace *ws, const struct mu_key *key, struct mu_arena *arena,
			  struct mu_strs *ret_topics)
{
	struct mu_strs topics = { 0 };
	enum mu_err err = mu_topic_add(arena, &topics, "everyone");

	if (!err)
		err = add_perms(ws, &key->perms, arena, &topics);
	if (!err)
		*ret_topics = topics;
	return err;
}

static bool holds(const struct mu_strs *topics, const char *name, size_t n)
{
	for (size_t i = 0; i < topics->n; i++)
		if (!strncmp(topics->v[i], name, n) && !topics->v[i][n])
			return true;
	return false;
}

enum mu_meeting mu_audience_meets(const char *audience, const struct mu_strs *topics)
{
	enum mu_meeting meeting = MU_MEET_NOT;

	while (*audience) {
		const bool parting = *audience == MU_TOPIC_PARTING;
		const size_t n = strcspn(audience, "\n");
		if (holds(topics, audience + parting, n - parting)) {
			if (!parting)
				return MU_MEET_FULLY;
			meeting = MU_MEET_BRIEFLY;
		}
		audience += n + (audience[n] == '\n');
	}
	return meeting;
}

static const struct mu_field audience_fields[] = {
	MU_FIELD(struct mu_audience, users, MU_STRINGS, MU_OMIT_ZERO, .max = 100000, .help = "These people"),
	MU_FIELD(struct mu_audience, teams, MU_STRINGS, MU_OMIT_ZERO, .max = 1000,
		 .help = "Members of these teams"),
	MU_FIELD(struct mu_audience, roles, MU_STRINGS, MU_OMIT_ZERO, .max = 1000,
		 .help = "Holders of these roles"),
	MU_FIELD(struct mu_audience, permission, MU_STRING, 0, .max = 64,
		 .help = "Everybody who holds this permission"),
	MU_FIELD(struct mu_audience, conversation, MU_ID, 0,
		 .help = "Everybody who may see this conversation"),
	MU_FIELD(struct mu_audience, everyone, MU_BOOL, MU_OMIT_ZERO, .help = "Everybody in the workspace"),
};
const struct mu_shape mu_audience_shape = MU_SHAPE(struct mu_audience, "AUDIENCE", audience_fields);

static const void *find_user(const struct mu_workspace *ws, const char *id)
{
	return mu_workspace_user(ws, id);
}

static const void *find_team(const struct mu_workspace *ws, const char *id)
{
	return mu_workspace_team(ws, id);
}

static const void *find_role(const struct mu_workspace *ws, const char *id)
{
	return mu_workspace_role(ws, id);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The topics of ids, of which none is there yet: each once, however often it is named. Many may be named, so
 * that they are put in order rather than each looked for among all. */
static enum mu_err add_each(const struct mu_strs *ids, const char *kind, struct mu_arena *arena,
			    struct mu_strs *topics)
{
	char **sorted = mu_arena_alloc(arena, (ids->n + 1) * sizeof(*sorted));
	enum mu_err err = sorted ? MU_OK : MU_NO_MEMORY;

	if (err)
		return err;
	memcpy(sorted, ids->v, ids->n * sizeof(*sorted));
	qsort(sorted, ids->n, sizeof(*sorted), by_text);
	for (size_t i = 0; !err && i < ids->n; i++) {
		char text[TOPIC_BYTES];

		if (i && strcmp(sorted[i], sorted[i - 1]) == 0)
			continue;
		snprintf(text, sizeof(text), "%s/%s", kind, sorted[i]);
		err = mu_strs_add(arena, topics, text);
	}
	return err;
}

static enum mu_err add_ids(const struct mu_workspace *ws, const struct mu_strs *ids, const char *kind,
			   const void *(*find)(const struct mu_workspace *, const char *),
			   struct mu_arena *arena, struct mu_strs *topics, struct mu_fault *fault)
{
	for (size_t i = 0; i < ids->n; i++) {
		char field[48];
		enum mu_err err;

		if (find(ws, ids->v[i]))
			continue;
		snprintf(field, sizeof(field), "audience.%ss.%zu", kind, i);
		err = mu_fail_field(fault, field, "there is no such %s", kind);
		if (err != MU_INVALID_PARAMS)
			return err;
	}
	if (fault->n_fields)
		return MU_INVALID_PARAMS;
	return ids->n ? add_each(ids, kind, arena, topics) : MU_OK;
}

static enum mu_err add_conversation(const struct mu_workspace *ws, const char *id, struct mu_arena *arena,
				    struct mu_strs *topics, struct mu_fault *fault)
{
	const struct mu_conversation *conversation = mu_workspace_conversation(ws, id);

	return conversation ? mu_conversation_topics(&conversation->record, arena, topics)
			    : mu_fail_field(fault, "audience.conversation", "there is no such conversation");
}

static bool audience_empty(const struct mu_audience *audience)
{
	return !audience->users.n && !audience->teams.n && !audience->roles.n && !audience->permission &&
	       !audience->conversation && !audience->everyone;
}

enum mu_err mu_audience_topics(const struct mu_workspace *ws, const struct mu_audience *audience, size_t max,
			       struct mu_arena *arena, struct mu_strs *ret_topics, struct mu_fault *ret_fault)
{
	struct mu_strs topics = { 0 };
	enum mu_err err;

	if (audience_empty(audience))
		return mu_fail_field(
			ret_fault, "audience",
			"must name users, teams, roles, a permission, a conversation or everyone");
	if (audience->users.n > max)
		return mu_fail_field(ret_fault, "audience.users",
				     "must name at most %zu people; use a team, a role or everyone", max);
	if (audience->permission && mu_permission_find(ws, audience->permission) == MU_PERM_NONE)
		return mu_fail_field(ret_fault, "audience.permission", "is not a known permission");
	err = add_ids(ws, &audience->users, "user", find_user, arena, &topics, ret_fault);
	if (!err)
		err = add_ids(ws, &audience->teams, "team", find_team, arena, &topics, ret_fault);
	if (!err)
		err = add_ids(ws, &audience->roles, "role", find_role, arena, &topics, ret_fault);
	if (!err && audience->permission)
		err = mu_topic_add(arena, &topics, "may/%s", audience->permission);
	if (!err && audience->conversation)
		err = add_conversation(ws, audience->conversation, arena, &topics, ret_fault);
	if (!err && audience->everyone)
		err = mu_topic_add(arena, &topics, "everyone");
	if (!err)
		*ret_topics = topics;
	return err;
}
