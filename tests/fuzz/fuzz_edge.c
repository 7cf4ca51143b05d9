/* What comes in over sockets, from the first byte on: an edge without a thread of its own and without
 * libwebsockets, before a hub of tame.h. An input is lines:
 *
 *   CONN r CUT TEXT     bytes for one of four connections (CONN is a digit; it is made when it isn't there),
 * in pieces of CUT + 1 bytes, a hexadecimal digit; 0: in one CONN w CUT TEXT     the same as a WebSocket text
 * message CONN f CUT HH TEXT  the same as a frame that begins with the byte HH CONN x CUT TEXT     bytes, and
 * the connection is lost CONN c CUT TEXT     bytes of a new connection +MS                 time passes
 *
 * without the blanks between the first three. In TEXT \r \n \\ \xHH are bytes, and ^k ^o ^n are the tokens of
 * the platform, the owner and Ann.
 *
 * Nothing is written after a connection was shut down or before it asked for something, what follows an
 * upgrade is whole frames with JSON in them, and in the end no request of a connection that still stands
 * waits. */
#include "tame.h"

#include "edge/edge.c"
#include "edge/http.h"
#include "muster/api/api.h"
#include "muster/auth/token.h"

#define CONNS 4
#define STALL_BYTES 50
#define LINES_MOST 32
#define WS_KEY "dGhlIHNhbXBsZSBub25jZQ=="

struct lws {
	bool shut, killed, on;
	size_t room; /* bytes that it takes, for the time being */
	struct mu_buf in, out;
};

static struct lws sockets[CONNS];

/* ---- sockets ---- */

void socket_library_setup(void)
{
}

enum mu_err socket_context_create(struct mu_edge *edge)
{
	return MU_OK;
}

bool socket_adopt(struct conn *conn, int fd)
{
	return false;
}

void socket_kill(struct conn *conn)
{
	HOLDS(conn->wsi);
	conn->wsi->killed = true;
	conn->wsi = NULL;
	conn_gone(conn);
}

/* As the kernel: it may take less than there is, and says later that there is room again. */
size_t socket_write(struct conn *conn, const char *bytes, size_t n)
{
	struct lws *socket = conn->wsi;
	const size_t taken = n < socket->room ? n : socket->room;

	HOLDS(!conn->blocked && !socket->shut && !socket->killed && n > 0);
	mu_buf_add(&socket->out, bytes, taken);
	socket->room -= taken;
	conn->blocked = taken < n;
	return taken;
}

void socket_reading(struct conn *conn, bool on)
{
	conn->reading_off = !on;
	if (conn->wsi)
		conn->wsi->on = on;
}

void socket_shut(struct conn *conn)
{
	if (conn->shut || !conn->wsi)
		return;
	conn->shut = true;
	conn->wsi->shut = true;
}

void socket_wake_buffered(struct mu_edge *edge)
{
}

/* ---- the edge ---- */

static struct mu_config config;
static struct mu_metrics metrics;
static struct mu_methods methods;
static struct mu_edge_shared *shared;
static struct mu_edge *edge;
static struct tame *tame;
static uint32_t slots[CONNS];

static int64_t now_ms(void *arg)
{
	return tame_now_ms();
}

static const struct mu_clock edge_clock = { .mono_ms = now_ms, .wall_ms = now_ms };

static bool is_ready(void *arg)
{
	return true;
}

static void post(void *to, struct mu_down *first, struct mu_down *last, size_t n)
{
	mu_edge_post(to, first, last, n);
}

/* As mu_edge_create, without its thread and its listener. */
static void start_edge(void)
{
	const struct mu_edge_setup setup = { .index = 1,
					     .metrics = &metrics,
					     .methods = &methods,
					     .hub = tame_queue(tame),
					     .ready = is_ready,
					     .shared = shared,
					     .clock = &edge_clock };

	edge = calloc(1, sizeof(*edge));
	HOLDS(edge);
	edge->setup = setup;
	listen_init(edge);
	edge->timer_due_ms = INT64_MAX;
	edge->now_ms = tame_now_ms();
	edge->random = 1;
	mu_wheel_init(&edge->wheel, edge->now_ms);
	mu_topics_init(&edge->topics, joined_of, edge);
	HOLDS(loop_create(edge) && make_frames(edge));
	HOLDS(mu_queue_init(&edge->inbox, wake_edge, edge) == MU_OK);
	tame_attach(tame, post, edge);
}

static void settle(void)
{
	for (int idle = 0; idle < 3; idle++) {
		uv_run(&edge->loop, UV_RUN_NOWAIT);
		if (mu_queue_length(tame_queue(tame)))
			idle = 0;
		tame_settle();
		if (mu_queue_length(&edge->inbox))
			idle = 0;
	}
}

static void connect_to(size_t i)
{
	const uint8_t address[4] = { 192, 0, 2, (uint8_t)i };
	const struct mu_address peer = mu_address_v4(address);
	struct conn *conn = conn_create(edge, &peer, false);

	mu_buf_finish(&sockets[i].in);
	mu_buf_finish(&sockets[i].out);
	sockets[i] = (struct lws){ .on = true, .room = SIZE_MAX };
	HOLDS(conn);
	conn->wsi = &sockets[i];
	slots[i] = conn->slot;
}

/* NULL: it is gone. */
static struct conn *conn_of(size_t i)
{
	struct conn *conn = conn_at(edge, slots[i]);

	return conn->state != CONN_FREE && conn->wsi == &sockets[i] ? conn : NULL;
}

/* As libwebsockets does it: one read of so many bytes, while reading is on. */
static void give(size_t i, const char *bytes, size_t n)
{
	static void (*const readers[CONN_STATES])(struct conn *, uint8_t *, size_t) = {
		[CONN_OPENING] = session_read, [CONN_OPEN] = session_read, [CONN_CLOSING] = session_read
	};
	struct conn *conn = conn_of(i);
	AUTO_FREE uint8_t *copy = NULL;

	if (!conn || !n || !sockets[i].on || conn->blocked)
		return;
	copy = malloc(n);
	HOLDS(copy);
	memcpy(copy, bytes, n);
	mu_buf_add(&sockets[i].in, bytes, n);
	edge->now_ms = conn->heard_ms = tame_now_ms();
	if (conn->state == CONN_HTTP)
		http_read(conn, copy, n);
	else if (readers[conn->state])
		readers[conn->state](conn, copy, n);
	if (conn->state == CONN_DEAD)
		edge_again(edge);
	settle();
}

static void stall(size_t i, size_t bytes)
{
	sockets[i].room = bytes;
}

static void thaw(size_t i)
{
	struct conn *conn = conn_of(i);

	sockets[i].room = SIZE_MAX;
	if (!conn || !conn->blocked)
		return;
	conn->blocked = false;
	conn->heard_ms = edge->now_ms = tame_now_ms();
	send_later(conn);
	settle();
}

static void lose(size_t i)
{
	struct conn *conn = conn_of(i);

	if (!conn)
		return;
	sockets[i].killed = true;
	conn->wsi = NULL;
	conn_gone(conn);
	settle();
}

/* ---- what may be written ---- */

/* Whole frames of a server: each text is JSON. What is cut off may be so only if the socket was killed. */
static void check_frames(const struct lws *socket, const uint8_t *at, size_t n)
{
	while (n) {
		size_t head = 2, bytes;

		if (n < 2)
			break;
		bytes = at[1] & 0x7f;
		head += bytes == 126 ? 2 : bytes == 127 ? 8 : 0;
		HOLDS((at[0] & 0xf0) == 0x80 && !(at[1] & 0x80));
		if (n < head)
			break;
		if (head > 2) {
			bytes = 0;
			for (size_t i = 2; i < head; i++)
				bytes = bytes << 8 | at[i];
		}
		if (n - head < bytes)
			break;
		if ((at[0] & 0xf) == 1) {
			AUTO_JSON json_t *json = NULL;

			HOLDS(mu_json_parse((const char *)at + head, bytes, 64, &json, NULL) == MU_OK);
		} else {
			HOLDS((at[0] & 0xf) >= 8 && bytes <= 125);
		}
		at += head + bytes;
		n -= head + bytes;
	}
	HOLDS(!n || socket->killed);
}

/* How long the body behind this head is; SIZE_MAX: it says so itself. */
static size_t body_bytes(const char *head, const char *end)
{
	const char *length = strstr(head, "\r\nContent-Length: "),
		   *chunked = strstr(head, "\r\nTransfer-Encoding: ");

	if (chunked && chunked < end)
		return SIZE_MAX;
	return length && length < end ? (size_t)atoll(length + strlen("\r\nContent-Length: ")) : 0;
}

/* Then an answer may have a length and no body. */
static bool has_asked_for_heads(const struct lws *socket)
{
	for (size_t i = 0; i + 4 <= socket->in.n; i++)
		if (strncasecmp(socket->in.data + i, "HEAD", 4) == 0)
			return true;
	return false;
}

/* Answers one after the other, each whole, and behind an upgrade frames. */
static void check_written(const struct lws *socket)
{
	const char *text = mu_buf_text(&socket->out), *last = text + socket->out.n;

	while (text < last && !has_asked_for_heads(socket)) {
		const char *end = strstr(text, "\r\n\r\n");
		size_t bytes;

		HOLDS(end || socket->killed);
		if (!end)
			return;
		HOLDS(strncmp(text, "HTTP/1.1 ", 9) == 0);
		if (strncmp(text, "HTTP/1.1 101 ", 13) == 0) {
			check_frames(socket, (const uint8_t *)end + 4, (size_t)(last - end - 4));
			return;
		}
		bytes = body_bytes(text, end);
		if (bytes == SIZE_MAX)
			return;
		HOLDS((size_t)(last - end - 4) >= bytes || socket->killed);
		text = end + 4 + bytes;
	}
}

static void check_conn(size_t i)
{
	struct conn *conn = conn_of(i);

	check_written(&sockets[i]);
	if (!conn)
		return;
	HOLDS(!conn->n_pendings && !conn->pendings);
	HOLDS(!conn->http || conn->http->phase == HTTP_READING || conn->state != CONN_HTTP);
}

/* ---- lines ---- */

/* ^k, ^o and ^n stand for tokens. */
static void fill_tokens(const struct mu_buf *text, struct mu_buf *out)
{
	for (size_t i = 0; i < text->n; i++) {
		const char *token =
			text->data[i] == '^' && i + 1 < text->n ? tame_token(text->data[i + 1]) : NULL;

		if (token)
			mu_buf_str(out, token);
		else
			mu_buf_char(out, text->data[i]);
		i += token != NULL;
	}
}

static void frame_text(uint8_t first, const struct mu_buf *text, struct mu_buf *out)
{
	const uint8_t mask[4] = { 0x11, 0x22, 0x33, 0x44 };

	mu_buf_char(out, (char)first);
	if (text->n < 126) {
		mu_buf_char(out, (char)(0x80 | text->n));
	} else {
		mu_buf_char(out, (char)(0x80 | 126));
		mu_buf_char(out, (char)(text->n >> 8));
		mu_buf_char(out, (char)text->n);
	}
	mu_buf_add(out, mask, sizeof(mask));
	for (size_t i = 0; i < text->n; i++)
		mu_buf_char(out, (char)(text->data[i] ^ mask[i % 4]));
}

/* In pieces, if what follows says so. */
static void give_all(size_t i, const struct mu_buf *bytes, size_t piece)
{
	for (size_t at = 0; at < bytes->n; at += piece)
		give(i, bytes->data + at, bytes->n - at < piece ? bytes->n - at : piece);
}

/* Connection, kind, how it is cut (0 whole, else so many bytes), blank, text. */
static void take_line(void *arg, char *line)
{
	AUTO_BUF struct mu_buf plain = { 0 }, text = { 0 }, bytes = { 0 };
	const size_t i = (size_t)(uint8_t)*line % CONNS;
	size_t piece;

	if (*line == '+') {
		tame_pass(atoll(line + 1) % 100000000);
		on_timer(&edge->timer);
		settle();
		return;
	}
	if (strlen(line) < 4)
		return;
	piece = line[2] == '0' ? SIZE_MAX / 2 : (size_t)lines_hex(line[2]) + 1;
	if (line[1] == 'c' || !conn_of(i)) {
		lose(i);
		connect_to(i);
	}
	if (line[1] == 's') {
		stall(i, (size_t)lines_hex(line[2]) * STALL_BYTES);
		return;
	}
	if (line[1] == 't') {
		thaw(i);
		return;
	}
	if (line[1] == 'f') {
		lines_unescape(line[4] ? line + 5 : line + 4, &plain);
		fill_tokens(&plain, &text);
		frame_text((uint8_t)(lines_hex(line[3]) << 4 | lines_hex(line[4])), &text, &bytes);
	} else {
		lines_unescape(line + 4, &plain);
		fill_tokens(&plain, &text);
		if (line[1] == 'w')
			frame_text(0x81, &text, &bytes);
		else
			mu_buf_add(&bytes, text.data, text.n);
	}
	HOLDS(!mu_buf_error(&bytes));
	give_all(i, &bytes, piece);
	if (line[1] == 'x')
		lose(i);
}

/* ---- life ---- */

static void begin(void)
{
	static bool begun;

	tame_begin();
	if (begun)
		return;
	begun = true;
	mu_metrics_init(&metrics);
	HOLDS(mu_config_init(&config) == MU_OK);
	HOLDS(mu_command_methods(&methods) == MU_OK);
	shared = mu_edge_shared_create(&config);
	HOLDS(shared);
}

static void drop_conn(struct conn *conn, void *arg)
{
	conn->wsi = NULL;
	conn_gone(conn);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	begin();
	tame = tame_create(tame_store(), "a");
	start_edge();
	for (size_t i = 0; i < CONNS; i++)
		connect_to(i);
	lines_each(data, size, LINES_MOST, take_line, NULL);
	for (size_t i = 0; i < CONNS; i++)
		thaw(i);
	settle();
	for (size_t i = 0; i < CONNS; i++)
		check_conn(i);
	conn_for_each(edge, drop_conn, NULL);
	settle();
	tame_check(tame, tame_thorough(data, size));
	settle();
	tame_destroy(tame);
	loop_finish(edge);
	edge_free(edge);
	for (size_t i = 0; i < CONNS; i++) {
		mu_buf_finish(&sockets[i].in);
		mu_buf_finish(&sockets[i].out);
	}
	return 0;
}

/* ---- new lines ---- */

static void make_path(struct draw *draw, const char *route, struct mu_buf *out)
{
	for (; *route; route++) {
		if (*route == '{') {
			const size_t n = strcspn(++route, "}");
			AUTO_FREE char *name = strndup(route, n);

			make_word(draw, name, out);
			route += n;
		} else if (*route != '[' && *route != ']') {
			mu_buf_char(out, *route);
		}
	}
}

static const struct mu_command *draw_command(struct draw *draw)
{
	unsigned n = 0;

	while (mu_command(n))
		n++;
	return mu_command((unsigned)draw_below(draw, n));
}

static void make_http(struct draw *draw, struct mu_buf *out)
{
	static const char whos[] = "kkkonnx";
	const struct mu_command *command = draw_command(draw);
	AUTO_BUF struct mu_buf body = { 0 };

	while (!command->route)
		command = draw_command(draw);
	make_path(draw, command->route, out);
	mu_buf_printf(out, " HTTP/1.1\\r\\nHost: hub\\r\\nAuthorization: Bearer ^%c\\r\\n",
		      whos[draw_below(draw, sizeof(whos) - 1)]);
	if (draw_one_in(draw, 10))
		mu_buf_str(out, "Idempotency-Key: k1\\r\\n");
	if (draw_one_in(draw, 10))
		mu_buf_str(out, "Connection: close\\r\\n");
	if (strncmp(command->route, "GET", 3) != 0 && command->params) {
		make_record(draw, command->params, &body);
		mu_buf_printf(out, "Content-Type: application/json\\r\\nContent-Length: %zu\\r\\n", body.n);
	}
	mu_buf_printf(out, "\\r\\n%s", mu_buf_text(&body));
}

static void make_message(struct draw *draw, struct mu_buf *out)
{
	const struct mu_command *command = draw_command(draw);

	if (draw_one_in(draw, 4))
		mu_buf_printf(out,
			      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"session.open\",\"params\":{"
			      "\"token\":\"^%c\"}}",
			      draw_one_in(draw, 3) ? 'o' : 'n');
	else if (draw_one_in(draw, 10))
		mu_buf_str(out, "[{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"workspace.get\"},7,{}]");
	else {
		mu_buf_printf(out, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":",
			      (int)draw_below(draw, 10), command->name);
		if (command->params)
			make_record(draw, command->params, out);
		else
			mu_buf_str(out, "{}");
		mu_buf_char(out, '}');
	}
}

static void make_line(struct draw *draw, struct mu_buf *out)
{
	static const char upgrade[] =
		"GET /v1/ws HTTP/1.1\\r\\nHost: hub\\r\\nUpgrade: websocket\\r\\nConnection: "
		"Upgrade\\r\\nSec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: " WS_KEY "\\r\\n\\r\\n";
	static const char *const others[] = {
		"GET / HTTP/1.1\\r\\nHost: hub\\r\\n\\r\\n",
		"GET /healthz HTTP/1.1\\r\\nHost: hub\\r\\n\\r\\n",
		"GET /metrics HTTP/1.1\\r\\nHost: hub\\r\\n\\r\\n",
		"HEAD /v1/openapi.json HTTP/1.1\\r\\nHost: hub\\r\\n\\r\\n",
		"OPTIONS /v1/users HTTP/1.1\\r\\nHost: hub\\r\\nOrigin: http://x\\r\\n\\r\\n"
	};
	const char i = (char)('0' + draw_below(draw, CONNS));
	const char piece = draw_one_in(draw, 4) ? 'f' : '0';

	switch (draw_below(draw, 8)) {
	case 0:
		mu_buf_printf(out, "+%d", (int)draw_below(draw, draw_one_in(draw, 2) ? 100000 : 100));
		break;
	case 1:
		mu_buf_printf(out, "%cr%c %s", i, piece, upgrade);
		break;
	case 2:
		mu_buf_printf(out, "%c%c%c %s", i, draw_one_in(draw, 4) ? 'x' : 'r', piece,
			      others[draw_below(draw, MU_COUNT(others))]);
		break;
	case 3:
		if (draw_one_in(draw, 3)) {
			mu_buf_printf(out, "%c%c%x ", i, draw_one_in(draw, 2) ? 's' : 't',
				      (unsigned)draw_below(draw, 16));
			break;
		}
		mu_buf_printf(out, "%cf%c%02x%s", i, piece, (unsigned)draw_below(draw, 256), "\\x03\\xe8bye");
		break;
	case 4:
	case 5:
		mu_buf_printf(out, "%cw%c ", i, piece);
		make_message(draw, out);
		break;
	default:
		mu_buf_printf(out, "%cr%c ", i, piece);
		make_http(draw, out);
		break;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	return lines_mutate(data, size, most, seed, make_line);
}
