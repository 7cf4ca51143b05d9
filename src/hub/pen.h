/* Who may write a workspace; see pen.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_PEN_H
#define MUSTER_HUB_PEN_H

#include "muster/base/mem.h"
#include "muster/base/wheel.h"

struct mu_hub;
struct room;

/* A room's pen as this node knows of it. */
struct pen {
	bool held;
	bool leaving;         /* others wait: it is passed on as soon as what is under way is durable */
	bool wanted;          /* here; it was asked for, or will be when it is passed on */
	bool asked_twice;     /* who has it didn't answer the first time */
	bool turn_over;       /* for this turn of the hub: the others had their time */
	bool fresh;           /* the log was read to its end in this turn */
	bool unsure;          /* it was seized: somebody else may have it, and have written */
	bool others;          /* wrote since this node did */
	int64_t rest_mono_ms; /* without the bus: until then others write, if they like */
	int64_t from_seq;     /* it may be used once the log was followed up to here */
	char *holder;         /* the node that has it as far as is known, or NULL */
	struct mu_strs queue; /* nodes that wait for it, the next one first */
	struct mu_timer patience, turn;
};

void pen_init(struct room *room);
void pen_finish(struct room *room);

/* Whether durable events of the room may be decided now. False: the pen was asked for, or without the bus a
 * reading of the log begun; what is due is looked at again when it is here, or the log was read to its end.
 */
bool pen_take(struct room *room);
/* The same for what all nodes notice at once, as it comes with time: a node that doesn't have the pen leaves
 * it to the others for a while before it asks. */
bool pen_take_turn(struct room *room);

/* The end of the hub's turn: what waited for it is decided, and it is passed on if nothing is under way. */
void pen_turn_end(struct room *room);
/* The room has followed the log. */
void pen_followed(struct room *room);
/* The log was read to its end, or can't be read; the workspace was read anew. */
void pen_read(struct room *room);
void pen_loaded(struct room *room);
/* Another node wrote up to this sequence, which isn't known here yet. */
void pen_written(struct room *room, const char *node, int64_t seq);
/* Another writer was first: somebody else thinks that they have it. */
void pen_lost(struct room *room);
/* The bus reaches the room's other nodes from now on, or doesn't any more: then everybody writes at will,
 * each time after a look into the log. */
void pen_reach(struct room *room, bool reaches);
/* A node is gone, and all pens that it had with it. */
void pen_node_gone(struct mu_hub *hub, const char *node);

/* The words of other nodes: somebody wants the pen; somebody passed it on. */
void pen_hear_want(struct room *room, const char *node, const char *json, size_t bytes);
void pen_hear(struct room *room, const char *node, const char *json, size_t bytes);

#endif
