/* WebSocket frames from clients, by the sections of RFC 6455. */
#include "testing.h"

#include "muster/base/buf.h"
#include "muster/base/mem.h"

#include "incoming.h"

#define MAX_BYTES 200

/* A masked frame. */
static void frame(struct mu_buf *out, int first, const void *payload, size_t n)
{
	static const uint8_t mask[4] = { 0x11, 0xa2, 0x33, 0xc4 };

	mu_buf_char(out, (char)first);
	if (n < 126) {
		mu_buf_char(out, (char)(0x80 | n));
	} else {
		mu_buf_char(out, (char)(0x80 | 126));
		mu_buf_char(out, (char)(n >> 8));
		mu_buf_char(out, (char)n);
	}
	mu_buf_add(out, mask, 4);
	for (size_t i = 0; i < n; i++)
		mu_buf_char(out, (char)(((const uint8_t *)payload)[i] ^ mask[i & 3]));
}

static void text_frame(struct mu_buf *out, int first, const char *text)
{
	frame(out, first, text, strlen(text));
}

/* Read bytes, `step` at a time, and write what comes of it: t"…" a text, i"…" a ping, o"…" a pong, c1000 a
 * close, f1002 a failure. */
static void describe(const struct mu_buf *bytes, size_t step, struct mu_buf *out)
{
	struct mu_incoming incoming;
	enum mu_ws_event event = MU_WS_NOTHING;

	mu_incoming_init(&incoming);
	for (size_t at = 0; at < bytes->n && event != MU_WS_FAIL; at += step) {
		size_t n = bytes->n - at < step ? bytes->n - at : step;
		uint8_t *copy = malloc(n),
			*from = copy; /* a block of its own: the sanitizer sees a byte too far */
		struct mu_ws_got got;

		memcpy(copy, bytes->data + at, n);
		do {
			event = mu_incoming_read(&incoming, &from, &n, MAX_BYTES, &got);
			if (event == MU_WS_TEXT || event == MU_WS_PING || event == MU_WS_PONG)
				mu_buf_printf(out, "%c\"%.*s\" ", "?tio"[event], (int)got.n, got.bytes);
			else if (event != MU_WS_NOTHING)
				mu_buf_printf(out, "%c%d ", event == MU_WS_CLOSE ? 'c' : 'f', got.code);
		} while (event != MU_WS_NOTHING && event != MU_WS_FAIL);
		free(copy);
	}
	mu_incoming_finish(&incoming);
}

/* However the bytes are cut up, they mean the same. */
static void check(const struct mu_buf *bytes, const char *means)
{
	for (size_t step = 1; step <= bytes->n; step++) {
		AUTO_BUF struct mu_buf seen = { 0 };

		describe(bytes, step, &seen);
		if (strcmp(mu_buf_text(&seen), means) != 0)
			fail_msg("in steps of %zu: %s, not %s", step, mu_buf_text(&seen), means);
	}
}

#define CHECK(means, ...)                                                                                    \
	do {                                                                                                 \
		AUTO_BUF struct mu_buf b = { 0 };                                                            \
		__VA_ARGS__;                                                                                 \
		check(&b, means);                                                                            \
	} while (0)

static void test_messages(void **state)
{
	char longest[MAX_BYTES + 2];

	CHECK("t\"hello\" ", text_frame(&b, 0x81, "hello"));
	CHECK("t\"\" ", text_frame(&b, 0x81, ""));
	CHECK("t\"a\" t\"bc\" t\"\" ", text_frame(&b, 0x81, "a"); text_frame(&b, 0x81, "bc");
	      text_frame(&b, 0x81, ""));
	memset(longest, 'x', sizeof(longest));
	longest[MAX_BYTES] = '\0';
	{
		char means[MAX_BYTES + 8];

		snprintf(means, sizeof(means), "t\"%s\" ", longest);
		CHECK(means, text_frame(&b, 0x81, longest));
	}
}

static void test_fragments(void **state)
{
	CHECK("t\"abc\" ", text_frame(&b, 0x01, "a"); text_frame(&b, 0x00, "b"); text_frame(&b, 0x80, "c"));
	CHECK("t\"abc\" ", text_frame(&b, 0x01, ""); text_frame(&b, 0x00, "abc"); text_frame(&b, 0x80, ""));
	CHECK("t\"\" ", text_frame(&b, 0x01, ""); text_frame(&b, 0x80, ""));
	/* control frames may stand between them */
	CHECK("i\"p\" o\"\" t\"ab\" t\"c\" ", text_frame(&b, 0x01, "a"); text_frame(&b, 0x89, "p");
	      text_frame(&b, 0x8a, ""); text_frame(&b, 0x80, "b"); text_frame(&b, 0x81, "c"));
	/* a character may be cut by a fragment's end */
	CHECK("t\"\xc3\xa9\" ", frame(&b, 0x01, "\xc3", 1); frame(&b, 0x80, "\xa9", 1));
}

static void test_protocol_errors(void **state)
{
	char big[126];

	memset(big, 'x', sizeof(big));
	CHECK("f1002 ", mu_buf_add(&b, "\x81\x02hi", 4)); /* §5.1: not masked */
	CHECK("f1002 ", mu_buf_add(&b, "\x81\x00", 2));
	CHECK("f1002 ", text_frame(&b, 0xc1, "x")); /* §5.2: reserved bits */
	CHECK("f1002 ", text_frame(&b, 0xa1, "x"));
	CHECK("f1002 ", text_frame(&b, 0x91, "x"));
	CHECK("f1002 ", text_frame(&b, 0x83, "")); /* §5.2: reserved opcodes */
	CHECK("f1002 ", text_frame(&b, 0x8b, ""));
	CHECK("f1002 ", text_frame(&b, 0x80, "x")); /* §5.4: continuation of nothing */
	CHECK("f1002 ", text_frame(&b, 0x01, "a");
	      text_frame(&b, 0x81, "b")); /* a message within a message */
	CHECK("t\"a\" f1002 ", text_frame(&b, 0x81, "a"); text_frame(&b, 0x80, "b"));
	CHECK("f1002 ", text_frame(&b, 0x09, ""));          /* §5.5: a control frame in fragments */
	CHECK("f1002 ", frame(&b, 0x89, big, sizeof(big))); /* …or over 125 bytes */
	CHECK("f1003 ", text_frame(&b, 0x82, "x"));         /* only text is understood */
}

static void test_text_is_utf8(void **state)
{
	CHECK("f1007 ", text_frame(&b, 0x81, "\xff"));
	CHECK("f1007 ", text_frame(&b, 0x81, "a\xc3"));
	CHECK("f1007 ", text_frame(&b, 0x81, "\xed\xa0\x80"));
	CHECK("f1007 ", text_frame(&b, 0x01, "ok"); frame(&b, 0x80, "\xc3", 1));
	/* it fails at the byte that makes it so, whatever is still to come */
	CHECK("f1007 ", frame(&b, 0x01, "\xff", 1));
	CHECK("f1007 ", frame(&b, 0x01, "\xe2\x82", 2); frame(&b, 0x00, "\xc3", 1));
	CHECK("f1007 ", mu_buf_add(&b, "\x81\x85\0\0\0\0\xed\xa0", 8));
	CHECK("i\"\" t\"\xe2\x82\xac\" ", frame(&b, 0x01, "\xe2", 1); frame(&b, 0x89, "", 0);
	      frame(&b, 0x00, "", 0); frame(&b, 0x80, "\x82\xac", 2));
}

static void test_close(void **state)
{
	CHECK("c1005 ", frame(&b, 0x88, "", 0));
	CHECK("c1000 ", frame(&b, 0x88, "\x03\xe8", 2));
	CHECK("c4999 ", frame(&b, 0x88, "\x13\x87why", 5));
	CHECK("f1002 ", frame(&b, 0x88, "\x03", 1));
	CHECK("f1002 ", frame(&b, 0x88, "\x03\xe7", 2)); /* 999 */
	CHECK("f1002 ", frame(&b, 0x88, "\x03\xec", 2)); /* 1004 */
	CHECK("f1002 ", frame(&b, 0x88, "\x03\xed", 2)); /* 1005 */
	CHECK("f1002 ", frame(&b, 0x88, "\x03\xee", 2)); /* 1006 */
	CHECK("f1002 ", frame(&b, 0x88, "\x03\xf7", 2)); /* 1015 */
	CHECK("f1002 ", frame(&b, 0x88, "\x0b\xb7", 2)); /* 2999 */
	CHECK("f1002 ", frame(&b, 0x88, "\x13\x88", 2)); /* 5000 */
	CHECK("f1007 ", frame(&b, 0x88, "\x03\xe8\xff", 3));
}

static void test_length_limit(void **state)
{
	char big[MAX_BYTES + 1];

	memset(big, 'x', sizeof(big));
	CHECK("f1009 ", frame(&b, 0x81, big, sizeof(big)));
	CHECK("f1009 ", frame(&b, 0x01, big, MAX_BYTES); frame(&b, 0x80, big, 1));
	/* 2^62 bytes are refused when they are announced, not when they have come */
	CHECK("f1009 ", mu_buf_add(&b, "\x81\xff\x40\0\0\0\0\0\0\0\1\2\3\4", 14));
	/* §5.2: the most significant bit must be 0 */
	CHECK("f1002 ", mu_buf_add(&b, "\x81\xff\x80\0\0\0\0\0\0\0\1\2\3\4", 14));
	/* …and a length be in its shortest form */
	CHECK("f1002 ", mu_buf_add(&b, "\x81\xff\0\0\0\0\0\0\0\1\0\0\0\0A", 15));
	CHECK("f1002 ", mu_buf_add(&b, "\x81\xff\0\0\0\0\0\0\xff\xff\0\0\0\0A", 15));
	CHECK("f1009 ", mu_buf_add(&b, "\x81\xff\0\0\0\0\0\1\0\0\0\0\0\0A", 15));
	CHECK("f1002 ", mu_buf_add(&b, "\x81\xfe\0\x7d\0\0\0\0A", 9));
}

/* Random valid conversations in random pieces come out as they went in. */
static void test_random(void **state)
{
	struct random random = random_start();

	for (unsigned round = 0; round < 200; round++) {
		AUTO_BUF struct mu_buf bytes = { 0 }, means = { 0 }, seen = { 0 };

		for (unsigned i = 0; i < 8; i++) {
			unsigned parts = 1 + (unsigned)random_below(&random, 4);

			mu_buf_str(&means, "t\"");
			for (unsigned part = 0; part < parts; part++) {
				char text[40];
				size_t n = random_below(&random, sizeof(text));

				for (size_t k = 0; k < n; k++)
					text[k] = (char)('a' + random_below(&random, 26));
				frame(&bytes, (part == 0 ? 1 : 0) | (part + 1 == parts ? 0x80 : 0), text, n);
				mu_buf_add(&means, text, n);
			}
			mu_buf_str(&means, "\" ");
		}
		describe(&bytes, 1 + random_below(&random, bytes.n), &seen);
		CHECK_RANDOM(&random, strcmp(mu_buf_text(&seen), mu_buf_text(&means)) == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),        cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_protocol_errors), cmocka_unit_test(test_text_is_utf8),
		cmocka_unit_test(test_close),           cmocka_unit_test(test_length_limit),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
