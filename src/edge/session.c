/* A WebSocket connection: messages in, answers out, opening.
 * Invariant: every request of a client is answered once, or the connection ends; the answers of a batch go
 * out together.
 * Thread: the edge's. */
#include "inner.h"

#include "muster/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define RETRY_MS 1000
#define EARLY_MAX_BYTES 65536 /* more than one read, or what came with a handshake, can hold */

static bool is_talking(const struct conn *conn)
{
	return conn->state == CONN_OPENING || conn->state == CONN_OPEN;
}

/* ---- answers ---- */

static struct mu_buf *separate(struct mu_buf *out)
{
	mu_buf_char(out, out->n ? ',' : '[');
	return out;
}

/* One entry less to wait for; the last one sends the batch. */
static void batch_done(struct conn *conn, struct batch *batch)
{
	if (--batch->waiting > 0)
		return;
	if (batch->out.n || mu_buf_error(&batch->out)) {
		mu_buf_char(&batch->out, ']');
		send_text(conn, &batch->out);
	}
	mu_buf_finish(&batch->out);
	free(batch);
}

static void answer_in(struct batch *batch, const char *id, const struct mu_fault *fault, const char *body)
{
	if (fault->err == MU_OK)
		mu_rpc_result(separate(&batch->out), id, body);
	else
		mu_rpc_error(separate(&batch->out), id, fault, body);
}

static void send_error(struct conn *conn, const char *id, const struct mu_fault *fault, const char *present)
{
	AUTO_BUF struct mu_buf text = { 0 };

	mu_rpc_error(&text, id, fault, present);
	send_text(conn, &text);
}

static void answer(struct conn *conn, struct batch *batch, const char *id, const struct mu_fault *fault,
		   const char *body)
{
	if (!body && fault->err == MU_OK)
		body = "{}";
	if (batch)
		answer_in(batch, id, fault, body);
	else if (fault->err == MU_OK)
		send_made(conn, mu_ws_result(id, body));
	else
		send_error(conn, id, fault, body);
}

void session_forget_early(struct conn *conn)
{
	conn->opening = false;
	free(conn->early);
	conn->early = NULL;
	conn->early_bytes = 0;
}

/* Whatever comes behind session.open waits for its answer: until then nobody can know whether it is allowed.
 * Hardly ever does anything, and to stop reading costs system calls, so that waits for it. */
static void keep_early(struct conn *conn, const uint8_t *bytes, size_t n)
{
	uint8_t *early;

	if (!n)
		return;
	socket_reading(conn, false);
	early = conn->early_bytes + n <= EARLY_MAX_BYTES ? realloc(conn->early, conn->early_bytes + n) : NULL;
	if (!early) {
		conn_close(conn, MU_CLOSE_OVERLOADED, -1);
		return;
	}
	memcpy(early + conn->early_bytes, bytes, n);
	conn->early = early;
	conn->early_bytes += (uint32_t)n;
}

static void read_early(struct conn *conn)
{
	AUTO_FREE uint8_t *early = conn->early;
	size_t n = conn->early_bytes;

	conn->early = NULL;
	conn->early_bytes = 0;
	if (!n || !is_talking(conn))
		return;
	socket_reading(conn, true);
	session_read(conn, early, n);
}

/* How a connection ends whose session.open failed. */
static int close_of(const struct mu_fault *fault)
{
	if (mu_err_info(fault->err)->temporary)
		return MU_CLOSE_OVERLOADED;
	if (fault->err == MU_INVALID_PARAMS || fault->err == MU_INVALID_REQUEST)
		return MU_CLOSE_BAD_REQUEST;
	return MU_CLOSE_TOKEN_INVALID;
}

void session_answered(struct conn *conn, struct pending *pending, const struct mu_fault *fault,
		      const char *body)
{
	/* Sending may find that the reader is too slow and end the session with all its pendings: this one is
	 * taken out of their list first. Its batch stays, because its own entry is still waited for. */
	struct pending was = *pending;

	pending->id = NULL;
	pending_destroy(pending);
	if (!was.quiet)
		answer(conn, was.batch, was.id, fault, body);
	if (was.opens)
		conn->opening = false;
	if (was.opens && fault->err != MU_OK && conn->state == CONN_OPENING) {
		conn->hub_knows = false;
		/* At the end of the turn, behind the answer, unless the hub itself says why in this turn. */
		conn->close_due = (uint16_t)close_of(fault);
		send_later(conn);
	}
	free(was.id);
	if (was.batch)
		batch_done(conn, was.batch);
	if (was.opens)
		read_early(conn);
}

/* ---- requests ---- */

static enum mu_err check_flags(const struct conn *conn, unsigned flags, struct mu_fault *fault)
{
	bool open = conn->state == CONN_OPEN;

	if (flags & MU_METHOD_OPERATOR)
		return mu_fail(fault, MU_FORBIDDEN, "Only the operator may do this, on the machine itself");
	if (flags & MU_METHOD_OPENS)
		return conn->hub_knows || conn->opening
			       ? mu_fail(fault, MU_INVALID_REQUEST, "This connection has its session already")
			       : MU_OK;
	if (!open && (flags & MU_METHOD_SESSION || !(flags & (MU_METHOD_PUBLIC | MU_METHOD_TOKEN))))
		return mu_fail(fault, MU_UNAUTHENTICATED, "Send session.open first");
	return MU_OK;
}

/* Whether a request may go on to the hub. */
static enum mu_err admit(struct conn *conn, const struct mu_rpc_request *request, int *ret_method,
			 struct mu_fault *fault)
{
	const struct mu_methods *methods = conn->edge->setup.methods;
	int method = request->method ? mu_methods_find(methods, request->method) : -1;

	if (!request_pay(conn, method < 0 ? 1 : methods->v[method].cost, fault))
		return MU_RATE_LIMITED;
	if (request->err != MU_OK) {
		*fault = request->fault;
		return request->err;
	}
	if (method < 0)
		return mu_fail(fault, MU_METHOD_NOT_FOUND, "There is no method “%.60s”", request->method);
	if (conn->n_pendings >= MU_INFLIGHT_MAX) {
		count(conn->edge, MU_METRIC_FULL_CONNECTION, 1);
		return mu_fail_later(fault, MU_RATE_LIMITED, RETRY_MS,
				     "Too many unanswered requests on this connection");
	}
	if (request_hub_full(conn, fault))
		return MU_UNAVAILABLE;
	*ret_method = method;
	return check_flags(conn, methods->v[method].flags, fault);
}

/* Take the idempotency key out of the parameters. */
static enum mu_err take_idempotency_key(json_t *params, char **ret_key)
{
	const char *text = params ? mu_json_text(params, "idempotency_key") : NULL;

	if (!text)
		return MU_OK;
	*ret_key = strdup(text);
	if (!*ret_key)
		return MU_NO_MEMORY;
	json_object_del(params, "idempotency_key");
	return MU_OK;
}

/* Which token a method that needs one goes by: NULL if there is none. */
static enum mu_err token_of(const struct conn *conn, const struct mu_up *up, const char **ret_token,
			    struct mu_fault *fault)
{
	const json_t *given = json_object_get(up->request.params, "token");

	if (given && !json_is_string(given))
		return mu_fail_field(fault, "token", "must be text");
	*ret_token = given ? json_string_value(given) : conn->token;
	return MU_OK;
}

static void submit_with_token(struct conn *conn, struct pending *pending, struct mu_up *up, unsigned flags)
{
	struct mu_fault fault = { 0 };
	const char *token = NULL;

	if (token_of(conn, up, &token, &fault) == MU_OK && token) {
		keys_submit(conn->edge, pending, up, token);
		return;
	}
	if (!fault.err && flags & MU_METHOD_PUBLIC) {
		request_send(pending, up);
		return;
	}
	if (!fault.err)
		mu_fail(&fault, MU_UNAUTHENTICATED,
			"Give a token, in params.token or in the Authorization header of the handshake");
	mu_up_destroy(up);
	request_refused(pending, &fault);
}

static void submit(struct conn *conn, struct mu_rpc_request *request, int method, struct batch *batch)
{
	unsigned flags = conn->edge->setup.methods->v[method].flags;
	struct pending *pending = pending_create(conn, request->id, batch);
	struct mu_up *up;

	request->id = NULL;
	if (!pending) {
		conn_kill(conn);
		return;
	}
	pending->quiet = !pending->id;
	pending->opens = flags & MU_METHOD_OPENS;
	up = request_create(conn, MU_TRANSPORT_WS, method, request->params, pending->trace);
	request->params = NULL;
	if (!up || take_idempotency_key(up->request.params, &up->request.idempotency_key)) {
		mu_up_destroy(up);
		conn_kill(conn);
		return;
	}
	if (flags & MU_METHOD_OPENS) {
		conn->opening = true;
		/* The client has done its part in time; if the hub takes long, it may come back. */
		conn_deadline(conn, MU_ANSWER_TIMEOUT_MS);
	}
	if (flags & (MU_METHOD_TOKEN | MU_METHOD_OPENS))
		submit_with_token(conn, pending, up, flags);
	else
		request_send(pending, up);
}

static void take_request(struct conn *conn, struct mu_rpc_request *request, struct batch *batch)
{
	struct mu_fault fault = { 0 };
	int method = -1;

	if (admit(conn, request, &method, &fault) == MU_OK) {
		submit(conn, request, method, batch);
		return;
	}
	count(conn->edge, MU_METRIC_REQUEST_ERRORS_TOTAL, 1);
	/* A notification is never answered; what isn't even a request is, with id null. */
	if (request->id || request->err != MU_OK)
		answer(conn, batch, request->id, &fault, NULL);
}

static void take_batch(struct conn *conn, struct mu_rpc_message *message)
{
	struct batch *batch = calloc(1, sizeof(*batch));

	if (!batch) {
		conn_kill(conn);
		return;
	}
	mu_buf_init(&batch->out);
	batch->waiting = 1; /* for this function itself */
	for (size_t i = 0; i < message->n; i++)
		take_request(conn, &message->requests[i], batch);
	batch_done(conn, batch);
}

static void on_text(struct conn *conn, const struct mu_ws_got *got)
{
	const struct mu_config *config = config_of(conn->edge);
	struct mu_rpc_message message;
	struct mu_fault fault = { 0 };

	if (!is_talking(conn))
		return;
	enum mu_err err = mu_rpc_read(got->bytes, got->n, (size_t)config->max_depth,
				      (size_t)config->max_batch, &message, &fault);

	if (err == MU_NO_MEMORY) { /* no answer would say to which request */
		conn_close(conn, MU_CLOSE_OVERLOADED, -1);
		return;
	}
	if (err) {
		struct mu_fault why = fault;

		count(conn->edge, MU_METRIC_REQUEST_ERRORS_TOTAL, 1);
		answer(conn, NULL, NULL, request_pay(conn, 1, &fault) ? &why : &fault, NULL);
		return;
	}
	if (message.batch)
		take_batch(conn, &message);
	else
		take_request(conn, &message.requests[0], NULL);
	mu_rpc_finish(&message);
}

/* ---- control frames ---- */

/* A frame of ours without a payload that anybody reads: it may be left out, and it does not count as
 * something said. */
static void send_control(struct conn *conn, uint8_t opcode, const char *bytes, size_t n)
{
	struct mu_frame *frame = mu_frame_create(2 + n);
	int64_t said_ms = conn->said_ms;

	if (!frame)
		return;
	frame->data[0] = (char)(0x80 | opcode);
	frame->data[1] = (char)n;
	memcpy(frame->data + 2, bytes, n);
	send_frame(conn, frame, MU_CLASS_CONTROL);
	conn->said_ms = said_ms;
	mu_frame_unref(frame);
}

static void on_ping(struct conn *conn, const struct mu_ws_got *got)
{
	struct mu_fault fault;

	if (is_talking(conn) && request_pay(conn, 1, &fault))
		send_control(conn, 0x0a, got->bytes, got->n);
}

static void on_pong(struct conn *conn, const struct mu_ws_got *got)
{
	(void)conn; /* any bytes show that the client lives: heard_ms is set */
	(void)got;
}

/* The client says goodbye, or answers ours. */
static void on_close(struct conn *conn, const struct mu_ws_got *got)
{
	if (is_talking(conn)) {
		conn_lost(conn, true, got->code);
		send_control(conn, 0x08, got->bytes, got->n ? 2 : 0);
	}
	conn_end(conn);
}

static void on_fail(struct conn *conn, const struct mu_ws_got *got)
{
	conn_close(conn, got->code, -1);
	conn_end(conn);
}

static void (*const events[])(struct conn *conn, const struct mu_ws_got *got) = {
	[MU_WS_TEXT] = on_text,   [MU_WS_PING] = on_ping, [MU_WS_PONG] = on_pong,
	[MU_WS_CLOSE] = on_close, [MU_WS_FAIL] = on_fail,
};

void session_read(struct conn *conn, uint8_t *bytes, size_t n)
{
	size_t max_bytes = (size_t)config_of(conn->edge)->max_message_bytes;

	while (is_talking(conn) || conn->state == CONN_CLOSING) {
		struct mu_ws_got got;
		enum mu_ws_event event;

		if (conn->opening) {
			keep_early(conn, bytes, n);
			break;
		}
		event = mu_incoming_read(&conn->incoming, &bytes, &n, max_bytes, &got);

		if (event == MU_WS_NOTHING)
			break;
		events[event](conn, &got);
		if (conn->close_due)
			send_later(conn);
	}
}

/* ---- opening ---- */

void session_start(struct conn *conn, uint8_t *bytes, size_t n)
{
	const struct mu_config *config = config_of(conn->edge);

	conn->state = CONN_OPENING;
	conn->said_ms = conn->edge->now_ms;
	conn->close_due = 0;
	conn->refused_requests = 0;
	mu_incoming_init(&conn->incoming);
	conn_deadline(conn, config->open_timeout_ms);
	if (n)
		session_read(conn, bytes, n);
}

/* Errors: MU_RATE_LIMITED, MU_NO_MEMORY. */
static enum mu_err enter(struct conn *conn, enum limit limit, const char *key, struct counter **counter)
{
	bool over;

	*counter = limits_enter(conn->edge->setup.shared, limit, key, &over);
	if (!*counter)
		return MU_NO_MEMORY;
	return over ? MU_RATE_LIMITED : MU_OK;
}

/* One session too many of a person or workspace, or memory is out: its session.open fails, and then the
 * connection. The hub, which has the session by now, hears of its end like of any other's. */
static void refuse_session(struct conn *conn, enum mu_err err, enum mu_metric limit)
{
	const bool too_many = err == MU_RATE_LIMITED;
	struct mu_fault fault = { 0 };

	count(conn->edge, too_many ? limit : MU_METRIC_REFUSED_MEMORY, 1);
	session_forget_early(conn);
	mu_fail(&fault, err,
		too_many ? "There are too many sessions of this person or workspace; close one first"
			 : "Memory is out");
	for (struct pending *pending = conn->pendings, *next; pending; pending = next) {
		next = pending->next;
		if (!pending->opens)
			continue;
		request_refused(pending, &fault);
		break;
	}
	conn_close(conn, too_many ? MU_CLOSE_TOO_MANY : MU_CLOSE_OVERLOADED, -1);
}

void session_opened(struct conn *conn, const char *workspace, const char *user, bool mobile)
{
	char person[2 * MU_ID_MAX + 2];
	enum mu_metric limit = MU_METRIC_REFUSED_USER;
	enum mu_err err;

	if (conn->state != CONN_OPENING)
		return;
	conn->state = CONN_OPEN;
	conn->opening = false;
	conn->mobile = mobile;
	free(conn->token);
	conn->token = NULL;
	snprintf(person, sizeof(person), "%s/%s", workspace, user);
	liveness_start(conn);
	err = enter(conn, LIMIT_USER, person, &conn->by_user);
	if (!err) {
		limit = MU_METRIC_REFUSED_WORKSPACE;
		err = enter(conn, LIMIT_WORKSPACE, workspace, &conn->by_workspace);
	}
	if (err)
		refuse_session(conn, err, limit);
}
