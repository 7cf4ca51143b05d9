/* Load and capacity of people: what is told, and what was told last.
 * Invariant: noted_load and noted_full are what the log says; loads themselves follow from conversations.
 * ws->unnoted holds exactly those people of whom the two differ.
 * Thread: hub. */
#include "concept.h"
#include "muster/model/capacity.h"
#include "state.h"

#include <utlist.h>

static const struct mu_field capacity_fields[] = {
	MU_FIELD(struct mu_capacity_event, user, MU_ID, MU_REQUIRED, .help = "The user"),
	MU_FIELD(struct mu_capacity_event, load, MU_INT, MU_REQUIRED,
		 .help = "Weight of their conversations"),
	MU_FIELD(struct mu_capacity_event, capacity, MU_INT, MU_REQUIRED,
		 .help = "How much they get at most"),
	MU_FIELD(struct mu_capacity_event, rotation, MU_INT, MU_SECRET | MU_OMIT_ZERO),
};
static const struct mu_shape capacity_shape = MU_SHAPE(struct mu_capacity_event, "CAPACITY", capacity_fields);

bool mu_user_full(const struct mu_user *user)
{
	return user->load >= user->capacity;
}

void state_note_forget(struct mu_workspace *ws, struct mu_user *user)
{
	if (user->unnoted)
		DL_DELETE2(ws->unnoted, user, prev_unnoted, next_unnoted);
	user->unnoted = false;
}

void state_note(struct mu_workspace *ws, struct mu_user *user)
{
	const bool differs = user->load != user->noted_load || mu_user_full(user) != user->noted_full;

	if (!differs)
		state_note_forget(ws, user);
	else if (!user->unnoted)
		DL_APPEND2(ws->unnoted, user, prev_unnoted, next_unnoted);
	user->unnoted = differs;
}

/* Those who see the person's presence see how much they have to do. */
static enum mu_err tell_watchers(const struct mu_workspace *ws, const struct mu_event *event,
				 struct mu_arena *arena, struct mu_strs *topics)
{
	const struct mu_capacity_event *data = event->data;
	const struct mu_user *user = mu_workspace_user(ws, data->user);
	enum mu_err err = tell_user(ws, event, arena, topics);

	if (!err)
		err = mu_topic_add(arena, topics, "may/presence.view:all");
	for (size_t i = 0; !err && user && i < user->teams.n; i++)
		err = mu_topic_add(arena, topics, "team/%s/may/presence.view:team", user->teams.v[i]);
	return err;
}

static enum mu_err note_full(struct mu_workspace *ws, const struct mu_event *event, bool full)
{
	const struct mu_capacity_event *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);

	if (!user)
		return MU_CONFLICT;
	user->noted_full = full;
	state_note(ws, user);
	return MU_OK;
}

static enum mu_err apply_reached(struct mu_workspace *ws, const struct mu_event *event)
{
	return note_full(ws, event, true);
}

static enum mu_err apply_freed(struct mu_workspace *ws, const struct mu_event *event)
{
	return note_full(ws, event, false);
}

static enum mu_err apply_load(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_capacity_event *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);

	if (!user)
		return MU_CONFLICT;
	user->noted_load = data->load;
	if (data->rotation)
		user->rotation = data->rotation;
	if (data->rotation > ws->n_assignments)
		ws->n_assignments = data->rotation;
	state_note(ws, user);
	return MU_OK;
}

enum mu_err dump_load(const struct mu_user *user, dump_each *each, void *arg)
{
	const struct mu_capacity_event load = { .user = user->id,
						.load = user->noted_load,
						.capacity = user->capacity,
						.rotation = user->rotation };
	const struct mu_capacity_event reached = { .user = user->id,
						   .load = user->load,
						   .capacity = user->capacity };
	enum mu_err err = MU_OK;

	if (user->noted_load || user->rotation)
		err = each(arg, &mu_load_changed, &load, user->created_at_ms);
	return err || !user->noted_full ? err
					: each(arg, &mu_capacity_reached, &reached, user->created_at_ms);
}

EVENT(mu_capacity_changed, "capacity.changed", capacity_shape, NULL, tell_watchers,
      ABOUT(struct mu_capacity_event), .effects = MU_EFFECT_LOAD, .action = not_audited,
      .help = "How much a person gets at most was changed (in the audit log: user.updated)");
EVENT(mu_capacity_reached, "capacity.reached", capacity_shape, apply_reached, tell_watchers,
      ABOUT(struct mu_capacity_event), .effects = MU_EFFECT_LOAD, .help = "A person has as much as they get");
EVENT(mu_capacity_freed, "capacity.freed", capacity_shape, apply_freed, tell_watchers,
      ABOUT(struct mu_capacity_event), .effects = MU_EFFECT_LOAD, .help = "A person has room for more again");
EVENT(mu_load_changed, "load.changed", capacity_shape, apply_load, NULL, ABOUT(struct mu_capacity_event),
      .effects = MU_EFFECT_LOAD, .action = not_audited,
      .help = "What a person has to do changed (log only: history)");
