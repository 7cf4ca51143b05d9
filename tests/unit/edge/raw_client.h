/* A client for the edge's tests: plain sockets, so that it can say what no decent client says. Every wait
 * ends with the event it waits for, or fails after PATIENCE_MS. */
#ifndef RAW_CLIENT_H
#define RAW_CLIENT_H

#include "testing.h"

#include "muster/base/buf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 20000

struct client {
	int fd;
	struct mu_buf in; /* received and not yet taken */
	bool ended;       /* the other side closed */
};

/* From another of this machine's addresses: 127.0.0.<last>. */
static inline struct client client_connect_from(unsigned last, int port, int receive_bytes)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr = { htonl(0x7f000000u + last) } };
	struct client client = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };

	mu_buf_init(&client.in);
	assert_true(client.fd >= 0);
	if (receive_bytes)
		setsockopt(client.fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof(receive_bytes));
	if (bind(client.fd, (struct sockaddr *)(void *)&from, sizeof(from)) < 0 ||
	    connect(client.fd, (struct sockaddr *)(void *)&to, sizeof(to)) < 0)
		fail_msg("connect: %s", strerror(errno));
	return client;
}

static inline struct client client_connect_with(int port, int receive_bytes)
{
	return client_connect_from(1, port, receive_bytes);
}

static inline struct client client_connect(int port)
{
	return client_connect_with(port, 0);
}

static inline void client_finish(struct client *client)
{
	close(client->fd);
	mu_buf_finish(&client->in);
}

static inline void client_write(struct client *client, const void *bytes, size_t n)
{
	assert_int_equal(send(client->fd, bytes, n, MSG_NOSIGNAL), n);
}

static inline void client_say(struct client *client, const char *text)
{
	client_write(client, text, strlen(text));
}

/* Receive some more; false once the other side closed. */
static inline bool client_receive(struct client *client)
{
	struct pollfd poll_for = { .fd = client->fd, .events = POLLIN };
	char some[65536];
	ssize_t n;

	if (client->ended)
		return false;
	if (poll(&poll_for, 1, PATIENCE_MS) != 1)
		fail_msg("nothing came; so far: %.*s", (int)client->in.n, mu_buf_text(&client->in));
	n = recv(client->fd, some, sizeof(some), 0);
	if (n <= 0) {
		client->ended = true;
		return false;
	}
	mu_buf_add(&client->in, some, (size_t)n);
	return true;
}

static inline void client_take(struct client *client, size_t n)
{
	memmove(client->in.data, client->in.data + n, client->in.n - n);
	client->in.n -= n;
}

/* Everything until the other side closes. */
static inline const char *client_rest(struct client *client)
{
	while (client_receive(client))
		;
	return mu_buf_text(&client->in);
}

/* ---- HTTP ---- */

/* One answer: its status; head and body go into `out`. */
static inline int client_answer(struct client *client, struct mu_buf *out)
{
	char *end, *length;
	size_t n;
	int status;

	while (!client->in.n || !(end = memmem(client->in.data, client->in.n, "\r\n\r\n", 4)))
		if (!client_receive(client))
			fail_msg("closed within a head: %.*s", (int)client->in.n, mu_buf_text(&client->in));
	n = (size_t)(end - client->in.data) + 4;
	length = memmem(client->in.data, n, "Content-Length: ", 16);
	n += length ? strtoul(length + 16, NULL, 10) : 0;
	while (client->in.n < n)
		if (!client_receive(client))
			fail_msg("closed within a body");
	mu_buf_reset(out);
	mu_buf_add(out, client->in.data, n);
	status = atoi(mu_buf_text(out) + 9);
	client_take(client, n);
	return status;
}

/* ---- WebSocket ---- */

static inline void client_upgrade(struct client *client, const char *more_headers)
{
	AUTO_BUF struct mu_buf text = { 0 };

	mu_buf_printf(
		&text,
		"GET /v1/ws HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\nConnection: "
		"Upgrade\r\nSec-WebSocket-Version: 13\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: muster.v1\r\n%s\r\n",
		more_headers);
	client_say(client, text.data);
	assert_int_equal(client_answer(client, &text), 101);
	assert_contains(text.data,
			"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"); /* the example of §1.3 */
	assert_contains(text.data, "Sec-WebSocket-Protocol: muster.v1\r\n");
}

/* A frame with any first byte, masked with zeroes. */
static inline void client_add_frame(struct mu_buf *frames, int first, const void *payload, size_t n)
{
	mu_buf_char(frames, (char)first);
	if (n < 126) {
		mu_buf_char(frames, (char)(0x80 | n));
	} else {
		mu_buf_char(frames, (char)0xfe);
		mu_buf_char(frames, (char)(n >> 8));
		mu_buf_char(frames, (char)n);
	}
	mu_buf_add(frames, "\0\0\0\0", 4);
	mu_buf_add(frames, payload, n);
}

static inline void client_frame(struct client *client, int first, const void *payload, size_t n)
{
	AUTO_BUF struct mu_buf frame = { 0 };

	client_add_frame(&frame, first, payload, n);
	client_write(client, frame.data, frame.n);
}

static inline void client_text(struct client *client, const char *text)
{
	client_frame(client, 0x81, text, strlen(text));
}

/* The next frame: its first byte, or −1 when the other side closed without one. The payload goes into `out`.
 */
static inline int client_next(struct client *client, struct mu_buf *out)
{
	size_t header = 2, n = 0;
	const uint8_t *at;
	int first;

	for (;;) {
		at = (const uint8_t *)client->in.data;
		if (client->in.n >= 2) {
			header = at[1] == 126 ? 4 : at[1] == 127 ? 10 : 2;
			assert_false(at[1] & 0x80); /* servers do not mask */
		}
		if (client->in.n >= header) {
			n = header == 2 ? at[1] : 0;
			for (size_t i = 2; i < header; i++)
				n = n << 8 | at[i];
			if (client->in.n >= header + n)
				break;
		}
		if (!client_receive(client))
			return -1;
	}
	first = at[0];
	mu_buf_reset(out);
	mu_buf_add(out, client->in.data + header, n);
	client_take(client, header + n);
	return first;
}

/* The next text message, answering pings on the way. */
static const char *client_message(struct client *client, struct mu_buf *out)
{
	int first;

	while ((first = client_next(client, out)) == 0x89)
		client_frame(client, 0x8a, out->data, out->n);
	if (first != 0x81)
		fail_msg("frame %02x, not a text: %s", (unsigned)first, out->n > 2 ? out->data + 2 : "");
	return mu_buf_text(out);
}

/* Skip what comes until the Close frame; its code, the reason in `out`. */
static inline int client_close_code(struct client *client, struct mu_buf *out)
{
	int first;

	while ((first = client_next(client, out)) != 0x88)
		if (first < 0)
			fail_msg("closed without a Close frame");
	if (out->n < 2)
		return 1005;
	first = (uint8_t)out->data[0] << 8 | (uint8_t)out->data[1];
	memmove(out->data, out->data + 2, out->n - 1); /* with the NUL */
	out->n -= 2;
	return first;
}

#endif
