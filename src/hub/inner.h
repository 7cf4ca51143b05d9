/* What the files of the hub share. Data first: a hub has rooms (workspaces in memory), a room has sessions, presence views, a log position and at most one
 * batch of events on its way to the store.
 * Thread: everything here belongs to the hub thread. */
#ifndef MUSTER_HUB_INNER_H
#define MUSTER_HUB_INNER_H

#include "muster/api/api.h"
#include "muster/auth/throttle.h"
#include "muster/auth/token.h"
#include "muster/base/log.h"
#include "muster/base/wheel.h"
#include "muster/hub/hub.h"
#include "muster/store/worker.h"
#include "muster/wire/codec.h"
#include "muster/wire/rpc.h"

#include <string.h>
#include <uv.h>

struct room;
struct session;

/* ---- topics: names of a room that live sessions hold, as numbers for the edges ---- */

/* A name that somebody holds. A person's own topic and those of presence views are joined by sessions themselves; all others are reached through the groups that
 * hold them. */
struct topic {
	UT_hash_handle hh;
	uint32_t id;
	uint32_t refs;
	struct group **groups;
	size_t n_groups;
	char name[];
};

/* Sessions that hold the same topics, but for their own person's: agents of one team, say. A session joins one group instead of its forty topics. */
struct group {
	UT_hash_handle hh;
	char *key;                  /* the names, one a line */
	uint32_t id;
	uint32_t cast;              /* the last cast that it was counted into */
	size_t sessions;
	struct topic **topics;
	size_t n;
};

/* ---- requests ---- */

struct request {
	struct request *next;
	struct mu_hub *hub;
	struct room *room;          /* NULL: the workspace doesn't exist, or none was named */
	struct mu_up *up;
	struct mu_arena arena;
	struct mu_fault fault;
	struct mu_buf result;
	struct mu_call call;
	bool worked;                /* the password work is done */
	int close_code;             /* for a session.open that fails; 0: by the error */
	uv_work_t work;
};

/* A request of mu_hub_call or the control socket: no edge is behind it. */
struct control_up {
	struct mu_up up;
	void (*done)(void *arg, const struct mu_fault *fault, const char *body);
	void *arg;
};

/* ---- commits ---- */

/* One event on its way: kept until it is durable, then told. */
struct fact {
	struct fact *next;
	struct mu_event *event;
	struct mu_frame *frame;     /* NULL: nobody is told */
	const char *audience;       /* topics, one a line */
};

/* Events of one room that are committed together, with the requests that wait for it. */
struct batch {
	struct mu_job *job;         /* rows live in its arena */
	struct mu_row *rows;
	size_t n, cap;
	struct fact *facts, *last_fact;
	struct request *requests, *last_request;
};

/* A committed event, kept encoded for those who come back soon. */
struct recent {
	int64_t seq;
	struct mu_frame *frame;     /* NULL: log only */
	char *audience;
};

/* ---- presence ---- */

enum view_kind { VIEW_ALL, VIEW_TEAMS, VIEW_USERS };

/* What a watch comes down to: the people that some sessions may and want to see. Sessions with the same scope share one view, its frames and its snapshot. */
struct view {
	UT_hash_handle hh;
	char *key;                  /* canonical text of kind, counts and names */
	enum view_kind kind;
	bool counts;                /* numbers only */
	struct mu_strs names;       /* teams or users */
	struct topic *topic;
	size_t sessions;
	int64_t version;            /* of the last difference that was sent */
	struct mu_strs down;        /* no longer seen, to be told with the next difference */
	char *snapshot;             /* encoded people as of `version`; NULL: to be made */
};

/* A person of the presence engine, as the hub looks after them (mu_person.owner). */
struct member {
	struct session *sessions;
	char *json;                 /* PRESENCE as last sent; NULL: to be made */
};

/* ---- sessions ---- */

struct session {
	UT_hash_handle hh;          /* in the hub, by conn */
	struct session *next, *prev; /* in the member's or the room's key list */
	struct mu_conn conn;
	struct room *room;
	uint64_t key;               /* the session's number in presence */
	char id[MU_ID_TEXT];
	enum mu_identity_kind kind; /* USER or KEY */
	struct mu_person *person;   /* USER */
	char *subject;              /* the user or the key */
	char *token_id;
	int64_t issued_at_ms, expires_at_ms;
	struct mu_timer expiry;
	int64_t opened_at_ms;       /* wall */
	char *address;
	char *device_id;
	char *device_name;          /* or NULL */
	enum mu_device_kind device_kind;
	enum mu_activity activity;
	bool live;                  /* receives events; false while it is catching up */
	struct group *group;        /* NULL until it is live */
	struct topic *self;         /* its person's own topic; NULL for keys */
	json_t *scope;              /* what it asked to watch; NULL: all that it may see */
	struct view *view;          /* NULL: watches nobody */
	struct request *opening;    /* session.open that waits for the log */
	int64_t resume_seq;         /* the last sequence the client has seen */
};

/* ---- rooms ---- */

enum room_state { ROOM_LOADING, ROOM_READY };

struct room {
	UT_hash_handle hh;
	char *id;
	struct mu_hub *hub;
	enum room_state state;
	struct mu_workspace *ws;
	int64_t epoch, first_seq;
	int64_t durable_seq;        /* what followers may know of; ws->seq is ahead while a batch is under way */
	struct request *waiting, *last_waiting; /* until it is loaded */
	struct batch *pending, *inflight;
	struct recent *recent;      /* ring of config->recent_events, by seq */
	size_t recent_cap;
	int64_t recent_from;        /* oldest sequence in the ring */
	int64_t snapshot_seq;
	bool snapshotting;
	struct topic *topics;
	struct group *groups;
	uint32_t cast;              /* number of the last cast */
	struct mu_presence *presence;
	struct view *views;
	int64_t version;            /* of presence */
	int64_t flushed_mono_ms;
	struct mu_timer presence_timer, schedule_timer;
	struct session *key_sessions;
	size_t n_sessions;
	bool dirty;                 /* in the hub's list for the end of this turn */
	struct room *next_dirty;
};

struct mu_ticket;

struct outlet { /* towards one edge */
	void (*post)(void *edge, struct mu_down *first, struct mu_down *last, size_t n);
	void *edge;
	struct mu_down *first, *last;
	size_t n;
};

#define HUB_EDGES_MAX 256

struct mu_hub {
	const struct mu_config *config;
	struct mu_metrics *metrics;
	const struct mu_clock *clock;
	struct mu_worker *worker;
	uv_loop_t loop;
	uv_async_t wake;
	uv_timer_t timer;
	uv_pipe_t control;
	bool controlled;
	uv_thread_t thread;
	bool started;
	struct mu_queue inbox;      /* struct mu_up */
	struct mu_queue jobs;       /* struct mu_job, done */
	struct outlet outlets[HUB_EDGES_MAX];
	size_t n_edges;
	struct mu_wheel wheel;
	struct mu_now now;          /* of this turn */
	struct room *rooms, *dirty;
	struct session *sessions;
	struct mu_ticket *tickets;
	struct mu_throttle *throttle;
	uint32_t next_topic;
	uint64_t next_session;
	char boot[MU_ID_TEXT];      /* makes versions of presence differ between runs */
	size_t hashing;             /* password work under way */
	size_t jobs_out;            /* store jobs under way */
	_Atomic(const struct mu_config *) next_config; /* to be taken at the next turn, or NULL */
	atomic_bool ready, draining, stopping;
	bool store_down;
};

/* hub.c: the turn */
void hub_turn_end(struct mu_hub *hub);
void hub_send(struct mu_hub *hub, unsigned edge, struct mu_down *down);
void hub_submit(struct mu_hub *hub, struct mu_job *job);
void hub_dirty(struct room *room);

/* room.c */
struct room *room_find(struct mu_hub *hub, const char *id);
/* Find or begin to load; NULL when memory is out. `create`: make its log first. */
struct room *room_get(struct mu_hub *hub, const char *id, bool create);
void room_wait(struct room *room, struct request *request);
void room_loaded(struct mu_hub *hub, struct mu_job *job);
void room_created(struct mu_hub *hub, struct mu_job *job);
/* The state in memory is not to be trusted any more: answer what waits with `err` and read it anew. */
void room_reset(struct room *room, enum mu_err err);
void room_destroy(struct room *room);
void room_snapshot(struct room *room);
void room_snapshot_done(struct mu_hub *hub, struct mu_job *job);
/* Send the room's keyring to one edge, or to all (edge < 0). */
void room_send_keys(struct mu_hub *hub, const char *workspace, int edge);

/* request.c */
void request_begin(struct mu_hub *hub, struct mu_up *up);
void request_run(struct request *request);
/* Answer with the request's fault or the body, and free it. */
void request_answer(struct request *request, enum mu_err err, const char *body);
void request_fail_all(struct request *first, enum mu_err err);

/* actor.c */
enum mu_err actor_resolve(struct request *request);

/* commit.c */
/* Apply the events of a call and queue them; the request (may be NULL) is answered when they are durable. On error the room was reset. */
enum mu_err commit_add(struct room *room, struct mu_event *events, struct request *request);
/* Let an answer wait for what is under way in the room; false: nothing is. */
bool commit_wait(struct request *request);
/* An event of the hub's own. */
void commit_system(struct room *room, const struct mu_event_type *type, const void *data);
void commit_submit(struct room *room);
void commit_done(struct mu_hub *hub, struct mu_job *job);
void batch_destroy(struct batch *batch, enum mu_err err);
enum mu_err event_frame(const struct room *room, const struct mu_event *event, const char *data, struct mu_frame **ret_frame);

/* effect.c */
void effect_run(struct room *room, const struct mu_event *event);

/* topics.c */
void group_drop(struct room *room, struct group *group);
struct topic *topic_ref(struct room *room, const char *name);
void topic_unref(struct room *room, struct topic *topic);
/* The session holds exactly these topics from now on. */
void topics_replace(struct session *session, const struct mu_strs *names);
void topics_leave(struct session *session);
/* Have the edge join and leave a number for a session; 0: none. */
void topics_send(struct session *session, uint32_t join, uint32_t leave);
void topics_cast(struct room *room, struct mu_frame *frame, enum mu_class class, const char *audience);
void topic_cast(struct room *room, struct mu_frame *frame, enum mu_class class, const struct topic *topic);

/* session.c */
struct session *session_find(struct mu_hub *hub, struct mu_conn conn);
void session_closed(struct mu_hub *hub, const struct mu_up *up);
/* Whom the session speaks for, as the workspace is now; NULL when it isn't of that kind or they are gone. */
const struct mu_user *session_user(const struct session *session);
const struct mu_key *session_key(const struct session *session);
/* The session goes by this identity from now on, and ends when it does. False when memory is out: it then goes by the old one. */
bool session_identify(struct session *session, const struct mu_identity *identity);
/* End a session from our side with a close code of MU_CLOSES. */
void session_end(struct session *session, int code, enum mu_leave leave);
/* All topics that it may hear now; none for somebody who was deactivated. Errors: MU_NOT_FOUND (gone), MU_NO_MEMORY. */
enum mu_err session_topics(const struct session *session, struct mu_arena *arena, struct mu_strs *ret_names);
/* Rights may have changed: topics and view follow. */
void session_rights(struct session *session);
struct session *session_first(struct room *room, const char *user);
/* Call `each` for every session of the room; each may end the one it is given. */
void session_each(struct room *room, void (*each)(struct session *session, void *arg), void *arg);
void session_free(struct session *session);

/* resume.c */
enum mu_err host_open(struct mu_call *call);
void resume_read(struct mu_hub *hub, struct mu_job *job);
void resume_go(struct session *session);

/* presence.c */
enum mu_err presence_start(struct room *room);
void presence_sync_user(struct room *room, const char *user);
void presence_settings(struct room *room);
void presence_flush(struct room *room);
const char *presence_json(struct room *room, struct mu_person *person);
/* PRESENCE as others see it, or as oneself does. */
void presence_write(struct room *room, const struct mu_person *person, bool own, struct mu_buf *out);

/* view.c */
/* Follow a scope from now on. Errors: MU_NOT_FOUND, MU_INVALID_PARAMS, MU_NO_MEMORY; it then follows what it did. */
enum mu_err view_join(struct session *session, json_t *scope, struct mu_fault *fault);
/* Write what an actor sees of a scope, once. */
enum mu_err view_peek(struct room *room, const struct mu_actor *actor, const json_t *scope, struct mu_buf *out, struct mu_fault *fault);
void view_leave(struct session *session);
bool view_sees(const struct room *room, const struct view *view, const struct mu_person *person);
void view_diff(struct room *room, struct view *view, struct mu_person *const *changed, size_t n);
/* "version":…,"users":[…] or "counts"; a NULL view is that of who watches nobody. */
void view_write(struct room *room, struct view *view, struct mu_buf *out);
void view_gone(struct room *room, const char *user);
void view_left_team(struct room *room, const char *user, const char *team);
void view_gap(struct session *session);
void view_drop(struct room *room, struct view *view);

/* host.c: the rest of struct mu_host */
extern const struct mu_host hub_host;
struct request *call_request(const struct mu_call *call);

/* ticket.c */
enum mu_err ticket_make(struct mu_hub *hub, const char *workspace, const struct mu_identity *identity, char **ret_text, int64_t *ret_expires_at_ms);
/* Take a ticket: it works once. False: unknown, used or expired. */
bool ticket_take(struct mu_hub *hub, const struct mu_identity *ticket, struct mu_identity *ret_identity);
void tickets_destroy(struct mu_hub *hub);

/* control.c */
void control_close(struct mu_hub *hub);

#endif
