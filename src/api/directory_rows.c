/* Rows of a directory sync: how a role, a team or a person becomes as listed, and how they go.
 * Thread: hub. */
#include "directory.h"

struct role_row {
	uint64_t given;
	char *id, *name, *description;
	struct mu_strs permissions;
};
enum { ROLE_ID, ROLE_NAME, ROLE_DESCRIPTION };
static const struct mu_field role_row_fields[] = {
	MU_FIELD(struct role_row, id, MU_ID, MU_REQUIRED, .help = "Id of the role"),
	MU_FIELD(struct role_row, name, MU_STRING, MU_REQUIRED, .min = 1, .max = 80, .help = "Its name"),
	MU_FIELD(struct role_row, description, MU_STRING, MU_NULLABLE, .max = 400,
		 .help = "What it is for; left out: as before"),
	MU_FIELD(struct role_row, permissions, MU_STRINGS, MU_REQUIRED, .max = 256,
		 .help = "Permission keys, all of them"),
};
const struct mu_shape sync_role_shape =
	MU_SHAPE(struct role_row, "DIRECTORY_ROLE", role_row_fields, .tracks_given = true);

struct team_row {
	uint64_t given;
	char *id, *name, *lead;
};
enum { TEAM_ID, TEAM_NAME, TEAM_LEAD };
static const struct mu_field team_row_fields[] = {
	MU_FIELD(struct team_row, id, MU_ID, MU_REQUIRED, .help = "Id of the team"),
	MU_FIELD(struct team_row, name, MU_STRING, MU_REQUIRED, .min = 1, .max = 80, .help = "Its name"),
	MU_FIELD(struct team_row, lead, MU_ID, MU_NULLABLE, .help = "User who leads it; left out: as before"),
};
const struct mu_shape sync_team_shape =
	MU_SHAPE(struct team_row, "DIRECTORY_TEAM", team_row_fields, .tracks_given = true);

struct user_row {
	uint64_t given;
	char *id, *name, *email, *phone;
	struct mu_strs roles, teams;
	int64_t capacity;
	bool active;
};
enum { USER_ID, USER_NAME, USER_EMAIL, USER_PHONE, USER_ROLES, USER_TEAMS, USER_CAPACITY, USER_ACTIVE };
static const struct mu_field user_row_fields[] = {
	MU_FIELD(struct user_row, id, MU_ID, MU_REQUIRED, .help = "Id of the user"),
	MU_FIELD(struct user_row, name, MU_STRING, MU_REQUIRED, .min = 1, .max = 80, .help = "Full name"),
	MU_FIELD(struct user_row, email, MU_STRING, MU_REQUIRED, .min = 3, .max = 254,
		 .help = "Address; of a person who is there already it can't be changed"),
	MU_FIELD(struct user_row, phone, MU_STRING, MU_NULLABLE, .max = 32,
		 .help = "Phone number; left out: as before"),
	MU_FIELD(struct user_row, roles, MU_STRINGS, MU_REQUIRED, .min = 1, .max = 32, .help = "All roles"),
	MU_FIELD(struct user_row, teams, MU_STRINGS, 0, .max = 64, .help = "All teams; left out: as before"),
	MU_FIELD(struct user_row, capacity, MU_INT, 0, .min = 0, .max = 1000,
		 .help = "Conversations at a time; left out: as before"),
	MU_FIELD(struct user_row, active, MU_BOOL, 0, .help = "false: deactivated; left out: as before"),
};
const struct mu_shape sync_user_shape =
	MU_SHAPE(struct user_row, "DIRECTORY_USER", user_row_fields, .tracks_given = true);

static enum mu_err emit(struct sync *sync, const struct mu_event_type *type, const void *record)
{
	enum mu_err err = mu_call_emit_record(sync->call, type, record);

	return err ? err : sync_play(sync);
}

/* ---- roles ---- */

static bool is_builtin(const char *id)
{
	for (unsigned i = 0; mu_builtin_role(i); i++)
		if (!strcmp(mu_builtin_role(i)->id, id))
			return true;
	return false;
}

enum mu_err sync_put_role(struct sync *sync, struct list *list, const void *row_, struct mu_fault *fault)
{
	const struct role_row *row = row_;
	const struct mu_role *present = mu_workspace_role(sync->copy, row->id);
	const struct mu_role_data data = { .id = row->id,
					   .name = row->name,
					   .description = mu_given(row->given, ROLE_DESCRIPTION)
								  ? row->description
							  : present ? present->description
								    : NULL,
					   .permissions = row->permissions };

	if (present && same_text(present->name, data.name) &&
	    same_text(present->description, data.description) &&
	    same_set(&present->permissions, &data.permissions))
		return MU_OK;
	enum mu_err err = mu_rule_role(sync->copy, sync->call->actor.perms, present, &data, fault);
	if (err)
		return err;
	if (present)
		list->updated++;
	else
		list->created++;
	return present ? emit_role_updated(sync->call, present, &data) : emit(sync, &mu_role_created, &data);
}

enum mu_err sync_drop_roles(struct sync *sync, struct list *list)
{
	enum mu_err err = MU_OK;

	for (const struct mu_role *role = sync->copy->roles, *next; !err && role; role = next) {
		const struct mu_id_data data = { .id = role->id };
		struct mu_fault fault = { 0 };
		next = role->hh.next;
		if (is_builtin(role->id) || sync_lists(list, role->id))
			continue;
		err = mu_rule_role_delete(sync->copy, sync->call->actor.perms, role, NULL, &fault);
		if (!err)
			err = mu_call_emit_record(sync->call, &mu_role_deleted, &data);
		fault.n_fields = 0; /* a replacement is what role.delete asks for */
		err = sync_dropped(sync, list, role->id, err, &fault);
	}
	return err;
}

/* ---- teams ---- */

enum mu_err sync_put_team(struct sync *sync, struct list *list, const void *row_, struct mu_fault *fault)
{
	const struct team_row *row = row_;
	const struct mu_team *present = mu_workspace_team(sync->copy, row->id);
	const struct mu_team_data data = { .given = 1 << MU_TEAM_ID | 1 << MU_TEAM_NAME,
					   .id = row->id,
					   .name = row->name };

	if (present && same_text(present->name, row->name))
		return MU_OK;
	enum mu_err err = mu_rule_team(sync->copy, row->id, row->name, NULL, present, fault);
	if (err)
		return err;
	if (present)
		list->updated++;
	else
		list->created++;
	return emit(sync, present ? &mu_team_updated : &mu_team_created, &data);
}

/* Once the people are there. */
enum mu_err sync_put_lead(struct sync *sync, struct list *list, const void *row_, struct mu_fault *fault)
{
	const struct team_row *row = row_;
	const struct mu_team *team = mu_workspace_team(sync->copy, row->id);
	const struct mu_team_data data = { .given = 1 << MU_TEAM_ID | 1 << MU_TEAM_LEAD,
					   .id = row->id,
					   .lead = row->lead };

	if (!team || !mu_given(row->given, TEAM_LEAD) || same_text(team->lead, row->lead))
		return MU_OK; /* a team that couldn't be made was told of before */
	if (row->lead && !mu_workspace_user(sync->copy, row->lead))
		return mu_fail_field(fault, "lead", "there is no such user");
	list->updated++;
	return emit(sync, &mu_team_updated, &data);
}

enum mu_err sync_drop_teams(struct sync *sync, struct list *list)
{
	enum mu_err err = MU_OK;

	for (const struct mu_team *team = sync->copy->teams, *next; !err && team; team = next) {
		next = team->hh.next;
		if (sync_lists(list, team->id))
			continue;
		err = emit_team_deleted(sync->call, team, NULL);
		err = sync_dropped(sync, list, team->id, err, NULL);
	}
	return err;
}

/* ---- people ---- */

static enum mu_err make_user(struct sync *sync, const struct user_row *row, struct mu_fault *fault)
{
	const struct mu_user_data data = { .given = UINT64_MAX,
					   .user = row->id,
					   .name = row->name,
					   .email = row->email,
					   .phone = row->phone,
					   .roles = row->roles,
					   .capacity = mu_given(row->given, USER_CAPACITY)
							       ? row->capacity
							       : CAPACITY_DEFAULT };
	enum mu_err err = mu_rule_user_create(sync->copy, sync->call->actor.perms, &data, &row->teams, fault);

	if (err)
		return err;
	err = emit(sync, &mu_user_created, &data);
	return err ? err : emit_memberships(sync->call, mu_workspace_user(sync->copy, row->id), &row->teams);
}

static enum mu_err change_record(struct sync *sync, const struct user_row *row, const struct mu_user *user)
{
	struct mu_user_data data = { .given = 1 << MU_USER_ID,
				     .user = row->id,
				     .name = row->name,
				     .phone = row->phone,
				     .capacity = row->capacity };

	if (!same_text(row->name, user->name))
		data.given |= 1 << MU_USER_NAME;
	if (mu_given(row->given, USER_PHONE) && !same_text(row->phone, user->phone))
		data.given |= 1 << MU_USER_PHONE;
	if (mu_given(row->given, USER_CAPACITY) && row->capacity != user->capacity)
		data.given |= 1 << MU_USER_CAPACITY;
	return data.given == 1 << MU_USER_ID ? MU_OK : emit_user_updated(sync->call, user, &data);
}

static enum mu_err check_user(struct sync *sync, const struct user_row *row, const struct mu_user *user,
			      struct mu_fault *fault)
{
	struct mu_call *call = sync->call;
	enum mu_err err = MU_OK;

	if (strcasecmp(row->email, user->email) != 0)
		return mu_fail_field(fault, "email", "can't be changed; it is %s", user->email);
	if (!same_set(&row->roles, &user->roles))
		err = mu_rule_role_assign(sync->copy, call->actor.perms, mu_call_user(call), user,
					  &row->roles, fault);
	if (!err && mu_given(row->given, USER_ACTIVE) && row->active != user->active)
		err = mu_rule_user_end(sync->copy, call->actor.perms, mu_call_user(call), user, fault);
	return err ? err : mu_rule_user_teams(sync->copy, &row->teams, fault);
}

static enum mu_err change_user(struct sync *sync, const struct user_row *row, const struct mu_user *user,
			       struct mu_fault *fault)
{
	enum mu_err err = check_user(sync, row, user, fault);

	if (!err)
		err = change_record(sync, row, user);
	if (!err && !same_set(&row->roles, &user->roles))
		err = emit_roles(sync->call, user, &row->roles);
	if (!err && mu_given(row->given, USER_TEAMS))
		err = emit_memberships(sync->call, user, &row->teams);
	return err;
}

enum mu_err sync_put_user(struct sync *sync, struct list *list, const void *row_, struct mu_fault *fault)
{
	const struct user_row *row = row_;
	const struct mu_event *before = sync->call->events_last;
	const struct mu_user *user = mu_workspace_user(sync->copy, row->id);
	const bool present = user;
	enum mu_err err = present ? change_user(sync, row, user, fault) : make_user(sync, row, fault);

	if (!err)
		err = sync_play(sync);
	user = mu_workspace_user(sync->copy, row->id);
	if (!err && mu_given(row->given, USER_ACTIVE))
		err = emit_user_active(sync->call, user, row->active);
	list->created += !present;
	list->updated += present && sync->call->events_last != before;
	return err;
}

static bool stays(const struct sync *sync, const struct mu_user *user)
{
	return !strcmp(user->id, sync->copy->owner) || same_text(user->id, mu_call_user(sync->call));
}

enum mu_err sync_drop_users(struct sync *sync, struct list *list)
{
	struct mu_call *call = sync->call;
	enum mu_err err = MU_OK;

	for (const struct mu_user *user = sync->copy->users, *next; !err && user; user = next) {
		struct mu_fault fault = { 0 };
		next = user->hh.next;
		if (stays(sync, user) || sync_lists(list, user->id))
			continue;
		err = mu_rule_user_end(sync->copy, call->actor.perms, mu_call_user(call), user, &fault);
		if (!err)
			err = emit_user_removed(call, user);
		err = sync_dropped(sync, list, user->id, err, &fault);
	}
	return err;
}
