/* The workspace itself: making it, and its settings.
 * Thread: hub. */
#include "commands.h"
#include "muster/auth/token.h"

struct create_params {
	char *id, *name, *owner_id, *owner_email, *owner_name, *owner_password;
};
static const struct mu_field create_fields[] = {
	MU_FIELD(struct create_params, id, MU_ID, MU_REQUIRED, .help = "Id of the workspace, as in tokens"),
	MU_FIELD(struct create_params, name, MU_STRING, MU_REQUIRED, .min = 1, .max = 80, .help = "Its name"),
	MU_FIELD(struct create_params, owner_id, MU_ID, 0, .help = "Id of the owner (default owner)"),
	MU_FIELD(struct create_params, owner_email, MU_STRING, MU_REQUIRED, .min = 3, .max = 254,
		 .help = "Address of the owner"),
	MU_FIELD(struct create_params, owner_name, MU_STRING, MU_REQUIRED, .min = 1, .max = 80,
		 .help = "Name of the owner"),
	MU_FIELD(struct create_params, owner_password, MU_STRING, MU_SECRET, .max = 256,
		 .help = "Lets the owner sign in here"),
};
static const struct mu_shape create_shape = MU_SHAPE(struct create_params, "WORKSPACE_CREATE", create_fields);

static enum mu_err prepare_create(struct mu_call *call)
{
	const struct create_params *params = call->params;

	call->password = (struct mu_password_work){ .wanted = params->owner_password != NULL,
						    .hash_password = params->owner_password };
	if (!mu_email_valid(params->owner_email))
		return mu_fail_field(call->fault, "owner_email", "is not an email address");
	return params->owner_password ? mu_password_check("owner_password", params->owner_password,
							  params->owner_email, call->fault)
				      : MU_OK;
}

static enum mu_err emit_builtin_roles(struct mu_call *call)
{
	const struct mu_builtin_role *role;
	enum mu_err err = MU_OK;

	for (unsigned i = 0; !err && (role = mu_builtin_role(i)); i++) {
		struct mu_role_data data;
		err = mu_builtin_role_data(role, call->arena, &data);
		if (!err)
			err = mu_call_emit_record(call, &mu_role_created, &data);
	}
	return err;
}

static enum mu_err emit_owner(struct mu_call *call, char *id)
{
	const struct create_params *params = call->params;
	struct mu_user_data user = { .given = UINT64_MAX,
				     .user = id,
				     .name = params->owner_name,
				     .email = params->owner_email,
				     .capacity = 5 };
	const struct mu_password_set password = { .user = id, .hash = call->password.hash };
	enum mu_err err = mu_strs_add(call->arena, &user.roles, "owner");

	if (!err)
		err = mu_call_emit_record(call, &mu_user_created, &user);
	return err || !params->owner_password ? err
					      : mu_call_emit_record(call, &mu_user_password_set, &password);
}

/* The workspace's own signing key, for tokens of auth.login. */
static enum mu_err emit_signing_key(struct mu_call *call)
{
	char secret[MU_SECRET_TEXT(MU_HS256_MIN_BYTES)];
	struct mu_key_data key = { .id = (char *)MU_OWN_KEY, .alg = MU_ALG_HS256 };

	mu_secret_random(MU_HS256_MIN_BYTES, secret);
	key.secret = mu_arena_strdup(call->arena, secret);
	return key.secret ? mu_call_emit_record(call, &mu_key_created, &key) : MU_NO_MEMORY;
}

static enum mu_err emit_api_key(struct mu_call *call)
{
	const struct create_params *params = call->params;
	struct mu_key_data key = { .id = (char *)"platform", .alg = MU_ALG_API_KEY };
	const struct mu_perm_info *info;
	enum mu_err err = call_make_api_key(call, params->id, &key);

	for (int i = 0; !err && (info = mu_perm_info(i)); i++)
		if (i != MU_PERM_OWNER_TRANSFER)
			err = mu_strs_add(call->arena, &key.scopes, info->key);
	return err ? err : mu_call_emit_record(call, &mu_key_created, &key);
}

static enum mu_err run_create(struct mu_call *call)
{
	const struct create_params *params = call->params;
	char *owner = params->owner_id ? params->owner_id : mu_arena_strdup(call->arena, "owner");
	const struct mu_workspace_data data = { .given = 1 << MU_WS_ID | 1 << MU_WS_NAME | 1 << MU_WS_OWNER,
						.id = params->id,
						.name = params->name,
						.owner = owner };
	enum mu_err err = owner ? emit_builtin_roles(call) : MU_NO_MEMORY;

	if (!err)
		err = emit_owner(call, owner);
	if (!err)
		err = mu_call_emit_record(call, &mu_workspace_created, &data);
	if (!err)
		err = emit_signing_key(call);
	return err ? err : emit_api_key(call);
}

static void reply_create(struct mu_call *call, struct mu_buf *out)
{
	mu_buf_str(out, "{\"workspace\":");
	mu_json_string(out, call->ws->id);
	mu_buf_str(out, ",\"owner\":");
	mu_json_string(out, call->ws->owner);
	mu_buf_str(out, ",\"key\":");
	mu_json_string(out, call->secret);
	mu_buf_char(out, '}');
}

const struct mu_command cmd_workspace_create = {
	.name = "workspace.create",
	.need = MU_PERM_NONE,
	.flags = MU_METHOD_OPERATOR | MU_COMMAND_CREATES,
	.cost = 10,
	PARAMS(create_shape),
	.help = "Make a workspace with its owner, the built-in roles and an API key that is shown this once.",
	.result = "{workspace,owner,key}",
	.prepare = prepare_create,
	.run = run_create,
	.reply = reply_create,
};

static void reply_workspace(struct mu_call *call, struct mu_buf *out)
{
	const struct mu_workspace *ws = call->ws;

	mu_buf_str(out, "{\"id\":");
	mu_json_string(out, ws->id);
	mu_buf_str(out, ",\"name\":");
	mu_json_string(out, ws->name);
	mu_buf_str(out, ",\"owner\":");
	mu_json_string(out, ws->owner);
	mu_buf_str(out, ",\"created_at\":");
	mu_json_time(out, ws->created_at_ms);
	mu_buf_printf(out, ",\"idle_after_ms\":%lld,\"statuses\":", (long long)ws->idle_after_ms);
	mu_write_statuses(ws, out);
	write_hours(ws->hours, out);
	write_routing(&ws->inbox, out);
	mu_buf_str(out, ",\"channels\":[");
	for (size_t i = 0; i < ws->n_channels; i++) {
		mu_json_comma(out);
		mu_codec_write(&mu_channel_shape, &ws->channels[i], MU_FORM_FULL, out);
	}
	mu_buf_str(out, "]}");
}

const struct mu_command cmd_workspace_get = {
	.name = "workspace.get",
	.route = "GET /v1/workspace",
	.need = MU_PERM_NONE,
	.cost = 1,
	.help = "The workspace and its settings.",
	.result = "WORKSPACE",
	.run = run_nothing,
	.reply = reply_workspace,
};

struct update_params {
	uint64_t given;
	char *name;
	int64_t idle_after_ms;
	struct mu_records statuses;
	struct mu_schedule_spec *schedule;
	int strategy;
	struct mu_routing_settings *settings;
	struct mu_records channels;
};
static const struct mu_field update_fields[] = {
	MU_FIELD(struct update_params, name, MU_STRING, 0, .min = 1, .max = 80, .help = "Its name"),
	MU_FIELD(struct update_params, idle_after_ms, MU_INT, 0, .min = 0, .max = 86400000,
		 .help = "Idle this long means away; 0: never"),
	MU_FIELD(struct update_params, statuses, MU_RECORDS, 0, .max = 32, .shape = &mu_status_record_shape,
		 .help = "All custom statuses"),
	MU_FIELD(struct update_params, schedule, MU_RECORD, MU_NULLABLE, .shape = &mu_schedule_shape,
		 .help = "Business hours; null: always open"),
	MU_FIELD(struct update_params, strategy, MU_ENUM, 0, .names = mu_strategy_names,
		 .help = "How conversations without a team are given out (default manual: people take them)"),
	MU_FIELD(struct update_params, settings, MU_RECORD, MU_NULLABLE, .shape = &mu_routing_settings_shape,
		 .help = "Their offers, what comes back and what goes on, as a whole; null: none of it"),
	MU_FIELD(struct update_params, channels, MU_RECORDS, 0, .max = 32, .shape = &mu_channel_shape,
		 .help = "All channels whose conversations don't weigh 1"),
};
static const struct mu_shape update_shape =
	MU_SHAPE(struct update_params, "WORKSPACE_UPDATE", update_fields, .tracks_given = true);

static enum mu_err check_update(struct mu_call *call)
{
	const struct update_params *params = call->params;
	enum mu_err err = mu_rule_statuses(&params->statuses, call->fault);

	if (!err)
		err = check_schedule(call, params->schedule);
	if (!err && params->settings)
		err = mu_rule_routing_settings(call->ws, params->settings, NULL, call->fault);
	return err ? err : mu_rule_channels(&params->channels, call->fault);
}

static enum mu_err run_update(struct mu_call *call)
{
	static const unsigned bits[] = { MU_WS_NAME,     MU_WS_IDLE,     MU_WS_STATUSES, MU_WS_SCHEDULE,
					 MU_WS_STRATEGY, MU_WS_SETTINGS, MU_WS_CHANNELS };
	_Static_assert(MU_COUNT(bits) == MU_COUNT(update_fields), "each parameter is a field of the event");
	const struct update_params *params = call->params;
	struct mu_routing_settings at_first = { 0 }; /* events say all of them */
	struct mu_workspace_data data = { .name = params->name,
					  .idle_after_ms = params->idle_after_ms,
					  .statuses = params->statuses,
					  .schedule = params->schedule,
					  .strategy = params->strategy,
					  .settings = params->settings ? params->settings : &at_first,
					  .channels = params->channels };
	enum mu_err err = check_update(call);

	for (unsigned i = 0; i < MU_COUNT(bits); i++)
		data.given |= mu_given(params->given, i) ? UINT64_C(1) << bits[i] : 0;
	return err || !data.given ? err : mu_call_emit_record(call, &mu_workspace_updated, &data);
}

const struct mu_command cmd_workspace_update = {
	.name = "workspace.update",
	.route = "PATCH /v1/workspace",
	.need = MU_PERM_WORKSPACE_MANAGE,
	.cost = 2,
	PARAMS(update_shape),
	.help = "Change what is given of the settings.",
	.result = "WORKSPACE",
	.run = run_update,
	.reply = reply_workspace,
};
