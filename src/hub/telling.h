/* Events as they are told; see telling.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_TELLING_H
#define MUSTER_HUB_TELLING_H

#include "muster/base/frame.h"
#include "muster/base/row.h"
#include "muster/model/event.h"
#include "muster/wire/codec.h"

struct room;

/* What is told of an event, and to whom. */
struct telling {
	struct mu_frame *full, *brief; /* NULL: nobody hears this form */
	const char *audience;          /* as mu_audience_meets reads it; empty: log only */
};

/* Append the event's data as JSON. */
void event_write(const struct mu_event *event, enum mu_form form, struct mu_buf *out);
/* The event as clients see it, with this data; and with its own in a form. Errors: MU_NO_MEMORY. */
MU_MUST enum mu_err event_frame(const struct room *room, const struct mu_event *event, const char *data,
				struct mu_frame **ret_frame);
MU_MUST enum mu_err event_encode(const struct room *room, const struct mu_event *event, enum mu_form form,
				 struct mu_frame **ret_frame);

/* The event that a row of the log keeps: its data is in the arena, all else is borrowed of the row. Errors:
 * MU_INVALID_PARAMS (of a type that this program doesn't know, erased or damaged), MU_NO_MEMORY. */
MU_MUST enum mu_err event_of_row(const struct mu_row *row, struct mu_arena *arena,
				 struct mu_event *ret_event);

/* The event's audience and those who part with it as text in the arena; NULL when memory is out. */
const char *telling_audience(const struct mu_event *event, struct mu_arena *arena);
/* Encode the forms that somebody of the telling's audience hears. Errors: MU_NO_MEMORY; what is made by then
 * is the caller's to finish.
 */
MU_MUST enum mu_err telling_encode(const struct room *room, const struct mu_event *event,
				   struct telling *telling);
void telling_finish(struct telling *telling);

#endif
