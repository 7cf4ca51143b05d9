/* People.
 * Thread: hub. */
#include "commands.h"
#include "muster/model/capacity.h"
#include "muster/model/seat.h"

struct create_params {
	char *id, *name, *email, *phone, *password, *password_confirmation;
	struct mu_strs roles, teams;
	int64_t capacity;
	bool welcome;
};
static const struct mu_field create_fields[] = {
	MU_FIELD(struct create_params, id, MU_ID, 0,
		 .help = "Your own id for the person; one is made when left out"),
	MU_FIELD(struct create_params, name, MU_STRING, MU_REQUIRED, .min = 1, .max = 80,
		 .help = "Full name"),
	MU_FIELD(struct create_params, email, MU_STRING, MU_REQUIRED, .min = 3, .max = 254,
		 .help = "Address; can't be changed later"),
	MU_FIELD(struct create_params, phone, MU_STRING, MU_NULLABLE, .max = 32, .help = "Phone number"),
	MU_FIELD(struct create_params, password, MU_STRING, MU_SECRET, .max = 256,
		 .help = "Lets the person sign in here; ten characters or more"),
	MU_FIELD(struct create_params, password_confirmation, MU_STRING, MU_SECRET, .max = 256,
		 .help = "The password once more, where a person typed it: must be the same"),
	MU_FIELD(struct create_params, roles, MU_STRINGS, MU_REQUIRED, .min = 1, .max = 32,
		 .help = "One or more roles"),
	MU_FIELD(struct create_params, teams, MU_STRINGS, 0, .max = 64, .help = "Teams to join"),
	MU_FIELD(struct create_params, capacity, MU_INT, 0, .min = 0, .max = 1000,
		 .help = "Conversations at a time (default 5)"),
	MU_FIELD(struct create_params, welcome, MU_BOOL, 0,
		 .help = "Whether to send a mail that says where to sign in; left out: if there is a "
			 "password"),
};
static const struct mu_shape create_shape = MU_SHAPE(struct create_params, "USER_CREATE", create_fields);

static bool was_given(const struct mu_call *call, const char *name)
{
	return call->raw && json_object_get(call->raw, name);
}

static enum mu_err check_password(struct mu_call *call)
{
	const struct create_params *params = call->params;
	const char *password = params->password ? params->password : "";
	enum mu_err err = MU_OK;

	if (params->password_confirmation && strcmp(params->password_confirmation, password) != 0)
		err = mu_fail_field(call->fault, "password_confirmation", "is not the same as the password");
	if (params->password && mu_password_check("password", password, params->email, call->fault))
		err = MU_INVALID_PARAMS;
	return err;
}

static enum mu_err collect_create(struct mu_call *call)
{
	const struct create_params *params = call->params;
	enum mu_err err =
		mu_rule_user_fields(call->ws, params->email, &params->roles, &params->teams, call->fault);

	return params->password && check_password(call) ? MU_INVALID_PARAMS : err;
}

static enum mu_err check_create(struct mu_call *call, struct mu_user_data *ret_data)
{
	const struct create_params *params = call->params;
	struct mu_user_data data = { .given = UINT64_MAX,
				     .user = params->id,
				     .name = params->name,
				     .email = params->email,
				     .phone = params->phone,
				     .roles = params->roles,
				     .capacity = was_given(call, "capacity") ? params->capacity
									     : CAPACITY_DEFAULT };
	char id[MU_ID_TEXT];

	if (!data.user) {
		mu_id_random("u-", id);
		if (!(data.user = mu_arena_strdup(call->arena, id)))
			return MU_NO_MEMORY;
	}
	enum mu_err err =
		mu_rule_user_create(call->ws, call->actor.perms, &data, &params->teams, call->fault);
	if ((!err || err == MU_INVALID_PARAMS) && check_password(call))
		err = MU_INVALID_PARAMS;
	if (!err)
		err = mu_rule_seat(call->ws, 1, call->fault);
	if (!err)
		*ret_data = data;
	return err;
}

static enum mu_err prepare_create(struct mu_call *call)
{
	const struct create_params *params = call->params;
	struct mu_user_data data;
	enum mu_err err = check_create(call, &data);

	call->password = (struct mu_password_work){ .wanted = params->password != NULL,
						    .hash_password = params->password };
	return err;
}

/* Who has no password here comes in through the platform, and is told nothing that they did not ask for. */
static enum mu_err welcome(struct mu_call *call)
{
	const struct create_params *params = call->params;

	if (!(was_given(call, "welcome") ? params->welcome : params->password != NULL))
		return MU_OK;
	return call_mail(call, MAIL_WELCOME,
			 &(struct mail_words){ .name = params->name,
					       .email = params->email,
					       .link = call_public_url(call) });
}

static enum mu_err run_create(struct mu_call *call)
{
	const struct create_params *params = call->params;
	struct mu_user_data data;
	enum mu_err err = check_create(call, &data);

	if (!err)
		err = mu_call_emit_record(call, &mu_user_created, &data);
	if (!err && params->password) {
		const struct mu_password_set set = { .user = data.user, .hash = call->password.hash };
		err = mu_call_emit_record(call, &mu_user_password_set, &set);
	}
	for (size_t i = 0; !err && i < params->teams.n; i++) {
		const struct mu_team_member member = { .user = data.user, .team = params->teams.v[i] };
		err = mu_call_emit_record(call, &mu_team_member_added, &member);
	}
	call->subject = err ? NULL : data.user;
	if (!err)
		err = welcome(call);
	return err ? err : emit_seats(call, 1);
}

const struct mu_command cmd_user_create = {
	.name = "user.create",
	.route = "POST /v1/users",
	.need = MU_PERM_USERS_MANAGE,
	.cost = 5,
	PARAMS(create_shape),
	.help = "Add a person.",
	.result = "USER",
	.collect = collect_create,
	.prepare = prepare_create,
	.run = run_create,
	.reply = reply_user,
};

static enum mu_err run_get(struct mu_call *call)
{
	const struct user_params *params = call->params;
	const struct mu_user *user = NULL;

	/* One may always look at oneself. */
	if (!mu_call_may(call, MU_PERM_USERS_VIEW) &&
	    (!call->actor.user || strcmp(call->actor.user->id, params->user)))
		return mu_fail(call->fault, MU_FORBIDDEN, "You need the permission users.view for this");
	call->subject = params->user;
	return call_user(call, params->user, &user);
}

const struct mu_command cmd_user_get = {
	.name = "user.get",
	.route = "GET /v1/users/{user}",
	.need = MU_PERM_NONE,
	.cost = 1,
	PARAMS(user_params_shape),
	.help = "One person.",
	.result = "USER",
	.run = run_get,
	.reply = reply_user,
};

static void write_user_item(const struct mu_call *call, const void *item, struct mu_buf *out)
{
	mu_write_user(call->ws, item, NULL, out);
}

static void reply_list(struct mu_call *call, struct mu_buf *out)
{
	const struct listing listing = { .first = call->ws->users,
					 .id_offset = offsetof(struct mu_user, id),
					 .write = write_user_item };

	write_listing(call, &listing, out);
}

const struct mu_command cmd_user_list = {
	.name = "user.list",
	.route = "GET /v1/users",
	.need = MU_PERM_USERS_VIEW,
	.cost = 3,
	PARAMS(page_shape),
	.help = "Everybody, in the order of their ids.",
	.result = "{items:[USER],next}",
	.run = run_nothing,
	.reply = reply_list,
};

struct update_params {
	uint64_t given;
	char *user, *name, *phone, *email;
	int64_t capacity;
	struct mu_strs roles, teams;
};
enum { UPDATE_USER, UPDATE_NAME, UPDATE_PHONE, UPDATE_CAPACITY, UPDATE_ROLES, UPDATE_TEAMS, UPDATE_EMAIL };
static const struct mu_field update_fields[] = {
	MU_FIELD(struct update_params, user, MU_ID, MU_REQUIRED, .help = "Id of the user"),
	MU_FIELD(struct update_params, name, MU_STRING, 0, .min = 1, .max = 80, .help = "Full name"),
	MU_FIELD(struct update_params, phone, MU_STRING, MU_NULLABLE, .max = 32,
		 .help = "Phone number; null removes it"),
	MU_FIELD(struct update_params, capacity, MU_INT, 0, .min = 0, .max = 1000,
		 .help = "Conversations at a time"),
	MU_FIELD(struct update_params, roles, MU_STRINGS, 0, .min = 1, .max = 32,
		 .help = "All roles held from now on, as in role.assign"),
	MU_FIELD(struct update_params, teams, MU_STRINGS, 0, .max = 64,
		 .help = "All teams from now on: the person joins and leaves as needed"),
	MU_FIELD(struct update_params, email, MU_STRING, 0, .max = 254,
		 .help = "Refused: an address can't be changed"),
};
static const struct mu_shape update_shape =
	MU_SHAPE(struct update_params, "USER_UPDATE", update_fields, .tracks_given = true);

enum mu_err emit_user_updated(struct mu_call *call, const struct mu_user *user,
			      const struct mu_user_data *data)
{
	const struct mu_capacity_event limit = { .user = user->id,
						 .load = user->load,
						 .capacity = data->capacity };
	enum mu_err err = mu_call_emit_record(call, &mu_user_updated, data);

	return err || !mu_given(data->given, MU_USER_CAPACITY)
		       ? err
		       : mu_call_emit_record(call, &mu_capacity_changed, &limit);
}

/* The members of the record that are given and not what they are already. */
static enum mu_err update_record(struct mu_call *call, const struct mu_user *user)
{
	const struct update_params *params = call->params;
	struct mu_user_data data = { .given = 1 << MU_USER_ID,
				     .user = user->id,
				     .name = params->name,
				     .phone = params->phone,
				     .capacity = params->capacity };

	if (mu_given(params->given, UPDATE_NAME) && !same_text(params->name, user->name))
		data.given |= 1 << MU_USER_NAME;
	if (mu_given(params->given, UPDATE_PHONE) && !same_text(params->phone, user->phone))
		data.given |= 1 << MU_USER_PHONE;
	if (mu_given(params->given, UPDATE_CAPACITY) && params->capacity != user->capacity)
		data.given |= 1 << MU_USER_CAPACITY;
	return data.given == 1 << MU_USER_ID ? MU_OK : emit_user_updated(call, user, &data);
}

/* Naming the roles that they hold already is no change, and so nobody's right is asked for. */
static enum mu_err update_roles(struct mu_call *call, const struct mu_user *user)
{
	const struct update_params *params = call->params;

	if (!mu_given(params->given, UPDATE_ROLES) || same_set(&params->roles, &user->roles))
		return MU_OK;
	enum mu_err err = mu_rule_role_assign(call->ws, call->actor.perms, mu_call_user(call), user,
					      &params->roles, call->fault);
	return err ? err : emit_roles(call, user, &params->roles);
}

enum mu_err emit_memberships(struct mu_call *call, const struct mu_user *user, const struct mu_strs *teams)
{
	enum mu_err err = MU_OK;

	for (size_t i = 0; !err && i < user->teams.n; i++) {
		const struct mu_team_member member = { .user = user->id, .team = user->teams.v[i] };
		if (mu_strs_has(teams, member.team))
			continue;
		err = emit_leaving(call, user, member.team);
		if (!err)
			err = mu_call_emit_record(call, &mu_team_member_removed, &member);
	}
	for (size_t i = 0; !err && i < teams->n; i++) {
		const struct mu_team_member member = { .user = user->id, .team = teams->v[i] };
		if (!mu_strs_has(&user->teams, member.team))
			err = mu_call_emit_record(call, &mu_team_member_added, &member);
	}
	return err;
}

static enum mu_err check_update(struct mu_call *call, const struct mu_user *user)
{
	const struct update_params *params = call->params;

	if (mu_given(params->given, UPDATE_EMAIL) &&
	    strcasecmp(params->email ? params->email : "", user->email) != 0)
		return mu_fail_field(call->fault, "email",
				     "can't be changed; add the person anew with the other address");
	return mu_rule_user_teams(call->ws, &params->teams, call->fault);
}

static enum mu_err run_update(struct mu_call *call)
{
	const struct update_params *params = call->params;
	const struct mu_user *user = NULL;
	enum mu_err err = call_user(call, params->user, &user);

	call->subject = params->user;
	if (!err)
		err = check_update(call, user);
	if (!err)
		err = update_record(call, user);
	if (!err)
		err = update_roles(call, user);
	return err || !mu_given(params->given, UPDATE_TEAMS) ? err
							     : emit_memberships(call, user, &params->teams);
}

const struct mu_command cmd_user_update = {
	.name = "user.update",
	.route = "PATCH /v1/users/{user}",
	.need = MU_PERM_USERS_MANAGE,
	.cost = 2,
	PARAMS(update_shape),
	.help = "Change what is given of a person.",
	.result = "USER",
	.run = run_update,
	.reply = reply_user,
};
