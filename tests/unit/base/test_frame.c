/* Frames live exactly as long as their references, on many threads. */
#include "testing.h"

#include <pthread.h>

#include "failing_alloc.h"
#include "frame.c"

static void a_frame_has_its_bytes_and_one_reference(void **state)
{
	struct mu_frame *frame = mu_frame_create(5);

	assert_int_equal(frame->n, 5);
	assert_int_equal(frame->payload, 0);
	assert_int_equal(frame->count, 1);
	memcpy(frame->data, "hello", 5);
	frees = 0;
	mu_frame_unref(frame);
	assert_int_equal(frees, 1);
}

static void the_last_reference_frees(void **state)
{
	struct mu_frame *frame = mu_frame_create(0);

	frees = 0;
	assert_ptr_equal(mu_frame_ref(frame), frame);
	mu_frame_unref(frame);
	assert_int_equal(frees, 0);
	mu_frame_unref(frame);
	assert_int_equal(frees, 1);
	mu_frame_unref(NULL);
	assert_int_equal(frees, 1);
}

static void a_local_drops_its_reference(void **state)
{
	frees = 0;
	{
		AUTO_FRAME struct mu_frame *frame = mu_frame_create(1);
		AUTO_FRAME struct mu_frame *none = NULL;

		assert_non_null(frame);
		assert_null(none);
	}
	assert_int_equal(frees, 1);
}

static void a_frame_may_fail_to_be_made(void **state)
{
	assert_null(mu_frame_create(((size_t)1 << 30) + 1));
	assert_null(mu_frame_create(SIZE_MAX));
	failing_after(0);
	assert_null(mu_frame_create(1));
	failing_never();
}

enum { THREADS = 4, ROUNDS = 20000 };

static void *share(void *arg)
{
	struct mu_frame *frame = arg;
	size_t sum = 0;

	for (int i = 0; i < ROUNDS; i++) {
		mu_frame_ref(frame);
		sum += (unsigned char)frame->data[i % 8];
		mu_frame_unref(frame);
	}
	mu_frame_unref(frame);
	return (void *)sum;
}

static void threads_share_a_frame(void **state)
{
	struct mu_frame *frame = mu_frame_create(8);
	pthread_t threads[THREADS];

	memset(frame->data, 1, 8);
	frees = 0;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, share, mu_frame_ref(frame)), 0);
	mu_frame_unref(frame);
	for (int i = 0; i < THREADS; i++) {
		void *sum;

		pthread_join(threads[i], &sum);
		assert_int_equal((size_t)sum, ROUNDS);
	}
	assert_int_equal(frees, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_has_its_bytes_and_one_reference),
		cmocka_unit_test(the_last_reference_frees),
		cmocka_unit_test(a_local_drops_its_reference),
		cmocka_unit_test(a_frame_may_fail_to_be_made),
		cmocka_unit_test(threads_share_a_frame),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
