/* Roles, what they allow and who holds them.
 * Thread: hub. */
#include "commands.h"

/* ---- parameters ---- */

struct role_params {
	uint64_t given;
	char *id, *name, *description, *modules;
	struct mu_strs permissions;
};
enum { ROLE_ID, ROLE_NAME, ROLE_DESCRIPTION, ROLE_PERMISSIONS, ROLE_MODULES };
#define ROLE_FIELDS(name_flags)                                                                              \
	MU_FIELD(struct role_params, name, MU_STRING, name_flags, .min = 1, .max = 80,                       \
		 .help = "Its name, unlike any other role's"),                                               \
		MU_FIELD(struct role_params, description, MU_STRING, 0, .max = 400,                          \
			 .help = "What it is for"),                                                          \
		MU_FIELD(struct role_params, permissions, MU_STRINGS, 0, .max = 256,                         \
			 .help = "Permission keys, all of them; none of which you don't hold yourself"),     \
		MU_FIELD(struct role_params, modules, MU_JSON, 0, .max = 8192,                               \
			 .help = "Levels of modules, such as {\"contacts\":\"view\"}: none, view or edit; "  \
				 "what is named replaces the module's permissions")

static const struct mu_field create_fields[] = {
	MU_FIELD(struct role_params, id, MU_ID, 0, .help = "Id of the role; one is made when left out"),
	ROLE_FIELDS(MU_REQUIRED),
};
static const struct mu_shape create_shape =
	MU_SHAPE(struct role_params, "ROLE_CREATE", create_fields, .tracks_given = true);

static const struct mu_field update_fields[] = {
	{ .name = "role",
	  .kind = MU_ID,
	  .flags = MU_REQUIRED,
	  .offset = offsetof(struct role_params, id),
	  .help = "Id of the role" },
	ROLE_FIELDS(0),
};
static const struct mu_shape update_shape =
	MU_SHAPE(struct role_params, "ROLE_UPDATE", update_fields, .tracks_given = true);

struct delete_params {
	char *role, *replace_with;
};
static const struct mu_field delete_fields[] = {
	MU_FIELD(struct delete_params, role, MU_ID, MU_REQUIRED, .help = "Id of the role"),
	MU_FIELD(struct delete_params, replace_with, MU_ID, 0,
		 .help = "Role that its holders are given instead; needed if there are any"),
};
static const struct mu_shape delete_shape = MU_SHAPE(struct delete_params, "ROLE_DELETE", delete_fields);

struct assign_params {
	char *user;
	struct mu_strs roles;
};
static const struct mu_field assign_fields[] = {
	MU_FIELD(struct assign_params, user, MU_ID, MU_REQUIRED, .help = "Id of the user"),
	MU_FIELD(struct assign_params, roles, MU_STRINGS, MU_REQUIRED, .min = 1, .max = 32,
		 .help = "All roles held from now on"),
};
static const struct mu_shape assign_shape = MU_SHAPE(struct assign_params, "ROLE_ASSIGN", assign_fields);

struct role_id_params {
	char *role;
};
static const struct mu_field role_id_fields[] = {
	MU_FIELD(struct role_id_params, role, MU_ID, MU_REQUIRED, .help = "Id of the role"),
};
static const struct mu_shape role_id_shape = MU_SHAPE(struct role_id_params, "ROLE_ID", role_id_fields);

/* ---- what they share ---- */

static enum mu_err find_role(struct mu_call *call, const char *id, const struct mu_role **ret_role)
{
	const struct mu_role *role = mu_workspace_role(call->ws, id);

	call->subject = id;
	if (!role)
		return mu_fail(call->fault, MU_NOT_FOUND, "There is no such role");
	*ret_role = role;
	return MU_OK;
}

static void reply_role(struct mu_call *call, struct mu_buf *out)
{
	write_role(call, mu_workspace_role(call->ws, call->subject), out);
}

static enum mu_level level_of(const char *word)
{
	int level = MU_LEVEL_NONE;

	while (word && level < MU_LEVEL_CUSTOM && strcmp(mu_level_names[level], word))
		level++;
	return word ? (enum mu_level)level : MU_LEVEL_CUSTOM; /* which can't be asked for */
}

enum mu_err set_levels(struct mu_call *call, const char *levels, struct mu_strs *keys)
{
	AUTO_JSON json_t *modules = NULL;
	const char *module;
	json_t *level;
	enum mu_err err = mu_json_parse(levels, strlen(levels), 2, &modules, call->fault);

	if (err == MU_NO_MEMORY)
		return err;
	if (err || !json_is_object(modules))
		return mu_fail_field(call->fault, "modules",
				     "must be an object such as {\"contacts\":\"view\"}");
	json_object_foreach(modules, module, level)
	{
		if (!err)
			err = mu_module_set(call->ws, module, level_of(json_string_value(level)), call->arena,
					    keys, call->fault);
	}
	return err;
}

/* Tell a user which permissions they hold from now on, by which roles. */
static enum mu_err emit_permissions(struct mu_call *call, const struct mu_user *user,
				    const struct mu_strs *roles, const struct mu_perms *perms)
{
	struct mu_permissions_changed changed = { .user = user->id, .roles = *roles };
	enum mu_err err = mu_permission_keys(call->ws, perms, call->arena, &changed.permissions);

	return err ? err : mu_call_emit_record(call, &mu_permissions_changed_type, &changed);
}

/* The union over roles, one of them with another set than it has now. */
static struct mu_perms union_of(const struct mu_workspace *ws, const struct mu_strs *roles,
				const struct mu_role *edited, const struct mu_perms *instead)
{
	struct mu_perms perms = { 0 };

	for (size_t i = 0; i < roles->n; i++) {
		const struct mu_role *role = mu_workspace_role(ws, roles->v[i]);
		mu_perms_union(&perms, role == edited ? instead : &role->perms);
	}
	return perms;
}

/* Tell everybody whose permissions another set for a role changes. */
static enum mu_err emit_changes(struct mu_call *call, const struct mu_role *role, const struct mu_strs *keys)
{
	struct mu_perms instead = { 0 };
	enum mu_err err = MU_OK;

	for (size_t i = 0; i < keys->n; i++)
		mu_permission_add(call->ws, keys->v[i], &instead);
	for (const struct mu_user *user = call->ws->users; !err && user; user = user->hh.next) {
		const struct mu_perms perms = union_of(call->ws, &user->roles, role, &instead);
		if (!mu_perms_equal(&perms, &user->perms))
			err = emit_permissions(call, user, &user->roles, &perms);
	}
	return err;
}

enum mu_err emit_role_updated(struct mu_call *call, const struct mu_role *role,
			      const struct mu_role_data *data)
{
	enum mu_err err = mu_call_emit_record(call, &mu_role_updated, data);

	return err ? err : emit_changes(call, role, &data->permissions);
}

enum mu_err emit_roles(struct mu_call *call, const struct mu_user *user, const struct mu_strs *roles)
{
	const struct mu_role_assigned assigned = { .user = user->id, .roles = *roles };
	const struct mu_perms perms = union_of(call->ws, roles, NULL, NULL);
	enum mu_err err = mu_call_emit_record(call, &mu_role_assigned_type, &assigned);

	return err ? err : emit_permissions(call, user, roles, &perms);
}

/* ---- create ---- */

static enum mu_err run_create(struct mu_call *call)
{
	const struct role_params *params = call->params;
	struct mu_role_data data = { .id = params->id,
				     .name = params->name,
				     .description = params->description,
				     .permissions = params->permissions };
	enum mu_err err = MU_OK;
	char id[MU_ID_TEXT];

	mu_id_random("role-", id);
	if (!data.id && !(data.id = mu_arena_strdup(call->arena, id)))
		return MU_NO_MEMORY;
	if (mu_given(params->given, ROLE_MODULES))
		err = set_levels(call, params->modules, &data.permissions);
	if (!err)
		err = mu_rule_role(call->ws, call->actor.perms, NULL, &data, call->fault);
	call->subject = data.id;
	return err ? err : mu_call_emit_record(call, &mu_role_created, &data);
}

const struct mu_command cmd_role_create = {
	.name = "role.create",
	.route = "POST /v1/roles",
	.need = MU_PERM_ROLES_MANAGE,
	.cost = 2,
	PARAMS(create_shape),
	.help = "Make a role out of permissions that you hold yourself.",
	.result = "ROLE",
	.run = run_create,
	.reply = reply_role,
};

/* ---- get, list ---- */

static enum mu_err run_get(struct mu_call *call)
{
	const struct role_id_params *params = call->params;
	const struct mu_role *role = NULL;

	return find_role(call, params->role, &role);
}

const struct mu_command cmd_role_get = {
	.name = "role.get",
	.route = "GET /v1/roles/{role}",
	.need = MU_PERM_NONE,
	.cost = 1,
	PARAMS(role_id_shape),
	.help = "One role: its permissions, and the level that they come to in each module.",
	.result = "ROLE",
	.run = run_get,
	.reply = reply_role,
};

static void write_role_item(const struct mu_call *call, const void *item, struct mu_buf *out)
{
	write_role(call, item, out);
}

static void reply_list(struct mu_call *call, struct mu_buf *out)
{
	const struct listing listing = { .first = call->ws->roles,
					 .id_offset = offsetof(struct mu_role, id),
					 .write = write_role_item };

	write_listing(call, &listing, out);
}

const struct mu_command cmd_role_list = {
	.name = "role.list",
	.route = "GET /v1/roles",
	.need = MU_PERM_NONE,
	.cost = 2,
	PARAMS(page_shape),
	.help = "The roles of the workspace and what each may.",
	.result = "{items:[ROLE],next}",
	.run = run_nothing,
	.reply = reply_list,
};

/* ---- update ---- */

static bool strs_equal(const struct mu_strs *a, const struct mu_strs *b)
{
	for (size_t i = 0; a->n == b->n && i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]))
			return false;
	return a->n == b->n;
}

static bool is_same(const struct mu_role *role, const struct mu_role_data *data)
{
	return !strcmp(role->name, data->name) &&
	       !strcmp(role->description ? role->description : "",
		       data->description ? data->description : "") &&
	       strs_equal(&role->permissions, &data->permissions);
}

static enum mu_err run_update(struct mu_call *call)
{
	const struct role_params *params = call->params;
	const struct mu_role *role = NULL;
	enum mu_err err = find_role(call, params->id, &role);

	if (err)
		return err;
	struct mu_role_data data = { .id = role->id,
				     .name = role->name,
				     .description = role->description,
				     .permissions = role->permissions };
	if (mu_given(params->given, ROLE_NAME))
		data.name = params->name;
	if (mu_given(params->given, ROLE_DESCRIPTION))
		data.description = params->description;
	if (mu_given(params->given, ROLE_PERMISSIONS))
		data.permissions = params->permissions;
	if (mu_given(params->given, ROLE_MODULES))
		err = set_levels(call, params->modules, &data.permissions);
	if (!err)
		err = mu_rule_role(call->ws, call->actor.perms, role, &data, call->fault);
	if (err || is_same(role, &data))
		return err;
	return emit_role_updated(call, role, &data);
}

const struct mu_command cmd_role_update = {
	.name = "role.update",
	.route = "PATCH /v1/roles/{role}",
	.need = MU_PERM_ROLES_MANAGE,
	.cost = 3,
	PARAMS(update_shape),
	.help = "Change what is given of a role; the open tabs of its holders are told at once.",
	.result = "ROLE",
	.run = run_update,
	.reply = reply_role,
};

/* ---- delete ---- */

/* A user's roles with one of them replaced. */
static enum mu_err replaced(struct mu_call *call, const struct mu_strs *roles, const char *old,
			    const char *replacement, struct mu_strs *ret_roles)
{
	struct mu_strs others = { 0 };
	enum mu_err err = MU_OK;

	for (size_t i = 0; !err && i < roles->n; i++) {
		const char *id = strcmp(roles->v[i], old) ? roles->v[i] : replacement;
		if (!mu_strs_has(&others, id))
			err = mu_strs_add(call->arena, &others, id);
	}
	*ret_roles = others;
	return err;
}

static enum mu_err run_delete(struct mu_call *call)
{
	const struct delete_params *params = call->params;
	const struct mu_id_data data = { .id = params->role };
	const struct mu_role *role = NULL;
	enum mu_err err = find_role(call, params->role, &role);

	if (!err)
		err = mu_rule_role_delete(call->ws, call->actor.perms, role, params->replace_with,
					  call->fault);
	for (const struct mu_user *user = call->ws->users; !err && user; user = user->hh.next) {
		struct mu_strs roles;
		if (!mu_strs_has(&user->roles, role->id))
			continue;
		err = replaced(call, &user->roles, role->id, params->replace_with, &roles);
		if (!err)
			err = emit_roles(call, user, &roles);
	}
	for (const struct mu_invite *invite = call->ws->invites; !err && invite; invite = invite->hh.next) {
		struct mu_invite_updated updated = { .id = invite->id };
		if (!mu_invite_gives(invite, role->id))
			continue;
		err = replaced(call, &invite->roles, role->id, params->replace_with, &updated.roles);
		if (!err)
			err = mu_call_emit_record(call, &mu_invite_updated_type, &updated);
	}
	return err ? err : mu_call_emit_record(call, &mu_role_deleted, &data);
}

const struct mu_command cmd_role_delete = {
	.name = "role.delete",
	.route = "DELETE /v1/roles/{role}",
	.need = MU_PERM_ROLES_MANAGE,
	.cost = 3,
	PARAMS(delete_shape),
	.help = "Delete a role; whoever holds it or is invited to it is given another one in the same step.",
	.result = "{}",
	.run = run_delete,
};

/* ---- assign ---- */

static enum mu_err run_assign(struct mu_call *call)
{
	const struct assign_params *params = call->params;
	const struct mu_user *user = NULL;
	enum mu_err err = call_user(call, params->user, &user);

	if (!err)
		err = mu_rule_role_assign(call->ws, call->actor.perms, mu_call_user(call), user,
					  &params->roles, call->fault);
	call->subject = params->user;
	return err ? err : emit_roles(call, user, &params->roles);
}

const struct mu_command cmd_role_assign = {
	.name = "role.assign",
	.route = "PUT /v1/users/{user}/roles",
	.need = MU_PERM_USERS_MANAGE,
	.cost = 2,
	PARAMS(assign_shape),
	.help = "Give a person other roles; their open tabs are told at once.",
	.result = "USER",
	.run = run_assign,
	.reply = reply_user,
};
