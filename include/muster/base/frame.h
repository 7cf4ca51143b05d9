/* An immutable, reference-counted run of bytes that many sessions on many threads send.
 * It is made once, by one thread, and never changes after its first ref leaves that thread.
 * Thread: ref and unref from any (atomic count); the bytes are read-only. */
#ifndef MUSTER_BASE_FRAME_H
#define MUSTER_BASE_FRAME_H

#include "muster/base/err.h"

#include <stdatomic.h>
#include <stddef.h>

struct mu_frame {
	atomic_uint refs;
	uint32_t n;       /* bytes in data */
	uint16_t payload; /* offset in data where the payload starts, after a protocol header */
	uint16_t count;   /* of the protocol's frames in data: more than one when they were put together */
	char data[];
};

/* A frame with one reference, its n bytes still to be written by the caller before it is shared.
 * NULL when memory is out or n is over 1 GiB. */
struct mu_frame *mu_frame_create(size_t n);

struct mu_frame *mu_frame_ref(struct mu_frame *frame);
void mu_frame_unref(struct mu_frame *frame); /* accepts NULL */

static inline void mu_auto_frame(struct mu_frame **frame)
{
	mu_frame_unref(*frame);
}
#define AUTO_FRAME __attribute__((cleanup(mu_auto_frame)))

#endif
