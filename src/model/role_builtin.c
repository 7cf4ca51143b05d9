/* The roles that every workspace starts with.
 * Thread: hub. */
#include "muster/model/role.h"

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
