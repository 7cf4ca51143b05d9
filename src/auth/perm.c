/* The catalogue of permissions, and sets of them as bits.
 * Invariant: a set that holds a permission holds everything narrower, because mu_perms_add adds it and a
 * union keeps it.
 * Thread: any; the catalogue is constant, sets are values. */
#include "muster/auth/perm.h"

#include <string.h>

/* The platform's own keys, which the program never asks for by name. */
enum {
	CONTACTS_READ_OWN = MU_PERM_MODULES_FIRST,
	CONTACTS_READ,
	CONTACTS_WRITE_OWN,
	CONTACTS_WRITE,
	CONTACTS_DELETE_OWN,
	CONTACTS_DELETE,
	CAMPAIGNS_READ,
	CAMPAIGNS_WRITE,
	TEMPLATES_USE,
	TEMPLATES_READ,
	TEMPLATES_WRITE,
	CMS_READ,
	CMS_WRITE,
	CHATBOT_READ,
	CHATBOT_WRITE,
	SETTINGS_READ,
	SETTINGS_WRITE,
	ACCOUNT_READ,
	ACCOUNT_WRITE,
	ANALYTICS_READ,
	CATALOGUE_SIZE,
};
_Static_assert((int)CATALOGUE_SIZE <= (int)MU_PERM_MAX, "a set must have room for the catalogue");

#define KEY(perm, key_, narrower, help_) [perm] = { .key = (key_), narrower, .help = (help_) }
#define MODULE(perm, key_, narrower, help_)                                                                  \
	[perm] = { .key = (key_), narrower, .module = true, .help = (help_) }
#define NARROWER(...) .includes = { __VA_ARGS__, MU_PERM_NONE }
#define NOTHING .includes = { MU_PERM_NONE }

static const struct mu_perm_info catalogue[CATALOGUE_SIZE] = {
	KEY(MU_PERM_CONVERSATIONS_VIEW_OWN, "conversations.view:own", NOTHING,
	    "See the conversations assigned to oneself."),
	KEY(MU_PERM_CONVERSATIONS_VIEW_UNASSIGNED, "conversations.view:unassigned", NOTHING,
	    "See the conversations that nobody is assigned to."),
	KEY(MU_PERM_CONVERSATIONS_VIEW_TEAM, "conversations.view:team",
	    NARROWER(MU_PERM_CONVERSATIONS_VIEW_OWN), "See the conversations of one's teams."),
	KEY(MU_PERM_CONVERSATIONS_VIEW_ALL, "conversations.view:all",
	    NARROWER(MU_PERM_CONVERSATIONS_VIEW_TEAM, MU_PERM_CONVERSATIONS_VIEW_UNASSIGNED),
	    "See every conversation of the workspace."),
	KEY(MU_PERM_CONVERSATIONS_REPLY, "conversations.reply", NOTHING,
	    "Reply in conversations that one sees, and resolve, reopen or snooze them."),
	KEY(MU_PERM_CONVERSATIONS_WRITE, "conversations.write", NOTHING,
	    "Create conversations and change their subject, priority and labels."),
	KEY(MU_PERM_CONVERSATIONS_ASSIGN_SELF, "conversations.assign_self", NOTHING,
	    "Take conversations and release one's own."),
	KEY(MU_PERM_CONVERSATIONS_ASSIGN_OTHERS, "conversations.assign_others",
	    NARROWER(MU_PERM_CONVERSATIONS_ASSIGN_SELF),
	    "Assign conversations to anyone, and take them away."),
	KEY(MU_PERM_QUEUE_VIEW_TEAM, "queue.view:team", NOTHING,
	    "See who waits in the queues of one's teams."),
	KEY(MU_PERM_QUEUE_VIEW_ALL, "queue.view:all", NARROWER(MU_PERM_QUEUE_VIEW_TEAM),
	    "See who waits in every queue."),
	KEY(MU_PERM_USERS_VIEW, "users.view", NOTHING, "See the people of the workspace and their roles."),
	KEY(MU_PERM_USERS_MANAGE, "users.manage", NARROWER(MU_PERM_USERS_VIEW),
	    "Invite, change, deactivate and remove people, and give them roles."),
	KEY(MU_PERM_ROLES_MANAGE, "roles.manage", NOTHING, "Create, change and delete roles."),
	KEY(MU_PERM_TEAMS_MANAGE, "teams.manage", NOTHING,
	    "Create, change and delete teams, and choose their members."),
	KEY(MU_PERM_CAPACITY_MANAGE, "capacity.manage", NOTHING,
	    "Set how many conversations a person may have at once."),
	KEY(MU_PERM_PRESENCE_SELF, "presence.self", NOTHING, "Set one's own status."),
	KEY(MU_PERM_PRESENCE_VIEW_TEAM, "presence.view:team", NOTHING,
	    "See the presence of people in one's teams."),
	KEY(MU_PERM_PRESENCE_VIEW_ALL, "presence.view:all", NARROWER(MU_PERM_PRESENCE_VIEW_TEAM),
	    "See the presence of everyone."),
	KEY(MU_PERM_PRESENCE_FORCE, "presence.force", NOTHING,
	    "Set the status of someone else, with a reason."),
	KEY(MU_PERM_SESSIONS_REVOKE, "sessions.revoke", NOTHING, "See and end the sessions of other people."),
	KEY(MU_PERM_DASHBOARD_VIEW, "dashboard.view", NOTHING,
	    "See the live dashboard and the history of presence."),
	KEY(MU_PERM_NOTIFICATIONS_SEND, "notifications.send", NOTHING, "Send notifications to others."),
	KEY(MU_PERM_EVENTS_PUBLISH, "events.publish", NOTHING, "Publish the platform's own events."),
	KEY(MU_PERM_AUDIT_VIEW, "audit.view", NOTHING, "Read and export the audit log."),
	KEY(MU_PERM_SECURITY_MANAGE, "security.manage", NOTHING,
	    "Change the security settings, such as requiring a second factor."),
	KEY(MU_PERM_BILLING_MANAGE, "billing.manage", NOTHING, "See and change seats and billing."),
	KEY(MU_PERM_WORKSPACE_MANAGE, "workspace.manage", NOTHING,
	    "Change the name and the settings of the workspace."),
	KEY(MU_PERM_IMPERSONATE, "impersonate", NOTHING,
	    "Look at the workspace as another person or role, without changing anything."),
	KEY(MU_PERM_OWNER_TRANSFER, "owner.transfer", NOTHING,
	    "Hand the ownership of the workspace to someone else."),
	KEY(MU_PERM_INTEGRATIONS_MANAGE, "integrations.manage", NOTHING,
	    "Manage API keys, webhooks and the directory."),
	KEY(MU_PERM_DEVELOPERS_MANAGE, "developers.manage", NOTHING,
	    "Use the tools for developers: logs of deliveries, test events."),
	MODULE(CONTACTS_READ_OWN, "contacts.read:own", NOTHING, "See the contacts that are one's own."),
	MODULE(CONTACTS_READ, "contacts.read", NARROWER(CONTACTS_READ_OWN), "See all contacts."),
	MODULE(CONTACTS_WRITE_OWN, "contacts.write:own", NARROWER(CONTACTS_READ_OWN),
	       "Create contacts and change one's own."),
	MODULE(CONTACTS_WRITE, "contacts.write", NARROWER(CONTACTS_READ, CONTACTS_WRITE_OWN),
	       "Create contacts and change all."),
	MODULE(CONTACTS_DELETE_OWN, "contacts.delete:own", NOTHING, "Delete contacts that are one's own."),
	MODULE(CONTACTS_DELETE, "contacts.delete", NARROWER(CONTACTS_DELETE_OWN), "Delete any contact."),
	MODULE(CAMPAIGNS_READ, "campaigns.read", NOTHING, "See campaigns and their results."),
	MODULE(CAMPAIGNS_WRITE, "campaigns.write", NARROWER(CAMPAIGNS_READ),
	       "Create, change and start campaigns."),
	MODULE(TEMPLATES_USE, "templates.use", NOTHING, "Use message templates in replies."),
	MODULE(TEMPLATES_READ, "templates.read", NOTHING, "See the library of message templates."),
	MODULE(TEMPLATES_WRITE, "templates.write", NARROWER(TEMPLATES_READ),
	       "Create and change message templates."),
	MODULE(CMS_READ, "cms.read", NOTHING, "See the pages of the content system."),
	MODULE(CMS_WRITE, "cms.write", NARROWER(CMS_READ), "Create, change and publish pages."),
	MODULE(CHATBOT_READ, "chatbot.read", NOTHING, "See the chatbot's flows."),
	MODULE(CHATBOT_WRITE, "chatbot.write", NARROWER(CHATBOT_READ), "Change the chatbot's flows."),
	MODULE(SETTINGS_READ, "settings.read", NOTHING, "See the platform's settings."),
	MODULE(SETTINGS_WRITE, "settings.write", NARROWER(SETTINGS_READ), "Change the platform's settings."),
	MODULE(ACCOUNT_READ, "account.read", NOTHING, "See the account's data."),
	MODULE(ACCOUNT_WRITE, "account.write", NARROWER(ACCOUNT_READ), "Change the account's data."),
	MODULE(ANALYTICS_READ, "analytics.read", NOTHING, "See reports and statistics."),
};

const struct mu_perm_info *mu_perm_info(int i)
{
	return i >= 0 && i < CATALOGUE_SIZE ? &catalogue[i] : NULL;
}

int mu_perm_count(void)
{
	return CATALOGUE_SIZE;
}

enum mu_perm mu_perm_find(const char *key)
{
	for (int i = 0; key && i < CATALOGUE_SIZE; i++) {
		if (strcmp(catalogue[i].key, key) == 0)
			return (enum mu_perm)i;
	}
	return MU_PERM_NONE;
}

static bool is_known(enum mu_perm perm)
{
	return (int)perm >= 0 && (int)perm < CATALOGUE_SIZE;
}

void mu_perms_set(struct mu_perms *perms, int bit)
{
	if (bit >= 0 && bit < MU_PERM_MAX)
		perms->bits[bit / 64] |= (uint64_t)1 << bit % 64;
}

void mu_perms_add(struct mu_perms *perms, enum mu_perm perm)
{
	if (!is_known(perm))
		return;
	mu_perms_set(perms, (int)perm);
	for (size_t i = 0; i < MU_COUNT(catalogue[perm].includes); i++) {
		if (catalogue[perm].includes[i] == MU_PERM_NONE)
			break;
		mu_perms_add(perms, catalogue[perm].includes[i]);
	}
}

void mu_perms_union(struct mu_perms *perms, const struct mu_perms *more)
{
	for (size_t i = 0; i < MU_COUNT(perms->bits); i++)
		perms->bits[i] |= more->bits[i];
}

bool mu_perms_has(const struct mu_perms *perms, enum mu_perm perm)
{
	return (int)perm >= 0 && (int)perm < MU_PERM_MAX && (perms->bits[perm / 64] >> perm % 64 & 1);
}

bool mu_perms_include(const struct mu_perms *outer, const struct mu_perms *inner)
{
	for (size_t i = 0; i < MU_COUNT(outer->bits); i++) {
		if (inner->bits[i] & ~outer->bits[i])
			return false;
	}
	return true;
}

bool mu_perms_equal(const struct mu_perms *a, const struct mu_perms *b)
{
	return memcmp(a->bits, b->bits, sizeof(a->bits)) == 0;
}

void mu_perms_all(struct mu_perms *perms)
{
	for (int i = 0; i < CATALOGUE_SIZE; i++)
		mu_perms_add(perms, (enum mu_perm)i);
}
