/* The catalogue of permissions, and keys that the platform adds to it.
 * Thread: hub. */
#include "commands.h"

static void write_permission(const struct mu_perm_info *info, bool registered, struct mu_buf *out)
{
	mu_buf_str(out, "{\"key\":");
	mu_json_string(out, info->key);
	mu_buf_str(out, ",\"help\":");
	mu_json_string(out, info->help);
	mu_buf_printf(out, ",\"module\":%s,\"registered\":%s}", info->module ? "true" : "false",
		      registered ? "true" : "false");
}

static void reply_list(struct mu_call *call, struct mu_buf *out)
{
	const struct mu_perm_info *info;

	mu_buf_str(out, "{\"items\":[");
	for (int i = 0; (info = mu_permission_info(call->ws, i)); i++) {
		mu_json_comma(out);
		write_permission(info, i >= mu_perm_count(), out);
	}
	mu_buf_str(out, "],\"next\":null}");
}

const struct mu_command cmd_permission_list = {
	.name = "permission.list",
	.route = "GET /v1/permissions",
	.need = MU_PERM_NONE,
	.cost = 1,
	.help = "Every permission there is, with what it allows.",
	.result = "{items:[PERMISSION],next}",
	.run = run_nothing,
	.reply = reply_list,
};

struct register_params {
	char *key, *help;
};
static const struct mu_field register_fields[] = {
	MU_FIELD(struct register_params, key, MU_STRING, MU_REQUIRED, .min = 6, .max = 64,
		 .help = "A module of yours, of a-z and _, and .read, .write or .delete"),
	MU_FIELD(struct register_params, help, MU_STRING, MU_REQUIRED, .min = 1, .max = 200,
		 .help = "What it allows, for people who choose permissions"),
};
static const struct mu_shape register_shape =
	MU_SHAPE(struct register_params, "PERMISSION_REGISTER", register_fields);

/* The owner may everything, so their role changes with the catalogue; `with` comes or `without` goes (the
 * other is NULL). */
static enum mu_err emit_owner(struct mu_call *call, const char *with, const char *without)
{
	const struct mu_role *role = mu_workspace_role(call->ws, MU_ROLE_OWNER);
	struct mu_strs keys = { 0 };
	const struct mu_perm_info *info;
	enum mu_err err = MU_OK;

	for (int i = 0; !err && (info = mu_permission_info(call->ws, i)); i++)
		if (!without || strcmp(info->key, without))
			err = mu_strs_add(call->arena, &keys, info->key);
	if (!err && with)
		err = mu_strs_add(call->arena, &keys, with);
	if (err)
		return err;
	const struct mu_role_data data = {
		.id = role->id, .name = role->name, .description = role->description, .permissions = keys
	};
	err = mu_call_emit_record(call, &mu_role_updated, &data);
	for (const struct mu_user *user = call->ws->users; !err && user; user = user->hh.next) {
		const struct mu_permissions_changed changed = { .user = user->id,
								.roles = user->roles,
								.permissions = keys };
		if (mu_strs_has(&user->roles, MU_ROLE_OWNER))
			err = mu_call_emit_record(call, &mu_permissions_changed_type, &changed);
	}
	return err;
}

static enum mu_err run_register(struct mu_call *call)
{
	const struct register_params *params = call->params;
	const struct mu_permission_data data = { .key = params->key,
						 .help = params->help,
						 .api_key = call->actor.key ? call->actor.key->id : NULL };
	enum mu_err err = mu_rule_permission_register(call->ws, params->key, call->fault);

	if (!err)
		err = mu_call_emit_record(call, &mu_permission_registered, &data);
	call->subject = params->key;
	return err ? err : emit_owner(call, params->key, NULL);
}

static void reply_register(struct mu_call *call, struct mu_buf *out)
{
	write_permission(mu_permission_info(call->ws, (int)mu_permission_find(call->ws, call->subject)), true,
			 out);
}

const struct mu_command cmd_permission_register = {
	.name = "permission.register",
	.route = "POST /v1/permissions",
	.need = MU_PERM_ROLES_MANAGE,
	.cost = 3,
	PARAMS(register_shape),
	.help = "Add a permission for a module of your platform. The owner holds it from now on, and the API "
		"key that asks.",
	.result = "PERMISSION",
	.run = run_register,
	.reply = reply_register,
};

struct key_params {
	char *key;
};
static const struct mu_field key_fields[] = {
	MU_FIELD(struct key_params, key, MU_STRING, MU_REQUIRED, .max = 64,
		 .help = "A registered permission"),
};
static const struct mu_shape key_shape = MU_SHAPE(struct key_params, "PERMISSION_KEY", key_fields);

static enum mu_err run_remove(struct mu_call *call)
{
	const struct key_params *params = call->params;
	const struct mu_permission_data data = { .key = params->key };
	enum mu_err err = mu_rule_permission_remove(call->ws, call->actor.perms, params->key, call->fault);

	if (!err)
		err = mu_call_emit_record(call, &mu_permission_removed, &data);
	return err ? err : emit_owner(call, NULL, params->key);
}

const struct mu_command cmd_permission_remove = {
	.name = "permission.remove",
	.route = "DELETE /v1/permissions/{key}",
	.need = MU_PERM_ROLES_MANAGE,
	.cost = 3,
	PARAMS(key_shape),
	.help = "Take a registered permission away again, once no role but the owner's holds it.",
	.result = "{}",
	.run = run_remove,
};
