/* I6 without a hub: random commands of the directory, by people of every role. Each viewer keeps lists that
 * were fetched once and are changed by what its topics let it hear; at any time they are the lists that a
 * fresh snapshot has. Only when a viewer's own rights change does it fetch them again. */
#include "model/world.h"

#include "muster/api/api.h"
#include "muster/wire/codec.h"

/* ---- viewers ---- */

enum part { USERS, TEAMS, ROLES, PERMISSIONS, PARTS };
static const struct {
	const char *method, *key;
} parts[PARTS] = {
	[USERS] = { "user.list", "id" },
	[TEAMS] = { "team.list", "id" },
	[ROLES] = { "role.list", "id" },
	[PERMISSIONS] = { "permission.list", "key" },
};

struct viewer {
	const char *user;
	json_t *me;           /* USER */
	json_t *lists[PARTS]; /* id to record; NULL: not for them */
	bool manages_roles, sees_teams;
};

struct desk {
	struct world *world;
	struct random random;
	struct viewer viewers[7];
	unsigned made, done;
};

static void hear(struct desk *desk, struct viewer *viewer, const struct mu_event *event, json_t *data);

/* ---- commands ---- */

static enum mu_err check(struct desk *desk, struct mu_call *call, const char *user, const char *method)
{
	const struct mu_user *actor = mu_workspace_user(desk->world->ws, user);

	call->command = mu_command((unsigned)mu_command_find(method));
	call->ws = desk->world->ws;
	call->now_ms = ++desk->world->now_ms;
	call->actor = (struct mu_actor){
		.kind = MU_IDENTITY_USER, .user = actor, .perms = &actor->perms, .json = "{}"
	};
	return mu_command_check(call);
}

static char *lines(const struct mu_strs *topics, struct mu_arena *arena)
{
	char *text = mu_arena_strdup(arena, "");

	for (size_t i = 0; i < topics->n; i++)
		text = mu_arena_printf(arena, "%s%s%s", text, i ? "\n" : "", topics->v[i]);
	return text;
}

/* What clients are told of an event; the caller drops it. */
static json_t *told(const struct mu_event *event)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct mu_fault fault = { 0 };
	json_t *data = NULL;

	mu_codec_write(event->type->shape, event->data, MU_FORM_FULL, &text);
	assert_int_equal(mu_json_parse(text.data, text.n, 16, &data, &fault), MU_OK);
	return data;
}

/* As the hub does it: audiences are looked up before each change, and all of a command is done before anybody
 * is told. */
static void apply(struct desk *desk, struct mu_event *event, struct mu_arena *arena)
{
	struct mu_workspace *ws = desk->world->ws;

	event->seq = ws->seq + 1;
	if (event->type->audience)
		assert_int_equal(event->type->audience(ws, event, arena, &event->audience), MU_OK);
	assert_int_equal(mu_event_apply(ws, event), MU_OK);
}

static void tell(struct desk *desk, const struct mu_event *event, struct mu_arena *arena)
{
	AUTO_JSON json_t *data = told(event);

	for (size_t i = 0; i < MU_COUNT(desk->viewers); i++) {
		const struct mu_user *user = mu_workspace_user(desk->world->ws, desk->viewers[i].user);
		struct mu_strs topics;
		assert_int_equal(mu_user_topics(desk->world->ws, user, arena, &topics), MU_OK);
		if (mu_audience_meets(lines(&event->audience, arena), &topics))
			hear(desk, &desk->viewers[i], event, data);
	}
}

/* A command by somebody, its parameters as JSON; its result, which the caller drops, or NULL: refused. */
static json_t *ask(struct desk *desk, const char *user, const char *method, const char *params)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	AUTO_BUF struct mu_buf result = { 0 };
	AUTO_JSON json_t *raw = json_loads(params, 0, NULL);
	struct mu_fault fault = { 0 };
	struct mu_call call = { .arena = &arena, .raw = raw, .fault = &fault, .result = &result };
	json_t *json = NULL;

	assert_non_null(raw);
	if (check(desk, &call, user, method) || call.command->run(&call))
		return NULL;
	for (struct mu_event *event = call.events; event; event = event->next)
		apply(desk, event, &arena);
	for (const struct mu_event *event = call.events; event; event = event->next)
		tell(desk, event, &arena);
	if (!call.command->reply)
		return json_object();
	call.command->reply(&call, &result);
	assert_int_equal(mu_json_parse(result.data, result.n, 16, &json, &fault), MU_OK);
	return json;
}

/* ---- snapshots ---- */

static json_t *by_key(const json_t *list, const char *key)
{
	json_t *map = json_object(), *item;
	size_t i;

	json_array_foreach(json_object_get(list, "items"), i, item)
		json_object_set(map, json_string_value(json_object_get(item, key)), item);
	return map;
}

static bool contains(const json_t *list, const char *text)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item) if (!strcmp(json_string_value(item), text)) return true;
	return false;
}

static bool sees_role(const struct viewer *viewer, const char *id)
{
	return viewer->manages_roles || contains(json_object_get(viewer->me, "roles"), id);
}

/* Everybody may list the roles, but is told only of those that concern them. */
static void keep_roles(const struct viewer *viewer, json_t *roles)
{
	const char *id;
	json_t *role;
	void *next;

	json_object_foreach_safe(roles, next, id, role)
	{
		json_object_del(role, "modules");
		if (!sees_role(viewer, id))
			json_object_del(roles, id);
	}
}

static void viewer_clear(struct viewer *viewer)
{
	json_decref(viewer->me);
	for (size_t i = 0; i < PARTS; i++)
		json_decref(viewer->lists[i]);
	*viewer = (struct viewer){ .user = viewer->user };
}

static void look(struct desk *desk, struct viewer *viewer)
{
	const struct mu_perms *perms = &mu_workspace_user(desk->world->ws, viewer->user)->perms;
	char self[64];

	viewer_clear(viewer);
	snprintf(self, sizeof(self), "{\"user\":\"%s\"}", viewer->user);
	viewer->me = ask(desk, viewer->user, "user.get", self);
	viewer->manages_roles = mu_perms_has(perms, MU_PERM_ROLES_MANAGE);
	viewer->sees_teams =
		mu_perms_has(perms, MU_PERM_USERS_VIEW) || mu_perms_has(perms, MU_PERM_TEAMS_MANAGE);
	for (size_t i = 0; i < PARTS; i++) {
		const char *params = i == PERMISSIONS ? "{}" : "{\"limit\":1000}";
		AUTO_JSON json_t *list = ask(desk, viewer->user, parts[i].method, params);
		viewer->lists[i] = list ? by_key(list, parts[i].key) : NULL;
	}
	keep_roles(viewer, viewer->lists[ROLES]);
}

/* ---- what a client does with events ---- */

static const char *text(const json_t *data, const char *name)
{
	return mu_json_text(data, name);
}

static void join(json_t *list, const char *id)
{
	size_t at = 0;

	while (at < json_array_size(list) && strcmp(json_string_value(json_array_get(list, at)), id) < 0)
		at++;
	if (!contains(list, id))
		json_array_insert_new(list, at, json_string(id));
}

static void leave(json_t *list, const char *id)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!strcmp(json_string_value(json_array_get(list, i)), id))
			json_array_remove(list, i);
}

/* The records of a person: in the list, and oneself. */
static void each_record(struct viewer *viewer, const char *user, void (*change)(json_t *record, json_t *data),
			json_t *data)
{
	json_t *listed = json_object_get(viewer->lists[USERS], user);

	if (listed)
		change(listed, data);
	if (!strcmp(viewer->user, user))
		change(viewer->me, data);
}

static void on_user_created(struct viewer *viewer, const struct mu_event *event, json_t *data)
{
	AUTO_BUF struct mu_buf at = { 0 };

	if (!viewer->lists[USERS])
		return;
	mu_json_time(&at, event->at_ms);
	json_t *record =
		json_pack("{s:O s:O s:O s:O s:O s:[] s:O s:s s:b s:o}", "id", json_object_get(data, "user"),
			  "name", json_object_get(data, "name"), "email", json_object_get(data, "email"),
			  "phone", json_object_get(data, "phone"), "roles", json_object_get(data, "roles"),
			  "teams", "capacity", json_object_get(data, "capacity"), "state", "active", "owner",
			  0, "created_at", json_loadb(at.data, at.n, JSON_DECODE_ANY, NULL));
	assert_non_null(record);
	json_object_set_new(viewer->lists[USERS], text(data, "user"), record);
}

static void update_person(json_t *record, json_t *data)
{
	json_object_update(record, data);
	json_object_del(record, "user");
}

static void on_user_updated(struct viewer *viewer, const struct mu_event *event, json_t *data)
{
	each_record(viewer, text(data, "user"), update_person, data);
}

static void on_role(struct viewer *viewer, const struct mu_event *event, json_t *data)
{
	if (sees_role(viewer, text(data, "id"))) {
		json_t *role = json_pack("{s:n}", "description");
		json_object_update(role, data);
		json_object_set_new(viewer->lists[ROLES], text(data, "id"), role);
	}
}

static void on_role_deleted(struct viewer *viewer, const struct mu_event *event, json_t *data)
{
	json_object_del(viewer->lists[ROLES], text(data, "id"));
}

static void on_registered(struct viewer *viewer, const struct mu_event *event, json_t *data)
{
	json_t *permission = json_pack("{s:O s:O s:b s:b}", "key", json_object_get(data, "key"), "help",
				       json_object_get(data, "help"), "module", 1, "registered", 1);

	json_object_set_new(viewer->lists[PERMISSIONS], text(data, "key"), permission);
}

static void on_removed(struct viewer *viewer, const struct mu_event *event, json_t *data)
{
	json_object_del(viewer->lists[PERMISSIONS], text(data, "key"));
}

static void on_team_created(struct viewer *viewer, const struct mu_event *event, json_t *data)
{
	if (viewer->sees_teams) {
		json_t *team = json_pack("{s:n s:n s:[]}", "lead", "schedule", "members");
		json_object_update(team, data);
		json_object_set_new(viewer->lists[TEAMS], text(data, "id"), team);
	}
}

static void on_team_updated(struct viewer *viewer, const struct mu_event *event, json_t *data)
{
	json_t *team = json_object_get(viewer->lists[TEAMS], text(data, "id"));

	if (team)
		json_object_update(team, data);
}

static void on_team_deleted(struct viewer *viewer, const struct mu_event *event, json_t *data)
{
	const char *id;
	json_t *person;

	json_object_del(viewer->lists[TEAMS], text(data, "id"));
	json_object_foreach(viewer->lists[USERS], id, person)
		leave(json_object_get(person, "teams"), text(data, "id"));
	leave(json_object_get(viewer->me, "teams"), text(data, "id"));
}

static void join_team(json_t *person, json_t *data)
{
	join(json_object_get(person, "teams"), text(data, "team"));
}

static void leave_team(json_t *person, json_t *data)
{
	leave(json_object_get(person, "teams"), text(data, "team"));
}

static void on_member_added(struct viewer *viewer, const struct mu_event *event, json_t *data)
{
	json_t *team = json_object_get(viewer->lists[TEAMS], text(data, "team"));

	join(json_object_get(team, "members"), text(data, "user"));
	each_record(viewer, text(data, "user"), join_team, data);
}

static void on_member_removed(struct viewer *viewer, const struct mu_event *event, json_t *data)
{
	json_t *team = json_object_get(viewer->lists[TEAMS], text(data, "team"));
	const char *lead = text(team, "lead");

	leave(json_object_get(team, "members"), text(data, "user"));
	if (lead && !strcmp(lead, text(data, "user")))
		json_object_set_new(team, "lead", json_null());
	each_record(viewer, text(data, "user"), leave_team, data);
}

static void set_roles(json_t *person, json_t *data)
{
	json_object_set(person, "roles", json_object_get(data, "roles"));
}

static void on_assigned(struct viewer *viewer, const struct mu_event *event, json_t *data)
{
	each_record(viewer, text(data, "user"), set_roles, data);
}

static const struct {
	const char *event;
	void (*handle)(struct viewer *viewer, const struct mu_event *event, json_t *data);
	bool rights; /* about oneself it changes what one sees */
} handlers[] = {
	{ "user.created", on_user_created, false },
	{ "user.updated", on_user_updated, false },
	{ "role.created", on_role, false },
	{ "role.updated", on_role, false },
	{ "role.deleted", on_role_deleted, false },
	{ "role.assigned", on_assigned, true },
	{ "permissions.changed", NULL, true },
	{ "permission.registered", on_registered, false },
	{ "permission.removed", on_removed, false },
	{ "team.created", on_team_created, false },
	{ "team.updated", on_team_updated, false },
	{ "team.deleted", on_team_deleted, false },
	{ "team.member_added", on_member_added, true },
	{ "team.member_removed", on_member_removed, true },
};

static void hear(struct desk *desk, struct viewer *viewer, const struct mu_event *event, json_t *data)
{
	for (size_t i = 0; i < MU_COUNT(handlers); i++) {
		const char *user = text(data, "user");
		if (strcmp(handlers[i].event, event->name) != 0)
			continue;
		if (handlers[i].rights && user && !strcmp(user, viewer->user))
			look(desk, viewer);
		else if (handlers[i].handle)
			handlers[i].handle(viewer, event, data);
	}
}

/* ---- random commands ---- */

static const char *const actors[] = { "olga", "olga", "adm", "sue", "ann" };
static const char *const people[] = { "adm", "sue", "ann", "bob", "cat", "dan" };
#define ONE_OF(desk, list) ((list)[random_below(&(desk)->random, MU_COUNT(list))])

/* The id of something in a table of the workspace. */
#define SOME(desk, table, ret_id)                                                                            \
	do {                                                                                                 \
		uint64_t skip = table ? random_below(&(desk)->random, HASH_COUNT(table)) : 0;                \
		const __typeof__(*(table)) *each = table;                                                    \
		while (skip--)                                                                               \
			each = each->hh.next;                                                                \
		(ret_id) = each ? each->id : "none";                                                         \
	} while (0)

/* Some ids as a JSON list. */
static const char *some_roles(struct desk *desk)
{
	const char *a, *b;

	SOME(desk, desk->world->ws->roles, a);
	SOME(desk, desk->world->ws->roles, b);
	return strcmp(a, b) ? mu_arena_printf(&desk->world->arena, "[\"%s\",\"%s\"]", a, b)
			    : mu_arena_printf(&desk->world->arena, "[\"%s\"]", a);
}

static const char *some_keys(struct desk *desk)
{
	static const char *const keys[] = { "users.view",    "users.manage",   "roles.manage", "teams.manage",
					    "presence.self", "contacts.write", "a.read",       "audit.view" };
	const char *a = ONE_OF(desk, keys), *b = ONE_OF(desk, keys), *c = ONE_OF(desk, keys);

	return mu_arena_printf(&desk->world->arena, "[\"%s\",\"%s\",\"%s\"]", a, b, c);
}

static void step(struct desk *desk)
{
	struct mu_workspace *ws = desk->world->ws;
	struct mu_arena *arena = &desk->world->arena;
	const char *role, *other, *team, *user, *person = ONE_OF(desk, people), *letter = "ab";
	const unsigned n = ++desk->made, pick = (unsigned)random_below(&desk->random, 2);
	SOME(desk, ws->roles, role);
	SOME(desk, ws->roles, other);
	SOME(desk, ws->teams, team);
	SOME(desk, ws->users, user);
	const struct {
		const char *method, *params;
	} steps[] = {
		{ "user.create",
		  mu_arena_printf(arena,
				  "{\"id\":\"u%u\",\"name\":\"U\",\"email\":\"u%u@acme.test\",\"roles\":%s,"
				  "\"teams\":[\"%s\"]}",
				  n, n, some_roles(desk), team) },
		{ "user.update", mu_arena_printf(arena, "{\"user\":\"%s\",\"name\":\"Name %u\"%s}", user, n,
						 pick ? ",\"phone\":null" : ",\"capacity\":7") },
		{ "role.assign",
		  mu_arena_printf(arena, "{\"user\":\"%s\",\"roles\":%s}", person, some_roles(desk)) },
		{ "role.create",
		  mu_arena_printf(arena, "{\"id\":\"r%u\",\"name\":\"R%u\",\"permissions\":%s}", n, n,
				  some_keys(desk)) },
		{ "role.update",
		  mu_arena_printf(arena, "{\"role\":\"%s\",\"permissions\":%s}", role, some_keys(desk)) },
		{ "role.update",
		  mu_arena_printf(arena, "{\"role\":\"%s\",\"modules\":{\"contacts\":\"view\"}}", role) },
		{ "role.delete",
		  mu_arena_printf(arena, "{\"role\":\"%s\",\"replace_with\":\"%s\"}", role, other) },
		{ "role.load_pack", "{\"pack\":\"toggles\"}" },
		{ "permission.register",
		  mu_arena_printf(arena, "{\"key\":\"%c.read\",\"help\":\"Help.\"}", letter[pick]) },
		{ "permission.remove", mu_arena_printf(arena, "{\"key\":\"%c.read\"}", letter[pick]) },
		{ "team.create",
		  mu_arena_printf(arena,
				  "{\"id\":\"t%u\",\"name\":\"T%u\",\"members\":[\"%s\"],\"lead\":\"%s\"}", n,
				  n, person, user) },
		{ "team.update", mu_arena_printf(arena, "{\"team\":\"%s\",\"name\":\"Team %u\"%s}", team, n,
						 pick ? ",\"lead\":null" : "") },
		{ "team.delete", mu_arena_printf(arena, "{\"team\":\"%s\"}", team) },
		{ "team.add", mu_arena_printf(arena, "{\"team\":\"%s\",\"user\":\"%s\"}", team, person) },
		{ "team.add", mu_arena_printf(arena, "{\"team\":\"%s\",\"user\":\"%s\"}", team, user) },
		{ "team.remove", mu_arena_printf(arena, "{\"team\":\"%s\",\"user\":\"%s\"}", team, person) },
	};
	const size_t which = random_below(&desk->random, MU_COUNT(steps));
	AUTO_JSON json_t *result = ask(desk, ONE_OF(desk, actors), steps[which].method, steps[which].params);

	desk->done += result != NULL;
}

/* ---- the test ---- */

static bool same_member(const json_t *a, const json_t *b, const char *key)
{
	const json_t *one = json_object_get(a, key), *other = json_object_get(b, key);
	AUTO_FREE char *kept = json_dumps(one, JSON_ENCODE_ANY), *fresh = json_dumps(other, JSON_ENCODE_ANY);

	if (one == other || (one && other && json_equal(one, other)))
		return true;
	fprintf(stderr, "%s: kept %s, fresh %s\n", key, kept ? kept : "nothing", fresh ? fresh : "nothing");
	return false;
}

static void same(struct desk *desk, const char *user, const char *what, json_t *kept, json_t *fresh)
{
	const char *key;
	json_t *value;
	bool equal = !kept == !fresh;

	json_object_foreach(kept, key, value) equal &= same_member(kept, fresh, key);
	json_object_foreach(fresh, key, value) equal &= same_member(kept, fresh, key);
	if (!equal)
		fprintf(stderr, "%s as %s sees it\n", what, user);
	CHECK_RANDOM(&desk->random, equal);
}

static void compare(struct desk *desk, const struct viewer *viewer)
{
	struct viewer fresh = { .user = viewer->user };

	look(desk, &fresh);
	same(desk, viewer->user, "oneself", viewer->me, fresh.me);
	for (size_t i = 0; i < PARTS; i++)
		same(desk, viewer->user, parts[i].method, viewer->lists[i], fresh.lists[i]);
	viewer_clear(&fresh);
}

static void an_old_snapshot_and_the_events_since_give_a_fresh_one(void **state)
{
	struct desk desk = { .world = *state, .random = random_start() };
	static const char *const users[] = { "olga", "adm", "sue", "ann", "bob", "cat", "dan" };

	for (size_t i = 0; i < MU_COUNT(users); i++) {
		desk.viewers[i].user = users[i];
		look(&desk, &desk.viewers[i]);
	}
	for (int n = 0; n < 600; n++) {
		step(&desk);
		compare(&desk, &desk.viewers[random_below(&desk.random, MU_COUNT(users))]);
	}
	for (size_t i = 0; i < MU_COUNT(users); i++) {
		compare(&desk, &desk.viewers[i]);
		viewer_clear(&desk.viewers[i]);
	}
	CHECK_RANDOM(&desk.random, desk.done > 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_old_snapshot_and_the_events_since_give_a_fresh_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
