/* The operator's socket: one JSON object a line, answered by one line. Only who may open the file may ask; no
 * further proof is needed.
 * Invariant: a connection asks one thing at a time and outlives the answer. Thread:
 * hub. */
#include "control.h"

#include "turn.h"
#include "muster/wire/rpc.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES (1 << 20)

struct operator_conn {
	uv_pipe_t pipe;
	uv_write_t write;
	struct mu_hub *hub;
	struct mu_buf in, out;
	bool asking, closed;
};

static void conn_free(struct operator_conn *conn)
{
	mu_buf_finish(&conn->in);
	mu_buf_finish(&conn->out);
	free(conn);
}

static void on_closed(uv_handle_t *handle)
{
	struct operator_conn *conn = handle->data;

	conn->closed = true;
	if (!conn->asking)
		conn_free(conn);
}

static void conn_close(struct operator_conn *conn)
{
	if (!uv_is_closing((uv_handle_t *)&conn->pipe))
		uv_close((uv_handle_t *)&conn->pipe, on_closed);
}

static void next_line(struct operator_conn *conn);

static void on_written(uv_write_t *write, int status)
{
	struct operator_conn *conn = write->data;

	if (status < 0) {
		conn_close(conn);
		return;
	}
	next_line(conn);
}

static void on_done(void *arg, const struct mu_fault *fault, const char *body)
{
	struct operator_conn *conn = arg;

	conn->asking = false;
	if (conn->closed) {
		conn_free(conn);
		return;
	}
	mu_buf_reset(&conn->out);
	if (fault->err) {
		mu_buf_str(&conn->out, "{\"error\":");
		mu_rpc_error_object(&conn->out, fault, body);
	} else {
		mu_buf_str(&conn->out, "{\"result\":");
		mu_buf_str(&conn->out, body);
	}
	mu_buf_str(&conn->out, "}\n");
	uv_buf_t text = uv_buf_init(conn->out.data, (unsigned)conn->out.n);
	conn->write.data = conn;
	if (mu_buf_error(&conn->out) ||
	    uv_write(&conn->write, (uv_stream_t *)&conn->pipe, &text, 1, on_written))
		conn_close(conn);
}

static void ask(struct operator_conn *conn, const char *line, size_t bytes)
{
	AUTO_JSON json_t *json = NULL;
	struct mu_fault fault = { 0 };
	enum mu_err err = mu_json_parse(line, bytes, 32, &json, &fault);
	const char *method = mu_json_text(json, "method"), *workspace = mu_json_text(json, "workspace");

	conn->asking = true;
	if (!err && !method)
		err = mu_fail(&fault, MU_INVALID_REQUEST, "Give a method");
	if (!err) {
		err = mu_hub_call(conn->hub, workspace, method, json_incref(json_object_get(json, "params")),
				  on_done, conn);
		if (err)
			mu_fail(&fault, err, NULL);
	}
	if (err)
		on_done(conn, &fault, NULL);
}

/* Take one whole line out of what has arrived. Its answer is never written before this returns. */
static void next_line(struct operator_conn *conn)
{
	char *end = conn->in.n ? memchr(conn->in.data, '\n', conn->in.n) : NULL;
	size_t bytes;

	if (!end || conn->asking)
		return;
	bytes = (size_t)(end - conn->in.data);
	ask(conn, conn->in.data, bytes);
	memmove(conn->in.data, end + 1, conn->in.n - bytes - 1);
	conn->in.n -= bytes + 1;
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct operator_conn *conn = handle->data;
	char *room = mu_buf_room(&conn->in, 4096);

	*buf = uv_buf_init(room, room ? 4096 : 0);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct operator_conn *conn = stream->data;

	if (n < 0 || conn->in.n + (size_t)n > LINE_MAX_BYTES) {
		conn_close(conn);
		return;
	}
	conn->in.n += (size_t)n;
	next_line(conn);
}

static void on_connection(uv_stream_t *server, int status);

static void on_refused(uv_handle_t *handle)
{
	struct mu_hub *hub = handle->data;
	const bool again = hub->refuse_again && !uv_is_closing((uv_handle_t *)&hub->control);

	hub->refusing = hub->refuse_again = false;
	if (again)
		on_connection((uv_stream_t *)&hub->control, 0);
}

/* There is no memory for a connection. It has to be taken all the same: until then the loop takes no other.
 */
static void refuse(struct mu_hub *hub)
{
	hub->refuse_again = hub->refusing;
	if (hub->refusing)
		return;
	hub->refusing = true;
	hub->refused.data = hub;
	uv_pipe_init(&hub->loop, &hub->refused, 0);
	/* Should it fail, nobody is there any more. */
	(void)uv_accept((uv_stream_t *)&hub->control, (uv_stream_t *)&hub->refused);
	uv_close((uv_handle_t *)&hub->refused, on_refused);
}

static void on_connection(uv_stream_t *server, int status)
{
	struct mu_hub *hub = server->data;
	struct operator_conn *conn;

	if (status < 0)
		return;
	conn = calloc(1, sizeof(*conn));
	if (!conn) {
		refuse(hub);
		return;
	}
	conn->hub = hub;
	conn->pipe.data = conn;
	if (uv_pipe_init(&hub->loop, &conn->pipe, 0)) {
		free(conn);
		return;
	}
	if (uv_accept(server, (uv_stream_t *)&conn->pipe) ||
	    uv_read_start((uv_stream_t *)&conn->pipe, give_room, on_read))
		conn_close(conn);
}

enum mu_err mu_hub_control(struct mu_hub *hub, const char *path, struct mu_fault *ret_fault)
{
	mode_t before;
	int failed;

	if (uv_pipe_init(&hub->loop, &hub->control, 0))
		return MU_NO_MEMORY;
	hub->control.data = hub;
	hub->controlled = true;
	unlink(path); /* left over: whoever holds the data directory's lock owns the path */
	before = umask(0177);
	failed = uv_pipe_bind(&hub->control, path);
	umask(before);
	if (!failed)
		failed = uv_listen((uv_stream_t *)&hub->control, 16, on_connection);
	if (failed)
		return mu_fail(ret_fault, MU_UNAVAILABLE, "Can't listen for the operator at %s: %s", path,
			       uv_strerror(failed));
	return MU_OK;
}

static void close_operator(uv_handle_t *handle, void *arg)
{
	struct mu_hub *hub = arg;

	if (handle->type != UV_NAMED_PIPE || uv_is_closing(handle))
		return;
	if (handle == (uv_handle_t *)&hub->control)
		uv_close(handle, NULL);
	else
		conn_close(handle->data);
}

void control_close(struct mu_hub *hub)
{
	uv_walk(&hub->loop, close_operator, hub);
}
