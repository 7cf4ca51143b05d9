/* A log of people that a test makes up, and the history of presence asked of it piece by piece, as the hub
 * does. Thread: the test's. */
#ifndef MUSTER_TEST_API_ARCHIVE_H
#define MUSTER_TEST_API_ARCHIVE_H

#include "model/world.h"

#include "muster/api/api.h"
#include "muster/base/clock.h"
#include "muster/wire/codec.h"

#define HOUR_MS INT64_C(3600000)
#define ROWS 1500
#define USERS 4

static const char *const users[USERS] = { "ann", "bob", "cat", "dan" };
static const char *const statuses[] = { "available", "away", "busy", "offline", "lunch", "ghost" };
static const char *const bases[] = { "available", "away", "busy", "offline", "away", "offline" };

struct archive {
	struct world *world;
	struct mu_arena arena;
	struct random random;
	struct mu_row rows[ROWS];
	struct said {
		const char *status; /* as others saw it; NULL: it was about the load */
		int64_t load;
	} said[ROWS];
	size_t n;
	int64_t limit;
	unsigned pieces, pages;
	int64_t flood; /* pieces that are full of what counts for nothing, of each person */
	int64_t flooded;
	int64_t now_ms;
	/* of the piece that was read last */
	struct mu_history_reading reading;
	struct mu_row given[ROWS];
	size_t n_rows[64];
};

/* ---- the log ---- */

static inline const struct mu_row *prior(const struct archive *archive, const struct mu_history_query *query,
					 const char *type)
{
	const struct mu_row *last = NULL;

	for (size_t i = 0; i < archive->n; i++)
		if (archive->rows[i].at_ms < query->from_ms && !strcmp(archive->rows[i].type, type) &&
		    !strcmp(archive->rows[i].about, query->about))
			last = &archive->rows[i];
	return last;
}

static inline bool fits(const struct archive *archive, const struct mu_history_query *query,
			const struct mu_row *row)
{
	if (row->at_ms >= query->to_ms || strcmp(row->about, query->about) ||
	    (query->after_seq && row->seq <= query->after_seq))
		return false;
	for (size_t i = 0; i < query->n_types; i++)
		if (!strcmp(row->type, query->types[i]))
			return row->at_ms >= query->from_ms || row == prior(archive, query, row->type);
	return false;
}

static inline size_t read_query(struct archive *archive, const struct mu_history_query *query,
				struct mu_row *rows, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; n < room && i < archive->n; i++)
		if (fits(archive, query, &archive->rows[i]))
			rows[n++] = archive->rows[i];
	return n;
}

static inline void give_flood(struct archive *archive, int64_t limit)
{
	for (int64_t i = 0; i < limit; i++)
		archive->given[i] =
			(struct mu_row){ .seq = ++archive->flooded, .type = "x.other", .payload = "" };
	archive->n_rows[0] = (size_t)limit;
	archive->reading.n_done = archive->flooded % (archive->flood * limit) == 0;
}

/* As the contract has it, with less room than was asked for. */
static inline enum mu_err host_history(struct mu_call *call, const struct mu_history_query *queries, size_t n,
				       int64_t limit)
{
	struct archive *archive = call->request;
	size_t room = (size_t)(limit < archive->limit ? limit : archive->limit), total = 0;

	assert_true(n && n <= MU_COUNT(archive->n_rows));
	memset(archive->n_rows, 0, sizeof(archive->n_rows));
	archive->reading = (struct mu_history_reading){
		.queries = queries, .n_queries = n, .rows = archive->given, .n_rows = archive->n_rows
	};
	if (archive->flood)
		give_flood(archive, limit);
	for (size_t i = 0; !archive->flood && total < room && i < n; i++) {
		archive->n_rows[i] = read_query(archive, &queries[i], archive->given + total, room - total);
		total += archive->n_rows[i];
		archive->reading.n_done += total < room;
	}
	call->history = &archive->reading;
	archive->pieces++;
	return MU_DEFERRED;
}

static inline const char *pick(struct archive *archive, const char *const *texts, size_t n)
{
	return texts[random_below(&archive->random, n)];
}

/* presence.changed; base NULL: as an older program wrote it. */
static inline const char *changed(struct archive *archive, const char *user, const char *status,
				  const char *base, int64_t since_ms)
{
	AUTO_BUF struct mu_buf out = { 0 };

	mu_buf_printf(&out, "{\"user\":\"%s\",\"from\":\"x\",\"to\":\"%s\",\"cause\":\"self\"", user, status);
	if (base)
		mu_buf_printf(&out, ",\"base\":\"%s\"", base);
	mu_buf_str(&out, ",\"since\":");
	mu_json_time(&out, since_ms);
	mu_buf_char(&out, '}');
	return mu_arena_strdup(&archive->arena, mu_buf_text(&out));
}

/* Said of ann at a time: that something was so since. */
static inline void say(struct archive *archive, int64_t at_ms, const char *status, const char *base,
		       int64_t since_ms)
{
	archive->rows[archive->n] =
		(struct mu_row){ .seq = (int64_t)archive->n + 1,
				 .at_ms = at_ms,
				 .type = "presence.changed",
				 .about = "ann",
				 .payload = changed(archive, "ann", status, base, since_ms) };
	archive->n++;
}

static inline void add_row(struct archive *archive, int64_t at_ms)
{
	struct mu_row *row = &archive->rows[archive->n];
	struct said *said = &archive->said[archive->n++];
	const size_t status = random_below(&archive->random, MU_COUNT(statuses));

	*row = (struct mu_row){ .seq = (int64_t)archive->n,
				.at_ms = at_ms,
				.about = pick(archive, users, USERS),
				.type = "presence.changed" };
	if (!random_below(&archive->random, 3)) {
		said->load = (int64_t)random_below(&archive->random, 6);
		row->type = "load.changed";
		row->payload =
			mu_arena_printf(&archive->arena, "{\"user\":\"%s\",\"load\":%d,\"capacity\":5}",
					row->about, (int)said->load);
	} else if (!random_below(&archive->random, 30)) {
		said->status = "offline";
		row->type = "user.deactivated";
		row->payload = "{}";
	} else {
		said->status = strcmp(bases[status], "offline") ? statuses[status] : "offline";
		row->payload = changed(archive, row->about, statuses[status], bases[status], at_ms);
	}
}

static inline void set_zone(struct world *world, const char *zone)
{
	const struct mu_workspace_data data = { .given = 1 << MU_WS_SCHEDULE,
						.schedule =
							&(struct mu_schedule_spec){ .zone = (char *)zone } };

	world_emit(world, &mu_workspace_updated, &data);
}

static inline struct archive *archive_create(void **state, size_t n, int64_t from_ms, int64_t apart_hours)
{
	struct archive *archive = calloc(1, sizeof(*archive));
	int64_t at_ms = from_ms;

	assert_non_null(archive);
	archive->world = *state;
	archive->random = random_start();
	print_message("MU_TEST_SEED=%" PRIu64 "\n", archive->random.seed);
	archive->limit = ROWS;
	archive->now_ms = from_ms + 1000 * 24 * HOUR_MS;
	set_zone(archive->world, "Europe/Berlin");
	for (size_t i = 0; i < n; i++) {
		at_ms += (int64_t)random_below(&archive->random, (uint64_t)apart_hours) * HOUR_MS;
		add_row(archive, at_ms);
	}
	return archive;
}

static inline void archive_destroy(struct archive *archive)
{
	mu_arena_finish(&archive->arena);
	free(archive);
}

/* ---- asking ---- */

static inline int64_t at(const char *text)
{
	int64_t wall_ms;

	assert_true(mu_time_parse(text, &wall_ms));
	return wall_ms;
}

/* The answer, or NULL and a fault; run piece by piece as the hub does. */
static inline json_t *try_ask(struct archive *archive, const char *params, struct mu_fault *fault)
{
	const struct mu_host host = { .history = host_history };
	const struct mu_user *actor = mu_workspace_user(archive->world->ws, "sue");
	AUTO_ARENA struct mu_arena arena = { 0 };
	AUTO_BUF struct mu_buf result = { 0 };
	AUTO_JSON json_t *raw = json_loads(params, 0, NULL);
	struct mu_call call = {
		.command = mu_command((unsigned)mu_command_find("presence.history")),
		.arena = &arena,
		.ws = archive->world->ws,
		.now_ms = archive->now_ms,
		.actor = { .kind = MU_IDENTITY_USER, .user = actor, .perms = &actor->perms, .json = "{}" },
		.raw = raw,
		.fault = fault,
		.result = &result,
		.host = &host,
		.request = archive
	};
	enum mu_err err = mu_command_check(&call);
	json_t *json = NULL;

	assert_non_null(raw);
	for (err = err ? err : MU_DEFERRED; err == MU_DEFERRED;)
		err = call.command->run(&call);
	if (!err)
		assert_int_equal(mu_json_parse(result.data, result.n, 16, &json, fault), MU_OK);
	return json;
}

static inline json_t *ask(struct archive *archive, const char *params)
{
	struct mu_fault fault = { 0 };
	json_t *json = try_ask(archive, params, &fault);

	if (!json)
		fail_msg("%s: %s %s %s", params, mu_fault_text(&fault), fault.fields[0].name,
			 fault.fields[0].reason);
	return json;
}

/* The items of all pages; the caller drops them. */
static inline json_t *ask_all(struct archive *archive, int64_t from_ms, int64_t to_ms, const char *more,
			      int limit)
{
	json_t *all = json_array();
	AUTO_ARENA struct mu_arena arena = { 0 };
	const char *after = "";

	while (after) {
		AUTO_BUF struct mu_buf params = { 0 };
		mu_buf_str(&params, "{\"from\":");
		mu_json_time(&params, from_ms);
		mu_buf_str(&params, ",\"to\":");
		mu_json_time(&params, to_ms);
		mu_buf_printf(&params, ",\"limit\":%d%s%s}", limit, more, after);
		AUTO_JSON json_t *page = ask(archive, mu_buf_text(&params));
		const json_t *items = json_object_get(page, "items");
		const char *next = mu_json_text(page, "next");

		assert_true(json_array_size(items) <= (size_t)limit);
		assert_true(!next || archive->flood || json_array_size(items) == (size_t)limit);
		archive->pages++;
		json_array_extend(all, (json_t *)items);
		after = next ? mu_arena_printf(&arena, ",\"after\":\"%s\"", next) : NULL;
	}
	return all;
}

static inline int64_t number(const json_t *item, const char *name)
{
	return json_integer_value(json_object_get(item, name));
}

static inline int64_t time_of(const json_t *item, const char *name)
{
	return at(mu_json_text(item, name));
}

#endif
