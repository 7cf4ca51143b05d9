/* What waits for a slow reader, and what is left out for it. */
#include "testing.h"

#include "muster/base/buf.h"

#include "failing_alloc.h"
#include "outbox.c"

#define BUDGET 1000

static struct mu_frame *make(char mark, size_t n)
{
	struct mu_frame *frame = mu_frame_create(n);

	memset(frame->data, mark, n);
	return frame;
}

static const struct mu_allowance no_burst = { .budget = BUDGET };

/* Offer a fresh frame whose only reference is then the box's. */
static enum mu_offer offer(struct mu_outbox *box, char mark, size_t n, enum mu_class class,
			   struct mu_left_out *left_out)
{
	struct mu_frame *frame = make(mark, n);
	const struct mu_allowance allowance = { .budget = BUDGET };
	enum mu_offer outcome = mu_outbox_offer(box, frame, class, &allowance, left_out);

	mu_frame_unref(frame);
	return outcome;
}

static void marks(const struct mu_outbox *box, char out[static 32])
{
	for (uint32_t i = 0; i < box->n; i++)
		*out++ = mu_outbox_at(box, i)->data[0];
	*out = '\0';
}

#define ASSERT_MARKS(box, text)                                                                              \
	do {                                                                                                 \
		char seen[32];                                                                               \
                                                                                                             \
		marks(box, seen);                                                                            \
		assert_string_equal(seen, text);                                                             \
	} while (0)

static void test_order_and_bytes(void **state)
{
	struct mu_outbox box;
	struct mu_left_out left_out;

	mu_outbox_init(&box);
	for (char mark = 'a'; mark < 'a' + 10; mark++)
		assert_int_equal(offer(&box, mark, 10, MU_CLASS_DURABLE, &left_out), MU_OFFER_TAKEN);
	assert_int_equal(box.bytes, 100);
	ASSERT_MARKS(&box, "abcdefghij");
	mu_outbox_consume(&box, 15);
	assert_int_equal(box.offset, 5);
	assert_int_equal(box.bytes, 85);
	ASSERT_MARKS(&box, "bcdefghij");
	mu_outbox_consume(&box, 85);
	assert_int_equal(box.n, 0);
	assert_int_equal(box.bytes, 0);
	assert_ptr_equal(box.ring, box.few); /* an idle session keeps no heap */
	mu_outbox_finish(&box);
}

static void test_presence_goes_first(void **state)
{
	struct mu_outbox box;
	struct mu_left_out left_out;

	mu_outbox_init(&box);
	assert_int_equal(offer(&box, 'd', 500, MU_CLASS_DURABLE, &left_out), MU_OFFER_TAKEN);
	assert_int_equal(offer(&box, 'p', 100, MU_CLASS_PRESENCE, &left_out),
			 MU_OFFER_TAKEN); /* exactly half: not over it */
	assert_int_equal(offer(&box, 'p', 100, MU_CLASS_PRESENCE, &left_out), MU_OFFER_LEFT_OUT);
	assert_int_equal(offer(&box, 'e', 151, MU_CLASS_EPHEMERAL, &left_out), MU_OFFER_TAKEN);
	assert_int_equal(offer(&box, 'e', 10, MU_CLASS_EPHEMERAL, &left_out), MU_OFFER_LEFT_OUT);
	assert_int_equal(left_out.frames, 1);
	ASSERT_MARKS(&box, "dpe");
	/* a durable one makes room for itself */
	assert_int_equal(offer(&box, 'D', 400, MU_CLASS_DURABLE, &left_out), MU_OFFER_TAKEN);
	assert_int_equal(left_out.frames, 2);
	ASSERT_MARKS(&box, "dD");
	assert_int_equal(box.bytes, 900);
	/* and when only durable ones wait, the reader is too slow */
	assert_int_equal(offer(&box, 'X', 101, MU_CLASS_DURABLE, &left_out), MU_OFFER_TOO_SLOW);
	ASSERT_MARKS(&box, "dD");
	mu_outbox_finish(&box);
}

static void test_one_large_frame_is_not_the_readers_fault(void **state)
{
	struct mu_outbox box;
	struct mu_left_out left_out;

	mu_outbox_init(&box);
	assert_int_equal(offer(&box, 'd', 5 * BUDGET, MU_CLASS_DURABLE, &left_out), MU_OFFER_TAKEN);
	assert_int_equal(offer(&box, 'e', 1, MU_CLASS_DURABLE, &left_out), MU_OFFER_TOO_SLOW);
	mu_outbox_finish(&box);
}

static void test_a_burst_may_be_larger_than_the_budget(void **state)
{
	const struct mu_allowance burst = { .budget = BUDGET, .burst = 5 * BUDGET };
	struct mu_frame *frame = make('d', BUDGET / 2);
	struct mu_outbox box;
	struct mu_left_out left_out;

	mu_outbox_init(&box);
	assert_int_equal(offer(&box, 'p', 10, MU_CLASS_PRESENCE, &left_out), MU_OFFER_TAKEN);
	for (unsigned i = 0; i < 10; i++) {
		assert_int_equal(mu_outbox_offer(&box, frame, MU_CLASS_DURABLE, &burst, &left_out),
				 MU_OFFER_TAKEN);
		assert_int_equal(left_out.frames, i == 1); /* the presence, when the budget is used up */
	}
	assert_int_equal(box.bytes, 5 * BUDGET);
	assert_int_equal(mu_outbox_offer(&box, frame, MU_CLASS_PRESENCE, &burst, &left_out),
			 MU_OFFER_LEFT_OUT);
	assert_int_equal(mu_outbox_offer(&box, frame, MU_CLASS_EPHEMERAL, &burst, &left_out),
			 MU_OFFER_LEFT_OUT);
	assert_int_equal(mu_outbox_offer(&box, frame, MU_CLASS_DURABLE, &burst, &left_out),
			 MU_OFFER_TOO_SLOW);
	assert_int_equal(mu_outbox_offer(&box, frame, MU_CLASS_DURABLE, &no_burst, &left_out),
			 MU_OFFER_TOO_SLOW);
	mu_outbox_finish(&box);
	mu_frame_unref(frame);
}

static void test_a_started_frame_is_never_thrown_out(void **state)
{
	struct mu_outbox box;
	struct mu_left_out left_out;

	mu_outbox_init(&box);
	assert_int_equal(offer(&box, 'p', 400, MU_CLASS_PRESENCE, &left_out), MU_OFFER_TAKEN);
	assert_int_equal(offer(&box, 'q', 400, MU_CLASS_PRESENCE, &left_out), MU_OFFER_TAKEN);
	mu_outbox_consume(&box, 1);
	assert_int_equal(offer(&box, 'd', 500, MU_CLASS_DURABLE, &left_out), MU_OFFER_TAKEN);
	assert_int_equal(left_out.frames, 1);
	ASSERT_MARKS(&box, "pd");
	assert_int_equal(box.bytes, 899);
	mu_outbox_clear(&box);
	ASSERT_MARKS(&box, "p");
	mu_outbox_finish(&box);
}

static void test_frames_are_shared_not_copied(void **state)
{
	struct mu_frame *frame = make('x', 3);
	struct mu_outbox boxes[3];

	for (size_t i = 0; i < 3; i++) {
		mu_outbox_init(&boxes[i]);
		assert_int_equal(mu_outbox_push(&boxes[i], frame), MU_OK);
		assert_ptr_equal(mu_outbox_at(&boxes[i], 0), frame);
	}
	assert_int_equal(atomic_load(&frame->refs), 4);
	for (size_t i = 0; i < 3; i++)
		mu_outbox_finish(&boxes[i]);
	assert_int_equal(atomic_load(&frame->refs), 1);
	mu_frame_unref(frame);
}

static void test_memory_out(void **state)
{
	struct mu_frame *frame = make('x', 1);
	struct mu_outbox box;
	struct mu_left_out left_out;

	mu_outbox_init(&box);
	failing_after(0);
	for (unsigned i = 0; i < MU_OUTBOX_INLINE; i++)
		assert_int_equal(mu_outbox_push(&box, frame), MU_OK);
	assert_int_equal(mu_outbox_push(&box, frame), MU_NO_MEMORY);
	assert_int_equal(mu_outbox_offer(&box, frame, MU_CLASS_DURABLE, &no_burst, &left_out),
			 MU_OFFER_NO_MEMORY);
	failing_never();
	assert_int_equal(box.n, MU_OUTBOX_INLINE);
	assert_int_equal(atomic_load(&frame->refs), MU_OUTBOX_INLINE + 1);
	mu_outbox_finish(&box);
	mu_frame_unref(frame);
}

/* The ring against a plain array. */
static void test_random(void **state)
{
	struct random random = random_start();
	struct mu_outbox box;
	size_t want = 0;

	mu_outbox_init(&box);
	for (unsigned i = 0; i < 20000; i++) {
		if (random_below(&random, 2)) {
			struct mu_frame *frame = make('x', 1 + random_below(&random, 30));

			assert_int_equal(mu_outbox_push(&box, frame), MU_OK);
			want += frame->n;
			mu_frame_unref(frame);
		} else if (want) {
			size_t n = 1 + random_below(&random, want < 60 ? want : 60);

			mu_outbox_consume(&box, n);
			want -= n;
		}
		CHECK_RANDOM(&random, box.bytes == want);
		CHECK_RANDOM(&random, (box.n == 0) == (want == 0));
	}
	mu_outbox_finish(&box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order_and_bytes),
		cmocka_unit_test(test_presence_goes_first),
		cmocka_unit_test(test_one_large_frame_is_not_the_readers_fault),
		cmocka_unit_test(test_a_burst_may_be_larger_than_the_budget),
		cmocka_unit_test(test_a_started_frame_is_never_thrown_out),
		cmocka_unit_test(test_frames_are_shared_not_copied),
		cmocka_unit_test(test_memory_out),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
