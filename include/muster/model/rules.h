/* The rules of the directory: whether a change may be made. Each looks at the workspace and answers MU_OK or
 * a fault that says what to do; none changes anything.
 * Thread: hub. */
#ifndef MUSTER_MODEL_RULES_H
#define MUSTER_MODEL_RULES_H

#include "muster/base/fault.h"
#include "muster/model/event.h"

/* The built-in roles, as data: row i of owner, admin, supervisor, agent; NULL past the end. */
struct mu_builtin_role {
	const char *id, *name, *description;
	const char *const *permissions; /* NULL-terminated; "*" stands for the whole catalogue */
};
const struct mu_builtin_role *mu_builtin_role(unsigned i);
/* Its permissions written out. */
MU_MUST enum mu_err mu_builtin_role_data(const struct mu_builtin_role *role, struct mu_arena *arena,
					 struct mu_role_data *ret_data);

/* Who asks: the permissions they hold; NULL for the operator, who may everything. */

/* Whether roles exist and are not more than the granter holds; `owner` is never given this way. Errors:
 * MU_INVALID_PARAMS, MU_FORBIDDEN. */
MU_MUST enum mu_err mu_rule_roles(const struct mu_workspace *ws, const struct mu_perms *granter,
				  const struct mu_strs *roles, struct mu_fault *ret_fault);

/* A new user: id free and well formed, email well formed and free, roles grantable, teams known. Errors:
 * MU_INVALID_PARAMS, MU_CONFLICT, MU_FORBIDDEN. */
MU_MUST enum mu_err mu_rule_user_create(const struct mu_workspace *ws, const struct mu_perms *granter,
					const struct mu_user_data *data, const struct mu_strs *teams,
					struct mu_fault *ret_fault);

/* New roles for a user: not for the owner, not beyond the granter's own, not for oneself. */
MU_MUST enum mu_err mu_rule_role_assign(const struct mu_workspace *ws, const struct mu_perms *granter,
					const char *granter_user, const struct mu_user *user,
					const struct mu_strs *roles, struct mu_fault *ret_fault);

/* A team's id and name are free (`except`: the team being renamed, or NULL), the lead exists. */
MU_MUST enum mu_err mu_rule_team(const struct mu_workspace *ws, const char *id, const char *name,
				 const char *lead, const struct mu_team *except, struct mu_fault *ret_fault);

/* A choice of status: the status exists, `until` is in the future and within a year. */
MU_MUST enum mu_err mu_rule_choice(const struct mu_workspace *ws, const char *status, int64_t until_ms,
				   int64_t now_ms, struct mu_fault *ret_fault);

/* Custom statuses: ids well formed, unique and not a base status'; at most 32. */
MU_MUST enum mu_err mu_rule_statuses(const struct mu_records *statuses, struct mu_fault *ret_fault);

/* An email address that mail could go to: one @, no spaces or controls, a dot in the domain, at most 254
 * bytes. */
bool mu_email_valid(const char *email);

#endif
