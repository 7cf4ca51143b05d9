/* The operator's socket, as bytes that come in pieces: the first byte says how long these are. Each whole
 * line is answered by one line of JSON before the next one is looked at, until the connection is closed. */
#include "fuzz.h"

#define uv_pipe_init tame_pipe_init
#define uv_accept tame_accept
#define uv_read_start tame_read_start
#define uv_write tame_write
#define uv_close tame_close
#define uv_is_closing tame_is_closing
#define mu_hub_call tame_hub_call
/* The file under test, without a socket and without a hub. */
#include "hub/control.c"

#define DEPTH_MOST 64
#define ASKED_MOST 4096

static struct operator_conn *conn;
static uv_read_cb on_bytes;
static bool closing;
static size_t n_asked, n_answered;

static struct {
	uv_write_t *write;
	uv_write_cb done;
} writing;

static struct {
	void (*done)(void *arg, const struct mu_fault *fault, const char *body);
	bool fails;
} asking;

int tame_pipe_init(uv_loop_t *loop, uv_pipe_t *pipe, int ipc)
{
	conn = MU_CONTAINER_OF(pipe, struct operator_conn, pipe);
	return 0;
}

int tame_accept(uv_stream_t *server, uv_stream_t *client)
{
	return 0;
}

int tame_read_start(uv_stream_t *stream, uv_alloc_cb room, uv_read_cb read)
{
	on_bytes = read;
	return 0;
}

int tame_is_closing(const uv_handle_t *handle)
{
	return closing;
}

void tame_close(uv_handle_t *handle, uv_close_cb done)
{
	HOLDS(!closing);
	closing = true;
	done(handle);
}

int tame_write(uv_write_t *req, uv_stream_t *handle, const uv_buf_t bufs[], unsigned nbufs, uv_write_cb done)
{
	const char *text = bufs[0].base;
	const size_t n = bufs[0].len;
	AUTO_JSON json_t *json = NULL;

	HOLDS(nbufs == 1 && n > 1 && memchr(text, '\n', n) == text + n - 1 && !writing.write);
	HOLDS(mu_json_parse(text, n - 1, DEPTH_MOST, &json, NULL) == MU_OK);
	HOLDS(json_object_size(json) == 1 &&
	      (json_object_get(json, "error") || json_object_get(json, "result")));
	n_answered++;
	writing.write = req;
	writing.done = done;
	return 0;
}

enum mu_err tame_hub_call(struct mu_hub *hub, const char *workspace, const char *method, json_t *params,
			  void (*done)(void *arg, const struct mu_fault *fault, const char *body), void *arg)
{
	HOLDS(!asking.done && arg == conn);
	n_asked++;
	json_decref(params);
	if (!strcmp(method, "none"))
		return MU_METHOD_NOT_FOUND;
	asking.done = done;
	asking.fails = workspace && !strcmp(workspace, "none");
	return MU_OK;
}

/* What was asked is answered, and what was answered is written. */
static void settle(void)
{
	while (asking.done || writing.write) {
		uv_write_t *write = writing.write;
		void (*done)(void *, const struct mu_fault *, const char *) = asking.done;
		struct mu_fault fault = { 0 };

		writing.write = NULL;
		asking.done = NULL;
		if (asking.fails)
			mu_fail(&fault, MU_NOT_FOUND, "There is no \"%s\"", "none");
		if (done)
			done(conn, &fault, asking.fails ? NULL : "{}");
		else if (!closing)
			writing.done(write, 0);
	}
}

static void give(const uint8_t *bytes, size_t n)
{
	uv_buf_t room;

	give_room((uv_handle_t *)&conn->pipe, n, &room);
	HOLDS(room.len >= n);
	memcpy(room.base, bytes, n);
	on_bytes((uv_stream_t *)&conn->pipe, (ssize_t)n, &room);
	settle();
}

static size_t count_lines(const uint8_t *bytes, size_t n)
{
	size_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += bytes[i] == '\n';
	return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mu_hub *hub = NULL;
	uv_stream_t server = { .data = &hub };
	const size_t piece = size ? (size_t)*data * 8 + 1 : 1;

	if (size < 2)
		return 0;
	closing = false;
	n_asked = n_answered = 0;
	on_connection(&server, 0);
	for (size_t at = 1; at < size && !closing; at += piece)
		give(data + at, size - at < piece ? size - at : piece);
	HOLDS(n_asked <= n_answered && (closing || n_answered == count_lines(data + 1, size - 1)));
	if (!closing)
		on_bytes((uv_stream_t *)&conn->pipe, UV_EOF, NULL);
	return 0;
}
