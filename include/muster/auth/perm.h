/* Permissions: a catalogue of keys and sets of them. The catalogue is a table; a wider scope includes the
 * narrower (conversations.view:all ⊃ :team ⊃ :own). Keys that name a module of the platform (contacts,
 * campaigns, …) are only stored and pushed: the platform's tabs show and hide menus by them.
 * Thread: any; sets are plain values. */
#ifndef MUSTER_AUTH_PERM_H
#define MUSTER_AUTH_PERM_H

#include "muster/base/mem.h"

/* One name per key that the program itself asks for, in catalogue order; see src/auth/perm.c for the whole
 * table. */
enum mu_perm {
	MU_PERM_NONE = -1,
	MU_PERM_CONVERSATIONS_VIEW_OWN,
	MU_PERM_CONVERSATIONS_VIEW_UNASSIGNED,
	MU_PERM_CONVERSATIONS_VIEW_TEAM,
	MU_PERM_CONVERSATIONS_VIEW_ALL,
	MU_PERM_CONVERSATIONS_REPLY,
	MU_PERM_CONVERSATIONS_WRITE,
	MU_PERM_CONVERSATIONS_ASSIGN_SELF,
	MU_PERM_CONVERSATIONS_ASSIGN_OTHERS,
	MU_PERM_QUEUE_VIEW_TEAM,
	MU_PERM_QUEUE_VIEW_ALL,
	MU_PERM_USERS_VIEW,
	MU_PERM_USERS_MANAGE,
	MU_PERM_ROLES_MANAGE,
	MU_PERM_TEAMS_MANAGE,
	MU_PERM_CAPACITY_MANAGE,
	MU_PERM_PRESENCE_SELF,
	MU_PERM_PRESENCE_VIEW_TEAM,
	MU_PERM_PRESENCE_VIEW_ALL,
	MU_PERM_PRESENCE_FORCE,
	MU_PERM_SESSIONS_REVOKE,
	MU_PERM_DASHBOARD_VIEW,
	MU_PERM_NOTIFICATIONS_SEND,
	MU_PERM_EVENTS_PUBLISH,
	MU_PERM_AUDIT_VIEW,
	MU_PERM_SECURITY_MANAGE,
	MU_PERM_BILLING_MANAGE,
	MU_PERM_WORKSPACE_MANAGE,
	MU_PERM_IMPERSONATE,
	MU_PERM_OWNER_TRANSFER,
	MU_PERM_INTEGRATIONS_MANAGE,
	MU_PERM_DEVELOPERS_MANAGE,
	MU_PERM_MODULES_FIRST, /* the platform's modules start here */
	MU_PERM_MAX = 256,     /* room in a set; what the catalogue leaves free is for keys that workspaces
				  register, see model/permission.h */
};

struct mu_perm_info {
	const char *key;          /* "presence.view:team" */
	enum mu_perm includes[3]; /* directly narrower keys; MU_PERM_NONE ends */
	bool module;              /* the platform's, only stored and pushed */
	const char *help;
};

struct mu_perms {
	uint64_t bits[MU_PERM_MAX / 64];
};

/* Row i of the catalogue (i is the enum's value), NULL past the end; and how many rows it has. */
const struct mu_perm_info *mu_perm_info(int i);
int mu_perm_count(void);

/* The permission of a key, or MU_PERM_NONE. */
enum mu_perm mu_perm_find(const char *key);

/* Add a permission and everything narrower. */
void mu_perms_add(struct mu_perms *perms, enum mu_perm perm);
/* Add one bit and nothing else: for keys outside the catalogue. */
void mu_perms_set(struct mu_perms *perms, int bit);
void mu_perms_union(struct mu_perms *perms, const struct mu_perms *more);
bool mu_perms_has(const struct mu_perms *perms, enum mu_perm perm);
/* Whether `outer` holds everything that `inner` holds. */
bool mu_perms_include(const struct mu_perms *outer, const struct mu_perms *inner);
bool mu_perms_equal(const struct mu_perms *a, const struct mu_perms *b);
/* Everything in the catalogue. */
void mu_perms_all(struct mu_perms *perms);

#endif
