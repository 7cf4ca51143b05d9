/* The workspace itself: its name, idle time, custom statuses and business hours.
 * Thread: hub. */
#include "concept.h"
#include "muster/model/settings.h"
#include "place.h"
#include "state.h"

static const struct mu_field status_fields[] = {
	MU_FIELD(struct mu_status_record, id, MU_ID, MU_REQUIRED, .help = "Id of the status"),
	MU_FIELD(struct mu_status_record, label, MU_STRING, MU_REQUIRED, .min = 1, .max = 40,
		 .help = "What people read"),
	MU_FIELD(struct mu_status_record, base, MU_ENUM, MU_REQUIRED, .names = mu_base_status_names,
		 .help = "The base status it counts as"),
	MU_FIELD(struct mu_status_record, accepting, MU_BOOL, 0,
		 .help = "Whether new conversations are offered"),
};
const struct mu_shape mu_status_record_shape = MU_SHAPE(struct mu_status_record, "STATUS", status_fields);

#define DAY_MS (INT64_C(24) * 3600 * 1000)

const char *const mu_strategy_names[] = { "manual", "round_robin", "load_balanced", NULL };

static const struct mu_field routing_fields[] = {
	MU_FIELD(struct mu_routing_settings, offer_ms, MU_INT, 0, .min = 0, .max = DAY_MS,
		 .help = "Time to accept what is offered; 0: assigned without asking"),
	MU_FIELD(struct mu_routing_settings, requeue_ms, MU_INT, MU_NULLABLE, .min = 1, .max = 30 * DAY_MS,
		 .help = "Back into the queue that long after the agent went away; null: stays theirs"),
	MU_FIELD(struct mu_routing_settings, overflow_ms, MU_INT, 0, .min = 0, .max = 30 * DAY_MS,
		 .help = "What waited that long goes on; 0: never"),
	MU_FIELD(struct mu_routing_settings, overflow_nobody, MU_BOOL, 0,
		 .help = "What waits goes on at once when nobody of the team is there"),
	MU_FIELD(struct mu_routing_settings, overflow_team, MU_ID, MU_NULLABLE,
		 .help = "Team that it goes on to; null: it stays, and who may see it is told"),
};
const struct mu_shape mu_routing_settings_shape =
	MU_SHAPE(struct mu_routing_settings, "ROUTING_SETTINGS", routing_fields);

static const struct mu_field channel_fields[] = {
	MU_FIELD(struct mu_channel, id, MU_ID, MU_REQUIRED, .help = "Id of the channel"),
	MU_FIELD(struct mu_channel, weight, MU_INT, MU_REQUIRED, .min = 0, .max = MU_WEIGHT_MAX,
		 .help = "What one of its conversations takes of a person's capacity"),
};
const struct mu_shape mu_channel_shape = MU_SHAPE(struct mu_channel, "CHANNEL", channel_fields);

static const struct mu_field workspace_fields[] = {
	MU_FIELD(struct mu_workspace_data, id, MU_ID, 0, .help = "The workspace"),
	MU_FIELD(struct mu_workspace_data, name, MU_STRING, 0, .max = 80, .help = "Its name"),
	MU_FIELD(struct mu_workspace_data, owner, MU_ID, 0, .help = "The user who owns it"),
	MU_FIELD(struct mu_workspace_data, idle_after_ms, MU_INT, 0, .min = 0, .max = 86400000,
		 .help = "Idle this long means away; 0: never"),
	MU_FIELD(struct mu_workspace_data, statuses, MU_RECORDS, 0, .max = 32,
		 .shape = &mu_status_record_shape, .help = "Custom statuses"),
	MU_FIELD(struct mu_workspace_data, schedule, MU_RECORD, MU_NULLABLE, .shape = &mu_schedule_shape,
		 .help = "Business hours"),
	MU_FIELD(struct mu_workspace_data, strategy, MU_ENUM, 0, .names = mu_strategy_names,
		 .help = "Who gets conversations that have no team"),
	MU_FIELD(struct mu_workspace_data, settings, MU_RECORD, MU_NULLABLE,
		 .shape = &mu_routing_settings_shape, .help = "How they are given out"),
	MU_FIELD(struct mu_workspace_data, channels, MU_RECORDS, 0, .max = 64, .shape = &mu_channel_shape,
		 .help = "Channels whose conversations don't weigh 1"),
};
static const struct mu_shape workspace_shape =
	MU_SHAPE(struct mu_workspace_data, "WORKSPACE_DATA", workspace_fields, .tracks_given = true);

void state_statuses_free(struct mu_workspace *ws)
{
	for (size_t i = 0; i < ws->n_statuses; i++) {
		free(ws->statuses[i].id);
		free(ws->statuses[i].label);
	}
	free(ws->statuses);
	ws->statuses = NULL;
	ws->n_statuses = 0;
}

void state_channels_free(struct mu_workspace *ws)
{
	for (size_t i = 0; i < ws->n_channels; i++)
		free(ws->channels[i].id);
	free(ws->channels);
	ws->channels = NULL;
	ws->n_channels = 0;
}

static enum mu_err state_channels(struct mu_workspace *ws, const struct mu_records *channels)
{
	const struct mu_channel *record = channels->v;
	struct mu_workspace fresh = { 0 };
	enum mu_err err = MU_OK;

	if (channels->n && !(fresh.channels = calloc(channels->n, sizeof(*fresh.channels))))
		return MU_NO_MEMORY;
	for (; !err && fresh.n_channels < channels->n; fresh.n_channels++) {
		struct mu_channel *channel = &fresh.channels[fresh.n_channels];
		channel->weight = record[fresh.n_channels].weight;
		err = state_text(&channel->id, record[fresh.n_channels].id);
	}
	if (err) {
		state_channels_free(&fresh);
		return err;
	}
	state_channels_free(ws);
	ws->channels = fresh.channels;
	ws->n_channels = fresh.n_channels;
	place_weigh_all(ws);
	return MU_OK;
}

enum mu_err state_settings(struct mu_routing_settings *slot, const struct mu_routing_settings *settings)
{
	struct mu_routing_settings copy = settings ? *settings : (struct mu_routing_settings){ 0 };
	char *team = copy.overflow_team ? strdup(copy.overflow_team) : NULL;

	if (copy.overflow_team && !team)
		return MU_NO_MEMORY;
	free(slot->overflow_team);
	copy.overflow_team = team;
	*slot = copy;
	return MU_OK;
}

static enum mu_err status_append(struct mu_status *table, size_t *n, const struct mu_status_record *record)
{
	struct mu_status *status = &table[(*n)++];

	*status = (struct mu_status){ .base = record->base, .accepting = record->accepting };
	enum mu_err err = state_text(&status->id, record->id);
	return err ? err : state_text(&status->label, record->label);
}

enum mu_err state_statuses(struct mu_workspace *ws, const struct mu_records *custom)
{
	static const struct mu_status_record base[] = {
		{ "available", "Available", MU_AVAILABLE, true },
		{ "away", "Away", MU_AWAY, false },
		{ "busy", "Busy", MU_BUSY, false },
		{ "offline", "Appear offline", MU_OFFLINE, false },
	};
	struct mu_workspace fresh = { 0 };
	enum mu_err err = MU_OK;

	fresh.statuses = calloc(MU_COUNT(base) + custom->n, sizeof(*fresh.statuses));
	if (!fresh.statuses)
		return MU_NO_MEMORY;
	for (size_t i = 0; !err && i < MU_COUNT(base); i++)
		err = status_append(fresh.statuses, &fresh.n_statuses, &base[i]);
	for (size_t i = 0; !err && i < custom->n; i++)
		err = status_append(fresh.statuses, &fresh.n_statuses,
				    (const struct mu_status_record *)custom->v + i);
	if (err) {
		state_statuses_free(&fresh);
		return err;
	}
	state_statuses_free(ws);
	ws->statuses = fresh.statuses;
	ws->n_statuses = fresh.n_statuses;
	return MU_OK;
}

/* How conversations without a team are given out, and what they weigh. */
static enum mu_err fill_routing(struct mu_workspace *ws, const struct mu_workspace_data *data)
{
	enum mu_err err = MU_OK;

	if (mu_given(data->given, MU_WS_STRATEGY))
		ws->inbox.strategy = data->strategy;
	if (mu_given(data->given, MU_WS_SETTINGS))
		err = state_settings(&ws->inbox.settings, data->settings);
	if (!err && mu_given(data->given, MU_WS_CHANNELS))
		err = state_channels(ws, &data->channels);
	due_update_inbox(ws, &ws->inbox);
	return err;
}

static void see_absences(struct mu_workspace *ws, int64_t now_ms)
{
	for (struct mu_user *user = ws->users; user; user = user->hh.next)
		state_absence(ws, user, now_ms);
}

static enum mu_err apply_workspace(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_workspace_data *data = event->data;
	enum mu_err err = MU_OK;

	if (!ws->created_at_ms)
		ws->created_at_ms = event->at_ms;
	if (mu_given(data->given, MU_WS_NAME))
		err = state_text(&ws->name, data->name);
	if (!err && mu_given(data->given, MU_WS_OWNER))
		err = state_text(&ws->owner, data->owner);
	if (mu_given(data->given, MU_WS_IDLE))
		ws->idle_after_ms = data->idle_after_ms;
	if (!err && mu_given(data->given, MU_WS_STATUSES))
		err = state_statuses(ws, &data->statuses);
	if (!err && mu_given(data->given, MU_WS_STATUSES))
		see_absences(ws, event->at_ms);
	if (!err && mu_given(data->given, MU_WS_SCHEDULE))
		err = state_hours(&ws->hours, data->schedule);
	return err ? err : fill_routing(ws, data);
}

enum mu_err mu_rule_statuses(const struct mu_records *statuses, struct mu_fault *ret_fault)
{
	const struct mu_status_record *record = statuses->v;
	char field[48];

	for (size_t i = 0; i < statuses->n; i++) {
		snprintf(field, sizeof(field), "statuses.%zu.id", i);
		for (size_t k = 0; mu_base_status_names[k]; k++)
			if (!strcmp(record[i].id, mu_base_status_names[k]))
				return mu_fail_field(ret_fault, field,
						     "is a base status, which is always there");
		for (size_t k = 0; k < i; k++)
			if (!strcmp(record[i].id, record[k].id))
				return mu_fail_field(ret_fault, field, "stands twice");
	}
	return MU_OK;
}

enum mu_err mu_rule_routing_settings(const struct mu_workspace *ws,
				     const struct mu_routing_settings *settings, const char *self,
				     struct mu_fault *ret_fault)
{
	const char *team = settings ? settings->overflow_team : NULL;

	if (team && self && !strcmp(team, self))
		return mu_fail_field(ret_fault, "settings.overflow_team",
				     "is this team itself; name another one, or null");
	if (team && !mu_workspace_team(ws, team))
		return mu_fail_field(ret_fault, "settings.overflow_team", "there is no such team");
	return MU_OK;
}

enum mu_err mu_rule_channels(const struct mu_records *channels, struct mu_fault *ret_fault)
{
	const struct mu_channel *channel = channels->v;
	char field[48];

	for (size_t i = 0; i < channels->n; i++) {
		snprintf(field, sizeof(field), "channels.%zu.id", i);
		for (size_t k = 0; k < i; k++)
			if (!strcmp(channel[i].id, channel[k].id))
				return mu_fail_field(ret_fault, field, "stands twice");
	}
	return MU_OK;
}

/* The workspace as it is; NULL when memory is out. */
static const struct mu_workspace_data *workspace_record(const struct mu_workspace *ws, struct mu_arena *arena)
{
	struct mu_status_record *custom = mu_arena_alloc(arena, ws->n_statuses * sizeof(*custom));
	size_t n = 0;

	for (size_t i = MU_OFFLINE + 1; custom && i < ws->n_statuses; i++)
		custom[n++] = (struct mu_status_record){ .id = ws->statuses[i].id,
							 .label = ws->statuses[i].label,
							 .base = ws->statuses[i].base,
							 .accepting = ws->statuses[i].accepting };
	const struct mu_workspace_data record = { .given = UINT64_MAX,
						  .id = ws->id,
						  .name = ws->name,
						  .owner = ws->owner,
						  .idle_after_ms = ws->idle_after_ms,
						  .statuses = { custom, n },
						  .schedule = ws->hours ? &ws->hours->spec : NULL,
						  .strategy = ws->inbox.strategy,
						  .settings =
							  (struct mu_routing_settings *)&ws->inbox.settings,
						  .channels = { ws->channels, ws->n_channels } };
	return custom ? before_record(arena, &record) : NULL;
}

static const void *before_workspace(const struct mu_workspace *ws, const struct mu_event *event,
				    struct mu_arena *arena)
{
	return workspace_record(ws, arena);
}

enum mu_err dump_workspace(const struct mu_workspace *ws, dump_each *each, void *arg)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	const struct mu_workspace_data *record = workspace_record(ws, &arena);

	return record ? each(arg, &mu_workspace_created, record, ws->created_at_ms) : MU_NO_MEMORY;
}

EVENT(mu_workspace_created, "workspace.created", workspace_shape, apply_workspace, NULL, ABOUT_NOBODY,
      .effects = MU_EFFECT_SETTINGS, .help = "The workspace was made");
EVENT(mu_workspace_updated, "workspace.updated", workspace_shape, apply_workspace, tell_everyone,
      ABOUT_NOBODY, .before = before_workspace, .effects = MU_EFFECT_SETTINGS,
      .help = "Name, idle time, statuses, business hours or routing of the workspace changed");
