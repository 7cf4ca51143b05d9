/* The state of one workspace: everything that its log says, in memory. It is changed only by applying events
 * (model/event.h), live and when it is rebuilt from the log alike; everybody else reads.
 *
 * Invariants: the owner exists and holds the role `owner`; every role, team and user that is named somewhere
 * exists; a user is in the member list of a team exactly if the team is in the user's list, and both are
 * sorted, so that it doesn't show who joined first; emails are unique, compared without case. A conversation
 * has one holder at most; a person's load is the weight of what they hold; a conversation is in the waiting
 * list of its inbox exactly if it is open and has no holder. Texts and lists belong to the struct that holds
 * them. Times are wall ms since 1970.
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

/* How an inbox gives out what waits in it. */
enum mu_strategy {
	MU_STRATEGY_MANUAL,        /* not at all: people take, or are assigned */
	MU_STRATEGY_ROUND_ROBIN,   /* to who was assigned something longest ago */
	MU_STRATEGY_LOAD_BALANCED, /* to who has least in relation to their capacity */
};

struct mu_routing_settings {
	int64_t offer_ms;     /* time to accept; 0: assigned without asking */
	int64_t requeue_ms;   /* back into the queue that long after the agent went away; 0: stays theirs */
	int64_t overflow_ms;  /* goes on, or is told of, after waiting that long; 0: never */
	bool overflow_nobody; /* the same at once when nobody of the team is there */
	char *overflow_team;  /* where it goes on to; NULL: it is only told, once */
};

#define MU_WEIGHT_MAX 100 /* of a conversation */

/* What waits, by priority, each list in the order in which it is given out: since when it waits, then id. */
struct mu_waiting {
	struct mu_conversation *first[4], *last[4]; /* by enum mu_priority */
	struct mu_conversation *near[4];  /* where one was put or taken last; NULL: the list is empty */
	struct mu_conversation *fresh[4]; /* the first that neither went nor was told of, from here */
	size_t n;
	size_t n_left;                         /* of them those that went, or were told, from here already */
	size_t n_passed;                       /* those that everybody at work has let pass */
	struct mu_conversation *some_passed;   /* those that somebody has, so maybe everybody (next_passed) */
	uint32_t by_weight[MU_WEIGHT_MAX + 1]; /* how many of each weight */
	bool news;                             /* it has changed; for whoever tells of it, who sets it back */
};

/* Where conversations arrive: a team's, or the workspace's for those without a team. */
struct mu_inbox {
	int strategy; /* enum mu_strategy */
	struct mu_routing_settings settings;
	struct mu_waiting waiting;
};

struct mu_team {
	UT_hash_handle hh;
	char *id, *name, *lead; /* lead: a user or NULL */
	struct mu_strs members;
	struct mu_user **people; /* the members themselves, in the same order */
	struct mu_hours *hours;  /* NULL: the workspace's */
	struct mu_inbox inbox;
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
	char *shown;      /* status of the last presence.changed, or NULL: offline */
	char *shown_base; /* what it was for others then; NULL: not known, or offline */
	int64_t shown_since_ms;
	int64_t created_at_ms;
	struct mu_perms perms;   /* union over the roles */
	int64_t absent_since_ms; /* since when they are offline, or away and take no work; 0: they aren't */
	struct mu_conversation *held; /* unresolved ones that are theirs or offered to them (next_held) */
	struct mu_conversation *kept; /* resolved ones that keep their name (next_held) */
	int64_t load;                 /* weight of what they hold; snoozed ones weigh nothing */
	int64_t rotation;             /* number of their last assignment among all assignments; 0: none yet */
	int64_t noted_load;           /* of the last load.changed */
	bool noted_full;              /* the last of capacity.reached and capacity.freed was the former */
	bool unnoted;                 /* in ws->unnoted */
	struct mu_user *prev_unnoted, *next_unnoted;
};

enum mu_priority { MU_PRIORITY_LOW, MU_PRIORITY_NORMAL, MU_PRIORITY_HIGH, MU_PRIORITY_URGENT };

enum mu_conversation_status {
	MU_CONVERSATION_OPEN,
	MU_CONVERSATION_PENDING, /* waits for the customer */
	MU_CONVERSATION_SNOOZED, /* until a time, or until somebody reopens it */
	MU_CONVERSATION_RESOLVED
};

/* A conversation as clients see it, events carry it and the state keeps it (CONVERSATION). Texts: NULL,
 * times: 0 where there is none. */
struct mu_conversation_record {
	char *id, *team, *channel, *subject;
	int priority; /* enum mu_priority */
	struct mu_strs labels;
	int status;       /* enum mu_conversation_status */
	char *assignee;   /* user; resolved and snoozed ones keep it */
	char *offered_to; /* user, while open and without assignee */
	int64_t offer_expires_at;
	int64_t version; /* 1 at first, one more with each event about it */
	int64_t created_at;
	int64_t queued_at; /* since when its wait counts: kept when it goes back to a queue, anew when a
			      resolved one is reopened */
	int64_t assigned_at, snoozed_until, resolved_at;
	int64_t passed_at;     /* since when it waits although everybody at work has let it pass, or 0 */
	struct mu_strs passed; /* never shown: users it isn't offered to again */
	struct mu_strs
		left; /* never shown: inboxes it went on from, or was told of (team; "": the workspace's) */
};

struct mu_conversation {
	UT_hash_handle hh; /* by id */
	struct mu_conversation_record record;
	char *block;            /* all that the record points to */
	int64_t weight;         /* by its channel */
	struct mu_inbox *inbox; /* its team's, or the workspace's */
	struct mu_user *holder; /* whose it is or to whom it is offered, or NULL */
	bool waiting;           /* in inbox->waiting */
	struct mu_conversation *prev_waiting, *next_waiting;
	struct mu_conversation *prev_passed, *next_passed; /* prev_passed: NULL while in none */
	struct mu_conversation *prev_held, *next_held;     /* of the holder */
	struct mu_conversation *prev_unresolved, *next_unresolved;
	struct mu_conversation *prev_offered, *next_offered;
	int64_t due_ms; /* when time alone makes something due; INT64_MAX: never */
	size_t due_at;  /* place in ws->due, from 1; 0: not in it */
};

/* Weight of a channel's conversations; a channel that isn't listed weighs 1. */
struct mu_channel {
	char *id;
	int64_t weight;
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
	struct mu_inbox inbox; /* of conversations without a team */
	struct mu_channel *channels;
	size_t n_channels;
	struct mu_conversation *conversations;
	struct mu_conversation *unresolved; /* of them (next_unresolved) */
	struct mu_conversation *offered;    /* of them (next_offered) */
	struct mu_user *unnoted;      /* whose load, or being full, isn't what was noted (next_unnoted) */
	struct mu_conversation **due; /* heap of those with a due time, earliest first */
	size_t n_due, due_room;
	int64_t n_assignments;    /* the largest rotation so far */
	int64_t resolved_keep_ms; /* how long resolved ones are kept: the hub's configuration sets it right
				     after mu_workspace_create, before any event is applied; 30 days at first
				   */
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
struct mu_conversation *mu_workspace_conversation(const struct mu_workspace *ws, const char *id);
/* A team's inbox; NULL team: the workspace's; NULL: there is no such team. */
const struct mu_inbox *mu_workspace_inbox(const struct mu_workspace *ws, const char *team);
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
