/* What people chose to be seen as, and what others saw.
 * Thread: hub. */
#include "concept.h"
#include "muster/base/buf.h"
#include "muster/model/choice.h"
#include "place.h"
#include "state.h"

static const struct mu_field chosen_fields[] = {
	MU_FIELD(struct mu_presence_chosen, user, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_presence_chosen, status, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_presence_chosen, note, MU_STRING, MU_NULLABLE, .max = 140),
	MU_FIELD(struct mu_presence_chosen, until, MU_TIME, MU_NULLABLE),
	MU_FIELD(struct mu_presence_chosen, cause, MU_ENUM, MU_REQUIRED, .names = mu_cause_names),
	MU_FIELD(struct mu_presence_chosen, by, MU_ID, 0, .help = "The supervisor who set it"),
	MU_FIELD(struct mu_presence_chosen, reason, MU_STRING, 0, .max = 140),
};
static const struct mu_shape chosen_shape =
	MU_SHAPE(struct mu_presence_chosen, "PRESENCE_CHOSEN", chosen_fields);

static const struct mu_field forced_fields[] = {
	MU_FIELD(struct mu_presence_forced, user, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_presence_forced, status, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_presence_forced, reason, MU_STRING, MU_NULLABLE, .max = 140),
	MU_FIELD(struct mu_presence_forced, by, MU_ID, MU_NULLABLE),
	MU_FIELD(struct mu_presence_forced, by_name, MU_STRING, MU_NULLABLE,
		 .help = "Who that is: the person may not see them"),
};
static const struct mu_shape forced_shape =
	MU_SHAPE(struct mu_presence_forced, "PRESENCE_FORCED", forced_fields);

static const struct mu_field changed_fields[] = {
	MU_FIELD(struct mu_presence_changed, user, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_presence_changed, from, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_presence_changed, to, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_presence_changed, base, MU_ID, 0),
	MU_FIELD(struct mu_presence_changed, cause, MU_ENUM, MU_REQUIRED, .names = mu_cause_names),
	MU_FIELD(struct mu_presence_changed, since, MU_TIME, MU_REQUIRED),
};
static const struct mu_shape changed_shape =
	MU_SHAPE(struct mu_presence_changed, "PRESENCE_CHANGED", changed_fields);

static enum mu_err apply_presence_chosen(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_presence_chosen *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);

	if (!user)
		return MU_CONFLICT;
	user->choice.until_ms = data->until;
	user->choice.cause = data->cause;
	user->choice.at_ms = event->at_ms;
	enum mu_err err = state_text(&user->choice.status, data->status);
	return err ? err : state_text(&user->choice.note, data->note);
}

static enum mu_err apply_presence_changed(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_presence_changed *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);

	if (!user)
		return MU_CONFLICT;
	user->shown_since_ms = data->since;
	enum mu_err err = state_text(&user->shown, data->to);
	if (!err)
		err = state_text(&user->shown_base, data->base);
	state_absence(ws, user, data->since);
	return err;
}

/* A status that the workspace has dropped counts as available. Who is away and takes work all the same isn't
 * absent, or what was taken from them would be given to them again. */
static bool is_absent(const struct mu_workspace *ws, const char *shown)
{
	const struct mu_status *status = mu_workspace_status(ws, shown);

	return status && (status->base == MU_OFFLINE || (status->base == MU_AWAY && !status->accepting));
}

void state_absence(struct mu_workspace *ws, struct mu_user *user, int64_t since_ms)
{
	if (!is_absent(ws, user->shown))
		user->absent_since_ms = 0;
	else if (!user->absent_since_ms)
		user->absent_since_ms = since_ms;
	due_update_held(ws, user);
}

static const void *before_chosen(const struct mu_workspace *ws, const struct mu_event *event,
				 struct mu_arena *arena)
{
	const struct mu_user *user = mu_workspace_user(ws, mu_event_subject(event->type, event->data));

	if (!user)
		return NULL;
	const struct mu_presence_chosen record = { .user = user->id,
						   .status = user->choice.status,
						   .note = user->choice.note,
						   .until = user->choice.until_ms,
						   .cause = user->choice.cause };
	return before_record(arena, &record);
}

/* presence.away and so on, also for a status of the workspace's own. */
static const char *marked_as(const struct mu_workspace *ws, const char *id)
{
	static const char *const actions[] = { [MU_AVAILABLE] = "presence.available",
					       [MU_AWAY] = "presence.away",
					       [MU_BUSY] = "presence.busy",
					       [MU_OFFLINE] = "presence.offline" };
	const struct mu_status *status = mu_workspace_status(ws, id);

	return actions[status ? status->base : MU_AVAILABLE];
}

static const char *action_chosen(const struct mu_workspace *ws, const struct mu_event *event)
{
	return marked_as(ws, ((const struct mu_presence_chosen *)event->data)->status);
}

/* What others see changes by a choice, which is in the audit log by itself, or by something else that
 * happened since. */
static const char *action_changed(const struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_presence_changed *data = event->data;
	const struct mu_user *user = mu_workspace_user(ws, data->user);
	const bool chosen = data->cause == MU_CAUSE_SELF || data->cause == MU_CAUSE_SUPERVISOR ||
			    data->cause == MU_CAUSE_EXPIRY;

	return chosen && user && user->choice.at_ms >= user->shown_since_ms ? NULL : marked_as(ws, data->to);
}

static enum mu_err fail_status(const struct mu_workspace *ws, struct mu_fault *fault)
{
	AUTO_BUF struct mu_buf known = { 0 };

	for (size_t i = 0; i < ws->n_statuses; i++)
		mu_buf_printf(&known, "%s%s", i ? ", " : "", ws->statuses[i].id);
	return mu_fail_field(fault, "status", "must be one of %s", mu_buf_text(&known));
}

enum mu_err mu_rule_choice(const struct mu_workspace *ws, const char *status, int64_t until_ms,
			   int64_t now_ms, struct mu_fault *ret_fault)
{
	const int64_t year_ms = 366LL * 24 * 3600 * 1000;

	if (!mu_workspace_status(ws, status))
		return fail_status(ws, ret_fault);
	if (until_ms && until_ms <= now_ms)
		return mu_fail_field(ret_fault, "until", "must be in the future");
	if (until_ms > now_ms + year_ms)
		return mu_fail_field(ret_fault, "until", "must be within a year");
	return MU_OK;
}

enum mu_err dump_shown(const struct mu_user *user, dump_each *each, void *arg)
{
	/* Who was away before they went offline is absent since then. */
	const struct mu_presence_changed away = {
		.user = user->id, .from = "offline", .to = "away", .since = user->absent_since_ms
	};
	const struct mu_presence_changed changed = { .user = user->id,
						     .from = "offline",
						     .to = user->shown,
						     .base = user->shown_base,
						     .since = user->shown_since_ms };
	enum mu_err err = MU_OK;

	if (!user->shown)
		return MU_OK;
	if (user->absent_since_ms && user->absent_since_ms != user->shown_since_ms)
		err = each(arg, &mu_presence_changed_type, &away, user->absent_since_ms);
	return err ? err : each(arg, &mu_presence_changed_type, &changed, user->shown_since_ms);
}

EVENT(mu_presence_chosen_type, "presence.chosen", chosen_shape, apply_presence_chosen, tell_user,
      ABOUT(struct mu_presence_chosen), .action = action_chosen, .before = before_chosen,
      .effects = MU_EFFECT_CHOICE, .personal = true,
      .help = "What you chose to be seen as, or who chose it for you (others see presence.diff)");
EVENT(mu_presence_forced_type, "presence.forced", forced_shape, NULL, tell_user,
      ABOUT(struct mu_presence_forced), .action = not_audited, .personal = true,
      .help = "A supervisor set your status");
EVENT(mu_presence_changed_type, "presence.changed", changed_shape, apply_presence_changed, NULL,
      ABOUT(struct mu_presence_changed), .action = action_changed, .effects = MU_EFFECT_ROUTING,
      .help = "A person's visible status changed (log only: history, audit, webhooks)");
