/* The platform's whole directory in one call: what differs from it is changed, in one commit or not at all.
 *
 * The changes are played on a copy of the workspace, one row after the other, by the rules that hold for
 * single changes (directory_rows.c). So a row may name what an earlier one made, and every row that doesn't
 * fit is found and named. Thread: hub. */
#include "directory.h"

#include "muster/model/seat.h"
#include "muster/wire/rpc.h"

struct sync_params {
	uint64_t given;
	char *users, *roles, *teams;
	bool remove_missing;
};

#define USERS_MAX 20000
#define ROLES_MAX 1000
#define TEAMS_MAX 1000

/* Rows are read one by one, so that each that is wrong can be told of. */
static const struct mu_field sync_fields[] = {
	MU_FIELD(struct sync_params, users, MU_JSON, 0, .shape = &sync_user_shape,
		 .help = "Everybody, up to 20000 people; left out: people are not looked at"),
	MU_FIELD(struct sync_params, roles, MU_JSON, 0, .shape = &sync_role_shape,
		 .help = "All roles beside the built-in ones, up to 1000; left out: not looked at"),
	MU_FIELD(struct sync_params, teams, MU_JSON, 0, .shape = &sync_team_shape,
		 .help = "All teams, up to 1000; left out: not looked at"),
	MU_FIELD(struct sync_params, remove_missing, MU_BOOL, 0,
		 .help = "Remove what a list doesn't name (default true); never the owner, nor who asks"),
};
static const struct mu_shape sync_shape =
	MU_SHAPE(struct sync_params, "DIRECTORY_SYNC", sync_fields, .tracks_given = true);
enum { SYNC_USERS, SYNC_ROLES, SYNC_TEAMS, SYNC_REMOVE };

/* ---- the copy ---- */

/* Play on the copy what was emitted since. */
enum mu_err sync_play(struct sync *sync)
{
	struct mu_event *event = sync->played ? sync->played->next : sync->call->events;
	enum mu_err err = MU_OK;

	for (; !err && event; event = event->next) {
		event->seq = sync->copy->seq + 1;
		err = mu_event_apply(sync->copy, event);
		sync->played = event;
	}
	return err == MU_CONFLICT ? mu_fail(sync->call->fault, MU_INTERNAL, NULL) : err;
}

/* ---- rows ---- */

static bool is_fatal(enum mu_err err)
{
	return err == MU_NO_MEMORY || err == MU_INTERNAL;
}

/* Note what is wrong with a row (or, without one, with a thing that no row names). */
static void note_bad(struct sync *sync, const struct list *list, const json_t *row, size_t i, const char *id,
		     const struct mu_fault *fault)
{
	struct mu_buf *out = &sync->bad;

	sync->n_bad++;
	mu_json_comma(out);
	mu_buf_printf(out, "{\"kind\":\"%s\",\"row\":", list->word);
	if (row)
		mu_buf_printf(out, "%zu", i);
	else
		mu_buf_str(out, "null");
	mu_buf_str(out, ",\"id\":");
	mu_json_string(out, id);
	mu_buf_str(out, ",\"error\":");
	mu_rpc_error_object(out, fault, NULL);
	mu_buf_char(out, '}');
}

bool sync_lists(const struct list *list, const char *id)
{
	struct listed *found = NULL;

	HASH_FIND_STR(list->ids, id, found);
	return found;
}

/* False when the id stands in an earlier row already. */
static enum mu_err enlist(struct sync *sync, struct list *list, const char *id, bool *ret_first)
{
	struct listed *entry = mu_arena_alloc(sync->call->arena, sizeof(*entry));

	*ret_first = !sync_lists(list, id);
	if (!entry)
		return MU_NO_MEMORY;
	entry->id = id;
	if (*ret_first)
		HASH_ADD_KEYPTR(hh, list->ids, entry->id, strlen(entry->id), entry);
	return !*ret_first || entry->hh.tbl ? MU_OK : MU_NO_MEMORY;
}

/* Look at all ids first: what isn't listed goes before the rows are put in, for they may want its name. */
static enum mu_err read_ids(struct sync *sync, struct list *list)
{
	enum mu_err err = MU_OK;

	for (size_t i = 0; !err && i < json_array_size(list->rows); i++) {
		const json_t *row = json_array_get(list->rows, i);
		const char *id = mu_json_text(row, "id");
		struct mu_fault fault = { 0 };
		bool first = true;
		if (id)
			err = enlist(sync, list, id, &first);
		if (!err && !first) {
			mu_fail_field(&fault, "id", "stands in an earlier row already");
			note_bad(sync, list, row, i, id, &fault);
		}
	}
	return err;
}

static enum mu_err put_row(struct sync *sync, struct list *list, size_t i)
{
	json_t *row = json_array_get(list->rows, i);
	struct mu_fault fault = { 0 };
	void *record = mu_arena_alloc(sync->call->arena, list->shape->size);
	enum mu_err err = !record ? MU_NO_MEMORY
			  : json_is_object(row)
				  ? mu_codec_read(list->shape, row, sync->call->arena, record, &fault)
				  : mu_fail(&fault, MU_INVALID_PARAMS, "A row must be an object");

	if (err && list->again)
		return err == MU_NO_MEMORY ? err : MU_OK; /* it was told of the first time */
	if (!err)
		err = list->put(sync, list, record, &fault);
	if (!err)
		err = sync_play(sync);
	if (!err || is_fatal(err))
		return err;
	note_bad(sync, list, row, i, mu_json_text(row, "id"), &fault);
	return MU_OK;
}

static enum mu_err put_rows(struct sync *sync, struct list *list)
{
	enum mu_err err = MU_OK;

	for (size_t i = 0; !err && i < json_array_size(list->rows); i++)
		err = put_row(sync, list, i);
	return err;
}

enum mu_err sync_dropped(struct sync *sync, struct list *list, const char *id, enum mu_err err,
			 const struct mu_fault *fault)
{
	if (!err)
		list->removed++;
	if (!err)
		return sync_play(sync);
	if (is_fatal(err))
		return err;
	note_bad(sync, list, NULL, 0, id, fault);
	return MU_OK;
}

/* ---- all of it ---- */

static enum mu_err take_rows(struct sync *sync, struct list *list, const char *name)
{
	struct mu_call *call = sync->call;

	list->rows = json_object_get(call->raw, name);
	if (!list->rows)
		return MU_OK;
	if (!json_is_array(list->rows) || json_array_size(list->rows) > list->max)
		return mu_fail_field(call->fault, name, "must be a list of at most %zu rows", list->max);
	return read_ids(sync, list);
}

/* Roles and teams before the people who are in them, and gone after; people who go before those who come, for
 * these may need their address or their seat. */
static enum mu_err play_lists(struct sync *sync, struct list *roles, struct list *teams, struct list *users)
{
	enum mu_err err = put_rows(sync, roles);

	if (!err)
		err = put_rows(sync, teams);
	if (!err && users->rows && sync->remove_missing)
		err = sync_drop_users(sync, users);
	if (!err)
		err = put_rows(sync, users);
	teams->put = sync_put_lead;
	teams->again = true;
	if (!err)
		err = put_rows(sync, teams);
	if (!err && teams->rows && sync->remove_missing)
		err = sync_drop_teams(sync, teams);
	if (!err && roles->rows && sync->remove_missing)
		err = sync_drop_roles(sync, roles);
	return err;
}

static enum mu_err take_text(struct mu_call *call, struct mu_buf *out)
{
	call->outcome = mu_buf_error(out) ? NULL : mu_arena_strdup(call->arena, mu_buf_text(out));
	return call->outcome ? MU_OK : MU_NO_MEMORY;
}

static enum mu_err write_counts(struct sync *sync, const struct list *const lists[static 3])
{
	AUTO_BUF struct mu_buf out = { 0 };

	mu_buf_char(&out, '{');
	for (size_t i = 0; i < 3; i++)
		mu_buf_printf(&out, "%s\"%ss\":{\"created\":%zu,\"updated\":%zu,\"removed\":%zu}",
			      i ? "," : "", lists[i]->word, lists[i]->created, lists[i]->updated,
			      lists[i]->removed);
	mu_buf_char(&out, '}');
	return take_text(sync->call, &out);
}

static enum mu_err play_all(struct sync *sync)
{
	struct list roles = {
		.word = "role", .max = ROLES_MAX, .shape = &sync_role_shape, .put = sync_put_role
	};
	struct list teams = {
		.word = "team", .max = TEAMS_MAX, .shape = &sync_team_shape, .put = sync_put_team
	};
	struct list users = {
		.word = "user", .max = USERS_MAX, .shape = &sync_user_shape, .put = sync_put_user
	};
	enum mu_err err = take_rows(sync, &roles, "roles");

	if (!err)
		err = take_rows(sync, &teams, "teams");
	if (!err)
		err = take_rows(sync, &users, "users");
	if (!err)
		err = play_lists(sync, &roles, &teams, &users);
	HASH_CLEAR(hh, roles.ids);
	HASH_CLEAR(hh, teams.ids);
	HASH_CLEAR(hh, users.ids);
	return err ? err : write_counts(sync, (const struct list *[]){ &roles, &teams, &users });
}

static enum mu_err refuse_rows(struct sync *sync)
{
	mu_buf_char(&sync->bad, ']');
	enum mu_err err = take_text(sync->call, &sync->bad);
	return err ? err
		   : mu_fail(sync->call->fault, MU_INVALID_PARAMS,
			     "%zu rows don't fit, so nothing was changed", sync->n_bad);
}

/* While the rows are played the call sees the copy, and so do the rules and everything that emits. */
static enum mu_err sync_all(struct sync *sync)
{
	struct mu_call *call = sync->call;
	const struct mu_workspace *ws = call->ws;

	call->ws = sync->copy;
	enum mu_err err = play_all(sync);
	call->ws = ws;
	if (!err && sync->n_bad)
		err = refuse_rows(sync);
	if (!err && sync->copy->n_active > ws->n_active)
		err = mu_rule_seat(ws, sync->copy->n_active - ws->n_active, call->fault);
	return err ? err : emit_seats(call, sync->copy->n_active - ws->n_active);
}

static enum mu_err check_rights(struct mu_call *call)
{
	static const enum mu_perm needed[] = { MU_PERM_ROLES_MANAGE, MU_PERM_TEAMS_MANAGE };

	for (size_t i = 0; i < MU_COUNT(needed); i++)
		if (!mu_call_may(call, needed[i]))
			return mu_fail(call->fault, MU_FORBIDDEN, "You need the permission %s for this",
				       mu_perm_info(needed[i])->key);
	return MU_OK;
}

static enum mu_err run_sync(struct mu_call *call)
{
	const struct sync_params *params = call->params;
	struct sync sync = { .call = call,
			     .remove_missing =
				     !mu_given(params->given, SYNC_REMOVE) || params->remove_missing };
	enum mu_err err = check_rights(call);

	if (!err)
		err = mu_workspace_copy(call->ws, &sync.copy);
	mu_buf_char(&sync.bad, '[');
	if (!err)
		err = sync_all(&sync);
	mu_workspace_destroy(sync.copy);
	mu_buf_finish(&sync.bad);
	if (err)
		call->events = call->events_last = NULL;
	if (err && !sync.n_bad)
		call->outcome = NULL; /* counts of what isn't done */
	return err;
}

const struct mu_command cmd_directory_sync = {
	.name = "directory.sync",
	.route = "POST /v1/directory/sync",
	.need = MU_PERM_USERS_MANAGE,
	.flags = MU_METHOD_BULK,
	.cost = 50,
	PARAMS(sync_shape),
	.help = "Make people, roles and teams as listed: what differs is changed in one step; if a row "
		"doesn't "
		"fit, nothing is, and all such rows are told.",
	.result = "{roles:CHANGES,teams:CHANGES,users:CHANGES}",
	.run = run_sync,
	.reply = reply_outcome,
};
