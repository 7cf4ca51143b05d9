/* Sessions: who is connected, as the hub knows them.
 * Thread: hub. */
#ifndef MUSTER_HUB_SESSION_H
#define MUSTER_HUB_SESSION_H

#include "topics.h"
#include "viewers.h"
#include "muster/auth/identity.h"
#include "muster/base/wheel.h"
#include "muster/model/presence.h"
#include "muster/model/workspace.h"
#include "muster/wire/port.h"

struct group;
struct look;
struct mu_hub;
struct request;
struct room;
struct view;

struct session {
	struct session *next, *prev; /* in the member's or the room's key list */
	struct mu_conn conn;
	struct room *room;
	uint64_t key; /* its number in presence, if it is shared; see share.h */
	char id[MU_ID_TEXT];
	struct mu_person *person; /* USER */
	char *subject;            /* the user or the key; heads the memory of the next three */
	char *token_id;
	char *kid;    /* the key that signed the token; empty: none did */
	char *viewer; /* VIEW: who looks */
	int64_t issued_at_ms, expires_at_ms;
	struct mu_timer expiry;
	int64_t opened_at_ms; /* wall */
	char *address;        /* heads the memory of the next two */
	char *device_id;
	char *device_name;          /* or NULL */
	enum mu_identity_kind kind; /* USER or KEY */
	enum mu_device_kind device_kind;
	enum mu_activity activity;
	unsigned reads;      /* of the log, to catch up */
	bool by_password;    /* USER: signed in here with a password */
	bool shared;         /* it takes part in presence */
	bool must_enroll;    /* its person must enrol a second factor first, and isn't there until then */
	bool live;           /* receives events; false while it is catching up */
	struct group *group; /* NULL until it is live */
	struct topic *own[OWN_TOPICS]; /* its person's own topics; NULL: not held */
	struct looker looker;
	json_t *scope;           /* what it asked to watch; NULL: all that it may see */
	struct view *view;       /* NULL: watches nobody */
	struct request *opening; /* session.open that waits for the log, or for its turn */
	struct mu_down *goodbye; /* made in time: to end a session takes no memory; NULL: it was said */
	int64_t resume_seq;      /* the last sequence the client has seen */
};

struct session *session_find(struct mu_hub *hub, struct mu_conn conn);
/* Have it found from now on, until it is freed. False when memory is out. */
bool session_register(struct session *session);
void session_closed(struct mu_hub *hub, const struct mu_up *up);
/* The session goes by this identity from now on, and ends when it does. False when memory is out: it then
 * goes by the old one. */
bool session_identify(struct session *session, const struct mu_identity *identity);
/* Have its edge end the connection at once, before anything that is sent from now on. The session itself ends
 * when the edge tells that it is gone. */
void session_cut(struct session *session, int code);
/* End a session from our side with a close code of MU_CLOSES. */
void session_end(struct session *session, int code, enum mu_leave leave);
/* End all live sessions, so that they come back for what they couldn't be told. */
void session_send_back(struct room *room);
/* Its person takes part in presence, or must enrol a second factor before that. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err session_gate(struct session *session, bool must_enroll);
/* Rights may have changed: topics and view follow. */
void session_rights(struct session *session);
struct session *session_first(struct room *room, const char *user);
/* Call `each` for every session of the room; each may end the one it is given. */
void session_each(struct room *room, void (*each)(struct session *session, void *arg), void *arg);
void session_free(struct session *session);

#endif
