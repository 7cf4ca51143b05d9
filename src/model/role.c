/* Roles: what they allow, who holds them, and those that every workspace starts with.
 * Thread: hub. */
#include "concept.h"
#include "muster/model/invite.h"
#include "muster/model/permission.h"
#include "muster/model/role.h"
#include "state.h"

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
	MU_FIELD(struct mu_permissions_changed, must_enroll, MU_BOOL, MU_OMIT_ZERO,
		 .help = "Nothing may be done before a second factor is enrolled"),
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

static enum mu_err tell_holders(const char *role, struct mu_arena *arena, struct mu_strs *topics)
{
	enum mu_err err = mu_topic_add(arena, topics, "role/%s", role);

	return err ? err : mu_topic_add(arena, topics, "may/roles.manage");
}

static enum mu_err tell_role_data(const struct mu_workspace *ws, const struct mu_event *event,
				  struct mu_arena *arena, struct mu_strs *topics)
{
	const struct mu_role_data *role = event->data;

	return tell_holders(role->id, arena, topics);
}

static enum mu_err tell_role_id(const struct mu_workspace *ws, const struct mu_event *event,
				struct mu_arena *arena, struct mu_strs *topics)
{
	const struct mu_id_data *role = event->data;

	return tell_holders(role->id, arena, topics);
}

void state_role_free(struct mu_role *role)
{
	free(role->id);
	free(role->name);
	free(role->description);
	mu_strs_clear(&role->permissions);
	free(role);
}

void state_user_perms(const struct mu_workspace *ws, struct mu_user *user)
{
	user->perms = (struct mu_perms){ 0 };
	for (size_t i = 0; i < user->roles.n; i++) {
		const struct mu_role *role = mu_workspace_role(ws, user->roles.v[i]);
		if (role)
			mu_perms_union(&user->perms, &role->perms);
	}
}

void state_role_perms(const struct mu_workspace *ws, struct mu_role *role)
{
	role->perms = (struct mu_perms){ 0 };
	if (!strcmp(role->id, MU_ROLE_OWNER)) { /* also what came after the workspace was made */
		for (int i = 0; mu_permission_info(ws, i); i++)
			mu_perms_set(&role->perms, i);
		return;
	}
	for (size_t i = 0; i < role->permissions.n; i++)
		mu_permission_add(ws, role->permissions.v[i], &role->perms);
}

static enum mu_err role_fill(const struct mu_workspace *ws, struct mu_role *role,
			     const struct mu_role_data *data)
{
	enum mu_err err = state_text(&role->name, data->name);

	if (!err)
		err = state_text(&role->description, data->description);
	if (!err)
		err = state_strs(&role->permissions, &data->permissions);
	if (!err)
		state_role_perms(ws, role);
	return err;
}

static enum mu_err apply_role_created(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_role_data *data = event->data;
	bool added = false;

	if (mu_workspace_role(ws, data->id))
		return MU_CONFLICT;
	struct mu_role *role = calloc(1, sizeof(*role));
	if (!role)
		return MU_NO_MEMORY;
	if (!state_text(&role->id, data->id) && !role_fill(ws, role, data))
		ADD_STR(ws->roles, role, id);
	if (added)
		return MU_OK;
	state_role_free(role);
	return MU_NO_MEMORY;
}

static bool holds(const struct mu_user *user, const struct mu_role *role)
{
	return mu_strs_has(&user->roles, role->id);
}

static enum mu_err apply_role_updated(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_role_data *data = event->data;
	struct mu_role *role = mu_workspace_role(ws, data->id);

	if (!role)
		return MU_CONFLICT;
	enum mu_err err = role_fill(ws, role, data);
	for (struct mu_user *user = ws->users; !err && user; user = user->hh.next)
		if (holds(user, role))
			state_user_perms(ws, user);
	return err;
}

/* Invitations that may still be accepted, or sent again, and give the role. */
static size_t count_invites(const struct mu_workspace *ws, const struct mu_role *role)
{
	size_t n = 0;

	for (const struct mu_invite *invite = ws->invites; invite; invite = invite->hh.next)
		n += mu_invite_gives(invite, role->id);
	return n;
}

static size_t count_holders(const struct mu_workspace *ws, const struct mu_role *role)
{
	size_t n = 0;

	for (const struct mu_user *user = ws->users; user; user = user->hh.next)
		n += holds(user, role);
	return n;
}

static enum mu_err apply_role_deleted(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_id_data *data = event->data;
	struct mu_role *role = mu_workspace_role(ws, data->id);

	if (!role || count_holders(ws, role) || count_invites(ws, role))
		return MU_CONFLICT;
	HASH_DEL(ws->roles, role);
	state_role_free(role);
	return MU_OK;
}

static struct mu_role_data role_record(const struct mu_role *role)
{
	return (struct mu_role_data){ .id = role->id,
				      .name = role->name,
				      .description = role->description,
				      .permissions = role->permissions };
}

static const void *before_role(const struct mu_workspace *ws, const char *id, struct mu_arena *arena)
{
	const struct mu_role *role = mu_workspace_role(ws, id);
	const struct mu_role_data record = role ? role_record(role) : (struct mu_role_data){ 0 };

	return role ? before_record(arena, &record) : NULL;
}

static const void *before_updated(const struct mu_workspace *ws, const struct mu_event *event,
				  struct mu_arena *arena)
{
	return before_role(ws, ((const struct mu_role_data *)event->data)->id, arena);
}

static const void *before_deleted(const struct mu_workspace *ws, const struct mu_event *event,
				  struct mu_arena *arena)
{
	return before_role(ws, ((const struct mu_id_data *)event->data)->id, arena);
}

static const void *before_assigned(const struct mu_workspace *ws, const struct mu_event *event,
				   struct mu_arena *arena)
{
	const struct mu_role_assigned *data = event->data;
	const struct mu_user *user = mu_workspace_user(ws, data->user);
	const struct mu_role_assigned record = { .user = data->user,
						 .roles = user ? user->roles : (struct mu_strs){ 0 } };

	return before_record(arena, &record);
}

static enum mu_err apply_role_assigned(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_role_assigned *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);

	if (!user)
		return MU_CONFLICT;
	enum mu_err err = state_strs(&user->roles, &data->roles);
	state_user_perms(ws, user);
	return err;
}

static enum mu_err check_keys(const struct mu_workspace *ws, const struct mu_perms *granter,
			      const struct mu_strs *keys, struct mu_fault *fault)
{
	char field[48];

	for (size_t i = 0; i < keys->n; i++) {
		struct mu_perms perms = { 0 };
		snprintf(field, sizeof(field), "permissions.%zu", i);
		if (mu_permission_find(ws, keys->v[i]) == MU_PERM_NONE)
			return mu_fail_field(fault, field, "is not a known permission");
		mu_permission_add(ws, keys->v[i], &perms);
		if (granter && !mu_perms_include(granter, &perms))
			return mu_fail(fault, MU_FORBIDDEN, "You don't hold %s, so you can't give it",
				       keys->v[i]);
	}
	return MU_OK;
}

static enum mu_err taken(struct mu_fault *fault, const char *field)
{
	mu_fail_field(fault, field, "taken");
	return mu_fail(fault, MU_CONFLICT, "A role with this %s is there already", field);
}

/* Roles above the granter are not theirs to touch, and `owner` is nobody's. */
static enum mu_err check_present(const struct mu_role *role, const struct mu_perms *granter,
				 struct mu_fault *fault)
{
	if (!strcmp(role->id, MU_ROLE_OWNER))
		return mu_fail(fault, MU_FORBIDDEN, "The role owner stays as it is: somebody has to hold it");
	if (granter && !mu_perms_include(granter, &role->perms))
		return mu_fail(fault, MU_FORBIDDEN,
			       "The role %s may more than you do, so you can't change it", role->id);
	return MU_OK;
}

enum mu_err mu_rule_role(const struct mu_workspace *ws, const struct mu_perms *granter,
			 const struct mu_role *present, const struct mu_role_data *data,
			 struct mu_fault *ret_fault)
{
	enum mu_err err = present ? check_present(present, granter, ret_fault) : MU_OK;

	if (!err)
		err = check_keys(ws, granter, &data->permissions, ret_fault);
	if (err)
		return err;
	if (!present && mu_workspace_role(ws, data->id))
		return taken(ret_fault, "id");
	for (const struct mu_role *role = ws->roles; role; role = role->hh.next)
		if (role != present && !strcasecmp(role->name, data->name))
			return taken(ret_fault, "name");
	return MU_OK;
}

static enum mu_err check_replacement(const struct mu_workspace *ws, const struct mu_perms *granter,
				     const struct mu_role *role, const char *replacement,
				     struct mu_fault *fault)
{
	char *ids[] = { (char *)replacement };
	const struct mu_strs roles = { .v = ids, .n = 1 };

	if (!strcmp(replacement, role->id) || !mu_workspace_role(ws, replacement))
		return mu_fail_field(fault, "replace_with", "must be another role");
	return mu_rule_roles(ws, granter, &roles, fault);
}

enum mu_err mu_rule_role_delete(const struct mu_workspace *ws, const struct mu_perms *granter,
				const struct mu_role *role, const char *replacement,
				struct mu_fault *ret_fault)
{
	const size_t n = count_holders(ws, role), invited = count_invites(ws, role);
	enum mu_err err = check_present(role, granter, ret_fault);

	if (!err && replacement)
		err = check_replacement(ws, granter, role, replacement, ret_fault);
	if (err || replacement || !(n + invited))
		return err;
	mu_fail_field(ret_fault, "replace_with", "must say which role they are given instead");
	return mu_fail(ret_fault, MU_CONFLICT, "%zu %s hold%s this role, and %zu %s invited to it", n,
		       n == 1 ? "person" : "people", n == 1 ? "s" : "", invited, invited == 1 ? "is" : "are");
}

enum mu_err mu_rule_roles_there(const struct mu_workspace *ws, const struct mu_strs *roles,
				struct mu_fault *ret_fault)
{
	enum mu_err err = MU_OK;
	char field[48];

	for (size_t i = 0; i < roles->n; i++) {
		snprintf(field, sizeof(field), "roles.%zu", i);
		if (roles->v[i] && !mu_workspace_role(ws, roles->v[i]))
			err = mu_fail_field(ret_fault, field, "there is no such role");
	}
	return err;
}

enum mu_err mu_rule_roles(const struct mu_workspace *ws, const struct mu_perms *granter,
			  const struct mu_strs *roles, struct mu_fault *ret_fault)
{
	enum mu_err err = mu_rule_roles_there(ws, roles, ret_fault);

	if (err)
		return err;
	for (size_t i = 0; i < roles->n; i++) {
		const struct mu_role *role = mu_workspace_role(ws, roles->v[i]);
		if (!strcmp(role->id, MU_ROLE_OWNER))
			return mu_fail(ret_fault, MU_FORBIDDEN,
				       "The role owner is only handed over by the owner");
		if (granter && !mu_perms_include(granter, &role->perms))
			return mu_fail(ret_fault, MU_FORBIDDEN,
				       "The role %s may more than you do, so you can't give it", role->id);
	}
	return roles->n ? MU_OK : mu_fail_field(ret_fault, "roles", "must name at least one role");
}

enum mu_err mu_rule_role_assign(const struct mu_workspace *ws, const struct mu_perms *granter,
				const char *granter_user, const struct mu_user *user,
				const struct mu_strs *roles, struct mu_fault *ret_fault)
{
	if (ws->owner && !strcmp(user->id, ws->owner))
		return mu_fail(ret_fault, MU_FORBIDDEN,
			       "The owner keeps the role owner; hand the workspace over first");
	if (granter_user && !strcmp(granter_user, user->id))
		return mu_fail(ret_fault, MU_FORBIDDEN,
			       "Nobody changes their own roles; ask somebody else who manages people");
	if (granter && !mu_perms_include(granter, &user->perms))
		return mu_fail(ret_fault, MU_FORBIDDEN,
			       "This person may more than you do, so you can't change their roles");
	return mu_rule_roles(ws, granter, roles, ret_fault);
}

enum mu_err dump_roles(const struct mu_workspace *ws, dump_each *each, void *arg)
{
	enum mu_err err = MU_OK;

	for (const struct mu_role *role = ws->roles; !err && role; role = role->hh.next) {
		const struct mu_role_data data = role_record(role);
		err = each(arg, &mu_role_created, &data, ws->created_at_ms);
	}
	return err;
}

EVENT(mu_role_created, "role.created", role_shape, apply_role_created, tell_role_data, ABOUT_NOBODY,
      .help = "A role was made");
EVENT(mu_role_updated, "role.updated", role_shape, apply_role_updated, tell_role_data, ABOUT_NOBODY,
      .before = before_updated, .effects = MU_EFFECT_ROLE,
      .help = "A role has another name or allows other things");
EVENT(mu_role_deleted, "role.deleted", id_shape, apply_role_deleted, tell_role_id, ABOUT_NOBODY,
      .before = before_deleted, .before_shape = &role_shape, .effects = MU_EFFECT_ROLE,
      .help = "A role is gone; nobody held it any more");
EVENT(mu_role_assigned_type, "role.assigned", role_assigned_shape, apply_role_assigned, tell_user_and_viewers,
      ABOUT(struct mu_role_assigned), .before = before_assigned, .effects = MU_EFFECT_USER,
      .help = "A person holds other roles now");
EVENT(mu_permissions_changed_type, "permissions.changed", permissions_changed_shape, NULL, tell_user,
      ABOUT(struct mu_permissions_changed), .action = not_audited, .help = "Your permissions from now on");
