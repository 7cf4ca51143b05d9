/* A queue of messages into one thread: many producers, one consumer. The consumer takes all that is there in
 * one go. The first message into an empty queue wakes the consumer, further ones don't, so a busy consumer
 * costs its producers no system call.
 *
 * Invariant: per producer, messages arrive in the order they were pushed.
 * Thread: push from any; take only from the consumer; init and finish while nobody else uses it. */
#ifndef MUSTER_BASE_QUEUE_H
#define MUSTER_BASE_QUEUE_H

#include "muster/base/err.h"

#include <pthread.h>
#include <stddef.h>

/* Put this first into every message struct. */
struct mu_msg {
	struct mu_msg *next;
};

struct mu_queue {
	pthread_mutex_t lock;
	struct mu_msg *head, *tail;
	size_t n;
	void (*wake)(void *wake_arg); /* called without the lock held; may be called once too often */
	void *wake_arg;
};

/* `wake` must be callable from any thread and only notify (for example uv_async_send). */
MU_MUST enum mu_err mu_queue_init(struct mu_queue *queue, void (*wake)(void *), void *wake_arg);

/* The queue must be empty: whoever owns the messages takes and frees them first. */
void mu_queue_finish(struct mu_queue *queue);

/* Append one message; the queue's consumer owns it from now on. Never fails. */
void mu_queue_push(struct mu_queue *queue, struct mu_msg *msg);

/* Append a chain of messages linked by `next` (last->next is ignored), waking at most once. */
void mu_queue_push_all(struct mu_queue *queue, struct mu_msg *first, struct mu_msg *last, size_t n);

/* Take everything: the chain in order, or NULL. The caller owns it. */
struct mu_msg *mu_queue_take(struct mu_queue *queue);

/* Messages waiting; a moment's value, for limits and metrics. */
size_t mu_queue_length(struct mu_queue *queue);

#endif
