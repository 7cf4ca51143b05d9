/* Ownership: there is always exactly one owner, who holds the role owner; nobody else does.
 * Thread: hub; rules answer MU_OK or a fault that says what to do, and change nothing. */
#ifndef MUSTER_MODEL_OWNER_H
#define MUSTER_MODEL_OWNER_H

#include "muster/base/fault.h"
#include "muster/model/event.h"

struct mu_owner_transferred {
	char *from, *to;
};

/* Whether the workspace can be handed over to `to`: by the owner themself, or by the operator (NULL).
 * Errors: MU_FORBIDDEN, MU_CONFLICT. */
MU_MUST enum mu_err mu_rule_owner_transfer(const struct mu_workspace *ws, const char *asker,
					   const struct mu_user *to, struct mu_fault *ret_fault);

/* The roles that a person holds once they have become the owner, or have been it: the owner gains the role
 * owner, who was it the role admin in its place. Borrowed texts in a list of the arena's. */
MU_MUST enum mu_err mu_owner_roles(const struct mu_user *user, bool becomes_owner, struct mu_arena *arena,
				   struct mu_strs *ret_roles);

/* Takes the roles along; those who listen are told of them by role.assigned besides. */
extern const struct mu_event_type mu_owner_transferred_type;

#endif
