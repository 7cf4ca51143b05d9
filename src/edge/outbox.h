/* What one connection still has to send: references to frames, in order, and the rules for a reader that is
 * too slow.
 *
 * Rules: presence is left out when more than half of the budget waits, other frames that aren't durable when
 * more than three quarters wait; a durable frame that would go beyond the budget first throws out all that
 * aren't, and if that isn't enough the reader is too slow, unless a burst is allowed.
 *
 * Invariant: a frame of which some bytes are written is never thrown out. `bytes` is what waits here.
 * Thread: one owner. */
#ifndef MU_EDGE_OUTBOX_H
#define MU_EDGE_OUTBOX_H

#include "muster/base/frame.h"
#include "muster/wire/port.h"

#define MU_OUTBOX_INLINE 2

struct mu_outbox {
	uintptr_t *ring; /* frame pointer, class in the low bits */
	uint32_t cap;    /* a power of two */
	uint32_t head, n;
	uint32_t offset; /* bytes of the first frame that are written */
	size_t bytes;
	uintptr_t few[MU_OUTBOX_INLINE];
};

struct mu_allowance {
	size_t budget; /* bytes that may wait */
	size_t burst;  /* bytes of durable frames that may wait for once; not used if less than the budget */
};

enum mu_offer {
	MU_OFFER_TAKEN,
	MU_OFFER_LEFT_OUT,
	MU_OFFER_TOO_SLOW, /* the frame is durable and what it may take up is used up */
	MU_OFFER_NO_MEMORY,
};

/* What was left out for one frame: itself, or what waited. Control frames don't count. */
struct mu_left_out {
	unsigned frames;
	bool presence, ephemeral; /* some of them were */
};

void mu_outbox_init(struct mu_outbox *box);
void mu_outbox_finish(struct mu_outbox *box); /* drops what waits; usable as empty afterwards */

/* Append without rules (HTTP answers, Close frames). Takes a reference of its own. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err mu_outbox_push(struct mu_outbox *box, struct mu_frame *frame);

/* Append by the rules. */
MU_MUST enum mu_offer mu_outbox_offer(struct mu_outbox *box, struct mu_frame *frame, enum mu_class class,
				      const struct mu_allowance *allowance, struct mu_left_out *ret_left_out);

/* Drop all that waits except a frame that is partly written. */
void mu_outbox_clear(struct mu_outbox *box);

/* Frame i from the front, borrowed. */
static inline struct mu_frame *mu_outbox_at(const struct mu_outbox *box, uint32_t i)
{
	return (struct mu_frame *)(box->ring[(box->head + i) & (box->cap - 1)] & ~(uintptr_t)3);
}

/* n bytes were written, from the front. */
void mu_outbox_consume(struct mu_outbox *box, size_t n);

#endif
