/* The hub's thread and its turn: take what has arrived, act on it, then send everything that came of it in
 * one go.
 * Invariant: commits are submitted and edges are woken only at the end of a turn, so that what
 * arrives together travels together.
 * Thread: as in hub.h; the turn is the hub thread's. */
#include "audit.h"
#include "cluster.h"
#include "commit.h"
#include "control.h"
#include "dashboard.h"
#include "dispatch.h"
#include "failures.h"
#include "follow.h"
#include "history.h"
#include "pen.h"
#include "presence.h"
#include "queues.h"
#include "reading.h"
#include "request.h"
#include "resume.h"
#include "room.h"
#include "session.h"
#include "share.h"
#include "snapshot.h"
#include "ticket.h"
#include "turn.h"
#include "viewers.h"
#include "muster/base/log.h"

#include <string.h>

#define LOGIN_KEYS_MAX 100000
#define PROBE_MS 1000

void hub_dirty(struct room *room)
{
	if (room->dirty)
		return;
	room->dirty = true;
	room->next_dirty = room->hub->dirty;
	room->hub->dirty = room;
}

void hub_clean(struct room *room)
{
	struct room **link = &room->hub->dirty;

	if (!room->dirty)
		return;
	while (*link != room)
		link = &(*link)->next_dirty;
	*link = room->next_dirty;
	room->dirty = false;
}

void hub_submit(struct mu_hub *hub, struct mu_job *job)
{
	hub->jobs_out++;
	mu_worker_submit(hub->worker, job);
}

void hub_read_clock(struct mu_hub *hub)
{
	hub->now = (struct mu_now){ .mono_ms = mu_clock_mono_ms(hub->clock),
				    .wall_ms = mu_clock_wall_ms(hub->clock) };
}

static void on_timer(uv_timer_t *timer)
{
	struct mu_hub *hub = timer->data;

	hub_read_clock(hub);
	cluster_awake(hub);
	hub_turn_end(hub);
}

static void arm_timer(struct mu_hub *hub)
{
	int64_t wait_ms = mu_wheel_next_ms(&hub->wheel, hub->now.mono_ms);

	if (wait_ms < 0)
		uv_timer_stop(&hub->timer);
	else
		uv_timer_start(&hub->timer, on_timer, (uint64_t)wait_ms, 0);
}

/* Rooms that something happened in: look at presence and routing, then send their events to the store.
 * Looking may make further events, so this goes on until nothing is left. */
static void tidy_rooms(struct mu_hub *hub)
{
	while (hub->dirty) {
		struct room *room = hub->dirty;
		hub->dirty = room->next_dirty;
		room->dirty = false;
		share_flush(room);
		if (room->state != ROOM_READY)
			continue;
		presence_flush(room);
		dispatch_run(room);
		queues_flush(room);
		dashboard_flush(room);
		viewers_flush(room);
		commit_submit(room);
		pen_turn_end(room);
	}
}

void hub_turn_end(struct mu_hub *hub)
{
	mu_wheel_advance(&hub->wheel, hub->now.mono_ms);
	reading_turn(hub);
	tidy_rooms(hub);
	hub_deliver(hub);
	arm_timer(hub);
}

static void take_messages(struct mu_hub *hub)
{
	struct mu_msg *msg = mu_queue_take(&hub->inbox);

	while (msg) {
		struct mu_up *up = MU_CONTAINER_OF(msg, struct mu_up, msg);
		msg = msg->next;
		switch (up->kind) {
		case MU_UP_REQUEST:
			request_begin(hub, up);
			continue; /* the request owns it now */
		case MU_UP_CLOSED:
			session_closed(hub, up);
			break;
		case MU_UP_KEYS:
			room_send_keys(hub, up->keys.workspace, up->conn.edge, MU_NOT_FOUND);
			break;
		}
		mu_up_destroy(up);
	}
}

/* While the store is down nobody may ask anything that needs it, so the hub itself looks whether it is back.
 */
static void on_probe(struct mu_timer *timer, int64_t now_ms)
{
	struct mu_hub *hub = MU_CONTAINER_OF(timer, struct mu_hub, probe);
	struct mu_job *job = mu_job_create(MU_JOB_LIST, NULL);

	if (job)
		hub_submit(hub, job);
	else
		mu_timer_set(&hub->wheel, timer, now_ms + PROBE_MS);
}

static void probed(struct mu_hub *hub, struct mu_job *job)
{
	follow_listed(hub, job);
	if (job->err == MU_FENCED)
		cluster_given_up(hub);
	mu_job_destroy(job);
}

/* The turn that ends with this lets in who can be. */
static void on_opening(struct mu_timer *timer, int64_t now_ms)
{
	(void)timer;
	(void)now_ms;
}

/* What a job says of the store: who writes knows. Who can't read has it looked at. */
static void note_store(struct mu_hub *hub, const struct mu_job *job)
{
	bool down = job->err == MU_UNAVAILABLE;

	if (mu_job_reads(job)) {
		if (down && !mu_timer_armed(&hub->probe))
			mu_timer_set(&hub->wheel, &hub->probe, hub->now.mono_ms);
		return;
	}
	const bool news = down != atomic_exchange(&hub->store_down, down);

	if (news && down)
		mu_log(MU_LOG_ERROR, "hub", "the store is unavailable",
		       MU_KS("why", mu_fault_text(&job->fault)));
	else if (news)
		mu_log(MU_LOG_WARN, "hub", "the store is back");
	if (down && !mu_timer_armed(&hub->probe))
		mu_timer_set(&hub->wheel, &hub->probe, hub->now.mono_ms + PROBE_MS);
}

static void take_jobs(struct mu_hub *hub)
{
	static void (*const handlers[])(struct mu_hub *, struct mu_job *) = {
		[MU_JOB_APPEND] = commit_done,     [MU_JOB_CREATE] = room_created,
		[MU_JOB_LOAD] = room_loaded,       [MU_JOB_READ] = resume_read,
		[MU_JOB_FOLLOW] = follow_read,     [MU_JOB_REBUILD] = snapshot_made,
		[MU_JOB_SNAPSHOT] = snapshot_kept, [MU_JOB_LIST] = probed,
		[MU_JOB_AUDIT] = audit_read,       [MU_JOB_HISTORY] = history_read,
		[MU_JOB_FENCE] = cluster_fenced,   [MU_JOB_ENTER] = cluster_seated,
	};
	struct mu_msg *msg = mu_queue_take(&hub->jobs);

	while (msg) {
		struct mu_job *job = MU_CONTAINER_OF(msg, struct mu_job, msg);
		msg = msg->next;
		hub->jobs_out--;
		note_store(hub, job);
		handlers[job->kind](hub, job);
	}
}

static bool finished(struct mu_hub *hub)
{
	return atomic_load(&hub->stopping) && !hub->jobs_out && !hub->hashing;
}

static void take_config(struct mu_hub *hub)
{
	const struct mu_config *next = atomic_exchange(&hub->next_config, NULL);
	struct room *room, *after;

	if (!next)
		return;
	hub->config = next;
	HASH_ITER (hh, hub->rooms, room, after)
		if (room->state == ROOM_READY)
			presence_settings(room);
}

void mu_hub_reload(struct mu_hub *hub, const struct mu_config *config)
{
	atomic_store(&hub->next_config, config);
	uv_async_send(&hub->wake);
}

static void send_away(struct mu_hub *hub)
{
	if (hub->sent_away || !atomic_load(&hub->draining))
		return;
	hub->sent_away = true;
	failures_flush(hub);
	for (unsigned i = 0; i < hub->n_edges; i++) {
		struct mu_down *down = mu_down_create(MU_DOWN_DRAIN);
		if (!down)
			continue;
		down->drain.spread_ms = hub->config->drain_spread_ms;
		hub_send(hub, i, down);
	}
}

static void close_handles(struct mu_hub *hub)
{
	if (hub->controlled)
		control_close(hub);
	cluster_close(hub);
	uv_close((uv_handle_t *)&hub->timer, NULL);
	uv_close((uv_handle_t *)&hub->wake, NULL);
}

static void on_wake(uv_async_t *wake)
{
	struct mu_hub *hub = wake->data;

	hub_read_clock(hub);
	cluster_awake(hub);
	take_config(hub);
	send_away(hub);
	take_jobs(hub);
	reading_turn(hub); /* before those who come now */
	take_messages(hub);
	hub_turn_end(hub);
	if (finished(hub))
		close_handles(hub);
}

static void wake_hub(void *arg)
{
	struct mu_hub *hub = arg;

	uv_async_send(&hub->wake);
}

static void on_job_done(void *arg, struct mu_job *job)
{
	struct mu_hub *hub = arg;

	mu_queue_push(&hub->jobs, &job->msg);
}

static void run(void *arg)
{
	struct mu_hub *hub = arg;

	pthread_setname_np(pthread_self(), "hub");
	hub_read_clock(hub);
	uv_run(&hub->loop, UV_RUN_DEFAULT);
}

static enum mu_err init_queues(struct mu_hub *hub)
{
	enum mu_err err = mu_queue_init(&hub->inbox, wake_hub, hub);

	if (err)
		return err;
	err = mu_queue_init(&hub->jobs, wake_hub, hub);
	if (err)
		mu_queue_finish(&hub->inbox);
	return err;
}

static void finish_queues(struct mu_hub *hub)
{
	mu_queue_finish(&hub->inbox);
	mu_queue_finish(&hub->jobs);
}

static enum mu_err init_loop(struct mu_hub *hub)
{
	if (uv_loop_init(&hub->loop))
		return MU_NO_MEMORY;
	if (uv_async_init(&hub->loop, &hub->wake, on_wake)) {
		uv_loop_close(&hub->loop);
		return MU_INTERNAL;
	}
	uv_timer_init(&hub->loop, &hub->timer);
	hub->wake.data = hub->timer.data = hub;
	return MU_OK;
}

/* Of a hub that never started. */
static void run_out(struct mu_hub *hub)
{
	close_handles(hub);
	uv_run(&hub->loop, UV_RUN_DEFAULT);
}

/* The loop and what wakes it, and the worker. */
static enum mu_err init_threads(struct mu_hub *hub, struct mu_store *store)
{
	enum mu_err err = init_queues(hub);

	if (err)
		return err;
	err = init_loop(hub);
	if (err) {
		finish_queues(hub);
		return err;
	}
	err = mu_worker_create(store, hub->metrics, (size_t)hub->config->batch_events, on_job_done, hub,
			       &hub->worker);
	if (err) {
		run_out(hub);
		uv_loop_close(&hub->loop);
		finish_queues(hub);
	}
	return err;
}

enum mu_err mu_hub_create(const struct mu_hub_setup *setup, struct mu_hub **ret_hub)
{
	const struct mu_config *config = setup->config;
	struct mu_hub *hub = calloc(1, sizeof(*hub));
	enum mu_err err = MU_NO_MEMORY;

	if (!hub)
		goto fail;
	hub->config = config;
	hub->numbers = NUMBERS_ALL;
	hub->metrics = setup->metrics;
	hub->clock = setup->clock;
	hub->mail = setup->mail;
	hub->mail_arg = setup->mail_arg;
	hub_read_clock(hub);
	mu_wheel_init(&hub->wheel, hub->now.mono_ms);
	mu_timer_init(&hub->probe, on_probe);
	mu_timer_init(&hub->news, follow_due);
	mu_timer_init(&hub->opening, on_opening);
	mu_id_random("", hub->boot);
	hub->boot[6] = '\0'; /* enough to tell one run from the next */
	hub->throttle = mu_throttle_create(config->login_attempts, config->login_window_ms, LOGIN_KEYS_MAX);
	if (!hub->throttle)
		goto fail;
	err = init_threads(hub, setup->store);
	if (err)
		goto fail;
	*ret_hub = hub;
	return MU_OK;
fail:
	if (hub)
		mu_throttle_destroy(hub->throttle);
	free(hub);
	mu_store_close(setup->store);
	return err;
}

struct mu_queue *mu_hub_queue(struct mu_hub *hub)
{
	return &hub->inbox;
}

enum mu_err mu_hub_start(struct mu_hub *hub)
{
	if (uv_thread_create(&hub->thread, run, hub))
		return MU_INTERNAL;
	hub->started = true;
	atomic_store(&hub->ready, true); /* what comes from now on is taken, if not by now */
	return MU_OK;
}

enum mu_err mu_hub_call(struct mu_hub *hub, const char *workspace, const char *method, json_t *params,
			void (*done)(void *, const struct mu_fault *, const char *), void *arg)
{
	int index = mu_command_find(method);
	struct control_up *control;

	if (index < 0 || (workspace && strlen(workspace) > MU_ID_MAX)) { /* no workspace has such a name */
		json_decref(params);
		return index < 0 ? MU_METHOD_NOT_FOUND : MU_NOT_FOUND;
	}
	control = calloc(1, sizeof(*control));
	if (!control) {
		json_decref(params);
		return MU_NO_MEMORY;
	}
	control->done = done;
	control->arg = arg;
	control->up.kind = MU_UP_REQUEST;
	control->up.request.transport = MU_TRANSPORT_CONTROL;
	control->up.request.method = index;
	control->up.request.params = params;
	control->up.request.identity.kind = MU_IDENTITY_OPERATOR;
	snprintf(control->up.request.identity.workspace, sizeof(control->up.request.identity.workspace), "%s",
		 workspace ? workspace : "");
	snprintf(control->up.request.trace, sizeof(control->up.request.trace), "operator");
	mu_queue_push(&hub->inbox, &control->up.msg);
	return MU_OK;
}

bool mu_hub_ready(struct mu_hub *hub)
{
	return atomic_load(&hub->ready) && !atomic_load(&hub->draining) && !atomic_load(&hub->store_down) &&
	       !atomic_load(&hub->seatless);
}

void mu_hub_drain(struct mu_hub *hub)
{
	atomic_store(&hub->draining, true);
	uv_async_send(&hub->wake);
}

static void destroy_left(struct mu_hub *hub)
{
	struct room *room, *next;
	struct mu_msg *msg = mu_queue_take(&hub->inbox);

	while (msg) {
		struct mu_up *up = MU_CONTAINER_OF(msg, struct mu_up, msg);
		msg = msg->next;
		if (up->kind == MU_UP_REQUEST)
			request_begin(hub, up); /* the hub is stopping: it is refused, and so answered */
		else
			mu_up_destroy(up);
	}
	HASH_ITER (hh, hub->rooms, room, next) {
		HASH_DEL(hub->rooms, room);
		room_destroy(room);
	}
	hub_drop_messages(hub);
	for (size_t i = 0; i < hub->n_edges; i++)
		free(hub->outlets[i].sessions);
	tickets_destroy(hub);
	failures_destroy(hub);
}

void mu_hub_stop(struct mu_hub *hub)
{
	if (atomic_exchange(&hub->stopping, true))
		return;
	atomic_store(&hub->ready, false);
	if (hub->started) {
		uv_async_send(&hub->wake);
		uv_thread_join(&hub->thread);
	} else {
		run_out(hub);
	}
}

void mu_hub_destroy(struct mu_hub *hub)
{
	if (!hub)
		return;
	mu_hub_stop(hub);
	mu_worker_destroy(hub->worker);
	destroy_left(hub);
	uv_loop_close(&hub->loop);
	finish_queues(hub);
	mu_throttle_destroy(hub->throttle);
	free(hub);
}
