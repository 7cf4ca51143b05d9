/* Rooms: workspaces in memory.
 * Thread: hub. */
#ifndef MUSTER_HUB_ROOM_H
#define MUSTER_HUB_ROOM_H

#include "pen.h"
#include "muster/base/wheel.h"
#include "muster/model/presence.h"
#include "muster/model/workspace.h"
#include "muster/store/worker.h"
#include "muster/wire/port.h"

struct batch;
struct dashboard;
struct group;
struct mu_hub;
struct named_write;
struct recent;
struct request;
struct session;
struct share;
struct look;
struct member;
struct topic;
struct view;
struct waiting;
struct watched;

enum room_state { ROOM_LOADING, ROOM_READY };

struct room {
	UT_hash_handle hh;
	char *id;
	struct mu_hub *hub;
	enum room_state state;
	enum mu_err unread; /* why it couldn't be read the last time, if that failed */
	struct mu_workspace *ws;
	int64_t epoch, first_seq;
	unsigned races_lost;    /* before the last one, by those who lost it */
	int64_t durable_seq;    /* what followers may know of; ws->seq is ahead while a batch is under way */
	struct request *claims; /* whose tickets other nodes may have, by claim_due_ms; see ticket.c */
	struct mu_timer claim_timer;
	struct request *waiting, *last_waiting; /* until it is loaded, or the pen is here */
	struct pen pen;
	int64_t heard_seq; /* of another node */
	bool following;    /* the log is being read for it */
	struct batch *pending, *inflight;
	struct recent *recent; /* ring of up to config->recent_events, by seq; grows with use */
	size_t recent_cap;
	int64_t recent_from;                   /* oldest sequence in the ring */
	int64_t recent_bytes;                  /* of all that is in it */
	struct waiting *waiters, *last_waiter; /* sessions that wait to go on, in order; see reading.c */
	struct room *prev_reading, *next_reading;
	int64_t snapshot_seq;  /* of the last snapshot that was tried */
	size_t snapshot_bytes; /* of the last one that was made, or read */
	struct topic *topics;
	struct group *groups;
	uint32_t cast; /* number of the last cast */
	struct mu_presence *presence;
	struct share *share;    /* NULL: there are no other nodes */
	struct member *unnoted; /* people whose status the log is to have yet; see presence_note.c */
	struct view *views;
	int64_t version; /* of presence */
	int64_t flushed_mono_ms;
	struct mu_timer presence_timer, schedule_timer, viewing_timer, invite_timer, routing_timer,
		queues_timer;
	bool routing;             /* conversations may be given out now, or more is due */
	int64_t own_from_mono_ms; /* the hub's own events not before this: the store took none */
	bool queues_news;         /* some have changed since they were told */
	int64_t queues_told_mono_ms;
	struct dashboard *dashboard; /* as last told; NULL: nobody has asked since somebody may hear of it */
	struct mu_timer dashboard_timer;
	struct watched *watched, *watched_changed; /* conversations that are viewed; see viewers.c */
	struct look *typing;                       /* looks of who types, the one that ends first first */
	int64_t viewers_told_mono_ms;
	struct mu_timer viewers_timer;
	struct named_write *writes; /* by name, oldest first */
	size_t writes_bytes;        /* of their names and answers */
	struct session
		*key_sessions; /* of keys, and of who views as somebody else: of no person who is there */
	size_t n_sessions;
	size_t n_working; /* requests of the room that wait for password work or for other nodes */
	bool dirty;       /* in the hub's list for the end of this turn */
	struct room *next_dirty;
};

struct room *room_find(struct mu_hub *hub, const char *id);
/* Find or begin to load; NULL when memory is out. `create`: make its log first. */
struct room *room_get(struct mu_hub *hub, const char *id, bool create);
/* Let a request wait until the room is loaded, or its pen is here; run all that wait. */
void room_wait(struct room *room, struct request *request);
void room_wake(struct room *room);
/* All that wait hear that they are to try again, elsewhere. */
void room_turn_away(struct room *room);
/* A connection is gone: what it asked for and still waits must not open a session any more. */
void room_forget_waiting(struct mu_hub *hub, struct mu_conn conn);
void room_loaded(struct mu_hub *hub, struct mu_job *job);
void room_created(struct mu_hub *hub, struct mu_job *job);
/* The state in memory is not to be trusted any more: answer what waits with `err` and read it anew. */
void room_reset(struct room *room, enum mu_err err);
void room_destroy(struct room *room);
/* Send the room's keyring to one edge, or to all (edge < 0); if there is none, `why`. */
void room_send_keys(struct mu_hub *hub, const char *workspace, int edge, enum mu_err why);

#endif
