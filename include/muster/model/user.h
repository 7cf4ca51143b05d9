/* People: events and rules.
 * Thread: hub; rules answer MU_OK or a fault that says what to do, and change nothing. */
#ifndef MUSTER_MODEL_USER_H
#define MUSTER_MODEL_USER_H

#include "muster/base/fault.h"
#include "muster/model/event.h"

struct mu_user_data { /* user.created; user.updated: only what is given changes */
	uint64_t given;
	char *user;
	char *name, *email, *phone;
	struct mu_strs roles;
	int64_t capacity;
};
enum { MU_USER_ID, MU_USER_NAME, MU_USER_EMAIL, MU_USER_PHONE, MU_USER_ROLES, MU_USER_CAPACITY };

struct mu_user_ref { /* user.deactivated, user.reactivated, user.removed */
	char *user;
};

struct mu_password_set {
	char *user;
	char *hash;
	bool sign_out; /* tokens from before end */
};

/* A new user: id free and well formed, email well formed and free, roles grantable, teams known. Errors:
 * MU_INVALID_PARAMS, MU_CONFLICT, MU_FORBIDDEN. */
MU_MUST enum mu_err mu_rule_user_create(const struct mu_workspace *ws, const struct mu_perms *granter,
					const struct mu_user_data *data, const struct mu_strs *teams,
					struct mu_fault *ret_fault);

/* The fields of a new user as far as they are known (email may be NULL, and so may texts of the lists): email
 * well formed, roles and teams there. Errors: MU_INVALID_PARAMS, each in a field of its own. */
MU_MUST enum mu_err mu_rule_user_fields(const struct mu_workspace *ws, const char *email,
					const struct mu_strs *roles, const struct mu_strs *teams,
					struct mu_fault *ret_fault);

/* Whether somebody may deactivate, reactivate or remove a person: not the owner, not themself, and nobody who
 * may more than they do (`granter` NULL: the operator). Errors: MU_FORBIDDEN. */
MU_MUST enum mu_err mu_rule_user_end(const struct mu_workspace *ws, const struct mu_perms *granter,
				     const char *granter_user, const struct mu_user *user,
				     struct mu_fault *ret_fault);

/* Teams exist (NULL among them: not known yet). Errors: MU_INVALID_PARAMS, each in a field of its own. */
MU_MUST enum mu_err mu_rule_user_teams(const struct mu_workspace *ws, const struct mu_strs *teams,
				       struct mu_fault *ret_fault);

#define MU_EMAIL_MAX 254 /* bytes, without the NUL */

/* An email address that mail could go to: one @, no spaces or controls, a dot in the domain, at most
 * MU_EMAIL_MAX bytes. */
bool mu_email_valid(const char *email);

extern const struct mu_event_type mu_user_created, mu_user_updated, mu_user_password_set, mu_user_deactivated,
	mu_user_reactivated;
/* Takes everything along that names the person: memberships, leads, their choice, password and revocations.
 */
extern const struct mu_event_type mu_user_removed;

#endif
