/* The event table: what each event's data looks like and who is told. How it changes the state is in
 * event_apply.c.
 * Thread: hub. */
#include "muster/model/event.h"

#include "event_data.h"
#include "muster/model/audience.h"

#include <string.h>

/* ---- shapes ---- */

static const char *const alg_names[] = { "HS256", "EdDSA", "api", NULL };

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
};
static const struct mu_shape workspace_shape =
	MU_SHAPE(struct mu_workspace_data, "WORKSPACE_DATA", workspace_fields, .tracks_given = true);

static const struct mu_field user_fields[] = {
	MU_FIELD(struct mu_user_data, user, MU_ID, MU_REQUIRED, .help = "The user"),
	MU_FIELD(struct mu_user_data, name, MU_STRING, 0, .max = 80, .help = "Full name"),
	MU_FIELD(struct mu_user_data, email, MU_STRING, 0, .max = 254, .help = "Address; never changes"),
	MU_FIELD(struct mu_user_data, phone, MU_STRING, MU_NULLABLE, .max = 32, .help = "Phone number"),
	MU_FIELD(struct mu_user_data, roles, MU_STRINGS, 0, .max = 32, .help = "Roles held"),
	MU_FIELD(struct mu_user_data, capacity, MU_INT, 0, .min = 0, .max = 1000,
		 .help = "Conversations at a time"),
};
static const struct mu_shape user_shape =
	MU_SHAPE(struct mu_user_data, "USER_DATA", user_fields, .tracks_given = true);

static const struct mu_field password_fields[] = {
	MU_FIELD(struct mu_password_set, user, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_password_set, hash, MU_STRING, MU_SECRET, .max = 256, .help = "argon2id string"),
	MU_FIELD(struct mu_password_set, sign_out, MU_BOOL, 0, .help = "Tokens from before ended"),
};
static const struct mu_shape password_shape =
	MU_SHAPE(struct mu_password_set, "PASSWORD_SET", password_fields);

static const struct mu_field role_assigned_fields[] = {
	MU_FIELD(struct mu_role_assigned, user, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_role_assigned, roles, MU_STRINGS, MU_REQUIRED, .max = 32,
		 .help = "All roles held from now on"),
};
static const struct mu_shape role_assigned_shape =
	MU_SHAPE(struct mu_role_assigned, "ROLE_ASSIGNED", role_assigned_fields);

static const struct mu_field permissions_changed_fields[] = {
	MU_FIELD(struct mu_permissions_changed, user, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_permissions_changed, roles, MU_STRINGS, MU_REQUIRED, .max = 32),
	MU_FIELD(struct mu_permissions_changed, permissions, MU_STRINGS, MU_REQUIRED, .max = 256,
		 .help = "The whole new set"),
};
static const struct mu_shape permissions_changed_shape =
	MU_SHAPE(struct mu_permissions_changed, "PERMISSIONS_CHANGED", permissions_changed_fields);

static const struct mu_field role_fields[] = {
	MU_FIELD(struct mu_role_data, id, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_role_data, name, MU_STRING, MU_REQUIRED, .max = 80),
	MU_FIELD(struct mu_role_data, description, MU_STRING, 0, .max = 400),
	MU_FIELD(struct mu_role_data, permissions, MU_STRINGS, 0, .max = 256),
};
static const struct mu_shape role_shape = MU_SHAPE(struct mu_role_data, "ROLE", role_fields);

static const struct mu_field team_fields[] = {
	MU_FIELD(struct mu_team_data, id, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_team_data, name, MU_STRING, 0, .max = 80),
	MU_FIELD(struct mu_team_data, lead, MU_ID, MU_NULLABLE),
	MU_FIELD(struct mu_team_data, schedule, MU_RECORD, MU_NULLABLE, .shape = &mu_schedule_shape),
};
static const struct mu_shape team_shape =
	MU_SHAPE(struct mu_team_data, "TEAM_DATA", team_fields, .tracks_given = true);

static const struct mu_field member_fields[] = {
	MU_FIELD(struct mu_team_member, user, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_team_member, team, MU_ID, MU_REQUIRED),
};
static const struct mu_shape member_shape = MU_SHAPE(struct mu_team_member, "TEAM_MEMBER", member_fields);

static const struct mu_field key_fields[] = {
	MU_FIELD(struct mu_key_data, id, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_key_data, alg, MU_ENUM, MU_REQUIRED, .names = alg_names),
	MU_FIELD(struct mu_key_data, secret, MU_STRING, MU_SECRET, .max = 256),
	MU_FIELD(struct mu_key_data, public_key, MU_STRING, 0, .max = 64),
	MU_FIELD(struct mu_key_data, scopes, MU_STRINGS, MU_OMIT_ZERO, .max = 256),
};
static const struct mu_shape key_shape = MU_SHAPE(struct mu_key_data, "KEY_DATA", key_fields);

static const struct mu_field id_fields[] = { MU_FIELD(struct mu_id_data, id, MU_ID, MU_REQUIRED) };
static const struct mu_shape id_shape = MU_SHAPE(struct mu_id_data, "ID", id_fields);

static const struct mu_field revoked_fields[] = {
	MU_FIELD(struct mu_session_revoked, user, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_session_revoked, session, MU_ID, MU_NULLABLE,
		 .help = "One session; null: all of them"),
	MU_FIELD(struct mu_session_revoked, token, MU_STRING, MU_SECRET, .max = 64),
	MU_FIELD(struct mu_session_revoked, expires_at, MU_TIME, MU_SECRET),
	MU_FIELD(struct mu_session_revoked, before, MU_TIME, 0, .help = "Tokens issued before this are void"),
};
static const struct mu_shape revoked_shape =
	MU_SHAPE(struct mu_session_revoked, "SESSION_REVOKED", revoked_fields);

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
};
static const struct mu_shape forced_shape =
	MU_SHAPE(struct mu_presence_forced, "PRESENCE_FORCED", forced_fields);

static const struct mu_field changed_fields[] = {
	MU_FIELD(struct mu_presence_changed, user, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_presence_changed, from, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_presence_changed, to, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_presence_changed, cause, MU_ENUM, MU_REQUIRED, .names = mu_cause_names),
	MU_FIELD(struct mu_presence_changed, since, MU_TIME, MU_REQUIRED),
};
static const struct mu_shape changed_shape =
	MU_SHAPE(struct mu_presence_changed, "PRESENCE_CHANGED", changed_fields);

/* The platform's own events are any JSON object; the shape only says so. */
static const struct mu_field custom_fields[] = { MU_FIELD(struct mu_custom_data, json, MU_JSON, MU_REQUIRED,
							  .max = 65536) };
static const struct mu_shape custom_shape = MU_SHAPE(struct mu_custom_data, "CUSTOM", custom_fields);

/* ---- who is told ---- */

static const char *subject(const struct mu_event *event)
{
	return mu_event_subject(event->type, event->data);
}

static enum mu_err tell_everyone(const struct mu_workspace *ws, const struct mu_event *event,
				 struct mu_arena *arena, struct mu_strs *topics)
{
	return mu_topic_add(arena, topics, "everyone");
}

static enum mu_err tell_user(const struct mu_workspace *ws, const struct mu_event *event,
			     struct mu_arena *arena, struct mu_strs *topics)
{
	return mu_topic_add(arena, topics, "user/%s", subject(event));
}

static enum mu_err tell_user_and_viewers(const struct mu_workspace *ws, const struct mu_event *event,
					 struct mu_arena *arena, struct mu_strs *topics)
{
	enum mu_err err = tell_user(ws, event, arena, topics);

	return err ? err : mu_topic_add(arena, topics, "may/users.view");
}

static enum mu_err tell_user_and_managers(const struct mu_workspace *ws, const struct mu_event *event,
					  struct mu_arena *arena, struct mu_strs *topics)
{
	enum mu_err err = tell_user(ws, event, arena, topics);

	return err ? err : mu_topic_add(arena, topics, "may/users.manage");
}

static enum mu_err tell_role_managers(const struct mu_workspace *ws, const struct mu_event *event,
				      struct mu_arena *arena, struct mu_strs *topics)
{
	const struct mu_role_data *role = event->data;
	enum mu_err err = mu_topic_add(arena, topics, "role/%s", role->id);

	return err ? err : mu_topic_add(arena, topics, "may/roles.manage");
}

static enum mu_err tell_team(const char *team, struct mu_arena *arena, struct mu_strs *topics)
{
	enum mu_err err = mu_topic_add(arena, topics, "team/%s", team);

	return err ? err : mu_topic_add(arena, topics, "may/teams.manage");
}

static enum mu_err tell_team_data(const struct mu_workspace *ws, const struct mu_event *event,
				  struct mu_arena *arena, struct mu_strs *topics)
{
	const struct mu_team_data *team = event->data;

	return tell_team(team->id, arena, topics);
}

static enum mu_err tell_team_id(const struct mu_workspace *ws, const struct mu_event *event,
				struct mu_arena *arena, struct mu_strs *topics)
{
	const struct mu_id_data *team = event->data;

	return tell_team(team->id, arena, topics);
}

static enum mu_err tell_member(const struct mu_workspace *ws, const struct mu_event *event,
			       struct mu_arena *arena, struct mu_strs *topics)
{
	const struct mu_team_member *member = event->data;
	enum mu_err err = tell_user(ws, event, arena, topics);

	return err ? err : tell_team(member->team, arena, topics);
}

/* ---- the table ---- */

#define EVENT(symbol, name_, shape_, apply_, audience_, subject_, ...)                                       \
	const struct mu_event_type symbol = { .name = (name_),                                               \
					      .shape = &(shape_),                                            \
					      .apply = (apply_),                                             \
					      .audience = (audience_),                                       \
					      .subject = (subject_),                                         \
					      __VA_ARGS__ }
#define ABOUT(type) ((ptrdiff_t)offsetof(type, user))
#define ABOUT_NOBODY MU_NO_SUBJECT

EVENT(mu_workspace_created, "workspace.created", workspace_shape, apply_workspace, NULL, ABOUT_NOBODY,
      .effects = MU_EFFECT_SETTINGS, .help = "The workspace was made");
EVENT(mu_workspace_updated, "workspace.updated", workspace_shape, apply_workspace, tell_everyone,
      ABOUT_NOBODY, .effects = MU_EFFECT_SETTINGS,
      .help = "Name, idle time, statuses or business hours of the workspace changed");
EVENT(mu_role_created, "role.created", role_shape, apply_role_created, tell_role_managers, ABOUT_NOBODY,
      .effects = MU_EFFECT_EVERYBODY, .help = "A role was made");
EVENT(mu_user_created, "user.created", user_shape, apply_user_created, tell_user_and_viewers,
      ABOUT(struct mu_user_data), .effects = MU_EFFECT_USER, .help = "A person was added");
EVENT(mu_user_updated, "user.updated", user_shape, apply_user_updated, tell_user_and_viewers,
      ABOUT(struct mu_user_data), .effects = MU_EFFECT_USER, .help = "A person's record changed");
EVENT(mu_user_password_set, "user.password_set", password_shape, apply_password_set, NULL,
      ABOUT(struct mu_password_set), .help = "A password was set (log only)");
EVENT(mu_role_assigned_type, "role.assigned", role_assigned_shape, apply_role_assigned,
      tell_user_and_managers, ABOUT(struct mu_role_assigned), .effects = MU_EFFECT_USER,
      .help = "A person holds other roles now");
EVENT(mu_permissions_changed_type, "permissions.changed", permissions_changed_shape, NULL, tell_user,
      ABOUT(struct mu_permissions_changed), .help = "Your permissions from now on");
EVENT(mu_team_created, "team.created", team_shape, apply_team_created, tell_team_data, ABOUT_NOBODY,
      .help = "A team was made");
EVENT(mu_team_updated, "team.updated", team_shape, apply_team_updated, tell_team_data, ABOUT_NOBODY,
      .effects = MU_EFFECT_SETTINGS, .help = "A team's name, lead or business hours changed");
EVENT(mu_team_deleted, "team.deleted", id_shape, apply_team_deleted, tell_team_id, ABOUT_NOBODY,
      .effects = MU_EFFECT_EVERYBODY, .help = "A team is gone");
EVENT(mu_team_member_added, "team.member_added", member_shape, apply_member_added, tell_member,
      ABOUT(struct mu_team_member), .effects = MU_EFFECT_USER | MU_EFFECT_TEAM,
      .help = "A person joined a team");
EVENT(mu_team_member_removed, "team.member_removed", member_shape, apply_member_removed, tell_member,
      ABOUT(struct mu_team_member), .effects = MU_EFFECT_USER | MU_EFFECT_TEAM,
      .help = "A person left a team");
EVENT(mu_key_created, "key.created", key_shape, apply_key_created, NULL, ABOUT_NOBODY,
      .effects = MU_EFFECT_KEYS, .help = "A key was made (log only)");
EVENT(mu_key_revoked, "key.revoked", id_shape, apply_key_revoked, NULL, ABOUT_NOBODY,
      .effects = MU_EFFECT_KEYS, .help = "A key ended (log only)");
EVENT(mu_session_revoked_type, "session.revoked", revoked_shape, apply_session_revoked, tell_user,
      ABOUT(struct mu_session_revoked), .effects = MU_EFFECT_REVOKED,
      .help = "One or all of your sessions were signed out");
EVENT(mu_presence_chosen_type, "presence.chosen", chosen_shape, apply_presence_chosen, NULL,
      ABOUT(struct mu_presence_chosen), .effects = MU_EFFECT_CHOICE,
      .help = "What a person chose (log only; others see presence.diff)");
EVENT(mu_presence_forced_type, "presence.forced", forced_shape, NULL, tell_user,
      ABOUT(struct mu_presence_forced), .help = "A supervisor set your status");
EVENT(mu_presence_changed_type, "presence.changed", changed_shape, apply_presence_changed, NULL,
      ABOUT(struct mu_presence_changed),
      .help = "A person's visible status changed (log only: history, audit, webhooks)");
EVENT(mu_custom_event, "x.*", custom_shape, NULL, NULL, ABOUT_NOBODY, .help = "The platform's own event");

static const struct mu_event_type *const table[] = {
	&mu_workspace_created,     &mu_workspace_updated,
	&mu_role_created,          &mu_user_created,
	&mu_user_updated,          &mu_user_password_set,
	&mu_role_assigned_type,    &mu_permissions_changed_type,
	&mu_team_created,          &mu_team_updated,
	&mu_team_deleted,          &mu_team_member_added,
	&mu_team_member_removed,   &mu_key_created,
	&mu_key_revoked,           &mu_session_revoked_type,
	&mu_presence_chosen_type,  &mu_presence_forced_type,
	&mu_presence_changed_type, &mu_custom_event,
};

const struct mu_event_type *mu_event_type(unsigned i)
{
	return i < MU_COUNT(table) ? table[i] : NULL;
}

const struct mu_event_type *mu_event_type_find(const char *name)
{
	if (!strncmp(name, "x.", 2))
		return &mu_custom_event;
	for (size_t i = 0; i < MU_COUNT(table); i++)
		if (!strcmp(table[i]->name, name))
			return table[i];
	return NULL;
}

const char *mu_event_subject(const struct mu_event_type *type, const void *data)
{
	return type->subject == MU_NO_SUBJECT ? NULL : *(char *const *)((const char *)data + type->subject);
}

enum mu_err mu_event_apply(struct mu_workspace *ws, const struct mu_event *event)
{
	enum mu_err err = MU_OK;

	if (event->seq != ws->seq + 1)
		return MU_CONFLICT;
	if (event->type->apply)
		err = event->type->apply(ws, event);
	if (!err)
		ws->seq = event->seq;
	return err;
}
