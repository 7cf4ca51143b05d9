/* Roles and who holds them: events and rules. In rules `granter` is what the asking one may; NULL: the
 * operator, who may everything.
 * Thread: hub; rules answer MU_OK or a fault that says what to do, and change nothing. */
#ifndef MUSTER_MODEL_ROLE_H
#define MUSTER_MODEL_ROLE_H

#include "muster/base/fault.h"
#include "muster/model/event.h"

#define MU_ROLE_OWNER "owner" /* held by the owner alone, allows everything, never changes */

struct mu_role_data { /* role.updated carries the whole role as well */
	char *id, *name, *description;
	struct mu_strs permissions;
};

struct mu_role_assigned {
	char *user;
	struct mu_strs roles;
};

struct mu_permissions_changed {
	char *user;
	struct mu_strs roles, permissions;
	bool must_enroll; /* a second factor, before anything else */
};

/* The built-in roles, as data: row i of owner, admin, supervisor, agent; NULL past the end. */
struct mu_builtin_role {
	const char *id, *name, *description;
	const char *const *permissions; /* NULL-terminated; "*" stands for the whole catalogue */
};
const struct mu_builtin_role *mu_builtin_role(unsigned i);
/* Its permissions written out. */
MU_MUST enum mu_err mu_builtin_role_data(const struct mu_builtin_role *role, struct mu_arena *arena,
					 struct mu_role_data *ret_data);

/* A role that is to be (`present` NULL), or what a present one is to become: not `owner`; id and name, the
 * latter in any case, are no other role's; every key is known; neither before nor after it holds more than
 * the granter. So nobody gains by what they edit. Errors: MU_INVALID_PARAMS, MU_CONFLICT, MU_FORBIDDEN. */
MU_MUST enum mu_err mu_rule_role(const struct mu_workspace *ws, const struct mu_perms *granter,
				 const struct mu_role *present, const struct mu_role_data *data,
				 struct mu_fault *ret_fault);

/* A role may go: not `owner`, nor one that holds more than the granter; if somebody holds it, `replacement`
 * (an id or NULL) is another role that the granter may give. Errors: MU_FORBIDDEN, MU_INVALID_PARAMS,
 * MU_CONFLICT (the fault says how many hold it). */
MU_MUST enum mu_err mu_rule_role_delete(const struct mu_workspace *ws, const struct mu_perms *granter,
					const struct mu_role *role, const char *replacement,
					struct mu_fault *ret_fault);

/* Whether roles exist (NULL among them: not known yet). Errors: MU_INVALID_PARAMS, each in a field of its
 * own. */
MU_MUST enum mu_err mu_rule_roles_there(const struct mu_workspace *ws, const struct mu_strs *roles,
					struct mu_fault *ret_fault);

/* Whether roles exist and are not more than the granter holds; `owner` is never given this way. Errors:
 * MU_INVALID_PARAMS, MU_FORBIDDEN. */
MU_MUST enum mu_err mu_rule_roles(const struct mu_workspace *ws, const struct mu_perms *granter,
				  const struct mu_strs *roles, struct mu_fault *ret_fault);

/* New roles for a user: not for the owner, not beyond the granter's own, not for oneself. */
MU_MUST enum mu_err mu_rule_role_assign(const struct mu_workspace *ws, const struct mu_perms *granter,
					const char *granter_user, const struct mu_user *user,
					const struct mu_strs *roles, struct mu_fault *ret_fault);

extern const struct mu_event_type mu_role_created, mu_role_updated, mu_role_deleted, mu_role_assigned_type,
	mu_permissions_changed_type;

#endif
