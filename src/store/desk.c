/* A thread of the store and its queue.
 * Invariant: everything that was pushed before mu_desk_finish is worked on, in order.
 * Thread: as in the header. */
#include "desk.h"

static void wake_up(void *arg)
{
	struct mu_desk *desk = arg;

	pthread_mutex_lock(&desk->lock);
	desk->woken = true;
	pthread_cond_signal(&desk->wake);
	pthread_mutex_unlock(&desk->lock);
}

/* Wait until there may be something. False when the thread shall end after what is there. */
static bool wait_for_work(struct mu_desk *desk)
{
	pthread_mutex_lock(&desk->lock);
	while (!desk->woken)
		pthread_cond_wait(&desk->wake, &desk->lock);
	desk->woken = false;

	bool leaving = desk->leaving;

	pthread_mutex_unlock(&desk->lock);
	return !leaving;
}

static void *desk_thread(void *arg)
{
	struct mu_desk *desk = arg;
	bool stays;

	pthread_setname_np(pthread_self(), "store");
	do {
		stays = wait_for_work(desk);
		desk->work(desk, mu_queue_take(&desk->queue));
	} while (stays);
	return NULL;
}

static void desk_free(struct mu_desk *desk)
{
	pthread_cond_destroy(&desk->wake);
	pthread_mutex_destroy(&desk->lock);
	mu_queue_finish(&desk->queue);
}

enum mu_err mu_desk_start(struct mu_desk *desk, struct mu_store *store,
			  void (*work)(struct mu_desk *desk, struct mu_msg *chain), void *owner)
{
	*desk = (struct mu_desk){ .lock = PTHREAD_MUTEX_INITIALIZER,
				  .wake = PTHREAD_COND_INITIALIZER,
				  .store = store,
				  .work = work,
				  .owner = owner };
	if (mu_queue_init(&desk->queue, wake_up, desk))
		return MU_NO_MEMORY;
	if (!pthread_create(&desk->thread, NULL, desk_thread, desk))
		return MU_OK;
	desk_free(desk);
	return MU_INTERNAL;
}

void mu_desk_finish(struct mu_desk *desk)
{
	pthread_mutex_lock(&desk->lock);
	desk->leaving = true;
	pthread_mutex_unlock(&desk->lock);
	wake_up(desk);
	pthread_join(desk->thread, NULL);
	desk_free(desk);
}
