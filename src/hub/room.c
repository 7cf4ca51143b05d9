/* Rooms: a workspace is read from the log when somebody first asks for it, and read anew when what is in
 * memory can't be trusted.
 * Invariant: a room that is READY holds exactly what the log says up to durable_seq,
 * plus the batches that are under way.
 * Thread: hub. */
#include "room.h"

#include "cluster.h"
#include "commit.h"
#include "dashboard.h"
#include "dispatch.h"
#include "follow.h"
#include "idempotency.h"
#include "invite.h"
#include "presence.h"
#include "queues.h"
#include "reading.h"
#include "replay.h"
#include "request.h"
#include "session.h"
#include "share.h"
#include "state.h"
#include "ticket.h"
#include "topics.h"
#include "turn.h"
#include "view.h"
#include "viewers.h"
#include "viewing.h"
#include "muster/auth/token.h"
#include "muster/base/log.h"

#include <string.h>

#define RETRY_MS 500
#define PAUSE_MOST_MS 500

static void on_presence_timer(struct mu_timer *timer, int64_t now_ms)
{
	hub_dirty(MU_CONTAINER_OF(timer, struct room, presence_timer));
}

static void on_dashboard_timer(struct mu_timer *timer, int64_t now_ms)
{
	hub_dirty(MU_CONTAINER_OF(timer, struct room, dashboard_timer));
}

static bool submit(struct room *room, enum mu_job_kind kind)
{
	struct mu_job *job = mu_job_create(kind, room->id);

	if (!job)
		return false;
	job->owner = room;
	job->after_seq = room->durable_seq;
	job->limit = room->hub->config->replay_limit;
	if (kind == MU_JOB_LOAD)
		state_load(job, room->hub->config->resolved_keep_ms);
	hub_submit(room->hub, job);
	return true;
}

/* Business hours open or close; or a store that didn't answer is asked again. */
static void on_schedule_timer(struct mu_timer *timer, int64_t now_ms)
{
	struct room *room = MU_CONTAINER_OF(timer, struct room, schedule_timer);

	if (room->state == ROOM_READY)
		presence_settings(room);
	else if (!submit(room, MU_JOB_LOAD))
		mu_timer_set(&room->hub->wheel, timer, now_ms + RETRY_MS);
}

struct room *room_find(struct mu_hub *hub, const char *id)
{
	struct room *room = NULL;

	HASH_FIND_STR(hub->rooms, id, room);
	return room;
}

static struct room *room_create(struct mu_hub *hub, const char *id)
{
	struct room *room = calloc(1, sizeof(*room));

	if (!room)
		return NULL;
	room->hub = hub;
	room->id = strdup(id);
	mu_timer_init(&room->presence_timer, on_presence_timer);
	mu_timer_init(&room->dashboard_timer, on_dashboard_timer);
	mu_timer_init(&room->schedule_timer, on_schedule_timer);
	mu_timer_init(&room->viewing_timer, viewing_due);
	mu_timer_init(&room->invite_timer, invite_due);
	mu_timer_init(&room->routing_timer, dispatch_due);
	mu_timer_init(&room->queues_timer, queues_due);
	mu_timer_init(&room->viewers_timer, viewers_due);
	mu_timer_init(&room->claim_timer, ticket_due);
	pen_init(room);
	if (room->id && !share_start(room))
		HASH_ADD_KEYPTR(hh, hub->rooms, room->id, strlen(room->id), room);
	if (room->hh.tbl)
		return room;
	room_destroy(room);
	return NULL;
}

struct room *room_get(struct mu_hub *hub, const char *id, bool create)
{
	struct room *room = room_find(hub, id);

	if (room)
		return room;
	room = room_create(hub, id);
	/* What others say while the log is read is heard already. */
	if (room && (cluster_join(room) || !submit(room, create ? MU_JOB_CREATE : MU_JOB_LOAD))) {
		HASH_DEL(hub->rooms, room);
		room_destroy(room);
		room = NULL;
	}
	return room;
}

void room_wait(struct room *room, struct request *request)
{
	request->next = NULL;
	if (room->last_waiting)
		room->last_waiting->next = request;
	else
		room->waiting = request;
	room->last_waiting = request;
}

static void mark_gone(struct request *request, const struct mu_conn *conn)
{
	for (; request; request = request->next) {
		const struct mu_conn *own = &request->up->conn;
		if (own->edge == conn->edge && own->slot == conn->slot && own->generation == conn->generation)
			request->gone = true;
	}
}

void room_forget_waiting(struct mu_hub *hub, struct mu_conn conn)
{
	for (struct room *room = hub->rooms; room; room = room->hh.next) {
		mark_gone(room->waiting, &conn);
		mark_gone(room->claims, &conn);
		mark_gone(room->pending ? room->pending->requests : NULL, &conn);
		mark_gone(room->inflight ? room->inflight->requests : NULL, &conn);
	}
}

/* Run what waited; each may make the room wait again. */
void room_wake(struct room *room)
{
	struct request *request = room->waiting;

	room->waiting = room->last_waiting = NULL;
	while (request) {
		struct request *next = request->next;
		request->next = NULL;
		request_run(request);
		request = next;
	}
}

void room_turn_away(struct room *room)
{
	struct request *waiting = room->waiting;

	room->waiting = room->last_waiting = NULL;
	for (struct request *request = waiting; request; request = request->next)
		request->close_code = MU_CLOSE_LEASE_LOST;
	request_fail_all(waiting, MU_UNAVAILABLE);
}

/* ---- reading ---- */

static bool maker_waits(const struct room *room)
{
	for (const struct request *request = room->waiting; request; request = request->next)
		if (request->call.command->flags & MU_COMMAND_CREATES)
			return true;
	return false;
}

/* What is wrong with the log is the operator's to know; others can but wait until it is put right. */
static enum mu_err unread(struct request *request, enum mu_err err, const struct mu_fault *why)
{
	if (err != MU_NO_MEMORY)
		err = MU_UNAVAILABLE;
	return request->up->request.transport == MU_TRANSPORT_CONTROL && why
		       ? mu_fail(&request->fault, err, "The workspace can't be read: %s", mu_fault_text(why))
		       : mu_fail(&request->fault, err, NULL);
}

/* The workspace isn't there or can't be read: everybody who waits hears so, and the next who asks tries
 * again. */
static void room_refuse(struct room *room, enum mu_err err, const struct mu_fault *why)
{
	struct mu_hub *hub = room->hub;
	struct request *request = room->waiting;

	room->waiting = room->last_waiting = NULL;
	room_send_keys(hub, room->id, -1, err);
	while (request) {
		struct request *next = request->next;
		request->room = NULL;
		if (err == MU_NOT_FOUND)
			request_run(request);
		else
			request_answer(request, unread(request, err, why), NULL);
		request = next;
	}
	if (room->n_sessions || room->n_working) {
		/* Sessions stay: they were promised their events. Ask again until the store answers. */
		mu_timer_set(&hub->wheel, &room->schedule_timer, hub->now.mono_ms + RETRY_MS);
		return;
	}
	HASH_DEL(hub->rooms, room);
	room_destroy(room);
}

void room_loaded(struct mu_hub *hub, struct mu_job *job)
{
	struct room *room = job->owner;
	struct mu_workspace *ws = state_take(job);
	enum mu_err err = job->err;

	if (!err && !ws->created_at_ms && !maker_waits(room))
		err = MU_NOT_FOUND;                     /* its making was cut short */
	if (err == MU_NOT_FOUND && maker_waits(room)) { /* others asked first, so it was only looked for */
		if (submit(room, MU_JOB_CREATE)) {
			mu_job_destroy(job);
			return;
		}
		err = MU_NO_MEMORY;
	}
	if (err) {
		if (err != MU_NOT_FOUND && err != room->unread)
			mu_log(MU_LOG_ERROR, "hub", "a workspace can't be read", MU_KS("workspace", room->id),
			       MU_KS("error", mu_err_info(err)->kind),
			       MU_KS("why", mu_fault_text(&job->fault)));
		room->unread = err;
		mu_metrics_add(hub->metrics, MU_METRIC_UNREAD_TOTAL, err != MU_NOT_FOUND);
		mu_workspace_destroy(ws);
		room_refuse(room, err, &job->fault);
		mu_job_destroy(job);
		return;
	}
	const bool whole = follow_reaches(room, job);
	mu_workspace_destroy(room->ws);
	room->ws = ws;
	room->epoch = job->head.epoch;
	room->first_seq = job->head.first_seq;
	room->snapshot_seq = job->snapshot_seq;
	room->snapshot_bytes = job->snapshot ? strlen(job->snapshot) : 0;
	room->state = ROOM_READY;
	room->unread = MU_OK;
	mu_metrics_set(hub->metrics, MU_METRIC_WORKSPACES, HASH_COUNT(hub->rooms));
	if (presence_start(room)) {
		mu_job_destroy(job);
		room_reset(room, MU_UNAVAILABLE);
		return;
	}
	invite_watch(room);
	room_send_keys(hub, room->id, -1, MU_OK);
	viewing_settle(room);
	follow_catch_up(room, job, whole);
	mu_job_destroy(job);
	follow_look(room, 0); /* what was heard of meanwhile */
	pen_loaded(room);
	room_wake(room);
	queues_loaded(room);
	dispatch_wake(room);
}

void room_created(struct mu_hub *hub, struct mu_job *job)
{
	struct room *room = job->owner;
	enum mu_err err = job->err;

	mu_job_destroy(job);
	/* A log that is there already may be one whose making was cut short: look what is in it. */
	if ((err == MU_OK || err == MU_CONFLICT) && submit(room, MU_JOB_LOAD))
		return;
	room_refuse(room, err ? err : MU_NO_MEMORY, NULL);
	if (err == MU_FENCED)
		cluster_given_up(hub);
}

/* Whoever comes too late reads at once, but who does so again and again lets the others be for a moment; as
 * does who has no memory. */
static int64_t pause_ms(const struct room *room, enum mu_err err)
{
	const unsigned n = room->races_lost;
	const uint32_t most = n < 6 ? 10U << n : PAUSE_MOST_MS;

	if (err == MU_NO_MEMORY)
		return RETRY_MS;
	return err == MU_CONFLICT && n > 1 ? (int64_t)mu_random_below(most) : 0;
}

void room_reset(struct room *room, enum mu_err err)
{
	struct batch *pending = room->pending;
	int64_t wait_ms = pause_ms(room, err);

	if (room->state == ROOM_LOADING)
		return;
	mu_log(MU_LOG_WARN, "hub", "reading a workspace anew", MU_KS("workspace", room->id),
	       MU_KS("error", mu_err_info(err)->kind));
	room->state = ROOM_LOADING;
	room->pending = NULL; /* what is in flight ends in commit_done, before the state is there that was
				 read after it */
	if (err == MU_UNAVAILABLE)
		dispatch_pause(room);
	mu_timer_cancel(&room->hub->wheel, &room->schedule_timer); /* it would ask for a second reading */
	share_unlogged(room);
	batch_destroy(pending, err);
	if (!wait_ms && !submit(room, MU_JOB_LOAD))
		wait_ms = RETRY_MS;
	if (wait_ms)
		mu_timer_set(&room->hub->wheel, &room->schedule_timer, room->hub->now.mono_ms + wait_ms);
}

/* ---- keys ---- */

static struct mu_keyring *make_keyring(const struct mu_workspace *ws)
{
	struct mu_keyring *keyring = mu_keyring_create(ws->id);

	for (const struct mu_key *key = ws->keys; keyring && key; key = key->hh.next) {
		uint8_t material[MU_HS256_MAX_BYTES];
		const char *text = key->alg == MU_ALG_EDDSA ? key->public_key : key->secret;
		size_t bytes = 0;
		if (!text || !mu_base64url_decode(text, material, sizeof(material), &bytes) ||
		    mu_keyring_add(keyring, key->id, (enum mu_alg)key->alg, material, bytes))
			mu_log(MU_LOG_WARN, "hub", "a key is left out: it is damaged",
			       MU_KS("workspace", ws->id), MU_KS("kid", key->id));
	}
	return keyring;
}

void room_send_keys(struct mu_hub *hub, const char *workspace, int edge, enum mu_err why)
{
	struct room *room = *workspace ? room_find(hub, workspace) : NULL;
	struct mu_keyring *keyring;

	if (edge >= 0 && *workspace && (!room || room->state == ROOM_LOADING)) {
		room_get(hub, workspace, false); /* every edge is told once it is loaded, or refused */
		return;
	}
	keyring = room && room->state == ROOM_READY ? make_keyring(room->ws) : NULL;
	for (size_t i = 0; i < hub->n_edges; i++) {
		struct mu_down *down = edge < 0 || (size_t)edge == i ? mu_down_create(MU_DOWN_KEYS) : NULL;
		char *name = down ? strdup(workspace) : NULL;
		if (!name) {
			mu_down_destroy(down);
			continue;
		}
		down->keys.workspace = name;
		down->keys.keyring = keyring ? mu_keyring_ref(keyring) : NULL;
		down->keys.why = why;
		hub_send(hub, (unsigned)i, down);
	}
	mu_keyring_unref(keyring);
}

/* ---- the end ---- */

static void free_session(struct session *session, void *arg)
{
	session_free(session);
}

static void free_member(struct mu_person *person)
{
	member_free(person->owner);
	person->owner = NULL;
}

void room_destroy(struct room *room)
{
	struct view *view, *next_view;
	struct group *group, *next_group;

	if (!room)
		return;
	if (room->id)
		cluster_leave(room);
	request_fail_all(room->waiting, MU_UNAVAILABLE);
	request_fail_all(room->claims, MU_UNAVAILABLE);
	mu_timer_cancel(&room->hub->wheel, &room->claim_timer);
	batch_destroy(room->inflight, MU_UNAVAILABLE);
	batch_destroy(room->pending, MU_UNAVAILABLE);
	reading_forget(room);
	idempotency_finish(room);
	dashboard_drop(room);
	session_each(room, free_session, NULL);
	mu_timer_cancel(&room->hub->wheel, &room->presence_timer);
	mu_timer_cancel(&room->hub->wheel, &room->schedule_timer);
	mu_timer_cancel(&room->hub->wheel, &room->viewing_timer);
	mu_timer_cancel(&room->hub->wheel, &room->invite_timer);
	mu_timer_cancel(&room->hub->wheel, &room->routing_timer);
	mu_timer_cancel(&room->hub->wheel, &room->queues_timer);
	share_finish(room);
	viewers_finish(room);
	pen_finish(room);
	for (struct mu_person *person = room->presence ? mu_presence_first(room->presence) : NULL; person;
	     person = person->hh.next)
		free_member(person);
	mu_presence_destroy(room->presence);
	HASH_ITER (hh, room->views, view, next_view)
		view_drop(room, view);
	HASH_ITER (hh, room->groups, group, next_group)
		group_drop(room, group); /* and with the last one of each, the topics */
	recent_clear(room, room->durable_seq);
	free(room->recent);
	hub_clean(room);
	mu_workspace_destroy(room->ws);
	free(room->id);
	free(room);
}
