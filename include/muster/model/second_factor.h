/* The second factor of people who sign in with a password, and whether a workspace asks everybody for one:
 * events and rules.
 *
 * Enrolling has two steps: a secret that waits (pending), and the first code that proves that the app has it
 * (enrolled). A code counts once: the step that was used last is part of the state, so that of two sign-ins
 * with one code the log lets only one through. Secrets are in the log, as its other keys are: whoever reads
 * the database can make codes; events that clients hear leave them out.
 *
 * Who comes with a token that the platform signed isn't asked: what is needed to get such a token is the
 * platform's own matter.
 * Thread: hub; rules answer MU_OK or a fault that says what to do, and change nothing. */
#ifndef MUSTER_MODEL_SECOND_FACTOR_H
#define MUSTER_MODEL_SECOND_FACTOR_H

#include "muster/base/fault.h"
#include "muster/model/event.h"

#define MU_SECOND_FACTOR_PENDING_MS INT64_C(900000) /* how long a secret waits for its first code */

struct mu_second_factor_pending {
	char *user, *secret;
};

struct mu_second_factor_enrolled {
	char *user, *secret;
	int64_t step;            /* of the code that proved it */
	struct mu_strs recovery; /* digests of the recovery codes */
};

struct mu_second_factor_used { /* a code */
	char *user;
	int64_t step;
};

struct mu_recovery_used {
	char *user, *digest;
	int64_t left; /* codes that are left */
};

struct mu_recovery_made {
	char *user;
	struct mu_strs recovery;
};

struct mu_second_factor_ended { /* disabled by the person, reset by somebody else */
	char *user;
};

struct mu_security_data { /* only what is given changes */
	uint64_t given;
	bool require_2fa;
};
enum { MU_SECURITY_REQUIRE_2FA };

/* Whether a person, signed in with their password or otherwise, may do nothing but enrol. */
bool mu_must_enroll(const struct mu_workspace *ws, const struct mu_user *user, bool by_password);

/* A person may give up their second factor: they have one, and the workspace doesn't ask for it.
 * Errors: MU_CONFLICT, MU_FORBIDDEN. */
MU_MUST enum mu_err mu_rule_second_factor_disable(const struct mu_workspace *ws, const struct mu_user *user,
						  struct mu_fault *ret_fault);

/* Somebody (granter NULL: the operator) may take a person's second factor away: not their own, for which a
 * code is asked, and not that of a person who may more. Errors: MU_CONFLICT, MU_FORBIDDEN. */
MU_MUST enum mu_err mu_rule_second_factor_reset(const struct mu_perms *granter, const char *granter_user,
						const struct mu_user *user, struct mu_fault *ret_fault);

extern const struct mu_event_type mu_second_factor_pending_type, mu_second_factor_enrolled_type,
	mu_second_factor_used_type, mu_recovery_used_type, mu_recovery_made_type, mu_second_factor_disabled,
	mu_second_factor_reset, mu_security_updated;

#endif
