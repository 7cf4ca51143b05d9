/* The group commit of a room. Events are applied in memory at once and go to the store in batches, one at a
 * time; what follows from them (answers, pushes, effects on sessions and presence) happens when the store
 * says durable, in order.
 * Invariant: nobody hears of an event that isn't durable; if a batch fails, the state
 * in memory is thrown away and everything that waited is answered with a temporary error; or decided anew, if
 * another writer was first.
 * Thread: hub. */
#include "commit.h"

#include "audit.h"
#include "cluster.h"
#include "dispatch.h"
#include "effect.h"
#include "follow.h"
#include "now.h"
#include "replay.h"
#include "origin.h"
#include "pen.h"
#include "request.h"
#include "room.h"
#include "snapshot.h"
#include "topics.h"
#include "turn.h"
#include "muster/base/log.h"
#include "muster/wire/codec.h"
#include "muster/wire/rpc.h"

#include <string.h>

#define BATCH_ROWS_FIRST 16
#define RACES_LOST_MOST 6

void batch_destroy(struct batch *batch, enum mu_err err)
{
	if (!batch)
		return;
	for (struct fact *fact = batch->facts; fact; fact = fact->next)
		telling_finish(&fact->telling); /* facts live in the job's arena */
	request_fail_all(batch->requests, err);
	free(batch->rows);
	mu_job_destroy(batch->job);
	free(batch);
}

static struct batch *batch_open(struct room *room)
{
	struct batch *batch = room->pending;

	if (batch)
		return batch;
	batch = calloc(1, sizeof(*batch));
	if (batch && !(batch->job = mu_job_create(MU_JOB_APPEND, room->id))) {
		free(batch);
		batch = NULL;
	}
	room->pending = batch;
	return batch;
}

static struct mu_row *batch_row(struct batch *batch)
{
	if (batch->n == batch->cap) {
		size_t cap = batch->cap ? batch->cap * 2 : BATCH_ROWS_FIRST;
		struct mu_row *rows = realloc(batch->rows, cap * sizeof(*rows));
		if (!rows)
			return NULL;
		batch->rows = rows;
		batch->cap = cap;
	}
	return &batch->rows[batch->n];
}

/* Not for the log: told at once to those who are there. */
static enum mu_err cast_ephemeral(struct room *room, const struct mu_event *event)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct telling telling = { .audience = telling_audience(event, &arena) };
	enum mu_err err = telling.audience ? telling_encode(room, event, &telling) : MU_NO_MEMORY;

	if (!err && !topics_cast(room, &telling, MU_CLASS_EPHEMERAL, event->type->personal))
		err = MU_NO_MEMORY;
	if (!err) {
		now_say(room, &telling, event->type->personal);
	}
	telling_finish(&telling);
	return err;
}

/* What the fields that the event changes hold before it. */
static enum mu_err fill_before(const struct room *room, const struct mu_event *event, struct mu_arena *arena,
			       struct mu_row *row)
{
	const struct mu_event_type *type = event->type;
	const void *record = type->before(room->ws, event, arena);
	AUTO_BUF struct mu_buf out = { 0 };

	if (!record)
		return MU_NO_MEMORY;
	if (type->before_shape)
		mu_codec_write(type->before_shape, record, MU_FORM_FULL, &out);
	else
		mu_codec_write_before(type->shape, record, event->data, &out);
	if (!mu_buf_error(&out))
		row->before = mu_arena_strndup(arena, mu_buf_text(&out), out.n);
	return row->before ? MU_OK : MU_NO_MEMORY;
}

/* Whom the event is about, and what only the audit log shows of it. */
static enum mu_err fill_audit(const struct room *room, const struct mu_event *event, struct mu_arena *arena,
			      struct mu_row *row)
{
	const char *about = mu_event_subject(event->type, event->data);

	row->about = mu_arena_strdup(arena, about);
	if (about && !row->about)
		return MU_NO_MEMORY;
	row->action = mu_event_action(room->ws, event);
	if (!row->action)
		return MU_OK;
	row->who = mu_arena_strdup(arena, event->by);
	row->origin = mu_arena_strdup(arena, event->origin);
	if ((event->by && !row->who) || (event->origin && !row->origin))
		return MU_NO_MEMORY;
	return event->type->before ? fill_before(room, event, arena, row) : MU_OK;
}

/* To whom it is told, looked up before the change. Whoever is told in full needs no brief word. */
static enum mu_err find_audience(const struct room *room, struct mu_event *event, struct mu_arena *arena)
{
	const struct mu_event_type *type = event->type;
	struct mu_strs *parting = &event->parting;
	enum mu_err err = MU_OK;
	size_t n = 0;

	if (type->audience)
		err = type->audience(room->ws, event, arena, &event->audience);
	if (!err && type->parting)
		err = type->parting(room->ws, event, arena, parting);
	for (size_t i = 0; i < parting->n; i++)
		if (!mu_strs_has(&event->audience, parting->v[i]))
			parting->v[n++] = parting->v[i];
	parting->n = n;
	return err;
}

/* Make the row of one event and what is told of it, then apply it. */
static enum mu_err add_event(struct room *room, struct batch *batch, struct mu_event *event)
{
	struct mu_arena *arena = &batch->job->arena;
	struct fact *fact = mu_arena_alloc(arena, sizeof(*fact));
	struct mu_row *row = batch_row(batch);
	AUTO_BUF struct mu_buf payload = { 0 };
	enum mu_err err = find_audience(room, event, arena);

	if (!fact || !row)
		return MU_NO_MEMORY;
	if (err)
		return err;
	event->seq = room->ws->seq + 1;
	event_write(event, MU_FORM_LOG, &payload);
	*fact = (struct fact){ .event = event, .telling = { .audience = telling_audience(event, arena) } };
	*row = (struct mu_row){ .seq = event->seq,
				.at_ms = event->at_ms,
				.type = mu_arena_strdup(arena, event->name),
				.actor = mu_arena_strdup(arena, event->actor),
				.audience = fact->telling.audience,
				.payload = mu_arena_strndup(arena, mu_buf_text(&payload), payload.n) };
	if (mu_buf_error(&payload) || !row->type || !row->audience || !row->payload)
		return MU_NO_MEMORY;
	err = fill_audit(room, event, arena, row);
	if (err)
		return err;
	err = telling_encode(room, event, &fact->telling);
	if (!err)
		err = mu_event_apply(room->ws, event);
	dispatch_happened(room, event->type);
	if (batch->last_fact)
		batch->last_fact->next = fact;
	else
		batch->facts = fact;
	batch->last_fact = fact;
	batch->n++;
	return err;
}

static void add_request(struct batch *batch, struct request *request)
{
	request->next = NULL;
	if (batch->last_request)
		batch->last_request->next = request;
	else
		batch->requests = request;
	batch->last_request = request;
}

/* What the command answers, written from the state right after its events. */
static enum mu_err write_reply(struct request *request)
{
	const struct mu_command *command = request->call.command;

	if (command->reply)
		command->reply(&request->call, &request->result);
	else
		mu_buf_str(&request->result, "{}");
	return mu_buf_error(&request->result);
}

static enum mu_err add_events(struct room *room, struct mu_event *events, struct batch **ret_batch)
{
	enum mu_err err = MU_OK;

	for (struct mu_event *event = events, *next; !err && event; event = next) {
		next = event->next;
		if (event->ephemeral) {
			err = cast_ephemeral(room, event);
			continue;
		}
		*ret_batch = batch_open(room);
		err = *ret_batch ? add_event(room, *ret_batch, event) : MU_NO_MEMORY;
	}
	return err;
}

static void add_origin(struct request *request, struct mu_event *events)
{
	const char *origin = origin_request(request, &request->arena);

	for (struct mu_event *event = events; event; event = event->next)
		event->origin = origin;
}

enum mu_err commit_add(struct room *room, struct mu_event *events, struct request *request)
{
	struct batch *batch = NULL;
	enum mu_err err;

	if (request)
		add_origin(request, events);
	err = add_events(room, events, &batch);
	if (!err && request && !(request->call.command->flags & MU_COMMAND_LATE))
		err = write_reply(request);
	if (err) {
		if (request)
			request_answer(request, err, NULL);
		if (batch)
			room_reset(room, MU_UNAVAILABLE);
		return err;
	}
	if (request && batch)
		add_request(batch, request);
	else if (request) /* all of it was ephemeral */
		request_answer(request, MU_OK, mu_buf_text(&request->result));
	hub_dirty(room);
	return MU_OK;
}

bool commit_wait(struct request *request)
{
	struct room *room = request->room;
	struct batch *batch = room ? (room->pending ? room->pending : room->inflight) : NULL;

	if (batch)
		add_request(batch, request);
	return batch;
}

bool commit_await(struct request *request)
{
	request->again = commit_wait(request);
	return request->again;
}

void commit_system(struct room *room, const struct mu_event_type *type, const void *data)
{
	commit_system_at(room, type, data, MU_ACTOR_SYSTEM, NULL);
}

void commit_system_at(struct room *room, const struct mu_event_type *type, const void *data,
		      const char *actor, const char *origin)
{
	struct batch *batch = batch_open(room);
	struct mu_event *event = batch ? mu_arena_alloc(&batch->job->arena, sizeof(*event)) : NULL;

	if (!event) {
		room_reset(room, MU_UNAVAILABLE);
		return;
	}
	*event = (struct mu_event){ .type = type,
				    .name = type->name,
				    .at_ms = room->hub->now.wall_ms,
				    .actor = actor,
				    .origin = origin,
				    .data = (void *)data };
	/* Data of the hub's own events is borrowed for the call only: effects read it later, so it is copied
	 * with everything that it points to. */
	event->data = mu_arena_alloc(&batch->job->arena, type->shape->size);
	if (!event->data || mu_record_copy(type->shape, &batch->job->arena, data, event->data)) {
		room_reset(room, MU_UNAVAILABLE);
		return;
	}
	commit_add(room, event, NULL);
}

void commit_submit(struct room *room)
{
	struct batch *batch = room->pending;

	if (room->inflight || !batch)
		return;
	batch->job->owner = room;
	batch->job->append = (struct mu_append){ .workspace = batch->job->workspace,
						 .expected_seq = room->durable_seq,
						 .rows = batch->rows,
						 .n = batch->n };
	room->inflight = batch;
	room->pending = NULL;
	struct mu_job *job = batch->job;
	batch->job = NULL; /* the worker's until it comes back */
	hub_submit(room->hub, job);
}

void commit_tell(struct room *room, const struct mu_event *event, const struct telling *telling)
{
	room->durable_seq = event->seq;
	effect_run(room, event);
	topics_cast(room, telling, MU_CLASS_DURABLE, event->type->personal);
	recent_add(room, event->seq, event->at_ms, telling);
}

static void tell(struct room *room, struct batch *batch)
{
	for (struct fact *fact = batch->facts; fact; fact = fact->next)
		commit_tell(room, fact->event, &fact->telling);
	audit_tell(room, batch->rows, batch->n);
}

/* What it tells of is durable now. It is sent at most once: who misses it asks for it again. */
static void send_mail(const struct request *request)
{
	const struct mu_hub *hub = request->hub;
	const struct mu_mail *mail = &request->call.mail;
	enum mu_err err =
		mail->to && hub->mail ? hub->mail(hub->mail_arg, mail->to, mail->subject, mail->text) : MU_OK;

	if (err)
		mu_log(MU_LOG_WARN, "hub", "a mail is not sent", MU_KS("to", mail->to),
		       MU_KS("error", mu_err_info(err)->kind), MU_KS("trace", request->up->request.trace));
}

static void answer_one(struct request *request)
{
	enum mu_err err = MU_OK;

	if (request->again) {
		request->again = false;
		request_run(request);
		return;
	}
	if (request->refused) {
		request_answer(request, request->refused, request->call.outcome);
		return;
	}
	if (request->call.command->flags & MU_COMMAND_LATE) {
		actor_refresh(request);
		/* While it is read anew, presence doesn't show what was done. */
		err = request->room->state == ROOM_READY ? write_reply(request) : MU_UNAVAILABLE;
	}
	send_mail(request);
	request_answer(request, err, err ? NULL : mu_buf_text(&request->result));
}

static void answer(struct batch *batch)
{
	struct request *request = batch->requests;

	batch->requests = NULL;
	while (request) {
		struct request *next = request->next;
		answer_one(request);
		request = next;
	}
}

static struct request *take_requests(struct batch *batch)
{
	struct request *first = batch ? batch->requests : NULL;

	if (batch)
		batch->requests = batch->last_request = NULL;
	return first;
}

/* Another writer was first: the answer depends on what they wrote. Whoever comes too late again and again
 * hears that it can't be done now. */
static void decide_again(struct request *request)
{
	while (request) {
		struct request *next = request->next;
		if (request->races_lost++ < RACES_LOST_MOST)
			request_later(request);
		else
			request_answer(request, mu_fail(&request->fault, MU_UNAVAILABLE, NULL), NULL);
		request = next;
	}
}

/* By the one that was too late most often. */
static unsigned races_lost(const struct request *request)
{
	unsigned most = 0;

	for (; request; request = request->next)
		if (request->races_lost > most)
			most = request->races_lost;
	return most;
}

static void lost_race(struct room *room, struct batch *batch)
{
	struct request *first = take_requests(batch), *then = take_requests(room->pending);

	batch_destroy(batch, MU_CONFLICT);
	mu_metrics_add(room->hub->metrics, MU_METRIC_RACES_LOST_TOTAL, 1);
	pen_lost(room);
	room->races_lost = races_lost(first);
	room_reset(room, MU_CONFLICT);
	decide_again(first);
	decide_again(then);
}

void commit_done(struct mu_hub *hub, struct mu_job *job)
{
	struct room *room = job->owner;
	struct batch *batch = room->inflight;
	enum mu_err err = job->err ? job->err : job->append.err;

	room->inflight = NULL;
	batch->job = job;
	if (!err && room->state != ROOM_READY) {
		/* It is durable, but the state that would tell of it here is gone: the new one will. */
		follow_say(room, batch->rows, batch->n);
		answer(batch);
		batch_destroy(batch, MU_OK);
		return;
	}
	if (err == MU_CONFLICT) {
		lost_race(room, batch);
		return;
	}
	if (err) {
		batch_destroy(batch, MU_UNAVAILABLE);
		room_reset(room, MU_UNAVAILABLE);
		if (err == MU_FENCED)
			cluster_given_up(hub);
		return;
	}
	follow_say(room, batch->rows, batch->n);
	tell(room, batch);
	snapshot_look(room);
	answer(batch);
	batch_destroy(batch, MU_OK);
	if (room->state == ROOM_READY)
		hub_dirty(room);
	follow_look(room, 0);
}
