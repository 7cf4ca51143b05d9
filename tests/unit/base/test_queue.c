/* The queue between threads: order, one wake-up per burst, nothing lost. */
#include "testing.h"

#include "muster/base/mem.h"
#include "muster/base/queue.h"

#include <semaphore.h>

struct item {
	struct mu_msg msg;
	int producer;
	int number;
};

static void count_wake(void *arg)
{
	++*(int *)arg;
}

static struct item *item_of(struct mu_msg *msg)
{
	return MU_CONTAINER_OF(msg, struct item, msg);
}

static void messages_arrive_in_order(void **state)
{
	struct item items[3] = { { .number = 0 }, { .number = 1 }, { .number = 2 } };
	struct mu_queue queue;
	int wakes = 0;

	assert_int_equal(mu_queue_init(&queue, count_wake, &wakes), MU_OK);
	assert_null(mu_queue_take(&queue));
	for (int i = 0; i < 3; i++)
		mu_queue_push(&queue, &items[i].msg);
	assert_int_equal(mu_queue_length(&queue), 3);

	struct mu_msg *msg = mu_queue_take(&queue);
	for (int i = 0; i < 3; i++, msg = msg->next)
		assert_int_equal(item_of(msg)->number, i);
	assert_null(msg);
	assert_int_equal(mu_queue_length(&queue), 0);
	assert_null(mu_queue_take(&queue));
	mu_queue_finish(&queue);
}

static void only_the_first_message_wakes(void **state)
{
	struct item items[4] = { 0 };
	struct mu_queue queue;
	int wakes = 0;

	assert_int_equal(mu_queue_init(&queue, count_wake, &wakes), MU_OK);
	mu_queue_push(&queue, &items[0].msg);
	assert_int_equal(wakes, 1);
	mu_queue_push(&queue, &items[1].msg);
	mu_queue_push(&queue, &items[2].msg);
	assert_int_equal(wakes, 1);
	assert_non_null(mu_queue_take(&queue));
	mu_queue_push(&queue, &items[3].msg);
	assert_int_equal(wakes, 2);
	assert_non_null(mu_queue_take(&queue));
	mu_queue_finish(&queue);
}

static void a_chain_is_pushed_at_once(void **state)
{
	struct item items[4] = { { .number = 0 }, { .number = 1 }, { .number = 2 }, { .number = 3 } };
	struct mu_queue queue;
	int wakes = 0;

	assert_int_equal(mu_queue_init(&queue, count_wake, &wakes), MU_OK);
	items[0].msg.next = &items[1].msg;
	items[1].msg.next = &items[2].msg;
	items[2].msg.next = &items[0].msg; /* what follows the last is ignored */
	mu_queue_push_all(&queue, NULL, NULL, 0);
	assert_int_equal(wakes, 0);
	mu_queue_push_all(&queue, &items[0].msg, &items[2].msg, 3);
	mu_queue_push(&queue, &items[3].msg);
	assert_int_equal(wakes, 1);
	assert_int_equal(mu_queue_length(&queue), 4);

	struct mu_msg *msg = mu_queue_take(&queue);
	for (int i = 0; i < 4; i++, msg = msg->next)
		assert_int_equal(item_of(msg)->number, i);
	assert_null(msg);
	mu_queue_finish(&queue);
}

enum { PRODUCERS = 4, EACH = 5000 };

struct producer {
	struct mu_queue *queue;
	int number;
	struct item items[EACH];
};

static void post(void *arg)
{
	sem_post(arg);
}

/* Alternates between single messages and chains. */
static void *produce(void *arg)
{
	struct producer *producer = arg;
	struct item *items = producer->items;

	for (int i = 0; i < EACH; i++) {
		items[i].producer = producer->number;
		items[i].number = i;
	}
	for (int i = 0; i < EACH;) {
		int n = i % 3 + 1;

		if (n > EACH - i)
			n = EACH - i;
		for (int k = 0; k < n - 1; k++)
			items[i + k].msg.next = &items[i + k + 1].msg;
		mu_queue_push_all(producer->queue, &items[i].msg, &items[i + n - 1].msg, (size_t)n);
		i += n;
	}
	return NULL;
}

/* The consumer waits for the wake-up only: if one were missing, it would wait for ever. */
static void many_producers_lose_nothing(void **state)
{
	AUTO_FREE struct producer *producers = calloc(PRODUCERS, sizeof(*producers));
	pthread_t threads[PRODUCERS];
	int expected[PRODUCERS] = { 0 };
	struct mu_queue queue;
	sem_t woken;
	int taken = 0;

	assert_int_equal(sem_init(&woken, 0, 0), 0);
	assert_int_equal(mu_queue_init(&queue, post, &woken), MU_OK);
	for (int i = 0; i < PRODUCERS; i++) {
		producers[i].queue = &queue;
		producers[i].number = i;
		assert_int_equal(pthread_create(&threads[i], NULL, produce, &producers[i]), 0);
	}
	while (taken < PRODUCERS * EACH) {
		sem_wait(&woken);
		for (struct mu_msg *msg = mu_queue_take(&queue); msg; msg = msg->next) {
			struct item *item = item_of(msg);

			assert_int_equal(item->number, expected[item->producer]);
			expected[item->producer]++;
			taken++;
		}
	}
	for (int i = 0; i < PRODUCERS; i++)
		pthread_join(threads[i], NULL);
	assert_null(mu_queue_take(&queue));
	mu_queue_finish(&queue);
	sem_destroy(&woken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_arrive_in_order),
		cmocka_unit_test(only_the_first_message_wakes),
		cmocka_unit_test(a_chain_is_pushed_at_once),
		cmocka_unit_test(many_producers_lose_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
