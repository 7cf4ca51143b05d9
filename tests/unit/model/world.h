/* A workspace that tests build by events, as a log would: roles, people and teams to begin with.
 *
 *   olga   owner              ann, bob  agent, team support
 *   adm    admin              cat       agent, team sales
 *   sue    supervisor         dan       agent and supervisor, both teams
 *
 * Thread: the test's. */
#ifndef MUSTER_TEST_MODEL_WORLD_H
#define MUSTER_TEST_MODEL_WORLD_H

#include "testing.h"

#include "muster/auth/identity.h"
#include "muster/model/choice.h"
#include "muster/model/invite.h"
#include "muster/model/key.h"
#include "muster/model/owner.h"
#include "muster/model/revocation.h"
#include "muster/model/role.h"
#include "muster/model/seat.h"
#include "muster/model/second_factor.h"
#include "muster/model/settings.h"
#include "muster/model/team.h"
#include "muster/model/user.h"
#include "muster/model/view_as.h"

#define NOW_MS 1800000000000

struct world {
	struct mu_workspace *ws;
	struct mu_arena arena; /* of lists and texts that the test makes */
	int64_t now_ms;
};

static inline enum mu_err world_try(struct world *world, const struct mu_event_type *type, const void *data)
{
	const struct mu_event event = { .type = type,
					.name = type->name,
					.seq = world->ws->seq + 1,
					.at_ms = ++world->now_ms,
					.data = (void *)data };

	return mu_event_apply(world->ws, &event);
}

static inline void world_emit(struct world *world, const struct mu_event_type *type, const void *data)
{
	if (world_try(world, type, data))
		fail_msg("%s does not apply", type->name);
}

/* A list of words separated by spaces. */
static inline struct mu_strs words(struct world *world, const char *text)
{
	struct mu_strs list = { 0 };
	char *copy = mu_arena_strdup(&world->arena, text), *rest = copy, *word;

	while ((word = strsep(&rest, " ")))
		if (*word)
			assert_int_equal(mu_strs_add(&world->arena, &list, word), MU_OK);
	return list;
}

static inline void world_user(struct world *world, const char *id, const char *roles)
{
	const struct mu_user_data data = { .given = UINT64_MAX,
					   .user = (char *)id,
					   .name = (char *)id,
					   .email = mu_arena_printf(&world->arena, "%s@Acme.test", id),
					   .roles = words(world, roles),
					   .capacity = 5 };

	world_emit(world, &mu_user_created, &data);
}

static inline void world_team(struct world *world, const char *id, const char *members)
{
	const struct mu_team_data data = { .given = UINT64_MAX,
					   .id = (char *)id,
					   .name = mu_arena_printf(&world->arena, "Team %s", id) };
	const struct mu_strs list = words(world, members);

	world_emit(world, &mu_team_created, &data);
	for (size_t i = 0; i < list.n; i++) {
		const struct mu_team_member member = { .user = list.v[i], .team = (char *)id };
		world_emit(world, &mu_team_member_added, &member);
	}
}

static inline void world_key(struct world *world, const char *id, const char *scopes)
{
	const struct mu_key_data data = {
		.id = (char *)id, .alg = 2, .secret = (char *)"digest", .scopes = words(world, scopes)
	};

	world_emit(world, &mu_key_created, &data);
}

static inline int world_create(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	const struct mu_workspace_data data = { .given = 1 << MU_WS_NAME | 1 << MU_WS_OWNER,
						.name = (char *)"Acme",
						.owner = (char *)"olga" };

	assert_int_equal(mu_hash_start(), MU_OK);
	world->now_ms = NOW_MS;
	world->ws = mu_workspace_create("acme");
	for (unsigned i = 0; mu_builtin_role(i); i++) {
		struct mu_role_data role;
		assert_int_equal(mu_builtin_role_data(mu_builtin_role(i), &world->arena, &role), MU_OK);
		world_emit(world, &mu_role_created, &role);
	}
	world_user(world, "olga", "owner");
	world_emit(world, &mu_workspace_created, &data);
	world_user(world, "adm", "admin");
	world_user(world, "sue", "supervisor");
	world_user(world, "ann", "agent");
	world_user(world, "bob", "agent");
	world_user(world, "cat", "agent");
	world_user(world, "dan", "agent supervisor");
	world_team(world, "support", "bob ann dan");
	world_team(world, "sales", "cat dan");
	*state = world;
	return 0;
}

static inline int world_destroy(void **state)
{
	struct world *world = *state;

	mu_workspace_destroy(world->ws);
	mu_arena_finish(&world->arena);
	free(world);
	return 0;
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, world_create, world_destroy)

/* A list as words, for comparisons. */
static inline const char *spell(struct world *world, const struct mu_strs *list)
{
	const char *text = "";

	for (size_t i = 0; i < list->n; i++)
		text = mu_arena_printf(&world->arena, "%s%s%s", text, i ? " " : "", list->v[i]);
	return text;
}

/* ---- the whole state as text ---- */

static inline void write_record(const struct mu_shape *shape, const void *record, FILE *out);

static inline void write_strs(const struct mu_strs *list, FILE *out)
{
	for (size_t i = 0; i < list->n; i++)
		fprintf(out, " [%s]", list->v[i]);
}

static inline void write_records(const struct mu_shape *shape, const struct mu_records *records, FILE *out)
{
	for (size_t i = 0; i < records->n; i++)
		write_record(shape, (const char *)records->v + i * shape->size, out);
}

static inline void write_field(const struct mu_field *field, const void *at, FILE *out)
{
	const char *text;

	fprintf(out, " %s=", field->name);
	switch (field->kind) {
	case MU_STRING:
	case MU_ID:
	case MU_JSON:
		text = *(char *const *)at;
		fprintf(out, "%s", text ? text : "-");
		break;
	case MU_INT:
	case MU_TIME:
		fprintf(out, "%" PRId64, *(const int64_t *)at);
		break;
	case MU_BOOL:
		fprintf(out, "%d", *(const bool *)at);
		break;
	case MU_ENUM:
		fprintf(out, "%d", *(const int *)at);
		break;
	case MU_STRINGS:
		write_strs(at, out);
		break;
	case MU_RECORD:
		if (*(void *const *)at)
			write_record(field->shape, *(void *const *)at, out);
		break;
	case MU_RECORDS:
		write_records(field->shape, at, out);
		break;
	}
}

static inline void write_record(const struct mu_shape *shape, const void *record, FILE *out)
{
	fprintf(out, " {");
	for (size_t i = 0; i < shape->n; i++)
		write_field(&shape->fields[i], (const char *)record + shape->fields[i].offset, out);
	fprintf(out, " }");
}

static inline enum mu_err write_event(void *arg, const struct mu_event_type *type, const void *data,
				      int64_t at_ms)
{
	FILE *out = arg;

	fprintf(out, "%" PRId64 " %s", at_ms, type->name);
	write_record(type->shape, data, out);
	fputc('\n', out);
	return MU_OK;
}

/* Everything that a snapshot would hold; the caller frees it. */
static inline char *world_text(const struct mu_workspace *ws)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	assert_int_equal(mu_workspace_dump(ws, write_event, out), MU_OK);
	fclose(out);
	return text;
}

/* A workspace that a snapshot of this one gives; the caller destroys it. */
static inline struct mu_workspace *world_copy(const struct mu_workspace *ws)
{
	struct mu_workspace *copy = NULL;

	assert_int_equal(mu_workspace_copy(ws, &copy), MU_OK);
	return copy;
}

#endif
