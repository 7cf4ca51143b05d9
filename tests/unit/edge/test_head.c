/* Request heads: what is accepted means one thing only, what is not is refused with the right status. */
#include "testing.h"

#include "muster/base/buf.h"
#include "muster/base/mem.h"

#include "head.h"

#define H "Host: hub\r\n"

static const struct {
	const char *text, *means; /* "METHOD path?query body keep/close[ upgrade]" or the status */
} heads[] = {
	{ "GET / HTTP/1.1\r\n" H "\r\n", "GET / 0 keep" },
	{ "GET /a/b?c=d&e HTTP/1.1\r\n" H "\r\n", "GET /a/b?c=d&e 0 keep" },
	{ "GET /? HTTP/1.1\r\n" H "\r\n", "GET /? 0 keep" },
	{ "GET / HTTP/1.0\r\n\r\n", "GET / 0 close" },
	{ "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET / 0 keep" },
	{ "GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n", "GET / 0 close" },
	{ "GET / HTTP/1.1\r\n" H "Connection: keep-alive, Upgrade\r\n\r\n", "GET / 0 keep upgrade" },
	{ "GET / HTTP/1.1\r\n" H "Connection: close\r\nConnection: keep-alive\r\n\r\n", "GET / 0 close" },
	{ "POST /x HTTP/1.1\r\n" H "Content-Length: 12\r\n\r\n", "POST /x 12 keep" },
	{ "POST /x HTTP/1.1\r\n" H "content-length:0\r\n\r\n", "POST /x 0 keep" },
	{ "POST /x HTTP/1.1\r\n" H "CONTENT-LENGTH: \t 7 \t\r\n\r\n", "POST /x 7 keep" },
	{ "OPTIONS * HTTP/1.1\r\n" H "\r\n", "OPTIONS * 0 keep" },
	{ "GET / HTTP/1.2\r\n" H "\r\n", "GET / 0 keep" },
	{ "GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "GET / 0 close" },
	{ "GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n", "GET / 0 close" },
	{ "GET / HTTP/1.1\r\n" H "Connection: a\r\nconnection:\tb, Upgrade\r\nConnection: c\r\n\r\n",
	  "GET / 0 keep upgrade" },
	{ "GET http://other.test/a?b HTTP/1.1\r\n" H "\r\n", "GET /a?b 0 keep" },
	{ "GET HTTPS://other.test:443/a HTTP/1.1\r\n" H "\r\n", "GET /a 0 keep" },
	{ "GET http://other.test HTTP/1.1\r\n" H "\r\n", "GET / 0 keep" },
	{ "GET http://other.test?b/c HTTP/1.1\r\n" H "\r\n", "GET /?b/c 0 keep" },
	{ "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", "GET / 0 keep" },
	{ "GET / HTTP/1.1\r\nHost: 10.0.0.1:\r\n\r\n", "GET / 0 keep" },
	{ "BREW /pot HTTP/1.1\r\n" H "X-Anything: \xc3\xa9\r\nX-Empty:\r\n\r\n", "BREW /pot 0 keep" },
	/* a header whose name begins like a known one is a header of its own */
	{ "GET / HTTP/1.1\r\nX-Real: 1\r\n" H "X-Forwarded: 2\r\nContent: 3\r\nH: 4\r\n\r\n",
	  "GET / 0 keep" },

	{ "GET / HTTP/1.1\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\n" H H "\r\n", "400" },
	{ "GET  / HTTP/1.1\r\n" H "\r\n", "400" },
	{ "GET / \r\n" H "\r\n", "400" },
	{ "GET / HTTP/1.1 \r\n" H "\r\n", "400" },
	{ "GET / HTTP/1\r\n" H "\r\n", "400" },
	{ "GET / HTTP/1.10\r\n" H "\r\n", "400" },
	{ "GET / HTTP/x.1\r\n" H "\r\n", "400" },
	{ "GET /\r\n" H "\r\n", "400" },
	{ "GET\r\n" H "\r\n", "400" },
	{ "\r\nGET / HTTP/1.1\r\n" H "\r\n", "400" },
	{ " GET / HTTP/1.1\r\n" H "\r\n", "400" },
	{ "GET / HTTP/0.9\r\n" H "\r\n", "505" },
	{ "GET / HTTP/2.0\r\n" H "\r\n", "505" },
	{ "PRI * HTTP/2.0\r\n\r\n", "505" },
	{ "GET / http/1.1\r\n" H "\r\n", "400" },
	{ "GET * HTTP/1.1\r\n" H "\r\n", "400" },
	{ "GET x HTTP/1.1\r\n" H "\r\n", "400" },
	{ "GET /a#b HTTP/1.1\r\n" H "\r\n", "400" },
	{ "GET /a\tb HTTP/1.1\r\n" H "\r\n", "400" },
	{ "GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n", "400" },
	{ "CONNECT evil.test:443 HTTP/1.1\r\n" H "\r\n", "501" },
	{ "options * HTTP/1.1\r\n" H "\r\n", "400" },
	{ "GET http:// HTTP/1.1\r\n" H "\r\n", "400" },
	{ "GET http:///a HTTP/1.1\r\n" H "\r\n", "400" },
	{ "GET http://me@hub/ HTTP/1.1\r\n" H "\r\n", "400" },
	{ "GET ftp://hub/ HTTP/1.1\r\n" H "\r\n", "400" },
	{ "GET / HTTP/1.1\r\nHost:\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\nHost: hub/a\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\nHost: me@hub\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\nHost: hub:80x\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\nHost: :80\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", "400" },
	{ "GET / HTTP/1.0\r\nHost: a b\r\n\r\n", "400" },
	{ "G(T / HTTP/1.1\r\n" H "\r\n", "400" },
	{ "ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\n" H "\r\n", "501" },
	{ "GET / HTTP/1.1\r\nHost: [hub]\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\n" H "no colon\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\n" H ": no name\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\n" H "Name : space\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\n" H " folded: line\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\n" H "A: b\x01\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\n" H "A: b\x7f\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\n" H "A: b\rc: d\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\n" H "\r\n", "400" },
	{ "GET / HTTP/1.1\r\nHost: hub\nA: b\r\n\r\n", "400" },
	{ "POST / HTTP/1.1\r\n" H "Content-Length: -5\r\n\r\n", "400" },
	{ "POST / HTTP/1.1\r\n" H "Content-Length: +5\r\n\r\n", "400" },
	{ "POST / HTTP/1.1\r\n" H "Content-Length: 5, 5\r\n\r\n", "400" },
	{ "POST / HTTP/1.1\r\n" H "Content-Length: 0x5\r\n\r\n", "400" },
	{ "POST / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n", "400" },
	{ "POST / HTTP/1.1\r\n" H "Content-Length: 9999999999999999\r\n\r\n", "400" },
	{ "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", "400" },
	{ "POST / HTTP/1.1\r\n" H "Transfer-Encoding: Chunked\r\n\r\n", "411" },
	{ "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n", "400" },
	{ "POST / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n", "501" },
	{ "POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n", "501" },
	{ "POST / HTTP/1.1\r\n" H "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "400" },
	{ "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", "400" },
	{ "GET / HTTP/1.1\r\n" H "Authorization: a\r\nAuthorization: b\r\n\r\n", "400" },
};

static void describe(enum mu_head_result result, const struct mu_head *head, char out[static 128])
{
	if (result == MU_HEAD_MORE)
		snprintf(out, 128, "more");
	else if (result == MU_HEAD_BAD)
		snprintf(out, 128, "%d", head->status);
	else
		snprintf(out, 128, "%.*s %.*s%s%.*s %d %s%s", (int)head->method.n, head->method.at,
			 (int)head->path.n, head->path.at, head->query.at ? "?" : "", (int)head->query.n,
			 head->query.at ? head->query.at : "", (int)head->body_bytes,
			 head->keep_alive ? "keep" : "close", head->upgrade ? " upgrade" : "");
}

static void test_heads(void **state)
{
	for (size_t i = 0; i < MU_COUNT(heads); i++) {
		struct mu_head head;
		size_t scanned = 0;
		char means[128];

		describe(mu_head_read(heads[i].text, strlen(heads[i].text), &scanned, &head), &head, means);
		if (strcmp(means, heads[i].means) != 0)
			fail_msg("%s: %s, not %s", heads[i].text, means, heads[i].means);
		if (means[0] > '9')
			assert_int_equal(head.bytes, strlen(heads[i].text));
		else
			assert_non_null(head.problem);
	}
}

/* A head means the same however it is cut up on the way; only the early word about a bare line feed may come
 * sooner. */
static void test_byte_by_byte(void **state)
{
	for (size_t i = 0; i < MU_COUNT(heads); i++) {
		size_t n = strlen(heads[i].text), scanned = 0, at;
		enum mu_head_result result = MU_HEAD_MORE;
		struct mu_head head;
		char means[128];

		for (at = 1; at <= n && result == MU_HEAD_MORE; at++)
			result = mu_head_read(heads[i].text, at, &scanned, &head);
		describe(result, &head, means);
		assert_string_equal(means, heads[i].means);
	}
}

static void test_what_follows_is_not_touched(void **state)
{
	static const char text[] =
		"POST /a HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\n{}GET /b HTTP/1.1\r\n\r\n";
	struct mu_head head;
	size_t scanned = 0;

	assert_int_equal(mu_head_read(text, sizeof(text) - 1, &scanned, &head), MU_HEAD_DONE);
	assert_memory_equal(text + head.bytes, "{}GET /b", 8);
	assert_int_equal(head.body_bytes, 2);
}

static void test_fields_are_found(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nhost: A\r\nORIGIN:  B \r\nSec-WebSocket-Protocol: x, "
				   "muster.v1\r\nX-Forwarded-For: 1\r\n"
				   "X-Forwarded-For: 2\r\nIdempotency-Key: k\r\n\r\n";
	struct mu_head head;
	size_t scanned = 0;

	assert_int_equal(mu_head_read(text, sizeof(text) - 1, &scanned, &head), MU_HEAD_DONE);
	assert_true(mu_slice_is(head.fields[MU_HEAD_HOST], "a"));
	assert_true(mu_slice_is(head.fields[MU_HEAD_ORIGIN], "b"));
	assert_true(mu_slice_lists(head.fields[MU_HEAD_WS_PROTOCOL], "muster.v1", true));
	assert_false(mu_slice_lists(head.fields[MU_HEAD_WS_PROTOCOL], "Muster.v1", true));
	assert_true(mu_slice_is(head.fields[MU_HEAD_X_FORWARDED_FOR], "2"));
	assert_true(mu_slice_is(head.fields[MU_HEAD_IDEMPOTENCY_KEY], "k"));
	assert_null(head.fields[MU_HEAD_AUTHORIZATION].at);
}

static void test_the_host_of_the_target_counts(void **state)
{
	static const char text[] = "GET http://other.test:81/ HTTP/1.1\r\n" H "\r\n";
	struct mu_head head;
	size_t scanned = 0;

	assert_int_equal(mu_head_read(text, sizeof(text) - 1, &scanned, &head), MU_HEAD_DONE);
	assert_true(mu_slice_is(head.fields[MU_HEAD_HOST], "other.test:81"));
}

static void test_lines_of_a_field_are_one_list(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\n" H "Sec-WebSocket-Protocol: a\r\n"
				   "Sec-WebSocket-Protocol-X: b\r\nsec-websocket-protocol: c, d\r\n\r\n";
	struct mu_head head;
	size_t scanned = 0;

	assert_int_equal(mu_head_read(text, sizeof(text) - 1, &scanned, &head), MU_HEAD_DONE);
	assert_true(mu_head_lists(&head, MU_HEAD_WS_PROTOCOL, "a", true));
	assert_false(mu_head_lists(&head, MU_HEAD_WS_PROTOCOL, "b", true));
	assert_true(mu_head_lists(&head, MU_HEAD_WS_PROTOCOL, "d", true));
	assert_false(mu_head_lists(&head, MU_HEAD_WS_PROTOCOL, "D", true));
	assert_false(mu_head_lists(&head, MU_HEAD_ACCEPT, "a", true));
}

static void test_too_large(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct mu_head head;
	size_t scanned = 0;

	mu_buf_str(&text, "GET / HTTP/1.1\r\n" H "A: ");
	while (text.n < MU_HEAD_MAX_BYTES - 1)
		mu_buf_char(&text, 'x');
	assert_int_equal(mu_head_read(text.data, text.n, &scanned, &head), MU_HEAD_MORE);
	mu_buf_char(&text, 'x');
	assert_int_equal(mu_head_read(text.data, text.n, &scanned, &head), MU_HEAD_BAD);
	assert_int_equal(head.status, 431);

	text.data[14] = text.data[15] = 'x'; /* no end of a line anywhere */
	text.data[24] = text.data[25] = 'x';
	scanned = 0;
	assert_int_equal(mu_head_read(text.data, text.n, &scanned, &head), MU_HEAD_BAD);
	assert_int_equal(head.status, 414);
}

static void test_exactly_as_large_as_allowed(void **state)
{
	AUTO_BUF struct mu_buf text = { 0 };
	struct mu_head head;
	size_t scanned = 0;

	mu_buf_str(&text, "GET / HTTP/1.1\r\n" H "A: ");
	while (text.n < MU_HEAD_MAX_BYTES - 4)
		mu_buf_char(&text, 'x');
	mu_buf_str(&text, "\r\n\r\n");
	assert_int_equal(mu_head_read(text.data, text.n, &scanned, &head), MU_HEAD_DONE);
	assert_int_equal(head.bytes, MU_HEAD_MAX_BYTES);
}

static void test_too_many_fields(void **state)
{
	for (unsigned extra = 0; extra < 2; extra++) {
		AUTO_BUF struct mu_buf text = { 0 };
		struct mu_head head;
		size_t scanned = 0;

		mu_buf_str(&text, "GET / HTTP/1.1\r\n" H);
		for (unsigned i = 1; i < MU_HEAD_MAX_FIELDS + extra; i++)
			mu_buf_printf(&text, "A%u: b\r\n", i);
		mu_buf_str(&text, "\r\n");
		assert_int_equal(mu_head_read(text.data, text.n, &scanned, &head),
				 extra ? MU_HEAD_BAD : MU_HEAD_DONE);
		assert_int_equal(head.status, extra ? 431 : 0);
	}
}

static void test_lists(void **state)
{
	struct mu_slice list = { " a ,, b,", 8 }, one;
	AUTO_BUF struct mu_buf seen = { 0 };

	while (list.at) {
		one = mu_slice_next(&list);
		mu_buf_printf(&seen, "<%.*s>", (int)one.n, one.at);
	}
	assert_string_equal(mu_buf_text(&seen), "<a><><b><>");
}

static void test_copies(void **state)
{
	char out[4];

	assert_true(mu_slice_copy((struct mu_slice){ "abcd", 3 }, out, sizeof(out)));
	assert_string_equal(out, "abc");
	assert_false(mu_slice_copy((struct mu_slice){ "abcd", 4 }, out, sizeof(out)));
	assert_false(mu_slice_copy((struct mu_slice){ 0 }, out, sizeof(out)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_what_follows_is_not_touched),
		cmocka_unit_test(test_fields_are_found),
		cmocka_unit_test(test_the_host_of_the_target_counts),
		cmocka_unit_test(test_lines_of_a_field_are_one_list),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_exactly_as_large_as_allowed),
		cmocka_unit_test(test_too_many_fields),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
