/* Roles, what they allow and who holds them.
 * Thread: hub. */
#include "commands.h"

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

/* The permissions that a set of roles gives, as keys. */
static enum mu_err permissions_of(struct mu_call *call, const struct mu_strs *roles,
				  struct mu_strs *ret_permissions)
{
	struct mu_perms perms = { 0 };
	const struct mu_perm_info *info;
	enum mu_err err = MU_OK;

	for (size_t i = 0; i < roles->n; i++)
		mu_perms_union(&perms, &mu_workspace_role(call->ws, roles->v[i])->perms);
	for (int i = 0; !err && (info = mu_perm_info(i)); i++)
		if (mu_perms_has(&perms, (enum mu_perm)i))
			err = mu_strs_add(call->arena, ret_permissions, info->key);
	return err;
}

static enum mu_err run_assign(struct mu_call *call)
{
	const struct assign_params *params = call->params;
	const struct mu_user *user = NULL;
	struct mu_role_assigned assigned = { .user = params->user, .roles = params->roles };
	struct mu_permissions_changed changed = { .user = params->user, .roles = params->roles };
	enum mu_err err = call_user(call, params->user, &user);

	if (!err)
		err = mu_rule_role_assign(call->ws, call->actor.perms, mu_call_user(call), user,
					  &params->roles, call->fault);
	if (!err)
		err = permissions_of(call, &params->roles, &changed.permissions);
	if (!err)
		err = mu_call_emit_record(call, &mu_role_assigned_type, &assigned);
	if (!err)
		err = mu_call_emit_record(call, &mu_permissions_changed_type, &changed);
	call->subject = params->user;
	return err;
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

static void write_role_item(const struct mu_call *call, const void *item, struct mu_buf *out)
{
	write_role(item, out);
}

static void reply_roles(struct mu_call *call, struct mu_buf *out)
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
	.reply = reply_roles,
};

static void reply_permissions(struct mu_call *call, struct mu_buf *out)
{
	const struct mu_perm_info *info;

	mu_buf_str(out, "{\"items\":[");
	for (int i = 0; (info = mu_perm_info(i)); i++) {
		mu_json_comma(out);
		mu_buf_str(out, "{\"key\":");
		mu_json_string(out, info->key);
		mu_buf_str(out, ",\"help\":");
		mu_json_string(out, info->help);
		mu_buf_str(out, info->module ? ",\"module\":true}" : ",\"module\":false}");
	}
	mu_buf_str(out, "],\"next\":null}");
}

const struct mu_command cmd_permission_list = {
	.name = "permission.list",
	.route = "GET /v1/permissions",
	.need = MU_PERM_NONE,
	.cost = 1,
	.help = "Every permission there is, with what it allows.",
	.result = "{items:[{key,help,module}]}",
	.run = run_nothing,
	.reply = reply_permissions,
};
