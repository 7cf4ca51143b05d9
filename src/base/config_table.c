/* The table of options: the one place where an option's name, limits, default and meaning stand.
 * Invariant: every member of struct mu_config has exactly one row, in the same order.
 * Thread: any; everything here is constant. */
#include "muster/base/config.h"

#include "muster/base/mem.h"

#include <string.h>

enum { FIXED = false, RELOADABLE = true };

#define TEXT(member, initial_, reloadable_, help_)                                                           \
	{                                                                                                    \
		.name = #member, .kind = MU_OPT_TEXT, .offset = offsetof(struct mu_config, member),          \
		.initial = (initial_), .reloadable = (reloadable_), .help = (help_)                          \
	}

#define SECRET(member, help_)                                                                                \
	{                                                                                                    \
		.name = #member, .kind = MU_OPT_TEXT, .offset = offsetof(struct mu_config, member),          \
		.initial = "", .secret = true, .help = (help_)                                               \
	}

#define VALUE(kind_, member, min_, max_, initial_, reloadable_, help_)                                       \
	{                                                                                                    \
		.name = #member, .kind = MU_OPT_##kind_, .offset = offsetof(struct mu_config, member),       \
		.min = (min_), .max = (max_), .initial = (initial_), .reloadable = (reloadable_),            \
		.help = (help_)                                                                              \
	}

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define MILLION INT64_C(1000000)

static const struct mu_option options[] = {
	TEXT(data, "./muster-data", FIXED, "Directory of the database, the lock and the control socket."),
	TEXT(listen, "127.0.0.1:8080", FIXED, "HOST:PORT to listen on; an IPv6 address stands in brackets."),
	TEXT(metrics_listen, "", FIXED,
	     "HOST:PORT of /metrics. Empty: on the public port, for callers on this machine only."),
	TEXT(store, "", FIXED,
	     "Where events are kept: sqlite:PATH, postgres://USER@HOST/DATABASE (its password by PGPASSWORD "
	     "or "
	     "PGPASSFILE) or memory:. Empty: sqlite:<data>/muster.db."),
	TEXT(web, "", RELOADABLE, "Directory of the console and the SDK. Empty: next to the program."),
	TEXT(origins, "", RELOADABLE,
	     "Origins that browsers may connect from besides the hub's own host, comma separated. *: any."),
	TEXT(trusted_proxies, "", RELOADABLE,
	     "Addresses or CIDR blocks, comma separated, of the proxies whose X-Forwarded-For counts."),
	TEXT(node, "", FIXED,
	     "Name of this node, of its own in a cluster. Empty: one is made and kept in the data "
	     "directory."),
	SECRET(bus, "How nodes reach each other: redis://HOST[:PORT][,HOST[:PORT]...], perhaps with "
		    "USER:PASSWORD@ "
		    "before the first host. Empty or local: this is the only node."),
	TEXT(cluster_key_file, "", FIXED,
	     "File with the secret that all nodes of a cluster share, 32 bytes or more; what they tell each "
	     "other is sealed with it."),
	VALUE(INT, edges, 0, 256, "0", FIXED, "Threads that talk to clients. 0: one per core."),

	TEXT(log_level, "info", RELOADABLE, "Least important lines to log: error, warn, info or debug."),
	TEXT(log_format, "text", RELOADABLE, "Form of a log line: text or json."),

	VALUE(DURATION, open_timeout_ms, 10, 10 * MINUTE, "5s", RELOADABLE,
	      "How long a connection may take to send session.open."),
	VALUE(DURATION, request_timeout_ms, 10, 10 * MINUTE, "10s", RELOADABLE,
	      "How long an HTTP request may take to arrive whole, headers and body."),
	VALUE(DURATION, ping_interval_ms, 10, HOUR, "25s", RELOADABLE,
	      "Time between two pings. Stay below the idle time-out of every proxy on the way."),
	VALUE(DURATION, pong_timeout_ms, 10, HOUR, "10s", RELOADABLE,
	      "How long the answer to a ping may take. Must be shorter than ping_interval_ms. It and times "
	      "between pings, of a second or more, end up to a 32nd part (or 64 ms) early, as pings are "
	      "sent together."),
	VALUE(DURATION, mobile_ping_interval_ms, 10, HOUR, "10s", RELOADABLE,
	      "The same time for phones, whose networks vanish without a word; not longer than "
	      "ping_interval_ms in any "
	      "case."),
	VALUE(DURATION, mobile_pong_timeout_ms, 10, HOUR, "5s", RELOADABLE,
	      "How long a phone's answer may take. Must be shorter than mobile_ping_interval_ms."),
	VALUE(INT, max_connections, 1, 10 * MILLION, "25000", RELOADABLE,
	      "Connections at the same time. Each needs a file: more of them than at the start need a "
	      "restart."),
	VALUE(INT, max_connections_per_address, 0, 10 * MILLION, "2000", RELOADABLE,
	      "Connections from one address, or from one IPv6 network of 64 bits; 0: no limit. A whole "
	      "office can "
	      "stand behind one address: count its people times their tabs. Behind a proxy of yours name it "
	      "in trusted_proxies, or all share its "
	      "address."),
	VALUE(INT, max_connections_per_user, 0, 10 * MILLION, "50", RELOADABLE,
	      "Sessions of one person; 0: no limit."),
	VALUE(INT, max_connections_per_workspace, 0, 10 * MILLION, "0", RELOADABLE,
	      "Sessions in one workspace; 0: no limit."),

	VALUE(BYTES, max_message_bytes, KIB, 16 * MIB, "64k", RELOADABLE,
	      "Largest message or HTTP body a client may send."),
	VALUE(BYTES, max_bulk_bytes, KIB, 64 * MIB, "8M", RELOADABLE,
	      "Largest HTTP body of a command that takes a whole list, such as directory.sync. Each edge "
	      "takes in as much as eight of them at a time."),
	VALUE(INT, max_depth, 4, 128, "32", RELOADABLE,
	      "Deepest nesting of arrays and objects in a message."),
	VALUE(INT, max_batch, 1, 1000, "50", RELOADABLE, "Requests in one JSON-RPC batch."),
	VALUE(INT, commands_per_second, 1, MILLION, "50", RELOADABLE,
	      "Commands per second in the long run, weighted by their cost: of each WebSocket, and over HTTP "
	      "of each user, or of each address (or IPv6 network of 64 bits) that proves nothing."),
	VALUE(INT, commands_burst, 1, MILLION, "200", RELOADABLE, "The same at once after a rest."),
	VALUE(INT, key_commands_per_second, 1, MILLION, "5000", RELOADABLE,
	      "The same over HTTP for each API key: a platform speaks for everybody."),
	VALUE(INT, key_commands_burst, 1, MILLION, "10000", RELOADABLE,
	      "The same of a key at once after a rest."),
	VALUE(BYTES, send_budget_bytes, 4 * KIB, 1024 * MIB, "1M", RELOADABLE,
	      "Unsent bytes that a connection may have for long; with more it counts as a slow reader, after "
	      "send_burst_ms."),
	VALUE(BYTES, send_burst_bytes, 4 * KIB, 1024 * MIB, "8M", RELOADABLE,
	      "Unsent bytes with which it does so at once: room for what happens all together, such as a "
	      "directory.sync. Not used if it is less than send_budget_bytes."),
	VALUE(DURATION, send_burst_ms, 0, HOUR, "30s", RELOADABLE,
	      "How long a connection may have more than send_budget_bytes unsent."),
	VALUE(INT, max_fanout, 1, MILLION, "10000", RELOADABLE,
	      "People whom one message may name one by one."),

	VALUE(INT, login_attempts, 1, MILLION, "10", FIXED,
	      "Failed sign-ins per account and per address within login_window_ms before further ones must "
	      "wait."),
	VALUE(DURATION, login_window_ms, 100, DAY, "15m", FIXED, "How long a failed sign-in counts."),
	VALUE(DURATION, session_ttl_ms, SECOND, 90 * DAY, "12h", RELOADABLE,
	      "Life of a token from auth.login."),
	VALUE(DURATION, view_as_ttl_ms, SECOND, HOUR, "30m", RELOADABLE,
	      "How long somebody may view as another person or role."),
	VALUE(DURATION, ticket_ttl_ms, 100, 10 * MINUTE, "30s", RELOADABLE, "Life of a single-use ticket."),
	VALUE(INT, password_queue, 1, 10000, "64", FIXED,
	      "Passwords that may wait to be checked; beyond it sign-ins are told to come back."),

	TEXT(public_url, "", RELOADABLE,
	     "Where people find the console, such as https://muster.example.org: links in mails begin with "
	     "it. "
	     "Empty: http:// and the value of listen, or nothing but the path if that is every address."),
	VALUE(DURATION, invite_ttl_ms, SECOND, 30 * DAY, "3d", RELOADABLE,
	      "How long the link of an invitation is good."),
	TEXT(smtp_url, "", FIXED,
	     "Mail server, as smtp://HOST:PORT or smtps://HOST:PORT. Empty: no mail is sent, links are shown "
	     "to "
	     "copy."),
	TEXT(smtp_tls, "required", FIXED,
	     "What smtp:// asks for by STARTTLS: required, opportunistic (where the server has it) or off."),
	TEXT(smtp_ca_file, "", FIXED,
	     "File of the certificates (PEM) that the mail server's has to come from. Empty: those of the "
	     "system."),
	TEXT(smtp_user, "", FIXED, "Name to sign in to the mail server with. Empty: without signing in."),
	SECRET(smtp_password,
	       "Password for the mail server. Better kept in smtp_password_file: flags are seen "
	       "by all users of the machine."),
	TEXT(smtp_password_file, "", FIXED, "File whose first line is the password for the mail server."),
	TEXT(smtp_from, "", FIXED, "Address that mails come from."),
	VALUE(DURATION, smtp_timeout_ms, 100, 10 * MINUTE, "30s", FIXED,
	      "How long one attempt to send a mail may take."),
	VALUE(DURATION, smtp_retry_ms, 10, HOUR, "10s", FIXED,
	      "Wait before a mail that could not be sent is tried again; each further wait is twice as long, "
	      "up "
	      "to an hour."),

	VALUE(DURATION, presence_tick_ms, 1, SECOND, "25ms", RELOADABLE,
	      "How long presence changes are collected before they go out together."),
	VALUE(DURATION, reload_grace_ms, 0, 10 * MINUTE, "5s", RELOADABLE,
	      "How long after its last tab was closed a person still shows as present, so that a reload goes "
	      "unseen."),
	VALUE(DURATION, linger_ms, 0, HOUR, "15s", RELOADABLE,
	      "How long after its last connection was lost a person still shows as present."),
	VALUE(DURATION, background_ms, 0, 30 * DAY, "10m", RELOADABLE,
	      "How long a phone whose app went to the background stays reachable."),

	VALUE(DURATION, resolved_keep_ms, 0, 3650 * DAY, "30d", FIXED,
	      "How long a resolved conversation is kept, to be looked at and reopened."),
	VALUE(DURATION, typing_ms, 100, MINUTE, "6s", FIXED,
	      "How long somebody shows as typing in a conversation after they last said so."),
	VALUE(INT, viewing_max, 1, 500, "50", RELOADABLE,
	      "Conversations that one session may say it views at a time. What nodes tell each other of a "
	      "session has to fit into one row of the log, so there can't be more."),

	VALUE(INT, replay_limit, 0, MILLION, "10000", RELOADABLE,
	      "Missed events that are replayed to one session; with more it takes its state anew."),
	VALUE(BYTES, replay_bytes, 0, 1024 * MIB, "4M", RELOADABLE,
	      "What these may take up when they are read from the log; with more the session takes its state "
	      "anew, too. Keep it well below send_burst_bytes."),
	VALUE(INT, recent_events, 0, MILLION, "4096", FIXED,
	      "Latest events kept in memory per workspace for replay."),
	VALUE(BYTES, recent_bytes, 0, 16384 * MIB, "16M", RELOADABLE,
	      "What these may take up, per workspace; what is older is replayed from the log."),
	VALUE(INT, snapshot_every, 1, 10 * MILLION, "10000", RELOADABLE,
	      "Events between two snapshots of a workspace; more where they are large, so that making them "
	      "stays cheap."),
	VALUE(INT, batch_events, 1, 100000, "1000", FIXED, "Events written in one transaction at most."),

	VALUE(DURATION, drain_ms, 0, 10 * MINUTE, "10s", RELOADABLE,
	      "How long a stopping hub waits for its clients to leave."),
	VALUE(DURATION, drain_spread_ms, 0, 10 * MINUTE, "5s", RELOADABLE,
	      "Time over which the clients of a stopping hub are told to come back. At most drain_ms."),
};

const struct mu_option *mu_config_option(unsigned i)
{
	return i < MU_COUNT(options) ? &options[i] : NULL;
}

static bool same_name(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		if (*a != *b && !(*a == '_' && *b == '-'))
			return false;
	}
	return *a == *b;
}

const struct mu_option *mu_config_find(const char *name)
{
	for (size_t i = 0; i < MU_COUNT(options); i++) {
		if (same_name(options[i].name, name))
			return &options[i];
	}
	return NULL;
}
