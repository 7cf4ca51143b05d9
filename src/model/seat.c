/* Seats: what the plan allows and how many of them are taken.
 * Thread: hub. */
#include "concept.h"
#include "muster/model/seat.h"
#include "state.h"

#include <inttypes.h>

static const struct mu_field seats_fields[] = {
	MU_FIELD(struct mu_seats_changed, used, MU_INT, MU_REQUIRED, .help = "Active people"),
	MU_FIELD(struct mu_seats_changed, limit, MU_INT, MU_NULLABLE, .min = 1, .max = -1,
		 .help = "Active people at most; null: any number"),
	MU_FIELD(struct mu_seats_changed, plan, MU_STRING, MU_NULLABLE, .max = 80,
		 .help = "Name of the plan"),
};
static const struct mu_shape seats_shape = MU_SHAPE(struct mu_seats_changed, "SEATS", seats_fields);

static enum mu_err tell_managers(const struct mu_workspace *ws, const struct mu_event *event,
				 struct mu_arena *arena, struct mu_strs *topics)
{
	return mu_topic_add(arena, topics, "may/users.manage");
}

/* How many are used is counted as people come and go; here it is for those who listen. */
static enum mu_err apply_seats_changed(struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_seats_changed *data = event->data;

	ws->seat_limit = data->limit;
	return state_text(&ws->plan, data->plan);
}

static struct mu_seats_changed seats_record(const struct mu_workspace *ws)
{
	return (struct mu_seats_changed){ .used = ws->n_active, .limit = ws->seat_limit, .plan = ws->plan };
}

static const void *before_seats(const struct mu_workspace *ws, const struct mu_event *event,
				struct mu_arena *arena)
{
	const struct mu_seats_changed record = seats_record(ws);

	return before_record(arena, &record);
}

/* Who takes or frees a seat is in the audit log with what happened to them. */
static const char *action_seats(const struct mu_workspace *ws, const struct mu_event *event)
{
	const struct mu_seats_changed *data = event->data;
	const char *plan = data->plan ? data->plan : "", *was = ws->plan ? ws->plan : "";

	return data->limit == ws->seat_limit && !strcmp(plan, was) ? NULL : event->type->name;
}

enum mu_err mu_rule_seat(const struct mu_workspace *ws, int64_t more, struct mu_fault *ret_fault)
{
	if (!ws->seat_limit || ws->n_active + more <= ws->seat_limit)
		return MU_OK;
	return mu_fail(ret_fault, MU_SEAT_LIMIT,
		       "%" PRId64 " of %" PRId64
		       " seats are taken: deactivate somebody or take a larger plan",
		       ws->n_active, ws->seat_limit);
}

enum mu_err mu_rule_seats_set(const struct mu_workspace *ws, int64_t limit, struct mu_fault *ret_fault)
{
	if (!limit || limit >= ws->n_active)
		return MU_OK;
	return mu_fail(ret_fault, MU_CONFLICT,
		       "%" PRId64 " people are active: deactivate %" PRId64 " of them first", ws->n_active,
		       ws->n_active - limit);
}

enum mu_err dump_seats(const struct mu_workspace *ws, dump_each *each, void *arg)
{
	const struct mu_seats_changed data = seats_record(ws);

	return ws->seat_limit || ws->plan ? each(arg, &mu_seats_changed_type, &data, ws->created_at_ms)
					  : MU_OK;
}

EVENT(mu_seats_changed_type, "seats.changed", seats_shape, apply_seats_changed, tell_managers, ABOUT_NOBODY,
      .action = action_seats, .before = before_seats,
      .help = "How many seats are taken, or how many there are");
