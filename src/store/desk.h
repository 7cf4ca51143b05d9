/* A thread that works on what lies in its queue, with a store handle of its own; see desk.c.
 * Thread: start and finish in the owner's; push from any. */
#ifndef MUSTER_STORE_DESK_H
#define MUSTER_STORE_DESK_H

#include "muster/base/queue.h"
#include "muster/store/store.h"

struct mu_desk {
	struct mu_queue queue;
	pthread_t thread;
	pthread_mutex_t lock; /* guards woken and leaving */
	pthread_cond_t wake;
	bool woken;
	bool leaving;
	struct mu_store *store; /* the thread's own until it has left; the desk never closes it */
	struct mu_msg *rest;    /* what `work` was given besides what it is at; its own */
	void (*work)(struct mu_desk *desk, struct mu_msg *chain);
	void *owner;
};

/* Start the thread; `work` is called in it with what has gathered, in order, or NULL.
 * Errors: MU_NO_MEMORY, MU_INTERNAL (no thread); the desk then needs no finish. */
MU_MUST enum mu_err mu_desk_start(struct mu_desk *desk, struct mu_store *store,
				  void (*work)(struct mu_desk *desk, struct mu_msg *chain), void *owner);
/* Have what was pushed worked on and end the thread. */
void mu_desk_finish(struct mu_desk *desk);

#endif
