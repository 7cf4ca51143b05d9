/* A queue into one thread: a list behind a mutex that is held for a few instructions only.
 * Invariant: the list is empty exactly if head is NULL; whoever makes it non-empty wakes the consumer.
 * Thread: push from any; take only from the consumer. */
#include "muster/base/queue.h"

enum mu_err mu_queue_init(struct mu_queue *queue, void (*wake)(void *), void *wake_arg)
{
	*queue = (struct mu_queue){ .wake = wake, .wake_arg = wake_arg };
	return pthread_mutex_init(&queue->lock, NULL) == 0 ? MU_OK : MU_NO_MEMORY;
}

void mu_queue_finish(struct mu_queue *queue)
{
	pthread_mutex_destroy(&queue->lock);
}

void mu_queue_push(struct mu_queue *queue, struct mu_msg *msg)
{
	mu_queue_push_all(queue, msg, msg, 1);
}

void mu_queue_push_all(struct mu_queue *queue, struct mu_msg *first, struct mu_msg *last, size_t n)
{
	bool was_empty;

	if (!first)
		return;
	last->next = NULL;

	pthread_mutex_lock(&queue->lock);
	was_empty = !queue->head;
	if (was_empty)
		queue->head = first;
	else
		queue->tail->next = first;
	queue->tail = last;
	queue->n += n;
	pthread_mutex_unlock(&queue->lock);

	if (was_empty)
		queue->wake(queue->wake_arg);
}

struct mu_msg *mu_queue_take(struct mu_queue *queue)
{
	struct mu_msg *first;

	pthread_mutex_lock(&queue->lock);
	first = queue->head;
	queue->head = NULL;
	queue->tail = NULL;
	queue->n = 0;
	pthread_mutex_unlock(&queue->lock);
	return first;
}

size_t mu_queue_length(struct mu_queue *queue)
{
	size_t n;

	pthread_mutex_lock(&queue->lock);
	n = queue->n;
	pthread_mutex_unlock(&queue->lock);
	return n;
}
