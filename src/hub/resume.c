/* Opening a session and catching up: what was missed is taken from the memory of recent events or from the
 * log, filtered by what the person may hear now, and sent right before the session goes live, in one turn. So
 * nothing is missed between replay and live events, and nothing comes twice.
 * Invariant: either everything that was missed is replayed, or resumed:false says that nothing is.
 * Thread: hub. */
#include "resume.h"

#include "actor.h"
#include "commit.h"
#include "follow.h"
#include "host.h"
#include "presence.h"
#include "reading.h"
#include "replay.h"
#include "request.h"
#include "room.h"
#include "session.h"
#include "share.h"
#include "topics.h"
#include "turn.h"
#include "view.h"

#include <string.h>

/* How often the log is read for one session until what was read meets what is in memory. */
#define READS_MAX 16
#include <utlist.h>

/* ---- making the session ---- */

static void on_expiry(struct mu_timer *timer, int64_t now_ms)
{
	session_end(MU_CONTAINER_OF(timer, struct session, expiry), MU_CLOSE_TOKEN_INVALID, MU_LEAVE_CLEAN);
}

/* Where it comes from. */
static bool set_origin(struct session *session, const struct mu_up *up)
{
	json_t *device = json_object_get(up->request.params, "device");
	const char *id = mu_json_text(device, "id"), *name = mu_json_text(device, "name"),
		   *kind = mu_json_text(device, "kind");
	char made[MU_ID_TEXT];

	if (!id)
		mu_id_random("d-", made);
	const char *const texts[] = { up->request.address, id ? id : made, name };
	char *copies[MU_COUNT(texts)];
	if (mu_texts_copy(texts, MU_COUNT(texts), copies))
		return false;
	session->address = copies[0];
	session->device_id = copies[1];
	session->device_name = copies[2];
	for (int i = 0; kind && mu_device_kind_names[i]; i++)
		if (!strcmp(kind, mu_device_kind_names[i]))
			session->device_kind = (enum mu_device_kind)i;
	return true;
}

static bool enlist(struct session *session)
{
	struct room *room = session->room;
	struct member *member = session->person ? session->person->owner : NULL;

	if (!session_register(session))
		return false;
	if (member)
		DL_APPEND(member->sessions, session);
	else
		DL_APPEND(room->key_sessions, session);
	room->n_sessions++;
	mu_metrics_add(room->hub->metrics, MU_METRIC_SESSIONS, 1);
	mu_metrics_add(room->hub->metrics, MU_METRIC_SESSIONS_TOTAL, 1);
	return true;
}

static struct session *session_make(struct request *request)
{
	struct room *room = request->room;
	struct mu_up *up = request->up;
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	session->goodbye = mu_down_create(MU_DOWN_CLOSE);
	session->conn = up->conn;
	session->room = room;
	session->looker = (struct looker){ .room = room, .session = session };
	session->opened_at_ms = room->hub->now.wall_ms;
	session->resume_seq = -1;
	mu_id_random("s-", session->id);
	mu_timer_init(&session->expiry, on_expiry);
	session->must_enroll = request->call.actor.must_enroll;
	if (request->call.actor.kind == MU_IDENTITY_USER)
		session->person = mu_presence_find(room->presence, request->call.actor.user->id);
	if (!enlist(session)) {
		mu_down_destroy(session->goodbye);
		free(session);
		return NULL;
	}
	if (set_origin(session, up) && session_identify(session, &request->call.identity) && session->goodbye)
		return session;
	session_free(session);
	return NULL;
}

/* What it asks to follow: a person without a word on it everything, a key nothing. */
static json_t *scope_of(const struct request *request)
{
	json_t *scope = json_object_get(json_object_get(request->up->request.params, "watch"), "presence");

	if (scope && (!json_is_string(scope) || strcmp(json_string_value(scope), "all")))
		return json_incref(scope);
	return scope || request->call.actor.user ? NULL : json_string("none");
}

/* ---- where to go on ---- */

/* "acme:0:41": workspace, epoch, sequence. False for anything that isn't of this log. */
static bool parse_cursor(const struct room *room, const char *cursor, int64_t *ret_seq)
{
	size_t n = strlen(room->id);
	int64_t epoch, seq;
	char *end;

	if (strncmp(cursor, room->id, n) || cursor[n] != ':')
		return false;
	epoch = strtoll(cursor + n + 1, &end, 10);
	if (*end != ':')
		return false;
	cursor = end + 1;
	seq = strtoll(cursor, &end, 10);
	if (end == cursor || *end)
		return false;
	if (epoch != room->epoch || seq < 0)
		return false;
	*ret_seq = seq;
	return true;
}

/* Whether what was missed is being read: there is not too much of it, and memory for it. */
static bool read_log(struct session *session)
{
	struct room *room = session->room;

	return room->durable_seq - session->resume_seq <= room->hub->config->replay_limit &&
	       reading_ask(room, &session->conn, session->resume_seq, false) == MU_OK;
}

/* Whether it isn't let in at once: too many are, or what it missed is to be read. */
static bool wait_in_line(struct session *session)
{
	struct room *room = session->room;

	if (session->resume_seq >= 0 && !recent_reaches(room, session->resume_seq))
		return read_log(session);
	return !reading_room(room->hub) &&
	       reading_ask(room, &session->conn, session->resume_seq, false) == MU_OK;
}

enum mu_err host_open(struct mu_call *call)
{
	struct request *request = call_request(call);
	struct room *room = request->room;
	const char *cursor = mu_json_text(json_object_get(call->raw, "resume"), "cursor");
	struct session *session;
	int64_t seq = -1;

	if (request->gone)
		return mu_fail(call->fault, MU_GONE, "The connection has ended");
	if (session_find(room->hub, request->up->conn))
		return mu_fail(call->fault, MU_INVALID_REQUEST, "This connection has a session already");
	if (call->actor.kind == MU_IDENTITY_NONE)
		return mu_fail(call->fault, MU_UNAUTHENTICATED,
			       "Give a token in session.open or in the handshake's Authorization header");
	if (call->actor.kind == MU_IDENTITY_USER && !mu_presence_find(room->presence, call->actor.user->id))
		return commit_await(request) ? MU_DEFERRED : MU_UNAVAILABLE; /* added, but not yet durable */
	if (request->call.actor.viewing || request->call.actor.must_enroll)
		cursor = NULL; /* there is nothing of theirs to go on with */
	if (cursor && parse_cursor(room, cursor, &seq) && seq > room->durable_seq) {
		if (follow_await(request, seq))
			return MU_DEFERRED; /* another node is ahead */
		seq = -1;
	}
	session = session_make(request);
	if (!session)
		return MU_NO_MEMORY;
	session->scope = scope_of(request);
	session->opening = request;
	if (session->person && !session->must_enroll && session_gate(session, false)) {
		session_free(session); /* answers the request */
		return MU_DEFERRED;
	}
	hub_dirty(room);
	session->resume_seq = seq;
	if (!wait_in_line(session))
		resume_go(session);
	return MU_DEFERRED;
}

/* ---- going live ---- */

/* What a page shows all the time, so that nobody forgets that they look through another's eyes. */
static void write_viewing(const struct mu_viewing *viewing, struct mu_buf *out)
{
	mu_buf_str(out, ",\"view_as\":{\"view\":");
	mu_json_string(out, viewing->id);
	mu_buf_str(out, ",\"by\":");
	mu_json_string(out, viewing->by);
	mu_buf_str(out, viewing->user ? ",\"user\":" : ",\"role\":");
	mu_json_string(out, viewing->user ? viewing->user : viewing->role);
	mu_buf_str(out, ",\"expires_at\":");
	mu_json_time(out, viewing->expires_at_ms);
	mu_buf_char(out, '}');
}

/* Who it is. Only the person's own eyes see more of them than others do. */
static void write_person(const struct session *session, const struct mu_actor *actor, struct mu_buf *out)
{
	const struct mu_person *person = session->person
						 ? session->person
						 : mu_presence_find(session->room->presence, actor->user->id);
	const bool own = session->person != NULL;

	mu_write_user(session->room->ws, actor->user, person ? presence_status(person, own) : NULL, out);
	if (own) {
		mu_buf_str(out, ",\"chosen\":");
		presence_write_choice(person, out);
	}
}

static void write_subject(const struct session *session, const struct mu_actor *actor, struct mu_buf *out)
{
	mu_buf_str(out, ",\"user\":");
	if (actor->user) {
		write_person(session, actor, out);
	} else {
		mu_buf_str(out, "null,\"key\":");
		mu_json_string(out, session->subject);
	}
	mu_buf_str(out, ",\"permissions\":");
	mu_write_perms(session->room->ws, actor->perms, out);
	if (actor->must_enroll)
		mu_buf_str(out, ",\"must_enroll\":true");
	if (actor->viewing)
		write_viewing(actor->viewing, out);
}

static void write_result(struct session *session, const struct mu_actor *actor, bool resumed, size_t replayed,
			 struct mu_buf *out)
{
	struct room *room = session->room;

	mu_buf_str(out, "{\"session\":");
	mu_json_string(out, session->id);
	mu_buf_str(out, ",\"workspace\":{\"id\":");
	mu_json_string(out, room->id);
	mu_buf_str(out, ",\"name\":");
	mu_json_string(out, room->ws->name);
	mu_buf_char(out, '}');
	write_subject(session, actor, out);
	mu_buf_printf(out,
		      ",\"cursor\":\"%s:%lld:%lld\",\"resumed\":%s,\"replayed\":%zu,\"ping_interval_ms\":%"
		      "lld,\"settings\":{\"statuses\":",
		      room->id, (long long)room->epoch, (long long)room->durable_seq,
		      resumed ? "true" : "false", replayed,
		      (long long)mu_config_ping_interval_ms(room->hub->config,
							    session->device_kind == MU_DEVICE_MOBILE));
	mu_write_statuses(room->ws, out);
	mu_buf_printf(out, ",\"idle_after_ms\":%lld},\"presence\":{", (long long)room->ws->idle_after_ms);
	view_write(room, session->view, out);
	mu_buf_str(out, "}}");
}

/* What tells the edge that the session is open; NULL when memory is out. `bytes`: of the answer that follows
 * it. */
static struct mu_down *make_opened(const struct session *session, size_t bytes)
{
	const char *const texts[] = { session->room->id, session->subject };
	atomic_size_t *debt = &session->room->hub->opening_bytes;
	struct mu_down *down = mu_down_create(MU_DOWN_OPENED);
	char *copies[MU_COUNT(texts)];

	if (!down || mu_texts_copy(texts, MU_COUNT(texts), copies)) {
		mu_down_destroy(down);
		return NULL;
	}
	down->conn = session->conn;
	down->opened.workspace = copies[0];
	down->opened.user = copies[1];
	atomic_fetch_add_explicit(debt, bytes, memory_order_relaxed);
	down->opened.debt = debt;
	down->opened.bytes = bytes;
	down->opened.mobile = session->device_kind == MU_DEVICE_MOBILE;
	return down;
}

static void send_frames(struct session *session, const struct replay *replay)
{
	for (size_t i = 0; i < replay->n; i++) {
		struct mu_down *down = mu_down_create(MU_DOWN_SEND);
		if (!down) { /* a gap must not go unnoticed */
			session_end(session, MU_CLOSE_OVERLOADED, MU_LEAVE_LOST);
			return;
		}
		down->conn = session->conn;
		down->send.frame = mu_frame_ref(replay->v[i]);
		down->send.class = MU_CLASS_DURABLE;
		hub_send(session->room->hub, session->conn.edge, down);
	}
}

/* Who can't be let in at the moment tries again: people who were there all the time must not be seen to go.
 */
static void refuse(struct session *session, enum mu_err err, const struct mu_fault *fault)
{
	const enum mu_leave leave =
		err == MU_UNAVAILABLE || err == MU_NO_MEMORY ? MU_LEAVE_LOST : MU_LEAVE_NOW;
	struct request *request = session->opening;
	struct room *room = session->room;

	session->opening = NULL;
	if (fault)
		request->fault = *fault;
	share_exit(session, leave);
	session_free(session);
	request_answer(request, err, NULL);
	hub_dirty(room);
}

/* The room is read anew: it is opened again when that is done. */
static void open_again(struct session *session)
{
	struct request *request = session->opening;

	session->opening = NULL;
	share_exit(session, MU_LEAVE_LOST);
	session_free(session);
	request_later(request);
}

/* The sequence up to which a log read went. */
static int64_t last_read(const struct mu_job *job)
{
	return job->n_rows ? job->rows[job->n_rows - 1].seq : job->after_seq;
}

/* Whether what was missed began before the person was there. Topics of a person are made of their id, and
 * somebody else may have had it: what was theirs is not for the successor. */
static bool before_their_time(const struct session *session, const struct mu_user *user,
			      const struct mu_job *job)
{
	const struct room *room = session->room;
	int64_t next = session->resume_seq + 1;

	if (!user || next > room->durable_seq)
		return false;
	return (job && job->n_rows
			? job->rows[next - job->rows[0].seq].at_ms
			: room->recent[(size_t)next % room->recent_cap].at_ms) < user->created_at_ms;
}

/* `job`: rows that were read, or NULL. */
static void go(struct session *session, const struct mu_job *job, bool resumed)
{
	AUTO_ARENA struct mu_arena arena = { 0 };
	struct room *room = session->room;
	struct mu_strs topics = { 0 };
	struct mu_fault fault = { 0 };
	struct replay replay = { 0 };
	struct mu_actor actor = { 0 };
	enum mu_err err = actor_of_session(session, &actor);

	if (!err)
		err = actor_topics(room->ws, &actor, &arena, &topics);
	if (err == MU_NOT_FOUND || (!err && !topics.n)) { /* shut out meanwhile */
		session->opening->close_code = session->person ? MU_CLOSE_DEACTIVATED : 0;
		err = MU_UNAUTHENTICATED;
	}
	if (!err && actor.must_enroll != session->must_enroll)
		err = session_gate(session, actor.must_enroll);
	if (!err)
		err = view_join(session, session->scope, &fault);
	if (err) {
		refuse(session, err, &fault);
		return;
	}
	resumed = resumed && !before_their_time(session, actor.user, job);
	presence_flush(room); /* so that one's own arrival is in the snapshot, unless many arrive at once */
	if (resumed && job)
		replay_rows(room, job, session->resume_seq, &topics, &replay);
	if (resumed) /* what was committed while the log was read is in memory */
		replay_recent(room, job ? last_read(job) : session->resume_seq, &topics, &replay);
	if (replay.failed || (int64_t)replay.n > room->hub->config->replay_limit) {
		resumed = false;
		replay_finish(&replay);
		replay = (struct replay){ 0 };
	}
	struct request *request = session->opening;
	write_result(session, &actor, resumed, replay.n, &request->result);
	struct mu_down *opened = make_opened(session, request->result.n);
	if (mu_buf_error(&request->result) || !opened) {
		mu_down_destroy(opened);
		replay_finish(&replay);
		refuse(session, MU_NO_MEMORY, NULL);
		return;
	}
	session->opening = NULL;
	session->live = true;
	mu_metrics_add(room->hub->metrics, resumed ? MU_METRIC_RESUMED_TOTAL : MU_METRIC_RESYNC_TOTAL,
		       resumed || session->resume_seq >= 0);
	hub_send(room->hub, session->conn.edge, opened);
	request_answer(request, MU_OK, mu_buf_text(&request->result));
	if (session->view)
		topics_send(session, session->view->topic->id, 0);
	if (topics_replace(session, &topics))
		send_frames(session, &replay);
	replay_finish(&replay);
}

void resume_go(struct session *session)
{
	if (session->room->state != ROOM_READY)
		open_again(session);
	else
		go(session, NULL,
		   session->resume_seq >= 0 && recent_reaches(session->room, session->resume_seq));
}

/* More was written while the log was read than is kept in memory. */
static bool read_again(struct session *session)
{
	return session->reads++ < READS_MAX && read_log(session);
}

/* The read began earlier than this session needs, and became too much by that. */
static bool read_alone(struct session *session, const struct mu_job *job)
{
	return job->after_seq < session->resume_seq &&
	       reading_ask(session->room, &session->conn, session->resume_seq, true) == MU_OK;
}

static void finish_read(struct session *session, const struct mu_job *job)
{
	struct room *room = session->room;
	const bool all = !job->err && !job->cut && (int64_t)job->n_rows <= room->hub->config->replay_limit,
		   whole = all && recent_reaches(room, last_read(job));

	if (job->err == MU_UNAVAILABLE)
		refuse(session, MU_UNAVAILABLE, NULL);
	else if (room->state != ROOM_READY)
		open_again(session);
	else if (recent_reaches(room, session->resume_seq))
		go(session, NULL, true);
	else if (all ? whole || !read_again(session) : !read_alone(session, job))
		go(session, job, whole);
}

void resume_read(struct mu_hub *hub, struct mu_job *job)
{
	struct room *room = room_find(hub, job->workspace);
	struct session *session = session_find(hub, *(const struct mu_conn *)job->owner);

	if (room && room->state == ROOM_READY && !job->err)
		recent_extend(room, job->rows, job->n_rows);
	if (session && session->opening)
		finish_read(session, job);
	mu_job_destroy(job);
	reading_done(hub);
}
