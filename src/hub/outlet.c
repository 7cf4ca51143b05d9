/* What goes to the edges: collected during a turn, handed over at its end.
 * Invariant: an edge gets the messages of a turn in the order in which they were sent, goodbyes last.
 * Thread: hub; attaching before it starts. */
#include "turn.h"

enum mu_err mu_hub_attach(struct mu_hub *hub,
			  void (*post)(void *, struct mu_down *, struct mu_down *, size_t), void *edge)
{
	if (hub->n_edges == HUB_EDGES_MAX)
		return MU_NO_MEMORY;
	hub->outlets[hub->n_edges++] = (struct outlet){ .post = post, .edge = edge };
	return MU_OK;
}

static void append(struct mu_down **first, struct mu_down **last, struct mu_down *down)
{
	down->msg.next = NULL;
	if (*last)
		(*last)->msg.next = &down->msg;
	else
		*first = down;
	*last = down;
}

/* Where one more message to an edge goes; NULL: there is no such edge, and the message is destroyed. */
static struct outlet *outlet_of(struct mu_hub *hub, unsigned edge, struct mu_down *down)
{
	if (edge >= hub->n_edges) {
		mu_down_destroy(down);
		return NULL;
	}
	hub->outlets[edge].n++;
	return &hub->outlets[edge];
}

void hub_send(struct mu_hub *hub, unsigned edge, struct mu_down *down)
{
	struct outlet *outlet = outlet_of(hub, edge, down);

	if (outlet)
		append(&outlet->first, &outlet->last, down);
}

void hub_send_bye(struct mu_hub *hub, unsigned edge, struct mu_down *down)
{
	struct outlet *outlet = outlet_of(hub, edge, down);

	if (outlet)
		append(&outlet->first_bye, &outlet->last_bye, down);
}

/* Put what goes last behind the rest. */
static void join_byes(struct outlet *outlet)
{
	if (!outlet->first_bye)
		return;
	if (outlet->last)
		outlet->last->msg.next = &outlet->first_bye->msg;
	else
		outlet->first = outlet->first_bye;
	outlet->last = outlet->last_bye;
	outlet->first_bye = outlet->last_bye = NULL;
}

void hub_deliver(struct mu_hub *hub)
{
	for (size_t i = 0; i < hub->n_edges; i++) {
		struct outlet *outlet = &hub->outlets[i];
		join_byes(outlet);
		if (!outlet->first)
			continue;
		outlet->post(outlet->edge, outlet->first, outlet->last, outlet->n);
		outlet->first = outlet->last = NULL;
		outlet->n = 0;
	}
}

void hub_drop_messages(struct mu_hub *hub)
{
	for (size_t i = 0; i < hub->n_edges; i++) {
		join_byes(&hub->outlets[i]);
		for (struct mu_down *down = hub->outlets[i].first; down;) {
			struct mu_msg *after = down->msg.next;
			mu_down_destroy(down);
			down = after ? MU_CONTAINER_OF(after, struct mu_down, msg) : NULL;
		}
	}
}
