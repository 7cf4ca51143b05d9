/* The command table: everything that a client, a platform or an operator can ask for, one row each.
 * WebSocket, HTTP, the control socket and the documents all follow from the rows.
 *
 * A command runs in two steps. `run` looks at the workspace and answers a fault, or a list of events; it
 * changes nothing. Once the events are applied `reply` writes the result. What touches live connections
 * (sessions, tickets, presence views) is asked of the host, which is the hub.
 * Thread: hub. */
#ifndef MUSTER_API_API_H
#define MUSTER_API_API_H

#include "muster/auth/identity.h"
#include "muster/auth/password.h"
#include "muster/base/buf.h"
#include "muster/base/config.h"
#include "muster/base/row.h"
#include "muster/model/audience.h"
#include "muster/model/event.h"
#include "muster/wire/route.h"

struct mu_call;

/* Who asks. */
struct mu_actor {
	enum mu_identity_kind kind;   /* NONE only for public commands */
	const struct mu_user *user;   /* USER; VIEW: whose eyes it lends */
	const struct mu_key *key;     /* KEY */
	const struct mu_perms *perms; /* NULL: the operator, who may everything */
	struct mu_viewing *viewing;   /* VIEW: reads only */
	bool must_enroll;             /* USER: nothing but a second factor may be done; perms are none */
	const char *json;             /* {"user":"u1"}: how the log names them */
};

/* Slow password work, done in the worker pool between prepare and run. */
struct mu_password_work {
	bool wanted;
	char *verify_hash; /* with verify_password: compare; NULL hash: the same time, never fits */
	char *verify_password;
	char *hash_password;         /* hash this one */
	bool verified;               /* out */
	char hash[MU_PASSWORD_HASH]; /* out */
};

/* A mail that goes out once what the command decided is durable. Texts live in the call's arena. */
struct mu_mail {
	const char *to; /* NULL: none */
	const char *subject, *text;
};

enum mu_command_flags {
	MU_COMMAND_LATE = 1 << 8,    /* reply is written after the commit, from what is live then */
	MU_COMMAND_CREATES = 1 << 9, /* makes the workspace it names */
	MU_COMMAND_DIRECT = 1 << 10, /* run has written or will write the result itself; it emits no events */
	/* Commands whose route is a GET change nothing, and may be used by who views as somebody else. */
	MU_COMMAND_READS = 1 << 11,     /* nor does this one, though it has another route or none */
	MU_COMMAND_PERSONAL = 1 << 12,  /* it reads what is for the person's own eyes: not by a view */
	MU_COMMAND_ENROLS = 1 << 13,    /* also for who must enrol a second factor first */
	MU_COMMAND_ENDS_VIEW = 1 << 14, /* the one thing that a view may do besides looking */
};

struct mu_command {
	const char *name;              /* "presence.set" */
	const char *route;             /* "PUT /v1/me/presence", or NULL: not over HTTP */
	enum mu_perm need;             /* MU_PERM_NONE: whoever is signed in */
	unsigned flags;                /* enum mu_method_flags | enum mu_command_flags */
	unsigned cost;                 /* of the rate limit */
	const struct mu_shape *params; /* NULL: none */
	const char *help;
	const char *result; /* its shape, for the reference */
	/* Note in the fault what else is wrong, when some params were: those are left zero, lists have NULLs
	 * in their place. NULL: nothing. */
	enum mu_err (*collect)(struct mu_call *call);
	enum mu_err (*prepare)(struct mu_call *call); /* NULL: no password work */
	enum mu_err (*run)(struct mu_call *call);
	void (*reply)(struct mu_call *call, struct mu_buf *out); /* NULL: {} */
};

/* What the hub does for commands. Each answers as a run function; those that write a result do so into
 * call->result. MU_DEFERRED: the hub answers by itself, and the call may be gone already. */
struct mu_host {
	enum mu_err (*open)(struct mu_call *call);
	enum mu_err (*close)(struct mu_call *call);
	enum mu_err (*refresh)(struct mu_call *call);
	enum mu_err (*activity)(struct mu_call *call, enum mu_activity activity);
	enum mu_err (*list_sessions)(struct mu_call *call, const char *user);
	/* Live sessions of a user, or one of them with those that share its token: how many; token id and
	 * expiry of the one (borrowed). 0: there is none. */
	size_t (*find_sessions)(struct mu_call *call, const char *user, const char *session,
				const char **ret_token, int64_t *ret_expires_at_ms);
	enum mu_err (*make_ticket)(struct mu_call *call, char **ret_ticket, int64_t *ret_expires_at_ms);
	enum mu_err (*watch)(struct mu_call *call, json_t *scope);
	enum mu_err (*presence)(struct mu_call *call, json_t *scope);
	void (*write_presence)(struct mu_call *call, const char *user, struct mu_buf *out);
	/* The caller's session views a conversation or types in it, or does so no more. Errors: MU_TOO_LARGE,
	 * MU_NO_MEMORY, MU_UNAUTHENTICATED (no session). */
	enum mu_err (*view_conversation)(struct mu_call *call, const char *conversation, bool on);
	enum mu_err (*type_in_conversation)(struct mu_call *call, const char *conversation, bool on);
	/* Who views a conversation now: [{user,name,typing}] */
	void (*write_viewers)(struct mu_call *call, const char *conversation, struct mu_buf *out);
	/* Rows of the audit log, borrowed until the call ends. Deferred: the command is run again when they
	 * are there. Errors: MU_DEFERRED, MU_NO_MEMORY. */
	enum mu_err (*audit)(struct mu_call *call, const struct mu_audit_query *query,
			     const struct mu_row **ret_rows, size_t *ret_n);
	/* Read rows of the log about people, `limit` at most in all. The command is run again when
	 * call->history has them, until it doesn't ask any more. Errors: MU_DEFERRED, MU_NO_MEMORY. */
	enum mu_err (*history)(struct mu_call *call, const struct mu_history_query *queries, size_t n,
			       int64_t limit);
	/* The dashboard, as it was last told of. */
	enum mu_err (*dashboard)(struct mu_call *call);
	/* Brake on guessing a password of an account (its name in the call's workspace), and from the
	 * caller's address. begin counts an attempt before its password is worked on; end says whether it
	 * was right, and takes back one that was. Errors: MU_RATE_LIMITED, MU_UNAVAILABLE (too many at
	 * once); nothing was counted then. */
	enum mu_err (*guess_begin)(struct mu_call *call, const char *account);
	/* Note in the audit log that somebody couldn't sign in: the user whose address it is or NULL, and the
	 * address as it was given. Many are told together. */
	void (*login_failed)(struct mu_call *call, const char *user, const char *email);
	void (*guess_end)(struct mu_call *call, const char *account, bool right);
};

struct mu_call {
	const struct mu_command *command;
	struct mu_arena *arena; /* lives until the answer is out */
	const struct mu_workspace *ws;
	struct mu_actor actor;
	struct mu_identity identity; /* what was proved */
	int64_t now_ms;              /* wall */
	void *params;                /* record of command->params */
	json_t *raw;                 /* the same as JSON, borrowed; NULL: none */
	struct mu_fault *fault;
	struct mu_event *events; /* what run decided, oldest first */
	struct mu_event *events_last;
	const char *subject;          /* what reply writes about */
	char *outcome;                /* result as JSON text that run worked out for reply */
	char *secret;                 /* a secret that reply shows this once */
	int64_t secret_expires_at_ms; /* of a token */
	struct mu_password_work password;
	struct mu_mail mail;
	struct mu_buf *result; /* DIRECT commands; keeps what it has when a command is run again */
	/* What host->history has read, borrowed while the command runs; NULL: nothing yet. */
	const struct mu_history_reading *history;
	void *progress;    /* of a command that is run again and again, in the arena; NULL at first */
	bool in_parts;     /* a result may be something else than JSON, and come in parts: */
	const char *media; /* what it is, as a Content-Type; NULL: JSON */
	const char *next;  /* `after` for the next part; NULL: this was the last one */
	const struct mu_host *host;
	const struct mu_config *config;
	void *request; /* the hub's own */
};

/* Row i, NULL past the end; index by name or -1. The index is the method number of wire/port.h. */
const struct mu_command *mu_command(unsigned i);
int mu_command_find(const char *name);

/* The rows as the edges need them. *ret_methods owns an array made with malloc. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err mu_command_methods(struct mu_methods *ret_methods);

/* Check permission and parameters of a call whose command, ws, actor, raw and arena are set; fills params.
 * Errors: MU_UNAUTHENTICATED, MU_FORBIDDEN, MU_INVALID_PARAMS. */
MU_MUST enum mu_err mu_command_check(struct mu_call *call);

/* ---- records that the hub shows as well ---- */

/* USER; with `status` (may be NULL) as the person's own visible status. */
void mu_write_user(const struct mu_workspace *ws, const struct mu_user *user, const char *status,
		   struct mu_buf *out);
/* The keys of a set of permissions, as an array. */
void mu_write_perms(const struct mu_workspace *ws, const struct mu_perms *perms, struct mu_buf *out);
/* The statuses that people may choose, base statuses first, as an array. */
void mu_write_statuses(const struct mu_workspace *ws, struct mu_buf *out);

/* A conversation that waits, as a row of its queue, without the braces; position: its place, from 1. */
void mu_write_waiting(const struct mu_conversation *conversation, size_t position, struct mu_buf *out);

/* ---- for run functions ---- */

/* Add an event with a record of the type's shape. It is copied with all that it points to: events outlive
 * what they are about. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err mu_call_emit_record(struct mu_call *call, const struct mu_event_type *type,
					const void *record);

/* Whether the caller holds a permission. */
bool mu_call_may(const struct mu_call *call, enum mu_perm perm);
/* Id of the calling user, or NULL. */
const char *mu_call_user(const struct mu_call *call);

#endif
