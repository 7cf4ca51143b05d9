/* The history of presence: what people were, since when and for how long, from what the log has noted of
 * them.
 *
 * Invariants: it shows what others saw then: who appeared offline was offline, in whatever way; and only
 * people who are there today, since they were added. A page is read piece by piece (history_read.c), so that
 * a quarter of a large workspace holds up nobody.
 * Thread: hub. */
#include "history.h"

#include "commands.h"

#define PAGE_DEFAULT 100
#define RANGE_DAYS 92
#define DAY_MS INT64_C(86400000)

static const char *const by_names[] = { "interval", "day", "total", NULL };
static const char *const of_names[] = { "user", "team", NULL };

struct history_params {
	char *user, *team;
	int64_t from, to;
	int by, of;
	int64_t limit;
	char *after;
};
static const struct mu_field history_fields[] = {
	MU_FIELD(struct history_params, user, MU_ID, 0, .help = "Only this person"),
	MU_FIELD(struct history_params, team, MU_ID, 0,
		 .help = "Only the people who are in this team today; of teams: only this one"),
	MU_FIELD(struct history_params, from, MU_TIME, MU_REQUIRED, .help = "From this time on"),
	MU_FIELD(struct history_params, to, MU_TIME, MU_REQUIRED,
		 .help = "Until this time, or now if that is earlier; within 92 days of from"),
	MU_FIELD(struct history_params, by, MU_ENUM, 0, .names = by_names,
		 .help = "interval (default): each status with beginning and end; day: sums per day, in the "
			 "zone of the workspace's business hours or UTC; total: sums of all the time"),
	MU_FIELD(struct history_params, of, MU_ENUM, 0, .names = of_names,
		 .help = "Whose sums: each user's (default), or each team's, of all its members together"),
	MU_FIELD(struct history_params, limit, MU_INT, 0, .min = 1, .max = 1000,
		 .help = "Items at most (default 100); fewer come where much is to be read for them"),
	MU_FIELD(struct history_params, after, MU_STRING, 0, .max = 128, .help = "next of the page before"),
};
static const struct mu_shape history_shape =
	MU_SHAPE(struct history_params, "PRESENCE_HISTORY", history_fields);

/* ---- what is asked ---- */

/* Where the page begins: "1774735200000.ann", the time of an interval or the number of a day, and whose. */
struct place {
	int64_t number;
	const char *id; /* NULL: from the beginning */
};

static bool read_place(const char *text, struct place *ret_place)
{
	char *dot = NULL;
	struct place place = { .number = strtoll(text, &dot, 10) };

	if (dot == text || *dot != '.' || !mu_id_valid(dot + 1) || place.number < 0)
		return false;
	place.id = dot + 1;
	*ret_place = place;
	return true;
}

static enum mu_err check(struct mu_call *call, struct place *place)
{
	const struct history_params *params = call->params;

	if (params->to <= params->from)
		return mu_fail_field(call->fault, "to", "must be after from");
	if (params->to - params->from > RANGE_DAYS * DAY_MS)
		return mu_fail_field(call->fault, "to", "must be within %d days of from", RANGE_DAYS);
	if (params->of == OF_TEAM && params->by == BY_INTERVAL)
		return mu_fail_field(call->fault, "of", "must be user for intervals");
	if (params->of == OF_TEAM && params->user)
		return mu_fail_field(call->fault, "user", "is not for teams");
	if (params->after && !read_place(params->after, place))
		return mu_fail_field(call->fault, "after", "must be next of the page before");
	return MU_OK;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The ids of a table whose items begin with their hash handle, sorted. */
static enum mu_err all_ids(struct mu_call *call, const void *table, size_t id_offset, struct mu_strs *ret_ids)
{
	const UT_hash_handle *first = table;
	const size_t n = first ? first->tbl->num_items : 0;
	struct mu_strs ids = { .v = mu_arena_alloc(call->arena, (n + 1) * sizeof(char *)) };

	if (!ids.v)
		return MU_NO_MEMORY;
	for (const UT_hash_handle *each = first; each; each = each->next)
		ids.v[ids.n++] = *(char *const *)((const char *)each + id_offset);
	qsort(ids.v, ids.n, sizeof(*ids.v), by_text);
	*ret_ids = ids;
	return MU_OK;
}

/* The one person that is asked for. */
static enum mu_err one_user(struct mu_call *call, struct mu_strs *ret_ids)
{
	const struct history_params *params = call->params;
	const struct mu_user *user;
	enum mu_err err = call_user(call, params->user, &user);

	if (err)
		return err;
	if (params->team && !mu_strs_has(&user->teams, params->team))
		return MU_OK;
	return mu_strs_add(call->arena, ret_ids, user->id);
}

/* Who or which teams are asked for, sorted; the texts are the workspace's. */
static enum mu_err find_ids(struct mu_call *call, struct mu_strs *ret_ids)
{
	const struct history_params *params = call->params;
	const struct mu_team *team = mu_workspace_team(call->ws, params->team);

	if (params->team && !team)
		return mu_fail(call->fault, MU_NOT_FOUND, "There is no such team");
	if (params->user)
		return one_user(call, ret_ids);
	if (params->of == OF_TEAM)
		return team ? mu_strs_add(call->arena, ret_ids, team->id)
			    : all_ids(call, call->ws->teams, offsetof(struct mu_team, id), ret_ids);
	return team ? mu_strs_copy(call->arena, &team->members, ret_ids)
		    : all_ids(call, call->ws->users, offsetof(struct mu_user, id), ret_ids);
}

/* ---- what is to be read for it ---- */

static int64_t later(int64_t a_ms, int64_t b_ms)
{
	return a_ms > b_ms ? a_ms : b_ms;
}

/* A person's rows from a time on; those of a predecessor with the same id aren't theirs. */
static enum mu_err add_task(struct report *report, const char *id, int64_t from_ms, size_t first, size_t n)
{
	const struct mu_user *user = mu_workspace_user(report->call->ws, id);
	struct mu_arena *arena = report->call->arena;
	const int64_t to_ms = n ? report->sums[first + n - 1].to_ms : report->to_ms;
	struct task *task;

	if (!user || later(from_ms, user->created_at_ms) >= to_ms)
		return MU_OK; /* not there yet */
	task = mu_arena_alloc(arena, sizeof(*task));
	if (!task)
		return MU_NO_MEMORY;
	*task = (struct task){ .user = mu_arena_strdup(arena, id),
			       .from_ms = later(from_ms, user->created_at_ms),
			       .to_ms = to_ms,
			       .first = first,
			       .n = n };
	if (report->last)
		report->last->next = task;
	else
		report->tasks = task;
	report->last = task;
	return task->user ? MU_OK : MU_NO_MEMORY;
}

static enum mu_err plan_intervals(struct report *report, const struct mu_strs *ids, const struct place *place)
{
	enum mu_err err = MU_OK;

	for (size_t i = 0; !err && i < ids->n; i++) {
		const int order = place->id ? strcmp(ids->v[i], place->id) : 1;
		if (order >= 0)
			err = add_task(report, ids->v[i],
				       order ? report->from_ms : later(report->from_ms, place->number), 0, 0);
	}
	return err;
}

/* What belongs to sums that follow each other: one person, or all of a team. */
static enum mu_err plan_people(struct report *report, const char *id, size_t first)
{
	const struct mu_team *team = report->of == OF_TEAM ? mu_workspace_team(report->call->ws, id) : NULL;
	const int64_t from_ms = report->sums[first].from_ms;
	enum mu_err err = MU_OK;

	if (report->of == OF_USER)
		return add_task(report, id, from_ms, first, report->n - first);
	for (size_t i = 0; !err && team && i < team->members.n; i++)
		err = add_task(report, team->members.v[i], from_ms, first, report->n - first);
	return err;
}

/* Sums of somebody from a time on, a day each or all in one, as many as the page holds. */
static enum mu_err plan_sums(struct report *report, struct mu_zone *zone, const char *id, int64_t from_ms,
			     const struct place *place)
{
	const bool days = report->by == BY_DAY;
	const size_t first = report->n;
	int64_t day = days ? mu_day_of(zone, from_ms) : 0;

	if (days && place->id && !strcmp(id, place->id) && place->number > day) {
		if (place->number > mu_day_of(zone, report->to_ms))
			return MU_OK;
		day = place->number;
		from_ms = mu_day_start_ms(zone, day);
	}
	for (; from_ms < report->to_ms; day++) {
		int64_t end_ms = days ? mu_day_start_ms(zone, day + 1) : report->to_ms;
		if (report->n == report->limit) {
			history_next(report, day, id);
			break;
		}
		report->ids[report->n] = mu_arena_strdup(report->call->arena, id);
		if (!report->ids[report->n])
			return MU_NO_MEMORY;
		if (end_ms > report->to_ms)
			end_ms = report->to_ms;
		report->sums[report->n++] =
			(struct mu_sum){ .from_ms = from_ms, .to_ms = end_ms, .day = day };
		from_ms = end_ms;
	}
	return report->n > first ? plan_people(report, id, first) : MU_OK;
}

static enum mu_err plan_all_sums(struct report *report, struct mu_zone *zone, const struct mu_strs *ids,
				 const struct place *place)
{
	enum mu_err err = MU_OK;

	report->sums = mu_arena_alloc(report->call->arena, report->limit * sizeof(*report->sums));
	report->ids = mu_arena_alloc(report->call->arena, report->limit * sizeof(*report->ids));
	if (!report->sums || !report->ids)
		return MU_NO_MEMORY;
	for (size_t i = 0; !err && !report->next && i < ids->n; i++) {
		const struct mu_user *user =
			report->of == OF_USER ? mu_workspace_user(report->call->ws, ids->v[i]) : NULL;
		if (!place->id || strcmp(ids->v[i], place->id) >= 0)
			err = plan_sums(report, zone, ids->v[i],
					later(report->from_ms, user ? user->created_at_ms : 0), place);
	}
	return err ? err : report->err;
}

static const char *zone_name(const struct mu_workspace *ws)
{
	return ws->hours && ws->hours->spec.zone ? ws->hours->spec.zone : "UTC";
}

static enum mu_err plan(struct report *report, const struct place *place)
{
	struct mu_call *call = report->call;
	struct mu_strs ids = { 0 };
	struct mu_zone *zone = NULL;
	enum mu_err err = find_ids(call, &ids);

	if (err)
		return err;
	if (report->by == BY_INTERVAL)
		return plan_intervals(report, &ids, place);
	err = mu_zone_create(zone_name(call->ws), &zone);
	if (!err)
		err = plan_all_sums(report, zone, &ids, place);
	mu_zone_destroy(zone);
	return err;
}

/* ---- the command ---- */

static enum mu_err begin(struct mu_call *call, struct report **ret_report)
{
	const struct history_params *params = call->params;
	struct report *report = mu_arena_alloc(call->arena, sizeof(*report));
	struct place place = { 0 };
	enum mu_err err = check(call, &place);

	if (err)
		return err;
	if (!report)
		return MU_NO_MEMORY;
	report->call = call;
	report->by = params->by;
	report->of = params->of;
	report->from_ms = params->from;
	report->to_ms = later(params->from, params->to < call->now_ms ? params->to : call->now_ms);
	report->limit = params->limit ? (size_t)params->limit : PAGE_DEFAULT;
	err = plan(report, &place);
	if (err)
		return err;
	history_begin(report);
	history_write_head(report->from_ms, report->to_ms, zone_name(call->ws), call->result);
	*ret_report = report;
	return MU_OK;
}

static void finish(struct report *report)
{
	struct mu_call *call = report->call;

	for (size_t i = 0; report->by != BY_INTERVAL && i < report->n; i++)
		history_write_sum(call->ws, report->ids[i], report->of == OF_TEAM, report->by == BY_DAY,
				  &report->sums[i], call->result);
	mu_buf_str(call->result, "],\"next\":");
	mu_json_string(call->result, report->next);
	mu_buf_char(call->result, '}');
}

static enum mu_err run_history(struct mu_call *call)
{
	struct report *report = call->progress;
	enum mu_err err = MU_OK;

	if (report)
		history_fold(report, call->history);
	else if (!(err = begin(call, &report)))
		call->progress = report;
	if (err || report->err)
		return err ? err : report->err;
	if (report->tasks && !report->full)
		return history_ask(report);
	finish(report);
	return MU_OK;
}

const struct mu_command cmd_presence_history = {
	.name = "presence.history",
	.route = "GET /v1/presence/history",
	.need = MU_PERM_DASHBOARD_VIEW,
	.flags = MU_COMMAND_DIRECT,
	.cost = 10,
	PARAMS(history_shape),
	.help = "What people were and for how long, as others saw it, since they were added: by intervals, "
		"or "
		"summed up with their load. What still lasts is counted until now.",
	.result = "{from:time,to:time,zone:text,items:[INTERVAL|SUM],next}",
	.run = run_history,
};
