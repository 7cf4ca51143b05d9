/* Outboxes.
 * Invariant: bytes = sum of the frames' lengths − offset; the ring is `few` or a heap array of cap entries.
 * Thread: one owner. */
#include "outbox.h"

#include <stdlib.h>
#include <string.h>

void mu_outbox_init(struct mu_outbox *box)
{
	memset(box, 0, sizeof(*box));
	box->cap = MU_OUTBOX_INLINE;
	box->ring = box->few;
}

/* An outbox is part of a struct that does not move, so `ring` may point into it. */
static void free_ring(struct mu_outbox *box)
{
	if (box->ring != box->few)
		free(box->ring);
	box->ring = box->few;
	box->cap = MU_OUTBOX_INLINE;
	box->head = 0;
}

void mu_outbox_finish(struct mu_outbox *box)
{
	for (uint32_t i = 0; i < box->n; i++)
		mu_frame_unref(mu_outbox_at(box, i));
	free_ring(box);
	mu_outbox_init(box);
}

static bool grow(struct mu_outbox *box)
{
	uintptr_t *ring = calloc(2 * (size_t)box->cap, sizeof(*ring));

	if (!ring)
		return false;
	for (uint32_t i = 0; i < box->n; i++)
		ring[i] = box->ring[(box->head + i) & (box->cap - 1)];
	if (box->ring != box->few)
		free(box->ring);
	box->ring = ring;
	box->cap *= 2;
	box->head = 0;
	return true;
}

static bool append(struct mu_outbox *box, struct mu_frame *frame, enum mu_class class)
{
	if (box->n == box->cap && !grow(box))
		return false;
	box->ring[(box->head + box->n++) & (box->cap - 1)] =
		(uintptr_t)mu_frame_ref(frame) | (uintptr_t) class;
	box->bytes += frame->n;
	return true;
}

enum mu_err mu_outbox_push(struct mu_outbox *box, struct mu_frame *frame)
{
	return append(box, frame, MU_CLASS_DURABLE) ? MU_OK : MU_NO_MEMORY;
}

static void leave_out(const struct mu_frame *frame, enum mu_class class, struct mu_left_out *left_out)
{
	if (class == MU_CLASS_CONTROL)
		return;
	left_out->frames += frame->count;
	left_out->presence |= class == MU_CLASS_PRESENCE;
	left_out->ephemeral |= class == MU_CLASS_EPHEMERAL;
}

/* Keep the frames whose class is in `keep` (a bit per class) and the one that is partly written. */
static void sift(struct mu_outbox *box, unsigned keep, struct mu_left_out *left_out)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < box->n; i++) {
		uintptr_t entry = box->ring[(box->head + i) & (box->cap - 1)];
		struct mu_frame *frame = mu_outbox_at(box, i);

		if (keep & 1u << (entry & 3) || (i == 0 && box->offset)) {
			box->ring[(box->head + kept++) & (box->cap - 1)] = entry;
		} else {
			box->bytes -= frame->n;
			leave_out(frame, (enum mu_class)(entry & 3), left_out);
			mu_frame_unref(frame);
		}
	}
	box->n = kept;
}

void mu_outbox_clear(struct mu_outbox *box)
{
	struct mu_left_out all = { 0 };

	sift(box, 0, &all);
}

enum mu_offer mu_outbox_offer(struct mu_outbox *box, struct mu_frame *frame, enum mu_class class,
			      const struct mu_allowance *allowance, struct mu_left_out *ret_left_out)
{
	const size_t budget = allowance->budget;
	size_t waiting = box->bytes;

	*ret_left_out = (struct mu_left_out){ 0 };
	if (class != MU_CLASS_DURABLE &&
	    waiting > (class == MU_CLASS_PRESENCE ? budget / 2 : budget / 4 * 3)) {
		leave_out(frame, class, ret_left_out);
		return MU_OFFER_LEFT_OUT;
	}
	if (class == MU_CLASS_DURABLE && waiting + frame->n > budget) {
		if (waiting <= budget) /* beyond it there are none but durable ones */
			sift(box, 1u << MU_CLASS_DURABLE, ret_left_out);
		waiting = box->bytes;
		/* One frame alone may be larger than the budget: it isn't the reader's fault. */
		if (waiting && waiting + frame->n > budget && waiting + frame->n > allowance->burst)
			return MU_OFFER_TOO_SLOW;
	}
	return append(box, frame, class) ? MU_OFFER_TAKEN : MU_OFFER_NO_MEMORY;
}

void mu_outbox_consume(struct mu_outbox *box, size_t n)
{
	box->bytes -= n;
	n += box->offset;
	while (box->n && n >= mu_outbox_at(box, 0)->n) {
		struct mu_frame *frame = mu_outbox_at(box, 0);

		n -= frame->n;
		mu_frame_unref(frame);
		box->head = (box->head + 1) & (box->cap - 1);
		box->n--;
	}
	box->offset = (uint32_t)n;
	if (!box->n)
		free_ring(box);
}
