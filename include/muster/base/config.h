/* Configuration: one table feeds the file, the environment, the flags, `muster config docs` and --help.
 *
 * Later sources win: default < file < environment (MUSTER_LISTEN) < flag (--listen). A key, a variable that
 * starts with MUSTER_ or a flag that the table doesn't know is an error: a typing mistake never starts a
 * server with defaults. The file is INI without sections: `listen = 127.0.0.1:8080` a line, without quotes,
 * each name once; a comment starts with `#` or `;` at the beginning of a line or after white space. A
 * duration is a number with ms, s, m, h or d; as every duration's name ends in _ms, a bare number is
 * milliseconds. A size is a number of bytes or one with k, M or G (1024 each). An empty value, of a variable
 * too, is an empty text, and an error for anything but a text.
 * Thread: one owner; a struct mu_config that is shared is read-only. */
#ifndef MUSTER_BASE_CONFIG_H
#define MUSTER_BASE_CONFIG_H

#include "muster/base/fault.h"

enum mu_option_kind { MU_OPT_TEXT, MU_OPT_INT, MU_OPT_BYTES, MU_OPT_DURATION };

/* The values in force. Texts are owned by the struct. Milliseconds and bytes as the names say. */
struct mu_config {
	/* where */
	char *data;           /* directory of the database, the lock and the control socket */
	char *listen;         /* HOST:PORT of the public port */
	char *metrics_listen; /* HOST:PORT of /metrics; empty: on the public port for loopback callers only */
	char *store;          /* sqlite:PATH, memory: ; empty: sqlite:<data>/muster.db */
	char *web;            /* directory of the console and the SDK; empty: next to the program */
	char *origins;        /* allowed Origin values, comma separated; empty: the own host only; * : any */
	char *trusted_proxies;  /* addresses or CIDR, comma separated, whose X-Forwarded-For counts */
	char *node;             /* name of this node; empty: see cli/node.c */
	char *bus;              /* redis://… ; empty: this is the only node */
	char *cluster_key_file; /* the secret that all nodes of a cluster share */
	int64_t edges;          /* edge threads; 0: one per core */
	/* log */
	char *log_level;
	char *log_format;
	/* connections */
	int64_t open_timeout_ms;
	int64_t request_timeout_ms; /* absolute deadline of one HTTP request, headers and body */
	int64_t ping_interval_ms;
	int64_t pong_timeout_ms;
	int64_t mobile_ping_interval_ms;
	int64_t mobile_pong_timeout_ms;
	int64_t max_connections;
	int64_t max_connections_per_address;
	int64_t max_connections_per_user;
	int64_t max_connections_per_workspace;
	/* messages */
	int64_t max_message_bytes;
	int64_t max_bulk_bytes;
	int64_t max_depth;
	int64_t max_batch;
	int64_t commands_per_second; /* per WebSocket, or over HTTP per identity or address, by their cost */
	int64_t commands_burst;
	int64_t key_commands_per_second;
	int64_t key_commands_burst;
	int64_t send_budget_bytes; /* unsent bytes per connection before it is a slow reader */
	int64_t send_burst_bytes;  /* the same for send_burst_ms */
	int64_t send_burst_ms;
	int64_t max_fanout; /* people in one explicit audience */
	/* signing in */
	int64_t login_attempts; /* failures per account and per address within login_window_ms */
	int64_t login_window_ms;
	int64_t session_ttl_ms; /* life of a token from auth.login */
	int64_t view_as_ttl_ms; /* of one from view_as.start */
	int64_t ticket_ttl_ms;
	int64_t password_queue; /* hashes waiting at most */
	/* invitations and mail */
	char *public_url;         /* where people find the console; empty: http://<listen> */
	int64_t invite_ttl_ms;    /* life of an invitation's link */
	char *smtp_url;           /* smtp://HOST[:PORT] or smtps://HOST[:PORT]; empty: no mail is sent */
	char *smtp_tls;           /* required, opportunistic or off; smtps:// is always encrypted */
	char *smtp_ca_file;       /* certificates to trust; empty: the system's */
	char *smtp_user;          /* empty: without signing in */
	char *smtp_password;      /* empty: that of smtp_password_file */
	char *smtp_password_file; /* its first line is the password */
	char *smtp_from;          /* address of the sender */
	int64_t smtp_timeout_ms;  /* one attempt at most */
	int64_t smtp_retry_ms;    /* first wait after a failure that may pass */
	/* presence */
	int64_t presence_tick_ms;
	int64_t reload_grace_ms; /* a clean close of the last tab is shown after this */
	int64_t linger_ms;       /* a lost connection is shown after this */
	int64_t background_ms;   /* how long a phone in the background stays reachable */
	/* conversations */
	int64_t resolved_keep_ms; /* how long those are kept that were resolved */
	int64_t typing_ms;        /* typing is over when it wasn't said again for so long */
	int64_t viewing_max;      /* conversations that one session may view */
	/* log of events */
	int64_t replay_limit;   /* events replayed to one session at most; more: resync */
	int64_t replay_bytes;   /* and of their rows in the log */
	int64_t recent_events;  /* committed events per workspace kept encoded in memory */
	int64_t recent_bytes;   /* and what they may take up */
	int64_t snapshot_every; /* events between two snapshots of a workspace */
	int64_t batch_events;   /* events in one commit at most */
	/* leaving */
	int64_t drain_ms;        /* how long SIGTERM lets clients go before the process ends */
	int64_t drain_spread_ms; /* clients are told to come back within this window */
};

struct mu_option {
	const char *name; /* "ping_interval_ms"; flag --ping-interval-ms, variable MUSTER_PING_INTERVAL_MS */
	enum mu_option_kind kind;
	size_t offset;       /* in struct mu_config */
	int64_t min, max;    /* for all but text; durations in ms */
	const char *initial; /* the default, as it would stand in the file */
	bool reloadable;     /* SIGHUP takes a new value */
	bool secret;         /* texts: never shown */
	const char *help;
};

/* Row i of the table, NULL past the end. */
const struct mu_option *mu_config_option(unsigned i);
/* The row of a name with _ or - alike, or NULL. */
const struct mu_option *mu_config_find(const char *name);

/* All defaults. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err mu_config_init(struct mu_config *config);
void mu_config_finish(struct mu_config *config);
/* A copy of its own. */
MU_MUST enum mu_err mu_config_copy(const struct mu_config *from, struct mu_config *ret_to);

/* Set one option from text. The fault names the option and what would be right.
 * Errors: MU_INVALID_PARAMS, MU_NOT_FOUND, MU_NO_MEMORY. */
MU_MUST enum mu_err mu_config_set(struct mu_config *config, const char *name, const char *value,
				  struct mu_fault *ret_fault);

/* Read a file (the fault names file and line) or an environment block (environ). On error the config may hold
 * some of the new values: give it a copy.
 * Errors: those of mu_config_set; MU_INVALID_PARAMS for a line that is no assignment or repeats one;
 * MU_NOT_FOUND if the file can't be opened, MU_UNAVAILABLE if it can't be read to its end. */
MU_MUST enum mu_err mu_config_load(struct mu_config *config, const char *path, struct mu_fault *ret_fault);
MU_MUST enum mu_err mu_config_env(struct mu_config *config, char *const *environment,
				  struct mu_fault *ret_fault);

/* Between two pings to a client, and for how long an answer is waited for. A phone's are never longer than
 * others'. */
int64_t mu_config_ping_interval_ms(const struct mu_config *config, bool mobile);
int64_t mu_config_pong_timeout_ms(const struct mu_config *config, bool mobile);

/* Whether the node is one of several. */
bool mu_config_clustered(const struct mu_config *config);

/* What must hold beyond the limits of single numbers: the form of texts (addresses, lists, levels) and what
 * must hold between options (for example, pong_timeout_ms < ping_interval_ms). The fault says what would be
 * right.
 * Errors: MU_INVALID_PARAMS. */
MU_MUST enum mu_err mu_config_check(const struct mu_config *config, struct mu_fault *ret_fault);

/* Write the value of an option as text into out (for `muster config show`); of a secret only that there is
 * one.
 */
void mu_config_text(const struct mu_config *config, const struct mu_option *option, char *out,
		    size_t out_bytes);

#endif
