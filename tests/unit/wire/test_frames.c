/* WebSocket frames of the server: RFC 6455 §5.2 with the shortest length form, §5.5 for control frames. */
#include "testing.h"

#include "muster/base/mem.h"
#include "muster/wire/rpc.h"

static const struct {
	size_t bytes;
	const char *header;
	size_t n;
} sizes[] = {
	{ 0, "\x81\x00", 2 },
	{ 5, "\x81\x05", 2 },
	{ 125, "\x81\x7d", 2 },
	{ 126, "\x81\x7e\x00\x7e", 4 },
	{ 65535, "\x81\x7e\xff\xff", 4 },
	{ 65536, "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10 },
	{ 1000000, "\x81\x7f\x00\x00\x00\x00\x00\x0f\x42\x40", 10 },
};

static void a_text_frame_has_the_shortest_header(void **state)
{
	for (size_t i = 0; i < MU_COUNT(sizes); i++) {
		AUTO_FREE char *payload = malloc(sizes[i].bytes + 1);
		AUTO_FRAME struct mu_frame *frame = NULL;

		memset(payload, 'x', sizes[i].bytes);
		frame = mu_ws_text(payload, sizes[i].bytes);
		assert_non_null(frame);
		assert_int_equal(frame->payload, sizes[i].n);
		assert_int_equal(frame->n, sizes[i].n + sizes[i].bytes);
		assert_memory_equal(frame->data, sizes[i].header, sizes[i].n);
		assert_memory_equal(frame->data + frame->payload, payload, sizes[i].bytes);
	}
}

/* RFC 6455 §5.7: an unmasked text message that says Hello. */
static void the_example_of_the_standard_is_met(void **state)
{
	AUTO_FRAME struct mu_frame *frame = mu_ws_text("Hello", 5);

	assert_int_equal(frame->n, 7);
	assert_memory_equal(frame->data, "\x81\x05\x48\x65\x6c\x6c\x6f", 7);
}

static void a_frame_that_cannot_be_is_null(void **state)
{
	assert_null(mu_ws_text("", SIZE_MAX));
	assert_null(mu_ws_text("", (size_t)1 << 40));
	const struct mu_part parts[] = { { "", SIZE_MAX / 2 }, { "", SIZE_MAX / 2 + 1 } };
	assert_null(mu_ws_text_of(parts, MU_COUNT(parts)));
}

static void parts_become_one_payload(void **state)
{
	const struct mu_part parts[] = { { "Hel", 3 }, { NULL, 0 }, { "lo", 2 } };
	AUTO_FRAME struct mu_frame *frame = mu_ws_text_of(parts, MU_COUNT(parts));

	assert_int_equal(frame->n, 7);
	assert_memory_equal(frame->data, "\x81\x05Hello", 7);
}

static void a_ping_carries_its_payload(void **state)
{
	AUTO_FRAME struct mu_frame *frame = mu_ws_ping("m1", 2);
	AUTO_FRAME struct mu_frame *empty = mu_ws_ping(NULL, 0);

	assert_int_equal(frame->n, 4);
	assert_memory_equal(frame->data, "\x89\x02m1", 4);
	assert_int_equal(empty->n, 2);
	assert_memory_equal(empty->data, "\x89\x00", 2);
}

static void a_ping_never_outgrows_a_control_frame(void **state)
{
	char payload[200] = { 0 };
	AUTO_FRAME struct mu_frame *frame = mu_ws_ping(payload, sizeof(payload));

	assert_int_equal(frame->n, 2 + 125);
	assert_int_equal((unsigned char)frame->data[1], 125);
}

static void a_close_frame_tells_why_and_when_to_come_back(void **state)
{
	AUTO_FRAME struct mu_frame *later = mu_ws_close(4200, "draining", 800);
	AUTO_FRAME struct mu_frame *never = mu_ws_close(4003, "session_revoked", -1);
	AUTO_FRAME struct mu_frame *now = mu_ws_close(4200, "draining", 0);

	assert_memory_equal(later->data, "\x88\x2a\x10\x68", 4);
	assert_int_equal(later->n, 4 + 40);
	assert_memory_equal(later->data + 4, "{\"kind\":\"draining\",\"retry_after_ms\":800}", 40);
	assert_memory_equal(never->data + 4, "{\"kind\":\"session_revoked\"}", never->n - 4);
	assert_memory_equal(now->data + 4, "{\"kind\":\"draining\",\"retry_after_ms\":0}", now->n - 4);
}

static void every_close_row_makes_a_frame_of_at_most_125_bytes(void **state)
{
	const struct mu_close_info *row;

	for (unsigned i = 0; (row = mu_close_row(i)); i++) {
		AUTO_FRAME struct mu_frame *frame = mu_ws_close((int)row->code, row->kind, INT64_MAX);

		assert_non_null(frame);
		assert_true(frame->n <= 2 + 125);
		assert_int_equal((unsigned char)frame->data[1], frame->n - 2);
		assert_int_equal((unsigned char)frame->data[2] << 8 | (unsigned char)frame->data[3],
				 row->code);
		assert_non_null(memmem(frame->data, frame->n, row->kind, strlen(row->kind)));
	}
}

static void a_reason_that_does_not_fit_is_left_out(void **state)
{
	char kind[121];
	AUTO_FRAME struct mu_frame *frame = NULL;

	memset(kind, 'k', sizeof(kind) - 1);
	kind[sizeof(kind) - 1] = '\0';
	frame = mu_ws_close(4000, kind, -1);
	assert_int_equal(frame->n, 4);
	assert_memory_equal(frame->data, "\x88\x02\x0f\xa0", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_frame_has_the_shortest_header),
		cmocka_unit_test(the_example_of_the_standard_is_met),
		cmocka_unit_test(a_frame_that_cannot_be_is_null),
		cmocka_unit_test(parts_become_one_payload),
		cmocka_unit_test(a_ping_carries_its_payload),
		cmocka_unit_test(a_ping_never_outgrows_a_control_frame),
		cmocka_unit_test(a_close_frame_tells_why_and_when_to_come_back),
		cmocka_unit_test(every_close_row_makes_a_frame_of_at_most_125_bytes),
		cmocka_unit_test(a_reason_that_does_not_fit_is_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
