/* A request's way: find the workspace, who asks, whether they may, whether it makes sense, perhaps work on a
 * password, decide, commit, answer.
 * Invariant: every request is answered exactly once and freed right after; whatever waits looks everything up
 * again when it goes on.
 * Thread: hub; password work runs in libuv's pool and touches nothing but its own struct. */
#include "request.h"

#include "commit.h"
#include "host.h"
#include "idempotency.h"
#include "pen.h"
#include "room.h"
#include "session.h"
#include "turn.h"
#include "viewing.h"
#include "muster/base/log.h"

#include <string.h>

static void request_free(struct request *request)
{
	mu_buf_finish(&request->result);
	mu_job_destroy(request->job);
	mu_arena_finish(&request->arena);
	mu_up_destroy(request->up);
	free(request);
}

static void count(struct request *request, enum mu_err err)
{
	struct mu_metrics *metrics = request->hub->metrics;

	mu_metrics_add(metrics, MU_METRIC_REQUESTS_TOTAL, 1);
	if (err)
		mu_metrics_add(metrics, MU_METRIC_REQUEST_ERRORS_TOTAL, 1);
	if (err == MU_INTERNAL)
		mu_log(MU_LOG_ERROR, "hub", "a request failed", MU_KS("method", request->call.command->name),
		       MU_KS("why", mu_fault_text(&request->fault)),
		       MU_KS("trace", request->up->request.trace));
	else
		mu_log(MU_LOG_DEBUG, "hub", "request", MU_KS("method", request->call.command->name),
		       MU_KS("outcome", mu_err_info(err)->kind), MU_KS("trace", request->up->request.trace));
}

/* A connection that couldn't open its session is of no use to anybody. */
static void close_unopened(struct request *request, enum mu_err err)
{
	struct mu_down *down = mu_down_create(MU_DOWN_CLOSE);

	if (!down)
		return;
	down->conn = request->up->conn;
	down->close.code = request->close_code;
	if (!down->close.code)
		down->close.code = err == MU_UNAUTHENTICATED ? MU_CLOSE_TOKEN_INVALID
				   : err == MU_UNAVAILABLE   ? MU_CLOSE_STORE_DOWN
							     : MU_CLOSE_BAD_REQUEST;
	down->close.retry_after_ms = mu_close_info(down->close.code)->retry ? 1000 : -1;
	hub_send(request->hub, down->conn.edge, down);
}

/* The request's own result, which may be a large snapshot, is handed over instead of copied. */
static char *take_body(struct request *request, const char *body)
{
	if (body && body == request->result.data)
		return mu_buf_take(&request->result);
	return body ? strdup(body) : NULL;
}

/* The body may be a part of what isn't JSON, with a word for the next part; a part that seemed to be the last
 * one would hide the rest. */
static bool fill_answer(struct request *request, enum mu_err err, const char *body, struct mu_down *down)
{
	const struct mu_call *call = &request->call;

	down->conn = request->up->conn;
	down->answer.tag = request->up->request.tag;
	down->answer.body = take_body(request, body);
	if (body && !down->answer.body)
		return false;
	if (err) {
		down->answer.fault = malloc(sizeof(request->fault));
		if (down->answer.fault)
			*down->answer.fault = request->fault;
		return down->answer.fault;
	}
	down->answer.media = call->media;
	down->answer.next = call->next ? strdup(call->next) : NULL;
	return down->answer.next || !call->next;
}

#define MEMORY_IS_OUT "The hub is out of memory; try again"

/* A request that can't be answered because memory is out. Who asks over HTTP is answered by the edge's time
 * limit; a session has none for its requests, so it ends instead. The operator needs no memory to be told. */
static void lose_answer(struct mu_hub *hub, struct mu_up *up)
{
	const struct control_up *control = MU_CONTAINER_OF(up, struct control_up, up);
	struct session *session =
		up->request.transport == MU_TRANSPORT_WS ? session_find(hub, up->conn) : NULL;
	struct mu_fault fault = { 0 };

	if (session)
		session_cut(session, MU_CLOSE_OVERLOADED);
	if (up->request.transport != MU_TRANSPORT_CONTROL)
		return;
	mu_fail(&fault, MU_UNAVAILABLE, MEMORY_IS_OUT);
	control->done(control->arg, &fault, NULL);
}

/* NULL when memory is out. */
static struct mu_down *make_answer(struct request *request, enum mu_err err, const char *body)
{
	struct mu_down *down = mu_down_create(MU_DOWN_ANSWER);

	if (down && fill_answer(request, err, body, down))
		return down;
	mu_down_destroy(down);
	return NULL;
}

void request_answer(struct request *request, enum mu_err err, const char *body)
{
	struct mu_up *up = request->up;
	struct mu_down *down;

	if (err == MU_NO_MEMORY)
		err = mu_fail(&request->fault, MU_UNAVAILABLE, MEMORY_IS_OUT);
	request->fault.err = err;
	count(request, err);
	idempotency_leave(request, err, body);
	if (up->request.transport == MU_TRANSPORT_CONTROL) {
		struct control_up *control = MU_CONTAINER_OF(up, struct control_up, up);
		control->done(control->arg, &request->fault, body);
	} else if ((down = make_answer(request, err, body))) {
		hub_send(request->hub, up->conn.edge, down);
		if (err && request->call.command->flags & MU_METHOD_OPENS &&
		    !session_find(request->hub, up->conn))
			close_unopened(request, err);
	} else {
		lose_answer(request->hub, up);
	}
	request_free(request);
}

void request_fail_all(struct request *first, enum mu_err err)
{
	while (first) {
		struct request *next = first->next;
		request_answer(first, mu_fail(&first->fault, err, NULL), NULL);
		first = next;
	}
}

/* ---- password work ---- */

static void work(uv_work_t *req)
{
	struct request *request = req->data;
	struct mu_password_work *password = &request->call.password;

	if (password->verify_password)
		password->verified = mu_password_verify(password->verify_hash, password->verify_password);
	if (password->hash_password && (password->verified || !password->verify_password))
		if (mu_password_hash(password->hash_password, password->hash))
			password->hash[0] = '\0';
}

static void work_done(uv_work_t *req, int status)
{
	struct request *request = req->data;
	struct mu_hub *hub = request->hub;
	const struct mu_password_work *password = &request->call.password;

	hub->hashing--;
	if (request->room)
		request->room->n_working--;
	hub->now = (struct mu_now){ mu_clock_mono_ms(hub->clock), mu_clock_wall_ms(hub->clock) };
	request->worked = true;
	if (password->hash_password && (password->verified || !password->verify_password) &&
	    !password->hash[0])
		request_answer(request, MU_NO_MEMORY, NULL);
	else
		request_run(request);
	hub_turn_end(hub);
	if (atomic_load(&hub->stopping))
		uv_async_send(&hub->wake);
}

enum mu_err request_work_room(struct request *request)
{
	const struct mu_hub *hub = request->hub;

	if ((int64_t)hub->hashing < hub->config->password_queue)
		return MU_OK;
	mu_metrics_add(hub->metrics, MU_METRIC_FULL_PASSWORDS, 1);
	return mu_fail_later(&request->fault, MU_UNAVAILABLE, 1000,
			     "Too many people sign in at this moment; try again");
}

static enum mu_err begin_work(struct request *request)
{
	struct mu_hub *hub = request->hub;
	enum mu_err err = request_work_room(request);

	if (err)
		return err;
	request->work.data = request;
	if (uv_queue_work(&hub->loop, &request->work, work, work_done))
		return MU_NO_MEMORY;
	hub->hashing++;
	if (request->room)
		request->room->n_working++;
	return MU_OK;
}

/* ---- the way ---- */

static struct mu_call *fill_call(struct request *request)
{
	struct mu_call *call = &request->call;

	call->arena = &request->arena;
	call->ws = request->room ? request->room->ws : NULL;
	call->now_ms = request->hub->now.wall_ms;
	call->raw = request->up->request.params;
	call->fault = &request->fault;
	call->events = call->events_last = NULL;
	call->outcome = NULL;
	call->result = &request->result;
	call->in_parts = request->up->request.transport == MU_TRANSPORT_HTTP;
	call->host = &hub_host;
	call->config = request->hub->config;
	call->request = request;
	return call;
}

static enum mu_err need_workspace(struct request *request)
{
	const struct mu_command *command = request->call.command;
	const struct room *room = request->room;
	const bool made = room && room->ws->created_at_ms;

	if (made && command->flags & MU_COMMAND_CREATES)
		return mu_fail(&request->fault, MU_CONFLICT, "The workspace %s is there already", room->id);
	/* What makes a workspace has a room, or an id that the parameters' check refuses. */
	if (made || command->flags & (MU_METHOD_PUBLIC | MU_COMMAND_CREATES))
		return MU_OK;
	if (request->call.identity.kind == MU_IDENTITY_NONE)
		return mu_fail(&request->fault, MU_UNAUTHENTICATED, NULL);
	if (request->call.identity.kind == MU_IDENTITY_OPERATOR)
		return mu_fail(&request->fault, MU_NOT_FOUND,
			       "There is no workspace %s; make it with muster init",
			       request->call.identity.workspace);
	return mu_fail(&request->fault, MU_NOT_FOUND, "There is no such workspace");
}

/* What this node knows may be old, and what it is told others wouldn't hear of. */
static enum mu_err need_seat(struct request *request)
{
	if (!request->room || !atomic_load(&request->hub->seatless))
		return MU_OK;
	request->close_code = MU_CLOSE_LEASE_LOST;
	return mu_fail_later(&request->fault, MU_UNAVAILABLE, 1000,
			     "The other nodes of the cluster have shut this one out; try again");
}

static enum mu_err decide(struct request *request)
{
	struct mu_call *call = fill_call(request);
	enum mu_err err = need_seat(request);

	if (!err)
		err = need_workspace(request);
	if (!err)
		err = actor_resolve(request);
	if (!err)
		err = mu_command_check(call);
	if (!err)
		err = idempotency_enter(request);
	if (!err && call->command->prepare && !request->worked) {
		err = call->command->prepare(call);
		if (!err && call->password.wanted) {
			err = begin_work(request);
			return err ? err : MU_DEFERRED;
		}
	}
	return err ? err : call->command->run(call);
}

static bool is_durable(const struct mu_event *events)
{
	while (events && events->ephemeral)
		events = events->next;
	return events;
}

static void settle(struct request *request)
{
	struct mu_call *call = &request->call;
	enum mu_err err;

	if (call->events) {
		struct room *room = request->room;
		if (is_durable(call->events) && !pen_take(room)) {
			request_later(request);
			return;
		}
		if (!commit_add(room, call->events, request))
			viewing_settle(room);
		return;
	}
	if (!(call->command->flags & MU_COMMAND_DIRECT)) {
		if (call->command->reply)
			call->command->reply(call, &request->result);
		else
			mu_buf_str(&request->result, "{}");
		if (!mu_buf_error(&request->result) && commit_wait(request))
			return; /* what it saw isn't durable yet */
	}
	err = mu_buf_error(&request->result);
	request_answer(request, err, err ? NULL : mu_buf_text(&request->result));
}

/* What a refusal shows of the state has to be durable as well. */
static void refuse(struct request *request, enum mu_err err)
{
	request->refused = request->call.outcome ? err : MU_OK;
	if (!request->refused || !commit_wait(request))
		request_answer(request, err, request->call.outcome);
}

void request_run(struct request *request)
{
	if (request->room && request->room->state != ROOM_READY) {
		room_wait(request->room, request);
		return;
	}
	enum mu_err err = decide(request);
	if (err == MU_DEFERRED)
		return;
	if (err)
		refuse(request, err);
	else
		settle(request);
}

void request_later(struct request *request)
{
	request->again = false;
	request->refused = MU_OK;
	request->fault = (struct mu_fault){ 0 };
	request->call.mail = (struct mu_mail){ 0 };
	mu_buf_reset(&request->result);
	room_wait(request->room, request);
}

const struct session *request_session(const struct request *request)
{
	const struct mu_up *up = request->up;

	return up->request.transport == MU_TRANSPORT_WS &&
			       !(request->call.command->flags & (MU_METHOD_TOKEN | MU_METHOD_PUBLIC))
		       ? session_find(request->hub, up->conn)
		       : NULL;
}

/* The workspace that a request is about. */
static const char *workspace_of(struct request *request)
{
	const struct mu_up *up = request->up;
	const unsigned flags = request->call.command->flags;
	const struct session *session = request_session(request);
	const char *name = session ? session->room->id : up->request.identity.workspace;

	if (flags & MU_METHOD_PUBLIC)
		name = mu_json_text(up->request.params, "workspace");
	if (flags & MU_COMMAND_CREATES)
		name = mu_json_text(up->request.params, "id");
	return name && mu_id_valid(name) ? name : NULL;
}

void request_begin(struct mu_hub *hub, struct mu_up *up)
{
	struct request *request = calloc(1, sizeof(*request));
	const char *workspace;

	if (!request) {
		lose_answer(hub, up);
		mu_up_destroy(up);
		return;
	}
	request->hub = hub;
	request->up = up;
	request->call.command = mu_command((unsigned)up->request.method);
	if (!(request->call.command->flags & MU_METHOD_PUBLIC)) /* there it is of another workspace, maybe */
		request->call.identity = up->request.identity;
	if (atomic_load(&hub->stopping)) {
		request_answer(request,
			       mu_fail_later(&request->fault, MU_UNAVAILABLE, 1000, "The hub is stopping"),
			       NULL);
		return;
	}
	workspace = workspace_of(request);
	request->room = workspace
				? room_get(hub, workspace, request->call.command->flags & MU_COMMAND_CREATES)
				: NULL;
	if (workspace && !request->room)
		request_answer(request, MU_NO_MEMORY, NULL);
	else
		request_run(request);
}
