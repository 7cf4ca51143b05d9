/* The client's WebSocket, as libwebsockets sees it.
 *
 * The library is given numeric addresses, one at a time: its own look-up blocks the loop, and under libuv it
 * can't go on to the next address of a name while the watcher of the one before is still closing.
 *
 * Invariant: what the library says of a connection that is not socket->wsi is not listened to.
 * Thread: the loop's. */
#include "client_socket.h"

#include "muster/base/log.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROTOCOL "muster.v1"
#define READ_BYTES 65536

struct client_message {
	struct client_message *next;
	size_t n;
	unsigned char bytes[]; /* LWS_PRE of room, then the text, which the library masks in place */
};

static void forget_messages(struct client_socket *socket)
{
	for (struct client_message *message = socket->first, *next; message; message = next) {
		next = message->next;
		free(message);
	}
	socket->first = NULL;
	socket->last = NULL;
}

/* The connection is no longer ours, whatever the library still has to do about it. */
static void forget_connection(struct client_socket *socket)
{
	forget_messages(socket);
	mu_buf_reset(&socket->in);
	socket->wsi = NULL;
	socket->up = false;
}

static void down(struct client_socket *socket, int code, const char *reason, size_t n)
{
	forget_connection(socket);
	socket->handlers.on_down(socket->arg, code, reason, n);
}

/* The library's words for a failed connection, by how they begin, in ours. */
static const struct {
	const char *theirs, *ours;
} failures[] = {
	{ "HS: ws upgrade", "what answers there is no hub" },
	{ "connect SSL err", "what answers there does not speak TLS" },
	{ "closed before established", "nobody takes the connection" },
	{ "Unable to connect", "nobody takes the connection" },
	{ "conn fail", "nobody takes the connection" },
	{ "read failed", "the connection was closed" },
	{ "", "the connection failed" },
};

static const char *failure_of(const struct client_socket *socket, const char *theirs, size_t n)
{
	size_t i = 0;

	if (socket->untrusted)
		return "its certificate is not trusted";
	while (*failures[i].theirs && (strlen(failures[i].theirs) > n ||
				       strncmp(theirs, failures[i].theirs, strlen(failures[i].theirs)) != 0))
		i++;
	return failures[i].ours;
}

static int on_failed(struct client_socket *socket, char *in, size_t n)
{
	const char *why = failure_of(socket, in, in ? n : 0);
	unsigned status = lws_http_client_http_response(socket->wsi);
	char text[64];

	if (in && n)
		mu_log(MU_LOG_DEBUG, "edge", "no connection", MU_KS("why", in));
	if (status && status != 101) {
		snprintf(text, sizeof(text), "it answers with HTTP %u", status);
		why = text;
	}
	down(socket, 0, why, strlen(why));
	return 0;
}

/* `n` is whether the library trusts the certificate, which is not ours to change. */
static int on_certificate(struct client_socket *socket, char *in, size_t n)
{
	(void)in;
	if (!n)
		socket->untrusted = true;
	return 0;
}

static int on_established(struct client_socket *socket, char *in, size_t n)
{
	(void)in;
	(void)n;
	socket->up = true;
	socket->handlers.on_up(socket->arg);
	return 0;
}

static int on_receive(struct client_socket *socket, char *in, size_t n)
{
	static const char large[] = "the hub sent a message that is too large",
			  binary[] = "the hub sent something other than text";
	struct lws *wsi = socket->wsi;

	if (lws_frame_is_binary(wsi)) {
		down(socket, 0, binary, strlen(binary));
		return -1;
	}
	mu_buf_add(&socket->in, in, n);
	if (socket->in.failed || socket->in.n > CLIENT_MESSAGE_MAX_BYTES) {
		down(socket, MU_CLOSE_TOO_BIG, large, strlen(large));
		return -1;
	}
	if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi))
		return 0;
	struct mu_buf message = socket->in;
	mu_buf_init(&socket->in);
	socket->handlers.on_text(socket->arg, mu_buf_text(&message), message.n);
	mu_buf_finish(&message);
	return 0;
}

static int on_writeable(struct client_socket *socket, char *in, size_t n)
{
	struct client_message *message = socket->first;
	bool written;

	(void)in;
	(void)n;
	if (!message)
		return 0;
	socket->first = message->next;
	if (!socket->first)
		socket->last = NULL;
	/* What the kernel doesn't take at once the library keeps and sends by itself. */
	written = lws_write(socket->wsi, message->bytes + LWS_PRE, message->n, LWS_WRITE_TEXT) >= 0;
	free(message);
	if (!written)
		return -1;
	if (socket->first)
		lws_callback_on_writable(socket->wsi);
	return 0;
}

static int on_peer_close(struct client_socket *socket, char *in, size_t n)
{
	const unsigned char *bytes = (const unsigned char *)in;

	socket->close_code = n >= 2 ? bytes[0] << 8 | bytes[1] : 1005;
	socket->close_reason_bytes = n > 2 ? n - 2 : 0;
	if (socket->close_reason_bytes > sizeof(socket->close_reason))
		socket->close_reason_bytes = sizeof(socket->close_reason);
	memcpy(socket->close_reason, in + 2, socket->close_reason_bytes);
	return 0;
}

static int on_closed(struct client_socket *socket, char *in, size_t n)
{
	static const char lost[] = "the connection was lost";

	(void)in;
	(void)n;
	if (socket->close_code)
		down(socket, socket->close_code, socket->close_reason, socket->close_reason_bytes);
	else
		down(socket, 0, lost, strlen(lost));
	return 0;
}

static const struct {
	enum lws_callback_reasons reason;
	int (*handle)(struct client_socket *socket, char *in, size_t n);
} handlers[] = {
	{ LWS_CALLBACK_CLIENT_RECEIVE, on_receive },
	{ LWS_CALLBACK_CLIENT_WRITEABLE, on_writeable },
	{ LWS_CALLBACK_CLIENT_ESTABLISHED, on_established },
	{ LWS_CALLBACK_CLIENT_CONNECTION_ERROR, on_failed },
	{ LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION, on_certificate },
	{ LWS_CALLBACK_WS_PEER_INITIATED_CLOSE, on_peer_close },
	{ LWS_CALLBACK_CLIENT_CLOSED, on_closed },
};

static int on_library(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n)
{
	struct client_socket *socket = lws_context_user(lws_get_context(wsi));
	int result;

	(void)user;
	for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
		if (handlers[i].reason != reason)
			continue;
		if (!socket || socket->wsi != wsi)
			return -1;
		socket->in_callback = true;
		result = handlers[i].handle(socket, in, n);
		socket->in_callback = false;
		return socket->wsi == wsi ? result : -1;
	}
	return 0;
}

static const struct lws_protocols protocols[] = {
	{ .name = PROTOCOL, .callback = on_library, .rx_buffer_size = READ_BYTES },
	{ .name = NULL },
};

/* The hub's own pings tell whether a connection lives. */
static const struct lws_retry_bo no_pings = { .secs_since_valid_ping = 0 };

/* Failures reach us as results; what the library says besides would only disturb a screen. */
static void on_log(int level, const char *line)
{
	char text[200];

	(void)level;
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(line, "\n"), line);
	mu_log(MU_LOG_DEBUG, "edge", "libwebsockets", MU_KS("says", text));
}

enum mu_err client_socket_init(struct client_socket *socket, uv_loop_t *loop, bool tls,
			       const struct client_socket_handlers *on, void *arg)
{
	void *loops[] = { loop };
	const struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.options = LWS_SERVER_OPTION_LIBUV | (tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
		.foreign_loops = loops,
		.pt_serv_buf_size = READ_BYTES,
		.gid = -1,
		.uid = -1,
		.user = socket,
		/* Not NULL, or the library would send us through the proxy of the environment, even to this
		   machine. */
		.http_proxy_address = "",
	};

	memset(socket, 0, sizeof(*socket));
	socket->handlers = *on;
	socket->arg = arg;
	mu_buf_init(&socket->in);
	lws_set_log_level(LLL_ERR | LLL_WARN, on_log);
	socket->context = lws_create_context(&info);
	return socket->context ? MU_OK : MU_INTERNAL;
}

bool client_socket_connect(struct client_socket *socket, const struct client_url *url, const char *address)
{
	struct lws *wsi = NULL;
	const struct lws_client_connect_info info = {
		.context = socket->context,
		.address = address,
		.port = url->port,
		.ssl_connection = url->tls ? LCCSCF_USE_SSL : 0,
		.path = url->path,
		.host = url->authority,
		.protocol = PROTOCOL,
		.local_protocol_name = PROTOCOL,
		.alpn = "http/1.1",
		.retry_and_idle_policy = &no_pings,
		.ietf_version_or_minus_one = -1,
		.pwsi = &wsi,
	};

	socket->close_code = 0;
	socket->untrusted = false;
	/* Until this returns the library speaks of a connection that isn't ours yet. */
	socket->wsi = lws_client_connect_via_info(&info);
	return socket->wsi != NULL;
}

bool client_socket_send(struct client_socket *socket, const char *text, size_t n)
{
	struct client_message *message = malloc(sizeof(*message) + LWS_PRE + n);

	if (!message)
		return false;
	message->next = NULL;
	message->n = n;
	memcpy(message->bytes + LWS_PRE, text, n);
	if (socket->last)
		socket->last->next = message;
	else
		socket->first = message;
	socket->last = message;
	lws_callback_on_writable(socket->wsi);
	return true;
}

/* In the middle of a callback the library must not be told to free the connection; the callback's result does
 * it there. */
void client_socket_drop(struct client_socket *socket)
{
	struct lws *wsi = socket->wsi;

	forget_connection(socket);
	if (wsi && !socket->in_callback)
		lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

/* The library has no way to send a Close frame right now, so it comes ready-made: final, masked with zeroes.
 */
void client_socket_goodbye(struct client_socket *socket)
{
	unsigned char frame[] = { 0x88, 0x82, 0, 0, 0, 0, MU_CLOSE_NORMAL >> 8, MU_CLOSE_NORMAL & 0xff };

	/* If it can't be written the hub will notice by itself. */
	if (socket->up)
		(void)lws_write(socket->wsi, frame, sizeof(frame), LWS_WRITE_RAW);
	client_socket_drop(socket);
}

/* The library takes two calls: the first starts closing what it has on the loop, the second, once that is
 * closed, frees. */
void client_socket_stop(struct client_socket *socket)
{
	client_socket_drop(socket);
	lws_context_destroy(socket->context);
}

void client_socket_finish(struct client_socket *socket)
{
	lws_context_destroy(socket->context);
	mu_buf_finish(&socket->in);
}
