/* The other nodes, as rooms see them: what is said to them and heard of them; see cluster.c.
 * Thread: hub. */
#ifndef MUSTER_HUB_CLUSTER_H
#define MUSTER_HUB_CLUSTER_H

#include "muster/base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct mu_hub;
struct mu_job;
struct room;

/* What nodes tell each other about a workspace, a row of the table in cluster.c each. */
enum cluster_word {
	WORD_EVENTS,
	WORD_PEN_WANT,
	WORD_PEN,
	WORD_HERE,
	WORD_HERE_ASK,
	WORD_HERE_ALL,
	WORD_NOW,
	WORD_TICKET_CLAIM,
	WORD_TICKET_GRANT,
};

/* Tell all other nodes that have the room open. It may be lost: whoever needs more has the log, or a version
 * that shows the gap. False: it is lost for sure. */
bool cluster_say(struct room *room, enum cluster_word word, const char *json, size_t bytes);
/* Whether the others hear what is said of the room, and we hear them. */
bool cluster_reaches(const struct room *room);
/* This node's name. */
const char *cluster_self(const struct mu_hub *hub);
/* Whether no other node is known to live. */
bool cluster_alone(const struct mu_hub *hub);
/* How many of the nodes that live come before this one when all notice the same. */
size_t cluster_rank(const struct mu_hub *hub);

/* Hear and be heard from now on (`reach` says from when, to follow, pen and share), or no more. Errors:
 * MU_NO_MEMORY. */
MU_MUST enum mu_err cluster_join(const struct room *room);
void cluster_leave(const struct room *room);

/* A turn begins: if this process stood still, nothing is done any more by a seat that others may have taken
 * away. */
void cluster_awake(struct mu_hub *hub);
/* This node writes nothing more by its seat: the store said so. Clients are sent away, rooms are read anew
 * and a new seat is taken; until then hub->seatless and hub->fenced. Without others no more happens. */
void cluster_given_up(struct mu_hub *hub);

/* Jobs that are done. */
void cluster_fenced(struct mu_hub *hub, struct mu_job *job);
void cluster_seated(struct mu_hub *hub, struct mu_job *job);

/* Say goodbye; its handles close in the loop. */
void cluster_close(struct mu_hub *hub);

#endif
