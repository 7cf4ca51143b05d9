/* People: their records and passwords.
 * Thread: hub. */
#include "concept.h"
#include "muster/model/role.h"
#include "muster/model/choice.h"
#include "muster/model/revocation.h"
#include "muster/model/user.h"
#include "place.h"
#include "state.h"

static const struct mu_field user_fields[] = {
	MU_FIELD(struct mu_user_data, user, MU_ID, MU_REQUIRED, .help = "The user"),
	MU_FIELD(struct mu_user_data, name, MU_STRING, 0, .max = 80, .help = "Full name"),
	MU_FIELD(struct mu_user_data, email, MU_STRING, 0, .max = MU_EMAIL_MAX,
		 .help = "Address; never changes"),
	MU_FIELD(struct mu_user_data, phone, MU_STRING, MU_NULLABLE, .max = 32, .help = "Phone number"),
	MU_FIELD(struct mu_user_data, roles, MU_STRINGS, 0, .max = 32, .help = "Roles held"),
	MU_FIELD(struct mu_user_data, capacity, MU_INT, 0, .min = 0, .max = 1000,
		 .help = "Conversations at a time"),
};
static const struct mu_shape user_shape =
	MU_SHAPE(struct mu_user_data, "USER_DATA", user_fields, .tracks_given = true);

static const struct mu_field ref_fields[] = {
	MU_FIELD(struct mu_user_ref, user, MU_ID, MU_REQUIRED, .help = "The user"),
};
static const struct mu_shape ref_shape = MU_SHAPE(struct mu_user_ref, "USER_REF", ref_fields);

static const struct mu_field password_fields[] = {
	MU_FIELD(struct mu_password_set, user, MU_ID, MU_REQUIRED),
	MU_FIELD(struct mu_password_set, hash, MU_STRING, MU_SECRET, .max = 256, .help = "argon2id string"),
	MU_FIELD(struct mu_password_set, sign_out, MU_BOOL, 0, .help = "Tokens from before ended"),
};
static const struct mu_shape password_shape =
	MU_SHAPE(struct mu_password_set, "PASSWORD_SET", password_fields);

static enum mu_err tell_viewers(const struct mu_workspace *ws, const struct mu_event *event,
				struct mu_arena *arena, struct mu_strs *topics)
{
	return mu_topic_add(arena, topics, "may/users.view");
}

/* Besides those who see people everybody who sees a team of theirs. */
static enum mu_err tell_removed(const struct mu_workspace *ws, const struct mu_event *event,
				struct mu_arena *arena, struct mu_strs *topics)
{
	const struct mu_user_ref *data = event->data;
	const struct mu_user *user = mu_workspace_user(ws, data->user);
	enum mu_err err = tell_viewers(ws, event, arena, topics);

	if (!err)
		err = mu_topic_add(arena, topics, "may/teams.manage");
	for (const struct mu_team *team = ws->teams; !err && user && team; team = team->hh.next)
		if (mu_strs_has(&user->teams, team->id) || (team->lead && !strcmp(team->lead, user->id)))
			err = mu_topic_add(arena, topics, "team/%s", team->id);
	return err;
}

void state_user_free(struct mu_user *user)
{
	free(user->id);
	free(user->name);
	free(user->email);
	free(user->phone);
	free(user->email_key);
	mu_strs_clear(&user->roles);
	mu_strs_clear(&user->teams);
	free(user->password);
	state_second_factor_clear(&user->factor);
	free(user->choice.status);
	free(user->choice.note);
	free(user->shown);
	free(user->shown_base);
	free(user);
}

void state_tombstone_free(struct mu_tombstone *tombstone)
{
	free(tombstone->user);
	free(tombstone);
}

static enum mu_err user_fill(struct mu_user *user, const struct mu_user_data *data)
{
	enum mu_err err = MU_OK;

	if (mu_given(data->given, MU_USER_NAME))
		err = state_text(&user->name, data->name);
	if (!err && mu_given(data->given, MU_USER_PHONE))
		err = state_text(&user->phone, data->phone);
	if (!err && mu_given(data->given, MU_USER_ROLES))
		err = state_strs(&user->roles, &data->roles);
	if (mu_given(data->given, MU_USER_CAPACITY))
		user->capacity = data->capacity;
	return err;
}

/* Tokens of who had the id before stay void. */
static void inherit(struct mu_workspace *ws, struct mu_user *user)
{
	struct mu_tombstone *tombstone = NULL;

	HASH_FIND_STR(ws->tombstones, user->id, tombstone);
	if (!tombstone)
		return;
	user->tokens_after_ms = tombstone->tokens_after_ms;
	HASH_DEL(ws->tombstones, tombstone);
	state_tombstone_free(tombstone);
}

static enum mu_err bury(struct mu_workspace *ws, const char *user, int64_t at_ms)
{
	struct mu_tombstone *tombstone = calloc(1, sizeof(*tombstone));
	bool added = false;

	if (!tombstone)
		return MU_NO_MEMORY;
	tombstone->tokens_after_ms = at_ms;
	if (!state_text(&tombstone->user, user))
		ADD_STR(ws->tombstones, tombstone, user);
	if (added)
		return MU_OK;
	state_tombstone_free(tombstone);
	return MU_NO_MEMORY;
}

static struct mu_user_data user_record(const struct mu_user *user)
{
	return (struct mu_user_data){ .given = UINT64_MAX,
				      .user = user->id,
				      .name = user->name,
				      .email = user->email,
				      .phone = user->phone,
				      .roles = user->roles,
				      .capacity = user->capacity };
}

static const void *before_user(const struct mu_workspace *ws, const struct mu_event *event,
			       struct mu_arena *arena)
{
	const struct mu_user *user = mu_workspace_user(ws, mu_event_subject(event->type, event->data));
	const struct mu_user_data record = user ? user_record(user) : (struct mu_user_data){ 0 };

	return user ? before_record(arena, &record) : NULL;
}

static enum mu_err apply_user_created(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_user_data *data = event->data;
	bool added = false;

	if (mu_workspace_user(ws, data->user) || !data->email || mu_workspace_user_by_email(ws, data->email))
		return MU_CONFLICT;
	struct mu_user *user = calloc(1, sizeof(*user));
	if (!user)
		return MU_NO_MEMORY;
	user->active = true;
	user->created_at_ms = event->at_ms;
	user->choice.at_ms = event->at_ms;
	if (!user_fill(user, data) && !state_text(&user->id, data->user) &&
	    !state_text(&user->email, data->email) && !state_text(&user->choice.status, "available") &&
	    (user->email_key = mu_email_key(data->email)))
		ADD_STR(ws->users, user, id);
	if (!added) {
		state_user_free(user);
		return MU_NO_MEMORY;
	}
	inherit(ws, user);
	state_user_perms(ws, user);
	state_note(ws, user);
	HASH_ADD_KEYPTR(hh_email, ws->users_by_email, user->email_key, strlen(user->email_key), user);
	ws->n_active++;
	return user->hh_email.tbl ? MU_OK : MU_NO_MEMORY;
}

static enum mu_err apply_user_updated(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_user_data *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);

	if (!user)
		return MU_CONFLICT;
	enum mu_err err = user_fill(user, data);
	state_note(ws, user);
	return err;
}

static enum mu_err apply_user_deactivated(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_user_ref *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);

	if (!user || !user->active)
		return MU_CONFLICT;
	user->active = false;
	user->tokens_after_ms = event->at_ms;
	user->shown_since_ms = 0;
	ws->n_active--;
	enum mu_err err = state_text(&user->shown, NULL);
	if (!err)
		err = state_text(&user->shown_base, NULL);
	state_absence(ws, user, 0);
	return err;
}

static enum mu_err apply_user_reactivated(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_user_ref *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);

	if (!user || user->active)
		return MU_CONFLICT;
	user->active = true;
	ws->n_active++;
	return MU_OK;
}

static void leave_teams(struct mu_workspace *ws, struct mu_user *user)
{
	for (struct mu_team *team = ws->teams; team; team = team->hh.next) {
		if (mu_strs_has(&user->teams, team->id))
			state_team_leave(team, user);
		if (team->lead && !strcmp(team->lead, user->id))
			(void)state_text(&team->lead, NULL); /* nothing can't fail */
	}
}

/* A snapshot says it of people whom it doesn't know: all that is left of them is the tombstone. */
static enum mu_err apply_user_removed(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_user_ref *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);

	if (user ? ws->owner && !strcmp(ws->owner, user->id) : mu_workspace_tombstone(ws, data->user) != NULL)
		return MU_CONFLICT;
	enum mu_err err = bury(ws, data->user, event->at_ms);
	if (err || !user)
		return err;
	leave_teams(ws, user);
	place_forget_user(ws, user);
	state_note_forget(ws, user);
	state_revocations_drop(ws, user->id);
	ws->n_active -= user->active;
	HASH_DEL(ws->users, user);
	HASH_DELETE(hh_email, ws->users_by_email, user);
	state_user_free(user);
	return MU_OK;
}

static enum mu_err apply_password_set(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_password_set *data = event->data;
	struct mu_user *user = mu_workspace_user(ws, data->user);

	if (!user)
		return MU_CONFLICT;
	if (data->sign_out)
		user->tokens_after_ms = event->at_ms;
	return state_text(&user->password, data->hash);
}

bool mu_email_valid(const char *email)
{
	const char *at = strchr(email, '@');

	if (!at || at == email || strchr(at + 1, '@') || strlen(email) > MU_EMAIL_MAX)
		return false;
	for (const char *c = email; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 127 || strchr("<>(),;:\"\\", *c))
			return false;
	const char *dot = strrchr(at, '.');
	return dot && dot > at + 1 && dot[1] && at[1] != '.';
}

enum mu_err mu_rule_user_teams(const struct mu_workspace *ws, const struct mu_strs *teams,
			       struct mu_fault *ret_fault)
{
	enum mu_err err = MU_OK;
	char field[48];

	for (size_t i = 0; i < teams->n; i++) {
		snprintf(field, sizeof(field), "teams.%zu", i);
		if (teams->v[i] && !mu_workspace_team(ws, teams->v[i]))
			err = mu_fail_field(ret_fault, field, "there is no such team");
	}
	return err;
}

enum mu_err mu_rule_user_fields(const struct mu_workspace *ws, const char *email, const struct mu_strs *roles,
				const struct mu_strs *teams, struct mu_fault *ret_fault)
{
	const enum mu_err roles_err = mu_rule_roles_there(ws, roles, ret_fault);
	const enum mu_err teams_err = mu_rule_user_teams(ws, teams, ret_fault);

	if (email && !mu_email_valid(email))
		return mu_fail_field(ret_fault, "email", "is not an email address");
	return roles_err ? roles_err : teams_err;
}

/* Who is there already by that id, or that address. */
static enum mu_err check_taken(const struct mu_workspace *ws, const struct mu_user_data *data,
			       struct mu_fault *ret_fault)
{
	const bool id = mu_workspace_user(ws, data->user),
		   email = mu_workspace_user_by_email(ws, data->email);

	if (id)
		mu_fail_field(ret_fault, "id", "taken");
	if (email)
		mu_fail_field(ret_fault, "email", "taken");
	if (!id && !email)
		return MU_OK;
	return mu_fail(ret_fault, MU_CONFLICT, "A person with this %s is there already", id ? "id" : "email");
}

enum mu_err mu_rule_user_create(const struct mu_workspace *ws, const struct mu_perms *granter,
				const struct mu_user_data *data, const struct mu_strs *teams,
				struct mu_fault *ret_fault)
{
	enum mu_err err = mu_rule_user_fields(ws, data->email, &data->roles, teams, ret_fault);

	if (!err)
		err = mu_rule_roles(ws, granter, &data->roles, ret_fault);
	return err ? err : check_taken(ws, data, ret_fault);
}

enum mu_err mu_rule_user_end(const struct mu_workspace *ws, const struct mu_perms *granter,
			     const char *granter_user, const struct mu_user *user, struct mu_fault *ret_fault)
{
	if (ws->owner && !strcmp(user->id, ws->owner))
		return mu_fail(ret_fault, MU_FORBIDDEN,
			       "The owner stays; the workspace has to be handed over first");
	if (granter_user && !strcmp(granter_user, user->id))
		return mu_fail(ret_fault, MU_FORBIDDEN,
			       "Nobody does this to themself; ask somebody else who manages people");
	if (granter && !mu_perms_include(granter, &user->perms))
		return mu_fail(ret_fault, MU_FORBIDDEN,
			       "%s may more than you do, so you can't do this to them", user->id);
	return MU_OK;
}

enum mu_err dump_tombstone(const struct mu_tombstone *tombstone, dump_each *each, void *arg)
{
	const struct mu_user_ref data = { .user = tombstone->user };

	return each(arg, &mu_user_removed, &data, tombstone->tokens_after_ms);
}

enum mu_err dump_user(const struct mu_user *user, dump_each *each, void *arg)
{
	const struct mu_user_data data = user_record(user);
	const struct mu_password_set password = { .user = user->id, .hash = user->password };
	const struct mu_presence_chosen chosen = { .user = user->id,
						   .status = user->choice.status,
						   .note = user->choice.note,
						   .until = user->choice.until_ms,
						   .cause = user->choice.cause };
	const struct mu_user_ref ref = { .user = user->id };
	const struct mu_session_revoked revoked = { .user = user->id, .before = user->tokens_after_ms };
	enum mu_err err = each(arg, &mu_user_created, &data, user->created_at_ms);

	if (!err && !user->active)
		err = each(arg, &mu_user_deactivated, &ref, user->tokens_after_ms);
	if (!err && user->password)
		err = each(arg, &mu_user_password_set, &password, user->created_at_ms);
	if (!err)
		err = each(arg, &mu_presence_chosen_type, &chosen, user->choice.at_ms);
	if (!err && user->tokens_after_ms)
		err = each(arg, &mu_session_revoked_type, &revoked, user->tokens_after_ms);
	return err ? err : dump_second_factor(user, each, arg);
}

EVENT(mu_user_created, "user.created", user_shape, apply_user_created, tell_user_and_viewers,
      ABOUT(struct mu_user_data), .effects = MU_EFFECT_USER | MU_EFFECT_LISTS, .help = "A person was added");
EVENT(mu_user_updated, "user.updated", user_shape, apply_user_updated, tell_user_and_viewers,
      ABOUT(struct mu_user_data), .before = before_user, .effects = MU_EFFECT_USER,
      .help = "A person's record changed");
EVENT(mu_user_deactivated, "user.deactivated", ref_shape, apply_user_deactivated, tell_viewers,
      ABOUT(struct mu_user_ref), .effects = MU_EFFECT_GONE,
      .help = "A person may not come in any more; teams and roles are kept");
EVENT(mu_user_reactivated, "user.reactivated", ref_shape, apply_user_reactivated, tell_user_and_viewers,
      ABOUT(struct mu_user_ref), .effects = MU_EFFECT_USER | MU_EFFECT_LISTS,
      .help = "A person may come in again");
EVENT(mu_user_removed, "user.removed", ref_shape, apply_user_removed, tell_removed, ABOUT(struct mu_user_ref),
      .before = before_user, .before_shape = &user_shape, .effects = MU_EFFECT_GONE,
      .help = "A person is gone, also from every team they belonged to or led");
EVENT(mu_user_password_set, "user.password_set", password_shape, apply_password_set, NULL,
      ABOUT(struct mu_password_set), .help = "A password was set (log only)");
