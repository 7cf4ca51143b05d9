/* The memory store's levers for tests. It keeps everything until close, and can be told to fail as a disk
 * would.
 * Thread: any, at any time, while the store is open. */
#ifndef MUSTER_STORE_MEMORY_H
#define MUSTER_STORE_MEMORY_H

#include "muster/store/store.h"

/* What a failing append leaves behind. */
enum mu_memory_failure {
	MU_MEMORY_FAIL_BEFORE, /* nothing: the disk was full */
	MU_MEMORY_FAIL_AFTER,  /* everything: the disk failed in the act of confirming */
};

/* The next n calls of mu_store_append on this memory store answer MU_UNAVAILABLE. A later call replaces what
 * is left of an earlier one; n = 0 mends the store. */
void mu_memory_fail_appends(struct mu_store *store, unsigned n, enum mu_memory_failure failure);

#endif
