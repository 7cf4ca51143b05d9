/* Teams and who belongs to them.
 * Thread: hub. */
#include "concept.h"
#include "muster/model/settings.h"
#include "muster/model/team.h"
#include "place.h"
#include "state.h"

static const struct mu_field team_fields[] = {
	MU_FIELD(struct mu_team_data, id, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_team_data, name, MU_STRING, 0, .max = 80),
	MU_FIELD(struct mu_team_data, lead, MU_ID, MU_NULLABLE),
	MU_FIELD(struct mu_team_data, schedule, MU_RECORD, MU_NULLABLE, .shape = &mu_schedule_shape),
	MU_FIELD(struct mu_team_data, strategy, MU_ENUM, 0, .names = mu_strategy_names),
	MU_FIELD(struct mu_team_data, settings, MU_RECORD, MU_NULLABLE, .shape = &mu_routing_settings_shape),
};
static const struct mu_shape team_shape =
	MU_SHAPE(struct mu_team_data, "TEAM_DATA", team_fields, .tracks_given = true);

static const struct mu_field member_fields[] = {
	MU_FIELD(struct mu_team_member, user, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_team_member, team, MU_ID, MU_REQUIRED),
};
static const struct mu_shape member_shape = MU_SHAPE(struct mu_team_member, "TEAM_MEMBER", member_fields);

static enum mu_err tell_team(const char *team, struct mu_arena *arena, struct mu_strs *topics)
{
	enum mu_err err = mu_topic_add(arena, topics, "team/%s", team);

	if (!err)
		err = mu_topic_add(arena, topics, "may/teams.manage");
	return err ? err : mu_topic_add(arena, topics, "may/users.view"); /* who see all teams, too */
}

static enum mu_err tell_team_data(const struct mu_workspace *ws, const struct mu_event *event,
				  struct mu_arena *arena, struct mu_strs *topics)
{
	const struct mu_team_data *team = event->data;

	return tell_team(team->id, arena, topics);
}

/* Its members one by one: once it is gone, nobody holds its topic. */
static enum mu_err tell_deleted(const struct mu_workspace *ws, const struct mu_event *event,
				struct mu_arena *arena, struct mu_strs *topics)
{
	const struct mu_id_data *data = event->data;
	const struct mu_team *team = mu_workspace_team(ws, data->id);
	enum mu_err err = tell_team(data->id, arena, topics);

	for (size_t i = 0; !err && team && i < team->members.n; i++)
		err = mu_topic_add(arena, topics, "user/%s", team->members.v[i]);
	return err;
}

static enum mu_err tell_member(const struct mu_workspace *ws, const struct mu_event *event,
			       struct mu_arena *arena, struct mu_strs *topics)
{
	const struct mu_team_member *member = event->data;
	enum mu_err err = tell_user(ws, event, arena, topics);

	return err ? err : tell_team(member->team, arena, topics);
}

void state_team_free(struct mu_team *team)
{
	free(team->id);
	free(team->name);
	free(team->lead);
	mu_strs_clear(&team->members);
	free(team->people);
	state_hours_free(team->hours);
	free(team->inbox.settings.overflow_team);
	free(team);
}

static enum mu_err team_fill(struct mu_team *team, const struct mu_team_data *data)
{
	enum mu_err err = MU_OK;

	if (mu_given(data->given, MU_TEAM_NAME))
		err = state_text(&team->name, data->name);
	if (!err && mu_given(data->given, MU_TEAM_LEAD))
		err = state_text(&team->lead, data->lead);
	if (!err && mu_given(data->given, MU_TEAM_SCHEDULE))
		err = state_hours(&team->hours, data->schedule);
	if (mu_given(data->given, MU_TEAM_STRATEGY))
		team->inbox.strategy = data->strategy;
	if (!err && mu_given(data->given, MU_TEAM_SETTINGS))
		err = state_settings(&team->inbox.settings, data->settings);
	return err;
}

static struct mu_team_data team_record(const struct mu_team *team)
{
	return (struct mu_team_data){ .given = UINT64_MAX,
				      .id = team->id,
				      .name = team->name,
				      .lead = team->lead,
				      .schedule = team->hours ? &team->hours->spec : NULL,
				      .strategy = team->inbox.strategy,
				      .settings = (struct mu_routing_settings *)&team->inbox.settings };
}

static const void *before_team(const struct mu_workspace *ws, const char *id, struct mu_arena *arena)
{
	const struct mu_team *team = mu_workspace_team(ws, id);
	const struct mu_team_data record = team ? team_record(team) : (struct mu_team_data){ 0 };

	return team ? before_record(arena, &record) : NULL;
}

static const void *before_updated(const struct mu_workspace *ws, const struct mu_event *event,
				  struct mu_arena *arena)
{
	return before_team(ws, ((const struct mu_team_data *)event->data)->id, arena);
}

static const void *before_deleted(const struct mu_workspace *ws, const struct mu_event *event,
				  struct mu_arena *arena)
{
	return before_team(ws, ((const struct mu_id_data *)event->data)->id, arena);
}

static enum mu_err apply_team_created(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_team_data *data = event->data;
	bool added = false;

	if (mu_workspace_team(ws, data->id))
		return MU_CONFLICT;
	struct mu_team *team = calloc(1, sizeof(*team));
	if (!team)
		return MU_NO_MEMORY;
	if (!state_text(&team->id, data->id) && !team_fill(team, data))
		ADD_STR(ws->teams, team, id);
	if (added)
		return MU_OK;
	state_team_free(team);
	return MU_NO_MEMORY;
}

static enum mu_err apply_team_updated(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_team_data *data = event->data;
	struct mu_team *team = mu_workspace_team(ws, data->id);

	if (!team)
		return MU_CONFLICT;
	enum mu_err err = team_fill(team, data);
	due_update_inbox(ws, &team->inbox);
	return err;
}

static void forget_overflow(struct mu_inbox *inbox, const char *team)
{
	if (inbox->settings.overflow_team && !strcmp(inbox->settings.overflow_team, team))
		(void)state_text(&inbox->settings.overflow_team, NULL); /* nothing can't fail */
}

static enum mu_err apply_team_deleted(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_id_data *data = event->data;
	struct mu_team *team = mu_workspace_team(ws, data->id);

	if (!team)
		return MU_CONFLICT;
	for (size_t i = 0; i < team->members.n; i++) {
		struct mu_user *user = mu_workspace_user(ws, team->members.v[i]);
		if (user)
			state_strs_remove(&user->teams, team->id);
	}
	place_forget_team(ws, team);
	HASH_DEL(ws->teams, team);
	forget_overflow(&ws->inbox, team->id);
	for (struct mu_team *other = ws->teams; other; other = other->hh.next)
		forget_overflow(&other->inbox, team->id);
	state_team_free(team);
	return MU_OK;
}

static size_t member_place(const struct mu_team *team, const char *user)
{
	size_t i = 0;

	while (i < team->members.n && strcmp(team->members.v[i], user))
		i++;
	return i;
}

enum mu_err state_team_join(struct mu_team *team, struct mu_user *user)
{
	const size_t n = team->members.n;
	struct mu_user **people;
	size_t at;

	if (mu_strs_has(&user->teams, team->id))
		return MU_OK;
	if (!(people = realloc(team->people, (n + 1) * sizeof(struct mu_user *))))
		return MU_NO_MEMORY;
	team->people = people;
	if (state_strs_add(&team->members, user->id) || state_strs_add(&user->teams, team->id))
		return MU_NO_MEMORY;
	at = member_place(team, user->id);
	memmove(&people[at + 1], &people[at], (n - at) * sizeof(struct mu_user *));
	people[at] = user;
	return MU_OK;
}

void state_team_leave(struct mu_team *team, struct mu_user *user)
{
	const size_t n = team->members.n, at = member_place(team, user->id);

	if (at == n)
		return;
	memmove(&team->people[at], &team->people[at + 1], (n - at - 1) * sizeof(struct mu_user *));
	state_strs_remove(&team->members, user->id);
	state_strs_remove(&user->teams, team->id);
}

static enum mu_err apply_member_added(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_team_member *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);
	struct mu_team *team = mu_workspace_team(ws, data->team);

	if (!user || !team)
		return MU_CONFLICT;
	return state_team_join(team, user);
}

static enum mu_err apply_member_removed(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_team_member *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);
	struct mu_team *team = mu_workspace_team(ws, data->team);

	if (!user || !team)
		return MU_CONFLICT;
	state_team_leave(team, user);
	return team->lead && !strcmp(team->lead, user->id) ? state_text(&team->lead, NULL) : MU_OK;
}

enum mu_err mu_rule_team(const struct mu_workspace *ws, const char *id, const char *name, const char *lead,
			 const struct mu_team *except, struct mu_fault *ret_fault)
{
	if (lead && !mu_workspace_user(ws, lead))
		return mu_fail_field(ret_fault, "lead", "there is no such user");
	if (id && !except && mu_workspace_team(ws, id)) {
		mu_fail_field(ret_fault, "id", "taken");
		return mu_fail(ret_fault, MU_CONFLICT, "A team with this id is there already");
	}
	for (const struct mu_team *team = ws->teams; name && team; team = team->hh.next) {
		if (team == except || strcasecmp(team->name, name))
			continue;
		mu_fail_field(ret_fault, "name", "taken");
		return mu_fail(ret_fault, MU_CONFLICT, "A team with this name is there already");
	}
	return MU_OK;
}

enum mu_err dump_team(const struct mu_workspace *ws, const struct mu_team *team, dump_each *each, void *arg)
{
	const struct mu_team_data data = team_record(team);
	enum mu_err err = each(arg, &mu_team_created, &data, ws->created_at_ms);

	for (size_t i = 0; !err && i < team->members.n; i++) {
		const struct mu_team_member member = { .user = team->members.v[i], .team = team->id };
		err = each(arg, &mu_team_member_added, &member, ws->created_at_ms);
	}
	return err;
}

EVENT(mu_team_created, "team.created", team_shape, apply_team_created, tell_team_data, ABOUT_NOBODY,
      .help = "A team was made");
EVENT(mu_team_updated, "team.updated", team_shape, apply_team_updated, tell_team_data, ABOUT_NOBODY,
      .before = before_updated, .effects = MU_EFFECT_SETTINGS,
      .help = "A team's name, lead, business hours or routing changed");
EVENT(mu_team_deleted, "team.deleted", id_shape, apply_team_deleted, tell_deleted, ABOUT_NOBODY,
      .before = before_deleted, .before_shape = &team_shape, .effects = MU_EFFECT_EVERYBODY,
      .help = "A team is gone");
EVENT(mu_team_member_added, "team.member_added", member_shape, apply_member_added, tell_member,
      ABOUT(struct mu_team_member), .effects = MU_EFFECT_USER | MU_EFFECT_TEAM | MU_EFFECT_LISTS,
      .help = "A person joined a team");
EVENT(mu_team_member_removed, "team.member_removed", member_shape, apply_member_removed, tell_member,
      ABOUT(struct mu_team_member), .effects = MU_EFFECT_USER | MU_EFFECT_TEAM | MU_EFFECT_LISTS,
      .help = "A person left a team");
