/* The WebSocket handshake (RFC 6455 §4.2).
 * Invariant: no connection becomes a WebSocket whose page is of a foreign origin, or that does not offer our
 * subprotocol, or that has a token in its URL, where it would end up in the logs of every proxy on the way.
 * Thread: the edge's. */
#include "http.h"

#include "muster/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRAINING_MS 1000 /* by then another node may be there */
#define SUBPROTOCOL "muster.v1"
#define KEY_CHARS 24 /* base64 of 16 bytes */
#define UPGRADE "Upgrade: websocket\r\nConnection: Upgrade\r\n"
#define MAGIC "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* §1.3 */

static bool is_upgrade(const struct mu_head *head)
{
	return mu_head_is(head, "GET") && head->upgrade &&
	       mu_slice_lists(head->fields[MU_HEAD_UPGRADE], "websocket", false);
}

static bool is_other_upgrade(const struct mu_head *head)
{
	return !mu_slice_is(head->fields[MU_HEAD_UPGRADE], "websocket");
}

static bool is_other_version(const struct mu_head *head)
{
	return !mu_slice_is(head->fields[MU_HEAD_WS_VERSION], "13");
}

static bool is_bad_key(const struct mu_head *head)
{
	struct mu_slice key = head->fields[MU_HEAD_WS_KEY];

	if (key.n != KEY_CHARS || key.at[KEY_CHARS - 1] != '=' || key.at[KEY_CHARS - 2] != '=')
		return true;
	for (size_t i = 0; i < KEY_CHARS - 2; i++) {
		char c = key.at[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		      c == '+' || c == '/'))
			return true;
	}
	return false;
}

static bool has_no_subprotocol(const struct mu_head *head)
{
	return !mu_head_lists(head, MU_HEAD_WS_PROTOCOL, SUBPROTOCOL, true);
}

static const struct {
	bool (*is)(const struct mu_head *head);
	int status;
	const char *headers, *why;
} refusals[] = {
	{ is_other_upgrade, 400, NULL, "Only Upgrade: websocket is understood" },
	{ is_other_version, 426, "Sec-WebSocket-Version: 13\r\n" UPGRADE,
	  "Only version 13 of the WebSocket protocol is spoken" },
	{ is_bad_key, 400, NULL, "Sec-WebSocket-Key is not the base64 form of 16 bytes" },
	{ has_no_subprotocol, 400, NULL, "Offer the subprotocol " SUBPROTOCOL },
};

static void refuse(struct conn *conn, int status, const char *headers, const char *why)
{
	conn->http->keep_alive = false;
	reply_problem(conn, status, headers, why);
}

static bool check(struct conn *conn)
{
	const struct mu_head *head = &conn->http->head;

	if (conn->edge->draining) {
		conn->http->keep_alive = false;
		reply_later(conn, MU_UNAVAILABLE, DRAINING_MS, "This node is draining; come back at once");
		return false;
	}
	if (!is_upgrade(head) && !head->fields[MU_HEAD_UPGRADE].at) {
		refuse(conn, 426, UPGRADE, "This is a WebSocket: connect with a WebSocket client");
		return false;
	}
	for (size_t i = 0; i < MU_COUNT(refusals); i++) {
		if (!refusals[i].is(head))
			continue;
		refuse(conn, refusals[i].status, refusals[i].headers, refusals[i].why);
		return false;
	}
	if (!is_upgrade(head)) {
		refuse(conn, 400, NULL, "A WebSocket handshake is a GET with Connection: Upgrade");
		return false;
	}
	if (mu_origin_of(config_of(conn->edge)->origins, head->fields[MU_HEAD_ORIGIN],
			 head->fields[MU_HEAD_HOST]) == MU_ORIGIN_FOREIGN) {
		refuse(conn, 403, NULL, "Pages of this origin may not connect; see the option origins");
		return false;
	}
	return true;
}

static void accept_key(struct mu_slice key, char out[static 32])
{
	unsigned char text[KEY_CHARS + sizeof(MAGIC)], hash[20];

	memcpy(text, key.at, KEY_CHARS);
	memcpy(text + KEY_CHARS, MAGIC, sizeof(MAGIC));
	lws_SHA1(text, KEY_CHARS + sizeof(MAGIC) - 1, hash);
	lws_b64_encode_string((const char *)hash, sizeof(hash), out, 32);
}

static struct mu_frame *make_answer(const struct mu_head *head)
{
	char key[32], text[256];
	struct mu_frame *frame;
	int n;

	accept_key(head->fields[MU_HEAD_WS_KEY], key);
	n = snprintf(text, sizeof(text),
		     "HTTP/1.1 101 Switching Protocols\r\n" UPGRADE
		     "Sec-WebSocket-Accept: %s\r\nSec-WebSocket-Protocol: " SUBPROTOCOL "\r\n\r\n",
		     key);
	frame = mu_frame_create((size_t)n);
	if (frame)
		memcpy(frame->data, text, frame->n);
	return frame;
}

void upgrade_take(struct conn *conn)
{
	struct http *http = conn->http;
	struct mu_slice token;
	struct mu_buf in;
	size_t used;

	if (!check(conn))
		return;
	if (http_bearer(http, &token))
		conn->token = strndup(token.at, token.n);
	send_plain(conn, make_answer(&http->head));
	in = http->in;
	used = http->head.bytes;
	mu_buf_init(&http->in);
	http_finish(conn);
	if (conn->state == CONN_HTTP)
		session_start(conn, (uint8_t *)in.data + used, in.n - used);
	mu_buf_finish(&in);
}
