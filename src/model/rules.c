/* The rules of the directory, and the built-in roles.
 * Thread: hub. */
#include "muster/model/rules.h"

#include "muster/base/buf.h"

#include <stdio.h>
#include <string.h>

static const char *const owner_permissions[] = { "*", NULL };
static const char *const admin_permissions[] = {
	"conversations.view:all",
	"conversations.reply",
	"conversations.write",
	"conversations.assign_self",
	"conversations.assign_others",
	"queue.view:all",
	"contacts.write",
	"contacts.delete",
	"campaigns.write",
	"templates.use",
	"templates.write",
	"cms.write",
	"chatbot.write",
	"integrations.manage",
	"developers.manage",
	"settings.write",
	"account.write",
	"analytics.read",
	"users.manage",
	"roles.manage",
	"teams.manage",
	"capacity.manage",
	"presence.self",
	"presence.view:all",
	"presence.force",
	"sessions.revoke",
	"dashboard.view",
	"notifications.send",
	"events.publish",
	"audit.view",
	"security.manage",
	"workspace.manage",
	"impersonate",
	NULL,
};
static const char *const supervisor_permissions[] = {
	"conversations.view:all",
	"conversations.reply",
	"conversations.assign_self",
	"conversations.assign_others",
	"queue.view:all",
	"contacts.read",
	"templates.use",
	"analytics.read",
	"users.view",
	"capacity.manage",
	"presence.self",
	"presence.view:all",
	"presence.force",
	"sessions.revoke",
	"dashboard.view",
	"notifications.send",
	NULL,
};
static const char *const agent_permissions[] = {
	"conversations.view:own", "conversations.view:unassigned",
	"conversations.reply",    "conversations.assign_self",
	"queue.view:team",        "contacts.read",
	"templates.use",          "presence.self",
	"presence.view:team",     NULL,
};

static const struct mu_builtin_role builtin_roles[] = {
	{ "owner", "Owner", "Owns the workspace and may everything", owner_permissions },
	{ "admin", "Admin", "Runs the workspace: people, roles, teams and settings", admin_permissions },
	{ "supervisor", "Supervisor", "Watches who is online, sets statuses and assigns conversations",
	  supervisor_permissions },
	{ "agent", "Agent", "Answers conversations", agent_permissions },
};

const struct mu_builtin_role *mu_builtin_role(unsigned i)
{
	return i < MU_COUNT(builtin_roles) ? &builtin_roles[i] : NULL;
}

static enum mu_err add_catalogue(struct mu_arena *arena, struct mu_strs *permissions)
{
	const struct mu_perm_info *info;
	enum mu_err err = MU_OK;

	for (int i = 0; !err && (info = mu_perm_info(i)); i++)
		err = mu_strs_add(arena, permissions, info->key);
	return err;
}

enum mu_err mu_builtin_role_data(const struct mu_builtin_role *role, struct mu_arena *arena,
				 struct mu_role_data *ret_data)
{
	struct mu_role_data data = { .id = mu_arena_strdup(arena, role->id),
				     .name = mu_arena_strdup(arena, role->name),
				     .description = mu_arena_strdup(arena, role->description) };
	enum mu_err err = data.id && data.name && data.description ? MU_OK : MU_NO_MEMORY;

	for (const char *const *key = role->permissions; !err && *key; key++)
		err = strcmp(*key, "*") ? mu_strs_add(arena, &data.permissions, *key)
					: add_catalogue(arena, &data.permissions);
	if (!err)
		*ret_data = data;
	return err;
}

enum mu_err mu_rule_roles(const struct mu_workspace *ws, const struct mu_perms *granter,
			  const struct mu_strs *roles, struct mu_fault *ret_fault)
{
	char field[48];

	for (size_t i = 0; i < roles->n; i++) {
		const struct mu_role *role = mu_workspace_role(ws, roles->v[i]);
		snprintf(field, sizeof(field), "roles.%zu", i);
		if (!role)
			return mu_fail_field(ret_fault, field, "there is no such role");
		if (!strcmp(role->id, "owner"))
			return mu_fail(ret_fault, MU_FORBIDDEN,
				       "The role owner is only handed over by the owner");
		if (granter && !mu_perms_include(granter, &role->perms))
			return mu_fail(ret_fault, MU_FORBIDDEN,
				       "The role %s may more than you do, so you can't give it", role->id);
	}
	return roles->n ? MU_OK : mu_fail_field(ret_fault, "roles", "must name at least one role");
}

bool mu_email_valid(const char *email)
{
	const char *at = strchr(email, '@');

	if (!at || at == email || strchr(at + 1, '@') || strlen(email) > 254)
		return false;
	for (const char *c = email; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 127 || strchr("<>(),;:\"\\", *c))
			return false;
	const char *dot = strrchr(at, '.');
	return dot && dot > at + 1 && dot[1] && at[1] != '.';
}

static enum mu_err check_teams(const struct mu_workspace *ws, const struct mu_strs *teams,
			       struct mu_fault *fault)
{
	char field[48];

	for (size_t i = 0; i < teams->n; i++) {
		snprintf(field, sizeof(field), "teams.%zu", i);
		if (!mu_workspace_team(ws, teams->v[i]))
			return mu_fail_field(fault, field, "there is no such team");
	}
	return MU_OK;
}

enum mu_err mu_rule_user_create(const struct mu_workspace *ws, const struct mu_perms *granter,
				const struct mu_user_data *data, const struct mu_strs *teams,
				struct mu_fault *ret_fault)
{
	enum mu_err err;

	if (!mu_email_valid(data->email))
		return mu_fail_field(ret_fault, "email", "is not an email address");
	err = mu_rule_roles(ws, granter, &data->roles, ret_fault);
	if (!err)
		err = check_teams(ws, teams, ret_fault);
	if (err)
		return err;
	if (mu_workspace_user(ws, data->user)) {
		mu_fail_field(ret_fault, "id", "taken");
		return mu_fail(ret_fault, MU_CONFLICT, "A person with this id is there already");
	}
	if (mu_workspace_user_by_email(ws, data->email)) {
		mu_fail_field(ret_fault, "email", "taken");
		return mu_fail(ret_fault, MU_CONFLICT, "A person with this email is there already");
	}
	return MU_OK;
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

enum mu_err mu_rule_team(const struct mu_workspace *ws, const char *id, const char *name, const char *lead,
			 const struct mu_team *except, struct mu_fault *ret_fault)
{
	if (lead && !mu_workspace_user(ws, lead))
		return mu_fail_field(ret_fault, "lead", "there is no such user");
	if (id && !except && mu_workspace_team(ws, id)) {
		mu_fail_field(ret_fault, "id", "taken");
		return mu_fail(ret_fault, MU_CONFLICT, "A team with this id is there already");
	}
	for (const struct mu_team *team = ws->teams; name && team; team = team->hh.next) {
		if (team == except || strcasecmp(team->name, name))
			continue;
		mu_fail_field(ret_fault, "name", "taken");
		return mu_fail(ret_fault, MU_CONFLICT, "A team with this name is there already");
	}
	return MU_OK;
}

static enum mu_err fail_status(const struct mu_workspace *ws, struct mu_fault *fault)
{
	AUTO_BUF struct mu_buf known = { 0 };

	for (size_t i = 0; i < ws->n_statuses; i++)
		mu_buf_printf(&known, "%s%s", i ? ", " : "", ws->statuses[i].id);
	return mu_fail_field(fault, "status", "must be one of %s", mu_buf_text(&known));
}

enum mu_err mu_rule_choice(const struct mu_workspace *ws, const char *status, int64_t until_ms,
			   int64_t now_ms, struct mu_fault *ret_fault)
{
	const int64_t year_ms = 366LL * 24 * 3600 * 1000;

	if (!mu_workspace_status(ws, status))
		return fail_status(ws, ret_fault);
	if (until_ms && until_ms <= now_ms)
		return mu_fail_field(ret_fault, "until", "must be in the future");
	if (until_ms > now_ms + year_ms)
		return mu_fail_field(ret_fault, "until", "must be within a year");
	return MU_OK;
}

enum mu_err mu_rule_statuses(const struct mu_records *statuses, struct mu_fault *ret_fault)
{
	const struct mu_status_record *record = statuses->v;
	char field[48];

	for (size_t i = 0; i < statuses->n; i++) {
		snprintf(field, sizeof(field), "statuses.%zu.id", i);
		for (size_t k = 0; mu_base_status_names[k]; k++)
			if (!strcmp(record[i].id, mu_base_status_names[k]))
				return mu_fail_field(ret_fault, field,
						     "is a base status, which is always there");
		for (size_t k = 0; k < i; k++)
			if (!strcmp(record[i].id, record[k].id))
				return mu_fail_field(ret_fault, field, "stands twice");
	}
	return MU_OK;
}
