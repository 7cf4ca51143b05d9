/* Sessions on all nodes: each node tells the others of its own and mirrors theirs; see share.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_SHARE_H
#define MUSTER_HUB_SHARE_H

#include "muster/base/field.h"
#include "muster/base/wheel.h"
#include "muster/model/presence.h"

struct mu_hub;
struct mu_said;
struct room;
struct session;

/* A conversation that a session views. */
struct share_look {
	char *conversation;
	bool typing;
};

/* A session as other nodes know it. Texts are borrowed. */
struct share_session {
	int64_t key; /* on its node, as long as the node runs; never used again */
	char *user, *session, *device, *name, *address, *token;
	int kind, activity;
	int64_t opened, expires;  /* wall */
	int64_t for_ms, quiet_ms; /* as struct mu_elsewhere */
	int64_t came, seen;       /* wall */
	struct mu_records looks;  /* struct share_look; only for who is to learn all of it */
};

/* A session of another node. */
struct remote;

/* A session takes part in presence from now on, here and on the other nodes. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err share_enter(struct session *session);
/* It is as active as it says now; it is as `session` has it now, but for presence. */
void share_stir(struct session *session);
void share_renew(struct session *session);
/* It views a conversation, or does no more, and types in it. */
void share_look(struct session *session, const char *conversation, bool on, bool typing);
/* It takes part no more. Accepts one that doesn't. */
void share_exit(struct session *session, enum mu_leave leave);

/* What is known of a session of this node. Borrowed. */
void share_describe(const struct session *session, struct share_session *ret_info);
/* The sessions of a person on other nodes, for (r = first; r; r = next). */
const struct remote *share_first(const struct mu_person *person);
const struct remote *share_next(const struct remote *remote);
const struct share_session *share_info(const struct remote *remote);

/* The room begins, ends. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err share_start(struct room *room);
void share_finish(struct room *room);
/* People came into presence: with their sessions on other nodes. One person goes. */
void share_people(struct room *room);
void share_person_gone(struct mu_person *person);
/* The end of a turn: tell the others what changed. */
void share_flush(struct room *room);

/* The others hear us and we them from now on, or no more. */
void share_reach(struct room *room, bool reaches);
/* A node is gone: its sessions leave, NOW (but for phones in the background, which are as reachable as
 * before) or LOST. */
void share_drop_node(struct mu_hub *hub, const char *node, enum mu_leave how);

/* A row of the log is durable that says what a node's sessions are; see share_log.c. */
void share_logged(struct room *room, const struct mu_said *said);
/* What isn't durable yet may never be. */
void share_unlogged(struct room *room);

/* Words of other nodes; see cluster.h. */
void share_hear_here(struct room *room, const char *node, const char *json, size_t bytes);
void share_hear_ask(struct room *room, const char *node, const char *json, size_t bytes);
void share_hear_all(struct room *room, const char *node, const char *json, size_t bytes);

#endif
