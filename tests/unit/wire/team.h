/* A record with a field of every kind, and any such records. */
#ifndef TESTS_WIRE_TEAM_H
#define TESTS_WIRE_TEAM_H

#include "testing.h"

#include "muster/base/hash.h"
#include "muster/wire/codec.h"

#define TIME_TEXT "2026-11-21T12:00:00.123Z"
#define TIME_MS 1795262400123

static const char *const statuses[] = { "available", "away", "busy", "offline", NULL };

struct member {
	char *id;
	int64_t weight;
};

static const struct mu_field member_fields[] = {
	MU_FIELD(struct member, id, MU_ID, MU_REQUIRED),
	MU_FIELD(struct member, weight, MU_INT, MU_OMIT_ZERO, .max = 10),
};
static const struct mu_shape member_shape = MU_SHAPE(struct member, "MEMBER", member_fields);

struct team {
	char *name;
	char *note;
	char *about;
	char *id;
	int64_t size;
	int64_t floor;
	int64_t any;
	bool open;
	int64_t until;
	int64_t since;
	int status;
	struct mu_strs labels;
	struct mu_strs tags;
	struct member *lead;
	struct member *deputy;
	struct mu_records members;
	struct mu_records guests;
	char *settings;
	char *secret;
};

static const struct mu_field team_fields[] = {
	MU_FIELD(struct team, name, MU_STRING, MU_REQUIRED, .min = 2, .max = 10),
	MU_FIELD(struct team, note, MU_STRING, MU_NULLABLE),
	MU_FIELD(struct team, about, MU_STRING, 0, .max = 1000),
	MU_FIELD(struct team, id, MU_ID, 0),
	MU_FIELD(struct team, size, MU_INT, 0, .min = -5, .max = 5),
	MU_FIELD(struct team, floor, MU_INT, MU_OMIT_ZERO, .min = 1),
	MU_FIELD(struct team, any, MU_INT, MU_OMIT_ZERO),
	MU_FIELD(struct team, open, MU_BOOL, MU_OMIT_ZERO),
	MU_FIELD(struct team, until, MU_TIME, MU_NULLABLE),
	MU_FIELD(struct team, since, MU_TIME, 0),
	MU_FIELD(struct team, status, MU_ENUM, MU_OMIT_ZERO, .names = statuses),
	MU_FIELD(struct team, labels, MU_STRINGS, 0, .min = 0, .max = 3),
	MU_FIELD(struct team, tags, MU_STRINGS, MU_OMIT_ZERO),
	MU_FIELD(struct team, lead, MU_RECORD, 0, .shape = &member_shape),
	MU_FIELD(struct team, deputy, MU_RECORD, MU_NULLABLE, .shape = &member_shape),
	MU_FIELD(struct team, members, MU_RECORDS, 0, .max = 3, .shape = &member_shape),
	MU_FIELD(struct team, guests, MU_RECORDS, MU_OMIT_ZERO, .shape = &member_shape),
	MU_FIELD(struct team, settings, MU_JSON, 0, .max = 20),
	MU_FIELD(struct team, secret, MU_STRING, MU_SECRET),
};
static const struct mu_shape team_shape = MU_SHAPE(struct team, "TEAM", team_fields);

#define NAMED "\"name\":\"Sales\""

static char *random_text(struct random *random, struct mu_arena *arena, size_t max, bool lines)
{
	static const char *const characters[] = {
		"a", "Z", "\"", "\\", "/", " ", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\n", "\t"
	};
	size_t n = random_below(random, max + 1), kinds = MU_COUNT(characters) - (lines ? 0 : 2);
	char *text = mu_arena_alloc(arena, n * 4 + 1);

	while (n-- > 0)
		strcat(text, characters[random_below(random, kinds)]);
	return text;
}

static struct member random_member(struct random *random, struct mu_arena *arena)
{
	char id[MU_ID_TEXT];

	mu_id_random("u-", id);
	return (struct member){ .id = mu_arena_strdup(arena, id),
				.weight = (int64_t)random_below(random, 11) };
}

static struct team random_team(struct random *random, struct mu_arena *arena)
{
	struct team team = {
		.name = mu_arena_printf(arena, "ab%s", random_text(random, arena, 8, false)),
		.note = random_below(random, 2) ? random_text(random, arena, 256, false) : NULL,
		.about = random_below(random, 2) ? random_text(random, arena, 1000, true) : NULL,
		.size = (int64_t)random_below(random, 11) - 5,
		.floor = (int64_t)(random_next(random) >> 2) + 1,
		.any = (int64_t)random_next(random),
		.open = random_below(random, 2),
		.until = random_below(random, 2) ? TIME_MS + (int64_t)random_below(random, 1u << 30) : 0,
		.status = (int)random_below(random, 4),
		.labels = { .v = mu_arena_alloc(arena, 3 * sizeof(char *)), .n = random_below(random, 4) },
		.members = { mu_arena_alloc(arena, 3 * sizeof(struct member)), random_below(random, 4) },
	};

	for (size_t i = 0; i < team.labels.n; i++)
		team.labels.v[i] = random_text(random, arena, 256, false);
	for (size_t i = 0; i < team.members.n; i++)
		((struct member *)team.members.v)[i] = random_member(random, arena);
	return team;
}

#endif
