/* Teams and their members.
 * Thread: hub. */
#include "commands.h"

struct team_params {
	uint64_t given;
	char *id, *name, *lead;
	struct mu_schedule_spec *schedule;
	int strategy;
	struct mu_routing_settings *settings;
	struct mu_strs members;
};
enum { TEAM_ID, TEAM_NAME, TEAM_LEAD, TEAM_SCHEDULE, TEAM_STRATEGY, TEAM_SETTINGS };
#define ROUTING_FIELDS                                                                                       \
	MU_FIELD(struct team_params, strategy, MU_ENUM, 0, .names = mu_strategy_names,                       \
		 .help = "How conversations are given out (default manual: people take them)"),              \
		MU_FIELD(struct team_params, settings, MU_RECORD, MU_NULLABLE,                               \
			 .shape = &mu_routing_settings_shape,                                                \
			 .help = "Offers, what comes back and what goes on, as a whole; null: none of it")
#define TEAM_FIELDS(id_flags, name_flags)                                                                    \
	MU_FIELD(struct team_params, id, MU_ID, id_flags, .help = "Id of the team"),                         \
		MU_FIELD(struct team_params, name, MU_STRING, name_flags, .min = 1, .max = 80,               \
			 .help = "Its name, unlike any other team's"),                                       \
		MU_FIELD(struct team_params, lead, MU_ID, MU_NULLABLE, .help = "User who leads it"),         \
		MU_FIELD(struct team_params, schedule, MU_RECORD, MU_NULLABLE, .shape = &mu_schedule_shape,  \
			 .help = "Its own business hours; null: the workspace's"),                           \
		ROUTING_FIELDS

static const struct mu_field create_fields[] = {
	TEAM_FIELDS(0, MU_REQUIRED),
	MU_FIELD(struct team_params, members, MU_STRINGS, 0, .max = 1000, .help = "Users who belong to it"),
};
static const struct mu_shape create_shape =
	MU_SHAPE(struct team_params, "TEAM_CREATE", create_fields, .tracks_given = true);

static const struct mu_field update_fields[] = {
	{ .name = "team",
	  .kind = MU_ID,
	  .flags = MU_REQUIRED,
	  .offset = offsetof(struct team_params, id),
	  .help = "Id of the team" },
	MU_FIELD(struct team_params, name, MU_STRING, 0, .min = 1, .max = 80, .help = "Its new name"),
	MU_FIELD(struct team_params, lead, MU_ID, MU_NULLABLE, .help = "User who leads it; null: nobody"),
	MU_FIELD(struct team_params, schedule, MU_RECORD, MU_NULLABLE, .shape = &mu_schedule_shape,
		 .help = "Its own business hours; null: the workspace's"),
	ROUTING_FIELDS,
};
static const struct mu_shape update_shape =
	MU_SHAPE(struct team_params, "TEAM_UPDATE", update_fields, .tracks_given = true);

/* The params' bits are the event's bits: both shapes begin with id, name, lead, schedule and routing. */
_Static_assert((int)TEAM_NAME == (int)MU_TEAM_NAME && (int)TEAM_LEAD == (int)MU_TEAM_LEAD &&
		       (int)TEAM_SCHEDULE == (int)MU_TEAM_SCHEDULE &&
		       (int)TEAM_STRATEGY == (int)MU_TEAM_STRATEGY &&
		       (int)TEAM_SETTINGS == (int)MU_TEAM_SETTINGS,
	       "team parameters and team events list their fields alike");

static enum mu_err find_team(struct mu_call *call, const char *id, const struct mu_team **ret_team)
{
	const struct mu_team *team = mu_workspace_team(call->ws, id);

	if (!team)
		return mu_fail(call->fault, MU_NOT_FOUND, "There is no such team");
	*ret_team = team;
	return MU_OK;
}

static enum mu_err check_members(struct mu_call *call, const struct mu_strs *members)
{
	char field[48];

	for (size_t i = 0; i < members->n; i++) {
		snprintf(field, sizeof(field), "members.%zu", i);
		if (!mu_workspace_user(call->ws, members->v[i]))
			return mu_fail_field(call->fault, field, "there is no such user");
	}
	return MU_OK;
}

/* Events say all of the settings, so that whoever keeps a copy need not know how they are at first. */
static struct mu_team_data data_of(const struct team_params *params)
{
	static struct mu_routing_settings at_first;

	return (struct mu_team_data){ .given = params->given,
				      .id = params->id,
				      .name = params->name,
				      .lead = params->lead,
				      .schedule = params->schedule,
				      .strategy = params->strategy,
				      .settings = params->settings ? params->settings : &at_first };
}

static enum mu_err check_routing(struct mu_call *call)
{
	const struct team_params *params = call->params;
	enum mu_err err = check_schedule(call, params->schedule);

	return err || !params->settings
		       ? err
		       : mu_rule_routing_settings(call->ws, params->settings, params->id, call->fault);
}

static enum mu_err run_create(struct mu_call *call)
{
	struct team_params *params = call->params;
	char id[MU_ID_TEXT];

	mu_id_random("team-", id);
	struct mu_team_data data = data_of(params);
	data.given = UINT64_MAX;
	data.id = params->id ? params->id : mu_arena_strdup(call->arena, id);
	enum mu_err err = data.id ? mu_rule_team(call->ws, data.id, data.name, data.lead, NULL, call->fault)
				  : MU_NO_MEMORY;

	if (!err)
		err = check_routing(call);
	if (!err)
		err = check_members(call, &params->members);
	if (!err)
		err = mu_call_emit_record(call, &mu_team_created, &data);
	for (size_t i = 0; !err && i < params->members.n; i++) {
		const struct mu_team_member member = { .user = params->members.v[i], .team = data.id };
		err = mu_call_emit_record(call, &mu_team_member_added, &member);
	}
	call->subject = data.id;
	return err;
}

const struct mu_command cmd_team_create = {
	.name = "team.create",
	.route = "POST /v1/teams",
	.need = MU_PERM_TEAMS_MANAGE,
	.cost = 3,
	PARAMS(create_shape),
	.help = "Make a team.",
	.result = "TEAM",
	.run = run_create,
	.reply = reply_team,
};

struct team_id_params {
	char *team;
};
static const struct mu_field team_id_fields[] = {
	MU_FIELD(struct team_id_params, team, MU_ID, MU_REQUIRED, .help = "Id of the team"),
};
static const struct mu_shape team_id_shape = MU_SHAPE(struct team_id_params, "TEAM_ID", team_id_fields);

/* Members see their own teams; all teams are for those who see people. */
static bool may_see(const struct mu_call *call, const void *item)
{
	const struct mu_team *team = item;

	return mu_call_may(call, MU_PERM_USERS_VIEW) || mu_call_may(call, MU_PERM_TEAMS_MANAGE) ||
	       (call->actor.user && mu_strs_has(&call->actor.user->teams, team->id));
}

static enum mu_err run_get(struct mu_call *call)
{
	const struct team_id_params *params = call->params;
	const struct mu_team *team = NULL;
	enum mu_err err = find_team(call, params->team, &team);

	call->subject = params->team;
	if (!err && !may_see(call, team))
		return mu_fail(call->fault, MU_NOT_FOUND, "There is no such team");
	return err;
}

const struct mu_command cmd_team_get = {
	.name = "team.get",
	.route = "GET /v1/teams/{team}",
	.need = MU_PERM_NONE,
	.cost = 1,
	PARAMS(team_id_shape),
	.help = "One team.",
	.result = "TEAM",
	.run = run_get,
	.reply = reply_team,
};

static void write_team_item(const struct mu_call *call, const void *item, struct mu_buf *out)
{
	write_team(item, out);
}

static void reply_list(struct mu_call *call, struct mu_buf *out)
{
	const struct listing listing = { .first = call->ws->teams,
					 .id_offset = offsetof(struct mu_team, id),
					 .visible = may_see,
					 .write = write_team_item };

	write_listing(call, &listing, out);
}

const struct mu_command cmd_team_list = {
	.name = "team.list",
	.route = "GET /v1/teams",
	.need = MU_PERM_NONE,
	.cost = 2,
	PARAMS(page_shape),
	.help = "The teams that you may see.",
	.result = "{items:[TEAM],next}",
	.run = run_nothing,
	.reply = reply_list,
};

static enum mu_err run_update(struct mu_call *call)
{
	const struct team_params *params = call->params;
	const struct mu_team_data data = data_of(params);
	const struct mu_team *team = NULL;
	enum mu_err err = find_team(call, params->id, &team);

	if (!err)
		err = mu_rule_team(call->ws, NULL, params->name, params->lead, team, call->fault);
	if (!err)
		err = check_routing(call);
	call->subject = params->id;
	return err ? err : mu_call_emit_record(call, &mu_team_updated, &data);
}

const struct mu_command cmd_team_update = {
	.name = "team.update",
	.route = "PATCH /v1/teams/{team}",
	.need = MU_PERM_TEAMS_MANAGE,
	.cost = 2,
	PARAMS(update_shape),
	.help = "Change what is given of a team.",
	.result = "TEAM",
	.run = run_update,
	.reply = reply_team,
};

struct delete_params {
	char *team, *move_to;
};
static const struct mu_field delete_fields[] = {
	MU_FIELD(struct delete_params, team, MU_ID, MU_REQUIRED, .help = "Id of the team"),
	MU_FIELD(struct delete_params, move_to, MU_ID, 0,
		 .help = "Team that takes its conversations over; left out: they are no team's"),
};
static const struct mu_shape delete_shape = MU_SHAPE(struct delete_params, "TEAM_DELETE", delete_fields);

static enum mu_err run_delete(struct mu_call *call)
{
	const struct delete_params *params = call->params;
	const struct mu_team *team = NULL;
	enum mu_err err = find_team(call, params->team, &team);

	if (err)
		return err;
	if (params->move_to && !mu_workspace_team(call->ws, params->move_to))
		return mu_fail_field(call->fault, "move_to", "there is no such team");
	if (params->move_to && !strcmp(params->move_to, params->team))
		return mu_fail_field(call->fault, "move_to", "is the team that is to be deleted");
	return emit_team_deleted(call, team, params->move_to);
}

const struct mu_command cmd_team_delete = {
	.name = "team.delete",
	.route = "DELETE /v1/teams/{team}",
	.need = MU_PERM_TEAMS_MANAGE,
	.cost = 2,
	PARAMS(delete_shape),
	.help = "Delete a team; its members stay in the workspace, and another team may take over what it "
		"has "
		"to do.",
	.result = "{}",
	.run = run_delete,
};

struct member_params {
	char *team, *user;
};
static const struct mu_field member_fields[] = {
	MU_FIELD(struct member_params, team, MU_ID, MU_REQUIRED, .help = "Id of the team"),
	MU_FIELD(struct member_params, user, MU_ID, MU_REQUIRED, .help = "Id of the user"),
};
static const struct mu_shape member_shape = MU_SHAPE(struct member_params, "TEAM_MEMBERSHIP", member_fields);

/* Emit the event unless the membership is already as wanted: saying a thing twice changes nothing. */
static enum mu_err change_member(struct mu_call *call, bool wanted)
{
	const struct member_params *params = call->params;
	const struct mu_team_member data = { .user = params->user, .team = params->team };
	const struct mu_team *team = NULL;
	const struct mu_user *user = NULL;
	enum mu_err err = find_team(call, params->team, &team);

	if (!err)
		err = call_user(call, params->user, &user);
	call->subject = params->team;
	if (err || mu_strs_has(&team->members, params->user) == wanted)
		return err;
	if (!wanted)
		err = emit_leaving(call, user, team->id);
	if (err)
		return err;
	return mu_call_emit_record(call, wanted ? &mu_team_member_added : &mu_team_member_removed, &data);
}

static enum mu_err run_add(struct mu_call *call)
{
	return change_member(call, true);
}

const struct mu_command cmd_team_add = {
	.name = "team.add",
	.route = "PUT /v1/teams/{team}/members/{user}",
	.need = MU_PERM_TEAMS_MANAGE,
	.cost = 2,
	PARAMS(member_shape),
	.help = "Put a person into a team.",
	.result = "TEAM",
	.run = run_add,
	.reply = reply_team,
};

static enum mu_err run_remove(struct mu_call *call)
{
	return change_member(call, false);
}

const struct mu_command cmd_team_remove = {
	.name = "team.remove",
	.route = "DELETE /v1/teams/{team}/members/{user}",
	.need = MU_PERM_TEAMS_MANAGE,
	.cost = 2,
	PARAMS(member_shape),
	.help = "Take a person out of a team.",
	.result = "TEAM",
	.run = run_remove,
	.reply = reply_team,
};
