/* The state of one workspace: everything that its log says, in memory. It is changed only by applying events
 * (model/event.h), live and when it is rebuilt from the log alike; everybody else reads.
 *
 * Invariants: the owner exists and holds the role `owner`; every role, team and user that is named somewhere
 * exists; a user is in the member list of a team exactly if the team is in the user's list, and both are
 * sorted, so that it doesn't show who joined first; emails are unique, compared without case. Texts and lists
 * belong to the struct that holds them. Times are wall ms since 1970.
 * Thread: hub. */
#ifndef MUSTER_MODEL_WORKSPACE_H
#define MUSTER_MODEL_WORKSPACE_H

#include "muster/auth/perm.h"
#include "muster/base/hash.h"
#include "muster/model/presence.h"
#include "muster/model/schedule.h"

/* Business hours as they were given and as they are asked. */
struct mu_hours {
	struct mu_arena arena;
	struct mu_schedule_spec spec; /* in the arena */
	struct mu_schedule *schedule;
};

struct mu_role {
	UT_hash_handle hh;
	char *id, *name, *description;
	struct mu_strs permissions; /* keys as given */
	struct mu_perms perms;      /* the same as a set, widened */
};

struct mu_team {
	UT_hash_handle hh;
	char *id, *name, *lead; /* lead: a user or NULL */
	struct mu_strs members;
	struct mu_hours *hours; /* NULL: the workspace's */
};

/* What a person chose, as in the log; see struct mu_chosen. */
struct mu_choice {
	char *status, *note;
	int64_t until_ms;
	int cause;
	int64_t at_ms;
};

/* What a person shows besides their password; see model/second_factor.h. */
struct mu_second_factor {
	char *secret; /* of the app, base32; NULL: there is none */
	int64_t since_ms;
	int64_t last_step;       /* codes up to this step are void */
	struct mu_strs recovery; /* digests of the recovery codes that are left */
	char *pending;           /* a secret that waits for its first code, or NULL */
	int64_t pending_at_ms;
};

struct mu_user {
	UT_hash_handle hh;       /* by id */
	UT_hash_handle hh_email; /* by email in lower case */
	char *id, *name, *email, *phone, *email_key;
	struct mu_strs roles, teams;
	int64_t capacity;
	bool active;
	char *password;          /* argon2id string, or NULL: signs in with the platform's tokens only */
	int64_t tokens_after_ms; /* tokens issued before this are void, also those of a predecessor's */
	struct mu_second_factor factor;
	struct mu_choice choice;
	char *shown; /* status of the last presence.changed, or NULL: offline */
	int64_t shown_since_ms;
	int64_t created_at_ms;
	struct mu_perms perms; /* union over the roles */
};

/* Who was removed. Whoever gets their id later doesn't get what their tokens were good for. */
struct mu_tombstone {
	UT_hash_handle hh;
	char *user;
	int64_t tokens_after_ms;
};

/* A key that signs tokens (HS256, EdDSA) or is one (api). */
struct mu_key {
	UT_hash_handle hh;
	char *id;
	int alg;      /* enum mu_alg of auth/token.h */
	char *secret; /* base64url: HS256 secret, Ed25519 secret if the hub may sign, or the digest of an API
			 key */
	char *public_key;      /* base64url, EdDSA only */
	struct mu_strs scopes; /* api: permission keys */
	struct mu_perms perms;
	int64_t created_at_ms;
};

struct mu_revocation {
	UT_hash_handle hh;
	char *token;           /* token id */
	char *user;            /* whose it was */
	int64_t expires_at_ms; /* when the token would have ended anyway */
};

/* Somebody who sees the workspace as another person, or as a holder of a role; see model/view_as.h. */
struct mu_viewing {
	UT_hash_handle hh;
	char *id;
	char *by;              /* who looks */
	char *token;           /* id of the token with which they began: it ends with that */
	char *kid;             /* of the key that signed it, or NULL: it ends with that too */
	int64_t issued_at_ms;  /* of that token */
	bool by_password;      /* that token came from signing in with a password */
	char *user, *role;     /* as whom: one of them, the other is NULL */
	struct mu_user person; /* role: somebody made up, whose id is the view's */
	int64_t started_at_ms, expires_at_ms;
};

enum mu_invite_state { MU_INVITE_PENDING, MU_INVITE_ACCEPTED, MU_INVITE_EXPIRED, MU_INVITE_REVOKED };

/* Somebody who was asked to come; see invite.h. May name what is gone by now. */
struct mu_invite {
	UT_hash_handle hh;
	char *id, *email;
	char *name; /* as the inviter knows them, or NULL */
	struct mu_strs roles, teams;
	enum mu_invite_state state;
	char *invited_by, *invited_by_key; /* a user, a key, or neither: the operator */
	char *digest;                      /* of the link's secret, base64url */
	char *user;                        /* whom it became, or NULL */
	int64_t created_at_ms, expires_at_ms;
	int64_t ended_at_ms; /* pending no longer since */
};

/* A status that people may choose; the four base statuses come first and are always there. */
struct mu_status {
	char *id, *label;
	int base; /* enum mu_base_status */
	bool accepting;
};

struct mu_workspace {
	char *id, *name, *owner;
	int64_t seq; /* of the last applied event */
	int64_t created_at_ms;
	int64_t idle_after_ms;
	bool require_2fa; /* of everybody who signs in with a password */
	struct mu_status *statuses;
	size_t n_statuses;
	struct mu_hours *hours;         /* NULL: always open */
	int64_t n_active;               /* people who hold a seat */
	int64_t seat_limit;             /* 0: none */
	char *plan;                     /* or NULL */
	struct mu_perm_info *own_perms; /* registered keys, in the order of their bits; see permission.h */
	size_t n_own_perms;
	struct mu_user *users, *users_by_email;
	struct mu_tombstone *tombstones; /* of ids that nobody has */
	struct mu_role *roles;
	struct mu_team *teams;
	struct mu_key *keys;
	struct mu_revocation *revocations;
	struct mu_viewing *viewings;
	struct mu_invite *invites;
};

/* An empty workspace with the base statuses and built-in roles yet to come by events. NULL when memory is
 * out. */
struct mu_workspace *mu_workspace_create(const char *id);
void mu_workspace_destroy(struct mu_workspace *ws); /* accepts NULL */

/* Look-ups: borrowed, NULL when there is none or the key is NULL. */
struct mu_user *mu_workspace_user(const struct mu_workspace *ws, const char *id);
struct mu_user *mu_workspace_user_by_email(const struct mu_workspace *ws, const char *email);
const struct mu_tombstone *mu_workspace_tombstone(const struct mu_workspace *ws, const char *user);
struct mu_role *mu_workspace_role(const struct mu_workspace *ws, const char *id);
struct mu_team *mu_workspace_team(const struct mu_workspace *ws, const char *id);
struct mu_viewing *mu_workspace_viewing(const struct mu_workspace *ws, const char *id);
struct mu_key *mu_workspace_key(const struct mu_workspace *ws, const char *id);
struct mu_invite *mu_workspace_invite(const struct mu_workspace *ws, const char *id);
const struct mu_status *mu_workspace_status(const struct mu_workspace *ws, const char *id);

/* The user's choice in the terms of the presence engine. A status that the workspace has dropped meanwhile
 * counts as available. Borrowed texts. */
void mu_user_chosen(const struct mu_workspace *ws, const struct mu_user *user, struct mu_chosen *ret_chosen);
/* Whether business hours let the user work at this time: some team's hours, or without a team of their own
 * hours the workspace's. */
bool mu_user_open(const struct mu_workspace *ws, const struct mu_user *user, int64_t wall_ms);
/* Whether a token of the user, issued then and with this id, still counts. */
bool mu_user_token_valid(const struct mu_workspace *ws, const struct mu_user *user, const char *token_id,
			 int64_t issued_at_ms);

/* Lower-case copy of an email, the form in which emails are compared. NULL when memory is out. */
char *mu_email_key(const char *email);

#endif
