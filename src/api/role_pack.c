/* Role packs: sets of roles that an owner can load to begin with.
 * A pack is {id, title, help, roles:[…]}; a role in it is {id, name, description, permissions, modules} as
 * role.create takes it, or {id, builtin:true}: one that every workspace has. Ids begin with the pack's, so
 * that packs never meet; loaded roles are roles like any other, and what was changed in them stays. Thread:
 * hub. */
#include "role_pack.h"

#include "commands.h"

struct pack_role {
	char *id, *name, *description, *modules;
	struct mu_strs permissions;
	bool builtin;
};
static const struct mu_field role_fields[] = {
	MU_FIELD(struct pack_role, id, MU_ID, MU_REQUIRED),
	MU_FIELD(struct pack_role, name, MU_STRING, 0, .max = 80),
	MU_FIELD(struct pack_role, description, MU_STRING, 0, .max = 400),
	MU_FIELD(struct pack_role, permissions, MU_STRINGS, 0, .max = 256),
	MU_FIELD(struct pack_role, modules, MU_JSON, 0, .max = 8192),
	MU_FIELD(struct pack_role, builtin, MU_BOOL, 0),
};
static const struct mu_shape role_shape = MU_SHAPE(struct pack_role, "PACK_ROLE", role_fields);

struct pack {
	char *id, *title, *help;
	struct mu_records roles;
};
static const struct mu_field pack_fields[] = {
	MU_FIELD(struct pack, id, MU_ID, MU_REQUIRED),
	MU_FIELD(struct pack, title, MU_STRING, MU_REQUIRED, .max = 80),
	MU_FIELD(struct pack, help, MU_STRING, MU_REQUIRED, .max = 400),
	MU_FIELD(struct pack, roles, MU_RECORDS, MU_REQUIRED, .shape = &role_shape),
};
static const struct mu_shape pack_shape = MU_SHAPE(struct pack, "ROLE_PACK", pack_fields);

/* A file of the program that can't be read is the program's fault. */
static enum mu_err read_pack(struct mu_call *call, const char *text, struct pack *ret_pack)
{
	struct mu_fault fault = { 0 };
	AUTO_JSON json_t *json = NULL;
	enum mu_err err = mu_json_parse(text, strlen(text), 8, &json, &fault);

	if (!err)
		err = mu_codec_read(&pack_shape, json, call->arena, ret_pack, &fault);
	return !err || err == MU_NO_MEMORY
		       ? err
		       : mu_fail(call->fault, MU_INTERNAL, "A role pack of the program is damaged");
}

/* The role as role.create would make it. */
static enum mu_err role_data(struct mu_call *call, const struct pack_role *role,
			     struct mu_role_data *ret_data)
{
	struct mu_role_data data = { .id = role->id,
				     .name = role->name,
				     .description = role->description,
				     .permissions = role->permissions };
	enum mu_err err = role->modules ? set_levels(call, role->modules, &data.permissions) : MU_OK;

	if (!err)
		*ret_data = data;
	return err;
}

/* ---- role.packs ---- */

static void write_role_of_pack(struct mu_call *call, const struct pack_role *role, struct mu_buf *out)
{
	const struct mu_role *present = mu_workspace_role(call->ws, role->id);
	struct mu_role_data data = { 0 };

	if (role->builtin && present)
		data = (struct mu_role_data){ .name = present->name,
					      .description = present->description,
					      .permissions = present->permissions };
	else if (role_data(call, role, &data))
		out->failed = true;
	mu_buf_str(out, "{\"id\":");
	mu_json_string(out, role->id);
	mu_buf_str(out, ",\"name\":");
	mu_json_string(out, data.name);
	mu_buf_str(out, ",\"description\":");
	mu_json_string(out, data.description);
	mu_buf_str(out, ",\"permissions\":");
	write_strs(&data.permissions, out);
	mu_buf_printf(out, ",\"loaded\":%s}", present ? "true" : "false");
}

static void write_pack(struct mu_call *call, const struct pack *pack, struct mu_buf *out)
{
	const struct pack_role *roles = pack->roles.v;

	mu_buf_str(out, "{\"id\":");
	mu_json_string(out, pack->id);
	mu_buf_str(out, ",\"title\":");
	mu_json_string(out, pack->title);
	mu_buf_str(out, ",\"help\":");
	mu_json_string(out, pack->help);
	mu_buf_str(out, ",\"roles\":[");
	for (size_t i = 0; i < pack->roles.n; i++) {
		mu_json_comma(out);
		write_role_of_pack(call, &roles[i], out);
	}
	mu_buf_str(out, "]}");
}

static void reply_packs(struct mu_call *call, struct mu_buf *out)
{
	mu_buf_str(out, "{\"items\":[");
	for (const char *const *text = role_pack_texts; *text; text++) {
		struct pack pack;
		if (read_pack(call, *text, &pack)) {
			out->failed = true;
			return;
		}
		mu_json_comma(out);
		write_pack(call, &pack, out);
	}
	mu_buf_str(out, "],\"next\":null}");
}

const struct mu_command cmd_role_packs = {
	.name = "role.packs",
	.route = "GET /v1/role-packs",
	.need = MU_PERM_ROLES_MANAGE,
	.cost = 2,
	.help = "Sets of roles to begin with: what each role would allow, and whether it is there already.",
	.result = "{items:[ROLE_PACK],next}",
	.run = run_nothing,
	.reply = reply_packs,
};

/* ---- role.load_pack ---- */

struct load_params {
	char *pack;
	struct mu_strs roles;
};
static const struct mu_field load_fields[] = {
	MU_FIELD(struct load_params, pack, MU_ID, MU_REQUIRED, .help = "Id of the pack"),
	MU_FIELD(struct load_params, roles, MU_STRINGS, 0, .max = 64,
		 .help = "Only these of its roles; left out: all"),
};
static const struct mu_shape load_shape = MU_SHAPE(struct load_params, "ROLE_LOAD_PACK", load_fields);

static enum mu_err find_pack(struct mu_call *call, const char *id, struct pack *ret_pack)
{
	for (const char *const *text = role_pack_texts; *text; text++) {
		enum mu_err err = read_pack(call, *text, ret_pack);
		if (err || !strcmp(ret_pack->id, id))
			return err;
	}
	return mu_fail(call->fault, MU_NOT_FOUND, "There is no such role pack");
}

static const struct pack_role *find_role(const struct pack *pack, const char *id)
{
	const struct pack_role *roles = pack->roles.v;

	for (size_t i = 0; i < pack->roles.n; i++)
		if (!strcmp(roles[i].id, id))
			return &roles[i];
	return NULL;
}

static enum mu_err check_roles(struct mu_call *call, const struct pack *pack, const struct mu_strs *ids)
{
	char field[48];

	for (size_t i = 0; i < ids->n; i++) {
		snprintf(field, sizeof(field), "roles.%zu", i);
		if (!find_role(pack, ids->v[i]))
			return mu_fail_field(call->fault, field, "is not in this pack");
	}
	return MU_OK;
}

static enum mu_err load_role(struct mu_call *call, const struct pack_role *role)
{
	struct mu_role_data data;

	if (role->builtin || mu_workspace_role(call->ws, role->id))
		return MU_OK;
	enum mu_err err = role_data(call, role, &data);
	if (!err)
		err = mu_rule_role(call->ws, call->actor.perms, NULL, &data, call->fault);
	return err ? err : mu_call_emit_record(call, &mu_role_created, &data);
}

static enum mu_err run_load(struct mu_call *call)
{
	const struct load_params *params = call->params;
	struct pack pack;
	enum mu_err err = find_pack(call, params->pack, &pack);

	if (!err)
		err = check_roles(call, &pack, &params->roles);
	for (size_t i = 0; !err && i < pack.roles.n; i++) {
		const struct pack_role *role = (const struct pack_role *)pack.roles.v + i;
		if (!params->roles.n || mu_strs_has(&params->roles, role->id))
			err = load_role(call, role);
	}
	return err;
}

/* The pack's roles that the workspace has now. */
static void reply_load(struct mu_call *call, struct mu_buf *out)
{
	const struct load_params *params = call->params;
	struct pack pack;

	if (find_pack(call, params->pack, &pack)) {
		out->failed = true;
		return;
	}
	mu_buf_str(out, "{\"items\":[");
	for (size_t i = 0; i < pack.roles.n; i++) {
		const struct pack_role *each = (const struct pack_role *)pack.roles.v + i;
		const struct mu_role *role = mu_workspace_role(call->ws, each->id);
		if (!role)
			continue;
		mu_json_comma(out);
		write_role(call, role, out);
	}
	mu_buf_str(out, "],\"next\":null}");
}

const struct mu_command cmd_role_load_pack = {
	.name = "role.load_pack",
	.route = "POST /v1/role-packs/{pack}",
	.need = MU_PERM_ROLES_MANAGE,
	.cost = 5,
	PARAMS(load_shape),
	.help = "Make the roles of a pack that aren't there yet; those that are stay as they are.",
	.result = "{items:[ROLE],next}",
	.run = run_load,
	.reply = reply_load,
};
