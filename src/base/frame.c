/* Reference-counted frames.
 * Invariant: whoever drops the last reference sees all that others did before they dropped theirs, and frees.
 * Thread: ref and unref from any. */
#include "muster/base/frame.h"

#include <stdlib.h>

#define MAX_BYTES ((size_t)1 << 30)

struct mu_frame *mu_frame_create(size_t n)
{
	struct mu_frame *frame;

	if (n > MAX_BYTES)
		return NULL;
	frame = malloc(sizeof(*frame) + n);
	if (!frame)
		return NULL;
	atomic_init(&frame->refs, 1);
	frame->n = (uint32_t)n;
	frame->payload = 0;
	frame->count = 1;
	return frame;
}

struct mu_frame *mu_frame_ref(struct mu_frame *frame)
{
	atomic_fetch_add_explicit(&frame->refs, 1, memory_order_relaxed);
	return frame;
}

void mu_frame_unref(struct mu_frame *frame)
{
	if (frame && atomic_fetch_sub_explicit(&frame->refs, 1, memory_order_acq_rel) == 1)
		free(frame);
}
