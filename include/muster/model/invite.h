/* Invitations: somebody is asked by mail to become a user, with roles and teams that wait for them.
 *
 *   pending ──accepted──▶ accepted     a user exists
 *      │ ▲──────resent───┐
 *      ├──expired──▶ expired           nobody came in time
 *      └──revoked──▶ revoked
 *
 * The link is good for one acceptance. It holds a secret of which only a digest is kept, so nobody can show a
 * link again: sending again makes a new secret, and the old link is dead. Whoever sends it, first or again,
 * vouches for it: their rights are asked again when it is accepted.
 * Thread: hub; rules answer MU_OK or a fault that says what to do, and change nothing. */
#ifndef MUSTER_MODEL_INVITE_H
#define MUSTER_MODEL_INVITE_H

#include "muster/base/fault.h"
#include "muster/model/event.h"

struct mu_invite_data { /* invite.created */
	char *id, *email, *name;
	struct mu_strs roles, teams;
	char *invited_by, *invited_by_key; /* who vouches for it; both NULL: the operator */
	char *digest;                      /* of the link's secret, base64url */
	int64_t expires_at;
};

struct mu_invite_resent {
	char *id, *invited_by, *invited_by_key, *digest;
	int64_t expires_at;
};

struct mu_invite_updated { /* a role of theirs went */
	char *id;
	struct mu_strs roles;
};

struct mu_invite_accepted {
	char *id;
	char *user; /* whom it became */
};

/* Whether an invitation can be accepted at this moment: it is pending, its time is not over, and a user could
 * be made of it by whoever vouches for it.
 * Errors: MU_GONE (accepted, revoked, expired), MU_FORBIDDEN (whoever vouches for it is gone or may no longer
 * give these roles), MU_CONFLICT (there is such a user by now), MU_SEAT_LIMIT. */
MU_MUST enum mu_err mu_rule_invite_open(const struct mu_workspace *ws, const struct mu_invite *invite,
					int64_t now_ms, struct mu_fault *ret_fault);

/* A new invitation: as for a new user, and nobody with this address is invited. In rules `granter` is what
 * the asking one may; NULL: the operator. Errors: those of mu_rule_user_create, MU_SEAT_LIMIT. */
MU_MUST enum mu_err mu_rule_invite_create(const struct mu_workspace *ws, const struct mu_perms *granter,
					  const struct mu_invite_data *data, int64_t now_ms,
					  struct mu_fault *ret_fault);

/* Sending one again, that is pending or has expired. Errors: MU_CONFLICT (accepted, revoked; or the address
 * is taken by now), MU_FORBIDDEN, MU_INVALID_PARAMS, MU_SEAT_LIMIT. */
MU_MUST enum mu_err mu_rule_invite_resend(const struct mu_workspace *ws, const struct mu_perms *granter,
					  const struct mu_invite *invite, int64_t now_ms,
					  struct mu_fault *ret_fault);

/* Whether an invitation would make somebody hold a role: now, or once it is sent again. */
bool mu_invite_gives(const struct mu_invite *invite, const char *role);

/* The state at a time: what has run out counts as expired before the log says so. */
enum mu_invite_state mu_invite_state(const struct mu_invite *invite, int64_t now_ms);
extern const char *const mu_invite_state_names[]; /* ends with NULL */

extern const struct mu_event_type mu_invite_created, mu_invite_updated_type, mu_invite_resent_type,
	mu_invite_accepted_type, mu_invite_revoked, mu_invite_expired;

#endif
